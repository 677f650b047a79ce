//! What each resource says about a medicine.

use curlew_fhir::{
    CodeableConcept, Dosage, Medication, MedicationAdministration, MedicationDispense, MedicationRequest,
    MedicationStatement, Quantity, Range, Resource, TimingRepeat, Value,
};

use super::{
    Draft, end_of, moment, start_of,
    words::{quantity_words, ratio_words, value_words},
};
use crate::{
    display::{MedicationWords, dose_number, dose_unit},
    fact::{
        MedicineFact, MedicineRole, Named, Phase, ProductFact, Subject, all_words, code_words, codes_of,
        concept_words, first_words,
    },
    view::{LineKind, MarkTone},
};

pub(super) fn medication(draft: &mut Draft, it: &Medication) {
    draft.fact.kind = LineKind::Medicine;
    draft.fact.section = 31;
    draft.fact.event = false;
    draft.title_from(it.code.as_ref());
    let product = product_of(it);
    if draft.title.is_empty() {
        draft.title = product.name.clone();
    }
    for ingredient in &it.ingredient {
        let name = ingredient.item.as_ref().and_then(value_words);
        let strength = ingredient.strength.as_ref().and_then(ratio_words);
        let shown: Vec<String> = [name, strength].into_iter().flatten().collect();
        draft.labelled("contains ", (!shown.is_empty()).then(|| shown.join(" ")));
    }
    draft.text(product.form.clone());
    draft.status(it.status.as_deref(), &["active"]);
    draft.fact.subject = Subject::Product(Box::new(product));
}

fn product_of(it: &Medication) -> ProductFact {
    let concept = it.code.as_ref();
    let ingredients: Vec<_> = it.ingredient.iter().filter_map(|i| i.item.as_ref()).collect();
    let name = concept
        .and_then(concept_words)
        .or_else(|| {
            let names: Vec<String> = ingredients.iter().filter_map(|i| value_words(i)).collect();
            (!names.is_empty()).then(|| names.join(" + "))
        })
        .unwrap_or_else(|| "medicine not named".to_owned());
    ProductFact {
        name,
        codes: concept.map(codes_of).unwrap_or_default(),
        ingredients: ingredients
            .iter()
            .filter_map(|i| i.concept())
            .flat_map(codes_of)
            .collect(),
        form: it.form.as_ref().and_then(concept_words),
    }
}

/// The product a medicine resource names: in itself, contained, or elsewhere.
fn product(draft: &mut Draft, value: Option<&Value>, contained: &[Resource]) -> (ProductFact, Option<Named>) {
    match value {
        Some(Value::CodeableConcept(concept)) => (of_concept(draft, concept), None),
        Some(Value::Reference(reference)) => {
            let inside = reference
                .reference
                .as_deref()
                .and_then(|r| r.strip_prefix('#'))
                .and_then(|id| {
                    contained.iter().find_map(|inner| match inner {
                        Resource::Medication(it) if it.base.id.as_deref() == Some(id) => Some(it),
                        _ => None,
                    })
                });
            if let Some(it) = inside {
                if let Some(concept) = &it.code {
                    draft.code(concept);
                }
                return (product_of(it), None);
            }
            let named = draft.named(reference);
            let name = named.words.as_deref().unwrap_or_default().to_owned();
            (
                ProductFact {
                    name,
                    ..ProductFact::default()
                },
                Some(named),
            )
        }
        _ => (ProductFact::default(), None),
    }
}

fn of_concept(draft: &mut Draft, concept: &CodeableConcept) -> ProductFact {
    draft.code(concept);
    ProductFact {
        name: concept_words(concept).unwrap_or_default(),
        codes: codes_of(concept),
        ..ProductFact::default()
    }
}

/// Everything one kind of medicine resource says, gathered before it is put on the draft.
struct Statement<'r> {
    role: MedicineRole,
    medication: Option<&'r Value>,
    contained: &'r [Resource],
    dosage: &'r [Dosage],
    phase: Phase,
    label: String,
    remarks: Vec<String>,
    reason: Option<String>,
}

