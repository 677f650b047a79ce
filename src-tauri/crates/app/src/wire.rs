//! What crosses to the window besides the record's own view models: requests, answers, events and errors.
//!
//! One list. The UI's types are generated from here and from [`curlew_record::view`].

pub use crate::policy::Feature;
use curlew_record::view::{LabelledText, OverviewCard};
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
    /// Cards of a patient's overview in the order this role needs them: the first is the largest.
    #[serde(default)]
    #[ts(as = "Option<Vec<OverviewCard>>", optional)]
    pub overview: Vec<OverviewCard>,
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
    /// This device is shared: nothing is kept on its disk, and locking forgets everything.
    pub shared_desktop: bool,
    /// Why the app is where it is, when it went there by itself: "Locked after 5 minutes without activity."
    pub notice: Option<String>,
    /// What another program asked for and nobody has taken yet, or why it was refused.
    pub launch: Option<LaunchView>,
    /// Seconds without activity after which the app locks. The window reports activity with `touch`.
    pub idle_seconds: u32,
    /// "A full sign-in is due by 12-Dec-2026 08:10", for an open store.
    pub sign_in_by: Option<String>,
    /// What policy has turned off; the window does not offer it.
    pub features_off: Vec<Feature>,
    /// What may be given as the reason for emergency access, and how long it lasts.
    pub emergency: EmergencyPolicy,
}

/// A request of another program: a link or a command line. Says nothing of whom it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LaunchView {
    /// Rises with each request.
    pub number: u32,
    /// It can be taken now, with `take_launch`.
    pub ready: bool,
    /// There is nothing to open: `message` says why.
    pub refused: bool,
    /// One plain sentence: what was asked.
    pub message: String,
    /// One plain sentence: what to do next.
    pub next_step: String,
}

/// Whom another program asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Launched {
    /// Server's logical id.
    pub patient: String,
}

/// What policy says of emergency access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EmergencyPolicy {
    /// Minutes until a record opened in an emergency closes by itself.
    pub minutes: u32,
    /// Reasons to choose from. Free text is required besides.
    pub reasons: Vec<EmergencyReason>,
    /// Fewest characters of free text.
    pub text_min_chars: u32,
}

/// One reason for emergency access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EmergencyReason {
    /// Stable code, as `break_glass` takes it.
    pub code: String,
    /// In words.
    pub words: String,
}

/// An open record has been closed without the person's doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecordClosed {
    /// Server's logical id of the patient.
    pub patient: String,
    /// One plain sentence: why.
    pub message: String,
    /// One plain sentence: what to do next.
    pub next_step: String,
}

/// Somebody whose copy was erased from this device, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RemovedRow {
    /// Server's logical id.
    pub patient: String,
    /// As they were named then.
    pub name: String,
    /// Why, in words.
    pub reason: String,
    /// "09:14 today".
    pub when: String,
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
    /// When that is, in milliseconds since 1970; absent without one, or when its day is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub next_at: Option<i64>,
    /// Address and GP practice, where a search has found more than one person; absent on a caseload, and for somebody
    /// restricted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<LabelledText>>")]
    pub tells_apart: Vec<LabelledText>,
    /// Deceased.
    pub deceased: bool,
    /// Carries a restricted or sensitive flag.
    pub restricted: bool,
    /// What becomes of the copy of somebody who has left the caseload, in words; absent for anybody on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub leaving: Option<String>,
    /// Kept on this device at the user's wish; absent when not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub kept_offline: Option<bool>,
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
    /// People whose copies were erased from this device lately, newest first, each with the reason.
    pub removed: Vec<RemovedRow>,
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
    /// How fast, in words: "1,500 records and 2 MB a second"; absent in the first second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub rate: Option<String>,
    /// How long still, in words: "about 30 seconds left"; absent when that cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub remaining: Option<String>,
}

/// What a load will take, before it begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct LoadEstimate {
    /// How many people it is for.
    pub people: u32,
    /// How long, from the last load on this device; absent before the first.
    pub seconds: Option<f64>,
    /// How many bytes it will bring, decompressed.
    pub bytes: Option<f64>,
    /// In words: "30 people to load: about 20 seconds, about 45 MB."
    pub text: String,
}

