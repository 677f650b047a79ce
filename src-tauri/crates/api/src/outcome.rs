//! What a server says went wrong.

use serde::Deserialize;

/// Longer explanations are stack traces.
const LONGEST: usize = 300;

#[derive(Deserialize)]
struct OperationOutcome {
    #[serde(rename = "resourceType")]
    resource_type: String,
    #[serde(default)]
    issue: Vec<Issue>,
}

#[derive(Deserialize)]
struct Issue {
    #[serde(default)]
    severity: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    details: Option<Details>,
    #[serde(default)]
    diagnostics: Option<String>,
}

#[derive(Deserialize)]
struct Details {
    #[serde(default)]
    text: Option<String>,
}

/// The words of an `OperationOutcome`, in the server's own and cut to a sentence or two; none when `json` is something
/// else, or has nothing but information. They may hold patient data: show them, do not log them.
#[must_use]
pub fn outcome_text(json: &str) -> Option<String> {
    let outcome: OperationOutcome = serde_json::from_str(json).ok()?;
    if outcome.resource_type != "OperationOutcome" {
        return None;
    }
    let words: Vec<String> = outcome
        .issue
        .into_iter()
        .filter(|issue| issue.severity.as_deref() != Some("information"))
        .filter_map(|issue| {
            issue
                .details
                .and_then(|details| details.text)
                .or(issue.diagnostics)
                .or(issue.code)
        })
        .collect();
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    let text: String = words.join("; ").chars().map(plain).take(LONGEST).collect();
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
