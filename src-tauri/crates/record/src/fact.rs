//! A received resource boiled down to what the record needs of it.
//!
//! The tree is dropped as soon as a [`Fact`] has been made, so a projection holds words, not documents.
//! What can only be known from other resources (an organisation's name, the medicine a reference leads to)
//! stays a [`Named`] until everything has been read.

use std::{borrow::Cow, collections::HashSet, sync::Arc};

use curlew_fhir::{CodeableConcept, Coding, Decimal, Identifier, Reference, Target};

use crate::{
    alike::Alike,
    care_setting::Origin,
    display::{MedicationWords, Moment},
    few::Few,
    view::{LineKind, Mark, MarkTone},
};

/// One resource, compact.
pub(crate) struct Fact {
    /// `Type/id`; `Type/(no id)#n` for the rare resource without one.
    pub(crate) resource: String,
    /// Where it stood among what was received: the name of its text, to compare two that look alike.
    pub(crate) place: u32,
    pub(crate) kind: LineKind,
    /// Section of the content standard, 1 to 38; 0 for none.
    pub(crate) section: u8,
    /// Whether it is an event of the timeline; people, places and products are not.
    pub(crate) event: bool,
    /// When it happened.
    pub(crate) when: Option<Moment>,
    /// When it was written down.
    pub(crate) recorded: Option<Moment>,
    /// When this version reached us, in milliseconds since 1970.
    pub(crate) received: i64,
    pub(crate) title: Arc<str>,
    pub(crate) details: Alike<Part>,
    pub(crate) marks: Few<Mark>,
    /// Of the marks, those that can turn the meaning round: not done, a modifier nobody understands.
    pub(crate) turned: Few<String>,
    pub(crate) origin: Origin,
    /// The encounter or episode it belongs to.
    pub(crate) encounter: Option<Arc<Named>>,
    /// Business identifiers with a system, as `system|value`.
    pub(crate) identifiers: Few<String>,
    /// Codes that say what it is.
    pub(crate) codes: Alike<Code>,
    /// Further words to find it by.
    pub(crate) search: Arc<str>,
    /// References to resources that are shown as part of this one (results of a report, a document's file).
    pub(crate) parts: Few<Named>,
    /// Further references: not worth words on the line, but worth saying when they lead nowhere.
    pub(crate) refers: Few<Named>,
    /// References that link it to a problem: see [`crate::links`].
    pub(crate) links: Few<String>,
    /// Why its labels keep it from the bedside: see [`crate::bedside`].
    pub(crate) not_at_bedside: Option<&'static str>,
    /// The subject it contributes to beyond its own line.
    pub(crate) subject: Subject,
}

/// What a fact contributes beyond its line.
pub(crate) enum Subject {
    /// Nothing further.
    Plain,
    Medicine(Box<MedicineFact>),
    /// A Medication resource: the product that requests refer to.
    Product(Box<ProductFact>),
    Allergy(Box<AllergyFact>),
    Measurement(Box<MeasurementFact>),
    Report,
    Problem {
        active: bool,
    },
    Alert {
        active: bool,
    },
    Appointment {
        booked: bool,
    },
    /// A list whose emptiness or ending says something.
    List(Box<ListFact>),
    /// Where another resource came from.
    Provenance(Box<ProvenanceFact>),
}

/// Where other resources came from.
pub(crate) struct ProvenanceFact {
    pub(crate) targets: Vec<Named>,
    pub(crate) who: Vec<Named>,
}

/// A coded meaning.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Code {
    pub(crate) system: Cow<'static, str>,
    pub(crate) code: Arc<str>,
}

/// Something referred to: by address, by its own words, or both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Named {
    /// `Type/id`, `urn:uuid:…` or `system|value`, whatever the reference gives.
    pub(crate) key: Option<Arc<str>>,
    /// The words the reference itself carries.
    pub(crate) words: Option<Arc<str>>,
}

/// A piece of a line's detail.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Text(Arc<str>),
    /// Words before the name of something referred to: "by ", "at ".
    Who(&'static str, Named),
}

/// How far a medicine has got, in the standard's words (MEDv).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Phase {
    Started,
    NotStarted,
    Suspended,
    Completed,
    Discontinued,
    NotTaken,
    /// Said by nobody, or in a word we do not know: shown, and kept under Current because it may be.
    Stated(String),
}

impl Phase {
    pub(crate) fn word(&self) -> &str {
        match self {
            Phase::Started => "Started",
            Phase::NotStarted => "Not Started",
            Phase::Suspended => "Suspended",
            Phase::Completed => "Completed",
            Phase::Discontinued => "Discontinued",
            Phase::NotTaken => "Not taken",
            Phase::Stated(word) => word,
        }
    }

