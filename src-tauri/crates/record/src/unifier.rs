//! From received texts to facts: what a record is unified from, gathered one resource at a time.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use curlew_fhir::{Patient, Reading, Reference, Resource, ResourceReader, read_header};

use crate::{
    Arrival, Held, Pieces, Projection, Screen, TimelineRow, banner,
    directory::{Place, place_of},
    fact::{Fact, Named, Said, concept_words},
    facts::fact_of,
    gaps::NotShown,
    projection::Unified,
    record::Record,
    view::{Line, ResultSeries, Sections},
};

/// Projects every received resource of one patient.
///
/// `patient` is the server's logical id; when it is empty no resource is checked for being about somebody
/// else. The order of `held` does not matter. Each resource ends up behind at least one line or named in
/// [`Gaps`](crate::view::Gaps).
pub fn project<'a>(patient: &str, held: impl IntoIterator<Item = Held<'a>>, arrival: &Arrival) -> Projection {
    let mut unifier = Unifier::new(patient);
    let mut texts = Vec::new();
    for one in held {
        unifier.add(one);
        texts.push(one.raw);
    }
    unifier.finish(arrival, |place| texts.get(place).copied().map(str::to_owned))
}

/// Gathers the resources of one patient, of each only what the record needs, so that a record of any size can be
/// projected a page at a time: a text may be dropped as soon as it has been added.
///
/// ```
/// use chrono::DateTime;
/// use curlew_record::{Arrival, Held, Unifier};
///
/// let page = [r#"{"resourceType":"Flag","id":"f","status":"active","code":{"text":"Key safe by the door"}}"#];
/// let mut unifier = Unifier::new("p1");
/// for raw in page {
///     unifier.add(Held { raw, version_received: DateTime::UNIX_EPOCH });
/// }
/// let again = |place: usize| page.get(place).map(|raw| (*raw).to_owned());
/// let record = unifier.finish(&Arrival::default(), again);
/// assert_eq!((record.timeline.len(), record.gaps.received), (1, 1));
/// ```
#[derive(Default)]
pub struct Unifier {
    patient: String,
    reader: ResourceReader,
    received: usize,
    facts: Vec<Fact>,
    said: Said,
    places: Vec<Placed>,
    not_shown: NotShown,
    patients: Vec<Person>,
    /// Who else facts say they are about, by where the fact stood.
    about_others: Vec<(usize, String)>,
}

/// Something others may refer to, before it is known in which order to file it.
struct Placed {
    resource: String,
    identifiers: Vec<String>,
    received: i64,
    arrived: usize,
    place: Place,
}

/// A Patient resource.
struct Person {
    id: String,
    received: i64,
    arrived: usize,
    patient: Patient,
}

/// Reads again the text that was added at this place, counted from 0. Only look-alikes are read again, to tell
/// whether they are the same; where a text is no longer to be had they are left apart, which is never wrong.
pub(crate) type Texts<'t> = &'t mut dyn FnMut(usize) -> Option<String>;

/// Every piece, held.
#[derive(Default)]
struct Whole {
    timeline: Vec<TimelineRow>,
    series: Vec<ResultSeries>,
    other_results: Vec<Line>,
    sections: Vec<(Screen, Sections)>,
}

impl Pieces for Whole {
    fn row(&mut self, row: TimelineRow) {
        self.timeline.push(row);
    }

    fn sections(&mut self, screen: Screen, sections: Sections) {
        self.sections.push((screen, sections));
    }

    fn series(&mut self, series: ResultSeries) {
        self.series.push(series);
    }

    fn other_result(&mut self, line: Line) {
        self.other_results.push(line);
    }
}

impl std::fmt::Debug for Unifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unifier")
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}

impl Unifier {
    /// For the patient with this logical id. When it is empty, no resource is checked for being about somebody else.
    pub fn new(patient: &str) -> Self {
        Self {
            patient: patient.to_owned(),
            ..Self::default()
        }
    }

