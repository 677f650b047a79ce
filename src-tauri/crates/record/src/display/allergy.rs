//! The allergy table's words (ADR-0001..50).

use super::span::{muted, plain, strong};
use crate::view::RichText;

/// What one allergy row says.
#[derive(Debug, Clone, Default)]
pub struct AllergyWords {
    /// The agent, as recorded.
    pub agent: String,
    /// Whether the agent has a code a decision-support system can act on.
    pub coded: bool,
    /// Past reactions: each inner list is one episode's simultaneous manifestations.
    pub episodes: Vec<Vec<String>>,
}

/// The agent: lower case when coded. An uncoded agent is someone's own words and stays as written.
pub fn agent(words: &AllergyWords) -> String {
    if words.coded {
        super::drug_name(&words.agent)
    } else {
        words.agent.trim().to_owned()
    }
}

/// Simultaneous reactions joined with ` + `, separate episodes with a comma.
pub fn reactions(episodes: &[Vec<String>]) -> String {
    let mut shown: Vec<String> = Vec::new();
    for episode in episodes.iter().filter(|e| !e.is_empty()) {
        let text = episode.join(" + ");
        if !shown.contains(&text) {
            shown.push(text);
        }
    }
    shown.join(", ")
}

/// One row: coded agent **bold lower case**, uncoded agent in normal weight, then the reactions.
pub fn allergy_row(words: &AllergyWords) -> RichText {
    let name = agent(words);
    let mut row = vec![if words.coded { strong(name) } else { plain(name) }];
    let reactions = reactions(&words.episodes);
    if !reactions.is_empty() {
        row.push(plain(" "));
        row.push(muted(reactions));
    }
    row
}
