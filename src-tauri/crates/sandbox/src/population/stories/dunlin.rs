//! Arthur Dunlin, 83: died seventeen days ago. His record stays for a while, and some of it has not noticed.
//!
//! Planted:
//! * dead in the practice's and the hospital's record, alive in the council's care package (disagreement);
//! * an outpatient appointment booked for next week (disagreement);
//! * repeats still active (disagreement);
//! * the death notified informally, then formally, with two dates recorded (duplicate);
//! * a letter written before and stored after the death (late).

use serde_json::json;

use super::super::chart::{Chart, Visit};
use super::super::measures::{FBC, RENAL};
use super::super::organisations::Feed;
use super::super::problems::{self as p, words};
use super::super::products::{self as m, MORNING, NIGHT, ONCE, dose};
use super::super::routine::{self, YEAR};
use super::{AT_HOME, Kind, Planted, Story, Who};

pub(super) const STORY: Story = Story {
    id: "dunlin-arthur",
    title: "Died seventeen days ago",
    planted: PLANTED,
    who: Who {
        title: "Mr",
        given: "Arthur",
        family: "Dunlin",
        gender: "male",
        age: (83, 222),
    },
    cared: AT_HOME,
    ward: false,
    write,
    second: None,
};

const PLANTED: &[Planted] = &[
    Planted {
        kind: Kind::Disagreement,
        resources: &[
            "EpisodeOfCare/dunlin-arthur-care-package",
            "Patient/dunlin-arthur",
        ],
        what: "a care package that goes on after death",
    },
    Planted {
        kind: Kind::Disagreement,
        resources: &["Appointment/dunlin-arthur-clinic-next"],
        what: "an appointment after death",
    },
    Planted {
        kind: Kind::Disagreement,
        resources: &["MedicationRequest/dunlin-arthur-gp-furosemide"],
        what: "repeats still active",
    },
    Planted {
        kind: Kind::Duplicate,
        resources: &[
            "Communication/dunlin-arthur-death-told",
            "Communication/dunlin-arthur-death-registered",
        ],
        what: "death told informally, then registered",
    },
    Planted {
        kind: Kind::Late,
        resources: &["DocumentReference/dunlin-arthur-last-letter"],
        what: "a letter stored after the death",
    },
];

/// Days ago of the death.
const DEATH: i64 = 17;

