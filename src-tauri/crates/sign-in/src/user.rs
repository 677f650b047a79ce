//! From the provider's claims to a person in a role.
//!
//! The claims are NHS Care Identity Service 2's: `nhsid_nrbac_roles` lists what the person may act as,
//! `selected_roleid` says which of those they chose for this session. CIS2 puts the list in `userinfo`, others put
//! it in the ID token; both are read. Levels and flags arrive as numbers from some providers and as text from others.

use openidconnect::AdditionalClaims;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{SignInConfig, SignInError};

/// The person signed in, as their provider stated it and as the audit log names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Issuer that vouches for them; with `subject`, their identity.
    pub issuer: String,
    /// Their identifier at that issuer.
    pub subject: String,
    /// Full name.
    pub name: String,
    /// Selected role in words: "Medical Practitioner".
    pub role_name: String,
    /// Its RBAC code: `S8000:G8000:R8000`.
    pub role_code: String,
    /// Organisation of that role, in words; its code when the provider gives no name.
    pub organisation_name: String,
    /// Its ODS code.
    pub organisation_code: String,
    /// RBAC activity codes of that role: `B0360`, `B1611`.
    pub activity_codes: Vec<String>,
    /// Authentication assurance level reached, 0 to 3.
    pub assurance: u8,
    /// Who they are at the record API (`fhirUser`, SMART): `Practitioner/17`, or its whole address. Absent when the
    /// provider does not say.
    #[serde(default)]
    pub fhir_user: Option<String>,
}

/// What CIS2 adds to the standard claims. Everything optional, everything tolerant: what is missing is decided on
/// in one place, with a sentence.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct StaffClaims {
    #[serde(default)]
    selected_roleid: Option<Value>,
    #[serde(default)]
    nhsid_nrbac_roles: Option<Vec<RoleClaim>>,
    #[serde(default)]
    nhsid_user_orgs: Option<Vec<OrganisationClaim>>,
    #[serde(default)]
    authentication_assurance_level: Option<Value>,
    #[serde(default)]
    id_assurance_level: Option<Value>,
    #[serde(default)]
    idassurancelevel: Option<Value>,
    #[serde(default, rename = "fhirUser")]
    fhir_user: Option<String>,
}

impl AdditionalClaims for StaffClaims {}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct RoleClaim {
    #[serde(default)]
    person_roleid: Option<Value>,
    #[serde(default)]
    org_code: Option<String>,
    #[serde(default)]
    role_code: Option<String>,
    #[serde(default)]
    role_name: Option<String>,
    #[serde(default)]
    activity_codes: Option<Vec<String>>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct OrganisationClaim {
    #[serde(default)]
    org_code: Option<String>,
    #[serde(default)]
    org_name: Option<String>,
}

/// What `userinfo` answers.
#[derive(Debug, Deserialize)]
pub(crate) struct UserInfo {
    pub(crate) sub: String,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(flatten)]
    pub(crate) staff: StaffClaims,
}

impl StaffClaims {
    pub(crate) fn names_roles(&self) -> bool {
        self.nhsid_nrbac_roles.is_some()
    }

    /// Takes from `userinfo` what the ID token left out. The levels stay the ID token's: only it is signed.
    pub(crate) fn complete_from(&mut self, other: Self) {
        self.selected_roleid = self.selected_roleid.take().or(other.selected_roleid);
        self.nhsid_nrbac_roles = self.nhsid_nrbac_roles.take().or(other.nhsid_nrbac_roles);
        self.nhsid_user_orgs = self.nhsid_user_orgs.take().or(other.nhsid_user_orgs);
        self.fhir_user = self.fhir_user.take().or(other.fhir_user);
    }
}

/// What the verified ID token says of a person, before it is known to be enough.
pub(crate) struct Identity {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) name: Option<String>,
    /// `acr`: the authentication that was done, in the provider's words.
    pub(crate) context: Option<String>,
    pub(crate) staff: StaffClaims,
}

