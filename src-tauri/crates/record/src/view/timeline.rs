//! The Timeline screen: its years, groups, filters and pages.

use super::{AsAt, CareSetting, Line, LineKind, SettingView};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where the years lie in the timeline, and what can be filtered on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct TimelineIndex {
    /// Lines under the current filter.
    pub total: u32,
    /// Year headings, newest first: label ("2026", "Date not recorded") and the offset of their first line.
    pub years: Vec<YearMark>,
    /// Settings present, with counts.
    pub settings: Vec<FacetCount>,
    /// Kinds present, with counts.
    pub kinds: Vec<FacetCount>,
    /// Set on every answer that comes from the past, with the moment it was true at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub as_at: Option<AsAt>,
    /// Organisations present, as they are named on the lines, with counts.
    #[serde(default)]
    pub organisations: Vec<FacetCount>,
    /// Problems that lines are linked to by a reference, with counts. The value is the problem's line id.
    #[serde(default)]
    pub problems: Vec<FacetCount>,
    /// Lines new or changed since this user last looked, under the other filters.
    #[serde(default)]
    pub changed: u32,
    /// What a period leaves out because it has no date, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub left_out: Option<String>,
}

/// Offset of a year in the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct YearMark {
    /// The year, or "Date not recorded".
    pub label: String,
    /// Offset of its first line.
    pub offset: u32,
    /// Lines in it.
    pub count: u32,
    /// The same by care setting, in a fixed order, for drawing the year's activity.
    #[serde(default)]
    pub settings: Vec<FacetCount>,
    /// In words: "312 entries in 2026: GP practice 120, Hospital 100".
    #[serde(default)]
    pub words: String,
    /// The years just before it that hold nothing, in words: "Nothing from 2004 to 2010".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub nothing_before: Option<String>,
}

/// Entries of the timeline that belong to one contact, stay or episode, by what the sources say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TimelineGroup {
    /// `Encounter/id` or `EpisodeOfCare/id`.
    pub id: String,
    /// What the contact is: its own line's title, or that it has not been received.
    pub label: String,
    /// Date of its newest entry, as shown. The group stands where that entry stands.
    pub when: String,
    /// Care setting of the contact itself, else of its newest entry.
    pub setting: SettingView,
    /// "14 entries, 05-Nov-2026 to 11-Nov-2026 · results 6, medicines 4".
    pub words: String,
    /// How many of them are new or changed since this user last looked: "3 new".
    pub new_words: Option<String>,
    /// Offset of the contact's own line, when the filter keeps it. Its marks are the group's.
    pub own: Option<u32>,
    /// Offsets of its entries, newest first, as runs: where each begins and how many it has.
    pub runs: Vec<(u32, u32)>,
}

/// How the timeline groups under a filter. What is in no group stands alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct TimelineGroups {
    /// By their newest entry, newest first.
    pub groups: Vec<TimelineGroup>,
    /// Set on every answer that comes from the past, with the moment it was true at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub as_at: Option<AsAt>,
}

/// A value that can be filtered on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FacetCount {
    /// The value as sent back in a filter (`gp`, `medicine`).
    pub value: String,
    /// The words shown.
    pub label: String,
    /// Lines with it.
    pub count: u32,
}

/// What the timeline is narrowed to. Empty lists mean everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TimelineFilter {
    /// Care settings to keep.
    pub settings: Vec<CareSetting>,
    /// Kinds to keep.
    pub kinds: Vec<LineKind>,
    /// Words to find, in any order.
    pub text: String,
    /// Organisations to keep, as named on the lines; a line of several sources is kept for any of them.
    #[serde(default)]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub organisations: Vec<String>,
    /// Problems (line ids) to keep, with everything linked to them by a reference.
    #[serde(default)]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub problems: Vec<String>,
    /// Contact or episode (`Encounter/id`, `EpisodeOfCare/id`) to keep, with everything that says it belongs to it.
    #[serde(default)]
    #[ts(optional)]
    pub encounter: Option<String>,
    /// First day to keep, `YYYY-MM-DD`. A partial date is kept when a day it can mean is.
    #[serde(default)]
    #[ts(optional)]
    pub from: Option<String>,
    /// Last day to keep, `YYYY-MM-DD`.
    #[serde(default)]
    #[ts(optional)]
    pub to: Option<String>,
    /// Only what is new or changed since this user last looked.
    #[serde(default)]
    #[ts(as = "Option<bool>", optional)]
    pub only_changed: bool,
}

/// A window into the timeline.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct TimelinePage {
    /// Offset of the first line.
    pub offset: u32,
    /// The lines, newest first.
    pub lines: Vec<Line>,
    /// Set on every answer that comes from the past, with the moment it was true at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub as_at: Option<AsAt>,
}