    /// Whether it belongs under Current. What is unknown does.
    pub(crate) fn is_current(&self) -> bool {
        !matches!(self, Phase::Completed | Phase::Discontinued | Phase::NotTaken)
    }
}

/// What kind of statement about a medicine it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum MedicineRole {
    /// A prescription, or the authorisation of a repeat.
    Prescription,
    /// One issue of a repeat: says that it is being issued, not how far the course has got.
    Issue,
    /// What somebody says the patient takes.
    Statement,
    /// A pharmacy's supply.
    Dispense,
    /// A dose given or not given.
    Administration,
}

/// What one resource says about one medicine.
pub(crate) struct MedicineFact {
    pub(crate) role: MedicineRole,
    /// Coded product identity, when the resource carries it itself.
    pub(crate) product: ProductFact,
    /// The Medication resource it refers to.
    pub(crate) medication: Option<Named>,
    /// The line's words, without the drug.
    pub(crate) words: MedicationWords,
    /// Structured dose as (number as written, unit), when coded as a quantity.
    pub(crate) dose: Option<(Decimal, String)>,
    pub(crate) phase: Phase,
    pub(crate) started: Option<Moment>,
    /// Whether `started` opens a period that the source gives. Otherwise it is the day of prescribing or of saying so.
    pub(crate) has_period: bool,
    pub(crate) ended: Option<Moment>,
    /// Why it stopped or changed, as the source says.
    pub(crate) reason: Option<String>,
    /// What this statement is called: "Repeat", "Discharge", "Dispensed".
    pub(crate) label: String,
    /// Extra words for the source: quantity, days' supply.
    pub(crate) remarks: Vec<String>,
}

/// A product's identity.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProductFact {
    pub(crate) name: String,
    pub(crate) codes: Vec<Code>,
    /// Codes of its active ingredients.
    pub(crate) ingredients: Vec<Code>,
    pub(crate) form: Option<String>,
}

pub(crate) struct AllergyFact {
    pub(crate) words: crate::display::AllergyWords,
    pub(crate) codes: Alike<Code>,
    pub(crate) active: bool,
    /// A statement that there are none.
    pub(crate) none_known: bool,
    pub(crate) recorder: Option<Named>,
}

/// One measured value.
pub(crate) struct MeasurementFact {
    pub(crate) name: Arc<str>,
    pub(crate) group: Option<Arc<str>>,
    pub(crate) value: Measured,
    pub(crate) range: Option<Arc<str>>,
    pub(crate) range_low: Option<f64>,
    pub(crate) range_high: Option<f64>,
    pub(crate) flag: Option<Box<Mark>>,
    /// Parts measured with it, each a series of its own.
    pub(crate) components: Few<MeasurementFact>,
    pub(crate) code: Option<Arc<Code>>,
    /// What it contributes to an early warning score; empty for nearly all, and for parts.
    pub(crate) signs: Few<crate::early_warning::Sign>,
}

/// A value as measured.
pub(crate) enum Measured {
    /// A number with its unit, ready to show and to draw.
    Number {
        shown: Arc<str>,
        number: f64,
        unit: Arc<str>,
    },
    /// Blood pressure: two numbers in one unit.
    Pressure {
        shown: Arc<str>,
        systolic: f64,
        diastolic: f64,
        unit: Arc<str>,
    },
    /// Anything else, in words.
    Words(Arc<str>),
    /// Nothing, with the reason when given.
    Nothing(Option<Arc<str>>),
}

impl Measured {
    pub(crate) fn shown(&self) -> Option<&str> {
        match self {
            Measured::Number { shown, .. } | Measured::Pressure { shown, .. } | Measured::Words(shown) => {
                Some(shown)
            }
            Measured::Nothing(reason) => reason.as_deref(),
        }
    }
}

/// What a List says beyond its entries.
pub(crate) struct ListFact {
    pub(crate) title: String,
    pub(crate) allergies: bool,
    /// "Ended allergies": everything in it is over.
    pub(crate) ended: bool,
    pub(crate) entries: Vec<Named>,
    /// Why it is empty, when it says so.
    pub(crate) empty_reason: Option<String>,
    /// The source vouches that there is nothing (`nilknown`).
    pub(crate) nil_known: bool,
    /// Warnings that something is missing from it.
    pub(crate) warnings: Vec<String>,
}

