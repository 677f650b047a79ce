//! Maureen Thrift, 67: diabetic foot ulcer, now in hospital with an infected foot.
//!
//! Planted:
//! * flucloxacillin prescribed by the podiatrist, penicillin allergy on the practice's list (disagreement);
//! * HbA1c of one morning told twice, in mmol/mol and in per cent (duplicate, and units that must not mix);
//! * diabetes known by year only (partial date);
//! * a modifier extension on the planned operation;
//! * an effective date of "yesterday", and an allergy whose reaction is not a list (broken);
//! * a microbiology report that names a result which never came (missing);
//! * podiatry's first assessment reached the record 64 days late (late);
//! * a procedure not done (negated).

use serde_json::json;

use super::super::chart::{Chart, Given, Visit, quantity};
use super::super::measures::{CRP, FBC, HBA1C, RENAL};
use super::super::organisations::Feed;
use super::super::problems::{self as p, coded, words};
use super::super::products::{self as m, FOUR, MORNING, NIGHT, TWICE, dose};
use super::super::routine::{self, YEAR};
use super::{AT_HOME, Kind, Planted, Story, Who};

pub(super) const STORY: Story = Story {
    id: "thrift-maureen",
    title: "Diabetic foot ulcer, infected, in hospital; penicillin allergy and flucloxacillin",
    planted: PLANTED,
    who: Who {
        title: "Mrs",
        given: "Maureen",
        family: "Thrift",
        gender: "female",
        age: (67, 95),
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
            "AllergyIntolerance/thrift-maureen-allergy-penicillin",
            "MedicationRequest/thrift-maureen-podiatry-flucloxacillin",
        ],
        what: "flucloxacillin prescribed against a recorded penicillin allergy",
    },
    Planted {
        kind: Kind::Duplicate,
        resources: &[
            "Observation/thrift-maureen-hba1c-now-hba1c-hba1c-result",
            "Observation/thrift-maureen-hba1c-percent",
        ],
        what: "one HbA1c in mmol/mol and in per cent",
    },
    Planted {
        kind: Kind::PartialDate,
        resources: &["Condition/thrift-maureen-problem-diabetes"],
        what: "diabetes since a year",
    },
    Planted {
        kind: Kind::ModifierExtension,
        resources: &["ServiceRequest/thrift-maureen-surgery"],
        what: "unknown modifier on the planned operation",
    },
    Planted {
        kind: Kind::Broken,
        resources: &[
            "Observation/thrift-maureen-broken-date",
            "AllergyIntolerance/thrift-maureen-broken-allergy",
        ],
        what: "an effective date of 'yesterday'; an allergy whose reaction is an object",
    },
    Planted {
        kind: Kind::Missing,
        resources: &["Observation/thrift-maureen-culture-absent"],
        what: "a culture result named by its report",
    },
    Planted {
        kind: Kind::Late,
        resources: &["QuestionnaireResponse/thrift-maureen-podiatry-first"],
        what: "podiatry assessment 64 days late",
    },
    Planted {
        kind: Kind::Negated,
        resources: &["Procedure/thrift-maureen-debridement-not-done"],
        what: "debridement not done: eaten that morning",
    },
];

fn write(chart: &mut Chart) {
    chart.consent("consent", 1100, "permit");
    routine::adult_basics(chart, 4);
    let diabetes = chart.problem(Feed::Gp, "problem-diabetes", 6900, p::DIABETES_2, true);
    let year = chart.calendar.year(6900);
    chart.edit(&diabetes, |it| it["onsetDateTime"] = json!(year));
    for (name, onset, term) in [
        ("hypertension", 4200, p::HYPERTENSION),
        ("obesity", 5000, p::OBESITY),
        ("heart", 2100, p::ISCHAEMIC_HEART),
    ] {
        chart.problem(Feed::Gp, &format!("problem-{name}"), onset, term, true);
    }
    chart.problem(Feed::Acute, "heart-attack", 2100, p::MYOCARDIAL_INFARCTION, false);
    chart.problem(Feed::Community, "foot-ulcer", 140, p::FOOT_ULCER, true);
    chart.allergy(
        Feed::Gp,
        "allergy-penicillin",
        8000,
        p::PENICILLIN_ALLERGY,
        p::SWELLING,
    );
    let broken = chart.allergy(Feed::Acute, "broken-allergy", 500, p::LATEX_ALLERGY, p::URTICARIA);
    chart.edit(&broken, |it| {
        it["reaction"] = json!({"manifestation": "itching where the glove touched"})
    });
    routine::practice_visits(
        chart,
        60,
        4 * YEAR,
        &["Diabetes review", "Foot check", "Chest pain", "Medication review"],
    );
    routine::bloods(chart, "diabetes", &[&HBA1C, &RENAL], (110, 4 * YEAR), 0.9);
    medicines(chart);
    foot(chart);
    ward(chart);
    chart.relative("family-diabetes", 2000, "Mother", p::DIABETES_2);
    chart.contact(
        Feed::Gp,
        "husband",
        ("Husband", "Roy", "Thrift"),
        "Emergency contact",
    );
}

