//! Agnes Turnstone, 79: eighteen medicines from five sources.
//!
//! Planted:
//! * methotrexate weekly at the practice, daily on the clinic's list: a dangerous difference (disagreement);
//! * bisoprolol 2.5 mg at the practice, 5 mg from the heart-failure nurse (disagreement);
//! * paracetamol alone and inside co-codamol (duplicate);
//! * ibuprofen bought by the patient, on no list but her own (disagreement);
//! * prednisolone finished, still listed as active by the clinic (ended);
//! * spironolactone the patient says she does not take (negated);
//! * a dose that is a word where a number belongs, and a prescription with no medicine at all (broken);
//! * aspirin prescribed in error.

use serde_json::json;

use super::super::chart::Chart;
use super::super::measures::{FBC, LFT, RENAL};
use super::super::organisations::Feed;
use super::super::problems::{self as p, words};
use super::super::products::{
    self as m, Dose, MORNING, NIGHT, ONCE, Product, SIX_HOURLY, THREE, TWICE, WEEKLY, dose,
};
use super::super::routine::{self, YEAR};
use super::{Kind, Planted, Story, Who};

pub(super) const STORY: Story = Story {
    id: "turnstone-agnes",
    title: "Polypharmacy: eighteen medicines, five sources",
    planted: PLANTED,
    who: Who {
        title: "Miss",
        given: "Agnes",
        family: "Turnstone",
        gender: "female",
        age: (79, 8),
    },
    cared: super::super::chart::Cared {
        practice: "oyster-lane-practice",
        pharmacy: "quayside-pharmacy",
        council: "creekshire-council",
        care_home: None,
    },
    ward: true,
    write,
    second: None,
};

const PLANTED: &[Planted] = &[
    Planted {
        kind: Kind::Disagreement,
        resources: &[
            "MedicationRequest/turnstone-agnes-gp-methotrexate",
            "MedicationStatement/turnstone-agnes-clinic-methotrexate",
        ],
        what: "methotrexate once a week, or once a day",
    },
    Planted {
        kind: Kind::Disagreement,
        resources: &[
            "MedicationRequest/turnstone-agnes-gp-bisoprolol",
            "MedicationRequest/turnstone-agnes-nurse-bisoprolol",
        ],
        what: "bisoprolol 2.5 mg, or 5 mg",
    },
    Planted {
        kind: Kind::Duplicate,
        resources: &[
            "MedicationRequest/turnstone-agnes-gp-paracetamol",
            "MedicationRequest/turnstone-agnes-gp-co-codamol",
        ],
        what: "paracetamol alone and inside co-codamol",
    },
    Planted {
        kind: Kind::Disagreement,
        resources: &["MedicationStatement/turnstone-agnes-bought-ibuprofen"],
        what: "ibuprofen bought over the counter, on nobody's list",
    },
    Planted {
        kind: Kind::Ended,
        resources: &[
            "MedicationRequest/turnstone-agnes-gp-prednisolone",
            "MedicationStatement/turnstone-agnes-clinic-prednisolone",
        ],
        what: "prednisolone finished at the practice, active at the clinic",
    },
    Planted {
        kind: Kind::Negated,
        resources: &["MedicationStatement/turnstone-agnes-says-spironolactone"],
        what: "spironolactone not taken, she says",
    },
    Planted {
        kind: Kind::Broken,
        resources: &[
            "MedicationStatement/turnstone-agnes-broken-dose",
            "MedicationRequest/turnstone-agnes-broken-nothing",
        ],
        what: "a dose of 'one'; a prescription of nothing",
    },
    Planted {
        kind: Kind::EnteredInError,
        resources: &["MedicationRequest/turnstone-agnes-wrong-aspirin"],
        what: "aspirin prescribed in error",
    },
];

