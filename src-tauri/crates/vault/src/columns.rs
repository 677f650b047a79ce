//! What the timeline can be narrowed by: a column each, in the order of positions, packed into one row.
//!
//! A filter and all the counts beside it are one walk over these columns in memory. As a table with an index for every
//! question they took a third of the file, most of the time of storing a projection, and tens of milliseconds a keystroke.

use std::collections::HashMap;

use curlew_record::TimelineRow;
use curlew_record::view::LineKind;

use crate::error::VaultError;
use crate::packing::{Unpacking, damaged, put, put_signed, put_text};
use crate::projecting::word;

/// Stands for a moment that nobody recorded.
pub(crate) const NOT_RECORDED: i64 = i64::MIN;

/// What a line can be narrowed to besides its kind and its setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum What {
    Organisation,
    Problem,
    Encounter,
}

const EVERY: [What; 3] = [What::Organisation, What::Problem, What::Encounter];

/// One value that lines have, written once however many have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) what: What,
    pub(crate) value: String,
    pub(crate) label: String,
}

/// The columns, as they are read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    /// The words that `kind` and `setting` count into.
    pub(crate) kinds: Vec<String>,
    pub(crate) settings: Vec<String>,
    pub(crate) kind: Vec<u8>,
    pub(crate) setting: Vec<u8>,
    /// When it happened; [`NOT_RECORDED`] when nobody says.
    pub(crate) at: Vec<i64>,
    /// The last millisecond a partial date can mean; [`NOT_RECORDED`] for a whole one.
    pub(crate) latest: Vec<i64>,
    pub(crate) received_at: Vec<i64>,
    pub(crate) values: Vec<Value>,
    /// Where each line's values begin in `value_of`; one more than there are lines.
    value_from: Vec<u32>,
    value_of: Vec<u32>,
}

impl Columns {
    /// How many lines there are.
    pub(crate) fn len(&self) -> usize {
        self.kind.len()
    }

    /// The places in [`Self::values`] of the values a line has.
    pub(crate) fn values_of(&self, position: usize) -> &[u32] {
        let (Some(&from), Some(&to)) = (self.value_from.get(position), self.value_from.get(position + 1))
        else {
            return &[];
        };
        self.value_of.get(from as usize..to as usize).unwrap_or_default()
    }

    /// The place in [`Self::values`] of the contact that a line is itself.
    pub(crate) fn own_contact(&self, position: usize) -> Option<u32> {
        let kind = self.kinds.get(usize::from(*self.kind.get(position)?))?;
        // A contact's own value is the last that was added.
        (kind == "encounter").then(|| self.values_of(position).last().copied())?
    }

    fn pack(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.len() * 12);
        put(&mut bytes, self.len() as u64);
        for words in [&self.kinds, &self.settings] {
            put(&mut bytes, words.len() as u64);
            words.iter().for_each(|word| put_text(&mut bytes, word));
        }
        bytes.extend_from_slice(&self.kind);
        bytes.extend_from_slice(&self.setting);
        // Neighbours lie close to each other in time: what is kept is how far apart they are.
        let mut before = 0;
        for &at in &self.at {
            bytes.push(u8::from(at != NOT_RECORDED));
            if at != NOT_RECORDED {
                put_signed(&mut bytes, at.wrapping_sub(before));
                before = at;
            }
        }
        for (&latest, &at) in self.latest.iter().zip(&self.at) {
            bytes.push(u8::from(latest != NOT_RECORDED));
            if latest != NOT_RECORDED {
                put_signed(&mut bytes, latest.wrapping_sub(at));
            }
        }
        before = 0;
        for &received_at in &self.received_at {
            put_signed(&mut bytes, received_at.wrapping_sub(before));
            before = received_at;
        }
        put(&mut bytes, self.values.len() as u64);
        for value in &self.values {
            bytes.push(value.what as u8);
            put_text(&mut bytes, &value.value);
            put_text(&mut bytes, &value.label);
        }
        for position in 0..self.len() {
            let values = self.values_of(position);
            put(&mut bytes, values.len() as u64);
            values.iter().for_each(|value| put(&mut bytes, u64::from(*value)));
        }
        bytes
    }

    /// Reads columns that were packed.
    pub(crate) fn unpack(bytes: &[u8]) -> Result<Self, VaultError> {
        let mut packed = Unpacking::new(bytes);
        let len = packed.count()?;
        let mut columns = Self::default();
        for words in [&mut columns.kinds, &mut columns.settings] {
            for _ in 0..packed.count()? {
                words.push(packed.text()?.to_owned());
            }
        }
        columns.kind = packed.take(len)?.to_vec();
        columns.setting = packed.take(len)?.to_vec();
        let within =
            |codes: &[u8], words: &[String]| codes.iter().all(|code| usize::from(*code) < words.len());
        if !within(&columns.kind, &columns.kinds) || !within(&columns.setting, &columns.settings) {
            return Err(damaged());
        }
        let mut before = 0_i64;
        for _ in 0..len {
            columns.at.push(match packed.take(1)? {
                [0] => NOT_RECORDED,
                _ => {
                    before = before.wrapping_add(packed.signed()?);
                    before
                }
            });
        }
        for place in 0..len {
            columns.latest.push(match packed.take(1)? {
                [0] => NOT_RECORDED,
                _ => columns.at[place].wrapping_add(packed.signed()?),
            });
        }
        before = 0;
        for _ in 0..len {
            before = before.wrapping_add(packed.signed()?);
            columns.received_at.push(before);
        }
        for _ in 0..packed.count()? {
            let &[what] = packed.take(1)? else {
                return Err(damaged());
            };
            columns.values.push(Value {
                what: *EVERY.get(usize::from(what)).ok_or_else(damaged)?,
                value: packed.text()?.to_owned(),
                label: packed.text()?.to_owned(),
            });
        }
        columns.value_from.push(0);
        for _ in 0..len {
            for _ in 0..packed.number()? {
                let value = u32::try_from(packed.number()?).map_err(|_| damaged())?;
                if value as usize >= columns.values.len() {
                    return Err(damaged());
                }
                columns.value_of.push(value);
            }
            columns
                .value_from
                .push(u32::try_from(columns.value_of.len()).map_err(|_| damaged())?);
        }
        if packed.is_at_end() {
            Ok(columns)
        } else {
            Err(damaged())
        }
    }
}