fn medicines(chart: &mut Chart) {
    for (name, product, dose, since) in [
        (
            "metformin",
            m::METFORMIN_500,
            dose(1000.0, "mg", TWICE, "Two tablets twice a day with meals"),
            2500,
        ),
        (
            "gliclazide",
            m::GLICLAZIDE_80,
            dose(80.0, "mg", MORNING, "One tablet with breakfast"),
            1400,
        ),
        (
            "insulin",
            m::INSULIN_GLARGINE,
            dose(24.0, "units", NIGHT, "24 units at night"),
            700,
        ),
        (
            "ramipril",
            m::RAMIPRIL_5,
            dose(5.0, "mg", MORNING, "One capsule in the morning"),
            2000,
        ),
        (
            "aspirin",
            m::ASPIRIN_75,
            dose(
                75.0,
                "mg",
                MORNING,
                "One tablet in the morning, dissolved in water",
            ),
            2080,
        ),
        (
            "atorvastatin",
            m::ATORVASTATIN_20,
            dose(20.0, "mg", NIGHT, "One tablet at night"),
            2080,
        ),
    ] {
        routine::repeat(chart, name, (&product, &dose), since, 0);
    }
    let course = dose(500.0, "mg", FOUR, "One capsule four times a day for seven days");
    chart.prescribed(
        Feed::Community,
        "podiatry-flucloxacillin",
        16,
        (&m::FLUCLOXACILLIN, &course),
        "stopped",
    );
    let instead = dose(500.0, "mg", TWICE, "One tablet twice a day for seven days");
    chart.prescribed(
        Feed::Gp,
        "gp-clarithromycin",
        14,
        (&m::CLARITHROMYCIN, &instead),
        "completed",
    );
}

fn foot(chart: &mut Chart) {
    chart.episode(Feed::Community, "podiatry", 140, None, "Foot protection service");
    for visit in 0..8 {
        let ago = 14 + visit * 14;
        chart.visit(
            Feed::Community,
            &format!("podiatry-{visit}"),
            3,
            &Visit::short(ago, "AMB", "Podiatry: foot ulcer", "Dressing and offloading"),
        );
        chart.photo(
            Feed::Community,
            &format!("foot-photo-{visit}"),
            ago,
            "Photograph, right foot",
            (u32::try_from(18 - visit).unwrap_or(10), 9),
        );
    }
    let first = chart.form(
        Feed::Community,
        "podiatry-first",
        140,
        "foot-assessment",
        &[
            ("Pulses", "Absent on the right"),
            ("Feeling (10 g monofilament)", "0 of 10"),
            ("Risk", "Active ulcer"),
        ],
    );
    let stored = chart.calendar.stored(76);
    chart.edit(&first, |it| it["meta"]["lastUpdated"] = json!(stored));
    chart.provenance(Feed::Community, "podiatry-first-provenance", (140, 76), &first);
    chart.plan(
        Feed::Community,
        "foot-plan",
        140,
        ("Foot ulcer plan", words("Foot ulcer plan").concept()),
        &["Total contact cast", "Weekly podiatry", "Vascular opinion"],
    );
    chart.equipment(Feed::Community, "boot", 120, "Offloading boot, right foot");
    chart.panel(Feed::Gp, "hba1c-now", 21, (&HBA1C, 0.9), &[("hba1c", 86.0)]);
    let percent = chart.measured(
        Feed::Acute,
        "hba1c-percent",
        21,
        (
            "laboratory",
            coded(
                "HbA1c (haemoglobin A1c) substance concentration in blood",
                "1107481000000106",
            )
            .concept(),
        ),
        quantity(10.0, "%", "%"),
    );
    let when = chart.calendar.at(21, "08:40");
    chart.edit(&percent, |it| it["effectiveDateTime"] = json!(when));
    let dated = chart.measured(
        Feed::Community,
        "broken-date",
        15,
        ("exam", words("Wound length, right foot").concept()),
        quantity(17.0, "mm", "mm"),
    );
    chart.edit(&dated, |it| it["effectiveDateTime"] = json!("yesterday"));
}

