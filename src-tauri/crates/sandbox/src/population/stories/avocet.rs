//! Daniel Avocet, 34: Down syndrome, learning disability, epilepsy; reasonable adjustments that every
//! setting should see.
//!
//! Planted:
//! * Down syndrome coded by the practice and as "Trisomy 21" in words by the council (duplicate, uncoded);
//! * the adjustment flag says "ring his sister", the hospital passport says "ring his support worker"
//!   (disagreement);
//! * date of the last seizure by month only (partial date);
//! * bowel preparation not done, and a capacity assessment ended (negated, ended);
//! * levetiracetam dose in tablets here and in mg there (disagreement in units only).

use serde_json::json;

use super::super::chart::{Chart, Visit, hl7};
use super::super::measures::{FBC, LFT, RENAL, THYROID};
use super::super::organisations::Feed;
use super::super::problems::{self as p, coded, words};
use super::super::products::{self as m, MORNING, TWICE, dose};
use super::super::routine::{self, YEAR};
use super::{Kind, Planted, Story, Who};

pub(super) const STORY: Story = Story {
    id: "avocet-daniel",
    title: "Learning disability with reasonable adjustments",
    planted: PLANTED,
    who: Who {
        title: "Mr",
        given: "Daniel",
        family: "Avocet",
        gender: "male",
        age: (34, 12),
    },
    cared: super::super::chart::Cared {
        practice: "windmill-hill-surgery",
        pharmacy: "quayside-pharmacy",
        council: "southmarsh-council",
        care_home: None,
    },
    ward: false,
    write,
    second: None,
};

const PLANTED: &[Planted] = &[
    Planted {
        kind: Kind::Duplicate,
        resources: &[
            "Condition/avocet-daniel-down-syndrome",
            "Condition/avocet-daniel-council-trisomy",
        ],
        what: "Down syndrome, and Trisomy 21",
    },
    Planted {
        kind: Kind::Uncoded,
        resources: &["Condition/avocet-daniel-council-trisomy"],
        what: "Trisomy 21 in words only",
    },
    Planted {
        kind: Kind::Disagreement,
        resources: &[
            "Flag/avocet-daniel-adjustments",
            "DocumentReference/avocet-daniel-passport",
        ],
        what: "ring his sister, or his support worker",
    },
    Planted {
        kind: Kind::Disagreement,
        resources: &[
            "MedicationRequest/avocet-daniel-gp-levetiracetam",
            "MedicationStatement/avocet-daniel-clinic-levetiracetam",
        ],
        what: "levetiracetam 500 mg, or 1 tablet: the same dose in two units",
    },
    Planted {
        kind: Kind::PartialDate,
        resources: &["Observation/avocet-daniel-last-seizure"],
        what: "last seizure in a month",
    },
    Planted {
        kind: Kind::Negated,
        resources: &["Procedure/avocet-daniel-dental"],
        what: "dental treatment not done: too distressed",
    },
    Planted {
        kind: Kind::Ended,
        resources: &["Observation/avocet-daniel-capacity"],
        what: "capacity assessment that ran out",
    },
];

fn write(chart: &mut Chart) {
    chart.consent("consent", 800, "permit");
    chart.edit_patient(|it| {
        it["communication"] = json!([{
            "language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "en", "display": "English"}], "text": "English with Makaton signs and pictures"},
            "preferred": true,
        }]);
        it["name"][0]["given"] = json!(["Daniel", "James"]);
        if let Some(names) = it["name"].as_array_mut() {
            names.push(json!({"use": "nickname", "text": "Danny", "given": ["Danny"]}));
        }
    });
    routine::adult_basics(chart, 4);
    chart.problem(Feed::Gp, "down-syndrome", 12_400, p::DOWN_SYNDROME, true);
    chart.problem(
        Feed::SocialCare,
        "council-trisomy",
        3000,
        words("Trisomy 21"),
        true,
    );
    chart.problem(
        Feed::Gp,
        "learning-disability",
        11_000,
        p::LEARNING_DISABILITY,
        true,
    );
    chart.problem(Feed::Gp, "epilepsy", 3900, p::EPILEPSY, true);
    chart.problem(Feed::Gp, "hypothyroidism", 2900, p::HYPOTHYROIDISM, true);
    chart.problem(Feed::Gp, "constipation", 700, p::CONSTIPATION, true);
    chart.allergy(Feed::Gp, "allergy-egg", 9000, p::EGG_ALLERGY, p::URTICARIA);
    let levetiracetam = dose(500.0, "mg", TWICE, "One tablet twice a day");
    routine::repeat(
        chart,
        "levetiracetam",
        (&m::LEVETIRACETAM, &levetiracetam),
        1900,
        0,
    );
    chart.stated(
        Feed::Acute,
        "clinic-levetiracetam",
        66,
        (
            &m::LEVETIRACETAM,
            &dose(1.0, "tablet", TWICE, "One tablet twice a day"),
        ),
        "active",
    );
    routine::repeat(
        chart,
        "levothyroxine",
        (
            &m::LEVOTHYROXINE_75,
            &dose(75.0, "micrograms", MORNING, "One tablet in the morning"),
        ),
        2800,
        0,
    );
    routine::repeat(
        chart,
        "macrogol",
        (
            &m::MACROGOL,
            &dose(1.0, "sachet", TWICE, "One sachet twice a day, dissolved in water"),
        ),
        690,
        0,
    );
    routine::practice_visits(
        chart,
        60,
        4 * YEAR,
        &[
            "Annual health check",
            "Constipation",
            "Ear wax",
            "Medication review",
        ],
    );
    routine::bloods(
        chart,
        "annual",
        &[&THYROID, &FBC, &RENAL, &LFT],
        (180, 4 * YEAR),
        0.1,
    );
    let seizure = chart.noted(
        Feed::Acute,
        "last-seizure",
        210,
        words("Date of last seizure"),
        json!({"text": "Generalised, two minutes"}),
    );
    let month = chart.calendar.month(210);
    chart.edit(&seizure, |it| it["effectiveDateTime"] = json!(month));
    adjustments(chart);
    support(chart);
}