impl Fact {
    /// Gives back the room that was made for more than there is: facts stay until everything has been received.
    ///
    /// What many facts say alike is kept once: one laboratory, one author, one unit and one contact stand behind hundreds.
    pub(crate) fn settle(&mut self, said: &mut Said) {
        said.share(&mut self.title);
        said.share(&mut self.search);
        said.share_details(&mut self.details);
        said.share_codes(&mut self.codes);
        said.share_all_named(&mut self.origin.organisations);
        self.origin
            .source
            .iter_mut()
            .for_each(|source| said.share(source));
        self.encounter
            .iter_mut()
            .for_each(|named| said.share_contact(named));
        if let Subject::Measurement(measurement) = &mut self.subject {
            said.share_measurement(measurement);
        }
        self.marks.settle();
        self.parts.settle();
        self.refers.settle();
        self.links.settle();
    }
}

/// What facts have in common: words, and whole lists.
#[derive(Default)]
pub(crate) struct Said {
    words: HashSet<Arc<str>>,
    details: HashSet<Alike<Part>>,
    codes: HashSet<Alike<Code>>,
    named: HashSet<Alike<Named>>,
    code: HashSet<Arc<Code>>,
    contacts: HashSet<Arc<Named>>,
}

impl Said {
    fn share(&mut self, words: &mut Arc<str>) {
        match self.words.get(words) {
            Some(said) => *words = Arc::clone(said),
            None => drop(self.words.insert(Arc::clone(words))),
        }
    }

    fn share_named(&mut self, named: &mut Named) {
        let Named { key, words } = named;
        key.iter_mut().chain(words).for_each(|words| self.share(words));
    }

    fn share_contact(&mut self, named: &mut Arc<Named>) {
        match self.contacts.get(named) {
            Some(said) => *named = Arc::clone(said),
            None => {
                self.share_named(Arc::make_mut(named));
                self.contacts.insert(Arc::clone(named));
            }
        }
    }

    fn share_all_named(&mut self, all: &mut Alike<Named>) {
        match self.named.get(all) {
            Some(said) => *all = said.clone(),
            None => {
                all.each_mut(|named| self.share_named(named));
                self.named.insert(all.clone());
            }
        }
    }

    fn share_details(&mut self, details: &mut Alike<Part>) {
        match self.details.get(details) {
            Some(said) => *details = said.clone(),
            None => {
                details.each_mut(|part| match part {
                    Part::Text(text) => self.share(text),
                    Part::Who(_, named) => self.share_named(named),
                });
                self.details.insert(details.clone());
            }
        }
    }

    fn share_codes(&mut self, codes: &mut Alike<Code>) {
        match self.codes.get(codes) {
            Some(said) => *codes = said.clone(),
            None => {
                codes.each_mut(|code| self.share(&mut code.code));
                self.codes.insert(codes.clone());
            }
        }
    }

    fn share_measurement(&mut self, measured: &mut MeasurementFact) {
        if let Some(code) = &mut measured.code {
            match self.code.get(code) {
                Some(said) => *code = Arc::clone(said),
                None => drop(self.code.insert(Arc::clone(code))),
            }
        }
        let (shown, unit) = match &mut measured.value {
            Measured::Number { shown, unit, .. } | Measured::Pressure { shown, unit, .. } => {
                (Some(shown), Some(unit))
            }
            Measured::Words(shown) => (Some(shown), None),
            Measured::Nothing(reason) => (reason.as_mut(), None),
        };
        std::iter::once(&mut measured.name)
            .chain(shown)
            .chain(unit)
            .chain(&mut measured.group)
            .chain(&mut measured.range)
            .for_each(|words| self.share(words));
        measured.signs.settle();
        measured.components.each_mut(|part| self.share_measurement(part));
        measured.components.settle();
    }
}

