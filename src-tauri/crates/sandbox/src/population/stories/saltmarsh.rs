//! Edith Saltmarsh, 91: lives in Samphire House with advanced dementia; medicines given covertly under a
//! best-interests plan, and a medicines administration record that differs from the practice's list.
//!
//! Planted:
//! * citalopram stopped by the practice five weeks ago, still given by the home (disagreement);
//! * the covert plan covers memantine and not paracetamol, which the chart shows given in food (disagreement);
//! * the same fall recorded by the home, the ambulance and the practice (duplicate);
//! * a refused dose and a vaccination not given (negated);
//! * DoLS authorisation ended three weeks ago, renewal not here (ended);
//! * admission to the home known by month only (partial date);
//! * a temperature in degrees Fahrenheit among Celsius (disagreement in units);
//! * an administration entered in error;
//! * a care-plan author that is not in the record (missing);
//! * a dietitian's order as a NutritionOrder, a type that no section of the standard has (unlisted).

use serde_json::json;

use super::super::chart::{Cared, Chart, Given, Signs, Visit, quantity};
use super::super::measures::{FBC, RENAL};
use super::super::organisations::Feed;
use super::super::problems::{self as p, coded, words};
use super::super::products::{self as m, MORNING, NIGHT, ONCE, THREE, dose};
use super::super::routine::{self, YEAR};
use super::{Kind, Planted, Story, Who};

pub(super) const STORY: Story = Story {
    id: "saltmarsh-edith",
    title: "Care-home resident with a covert-medication plan and a medicines administration record",
    planted: PLANTED,
    who: Who {
        title: "Mrs",
        given: "Edith",
        family: "Saltmarsh",
        gender: "female",
        age: (91, 61),
    },
    cared: Cared {
        practice: "saltings-health-centre",
        pharmacy: "quayside-pharmacy",
        council: "creekshire-council",
        care_home: Some("samphire-house"),
    },
    ward: false,
    write,
    second: None,
};

const PLANTED: &[Planted] = &[
    Planted {
        kind: Kind::Disagreement,
        resources: &[
            "MedicationRequest/saltmarsh-edith-gp-citalopram",
            "MedicationAdministration/saltmarsh-edith-mar-citalopram-1-08",
        ],
        what: "citalopram stopped by the practice, still given by the home",
    },
    Planted {
        kind: Kind::Disagreement,
        resources: &[
            "CarePlan/saltmarsh-edith-covert-plan",
            "MedicationAdministration/saltmarsh-edith-covert-paracetamol",
        ],
        what: "paracetamol given in food though the covert plan does not cover it",
    },
    Planted {
        kind: Kind::Disagreement,
        resources: &["Observation/saltmarsh-edith-temperature-fahrenheit"],
        what: "a temperature in degrees Fahrenheit among Celsius",
    },
    Planted {
        kind: Kind::Duplicate,
        resources: &[
            "Condition/saltmarsh-edith-fall-home",
            "Condition/saltmarsh-edith-fall-gp",
            "Encounter/saltmarsh-edith-fall-ambulance",
        ],
        what: "one fall told by home, practice and ambulance",
    },
    Planted {
        kind: Kind::Negated,
        resources: &[
            "MedicationAdministration/saltmarsh-edith-refused-memantine",
            "Immunization/saltmarsh-edith-flu-not-given",
        ],
        what: "a dose refused; a vaccination not given because she was ill that day",
    },
    Planted {
        kind: Kind::Ended,
        resources: &["Consent/saltmarsh-edith-dols"],
        what: "deprivation of liberty authorisation lapsed",
    },
    Planted {
        kind: Kind::PartialDate,
        resources: &["EpisodeOfCare/saltmarsh-edith-residence"],
        what: "moved in during a month",
    },
    Planted {
        kind: Kind::EnteredInError,
        resources: &["MedicationAdministration/saltmarsh-edith-wrong-resident"],
        what: "another resident's dose",
    },
    Planted {
        kind: Kind::Unlisted,
        resources: &["NutritionOrder/saltmarsh-edith-diet"],
        what: "a dietitian's order, a type without a section",
    },
    Planted {
        kind: Kind::Missing,
        resources: &["PractitionerRole/samphire-house-former-manager"],
        what: "the former manager who signed the covert plan",
    },
];