fn ward(chart: &mut Chart) {
    let stay = chart.visit(
        Feed::Acute,
        "current-stay",
        0,
        &Visit {
            ago: 4,
            time: "05:35",
            class: "IMP",
            title: "Inpatient on Avocet Ward: infected foot ulcer",
            reason: "Spreading infection, fever",
            days: None,
        },
    );
    chart.problem(Feed::Acute, "sepsis", 4, p::SEPSIS, true);
    let start = chart.len();
    for day in 1..=4 {
        for (part, time) in [("am", "06:00"), ("noon", "12:10"), ("pm", "18:05")] {
            let signs = routine::steady(chart);
            chart.signs(Feed::Acute, &format!("ward-{day}-{part}"), day, time, signs);
        }
        chart.panel(
            Feed::Acute,
            &format!("ward-{day}"),
            day,
            (&CRP, 0.9),
            &[("crp", 40.0 + 45.0 * day as f64)],
        );
        chart.panel(Feed::Acute, &format!("ward-{day}"), day, (&RENAL, 0.6), &[]);
        chart.panel(Feed::Acute, &format!("ward-{day}"), day, (&FBC, 0.7), &[]);
    }
    chart.within(start, &stay);
    let antibiotic = chart.put(Feed::Acute, "medication-vancomycin", 4, json!({
        "resourceType": "Medication", "code": {"text": "Vancomycin 1g powder for solution for infusion vials"},
        "form": {"text": "Powder for solution for infusion"},
    }));
    let twelve_hourly = dose(1.0, "g", TWICE, "1 g into a vein every twelve hours");
    let order = chart.prescribed(
        Feed::Acute,
        "ward-vancomycin",
        4,
        (&m::VANCOMYCIN, &twelve_hourly),
        "active",
    );
    chart.edit(&order, |it| {
        if let Some(fields) = it.as_object_mut() {
            fields.remove("medicationCodeableConcept");
        }
        it["medicationReference"] = json!({"reference": antibiotic, "display": "Vancomycin 1g powder for solution for infusion vials"});
        it["encounter"] = json!({"reference": stay});
        it["category"] = json!([super::super::chart::hl7("medicationrequest-category", "inpatient")]);
    });
    for (at, (ago, time)) in [
        (3, "06:00"),
        (3, "18:00"),
        (2, "06:00"),
        (2, "18:00"),
        (1, "06:00"),
        (1, "18:00"),
    ]
    .into_iter()
    .enumerate()
    {
        let given = chart.given(
            Feed::Acute,
            &format!("given-vancomycin-{at}"),
            (&m::VANCOMYCIN, &twelve_hourly),
            &Given {
                ago,
                time,
                status: "completed",
                reason: None,
            },
        );
        chart.edit(&given, |it| {
            it["contained"] = json!([{"resourceType": "Medication", "id": "drug", "code": {"text": "Vancomycin 1g powder for solution for infusion vials"}}]);
            if let Some(fields) = it.as_object_mut() {
                fields.remove("medicationCodeableConcept");
            }
            it["medicationReference"] = json!({"reference": "#drug"});
            it["request"] = json!({"reference": order});
        });
    }
    let absent = format!("Observation/{}-culture-absent", chart.id);
    let swab = json!({
        "resourceType": "DiagnosticReport", "status": "partial", "code": {"text": "Wound swab, culture"},
        "category": [{"text": "Microbiology"}], "effectiveDateTime": chart.calendar.at(4, "07:10"),
        "issued": chart.calendar.at(2, "00:35"), "performer": [chart.at(Feed::Acute)], "result": [{"reference": absent}],
        "conclusion": "Heavy growth of Staphylococcus aureus; sensitivities to follow", "encounter": {"reference": stay},
    });
    chart.put(Feed::Acute, "swab-report", 2, swab);
    chart.put(Feed::Acute, "foot-imaging", 3, json!({
        "resourceType": "ImagingStudy", "status": "available", "started": chart.calendar.at(3, "15:20"), "description": "X-ray right foot",
        "numberOfSeries": 1, "numberOfInstances": 2,
        "series": [{"uid": "2.25.1", "modality": {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "DX"}, "numberOfInstances": 2}],
    }));
    let not_done = chart.procedure(Feed::Acute, "debridement-not-done", 2, p::DEBRIDEMENT);
    chart.edit(&not_done, |it| {
        it["status"] = json!("not-done");
        it["statusReason"] = json!({"text": "Had eaten; list changed"});
    });
    let surgery = chart.referral(
        Feed::Acute,
        Feed::Acute,
        "surgery",
        1,
        "Debridement of right foot ulcer, theatre",
    );
    chart.edit(&surgery, |it| {
        it["modifierExtension"] = json!([{"url": "https://feeds.sandbox.curlew.example/StructureDefinition/conditional-on", "valueString": "vascular opinion"}]);
    });
    chart.procedure(Feed::Acute, "heart-ecg", 4, p::ECG);
    chart.appointment(Feed::Acute, "vascular-next", -6, 0, "Vascular clinic");
}
