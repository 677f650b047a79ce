//! The chain: entries, their digests, writing and verification.

use std::fmt;

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

use crate::look::{Action, Look, OutcomeText};

/// A SHA-256 digest. Written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// What the first entry of every chain names as its predecessor.
    pub const ORIGIN: Self = Self([0; 32]);

    /// A digest read back from storage.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes, for storage.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_digest(&text).ok_or_else(|| de::Error::custom("a digest is 64 lower-case hexadecimal digits"))
    }
}

/// Strict on purpose: an upper-case digit would be a second spelling of the same digest, and an edit unseen.
fn parse_digest(text: &str) -> Option<Digest> {
    fn nibble(digit: u8) -> Option<u8> {
        match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        }
    }
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(Digest(bytes))
}

/// Where a chain ends: the last sequence number and its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Sequence number of the last entry; 0 when there is none.
    pub seq: u64,
    /// Digest of the last entry; [`Digest::ORIGIN`] when there is none.
    pub digest: Digest,
}

impl Head {
    /// The head of a chain without entries.
    pub const EMPTY: Self = Self {
        seq: 0,
        digest: Digest::ORIGIN,
    };

    /// The head of a chain whose last entry this is.
    #[must_use]
    pub fn after(entry: &Entry) -> Self {
        Self {
            seq: entry.seq,
            digest: entry.digest,
        }
    }
}

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Place in the chain, from 1 without gaps: the guard against a clock that was moved.
    pub seq: u64,
    /// When, to the millisecond; written as milliseconds since 1970, which has one spelling where a date has several.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub at: DateTime<Utc>,
    /// What was looked at, by whom.
    pub look: Look,
    /// Digest of the entry before.
    pub previous: Digest,
    /// Digest of this entry's [canonical bytes](Entry::canonical_bytes).
    pub digest: Digest,
}

impl Entry {
    /// The link that follows `head`.
    fn following(head: Head, look: Look, at: DateTime<Utc>) -> Self {
        let mut entry = Self {
            seq: head.seq + 1,
            at: at.trunc_subsecs(3),
            look,
            previous: head.digest,
            digest: Digest::ORIGIN,
        };
        entry.digest = entry.expected_digest();
        entry
    }

    /// What is hashed: every field but the digest, each with its length before it, so that no two different
    /// entries share their bytes. Text is UTF-8, numbers are big-endian; the first field names this layout.
    #[must_use]
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        let mut field = |bytes: &[u8]| {
            out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
            out.extend_from_slice(bytes);
        };
        let look = &self.look;
        field(b"curlew audit entry 1");
        field(&self.seq.to_be_bytes());
        field(&self.at.timestamp().to_be_bytes());
        field(&self.at.timestamp_subsec_nanos().to_be_bytes());
        field(look.actor.id.as_bytes());
        field(look.actor.name.as_bytes());
        field(look.actor.role.as_bytes());
        field(look.actor.organisation.as_bytes());
        field(look.device.as_bytes());
        for optional in [&look.patient, &look.patient_name] {
            // Absent and empty differ.
            field(&[u8::from(optional.is_some())]);
            field(optional.as_deref().unwrap_or_default().as_bytes());
        }
        field(look.action.code().as_bytes());
        field(look.shown.as_bytes());
        field(look.purpose.as_bytes());
        let (kind, words) = match &look.outcome {
            OutcomeText::Done => ("done", ""),
            OutcomeText::Refused(why) => ("refused", why.as_str()),
            OutcomeText::Failed(why) => ("failed", why.as_str()),
        };
        field(kind.as_bytes());
        field(words.as_bytes());
        field(&self.previous.0);
        out
    }

    /// The digest this entry should carry.
    #[must_use]
    pub fn expected_digest(&self) -> Digest {
        Digest(Sha256::digest(self.canonical_bytes()).into())
    }
}

/// Where a chain is kept. The vault implements it over its index; tests over a `Vec`.
pub trait ChainStorage {
    /// Why it could not be read or written.
    type Error;

    /// Where the chain ends now.
    ///
    /// # Errors
    /// When the storage cannot be read.
    fn head(&self) -> Result<Head, Self::Error>;

    /// Appends durably: once this returns `Ok`, the entry survives a power cut.
    ///
    /// # Errors
    /// When the entry was not stored. Nothing may be shown then.
    fn append(&mut self, entry: &Entry) -> Result<(), Self::Error>;
}

