//! The lexical rules of JSON: where a string, a number or a run of white space ends.

/// Where white space from `at` on ends.
pub(crate) fn space(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(at) {
        at += 1;
        // What is indented is indented by many: eight at a time.
        while let Some(b"        ") = bytes.get(at..at + 8) {
            at += 8;
        }
    }
    at
}

const EACH: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * EACH;

/// Where the first character from `at` on stands that ends a run of ordinary ones: a quote, a backslash or a control
/// character. Eight at a time: which of them it is shows in the top bit of its byte, and a bit that is only there because of
/// a borrow stands above the one that is meant.
fn run(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(eight) = bytes.get(at..at + 8).and_then(|eight| eight.first_chunk()) {
        let eight = u64::from_le_bytes(*eight);
        let (quote, backslash) = (eight ^ (0x22 * EACH), eight ^ (0x5c * EACH));
        let ends = (quote.wrapping_sub(EACH) & !quote)
            | (backslash.wrapping_sub(EACH) & !backslash)
            | (eight.wrapping_sub(0x20 * EACH) & !eight);
        let ends = ends & HIGH;
        if ends != 0 {
            return Some(at + ends.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = bytes.get(at..)?;
    let found = rest
        .iter()
        .position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20)?;
    Some(at + found)
}

/// A string's extent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scanned {
    /// Where the closing quote stands.
    pub(crate) end: usize,
    /// Whether an escape sequence stands inside.
    pub(crate) escaped: bool,
}

/// Finds the end of the string whose first character is at `at`. The error is where it went wrong.
pub(crate) fn string(bytes: &[u8], mut at: usize) -> Result<Scanned, usize> {
    let mut escaped = false;
    loop {
        // Clinical text is long runs of ordinary characters.
        at = run(bytes, at).ok_or(bytes.len())?;
        match bytes[at] {
            b'"' => return Ok(Scanned { end: at, escaped }),
            b'\\' => {
                escaped = true;
                at += match bytes.get(at + 1) {
                    Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
                    Some(b'u') => {
                        let digits = bytes.get(at + 2..at + 6).ok_or(at)?;
                        if !digits.iter().all(u8::is_ascii_hexdigit) {
                            return Err(at);
                        }
                        6
                    }
                    _ => return Err(at),
                };
            }
            _ => return Err(at),
        }
    }
}

/// Finds the end of the number that starts at `at`. The error is where it went wrong.
pub(crate) fn number(bytes: &[u8], mut at: usize) -> Result<usize, usize> {
    let digits = |mut at: usize| {
        let start = at;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        if at > start { Ok(at) } else { Err(at) }
    };
    if bytes.get(at) == Some(&b'-') {
        at += 1;
    }
    at = if bytes.get(at) == Some(&b'0') {
        at + 1
    } else {
        digits(at)?
    };
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = bytes.get(at) {
            at += 1;
        }
        at = digits(at)?;
    }
    Ok(at)
}

/// The text that the inside of a string spells, or nothing where a surrogate stands alone: that is the one
/// thing the grammar allows and Unicode does not.
pub(crate) fn unescape(inside: &str) -> Option<String> {
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(run) = rest.find('\\') {
        text.push_str(&rest[..run]);
        let escape = *rest.as_bytes().get(run + 1)?;
        // Not every caller has checked the grammar: what is escaped may be half of a longer character.
        rest = rest.get(run + 2..)?;
        text.push(match escape {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut unit = code_unit(&mut rest)?;
                if let 0xD800..=0xDBFF = unit {
                    rest = rest.strip_prefix("\\u")?;
                    let low = code_unit(&mut rest)?;
                    if !(0xDC00..=0xDFFF).contains(&low) {
                        return None;
                    }
                    unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                }
                char::from_u32(unit)?
            }
            quote_or_slash => char::from(quote_or_slash),
        });
    }
    text.push_str(rest);
    Some(text)
}

fn code_unit(rest: &mut &str) -> Option<u32> {
    let (digits, after) = rest.split_at_checked(4)?;
    *rest = after;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eight at a time must find what one at a time finds, wherever it stands and whatever stands around it.
    #[test]
    fn a_run_ends_where_looking_at_each_character_says() {
        let slowly = |bytes: &[u8], at: usize| {
            let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
            bytes[at..].iter().position(ends).map(|found| at + found)
        };
        for around in [b'a', b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
            for ends in 0..=u8::MAX {
                for length in [1, 7, 8, 9, 15, 16, 17, 24] {
                    for place in 0..length {
                        let mut bytes = vec![around; length];
                        bytes[place] = ends;
                        assert_eq!(
                            run(&bytes, 0),
                            slowly(&bytes, 0),
                            "{ends} at {place} of {length} in {around}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn space_ends_where_it_ends() {
        for length in 0..40 {
            for start in ["", "\n", "\r\n\t"] {
                let text = format!("{start}{}x", " ".repeat(length));
                assert_eq!(space(text.as_bytes(), 0), text.len() - 1);
                assert_eq!(space(&text.as_bytes()[..text.len() - 1], 0), text.len() - 1);
            }
        }
    }
}
