//! Stepping over JSON without taking it apart.
//!
//! A page of search results is mostly resources that will be stored as they are. Here only strings and the
//! balance of brackets are followed, so one entry that is not JSON inside is still delimited, and loses itself only.

use std::borrow::Cow;

use crate::scan;
use crate::tree::Broken;

/// A place in JSON text.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The first character of the value that stands here.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        self.at = scan::space(self.text.as_bytes(), self.at);
        self.text.as_bytes().get(self.at).copied()
    }

    /// Visits each member of the object that stands here. `visit` must step over exactly the member's value.
    pub(crate) fn each_member(
        &mut self,
        mut visit: impl FnMut(&str, &mut Self) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        self.each(b'{', b'}', |cursor, _| {
            let key = cursor.key()?;
            visit(&key, cursor)
        })
    }

    /// Visits each item of the list that stands here, with its position. `visit` must step over exactly the item.
    pub(crate) fn each_item(
        &mut self,
        mut visit: impl FnMut(usize, &mut Self) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        self.each(b'[', b']', |cursor, place| visit(place, cursor))
    }

    fn each(
        &mut self,
        open: u8,
        close: u8,
        mut visit: impl FnMut(&mut Self, usize) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        self.expect(open)?;
        if self.peek() == Some(close) {
            return self.expect(close);
        }
        for place in 0.. {
            visit(self, place)?;
            if self.peek() != Some(b',') {
                break;
            }
            self.at += 1;
        }
        self.expect(close)
    }

    /// Steps over the value that stands here and gives its text.
    pub(crate) fn value(&mut self) -> Result<&'a str, Broken> {
        let first = self.peek();
        let start = self.at;
        match first {
            Some(b'"') => self.string()?,
            Some(b'{' | b'[') => self.container()?,
            _ => {
                let rest = &self.text.as_bytes()[start..];
                let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
                self.at += rest.iter().position(ends).unwrap_or(rest.len());
                if self.at == start {
                    return Err(self.syntax());
                }
            }
        }
        Ok(&self.text[start..self.at])
    }

    /// Makes sure that nothing follows.
    pub(crate) fn end(&mut self) -> Result<(), Broken> {
        if self.peek().is_none() {
            Ok(())
        } else {
            Err(self.syntax())
        }
    }

    fn key(&mut self) -> Result<Cow<'a, str>, Broken> {
        if self.peek() != Some(b'"') {
            return Err(self.syntax());
        }
        let start = self.at + 1;
        self.string()?;
        let inside = &self.text[start..self.at - 1];
        self.expect(b':')?;
        Ok(if inside.contains('\\') {
            scan::unescape(inside).map_or(Cow::Borrowed(inside), Cow::Owned)
        } else {
            Cow::Borrowed(inside)
        })
    }

    fn container(&mut self) -> Result<(), Broken> {
        let bytes = self.text.as_bytes();
        let mut depth = 0_usize;
        loop {
            let found = scan::quote_or_bracket(bytes, self.at);
            self.at = found.ok_or(Broken::Syntax { at: bytes.len() })?;
            match bytes[self.at] {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                _ => depth -= 1,
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// From an opening quote to just past the closing one. What lies between is not judged.
    fn string(&mut self) -> Result<(), Broken> {
        let bytes = self.text.as_bytes();
        let mut at = self.at + 1;
        loop {
            let found = scan::quote_or_escape(bytes, at);
            at = found.ok_or(Broken::Syntax { at: bytes.len() })?;
            if bytes[at] == b'"' {
                self.at = at + 1;
                return Ok(());
            }
            at += 2;
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), Broken> {
        if self.peek() != Some(byte) {
            return Err(self.syntax());
        }
        self.at += 1;
        Ok(())
    }

    fn syntax(&self) -> Broken {
        Broken::Syntax { at: self.at }
    }
}
