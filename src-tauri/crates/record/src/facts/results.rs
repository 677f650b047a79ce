//! Results, measurements, reports, specimens, images, forms.

use std::sync::Arc;

use curlew_fhir::{
    CodeableConcept, Component, DiagnosticReport, ImagingStudy, Observation, Quantity, QuestionnaireResponse,
    ReferenceRange, ResponseItem, Specimen, Value,
};

use super::{
    Draft,
    words::{bounds_words, unit_of, value_words},
};
use crate::{
    display::quantity,
    early_warning,
    fact::{
        Code, Measured, MeasurementFact, Part, Subject, all_words, code_words, codes_of, concept_words,
        first_words, mark,
    },
    few::Few,
    safety,
    view::{LineKind, Mark, MarkTone},
};

/// Systolic and diastolic pressure in LOINC and SNOMED CT.
const SYSTOLIC: [&str; 4] = ["8480-6", "271649006", "72313002", "407554009"];
const DIASTOLIC: [&str; 4] = ["8462-4", "271650006", "1091811000000102", "407555005"];

pub(super) fn observation(draft: &mut Draft, it: &Observation) {
    draft.title_from(it.code.as_ref());
    if draft.title.is_empty() {
        draft.title = "Observation, not named".to_owned();
    }
    let name = draft.title.clone();
    let category: Vec<&str> = it
        .category
        .iter()
        .flat_map(|c| &c.coding)
        .filter_map(|c| c.code.as_deref())
        .collect();
    let is = |wanted: &str| category.contains(&wanted);
    let says = |known: &[&str]| safety::says_any(&name, known);
    (draft.fact.kind, draft.fact.section) = if safety::about_resuscitation(&draft.fact.codes, &draft.title) {
        (LineKind::Alert, 37)
    } else if says(&["place of death", "place of care", "prognosis"]) {
        (LineKind::Plan, 37)
    } else if says(&["pregnan", "date of delivery"]) {
        (LineKind::Background, 26)
    } else if is("social-history") {
        (LineKind::Background, 19)
    } else if is("vital-signs") || is("exam") {
        (LineKind::Result, 25)
    } else if is("survey") || says(&["score", "scale"]) {
        (LineKind::Assessment, 27)
    } else {
        (LineKind::Result, 23)
    };

    let mut measurement = MeasurementFact {
        name: name.into(),
        group: group_of(&it.category).map(Arc::from),
        value: measured(it.value.as_ref(), it.data_absent_reason.as_ref()),
        range: None,
        range_low: None,
        range_high: None,
        flag: flag_of(&it.interpretation).map(Box::new),
        components: it.component.iter().map(component).collect(),
        code: first_code(it.code.as_ref()),
        signs: early_warning::signs_of(it).into(),
    };
    set_range(&mut measurement, &it.reference_range);
    if let Some(pressure) = pressure(&it.component) {
        // One line and one bar; what else was measured with it keeps its own series.
        measurement.components = it
            .component
            .iter()
            .filter(|c| !is_pressure(c))
            .map(component)
            .collect();
        measurement.value = pressure;
    }
    if let Some(flag) = measurement.flag.as_deref() {
        draft.fact.marks.push(flag.clone());
    }
    if let Some(value) = measurement.value.shown() {
        // A number follows its name; words after a name would run into it.
        let colon = match measurement.value {
            Measured::Words(_) | Measured::Nothing(_) => ":",
            Measured::Number { .. } | Measured::Pressure { .. } => "",
        };
        draft.title = format!("{}{colon} {value}", measurement.name);
    }
    for part in &measurement.components {
        if let Some(value) = part.value.shown() {
            let flag = part
                .flag
                .as_ref()
                .map(|f| format!(" ({})", f.text))
                .unwrap_or_default();
            draft
                .fact
                .details
                .push(Part::Text(format!("{} {value}{flag}", part.name).into()));
        }
    }
    draft.labelled("range ", measurement.range.as_deref().map(str::to_owned));
    draft.labelled("on ", it.body_site.as_ref().and_then(concept_words));
    draft.labelled("by ", it.method.as_ref().and_then(concept_words));
    draft.when_value(it.effective.as_ref());
    draft.recorded(it.issued.as_ref());
    draft.when(it.issued.as_ref());
    draft.notes(&it.note);
    for performer in &it.performer {
        draft.who("by ", Some(performer));
    }
    match it.status.as_deref() {
        Some("cancelled") => draft.mark(MarkTone::Check, "cancelled"),
        Some("preliminary" | "registered") => draft.mark(MarkTone::Check, "preliminary"),
        other => draft.status(other, &["final"]),
    }
    draft.encounter(it.encounter.as_ref());
    draft.fact.parts = it.has_member.iter().map(|m| draft.named(m)).collect();
    draft.fact.subject = Subject::Measurement(Box::new(measurement));
}

