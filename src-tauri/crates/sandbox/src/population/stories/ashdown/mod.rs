//! Walter Ashdown, 85: frail, three falls in seven months, pneumonia, and an anticoagulant switched in
//! hospital that the practice's list missed.
//!
//! Planted:
//! * warfarin still on the practice's repeats, stopped by the hospital, which started apixaban; the pharmacy
//!   has dispensed apixaban in words only (disagreement);
//! * ramipril 5 mg at the practice, 2.5 mg on the discharge list (disagreement in dose);
//! * penicillin allergy from practice and hospital (duplicate), with different reactions;
//! * trimethoprim allergy in words only (uncoded);
//! * the first fall's hospital letter arrived 97 days late (late);
//! * befriending known by month only, hip replacement by year only (partial dates);
//! * a blood pressure entered in error;
//! * a modifier extension on furosemide that nobody can know;
//! * one result whose value is a word where a number belongs, one vaccination with a date that never was (broken);
//! * the physiotherapy letter's file is not there (missing).

mod events;
mod medicines;

use serde_json::json;

use super::super::chart::{Chart, quantity};
use super::super::measures::{FBC, HBA1C, INR, RENAL};
use super::super::organisations::Feed;
use super::super::problems::{self as p, coded, words};
use super::super::routine::{self, YEAR};
use super::{AT_HOME, Kind, Planted, Story, Who};

pub(super) const STORY: Story = Story {
    id: "ashdown-walter",
    title: "Frail man with three falls; warfarin switched to apixaban, which the GP list missed",
    planted: PLANTED,
    who: Who {
        title: "Mr",
        given: "Walter",
        family: "Ashdown",
        gender: "male",
        age: (85, 132),
    },
    cared: AT_HOME,
    ward: true,
    write,
    second: None,
};

const PLANTED: &[Planted] = &[
    Planted {
        kind: Kind::Disagreement,
        resources: &[
            "MedicationRequest/ashdown-walter-gp-warfarin",
            "MedicationStatement/ashdown-walter-discharge-warfarin",
            "MedicationRequest/ashdown-walter-discharge-apixaban",
        ],
        what: "GP list still shows warfarin; the hospital stopped it and started apixaban, \
            not on the GP list",
    },
    Planted {
        kind: Kind::Disagreement,
        resources: &[
            "MedicationRequest/ashdown-walter-gp-ramipril",
            "MedicationStatement/ashdown-walter-discharge-ramipril",
        ],
        what: "ramipril 5 mg at the practice, 2.5 mg on discharge",
    },
    Planted {
        kind: Kind::Uncoded,
        resources: &[
            "MedicationDispense/ashdown-walter-pharmacy-apixaban",
            "AllergyIntolerance/ashdown-walter-allergy-trimethoprim",
        ],
        what: "apixaban dispensed and trimethoprim allergy in words only",
    },
    Planted {
        kind: Kind::Duplicate,
        resources: &[
            "AllergyIntolerance/ashdown-walter-allergy-penicillin",
            "AllergyIntolerance/ashdown-walter-acute-allergy-penicillin",
        ],
        what: "penicillin allergy from practice and hospital, anaphylaxis and rash",
    },
    Planted {
        kind: Kind::Late,
        resources: &["DocumentReference/ashdown-walter-fall-1-letter"],
        what: "emergency department letter of the first fall filed 97 days after it",
    },
    Planted {
        kind: Kind::PartialDate,
        resources: &[
            "EpisodeOfCare/ashdown-walter-befriending",
            "Procedure/ashdown-walter-hip-replacement",
        ],
        what: "befriending began in a month, the hip was replaced in a year",
    },
    Planted {
        kind: Kind::EnteredInError,
        resources: &["Observation/ashdown-walter-wrong-bp"],
        what: "another patient's blood pressure",
    },
    Planted {
        kind: Kind::ModifierExtension,
        resources: &["MedicationRequest/ashdown-walter-gp-furosemide"],
        what: "an unknown modifier on furosemide, which could mean that it is not taken",
    },
    Planted {
        kind: Kind::Broken,
        resources: &[
            "Observation/ashdown-walter-broken-potassium",
            "Immunization/ashdown-walter-broken-shingles",
        ],
        what: "a potassium of 'haemolysed' where a number belongs; a vaccination on 31 February",
    },
    Planted {
        kind: Kind::Missing,
        resources: &["Binary/ashdown-walter-physio-letter-absent"],
        what: "the physiotherapy letter's file",
    },
];

