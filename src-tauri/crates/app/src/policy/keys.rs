//! The table of policy keys.

use super::values::Value;
use crate::wire::EmergencyReason;

/// What a key's value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text without spaces.
    Word,
    /// A web address: https, or http to this machine itself.
    Address,
    /// A web address that is never in clear, not even on this machine.
    SecureAddress,
    /// A minisign public key in base64.
    PublicKey,
    /// `system`, `none`, or the address of a proxy.
    Proxy,
    /// A whole number within bounds, in this unit (plural, may be empty).
    Whole {
        /// Smallest.
        least: i64,
        /// Largest.
        most: i64,
        /// Zero is allowed too, and means this.
        zero: Option<&'static str>,
        /// "hours".
        unit: &'static str,
    },
    /// `true` or `false`.
    YesNo,
    /// One of these words; each with its meaning.
    OneOf(&'static [(&'static str, &'static str)]),
    /// Any of these words; each with its meaning.
    AnyOf(&'static [(&'static str, &'static str)]),
    /// Words without spaces, at least one.
    Words,
    /// Where the caseload comes from: see [`crate::CaseloadRule`]. At least one.
    Caseload,
    /// Absolute paths of files.
    Files,
    /// Reasons for emergency access: tables of `code` and `words`. At least one.
    Reasons,
}

/// What holds where nobody sets a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// Nothing; in these words.
    None(&'static str),
    /// Text.
    Text(&'static str),
    /// A number.
    Whole(i64),
    /// Yes or no.
    YesNo(bool),
    /// A list.
    List(&'static [&'static str]),
    /// Code and words of each reason.
    Reasons(&'static [(&'static str, &'static str)]),
}

impl Fallback {
    /// As a value; none when there is none.
    pub(crate) fn value(self) -> Option<Value> {
        Some(match self {
            Self::None(_) => return None,
            Self::Text(text) => Value::Text(text.to_owned()),
            Self::Whole(number) => Value::Whole(number),
            Self::YesNo(yes) => Value::YesNo(yes),
            Self::List(list) => Value::List(list.iter().map(|one| (*one).to_owned()).collect()),
            Self::Reasons(reasons) => Value::Reasons(
                reasons
                    .iter()
                    .map(|(code, words)| EmergencyReason {
                        code: (*code).to_owned(),
                        words: (*words).to_owned(),
                    })
                    .collect(),
            ),
        })
    }
}

/// One policy key.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// As written in the file.
    pub name: &'static str,
    /// What its value may be.
    pub kind: Kind,
    /// What holds without it.
    pub fallback: Fallback,
    /// Its name on the Settings screen.
    pub label: &'static str,
    /// What it does: sentences for whoever writes a policy.
    pub meaning: &'static str,
    /// A line, or lines, of TOML that set it.
    pub example: &'static str,
}

macro_rules! keys {
    ($($constant:ident = $name:literal, $kind:expr, $fallback:expr, $label:literal, $meaning:literal, $example:literal;)*) => {
        $(
            #[doc = $meaning]
            pub(crate) static $constant: Key = Key {
                name: $name,
                kind: $kind,
                fallback: $fallback,
                label: $label,
                meaning: $meaning,
                example: $example,
            };
        )*
        /// Every key, in reading order.
        pub static KEYS: &[&Key] = &[$(&$constant),*];
    };
}

const fn whole(least: i64, most: i64, unit: &'static str) -> Kind {
    Kind::Whole {
        least,
        most,
        zero: None,
        unit,
    }
}

keys! {
    RECORD_API = "record_api", Kind::Address, Fallback::None("Not set"), "Record API",
        "Base address of the shared record API (FHIR R4). Without it nobody can sign in.",
        "record_api = \"https://record.example/fhir\"";
    CLIENT_ID = "client_id", Kind::Word, Fallback::Text("curlew"), "Client id",
        "The name by which the sign-in service knows Curlew: a public client with PKCE, redirecting to http://127.0.0.1/cb on any port.",
        "client_id = \"curlew\"";
    ISSUER = "issuer", Kind::Address, Fallback::None("As the record API says"), "Sign-in service",
        "The only sign-in service accepted, exactly as it writes its own issuer. Without it the record API's word is taken.",
        "issuer = \"https://sign-in.example\"";
    SCOPES = "scopes", Kind::Words, Fallback::List(&[
        "openid", "profile", "offline_access", "fhirUser", "nationalrbacaccess", "associatedorgs", "selectedrole", "user/*.rs",
        "user/AuditEvent.c",
    ]), "Asked for at sign-in",
        "OAuth scopes asked for at sign-in. openid is always added; without offline_access the session ends with its first token.",
        "scopes = [\"openid\", \"profile\", \"offline_access\", \"fhirUser\", \"user/*.rs\"]";
    MINIMUM_ASSURANCE = "minimum_assurance", whole(1, 3, ""), Fallback::Whole(2), "Minimum sign-in assurance",
        "Lowest authentication assurance level accepted (AAL 1 to 3). Compared with what the sign-in service says was done.",
        "minimum_assurance = 2";
    MINIMUM_IDENTITY_ASSURANCE = "minimum_identity_assurance", whole(0, 3, ""), Fallback::Whole(3), "Minimum identity assurance",
        "Lowest identity assurance level accepted (0 to 3).",
        "minimum_identity_assurance = 3";
    FRESH_HOURS = "fresh_hours", whole(1, 2160, "hours"), Fallback::Whole(12), "A copy is fresh for",
        "For so long after the last contact a copy is shown without remark. At most readable_hours.",
        "fresh_hours = 12";
    READABLE_HOURS = "readable_hours", whole(1, 2160, "hours"), Fallback::Whole(72), "A copy may be read for",
        "For so long a copy is shown, with its age; then it is locked until the next contact. At most kept_days.",
        "readable_hours = 72";
    KEPT_DAYS = "kept_days", whole(1, 90, "days"), Fallback::Whole(7), "A copy is destroyed after",
        "So long after the last contact a copy is destroyed, key first.",
        "kept_days = 7";
    IDLE_MINUTES = "idle_minutes", whole(1, 60, "minutes"), Fallback::Whole(5), "Locks without activity after",
        "Without activity for so long, Curlew locks; also after the computer has slept for so long.",
        "idle_minutes = 5";
    SIGN_IN_DAYS = "sign_in_days", whole(1, 90, "days"), Fallback::Whole(30), "A full sign-in is needed every",
        "After so long the passphrase alone no longer opens the store: its owner must sign in first.",
        "sign_in_days = 30";
    MAX_ATTEMPTS = "max_attempts", whole(3, 20, ""), Fallback::Whole(5), "Wrong passphrases allowed",
        "After so many wrong passphrases the store's key is destroyed, and with it every copy on the device.",
        "max_attempts = 5";
    PASSPHRASE_MIN_CHARS = "passphrase_min_chars", whole(8, 64, "characters"), Fallback::Whole(12), "New passphrases have at least",
        "Shortest passphrase accepted for a new store or at a change.",
        "passphrase_min_chars = 12";
    SHARED_DESKTOP = "shared_desktop", Kind::YesNo, Fallback::YesNo(false), "Shared device",
        "The device is shared: nothing is kept on its disk or in its keychain, and locking forgets everything.",
        "shared_desktop = true";
    CASELOAD = "caseload", Kind::Caseload, Fallback::List(&["group"]), "The caseload comes from",
        "Where the caseload is kept: group, group:ID, list:ID, care-team, general-practitioner, appointments (these three also with \
         :Practitioner/ID, :Organization/ID or :Location/ID), nhs-numbers. Several are joined.",
        "caseload = [\"group\", \"appointments\"]";
    CASELOAD_CAP = "caseload_cap", whole(1, 1000, "patients"), Fallback::Whole(60), "Patients kept at most",
        "So many patients are kept on the device at most.",
        "caseload_cap = 60";
    LEAVE_HOURS = "leave_hours", Kind::Whole { least: 0, most: 720, zero: None, unit: "hours" }, Fallback::Whole(24),
        "After leaving the caseload, a copy is erased in",
        "So long after somebody has left the caseload their copy is destroyed.",
        "leave_hours = 24";
    KEEP_OFFLINE = "keep_offline", Kind::YesNo, Fallback::YesNo(true), "You may keep somebody longer",
        "Whether the user may keep somebody on the device who has left the caseload.",
        "keep_offline = false";
    BACKGROUND_MINUTES = "background_minutes", Kind::Whole { least: 5, most: 720, zero: Some("never"), unit: "minutes" },
        Fallback::Whole(15), "Contacts the record by itself every",
        "About so often Curlew makes contact by itself, at times spread by chance. 0: only when asked.",
        "background_minutes = 15";
    BACKGROUND_ON_METERED = "background_on_metered", Kind::YesNo, Fallback::YesNo(false),
        "Refreshes records by itself on a network paid for by use",
        "Whether records are also brought up to date by themselves on a network paid for by use.",
        "background_on_metered = false";
    EMERGENCY_MINUTES = "emergency_minutes", whole(5, 480, "minutes"), Fallback::Whole(60), "Emergency access lasts",
        "A record opened in an emergency closes by itself after so long.",
        "emergency_minutes = 60";
    EMERGENCY_REASONS = "emergency_reasons", Kind::Reasons, Fallback::Reasons(&[
        ("life-threatening", "Life is in danger"),
        ("cannot-be-asked", "The patient cannot be asked, and care cannot wait"),
        ("urgent-medicine", "A medicine or allergy must be checked now"),
        ("safeguarding", "Somebody is at risk of serious harm"),
        ("other", "Another reason, given below"),
    ]), "Reasons for emergency access",
        "The reasons to choose from, a table each at the end of the file: code (small letters, digits, hyphens; goes into the \
         AuditEvent) and words (shown).",
        "[[emergency_reasons]]\ncode = \"life-threatening\"\nwords = \"Life is in danger\"";
    PROXY = "proxy", Kind::Proxy, Fallback::Text("system"), "Proxy",
        "How requests leave the device: system (as the system is set), none, or the address of a proxy. A name or password never \
         belongs here.",
        "proxy = \"http://proxy.example:8080\"";
    EXTRA_CAS = "extra_cas", Kind::Files, Fallback::List(&[]), "Extra certificate authorities",
        "PEM files of certificate authorities trusted beside the system's: for a network that inspects TLS, or a private record API.",
        "extra_cas = [\"/etc/curlew/network-ca.pem\"]";
    LOG_LEVEL = "log_level", Kind::OneOf(&[
        ("off", "nothing"),
        ("error", "what failed for good"),
        ("warn", "also what was worked around"),
        ("info", "also what was done"),
        ("debug", "also each step; for support"),
        ("trace", "everything; for support"),
    ]), Fallback::Text("info"), "Log level",
        "How much is written to the log. No level writes patient data.",
        "log_level = \"info\"";
    FEATURES_OFF = "features_off", Kind::AnyOf(&[
        ("printing", "Print and print preview"),
        ("emergency", "Emergency access"),
        ("offline-copies", "Copies on the disk: everything is as with shared_desktop"),
        ("clipboard", "Copying from the window"),
    ]), Fallback::List(&[]), "Turned off",
        "What is turned off for everybody: any of printing, emergency, offline-copies, clipboard.",
        "features_off = [\"printing\", \"clipboard\"]";
    UPDATE_FEED = "update_feed", Kind::SecureAddress, Fallback::None("Curlew does not look for updates"), "Updates come from",
        "Address of the feed of signed updates. Without it Curlew never looks for any.",
        "update_feed = \"https://updates.example/curlew/latest.json\"";
    UPDATE_PUBLIC_KEY = "update_public_key", Kind::PublicKey, Fallback::None("No updates are accepted"), "Updates are signed with",
        "The minisign public key that updates are signed with, in base64. Needed with update_feed, and only with it.",
        "update_public_key = \"dW50cnVzdGVkIGNvbW1lbnQ6IG1pbmlzaWduIHB1YmxpYyBrZXkgRkFLRQo=\"";
}

impl Key {
    /// The key of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        KEYS.iter().copied().find(|key| key.name == name)
    }
}

impl PartialEq<Key> for &'static Key {
    fn eq(&self, other: &Key) -> bool {
        self.name == other.name
    }
}
