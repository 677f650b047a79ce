//! The same fact from several feeds becomes one line. Three rules, and nothing else joins:
//!
//! - **A, shared identifier.** Same type, same business identifier (with its system), same code, and times that
//!   do not contradict each other. The code is asked for because laboratories put one order number on many results.
//! - **B, same code at the same time.** Same type, same code, compatible time and the same value, *from different
//!   sources*: two blood pressures of one afternoon in one clinic are two measurements.
//!   Allergies and alerts are states and need no time: a shared code and status suffice for an allergy; an
//!   alert must also say the same words, since where a form is kept is in them.
//! - **C, received twice.** From one source, identical in everything but the id and the server's own metadata. For
//!   an event that can repeat within a day this needs a time of day.
//!
//! What carries a mark that can turn its meaning round (not done, a modifier not understood) joins only its like.
//! Text alone never joins. Medicines are grouped by substance elsewhere ([`crate::medicines`]). Which rule
//! joined a line is on the line, and every source stays open to inspection. Joining is an equivalence: the
//! closure of these rules.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{DefaultHasher, Hash, Hasher},
};

use chrono::NaiveDate;

use crate::{
    display::Moment,
    fact::{Code, Fact, MedicineRole, Part, Subject},
    repeated::{Lists, Repeated},
    unifier::Texts,
    view::{LineKind, SettingView},
};

/// Facts that state the same thing, together.
pub(crate) struct Clusters {
    /// For each, indices into the facts, ascending; the first is the one the line is worded from.
    pub(crate) members: Lists,
    /// For each fact, its cluster.
    pub(crate) of: Vec<usize>,
    /// The rules that joined those of several facts, in words.
    joined_by: HashMap<usize, String>,
}

impl Clusters {
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// The facts of each, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[usize]> {
        self.members.iter()
    }

    /// The rules that joined a cluster's facts, in words.
    pub(crate) fn joined_by(&self, cluster: usize) -> Option<&str> {
        self.joined_by.get(&cluster).map(String::as_str)
    }
}

/// How many facts sharing one key are compared with each other. Beyond it they are left apart, which is
/// never wrong.
const BUCKET: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rule {
    Identifier,
    CodeAndTime,
    /// Rule B for what needs no time.
    CodeOfState,
    Identical,
}

impl Rule {
    fn words(self) -> &'static str {
        match self {
            Rule::Identifier => "the sources give it the same identifier",
            Rule::CodeAndTime => "different sources record the same code at the same time",
            Rule::CodeOfState => "different sources record the same code",
            Rule::Identical => "received more than once, identical but for its id",
        }
    }
}

/// Joins facts into clusters. `facts` must be in their stable order.
pub(crate) fn join(
    facts: &[Fact],
    settings: &Repeated<SettingView>,
    organisations: &Repeated<Option<String>>,
    texts: Texts<'_>,
) -> Clusters {
    let mut sets = Sets::new(facts.len());
    let mut rules: Vec<(usize, Rule)> = Vec::new();
    let differs = |a: usize, b: usize| different_sources(facts, settings, organisations, a, b);

    for bucket in buckets(facts, identifier_keys) {
        each_pair(&bucket, |a, b| {
            if same_meaning(&facts[a], &facts[b])
                && not_contradicting(facts[a].when, facts[b].when)
                && sets.union(a, b)
            {
                rules.push((a, Rule::Identifier));
            }
        });
    }
    for bucket in buckets(facts, code_keys) {
        each_pair(&bucket, |a, b| {
            if differs(a, b) && same_state(&facts[a], &facts[b]) && sets.union(a, b) {
                let state = matches!(facts[a].subject, Subject::Allergy(_) | Subject::Alert { .. });
                rules.push((
                    a,
                    if state {
                        Rule::CodeOfState
                    } else {
                        Rule::CodeAndTime
                    },
                ));
            }
        });
    }
    for bucket in buckets(facts, identical_keys) {
        // A digest of each is held, not its text: look-alikes may be many and large. Equal digests are then
        // compared in full, so that two different resources never join, whoever wrote them.
        let mut content = |index: usize| content_of(&texts(facts[index].place as usize)?);
        let mut seen: HashMap<u64, usize> = HashMap::new();
        for index in bucket {
            let Some(own) = content(index) else { continue };
            match seen.entry(digest(&own)) {
                Entry::Vacant(free) => drop(free.insert(index)),
                Entry::Occupied(taken) => {
                    let first = *taken.get();
                    if content(first).is_some_and(|other| other == own) && sets.union(first, index) {
                        rules.push((first, Rule::Identical));
                    }
                }
            }
        }
    }

    let mut rules_of: HashMap<usize, Vec<Rule>> = HashMap::new();
    for (index, rule) in rules {
        rules_of.entry(sets.find(index)).or_default().push(rule);
    }
    // A set is named by its first fact, which is therefore met before the others.
    let mut count = 0;
    let mut joined_by = HashMap::new();
    let mut of: Vec<usize> = vec![0; facts.len()];
    for index in 0..facts.len() {
        let first = sets.find(index);
        if first == index {
            if let Some(mut rules) = rules_of.remove(&first) {
                rules.sort_unstable();
                rules.dedup();
                let words: Vec<&str> = rules.iter().map(|rule| rule.words()).collect();
                joined_by.insert(count, words.join("; "));
            }
            of[index] = count;
            count += 1;
        } else {
            of[index] = of[first];
        }
    }
    Clusters {
        members: Lists::of_members(count, &of),
        of,
        joined_by,
    }
}

