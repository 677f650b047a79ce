//! What the server says it can do.

use std::collections::BTreeSet;

use serde::Deserialize;

/// How a patient's record is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// `Patient/[id]/$everything`.
    Everything,
    /// One search for each type. What no search by patient finds is lost: the organisations, people and places named.
    TypeSearch,
}

/// What `/metadata` says, as far as a choice depends on it. Advertised capabilities choose a route; they are
/// never a reason to refuse a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Server's software, as it names itself.
    pub software: String,
    /// How a patient's record is asked for. Where nothing is said of `$everything`, it is tried.
    pub route: Route,
    /// Deletions can be learnt from `_history?_since` of the whole server.
    pub history: bool,
    /// Several reads can be asked for in one request.
    pub batch: bool,
    /// `AuditEvent` can be sent. Where it says nothing, sending is tried.
    pub audit_event: bool,
    /// An `AuditEvent` can be sent under an id of our own, so that sending it again changes nothing.
    pub audit_event_by_id: bool,
    /// Types that can be searched; empty when the server does not say.
    pub types: BTreeSet<String>,
    /// Types the server knows at all; empty when it does not say.
    pub known: BTreeSet<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Statement {
    software: Option<Software>,
    rest: Vec<Rest>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Software {
    name: Option<String>,
    version: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Rest {
    mode: Option<String>,
    resource: Vec<ForType>,
    interaction: Vec<Interaction>,
    operation: Vec<Operation>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ForType {
    #[serde(rename = "type")]
    name: String,
    interaction: Vec<Interaction>,
    operation: Vec<Operation>,
    #[serde(rename = "updateCreate")]
    update_create: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Interaction {
    code: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Operation {
    name: String,
}

impl Capabilities {
    /// What is used of this server and what is lost by what it lacks: a sentence each, for the Settings screen and
    /// `curlewctl doctor`.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let mut words = vec![match self.route {
            Route::Everything => {
                "Records are fetched by Patient/$everything: with them come the organisations, people and places they name."
                    .to_owned()
            }
            Route::TypeSearch => {
                "The server does not advertise Patient/$everything. It is tried all the same; where there is none, each type is \
                 searched, and organisations, people and places are shown by the words of the references alone."
                    .to_owned()
            }
        }];
        words.push(if self.batch && self.route == Route::Everything {
            "What changed is asked for several patients in one request (batch).".to_owned()
        } else {
            "What changed is asked for in one request for each patient: the server does not offer to answer several at once."
                .to_owned()
        });
        words.push(if self.history {
            "Deletions are learnt from the server's history.".to_owned()
        } else {
            "The server has no history of its own: deletions are found by fetching each record whole again, at least every \
             20 hours."
                .to_owned()
        });
        words.push(match (self.audit_event_by_id, self.audit_event) {
            (true, _) => "The access log is sent as AuditEvent, each entry under its own id, so that none is sent twice.".to_owned(),
            (false, true) => {
                "The access log is sent as AuditEvent; an entry whose answer is lost may be there twice, under one identifier."
                    .to_owned()
            }
            (false, false) => {
                "The server does not say that it takes AuditEvent. Sending is tried; what it refuses stays on this device."
                    .to_owned()
            }
        });
        words
    }

    /// From a `CapabilityStatement`. One that cannot be read says nothing.
    #[must_use]
    pub fn read(json: &str) -> Self {
        let statement: Statement = serde_json::from_str(json).unwrap_or_default();
        let Statement { software, rest } = statement;
        let Software { name, version } = software.unwrap_or_default();
        let server = rest
            .into_iter()
            .find(|rest| rest.mode.as_deref() != Some("client"))
            .unwrap_or_default();
        let is_everything = |operation: &Operation| {
            matches!(
                operation.name.trim_start_matches('$'),
                "everything" | "patient-everything" | "Patient-everything"
            )
        };
        let of_type = |wanted: &str| server.resource.iter().find(|known| known.name == wanted);
        let can = |wanted: &str, code: &str| {
            of_type(wanted).is_some_and(|known| {
                known
                    .interaction
                    .iter()
                    .any(|interaction| interaction.code == code)
            })
        };
        let everything = of_type("Patient")
            .is_some_and(|patient| patient.operation.iter().any(is_everything))
            || server.operation.iter().any(is_everything);
        Self {
            known: server.resource.iter().map(|known| known.name.clone()).collect(),
            software: [name, version]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" "),
            route: if everything {
                Route::Everything
            } else {
                Route::TypeSearch
            },
            history: server
                .interaction
                .iter()
                .any(|interaction| interaction.code == "history-system"),
            batch: server
                .interaction
                .iter()
                .any(|interaction| interaction.code == "batch"),
            audit_event: can("AuditEvent", "create"),
            audit_event_by_id: can("AuditEvent", "update")
                && of_type("AuditEvent").is_some_and(|known| known.update_create == Some(true)),
            types: server
                .resource
                .iter()
                .filter(|known| known.interaction.is_empty() || can(&known.name, "search-type"))
                .map(|known| known.name.clone())
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_chooses_the_route() {
        let capabilities = Capabilities::read(
            r#"{"resourceType":"CapabilityStatement","software":{"name":"Test","version":"1"},"rest":[
                {"mode":"client","operation":[{"name":"everything"}]},
                {"mode":"server","interaction":[{"code":"history-system"},{"code":"batch"}],"resource":[
                    {"type":"Patient","interaction":[{"code":"read"},{"code":"search-type"}],"operation":[{"name":"everything"}]},
                    {"type":"Binary","interaction":[{"code":"read"}]},
                    {"type":"AuditEvent","interaction":[{"code":"create"}]}]}]}"#,
        );
        assert_eq!(capabilities.route, Route::Everything);
        assert!(capabilities.history && capabilities.batch && capabilities.audit_event);
        assert_eq!(capabilities.types, BTreeSet::from(["Patient".to_owned()]));
        assert_eq!(capabilities.software, "Test 1");
    }

    #[test]
    fn one_that_cannot_be_read_says_nothing() {
        for text in ["", "[]", "{}", r#"{"rest":[{}]}"#, r#"{"rest":"none"}"#] {
            let capabilities = Capabilities::read(text);
            assert_eq!(capabilities.route, Route::TypeSearch, "{text}");
            assert!(!capabilities.history && capabilities.types.is_empty());
        }
    }
}
