//! The timeline grouped by contact, stay or episode, where the sources link them.
//!
//! The order stays newest first: a group stands where its newest entry stands. An entry belongs to one group at most: a
//! contact that has entries of its own is a group, and only otherwise an entry of the episode or stay it is part of.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use curlew_record::display::Moment;
use curlew_record::view::{CareSetting, LineKind, SettingView, TimelineFilter, TimelineGroup};
use rusqlite::Connection;

use crate::columns::{Columns, NOT_RECORDED, What};
use crate::error::VaultError;
use crate::lines::{Timeline, entries_words, kept, kind_label, setting_label};

/// Longer than any month and shorter than any year, in milliseconds: tells which of the two a partial date is.
const OVER_A_MONTH: i64 = 40 * 24 * 3_600_000;

/// One entry that says it belongs to a contact, or is it.
struct Member<'t> {
    offset: u32,
    contact: u32,
    /// It is the contact's own line.
    own: bool,
    at: Option<i64>,
    latest: Option<i64>,
    received_at: i64,
    kind: &'t str,
    setting: &'t str,
}

struct Contact {
    id: String,
    label: String,
}

/// Every group of at least two entries under a filter.
pub(crate) fn groups(
    file: &Connection,
    read: &mut Option<Timeline>,
    filter: &TimelineFilter,
    look: Option<DateTime<Utc>>,
) -> Result<Vec<TimelineGroup>, VaultError> {
    let (columns, kept) = kept(file, read, filter, look)?;
    let contacts = contacts(columns);
    let members = members(columns, &contacts, &kept);
    let mut sizes: HashMap<u32, u32> = HashMap::new();
    for member in &members {
        *sizes.entry(member.contact).or_default() += 1;
    }
    let mut part_of: HashMap<u32, u32> = HashMap::new();
    let mut grouped: HashMap<u32, Vec<&Member<'_>>> = HashMap::new();
    // At most two stand at one offset: a contact's own line, and the same line as an entry of what it is part of.
    for same in members.chunk_by(|a, b| a.offset == b.offset) {
        let own = same.iter().find(|member| member.own);
        let inside = same.iter().find(|member| !member.own);
        if let (Some(own), Some(inside)) = (own, inside) {
            part_of.insert(own.contact, inside.contact);
        }
        let chosen = own
            .filter(|own| sizes.get(&own.contact).is_some_and(|size| *size > 1))
            .or(inside)
            .or(own);
        if let Some(chosen) = chosen {
            grouped.entry(chosen.contact).or_default().push(chosen);
        }
    }
    let mut groups: Vec<TimelineGroup> = grouped
        .into_iter()
        .filter(|(_, members)| members.len() > 1)
        .filter_map(|(contact, members)| {
            let whole = part_of.get(&contact).and_then(|whole| contacts.get(whole));
            group(contacts.get(&contact)?, whole, &members, look)
        })
        .collect();
    groups.sort_by_key(|group| group.runs.first().copied());
    Ok(groups)
}

/// Contacts that more than one line belongs to, by their place among the values.
fn contacts(columns: &Columns) -> HashMap<u32, Contact> {
    let mut lines = vec![0_u32; columns.values.len()];
    for position in 0..columns.len() {
        for &value in columns.values_of(position) {
            lines[value as usize] += 1;
        }
    }
    let all = columns.values.iter().zip(lines).zip(0_u32..);
    all.filter(|((value, lines), _)| value.what == What::Encounter && *lines > 1)
        .map(|((value, _), place)| {
            let label = if value.label == value.value {
                "A contact that has not been received".to_owned()
            } else {
                value.label.clone()
            };
            let id = value.value.clone();
            (place, Contact { id, label })
        })
        .collect()
}

