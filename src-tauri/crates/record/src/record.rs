//! Everything received for one patient, resolved: who is who, what joins what, what belongs inside what.

use std::{
    borrow::Cow,
    cell::Cell,
    collections::{BTreeSet, HashMap, HashSet},
};

use crate::{
    care_setting,
    directory::{Directory, Place},
    display::medication_line,
    display::plain_text,
    display::reactions,
    fact::{Fact, Named, Part, Subject, mark},
    index::Index,
    joining::{self, Clusters},
    medicines,
    repeated::{Lists, Repeated},
    unifier::Texts,
    view::{CareSetting, Line, LineKind, Mark, MarkTone, SettingView, SourceRef},
};

/// Records with more lines than this keep no copies of those worded.
const COPIES_KEPT: usize = 8_192;

/// One patient's facts and what is known about them together.
pub(crate) struct Record {
    pub(crate) facts: Vec<Fact>,
    pub(crate) settings: Repeated<SettingView>,
    pub(crate) organisations: Repeated<Option<String>>,
    pub(crate) directory: Directory,
    pub(crate) clusters: Clusters,
    /// Clusters with a line of their own.
    roots: Vec<usize>,
    /// For each cluster, the clusters shown inside its line, in the order its author gave.
    inside: Lists,
    /// Every cluster by itself: what a line is made of that has nothing inside.
    alone: Vec<usize>,
    index: Index,
    /// Lines worded for one screen and wanted by another: one cluster stands on up to three.
    lines: Vec<Cell<Option<Box<Line>>>>,
}

impl Record {
    /// Resolves facts against each other. Facts and places come in their stable order; `texts` gives the text of a
    /// fact once more.
    pub(crate) fn new(
        mut facts: Vec<Fact>,
        places: impl IntoIterator<Item = (String, Vec<String>, Place)>,
        texts: Texts<'_>,
    ) -> Self {
        let mut directory = Directory::default();
        for (resource, identifiers, place) in places {
            directory.add_place(&resource, &identifiers, place);
        }
        for fact in &facts {
            match &fact.subject {
                Subject::Product(product) => {
                    directory.add_product(&fact.resource, &fact.identifiers, product)
                }
                _ if fact.kind == LineKind::Encounter => {
                    directory.add_encounter(&fact.resource, &fact.identifiers, &fact.origin);
                }
                _ => {}
            }
        }
        let index = Index::of(&facts);
        apply_provenance(&mut facts, &index);
        apply_ended_lists(&mut facts, &index);
        resolve_medicines(&mut facts, &directory);

        let settings: Repeated<SettingView> = facts
            .iter()
            .map(|f| care_setting::decide(&f.origin, f.encounter.as_deref(), &directory))
            .collect();
        let organisations: Repeated<Option<String>> = facts
            .iter()
            .map(|f| directory.organisation(&f.origin.organisations))
            .collect();
        for fact in &mut facts {
            fact.not_at_bedside = crate::bedside::reason(fact);
        }
        let clusters = joining::join(&facts, &settings, &organisations, texts);
        let inside = parts_inside(&facts, &clusters, &index);
        let roots = roots(&inside);
        let kept = if clusters.len() <= COPIES_KEPT {
            clusters.len()
        } else {
            0
        };
        let lines = (0..kept).map(|_| Cell::new(None)).collect();
        Self {
            facts,
            settings,
            organisations,
            directory,
            clusters,
            roots,
            alone: (0..inside.len()).collect(),
            inside,
            index,
            lines,
        }
    }