/// The facts that share a key, for each key that several share. A bucket is only made once there is a second fact
/// for it: nearly every key has one.
fn buckets<'f, K, I>(facts: &'f [Fact], keys: impl Fn(&'f Fact) -> I) -> Vec<Vec<usize>>
where
    K: Eq + Hash,
    I: IntoIterator<Item = K>,
{
    enum Held {
        One(usize),
        Bucket(usize),
    }
    let mut by_key: HashMap<K, Held> = HashMap::with_capacity(facts.len());
    let mut buckets: Vec<Vec<usize>> = Vec::new();
    for (index, fact) in facts.iter().enumerate() {
        for key in keys(fact) {
            match by_key.entry(key) {
                Entry::Vacant(free) => drop(free.insert(Held::One(index))),
                Entry::Occupied(mut taken) => match *taken.get() {
                    Held::One(first) => {
                        taken.insert(Held::Bucket(buckets.len()));
                        buckets.push(vec![first, index]);
                    }
                    Held::Bucket(bucket) => buckets[bucket].push(index),
                },
            }
        }
    }
    buckets
}

fn each_pair(bucket: &[usize], mut pair: impl FnMut(usize, usize)) {
    let bucket = &bucket[..bucket.len().min(BUCKET)];
    for (at, &a) in bucket.iter().enumerate() {
        for &b in &bucket[at + 1..] {
            pair(a, b);
        }
    }
}

fn type_of(fact: &Fact) -> &str {
    fact.resource.split('/').next().unwrap_or_default()
}

/// Rule A's keys: type and identifier.
fn identifier_keys(fact: &Fact) -> impl Iterator<Item = (&str, &str)> {
    let of_type = type_of(fact);
    fact.identifiers
        .iter()
        .map(move |identifier| (of_type, identifier.as_str()))
}

/// Rule B's keys: type, code and day; for states type and code.
fn code_keys(fact: &Fact) -> impl Iterator<Item = (&str, &Code, Option<NaiveDate>)> {
    let day = || fact.when.and_then(|when| when.day()).map(Some);
    // The outer `None` is for what has no key, the inner for what needs no day.
    let place: Option<Option<NaiveDate>> = match &fact.subject {
        Subject::Allergy(_) | Subject::Alert { .. } => Some(None),
        Subject::Problem { .. } | Subject::Measurement(_) => day(),
        Subject::Plain
            if matches!(
                fact.kind,
                LineKind::Procedure | LineKind::Immunisation | LineKind::Encounter
            ) =>
        {
            day()
        }
        _ => None,
    };
    let of_type = type_of(fact);
    place
        .into_iter()
        .flat_map(move |day| fact.codes.iter().map(move |code| (of_type, code, day)))
}

/// Rule C's key: what two identical resources cannot differ in, without parsing either again. Whether they are
/// identical is then decided on their text.
fn identical_keys(fact: &Fact) -> Option<u64> {
    let timed = matches!(fact.when, Some(Moment::Instant(_) | Moment::Local(_)));
    let repeats = match &fact.subject {
        Subject::Medicine(medicine) => medicine.role == MedicineRole::Administration,
        _ => matches!(
            fact.kind,
            LineKind::Result | LineKind::Procedure | LineKind::Encounter | LineKind::Assessment
        ),
    };
    if repeats && !timed {
        return None;
    }
    let mut key = DefaultHasher::new();
    type_of(fact).hash(&mut key);
    fact.title.hash(&mut key);
    fact.when
        .map(|m| (m.earliest_millis(), m.missing()))
        .hash(&mut key);
    // The marks are part of the key: of two copies one may stand in a list of ended allergies.
    for mark in &fact.marks {
        mark.text.hash(&mut key);
    }
    fact.codes.hash(&mut key);
    fact.identifiers.hash(&mut key);
    fact.encounter.as_ref().map(|named| &named.key).hash(&mut key);
    for part in &fact.details {
        match part {
            Part::Text(text) => text.hash(&mut key),
            Part::Who(before, named) => (before, &named.key, &named.words).hash(&mut key),
        }
    }
    Some(key.finish())
}

/// Rule A: the same code, or both uncoded and worded alike.
fn same_meaning(a: &Fact, b: &Fact) -> bool {
    if a.turned != b.turned {
        return false;
    }
    match (a.codes.is_empty(), b.codes.is_empty()) {
        (true, true) => a.title.eq_ignore_ascii_case(&b.title),
        (false, false) => a.codes.iter().any(|code| b.codes.contains(code)),
        _ => false,
    }
}

/// Rule A: unknown contradicts nothing; two known moments must be able to be the same.
fn not_contradicting(a: Option<Moment>, b: Option<Moment>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return true };
    match (a, b) {
        (Moment::Instant(a), Moment::Instant(b)) => a == b,
        _ => match (a.earliest_day(), a.latest_day(), b.earliest_day(), b.latest_day()) {
            (Some(a_first), Some(a_last), Some(b_first), Some(b_last)) => {
                a_first <= b_last && b_first <= a_last
            }
            _ => false,
        },
    }
}

