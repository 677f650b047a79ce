// Generated from the Rust types by `cargo xtask types`. Do not edit.

/**
 * What this program is.
 */
export type About = {
/**
 * Program version.
 */
version: string,
/**
 * "Licensed under Apache-2.0".
 */
licence: string,
/**
 * Where new versions come from, in words.
 */
updates: string,
/**
 * Whether `check_for_update` can find anything: policy names a feed, and no package manager looks after this program.
 */
can_update: boolean, };

/**
 * The access log.
 */
export type AccessLog = {
/**
 * Newest first.
 */
rows: Array<AccessLogRow>,
/**
 * "The chain of 214 entries is whole", or where it is broken.
 */
chain: string,
/**
 * Whether the chain verifies.
 */
intact: boolean, };

/**
 * One entry of the user's own access log.
 */
export type AccessLogRow = {
/**
 * Sequence number in the chain.
 */
seq: number,
/**
 * "22-Nov-2026 09:14:02".
 */
at: string,
/**
 * What was done, in words.
 */
action: string,
/**
 * Whose record, as it was named then; absent for sign-in and lock.
 */
patient: string | null,
/**
 * Name and role as they were at the time.
 */
actor: string,
/**
 * "Shown", "Refused: …".
 */
outcome: string,
/**
 * "Sent", "Waiting to be sent", "Refused by the server: …".
 */
upload: string, };

/**
 * The four allergy states of the banner (PAB-0064..72).
 */
export type AllergyState = "known" | "none-known" | "not-recorded" | "unavailable";

/**
 * The past moment that an answer was true at. It never stands on an answer about the present.
 */
export type AsAt = {
/**
 * The moment, in milliseconds since 1970.
 */
at: number,
/**
 * In words: "As this device could show it on 21-Nov-2026 09:14".
 */
text: string,
/**
 * What of that moment can no longer be told, in words; empty when the view is exact.
 */
notes: Array<string>, };

/**
 * What a document is, told from its first bytes and not only from what it says it is.
 */
export type AttachmentKind = "pdf" | "image" | "text" | "other";

/**
 * A document or picture inside a resource.
 */
export type AttachmentView = {
/**
 * Its place among the resource's attachments, from 0.
 */
index: number,
/**
 * What it is.
 */
kind: AttachmentKind,
/**
 * Its title, or what it is.
 */
title: string,
/**
 * "PDF, 34 kB".
 */
words: string,
/**
 * Why it is not drawn and what to do instead; absent when it can be, or is text.
 */
refusal: string | null, };

/**
 * The fixed patient banner (ISB 1505; PAB-0016 order: name, born, gender, NHS No.).
 */
export type Banner = {
/**
 * `SMITH, John (Mr)`.
 */
name: string,
/**
 * Preferred name, when it differs.
 */
preferred_name: string | null,
/**
 * `14-Jul-1945 (61y)`; without the age when deceased.
 */
born: string,
/**
 * `Died` line, when deceased.
 */
died: string | null,
/**
 * `Age at Death` value, when deceased and known.
 */
age_at_death: string | null,
/**
 * Current gender, full word.
 */
gender: string,
/**
 * Sex at birth, only when it differs from gender.
 */
sex_at_birth: string | null,
/**
 * `943 476 5919`, or "Not Known".
 */
nhs_number: string,
/**
 * Verification status in words, for anything but "present and verified".
 */
nhs_number_status: string | null,
/**
 * Second zone: address, phones, GP, language and so on.
 */
details: Array<LabelledText>,
/**
 * True when deceased: the banner changes colour and pattern.
 */
deceased: boolean,
/**
 * True when the record carries a restricted or sensitive flag.
 */
restricted: boolean,
/**
 * Identity warnings in words (conflicting demographics, unverified number, replaced record).
 */
warnings: Array<string>, };

/**
 * One text of a support bundle.
 */
export type BundlePart = {
/**
 * Its file's name in the bundle.
 */
name: string,
/**
 * What it is.
 */
about: string,
/**
 * All of it.
 */
text: string, };

/**
 * The part of the service a fact comes from. Colour and word are both shown, never colour alone.
 */
export type CareSetting = "gp" | "acute" | "community" | "mental-health" | "social-care" | "ambulance" | "voluntary" | "pharmacy" | "not-stated";

/**
 * One person on the caseload.
 */
export type CaseloadRow = {
/**
 * Server's logical id.
 */
patient: string,
/**
 * `SMITH, John (Mr)`.
 */
name: string,
/**
 * `14-Jul-1945 (61y)`.
 */
born: string,
/**
 * Full word.
 */
gender: string,
/**
 * `943 476 5919`.
 */
nhs_number: string,
/**
 * State of the copy.
 */
copy: CopyState,
/**
 * In words: "Complete, 2 h old", "Not on this device".
 */
copy_text: string,
/**
 * What changed since this user last looked, in words; empty when nothing did.
 */
changed: Array<string>,
/**
 * Next appointment, in words.
 */
next_appointment: string | null,
/**
 * When that is, in milliseconds since 1970; absent without one, or when its day is not known.
 */
next_at?: number,
/**
 * Address and GP practice, where a search has found more than one person; absent on a caseload, and for somebody
 * restricted.
 */
tells_apart?: Array<LabelledText>,
/**
 * Deceased.
 */
deceased: boolean,
/**
 * Carries a restricted or sensitive flag.
 */
restricted: boolean,
/**
 * What becomes of the copy of somebody who has left the caseload, in words; absent for anybody on it.
 */
leaving?: string,
/**
 * Kept on this device at the user's wish; absent when not.
 */
kept_offline?: boolean, };

/**
 * The Today screen.
 */
export type CaseloadView = {
/**
 * Everyone on it, in the server's order.
 */
rows: Array<CaseloadRow>,
/**
 * How many are held whole.
 */
complete: number,
/**
 * "Caseload from 07:41 today", or what to do when there is none.
 */
note: string,
/**
 * People whose copies were erased from this device lately, newest first, each with the reason.
 */
removed: Array<RemovedRow>, };

