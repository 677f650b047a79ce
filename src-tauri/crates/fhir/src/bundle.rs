//! Pages of search results, documents and histories: the envelope, with its entries as they came.

use std::borrow::Cow;
use std::fmt;

use crate::datatypes::Meta;
use crate::limits::{MAX_BUNDLE_BYTES, MAX_ENTRIES, MAX_ISSUES};
use crate::read::{Element, Issue, Reader};
use crate::skim::Cursor;
use crate::tree::{Broken, Tree};
use crate::{ReadError, read_header};

/// A bundle. Its entries borrow the text it was read from.
#[derive(Clone, Default, PartialEq)]
pub struct Bundle<'a> {
    /// `searchset`, `history`, `document`, `transaction` and so on; empty if it does not say.
    pub kind: String,
    /// The bundle's own id.
    pub id: Option<String>,
    /// What the server says of the bundle; `lastUpdated` is when it answered.
    pub meta: Meta,
    /// How many matches there are on all pages together, if the server counted.
    pub total: Option<u64>,
    /// Relation and address, such as `next` and where the next page is.
    pub links: Vec<(String, String)>,
    /// The entries, in the order received.
    pub entries: Vec<Entry<'a>>,
    /// Entries and parts of the envelope that could not be read.
    pub issues: Vec<Issue>,
}

/// One entry of a bundle.
#[derive(Clone, Default, PartialEq)]
pub struct Entry<'a> {
    /// The address by which other entries refer to this one.
    pub full_url: Option<Cow<'a, str>>,
    /// The resource's JSON, byte for byte as received.
    pub resource: Option<&'a str>,
    /// `match`, `include` or `outcome`.
    pub search_mode: Option<String>,
    /// Method and address, in a history or a transaction.
    pub request: Option<(String, String)>,
    /// Such as `200 OK`.
    pub response_status: Option<String>,
}

impl<'a> Bundle<'a> {
    /// The address of a link, such as `next`.
    pub fn link(&self, relation: &str) -> Option<&str> {
        self.links
            .iter()
            .find(|(rel, _)| rel == relation)
            .map(|(_, url)| url.as_str())
    }

    /// What the server has to say about the search: an `OperationOutcome` among the entries may mean that
    /// the results are not all there are, and must be looked at.
    pub fn outcomes(&self) -> impl Iterator<Item = &'a str> {
        let is_outcome =
            |json: &&str| read_header(json).is_ok_and(|header| header.resource_type == "OperationOutcome");
        self.entries
            .iter()
            .filter_map(|entry| entry.resource)
            .filter(is_outcome)
    }
}

impl fmt::Debug for Bundle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bundle")
            .field("kind", &self.kind)
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").finish_non_exhaustive()
    }
}

/// Reads the envelope of a bundle.
///
/// An entry that cannot be read is named in [`Bundle::issues`] and the others are kept. Text that ends before
/// the bundle does is an error: a page cut short must be asked for again, not taken for a short page.
pub fn read_bundle(json: &str) -> Result<Bundle<'_>, ReadError> {
    let json = json.strip_prefix('\u{feff}').unwrap_or(json);
    if json.len() > MAX_BUNDLE_BYTES {
        return Err(ReadError::TooLarge);
    }
    let mut cursor = Cursor::new(json);
    if cursor.peek() != Some(b'{') {
        return Err(ReadError::NotAnObject);
    }
    let mut bundle = Bundle::default();
    let mut resource_type = String::new();
    cursor.each_member(|key, cursor| {
        match key {
            "resourceType" => {
                resource_type = bundle.part("resourceType", cursor.value()?).unwrap_or_default()
            }
            "type" => bundle.kind = bundle.part("type", cursor.value()?).unwrap_or_default(),
            "id" => bundle.id = bundle.part("id", cursor.value()?),
            "meta" => bundle.meta = bundle.part("meta", cursor.value()?).unwrap_or_default(),
            "total" => {
                let total: Option<i64> = bundle.part("total", cursor.value()?);
                bundle.total = total.and_then(|total| u64::try_from(total).ok());
            }
            "link" if cursor.peek() == Some(b'[') => cursor.each_item(|place, cursor| {
                bundle.take_link(place, cursor.value()?);
                Ok(())
            })?,
            "entry" if cursor.peek() == Some(b'[') => cursor.each_item(|place, cursor| {
                let text = cursor.value()?;
                if place >= MAX_ENTRIES {
                    return Err(Broken::TooLarge);
                }
                match bundle.read_entry(place, text) {
                    Ok(entry) => bundle.entries.push(entry),
                    Err(problem) => bundle.report(format!("entry[{place}]"), problem),
                }
                Ok(())
            })?,
            "link" | "entry" if cursor.peek() != Some(b'n') => {
                bundle.report(key.to_owned(), "expected a list");
                cursor.value()?;
            }
            _ => {
                cursor.value()?;
            }
        }
        Ok(())
    })?;
    cursor.end()?;
    match resource_type.as_str() {
        "Bundle" => Ok(bundle),
        "" => Err(ReadError::NoResourceType),
        _ => Err(ReadError::NotABundle { found: resource_type }),
    }
}

