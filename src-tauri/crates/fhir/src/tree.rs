//! JSON text as a flat list of nodes that point back into it.
//!
//! Parsing allocates one `Vec`, whatever the document holds: a node is where its text starts and ends and
//! which node follows its subtree. Nothing is converted until somebody asks, so a number keeps the digits it
//! was written with, and an escape sequence that means nothing costs the one string it stands in.
//!
//! The grammar is RFC 8259, strictly; only the *values* are left unjudged (a lone surrogate, `1e999`).
//! The parser keeps its own stack, so no nesting can exhaust the thread's.

use std::borrow::Cow;

use crate::limits::{MAX_DEPTH, MAX_RESOURCE_BYTES, MAX_VALUES};
use crate::scan;

/// Why text is not a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Not JSON, noticed at this byte.
    Syntax {
        at: usize,
    },
    TooDeep,
    TooLarge,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    True,
    False,
    Number,
    /// The text between the quotes, usable as it stands.
    Plain,
    /// The text between the quotes, holding at least one escape sequence.
    Escaped,
    Array,
    Object,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    kind: Kind,
    start: u32,
    end: u32,
    /// The first slot after this value and everything in it.
    after: u32,
}

/// The memory of a tree, lent from one to the next: asking the allocator for so much at once, again and again, took a
/// tenth of all the time of reading small resources.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    slots: Vec<Slot>,
    references: Vec<u32>,
}

/// Memory beyond that of an ordinary resource is not kept: 512 KiB.
const KEPT_SLOTS: usize = 1 << 15;

/// A parsed document. The members of an object are stored as key, value, key, value.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    text: &'a str,
    slots: Vec<Slot>,
    landmarks: Landmarks,
}

/// One value of a tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'t> {
    tree: &'t Tree<'t>,
    index: u32,
}

impl<'a> Tree<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, Broken> {
        Self::parse_in(text, &mut Slots::default())
    }

    /// As [`parse`](Self::parse), in memory that an earlier tree has given back.
    pub(crate) fn parse_in(text: &'a str, memory: &mut Slots) -> Result<Self, Broken> {
        if text.len() > MAX_RESOURCE_BYTES {
            return Err(Broken::TooLarge);
        }
        let mut slots = std::mem::take(&mut memory.slots);
        slots.clear();
        slots.reserve(text.len() / 16);
        let mut landmarks = Landmarks {
            references: std::mem::take(&mut memory.references),
            ..Landmarks::default()
        };
        landmarks.references.clear();
        let mut parser = Parser {
            bytes: text.as_bytes(),
            at: 0,
            slots,
            landmarks,
        };
        parser.document()?;
        Ok(Self {
            text,
            slots: parser.slots,
            landmarks: parser.landmarks,
        })
    }

    /// Gives the memory back for the next tree.
    pub(crate) fn give_back(self, memory: &mut Slots) {
        if self.slots.capacity() <= KEPT_SLOTS {
            memory.slots = self.slots;
            memory.references = self.landmarks.references;
        }
    }

    pub(crate) fn root(&self) -> Node<'_> {
        Node { tree: self, index: 0 }
    }

    /// The keys of modifiers, wherever they stand. Noticed while parsing, since a modifier counts even inside
    /// an element that nothing else here reads.
    pub(crate) fn modifier_keys(&self) -> &[u32] {
        &self.landmarks.modifier_keys
    }

    /// The URLs that say why a value is absent, wherever they stand.
    pub(crate) fn absence_urls(&self) -> &[u32] {
        &self.landmarks.absence_urls
    }

    /// What each `reference` says, as written, wherever it stands.
    pub(crate) fn references(&self) -> impl Iterator<Item = &'a str> {
        self.landmarks.references.iter().filter_map(|&key| {
            // A value follows its key.
            let value = self.slots.get(key as usize + 1)?;
            let text = matches!(value.kind, Kind::Plain | Kind::Escaped);
            text.then(|| &self.text[value.start as usize..value.end as usize])
        })
    }

    pub(crate) fn node(&self, index: u32) -> Node<'_> {
        Node { tree: self, index }
    }

    /// The object whose member `target` is, as key or as value, with that member's value.
    pub(crate) fn member_at(&self, target: u32) -> Option<(Node<'_>, Node<'_>)> {
        let mut node = self.root();
        let mut found = None;
        while node.span().contains(&target) && node.index != target {
            let member = node
                .members()
                .find(|(key, value)| key.index == target || value.span().contains(&target));
            match member {
                Some((_, value)) => {
                    found = Some((node, value));
                    node = value;
                }
                None => node = node.items().find(|item| item.span().contains(&target))?,
            }
        }
        found
    }

    /// Where a value stands, as a dotted path below `root`: `Patient.name[0].given[1]`.
    ///
    /// Worked out from the top only when somebody has something to say about the value, so that reading a
    /// sound document spends nothing on paths.
    pub(crate) fn path(&self, root: &str, target: u32) -> String {
        let mut path = root.to_owned();
        let mut node = self.root();
        while node.index != target {
            match node.kind() {
                Kind::Object => {
                    let Some((key, value)) = node
                        .members()
                        .find(|(key, value)| key.index == target || value.span().contains(&target))
                    else {
                        break;
                    };
                    path.push('.');
                    path.push_str(&key.lossy());
                    if key.index == target {
                        break;
                    }
                    node = value;
                }
                Kind::Array => {
                    let Some((place, value)) = node
                        .items()
                        .enumerate()
                        .find(|(_, value)| value.span().contains(&target))
                    else {
                        break;
                    };
                    path.push_str(&format!("[{place}]"));
                    node = value;
                }
                _ => break,
            }
        }
        path
    }
}

