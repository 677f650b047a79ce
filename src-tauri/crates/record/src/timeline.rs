//! One timeline of everything that happened, newest first, in a total order that no arrival can change.

use std::collections::{HashMap, HashSet};

use crate::{
    fact::{Fact, Subject},
    projection::TimelineRow,
    record::Record,
    sections,
};

/// Words each row and hands it over, newest first. What has no date comes last. Ties go by kind, then by id. A copy is kept
/// of what stands in a section, or is `wanted_again` for the Results screen.
pub(crate) fn timeline(
    record: &Record,
    changes: &HashMap<String, Vec<String>>,
    wanted_again: &HashSet<usize>,
    mut take: impl FnMut(TimelineRow),
) {
    let mut problems = record.problems();
    let mut events: Vec<(i64, usize)> = record
        .roots()
        .map(|cluster| (cluster, record.primary(cluster)))
        .filter(|(_, fact)| fact.event)
        .map(|(cluster, fact)| (fact.when.map_or(i64::MIN, |m| m.earliest_millis()), cluster))
        .collect();
    events.sort_by(|(a_key, a), (b_key, b)| {
        let (a, b) = (record.primary(*a), record.primary(*b));
        b_key
            .cmp(a_key)
            .then_with(|| a.kind.cmp(&b.kind))
            .then_with(|| a.resource.cmp(&b.resource))
    });
    for (sort_key, cluster) in events {
        let fact = record.primary(cluster);
        let mut line = if sections::stands_elsewhere(fact) && !wanted_again.contains(&cluster) {
            record.last_line(cluster)
        } else {
            record.line(cluster)
        };
        let search_text = search_text(
            record,
            cluster,
            &line.title,
            line.detail.as_deref(),
            line.organisation.as_deref(),
        );
        if let Some(changes) = changes.get(&line.id) {
            let said = changes
                .iter()
                .map(|change| change_of(fact, change))
                .collect::<Vec<_>>()
                .join(" \u{b7} ");
            line.detail = Some(match line.detail {
                Some(detail) => format!("{said} \u{b7} {detail}"),
                None => said,
            });
        }
        take(TimelineRow {
            line,
            sort_key,
            latest: fact.when.and_then(|when| when.latest_millis()),
            organisations: record.organisations_on(cluster),
            problems: problems.remove(&cluster).into_iter().flatten().collect(),
            search_text,
        });
    }
}

/// "was 47 on 03-Mar-2026" beside a single result; with the test's name beside a panel.
fn change_of(fact: &Fact, change: &str) -> String {
    match &fact.subject {
        Subject::Measurement(measurement) => change
            .strip_prefix(&*measurement.name)
            .map_or(change, str::trim_start)
            .to_owned(),
        _ => change.to_owned(),
    }
}

/// Everything a person may type to find the line again.
fn search_text(
    record: &Record,
    cluster: usize,
    title: &str,
    detail: Option<&str>,
    organisation: Option<&str>,
) -> String {
    let mut words = String::with_capacity(title.len() * 3);
    let mut add = |text: &str| {
        if !text.is_empty() {
            words.push_str(text);
            words.push(' ');
        }
    };
    add(title);
    add(detail.unwrap_or_default());
    add(organisation.unwrap_or_default());
    add(&record.setting(cluster).label);
    for &part in &*record.with_inside(cluster) {
        for &member in &record.clusters.members[part] {
            let fact = &record.facts[member];
            add(&fact.search);
            for code in &fact.codes {
                add(&code.code);
            }
        }
    }
    words.truncate(words.trim_end().len());
    words
}
