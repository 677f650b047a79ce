//! Records made to be large: the kinds of resource that a long record is mostly made of, in about the shares and sizes
//! they have in Synthea's. Plainly nobody's.

use serde_json::{Value, json};

/// Somebody who never was.
pub(crate) fn patient(id: &str, number: usize) -> Value {
    json!({
        "resourceType": "Patient", "id": id, "active": true, "gender": "female",
        "birthDate": format!("19{:02}-03-{:02}", 30 + number % 60, 1 + number % 28),
        "name": [{"use": "official", "family": "Measurement", "given": [format!("Synthetic{number}")]}],
        "address": [{"use": "home", "line": ["1 Sandbox Lane"], "city": "Testtown"}],
    })
}

const TESTS: [(&str, &str, &str, f64); 8] = [
    ("1022431000000105", "Haemoglobin estimation", "g/L", 131.0),
    ("1000651000000109", "Serum sodium level", "mmol/L", 139.0),
    ("1000731000000107", "Serum creatinine level", "umol/L", 71.0),
    ("1000351000000101", "Serum potassium level", "mmol/L", 4.2),
    ("27113001", "Body weight", "kg", 72.5),
    ("364075005", "Heart rate", "/min", 68.0),
    ("431314004", "Oxygen saturation", "%", 97.0),
    ("1022451000000103", "Total white blood count", "10*9/L", 6.1),
];

const DRUGS: [(&str, &str); 4] = [
    ("319775004", "Aspirin 75mg tablets"),
    ("320029006", "Bisoprolol 2.5mg tablets"),
    ("322236009", "Paracetamol 500mg tablets"),
    ("319764002", "Ramipril 5mg capsules"),
];

/// The `number`th resource of a patient's record.
pub(crate) fn resource(patient: &str, number: usize) -> Value {
    let id = format!("{patient}-{number}");
    let subject = json!({"reference": format!("Patient/{patient}")});
    let day = number / 20;
    let when = format!(
        "{}-{:02}-{:02}T09:{:02}:00+00:00",
        2005 + (day / 336) % 21,
        1 + (day / 28) % 12,
        1 + day % 28,
        number % 60
    );
    let performer = json!([{"display": "Practice nurse, Sandling Surgery"}]);
    let snomed = |code: &str, display: &str| json!({"coding": [{"system": "http://snomed.info/sct", "code": code, "display": display}], "text": display});
    match number % 20 {
        0 | 1 => json!({
            "resourceType": "Encounter", "id": id, "status": "finished", "subject": subject,
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "type": [{"text": "Surgery consultation"}], "period": {"start": when, "end": when},
            "serviceProvider": {"display": "Sandling Surgery"},
            "participant": [{"individual": {"display": "Practice nurse"}}],
        }),
        2 => {
            let (code, name) = DRUGS[number / 20 % DRUGS.len()];
            json!({
                "resourceType": "MedicationRequest", "id": id, "status": "completed", "intent": "order", "subject": subject,
                "medicationCodeableConcept": snomed(code, name), "authoredOn": when,
                "dosageInstruction": [{"text": "Take one once a day"}],
                "requester": {"display": "GP, Sandling Surgery"},
            })
        }
        3 => json!({
            "resourceType": "Procedure", "id": id, "status": "completed", "subject": subject, "performedDateTime": when,
            "code": snomed("428191000124101", "Medication review done"),
        }),
        4 => json!({
            "resourceType": "DiagnosticReport", "id": id, "status": "final", "subject": subject, "effectiveDateTime": when,
            "issued": when, "code": snomed("26604007", "Complete blood count"),
            "result": (5..9).map(|part| json!({"reference": format!("Observation/{patient}-{}", number - 4 + part)}))
                .collect::<Vec<_>>(),
        }),
        5 if number % 100 == 5 => json!({
            "resourceType": "Condition", "id": id, "subject": subject, "onsetDateTime": when, "recordedDate": when,
            "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "resolved"}]},
            "code": snomed("54150009", "Upper respiratory infection"),
        }),
        other => {
            let (code, name, unit, usual) = TESTS[other % TESTS.len()];
            let value = usual * (1.0 + (number % 13) as f64 / 100.0);
            json!({
                "resourceType": "Observation", "id": id, "status": "final", "subject": subject,
                "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category",
                    "code": "laboratory", "display": "Laboratory"}]}],
                "code": snomed(code, name), "effectiveDateTime": when, "issued": when, "performer": performer,
                "encounter": {"reference": format!("Encounter/{patient}-{}", number - number % 20)},
                "valueQuantity": {"value": (value * 10.0).round() / 10.0, "unit": unit,
                    "system": "http://unitsofmeasure.org", "code": unit},
                "referenceRange": [{"low": {"value": (usual * 0.8).round(), "unit": unit},
                    "high": {"value": (usual * 1.2).round(), "unit": unit}}],
            })
        }
    }
}
