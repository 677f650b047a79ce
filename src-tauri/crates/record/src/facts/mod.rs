//! Boiling resources down to facts, one file a subject, every resource type in one match.

mod alerts;
mod clinical;
mod documents;
mod encounters;
mod medicines;
mod people;
mod plans;
mod results;
pub(crate) mod words;

use chrono::Datelike;
use curlew_fhir::{
    Annotation, CodeableConcept, FhirDateTime, Precision, Reading, Reference, Resource, Value,
};

use crate::{
    alike::Alike,
    care_setting,
    care_setting::Origin,
    display::Moment,
    fact::{
        Code, Fact, Named, Part, Said, Subject, codes_of, concept_words, identifier_key, is_bare_code, mark,
    },
    few::Few,
    view::{LineKind, Mark, MarkTone},
};
use words::value_words;

/// A fact in the making, with the names of what the resource contains within itself.
pub(crate) struct Draft {
    pub(crate) fact: Fact,
    /// What it will be called.
    pub(crate) title: String,
    /// Further words to find it by.
    search: String,
    contained: Vec<(String, String)>,
}

/// Boils one resource down: what it is called, when it was received in milliseconds since 1970, where it stood, and every
/// reference in its text. What others have `said` alike is shared with them.
pub(crate) fn fact_of(
    name: String,
    received: i64,
    place: u32,
    references: &[&str],
    reading: &Reading<Resource>,
    said: &mut Said,
) -> Fact {
    let resource = &reading.value;
    let base = resource.base();
    let marks = marks_of(resource, reading.issues.len());
    let mut draft = Draft {
        fact: Fact {
            resource: name,
            place,
            kind: LineKind::Other,
            section: 0,
            event: true,
            when: None,
            recorded: None,
            received,
            title: "".into(),
            details: Alike::default(),
            turned: marks
                .iter()
                .filter(|mark| mark.tone == MarkTone::Danger)
                .map(|mark| mark.text.clone())
                .collect(),
            marks: marks.into(),
            origin: Origin {
                stated: care_setting::stated(&base.meta).map(Box::new),
                source: base.meta.source.as_deref().map(Into::into),
                ..Origin::default()
            },
            encounter: None,
            identifiers: resource.identifiers().iter().filter_map(identifier_key).collect(),
            codes: Alike::default(),
            search: "".into(),
            parts: Few::default(),
            refers: Few::default(),
            links: crate::links::of(resource.resource_type(), references).into(),
            not_at_bedside: crate::bedside::of_labels(&base.meta.security),
            subject: Subject::Plain,
        },
        title: String::new(),
        search: String::new(),
        contained: base
            .contained
            .iter()
            .filter_map(|inner| Some((format!("#{}", inner.id()?), words::resource_name(inner)?)))
            .collect(),
    };
    draft.take(resource);
    if draft.title.trim().is_empty() {
        // A resource that does not say what it is may still carry its narrative.
        draft.title = base
            .text
            .as_ref()
            .and_then(|n| n.div.as_deref())
            .and_then(crate::narrative::first_sentence)
            .unwrap_or_else(|| format!("{}, not described", words::type_words(resource.resource_type())));
    }
    let Draft {
        mut fact,
        title,
        search,
        contained: _,
    } = draft;
    fact.title = title.into();
    fact.search = search.into();
    fact.settle(said);
    fact
}

