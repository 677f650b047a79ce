//! The reading machine: a field table per element, and one rule for what does not fit.
//!
//! An [`Element`] is made from one value; a [`Field`] is a place of a struct that takes what a member holds.
//! Either reports what it cannot use to the [`Reader`] and carries on, so one bad value costs itself only.
//! The `element!` macro turns a table of fields, spelt as the specification spells them, into the struct and its reading.

use std::borrow::Cow;
use std::fmt;

use crate::date_time::FhirDateTime;
use crate::decimal::Decimal;
use crate::limits::MAX_ISSUES;
use crate::tree::{Kind, Node, Tree};

/// Something that is not as R4 has it: where it stands and what is wrong.
///
/// Neither part repeats what was written there, so that an issue can be shown, counted and logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Where it stands: `Patient.name[0].given[1]`. Only keys and positions.
    pub path: String,
    /// What is wrong, in words.
    pub problem: String,
    /// Whether what stood there was lost. If not, it was a slip of form with one possible meaning, and read.
    pub lost: bool,
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

/// A `modifierExtension` or `implicitRules`: something that may change, even negate, what the element around
/// it says. Curlew understands none of them, so whatever stands beside one must be shown with a warning
/// (R4, "Extensibility": an application that does not understand a modifier must not ignore it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modifier {
    /// Where it stands.
    pub path: String,
    /// The URL that names it; empty if it names itself with none.
    pub url: String,
}

/// A value the sender says it does not have, and why (extension `data-absent-reason`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent {
    /// The element without a value, such as `Patient.birthDate`.
    pub path: String,
    /// A code such as `unknown`, `masked`, `asked-declined`; empty if none was given.
    pub reason: String,
}

/// For how many items of a list room is made before they are read.
const ROOM_AT_ONCE: usize = 32;

/// Collects what goes wrong while a tree is read.
pub(crate) struct Reader<'t> {
    tree: &'t Tree<'t>,
    findings: Vec<Finding>,
    /// Everything found, described or not.
    found: usize,
    lost: usize,
    modifiers: Vec<(u32, Modifier)>,
    absent: Vec<(u32, Absent)>,
}

struct Finding {
    at: u32,
    problem: Cow<'static, str>,
    lost: bool,
}

impl<'t> Reader<'t> {
    pub(crate) fn new(tree: &'t Tree<'t>) -> Self {
        let mut reader = Self::silent(tree);
        // Placing each costs a walk from the top: enough to warn by is enough.
        for &key in tree.modifier_keys().iter().take(MAX_ISSUES) {
            reader.note_modifier(tree.node(key));
        }
        if let Some(&beyond) = tree.modifier_keys().get(MAX_ISSUES) {
            reader.modifiers.push((
                beyond,
                Modifier {
                    path: reader.path(0),
                    url: String::new(),
                },
            ));
        }
        for &url in tree.absence_urls().iter().take(MAX_ISSUES) {
            reader.note_absence(tree.node(url));
        }
        reader
    }

    /// A reader whose findings nobody asks for.
    pub(crate) fn silent(tree: &'t Tree<'t>) -> Self {
        Self {
            tree,
            findings: Vec::new(),
            found: 0,
            lost: 0,
            modifiers: Vec::new(),
            absent: Vec::new(),
        }
    }

    fn note_modifier(&mut self, key: Node<'t>) {
        let Some((_, value)) = self.tree.member_at(key.index()) else {
            return;
        };
        if value.kind() == Kind::Null {
            return;
        }
        let several = value.items();
        let alone = (value.kind() != Kind::Array).then_some(value);
        for modifier in several.chain(alone) {
            if self.modifiers.len() >= MAX_ISSUES {
                return;
            }
            let url = modifier
                .text()
                .or_else(|| modifier.member("url")?.text())
                .unwrap_or_default()
                .into_owned();
            let path = self.path(modifier.index());
            self.modifiers.push((modifier.index(), Modifier { path, url }));
        }
    }

    fn note_absence(&mut self, url: Node<'t>) {
        let Some((object, _)) = self.tree.member_at(url.index()) else {
            return;
        };
        if object.member("url").map(Node::index) != Some(url.index()) {
            return;
        }
        let path = self.path(url.index());
        let Some((owner, _)) = path.rsplit_once(".extension[") else {
            return;
        };
        let reason = object
            .member("valueCode")
            .and_then(Node::text)
            .unwrap_or_default()
            .into_owned();
        // `_birthDate` carries the extensions of the primitive `birthDate`.
        let path = owner.replace("._", ".");
        self.absent.push((url.index(), Absent { path, reason }));
    }

    /// What stands inside `node` that may change its meaning.
    pub(crate) fn modifiers_in(&self, node: Node<'_>) -> Vec<Modifier> {
        let span = node.span();
        self.modifiers
            .iter()
            .filter(|(at, _)| span.contains(at))
            .map(|(_, modifier)| modifier.clone())
            .collect()
    }

