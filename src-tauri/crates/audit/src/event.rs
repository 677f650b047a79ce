//! A chain entry as a FHIR R4 `AuditEvent`, after the patterns of IHE Basic Audit Log Patterns (BALP).
//!
//! A profile is claimed only where the event satisfies it: `PatientRead` for a look at a record that was shown,
//! `Query` for a search for people. Everything else is a plain `AuditEvent` with DICOM event codes.

use serde_json::{Value, json};

use crate::chain::Entry;
use crate::look::{Action, OutcomeText};

const DCM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const EVENT_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const OBJECT_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const BALP: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/";
const BALP_ENTITY_TYPE: &str = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType";

impl Entry {
    /// A stable id for this event on the server: a UUID made of its digest, so that sending the same entry twice
    /// can be recognised as the same event.
    #[must_use]
    pub fn event_id(&self) -> String {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.digest.as_bytes()[..16]);
        // RFC 9562: version 8 (content of our own choosing), variant 10.
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!(
            "{}-{}-{}-{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..]
        )
    }
}

/// The event's classification: BALP profile, type, subtype and FHIR action.
struct Kind {
    profile: Option<&'static str>,
    event: Value,
    subtype: Value,
    action: &'static str,
}

fn coding(system: &str, code: &str, display: &str) -> Value {
    json!({ "system": system, "code": code, "display": display })
}

fn kind(entry: &Entry) -> Kind {
    let rest = || coding(EVENT_TYPE, "rest", "Restful Operation");
    let interaction = |code: &str| coding("http://hl7.org/fhir/restful-interaction", code, code);
    let dicom = |code: &str, display: &str| coding(DCM, code, display);
    let security_alert = || dicom("110113", "Security Alert");
    let authentication = || dicom("110114", "User Authentication");
    let look = &entry.look;
    let shown = look.outcome.is_done();
    let of_a_patient = look.patient.is_some();
    match look.action {
        Action::OpenPatient
        | Action::OpenInEmergency
        | Action::OpenAsAt
        | Action::ViewLogEntry
        | Action::ViewScreen
        | Action::SearchRecord
        | Action::ViewSource
        | Action::ViewDocument
        | Action::ClosePatient => Kind {
            profile: (shown && of_a_patient).then_some("IHE.BasicAudit.PatientRead"),
            event: rest(),
            subtype: interaction("read"),
            action: "R",
        },
        Action::ViewCaseload | Action::FindPatients => Kind {
            profile: shown.then_some("IHE.BasicAudit.Query"),
            event: rest(),
            subtype: interaction("search"),
            action: "E",
        },
        Action::Print => Kind {
            profile: None,
            event: dicom("110106", "Export"),
            subtype: interaction("read"),
            action: "R",
        },
        Action::CachePatient => Kind {
            profile: None,
            event: dicom("110110", "Patient Record"),
            subtype: interaction("read"),
            action: "C",
        },
        Action::ErasePatient => Kind {
            profile: None,
            event: dicom("110110", "Patient Record"),
            subtype: interaction("delete"),
            action: "D",
        },
        Action::SignIn | Action::Unlock => Kind {
            profile: None,
            event: authentication(),
            subtype: dicom("110122", "Login"),
            action: "E",
        },
        Action::SignOut | Action::Lock => Kind {
            profile: None,
            event: authentication(),
            subtype: dicom("110123", "Logout"),
            action: "E",
        },
        Action::CreateStore => Kind {
            profile: None,
            event: security_alert(),
            subtype: dicom("110137", "User Security Attributes Changed"),
            action: "C",
        },
        Action::ChangePassphrase => Kind {
            profile: None,
            event: security_alert(),
            subtype: dicom("110139", "Use of Restricted Function"),
            action: "U",
        },
    }
}

fn purpose(text: &str) -> Value {
    let display = match text {
        "TREAT" => "treatment",
        "ETREAT" => "Emergency Treatment",
        "BTG" => "break the glass",
        words => return json!({ "text": words }),
    };
    json!({ "coding": [coding(ACT_REASON, text, display)] })
}

fn agents(entry: &Entry, query: bool) -> Value {
    let look = &entry.look;
    // BALP keeps DICOM's convention: in a query the asking side is the source, in a read the answering side is.
    let (source, destination) = (("110153", "Source Role ID"), ("110152", "Destination Role ID"));
    let (client, server) = if query {
        (source, destination)
    } else {
        (destination, source)
    };
    let machine = |role: (&str, &str), who: String| {
        json!({
            "type": { "coding": [coding(DCM, role.0, role.1)] },
            "who": { "display": who },
            "requestor": false,
            // The copy on the device answers, so both ends are the same machine (network type 1: machine name).
            "network": { "address": look.device, "type": "1" },
        })
    };
    json!([
        machine(client, format!("Curlew on {}", look.device)),
        machine(server, format!("Encrypted copy on {}", look.device)),
        {
            "type": { "coding": [coding(
                "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP", "information recipient",
            )] },
            "role": [{ "text": format!("{}, {}", look.actor.role, look.actor.organisation) }],
            "who": { "identifier": { "value": look.actor.id }, "display": look.actor.name },
            "name": look.actor.name,
            "requestor": true,
            "purposeOfUse": [purpose(&look.purpose)],
        },
    ])
}