    /// The projection of all that was added, in whatever order it was.
    ///
    /// `texts` gives the text that was added at a place, counted from 0, once more. It is asked for the few that look
    /// alike in everything a fact keeps; those it does not give are left apart.
    pub fn finish(self, arrival: &Arrival, texts: impl FnMut(usize) -> Option<String>) -> Projection {
        let mut whole = Whole::default();
        let mut projection = self.finish_by_pieces(arrival, texts, &mut whole);
        projection.timeline = whole.timeline;
        projection.results.series = whole.series;
        projection.results.other = whole.other_results;
        for (screen, sections) in whole.sections {
            let place = match screen {
                Screen::Summary => &mut projection.summary,
                Screen::Documents => &mut projection.documents,
                Screen::Plans => &mut projection.plans,
                Screen::People => &mut projection.people,
            };
            *place = sections;
        }
        projection
    }

    /// As [`finish`](Self::finish), but what grows with the record goes to `pieces` as it is worded, and its places in the
    /// [`Projection`] stay empty: the longest lists of all are never held.
    pub fn finish_by_pieces(
        self,
        arrival: &Arrival,
        mut texts: impl FnMut(usize) -> Option<String>,
        pieces: &mut impl Pieces,
    ) -> Projection {
        self.unify(&mut texts).into_pieces(arrival, pieces)
    }

    fn unify(self, texts: Texts<'_>) -> Unified {
        let Self {
            patient,
            reader,
            received,
            mut facts,
            said,
            mut places,
            mut not_shown,
            mut patients,
            about_others,
        } = self;
        // What was only needed to gather them is let go before more is made of them.
        drop((reader, said));
        // Room was made for up to twice as many.
        facts.shrink_to_fit();
        settle(&mut patients, texts, |it| (&it.id, it.received, it.arrived));
        let own = own_ids(&patient, &patients);
        let others: HashSet<usize> = about_others
            .into_iter()
            .filter(|(_, id)| !own.is_empty() && !own.contains(id))
            .map(|(place, _)| place)
            .collect();
        if !others.is_empty() {
            let excluded = facts.extract_if(.., |fact| others.contains(&(fact.place as usize)));
            not_shown.other_patient.extend(excluded.map(|fact| fact.resource));
        }

        let own_patient = patients.iter().find(|it| it.id == patient).or_else(|| {
            // Without a known id the only Patient is the one meant.
            if patient.is_empty() {
                patients.first()
            } else {
                None
            }
        });
        let own_patient = own_patient.map(|it| &it.patient);
        let identity = own_patient.map_or_else(banner::unknown, banner::identity);
        if let Some(own_patient) = own_patient {
            place_general_practice(&mut facts, own_patient);
            not_shown.held_apart = held_apart(own_patient);
        }
        settle(&mut places, texts, |it| (&it.resource, it.received, it.arrived));
        let places = places
            .into_iter()
            .map(|it| (it.resource, it.identifiers, it.place));
        // The order they arrived in decides nothing from here on.
        settle(&mut facts, texts, |it| {
            (&it.resource, it.received, it.place as usize)
        });
        let record = Record::new(facts, places, texts);
        Unified {
            patient,
            identity,
            record,
            not_shown,
            received,
        }
    }

