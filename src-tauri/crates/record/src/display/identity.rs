//! Who the patient is: NHS number (ISB 1504), name (ISB 1506), gender and sex (ISB 1507).

/// What an identity field says when its value is unknown: these words, never `?` (PAB).
pub const NOT_KNOWN: &str = "Not Known";

/// An NHS number that must not be shown as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NhsNumberError {
    /// Not ten digits: an old or temporary number, or something else (NUM-0010..18).
    #[error("not ten digits")]
    NotTenDigits,
    /// The check digit does not fit.
    #[error("the check digit does not match")]
    CheckDigit,
    /// All zeros, which satisfies the check digit and is nobody's number.
    #[error("all zeros is not a number")]
    AllZeros,
}

/// Reads what a person typed or a source sent: other characters are dropped, ten digits must remain.
///
/// # Errors
/// When what remains is not a valid ten-digit NHS number.
pub fn parse_nhs_number(text: &str) -> Result<String, NhsNumberError> {
    let kept: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    // Letters mean an old-style or temporary number: dropping them could make ten digits of something else.
    if kept.len() != 10 || !kept.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NhsNumberError::NotTenDigits);
    }
    if kept.bytes().all(|b| b == b'0') {
        return Err(NhsNumberError::AllZeros);
    }
    match kept.parse::<nhs_number::NHSNumber>() {
        Ok(number) if number.validate_check_digit() => Ok(kept),
        _ => Err(NhsNumberError::CheckDigit),
    }
}

/// `943 476 5919`: 3-3-4, single spaces (NUM-0001..3).
///
/// Ten digits that fail the check are grouped all the same, because hiding them helps nobody; the caller
/// adds the warning ([`parse_nhs_number`] says which). Anything else is shown as written.
pub fn nhs_number(text: &str) -> String {
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if digits.len() == 10 && digits.bytes().all(|b| b.is_ascii_digit()) {
        format!("{} {} {}", &digits[..3], &digits[3..6], &digits[6..])
    } else {
        text.trim().to_owned()
    }
}

/// Verification status in words for anything but 01, "present and verified" (UK Core
/// `NHSNumberVerificationStatus`).
pub fn nhs_number_status(code: &str) -> Option<String> {
    let words = match code {
        "01" | "number-present-and-verified" => return None,
        "02" | "number-present-but-not-traced" => "Number present but not traced",
        "03" | "trace-required" => "Trace required",
        "04" | "trace-attempted-no-match-or-multiple-match-found" => {
            "Trace attempted: no match or more than one match"
        }
        "05" | "trace-needs-to-be-resolved" => "Trace needs to be resolved",
        "06" | "trace-in-progress" => "Trace in progress",
        "07" | "number-not-present-and-trace-not-required" => "Number not present, trace not required",
        "08" | "trace-postponed" => "Trace postponed (baby under six weeks old)",
        other => return Some(format!("Verification status \u{201c}{other}\u{201d}")),
    };
    Some(words.to_owned())
}

/// The parts of a name as received.
#[derive(Debug, Clone, Copy, Default)]
pub struct NameParts<'a> {
    /// Family name.
    pub family: Option<&'a str>,
    /// Given names in order.
    pub given: &'a [String],
    /// Titles.
    pub prefix: &'a [String],
    /// The whole name as text, used when the parts are missing.
    pub text: Option<&'a str>,
}

/// `SMITH, John (Mr)`: family in capitals, comma, given in title case, title in brackets without a full
/// stop, never shortened (NID-0001..12).
pub fn name(parts: NameParts<'_>) -> String {
    let family = parts
        .family
        .map(str::trim)
        .filter(|f| !f.is_empty())
        .map(str::to_uppercase);
    let given = parts
        .given
        .iter()
        .map(|g| title_case(g))
        .filter(|g| !g.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let title = parts
        .prefix
        .iter()
        .map(|p| title_case(p))
        .filter(|p| !p.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let mut shown = match (family, given.is_empty()) {
        (Some(family), false) => format!("{family}, {given}"),
        (Some(family), true) => family,
        (None, false) => given,
        (None, true) => match parts.text.map(str::trim).filter(|t| !t.is_empty()) {
            Some(text) => return text.to_owned(),
            None => return NOT_KNOWN.to_owned(),
        },
    };
    if !title.is_empty() {
        shown.push_str(" (");
        shown.push_str(&title);
        shown.push(')');
    }
    shown
}

/// Title case for what was typed in one case only. A name in mixed case (`McDonald`, `van der Berg`) is its
/// owner's spelling and stays. Full stops go (NID-0010).
fn title_case(text: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    let mixed = text.chars().any(char::is_uppercase) && text.chars().any(char::is_lowercase);
    if mixed {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut start = true;
    for c in text.chars() {
        if start {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        start = !c.is_alphanumeric();
    }
    out
}

/// Current gender as a full word (ISB 1507), from a FHIR administrative gender code.
pub fn gender(code: Option<&str>) -> &'static str {
    match code {
        Some("male") => "Male",
        Some("female") => "Female",
        Some("other") => "Other Specific",
        _ => NOT_KNOWN,
    }
}

/// Sex as a full word (ISB 1507), from the birth-sex codes of UK Core and US Core.
pub fn sex(code: &str) -> Option<&'static str> {
    match code {
        "male" | "M" | "1" => Some("Male"),
        "female" | "F" | "2" => Some("Female"),
        "indeterminate" | "I" | "9" => Some("Indeterminate"),
        "unknown" | "UNK" | "U" | "0" | "X" => Some(NOT_KNOWN),
        _ => None,
    }
}