impl Identity {
    /// Checks the assurance levels and the role, and makes the user.
    ///
    /// # Errors
    /// [`SignInError::Refused`] when a level is not stated or too low, and when there is no one role to act in:
    /// an access log that names the wrong role is worse than none.
    pub(crate) fn into_user(self, config: &SignInConfig) -> Result<User, SignInError> {
        let authentication = level(self.staff.authentication_assurance_level.as_ref())
            .or_else(|| self.context.as_deref().and_then(level_of_context));
        let assurance = at_least(
            config.minimum_assurance,
            authentication,
            "how strongly you signed in",
        )?;
        let identity = level(self.staff.id_assurance_level.as_ref())
            .or_else(|| level(self.staff.idassurancelevel.as_ref()));
        at_least(
            config.minimum_identity_assurance,
            identity,
            "how well your identity was checked",
        )?;

        let role = self.staff.role()?;
        let organisation_code = role.org_code.clone().unwrap_or_default();
        let organisation_name = self
            .staff
            .nhsid_user_orgs
            .iter()
            .flatten()
            .find(|organisation| organisation.org_code == role.org_code)
            .and_then(|organisation| organisation.org_name.clone())
            .unwrap_or_else(|| organisation_code.clone());
        let role_code = role.role_code.clone().unwrap_or_default();
        Ok(User {
            name: self.name.unwrap_or_else(|| self.subject.clone()),
            role_name: role
                .role_name
                .as_deref()
                .map(plain_role)
                .unwrap_or_else(|| role_code.clone()),
            role_code,
            organisation_name,
            organisation_code,
            activity_codes: role.activity_codes.clone().unwrap_or_default(),
            assurance,
            fhir_user: self.staff.fhir_user.clone(),
            issuer: self.issuer,
            subject: self.subject,
        })
    }
}

impl StaffClaims {
    fn role(&self) -> Result<&RoleClaim, SignInError> {
        let roles = self.nhsid_nrbac_roles.as_deref().unwrap_or_default();
        let selected = self.selected_roleid.as_ref().map(text);
        let role = match (selected, roles) {
            (_, []) => Err("the sign-in service gives you no role, and a record may only be opened in one"),
            (Some(selected), roles) => roles
                .iter()
                .find(|role| role.person_roleid.as_ref().map(text).as_ref() == Some(&selected))
                .ok_or("the role you chose is not among those the sign-in service gives you"),
            (None, [only]) => Ok(only),
            (None, _) => Err("the sign-in service does not say which of your roles you chose"),
        };
        role.map_err(|reason| SignInError::Refused(reason.into()))
    }
}

fn at_least(minimum: u8, reached: Option<u8>, what: &str) -> Result<u8, SignInError> {
    match reached {
        Some(level) if level >= minimum => Ok(level),
        Some(level) => Err(SignInError::Refused(format!(
            "{what} is level {level}, and level {minimum} is needed"
        ))),
        // Unknown counts as nothing.
        None if minimum == 0 => Ok(0),
        None => Err(SignInError::Refused(format!(
            "the sign-in service does not say {what}"
        ))),
    }
}

/// `3`, `"3"` and `"AAL3"`.
fn level(claim: Option<&Value>) -> Option<u8> {
    match claim? {
        Value::Number(number) => number.as_u64().and_then(|number| u8::try_from(number).ok()),
        Value::String(text) => text.trim().parse().ok().or_else(|| level_of_context(text)),
        _ => None,
    }
    .filter(|level| *level <= 3)
}

/// `AAL3_FIDO2` is 3. `AAL2_OR_AAL3_ANY` promises no more than 2.
fn level_of_context(context: &str) -> Option<u8> {
    context
        .split('_')
        .filter_map(|word| word.strip_prefix("AAL"))
        .filter_map(|digits| digits.parse().ok())
        .min()
        .filter(|level| *level <= 3)
}

