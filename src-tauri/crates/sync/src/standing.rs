//! What bears on who may look: the patient, their consents, their flags, as the server gives them at this contact.

use chrono::{DateTime, Utc};
use curlew_consent::{Decision, Purpose, Standing, Viewer, decide_patient};
use curlew_fhir::{Consent, Flag, Header, Patient, Resource, read_header, read_resource};
use sha2::{Digest, Sha256};

/// What the server gave, verbatim.
#[derive(Clone, Default)]
pub(crate) struct Received {
    pub(crate) patient: String,
    pub(crate) consents: Vec<String>,
    pub(crate) flags: Vec<String>,
    /// The signed-in person's caseload names this patient.
    pub(crate) on_caseload: bool,
}

/// The same, read.
pub(crate) struct Known {
    patient: Patient,
    consents: Vec<Consent>,
    flags: Vec<Flag>,
    on_caseload: bool,
    /// Changes when any of it does, or the viewer's role.
    pub(crate) fingerprint: String,
}

impl Received {
    /// Reads it. What cannot be read at all is not as good as absent: it might say no.
    ///
    /// # Errors
    /// In words, which part cannot be read.
    pub(crate) fn read(&self, viewer: &Viewer) -> Result<Known, String> {
        let patient = match read(&self.patient) {
            Some(Resource::Patient(patient)) => *patient,
            _ => return Err("who this person is cannot be read".into()),
        };
        let mut consents = Vec::with_capacity(self.consents.len());
        for raw in &self.consents {
            match read(raw) {
                Some(Resource::Consent(consent)) => consents.push(*consent),
                _ => return Err("a consent of this person cannot be read".into()),
            }
        }
        let mut flags = Vec::with_capacity(self.flags.len());
        for raw in &self.flags {
            match read(raw) {
                Some(Resource::Flag(flag)) => flags.push(*flag),
                _ => return Err("a flag of this person cannot be read".into()),
            }
        }
        let fingerprint = self.fingerprint(viewer);
        Ok(Known {
            patient,
            consents,
            flags,
            on_caseload: self.on_caseload,
            fingerprint,
        })
    }

    /// Whether a consent or flag with this header is among those received, in this version. Anything else is none of
    /// this module's business and known.
    pub(crate) fn knows(&self, header: &Header) -> bool {
        let among = |raws: &[String]| {
            raws.iter().filter_map(|raw| read_header(raw).ok()).any(|known| {
                known.id == header.id
                    && known.version_id == header.version_id
                    && known.last_updated == header.last_updated
            })
        };
        match header.resource_type.as_str() {
            "Consent" => among(&self.consents),
            "Flag" => among(&self.flags),
            _ => true,
        }
    }

    /// Takes in a consent or flag found elsewhere, in place of the version known before.
    pub(crate) fn take(&mut self, raw: String) {
        let Ok(header) = read_header(&raw) else { return };
        let raws = match header.resource_type.as_str() {
            "Consent" => &mut self.consents,
            "Flag" => &mut self.flags,
            _ => return,
        };
        raws.retain(|known| read_header(known).map_or(true, |known| known.id != header.id));
        raws.push(raw);
    }

    /// Of the patient only the sensitivity counts: an address may change without anything else being judged anew.
    fn fingerprint(&self, viewer: &Viewer) -> String {
        let mut parts: Vec<String> = [&self.consents, &self.flags]
            .into_iter()
            .flatten()
            .map(|raw| digest(&[raw]))
            .collect();
        let header = read_header(&self.patient).unwrap_or_default();
        parts.extend(header.security.iter().map(|label| {
            digest(&[
                label.system.as_deref().unwrap_or_default(),
                label.code.as_deref().unwrap_or_default(),
            ])
        }));
        parts.extend(
            viewer
                .role_codes
                .iter()
                .chain(&viewer.activity_codes)
                .map(|code| digest(&[code])),
        );
        parts.sort_unstable();
        let organisation = viewer.organisation.as_deref().unwrap_or_default();
        let relationship = if self.on_caseload { "listed" } else { "not listed" };
        digest(&[&parts.join(" "), organisation, relationship])
    }
}

fn read(raw: &str) -> Option<Resource> {
    read_resource(raw).ok().map(|reading| reading.value)
}

fn digest(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    digest.finalize()[..12]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

impl Known {
    pub(crate) fn standing(&self) -> Standing<'_> {
        Standing {
            patient: &self.patient,
            consents: &self.consents,
            flags: &self.flags,
            legitimate_relationship: self.on_caseload,
        }
    }

    pub(crate) fn decide(&self, viewer: &Viewer, now: DateTime<Utc>) -> Decision {
        decide_patient(&self.standing(), viewer, Purpose::DirectCare, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received() -> Received {
        Received {
            patient: r#"{"resourceType":"Patient","id":"1","birthDate":"1940-01-01"}"#.into(),
            consents: vec![
                r#"{"resourceType":"Consent","id":"a","status":"active"}"#.into(),
                r#"{"resourceType":"Consent","id":"b","status":"active"}"#.into(),
            ],
            flags: vec![],
            on_caseload: true,
        }
    }

    #[test]
    fn the_fingerprint_follows_what_is_judged_and_nothing_else() {
        let viewer = Viewer::default();
        let before = received().fingerprint(&viewer);
        let mut other = received();
        other.consents.reverse();
        other.patient = r#"{"resourceType":"Patient","id":"1","birthDate":"1940-01-02"}"#.into();
        assert_eq!(other.fingerprint(&viewer), before);

        let mut withdrawn = received();
        withdrawn.consents.pop();
        let mut sensitive = received();
        sensitive.patient =
            r#"{"resourceType":"Patient","id":"1","meta":{"security":[{"code":"R"}]}}"#.into();
        let mut flagged = received();
        flagged.flags.push(r#"{"resourceType":"Flag","id":"f"}"#.into());
        let elsewhere = Received {
            on_caseload: false,
            ..received()
        };
        for changed in [withdrawn, sensitive, flagged, elsewhere] {
            assert_ne!(changed.fingerprint(&viewer), before);
        }
        let other_role = Viewer {
            role_codes: vec!["S8000:G8000:R8000".into()],
            ..Viewer::default()
        };
        assert_ne!(received().fingerprint(&other_role), before);
    }

    #[test]
    fn a_consent_that_cannot_be_read_is_not_one_that_is_not_there() {
        let mut broken = received();
        broken.consents.push(r#"{"resourceType":"Consent""#.into());
        assert!(broken.read(&Viewer::default()).is_err());
        assert!(received().read(&Viewer::default()).is_ok());
    }
}