/// Rule B beyond the key: instants must agree where both are known, and the value or status must be the same.
fn same_state(a: &Fact, b: &Fact) -> bool {
    if a.turned != b.turned {
        return false;
    }
    match (&a.subject, &b.subject) {
        (Subject::Allergy(a), Subject::Allergy(b)) => a.active == b.active && a.none_known == b.none_known,
        (Subject::Alert { active: a_active }, Subject::Alert { active: b_active }) => {
            a_active == b_active && a.title == b.title
        }
        (Subject::Problem { active: a_active }, Subject::Problem { active: b_active }) => {
            a_active == b_active && not_contradicting(a.when, b.when)
        }
        (Subject::Measurement(_), Subject::Measurement(_)) => {
            a.title == b.title && not_contradicting(a.when, b.when)
        }
        _ => not_contradicting(a.when, b.when) && a.marks == b.marks,
    }
}

/// Whether two facts are known to come from different sources. Silence about the source is not a difference.
fn different_sources(
    facts: &[Fact],
    settings: &Repeated<SettingView>,
    organisations: &Repeated<Option<String>>,
    a: usize,
    b: usize,
) -> bool {
    let organisation = matches!((&organisations[a], &organisations[b]), (Some(x), Some(y)) if x != y);
    let system = matches!((&facts[a].origin.source, &facts[b].origin.source), (Some(x), Some(y)) if x != y);
    let stated = |s: &SettingView| s.setting != crate::view::CareSetting::NotStated;
    let setting = stated(&settings[a]) && stated(&settings[b]) && settings[a].setting != settings[b].setting;
    organisation || system || setting
}

/// The resource without its id and the server's metadata, but with the source that sent it, in one spelling.
fn content_of(raw: &str) -> Option<String> {
    let mut value: serde_json::Value = serde_json::from_str(raw).ok()?;
    let object = value.as_object_mut()?;
    object.remove("id");
    let source = object
        .remove("meta")
        .and_then(|mut meta| meta.get_mut("source").map(serde_json::Value::take));
    serde_json::to_string(&(value, source)).ok()
}

fn digest(content: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}

/// Disjoint sets.
pub(crate) struct Sets {
    parent: Vec<usize>,
}

impl Sets {
    pub(crate) fn new(len: usize) -> Self {
        Self {
            parent: (0..len).collect(),
        }
    }

    pub(crate) fn find(&mut self, mut index: usize) -> usize {
        while self.parent[index] != index {
            self.parent[index] = self.parent[self.parent[index]];
            index = self.parent[index];
        }
        index
    }

    /// Joins two sets under the smaller index; whether they were apart.
    pub(crate) fn union(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.find(a), self.find(b));
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        self.parent[high] = low;
        low != high
    }
}