impl<'a> Bundle<'a> {
    /// Reads a part of the envelope that is small enough to take apart.
    fn part<T: Element>(&mut self, path: &str, text: &str) -> Option<T> {
        let Ok(tree) = Tree::parse(text) else {
            self.report(path.to_owned(), "is not JSON");
            return None;
        };
        let mut reader = Reader::new(&tree);
        let part = T::read(tree.root(), &mut reader);
        for issue in reader.into_issues() {
            self.find(Issue {
                path: format!("{path}{}", issue.path),
                ..issue
            });
        }
        part
    }

    fn take_link(&mut self, place: usize, text: &str) {
        let (mut relation, mut url) = (None, None);
        let path = format!("link[{place}]");
        let read = Cursor::new(text).each_member(|key, cursor| {
            let value = cursor.value()?;
            match key {
                "relation" => relation = self.part(&format!("{path}.relation"), value),
                "url" => url = self.part(&format!("{path}.url"), value),
                _ => {}
            }
            Ok(())
        });
        match (read, relation, url) {
            (Ok(()), Some(relation), Some(url)) => self.links.push((relation, url)),
            _ => self.report(path, "is not a link with a relation and an address"),
        }
    }

    fn read_entry(&mut self, place: usize, text: &'a str) -> Result<Entry<'a>, &'static str> {
        let mut entry = Entry::default();
        let at = |key: &str| format!("entry[{place}].{key}");
        Cursor::new(text)
            .each_member(|key, cursor| {
                let value = cursor.value()?;
                match key {
                    "fullUrl" => entry.full_url = self.part::<String>(&at(key), value).map(Cow::Owned),
                    "resource" if value.starts_with('{') => entry.resource = Some(value),
                    "resource" if value != "null" => self.report(at(key), "expected an object"),
                    "search" => entry.search_mode = self.member_of(&at(key), value, "mode"),
                    "request" => {
                        let method = self.member_of(&at(key), value, "method");
                        let url = self.member_of(&at(key), value, "url");
                        entry.request = method.zip(url);
                    }
                    "response" => entry.response_status = self.member_of(&at(key), value, "status"),
                    _ => {}
                }
                Ok(())
            })
            .map_err(|_| "is not an object")?;
        Ok(entry)
    }

    fn member_of(&mut self, path: &str, text: &str, wanted: &str) -> Option<String> {
        let mut found = None;
        let read = Cursor::new(text).each_member(|key, cursor| {
            let value = cursor.value()?;
            if key == wanted {
                found = self.part(&format!("{path}.{wanted}"), value);
            }
            Ok(())
        });
        if read.is_err() {
            self.report(path.to_owned(), "is not an object");
        }
        found
    }

    fn report(&mut self, path: String, problem: &'static str) {
        self.find(Issue {
            path,
            problem: problem.to_owned(),
            lost: true,
        });
    }

    fn find(&mut self, issue: Issue) {
        if self.issues.len() < MAX_ISSUES {
            self.issues.push(Issue {
                path: format!("Bundle.{}", issue.path),
                ..issue
            });
        }
    }
}
