//! What crosses to the window besides the record's own view models: requests, answers, events and errors.
//!
//! One list. The UI's types are generated from here and from [`curlew_record::view`].

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where the one state machine stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Nobody is signed in and no store exists on this device: sign in.
    SignedOut,
    /// Signed in, but this person has no store here yet: choose a passphrase.
    FirstRun,
    /// At least one store exists: choose one and unlock it, or sign in as somebody else.
    Locked,
    /// A store is open.
    Open,
}

/// A store that can be unlocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StoreChoice {
    /// The store's folder name, a keyed hash.
    pub id: String,
    /// Whose it is, from the OS keychain: "A Nurse, community nurse".
    pub label: String,
    /// Passphrase attempts left before the store's key slot is destroyed.
    pub attempts_left: u32,
}

/// Who is signed in, as their identity provider stated it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UserView {
    /// Full name.
    pub name: String,
    /// Selected role, in words.
    pub role: String,
    /// Organisation of that role.
    pub organisation: String,
}

/// Whether the record API answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Connection {
    /// The last contact worked.
    Online,
    /// The last contact failed, or none was tried; everything but fresh data works.
    Offline,
    /// The network is there, but the session has ended: sign in again to refresh.
    SignInNeeded,
}

/// The whole state of the app, as the frame shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Status {
    /// Where the state machine stands.
    pub stage: Stage,
    /// Stores on this device.
    pub stores: Vec<StoreChoice>,
    /// Who is signed in or whose store is open.
    pub user: Option<UserView>,
    /// Whether the record API answers.
    pub connection: Connection,
    /// In words, for the status line: "Offline · copy from 07:41 today · readable until 26-Nov-2026 07:41".
    pub connection_text: String,
    /// Address of the record API.
    pub record_api: String,
    /// A sign-in is under way in the browser.
    pub signing_in: bool,
    /// A load is under way.
    pub load: Option<LoadProgress>,
    /// Program version.
    pub version: String,
    /// Rules a new passphrase must meet, in words.
    pub passphrase_rules: String,
}

/// State of a patient's copy on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum CopyState {
    /// On the caseload, not on this device.
    NotHeld,
    /// Held whole and fresh.
    Complete,
    /// Held, but something failed to arrive; `copy_text` names it.
    Incomplete,
    /// Held whole, older than policy's fresh time.
    Ageing,
    /// May not be kept, or not shown; `copy_text` says why.
    Withheld,
}

/// One person on the caseload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CaseloadRow {
    /// Server's logical id.
    pub patient: String,
    /// `SMITH, John (Mr)`.
    pub name: String,
    /// `14-Jul-1945 (61y)`.
    pub born: String,
    /// Full word.
    pub gender: String,
    /// `943 476 5919`.
    pub nhs_number: String,
    /// State of the copy.
    pub copy: CopyState,
    /// In words: "Complete, 2 h old", "Not on this device".
    pub copy_text: String,
    /// What changed since this user last looked, in words; empty when nothing did.
    pub changed: Vec<String>,
    /// Next appointment, in words.
    pub next_appointment: Option<String>,
    /// Deceased.
    pub deceased: bool,
    /// Carries a restricted or sensitive flag.
    pub restricted: bool,
}

/// The Today screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CaseloadView {
    /// Everyone on it, in the server's order.
    pub rows: Vec<CaseloadRow>,
    /// How many are held whole.
    pub complete: u32,
    /// "Caseload from 07:41 today", or what to do when there is none.
    pub note: String,
}

/// Live progress of a load.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct LoadProgress {
    /// Patients to load.
    pub patients: u32,
    /// Patients finished, well or not.
    pub done: u32,
    /// Of those, how many failed.
    pub failed: u32,
    /// Resources stored so far.
    pub resources: u32,
    /// Bytes received so far.
    pub bytes: f64,
    /// In words: "23 of 60 patients, 14,210 resources, 38 MB, about 20 seconds left".
    pub text: String,
}

/// How one patient's load ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProofRow {
    /// Server's logical id.
    pub patient: String,
    /// `SMITH, John (Mr)`.
    pub name: String,
    /// State of the copy now.
    pub copy: CopyState,
    /// In words, with what to do when something failed.
    pub text: String,
    /// Resources held.
    pub resources: u32,
}

/// The proof sheet: what is on this device before leaving base.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProofSheet {
    /// "22-Nov-2026 07:41".
    pub made: String,
    /// "58 of 60 complete. 1 withheld, 1 failed."
    pub summary: String,
    /// Everyone complete.
    pub all_complete: bool,
    /// One row per person, those needing attention first.
    pub rows: Vec<ProofRow>,
    /// The load was cancelled before the end.
    pub cancelled: bool,
}

/// One person found by a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FindResult {
    /// Matches, those on this device first.
    pub rows: Vec<CaseloadRow>,
    /// In words: where was searched, and what to do when nothing was found.
    pub note: String,
}

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FindQuery {
    /// NHS number or words of a name.
    pub text: String,
    /// Date of birth as `YYYY-MM-DD`, with a name.
    pub born: Option<String>,
}

/// One entry of the user's own access log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AccessLogRow {
    /// Sequence number in the chain.
    pub seq: u32,
    /// "22-Nov-2026 09:14:02".
    pub at: String,
    /// What was done, in words.
    pub action: String,
    /// Whose record, as it was named then; absent for sign-in and lock.
    pub patient: Option<String>,
    /// Name and role as they were at the time.
    pub actor: String,
    /// "Shown", "Refused: …".
    pub outcome: String,
    /// "Sent", "Waiting to be sent", "Refused by the server: …".
    pub upload: String,
}

