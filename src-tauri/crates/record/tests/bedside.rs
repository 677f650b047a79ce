//! What must not be seen at the bedside is marked on every screen it stands on, and nothing else is.

mod support;

use curlew_record::Arrival;
use serde_json::{Value, json};
use support::{patient, record_with};

fn of_patient(mut body: Value) -> Value {
    body["subject"] = json!({"reference": "Patient/p1"});
    body["patient"] = json!({"reference": "Patient/p1"});
    body
}

fn labelled(mut body: Value, system: &str, code: &str) -> Value {
    body["meta"] = json!({"security": [{
        "system": format!("http://terminology.hl7.org/CodeSystem/{system}"), "code": code
    }]});
    body
}

fn condition(id: &str, text: &str) -> Value {
    of_patient(
        json!({"resourceType": "Condition", "id": id, "code": {"text": text},
        "clinicalStatus": {"coding": [{"code": "active"}]}}),
    )
}

#[test]
fn each_rule_marks_its_lines_with_its_reason_and_leaves_the_others() {
    let record = record_with(
        vec![
            patient(),
            condition("plain", "Heart failure"),
            labelled(
                condition("nopat", "Suspected self-neglect"),
                "v3-ActCode",
                "NOPAT",
            ),
            labelled(condition("r", "Something sensitive"), "v3-Confidentiality", "R"),
            labelled(condition("n", "Something ordinary"), "v3-Confidentiality", "N"),
            condition("guard", "Safeguarding concern about a child"),
            condition("abuse", "Victim of domestic abuse"),
            of_patient(
                json!({"resourceType": "FamilyMemberHistory", "id": "f", "status": "completed",
                "relationship": {"text": "Sister"}, "condition": [{"code": {"text": "Huntington disease"}}]}),
            ),
            of_patient(
                json!({"resourceType": "DocumentReference", "id": "d", "status": "current",
                "type": {"text": "Letter"}, "content": [{"attachment": {"title": "Letter"}}],
                "securityLabel": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "NOPAT"}]}]}),
            ),
        ],
        &Arrival::default(),
    );
    let reason = |id: &str| {
        let line = record.lines().find(|line| line.id == id);
        let line = line.unwrap_or_else(|| panic!("{id} has a line"));
        line.hide_at_bedside.clone()
    };
    let family = "labelled as not to be disclosed to the patient or family";
    assert_eq!(reason("Condition/plain"), None);
    assert_eq!(reason("Condition/n"), None);
    assert_eq!(reason("Condition/nopat").as_deref(), Some(family));
    assert_eq!(reason("DocumentReference/d").as_deref(), Some(family));
    assert_eq!(reason("Condition/r").as_deref(), Some("labelled as sensitive"));
    assert_eq!(reason("Condition/guard").as_deref(), Some("safeguarding"));
    assert_eq!(reason("Condition/abuse").as_deref(), Some("safeguarding"));
    assert_eq!(
        reason("FamilyMemberHistory/f").as_deref(),
        Some("about a relative, not about the patient")
    );
    // The overview's lines are marked like the others.
    for line in record
        .first
        .overview
        .problems
        .iter()
        .chain(&record.first.overview.recent)
    {
        assert_eq!(line.hide_at_bedside, reason(&line.id), "{}", line.id);
    }
}

#[test]
fn medicines_results_and_the_safety_strip_are_marked_where_their_lines_are() {
    let medicine = of_patient(
        json!({"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order",
        "medicationCodeableConcept": {"text": "Warfarin 3mg tablets"}}),
    );
    let measured = of_patient(
        json!({"resourceType": "Observation", "id": "o", "status": "final",
        "code": {"text": "HIV viral load"}, "effectiveDateTime": "2026-11-01",
        "valueQuantity": {"value": 40, "unit": "copies/mL"}}),
    );
    let flag = of_patient(json!({"resourceType": "Flag", "id": "g", "status": "active",
        "code": {"text": "Safeguarding: see the plan"}}));
    let record = record_with(
        vec![
            patient(),
            labelled(medicine, "v3-ActCode", "SUD"),
            labelled(measured, "v3-ActCode", "HIV"),
            flag,
        ],
        &Arrival::default(),
    );
    let sensitive = Some("labelled as sensitive".to_owned());
    assert_eq!(record.medicines.current[0].hide_at_bedside, sensitive);
    assert_eq!(
        record.first.safety.high_risk_medicines[0].hide_at_bedside,
        sensitive
    );
    assert_eq!(record.results.series[0].points[0].hide_at_bedside, sensitive);
    let alert = &record.first.safety.alerts[0];
    assert_eq!(
        alert.hide_at_bedside.as_deref(),
        Some("safeguarding"),
        "{}",
        alert.text
    );
}