    /// What `node` is said not to have.
    pub(crate) fn absent_in(&self, node: Node<'_>) -> Vec<Absent> {
        let span = node.span();
        self.absent
            .iter()
            .filter(|(at, _)| span.contains(at))
            .map(|(_, absent)| absent.clone())
            .collect()
    }

    /// How many values have been lost so far.
    pub(crate) fn lost_so_far(&self) -> usize {
        self.lost
    }

    /// Says that what stands at `node` could not be read.
    pub(crate) fn lose(&mut self, node: Node<'_>, problem: impl Into<Cow<'static, str>>) {
        self.lost += 1;
        self.find(node, problem.into(), true);
    }

    /// Says that `node` is not in the form it should be, though it can mean one thing only and was read as that.
    pub(crate) fn slip(&mut self, node: Node<'_>, problem: &'static str) {
        self.find(node, problem.into(), false);
    }

    fn find(&mut self, node: Node<'_>, problem: Cow<'static, str>, lost: bool) {
        self.found += 1;
        if self.findings.len() < MAX_ISSUES {
            self.findings.push(Finding {
                at: node.index(),
                problem,
                lost,
            });
        }
    }

    /// Says that `node` is not what was wanted. A `null` holds nothing that could be lost and goes unmentioned.
    pub(crate) fn mismatch(&mut self, node: Node<'_>, wanted: &'static str) {
        let found = match node.kind() {
            Kind::Null => return,
            Kind::True | Kind::False => "true or false",
            Kind::Number => "a number",
            Kind::Plain | Kind::Escaped => "text",
            Kind::Array => "a list",
            Kind::Object => "an object",
        };
        self.lose(node, format!("expected {wanted}, found {found}"));
    }

    pub(crate) fn object(&mut self, node: Node<'_>) -> bool {
        match node.kind() {
            Kind::Object if node.members().next().is_some() => return true,
            Kind::Object => self.lose(node, "holds nothing"),
            _ => self.mismatch(node, "an object"),
        }
        false
    }

    pub(crate) fn text<'n>(&mut self, node: Node<'n>, wanted: &'static str) -> Option<Cow<'n, str>> {
        match node.kind() {
            Kind::Plain | Kind::Escaped => match node.text() {
                Some(text) if text.is_empty() => self.lose(node, "is empty text"),
                Some(text) => return Some(text),
                None => self.lose(node, "holds an escape sequence that spells no character"),
            },
            _ => self.mismatch(node, wanted),
        }
        None
    }

    fn path(&self, index: u32) -> String {
        let name = self.tree.root().member("resourceType").and_then(Node::text);
        self.tree.path(name.as_deref().unwrap_or_default(), index)
    }

    pub(crate) fn into_issues(self) -> Vec<Issue> {
        let described = self.findings.len();
        let mut issues: Vec<Issue> = self
            .findings
            .iter()
            .map(|Finding { at, problem, lost }| Issue {
                path: self.path(*at),
                problem: problem.to_string(),
                lost: *lost,
            })
            .collect();
        if self.found > described {
            let problem = format!("{} more problems like these", self.found - described);
            issues.push(Issue {
                path: self.path(0),
                problem,
                lost: true,
            });
        }
        issues
    }
}

/// Something made from one JSON value.
pub(crate) trait Element: Sized {
    /// Reads `node`, or reports why it cannot be.
    fn read(node: Node<'_>, reader: &mut Reader<'_>) -> Option<Self>;

    /// Reads `node` to where it will stay: resources are large, and moving one costs more than reading a field of it.
    fn read_boxed(node: Node<'_>, reader: &mut Reader<'_>) -> Option<Box<Self>> {
        Self::read(node, reader).map(Box::new)
    }
}

/// A place in a struct that takes what a member holds. Its type is its cardinality: `Option` or `Vec`.
pub(crate) trait Field {
    fn fill(&mut self, node: Node<'_>, reader: &mut Reader<'_>);

    /// Takes a choice of types (`value[x]`); `type_name` is what the key had in place of `[x]`.
    fn fill_choice(&mut self, _type_name: &str, _node: Node<'_>, _reader: &mut Reader<'_>) {}
}

impl<T: Element> Field for Option<T> {
    fn fill(&mut self, node: Node<'_>, reader: &mut Reader<'_>) {
        if self.is_some() {
            return reader.lose(node, "stands here twice; the first was read");
        }
        let mut items = node.items();
        match (items.next(), items.next()) {
            (Some(only), None) => {
                reader.slip(node, "is a list of one where no list belongs");
                *self = T::read(only, reader);
            }
            (Some(_), Some(_)) => reader.lose(node, "is a list of several where one belongs"),
            (None, _) => *self = T::read(node, reader),
        }
    }
}