/**
 * Whether the record API answers.
 */
export type Connection = "online" | "offline" | "sign-in-needed";

/**
 * What was measured at one contact, on its own day, and carries no mark.
 */
export type ContactMeasurements = {
/**
 * The contact's own line.
 */
contact: string,
/**
 * "4 measurements: Blood pressure 104/58 mmHg \u{b7} Heart rate 92 beats per minute \u{b7} ...", every one of them.
 */
words: string,
/**
 * Their lines, newest first.
 */
lines: Array<string>, };

/**
 * State of a patient's copy on this device.
 */
export type CopyState = "not-held" | "complete" | "incomplete" | "ageing" | "withheld";

/**
 * A date as shown, with the instants it can mean, for drawing only. Nothing is guessed: a month spans its month.
 */
export type Dated = {
/**
 * As shown: `22-Nov-2026`, `Oct-2026`.
 */
text: string,
/**
 * The first instant it can mean, in milliseconds since 1970.
 */
from: number,
/**
 * The first instant it can no longer mean; the same as `from` for an exact time.
 */
to: number, };

/**
 * The bytes of one document, to be drawn.
 */
export type DocumentContent = {
/**
 * `Type/id` of the resource that holds it.
 */
resource: string,
/**
 * What it is.
 */
kind: AttachmentKind,
/**
 * Media type as told from its bytes.
 */
media_type: string,
/**
 * The bytes, base64.
 */
data: string,
/**
 * Set on every answer that comes from the past, with the moment it was true at.
 */
as_at?: AsAt, };

/**
 * A NEWS2 early warning score: as somebody recorded it, and as Curlew counts it from one complete set of readings.
 * Neither replaces the other. What to do about a score is not for Curlew to say.
 */
export type EarlyWarning = {
/**
 * Stable id: `Type/id` of the recorded total, else of the first reading.
 */
id: string,
/**
 * When the readings were taken, as shown.
 */
when: string,
/**
 * Care setting of the total, else of the first reading.
 */
setting: SettingView,
/**
 * Organisation as stated.
 */
organisation: string | null,
/**
 * "NEWS2 total 6, as recorded"; absent when nobody recorded one.
 */
recorded: string | null,
/**
 * "NEWS2 total 6. Calculated by Curlew from these readings"; absent unless every reading is there.
 */
calculated: string | null,
/**
 * Why nothing was calculated, in a sentence that names what is missing or cannot be used.
 */
not_calculated: string | null,
/**
 * In words, when the recorded and the calculated total differ.
 */
differs: string | null,
/**
 * On which saturation scale the calculation stands.
 */
scale: string | null,
/**
 * All seven parameters in the order of the chart, also those without a reading.
 */
parts: Array<EarlyWarningPart>,
/**
 * Why it must not be seen by the patient or family (`crate::bedside`); absent when nothing says so.
 */
hide_at_bedside?: string, };

/**
 * One parameter of an [`EarlyWarning`].
 */
export type EarlyWarningPart = {
/**
 * "respiration rate".
 */
name: string,
/**
 * The reading as written, with its unit; "not recorded at this time" when there is none.
 */
reading: string,
/**
 * The score recorded for it, as recorded.
 */
recorded: string | null,
/**
 * The score Curlew counts; only in a complete set.
 */
calculated: string | null,
/**
 * The line the reading opens.
 */
line: string | null, };

/**
 * An emergency access under way.
 */
export type EmergencyAccess = {
/**
 * When the record closes by itself: "10:14 today".
 */
until: string,
/**
 * The same moment in milliseconds since 1970, for a countdown.
 */
until_ms: number,
/**
 * The reason chosen, in words.
 */
reason: string,
/**
 * What was typed besides.
 */
text: string,
/**
 * The whole of it for the person at the screen, in a sentence.
 */
sentence: string, };

/**
 * What policy says of emergency access.
 */
export type EmergencyPolicy = {
/**
 * Minutes until a record opened in an emergency closes by itself.
 */
minutes: number,
/**
 * Reasons to choose from. Free text is required besides.
 */
reasons: Array<EmergencyReason>,
/**
 * Fewest characters of free text.
 */
text_min_chars: number, };

/**
 * One reason for emergency access.
 */
export type EmergencyReason = {
/**
 * Stable code, as `break_glass` takes it.
 */
code: string,
/**
 * In words.
 */
words: string, };

/**
 * A stable name for each failure, which the UI may branch on. It never parses words.
 */
export type ErrorCode = "locked" | "signed-out" | "wrong-passphrase" | "store-destroyed" | "weak-passphrase" | "no-keychain" | "server-unreachable" | "server-unusable" | "no-browser" | "sign-in-abandoned" | "sign-in-refused" | "port-unavailable" | "session-ended" | "not-configured" | "other-user" | "busy" | "sign-in-due" | "copy-expired" | "online-only" | "emergency-ended" | "not-held" | "withheld" | "damaged" | "audit-failed" | "storage" | "newer-store" | "launch-refused" | "launch-not-found" | "bad-request" | "unexpected";

/**
 * A failure as a person sees it: what happened, and what to do next.
 */
export type ErrorView = {
/**
 * Stable code.
 */
code: ErrorCode,
/**
 * One plain sentence: what happened. Never contains patient data or a secret.
 */
message: string,
/**
 * One plain sentence: what to do next.
 */
next_step: string,
/**
 * Finds this failure in the log.
 */
reference: string,
/**
 * Set when `break_glass` may open the record all the same: what that means, in words.
 */
emergency: string | null, };

/**
 * A value that can be filtered on.
 */
export type FacetCount = {
/**
 * The value as sent back in a filter (`gp`, `medicine`).
 */
value: string,
/**
 * The words shown.
 */
label: string,
/**
 * Lines with it.
 */
count: number, };

/**
 * Something that policy can turn off.
 */
export type Feature = "printing" | "emergency" | "offline-copies" | "clipboard";