fn members<'t>(columns: &'t Columns, contacts: &HashMap<u32, Contact>, kept: &[usize]) -> Vec<Member<'t>> {
    let recorded = |moment: i64| (moment != NOT_RECORDED).then_some(moment);
    let mut members = Vec::new();
    for (&position, offset) in kept.iter().zip(0_u32..) {
        let own = columns.own_contact(position);
        for &contact in columns.values_of(position) {
            if contacts.contains_key(&contact) {
                members.push(Member {
                    offset,
                    contact,
                    own: own == Some(contact),
                    at: recorded(columns.at[position]),
                    latest: recorded(columns.latest[position]),
                    received_at: columns.received_at[position],
                    kind: &columns.kinds[usize::from(columns.kind[position])],
                    setting: &columns.settings[usize::from(columns.setting[position])],
                });
            }
        }
    }
    members
}

fn group(
    contact: &Contact,
    whole: Option<&Contact>,
    members: &[&Member<'_>],
    look: Option<DateTime<Utc>>,
) -> Option<TimelineGroup> {
    let (newest, oldest) = (members.first()?, members.last()?);
    let own = members.iter().find(|member| member.own);
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for member in members {
        match runs.last_mut() {
            Some((first, length)) if *first + *length == member.offset => *length += 1,
            _ => runs.push((member.offset, 1)),
        }
    }
    let count = u32::try_from(members.len()).unwrap_or(u32::MAX);
    let (from, to) = (day(oldest), day(newest));
    let mut words = entries_words(count);
    words.push_str(", ");
    if from != to {
        words.push_str(&from);
        words.push_str(" to ");
    }
    words.push_str(&to);
    let kinds = kinds(members);
    if !kinds.is_empty() {
        words.push_str(" \u{b7} ");
        words.push_str(&kinds);
    }
    if let Some(whole) = whole {
        words.push_str(" \u{b7} part of ");
        words.push_str(&whole.label);
    }
    let new = look.map_or(0, |look| {
        let look = look.timestamp_millis();
        members.iter().filter(|member| member.received_at > look).count()
    });
    Some(TimelineGroup {
        id: contact.id.clone(),
        label: contact.label.clone(),
        when: to,
        setting: setting(own.unwrap_or(newest), own.is_some()),
        words,
        new_words: (new > 0).then(|| format!("{new} new")),
        own: own.map(|own| own.offset),
        runs,
    })
}

/// "results 6, medicines 4": what is inside besides the contact itself, the most first.
fn kinds(members: &[&Member<'_>]) -> String {
    let mut counts: BTreeMap<LineKind, u32> = BTreeMap::new();
    for member in members.iter().filter(|member| !member.own) {
        let kind = serde_json::from_value(serde_json::Value::String(member.kind.to_owned()));
        *counts.entry(kind.unwrap_or(LineKind::Other)).or_default() += 1;
    }
    let mut counts: Vec<(LineKind, u32)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let each: Vec<String> = counts
        .into_iter()
        .map(|(kind, count)| format!("{} {count}", kind_label(kind).to_lowercase()))
        .collect();
    each.join(", ")
}

fn setting(member: &Member<'_>, own: bool) -> SettingView {
    let setting = serde_json::from_value(serde_json::Value::String(member.setting.to_owned()))
        .unwrap_or(CareSetting::NotStated);
    let rule = if own {
        "the setting of the contact itself"
    } else {
        "the setting of its newest entry"
    };
    SettingView {
        setting,
        label: setting_label(setting).into(),
        rule: rule.into(),
    }
}

/// When an entry happened, to the precision it was recorded with.
fn day(member: &Member<'_>) -> String {
    let Some(at) = member.at.and_then(DateTime::<Utc>::from_timestamp_millis) else {
        return "Date not recorded".to_owned();
    };
    let whole = Moment::Instant(at);
    let Some(day) = whole.day() else {
        return whole.date_text();
    };
    let span = member.latest.zip(member.at).map_or(0, |(latest, at)| latest - at);
    partial(day, span).date_text()
}

/// A partial date from its first day and how long it can mean.
fn partial(day: chrono::NaiveDate, span: i64) -> Moment {
    use chrono::Datelike as _;
    const OVER_A_DAY: i64 = 2 * 24 * 3_600_000;
    match span {
        ..OVER_A_DAY => Moment::Day(day),
        OVER_A_DAY..OVER_A_MONTH => Moment::Month(day.year(), day.month()),
        _ => Moment::Year(day.year()),
    }
}