    /// Clusters with a line of their own, in stable order.
    pub(crate) fn roots(&self) -> impl Iterator<Item = usize> + '_ {
        self.roots.iter().copied()
    }

    /// The fact a cluster's line is worded from.
    pub(crate) fn primary(&self, cluster: usize) -> &Fact {
        &self.facts[self.first(cluster)]
    }

    /// The fact a cluster's line is worded from, by its place.
    pub(crate) fn first(&self, cluster: usize) -> usize {
        self.clusters.members[cluster][0]
    }

    pub(crate) fn setting(&self, cluster: usize) -> &SettingView {
        &self.settings[self.first(cluster)]
    }

    pub(crate) fn line_id(&self, cluster: usize) -> &str {
        &self.primary(cluster).resource
    }

    /// The line a fact is shown on: its own, or that of what it is shown inside.
    pub(crate) fn shown_on(&self) -> Vec<Option<usize>> {
        let mut shown = vec![None; self.facts.len()];
        for &root in &self.roots {
            for &cluster in &*self.with_inside(root) {
                for &member in &self.clusters.members[cluster] {
                    shown[member].get_or_insert(root);
                }
            }
        }
        shown
    }

    /// A cluster and everything shown inside it, each once, outermost first.
    pub(crate) fn with_inside(&self, cluster: usize) -> Cow<'_, [usize]> {
        // Nearly always there is nothing inside, and this is asked of every line several times.
        if self.inside[cluster].is_empty() {
            return Cow::Borrowed(&self.alone[cluster..=cluster]);
        }
        let mut order = Vec::new();
        let mut seen = HashSet::new();
        let mut waiting = vec![cluster];
        while let Some(next) = waiting.pop() {
            if seen.insert(next) {
                order.push(next);
                waiting.extend(self.inside[next].iter().rev());
            }
        }
        Cow::Owned(order)
    }

    /// The fact a reference leads to.
    pub(crate) fn fact(&self, named: &Named) -> Option<usize> {
        self.named(named.key.as_deref()?)
    }

    /// Resources that facts refer to, by `Type/id`, and that were not received. What is only named by an identifier
    /// or an address elsewhere was never promised; staff and places that the reference names in words are told by
    /// those words, and seldom travel with a record.
    pub(crate) fn unanswered(&self) -> BTreeSet<String> {
        let mut missing = BTreeSet::new();
        for fact in &self.facts {
            let people = fact.details.iter().filter_map(|part| match part {
                Part::Who(_, named) => Some(named),
                Part::Text(_) => None,
            });
            let listed = match &fact.subject {
                Subject::List(list) => list.entries.as_slice(),
                _ => &[],
            };
            let others = fact.parts.iter().chain(&fact.refers).chain(listed);
            for named in others.chain(fact.encounter.as_deref()).chain(people) {
                let Some(key) = named.key.as_deref() else { continue };
                let key = key.split("/_history/").next().unwrap_or(key);
                let local = key.split_once('/').is_some_and(|(kind, id)| {
                    kind.starts_with(|c: char| c.is_ascii_uppercase())
                        && kind.chars().all(|c| c.is_ascii_alphabetic())
                        && !id.contains('/')
                });
                let told = named.words.is_some()
                    && ["Practitioner", "Organization", "Location", "HealthcareService"]
                        .iter()
                        .any(|kind| key.starts_with(kind));
                let patient = key.starts_with("Patient/");
                if local && !told && !patient && self.named(key).is_none() && !self.directory.knows(key) {
                    missing.insert(key.to_owned());
                }
            }
        }
        missing
    }

    /// The first fact of this name.
    pub(crate) fn named(&self, name: &str) -> Option<usize> {
        self.index.find(&self.facts, name)
    }

    /// The cluster a fact belongs to.
    pub(crate) fn cluster(&self, fact: usize) -> usize {
        self.clusters.of[fact]
    }

    /// Why a cluster's line must not be seen at the bedside, when anything on it must not.
    pub(crate) fn bedside(&self, cluster: usize) -> Option<String> {
        self.with_inside(cluster)
            .iter()
            .flat_map(|&part| &self.clusters.members[part])
            .find_map(|&member| self.facts[member].not_at_bedside)
            .map(str::to_owned)
    }

    /// The same, of one fact.
    pub(crate) fn bedside_of_fact(&self, fact: usize) -> Option<&'static str> {
        self.facts[fact].not_at_bedside
    }

    /// The same, of the line with this id.
    pub(crate) fn bedside_of(&self, line: &str) -> Option<String> {
        self.bedside(self.cluster(self.named(line)?))
    }

    /// The names of the organisations on a cluster's line, each once.
    pub(crate) fn organisations_on(&self, cluster: usize) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for &part in &*self.with_inside(cluster) {
            for &member in &self.clusters.members[part] {
                if let Some(name) = &self.organisations[member]
                    && !names.contains(name)
                {
                    names.push(name.clone());
                }
            }
        }
        names
    }

    /// For each cluster with a line, the lines of the problems it is linked to: see [`crate::links`]. A problem is linked
    /// to itself.
    pub(crate) fn problems(&self) -> HashMap<usize, BTreeSet<String>> {
        let shown_on = self.shown_on();
        let mut linked: HashMap<usize, BTreeSet<String>> = HashMap::new();
        for (index, fact) in self.facts.iter().enumerate() {
            let is_problem = |fact: &Fact| fact.kind == LineKind::Problem;
            let Some(own) = shown_on[index] else { continue };
            if is_problem(fact) {
                linked
                    .entry(own)
                    .or_default()
                    .insert(self.line_id(own).to_owned());
            }
            for link in &fact.links {
                let Some(other) = self.named(link) else {
                    continue;
                };
                let Some(there) = shown_on[other] else { continue };
                let (from, problem) = match (is_problem(fact), is_problem(&self.facts[other])) {
                    (true, false) => (there, own),
                    (false, true) => (own, there),
                    _ => continue,
                };
                linked
                    .entry(from)
                    .or_default()
                    .insert(self.line_id(problem).to_owned());
            }
        }
        linked
    }

    /// The line of a cluster, of which another screen will want a copy: it is worded once, in a record of ordinary size. In
    /// an enormous one it is worded again, so that its lines are not all held at the same time.
    pub(crate) fn line(&self, cluster: usize) -> Line {
        let line = self.last_line(cluster);
        if let Some(kept) = self.lines.get(cluster) {
            kept.set(Some(Box::new(line.clone())));
        }
        line
    }

    /// The line of a cluster for the last screen that wants it. Most lines stand on one screen only, and a copy kept
    /// for nobody would cost as much as the line.
    pub(crate) fn last_line(&self, cluster: usize) -> Line {
        self.lines
            .get(cluster)
            .and_then(Cell::take)
            .map_or_else(|| self.worded(cluster), |line| *line)
    }

    fn worded(&self, cluster: usize) -> Line {
        let fact = self.primary(cluster);
        let whole = self.with_inside(cluster);
        let mut sources = Vec::new();
        let mut marks: Vec<Mark> = Vec::new();
        let mut received = i64::MIN;
        for &part in &*whole {
            for &member in &self.clusters.members[part] {
                let joined = part != cluster || self.clusters.members[part].len() > 1;
                sources.push(self.source(member, joined));
                received = received.max(self.facts[member].received);
                for found in &self.facts[member].marks {
                    let named = if part == cluster {
                        found.clone()
                    } else {
                        mark(
                            found.tone,
                            format!("{}: {}", self.facts[member].title, found.text),
                        )
                    };
                    if !marks.contains(&named) {
                        marks.push(named);
                    }
                }
            }
        }
        let inside: Vec<String> = whole[1..]
            .iter()
            .map(|&part| self.primary(part))
            .filter(|part| matches!(part.kind, LineKind::Result | LineKind::Assessment))
            .map(|part| part.title.to_string())
            .collect();
        let mut detail: Vec<String> = inside;
        match self.reactions_differ(cluster) {
            Some(told) => {
                marks.push(mark(MarkTone::Check, "sources differ about the reaction"));
                let own = match &fact.subject {
                    Subject::Allergy(allergy) => reactions(&allergy.words.episodes),
                    _ => String::new(),
                };
                detail.push(told);
                detail.extend(self.details(fact).into_iter().filter(|words| *words != own));
            }
            None => detail.extend(self.details(fact)),
        }
        let joined_by = match (self.clusters.joined_by(cluster), whole.len() > 1) {
            (Some(rule), false) => Some(rule.to_owned()),
            (Some(rule), true) => Some(format!("{rule}; the others are parts of it")),
            (None, true) => Some("the others are parts of it, as its author says".to_owned()),
            (None, false) => None,
        };
        Line {
            id: fact.resource.clone(),
            kind: fact.kind,
            // "Not recorded (recorded 06-Sep-2018)" would contradict itself; both words are the rule's for no date.
            when: fact.when.map_or_else(
                || match fact.recorded {
                    Some(_) => "Unknown".to_owned(),
                    None => "Not recorded".to_owned(),
                },
                |m| m.date_text(),
            ),
            when_note: when_note(fact),
            setting: self.setting(cluster).clone(),
            organisation: self.organisations[self.first(cluster)].clone(),
            title: fact.title.to_string(),
            detail: (!detail.is_empty()).then(|| detail.join(" \u{b7} ")),
            marks,
            sources,
            joined_by,
            encounter: fact.encounter.as_ref().and_then(|named| self.encounter_id(named)),
            received_at: received as f64,
            is_new: false,
            hide_at_bedside: self.bedside(cluster),
        }
    }

    /// What each source says about the reaction to one joined allergy, where they differ. The line of one source alone
    /// would hide another's anaphylaxis.
    fn reactions_differ(&self, cluster: usize) -> Option<String> {
        let said: Vec<(usize, String)> = self.clusters.members[cluster]
            .iter()
            .filter_map(|&member| match &self.facts[member].subject {
                Subject::Allergy(allergy) => Some((member, reactions(&allergy.words.episodes))),
                _ => None,
            })
            .collect();
        let (_, first) = said.first()?;
        if said.iter().all(|(_, words)| words == first) {
            return None;
        }
        let told: Vec<String> = said
            .iter()
            .map(|(member, words)| {
                let words = if words.is_empty() {
                    "reaction not stated"
                } else {
                    words
                };
                format!("{}: {words}", self.settings[*member].label)
            })
            .collect();
        Some(told.join("; "))
    }

    /// `Type/id` of an encounter reference, resolved to the resource held when there is one.
    fn encounter_id(&self, named: &Named) -> Option<String> {
        match self.fact(named) {
            Some(held) => Some(self.facts[held].resource.clone()),
            None => named.key.as_deref().map(str::to_owned),
        }
    }

    /// The details of a fact in words, names filled in.
    pub(crate) fn details(&self, fact: &Fact) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for part in &fact.details {
            let text = match part {
                Part::Text(text) => text.to_string(),
                Part::Who(before, named) => match self.name(named) {
                    Some(name) => format!("{before}{name}"),
                    None => continue,
                },
            };
            if *text != *fact.title && !words.contains(&text) {
                words.push(text);
            }
        }
        words
    }

    /// The name of anything referred to: a person, a place, or another fact by its title.
    fn name(&self, named: &Named) -> Option<String> {
        self.directory
            .name(named)
            .or_else(|| Some(self.facts[self.fact(named)?].title.to_string()))
    }

    /// One source of a line.
    pub(crate) fn source(&self, member: usize, joined: bool) -> SourceRef {
        let fact = &self.facts[member];
        let mut says = vec![crate::display::plain(fact.title.to_string())];
        if joined {
            let details = self.details(fact);
            if !details.is_empty() {
                says.push(crate::display::muted(format!(
                    " \u{b7} {}",
                    details.join(" \u{b7} ")
                )));
            }
        }
        SourceRef {
            resource: fact.resource.clone(),
            setting: self.settings[member].clone(),
            organisation: self.organisations[member].clone(),
            says,
            recorded: fact.recorded.map(|m| m.text()),
        }
    }

    /// Whether anything in the record comes from this setting.
    pub(crate) fn has_setting(&self, setting: CareSetting) -> bool {
        self.settings.different().iter().any(|s| s.setting == setting)
    }
}

