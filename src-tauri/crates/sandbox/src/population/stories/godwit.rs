//! Priya Godwit, 46: moved from Thames Reach Hospitals to Estuary and Creeks; each trust has a Patient of
//! its own, and they are linked.
//!
//! Planted:
//! * two Patient resources of one person; the older has an address and a birth date one day off, and an NHS
//!   number that still needs tracing (disagreement);
//! * blood group and pulmonary embolism in both records (duplicate);
//! * the embolism three days apart in the two (disagreement);
//! * anticoagulant: rivaroxaban here, apixaban there, stopped by neither (disagreement);
//! * the transfer letter arrived 41 days late (late);
//! * an imaging report the first trust never sent (missing).

use serde_json::json;

use super::super::chart::{Cared, Chart, Visit, verification};
use super::super::measures::{CRP, FBC, RENAL};
use super::super::organisations::Feed;
use super::super::problems::{self as p, words};
use super::super::products::{self as m, ONCE, TWICE, dose};
use super::super::routine;
use super::{Kind, Planted, Story, Who};

pub(super) const STORY: Story = Story {
    id: "godwit-priya",
    title: "Transferred between trusts: two linked records",
    planted: PLANTED,
    who: Who {
        title: "Mrs",
        given: "Priya",
        family: "Godwit",
        gender: "female",
        age: (46, 300),
    },
    cared: Cared {
        practice: "saltings-health-centre",
        pharmacy: "marsh-lane-pharmacy",
        council: "reachport-council",
        care_home: None,
    },
    ward: true,
    write,
    second: Some(("godwit-priya-thames", write_thames)),
};

const PLANTED: &[Planted] = &[
    Planted {
        kind: Kind::Disagreement,
        resources: &["Patient/godwit-priya", "Patient/godwit-priya-thames"],
        what: "birth date and address differ; the second NHS number needs tracing",
    },
    Planted {
        kind: Kind::Duplicate,
        resources: &[
            "Observation/godwit-priya-blood-group",
            "Observation/godwit-priya-thames-blood-group",
        ],
        what: "blood group known to both trusts",
    },
    Planted {
        kind: Kind::Disagreement,
        resources: &[
            "Condition/godwit-priya-embolism",
            "Condition/godwit-priya-thames-embolism",
        ],
        what: "the same embolism, three days apart",
    },
    Planted {
        kind: Kind::Disagreement,
        resources: &[
            "MedicationRequest/godwit-priya-gp-rivaroxaban",
            "MedicationRequest/godwit-priya-thames-apixaban",
        ],
        what: "two anticoagulants, neither stopped",
    },
    Planted {
        kind: Kind::Late,
        resources: &["DocumentReference/godwit-priya-transfer-letter"],
        what: "transfer letter 41 days late",
    },
    Planted {
        kind: Kind::Missing,
        resources: &["DiagnosticReport/godwit-priya-thames-ct-absent"],
        what: "CT report that never came",
    },
];

