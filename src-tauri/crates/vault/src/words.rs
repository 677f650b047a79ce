//! Finding timeline lines by the beginnings of their words: an index from each word to the positions of the lines with it.
//!
//! FTS5 stood here before. Its three indexes (words, and prefixes of two and three letters) took longer to write than
//! everything else of a projection together, and it merged thousands of lists for each first letter typed. This keeps what
//! a search needs and no more: the words in order, in compressed blocks, each with its positions as small differences.

use std::borrow::Cow;
use std::collections::HashMap;

use icu_normalizer::DecomposingNormalizerBorrowed;
use rusqlite::{Connection, params};

use crate::database::judge;
use crate::error::{DamagedPart, VaultError};
use crate::packing::{Unpacking, damaged, put, put_text};
use crate::texts::Press;

/// A block is closed when its words and positions reach this many bytes.
const FULL: usize = 16 * 1024;

fn reading(error: rusqlite::Error) -> VaultError {
    judge(error, DamagedPart::PatientFile)
}

/// The words of a text as they are compared: letters and digits only, small, without accents.
///
/// Whatever is not a letter or a digit only separates: nothing a person types is a search operator.
pub(crate) fn each_word(text: &str, mut see: impl FnMut(&str)) {
    const NFD: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizerBorrowed::new_nfd();
    let decomposed: Cow<'_, str> = if text.is_ascii() {
        text.into()
    } else {
        NFD.normalize(text)
    };
    let mut word = String::new();
    for letter in decomposed.chars() {
        if letter.is_ascii_alphanumeric() {
            word.push(letter.to_ascii_lowercase());
        } else if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        } else if !is_accent(letter) && !word.is_empty() {
            see(&word);
            word.clear();
        }
    }
    if !word.is_empty() {
        see(&word);
    }
}

/// Marks that belong to the letter before them.
fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}')
}

/// Positions of lines with one word: how many, the last, and their differences.
#[derive(Default)]
struct Positions {
    count: u32,
    next: u32,
    differences: Vec<u8>,
}

/// Gathers the words of lines in the order of their positions.
#[derive(Default)]
pub(crate) struct WordsBuilder {
    words: HashMap<Box<str>, Positions>,
}

impl WordsBuilder {
    pub(crate) fn push(&mut self, position: usize, text: &str) -> Result<(), VaultError> {
        let position = u32::try_from(position).map_err(|_| damaged())?;
        each_word(text, |word| {
            let positions = match self.words.get_mut(word) {
                Some(positions) => positions,
                None => self.words.entry(word.into()).or_default(),
            };
            // Once a line, however often it says the word.
            if positions.count == 0 || positions.next <= position {
                put(&mut positions.differences, u64::from(position - positions.next));
                positions.next = position + 1;
                positions.count += 1;
            }
        });
        Ok(())
    }

    /// Writes the index, words in order.
    pub(crate) fn write(self, file: &Connection, press: &mut Press) -> Result<(), VaultError> {
        let mut words: Vec<(Box<str>, Positions)> = self.words.into_iter().collect();
        words.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let mut insert = file
            .prepare_cached("INSERT INTO word_block (first, length, body) VALUES (?, ?, ?)")
            .map_err(reading)?;
        let mut first: Option<Box<str>> = None;
        let mut bytes = Vec::with_capacity(FULL * 2);
        let mut waiting = words.into_iter().peekable();
        while let Some((word, positions)) = waiting.next() {
            put_text(&mut bytes, &word);
            put(&mut bytes, u64::from(positions.count));
            bytes.extend_from_slice(&positions.differences);
            let first_word = first.get_or_insert(word);
            if bytes.len() >= FULL || waiting.peek().is_none() {
                let body = press.pack(&bytes)?;
                insert
                    .execute(params![&*first_word, bytes.len(), body])
                    .map_err(reading)?;
                bytes.clear();
                first = None;
            }
        }
        Ok(())
    }
}

/// A set of positions, a bit each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    bits: Vec<u64>,
}

impl Found {
    fn none(lines: usize) -> Self {
        Self {
            bits: vec![0; lines.div_ceil(64)],
        }
    }

    pub(crate) fn has(&self, position: usize) -> bool {
        self.bits
            .get(position / 64)
            .is_some_and(|bits| bits & (1 << (position % 64)) != 0)
    }

    fn add(&mut self, position: usize) -> Result<(), VaultError> {
        *self.bits.get_mut(position / 64).ok_or_else(damaged)? |= 1 << (position % 64);
        Ok(())
    }

    fn keep_only(&mut self, other: &Self) {
        for (bits, others) in self.bits.iter_mut().zip(&other.bits) {
            *bits &= others;
        }
    }
}