fn write(chart: &mut Chart) {
    chart.consent("consent", 1000, "permit");
    routine::adult_basics(chart, 4);
    for (name, onset, term) in [
        ("alzheimers", 2600, p::ALZHEIMERS),
        ("osteoporosis", 4100, p::OSTEOPOROSIS),
        ("depression", 3000, p::DEPRESSION),
        ("hypertension", 7200, p::HYPERTENSION),
    ] {
        chart.problem(Feed::Gp, &format!("problem-{name}"), onset, term, true);
    }
    chart.problem(Feed::Acute, "hip-fracture", 1280, p::NECK_OF_FEMUR, false);
    chart.no_known_allergies(Feed::Gp, "no-known-allergies", 1300);
    routine::practice_visits(
        chart,
        60,
        3 * YEAR,
        &[
            "Care home round",
            "Reduced appetite",
            "Chest infection",
            "Medication review",
        ],
    );
    routine::bloods(chart, "annual", &[&RENAL, &FBC], (180, 3 * YEAR), 0.5);
    medicines(chart);
    home(chart);
    fall(chart);
    routine::admission(
        chart,
        "hip-stay",
        1280,
        9,
        (
            p::NECK_OF_FEMUR,
            "Fractured hip after a fall; hemiarthroplasty; discharged to Samphire House.",
        ),
    );
    chart.appointment(Feed::Gp, "round-next", -3, 0, "Care home round");
    chart.appointment(
        Feed::MentalHealth,
        "memory-next",
        -25,
        0,
        "Dementia review at the home",
    );
}

fn medicines(chart: &mut Chart) {
    let memantine = dose(10.0, "mg", ONCE, "One tablet once a day");
    let paracetamol = dose(1000.0, "mg", THREE, "Two tablets three times a day");
    let citalopram = dose(20.0, "mg", MORNING, "One tablet in the morning");
    let amlodipine = dose(5.0, "mg", MORNING, "One tablet in the morning");
    let senna = dose(15.0, "mg", NIGHT, "Two tablets at night");
    for (name, product, dose, since, until) in [
        ("memantine", &m::MEMANTINE_10, &memantine, 900, 0),
        ("paracetamol", &m::PARACETAMOL_500, &paracetamol, 1200, 0),
        ("citalopram", &m::CITALOPRAM_20, &citalopram, 2900, 36),
        ("amlodipine", &m::AMLODIPINE_5, &amlodipine, 3000, 0),
        ("senna", &m::SENNA, &senna, 800, 0),
    ] {
        let plan = routine::repeat(chart, name, (product, dose), since, until);
        if until > 0 {
            chart.edit(&plan, |it| {
                it["statusReason"] = json!({"text": "No longer needed; low sodium"})
            });
        }
    }
    // The chart of the home, three weeks. Citalopram is still on it.
    routine::administration_record(
        chart,
        &[
            ("memantine", &m::MEMANTINE_10, &memantine),
            ("paracetamol", &m::PARACETAMOL_500, &paracetamol),
            ("citalopram", &m::CITALOPRAM_20, &citalopram),
            ("amlodipine", &m::AMLODIPINE_5, &amlodipine),
            ("senna", &m::SENNA, &senna),
        ],
        28,
    );
    let refused = Given {
        ago: 2,
        time: "08:20",
        status: "not-done",
        reason: Some("Spat out; offered again covertly at 09:00"),
    };
    chart.given(
        Feed::CareHome,
        "refused-memantine",
        (&m::MEMANTINE_10, &memantine),
        &refused,
    );
    let covert = chart.given(
        Feed::CareHome,
        "covert-memantine",
        (&m::MEMANTINE_10, &memantine),
        &Given {
            ago: 2,
            time: "09:00",
            status: "completed",
            reason: None,
        },
    );
    let outside = chart.given(
        Feed::CareHome,
        "covert-paracetamol",
        (&m::PARACETAMOL_500, &paracetamol),
        &Given {
            ago: 2,
            time: "13:05",
            status: "completed",
            reason: None,
        },
    );
    for reference in [covert, outside] {
        chart.edit(&reference, |it| {
            it["note"] = json!([{"text": "Given covertly in strawberry yoghurt"}])
        });
    }
    let wrong = chart.given(
        Feed::CareHome,
        "wrong-resident",
        (&m::DONEPEZIL_10, &dose(10.0, "mg", NIGHT, "One tablet at night")),
        &Given {
            ago: 6,
            time: "21:05",
            status: "completed",
            reason: None,
        },
    );
    chart.edit(&wrong, |it| it["status"] = json!("entered-in-error"));
    chart.plan(
        Feed::CareHome,
        "covert-plan",
        150,
        (
            "Covert medication plan",
            words("Covert administration of medicines").concept(),
        ),
        &[
            "Memantine may be crushed and given in strawberry yoghurt when refused twice",
            "Best-interests meeting held with son, GP and pharmacist; capacity assessed as \
            lacking for this decision",
            "Pharmacist advises: do not give with hot food. No other medicine is covered",
        ],
    );
    let plan = format!("CarePlan/{}-covert-plan", chart.id);
    chart.edit(&plan, |it| it["author"] = json!({"reference": "PractitionerRole/samphire-house-former-manager", "display": "Former manager, Samphire House"}));
    chart.letter(
        Feed::CareHome,
        "covert-minutes",
        150,
        "Best-interests meeting: covert medication",
        &[
            "Present: son (lasting power of attorney), GP, community pharmacist, home manager.",
            "Agreed that memantine may be given covertly. To be reviewed every three months.",
        ],
    );
    let declined = chart.vaccination(
        Feed::Gp,
        "flu-not-given",
        33,
        words("Influenza vaccine (inactivated)"),
    );
    chart.edit(&declined, |it| {
        it["status"] = json!("not-done");
        it["statusReason"] = json!({"text": "Unwell on the day"});
    });
}