/// Proof that a look is in the chain. Made by [`write()`] alone, after the append succeeded; cannot be copied.
#[derive(Debug)]
#[must_use = "what was written down is meant to be shown"]
pub struct Receipt {
    seq: u64,
    at: DateTime<Utc>,
    patient: Option<String>,
    action: Action,
    done: bool,
    digest: Digest,
}

impl Receipt {
    /// Place of the look in the chain.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// When it was written down.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Server's logical id of the patient it names.
    #[must_use]
    pub fn patient(&self) -> Option<&str> {
        self.patient.as_deref()
    }

    /// What was written down as done.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// Digest of the entry: says which chain this receipt belongs to.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The patient whose record this receipt opens: one that names a patient, for opening, not refused.
    #[must_use]
    pub fn opens(&self) -> Option<&str> {
        if self.done && self.action.opens_a_record() {
            self.patient()
        } else {
            None
        }
    }
}

impl Receipt {
    /// The patient whose past this receipt opens: one that names a patient, for looking back, not refused.
    #[must_use]
    pub fn opens_the_past(&self) -> Option<&str> {
        if self.done && self.action.opens_the_past() {
            self.patient()
        } else {
            None
        }
    }
}

/// Writes a look down and gives the receipt for it.
///
/// # Errors
/// Whatever the storage says. No receipt exists then, so nothing can be shown.
pub fn write<S: ChainStorage>(storage: &mut S, look: Look, now: DateTime<Utc>) -> Result<Receipt, S::Error> {
    let entry = Entry::following(storage.head()?, look, now);
    storage.append(&entry)?;
    Ok(Receipt {
        seq: entry.seq,
        at: entry.at,
        done: entry.look.outcome.is_done(),
        action: entry.look.action,
        patient: entry.look.patient,
        digest: entry.digest,
    })
}

/// What is wrong with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The entry's content does not match its digest.
    #[error("the entry has been changed")]
    Edited,
    /// An entry is not where its number says: removed, inserted or moved.
    #[error("an entry has been removed, inserted or moved")]
    OutOfPlace,
    /// The entry does not follow from the one before it.
    #[error("the entry does not follow from the one before it")]
    Unlinked,
    /// What is stored in its place cannot be read as an entry.
    #[error("the entry cannot be read")]
    Unreadable,
    /// Entries at the end are gone.
    #[error("entries from here to {end} are missing at the end")]
    Truncated {
        /// The number of the entry the chain should end at.
        end: u64,
    },
    /// There are more entries than the head knows of, or the last is not the one it names.
    #[error("the chain does not end where its seal says")]
    BeyondHead,
}

/// Where a chain is broken first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub struct Broken {
    /// The place, counted from 1, at which the chain first fails.
    pub seq: u64,
    /// How.
    pub what: Fault,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seq, what } = self;
        match what {
            // There is no entry at the place to speak of.
            Fault::Truncated { end } => {
                write!(
                    f,
                    "the log ends at entry {}, and should end at entry {end}",
                    seq.saturating_sub(1)
                )
            }
            what => write!(f, "at entry {seq}: {what}"),
        }
    }
}

/// Walks a chain from its first entry and compares its end with `head`, which must come from a safer place
/// than the entries themselves.
///
/// # Errors
/// The first place at which an edit, removal, insertion, swap or truncation shows.
pub fn verify(entries: impl IntoIterator<Item = Entry>, head: &Head) -> Result<(), Broken> {
    let mut last = Head::EMPTY;
    for entry in entries {
        let place = last.seq + 1;
        let broken = |what| Err(Broken { seq: place, what });
        if entry.seq != place {
            return broken(Fault::OutOfPlace);
        }
        if entry.digest != entry.expected_digest() {
            return broken(Fault::Edited);
        }
        if entry.previous != last.digest {
            return broken(Fault::Unlinked);
        }
        last = Head::after(&entry);
        if last.seq > head.seq || (last.seq == head.seq && last.digest != head.digest) {
            return broken(Fault::BeyondHead);
        }
    }
    if last.seq < head.seq {
        return Err(Broken {
            seq: last.seq + 1,
            what: Fault::Truncated { end: head.seq },
        });
    }
    if last == *head {
        Ok(())
    } else {
        Err(Broken {
            seq: last.seq,
            what: Fault::BeyondHead,
        })
    }
}