/**
 * What to look for.
 */
export type FindQuery = {
/**
 * NHS number or words of a name.
 */
text: string,
/**
 * Date of birth as `YYYY-MM-DD`, with a name.
 */
born: string | null, };

/**
 * One person found by a search.
 */
export type FindResult = {
/**
 * Matches, those on this device first.
 */
rows: Array<CaseloadRow>,
/**
 * In words: where was searched, and what to do when nothing was found.
 */
note: string, };

/**
 * How current a source's data is.
 */
export type FreshnessState = "fresh" | "ageing" | "not-shared" | "failed" | "not-connected";

/**
 * One entry of the one list of what is not shown.
 */
export type Gap = {
/**
 * Why.
 */
reason: GapReason,
/**
 * In words, with a next step where there is one.
 */
text: string,
/**
 * How many resources or elements this names; 0 when not countable.
 */
count: number,
/**
 * `Type/id` or path of each, where known, at most 50.
 */
items: Array<string>,
/**
 * Whether it could hide an allergy or a medicine, which changes "none known" wording.
 */
touches_safety: boolean, };

/**
 * Why something is not shown.
 */
export type GapReason = "withheld" | "in-transit" | "not-connected" | "failed" | "unreadable" | "not-displayed" | "old" | "entered-in-error";

/**
 * The Gaps screen. `received == shown + named` always holds.
 */
export type Gaps = {
/**
 * Every gap, most serious first.
 */
gaps: Array<Gap>,
/**
 * Resources received for this patient.
 */
received: number,
/**
 * Of those, resources behind at least one line.
 */
shown: number,
/**
 * Of those, resources named in `gaps` as not shown.
 */
named: number,
/**
 * Set on every answer that comes from the past, with the moment it was true at.
 */
as_at?: AsAt, };

/**
 * A label and its value, for banner details and the source drawer.
 */
export type LabelledText = {
/**
 * The label, without a colon.
 */
label: string,
/**
 * The value as shown.
 */
text: string, };

/**
 * A request of another program: a link or a command line. Says nothing of whom it is about.
 */
export type LaunchView = {
/**
 * Rises with each request.
 */
number: number,
/**
 * It can be taken now, with `take_launch`.
 */
ready: boolean,
/**
 * There is nothing to open: `message` says why.
 */
refused: boolean,
/**
 * One plain sentence: what was asked.
 */
message: string,
/**
 * One plain sentence: what to do next.
 */
next_step: string, };

/**
 * Whom another program asked for.
 */
export type Launched = {
/**
 * Server's logical id.
 */
patient: string, };

/**
 * One line of the history: one fact, with every source that states it stacked under it.
 */
export type Line = {
/**
 * Stable id, `Type/id` of the first source. Opens the source drawer.
 */
id: string,
/**
 * What kind of fact.
 */
kind: LineKind,
/**
 * When it happened, as shown (`22-Nov-2026`, `Oct-2026`, `Not recorded`); empty for what is not an event.
 */
when: string,
/**
 * What the date is not: "Day not recorded", "recorded 21-Nov-2026".
 */
when_note: string | null,
/**
 * Care setting and the rule that decided it.
 */
setting: SettingView,
/**
 * Organisation as stated.
 */
organisation: string | null,
/**
 * What it is, strong.
 */
title: string,
/**
 * The rest, muted, one short sentence or list.
 */
detail: string | null,
/**
 * Marks that change how the line must be read.
 */
marks: Array<Mark>,
/**
 * Every source behind the line; never empty.
 */
sources: Array<SourceRef>,
/**
 * Why several sources are one line, in words.
 */
joined_by: string | null,
/**
 * `Encounter/id` or `EpisodeOfCare/id` this belongs to, when stated.
 */
encounter: string | null,
/**
 * When the newest version behind this line was received, in milliseconds since 1970. Compared with the last look.
 */
received_at: number,
/**
 * Received since this user last looked at this patient.
 */
is_new: boolean,
/**
 * Why it must not be seen by the patient or family (`crate::bedside`); absent when nothing says so.
 */
hide_at_bedside?: string, };

/**
 * What kind of fact a line is. Drives icon and filter.
 */
export type LineKind = "encounter" | "problem" | "allergy" | "medicine" | "result" | "procedure" | "immunisation" | "document" | "plan" | "alert" | "appointment" | "assessment" | "legal" | "person" | "service" | "background" | "device" | "other";

/**
 * A page about several people that can be printed.
 */
export type ListPage = "handover" | "proof";

/**
 * What a load will take, before it begins.
 */
export type LoadEstimate = {
/**
 * How many people it is for.
 */
people: number,
/**
 * How long, from the last load on this device; absent before the first.
 */
seconds: number | null,
/**
 * How many bytes it will bring, decompressed.
 */
bytes: number | null,
/**
 * In words: "30 people to load: about 20 seconds, about 45 MB."
 */
text: string, };

/**
 * Live progress of a load.
 */
export type LoadProgress = {
/**
 * Patients to load.
 */
patients: number,
/**
 * Patients finished, well or not.
 */
done: number,
/**
 * Of those, how many failed.
 */
failed: number,
/**
 * Resources stored so far.
 */
resources: number,
/**
 * Bytes received so far.
 */
bytes: number,
/**
 * In words: "23 of 60 patients, 14,210 resources, 38 MB, about 20 seconds left".
 */
text: string,
/**
 * How fast, in words: "1,500 records and 2 MB a second"; absent in the first second.
 */
rate?: string,
/**
 * How long still, in words: "about 30 seconds left"; absent when that cannot be told.
 */
remaining?: string, };

/**
 * A mark on a line that changes how it must be read. Always shown in words.
 */
export type Mark = {
/**
 * Weight of the mark.
 */
tone: MarkTone,
/**
 * Its words: "abnormal high", "entered in error", "not done", "contains a modifier that Curlew does not understand".
 */
text: string, };

/**
 * Weight of a [`Mark`].
 */