/// Gathers the columns, a row at a time.
#[derive(Default)]
pub(crate) struct ColumnsBuilder {
    columns: Columns,
    known: HashMap<(What, String), u32>,
}

impl ColumnsBuilder {
    pub(crate) fn push(&mut self, row: &TimelineRow) -> Result<(), VaultError> {
        let line = &row.line;
        let columns = &mut self.columns;
        columns.kind.push(code(&mut columns.kinds, word(&line.kind)?)?);
        columns
            .setting
            .push(code(&mut columns.settings, word(&line.setting.setting)?)?);
        columns.at.push(row.sort_key);
        columns.latest.push(row.latest.unwrap_or(NOT_RECORDED));
        columns.received_at.push(line.received_at as i64);
        if columns.value_from.is_empty() {
            columns.value_from.push(0);
        }
        // A contact is one of its own, so that it stands with what belongs to it.
        let own = matches!(line.kind, LineKind::Encounter).then_some(&line.id);
        let start = columns.value_of.len();
        let all = (row.organisations.iter().map(|value| (What::Organisation, value)))
            .chain(row.problems.iter().map(|value| (What::Problem, value)))
            .chain(
                line.encounter
                    .iter()
                    .chain(own)
                    .map(|value| (What::Encounter, value)),
            );
        for (what, value) in all {
            let next = self.columns.values.len();
            let place = match self.known.get(&(what, value.clone())) {
                Some(place) => *place,
                None => {
                    let place = u32::try_from(next).map_err(|_| damaged())?;
                    self.known.insert((what, value.clone()), place);
                    self.columns.values.push(Value {
                        what,
                        value: value.clone(),
                        label: value.clone(),
                    });
                    place
                }
            };
            if !self.columns.value_of[start..].contains(&place) {
                self.columns.value_of.push(place);
            }
        }
        for what in [What::Problem, What::Encounter] {
            if let Some(place) = self.known.get(&(what, line.id.clone())) {
                self.columns.values[*place as usize].label.clone_from(&line.title);
            }
        }
        let end = u32::try_from(self.columns.value_of.len()).map_err(|_| damaged())?;
        self.columns.value_from.push(end);
        Ok(())
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.columns.pack()
    }
}

/// The place of a word among those known so far.
fn code(words: &mut Vec<String>, word: String) -> Result<u8, VaultError> {
    let place = words.iter().position(|known| *known == word).unwrap_or_else(|| {
        words.push(word);
        words.len() - 1
    });
    u8::try_from(place).map_err(|_| damaged())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    prop_compose! {
        fn a_line()(kind in 0..3_u8, setting in 0..2_u8, at in prop::option::of(any::<i32>()), partial in prop::option::of(0..99_i64),
            received_at in 0..9_000_i64, values in prop::collection::vec(0..4_u32, 0..3)) -> (u8, u8, i64, i64, i64, Vec<u32>) {
            let at = at.map_or(NOT_RECORDED, i64::from);
            let latest = partial.filter(|_| at != NOT_RECORDED).map_or(NOT_RECORDED, |more| at + more);
            (kind, setting, at, latest, received_at, values)
        }
    }

    proptest! {
        #[test]
        fn columns_are_read_as_they_were_packed(lines in prop::collection::vec(a_line(), 0..50), rot in any::<prop::sample::Index>(), bit in 0..8_u8) {
            let mut columns = Columns {
                kinds: ["result", "problem", "other"].map(str::to_owned).to_vec(),
                settings: ["gp", "acute"].map(str::to_owned).to_vec(),
                values: (0..4).map(|n| Value { what: EVERY[n % 3], value: format!("v{n}"), label: "é".repeat(n) }).collect(),
                value_from: vec![0],
                ..Columns::default()
            };
            for (kind, setting, at, latest, received_at, values) in lines {
                columns.kind.push(kind);
                columns.setting.push(setting);
                columns.at.push(at);
                columns.latest.push(latest);
                columns.received_at.push(received_at);
                columns.value_of.extend(values);
                columns.value_from.push(columns.value_of.len() as u32);
            }
            let mut bytes = columns.pack();
            prop_assert_eq!(Columns::unpack(&bytes).ok(), Some(columns));
            // Whatever one wrong bit leads to, it is no panic.
            let place = rot.index(bytes.len());
            bytes[place] ^= 1 << bit;
            let _ = Columns::unpack(&bytes);
        }
    }
}