fn write(chart: &mut Chart) {
    chart.edit_patient(|it| {
        it["link"] = json!([{"other": {"reference": "Patient/godwit-priya-thames"}, "type": "seealso"}])
    });
    chart.consent("consent", 500, "permit");
    routine::adult_basics(chart, 3);
    chart.problem(Feed::Gp, "embolism", 62, p::PULMONARY_EMBOLISM, true);
    chart.problem(Feed::Gp, "problem-thyroid", 2400, p::HYPOTHYROIDISM, true);
    chart.noted(
        Feed::Acute,
        "blood-group",
        20,
        words("Blood group"),
        json!({"text": "O RhD positive"}),
    );
    chart.allergy(Feed::Gp, "allergy-latex", 2200, p::LATEX_ALLERGY, p::URTICARIA);
    routine::repeat(
        chart,
        "rivaroxaban",
        (
            &m::RIVAROXABAN_20,
            &dose(20.0, "mg", ONCE, "One tablet once a day with food"),
        ),
        50,
        0,
    );
    routine::repeat(
        chart,
        "levothyroxine",
        (
            &m::LEVOTHYROXINE_75,
            &dose(75.0, "micrograms", ONCE, "One tablet in the morning"),
        ),
        2300,
        0,
    );
    routine::practice_visits(
        chart,
        80,
        1100,
        &["Breathlessness", "Leg swelling", "Thyroid review"],
    );
    routine::bloods(chart, "annual", &[&RENAL, &FBC], (120, 1100), 0.3);
    let letter = chart.letter(
        Feed::AcuteThames,
        "transfer-letter",
        54,
        "Transfer letter",
        &[
            "Thames Reach Hospitals NHS Trust to Estuary and Creeks Hospitals NHS Trust.",
            "Pulmonary embolism after a long flight. Started on apixaban. CT pulmonary \
            angiogram report to follow.",
        ],
    );
    let stored = chart.calendar.stored(13);
    let absent = format!("DiagnosticReport/{}-thames-ct-absent", chart.id);
    chart.edit(&letter, |it| {
        it["meta"]["lastUpdated"] = json!(stored);
        it["context"]["related"] = json!([{"reference": absent}]);
    });
    chart.provenance(Feed::AcuteThames, "transfer-letter-provenance", (54, 13), &letter);
    routine::admission(
        chart,
        "stay",
        54,
        5,
        (
            p::PULMONARY_EMBOLISM,
            "Taken over from Thames Reach. Anticoagulant continued; clinic in three months.",
        ),
    );
    chart.visit(
        Feed::Acute,
        "current-stay",
        0,
        &Visit {
            ago: 2,
            time: "17:45",
            class: "IMP",
            title: "Inpatient on Avocet Ward: chest pain",
            reason: "Pleuritic chest pain",
            days: None,
        },
    );
    for day in 1..=2 {
        let signs = routine::steady(chart);
        chart.signs(Feed::Acute, &format!("ward-{day}"), day, "06:10", signs);
        chart.panel(Feed::Acute, &format!("ward-{day}"), day, (&CRP, 0.6), &[]);
    }
    chart.appointment(Feed::Acute, "clinic-next", -30, 0, "Thrombosis clinic");
}

fn write_thames(chart: &mut Chart) {
    let wrong_day = chart.calendar.born(46, 301).to_string();
    chart.edit_patient(|it| {
        it["meta"]["source"] = json!(Feed::AcuteThames.source());
        it["link"] = json!([{"other": {"reference": "Patient/godwit-priya"}, "type": "seealso"}]);
        it["birthDate"] = json!(wrong_day);
        it["address"] = json!([{"use": "home", "line": ["14 Old Wharf"], "city": "Reachport", "postalCode": "ZZ99 6CZ"}]);
        it["identifier"][0]["extension"] = json!([verification("03", "Trace required")]);
        it["identifier"] = json!([it["identifier"][0].clone(), {
            "use": "usual", "system": "https://sandbox.curlew.example/Id/thames-reach-number", "value": "TR-204417",
        }]);
    });
    chart.consent("consent", 500, "permit");
    chart.noted(
        Feed::AcuteThames,
        "blood-group",
        61,
        words("Blood group"),
        json!({"text": "O RhD positive"}),
    );
    chart.problem(Feed::AcuteThames, "embolism", 59, p::PULMONARY_EMBOLISM, true);
    chart.visit(
        Feed::AcuteThames,
        "stay",
        0,
        &Visit {
            ago: 59,
            time: "03:20",
            class: "IMP",
            title: "Emergency admission: pulmonary embolism",
            reason: "Collapse at work",
            days: Some(5),
        },
    );
    for day in 0..5 {
        let signs = routine::steady(chart);
        chart.signs(Feed::AcuteThames, &format!("day-{day}"), 59 - day, "06:00", signs);
        chart.panel(
            Feed::AcuteThames,
            &format!("day-{day}"),
            59 - day,
            (&RENAL, 0.3),
            &[],
        );
    }
    chart.prescribed(
        Feed::AcuteThames,
        "apixaban",
        54,
        (&m::APIXABAN_5, &dose(5.0, "mg", TWICE, "One tablet twice a day")),
        "active",
    );
    chart.plain(
        Feed::AcuteThames,
        "note",
        55,
        "Ward note",
        "Walking well, no oxygen. For transfer nearer home.",
    );
}
