//! Three people whose allergies look alike on a careless screen and are not: none known, nothing recorded,
//! and withheld.
//!
//! Planted:
//! * Hannah Plover, 52: "No known allergy", said by practice and hospital (negated, duplicate); a penicillin
//!   allergy that was refuted by testing (ended), and one entered in error;
//! * George Lapwing, 64: no allergy list says anything: one empty list with "no content recorded" and the note
//!   "Information not available." (empty); and a note that names no feed or organisation (unplaced);
//! * Yusuf Merlin, 41: the list is there and its content is withheld (withheld), and another is in transit (empty).

use serde_json::{Value, json};

use super::super::chart::{Cared, Chart, hl7};
use super::super::measures::{FBC, LFT, LIPIDS, RENAL, THYROID};
use super::super::organisations::Feed;
use super::super::problems::{self as p, words};
use super::super::products::{self as m, NIGHT, ONCE, SIX_HOURLY, dose};
use super::super::routine::{self, YEAR};
use super::{AT_HOME, Kind, Planted, Story, Who};

pub(super) const NONE_KNOWN: Story = Story {
    id: "plover-hannah",
    title: "No known allergies, said by two people",
    planted: &[
        Planted {
            kind: Kind::Negated,
            resources: &[
                "AllergyIntolerance/plover-hannah-no-known-allergies",
                "AllergyIntolerance/plover-hannah-acute-no-known-allergies",
            ],
            what: "no known allergy, from practice and hospital",
        },
        Planted {
            kind: Kind::Ended,
            resources: &["AllergyIntolerance/plover-hannah-refuted-penicillin"],
            what: "penicillin allergy refuted by testing",
        },
        Planted {
            kind: Kind::EnteredInError,
            resources: &["AllergyIntolerance/plover-hannah-wrong-latex"],
            what: "another patient's latex allergy",
        },
    ],
    who: Who {
        title: "Mrs",
        given: "Hannah",
        family: "Plover",
        gender: "female",
        age: (52, 111),
    },
    cared: AT_HOME,
    ward: false,
    write: write_none_known,
    second: None,
};

pub(super) const NOT_RECORDED: Story = Story {
    id: "lapwing-george",
    title: "Allergies never recorded",
    planted: &[
        Planted {
            kind: Kind::Unplaced,
            resources: &["Observation/lapwing-george-nowhere"],
            what: "a note that names no feed, organisation or contact",
        },
        Planted {
            kind: Kind::Empty,
            resources: &["List/lapwing-george-allergies"],
            what: "an empty list: no content recorded, which is not 'none known'",
        },
    ],
    who: Who {
        title: "Mr",
        given: "George",
        family: "Lapwing",
        gender: "male",
        age: (64, 280),
    },
    cared: Cared {
        practice: "oyster-lane-practice",
        ..AT_HOME
    },
    ward: false,
    write: write_not_recorded,
    second: None,
};

pub(super) const WITHHELD: Story = Story {
    id: "merlin-yusuf",
    title: "Allergies and problems withheld",
    planted: &[
        Planted {
            kind: Kind::Withheld,
            resources: &["List/merlin-yusuf-allergies", "List/merlin-yusuf-problems"],
            what: "lists whose content is withheld as confidential",
        },
        Planted {
            kind: Kind::Empty,
            resources: &["List/merlin-yusuf-medicines-in-transit"],
            what: "a list still in transit from his former practice",
        },
    ],
    who: Who {
        title: "Mr",
        given: "Yusuf",
        family: "Merlin",
        gender: "male",
        age: (41, 33),
    },
    cared: Cared {
        practice: "windmill-hill-surgery",
        ..AT_HOME
    },
    ward: false,
    write: write_withheld,
    second: None,
};

fn ordinary(chart: &mut Chart, reasons: &[&str]) {
    chart.consent("consent", 900, "permit");
    routine::adult_basics(chart, 4);
    routine::practice_visits(chart, 70, 4 * YEAR, reasons);
    routine::bloods(
        chart,
        "annual",
        &[&RENAL, &FBC, &LFT, &LIPIDS],
        (180, 4 * YEAR),
        0.2,
    );
    chart.appointment(Feed::Gp, "gp-next", -10, 1, "Blood pressure check");
}