fn adjustments(chart: &mut Chart) {
    let flag = chart.flag(
        Feed::Gp,
        "adjustments",
        600,
        "clinical",
        coded(
            "Requires reasonable adjustment for health and care access (Equality Act 2010)",
            "1108111000000107",
        ),
    );
    chart.edit(&flag, |it| {
        it["code"]["text"] = json!(
            "Reasonable adjustments: first appointment of the day, double length; quiet \
            room; pictures and Makaton; ring his sister before any visit"
        );
    });
    for (name, need) in [
        (
            "communication",
            "Understands short sentences and pictures; give time to answer",
        ),
        (
            "needles",
            "Afraid of needles: numbing cream, count to five together",
        ),
        ("waiting", "Cannot wait in a crowded room"),
    ] {
        chart.flag(
            Feed::Gp,
            &format!("adjustment-{name}"),
            600,
            "clinical",
            words(need),
        );
    }
    chart.letter(
        Feed::Community,
        "passport",
        410,
        "Hospital passport",
        &[
            "I like to be called Danny. I like buses, Westerns and gravy.",
            "When I am in pain I go quiet and hold my left ear.",
            "Ring my support worker, Grace, before you do anything with needles: 07700 900222.",
        ],
    );
    chart.form(
        Feed::Community,
        "about-me",
        410,
        "about-me",
        &[
            (
                "What matters most to me",
                "My job at the garden centre on Tuesdays",
            ),
            (
                "How best to support me",
                "Tell me what happens next, with pictures",
            ),
            ("Supported by", "Grace, support worker"),
        ],
    );
    let capacity = chart.noted(
        Feed::Community,
        "capacity",
        300,
        words("Mental capacity assessment: dental treatment under general anaesthetic"),
        json!({"text": "Lacks capacity for this decision"}),
    );
    let (from, until) = (chart.calendar.day(300), chart.calendar.day(120));
    chart.edit(&capacity, |it| {
        it["category"] = json!([hl7("observation-category", "survey")]);
        if let Some(fields) = it.as_object_mut() {
            fields.remove("effectiveDateTime");
        }
        it["effectivePeriod"] = json!({"start": from, "end": until});
    });
    let dental = chart.procedure(Feed::Community, "dental", 260, words("Dental treatment"));
    chart.edit(&dental, |it| {
        it["status"] = json!("not-done");
        it["statusReason"] = json!({"text": "Too distressed; to be planned with adjustments"});
    });
}

fn support(chart: &mut Chart) {
    chart.contact(
        Feed::SocialCare,
        "sister",
        ("Sister", "Ruth", "Avocet"),
        "Court-appointed deputy for welfare",
    );
    chart.contact(
        Feed::SocialCare,
        "support-worker",
        ("Support worker", "Grace", "Linnet"),
        "Key worker in supported living",
    );
    chart.episode(
        Feed::SocialCare,
        "supported-living",
        1500,
        None,
        "Supported living, shared house",
    );
    chart.plan(
        Feed::SocialCare,
        "support-plan",
        200,
        ("Care and support plan", words("Care and support plan").concept()),
        &[
            "Help with cooking and money",
            "Waking night support because of seizures",
            "Work at the garden centre one day a week",
        ],
    );
    chart.plan(
        Feed::Acute,
        "seizure-plan",
        500,
        ("Emergency seizure plan", words("Contingency plan").concept()),
        &[
            "Seizure over five minutes: buccal midazolam 10 mg from the kitchen cupboard, then 999",
            "Do not restrain; time it; side when it stops",
        ],
    );
    chart.goal(
        Feed::SocialCare,
        "goal-bus",
        200,
        "To take the bus to work without help",
    );
    for number in 0..6 {
        let ago = 25 + number * 60;
        chart.visit(
            Feed::Community,
            &format!("learning-nurse-{number}"),
            0,
            &Visit::short(ago, "HH", "Learning disability nurse visit", "Health action plan"),
        );
    }
    chart.visit(
        Feed::Acute,
        "epilepsy-clinic",
        0,
        &Visit::short(
            66,
            "AMB",
            "Epilepsy clinic",
            "Review, sister and support worker present",
        ),
    );
    chart.episode(Feed::Voluntary, "advocacy", 400, None, "Advocacy");
    chart.appointment(
        Feed::Gp,
        "health-check-next",
        -13,
        1,
        "Annual health check, first of the day, double length",
    );
}
