//! The lexical rules of JSON: where a string, a number or a run of white space ends.

/// Where white space from `at` on ends.
pub(crate) fn space(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(at) {
        at += 1;
    }
    at
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
        // Clinical text is long runs of ordinary characters: look for the three that end a run.
        match bytes[at..]
            .iter()
            .position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20)
        {
            Some(run) => at += run,
            None => return Err(bytes.len()),
        }
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