impl<'t> Node<'t> {
    fn slot(self) -> Slot {
        self.tree.slots[self.index as usize]
    }

    pub(crate) fn tree(self) -> &'t Tree<'t> {
        self.tree
    }

    pub(crate) fn index(self) -> u32 {
        self.index
    }

    /// The indices of this value and of everything in it.
    pub(crate) fn span(self) -> std::ops::Range<u32> {
        self.index..self.slot().after
    }

    pub(crate) fn kind(self) -> Kind {
        self.slot().kind
    }

    /// The value exactly as written; without its quotes if it is a string.
    pub(crate) fn raw(self) -> &'t str {
        let slot = self.slot();
        &self.tree.text[slot.start as usize..slot.end as usize]
    }

    /// A string's text, or nothing if its escapes do not spell one.
    pub(crate) fn text(self) -> Option<Cow<'t, str>> {
        match self.kind() {
            Kind::Plain => Some(Cow::Borrowed(self.raw())),
            Kind::Escaped => scan::unescape(self.raw()).map(Cow::Owned),
            _ => None,
        }
    }

    /// A key's text; one whose escapes spell nothing is left as written.
    pub(crate) fn lossy(self) -> Cow<'t, str> {
        self.text().unwrap_or(Cow::Borrowed(self.raw()))
    }

    /// The items of an array; of anything else, none.
    pub(crate) fn items(self) -> impl Iterator<Item = Node<'t>> {
        Children {
            tree: self.tree,
            next: self.index + 1,
            end: self.end_of(Kind::Array),
        }
    }

    /// The members of an object as key and value; of anything else, none.
    pub(crate) fn members(self) -> impl Iterator<Item = (Node<'t>, Node<'t>)> {
        let mut children = Children {
            tree: self.tree,
            next: self.index + 1,
            end: self.end_of(Kind::Object),
        };
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
    }

    /// The first member of an object called `name`.
    pub(crate) fn member(self, name: &str) -> Option<Node<'t>> {
        self.members()
            .find(|(key, _)| key.lossy() == name)
            .map(|(_, value)| value)
    }

    fn end_of(self, kind: Kind) -> u32 {
        let slot = self.slot();
        if slot.kind == kind { slot.after } else { 0 }
    }
}

struct Children<'t> {
    tree: &'t Tree<'t>,
    next: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        (self.next < self.end).then(|| {
            let node = Node {
                tree: self.tree,
                index: self.next,
            };
            self.next = node.slot().after;
            node
        })
    }
}

/// Strings that change how everything around them is to be understood.
#[derive(Debug, Default)]
struct Landmarks {
    modifier_keys: Vec<u32>,
    absence_urls: Vec<u32>,
    /// Keys called `reference`.
    references: Vec<u32>,
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    slots: Vec<Slot>,
    landmarks: Landmarks,
}

