//! What is written down about one look: who, on what device, at whom, what was shown, why, and how it ended.
//!
//! The minimum is that of the English audit rules (GP Connect and IG v4, `domain.md` section 3): user id, name,
//! role and organisation as they were at the time, device, patient, event, purpose, and failures as well as
//! successes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who looked, with name and role as they were at the time.
///
/// There is no generic "system" user: what Curlew does by itself (an erasure after consent is withdrawn, say)
/// is written down under the person whose session it ran in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The identity provider's id for this person.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Selected role, in words or as a code.
    pub role: String,
    /// Organisation of that role.
    pub organisation: String,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Signed in with the identity provider.
    SignIn,
    /// Signed out.
    SignOut,
    /// Made this person's store on the device.
    CreateStore,
    /// Unlocked the store, or failed to.
    Unlock,
    /// Locked the store.
    Lock,
    /// Changed the passphrase.
    ChangePassphrase,
    /// Saw the caseload.
    ViewCaseload,
    /// Searched for people.
    FindPatients,
    /// Opened a patient's record.
    OpenPatient,
    /// Opened a patient's record in an emergency, for a recorded reason.
    OpenInEmergency,
    /// Opened a patient's record as it could be seen at an earlier moment.
    OpenAsAt,
    /// Asked what an earlier look had shown.
    ViewLogEntry,
    /// Moved to a screen of an open record.
    ViewScreen,
    /// Searched inside an open record.
    SearchRecord,
    /// Opened a line to its source resource.
    ViewSource,
    /// Opened a document or image.
    ViewDocument,
    /// Printed, or previewed for printing.
    Print,
    /// Closed a patient's record.
    ClosePatient,
    /// Stored or refreshed a patient's copy on this device.
    CachePatient,
    /// Erased a patient's copy from this device.
    ErasePatient,
}

impl Action {
    /// Every action, for tests and for lists.
    pub const ALL: [Self; 20] = [
        Self::SignIn,
        Self::SignOut,
        Self::CreateStore,
        Self::Unlock,
        Self::Lock,
        Self::ChangePassphrase,
        Self::ViewCaseload,
        Self::FindPatients,
        Self::OpenPatient,
        Self::OpenInEmergency,
        Self::OpenAsAt,
        Self::ViewLogEntry,
        Self::ViewScreen,
        Self::SearchRecord,
        Self::ViewSource,
        Self::ViewDocument,
        Self::Print,
        Self::ClosePatient,
        Self::CachePatient,
        Self::ErasePatient,
    ];

    /// The stable name, as hashed and stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::SignOut => "sign-out",
            Self::CreateStore => "create-store",
            Self::Unlock => "unlock",
            Self::Lock => "lock",
            Self::ChangePassphrase => "change-passphrase",
            Self::ViewCaseload => "view-caseload",
            Self::FindPatients => "find-patients",
            Self::OpenPatient => "open-patient",
            Self::OpenInEmergency => "open-in-emergency",
            Self::OpenAsAt => "open-as-at",
            Self::ViewLogEntry => "view-log-entry",
            Self::ViewScreen => "view-screen",
            Self::SearchRecord => "search-record",
            Self::ViewSource => "view-source",
            Self::ViewDocument => "view-document",
            Self::Print => "print",
            Self::ClosePatient => "close-patient",
            Self::CachePatient => "cache-patient",
            Self::ErasePatient => "erase-patient",
        }
    }

    /// In words, for the access log.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::SignIn => "Signed in",
            Self::SignOut => "Signed out",
            Self::CreateStore => "Made a store on this device",
            Self::Unlock => "Unlocked the store",
            Self::Lock => "Locked the store",
            Self::ChangePassphrase => "Changed the passphrase",
            Self::ViewCaseload => "Saw the caseload",
            Self::FindPatients => "Searched for people",
            Self::OpenPatient => "Opened the record",
            Self::OpenInEmergency => "Opened the record in an emergency",
            Self::OpenAsAt => "Opened the record as it was",
            Self::ViewLogEntry => "Asked what an earlier look showed",
            Self::ViewScreen => "Moved to a screen",
            Self::SearchRecord => "Searched the record",
            Self::ViewSource => "Opened a source",
            Self::ViewDocument => "Opened a document",
            Self::Print => "Printed",
            Self::ClosePatient => "Closed the record",
            Self::CachePatient => "Stored a copy on this device",
            Self::ErasePatient => "Erased the copy on this device",
        }
    }

    /// Whether it is done inside a record that is open: it shares the purpose of its opening.
    #[must_use]
    pub fn is_within_a_record(self) -> bool {
        matches!(
            self,
            Self::ViewScreen
                | Self::SearchRecord
                | Self::ViewSource
                | Self::ViewDocument
                | Self::Print
                | Self::ClosePatient
        )
    }

    /// Whether a receipt for this action opens a patient's record.
    #[must_use]
    pub fn opens_a_record(self) -> bool {
        matches!(self, Self::OpenPatient | Self::OpenInEmergency)
    }

    /// Whether a receipt for this action opens a patient's record as it was at an earlier moment.
    #[must_use]
    pub fn opens_the_past(self) -> bool {
        matches!(self, Self::OpenAsAt | Self::ViewLogEntry)
    }
}