/// What a text finds: the lines that have, for each of its words, a word beginning with it. `None` for a text that asks for
/// nothing, which everything has.
pub(crate) fn find(
    file: &Connection,
    text: &str,
    lines: usize,
    press: &mut Press,
) -> Result<Option<Found>, VaultError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let mut wanted: Vec<String> = Vec::new();
    each_word(text, |word| wanted.push(word.to_owned()));
    let mut found: Option<Found> = None;
    for prefix in &wanted {
        let mut having = Found::none(lines);
        with_prefix(file, prefix, &mut having, press)?;
        match &mut found {
            Some(found) => found.keep_only(&having),
            None => found = Some(having),
        }
    }
    // Signs alone are in no line's words.
    Ok(Some(found.unwrap_or_else(|| Found::none(lines))))
}

/// Adds the positions of all words that begin so.
fn with_prefix(
    file: &Connection,
    prefix: &str,
    found: &mut Found,
    press: &mut Press,
) -> Result<(), VaultError> {
    // The first such word may stand in the middle of the block before.
    let mut select = file
        .prepare_cached(
            "SELECT first, length, body FROM word_block
             WHERE first >= coalesce((SELECT max(first) FROM word_block WHERE first <= ?1), '') ORDER BY first",
        )
        .map_err(reading)?;
    let mut rows = select.query([prefix]).map_err(reading)?;
    while let Some(row) = rows.next().map_err(reading)? {
        let first = row
            .get_ref(0)
            .and_then(|first| first.as_str().map_err(Into::into))
            .map_err(reading)?;
        if first > prefix && !first.starts_with(prefix) {
            return Ok(());
        }
        let length = row.get(1).map_err(reading)?;
        let body = row
            .get_ref(2)
            .and_then(|body| body.as_blob().map_err(Into::into))
            .map_err(reading)?;
        let bytes = press.unpack_bytes(body, length)?;
        let mut block = Unpacking::new(&bytes);
        while !block.is_at_end() {
            let word = block.text()?;
            let count = block.number()?;
            let wanted = word.starts_with(prefix);
            if !wanted && word > prefix {
                return Ok(());
            }
            let mut next = 0_usize;
            for _ in 0..count {
                let difference = usize::try_from(block.number()?).map_err(|_| damaged())?;
                let position = next.checked_add(difference).ok_or_else(damaged)?;
                if wanted {
                    found.add(position)?;
                }
                next = position.checked_add(1).ok_or_else(damaged)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        each_word(text, |word| words.push(word.to_owned()));
        words
    }

    fn index(lines: &[&str]) -> (Connection, Press) {
        let file = Connection::open_in_memory().expect("a database in memory");
        file.execute_batch("CREATE TABLE word_block (first TEXT PRIMARY KEY NOT NULL, length INTEGER, body BLOB) WITHOUT ROWID")
            .expect("a table");
        let mut press = Press::new().expect("a press");
        let mut builder = WordsBuilder::default();
        for (position, line) in lines.iter().enumerate() {
            builder.push(position, line).expect("a line");
        }
        builder.write(&file, &mut press).expect("written");
        (file, press)
    }

    #[test]
    fn words_are_compared_small_without_accents_and_signs_only_separate() {
        assert_eq!(
            words("Sjögren's (NYHA-II) 2.5mg"),
            ["sjogren", "s", "nyha", "ii", "2", "5mg"]
        );
        assert_eq!(words("cafe\u{301} CAFÉ ŁÓDŹ"), ["cafe", "cafe", "łodz"]);
        assert_eq!(words("\"* OR NEAR(+"), ["or", "near"]);
        assert_eq!(words(" -- "), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn it_finds_what_looking_at_every_line_finds(
            lines in prop::collection::vec("[a-c]{1,3}( [a-cé]{1,3}){0,3}", 0..300), asked in "[a-cé]{1,2}( [a-c]{1,2})?"
        ) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let (file, mut press) = index(&lines);
            let found = find(&file, &asked, lines.len(), &mut press).expect("an answer").expect("something is asked");
            for (position, line) in lines.iter().enumerate() {
                let has = words(line);
                let wanted = words(&asked).iter().all(|prefix| has.iter().any(|word| word.starts_with(prefix.as_str())));
                prop_assert_eq!(found.has(position), wanted, "{} in {}", &asked, line);
            }
        }
    }

    #[test]
    fn a_word_on_thousands_of_lines_and_words_of_many_blocks_are_found() {
        let lines: Vec<String> = (0..20_000)
            .map(|n| format!("same w{n}x{}", n * 7919 % 10_007))
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let (file, mut press) = index(&lines);
        let blocks: u32 = file
            .query_row("SELECT count(*) FROM word_block", [], |row| row.get(0))
            .expect("a count");
        assert!(blocks > 10, "{blocks}");
        let mut count = |text: &str| {
            let found = find(&file, text, lines.len(), &mut press)
                .expect("an answer")
                .expect("a set");
            (0..lines.len()).filter(|position| found.has(*position)).count()
        };
        assert_eq!(count("same"), 20_000);
        assert_eq!(count("w"), 20_000);
        assert_eq!(count("w1234"), 11);
        assert_eq!(count("w19999x"), 1);
        assert_eq!(count("a"), 0);
        assert_eq!(count("zz"), 0);
    }
}