fn write(chart: &mut Chart) {
    chart.consent("consent", 1000, "permit");
    routine::adult_basics(chart, 4);
    for (name, onset, term) in [
        ("heart-failure", 1300, p::HEART_FAILURE),
        ("copd", 2900, p::COPD),
        ("osteoporosis", 2200, p::OSTEOPOROSIS),
        ("gout", 3100, p::GOUT),
        ("parkinsons", 700, p::PARKINSONS),
        ("arthritis", 2600, words("Rheumatoid arthritis")),
        ("depression", 1800, p::DEPRESSION),
        ("reflux", 4000, p::REFLUX),
    ] {
        chart.problem(Feed::Gp, &format!("problem-{name}"), onset, term, true);
    }
    chart.allergy(
        Feed::Gp,
        "allergy-penicillin",
        6000,
        p::PENICILLIN_ALLERGY,
        p::RASH,
    );
    chart.allergy(
        Feed::Gp,
        "allergy-nitrofurantoin",
        900,
        words("Nitrofurantoin"),
        p::NAUSEA,
    );
    repeats(chart);
    others(chart);
    routine::practice_visits(
        chart,
        40,
        3 * YEAR,
        &[
            "Medication review",
            "Falls",
            "Breathlessness",
            "Joint pain",
            "Tremor",
        ],
    );
    routine::bloods(chart, "monitoring", &[&FBC, &RENAL, &LFT], (84, 3 * YEAR), 0.5);
    chart.put(Feed::Acute, "research", 260, json!({
        "resourceType": "ResearchSubject", "status": "on-study", "period": {"start": chart.calendar.day(260)},
        "study": {"display": "Bone health in rheumatoid arthritis (synthetic study)"},
    }));
    chart.visit(
        Feed::Acute,
        "current-stay",
        0,
        &super::super::chart::Visit {
            ago: 3,
            time: "11:40",
            class: "IMP",
            title: "Inpatient on Avocet Ward: dizziness and low blood pressure",
            reason: "Postural hypotension",
            days: None,
        },
    );
    for day in 1..=3 {
        let signs = routine::steady(chart);
        chart.signs(Feed::Acute, &format!("ward-{day}"), day, "06:20", signs);
    }
    chart.task(
        Feed::Acute,
        "reconcile",
        2,
        "in-progress",
        "Ward pharmacist to reconcile medicines with practice, clinic and patient",
    );
    chart.appointment(Feed::Gp, "pharmacist-next", -8, 2, "Structured medication review");
}

fn repeats(chart: &mut Chart) {
    let list: [(&str, Product, Dose, i64); 15] = [
        (
            "methotrexate",
            m::METHOTREXATE,
            dose(
                15.0,
                "mg",
                WEEKLY,
                "Six 2.5 mg tablets (15 mg) ONCE A WEEK on Monday",
            ),
            1600,
        ),
        (
            "folic-acid",
            m::FOLIC_ACID_5,
            dose(5.0, "mg", WEEKLY, "One tablet once a week on Thursday"),
            1600,
        ),
        (
            "bisoprolol",
            m::BISOPROLOL_2_5,
            dose(2.5, "mg", ONCE, "One tablet once a day"),
            1200,
        ),
        (
            "furosemide",
            m::FUROSEMIDE_40,
            dose(80.0, "mg", MORNING, "Two tablets in the morning"),
            1200,
        ),
        (
            "ramipril",
            m::RAMIPRIL_5,
            dose(5.0, "mg", ONCE, "One capsule once a day"),
            1200,
        ),
        (
            "spironolactone",
            m::SPIRONOLACTONE,
            dose(25.0, "mg", MORNING, "One tablet in the morning"),
            600,
        ),
        (
            "tiotropium",
            m::TIOTROPIUM,
            dose(18.0, "micrograms", ONCE, "Inhale one capsule once a day"),
            2200,
        ),
        (
            "salbutamol",
            m::SALBUTAMOL,
            dose(2.0, "puffs", SIX_HOURLY, "Two puffs when needed"),
            2800,
        ),
        (
            "alendronic-acid",
            m::ALENDRONIC_ACID,
            dose(70.0, "mg", WEEKLY, "One tablet once a week on Sunday"),
            2100,
        ),
        (
            "colecalciferol",
            m::COLECALCIFEROL,
            dose(800.0, "units", ONCE, "One capsule once a day"),
            2100,
        ),
        (
            "allopurinol",
            m::ALLOPURINOL,
            dose(100.0, "mg", ONCE, "One tablet once a day"),
            3000,
        ),
        (
            "paracetamol",
            m::PARACETAMOL_500,
            dose(1000.0, "mg", THREE, "Two tablets three times a day"),
            900,
        ),
        (
            "co-codamol",
            m::CO_CODAMOL,
            dose(
                2.0,
                "tablets",
                SIX_HOURLY,
                "Two tablets when needed, up to four times a day",
            ),
            400,
        ),
        (
            "sertraline",
            m::SERTRALINE_50,
            dose(50.0, "mg", ONCE, "One tablet once a day"),
            1700,
        ),
        (
            "solifenacin",
            m::SOLIFENACIN,
            dose(5.0, "mg", NIGHT, "One tablet at night"),
            800,
        ),
    ];
    for (name, product, dose, since) in &list {
        routine::repeat(chart, name, (product, dose), *since, 0);
    }
    routine::repeat(
        chart,
        "prednisolone",
        (
            &m::PREDNISOLONE_5,
            &dose(5.0, "mg", MORNING, "One tablet in the morning"),
        ),
        420,
        150,
    );
    let wrong = chart.prescribed(
        Feed::Gp,
        "wrong-aspirin",
        75,
        (&m::ASPIRIN_75, &dose(75.0, "mg", ONCE, "One tablet once a day")),
        "active",
    );
    chart.edit(&wrong, |it| it["status"] = json!("entered-in-error"));
}

