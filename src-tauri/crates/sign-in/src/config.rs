//! What a sign-in needs to know beforehand.

use std::time::Duration;

use curlew_redact::SecretString;
use url::Url;

/// What a sign-in needs to know beforehand. [`SignInConfig::new`] gives the usual answers for everything but
/// the first two.
#[derive(Debug, Clone)]
pub struct SignInConfig {
    /// Base address of the record API: the `aud` of the request, and where discovery starts.
    pub record_api: Url,
    /// This program's name at the provider. A public client: it has no secret.
    pub client_id: String,
    /// What is asked for. `openid` is always added.
    pub scopes: Vec<String>,
    /// Lowest authentication assurance level accepted, 0 to 3 (CIS2: AAL1 to AAL3). Compared with what the
    /// provider says was done, not with what was asked.
    pub minimum_assurance: u8,
    /// Lowest identity assurance level accepted, 0 to 3. Services of the NHS ask for 3.
    pub minimum_identity_assurance: u8,
    /// Asked of the provider; [`Self::minimum_assurance`] decides.
    pub acr_values: Option<String>,
    /// How long the person has to finish in the browser.
    pub timeout: Duration,
    /// Port for the browser's answer. 0, as usual, takes any free one; a fixed one only for providers that
    /// do not follow RFC 8252 section 7.3.
    pub redirect_port: u16,
    /// Path of the browser's answer, as registered at the provider.
    pub redirect_path: String,
    /// The handle of a SMART launch from a record system: the sign-in is for the patient it stands for.
    pub launch: Option<SecretString>,
    /// The only issuer accepted, exactly as it writes itself. Without one, the record API's word is taken.
    pub issuer: Option<String>,
}

impl SignInConfig {
    /// The usual settings: CIS2's claims, SMART's scopes for a clinician's viewer, level 2, five minutes.
    pub fn new(record_api: Url, client_id: impl Into<String>) -> Self {
        let scopes = [
            "openid",
            "profile",
            "offline_access",
            "fhirUser",
            "nationalrbacaccess",
            "associatedorgs",
            "selectedrole",
            "user/*.rs",
            "user/AuditEvent.c",
        ];
        Self {
            record_api,
            client_id: client_id.into(),
            scopes: scopes.map(String::from).to_vec(),
            minimum_assurance: 2,
            minimum_identity_assurance: 3,
            acr_values: Some("AAL2_OR_AAL3_ANY".into()),
            timeout: Duration::from_secs(300),
            redirect_port: 0,
            redirect_path: "/cb".into(),
            launch: None,
            issuer: None,
        }
    }
}