impl<T: Element> Field for Vec<T> {
    fn fill(&mut self, node: Node<'_>, reader: &mut Reader<'_>) {
        match node.kind() {
            Kind::Array => {
                // Room for as many as there are: most lists hold one or two, and a list that grows makes room for four.
                // Not for as many as a hostile text may claim.
                self.reserve_exact(node.items().take(ROOM_AT_ONCE).count());
                self.extend(node.items().filter_map(|item| T::read(item, reader)));
            }
            Kind::Null => {}
            _ => {
                reader.slip(node, "stands alone where a list belongs");
                self.extend(T::read(node, reader));
            }
        }
    }
}

impl<T: Element> Element for Box<T> {
    fn read(node: Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        T::read_boxed(node, reader)
    }
}

impl Element for String {
    fn read(node: Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        reader.text(node, "text").map(Cow::into_owned)
    }
}

impl Element for bool {
    fn read(node: Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        match (node.kind(), node.raw()) {
            (Kind::True, _) => return Some(true),
            (Kind::False, _) => return Some(false),
            (Kind::Plain, word @ ("true" | "false")) => {
                reader.slip(node, "is written as text where true or false belongs");
                return Some(word == "true");
            }
            _ => reader.mismatch(node, "true or false"),
        }
        None
    }
}

impl Element for Decimal {
    fn read(node: Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let number = match node.kind() {
            Kind::Number | Kind::Plain => Decimal::parse(node.raw()),
            _ => None,
        };
        match (node.kind(), &number) {
            (Kind::Plain, Some(_)) => reader.slip(node, "is a number written as text"),
            (_, None) => reader.mismatch(node, "a number"),
            _ => {}
        }
        number
    }
}

impl Element for i64 {
    fn read(node: Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let number = Decimal::read(node, reader)?;
        let whole = number.as_str().parse().ok();
        if whole.is_none() {
            reader.lose(node, "is not a whole number, or too large for one");
        }
        whole
    }
}

impl Element for FhirDateTime {
    fn read(node: Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let text = reader.text(node, "a date")?;
        let date = FhirDateTime::parse(&text);
        if date.is_none() {
            reader.lose(node, "is not a date or time that FHIR knows");
        }
        date
    }
}

/// What a key has in place of the `[x]` of `choice`: `DateTime` for `onsetDateTime` and `onset[x]`.
pub(crate) fn choice_type<'k>(key: &'k str, choice: &str) -> Option<&'k str> {
    let type_name = key.strip_prefix(choice.strip_suffix("[x]")?)?;
    type_name
        .starts_with(|first: char| first.is_ascii_uppercase())
        .then_some(type_name)
}

/// Whether a field of a table is a choice of types.
pub(crate) const fn is_choice(key: &str) -> bool {
    let key = key.as_bytes();
    key.len() > 3 && matches!(key.split_at(key.len() - 3).1, b"[x]")
}

/// Defines elements and how each is read. A row is `field: Type = "key"`, the key as the specification
/// spells it, `[x]` included. `Debug` names the element and keeps its contents to itself: they are patient data.
///
/// A table headed `resource` gets what every resource has, as a field `base`.
macro_rules! element {
    ($( $(#[$about:meta])* $name:ident $(: $base:ident)? {
        $( $field:ident: $type:ty = $key:literal ),* $(,)?
    } )*) => { $(
        $(#[$about])*
        #[derive(Clone, Default, PartialEq)]
        pub struct $name {
            $(
                /// What every resource has.
                pub base: $crate::resource::$base,
            )?
            $(
                #[doc = concat!("`", stringify!($name), ".", $key, "`")]
                pub $field: $type,
            )*
        }

        impl $crate::read::Element for $name {
            fn read(
                node: $crate::tree::Node<'_>,
                reader: &mut $crate::read::Reader<'_>,
            ) -> Option<Self> {
                let mut element = Self::default();
                reader.object(node).then(|| element.take_members(node, reader))?;
                Some(element)
            }

            fn read_boxed(
                node: $crate::tree::Node<'_>,
                reader: &mut $crate::read::Reader<'_>,
            ) -> Option<Box<Self>> {
                let mut element = Box::<Self>::default();
                reader.object(node).then(|| element.take_members(node, reader))?;
                Some(element)
            }
        }

        impl $name {
            fn take_members(
                &mut self,
                node: $crate::tree::Node<'_>,
                reader: &mut $crate::read::Reader<'_>,
            ) {
                use $crate::read::{Field, choice_type, is_choice};
                for (key_node, value) in node.members() {
                    let key = key_node.lossy();
                    match &*key {
                        $( $key => self.$field.fill(value, reader), )*
                        key => {
                            $( if const { is_choice($key) } && let Some(type_name) = choice_type(key, $key) {
                                self.$field.fill_choice(type_name, value, reader);
                                continue;
                            } )*
                            $( $crate::resource::$base::fill(&mut self.base, key, value, reader); )?
                            let _ = key;
                        }
                    }
                }
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )* };
}
pub(crate) use element;
