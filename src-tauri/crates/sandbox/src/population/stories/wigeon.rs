//! Jamie Wigeon, 27: a mental-health crisis seven weeks ago, detained for assessment, home with a safety plan.
//!
//! Planted:
//! * sertraline stopped by the trust in favour of quetiapine, still on the practice's repeats (disagreement);
//! * psychotherapy notes labelled V and the formulation labelled R (withheld);
//! * detention under section 2, ended (ended);
//! * the ambulance's times sent as UTC while clocks were on summer time elsewhere (disagreement in time zone);
//! * the crisis call known to practice and trust (duplicate);
//! * emergency department attendance recorded 16 days late (late);
//! * an overdose marked as entered in error: another patient's.

use serde_json::json;

use super::super::chart::{Chart, Signs, Visit};
use super::super::measures::{FBC, LFT, RENAL};
use super::super::organisations::Feed;
use super::super::problems::{self as p, coded, words};
use super::super::products::{self as m, NIGHT, ONCE, dose};
use super::super::routine;
use super::{Kind, Planted, Story, Who};

pub(super) const STORY: Story = Story {
    id: "wigeon-jamie",
    title: "Mental-health crisis, section 2, home with a safety plan",
    planted: PLANTED,
    who: Who {
        title: "Mx",
        given: "Jamie",
        family: "Wigeon",
        gender: "other",
        age: (27, 160),
    },
    cared: super::super::chart::Cared {
        practice: "windmill-hill-surgery",
        pharmacy: "marsh-lane-pharmacy",
        council: "southmarsh-council",
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
            "MedicationRequest/wigeon-jamie-gp-sertraline",
            "MedicationStatement/wigeon-jamie-trust-sertraline",
            "MedicationRequest/wigeon-jamie-trust-quetiapine",
        ],
        what: "sertraline stopped by the trust, on the practice's repeats; quetiapine on neither repeat",
    },
    Planted {
        kind: Kind::Withheld,
        resources: &[
            "Composition/wigeon-jamie-therapy-notes",
            "ClinicalImpression/wigeon-jamie-formulation",
        ],
        what: "psychotherapy notes V, formulation R",
    },
    Planted {
        kind: Kind::Ended,
        resources: &["Encounter/wigeon-jamie-detention"],
        what: "section 2, rescinded",
    },
    Planted {
        kind: Kind::Disagreement,
        resources: &[
            "Encounter/wigeon-jamie-ambulance",
            "Encounter/wigeon-jamie-emergency",
        ],
        what: "the ambulance arrives after the hospital admits, if its UTC is read as local time",
    },
    Planted {
        kind: Kind::Duplicate,
        resources: &[
            "Communication/wigeon-jamie-crisis-call",
            "Communication/wigeon-jamie-crisis-call-gp",
        ],
        what: "one crisis call, told by trust and practice",
    },
    Planted {
        kind: Kind::Late,
        resources: &["Encounter/wigeon-jamie-emergency"],
        what: "emergency department attendance 16 days late",
    },
    Planted {
        kind: Kind::EnteredInError,
        resources: &["Condition/wigeon-jamie-wrong-overdose"],
        what: "another patient's overdose",
    },
];

/// Days ago of the crisis.
const CRISIS: i64 = 51;

