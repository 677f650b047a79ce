//! `GET /metadata`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::matching;
use super::outcome::FHIR_JSON;
use crate::server::Service;

/// Types listed whether or not anything of them is served at the moment.
const ALWAYS: [&str; 7] = [
    "AuditEvent",
    "Binary",
    "Consent",
    "Flag",
    "Group",
    "List",
    "Patient",
];

/// What this server can do, told to anybody who asks.
pub(super) async fn metadata(State(service): State<Arc<Service>>) -> Response {
    let mut types = service.store.types();
    types.extend(ALWAYS.map(str::to_owned));
    types.sort();
    types.dedup();
    let resources: Vec<Value> = types.iter().map(|name| resource(name)).collect();
    let origin = &service.origin;
    let statement = json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": crate::clock::instant(service.started),
        "kind": "instance",
        "software": {"name": "curlew-sandbox", "version": env!("CARGO_PKG_VERSION")},
        "implementation": {"description": "Curlew practice record: synthetic data only", "url": service.base()},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [{
            "mode": "server",
            "security": {
                "service": [{"coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                    "code": "SMART-on-FHIR",
                }]}],
                "extension": [{
                    "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
                    "extension": [
                        {"url": "authorize", "valueUri": format!("{origin}/authorize")},
                        {"url": "token", "valueUri": format!("{origin}/token")},
                        {"url": "revoke", "valueUri": format!("{origin}/revoke")},
                    ],
                }],
            },
            "resource": resources,
            "interaction": [{"code": "batch"}, {"code": "history-system"}],
        }],
    });
    ([(header::CONTENT_TYPE, FHIR_JSON)], statement.to_string()).into_response()
}

fn resource(name: &str) -> Value {
    let mut interactions = vec!["read", "vread", "search-type", "history-type", "history-instance"];
    if name == "AuditEvent" {
        interactions.extend(["create", "update"]);
    }
    let parameters: Vec<Value> = matching::supported(name)
        .into_iter()
        .map(|(name, kind)| json!({"name": name, "type": kind}))
        .collect();
    let mut resource = json!({
        "type": name,
        "interaction": interactions.iter().map(|code| json!({"code": code})).collect::<Vec<_>>(),
        "versioning": "versioned",
        "readHistory": true,
        "updateCreate": name == "AuditEvent",
        "conditionalCreate": name == "AuditEvent",
        "conditionalRead": "full-support",
        "searchParam": parameters,
        "searchInclude": ["*"],
    });
    if name == "Patient" {
        resource["operation"] = json!([{
            "name": "everything",
            "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything",
        }]);
    }
    resource
}