/// How it ended. Failures are written down like successes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeText {
    /// It was done, or shown.
    Done,
    /// Policy, consent or a wrong passphrase stood against it; the words say which.
    Refused(String),
    /// Something broke; the words say what.
    Failed(String),
}

impl OutcomeText {
    /// Whether it was done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }

    /// In words, for the access log.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Done => "Done".to_owned(),
            Self::Refused(why) => format!("Refused: {why}"),
            Self::Failed(why) => format!("Failed: {why}"),
        }
    }
}

/// What was shown: the screen, and which of all the versions it ever had the copy was in.
///
/// Written into [`Look::shown`] as one text, which the chain's digests cover as they always did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The screen, or the line that was opened.
    pub screen: String,
    /// Identity of the version set, as the vault writes it; `None` for what shows no record.
    pub version_set: Option<String>,
}

/// Stands between the screen and the version set.
const VERSION_SET: &str = " \u{b7} version set ";

impl Shown {
    /// Reads what was written down.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.rsplit_once(VERSION_SET) {
            Some((screen, set)) => Self {
                screen: screen.to_owned(),
                version_set: Some(set.to_owned()),
            },
            None => Self {
                screen: text.to_owned(),
                version_set: None,
            },
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.screen)?;
        match &self.version_set {
            Some(set) => write!(f, "{VERSION_SET}{set}"),
            None => Ok(()),
        }
    }
}

/// One look, before it has a place in the chain.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Who.
    pub actor: Actor,
    /// Which device, by the name its IT team knows it by.
    pub device: String,
    /// Server's logical id of the patient, when there is one.
    pub patient: Option<String>,
    /// The patient's name as it was shown then.
    pub patient_name: Option<String>,
    /// What was done.
    pub action: Action,
    /// What was shown: the screen, and the version of the copy it came from.
    pub shown: String,
    /// Purpose of use: a v3-ActReason code (`TREAT`, `ETREAT`, `BTG`) or words.
    pub purpose: String,
    /// How it ended.
    pub outcome: OutcomeText,
}

/// Names nobody: a look in a log or a panic message must not carry the patient.
impl fmt::Debug for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Look")
            .field("action", &self.action)
            .field("rest", &"[patient data]")
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Shown;

    #[test]
    fn what_was_shown_reads_back_as_it_was_written() {
        for (screen, version_set) in [
            ("overview", Some("3f9a")),
            ("overview", None),
            ("", Some("00")),
            ("source of Condition/x \u{b7} version set made-up", Some("11")),
        ] {
            let shown = Shown {
                screen: screen.to_owned(),
                version_set: version_set.map(str::to_owned),
            };
            assert_eq!(Shown::parse(&shown.to_string()), shown);
        }
    }
}
