//! Poppy Sandling, 6: on a child protection plan; asthma; peanut allergy.
//!
//! Planted:
//! * the plan is told by council (protection plan) and practice (cause for concern), under different
//!   categories (disagreement);
//! * third-party information about a parent labelled very restricted, the plan labelled restricted (withheld);
//! * peanut allergy from practice and school nursing (duplicate), one of them with a severity the other lacks;
//! * the emergency visit that raised the concern arrived 38 days late (late);
//! * a pre-school booster not given (negated);
//! * her father's details missing although the plan refers to them (missing).

use serde_json::json;

use super::super::chart::{Chart, Signs, Visit, quantity};
use super::super::organisations::Feed;
use super::super::problems::{self as p, words};
use super::super::products::{self as m, SIX_HOURLY, TWICE, dose};
use super::super::routine;
use super::{Kind, Planted, Story, Who};

pub(super) const STORY: Story = Story {
    id: "sandling-poppy",
    title: "Child with a child protection plan, asthma and peanut allergy",
    planted: PLANTED,
    who: Who {
        title: "Miss",
        given: "Poppy",
        family: "Sandling",
        gender: "female",
        age: (6, 77),
    },
    cared: super::super::chart::Cared {
        practice: "windmill-hill-surgery",
        pharmacy: "quayside-pharmacy",
        council: "reachport-council",
        care_home: None,
    },
    ward: false,
    write,
    second: None,
};

const PLANTED: &[Planted] = &[
    Planted {
        kind: Kind::Disagreement,
        resources: &[
            "Condition/sandling-poppy-protection-plan",
            "Condition/sandling-poppy-gp-concern",
        ],
        what: "council: subject to a protection plan; practice: cause for concern",
    },
    Planted {
        kind: Kind::Withheld,
        resources: &[
            "CarePlan/sandling-poppy-protection",
            "DocumentReference/sandling-poppy-conference",
            "Observation/sandling-poppy-third-party",
        ],
        what: "plan and conference minutes restricted, third-party note very restricted",
    },
    Planted {
        kind: Kind::Duplicate,
        resources: &[
            "AllergyIntolerance/sandling-poppy-allergy-peanut",
            "AllergyIntolerance/sandling-poppy-school-peanut",
        ],
        what: "peanut allergy from practice and school nursing",
    },
    Planted {
        kind: Kind::Late,
        resources: &["Encounter/sandling-poppy-emergency"],
        what: "emergency visit 38 days late",
    },
    Planted {
        kind: Kind::Negated,
        resources: &["Immunization/sandling-poppy-booster"],
        what: "pre-school booster not given",
    },
    Planted {
        kind: Kind::Missing,
        resources: &["RelatedPerson/sandling-poppy-father"],
        what: "the father the plan refers to",
    },
];

fn write(chart: &mut Chart) {
    let consent = chart.consent("consent", 900, "permit");
    // A child of this age cannot give it.
    chart.edit(&consent, |it| {
        it["performer"] = json!([{"display": "Mother, who has parental responsibility"}])
    });
    let given = chart.contact(
        Feed::SocialCare,
        "mother",
        ("Mother", "Leanne", "Sandling"),
        "Parental responsibility",
    );
    chart.edit(&given, |it| it["relationship"] = json!([{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "MTH", "display": "mother"}]}]));
    chart.contact(
        Feed::SocialCare,
        "grandmother",
        ("Grandmother", "Sheila", "Sandling"),
        "Poppy stays here at weekends",
    );
    chart.problem(Feed::Gp, "asthma", 900, p::ASTHMA, true);
    chart.problem(Feed::Gp, "eczema", 1900, p::ECZEMA, true);
    let peanut = chart.allergy(Feed::Gp, "allergy-peanut", 1200, p::PEANUT_ALLERGY, p::URTICARIA);
    let school = chart.allergy(
        Feed::Community,
        "school-peanut",
        400,
        p::PEANUT_ALLERGY,
        p::ANAPHYLAXIS,
    );
    for reference in [&peanut, &school] {
        chart.edit(reference, |it| it["category"] = json!(["food"]));
    }
    chart.edit(&school, |it| {
        it["criticality"] = json!("high");
        it["reaction"][0]["severity"] = json!("severe");
    });
    routine::practice_visits(chart, 70, 1900, &["Wheeze", "Eczema", "Earache", "Asthma review"]);
    routine::repeat(
        chart,
        "salbutamol",
        (
            &m::SALBUTAMOL,
            &dose(2.0, "puffs", SIX_HOURLY, "Two puffs through a spacer when needed"),
        ),
        880,
        0,
    );
    routine::repeat(
        chart,
        "emollient",
        (
            &m::EMOLLIENT,
            &dose(1.0, "application", TWICE, "Apply twice a day"),
        ),
        1500,
        0,
    );
    vaccinations(chart);
    growth(chart);
    protection(chart);
}

