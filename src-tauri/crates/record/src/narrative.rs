//! XHTML narrative to plain text. Markup from outside is never shown as markup: no tag, script or style survives.
//!
//! Why there is no sanitiser such as `ammonia` here: a sanitiser gives back HTML, which somebody must then put into the web
//! view as HTML, and everything would rest on its list of what is harmless. Text needs no such list. The UI has no place
//! that takes markup (`{@html}` and its kin are refused by a test), so what is written here is shown letter by letter,
//! also when it looks like a tag. What is lost is layout; rows and cells of a table stay on lines of their own, and the
//! raw resource is in the source drawer.
//!
//! Time and memory are linear in the text, whatever it holds.

/// The text of a narrative, blocks on lines of their own.
pub(crate) fn plain_text(div: &str) -> String {
    let mut out = String::with_capacity(div.len() / 2);
    let mut rest = div;
    while let Some(at) = rest.find(['<', '&']) {
        push(&mut out, &rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('<') {
            rest = tag(rest, &mut out);
        } else {
            rest = entity(rest, &mut out);
        }
    }
    push(&mut out, rest);
    let lines: Vec<&str> = out
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

/// The first line of a narrative, for a resource that says nothing else about itself.
pub(crate) fn first_sentence(div: &str) -> Option<String> {
    plain_text(div).lines().next().map(str::to_owned)
}

/// Adds text with runs of white space closed up, as a browser shows it.
fn push(out: &mut String, text: &str) {
    for c in text.chars() {
        if !c.is_whitespace() {
            out.push(c);
        } else if !out.ends_with([' ', '\n']) {
            out.push(' ');
        }
    }
}

/// Letters of a tag's name that are looked at: one more than any name that matters here has.
const LONGEST_TAG: usize = 7;

/// Steps over one tag, and over everything inside those whose content is not text.
fn tag<'t>(rest: &'t str, out: &mut String) -> &'t str {
    if let Some(comment) = rest.strip_prefix("<!--") {
        return comment.find("-->").map_or("", |end| &comment[end + 3..]);
    }
    // "BP < 90" is text, in HTML too: a tag begins with a letter, a slash, "!" or "?".
    if !rest[1..].starts_with(|next: char| next.is_ascii_alphabetic() || "/!?".contains(next)) {
        out.push('<');
        return &rest[1..];
    }
    let Some(end) = rest.find('>') else { return "" };
    let inside = &rest[1..end];
    let name: String = inside
        .trim_start_matches('/')
        .chars()
        .take(LONGEST_TAG)
        .take_while(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase();
    match name.as_str() {
        "p" | "div" | "br" | "li" | "tr" | "table" | "ul" | "ol" | "h1" | "h2" | "h3" | "h4" | "h5"
        | "h6" => {
            out.push('\n');
        }
        "td" | "th" if !inside.starts_with('/') && !out.ends_with('\n') => out.push_str("  "),
        "script" | "style" if !inside.starts_with('/') && !inside.ends_with('/') => {
            let body = &rest[end + 1..];
            let closes = |at: &usize| {
                let after = body[*at..]
                    .strip_prefix("</")
                    .and_then(|tag| tag.get(..name.len()));
                after.is_some_and(|found| found.eq_ignore_ascii_case(&name))
            };
            let mut tags = body.match_indices('<').map(|(at, _)| at);
            return tags.find(closes).map_or("", |at| &body[at..]);
        }
        _ => {}
    }
    &rest[end + 1..]
}

/// One character reference; text that only looks like one is kept.
fn entity<'t>(rest: &'t str, out: &mut String) -> &'t str {
    let known = rest.get(1..).and_then(|after| {
        // Looked for no further than the longest name goes: a text may be nothing but ampersands.
        let end = after.bytes().take(11).position(|byte| byte == b';')?;
        let name = &after[..end];
        let character = match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            "nbsp" => ' ',
            "deg" => '\u{b0}',
            "micro" => '\u{b5}',
            "plusmn" => '\u{b1}',
            "pound" => '\u{a3}',
            "ndash" => '\u{2013}',
            "mdash" => '\u{2014}',
            _ => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code).filter(|c| !c.is_control() || c.is_whitespace())?
            }
        };
        Some((character, &after[end + 1..]))
    });
    match known {
        Some((character, after)) => {
            out.push(character);
            after
        }
        None => {
            out.push('&');
            &rest[1..]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::plain_text;

    #[test]
    fn blocks_become_lines_and_white_space_closes_up() {
        assert_eq!(
            plain_text("<div><p>One\n   two</p><ul><li>three</li><li>four</li></ul></div>"),
            "One two\nthree\nfour"
        );
    }

    #[test]
    fn no_markup_script_or_comment_survives() {
        let nasty = "<div>a<script>alert('b')</script><style>p{}</style><!-- c --><b onclick='d'>e</b></div>";
        assert_eq!(plain_text(nasty), "ae");
    }

    #[test]
    fn character_references_are_read_once_and_look_alikes_kept() {
        assert_eq!(
            plain_text("5 &lt; 6 &amp;amp; 7 &#176;C &nosuch; & &#x1F600;"),
            "5 < 6 &amp; 7 \u{b0}C &nosuch; & \u{1F600}"
        );
    }

    #[test]
    fn what_is_long_and_hostile_takes_no_longer_than_its_length() {
        let many = 200_000;
        assert_eq!(plain_text(&"&".repeat(many)).len(), many);
        assert_eq!(plain_text(&"<script></SCRIPT>".repeat(many)), "");
        assert_eq!(plain_text(&"<style>p{}</style >x".repeat(many)).len(), many);
    }

    #[test]
    fn unfinished_markup_loses_nothing_before_it_and_never_panics() {
        assert_eq!(plain_text("kept <b"), "kept");
        assert_eq!(plain_text("kept &"), "kept &");
        assert_eq!(plain_text("\u{e9}<script>\u{e9}"), "\u{e9}");
    }

    #[test]
    fn a_less_than_sign_between_words_is_a_word() {
        assert_eq!(
            plain_text("<p>Systolic < 90, sats <92%: call. 3<4</p>"),
            "Systolic < 90, sats <92%: call. 3<4"
        );
    }

    #[test]
    fn scripts_close_in_any_case_and_the_text_after_them_stays() {
        assert_eq!(plain_text("a<SCRIPT>1 </b> 2</ScRiPt >b"), "ab");
        assert_eq!(plain_text("a<script>alert(1)"), "a");
        assert_eq!(plain_text("a<script/>b"), "ab");
    }

    /// A megabyte of what each part of the reader looks ahead for: quadratic time would take minutes here.
    #[test]
    fn hostile_text_costs_no_more_than_its_length() {
        const TIMES: usize = 200_000;
        for piece in [
            "&",
            "<",
            "</",
            "<!--",
            "<script></script>",
            "<script></",
            "&#x",
            "<b",
            "&amp;",
            "<p>",
        ] {
            let text = plain_text(&piece.repeat(TIMES));
            assert!(text.len() <= piece.len() * TIMES, "{piece}");
        }
    }
}