export type MarkTone = "danger" | "check" | "note";

/**
 * One thing that happened to a medicine: started, dose changed, stopped, started again.
 */
export type MedicineChange = {
/**
 * When; absent when the source gives no date for it.
 */
when: Dated | null,
/**
 * The same in words: the date, or "Date not recorded".
 */
when_text: string,
/**
 * Who says so and what: "GP practice: dose changed from **2.5 mg once a day** to **5 mg once a day**".
 */
says: Array<Span>,
/**
 * Care setting of the source.
 */
setting: CareSetting,
/**
 * `Type/id` of the statement behind it; opens the source drawer.
 */
resource: string, };

/**
 * A medicine: one substance, its sources, and what they disagree about.
 */
export type MedicineGroup = {
/**
 * Stable id, `Type/id` of the first source.
 */
id: string,
/**
 * The medication line of the most recent source (CUI MEDi format); without a dose where sources differ about it.
 */
line: Array<Span>,
/**
 * Status word, never blank: Started, Not Started, Suspended, Completed, Discontinued, or as stated.
 */
status: string,
/**
 * Whether it belongs under Current (Started, Not Started, Suspended) in any source.
 */
current: boolean,
/**
 * Disagreements between sources, each in words. Nothing is auto-picked.
 */
differences: Array<Array<Span>>,
/**
 * Marks (allergy to the same coded substance, unreadable parts).
 */
marks: Array<Mark>,
/**
 * What each source says; never empty. Newest first.
 */
sources: Array<SourceRef>,
/**
 * Why these sources are one line.
 */
joined_by: string | null,
/**
 * High-risk class in words, by the product's name.
 */
high_risk: string | null,
/**
 * What changed over time, each in a sentence, newest first. Empty on the overview, which has no room for it.
 */
changes?: Array<MedicineChange>,
/**
 * Each source's courses, newest start first, for a bar each. Empty on the overview.
 */
spans?: Array<MedicineSpan>,
/**
 * When the newest version behind this group was received, in milliseconds since 1970.
 */
received_at: number,
/**
 * Received since this user last looked.
 */
is_new: boolean,
/**
 * Why it must not be seen by the patient or family (`crate::bedside`); absent when nothing says so.
 */
hide_at_bedside?: string, };

/**
 * One course of a medicine as one source tells it, for drawing as a bar. An unknown end stays unknown.
 */
export type MedicineSpan = {
/**
 * `Type/id` of the statement behind it; opens the source drawer.
 */
resource: string,
/**
 * Care setting of the source.
 */
setting: CareSetting,
/**
 * Who says so, as in the differences: "GP practice".
 */
source: string,
/**
 * Status word: Started, Suspended, Discontinued.
 */
status: string,
/**
 * Whether the source has it as current: the bar is open at the right.
 */
current: boolean,
/**
 * Dose and how often, in words; "dose not stated" when neither is.
 */
dose: string,
/**
 * When it began; absent when the source does not say.
 */
start: Dated | null,
/**
 * "prescribed 07-Jul-2022", "taken since Oct-2026", "recorded as taken 10-Nov-2026", "start not recorded".
 */
start_text: string,
/**
 * When it ended or is planned to end; absent when the source does not say.
 */
end: Dated | null,
/**
 * "stopped 10-Nov-2026", "planned until 17-Nov-2026", "no end recorded", "stopped, date not recorded".
 */
end_text: string, };

/**
 * The Medicines screen.
 */
export type Medicines = {
/**
 * Current medicines, newest start first.
 */
current: Array<MedicineGroup>,
/**
 * Past medicines, newest end first.
 */
past: Array<MedicineGroup>,
/**
 * What to say when `current` is empty.
 */
empty: string,
/**
 * What to say when `past` is empty.
 */
past_empty: string,
/**
 * "2 medicines stopped in the 3 months to 23-Nov-2026: see Past" (MEDv): what has gone from the current list; absent
 * when nothing has.
 */
stopped?: string,
/**
 * Standing notice: what is missing that could hold medicines.
 */
notice: string | null,
/**
 * Set on every answer that comes from the past, with the moment it was true at.
 */
as_at?: AsAt, };

/**
 * A moment at which what this device could show of a patient changed.
 */
export type MomentView = {
/**
 * Milliseconds since 1970; asked for with `open_as_at`.
 */
at: number,
/**
 * `22-Nov-2026 07:41`.
 */
label: string,
/**
 * What came, changed and went: "2 new results · 1 changed problem".
 */
text: string, };

/**
 * The moments of a record, for choosing one.
 */
export type Moments = {
/**
 * Oldest first.
 */
moments: Array<MomentView>, };

/**
 * Licences and copyright notices of everything Curlew is made of.
 */
export type Notices = {
/**
 * Plain text.
 */
text: string, };

/**
 * The Overview: what matters in ten seconds.
 */
export type Overview = {
/**
 * Newest lines across all settings, at most 30.
 */
recent: Array<Line>,
/**
 * Which of them are told in one go under the line of their contact; all of them stand in `recent` too.
 */
measurements?: Array<ContactMeasurements>,
/**
 * Current medicines, the most dangerous difference first, at most 50.
 */
medicines: Array<MedicineGroup>,
/**
 * How many current medicines there are.
 */
medicine_count: number,
/**
 * How many of them have differences, or an allergy recorded to them.
 */
medicines_to_check: number,
/**
 * Active problems, newest first, at most 50.
 */
problems: Array<Line>,
/**
 * How many active problems there are.
 */
problem_count: number,
/**
 * Future appointments, next first, at most 50.
 */
appointments: Array<Line>,
/**
 * Allergy table, alphabetical by agent.
 */
allergies: Array<Line>,
/**
 * Newest results marked abnormal or to be checked, at most 12.
 */
abnormal?: Array<Line>,
/**
 * How to look after them: about me, individual requirements, contingency, care and support plans, at most 12.
 */
plans?: Array<Line>, };

/**
 * A card of the overview.
 */