/// The time of day, what the date lacks, and when it was recorded if on another day.
fn when_note(fact: &Fact) -> Option<String> {
    let mut notes: Vec<String> = Vec::new();
    if let Some(when) = fact.when {
        notes.extend(when.clock());
        notes.extend(when.missing().map(str::to_owned));
    }
    if let Some(recorded) = fact.recorded {
        let same = fact.when.is_some_and(|when| when.same_date(&recorded));
        // An appointment is always made before it takes place: only the contrary says something.
        let expected = fact.kind == LineKind::Appointment
            && fact
                .when
                .is_some_and(|when| recorded.earliest_millis() < when.earliest_millis());
        if !same && !expected {
            notes.push(format!("recorded {}", recorded.date_text()));
        }
    }
    (!notes.is_empty()).then(|| notes.join(" \u{b7} "))
}

/// Provenance tells where another resource came from, and when it was recorded if that itself does not say.
fn apply_provenance(facts: &mut [Fact], index: &Index) {
    let mut found = Vec::new();
    for fact in facts.iter() {
        if let Subject::Provenance(told) = &fact.subject {
            for target in &told.targets {
                let key = target
                    .key
                    .as_deref()
                    .and_then(|key| key.split("/_history/").next());
                if let Some(named) = key.and_then(|key| index.find(facts, key)) {
                    found.push((named, told.who.clone(), fact.recorded));
                }
            }
        }
    }
    for (index, who, recorded) in found {
        let fact = &mut facts[index];
        fact.recorded = fact.recorded.or(recorded);
        fact.origin.organisations.extend(who);
    }
}