    /// Takes one resource: the current version, verbatim as received.
    pub fn add(&mut self, held: Held<'_>) {
        let arrived = self.received;
        self.received += 1;
        let received = held.version_received.timestamp_millis();
        let mut references = Vec::new();
        let reading = match self.reader.read_noting(held.raw, |one| references.push(one)) {
            Ok(reading) => reading,
            Err(error) => {
                let name = read_header(held.raw)
                    .map(|header| format!("{}/{}", header.resource_type, header.id))
                    .unwrap_or_else(|_| format!("resource of {} characters", held.raw.len()));
                return self.not_shown.unreadable.push(format!("{name}: {error}"));
            }
        };
        let name = self.note_issues(held.raw, &reading);
        let resource = &reading.value;
        if resource.entered_in_error() {
            return self.not_shown.entered_in_error.push(name);
        }
        match resource {
            Resource::OperationOutcome(outcome) => {
                let said: Vec<String> = outcome
                    .issue
                    .iter()
                    .filter_map(|issue| {
                        issue
                            .details
                            .as_ref()
                            .and_then(concept_words)
                            .or_else(|| issue.diagnostics.clone())
                    })
                    .collect();
                let said = if said.is_empty() {
                    "something went wrong, without saying what".to_owned()
                } else {
                    said.join("; ")
                };
                return self.not_shown.outcomes.push((name, said));
            }
            Resource::Unknown(_) | Resource::AuditEvent(_) | Resource::Bundle(_) | Resource::Group(_) => {
                return self.not_shown.not_displayed.push(name);
            }
            Resource::Patient(it) => {
                self.patients.push(Person {
                    id: it.base.id.clone().unwrap_or_else(|| self.patient.clone()),
                    received,
                    arrived,
                    patient: (**it).clone(),
                });
            }
            _ => {}
        }
        let about = match resource {
            Resource::Patient(it) => it.base.id.clone(),
            other => other.subject().and_then(patient_meant),
        };
        if let Some(id) = about.filter(|id| *id != self.patient) {
            self.about_others.push((arrived, id));
        }
        let place = u32::try_from(arrived).unwrap_or(u32::MAX);
        let fact = fact_of(name, received, place, &references, &reading, &mut self.said);
        if let Some(place) = place_of(resource) {
            self.places.push(Placed {
                resource: fact.resource.clone(),
                identifiers: fact.identifiers.to_vec(),
                received,
                arrived,
                place,
            });
        }
        self.facts.push(fact);
    }

    /// Notes what in a resource could not be read or is masked; returns what the resource is called.
    fn note_issues(&mut self, raw: &str, reading: &Reading<Resource>) -> String {
        let resource = &reading.value;
        let kind = resource.resource_type();
        let name = match resource.id() {
            Some(id) => [kind, "/", id].concat(),
            // To make a number the whole text is read again.
            None => format!("{kind}/(no id)#{}", stable_number(raw)),
        };
        for issue in &reading.issues {
            let path = issue.path.strip_prefix(kind).unwrap_or(&issue.path);
            self.not_shown
                .elements
                .push((kind.to_owned(), format!("{name}{path}: {}", issue.problem)));
        }
        for absent in resource
            .base()
            .absent
            .iter()
            .filter(|absent| absent.reason == "masked")
        {
            let path = absent.path.strip_prefix(kind).unwrap_or(&absent.path);
            self.not_shown.masked.push(format!("{name}{path}"));
        }
        name
    }
}

/// A number for a resource without an id that does not depend on where it stood.
fn stable_number(raw: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    raw.hash(&mut hasher);
    (hasher.finish() & 0xffff_ffff) as usize
}

/// Sorts by name, then by when it was received, then by text: an order that arrival has no part in.
fn settle<T>(items: &mut [T], texts: Texts<'_>, by: impl Fn(&T) -> (&str, i64, usize)) {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by(|&a, &b| {
        let ((a_name, a_received, _), (b_name, b_received, _)) = (by(&items[a]), by(&items[b]));
        a_name.cmp(b_name).then(a_received.cmp(&b_received))
    });
    // A fact is large: it is moved once to where it belongs, not at every comparison.
    for place in 0..items.len() {
        let mut from = order[place];
        while from < place {
            from = order[from];
        }
        order[place] = from;
        items.swap(place, from);
    }
    let alike = |a: &T, b: &T| {
        let ((a_name, a_received, _), (b_name, b_received, _)) = (by(a), by(b));
        a_name == b_name && a_received == b_received
    };
    for namesakes in items.chunk_by_mut(alike).filter(|run| run.len() > 1) {
        namesakes.sort_by_cached_key(|it| texts(by(it).2));
    }
}