export type OverviewCard = "recent" | "medicines" | "abnormal" | "plans" | "problems" | "appointments" | "allergies";

/**
 * The pasted list of NHS numbers.
 */
export type PastedList = {
/**
 * As this device has it: `943 476 5919`.
 */
numbers: Array<string>,
/**
 * Bad lines of what was just pasted, which was not taken then: "Line 3: not ten digits".
 */
problems: Array<string>,
/**
 * Whether policy takes the caseload from this list.
 */
used: boolean,
/**
 * In words, with what to do next.
 */
text: string, };

/**
 * A page about one patient that can be printed.
 */
export type PatientPage = "summary" | "medicines";

/**
 * First screen of a patient: everything needed to paint it, and nothing more.
 */
export type PatientView = {
/**
 * Server's logical id of the patient; the key for every further call.
 */
patient: string,
/**
 * The banner.
 */
banner: Banner,
/**
 * The safety strip.
 */
safety: SafetyStrip,
/**
 * The freshness bar.
 */
freshness: Array<SourceFreshness>,
/**
 * How many gaps there are, for the bar.
 */
gap_count: number,
/**
 * The overview.
 */
overview: Overview,
/**
 * Lines in the whole timeline.
 */
timeline_total: number,
/**
 * Lines received since this user last looked, and when that was.
 */
new_since: LabelledText | null,
/**
 * "Copy from 07:41 today, readable until 26-Nov-2026 07:41".
 */
copy: string,
/**
 * Set when the record is open in an emergency: to be loud on every screen of it.
 */
emergency: EmergencyAccess | null,
/**
 * Set when the record is shown from the server and not kept on this device: why, in a sentence.
 */
not_kept: string | null,
/**
 * Set on every answer that comes from the past, with the moment it was true at.
 */
as_at?: AsAt,
/**
 * What is new, changed or gone since this user last looked, by kind, in words; empty when nothing is.
 */
changed?: Array<string>, };

/**
 * How far a print has come. Both are written in the access log.
 */
export type PrintStage = "preview" | "paper";

/**
 * What a printed page says of itself, in words that hold on any later day.
 */
export type PrintWords = {
/**
 * "Medicines".
 */
title: string,
/**
 * "Confidential: patient information".
 */
marking: string,
/**
 * "Printed 23-Nov-2026 15:40 by A Nurse, community nurse, Essex Community Trust".
 */
printed: string,
/**
 * "From the copy of 23-Nov-2026 07:41, 8 h old when printed".
 */
copy: string,
/**
 * "Destroy by 24-Nov-2026 15:40".
 */
destroy_by: string,
/**
 * What paper cannot do, and what to do instead.
 */
warning: string,
/**
 * "Access log entry 214".
 */
reference: string,
/**
 * Set when the page is of the past: to stand on every page, loud. "Not the present record. As this device could show it
 * on 21-Nov-2026 09:14".
 */
past?: string, };

/**
 * How one patient's load ended.
 */
export type ProofRow = {
/**
 * Server's logical id.
 */
patient: string,
/**
 * `SMITH, John (Mr)`.
 */
name: string,
/**
 * State of the copy now.
 */
copy: CopyState,
/**
 * In words, with what to do when something failed.
 */
text: string,
/**
 * From where the copy holds something, from where not, and why: "GP practice 2 h, Hospital 2 h. Not shared: part of the
 * record. Nothing received: Ambulance." Empty where no copy may be read.
 */
sources: string,
/**
 * Resources held.
 */
resources: number, };

/**
 * The proof sheet: what is on this device before leaving base.
 */
export type ProofSheet = {
/**
 * "22-Nov-2026 07:41".
 */
made: string,
/**
 * "58 of 60 complete. 1 withheld, 1 failed."
 */
summary: string,
/**
 * Everyone complete.
 */
all_complete: boolean,
/**
 * One row per person, those needing attention first.
 */
rows: Array<ProofRow>,
/**
 * The load was cancelled before the end.
 */
cancelled: boolean, };

/**
 * An open record has been closed without the person's doing.
 */
export type RecordClosed = {
/**
 * Server's logical id of the patient.
 */
patient: string,
/**
 * One plain sentence: why.
 */
message: string,
/**
 * One plain sentence: what to do next.
 */
next_step: string, };

/**
 * Somebody whose copy was erased from this device, and why.
 */
export type RemovedRow = {
/**
 * Server's logical id.
 */
patient: string,
/**
 * As they were named then.
 */
name: string,
/**
 * Why, in words.
 */
reason: string,
/**
 * "09:14 today".
 */
when: string, };

/**
 * One measurement in a trend.
 */
export type ResultPoint = {
/**
 * Line id.
 */
id: string,
/**
 * When taken, as shown.
 */
when: string,
/**
 * Milliseconds since 1970 for the proportional time axis; absent when the date is partial or missing.
 */
at: number | null,
/**
 * Value as written, with unit (`5.0 mmol/L`).
 */
value: string,
/**
 * Number for drawing only, never shown as text.
 */
number: number | null,
/**
 * Second number for drawing a blood pressure bar (diastolic).
 */
number_low: number | null,
/**
 * Abnormal flag in words.
 */
flag: Mark | null,
/**
 * Setting it came from.
 */
setting: SettingView,
/**
 * Why it must not be seen by the patient or family (`crate::bedside`); absent when nothing says so.
 */
hide_at_bedside?: string, };

/**
 * One measured quantity over time. Units are never mixed within a series.
 */
export type ResultSeries = {
/**
 * Stable id.
 */
id: string,
/**
 * Name of the test.
 */
name: string,
/**
 * Panel or category it belongs to ("Renal function", "Vital signs").
 */
group: string,
/**
 * Unit of every point in it, as written.
 */
unit: string | null,
/**
 * Reference range as written.
 */
range: string | null,
/**
 * Range bounds for shading.
 */
range_low: number | null,
/**
 * Range bounds for shading.
 */
range_high: number | null,
/**
 * Change in words: "was 47".
 */
change: string | null,
/**
 * Newest first.
 */
points: Array<ResultPoint>, };