fn put(draft: &mut Draft, statement: Statement<'_>) {
    draft.fact.kind = LineKind::Medicine;
    draft.fact.section = 31;
    let (product, medication) = product(draft, statement.medication, statement.contained);
    if let Some(named) = &medication {
        draft.fact.parts.push(named.clone());
    }
    // A dose is structured only when one dosage says it; several steps are several doses.
    let dose = match statement.dosage {
        [only] => dose_quantity(only),
        _ => None,
    };
    let words = match statement.dosage {
        [] => MedicationWords::default(),
        [only] => dosage_words(only),
        several => {
            let steps: Vec<String> = several.iter().filter_map(dosage_text).collect();
            MedicationWords {
                text: (!steps.is_empty()).then(|| steps.join(", then ")),
                ..MedicationWords::default()
            }
        }
    };
    draft.title = product.name.clone();
    draft.fact.subject = Subject::Medicine(Box::new(MedicineFact {
        role: statement.role,
        product,
        medication,
        words,
        dose,
        phase: statement.phase,
        started: draft.fact.when,
        has_period: false,
        ended: None,
        reason: statement.reason,
        label: statement.label,
        remarks: statement.remarks,
    }));
}

/// Whether a choice of date types is a period with a start.
fn opens_period(value: Option<&Value>) -> bool {
    matches!(value, Some(Value::Period(period)) if period.start.is_some())
}

fn set_end(draft: &mut Draft, end: Option<crate::display::Moment>) {
    if let Subject::Medicine(medicine) = &mut draft.fact.subject {
        medicine.ended = end;
        medicine.started = medicine.started.or(draft.fact.when);
    }
}

pub(super) fn request(draft: &mut Draft, it: &MedicationRequest) {
    let is_issue = it.intent.as_deref() == Some("order")
        && it.based_on.iter().any(|r| {
            r.reference
                .as_deref()
                .is_some_and(|r| r.contains("MedicationRequest/"))
        });
    let phase = match (it.status.as_deref(), it.intent.as_deref()) {
        (Some("active"), Some("proposal")) => Phase::NotStarted,
        (Some("active"), _) => Phase::Started,
        (Some("on-hold"), _) => Phase::Suspended,
        (Some("completed"), _) => Phase::Completed,
        (Some("stopped" | "cancelled"), _) => Phase::Discontinued,
        (Some("draft"), _) => Phase::NotStarted,
        (Some("unknown") | None, _) => Phase::Stated("Status not stated".to_owned()),
        (Some(other), _) => Phase::Stated(code_words(other)),
    };
    let course = it
        .course_of_therapy_type
        .as_ref()
        .and_then(|c| c.coding.iter().find_map(|c| c.code.as_deref()));
    let category = it
        .category
        .iter()
        .flat_map(|c| &c.coding)
        .find_map(|c| c.code.as_deref());
    let label = match (is_issue, course, category) {
        (true, ..) => "Issued",
        (_, Some("continuous"), _) => "Repeat",
        (_, Some("acute"), _) => "Acute",
        (_, _, Some("discharge")) => "Discharge",
        (_, _, Some("inpatient")) => "Inpatient",
        (_, _, Some("outpatient")) => "Outpatient",
        _ => "Prescribed",
    };
    let mut remarks = Vec::new();
    if let Some(supply) = &it.dispense_request {
        remarks.extend(
            supply
                .quantity
                .as_ref()
                .and_then(quantity_words)
                .map(|q| format!("quantity {q}")),
        );
        remarks.extend(supply.expected_supply_duration.as_ref().and_then(days_words));
    }
    draft.when(it.authored_on.as_ref());
    let ended = it
        .dispense_request
        .as_ref()
        .and_then(|d| d.validity_period.as_ref())
        .and_then(|p| moment(p.end.as_ref()));
    put(
        draft,
        Statement {
            role: if is_issue {
                MedicineRole::Issue
            } else {
                MedicineRole::Prescription
            },
            medication: it.medication.as_ref(),
            contained: &it.base.contained,
            dosage: &it.dosage_instruction,
            phase,
            label: label.to_owned(),
            remarks,
            reason: it.status_reason.as_ref().and_then(concept_words),
        },
    );
    let stopped = it
        .base
        .extension
        .iter()
        .chain(it.base.extension.iter().flat_map(|e| &e.extension))
        .find_map(|e| {
            let about = e.url.as_deref()?.to_ascii_lowercase();
            (about.contains("statuschange") || about.contains("stopdate"))
                .then(|| start_of(e.value.as_ref()))?
        });
    set_end(draft, stopped.or(ended));
    draft.labelled("for ", all_words(&it.reason_code));
    for reason in &it.reason_reference {
        draft.about("for ", Some(reason));
    }
    draft.notes(&it.note);
    draft.who("by ", it.requester.as_ref());
    draft.organisation(it.recorder.as_ref());
    draft.encounter(it.encounter.as_ref());
}

