//! Every failure a person can meet, each with one sentence for what happened and one for what to do next.

use crate::link::LinkRefused;
use crate::wire::{ErrorCode, ErrorView};
use curlew_api::ApiError;
use curlew_sign_in::SignInError;
use curlew_sync::SyncError;
use curlew_vault::{DamagedPart, VaultError};
use thiserror::Error;

/// What is said where an emergency would open a record.
const EMERGENCY_OFFER: &str = "If this person's care cannot wait, you can open the record as an emergency. You give a reason, \
the record closes again by itself, and your organisation's privacy officer is told.";

/// Why something the person asked for was not done. Nothing is lost by any of them.
#[derive(Debug, Error)]
pub enum Error {
    /// No store is open.
    #[error("the store is locked")]
    Locked,
    /// Fresh data was asked for and nobody is signed in.
    #[error("nobody is signed in")]
    SignedOut,
    /// No record API is set.
    #[error("no record API is set")]
    NotConfigured,
    /// Somebody else signed in than the person whose store is open.
    #[error("somebody else signed in than the person whose store is open")]
    OtherUser,
    /// One at a time.
    #[error("{0} is already under way")]
    Busy(&'static str),
    /// The passphrase does not meet the rules, which are given.
    #[error("the passphrase does not meet the rules")]
    WeakPassphrase(String),
    /// The copy is older than policy lets it be read.
    #[error("the copy is too old to be read without contact")]
    CopyExpired,
    /// The passphrase was right, and a full sign-in is due first.
    #[error("a full sign-in is due")]
    SignInDue,
    /// This patient may be shown only while connected; the reason is in words for the screen.
    #[error("the record may be shown only while connected")]
    OnlineOnly(String),
    /// The time of an emergency access is over.
    #[error("the emergency access is over")]
    EmergencyEnded,
    /// Refused, and an emergency would open it.
    #[error("{0}, except in an emergency")]
    ExceptInEmergency(#[source] Box<Self>),
    /// This patient's copy is not on this device.
    #[error("the copy is not on this device")]
    NotHeld,
    /// This patient may not be shown; the reason is in words for the screen.
    #[error("the record may not be shown")]
    Withheld(String),
    /// The look could not be written down.
    #[error("the look could not be written down")]
    AuditFailed(#[source] VaultError),
    /// Policy has turned it off.
    #[error("{0} is turned off by policy")]
    TurnedOff(&'static str),
    /// What was asked for is not valid.
    #[error("not a valid request: {0}")]
    BadRequest(&'static str),
    /// Another program asked for something that is refused.
    #[error("a request of another program was refused: {0}")]
    LinkRefused(LinkRefused),
    /// The patient another program asked for is not on this device, and the shared record could not be asked.
    #[error("the patient another program asked for is not on this device")]
    NotFoundHere,
    /// Nobody has the NHS number another program asked for.
    #[error("nobody was found for another program")]
    NobodyFound,
    /// More than one person has it.
    #[error("more than one person was found for another program")]
    SeveralFound,
    /// From sign-in.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// From the record API.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// From the vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A task was lost. A defect: please report.
    #[error("a task ended unexpectedly")]
    TaskLost,
}

impl Error {
    /// What the person sees: code, what happened, what to do next.
    #[must_use]
    pub fn words(&self) -> (ErrorCode, String, String) {
        let say = |code, message: &str, next: &str| (code, message.to_owned(), next.to_owned());
        match self {
            Self::Locked => say(
                ErrorCode::Locked,
                "Curlew is locked.",
                "Enter your passphrase to go on.",
            ),
            Self::SignedOut => say(
                ErrorCode::SignedOut,
                "Fresh data needs a sign-in.",
                "Sign in. What is already on this device can be read without it.",
            ),
            Self::NotConfigured => say(
                ErrorCode::NotConfigured,
                "This device has not been told where the shared record is.",
                "Ask your IT team to set the record API in Curlew's policy file, or start Curlew with --record-api.",
            ),
            Self::OtherUser => say(
                ErrorCode::OtherUser,
                "The person who signed in is not the person whose store is open.",
                "Lock Curlew first, then sign in again as the other person.",
            ),
            Self::Busy(what) => (
                ErrorCode::Busy,
                format!("{what} is already under way."),
                "Wait for it to finish, or cancel it first.".to_owned(),
            ),
            Self::WeakPassphrase(rules) => (
                ErrorCode::WeakPassphrase,
                "That passphrase is too short.".to_owned(),
                rules.clone(),
            ),
            Self::CopyExpired => say(
                ErrorCode::CopyExpired,
                "This copy is too old to be relied on, so it is locked.",
                "Connect to the network and load it again.",
            ),
            Self::SignInDue => say(
                ErrorCode::SignInDue,
                "Your passphrase is right, but it has been too long since you last signed in.",
                "Sign in, then enter your passphrase again. Nothing on this device has been lost.",
            ),
            Self::OnlineOnly(reason) => (
                ErrorCode::OnlineOnly,
                format!("This record can be shown only while connected. {reason}"),
                "Connect to the network, sign in, and open it again.".to_owned(),
            ),
            Self::EmergencyEnded => say(
                ErrorCode::EmergencyEnded,
                "The time of this emergency access is over, so the record was closed.",
                "If the emergency goes on, open it again and give the reason.",
            ),
            Self::ExceptInEmergency(why) => why.words(),
            Self::NotHeld => say(
                ErrorCode::NotHeld,
                "This person's record is not on this device.",
                "Connect to the network, sign in, and load it.",
            ),
            Self::Withheld(reason) => (
                ErrorCode::Withheld,
                format!("This record may not be shown. {reason}"),
                "If you need it for this person's care, contact your information governance team.".to_owned(),
            ),
            Self::AuditFailed(_) => say(
                ErrorCode::AuditFailed,
                "Opening this record could not be written to the access log, so it was not opened.",
                "Free some disk space and try again. If it goes on, tell your IT team.",
            ),
            Self::TurnedOff(what) => (
                ErrorCode::BadRequest,
                format!("{what} is turned off by your organisation."),
                "If you need it for your work, ask your IT team.".to_owned(),
            ),
            Self::BadRequest(what) => (
                ErrorCode::BadRequest,
                format!("{what}."),
                "Check what was entered and try again.".to_owned(),
            ),
            Self::LinkRefused(why) => (
                ErrorCode::LaunchRefused,
                format!("Another program asked Curlew to open something, and it was refused: {why}."),
                "Find the person here instead. If this is part of your work, tell your IT team what it says here."
                    .to_owned(),
            ),
            Self::NotFoundHere => say(
                ErrorCode::LaunchNotFound,
                "The patient another program asked for is not on this device.",
                "Sign in, and they are looked for in the shared record.",
            ),
            Self::NobodyFound => say(
                ErrorCode::LaunchNotFound,
                "Nobody was found with the NHS number that another program gave.",
                "Find the person here by name and date of birth.",
            ),
            Self::SeveralFound => say(
                ErrorCode::LaunchNotFound,
                "More than one record has the NHS number that another program gave, so none was opened.",
                "Find the person here, and check the date of birth before you choose.",
            ),
            Self::SignIn(error) => sign_in_words(error),
            Self::Api(error) => api_words(error),
            Self::Vault(error) => vault_words(error),
            Self::TaskLost => say(
                ErrorCode::Unexpected,
                "Something in Curlew stopped unexpectedly. Nothing on this device was changed.",
                "Try again. If it goes on, tell your IT team the reference below.",
            ),
        }
    }
}

fn sign_in_words(error: &SignInError) -> (ErrorCode, String, String) {
    let say = |code, message: &str, next: &str| (code, message.to_owned(), next.to_owned());
    match error {
        SignInError::Unreachable { what } => (
            ErrorCode::ServerUnreachable,
            format!("{} cannot be reached.", sentence(what)),
            "Check the network and try again. What is already on this device can be read without it."
                .to_owned(),
        ),
        SignInError::Untrusted { what } => untrusted(what),
        SignInError::Unusable(what) => (
            ErrorCode::ServerUnusable,
            format!("The sign-in service gave an answer that Curlew cannot use: {what}."),
            "Try again in a few minutes. If it goes on, tell your IT team.".to_owned(),
        ),
        SignInError::NoBrowser => say(
            ErrorCode::NoBrowser,
            "Your web browser could not be opened, so you could not sign in.",
            "Set a default web browser on this computer and try again, or ask your IT team.",
        ),
        SignInError::Abandoned(how) => (
            ErrorCode::SignInAbandoned,
            format!("Sign-in was not finished: {how}."),
            "Start sign-in again when you are ready.".to_owned(),
        ),
        SignInError::Refused(reason) => (
            ErrorCode::SignInRefused,
            format!("Sign-in was refused: {reason}."),
            "Try again. If it goes on, tell your IT team what it says here.".to_owned(),
        ),
        SignInError::PortUnavailable => say(
            ErrorCode::PortUnavailable,
            "No local port could be opened to receive the browser's answer.",
            "Close other programs and try again. If it goes on, your IT team must allow Curlew to listen on this computer.",
        ),
        SignInError::SessionEnded => session_ended(),
    }
}

/// No network, or one that is not what it says: the person cannot tell, and their IT team can.
fn untrusted(what: &str) -> (ErrorCode, String, String) {
    (
        ErrorCode::ServerUnreachable,
        format!("The certificate of {what} is not one this computer trusts, so nothing was sent."),
        "Try another network: the sign-in page of a public Wi-Fi does this too. If it goes on, tell your IT team; where a \
         proxy inspects connections, its certificate authority belongs in extra_cas in the policy file."
            .to_owned(),
    )
}

fn api_words(error: &ApiError) -> (ErrorCode, String, String) {
    let unusable = |what: String| {
        (
            ErrorCode::ServerUnusable,
            what,
            "Nothing was lost. Try again in a few minutes. If it goes on, tell your IT team.".to_owned(),
        )
    };
    match error {
        ApiError::Unreachable => (
            ErrorCode::ServerUnreachable,
            "The shared record cannot be reached.".to_owned(),
            "Check the network and try again. What is already on this device can be read without it."
                .to_owned(),
        ),
        ApiError::Untrusted => untrusted("the record API"),
        ApiError::Authority { .. } => (
            ErrorCode::ServerUnreachable,
            format!("{}.", sentence(&error.to_string())),
            "Tell your IT team: extra_cas in the policy file must name PEM files that everybody on this computer may read. \
             What is already on this device can be read meanwhile."
                .to_owned(),
        ),
        ApiError::Unauthorised => session_ended(),
        ApiError::Forbidden => (
            ErrorCode::Withheld,
            "The shared record refuses your role access to this.".to_owned(),
            "If you need it for this person's care, contact your information governance team.".to_owned(),
        ),
        ApiError::Gone => (
            ErrorCode::NotHeld,
            "The shared record no longer has this.".to_owned(),
            "Refresh the caseload and try again.".to_owned(),
        ),
        ApiError::Outcome { text, .. } => unusable(format!("The shared record answered: {text}")),
        ApiError::Status(_)
        | ApiError::Malformed(_)
        | ApiError::TooLarge
        | ApiError::OtherOrigin
        | ApiError::Loop
        | ApiError::Address(_) => unusable(format!("{}.", sentence(&error.to_string()))),
    }
}

fn vault_words(error: &VaultError) -> (ErrorCode, String, String) {
    let say = |code, message: &str, next: &str| (code, message.to_owned(), next.to_owned());
    match error {
        VaultError::WrongPassphrase { attempts_left } => (
            ErrorCode::WrongPassphrase,
            "That passphrase did not open the store.".to_owned(),
            match attempts_left {
                1 => "Check Caps Lock and try again. One attempt is left; after it the store on this device is destroyed."
                    .to_owned(),
                left => format!("Check Caps Lock and try again. {left} attempts are left."),
            },
        ),
        VaultError::Destroyed => say(
            ErrorCode::StoreDestroyed,
            "Too many wrong passphrases: the copies on this device have been destroyed, as your organisation's policy says.",
            "Sign in again and choose a new passphrase. Nothing is lost from the shared record itself.",
        ),
        VaultError::NoKeychain(reason) => (
            ErrorCode::NoKeychain,
            format!("This computer's keychain is not available: {reason}."),
            "Unlock the keychain (or log in to the desktop again) and try again. Curlew keeps nothing on a device without one."
                .to_owned(),
        ),
        VaultError::Newer { .. } => say(
            ErrorCode::NewerStore,
            "The store on this device was made by a newer version of Curlew.",
            "Update Curlew. The store has not been changed.",
        ),
        VaultError::NotHeld => Error::NotHeld.words(),
        VaultError::NotHeldThen => say(
            ErrorCode::NotHeld,
            "No copy of this record was on this device at that time.",
            "Choose a later time.",
        ),
        VaultError::Locked => Error::Locked.words(),
        VaultError::LeaseEnded => Error::CopyExpired.words(),
        VaultError::Damaged { what: DamagedPart::PatientFile } => say(
            ErrorCode::Damaged,
            "This person's copy on this device is damaged. It has been set aside; nothing in it was shown.",
            "Connect to the network and load it again.",
        ),
        VaultError::Damaged { what } => (
            ErrorCode::Damaged,
            format!("{} is damaged, so the store cannot be opened. Nothing has been deleted.", sentence(&what.to_string())),
            "Tell your IT team. `curlewctl doctor` shows what can be done.".to_owned(),
        ),
        VaultError::NoSuchStore => say(
            ErrorCode::BadRequest,
            "That store is no longer on this device.",
            "Sign in to make a new one.",
        ),
        VaultError::AlreadyExists => say(
            ErrorCode::BadRequest,
            "You already have a store on this device.",
            "Unlock it with your passphrase.",
        ),
        VaultError::NoSuchLine => say(
            ErrorCode::BadRequest,
            "That line is no longer in this record.",
            "Open the record again to see it as it is now.",
        ),
        VaultError::Io { .. } | VaultError::Database { .. } => say(
            ErrorCode::Storage,
            "This device's disk could not be used. What was there before is unchanged.",
            "Free some disk space and try again. If it goes on, tell your IT team the reference below.",
        ),
        VaultError::NotAReceiptForOpening | VaultError::Keys(_) => say(
            ErrorCode::Unexpected,
            "Curlew could not do this safely, so it was not done.",
            "Try again. If it goes on, tell your IT team the reference below.",
        ),
    }
}

fn session_ended() -> (ErrorCode, String, String) {
    (
        ErrorCode::SessionEnded,
        "Your sign-in has ended.".to_owned(),
        "Sign in again. What is already on this device can be read without it.".to_owned(),
    )
}

/// With a capital letter.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl From<SyncError> for Error {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Api(error) => Self::Api(error),
            SyncError::Vault(error) => Self::Vault(error),
            SyncError::TaskLost => Self::TaskLost,
        }
    }
}

impl From<Error> for ErrorView {
    /// Also writes the failure to the log, under the reference shown. No variant prints patient data.
    fn from(error: Error) -> Self {
        let (code, message, next_step) = error.words();
        let reference = uuid::Uuid::new_v4().simple().to_string()[..8].to_uppercase();
        let mut causes = String::new();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            causes.push_str(": ");
            causes.push_str(&cause.to_string());
            source = cause.source();
        }
        tracing::warn!(?code, reference, "{error}{causes}");
        let emergency = matches!(error, Error::ExceptInEmergency(_)).then(|| EMERGENCY_OFFER.to_owned());
        Self {
            code,
            message,
            next_step,
            reference,
            emergency,
        }
    }
}