/**
 * The Results screen.
 */
export type Results = {
/**
 * Series, grouped by `group`, latest first.
 */
series: Array<ResultSeries>,
/**
 * Reports and results that are not numbers.
 */
other: Array<Line>,
/**
 * What to say when there is nothing.
 */
empty: string,
/**
 * NEWS2 scores, newest first, at most 50.
 */
early_warnings?: Array<EarlyWarning>,
/**
 * How to read them, and how many older ones are not listed; absent when there are none.
 */
early_warning_note?: string,
/**
 * Set on every answer that comes from the past, with the moment it was true at.
 */
as_at?: AsAt, };

/**
 * One entry of the safety strip.
 */
export type SafetyItem = {
/**
 * Main words, strong.
 */
text: string,
/**
 * Secondary words (reaction, date, where the form is).
 */
note: string | null,
/**
 * The line this leads to.
 */
line: string | null,
/**
 * Why it must not be seen by the patient or family (`crate::bedside`); absent when nothing says so.
 */
hide_at_bedside?: string, };

/**
 * What could kill or mislead, above the fold on every patient screen.
 */
export type SafetyStrip = {
/**
 * CPR decision, newest first; empty means none recorded.
 */
resuscitation: Array<SafetyItem>,
/**
 * What to say when `resuscitation` is empty ("No decision recorded", or "Unavailable: …").
 */
resuscitation_empty: string,
/**
 * Allergy state, which selects emphasis and icon.
 */
allergy_state: AllergyState,
/**
 * Allergy heading in the standard's words, for example "Known allergies".
 */
allergy_heading: string,
/**
 * Agents with past reactions; empty unless `Known`.
 */
allergies: Array<SafetyItem>,
/**
 * Words that qualify the state (who said none known and when; what is missing).
 */
allergy_note: string | null,
/**
 * Anticoagulants, insulin, opioids, methotrexate, lithium and the like, from coded products.
 */
high_risk_medicines: Array<SafetyItem>,
/**
 * What to say when `high_risk_medicines` is empty.
 */
high_risk_empty: string,
/**
 * Alerts, safeguarding and reasonable adjustments.
 */
alerts: Array<SafetyItem>,
/**
 * What to say when `alerts` is empty.
 */
alerts_empty: string, };

/**
 * One section of the content standard (PRSB Core Information Standard v2) with its lines.
 */
export type Section = {
/**
 * Number in the standard, 1 to 38; 0 for what has no section.
 */
number: number,
/**
 * Title in the standard's words.
 */
title: string,
/**
 * Lines, newest first.
 */
lines: Array<Line>,
/**
 * When there are none: whether it is empty, not asked for, or not shared.
 */
empty: string | null, };

/**
 * Screens of a patient that are lists of sections.
 */
export type SectionScreen = "summary" | "documents" | "plans" | "people";

/**
 * A screen that is a list of sections: Documents, Plans, People and services, Problems.
 */
export type Sections = {
/**
 * The sections in the standard's order.
 */
sections: Array<Section>,
/**
 * Ids of the documents that this user has not opened since they came or changed. Only on the Documents screen of the
 * present.
 */
unread?: Array<string>,
/**
 * Set on every answer that comes from the past, with the moment it was true at.
 */
as_at?: AsAt, };

/**
 * One setting in force.
 */
export type SettingRow = {
/**
 * Its key in the policy file.
 */
key: string,
/**
 * Its name, without a colon.
 */
label: string,
/**
 * Its value, in words.
 */
text: string,
/**
 * Where it comes from.
 */
source: SettingSource, };

/**
 * Where a setting comes from.
 */
export type SettingSource = "policy" | "person" | "command-line" | "default" | "server";

/**
 * A care setting as shown on a line, with the rule that decided it.
 */
export type SettingView = {
/**
 * Which setting; selects the colour token.
 */
setting: CareSetting,
/**
 * Its word, for example "GP practice".
 */
label: string,
/**
 * The rule that decided it, in words, for example "from the organisation's type (GP practice)".
 */
rule: string, };

/**
 * What this device and policy are set to, read-only.
 */
export type Settings = {
/**
 * In reading order.
 */
rows: Array<SettingRow>, };

/**
 * One source in the freshness bar.
 */
export type SourceFreshness = {
/**
 * Care setting of the source.
 */
setting: CareSetting,
/**
 * Its word, for example "GP practice".
 */
label: string,
/**
 * How it stands.
 */
state: FreshnessState,
/**
 * In words: "2 h", "not shared", "failed this morning".
 */
text: string,
/**
 * Longer explanation for a tooltip and screen readers.
 */
explanation: string, };

/**
 * One received resource behind a line.
 */
export type SourceRef = {
/**
 * `Type/id`.
 */
resource: string,
/**
 * Where it came from.
 */
setting: SettingView,
/**
 * Organisation or system, as stated.
 */
organisation: string | null,
/**
 * What this source says, in one line.
 */
says: Array<Span>,
/**
 * Date recorded, as shown.
 */
recorded: string | null, };

/**
 * One received resource, opened.
 */
export type SourceResource = {
/**
 * `Type/id`.
 */
resource: string,
/**
 * Author, role, organisation, system, the three times, codes, status.
 */
facts: Array<LabelledText>,
/**
 * Original text as plain text, when there is any.
 */
text: string | null,
/**
 * The raw resource, indented for reading, exactly as received otherwise.
 */
raw: string,
/**
 * What in it could not be read, by path.
 */
issues: Array<string>,
/**
 * Documents and pictures it holds.
 */
attachments: Array<AttachmentView>, };

/**
 * Everything known about one line: the source drawer.
 */
export type SourceView = {
/**
 * The line.
 */
line: Line,
/**
 * One entry per source resource.
 */
resources: Array<SourceResource>,
/**
 * Set on every answer that comes from the past, with the moment it was true at.
 */
as_at?: AsAt, };