fn write(chart: &mut Chart) {
    chart.consent("consent", 400, "permit");
    routine::adult_basics(chart, 2);
    chart.problem(Feed::Gp, "problem-depression", 2100, p::DEPRESSION, true);
    chart.problem(
        Feed::MentalHealth,
        "problem-personality",
        700,
        p::UNSTABLE_PERSONALITY,
        true,
    );
    let wrong = chart.problem(
        Feed::Acute,
        "wrong-overdose",
        330,
        words("Paracetamol overdose"),
        true,
    );
    chart.edit(&wrong, |it| {
        it["verificationStatus"] = super::super::chart::hl7("condition-ver-status", "entered-in-error")
    });
    chart.no_known_allergies(Feed::Gp, "no-known-allergies", 600);
    routine::practice_visits(
        chart,
        40,
        900,
        &[
            "Low mood",
            "Sleeping badly",
            "Self-harm, superficial",
            "Medication review",
        ],
    );
    routine::bloods(chart, "physical-health", &[&RENAL, &FBC, &LFT], (300, 900), 0.0);
    routine::repeat(
        chart,
        "sertraline",
        (
            &m::SERTRALINE_50,
            &dose(50.0, "mg", ONCE, "One tablet once a day"),
        ),
        800,
        0,
    );
    let stopped = chart.stated(
        Feed::MentalHealth,
        "trust-sertraline",
        30,
        (
            &m::SERTRALINE_50,
            &dose(50.0, "mg", ONCE, "One tablet once a day"),
        ),
        "stopped",
    );
    chart.edit(&stopped, |it| {
        it["statusReason"] = json!([{"text": "Agitation; changed to quetiapine"}])
    });
    chart.prescribed(
        Feed::MentalHealth,
        "trust-quetiapine",
        30,
        (
            &m::QUETIAPINE_25,
            &dose(50.0, "mg", NIGHT, "Two tablets at night"),
        ),
        "active",
    );
    let pregabalin = chart.prescribed(
        Feed::MentalHealth,
        "trust-zopiclone",
        44,
        (
            &m::ZOPICLONE,
            &dose(3.75, "mg", NIGHT, "One tablet at night for five nights"),
        ),
        "completed",
    );
    chart.edit(&pregabalin, |it| {
        it["dispenseRequest"] = json!({"numberOfRepeatsAllowed": 0})
    });
    crisis(chart);
    plans(chart);
}

fn crisis(chart: &mut Chart) {
    chart.message(
        Feed::MentalHealth,
        Feed::Gp,
        "crisis-call",
        CRISIS,
        "Call to the crisis line at night: thoughts of suicide with a plan; ambulance sent.",
    );
    chart.message(
        Feed::Gp,
        Feed::MentalHealth,
        "crisis-call-gp",
        CRISIS - 1,
        "Told of call to the crisis line, thoughts of suicide with a plan.",
    );
    let ambulance = chart.visit(
        Feed::Ambulance,
        "ambulance",
        0,
        &Visit {
            ago: CRISIS,
            time: "01:50",
            class: "FLD",
            title: "Emergency call, conveyed",
            reason: "Thoughts of suicide",
            days: Some(0),
        },
    );
    let date = chart.calendar.day(CRISIS);
    // 00:50 UTC is 01:50 in summer; the ambulance service never writes an offset.
    chart.edit(
        &ambulance,
        |it| it["period"] = json!({"start": format!("{date}T00:50:00Z"), "end": format!("{date}T01:40:00Z")}),
    );
    let emergency = chart.visit(
        Feed::Acute,
        "emergency",
        3,
        &Visit {
            ago: CRISIS,
            time: "02:45",
            class: "EMER",
            title: "Emergency department attendance",
            reason: "Thoughts of suicide; no injury",
            days: Some(0),
        },
    );
    let stored = chart.calendar.stored(CRISIS - 16);
    chart.edit(&emergency, |it| it["meta"]["lastUpdated"] = json!(stored));
    chart.provenance(
        Feed::Acute,
        "emergency-provenance",
        (CRISIS, CRISIS - 16),
        &emergency,
    );
    chart.whole_set(
        Feed::Acute,
        "emergency",
        CRISIS,
        "02:50",
        Signs {
            systolic: 126.0,
            diastolic: 78.0,
            pulse: 96.0,
            breaths: 18.0,
            saturation: 99.0,
            temperature: 36.6,
            news2: Some(1),
        },
    );
    let detention = chart.visit(
        Feed::MentalHealth,
        "detention",
        0,
        &Visit {
            ago: CRISIS,
            time: "09:30",
            class: "IMP",
            title: "Admission to Willow Unit",
            reason: "Assessment under the Mental Health Act",
            days: Some(13),
        },
    );
    chart.edit(&detention, |it| {
        it["extension"] = json!([{
            "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-LegalStatus",
            "extension": [
                {"url": "legalStatusContext", "valueCodeableConcept": {"coding": [{"system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-LegalStatusContext", "code": "admission", "display": "Admission"}]}},
                {"url": "legalStatusClassification", "valueCodeableConcept": {"text": "Formally detained under Mental Health Act section 2 (assessment); \
                    rescinded"}},
            ],
        }]);
    });
    for day in 0..12 {
        chart.form(
            Feed::MentalHealth,
            &format!("ward-{day}"),
            CRISIS - day,
            "ward-observation",
            &[
                (
                    "Level of observation",
                    if day < 4 { "Within sight" } else { "Every hour" },
                ),
                ("Mood", if day < 6 { "Low" } else { "Brighter" }),
            ],
        );
    }
    chart.letter(
        Feed::MentalHealth,
        "discharge",
        CRISIS - 13,
        "Discharge summary, Willow Unit",
        &[
            "Admitted in crisis; section 2, rescinded on day 9. Home with crisis team for \
            two weeks, then community team.",
            "Sertraline stopped because of agitation. Quetiapine started. Please do not \
                reissue sertraline.",
        ],
    );
}

