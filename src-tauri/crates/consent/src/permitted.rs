//! The proof that somebody asked.

use chrono::{DateTime, Utc};
use curlew_fhir::Header;

use crate::{Decision, Outcome, Purpose, Standing, Viewer, decide_patient, decide_resource};

/// Something that may be written to the cache. Only [`permit`] makes one, and it is used up by use.
pub struct Permitted<T>(T);

impl<T> std::fmt::Debug for Permitted<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Permitted(..)")
    }
}

impl<T> Permitted<T> {
    /// Looks at what is permitted.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// Takes what is permitted, to write it down.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// Something that would be written to the cache, if it may be.
pub trait CacheUpdate {
    /// The logical id of the patient it is about.
    fn patient(&self) -> &str;

    /// Shows each resource it would write to `keep`; drops, and remembers as withheld for the reason given,
    /// each one that is not to be kept.
    fn retain(&mut self, keep: &mut dyn FnMut(&Header) -> Result<(), String>);
}

/// Lets through of an update what may be cached; nothing of it, with the reason, if the patient may not be.
pub fn permit<U: CacheUpdate>(
    mut update: U,
    standing: &Standing<'_>,
    viewer: &Viewer,
    now: DateTime<Utc>,
) -> Result<Permitted<U>, Decision> {
    if standing.patient_id() != Some(update.patient()) {
        let reason = "These changes are about another patient than the one asked about.";
        return Err(Decision::new(Outcome::Withheld, "another-patient", reason));
    }
    let decision = decide_patient(standing, viewer, Purpose::DirectCare, now);
    if decision.outcome != Outcome::CacheAndShow {
        return Err(decision);
    }
    update.retain(&mut |header| {
        let decision = decide_resource(standing, viewer, Purpose::DirectCare, header, now);
        if decision.outcome == Outcome::CacheAndShow {
            Ok(())
        } else {
            Err(decision.reason)
        }
    });
    Ok(Permitted(update))
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use curlew_fhir::{Coding, Patient};

    use super::*;

    #[derive(Debug, PartialEq)]
    struct Update {
        patient: &'static str,
        put: Vec<(&'static str, Option<&'static str>)>,
        withheld: Vec<(&'static str, String)>,
    }

    impl CacheUpdate for Update {
        fn patient(&self) -> &str {
            self.patient
        }

        fn retain(&mut self, keep: &mut dyn FnMut(&Header) -> Result<(), String>) {
            let withheld = &mut self.withheld;
            self.put.retain(|(id, label)| {
                let label = label.map(|code| Coding {
                    system: Some(crate::labels::CONFIDENTIALITY.to_owned()),
                    code: Some(code.to_owned()),
                    ..Coding::default()
                });
                let header = Header {
                    resource_type: "Observation".to_owned(),
                    id: (*id).to_owned(),
                    patient: Some("p1".to_owned()),
                    security: label.into_iter().collect(),
                    ..Header::default()
                };
                keep(&header)
                    .map_err(|reason| withheld.push((id, reason)))
                    .is_ok()
            });
        }
    }

    fn ask(update: Update, relationship: bool) -> Result<Permitted<Update>, Decision> {
        let mut patient = Patient::default();
        patient.base.id = Some("p1".to_owned());
        let standing = Standing {
            patient: &patient,
            consents: &[],
            flags: &[],
            legitimate_relationship: relationship,
        };
        let viewer = Viewer {
            activity_codes: vec!["B0360".to_owned()],
            ..Viewer::default()
        };
        let now = Utc
            .with_ymd_and_hms(2026, 3, 14, 9, 30, 0)
            .single()
            .expect("a time that exists");
        permit(update, &standing, &viewer, now)
    }

    fn update(patient: &'static str) -> Update {
        let put = vec![
            ("plain", None),
            ("labelled", Some("R")),
            ("normal", Some("N")),
            ("very", Some("V")),
        ];
        Update {
            patient,
            put,
            withheld: vec![],
        }
    }

    #[test]
    fn what_may_be_kept_goes_through_and_the_rest_is_named_with_its_reason() {
        let permitted = ask(update("p1"), true).expect("the patient may be kept");
        assert_eq!(format!("{permitted:?}"), "Permitted(..)");
        let update = permitted.into_inner();
        assert_eq!(update.put, [("plain", None), ("normal", Some("N"))]);
        let withheld: Vec<&str> = update.withheld.iter().map(|(id, _)| *id).collect();
        assert_eq!(withheld, ["labelled", "very"]);
        assert!(update.withheld.iter().all(|(_, reason)| !reason.is_empty()));
    }

    #[test]
    fn a_patient_who_may_not_be_kept_is_refused_whole() {
        let refused = ask(update("p1"), false).expect_err("there is no relationship");
        assert_eq!(
            (refused.outcome, refused.rule),
            (Outcome::EmergencyOnly, "relationship")
        );
    }

    #[test]
    fn one_patients_answer_does_not_let_in_anothers_changes() {
        let refused = ask(update("p2"), true).expect_err("the standing is of p1");
        assert_eq!(
            (refused.outcome, refused.rule),
            (Outcome::Withheld, "another-patient")
        );
    }
}
