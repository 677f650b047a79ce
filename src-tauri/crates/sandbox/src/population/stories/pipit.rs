//! Rowan Pipit, six days old: born by caesarean section, home with a community midwife.
//!
//! Planted:
//! * an NHS number whose tracing is postponed (status 08), as for every baby under six weeks;
//! * birth weight 3,120 g from the midwife, 3.21 kg from the hospital (disagreement, and units);
//! * the time of birth in an extension of a primitive element, and a temporary name beside the given one;
//! * vitamin K not given by injection (negated);
//! * newborn blood spot result not back: a request without a result (missing).

use serde_json::json;

use super::super::chart::{Chart, Signs, Visit, quantity, verification};
use super::super::organisations::Feed;
use super::super::problems::{self as p, coded, words};
use super::{Kind, Planted, Story, Who};

pub(super) const STORY: Story = Story {
    id: "pipit-rowan",
    title: "New baby, six days old",
    planted: PLANTED,
    who: Who {
        title: "Master",
        given: "Rowan",
        family: "Pipit",
        gender: "male",
        age: (0, 6),
    },
    cared: super::super::chart::Cared {
        practice: "saltings-health-centre",
        pharmacy: "marsh-lane-pharmacy",
        council: "creekshire-council",
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
            "Observation/pipit-rowan-birth-weight",
            "Observation/pipit-rowan-midwife-weight",
        ],
        what: "birth weight 3.21 kg or 3,120 g",
    },
    Planted {
        kind: Kind::Negated,
        resources: &["MedicationAdministration/pipit-rowan-vitamin-k"],
        what: "vitamin K injection declined",
    },
    Planted {
        kind: Kind::Missing,
        resources: &["DiagnosticReport/pipit-rowan-blood-spot-absent"],
        what: "newborn blood spot report still to come",
    },
];

fn write(chart: &mut Chart) {
    let born = chart.calendar.at(6, "04:52");
    chart.edit_patient(|it| {
        it["identifier"][0]["extension"] = json!([verification("08", "Trace postponed (baby under six weeks old)")]);
        it["_birthDate"] = json!({"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/patient-birthTime", "valueDateTime": born}]});
        it["multipleBirthBoolean"] = json!(false);
        it["name"] = json!([
            {"use": "official", "family": "Pipit", "given": ["Rowan"]},
            {"use": "temp", "family": "Pipit", "given": ["Baby"]},
        ]);
    });
    let consent = chart.consent("consent", 5, "permit");
    // A child of this age cannot give it.
    chart.edit(&consent, |it| {
        it["performer"] = json!([{"display": "Mother, who has parental responsibility"}])
    });
    chart.contact(
        Feed::Acute,
        "mother",
        ("Mother", "Dawn", "Pipit"),
        "Parental responsibility",
    );
    birth(chart);
    first_week(chart);
}

fn birth(chart: &mut Chart) {
    chart.visit(
        Feed::Acute,
        "birth",
        0,
        &Visit {
            ago: 6,
            time: "04:52",
            class: "IMP",
            title: "Birth by caesarean section at 39 weeks",
            reason: "Birth",
            days: Some(2),
        },
    );
    let grams = quantity(3120.0, "g", "g");
    let kilograms = quantity(3.21, "kg", "kg");
    chart.measured(
        Feed::Acute,
        "birth-weight",
        6,
        ("vital-signs", coded("Birth weight", "364589006").concept()),
        kilograms,
    );
    chart.measured(
        Feed::Community,
        "midwife-weight",
        6,
        ("vital-signs", coded("Birth weight", "364589006").concept()),
        grams,
    );
    let head = quantity(34.6, "cm", "cm");
    chart.measured(
        Feed::Acute,
        "head",
        6,
        ("vital-signs", coded("Head circumference", "363812007").concept()),
        head,
    );
    for (name, minutes, score) in [("apgar-1", "1 minute", 8), ("apgar-5", "5 minutes", 9)] {
        let apgar = chart.noted(
            Feed::Acute,
            name,
            6,
            words("Apgar score"),
            json!({"text": format!("{score} at {minutes}")}),
        );
        let when = chart
            .calendar
            .at(6, if name == "apgar-1" { "04:53" } else { "04:57" });
        chart.edit(&apgar, |it| it["effectiveDateTime"] = json!(when));
    }
    let declined = chart.put(Feed::Acute, "vitamin-k", 6, json!({
        "resourceType": "MedicationAdministration", "status": "not-done",
        "medicationCodeableConcept": {"text": "Phytomenadione 2mg/0.2ml solution for injection ampoules"},
        "effectiveDateTime": chart.calendar.at(6, "06:00"), "statusReason": [{"text": "Parents chose drops by mouth"}],
        "performer": [{"actor": chart.by(Feed::Acute, 1)}],
    }));
    chart.edit(&declined, |it| {
        it["note"] = json!([{"text": "First oral dose given at 06:30"}])
    });
    chart.signs(
        Feed::Acute,
        "newborn",
        6,
        "05:30",
        Signs {
            systolic: 68.0,
            diastolic: 40.0,
            pulse: 138.0,
            breaths: 44.0,
            saturation: 98.0,
            temperature: 36.9,
            news2: None,
        },
    );
    chart.form(
        Feed::Acute,
        "newborn-examination",
        5,
        "newborn-examination",
        &[
            ("Eyes", "Normal"),
            ("Heart", "No murmur"),
            ("Hips", "Stable"),
            ("Testes", "Both descended"),
        ],
    );
    chart.letter(
        Feed::Acute,
        "birth-summary",
        4,
        "Birth notification and discharge summary",
        &[
            "Boy, born at 39 weeks by caesarean section for breech. Mother well.",
            "Hip ultrasound at six weeks because of breech.",
        ],
    );
    chart.procedure(Feed::Acute, "caesarean", 6, p::CAESAREAN);
}

fn first_week(chart: &mut Chart) {
    chart.episode(Feed::Community, "midwifery", 4, None, "Community midwifery");
    for (number, ago) in [3, 1].into_iter().enumerate() {
        chart.visit(
            Feed::Community,
            &format!("midwife-{number}"),
            5,
            &Visit::short(ago, "HH", "Community midwife visit", "Feeding and weight"),
        );
        let weight = quantity(if ago == 3 { 2.98 } else { 3.05 }, "kg", "kg");
        chart.measured(
            Feed::Community,
            &format!("weight-{number}"),
            ago,
            ("vital-signs", coded("Body weight", "27113001").concept()),
            weight,
        );
    }
    let spot = chart.referral(
        Feed::Community,
        Feed::Acute,
        "blood-spot",
        1,
        "Newborn blood spot screening",
    );
    let absent = format!("DiagnosticReport/{}-blood-spot-absent", chart.id);
    chart.edit(&spot, |it| {
        it["category"] = json!([{"text": "Laboratory"}]);
        it["supportingInfo"] = json!([{"reference": absent}]);
    });
    chart.noted(
        Feed::Community,
        "feeding",
        1,
        words("Feeding"),
        json!({"text": "Breast fed"}),
    );
    chart.appointment(Feed::Community, "midwife-next", -4, 5, "Community midwife visit");
    chart.appointment(
        Feed::Community,
        "health-visitor-next",
        -8,
        4,
        "Health visitor new birth visit",
    );
    chart.appointment(Feed::Acute, "hip-scan-next", -36, 0, "Hip ultrasound");
    chart.appointment(Feed::Gp, "vaccines-next", -50, 1, "First vaccinations");
}
