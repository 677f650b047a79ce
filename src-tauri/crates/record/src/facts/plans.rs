//! Plans, goals, requests and tasks.

use curlew_fhir::{CarePlan, CodeableConcept, Goal, ServiceRequest, Task};

use super::{
    Draft, start_of,
    words::{period_words, value_words},
};
use crate::{
    fact::{all_words, code_words, concept_words, first_words},
    safety,
    view::{LineKind, MarkTone},
};

/// Which section a plan belongs to, by the words of its title and categories.
fn plan_section(words: &str) -> u8 {
    let has = |any: &[&str]| any.iter().any(|w| words.contains(w));
    if has(&[
        "end of life",
        "palliative",
        "anticipatory",
        "preferred place",
        "respect",
        "advance care",
    ]) {
        37
    } else if has(&[
        "contingency",
        "safety plan",
        "crisis",
        "emergency plan",
        "escalation",
    ]) {
        35
    } else if has(&["about me"]) {
        3
    } else if has(&["additional"]) {
        36
    } else {
        34
    }
}

pub(super) fn care_plan(draft: &mut Draft, it: &CarePlan) {
    draft.fact.kind = LineKind::Plan;
    draft.title = it
        .title
        .clone()
        .or_else(|| first_words(&it.category))
        .or_else(|| it.description.clone())
        .unwrap_or_else(|| "Care plan".to_owned());
    for category in &it.category {
        draft.code(category);
        let words = concept_words(category);
        if words.as_ref() != Some(&draft.title) {
            draft.text(words);
        }
    }
    if it.description.as_ref() != Some(&draft.title) {
        draft.text(it.description.clone());
    }
    let words = format!("{} {}", draft.title, all_words(&it.category).unwrap_or_default()).to_lowercase();
    draft.fact.section = if safety::about_resuscitation(&draft.fact.codes, &draft.title) {
        37
    } else {
        plan_section(&words)
    };
    for activity in &it.activity {
        if let Some(detail) = &activity.detail {
            let what = detail
                .description
                .clone()
                .or_else(|| detail.code.as_ref().and_then(concept_words));
            draft.refers(&detail.performer);
            let status = detail
                .status
                .as_deref()
                .filter(|s| !matches!(*s, "in-progress" | "scheduled" | "unknown"))
                .map(|s| format!(" ({})", code_words(s)))
                .unwrap_or_default();
            let not = if detail.do_not_perform == Some(true) {
                "do NOT: "
            } else {
                ""
            };
            draft.labelled("", what.map(|w| format!("{not}{w}{status}")));
        }
        draft.about("", activity.reference.as_ref());
    }
    for about in &it.addresses {
        draft.about("for ", Some(about));
    }
    draft.refers(&it.supporting_info);
    draft.when(it.period.as_ref().and_then(|p| p.start.as_ref()));
    draft.until(it.period.as_ref().and_then(|p| p.end.as_ref()));
    draft.when(it.created.as_ref());
    draft.recorded(it.created.as_ref());
    draft.notes(&it.note);
    draft.who("by ", it.author.as_ref());
    for contributor in &it.contributor {
        draft.who("with ", Some(contributor));
    }
    draft.status(it.status.as_deref(), &["active"]);
    draft.encounter(it.encounter.as_ref());
}

pub(super) fn goal(draft: &mut Draft, it: &Goal) {
    draft.fact.kind = LineKind::Plan;
    draft.fact.section = 34;
    draft.title_from(it.description.as_ref());
    if !draft.title.is_empty() {
        draft.title = format!("Goal: {}", draft.title);
    }
    draft.fact.when = start_of(it.start.as_ref());
    draft.when(it.status_date.as_ref());
    for target in &it.target {
        let measure = target.measure.as_ref().and_then(concept_words);
        let detail = target.detail.as_ref().and_then(value_words);
        let due = target
            .due
            .as_ref()
            .and_then(value_words)
            .map(|d| format!("by {d}"));
        let shown: Vec<String> = [measure, detail, due].into_iter().flatten().collect();
        draft.labelled("target: ", (!shown.is_empty()).then(|| shown.join(" ")));
    }
    draft.text(it.achievement_status.as_ref().and_then(concept_words));
    draft.labelled("because of ", it.status_reason.clone());
    draft.notes(&it.note);
    draft.about("expressed by ", it.expressed_by.as_ref());
    draft.status(it.lifecycle_status.as_deref(), &["active"]);
}