fn entities(entry: &Entry, query: bool) -> Vec<Value> {
    let look = &entry.look;
    let id = entry.event_id();
    let mut entities = vec![json!({
        "type": { "system": BALP_ENTITY_TYPE, "code": "XrequestId" },
        "what": { "identifier": { "value": id } },
    })];
    if query {
        entities.push(json!({
            "type": coding(ENTITY_TYPE, "2", "System Object"),
            "role": coding(OBJECT_ROLE, "24", "Query"),
            "query": base64(look.shown.as_bytes()),
        }));
    } else {
        let mut data = json!({
            "type": coding(ENTITY_TYPE, "2", "System Object"),
            "role": coding(OBJECT_ROLE, "4", "Domain Resource"),
            "what": { "display": format!("{}: {}", look.action.words(), look.shown) },
        });
        if let Some(patient) = &look.patient {
            data["what"]["reference"] = json!(format!("Patient/{patient}"));
        }
        entities.push(data);
    }
    if let Some(patient) = &look.patient {
        let mut what = json!({ "reference": format!("Patient/{patient}") });
        if let Some(name) = &look.patient_name {
            what["display"] = json!(name);
        }
        entities.push(json!({
            "type": coding(ENTITY_TYPE, "1", "Person"),
            "role": coding(OBJECT_ROLE, "1", "Patient"),
            "what": what,
        }));
    }
    // Where the entry stands in the chain, so that the server's copy can be checked against the device's.
    entities.push(json!({
        "type": coding(ENTITY_TYPE, "4", "Other"),
        "role": coding(OBJECT_ROLE, "13", "Security Resource"),
        "name": "Curlew audit chain",
        "detail": [
            { "type": "sequence", "valueString": entry.seq.to_string() },
            { "type": "sha256", "valueString": entry.digest.to_string() },
            { "type": "previous-sha256", "valueString": entry.previous.to_string() },
        ],
    }));
    entities
}

/// An entry as FHIR JSON. Its `id`, and the request id among its entities, are [`Entry::event_id`], the same
/// each time, so that an upload that is repeated after a lost answer stores the event once.
#[must_use]
pub fn audit_event(entry: &Entry) -> Value {
    let look = &entry.look;
    let kind = kind(entry);
    let query = matches!(look.action, Action::ViewCaseload | Action::FindPatients);
    // audit-event-outcome: 0 success, 4 minor failure (asked for and refused), 8 serious failure.
    let (outcome, description) = match &look.outcome {
        OutcomeText::Done => ("0", None),
        OutcomeText::Refused(why) => ("4", Some(why)),
        OutcomeText::Failed(why) => ("8", Some(why)),
    };
    let mut subtypes = vec![
        kind.subtype,
        json!({ "system": "urn:curlew:action", "code": look.action.code(), "display": look.action.words() }),
    ];
    // What a privacy officer looks for (DICOM PS3.16, CID 401).
    if look.action == Action::OpenInEmergency {
        subtypes.push(coding(DCM, "110127", "Emergency Override Started"));
    }
    let mut event = json!({
        "resourceType": "AuditEvent",
        "id": entry.event_id(),
        "type": kind.event,
        "subtype": subtypes,
        "action": kind.action,
        "recorded": entry.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        "outcome": outcome,
        "purposeOfEvent": [purpose(&look.purpose)],
        "agent": agents(entry, query),
        "source": {
            "site": look.actor.organisation,
            "observer": { "display": format!("Curlew on {}", look.device) },
            "type": [coding("http://terminology.hl7.org/CodeSystem/security-source-type", "1", "User Device")],
        },
        "entity": entities(entry, query),
    });
    if let Some(profile) = kind.profile {
        event["meta"] = json!({ "profile": [format!("{BALP}{profile}")] });
    }
    if let Some(words) = description {
        event["outcomeDesc"] = json!(words);
    }
    event
}

/// Standard base64 (RFC 4648) for `entity.query`. Ten lines rather than a dependency in a pure crate.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = u32::from_be_bytes([
            0,
            chunk[0],
            chunk.get(1).copied().unwrap_or(0),
            chunk.get(2).copied().unwrap_or(0),
        ]);
        for place in 0..4 {
            if place <= chunk.len() {
                out.push(char::from(LETTERS[(group >> (18 - 6 * place)) as usize & 63]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_agrees_with_rfc_4648_test_vectors() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }
}