impl Named {
    pub(crate) fn of(reference: &Reference) -> Self {
        let key = match reference.target() {
            Some(Target::Resource {
                resource_type, id, ..
            }) => Some(match reference.reference.as_deref() {
                // The address is the name already, as it nearly always is.
                Some(address) if address.len() == resource_type.len() + 1 + id.len() => address.into(),
                _ => [resource_type, "/", id].concat().into(),
            }),
            Some(Target::Urn(urn)) => Some(urn.into()),
            Some(Target::Elsewhere(address)) => address
                .split_once("?identifier=")
                .map(|(_, identifier)| identifier.into()),
            Some(Target::Contained(id)) => Some(format!("#{id}").into()),
            None => None,
        };
        let identifier = || reference.identifier.as_deref().and_then(identifier_key);
        Self {
            key: key.or_else(|| identifier().map(Arc::from)),
            words: reference.display.as_deref().map(Arc::from),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.key.is_none() && self.words.is_none()
    }
}

/// `system|value`, when both are given.
pub(crate) fn identifier_key(identifier: &Identifier) -> Option<String> {
    match (&identifier.system, &identifier.value) {
        (Some(system), Some(value)) if !system.is_empty() && !value.is_empty() => {
            Some([system, "|", value].concat())
        }
        _ => None,
    }
}

const USUAL_SYSTEMS: [&str; 5] = [
    SNOMED,
    "http://loinc.org",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://hl7.org/fhir/sid/cvx",
    "http://hl7.org/fhir/sid/icd-10",
];

/// Code system of SNOMED CT, and so of dm+d.
pub(crate) const SNOMED: &str = "http://snomed.info/sct";

/// The codes of a concept, degraded and placeholder codes left out: they say "some medicine", and would make
/// one line of everything that carries them (GP Connect).
pub(crate) fn codes_of(concept: &CodeableConcept) -> Vec<Code> {
    concept.coding.iter().filter_map(code_of).collect()
}

pub(crate) fn code_of(coding: &Coding) -> Option<Code> {
    const DEGRADED: [&str; 4] = [
        "196421000000109",
        "196461000000101",
        "196411000000103",
        "196431000000106",
    ];
    let code = coding
        .code
        .as_deref()
        .filter(|c| !c.is_empty() && !DEGRADED.contains(c))?;
    let system = coding.system.as_deref().filter(|s| !s.is_empty())?;
    // dm+d product codes are SNOMED CT codes: the same number is the same product under either name.
    let system = match system {
        "https://dmd.nhs.uk" | "http://dmd.nhs.uk" => SNOMED.into(),
        // Nearly every code is of one of a few systems, whose names need not be kept once for each.
        _ => match USUAL_SYSTEMS.iter().find(|usual| **usual == system) {
            Some(usual) => (*usual).into(),
            None => system.to_owned().into(),
        },
    };
    Some(Code {
        system,
        code: code.into(),
    })
}

/// A concept in words: the author's, or failing any the code itself, said to be a code.
pub(crate) fn concept_words(concept: &CodeableConcept) -> Option<String> {
    concept
        .words()
        .map(|w| w.trim().to_owned())
        .filter(|w| !w.is_empty())
        .or_else(|| concept.coding.iter().find_map(known_code))
        .or_else(|| {
            concept
                .coding
                .iter()
                .find_map(|c| c.code.as_ref())
                .map(|code| format!("{BARE}{code}"))
        })
}

/// What stands before a code that nobody gave words for.
const BARE: &str = "code ";

/// Whether words are only a code, which says nothing to a reader and stands among the facts of the source.
pub(crate) fn is_bare_code(words: &str) -> bool {
    words
        .strip_prefix(BARE)
        .is_some_and(|code| !code.is_empty() && !code.contains(char::is_whitespace))
}

/// Words for codes of HL7's own systems sent without any: those are English words with hyphens
/// (`problem-list-item`), but for a few.
fn known_code(coding: &Coding) -> Option<String> {
    let system = coding.system.as_deref()?;
    let code = coding.code.as_deref().filter(|c| !c.is_empty())?;
    let ours =
        system.starts_with("http://terminology.hl7.org/") || system.starts_with("http://hl7.org/fhir/");
    if !ours {
        return None;
    }
    match code {
        "OPTIN" => Some("the patient has opted in".to_owned()),
        "OPTOUT" => Some("the patient has opted out".to_owned()),
        "adr" => Some("advance care directive".to_owned()),
        _ => code
            .chars()
            .all(|c| c.is_ascii_lowercase() || c == '-')
            .then(|| code_words(code)),
    }
}

/// The first of several concepts that has words.
pub(crate) fn first_words(concepts: &[CodeableConcept]) -> Option<String> {
    concepts.iter().find_map(concept_words)
}

/// Every concept's words, separated by commas.
pub(crate) fn all_words(concepts: &[CodeableConcept]) -> Option<String> {
    let mut words: Vec<String> = concepts.iter().filter_map(concept_words).collect();
    if words.iter().any(|w| !is_bare_code(w)) {
        words.retain(|w| !is_bare_code(w));
    }
    (!words.is_empty()).then(|| words.join(", "))
}

/// A mark.
pub(crate) fn mark(tone: MarkTone, text: impl Into<String>) -> Mark {
    Mark {
        tone,
        text: text.into(),
    }
}

/// A code such as `in-progress` as words.
pub(crate) fn code_words(code: &str) -> String {
    code.replace(['-', '_'], " ")
}