/// GP Connect sends resolved allergies in a list of ended ones: nothing in it may look active.
fn apply_ended_lists(facts: &mut [Fact], index: &Index) {
    let mut ended = Vec::new();
    for fact in facts.iter() {
        if let Subject::List(list) = &fact.subject
            && list.ended
        {
            ended.extend(
                list.entries
                    .iter()
                    .filter_map(|e| index.find(facts, e.key.as_deref()?)),
            );
        }
    }
    for index in ended {
        if let Subject::Allergy(allergy) = &mut facts[index].subject {
            if allergy.active {
                facts[index].marks.push(mark(
                    MarkTone::Note,
                    "ended: the source lists it under ended allergies",
                ));
            }
            if let Subject::Allergy(allergy) = &mut facts[index].subject {
                allergy.active = false;
            }
        }
    }
}

/// Fills in products that medicines only refer to, and words their lines.
fn resolve_medicines(facts: &mut [Fact], directory: &Directory) {
    for fact in facts {
        let Subject::Medicine(medicine) = &mut fact.subject else {
            continue;
        };
        if let Some(product) = medicine
            .medication
            .as_ref()
            .and_then(|named| directory.product(named))
        {
            medicine.product = product.clone();
            fact.codes.extend(product.codes.iter().cloned());
        }
        if medicine.product.name.trim().is_empty() {
            medicine.product.name = "medicine not named".to_owned();
        }
        medicine.words.drug = medicine.product.name.clone();
        // A product's name as a rule says its form; twice would read as two.
        let name = medicine.product.name.to_lowercase();
        let said = |form: &String| name.contains(&form.to_lowercase());
        medicine.words.form = medicine.product.form.clone().filter(|form| !said(form));
        fact.title = plain_text(&medication_line(&medicine.words)).into();
        fact.details
            .put_first(Part::Text(medicines::stated(medicine).into()));
    }
}