fn plans(chart: &mut Chart) {
    let plan = chart.plan(
        Feed::MentalHealth,
        "safety-plan",
        36,
        (
            "Safety plan",
            coded("Mental health crisis plan", "736253002").concept(),
        ),
        &[
            "Warning signs: not answering messages, giving things away",
            "What I can do: walk by the sea wall, music, ring Alex",
            "Who can help: Alex (07700 900211); crisis line, any hour (01632 960199)",
            "Making it safer: medicines collected weekly; Alex keeps the rest",
            "If that is not enough: 999, or the emergency department",
        ],
    );
    chart.edit(
        &plan,
        |it| it["note"] = json!([{"text": "Written by Jamie with the community nurse. Jamie has a copy."}]),
    );
    chart.risk(
        Feed::MentalHealth,
        "suicide-risk",
        8,
        p::SUICIDE_RISK,
        "Moderate; protective: partner, work, safety plan",
    );
    let flag = chart.flag(Feed::MentalHealth, "risk-flag", 36, "behavioral", p::SUICIDE_RISK);
    chart.edit(&flag, |it| {
        it["code"]["text"] = json!("At risk of suicide: see safety plan. Weekly supply of medicines only")
    });
    let formulation = chart.impression(
        Feed::MentalHealth,
        "formulation",
        40,
        "Long-standing low mood after early losses; crises follow separations; strong \
        attachment to partner protects.",
    );
    chart.label(&formulation, "R");
    let notes = chart.composition(
        Feed::MentalHealth,
        "therapy-notes",
        15,
        ("Psychotherapy notes", None),
        &[("Session", "Held by the therapist.")],
    );
    chart.label(&notes, "V");
    chart.episode(
        Feed::MentalHealth,
        "crisis-team",
        38,
        Some(24),
        "Crisis resolution and home treatment",
    );
    chart.episode(
        Feed::MentalHealth,
        "community-team",
        24,
        None,
        "Community mental health team",
    );
    for number in 0..10 {
        let ago = 2 + number * 3;
        chart.visit(
            Feed::MentalHealth,
            &format!("nurse-{number}"),
            1,
            &Visit::short(ago, "HH", "Community psychiatric nurse visit", "Mood and safety"),
        );
        chart.form(
            Feed::MentalHealth,
            &format!("phq-{number}"),
            ago,
            "phq-9",
            &[("PHQ-9 total", &format!("{}", 11 + number))],
        );
    }
    chart.contact(
        Feed::MentalHealth,
        "partner",
        ("Partner", "Alex", "Linnet"),
        "Named in the safety plan",
    );
    chart.team(
        "team",
        24,
        "Community mental health team",
        &[
            (Feed::MentalHealth, 1, "Care coordinator"),
            (Feed::MentalHealth, 0, "Psychiatrist"),
            (Feed::Gp, 0, "GP"),
        ],
    );
    chart.appointment(
        Feed::MentalHealth,
        "nurse-next",
        -3,
        1,
        "Community psychiatric nurse visit",
    );
    chart.appointment(
        Feed::MentalHealth,
        "outpatient-next",
        -19,
        0,
        "Psychiatric outpatient clinic",
    );
}
