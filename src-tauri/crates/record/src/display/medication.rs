//! The medication line (CUI MEDi, NPSA on-screen display guidance).

use super::span::{plain, strong};
use crate::view::RichText;

/// What a medication line is made of. Every part is optional but the drug.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MedicationWords {
    /// Generic name, or the product name as the source wrote it.
    pub drug: String,
    /// Brand name.
    pub brand: Option<String>,
    /// Strength (`250 mg in 5 mL`).
    pub strength: Option<String>,
    /// Form (`modified-release tablet`).
    pub form: Option<String>,
    /// Structured dose or volume with its unit (`120 mg`).
    pub dose: Option<String>,
    /// Rate (`50 mL per hour`).
    pub rate: Option<String>,
    /// Duration (`for 7 days`).
    pub duration: Option<String>,
    /// Route (`oral`).
    pub route: Option<String>,
    /// Frequency and timing (`three times a day`).
    pub frequency: Option<String>,
    /// The source's own dosage text, used when the parts above are not structured.
    pub text: Option<String>,
}

/// Drug, Brand, Strength, Form, Dose, Rate, Duration, Route, Frequency (MEDi-051), an em dash with spaces
/// between; generic **bold lower case**, BRAND in capitals, label `DOSE` and the **dose bold**. Free dosage
/// text comes last, as written. It wraps; it is never truncated and no name is abbreviated.
pub fn medication_line(words: &MedicationWords) -> RichText {
    let mut line: RichText = Vec::with_capacity(12);
    let drug = drug_name(&words.drug);
    line.push(strong(if drug.is_empty() {
        "medicine not named".to_owned()
    } else {
        drug
    }));
    let mut part = |text: Option<String>| {
        if let Some(text) = text.filter(|t| !t.trim().is_empty()) {
            line.push(plain(format!(" \u{2014} {text}")));
        }
    };
    part(words.brand.as_ref().map(|b| b.to_uppercase()));
    part(words.strength.clone());
    part(words.form.clone());
    if let Some(dose) = words.dose.as_ref().filter(|d| !d.trim().is_empty()) {
        line.push(plain(" \u{2014} DOSE "));
        line.push(strong(dose.clone()));
    }
    let mut part = |text: &Option<String>| {
        if let Some(text) = text.as_ref().filter(|t| !t.trim().is_empty()) {
            line.push(plain(format!(" \u{2014} {text}")));
        }
    };
    part(&words.rate);
    part(&words.duration);
    part(&words.route);
    part(&words.frequency);
    part(&words.text);
    line
}

/// A drug's name in lower case (MEDi: generic in lower case), leaving alone what capitals give meaning to:
/// `B12`, `NPH` inside a mixed-case name. `MG` and `ML` become `mg` and `mL`.
pub fn drug_name(name: &str) -> String {
    let name = name.trim();
    let shouted = !name.chars().any(char::is_lowercase);
    let mut out = String::with_capacity(name.len());
    let mut word = String::new();
    let flush = |word: &mut String, out: &mut String| {
        if !word.is_empty() {
            out.push_str(&lower_word(word, shouted));
            word.clear();
        }
    };
    for c in name.chars() {
        if c.is_alphanumeric() {
            word.push(c);
        } else {
            flush(&mut word, &mut out);
            out.push(c);
        }
    }
    flush(&mut word, &mut out);
    out
}

fn lower_word(word: &str, shouted: bool) -> String {
    match word {
        "MG" | "Mg" => return "mg".to_owned(),
        "ML" | "ml" | "mL" => return "mL".to_owned(),
        _ => {}
    }
    let mut letters = word.chars();
    let first_upper = letters.next().is_some_and(char::is_uppercase);
    let rest_lower = word.chars().count() > 1 && letters.all(char::is_lowercase);
    let has_digit = word.chars().any(|c| c.is_ascii_digit());
    // Three or four capitals may mean something (`NPH`, `HRT`); a longer run is only shouting.
    let shouting = !word.chars().any(char::is_lowercase) && !has_digit;
    let length = word.chars().count();
    if (first_upper && rest_lower) || (shouting && (length > 4 || (shouted && length > 3))) {
        word.to_lowercase()
    } else {
        word.to_owned()
    }
}