fn write(chart: &mut Chart) {
    let died = chart.calendar.at(DEATH, "05:35");
    chart.edit_patient(|it| {
        it["deceasedDateTime"] = json!(died);
        if let Some(extensions) = it["extension"].as_array_mut() {
            extensions.push(json!({
                "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeathNotificationStatus",
                "extension": [
                    {"url": "deathNotificationStatus", "valueCodeableConcept": {"coding": [{
                        "system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-DeathNotificationStatus", "code": "2",
                        "display": "Formal - death notice received from Registrar of Deaths",
                    }]}},
                    {"url": "systemEffectiveDate", "valueDateTime": died},
                ],
            }));
        }
    });
    let stored = chart.calendar.stored(DEATH - 3);
    chart.edit_patient(|it| it["meta"]["lastUpdated"] = json!(stored));
    chart.consent("consent", 900, "permit");
    for (name, onset, term) in [
        ("heart-failure", 1900, p::HEART_FAILURE),
        ("heart", 4000, p::ISCHAEMIC_HEART),
        ("anaemia", 500, p::IRON_DEFICIENCY),
    ] {
        chart.problem(Feed::Gp, &format!("problem-{name}"), onset, term, true);
    }
    chart.no_known_allergies(Feed::Gp, "no-known-allergies", 1500);
    chart.procedure(Feed::Acute, "knee", 2800, p::KNEE_REPLACEMENT);
    let after = |days: i64| days + DEATH;
    for (name, product, dose, since) in [
        (
            "furosemide",
            m::FUROSEMIDE_40,
            dose(80.0, "mg", MORNING, "Two tablets in the morning"),
            1800,
        ),
        (
            "bisoprolol",
            m::BISOPROLOL_2_5,
            dose(2.5, "mg", ONCE, "One tablet once a day"),
            1800,
        ),
        (
            "simvastatin",
            m::SIMVASTATIN_40,
            dose(40.0, "mg", NIGHT, "One tablet at night"),
            3900,
        ),
        (
            "ferrous-fumarate",
            m::FERROUS_FUMARATE,
            dose(210.0, "mg", ONCE, "One tablet once a day"),
            480,
        ),
    ] {
        let plan = routine::repeat(chart, name, (&product, &dose), since, DEATH);
        chart.edit(&plan, |it| it["status"] = json!("active"));
    }
    for number in 0..20 {
        let ago = after(12 + number * 33);
        chart.visit(
            Feed::Gp,
            &format!("gp-visit-{number}"),
            0,
            &Visit::short(ago, "AMB", "Surgery consultation", "Heart failure review"),
        );
        let signs = routine::steady(chart);
        chart.signs(
            Feed::Gp,
            &format!("gp-visit-{number}"),
            ago,
            &routine::soon_after(ago),
            signs,
        );
    }
    for number in 0..8 {
        chart.panel(
            Feed::Gp,
            &format!("annual-{number}"),
            after(30 + number * 90),
            (&RENAL, 0.8),
            &[],
        );
        chart.panel(
            Feed::Gp,
            &format!("annual-{number}"),
            after(30 + number * 90),
            (&FBC, 0.6),
            &[],
        );
    }
    routine::admission(
        chart,
        "earlier-stay",
        2 * YEAR,
        7,
        (
            p::HEART_FAILURE,
            "Fluid overload; treated with a furosemide infusion.",
        ),
    );
    death(chart);
}

fn death(chart: &mut Chart) {
    chart.visit(
        Feed::Ambulance,
        "last-ambulance",
        0,
        &Visit {
            ago: DEATH + 1,
            time: "22:10",
            class: "FLD",
            title: "Emergency call, conveyed",
            reason: "Collapse, breathless",
            days: Some(0),
        },
    );
    let stay = chart.visit(
        Feed::Acute,
        "last-stay",
        0,
        &Visit {
            ago: DEATH + 1,
            time: "22:50",
            class: "IMP",
            title: "Emergency admission: heart failure",
            reason: "Acute heart failure",
            days: Some(1),
        },
    );
    chart.edit(&stay, |it| {
        it["hospitalization"] = json!({"dischargeDisposition": {"text": "Died"}})
    });
    chart.message(
        Feed::Acute,
        Feed::Gp,
        "death-told",
        DEATH,
        "Mr Dunlin died on Avocet Ward this morning. Family present.",
    );
    chart.message(
        Feed::Gp,
        Feed::SocialCare,
        "death-registered",
        DEATH - 3,
        "Death registered. Please close services.",
    );
    let letter = chart.letter(
        Feed::Acute,
        "last-letter",
        DEATH + 9,
        "Heart failure clinic letter",
        &["Increasingly breathless. Review in three weeks."],
    );
    let stored = chart.calendar.stored(DEATH - 4);
    chart.edit(&letter, |it| it["meta"]["lastUpdated"] = json!(stored));
    chart.provenance(
        Feed::Acute,
        "last-letter-provenance",
        (DEATH + 9, DEATH - 4),
        &letter,
    );
    chart.episode(
        Feed::SocialCare,
        "care-package",
        220,
        None,
        "Home care, two calls a day",
    );
    chart.appointment(Feed::Acute, "clinic-next", -5, 0, "Heart failure clinic");
    chart.contact(Feed::Gp, "wife", ("Wife", "Irene", "Dunlin"), "Next of kin");
    chart.plain(
        Feed::Gp,
        "bereavement",
        DEATH - 2,
        "Bereavement note",
        "Rang Mrs Dunlin. Daughter is staying with her.",
    );
    chart.flag(
        Feed::Gp,
        "implant",
        900,
        "safety",
        words("Implantable defibrillator: to be switched off before cremation"),
    );
}