/**
 * A run of text in one style.
 */
export type Span = {
/**
 * The text, including any separating space or dash.
 */
text: string,
/**
 * How it is set.
 */
style: SpanStyle, };

/**
 * How a [`Span`] is set.
 */
export type SpanStyle = "plain" | "strong" | "muted";

/**
 * Where the one state machine stands.
 */
export type Stage = "signed-out" | "first-run" | "locked" | "open";

/**
 * The whole state of the app, as the frame shows it.
 */
export type Status = {
/**
 * Where the state machine stands.
 */
stage: Stage,
/**
 * Stores on this device.
 */
stores: Array<StoreChoice>,
/**
 * Who is signed in or whose store is open.
 */
user: UserView | null,
/**
 * Whether the record API answers.
 */
connection: Connection,
/**
 * In words, for the status line: "Offline · copy from 07:41 today · readable until 26-Nov-2026 07:41".
 */
connection_text: string,
/**
 * Address of the record API.
 */
record_api: string,
/**
 * A sign-in is under way in the browser.
 */
signing_in: boolean,
/**
 * A load is under way.
 */
load: LoadProgress | null,
/**
 * Program version.
 */
version: string,
/**
 * Rules a new passphrase must meet, in words.
 */
passphrase_rules: string,
/**
 * This device is shared: nothing is kept on its disk, and locking forgets everything.
 */
shared_desktop: boolean,
/**
 * Why the app is where it is, when it went there by itself: "Locked after 5 minutes without activity."
 */
notice: string | null,
/**
 * What another program asked for and nobody has taken yet, or why it was refused.
 */
launch: LaunchView | null,
/**
 * Seconds without activity after which the app locks. The window reports activity with `touch`.
 */
idle_seconds: number,
/**
 * "A full sign-in is due by 12-Dec-2026 08:10", for an open store.
 */
sign_in_by: string | null,
/**
 * What policy has turned off; the window does not offer it.
 */
features_off: Array<Feature>,
/**
 * What may be given as the reason for emergency access, and how long it lasts.
 */
emergency: EmergencyPolicy, };

/**
 * A store that can be unlocked.
 */
export type StoreChoice = {
/**
 * The store's folder name, a keyed hash.
 */
id: string,
/**
 * Whose it is, from the OS keychain: "A Nurse, community nurse".
 */
label: string,
/**
 * Passphrase attempts left before the store's key slot is destroyed.
 */
attempts_left: number, };

/**
 * A support bundle, to be read before it is sent.
 */
export type SupportBundle = {
/**
 * Its files, the list of contents first.
 */
parts: Array<BundlePart>,
/**
 * Where it was written, when it was.
 */
saved: string | null, };

/**
 * What the timeline is narrowed to. Empty lists mean everything.
 */
export type TimelineFilter = {
/**
 * Care settings to keep.
 */
settings: Array<CareSetting>,
/**
 * Kinds to keep.
 */
kinds: Array<LineKind>,
/**
 * Words to find, in any order.
 */
text: string,
/**
 * Organisations to keep, as named on the lines; a line of several sources is kept for any of them.
 */
organisations?: Array<string>,
/**
 * Problems (line ids) to keep, with everything linked to them by a reference.
 */
problems?: Array<string>,
/**
 * Contact or episode (`Encounter/id`, `EpisodeOfCare/id`) to keep, with everything that says it belongs to it.
 */
encounter?: string,
/**
 * First day to keep, `YYYY-MM-DD`. A partial date is kept when a day it can mean is.
 */
from?: string,
/**
 * Last day to keep, `YYYY-MM-DD`.
 */
to?: string,
/**
 * Only what is new or changed since this user last looked.
 */
only_changed?: boolean, };

/**
 * Entries of the timeline that belong to one contact, stay or episode, by what the sources say.
 */
export type TimelineGroup = {
/**
 * `Encounter/id` or `EpisodeOfCare/id`.
 */
id: string,
/**
 * What the contact is: its own line's title, or that it has not been received.
 */
label: string,
/**
 * Date of its newest entry, as shown. The group stands where that entry stands.
 */
when: string,
/**
 * Care setting of the contact itself, else of its newest entry.
 */
setting: SettingView,
/**
 * "14 entries, 05-Nov-2026 to 11-Nov-2026 · results 6, medicines 4".
 */
words: string,
/**
 * How many of them are new or changed since this user last looked: "3 new".
 */
new_words: string | null,
/**
 * Offset of the contact's own line, when the filter keeps it. Its marks are the group's.
 */
own: number | null,
/**
 * Offsets of its entries, newest first, as runs: where each begins and how many it has.
 */
runs: Array<[number, number]>, };

/**
 * How the timeline groups under a filter. What is in no group stands alone.
 */
export type TimelineGroups = {
/**
 * By their newest entry, newest first.
 */
groups: Array<TimelineGroup>,
/**
 * Set on every answer that comes from the past, with the moment it was true at.
 */
as_at?: AsAt, };

/**
 * Where the years lie in the timeline, and what can be filtered on.
 */
export type TimelineIndex = {
/**
 * Lines under the current filter.
 */
total: number,
/**
 * Year headings, newest first: label ("2026", "Date not recorded") and the offset of their first line.
 */
years: Array<YearMark>,
/**
 * Settings present, with counts.
 */
settings: Array<FacetCount>,
/**
 * Kinds present, with counts.
 */
kinds: Array<FacetCount>,
/**
 * Set on every answer that comes from the past, with the moment it was true at.
 */
as_at?: AsAt,
/**
 * Organisations present, as they are named on the lines, with counts.
 */
organisations: Array<FacetCount>,
/**
 * Problems that lines are linked to by a reference, with counts. The value is the problem's line id.
 */
problems: Array<FacetCount>,
/**
 * Lines new or changed since this user last looked, under the other filters.
 */
changed: number,
/**
 * What a period leaves out because it has no date, in words.
 */
left_out?: string, };

/**
 * A window into the timeline.
 */