pub(super) fn statement(draft: &mut Draft, it: &MedicationStatement) {
    let phase = match it.status.as_deref() {
        Some("active") => Phase::Started,
        Some("completed") => Phase::Completed,
        Some("intended") => Phase::NotStarted,
        Some("stopped") => Phase::Discontinued,
        Some("on-hold") => Phase::Suspended,
        Some("not-taken") => Phase::NotTaken,
        Some("unknown") | None => Phase::Stated("Status not stated".to_owned()),
        Some(other) => Phase::Stated(code_words(other)),
    };
    draft.when_value(it.effective.as_ref());
    draft.recorded(it.date_asserted.as_ref());
    draft.when(it.date_asserted.as_ref());
    put(
        draft,
        Statement {
            role: MedicineRole::Statement,
            medication: it.medication.as_ref(),
            contained: &it.base.contained,
            dosage: &it.dosage,
            phase,
            label: "Stated".to_owned(),
            remarks: Vec::new(),
            reason: first_words(&it.status_reason),
        },
    );
    set_end(draft, end_of(it.effective.as_ref()));
    if let Subject::Medicine(medicine) = &mut draft.fact.subject {
        medicine.has_period = opens_period(it.effective.as_ref());
    }
    draft.labelled("for ", all_words(&it.reason_code));
    draft.notes(&it.note);
    draft.who("from ", it.information_source.as_ref());
    draft.encounter(it.context.as_ref());
}

pub(super) fn dispense(draft: &mut Draft, it: &MedicationDispense) {
    draft.when(it.when_handed_over.as_ref().or(it.when_prepared.as_ref()));
    let phase = match it.status.as_deref() {
        Some("completed") => Phase::Stated("Dispensed".to_owned()),
        Some("preparation" | "in-progress") => Phase::Stated("Being dispensed".to_owned()),
        Some("cancelled" | "declined" | "stopped") => Phase::Discontinued,
        Some("on-hold") => Phase::Suspended,
        Some(other) => Phase::Stated(code_words(other)),
        None => Phase::Stated("Status not stated".to_owned()),
    };
    let mut remarks = Vec::new();
    remarks.extend(
        it.quantity
            .as_ref()
            .and_then(quantity_words)
            .map(|q| format!("quantity {q}")),
    );
    remarks.extend(it.days_supply.as_ref().and_then(days_words));
    put(
        draft,
        Statement {
            role: MedicineRole::Dispense,
            medication: it.medication.as_ref(),
            contained: &it.base.contained,
            dosage: &it.dosage_instruction,
            phase,
            label: "Dispensed".to_owned(),
            remarks,
            reason: it.status_reason.as_ref().and_then(value_words),
        },
    );
    set_end(draft, None);
    draft.notes(&it.note);
    for performer in &it.performer {
        draft.who("by ", performer.actor.as_ref());
    }
    draft.who("at ", it.location.as_ref());
    draft.encounter(it.context.as_ref());
}