fn write_none_known(chart: &mut Chart) {
    ordinary(chart, &["Menopause", "Headache", "Medication review"]);
    chart.problem(Feed::Gp, "problem-hypothyroidism", 2500, p::HYPOTHYROIDISM, true);
    routine::bloods(chart, "thyroid", &[&THYROID], (180, 4 * YEAR), 0.1);
    routine::repeat(
        chart,
        "levothyroxine",
        (
            &m::LEVOTHYROXINE_75,
            &dose(75.0, "micrograms", ONCE, "One tablet in the morning"),
        ),
        2400,
        0,
    );
    chart.no_known_allergies(Feed::Gp, "no-known-allergies", 130);
    chart.no_known_allergies(Feed::Acute, "acute-no-known-allergies", 75);
    let refuted = chart.allergy(
        Feed::Gp,
        "refuted-penicillin",
        6200,
        p::PENICILLIN_ALLERGY,
        p::RASH,
    );
    chart.edit(&refuted, |it| {
        it["verificationStatus"] = hl7("allergyintolerance-verification", "refuted");
        it["clinicalStatus"] = hl7("allergyintolerance-clinical", "inactive");
        it["note"] = json!([{"text": "Delabelled after oral challenge at the allergy clinic"}]);
    });
    let wrong = chart.allergy(Feed::Acute, "wrong-latex", 80, p::LATEX_ALLERGY, p::URTICARIA);
    chart.edit(&wrong, |it| {
        it["verificationStatus"] = hl7("allergyintolerance-verification", "entered-in-error");
        if let Some(fields) = it.as_object_mut() {
            fields.remove("clinicalStatus");
        }
    });
    chart.procedure(Feed::Acute, "appendicectomy", 9000, p::APPENDICECTOMY);
}

fn write_not_recorded(chart: &mut Chart) {
    ordinary(chart, &["Back pain", "New patient check", "Cough"]);
    chart.problem(Feed::Gp, "problem-back", 700, p::BACK_PAIN, true);
    routine::repeat(
        chart,
        "co-codamol",
        (
            &m::CO_CODAMOL,
            &dose(
                2.0,
                "tablets",
                SIX_HOURLY,
                "Two tablets when needed, up to four times a day",
            ),
        ),
        500,
        0,
    );
    nowhere(chart);
    let list = chart.list(
        Feed::Gp,
        "allergies",
        30,
        words("Allergies and adverse reactions"),
        &[],
    );
    chart.edit(&list, |it| {
        it["emptyReason"] = empty("no-content-recorded", "No Content Recorded");
        it["note"] = json!([{"text": "Information not available."}]);
    });
}

/// A note whose sender left out everything that could place it.
fn nowhere(chart: &mut Chart) {
    let note = chart.noted(
        Feed::Gp,
        "nowhere",
        64,
        words("Lives alone"),
        json!({"text": "Yes"}),
    );
    chart.edit(&note, |it| {
        for place in ["performer", "encounter"] {
            if let Some(fields) = it.as_object_mut() {
                fields.remove(place);
            }
        }
        if let Some(meta) = it["meta"].as_object_mut() {
            meta.remove("source");
        }
    });
}

fn write_withheld(chart: &mut Chart) {
    ordinary(chart, &["Stress", "Skin rash", "Medication review"]);
    routine::repeat(
        chart,
        "atorvastatin",
        (
            &m::ATORVASTATIN_20,
            &dose(20.0, "mg", NIGHT, "One tablet at night"),
        ),
        600,
        0,
    );
    for (name, title) in [
        ("allergies", "Allergies and adverse reactions"),
        ("problems", "Problems"),
    ] {
        let list = chart.list(Feed::Gp, name, 30, words(title), &[]);
        chart.edit(&list, |it| {
            it["extension"] = json!([warning("confidential-items", "Confidential Items")]);
            it["emptyReason"] = json!({"coding": [{"system": "http://terminology.hl7.org/CodeSystem/list-empty-reason", "code": "withheld", "display": "Information Withheld"}]});
            it["note"] = json!([{"text": "Items excluded because of confidentiality."}]);
        });
        chart.label(&list, "R");
    }
    let transit = chart.list(
        Feed::Gp,
        "medicines-in-transit",
        12,
        words("Medicines from former practice"),
        &[],
    );
    chart.edit(&transit, |it| {
        it["extension"] = json!([warning("data-in-transit", "Data in Transit")]);
        it["note"] = json!([{"text": "Record transfer from the former practice is not finished."}]);
    });
}

/// UK Core's reason for an empty list.
fn empty(code: &str, display: &str) -> Value {
    json!({"coding": [{"system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-ListEmptyReasonCode", "code": code, "display": display}]})
}

/// UK Core's warning that a list is not all there is.
fn warning(code: &str, display: &str) -> Value {
    json!({
        "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-ListWarningCode",
        "valueCodeableConcept": {"coding": [{"system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-ListWarningCode", "code": code, "display": display}]},
    })
}
