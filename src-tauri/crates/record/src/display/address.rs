//! Addresses (ISB 1500) and telephone numbers (ISB 1508).

/// An address on one line: parts separated by a comma and a space, postcode in capitals, nothing left out.
pub fn address<'a>(parts: impl IntoIterator<Item = &'a str>, postcode: Option<&str>) -> String {
    let mut shown: Vec<String> = Vec::new();
    for part in parts {
        let part = part.trim().trim_end_matches(',');
        // Feeds often repeat the town as the last address line.
        if !part.is_empty() && shown.last().is_none_or(|last| !last.eq_ignore_ascii_case(part)) {
            shown.push(part.to_owned());
        }
    }
    if let Some(code) = postcode.map(str::trim).filter(|p| !p.is_empty()) {
        shown.push(postcode_text(code));
    }
    shown.join(", ")
}

/// Capitals, one space before the inward code, where the text has the shape of a UK postcode.
fn postcode_text(text: &str) -> String {
    let joined: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .to_uppercase();
    let inward = joined.len().checked_sub(3).and_then(|at| joined.get(at..));
    let is_uk = (5..=7).contains(&joined.len())
        && joined.is_ascii()
        && joined.starts_with(|c: char| c.is_ascii_alphabetic())
        && inward.is_some_and(|i| {
            let b = i.as_bytes();
            b[0].is_ascii_digit() && b[1].is_ascii_alphabetic() && b[2].is_ascii_alphabetic()
        });
    if is_uk {
        format!("{} {}", &joined[..joined.len() - 3], &joined[joined.len() - 3..])
    } else {
        text.to_owned()
    }
}

/// A telephone number grouped as the UK numbering plan groups it. A number written with its own spaces, from
/// abroad, or of unknown shape is kept as written.
pub fn phone(text: &str) -> String {
    let text = text.trim();
    let digits = match text.strip_prefix("+44") {
        Some(rest) if rest.bytes().all(|b| b.is_ascii_digit()) => format!("0{rest}"),
        _ => text.to_owned(),
    };
    if digits.len() != 11 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return text.to_owned();
    }
    let groups: [usize; 2] = match digits.as_bytes() {
        [b'0', b'2', ..] => [3, 7],
        [b'0', b'1', b'1', ..] | [b'0', b'1', _, b'1', ..] | [b'0', b'3' | b'8', ..] => [4, 7],
        [b'0', b'1' | b'7', ..] => [5, 11],
        _ => return text.to_owned(),
    };
    let [first, second] = groups;
    let shown = [&digits[..first], &digits[first..second], &digits[second..]];
    shown
        .iter()
        .filter(|g| !g.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join(" ")
}