pub(super) fn administration(draft: &mut Draft, it: &MedicationAdministration) {
    draft.when_value(it.effective.as_ref());
    let phase = match it.status.as_deref() {
        Some("completed") => Phase::Completed,
        Some("in-progress") => Phase::Started,
        Some("not-done") => Phase::NotTaken,
        Some("on-hold") => Phase::Suspended,
        Some("stopped") => Phase::Discontinued,
        Some(other) => Phase::Stated(code_words(other)),
        None => Phase::Stated("Status not stated".to_owned()),
    };
    let label = if it.status.as_deref() == Some("not-done") {
        "Not given"
    } else {
        "Given"
    };
    put(
        draft,
        Statement {
            role: MedicineRole::Administration,
            medication: it.medication.as_ref(),
            contained: &it.base.contained,
            dosage: &[],
            phase,
            label: label.to_owned(),
            remarks: Vec::new(),
            reason: first_words(&it.status_reason),
        },
    );
    if let (Some(dosage), Subject::Medicine(medicine)) = (&it.dosage, &mut draft.fact.subject) {
        medicine.words.dose = dosage.dose.as_ref().and_then(dose_words);
        medicine.words.route = dosage
            .route
            .as_ref()
            .and_then(concept_words)
            .map(|r| r.to_lowercase());
        medicine.words.rate = dosage.rate.as_ref().and_then(rate_words);
        medicine.words.text.clone_from(&dosage.text);
    }
    set_end(draft, end_of(it.effective.as_ref()));
    draft.labelled("for ", all_words(&it.reason_code));
    draft.notes(&it.note);
    for performer in &it.performer {
        draft.who("by ", performer.actor.as_ref());
    }
    if it.status.as_deref() == Some("entered-in-error") {
        draft.mark(MarkTone::Danger, "entered in error");
    }
    draft.encounter(it.context.as_ref());
}

/// `28 days`.
fn days_words(amount: &Quantity) -> Option<String> {
    let value = amount.value.as_ref()?.as_str();
    let unit = match amount.code.as_deref().or(amount.unit.as_deref()) {
        Some("d" | "day" | "days") => "days",
        Some("wk" | "week" | "weeks") => "weeks",
        Some("mo" | "month" | "months") => "months",
        _ => amount.unit.as_deref().unwrap_or("days"),
    };
    Some(format!("{} {unit}", dose_number(value)))
}

fn dose_quantity(dosage: &Dosage) -> Option<(curlew_fhir::Decimal, String)> {
    match dosage.dose_and_rate.as_slice() {
        [only] => {
            let amount = only.dose.as_ref()?.quantity()?;
            Some((amount.value.clone()?, dose_unit_of(amount)))
        }
        _ => None,
    }
}

fn dose_unit_of(amount: &Quantity) -> String {
    dose_unit(
        amount
            .unit
            .as_deref()
            .or(amount.code.as_deref())
            .unwrap_or_default(),
    )
}

/// `120 mg`, by the rules for doses.
fn dose_words(amount: &Quantity) -> Option<String> {
    let value = dose_number(amount.value.as_ref()?.as_str());
    let unit = dose_unit_of(amount);
    let comparator = amount
        .comparator
        .as_deref()
        .map(|c| crate::display::quantity(Some(c), "", ""))
        .unwrap_or_default();
    Some(if unit.is_empty() {
        format!("{comparator}{value}")
    } else {
        format!("{comparator}{value} {unit}")
    })
}

fn dose_range(range: &Range) -> Option<String> {
    let (low, high) = (range.low.as_ref(), range.high.as_ref());
    match (low.and_then(dose_words), high.and_then(dose_words)) {
        (Some(low), Some(high)) => Some(format!("{low} to {high}")),
        (Some(low), None) => Some(format!("at least {low}")),
        (None, Some(high)) => Some(format!("up to {high}")),
        (None, None) => None,
    }
}