/// The pasted list of NHS numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PastedList {
    /// As this device has it: `943 476 5919`.
    pub numbers: Vec<String>,
    /// Bad lines of what was just pasted, which was not taken then: "Line 3: not ten digits".
    pub problems: Vec<String>,
    /// Whether policy takes the caseload from this list.
    pub used: bool,
    /// In words, with what to do next.
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
    /// From where the copy holds something, from where not, and why: "GP practice 2 h, Hospital 2 h. Not shared: part of the
    /// record. Nothing received: Ambulance." Empty where no copy may be read.
    pub sources: String,
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

/// A moment at which what this device could show of a patient changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct MomentView {
    /// Milliseconds since 1970; asked for with `open_as_at`.
    pub at: f64,
    /// `22-Nov-2026 07:41`.
    pub label: String,
    /// What came, changed and went: "2 new results · 1 changed problem".
    pub text: String,
}

/// The moments of a record, for choosing one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Moments {
    /// Oldest first.
    pub moments: Vec<MomentView>,
}

/// An entry of the user's own access log, opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct WhatWasShown {
    /// Sequence number in the chain.
    pub seq: u32,
    /// "22-Nov-2026 09:14:02".
    pub at: String,
    /// What was done, in words.
    pub action: String,
    /// The screen or line, as written down.
    pub screen: String,
    /// Name of who looked, as it was then.
    pub name: String,
    /// Their role then.
    pub role: String,
    /// Its organisation then.
    pub organisation: String,
    /// The device.
    pub device: String,
    /// Whose record, as it was named then.
    pub patient: Option<String>,
    /// Purpose of use, in words.
    pub purpose: String,
    /// How it ended.
    pub outcome: String,
    /// In a sentence: whether this is exactly what was shown, or why it cannot be.
    pub verdict: String,
    /// The entry and the copy name the same versions: `view` is exactly what was shown.
    pub exact: bool,
    /// The record as it could be shown at that moment; it is what every screen answers from now.
    pub view: Option<curlew_record::view::PatientView>,
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

/// A page about one patient that can be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum PatientPage {
    /// Safety, problems, medicines, allergies, appointments, and what is not shown.
    Summary,
    /// Every current medicine with what each source says.
    Medicines,
}

/// A page about several people that can be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ListPage {
    /// The caseload, with room for notes.
    Handover,
    /// What is on this device.
    Proof,
}

/// How far a print has come. Both are written in the access log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum PrintStage {
    /// On the screen.
    Preview,
    /// Given to the system's print dialogue.
    Paper,
}

/// What a printed page says of itself, in words that hold on any later day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PrintWords {
    /// "Medicines".
    pub title: String,
    /// "Confidential: patient information".
    pub marking: String,
    /// "Printed 23-Nov-2026 15:40 by A Nurse, community nurse, Essex Community Trust".
    pub printed: String,
    /// "From the copy of 23-Nov-2026 07:41, 8 h old when printed".
    pub copy: String,
    /// "Destroy by 24-Nov-2026 15:40".
    pub destroy_by: String,
    /// What paper cannot do, and what to do instead.
    pub warning: String,
    /// "Access log entry 214".
    pub reference: String,
    /// Set when the page is of the past: to stand on every page, loud. "Not the present record. As this device could show it
    /// on 21-Nov-2026 09:14".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub past: Option<String>,
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
    /// A full sign-in is due: the passphrase alone does not open the store any more.
    SignInDue,
    /// The copy is older than policy lets it be read without contact.
    CopyExpired,
    /// This patient may be shown only while the record API answers.
    OnlineOnly,
    /// The time of an emergency access is over.
    EmergencyEnded,
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
    /// Another program's request was refused.
    LaunchRefused,
    /// Nobody, or more than one person, is who another program asked for.
    LaunchNotFound,
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
    /// Set when `break_glass` may open the record all the same: what that means, in words.
    pub emergency: Option<String>,
}

/// What this device and policy are set to, read-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Settings {
    /// In reading order.
    pub rows: Vec<SettingRow>,
}