impl<'a> Parser<'a> {
    /// Reads one value and makes sure that nothing follows it.
    ///
    /// `open` holds the containers we stand in; the loop reads a value, then closes as many of them as the
    /// text closes, then steps over the comma to the next value.
    fn document(&mut self) -> Result<(), Broken> {
        let mut open: Vec<u32> = Vec::with_capacity(16);
        loop {
            self.space();
            let opened = match self.peek() {
                Some(b'{') => Some((Kind::Object, b'}')),
                Some(b'[') => Some((Kind::Array, b']')),
                _ => None,
            };
            if let Some((kind, close)) = opened {
                let index = self.push(kind, self.at, self.at)?;
                self.at += 1;
                self.space();
                if self.peek() == Some(close) {
                    self.at += 1;
                    self.close(index);
                } else {
                    if open.len() == MAX_DEPTH {
                        return Err(Broken::TooDeep);
                    }
                    open.push(index);
                    if kind == Kind::Object {
                        self.key()?;
                    }
                    continue;
                }
            } else {
                self.scalar()?;
            }
            loop {
                self.space();
                let Some(&container) = open.last() else {
                    return if self.at == self.bytes.len() {
                        Ok(())
                    } else {
                        Err(self.syntax())
                    };
                };
                let object = self.slots[container as usize].kind == Kind::Object;
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        if object {
                            self.space();
                            self.key()?;
                        }
                        break;
                    }
                    Some(b'}') if object => {}
                    Some(b']') if !object => {}
                    _ => return Err(self.syntax()),
                }
                self.at += 1;
                self.close(container);
                open.pop();
            }
        }
    }

    /// `"key" :`
    fn key(&mut self) -> Result<(), Broken> {
        if self.peek() != Some(b'"') {
            return Err(self.syntax());
        }
        let (index, key) = self.string()?;
        match key {
            b"reference" => self.landmarks.references.push(index),
            b"modifierExtension" | b"implicitRules" => self.landmarks.modifier_keys.push(index),
            _ => {}
        }
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.syntax());
        }
        self.at += 1;
        Ok(())
    }

    fn scalar(&mut self) -> Result<(), Broken> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => {
                let (index, text) = self.string()?;
                if text.ends_with(b"/data-absent-reason") {
                    self.landmarks.absence_urls.push(index);
                }
                return Ok(());
            }
            Some(b'-' | b'0'..=b'9') => {
                self.at = scan::number(self.bytes, start).map_err(|at| Broken::Syntax { at })?;
                self.push(Kind::Number, start, self.at)?;
                return Ok(());
            }
            _ => {}
        }
        for (word, kind) in [("true", Kind::True), ("false", Kind::False), ("null", Kind::Null)] {
            if self.bytes[start..].starts_with(word.as_bytes()) {
                self.at += word.len();
                self.push(kind, start, self.at)?;
                return Ok(());
            }
        }
        Err(self.syntax())
    }

    /// A string, from its opening quote to just past the closing one.
    fn string(&mut self) -> Result<(u32, &'a [u8]), Broken> {
        let start = self.at + 1;
        let string = scan::string(self.bytes, start).map_err(|at| Broken::Syntax { at })?;
        let kind = if string.escaped {
            Kind::Escaped
        } else {
            Kind::Plain
        };
        let index = self.push(kind, start, string.end)?;
        self.at = string.end + 1;
        Ok((index, &self.bytes[start..string.end]))
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) -> Result<u32, Broken> {
        let index = self.slots.len() as u32;
        if self.slots.len() == MAX_VALUES {
            return Err(Broken::TooLarge);
        }
        self.slots.push(Slot {
            kind,
            start: start as u32,
            end: end as u32,
            after: index + 1,
        });
        Ok(index)
    }

    fn close(&mut self, index: u32) {
        let after = self.slots.len() as u32;
        let slot = &mut self.slots[index as usize];
        slot.end = self.at as u32;
        slot.after = after;
    }

    fn space(&mut self) {
        self.at = scan::space(self.bytes, self.at);
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn syntax(&self) -> Broken {
        Broken::Syntax { at: self.at }
    }
}