/// For each cluster, the clusters that its author made parts of it.
fn parts_inside(facts: &[Fact], clusters: &Clusters, index: &Index) -> Lists {
    let mut lists = Lists::default();
    let mut inside = Vec::new();
    for (number, members) in clusters.iter().enumerate() {
        inside.clear();
        for part in members.iter().flat_map(|&m| &facts[m].parts) {
            let Some(index) = part.key.as_deref().and_then(|key| index.find(facts, key)) else {
                continue;
            };
            let found = clusters.of[index];
            if found != number && may_be_inside(&facts[index]) && !inside.contains(&found) {
                inside.push(found);
            }
        }
        lists.push(&inside);
    }
    lists
}

/// Only results, products, devices and files are shown inside another line; nothing else ever loses its own.
fn may_be_inside(fact: &Fact) -> bool {
    let kind = fact.resource.split('/').next();
    matches!(kind, Some("Observation" | "Medication" | "Device" | "Binary"))
}

/// Clusters that need a line of their own: those inside no other, and one of every ring of parts.
fn roots(inside: &Lists) -> Vec<usize> {
    let mut contained = vec![false; inside.len()];
    for &part in inside.all() {
        contained[part] = true;
    }
    let mut reached = vec![false; inside.len()];
    let mut roots = Vec::new();
    let visit = |start: usize, reached: &mut Vec<bool>| {
        let mut waiting = vec![start];
        while let Some(next) = waiting.pop() {
            if !reached[next] {
                reached[next] = true;
                waiting.extend_from_slice(&inside[next]);
            }
        }
    };
    for (start, _) in contained.iter().enumerate().filter(|(_, contained)| !**contained) {
        roots.push(start);
        visit(start, &mut reached);
    }
    for start in 0..inside.len() {
        if !reached[start] {
            roots.push(start);
            visit(start, &mut reached);
        }
    }
    roots.sort_unstable();
    roots
}