/// What this program is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct About {
    /// Program version.
    pub version: String,
    /// "Licensed under Apache-2.0".
    pub licence: String,
    /// Where new versions come from, in words.
    pub updates: String,
    /// Whether `check_for_update` can find anything: policy names a feed, and no package manager looks after this program.
    pub can_update: bool,
}

/// Licences and copyright notices of everything Curlew is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Notices {
    /// Plain text.
    pub text: String,
}

/// What came of looking for a new version, or of installing one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UpdateCheck {
    /// The new version that can be installed.
    pub available: Option<String>,
    /// What was found, or went wrong and what to do, in words.
    pub text: String,
}

/// One text of a support bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BundlePart {
    /// Its file's name in the bundle.
    pub name: String,
    /// What it is.
    pub about: String,
    /// All of it.
    pub text: String,
}

/// A support bundle, to be read before it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SupportBundle {
    /// Its files, the list of contents first.
    pub parts: Vec<BundlePart>,
    /// Where it was written, when it was.
    pub saved: Option<String>,
}

/// Where a setting comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum SettingSource {
    /// The organisation's policy: locked.
    Policy,
    /// The person's own policy file.
    Person,
    /// What Curlew was started with.
    CommandLine,
    /// Nobody set it.
    Default,
    /// Not a setting: what the record API says of itself.
    Server,
}

/// One setting in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SettingRow {
    /// Its key in the policy file.
    pub key: String,
    /// Its name, without a colon.
    pub label: String,
    /// Its value, in words.
    pub text: String,
    /// Where it comes from.
    pub source: SettingSource,
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
    command("touch", "{}", "null"),
    command("copied", "{ text: string }", "null"),
    command("change_passphrase", "{ current: string, new: string }", "Status"),
    command("erase_store", "{ store: string, confirm: string }", "Status"),
    command("caseload", "{}", "CaseloadView"),
    command("refresh_caseload", "{}", "CaseloadView"),
    command("load_offline", "{ patients: Array<string> }", "ProofSheet"),
    command("cancel_load", "{}", "null"),
    command("load_estimate", "{ patients: Array<string> }", "LoadEstimate"),
    command(
        "keep_offline",
        "{ patient: string, keep: boolean }",
        "CaseloadView",
    ),
    command("caseload_numbers", "{}", "PastedList"),
    command("set_caseload_numbers", "{ text: string }", "PastedList"),
    command("network_returned", "{}", "null"),
    command("proof_sheet", "{}", "ProofSheet | null"),
    command("open_patient", "{ patient: string }", "PatientView"),
    command(
        "break_glass",
        "{ patient: string, reason: string, text: string }",
        "PatientView",
    ),
    command("close_patient", "{}", "null"),
    command(
        "timeline_index",
        "{ patient: string, filter: TimelineFilter }",
        "TimelineIndex",
    ),
    command(
        "timeline_groups",
        "{ patient: string, filter: TimelineFilter }",
        "TimelineGroups",
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
    command(
        "document",
        "{ patient: string, line: string, resource: string, index: number }",
        "DocumentContent",
    ),
    command("moments", "{ patient: string }", "Moments"),
    command("open_as_at", "{ patient: string, at: number }", "PatientView"),
    command("close_as_at", "{ patient: string }", "PatientView | null"),
    command(
        "print_patient",
        "{ patient: string, page: PatientPage, stage: PrintStage }",
        "PrintWords",
    ),
    command(
        "print_list",
        "{ page: ListPage, stage: PrintStage }",
        "PrintWords",
    ),
    command("find_patients", "{ query: FindQuery }", "FindResult"),
    command("access_log", "{}", "AccessLog"),
    command("what_was_shown", "{ seq: number }", "WhatWasShown"),
    command("take_launch", "{}", "Launched"),
    command("dismiss_launch", "{}", "Status"),
    command("settings", "{}", "Settings"),
    command("about", "{}", "About"),
    command("notices", "{}", "Notices"),
    command("check_for_update", "{}", "UpdateCheck"),
    command("install_update", "{}", "UpdateCheck"),
    command("support_bundle", "{ save: boolean }", "SupportBundle"),
];

/// Events pushed to the window: name and payload type.
pub const EVENTS: &[(&str, &str)] = &[
    ("status", "Status"),
    ("load", "LoadProgress"),
    ("closed", "RecordClosed"),
];