impl Draft {
    fn take(&mut self, resource: &Resource) {
        match resource {
            Resource::Patient(it) => people::patient(self, it),
            Resource::RelatedPerson(it) => people::related_person(self, it),
            Resource::Practitioner(it) => people::practitioner(self, it),
            Resource::PractitionerRole(it) => people::practitioner_role(self, it),
            Resource::Organization(it) => people::organization(self, it),
            Resource::Location(it) => people::location(self, it),
            Resource::HealthcareService(it) => people::healthcare_service(self, it),
            Resource::CareTeam(it) => people::care_team(self, it),
            Resource::Device(it) => people::device(self, it),
            Resource::DeviceUseStatement(it) => people::device_use(self, it),
            Resource::SupplyDelivery(it) => people::supply(self, it),
            Resource::ResearchSubject(it) => people::research_subject(self, it),
            Resource::Encounter(it) => encounters::encounter(self, it),
            Resource::EpisodeOfCare(it) => encounters::episode(self, it),
            Resource::Appointment(it) => encounters::appointment(self, it),
            Resource::Communication(it) => encounters::communication(self, it),
            Resource::AllergyIntolerance(it) => clinical::allergy(self, it),
            Resource::Condition(it) => clinical::condition(self, it),
            Resource::Procedure(it) => clinical::procedure(self, it),
            Resource::Immunization(it) => clinical::immunization(self, it),
            Resource::FamilyMemberHistory(it) => clinical::family_history(self, it),
            Resource::ClinicalImpression(it) => clinical::impression(self, it),
            Resource::RiskAssessment(it) => alerts::risk(self, it),
            Resource::Flag(it) => alerts::flag(self, it),
            Resource::Consent(it) => alerts::consent(self, it),
            Resource::Provenance(it) => alerts::provenance(self, it),
            Resource::Observation(it) => results::observation(self, it),
            Resource::DiagnosticReport(it) => results::report(self, it),
            Resource::Specimen(it) => results::specimen(self, it),
            Resource::ImagingStudy(it) => results::imaging(self, it),
            Resource::QuestionnaireResponse(it) => results::questionnaire(self, it),
            Resource::Medication(it) => medicines::medication(self, it),
            Resource::MedicationRequest(it) => medicines::request(self, it),
            Resource::MedicationStatement(it) => medicines::statement(self, it),
            Resource::MedicationDispense(it) => medicines::dispense(self, it),
            Resource::MedicationAdministration(it) => medicines::administration(self, it),
            Resource::DocumentReference(it) => documents::document(self, it),
            Resource::Composition(it) => documents::composition(self, it),
            Resource::Binary(it) => documents::binary(self, it),
            Resource::List(it) => documents::list(self, it),
            Resource::CarePlan(it) => plans::care_plan(self, it),
            Resource::Goal(it) => plans::goal(self, it),
            Resource::ServiceRequest(it) => plans::service_request(self, it),
            Resource::Task(it) => plans::task(self, it),
            // Named in the gaps by type, never lines: see `gaps::not_displayed`.
            _ => {}
        }
    }

    /// What a reference names, with the words of a contained resource filled in.
    pub(crate) fn named(&self, reference: &Reference) -> Named {
        let mut named = Named::of(reference);
        if named.words.is_none() {
            let inner = self
                .contained
                .iter()
                .find(|(key, _)| Some(key.as_str()) == named.key.as_deref());
            named.words = inner.map(|(_, name)| name.as_str().into());
        }
        named
    }

    /// Sets what it is: the words as the title, the codes for joining.
    pub(crate) fn title_from(&mut self, concept: Option<&CodeableConcept>) {
        if let Some(concept) = concept {
            if let Some(words) = concept_words(concept) {
                self.title = words;
            }
            self.code(concept);
        }
    }

    /// Adds a concept's codes to what it is known by, and their displays to what it is found by.
    pub(crate) fn code(&mut self, concept: &CodeableConcept) {
        self.fact.codes.extend(codes_of(concept));
        for display in concept.coding.iter().filter_map(|c| c.display.as_deref()) {
            if display != self.title {
                self.search.push_str(display);
                self.search.push(' ');
            }
        }
    }

    /// A piece of the detail. A bare code stays out: the source drawer lists codes.
    pub(crate) fn text(&mut self, text: impl Into<Option<String>>) {
        let text = text.into().map(|t| t.trim().to_owned());
        if let Some(text) = text.filter(|t| !t.is_empty() && !is_bare_code(t)) {
            self.fact.details.push(Part::Text(text.into()));
        }
    }

    /// Words before a value, when there is one: "because ", "severity ".
    pub(crate) fn labelled(&mut self, before: &str, text: Option<String>) {
        if let Some(text) = text.filter(|t| !t.trim().is_empty()) {
            self.text(format!("{before}{}", text.trim()));
        }
    }

    pub(crate) fn notes(&mut self, notes: &[Annotation]) {
        for note in notes {
            self.text(note.text.clone());
        }
    }

    /// Somebody named on the line, who also leads to the organisation.
    pub(crate) fn who(&mut self, before: &'static str, reference: Option<&Reference>) {
        if let Some(reference) = reference {
            let named = self.named(reference);
            if !named.is_empty() {
                // A name without an address may be a person's, and must not be shown as an organisation's.
                if named.key.is_some() {
                    self.fact.origin.organisations.push(named.clone());
                }
                self.fact.details.push(Part::Who(before, named));
            }
        }
    }

    /// Somebody or somewhere that only leads to the organisation.
    pub(crate) fn organisation(&mut self, reference: Option<&Reference>) {
        if let Some(reference) = reference {
            let named = self.named(reference);
            if !named.is_empty() {
                self.fact.origin.organisations.push(named);
            }
        }
    }

    /// Words before the name of something that has nothing to do with where the fact comes from.
    pub(crate) fn about(&mut self, before: &'static str, reference: Option<&Reference>) {
        if let Some(reference) = reference {
            let named = self.named(reference);
            if !named.is_empty() {
                self.fact.details.push(Part::Who(before, named));
            }
        }
    }