fn component(it: &Component) -> MeasurementFact {
    let mut part = MeasurementFact {
        name: it
            .code
            .as_ref()
            .and_then(concept_words)
            .map_or_else(|| "part, not named".into(), Arc::from),
        group: None,
        value: measured(it.value.as_ref(), it.data_absent_reason.as_ref()),
        range: None,
        range_low: None,
        range_high: None,
        flag: flag_of(&it.interpretation).map(Box::new),
        components: Few::default(),
        code: first_code(it.code.as_ref()),
        signs: Few::default(),
    };
    set_range(&mut part, &it.reference_range);
    part
}

fn first_code(concept: Option<&CodeableConcept>) -> Option<Arc<Code>> {
    concept
        .and_then(|concept| codes_of(concept).into_iter().next())
        .map(Arc::new)
}

/// A value in the digits it was sent with; a number beside it for drawing only.
fn measured(value: Option<&Value>, absent: Option<&CodeableConcept>) -> Measured {
    match value {
        Some(Value::Quantity(amount)) => number(amount),
        Some(Value::Integer(count)) => Measured::Number {
            shown: count.to_string().into(),
            number: *count as f64,
            unit: "".into(),
        },
        Some(Value::Decimal(decimal)) => Measured::Number {
            shown: decimal.as_str().into(),
            number: decimal.as_f64(),
            unit: "".into(),
        },
        Some(other) => match value_words(other) {
            Some(words) => Measured::Words(words.into()),
            None => Measured::Nothing(None),
        },
        None => Measured::Nothing(
            absent
                .and_then(concept_words)
                .map(|why| format!("no result: {}", code_words(&why)).into()),
        ),
    }
}

fn number(amount: &Quantity) -> Measured {
    let Some(value) = &amount.value else {
        return Measured::Nothing(Some("no number recorded".into()));
    };
    let unit = unit_of(amount);
    let shown = quantity(amount.comparator.as_deref(), value.as_str(), &unit);
    Measured::Number {
        shown: shown.into(),
        number: value.as_f64(),
        unit: unit.into(),
    }
}

fn is_coded(it: &Component, codes: &[&str]) -> bool {
    it.code
        .iter()
        .flat_map(|c| &c.coding)
        .filter_map(|c| c.code.as_deref())
        .any(|c| codes.contains(&c))
}

fn is_pressure(it: &Component) -> bool {
    is_coded(it, &SYSTOLIC) || is_coded(it, &DIASTOLIC)
}

/// `120/80 mmHg`, only when both are numbers in the same unit.
fn pressure(components: &[Component]) -> Option<Measured> {
    let find = |codes: &[&str]| {
        let mut found = components.iter().filter(|c| is_coded(c, codes));
        let one = found.next()?;
        // Two systolic values cannot be told apart: all stay as parts.
        if found.next().is_some() {
            return None;
        }
        one.value.as_ref()?.quantity()
    };
    let (upper, lower) = (find(&SYSTOLIC)?, find(&DIASTOLIC)?);
    let (high, low) = (upper.value.as_ref()?, lower.value.as_ref()?);
    let unit = unit_of(upper);
    if unit != unit_of(lower) || upper.comparator.is_some() || lower.comparator.is_some() {
        return None;
    }
    Some(Measured::Pressure {
        shown: quantity(None, &format!("{}/{}", high.as_str(), low.as_str()), &unit).into(),
        systolic: high.as_f64(),
        diastolic: low.as_f64(),
        unit: unit.into(),
    })
}

