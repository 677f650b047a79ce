//! Who can sign in to the sandbox, and what the provider says of them.

use serde::Serialize;

/// One role a user holds at one organisation, in the shape of a CIS2 `nhsid_nrbac_roles` entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Role {
    /// Organisation's ODS-style code.
    pub org_code: String,
    /// Organisation's name, for the sign-in page and `nhsid_user_orgs`.
    #[serde(skip)]
    pub org_name: String,
    /// The person's record at that organisation.
    pub person_orgid: String,
    /// Identifies this role of this person; `selected_roleid` in the ID token points at one of these.
    pub person_roleid: String,
    /// National RBAC job role, such as `S8000:G8000:R8001`.
    pub role_code: String,
    /// The role in words.
    pub role_name: String,
    /// National RBAC activities in words, in the order of `activity_codes`.
    pub activities: Vec<String>,
    /// National RBAC activity codes, such as `B0360`.
    pub activity_codes: Vec<String>,
}

/// A ready user of the sandbox: an account of the OpenID provider and a viewer of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAccount {
    /// What the sign-in page sends: `nurse`, `doctor`, `carer`.
    pub username: String,
    /// The OpenID subject: stable, meaningless.
    pub sub: String,
    /// Display name, such as `Marsh, Imogen (Sister)`.
    pub name: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// What the sign-in page says under the name, in plain words.
    pub description: String,
    /// Identity assurance level, 0 to 3 (`idassurancelevel`).
    pub identity_assurance: u8,
    /// Authentication assurance level, 1 to 3 (`authentication_assurance_level`).
    pub authentication_assurance: u8,
    /// Roles held; the first is the one selected at sign-in.
    pub roles: Vec<Role>,
}

impl UserAccount {
    /// The role in use: the first one. A CIS2 user may hold none.
    pub fn selected_role(&self) -> Option<&Role> {
        self.roles.first()
    }
}

/// The three ready users: a community nurse, a ward doctor and a senior carer.
///
/// The organisations are invented; a population or a served folder gives each of them a caseload.
pub fn ready_users() -> Vec<UserAccount> {
    vec![
        account(
            "nurse",
            ("Okafor-Reed", "Ngozi"),
            "Community nurse",
            "900000000001",
            3,
            Role {
                org_code: "XCUR2".into(),
                org_name: "Saltmarsh Community Health NHS Trust".into(),
                person_orgid: "900000010001".into(),
                person_roleid: "900000020001".into(),
                role_code: "S8000:G8000:R8001".into(),
                role_name: "Nurse Access Role".into(),
                activities: vec!["View Detailed Health Records".into()],
                activity_codes: vec!["B0360".into()],
            },
        ),
        account(
            "doctor",
            ("Thorrington", "Callum"),
            "Ward doctor",
            "900000000002",
            3,
            Role {
                org_code: "XCUR1".into(),
                org_name: "Estuary and Creeks Hospitals NHS Trust".into(),
                person_orgid: "900000010002".into(),
                person_roleid: "900000020002".into(),
                role_code: "S8000:G8000:R8000".into(),
                role_name: "Clinical Practitioner Access Role".into(),
                activities: vec![
                    "View Detailed Health Records".into(),
                    "Access Sensitive Flagged Records".into(),
                ],
                activity_codes: vec!["B0360".into(), "B1611".into()],
            },
        ),
        account(
            "carer",
            ("Pemberley", "Dawn"),
            "Senior carer in a care home",
            "900000000003",
            2,
            Role {
                org_code: "XCURH1".into(),
                org_name: "Samphire House Care Home".into(),
                person_orgid: "900000010003".into(),
                person_roleid: "900000020003".into(),
                role_code: "S8000:G8003:R8024".into(),
                role_name: "Social Care Worker Access Role".into(),
                activities: vec!["Personal Medication Administration".into()],
                activity_codes: vec!["B0428".into()],
            },
        ),
    ]
}

fn account(
    username: &str,
    (family, given): (&str, &str),
    description: &str,
    sub: &str,
    authentication_assurance: u8,
    role: Role,
) -> UserAccount {
    UserAccount {
        username: username.into(),
        sub: sub.into(),
        name: format!("{given} {family}"),
        given_name: given.into(),
        family_name: family.into(),
        description: description.into(),
        identity_assurance: 3,
        authentication_assurance,
        roles: vec![role],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_ready_users_differ_in_every_identity() {
        let users = ready_users();
        let names: Vec<_> = users.iter().map(|u| u.username.as_str()).collect();
        assert_eq!(names, ["nurse", "doctor", "carer"]);
        let mut subs: Vec<_> = users.iter().map(|u| &u.sub).collect();
        subs.dedup();
        assert_eq!(subs.len(), 3);
        assert!(users.iter().all(|u| u.selected_role().is_some()));
    }
}
