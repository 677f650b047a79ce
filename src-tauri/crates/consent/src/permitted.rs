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

/// Something that may be shown now, and is not to be written down. Only [`permit_to_show`] makes one, and it is used up
/// by use. It is no [`Permitted`] and does not become one: what may be looked at may still not be kept.
pub struct Showable<T> {
    shown: T,
    purpose: Purpose,
}

impl<T> std::fmt::Debug for Showable<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Showable(..)")
    }
}

impl<T> Showable<T> {
    /// What it may be shown for.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Looks at what may be shown.
    pub fn get(&self) -> &T {
        &self.shown
    }

    /// Takes what may be shown, to show it.
    pub fn into_inner(self) -> T {
        self.shown
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
    let may_be_kept = |outcome| outcome == Outcome::CacheAndShow;
    sift(
        &mut update,
        standing,
        viewer,
        Purpose::DirectCare,
        now,
        may_be_kept,
    )?;
    Ok(Permitted(update))
}

/// Lets through of an update what may be shown to this viewer for this purpose, kept or not: what may be cached, what is
/// for online use only, and in a recorded emergency what is for emergencies only. The rest is dropped and named; nothing
/// goes through, with the reason, if the patient may not be shown at all.
pub fn permit_to_show<U: CacheUpdate>(
    mut update: U,
    standing: &Standing<'_>,
    viewer: &Viewer,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> Result<Showable<U>, Decision> {
    // An emergency has turned "emergency only" into "online only" by the time it is asked here.
    let may_be_shown = |outcome| matches!(outcome, Outcome::CacheAndShow | Outcome::ShowOnlineOnly);
    sift(&mut update, standing, viewer, purpose, now, may_be_shown)?;
    Ok(Showable {
        shown: update,
        purpose,
    })
}

fn sift<U: CacheUpdate>(
    update: &mut U,
    standing: &Standing<'_>,
    viewer: &Viewer,
    purpose: Purpose,
    now: DateTime<Utc>,
    may: impl Fn(Outcome) -> bool,
) -> Result<(), Decision> {
    if standing.patient_id() != Some(update.patient()) {
        let reason = "These changes are about another patient than the one asked about.";
        return Err(Decision::new(Outcome::Withheld, "another-patient", reason));
    }
    let decision = decide_patient(standing, viewer, purpose, now);
    if !may(decision.outcome) {
        return Err(decision);
    }
    update.retain(&mut |header| {
        let decision = decide_resource(standing, viewer, purpose, header, now);
        if may(decision.outcome) {
            Ok(())
        } else {
            Err(decision.reason)
        }
    });
    Ok(())
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
                    system: Some(
                        match code.len() {
                            1 => crate::labels::CONFIDENTIALITY,
                            _ => crate::labels::ACT_CODE,
                        }
                        .to_owned(),
                    ),
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

    fn ask_to_show(
        update: Update,
        relationship: bool,
        purpose: Purpose,
    ) -> Result<Showable<Update>, Decision> {
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
        permit_to_show(update, &standing, &viewer, purpose, DateTime::UNIX_EPOCH)
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

    fn shown(showable: Showable<Update>) -> (Vec<&'static str>, Vec<&'static str>) {
        assert_eq!(format!("{showable:?}"), "Showable(..)");
        let update = showable.into_inner();
        assert!(update.withheld.iter().all(|(_, reason)| !reason.is_empty()));
        (
            update.put.iter().map(|(id, _)| *id).collect(),
            update.withheld.iter().map(|(id, _)| *id).collect(),
        )
    }

    #[test]
    fn an_emergency_shows_what_it_opens_and_still_names_the_rest() {
        // Without the role for sensitive records, R is for emergencies and V for nobody.
        let everyday =
            ask_to_show(update("p1"), true, Purpose::DirectCare).expect("the patient may be shown");
        assert_eq!(everyday.purpose(), Purpose::DirectCare);
        assert_eq!(
            shown(everyday),
            (vec!["plain", "normal"], vec!["labelled", "very"])
        );
        let emergency =
            ask_to_show(update("p1"), true, Purpose::Emergency).expect("the patient may be shown");
        assert_eq!(emergency.purpose(), Purpose::Emergency);
        assert_eq!(
            shown(emergency),
            (vec!["plain", "labelled", "normal"], vec!["very"])
        );
    }

    #[test]
    fn what_is_for_online_use_is_shown_and_not_kept() {
        let mut no_keeping = update("p1");
        no_keeping.put = vec![("plain", None), ("passing", Some("NOPERSISTP"))];
        let kept = ask(
            Update {
                patient: "p1",
                put: no_keeping.put.clone(),
                withheld: vec![],
            },
            true,
        )
        .expect("the patient may be kept")
        .into_inner();
        assert_eq!(kept.put, [("plain", None)]);
        let seen = ask_to_show(no_keeping, true, Purpose::DirectCare).expect("the patient may be shown");
        assert_eq!(shown(seen), (vec!["plain", "passing"], vec![]));
    }

    #[test]
    fn without_a_relationship_only_an_emergency_shows_the_patient() {
        let refused = ask_to_show(update("p1"), false, Purpose::DirectCare).expect_err("no relationship");
        assert_eq!(
            (refused.outcome, refused.rule),
            (Outcome::EmergencyOnly, "relationship")
        );
        let seen = ask_to_show(update("p1"), false, Purpose::Emergency).expect("an emergency");
        assert_eq!(shown(seen), (vec!["plain", "labelled", "normal"], vec!["very"]));
        let refused = ask_to_show(update("p2"), false, Purpose::Emergency).expect_err("another patient");
        assert_eq!(refused.rule, "another-patient");
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