/// The reference range as written; bounds for shading only when one plain range is given.
fn set_range(measurement: &mut MeasurementFact, ranges: &[ReferenceRange]) {
    let shown: Vec<String> = ranges
        .iter()
        .filter_map(|range| {
            let bounds = range
                .text
                .clone()
                .or_else(|| bounds_words(range.low.as_ref(), range.high.as_ref()))?;
            let whom: Vec<String> = range
                .type_
                .iter()
                .chain(&range.applies_to)
                .filter_map(concept_words)
                .collect();
            Some(if whom.is_empty() {
                bounds
            } else {
                format!("{bounds} ({})", whom.join(", "))
            })
        })
        .collect();
    measurement.range = (!shown.is_empty()).then(|| shown.join("; ").into());
    if let ([range], Measured::Number { unit, .. }) = (ranges, &measurement.value) {
        let bound = |q: &Option<Quantity>| {
            q.as_ref()
                .filter(|q| {
                    let own = unit_of(q);
                    own.is_empty() || *own == **unit
                })?
                .value
                .as_ref()
                .map(|v| v.as_f64())
                .filter(|v| v.is_finite())
        };
        measurement.range_low = bound(&range.low);
        measurement.range_high = bound(&range.high);
    }
}

/// HL7 interpretation codes in words; normal says nothing.
fn flag_of(interpretation: &[CodeableConcept]) -> Option<Mark> {
    interpretation.iter().find_map(|concept| {
        let code = concept.coding.iter().find_map(|c| c.code.as_deref());
        let (tone, words) = match code {
            Some("N") => return None,
            Some("H" | "HU") => (MarkTone::Check, "abnormal high"),
            Some("L" | "LU") => (MarkTone::Check, "abnormal low"),
            Some("HH") => (MarkTone::Danger, "critically high"),
            Some("LL") => (MarkTone::Danger, "critically low"),
            Some("AA") => (MarkTone::Danger, "critically abnormal"),
            Some("A") => (MarkTone::Check, "abnormal"),
            _ => return concept_words(concept).map(|words| mark(MarkTone::Note, words)),
        };
        Some(mark(tone, words))
    })
}

fn group_of(category: &[CodeableConcept]) -> Option<String> {
    let words = first_words(category)?;
    Some(match words.as_str() {
        "vital-signs" | "Vital Signs" | "code vital-signs" => "Vital signs".to_owned(),
        "laboratory" | "Laboratory" | "code laboratory" => "Laboratory".to_owned(),
        "code survey" | "survey" => "Assessments".to_owned(),
        "code social-history" | "social-history" => "Social history".to_owned(),
        "code exam" | "exam" => "Examination".to_owned(),
        other => other
            .strip_prefix("code ")
            .map_or_else(|| other.to_owned(), code_words),
    })
}

pub(super) fn report(draft: &mut Draft, it: &DiagnosticReport) {
    draft.fact.kind = LineKind::Result;
    draft.fact.section = 23;
    draft.title_from(it.code.as_ref());
    if draft.title.is_empty() {
        draft.title = first_words(&it.category).unwrap_or_else(|| "Report".to_owned());
    }
    draft.text(it.conclusion.clone());
    draft.text(all_words(&it.conclusion_code));
    for form in &it.presented_form {
        draft.labelled(
            "report attached: ",
            Some(form.title.clone().unwrap_or_else(|| "document".to_owned())),
        );
    }
    draft.when_value(it.effective.as_ref());
    draft.recorded(it.issued.as_ref());
    draft.when(it.issued.as_ref());
    for performer in it.performer.iter().chain(&it.results_interpreter) {
        draft.who("by ", Some(performer));
    }
    match it.status.as_deref() {
        Some("cancelled") => draft.mark(MarkTone::Check, "cancelled"),
        Some("preliminary" | "registered" | "partial") => draft.mark(MarkTone::Check, "not complete yet"),
        other => draft.status(other, &["final"]),
    }
    draft.encounter(it.encounter.as_ref());
    draft.fact.parts = it.result.iter().map(|r| draft.named(r)).collect();
    draft.fact.subject = Subject::Report;
}