fn others(chart: &mut Chart) {
    chart.stated(
        Feed::Acute,
        "clinic-methotrexate",
        70,
        (&m::METHOTREXATE, &dose(15.0, "mg", ONCE, "15 mg once daily")),
        "active",
    );
    chart.stated(
        Feed::Acute,
        "clinic-prednisolone",
        70,
        (
            &m::PREDNISOLONE_5,
            &dose(5.0, "mg", MORNING, "5 mg in the morning"),
        ),
        "active",
    );
    chart.prescribed(
        Feed::Community,
        "nurse-bisoprolol",
        30,
        (
            &m::BISOPROLOL_2_5,
            &dose(5.0, "mg", ONCE, "Two 2.5 mg tablets once a day"),
        ),
        "active",
    );
    let bought = chart.stated(
        Feed::Pharmacy,
        "bought-ibuprofen",
        9,
        (
            &m::IBUPROFEN_400,
            &dose(400.0, "mg", TWICE, "One tablet up to twice a day, bought"),
        ),
        "active",
    );
    let me = chart.me();
    chart.edit(&bought, |it| it["informationSource"] = me.clone());
    let not_taken = chart.stated(
        Feed::Acute,
        "says-spironolactone",
        2,
        (
            &m::SPIRONOLACTONE,
            &dose(25.0, "mg", MORNING, "One tablet in the morning"),
        ),
        "not-taken",
    );
    chart.edit(&not_taken, |it| {
        it["informationSource"] = me;
        it["statusReason"] = json!([{"text": "Makes her dizzy"}]);
    });
    let broken = chart.stated(
        Feed::Acute,
        "broken-dose",
        70,
        (
            &m::LEVOTHYROXINE_75,
            &dose(75.0, "micrograms", MORNING, "One in the morning"),
        ),
        "active",
    );
    chart.edit(&broken, |it| {
        it["dosage"][0]["doseAndRate"][0]["doseQuantity"]["value"] = json!("one")
    });
    let nothing = chart.prescribed(
        Feed::Community,
        "broken-nothing",
        30,
        (&m::PARACETAMOL_500, &dose(500.0, "mg", ONCE, "As directed")),
        "active",
    );
    chart.edit(&nothing, |it| {
        if let Some(fields) = it.as_object_mut() {
            fields.remove("medicationCodeableConcept");
        }
        it["dosageInstruction"] = json!("as directed");
    });
    chart.letter(
        Feed::Acute,
        "clinic-letter",
        70,
        "Rheumatology clinic letter",
        &[
            "Disease quiet. Medicines: methotrexate 15 mg, prednisolone 5 mg, folic acid. \
        Blood tests every three months.",
        ],
    );
}