export type TimelinePage = {
/**
 * Offset of the first line.
 */
offset: number,
/**
 * The lines, newest first.
 */
lines: Array<Line>,
/**
 * Set on every answer that comes from the past, with the moment it was true at.
 */
as_at?: AsAt, };

/**
 * What came of looking for a new version, or of installing one.
 */
export type UpdateCheck = {
/**
 * The new version that can be installed.
 */
available: string | null,
/**
 * What was found, or went wrong and what to do, in words.
 */
text: string, };

/**
 * Who is signed in, as their identity provider stated it.
 */
export type UserView = {
/**
 * Full name.
 */
name: string,
/**
 * Selected role, in words.
 */
role: string,
/**
 * Organisation of that role.
 */
organisation: string,
/**
 * Cards of a patient's overview in the order this role needs them: the first is the largest.
 */
overview?: Array<OverviewCard>, };

/**
 * An entry of the user's own access log, opened.
 */
export type WhatWasShown = {
/**
 * Sequence number in the chain.
 */
seq: number,
/**
 * "22-Nov-2026 09:14:02".
 */
at: string,
/**
 * What was done, in words.
 */
action: string,
/**
 * The screen or line, as written down.
 */
screen: string,
/**
 * Name of who looked, as it was then.
 */
name: string,
/**
 * Their role then.
 */
role: string,
/**
 * Its organisation then.
 */
organisation: string,
/**
 * The device.
 */
device: string,
/**
 * Whose record, as it was named then.
 */
patient: string | null,
/**
 * Purpose of use, in words.
 */
purpose: string,
/**
 * How it ended.
 */
outcome: string,
/**
 * In a sentence: whether this is exactly what was shown, or why it cannot be.
 */
verdict: string,
/**
 * The entry and the copy name the same versions: `view` is exactly what was shown.
 */
exact: boolean,
/**
 * The record as it could be shown at that moment; it is what every screen answers from now.
 */
view: PatientView | null, };

/**
 * Offset of a year in the timeline.
 */
export type YearMark = {
/**
 * The year, or "Date not recorded".
 */
label: string,
/**
 * Offset of its first line.
 */
offset: number,
/**
 * Lines in it.
 */
count: number,
/**
 * The same by care setting, in a fixed order, for drawing the year's activity.
 */
settings: Array<FacetCount>,
/**
 * In words: "312 entries in 2026: GP practice 120, Hospital 100".
 */
words: string,
/**
 * The years just before it that hold nothing, in words: "Nothing from 2004 to 2010".
 */
nothing_before?: string, };

/** Every command: its arguments and its answer. Each rejects with ErrorView. */
export interface Commands {
  status: { args: {}; answer: Status };
  sign_in: { args: {}; answer: Status };
  cancel_sign_in: { args: {}; answer: null };
  create_store: { args: { passphrase: string }; answer: Status };
  unlock: { args: { store: string, passphrase: string }; answer: Status };
  lock: { args: {}; answer: Status };
  sign_out: { args: {}; answer: Status };
  touch: { args: {}; answer: null };
  copied: { args: { text: string }; answer: null };
  change_passphrase: { args: { current: string, new: string }; answer: Status };
  erase_store: { args: { store: string, confirm: string }; answer: Status };
  caseload: { args: {}; answer: CaseloadView };
  refresh_caseload: { args: {}; answer: CaseloadView };
  load_offline: { args: { patients: Array<string> }; answer: ProofSheet };
  cancel_load: { args: {}; answer: null };
  load_estimate: { args: { patients: Array<string> }; answer: LoadEstimate };
  keep_offline: { args: { patient: string, keep: boolean }; answer: CaseloadView };
  caseload_numbers: { args: {}; answer: PastedList };
  set_caseload_numbers: { args: { text: string }; answer: PastedList };
  network_returned: { args: {}; answer: null };
  proof_sheet: { args: {}; answer: ProofSheet | null };
  open_patient: { args: { patient: string }; answer: PatientView };
  break_glass: { args: { patient: string, reason: string, text: string }; answer: PatientView };
  close_patient: { args: {}; answer: null };
  timeline_index: { args: { patient: string, filter: TimelineFilter }; answer: TimelineIndex };
  timeline_groups: { args: { patient: string, filter: TimelineFilter }; answer: TimelineGroups };
  timeline: { args: { patient: string, filter: TimelineFilter, offset: number, limit: number }; answer: TimelinePage };
  medicines: { args: { patient: string }; answer: Medicines };
  results: { args: { patient: string }; answer: Results };
  sections: { args: { patient: string, screen: SectionScreen }; answer: Sections };
  gaps: { args: { patient: string }; answer: Gaps };
  source: { args: { patient: string, line: string }; answer: SourceView };
  document: { args: { patient: string, line: string, resource: string, index: number }; answer: DocumentContent };
  moments: { args: { patient: string }; answer: Moments };
  open_as_at: { args: { patient: string, at: number }; answer: PatientView };
  close_as_at: { args: { patient: string }; answer: PatientView | null };
  print_patient: { args: { patient: string, page: PatientPage, stage: PrintStage }; answer: PrintWords };
  print_list: { args: { page: ListPage, stage: PrintStage }; answer: PrintWords };
  find_patients: { args: { query: FindQuery }; answer: FindResult };
  access_log: { args: {}; answer: AccessLog };
  what_was_shown: { args: { seq: number }; answer: WhatWasShown };
  take_launch: { args: {}; answer: Launched };
  dismiss_launch: { args: {}; answer: Status };
  settings: { args: {}; answer: Settings };
  about: { args: {}; answer: About };
  notices: { args: {}; answer: Notices };
  check_for_update: { args: {}; answer: UpdateCheck };
  install_update: { args: {}; answer: UpdateCheck };
  support_bundle: { args: { save: boolean }; answer: SupportBundle };
}

/** Events pushed to the window. */
export interface Events {
  status: Status;
  load: LoadProgress;
  closed: RecordClosed;
}