/// `400 mg in 5 mL` for an amount, `50 mL per hour` for a rate: `per` before a single unit.
fn rate_words(value: &Value) -> Option<String> {
    match value {
        Value::Ratio(ratio) => {
            let top = ratio.numerator.as_ref().and_then(dose_words)?;
            let Some(bottom) = &ratio.denominator else {
                return Some(top);
            };
            let one = bottom
                .value
                .as_ref()
                .is_none_or(|v| (v.as_f64() - 1.0).abs() < f64::EPSILON);
            match (one, dose_unit_of(bottom).as_str()) {
                (true, "h") => Some(format!("{top} per hour")),
                (true, unit) => Some(format!("{top} per {unit}")),
                (false, _) => Some(format!("{top} in {}", dose_words(bottom)?)),
            }
        }
        Value::Quantity(amount) => dose_words(amount),
        Value::Range(range) => dose_range(range),
        other => value_words(other),
    }
}

/// The structured parts of one dosage, and its own text only where it adds something to them.
fn dosage_words(dosage: &Dosage) -> MedicationWords {
    let mut words = MedicationWords {
        route: dosage
            .route
            .as_ref()
            .and_then(concept_words)
            .map(|r| r.to_lowercase()),
        frequency: frequency_words(dosage),
        ..MedicationWords::default()
    };
    if let [only] = dosage.dose_and_rate.as_slice() {
        words.dose = only.dose.as_ref().and_then(|dose| match dose {
            Value::Quantity(amount) => dose_words(amount),
            Value::Range(range) => dose_range(range),
            other => value_words(other),
        });
        words.rate = only.rate.as_ref().and_then(rate_words);
    }
    let repeat = dosage.timing.as_ref().and_then(|t| t.repeat.as_ref());
    words.duration = repeat
        .and_then(|r| r.bounds.as_ref())
        .and_then(|bounds| match bounds {
            Value::Quantity(amount) => days_words(amount).map(|d| format!("for {d}")),
            Value::Period(period) => super::words::period_words(period),
            other => value_words(other),
        });
    // When the dose and the timing are structured the text repeats them; it stays in the source drawer.
    // Everything else a prescriber wrote is instruction and is shown.
    let said = words.dose.is_some() && words.frequency.is_some();
    words.text = if said {
        dosage.patient_instruction.clone()
    } else {
        dosage_text(dosage)
    };
    if said {
        let more = all_words(&dosage.additional_instruction);
        words.text = match (words.text.take(), more) {
            (Some(text), Some(more)) => Some(format!("{text}, {more}")),
            (text, more) => text.or(more),
        };
    }
    words
}