    /// References that get no words while what they lead to is there.
    pub(crate) fn refers(&mut self, references: &[Reference]) {
        let named: Vec<Named> = references.iter().map(|r| self.named(r)).collect();
        self.fact.refers.extend(named);
    }

    pub(crate) fn encounter(&mut self, reference: Option<&Reference>) {
        if let Some(reference) = reference {
            self.fact.encounter = Some(self.named(reference).into());
        }
    }

    pub(crate) fn when(&mut self, when: Option<&FhirDateTime>) {
        self.fact.when = self.fact.when.or_else(|| moment(when));
    }

    /// When it happened, from a choice of types; what is not a date stays as words.
    pub(crate) fn when_value(&mut self, value: Option<&Value>) {
        match value {
            Some(Value::DateTime(at)) => self.when(Some(at)),
            Some(Value::Period(period)) => {
                self.when(period.start.as_ref());
                self.until(period.end.as_ref());
                if self.fact.when.is_none() {
                    self.when(period.end.as_ref());
                }
            }
            Some(Value::Timing(timing)) if !timing.event.is_empty() => self.when(timing.event.first()),
            Some(other) => self.labelled("when: ", value_words(other)),
            None => {}
        }
    }

    /// "until …", when the end is on another day than the start.
    pub(crate) fn until(&mut self, end: Option<&FhirDateTime>) {
        if let Some(end) = moment(end) {
            let start = self.fact.when.map(|m| m.date_text());
            if start.as_deref() != Some(&end.date_text()) {
                self.text(format!("until {}", end.date_text()));
            }
        }
    }

    pub(crate) fn recorded(&mut self, when: Option<&FhirDateTime>) {
        self.fact.recorded = self.fact.recorded.or_else(|| moment(when));
    }

    pub(crate) fn mark(&mut self, tone: MarkTone, text: impl Into<String>) {
        self.fact.marks.push(mark(tone, text));
    }

    /// Says a status unless it is the one everybody expects of a finished fact.
    pub(crate) fn status(&mut self, status: Option<&str>, expected: &[&str]) {
        if let Some(status) = status.filter(|s| !expected.contains(s)) {
            self.mark(MarkTone::Note, crate::fact::code_words(status));
        }
    }

    pub(crate) fn has_code(&self, code: &str) -> bool {
        self.fact.codes.iter().any(|c: &Code| *c.code == *code)
    }
}

/// A FHIR date as a moment to show and sort by.
pub(crate) fn moment(when: Option<&FhirDateTime>) -> Option<Moment> {
    let when = when?;
    let day = when.date();
    Some(match when.precision() {
        Precision::Year => Moment::Year(day.year()),
        Precision::Month => Moment::Month(day.year(), day.month()),
        Precision::Day => Moment::Day(day),
        Precision::Minute | Precision::Second if when.offset().is_some() => {
            Moment::Instant(when.earliest_utc())
        }
        Precision::Minute | Precision::Second => Moment::Local(when.local()),
    })
}

/// The start of a choice of date types.
pub(crate) fn start_of(value: Option<&Value>) -> Option<Moment> {
    match value? {
        Value::DateTime(at) => moment(Some(at)),
        Value::Period(period) => moment(period.start.as_ref()),
        Value::Timing(timing) => moment(timing.event.first()),
        _ => None,
    }
}

/// The end of a choice of date types.
pub(crate) fn end_of(value: Option<&Value>) -> Option<Moment> {
    match value? {
        Value::Period(period) => moment(period.end.as_ref()),
        _ => None,
    }
}

/// Marks that any resource may carry, whatever it is about.
fn marks_of(resource: &Resource, issues: usize) -> Vec<Mark> {
    let base = resource.base();
    let mut marks = Vec::new();
    if !base.modifiers.is_empty() {
        marks.push(mark(
            MarkTone::Danger,
            "contains a modifier that Curlew does not understand: it may change or negate the meaning, read the source",
        ));
    }
    if resource.negated() {
        let words = match resource {
            Resource::MedicationRequest(_) | Resource::ServiceRequest(_) => {
                "do not do: the request forbids it"
            }
            Resource::MedicationStatement(_) => "not taken",
            _ => "not done",
        };
        marks.push(mark(MarkTone::Danger, words));
    }
    if issues > 0 {
        let words = match issues {
            1 => "one part of this entry could not be read".to_owned(),
            n => format!("{n} parts of this entry could not be read"),
        };
        marks.push(mark(MarkTone::Check, words));
    }
    let label = base
        .meta
        .security
        .iter()
        .filter_map(|c| c.code.as_deref())
        .find_map(|code| match code {
            "R" => Some("restricted"),
            "V" => Some("very restricted"),
            "NOPAT" => Some("do not disclose to the patient or family"),
            _ => None,
        });
    if let Some(label) = label {
        marks.push(mark(MarkTone::Check, label));
    }
    marks
}