/// The patient's own id, and those of records that were merged into this one or it into them.
fn own_ids(patient: &str, patients: &[Person]) -> HashSet<String> {
    let mut own = HashSet::new();
    if patient.is_empty() {
        return own;
    }
    own.insert(patient.to_owned());
    for held in patients.iter().filter(|it| it.id == patient) {
        let merged = held
            .patient
            .link
            .iter()
            .filter(|l| matches!(l.type_.as_deref(), Some("replaces" | "replaced-by")));
        own.extend(
            merged
                .filter_map(|l| l.other.as_ref()?.id_of("Patient"))
                .map(str::to_owned),
        );
    }
    own
}

/// The id of the patient a resource says it is about. A record shown under the wrong name is the worst a viewer can
/// do: what names another patient is named in the gaps instead.
fn patient_meant(subject: &Reference) -> Option<String> {
    let key = Named::of(subject).key?;
    key.strip_prefix("Patient/")
        .or_else(|| key.strip_prefix("urn:uuid:"))
        .map(str::to_owned)
}

/// Other records of the same person that nobody has merged with this one.
fn held_apart(patient: &Patient) -> Vec<String> {
    patient
        .link
        .iter()
        .filter(|link| matches!(link.type_.as_deref(), Some("seealso" | "refer")))
        .filter_map(|link| Named::of(link.other.as_ref()?).key)
        .filter(|key| !key.is_empty())
        .map(|key| key.to_string())
        .collect()
}

/// The practice and practitioner that the patient names stand under "GP practice".
fn place_general_practice(facts: &mut [Fact], patient: &Patient) {
    let named: Vec<String> = patient
        .general_practitioner
        .iter()
        .filter_map(|r| Named::of(r).key)
        .map(|key| key.to_string())
        .collect();
    let is_named = |fact: &Fact| {
        named.iter().any(|key| match key.strip_prefix("urn:uuid:") {
            Some(id) => fact.resource.split_once('/').is_some_and(|(_, own)| own == id),
            None => fact.resource == *key,
        } || fact.identifiers.contains(key))
    };
    for fact in facts {
        if is_named(fact) {
            fact.section = 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn held(raw: &str) -> Held<'_> {
        Held {
            raw,
            version_received: DateTime::UNIX_EPOCH,
        }
    }

    /// Found by fuzzing: which of two nameless patients gave the banner was decided by their order.
    #[test]
    fn namesakes_are_told_apart_by_what_they_say_not_by_their_order() {
        let patients = [
            r#"{"resourceType":"Patient","name":[{"family":"Example","given":["Ada"]}]}"#,
            r#"{"resourceType":"Patient","name":[{"family":"Sample","given":["Ben"]}]}"#,
            r#"{"resourceType":"Organization","id":"o","name":"First House"}"#,
            r#"{"resourceType":"Organization","id":"o","name":"Second House"}"#,
            r#"{"resourceType":"Observation","id":"1","code":{"text":"Pulse"},"performer":[{"reference":"Organization/o"}]}"#,
        ];
        let forward = project("", patients.map(held), &Arrival::default());
        let mut turned = patients;
        turned.reverse();
        assert!(forward == project("", turned.map(held), &Arrival::default()));
    }

    #[test]
    fn look_alikes_whose_text_is_gone_are_left_apart() {
        let copies = [
            r#"{"resourceType":"Condition","id":"1","code":{"text":"Asthma"},"onsetDateTime":"2020-01-01"}"#,
            r#"{"resourceType":"Condition","id":"2","code":{"text":"Asthma"},"onsetDateTime":"2020-01-01"}"#,
        ];
        let unified = |texts: &dyn Fn(usize) -> Option<String>| {
            let mut unifier = Unifier::new("");
            copies.iter().for_each(|raw| unifier.add(held(raw)));
            unifier.finish(&Arrival::default(), texts)
        };
        assert_eq!(unified(&|place| Some(copies[place].to_owned())).timeline.len(), 1);
        assert_eq!(unified(&|_| None).timeline.len(), 2);
    }
}