/// The access log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AccessLog {
    /// Newest first.
    pub rows: Vec<AccessLogRow>,
    /// "The chain of 214 entries is whole", or where it is broken.
    pub chain: String,
    /// Whether the chain verifies.
    pub intact: bool,
}

/// Screens of a patient that are lists of sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum SectionScreen {
    /// Problems, procedures, allergies, immunisations, family and social history.
    Summary,
    /// Correspondence, audio and images.
    Documents,
    /// Care and support plans, contingency, end of life, legal, safeguarding, about me.
    Plans,
    /// People, teams, organisations, services, appointments.
    People,
}

/// A stable name for each failure, which the UI may branch on. It never parses words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    /// The store is locked.
    Locked,
    /// Nobody is signed in.
    SignedOut,
    /// The passphrase did not open the store.
    WrongPassphrase,
    /// Too many wrong passphrases: the store's key has been destroyed.
    StoreDestroyed,
    /// The passphrase does not meet the rules.
    WeakPassphrase,
    /// The OS keychain is absent or locked.
    NoKeychain,
    /// The record API cannot be reached.
    ServerUnreachable,
    /// The record API or its sign-in answered with something that cannot be used.
    ServerUnusable,
    /// The browser could not be opened.
    NoBrowser,
    /// Sign-in was not finished: closed, cancelled or timed out.
    SignInAbandoned,
    /// Sign-in was refused: by the provider, or because the identity or its assurance could not be verified.
    SignInRefused,
    /// No local port was free to receive the browser's answer.
    PortUnavailable,
    /// The session has ended: sign in again.
    SessionEnded,
    /// No record API is set on this device.
    NotConfigured,
    /// Somebody else signed in than the person whose store is open.
    OtherUser,
    /// A load or sign-in is already under way.
    Busy,
    /// The copy is older than policy lets it be read without contact.
    CopyExpired,
    /// This patient's copy is not on this device.
    NotHeld,
    /// This patient may not be shown.
    Withheld,
    /// The copy is damaged, has been set aside, and must be fetched again.
    Damaged,
    /// The access could not be written down, so nothing was shown.
    AuditFailed,
    /// The disk is full or cannot be written.
    Storage,
    /// The store was made by a newer version of Curlew.
    NewerStore,
    /// What was asked for is not valid.
    BadRequest,
    /// Something else. The reference finds it in the log.
    Unexpected,
}

/// A failure as a person sees it: what happened, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ErrorView {
    /// Stable code.
    pub code: ErrorCode,
    /// One plain sentence: what happened. Never contains patient data or a secret.
    pub message: String,
    /// One plain sentence: what to do next.
    pub next_step: String,
    /// Finds this failure in the log.
    pub reference: String,
}

/// What this device and policy are set to, read-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Settings {
    /// Label and value, in reading order.
    pub rows: Vec<curlew_record::view::LabelledText>,
}

/// One command the window may call: its name, its arguments and its answer, as TypeScript.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    /// Name, as registered with Tauri and listed in the capability file.
    pub name: &'static str,
    /// Arguments as a TypeScript object type; keys in camel case, as Tauri expects them.
    pub arguments: &'static str,
    /// Answer as a TypeScript type.
    pub answer: &'static str,
}

const fn command(name: &'static str, arguments: &'static str, answer: &'static str) -> Command {
    Command {
        name,
        arguments,
        answer,
    }
}

/// Every command. The Tauri registration, the capability file and the UI's types are each tested against this list.
/// Every one rejects with [`ErrorView`].
pub const COMMANDS: &[Command] = &[
    command("status", "{}", "Status"),
    command("sign_in", "{}", "Status"),
    command("cancel_sign_in", "{}", "null"),
    command("create_store", "{ passphrase: string }", "Status"),
    command("unlock", "{ store: string, passphrase: string }", "Status"),
    command("lock", "{}", "Status"),
    command("sign_out", "{}", "Status"),
    command("caseload", "{}", "CaseloadView"),
    command("refresh_caseload", "{}", "CaseloadView"),
    command("load_offline", "{ patients: Array<string> }", "ProofSheet"),
    command("cancel_load", "{}", "null"),
    command("proof_sheet", "{}", "ProofSheet | null"),
    command("open_patient", "{ patient: string }", "PatientView"),
    command("close_patient", "{}", "null"),
    command(
        "timeline_index",
        "{ patient: string, filter: TimelineFilter }",
        "TimelineIndex",
    ),
    command(
        "timeline",
        "{ patient: string, filter: TimelineFilter, offset: number, limit: number }",
        "TimelinePage",
    ),
    command("medicines", "{ patient: string }", "Medicines"),
    command("results", "{ patient: string }", "Results"),
    command(
        "sections",
        "{ patient: string, screen: SectionScreen }",
        "Sections",
    ),
    command("gaps", "{ patient: string }", "Gaps"),
    command("source", "{ patient: string, line: string }", "SourceView"),
    command("find_patients", "{ query: FindQuery }", "FindResult"),
    command("access_log", "{}", "AccessLog"),
    command("settings", "{}", "Settings"),
];

/// Events pushed to the window: name and payload type.
pub const EVENTS: &[(&str, &str)] = &[("status", "Status"), ("load", "LoadProgress")];
