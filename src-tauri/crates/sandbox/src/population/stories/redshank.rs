//! Corinne Redshank, 38: restricted in the demographics service (S-flag); her whole record is labelled.
//!
//! Planted:
//! * the Patient is labelled R: no address, telephone or practice is sent (withheld);
//! * the safeguarding note and the refuge's letter are labelled V (withheld);
//! * a telephone number that must not be used (negated);
//! * an allergy stays readable to those who may see her at all.

use serde_json::json;

use super::super::chart::{Chart, Signs, Visit};
use super::super::measures::{FBC, LFT, RENAL};
use super::super::organisations::Feed;
use super::super::problems::{self as p, words};
use super::super::products::{self as m, ONCE, dose};
use super::super::routine;
use super::{Kind, Planted, Story, Who};

pub(super) const STORY: Story = Story {
    id: "redshank-corinne",
    title: "Restricted (S-flagged) patient",
    planted: PLANTED,
    who: Who {
        title: "Ms",
        given: "Corinne",
        family: "Redshank",
        gender: "female",
        age: (38, 240),
    },
    cared: super::super::chart::Cared {
        practice: "oyster-lane-practice",
        pharmacy: "quayside-pharmacy",
        council: "creekshire-council",
        care_home: None,
    },
    ward: false,
    write,
    second: None,
};

const PLANTED: &[Planted] = &[
    Planted {
        kind: Kind::Withheld,
        resources: &["Patient/redshank-corinne"],
        what: "S-flag: labelled R, no address, telephone or practice",
    },
    Planted {
        kind: Kind::Withheld,
        resources: &[
            "Condition/redshank-corinne-safeguarding",
            "DocumentReference/redshank-corinne-refuge-letter",
        ],
        what: "safeguarding and refuge letter labelled V",
    },
    Planted {
        kind: Kind::Negated,
        resources: &["Flag/redshank-corinne-no-telephone"],
        what: "do not ring, write or leave messages",
    },
];

fn write(chart: &mut Chart) {
    chart.edit_patient(|it| {
        if let Some(fields) = it.as_object_mut() {
            for withheld in ["address", "telecom", "generalPractitioner"] {
                fields.remove(withheld);
            }
        }
    });
    let patient = format!("Patient/{}", chart.id);
    chart.label(&patient, "R");
    chart.consent("consent", 300, "permit");
    routine::adult_basics(chart, 3);
    chart.problem(Feed::Gp, "problem-anxiety", 900, p::ANXIETY, true);
    chart.problem(Feed::Gp, "problem-asthma", 7000, p::ASTHMA, true);
    let safeguarding = chart.problem(Feed::SocialCare, "safeguarding", 210, p::ADULT_SAFEGUARDING, true);
    chart.label(&safeguarding, "V");
    chart.allergy(
        Feed::Gp,
        "allergy-amoxicillin",
        3000,
        p::AMOXICILLIN_ALLERGY,
        p::URTICARIA,
    );
    routine::repeat(
        chart,
        "sertraline",
        (
            &m::SERTRALINE_50,
            &dose(50.0, "mg", ONCE, "One tablet once a day"),
        ),
        700,
        0,
    );
    routine::practice_visits(chart, 60, 1100, &["Anxiety", "Sleeping badly", "Asthma review"]);
    routine::bloods(chart, "annual", &[&RENAL, &FBC, &LFT], (300, 1100), 0.0);
    chart.visit(
        Feed::Acute,
        "emergency",
        3,
        &Visit {
            ago: 214,
            time: "02:10",
            class: "EMER",
            title: "Emergency department attendance",
            reason: "Injury",
            days: Some(0),
        },
    );
    chart.whole_set(
        Feed::Acute,
        "emergency",
        214,
        "02:25",
        Signs {
            systolic: 132.0,
            diastolic: 84.0,
            pulse: 110.0,
            breaths: 20.0,
            saturation: 99.0,
            temperature: 36.8,
            news2: Some(1),
        },
    );
    let letter = chart.plain(
        Feed::Voluntary,
        "refuge-letter",
        200,
        "Letter from a support service",
        "She is safe. Do not write to or telephone any earlier address. Appointments by hand only.",
    );
    chart.label(&letter, "V");
    let silent = chart.flag(
        Feed::Gp,
        "no-telephone",
        205,
        "safety",
        words("Do not telephone, write or leave messages; appointments are given by hand"),
    );
    chart.edit(&silent, |it| {
        it["category"] = json!([super::super::chart::hl7("flag-category", "contact")])
    });
    for number in 0..8 {
        let ago = 10 + number * 21;
        chart.visit(
            Feed::MentalHealth,
            &format!("therapy-{number}"),
            1,
            &Visit::short(ago, "AMB", "Psychological therapy", "Trauma-focused therapy"),
        );
    }
    chart.appointment(
        Feed::MentalHealth,
        "therapy-next",
        -11,
        1,
        "Psychological therapy",
    );
}