pub(super) fn specimen(draft: &mut Draft, it: &Specimen) {
    draft.fact.kind = LineKind::Result;
    draft.fact.section = 23;
    let what = it
        .type_
        .as_ref()
        .and_then(concept_words)
        .unwrap_or_else(|| "type not stated".to_owned());
    draft.title = format!("Specimen: {what}");
    if let Some(collection) = &it.collection {
        draft.when_value(collection.collected.as_ref());
        draft.labelled("from ", collection.body_site.as_ref().and_then(concept_words));
        draft.who("taken by ", collection.collector.as_ref());
    }
    draft.when(it.received_time.as_ref());
    draft.text(all_words(&it.condition));
    draft.status(it.status.as_deref(), &["available"]);
    draft.notes(&it.note);
}

pub(super) fn imaging(draft: &mut Draft, it: &ImagingStudy) {
    draft.fact.kind = LineKind::Result;
    draft.fact.section = 23;
    let modality = it
        .modality
        .iter()
        .chain(it.series.iter().filter_map(|s| s.modality.as_ref()));
    let modality: Option<String> = modality
        .filter_map(|m| m.display.clone().or_else(|| m.code.clone()))
        .next();
    let site = it
        .series
        .iter()
        .find_map(|s| s.body_site.as_ref())
        .and_then(|s| s.display.clone());
    draft.title = it
        .description
        .clone()
        .or_else(|| first_words(&it.procedure_code))
        .or_else(|| match (modality.clone(), &site) {
            (Some(modality), Some(site)) => Some(format!("{modality}: {site}")),
            (modality, _) => modality,
        })
        .unwrap_or_else(|| "Imaging study".to_owned());
    draft
        .fact
        .codes
        .extend(it.procedure_code.iter().flat_map(codes_of));
    if modality
        .as_ref()
        .is_some_and(|m| !draft.title.contains(m.as_str()))
    {
        draft.text(modality);
    }
    draft.labelled("images: ", it.number_of_instances.map(|n| n.to_string()));
    draft.text(all_words(&it.reason_code));
    draft.when(it.started.as_ref());
    draft.notes(&it.note);
    draft.who("requested by ", it.referrer.as_ref());
    draft.who("at ", it.location.as_ref());
    draft.status(it.status.as_deref(), &["available"]);
    draft.encounter(it.encounter.as_ref());
}

pub(super) fn questionnaire(draft: &mut Draft, it: &QuestionnaireResponse) {
    draft.fact.kind = LineKind::Assessment;
    draft.fact.section = 27;
    let form = it
        .questionnaire
        .as_deref()
        .and_then(|q| q.split('|').next()?.rsplit('/').next())
        // The end of an address read as words, unless it is the name of a scale: `phq-9` is no "Phq 9".
        .map(|name| {
            if name.contains(|c: char| c.is_ascii_digit()) {
                name.to_owned()
            } else {
                code_words(name)
            }
        });
    draft.title = match form.filter(|f| !f.is_empty()) {
        Some(form) => {
            if form.replace(' ', "").eq_ignore_ascii_case("aboutme") {
                draft.fact.section = 3;
            }
            let mut letters = form.chars();
            match letters.next() {
                Some(first) if !form.contains(|c: char| c.is_ascii_digit()) => {
                    first.to_uppercase().chain(letters).collect()
                }
                _ => form,
            }
        }
        None => "Form".to_owned(),
    };
    let mut answers = Vec::new();
    collect_answers(&it.item, &mut answers);
    for answer in answers {
        draft.text(answer);
    }
    draft.when(it.authored.as_ref());
    draft.who("by ", it.author.as_ref());
    draft.about("from ", it.source.as_ref());
    draft.status(it.status.as_deref(), &["completed"]);
    draft.encounter(it.encounter.as_ref());
}

fn collect_answers(items: &[ResponseItem], answers: &mut Vec<String>) {
    for item in items {
        let given: Vec<String> = item
            .answer
            .iter()
            .filter_map(|a| a.value.as_ref())
            .filter_map(value_words)
            .collect();
        if !given.is_empty() {
            let question = item
                .text
                .as_deref()
                .or(item.link_id.as_deref())
                .unwrap_or("question");
            answers.push(format!("{question}: {}", given.join(", ")));
        }
        collect_answers(&item.item, answers);
        for answer in &item.answer {
            collect_answers(&answer.item, answers);
        }
    }
}
