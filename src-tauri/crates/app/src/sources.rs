//! Where policy says the caseload is kept, as it is written in the policy file and as the record API is asked.

use chrono::NaiveDate;
use curlew_api::CaseloadSource;

/// One `caseload` entry of the policy file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseloadRule {
    /// `group`, or `group:ID`.
    Group(Option<String>),
    /// `list:ID`.
    List(String),
    /// `care-team`: of the person signed in; `care-team:Practitioner/ID`.
    CareTeam(Option<String>),
    /// `general-practitioner`: registered with the person signed in; `general-practitioner:Organization/ID`.
    GeneralPractitioner(Option<String>),
    /// `appointments`: today's, of the person signed in; `appointments:Location/ID`.
    Appointments(Option<String>),
    /// `nhs-numbers`: the list that the person has pasted in.
    NhsNumbers,
}

/// What a rule may look like, for the words of an error.
pub(crate) const ALLOWED: &str = "each of group, group:ID, list:ID, care-team, general-practitioner, appointments (these three also with \
     :Practitioner/ID, :Organization/ID or :Location/ID) or nhs-numbers";

impl CaseloadRule {
    /// Reads one entry; none when it is not one.
    pub(crate) fn read(written: &str) -> Option<Self> {
        let (name, of) = match written.trim().split_once(':') {
            Some((name, of)) => (name, Some(of.trim())),
            None => (written.trim(), None),
        };
        let is_id = |id: &str| {
            !id.is_empty()
                && id.len() <= 64
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
        };
        let id = |of: Option<&str>| match of {
            None => Some(None),
            Some(id) if is_id(id) => Some(Some(id.to_owned())),
            Some(_) => None,
        };
        let actor = |of: Option<&str>| match of {
            None => Some(None),
            Some(reference) => {
                let (kind, id) = reference.split_once('/')?;
                let known = matches!(
                    kind,
                    "Practitioner" | "PractitionerRole" | "Organization" | "Location"
                );
                (known && is_id(id)).then(|| Some(reference.to_owned()))
            }
        };
        match name {
            "group" => id(of).map(Self::Group),
            "list" => id(of)?.map(Self::List),
            "care-team" => actor(of).map(Self::CareTeam),
            "general-practitioner" => actor(of).map(Self::GeneralPractitioner),
            "appointments" => actor(of).map(Self::Appointments),
            "nhs-numbers" if of.is_none() => Some(Self::NhsNumbers),
            _ => None,
        }
    }

    /// What to ask, for the person signed in; none when it takes knowing who they are at the record API and the sign-in
    /// did not say.
    pub(crate) fn source(
        &self,
        fhir_user: Option<&str>,
        today: NaiveDate,
        numbers: &[String],
    ) -> Option<CaseloadSource> {
        // `fhirUser` may be a whole address; searches take the reference.
        let me = fhir_user.and_then(|user| {
            let mut parts = user.rsplit('/');
            let (id, kind) = (parts.next()?, parts.next()?);
            Some(format!("{kind}/{id}"))
        });
        let actor = |named: &Option<String>| named.clone().or_else(|| me.clone());
        Some(match self {
            Self::Group(None) => CaseloadSource::Groups,
            Self::Group(Some(id)) => CaseloadSource::Group(id.clone()),
            Self::List(id) => CaseloadSource::List(id.clone()),
            Self::CareTeam(named) => CaseloadSource::CareTeams(actor(named)?),
            Self::GeneralPractitioner(named) => CaseloadSource::GeneralPractitioner(actor(named)?),
            Self::Appointments(named) => CaseloadSource::Appointments {
                actor: actor(named)?,
                day: today,
            },
            Self::NhsNumbers => CaseloadSource::NhsNumbers(numbers.to_vec()),
        })
    }

    /// In words, for the Settings screen.
    pub(crate) fn words(&self) -> String {
        let of = |named: &Option<String>| {
            named
                .as_ref()
                .map_or_else(|| "you".to_owned(), |reference| reference.clone())
        };
        match self {
            Self::Group(None) => "the groups shown to you".to_owned(),
            Self::Group(Some(id)) => format!("the group {id}"),
            Self::List(id) => format!("the list {id}"),
            Self::CareTeam(named) => format!("the care teams of {}", of(named)),
            Self::GeneralPractitioner(named) => format!("people registered with {}", of(named)),
            Self::Appointments(named) => format!("today's appointments of {}", of(named)),
            Self::NhsNumbers => "the NHS numbers you paste in".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_written_and_nothing_else_is() {
        for fine in [
            "group",
            "group:g1",
            "list:ward-7",
            "care-team",
            "care-team:Practitioner/1",
            "general-practitioner:Organization/A1001",
            "appointments:Location/ward-7",
            "nhs-numbers",
        ] {
            assert!(CaseloadRule::read(fine).is_some(), "{fine}");
        }
        for not in [
            "",
            "groups",
            "list",
            "list:a/b",
            "care-team:Patient/1",
            "appointments:ward",
            "nhs-numbers:1",
        ] {
            assert_eq!(CaseloadRule::read(not), None, "{not}");
        }
    }

    #[test]
    fn the_person_signed_in_is_asked_for_by_reference() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 23).expect("a day");
        let rule = CaseloadRule::CareTeam(None);
        assert_eq!(rule.source(None, day, &[]), None);
        assert_eq!(
            rule.source(Some("https://record.example/fhir/Practitioner/17"), day, &[]),
            Some(CaseloadSource::CareTeams("Practitioner/17".to_owned()))
        );
    }
}