/// The words of one dosage: its text, else the patient's instruction, else what is structured.
fn dosage_text(dosage: &Dosage) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(dosage.text.clone());
    if parts.is_empty() {
        parts.extend(dosage.patient_instruction.clone());
    }
    parts.extend(all_words(&dosage.additional_instruction));
    if parts.is_empty() {
        parts.extend(
            dosage
                .dose_and_rate
                .iter()
                .filter_map(|d| d.dose.as_ref())
                .filter_map(|d| match d {
                    Value::Quantity(amount) => dose_words(amount),
                    other => value_words(other),
                }),
        );
        parts.extend(frequency_words(dosage));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn frequency_words(dosage: &Dosage) -> Option<String> {
    let timing = dosage.timing.as_ref();
    let base = timing
        .and_then(|t| t.code.as_ref())
        .and_then(concept_words)
        .or_else(|| timing.and_then(|t| t.repeat.as_ref()).and_then(repeat_words));
    let needed = match dosage.as_needed.as_ref() {
        Some(Value::Boolean(true)) => Some("when required".to_owned()),
        Some(Value::CodeableConcept(concept)) => Some(concept_words(concept).map_or_else(
            || "when required".to_owned(),
            |w| format!("when required for {w}"),
        )),
        _ => None,
    };
    // "up to four times a day when needed" has said it already.
    let said = base.as_deref().is_some_and(|words| {
        let words = words.to_lowercase();
        words.contains("when needed") || words.contains("as needed") || words.contains("when required")
    });
    let needed = needed.filter(|needed| !said || needed.len() > "when required".len());
    match (base, needed) {
        (Some(base), Some(needed)) => Some(format!("{base}, {needed}")),
        (base, needed) => base.or(needed),
    }
}

/// `three times a day`, `every 6 hours`, `at bedtime`. Anything richer is left to the source's own text.
fn repeat_words(repeat: &TimingRepeat) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    let period = repeat.period.as_ref().map(|p| dose_number(p.as_str()));
    let unit = repeat.period_unit.as_deref();
    if let (Some(frequency), Some(period), Some(unit)) = (repeat.frequency, period.as_deref(), unit) {
        let (one, many) = match unit {
            "s" => ("second", "seconds"),
            "min" => ("minute", "minutes"),
            "h" => ("hour", "hours"),
            "d" => ("day", "days"),
            "wk" => ("week", "weeks"),
            "mo" => ("month", "months"),
            "a" => ("year", "years"),
            other => (other, other),
        };
        let often = match (frequency, repeat.frequency_max) {
            (low, Some(high)) if high > low => format!("{low} to {high} times"),
            (1, _) => "once".to_owned(),
            (2, _) => "twice".to_owned(),
            (3, _) => "three times".to_owned(),
            (4, _) => "four times".to_owned(),
            (5, _) => "five times".to_owned(),
            (6, _) => "six times".to_owned(),
            (n, _) => format!("{n} times"),
        };
        let span = match &repeat.period_max {
            Some(longest) => format!("{period} to {} {many}", dose_number(longest.as_str())),
            None => format!("{period} {many}"),
        };
        parts.push(if period == "1" && repeat.period_max.is_none() {
            format!("{often} {} {one}", if one == "hour" { "an" } else { "a" })
        } else if frequency == 1 && repeat.frequency_max.is_none() {
            format!("every {span}")
        } else {
            format!("{often} every {span}")
        });
    }
    for when in &repeat.when {
        parts.push(event_words(when).to_owned());
    }
    if !repeat.time_of_day.is_empty() {
        let times: Vec<&str> = repeat
            .time_of_day
            .iter()
            .map(|t| t.get(..5).unwrap_or(t))
            .collect();
        parts.push(format!("at {}", times.join(" and ")));
    }
    if !repeat.day_of_week.is_empty() {
        let days: Vec<String> = repeat.day_of_week.iter().map(|d| day_words(d)).collect();
        parts.push(format!("on {}", days.join(", ")));
    }
    if let Some(count) = repeat.count {
        parts.push(format!("{count} doses in all"));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Times of day of FHIR's `when`, in the words of prescriptions.
fn event_words(code: &str) -> &str {
    match code {
        "MORN" | "MORN.early" | "MORN.late" => "in the morning",
        "NOON" => "at noon",
        "AFT" | "AFT.early" | "AFT.late" => "in the afternoon",
        "EVE" | "EVE.early" | "EVE.late" => "in the evening",
        "NIGHT" => "at night",
        "HS" => "at bedtime",
        "WAKE" => "on waking",
        "AC" => "before meals",
        "ACM" => "before breakfast",
        "ACD" => "before lunch",
        "ACV" => "before the evening meal",
        "C" => "with meals",
        "CM" => "with breakfast",
        "CD" => "with lunch",
        "CV" => "with the evening meal",
        "PC" => "after meals",
        "PCM" => "after breakfast",
        "PCD" => "after lunch",
        "PCV" => "after the evening meal",
        other => other,
    }
}

fn day_words(code: &str) -> String {
    match code {
        "mon" => "Monday",
        "tue" => "Tuesday",
        "wed" => "Wednesday",
        "thu" => "Thursday",
        "fri" => "Friday",
        "sat" => "Saturday",
        "sun" => "Sunday",
        other => other,
    }
    .to_owned()
}