pub(super) fn service_request(draft: &mut Draft, it: &ServiceRequest) {
    draft.fact.kind = LineKind::Plan;
    draft.title_from(it.code.as_ref());
    let category = all_words(&it.category);
    if draft.title.is_empty() {
        draft.title = category
            .clone()
            .unwrap_or_else(|| "Request, not described".to_owned());
    } else {
        draft.text(category.clone());
    }
    let words = format!("{} {}", draft.title, category.unwrap_or_default()).to_lowercase();
    draft.fact.section = if safety::about_resuscitation(&draft.fact.codes, &draft.title) {
        37
    } else if words.contains("referral") || words.contains("refer to") {
        11
    } else if is_investigation(&it.category, &words) {
        24
    } else {
        33
    };
    draft.labelled("because of ", all_words(&it.reason_code));
    for reason in &it.reason_reference {
        draft.about("because of ", Some(reason));
    }
    draft.text(all_words(&it.order_detail));
    if let Some(priority @ ("urgent" | "asap" | "stat")) = it.priority.as_deref() {
        draft.mark(MarkTone::Check, priority);
    }
    draft.when(it.authored_on.as_ref());
    if draft.fact.when.is_none() {
        draft.when_value(it.occurrence.as_ref());
    } else {
        draft.labelled("for ", it.occurrence.as_ref().and_then(value_words));
    }
    draft.text(it.patient_instruction.clone());
    draft.refers(&it.supporting_info);
    draft.notes(&it.note);
    draft.who("by ", it.requester.as_ref());
    for performer in &it.performer {
        draft.about("to ", Some(performer));
    }
    draft.status(it.status.as_deref(), &["completed"]);
    draft.encounter(it.encounter.as_ref());
}

fn is_investigation(category: &[CodeableConcept], words: &str) -> bool {
    let coded = category
        .iter()
        .flat_map(|c| &c.coding)
        .filter_map(|c| c.code.as_deref());
    coded.into_iter().any(|c| matches!(c, "108252007" | "363679005"))
        || ["laborator", "imaging", "investigation", "blood test"]
            .iter()
            .any(|w| words.contains(w))
}

pub(super) fn task(draft: &mut Draft, it: &Task) {
    draft.fact.kind = LineKind::Plan;
    draft.fact.section = 33;
    draft.title = it
        .description
        .clone()
        .or_else(|| it.code.as_ref().and_then(concept_words))
        .unwrap_or_else(|| "Task, not described".to_owned());
    if let Some(code) = &it.code {
        draft.code(code);
        let words = concept_words(code);
        if words.as_ref() != Some(&draft.title) {
            draft.text(words);
        }
    }
    draft.when(it.authored_on.as_ref());
    draft.labelled(
        "due ",
        it.restriction
            .as_ref()
            .and_then(|r| r.period.as_ref())
            .and_then(period_words),
    );
    draft.text(it.business_status.as_ref().and_then(concept_words));
    draft.labelled("because of ", it.reason_code.as_ref().and_then(concept_words));
    for output in &it.output {
        draft.labelled("outcome: ", output.value.as_ref().and_then(value_words));
    }
    match it.status.as_deref() {
        Some("failed" | "rejected") => {
            let words = code_words(it.status.as_deref().unwrap_or_default());
            draft.mark(MarkTone::Check, words);
        }
        other => draft.status(other, &["completed"]),
    }
    draft.about("about ", it.focus.as_ref());
    draft.notes(&it.note);
    draft.who("by ", it.requester.as_ref());
    draft.about("for ", it.owner.as_ref());
    draft.organisation(it.owner.as_ref());
    draft.encounter(it.encounter.as_ref());
}
