//! From the provider's claims to a person in a role.

use serde::{Deserialize, Serialize};

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
}