fn vaccinations(chart: &mut Chart) {
    for (name, ago, vaccine) in [
        ("six-in-one-1", 2200, "6-in-1 vaccine, first dose"),
        ("six-in-one-2", 2172, "6-in-1 vaccine, second dose"),
        ("six-in-one-3", 2144, "6-in-1 vaccine, third dose"),
        ("rotavirus", 2200, "Rotavirus vaccine"),
        ("men-b", 2200, "Meningococcal group B vaccine"),
        ("mmr-1", 1890, "MMR vaccine, first dose"),
        ("flu", 45, "Influenza vaccine, live, nasal"),
    ] {
        chart.vaccination(Feed::Gp, name, ago, words(vaccine));
    }
    let missed = chart.vaccination(Feed::Gp, "booster", 900, words("4-in-1 pre-school booster"));
    chart.edit(&missed, |it| {
        it["status"] = json!("not-done");
        it["statusReason"] = json!({"text": "Not brought to three appointments"});
    });
}

fn growth(chart: &mut Chart) {
    let amount = |value: f64, unit: &str| quantity(value, unit, unit);
    for (at, (ago, weight, height)) in [
        (2250, 3.7, 52.0),
        (2000, 9.2, 73.0),
        (1500, 12.4, 88.0),
        (900, 15.0, 101.0),
        (400, 16.1, 109.0),
        (60, 16.4, 113.0),
    ]
    .into_iter()
    .enumerate()
    {
        chart.measured(
            Feed::Community,
            &format!("weight-{at}"),
            ago,
            (
                "vital-signs",
                super::super::problems::coded("Body weight", "27113001").concept(),
            ),
            amount(weight, "kg"),
        );
        chart.measured(
            Feed::Community,
            &format!("height-{at}"),
            ago,
            (
                "vital-signs",
                super::super::problems::coded("Body height measure", "50373000").concept(),
            ),
            amount(height, "cm"),
        );
    }
    for number in 0..9 {
        let ago = 2180 - number * 240;
        chart.visit(
            Feed::Community,
            &format!("health-visitor-{number}"),
            4,
            &Visit::short(ago, "HH", "Health visitor contact", "Growth and development"),
        );
    }
}

fn protection(chart: &mut Chart) {
    let emergency = chart.visit(
        Feed::Acute,
        "emergency",
        3,
        &Visit {
            ago: 118,
            time: "21:10",
            class: "EMER",
            title: "Emergency department attendance",
            reason: "Bruising; explanation does not fit",
            days: Some(0),
        },
    );
    let stored = chart.calendar.stored(80);
    chart.edit(&emergency, |it| it["meta"]["lastUpdated"] = json!(stored));
    chart.provenance(Feed::Acute, "emergency-provenance", (118, 80), &emergency);
    chart.signs(
        Feed::Acute,
        "emergency",
        118,
        "21:25",
        Signs {
            systolic: 96.0,
            diastolic: 60.0,
            pulse: 108.0,
            breaths: 22.0,
            saturation: 98.0,
            temperature: 36.7,
            news2: None,
        },
    );
    chart.problem(Feed::SocialCare, "protection-plan", 96, p::CHILD_PROTECTION, true);
    chart.problem(Feed::Gp, "gp-concern", 110, p::CHILD_SAFEGUARDING, true);
    let flag = chart.flag(
        Feed::SocialCare,
        "protection-flag",
        96,
        "safety",
        p::CHILD_PROTECTION,
    );
    chart.edit(&flag, |it| {
        it["code"]["text"] = json!(
            "Child protection plan (neglect). Ring children's social care about any contact: 01632 960155"
        )
    });
    let plan = chart.plan(
        Feed::SocialCare,
        "protection",
        96,
        ("Child protection plan", words("Child protection plan").concept()),
        &[
            "School nurse to see Poppy every fortnight",
            "Inhaler and adrenaline pen kept at both homes",
            "No unsupervised contact with father",
        ],
    );
    chart.edit(
        &plan,
        |it| {
            it["activity"][2]["detail"]["performer"] =
                json!([{"reference": "RelatedPerson/sandling-poppy-father", "display": "Father"}])
        },
    );
    let minutes = chart.letter(
        Feed::SocialCare,
        "conference",
        95,
        "Child protection conference: minutes",
        &[
            "Restricted. Not to be copied to family members without the chair's agreement.",
            "Category: neglect. Core group to meet every four weeks.",
        ],
    );
    let third_party = chart.noted(
        Feed::SocialCare,
        "third-party",
        97,
        words("Information about a parent, given in confidence"),
        json!({"text": "Held by the social worker"}),
    );
    chart.label(&plan, "R");
    chart.label(&minutes, "R");
    chart.label(&third_party, "V");
    chart.episode(
        Feed::SocialCare,
        "social-work",
        112,
        None,
        "Children's social care: child protection",
    );
    chart.team(
        "core-group",
        96,
        "Core group",
        &[
            (Feed::SocialCare, 0, "Social worker"),
            (Feed::Community, 4, "School nurse"),
            (Feed::Gp, 0, "GP"),
        ],
    );
    for number in 0..6 {
        let ago = 6 + number * 14;
        chart.visit(
            Feed::Community,
            &format!("school-nurse-{number}"),
            4,
            &Visit::short(ago, "AMB", "School nurse contact", "Wellbeing check in school"),
        );
        chart.visit(
            Feed::SocialCare,
            &format!("social-work-{number}"),
            0,
            &Visit::short(ago + 3, "HH", "Social worker visit", "Child seen alone"),
        );
    }
    chart.appointment(Feed::SocialCare, "conference-next", -17, 0, "Review conference");
    chart.appointment(Feed::Acute, "paediatric-next", -30, 0, "Paediatric clinic");
}