fn home(chart: &mut Chart) {
    let residence = chart.episode(
        Feed::CareHome,
        "residence",
        1260,
        None,
        "Residential and nursing care",
    );
    let month = chart.calendar.month(1260);
    chart.edit(&residence, |it| it["period"]["start"] = json!(month));
    let dols = chart.consent("dols", 386, "permit");
    let (from, until) = (chart.calendar.day(386), chart.calendar.day(21));
    chart.edit(&dols, |it| {
        it["status"] = json!("inactive");
        it["scope"] = super::super::chart::hl7("consentscope", "treatment");
        it["category"] = json!([{"text": "Deprivation of liberty safeguards authorisation"}]);
        it["provision"] = json!({"period": {"start": from, "end": until}});
        // The council authorises it; she lacks the capacity to consent.
        it["performer"] = json!([{"display": "Creekshire County Council, supervisory body"}]);
    });
    let capacity = chart.noted(
        Feed::Gp,
        "capacity",
        150,
        words("Mental capacity assessment: medicines"),
        json!({"text": "Lacks capacity for this decision"}),
    );
    chart.edit(&capacity, |it| {
        it["category"] = json!([super::super::chart::hl7("observation-category", "survey")])
    });
    chart.form(
        Feed::CareHome,
        "about-me",
        700,
        "about-me",
        &[
            (
                "What matters most to me",
                "My cardigan, hymns, tea with two sugars",
            ),
            ("People who matter to me", "My son Clive and the cat that visits"),
            ("What to do when I am upset", "Sit with me and hum"),
        ],
    );
    chart.form(
        Feed::CareHome,
        "nursing-needs",
        40,
        "nursing-care-needs",
        &[
            ("Eating and drinking", "Soft diet, needs prompting"),
            ("Mobility", "Hoist, two people"),
            ("Elimination", "Pads, regular toileting"),
            ("Personal hygiene and dressing", "Full help of one person"),
            ("Skin", "Intact, barrier cream"),
            ("Medication self-management", "None"),
        ],
    );
    let diet = json!({
        "resourceType": "NutritionOrder", "status": "active", "intent": "order", "dateTime": chart.calendar.day(90),
        "orderer": chart.by(Feed::Community, 0),
        "oralDiet": {"type": [{"text": "Soft and bite-sized (level 6), fortified"}]},
    });
    chart.put(Feed::Community, "diet", 90, diet);
    for number in 0..14 {
        let ago = 3 + number * 7;
        let signs = routine::steady(chart);
        chart.signs(Feed::CareHome, &format!("weekly-{number}"), ago, "10:00", signs);
    }
    chart.measured(
        Feed::CareHome,
        "temperature-fahrenheit",
        4,
        (
            "vital-signs",
            coded("Core body temperature", "276885007").concept(),
        ),
        quantity(99.1, "°F", "[degF]"),
    );
    chart.equipment(Feed::Community, "hoist", 640, "Hoist with medium sling");
    chart.contact(
        Feed::CareHome,
        "son",
        ("Son", "Clive", "Saltmarsh"),
        "Lasting power of attorney for health and welfare",
    );
    chart.flag(
        Feed::CareHome,
        "falls-flag",
        130,
        "safety",
        words("High risk of falls; sensor mat in use"),
    );
    let decision = chart.flag(Feed::Gp, "dnacpr", 500, "clinical", p::NOT_FOR_CPR);
    chart.edit(&decision, |it| {
        it["code"]["text"] = json!("Do not attempt CPR; form in the front of her file, Seaview office")
    });
}

fn fall(chart: &mut Chart) {
    chart.problem(Feed::CareHome, "fall-home", 131, p::FALL, false);
    chart.problem(Feed::Gp, "fall-gp", 131, p::FALL, false);
    chart.visit(
        Feed::Ambulance,
        "fall-ambulance",
        0,
        &Visit::short(
            131,
            "FLD",
            "Fall in care home, not conveyed",
            "Fall from bed, no injury",
        ),
    );
    chart.whole_set(
        Feed::Ambulance,
        "fall-ambulance",
        131,
        &routine::soon_after(131),
        Signs {
            systolic: 138.0,
            diastolic: 72.0,
            pulse: 80.0,
            breaths: 17.0,
            saturation: 96.0,
            temperature: 36.5,
            news2: Some(0),
        },
    );
}
