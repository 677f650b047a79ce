//! What a server says went wrong.

use serde::Deserialize;

/// Longer explanations are stack traces.
const LONGEST: usize = 300;

/// One thing a server says beside, or instead of, what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeIssue {
    /// Code of FHIR's `issue-type`: `suppressed` says that something was kept back.
    pub code: String,
    /// In the server's words, cut to a sentence or two. They may hold patient data: show them, do not log them.
    pub text: String,
    /// The resource type it is about, where the server names just that.
    pub about: Option<String>,
}

#[derive(Deserialize)]
struct OperationOutcome {
    #[serde(rename = "resourceType")]
    resource_type: String,
    #[serde(default)]
    issue: Vec<Issue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Issue {
    severity: Option<String>,
    code: Option<String>,
    details: Option<Details>,
    diagnostics: Option<String>,
    expression: Vec<String>,
}

#[derive(Deserialize)]
struct Details {
    #[serde(default)]
    text: Option<String>,
}

/// What an `OperationOutcome` says, information aside; nothing when `json` is something else or cannot be read.
#[must_use]
pub fn outcome_issues(json: &str) -> Vec<OutcomeIssue> {
    match serde_json::from_str::<OperationOutcome>(json) {
        Ok(outcome) if outcome.resource_type == "OperationOutcome" => outcome
            .issue
            .into_iter()
            .filter(|issue| issue.severity.as_deref() != Some("information"))
            .map(said)
            .collect(),
        _ => Vec::new(),
    }
}

fn said(issue: Issue) -> OutcomeIssue {
    let code = issue.code.unwrap_or_default();
    let words = issue
        .details
        .and_then(|details| details.text)
        .or(issue.diagnostics)
        .unwrap_or_else(|| code.clone());
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    let is_type = |about: &String| about.chars().all(|letter| letter.is_ascii_alphabetic());
    OutcomeIssue {
        text: words.chars().map(plain).take(LONGEST).collect(),
        about: issue.expression.into_iter().next().filter(is_type),
        code,
    }
}

/// The words of an `OperationOutcome` in one line; none when there are none.
pub(crate) fn outcome_text(json: &str) -> Option<String> {
    let words: Vec<String> = outcome_issues(json).into_iter().map(|issue| issue.text).collect();
    let text: String = words.join("; ").chars().take(LONGEST).collect();
    (!text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_telling_words_are_taken() {
        let outcome = r#"{"resourceType":"OperationOutcome","issue":[
            {"severity":"information","diagnostics":"fine"},
            {"severity":"error","code":"processing","details":{"text":"Too many\nresults"}},
            {"severity":"error","code":"timeout"}]}"#;
        assert_eq!(
            outcome_text(outcome).as_deref(),
            Some("Too many results; timeout")
        );
        assert_eq!(outcome_text(r#"{"resourceType":"Bundle","issue":[]}"#), None);
        assert_eq!(outcome_text("<html>"), None);
    }
}