/// CIS2 writes a role as its path: `"Clinical":"Clinical Provision":"Medical Practitioner"`. The last step says it.
fn plain_role(path: &str) -> String {
    let last = path.rsplit(':').next().unwrap_or(path);
    last.trim().trim_matches('"').to_owned()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn config() -> SignInConfig {
        SignInConfig::new(
            "https://record.example/fhir".parse().expect("an address"),
            "curlew",
        )
    }

    fn identity(staff: Value, context: Option<&str>) -> Identity {
        Identity {
            issuer: "https://issuer.example".into(),
            subject: "1".into(),
            name: Some("Ada Testpatient".into()),
            context: context.map(String::from),
            staff: serde_json::from_value(staff).expect("claims"),
        }
    }

    fn refusal(staff: Value, context: Option<&str>) -> String {
        match identity(staff, context).into_user(&config()) {
            Err(SignInError::Refused(reason)) => reason,
            other => panic!("not refused: {other:?}"),
        }
    }

    fn role(id: &str) -> Value {
        json!({ "person_roleid": id, "org_code": "XCUR2", "role_code": "S8000:G8000:R8001",
                "role_name": "\"Clinical\":\"Clinical Provision\":\"Nurse\"", "activity_codes": ["B0360"] })
    }

    #[test]
    fn the_selected_role_is_the_one_acted_in() {
        let staff = json!({
            "selected_roleid": "2", "nhsid_nrbac_roles": [{ "person_roleid": "1", "role_name": "Porter" }, role("2")],
            "nhsid_user_orgs": [{ "org_code": "XCUR2", "org_name": "Saltmarsh" }],
            "id_assurance_level": "3", "authentication_assurance_level": 3
        });
        let user = identity(staff, None).into_user(&config()).expect("a user");
        assert_eq!(
            (
                user.role_name.as_str(),
                user.organisation_name.as_str(),
                user.assurance
            ),
            ("Nurse", "Saltmarsh", 3)
        );
        assert_eq!(user.activity_codes, ["B0360"]);
    }

    #[test]
    fn a_role_is_never_guessed() {
        let levels = |mut staff: Value| {
            staff["idassurancelevel"] = json!(3);
            staff
        };
        let context = Some("AAL3_FIDO2");
        assert!(refusal(levels(json!({})), context).contains("no role"));
        assert!(refusal(levels(json!({ "nhsid_nrbac_roles": [] })), context).contains("no role"));
        assert!(
            refusal(
                levels(json!({ "nhsid_nrbac_roles": [role("1"), role("2")] })),
                context
            )
            .contains("which of your roles")
        );
        let staff = levels(json!({ "selected_roleid": "9", "nhsid_nrbac_roles": [role("1")] }));
        assert!(refusal(staff, context).contains("not among"));
        let one = levels(json!({ "nhsid_nrbac_roles": [role("1")] }));
        assert!(identity(one, context).into_user(&config()).is_ok());
    }

    #[test]
    fn levels_are_those_reached_and_unknown_is_not_enough() {
        let staff = |mut levels: Value| {
            levels["nhsid_nrbac_roles"] = json!([role("1")]);
            levels
        };
        assert!(
            refusal(staff(json!({ "id_assurance_level": "3" })), None).contains("does not say how strongly")
        );
        assert!(
            refusal(staff(json!({ "id_assurance_level": "3" })), Some("AAL1_USERPASS")).contains("level 1")
        );
        assert!(refusal(staff(json!({})), Some("AAL3_ANY")).contains("does not say how well"));
        assert!(
            refusal(staff(json!({ "id_assurance_level": 2 })), Some("AAL3_ANY"))
                .contains("level 2, and level 3")
        );
        // The claim says what was done; an echo of the request does not overrule it.
        let low = staff(json!({ "id_assurance_level": 3, "authentication_assurance_level": "1" }));
        assert!(refusal(low, Some("AAL2_OR_AAL3_ANY")).contains("level 1"));
        assert_eq!(level_of_context("AAL2_OR_AAL3_ANY"), Some(2));
        assert_eq!(level_of_context("urn:mace:incommon:iap:silver"), None);
        assert_eq!(level(Some(&json!(9))), None);
    }
}
