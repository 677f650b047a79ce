//! What a folder of records does not bring: a caseload for each user and, on request, a consent for each patient.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::clock::instant;
use crate::population::CASELOAD;
use crate::server::ServedConsent;
use crate::store::{Prepared, Store, is_id};
use crate::users::UserAccount;

/// Puts one Group a user with every patient as a member, and the consents asked for. Answers how many were put.
pub(super) fn make_up(
    store: &Store,
    consent: ServedConsent,
    users: &[UserAccount],
    at: DateTime<Utc>,
) -> usize {
    let patients = store.ids("Patient");
    let mut made: Vec<Value> = users.iter().map(|user| group(user, &patients)).collect();
    if consent == ServedConsent::All {
        let without = patients.iter().filter(|id| {
            let record = store.record_of(id);
            !record.iter().any(|key| &*key.resource_type == "Consent")
        });
        made.extend(without.map(|id| permit(id, at)));
    }
    let put = |resource: &Value| {
        Prepared::read(resource.to_string())
            .and_then(|ready| store.load(ready, at))
            .is_ok()
    };
    made.iter().filter(|resource| put(resource)).count()
}

fn group(user: &UserAccount, patients: &[String]) -> Value {
    let members: Vec<Value> = patients
        .iter()
        .map(|id| json!({"entity": {"reference": format!("Patient/{id}")}}))
        .collect();
    let mut group = json!({
        "resourceType": "Group",
        "id": format!("caseload-{}", user.username),
        "identifier": [{"system": CASELOAD, "value": user.username}],
        "active": true,
        "type": "person",
        "actual": true,
        "name": format!("Caseload of {}", user.name),
        "quantity": patients.len(),
    });
    if !members.is_empty() {
        group["member"] = members.into();
    }
    group
}

fn permit(patient: &str, at: DateTime<Utc>) -> Value {
    let plain = format!("consent-{patient}");
    let id = if is_id(&plain) {
        plain
    } else {
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, plain.as_bytes()).to_string()
    };
    json!({
        "resourceType": "Consent",
        "id": id,
        "meta": {"tag": [{"system": "https://curlew.example/made-by", "code": "sandbox", "display": "Made up by the sandbox"}]},
        "status": "active",
        "scope": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/consentscope",
            "code": "patient-privacy",
            "display": "Privacy Consent",
        }]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0", "display": "Patient Consent"}]}],
        "patient": {"reference": format!("Patient/{patient}")},
        "dateTime": instant(at),
        "policyRule": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "code": "OPTIN",
            "display": "opt-in",
        }]},
        "provision": {"type": "permit"},
    })
}
