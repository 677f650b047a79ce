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

/// In the top bit of each of eight bytes, whether it is this one. A bit that is only there because of a borrow stands above
/// the one that is meant.
fn is(eight: u64, byte: u8) -> u64 {
    let differs = eight ^ (u64::from(byte) * EACH);
    differs.wrapping_sub(EACH) & !differs
}

/// Where the first character from `at` on stands that `one` knows. Eight at a time: `eight` shows which of them it is in the
/// top bit of its byte.
fn first(bytes: &[u8], mut at: usize, eight: impl Fn(u64) -> u64, one: impl Fn(u8) -> bool) -> Option<usize> {
    while let Some(next) = bytes.get(at..at + 8).and_then(|next| next.first_chunk()) {
        let found = eight(u64::from_le_bytes(*next)) & HIGH;
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    Some(at + bytes.get(at..)?.iter().position(|&byte| one(byte))?)
}

/// The end of a run of ordinary characters: a quote, a backslash or a control character.
fn run(bytes: &[u8], at: usize) -> Option<usize> {
    first(
        bytes,
        at,
        |eight| is(eight, b'"') | is(eight, b'\\') | (eight.wrapping_sub(0x20 * EACH) & !eight),
        |byte| byte == b'"' || byte == b'\\' || byte < 0x20,
    )
}

/// The next quote or backslash.
pub(crate) fn quote_or_escape(bytes: &[u8], at: usize) -> Option<usize> {
    first(
        bytes,
        at,
        |eight| is(eight, b'"') | is(eight, b'\\'),
        |byte| byte == b'"' || byte == b'\\',
    )
}

/// The next quote or bracket of either kind.
pub(crate) fn quote_or_bracket(bytes: &[u8], at: usize) -> Option<usize> {
    first(
        bytes,
        at,
        |eight| {
            // Square brackets and curly ones differ in one bit.
            let curly = eight | (0x20 * EACH);
            is(eight, b'"') | is(curly, b'{') | is(curly, b'}')
        },
        |byte| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']'),
    )
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
    fn what_is_looked_for_is_found_where_looking_at_each_character_says() {
        type Looked = (fn(&[u8], usize) -> Option<usize>, fn(&u8) -> bool);
        let looked: [Looked; 3] = [
            (run, |byte| matches!(byte, b'"' | b'\\' | 0..0x20)),
            (quote_or_escape, |byte| matches!(byte, b'"' | b'\\')),
            (quote_or_bracket, |byte| {
                matches!(byte, b'"' | b'{' | b'}' | b'[' | b']')
            }),
        ];
        for around in [
            b'a', b' ', b'!', b'#', b'[', b']', b'Z', b'z', b'|', 0x7f, 0x80, 0xa2, 0xdc, 0xff,
        ] {
            for ends in 0..=u8::MAX {
                for length in [1, 7, 8, 9, 15, 16, 17, 24] {
                    for place in 0..length {
                        let mut bytes = vec![around; length];
                        bytes[place] = ends;
                        for (found, slowly) in looked {
                            assert_eq!(
                                found(&bytes, 0),
                                bytes.iter().position(slowly),
                                "{ends} at {place} of {length} in {around}"
                            );
                        }
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