fn write(chart: &mut Chart) {
    chart.issued_ago = 20;
    chart.edit_patient(|it| {
        it["telecom"] = json!([
            {"system": "phone", "value": "01632 960417", "use": "home"},
            {"system": "phone", "value": "07700 900417", "use": "mobile"},
        ]);
        it["maritalStatus"] = json!({"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "W", "display": "Widowed"}]});
    });
    chart.consent("consent", 900, "permit");
    background(chart);
    safety(chart);
    medicines::write(chart);
    events::falls(chart);
    events::pneumonia(chart);
    events::wound(chart);
    care_at_home(chart);
    broken(chart);
}

fn background(chart: &mut Chart) {
    routine::adult_basics(chart, 4);
    for (name, onset, term) in [
        ("af", 2300, p::ATRIAL_FIBRILLATION),
        ("heart-failure", 1500, p::HEART_FAILURE),
        ("diabetes", 5200, p::DIABETES_2),
        ("ckd", 800, p::CKD_3B),
        ("hypertension", 6900, p::HYPERTENSION),
        ("frailty", 420, p::FRAILTY),
        ("hearing", 3100, p::HEARING_LOSS),
    ] {
        chart.problem(Feed::Gp, &format!("problem-{name}"), onset, term, true);
    }
    chart.problem(Feed::Gp, "problem-gout", 4000, p::GOUT, false);
    let hip = chart.procedure(Feed::Acute, "hip-replacement", 5800, p::HIP_REPLACEMENT);
    let year = chart.calendar.year(5800);
    chart.edit(&hip, |it| it["performedDateTime"] = json!(year));
    chart.procedure(Feed::Acute, "cataract", 2600, p::CATARACT_SURGERY);
    chart.relative("family-stroke", 3000, "Father", p::STROKE);
    routine::practice_visits(
        chart,
        55,
        4 * YEAR,
        &[
            "Breathlessness",
            "Diabetes review",
            "Unsteady on feet",
            "Medication review",
        ],
    );
    routine::bloods(chart, "diabetes", &[&HBA1C, &FBC], (150, 4 * YEAR), 0.6);
    routine::bloods(chart, "clinic", &[&INR], (28, 3 * YEAR), 0.0);
    // Kidney function, falling: 47 in late summer, 38 the day before yesterday.
    for (at, (ago, egfr, creatinine)) in [
        (3, 38.0, 149.0),
        (82, 47.0, 124.0),
        (200, 49.0, 121.0),
        (380, 52.0, 115.0),
        (560, 54.0, 112.0),
        (740, 55.0, 110.0),
    ]
    .into_iter()
    .enumerate()
    {
        chart.panel(
            Feed::Gp,
            &format!("kidney-{at}"),
            ago,
            (&RENAL, 0.3),
            &[("egfr", egfr), ("creatinine", creatinine)],
        );
    }
    let wrong = chart.measured(
        Feed::Gp,
        "wrong-bp",
        47,
        (
            "vital-signs",
            coded("Systolic arterial pressure", "72313002").concept(),
        ),
        quantity(212.0, "mmHg", "mm[Hg]"),
    );
    chart.edit(&wrong, |it| it["status"] = json!("entered-in-error"));
}

fn safety(chart: &mut Chart) {
    let penicillin = chart.allergy(
        Feed::Gp,
        "allergy-penicillin",
        7300,
        p::PENICILLIN_ALLERGY,
        p::ANAPHYLAXIS,
    );
    chart.edit(&penicillin, |it| {
        it["criticality"] = json!("high");
        it["reaction"][0]["severity"] = json!("severe");
    });
    chart.allergy(
        Feed::Acute,
        "acute-allergy-penicillin",
        18,
        p::PENICILLIN_ALLERGY,
        p::RASH,
    );
    chart.allergy(
        Feed::Gp,
        "allergy-trimethoprim",
        1900,
        words("Trimethoprim"),
        p::RASH,
    );
    let ended = chart.allergy(
        Feed::Gp,
        "allergy-codeine-ended",
        3000,
        words("Codeine"),
        p::NAUSEA,
    );
    let until = chart.calendar.day(700);
    chart.edit(&ended, |it| {
        it["clinicalStatus"] = super::super::chart::hl7("allergyintolerance-clinical", "resolved");
        it["extension"] = json!([{
            "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AllergyIntoleranceEnd",
            "extension": [{"url": "endDate", "valueDateTime": until}, {"url": "reasonEnded", "valueString": "Tolerated since without reaction"}],
        }]);
    });
    chart.list(
        Feed::Gp,
        "ended-allergies",
        60,
        words("Ended allergies"),
        &[&ended],
    );

    let decision = chart.flag(Feed::Gp, "dnacpr", 82, "clinical", p::NOT_FOR_CPR);
    chart.edit(&decision, |it| {
        it["code"]["text"] = json!("Do not attempt CPR; form in yellow folder, kitchen")
    });
    chart.letter(
        Feed::Gp,
        "dnacpr-form",
        82,
        "Do not attempt CPR form",
        &[
            "Decision made with Mr Ashdown and his daughter. He has capacity and agrees.",
            "The original form is in the yellow folder in the kitchen.",
        ],
    );
    let made = chart.noted(
        Feed::Gp,
        "dnacpr-decision",
        82,
        words("CPR decision"),
        p::NOT_FOR_CPR.concept(),
    );
    chart.edit(&made, |it| it["note"] = json!([{"text": "Original form in the yellow folder, kitchen. Review if condition improves."}]));
    chart.flag(
        Feed::SocialCare,
        "key-safe",
        240,
        "safety",
        words("Key safe left of the front door; ring the council's out-of-hours team for the number"),
    );
    chart.flag(
        Feed::Gp,
        "hearing-flag",
        3000,
        "clinical",
        words("Hard of hearing, left ear; speak to the right side"),
    );
    chart.flag(
        Feed::SocialCare,
        "dog",
        120,
        "safety",
        words("Large dog, friendly; ask for it to be shut in"),
    );
    let adjustment = chart.flag(
        Feed::Gp,
        "adjustment",
        500,
        "clinical",
        coded(
            "Requires reasonable adjustment for health and care access (Equality Act 2010)",
            "1108111000000107",
        ),
    );
    chart.edit(&adjustment, |it| {
        it["code"]["text"] =
            json!("Reasonable adjustment: longer appointments, written information in large print")
    });
}

fn care_at_home(chart: &mut Chart) {
    let reason = words("Primary support reason: physical support, personal care");
    chart.problem(Feed::SocialCare, "support-reason", 400, reason, true);
    chart.episode(
        Feed::SocialCare,
        "care-package-before",
        400,
        Some(27),
        "Home care, two calls a day",
    );
    chart.episode(
        Feed::SocialCare,
        "care-package",
        27,
        None,
        "Care package raised to four calls a day",
    );
    chart.plan(
        Feed::SocialCare,
        "support-plan",
        27,
        ("Care and support plan", words("Care and support plan").concept()),
        &[
            "Four calls a day by Causeway Homecare, mornings double-handed",
            "Medicines prompted from a compliance aid",
            "Pendant alarm worn day and night",
        ],
    );
    chart.goal(
        Feed::SocialCare,
        "goal-home",
        27,
        "To stay in my own home with the dog",
    );
    chart.goal(Feed::Community, "goal-walk", 60, "To walk to the gate and back");
    let befriending = chart.episode(
        Feed::Voluntary,
        "befriending",
        35,
        None,
        "Befriending started, weekly",
    );
    let month = chart.calendar.month(35);
    chart.edit(&befriending, |it| it["period"]["start"] = json!(month));
    chart.equipment(Feed::Community, "frame", 380, "Walking frame with wheels");
    chart.equipment(
        Feed::Community,
        "bed",
        100,
        "Hospital bed with pressure-relieving mattress",
    );
    chart.equipment(Feed::SocialCare, "pendant", 240, "Pendant alarm");
    chart.contact(
        Feed::Gp,
        "daughter",
        ("Daughter", "Hilary", "Ashdown-Lees"),
        "Holds lasting power of attorney for health and welfare",
    );
    chart.contact(
        Feed::SocialCare,
        "neighbour",
        ("Neighbour", "Brian", "Quayle"),
        "Holds a key",
    );
    chart.team(
        "team",
        110,
        "Neighbourhood team",
        &[
            (Feed::Community, 0, "Key worker"),
            (Feed::Gp, 0, "Usual GP"),
            (Feed::SocialCare, 0, "Social worker"),
            (Feed::Voluntary, 0, "Befriending coordinator"),
        ],
    );
    chart.form(
        Feed::Community,
        "about-me",
        300,
        "about-me",
        &[
            (
                "What matters most to me",
                "My dog, Radio 4, and not going back into hospital",
            ),
            ("How best to talk with me", "Face me and speak to my right side"),
            ("Supported by", "Daughter, Hilary"),
        ],
    );
    chart.plan(
        Feed::Gp,
        "contingency",
        82,
        ("Contingency plan", words("Contingency plan").concept()),
        &[
            "If confused or feverish: urgent community response first, hospital only if it \
            cannot be treated at home",
            "Daughter to be rung at any hour",
        ],
    );
    chart.risk(Feed::Community, "falls-risk", 60, words("Risk of falls"), "High");
    chart.appointment(Feed::Gp, "gp-next", -4, 0, "Home visit after discharge");
    chart.appointment(
        Feed::Acute,
        "respiratory-next",
        -33,
        0,
        "Chest X-ray and clinic, six weeks after pneumonia",
    );
    chart.appointment(Feed::Acute, "eye-clinic-past", 140, 0, "Diabetic eye screening");
}

fn broken(chart: &mut Chart) {
    let potassium = chart.measured(
        Feed::Acute,
        "broken-potassium",
        16,
        ("laboratory", coded("Potassium substance concentration in serum", "1107761000000109").concept()),
        json!({"value": "haemolysed", "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"}),
    );
    chart.edit(&potassium, |it| {
        it["note"] = json!([{"text": "Specimen haemolysed, please repeat"}])
    });
    let shingles = chart.vaccination(Feed::Gp, "broken-shingles", 2100, words("Shingles vaccine"));
    chart.edit(&shingles, |it| it["occurrenceDateTime"] = json!("2021-02-31"));
}
