//! A choice of types: what R4 writes as `value[x]`, `onset[x]`, `medication[x]` and so on.

use std::fmt;

use crate::datatypes::{
    Address, Annotation, Attachment, CodeableConcept, Coding, ContactPoint, Dosage, HumanName, Identifier,
    Period, Quantity, Range, Ratio, Reference, SampledData, Timing,
};
use crate::date_time::FhirDateTime;
use crate::decimal::Decimal;
use crate::read::{Element, Field, Reader};
use crate::tree::Node;

/// A value whose key says its type.
///
/// One type serves every choice, so that an `onsetQuantity`, which R4 does not allow and servers send, is
/// still read for what it is.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `boolean`
    Boolean(bool),
    /// `integer`, `positiveInt`, `unsignedInt`
    Integer(i64),
    /// `decimal`
    Decimal(Decimal),
    /// `string`, `code`, `markdown`, `id`, `uri` and the other kinds of text
    Text(String),
    /// `date`, `dateTime`, `instant`
    DateTime(FhirDateTime),
    /// `time`: a time of day, `hh:mm:ss`
    Time(String),
    /// `Quantity`, `Age`, `Duration`, `Count`, `Distance`
    Quantity(Quantity),
    /// `Coding`
    Coding(Coding),
    /// `CodeableConcept`
    CodeableConcept(CodeableConcept),
    /// `Reference`
    Reference(Reference),
    /// `Period`
    Period(Period),
    /// `Range`
    Range(Box<Range>),
    /// `Ratio`
    Ratio(Box<Ratio>),
    /// `SampledData`
    SampledData(Box<SampledData>),
    /// `Timing`
    Timing(Box<Timing>),
    /// `Attachment`
    Attachment(Box<Attachment>),
    /// `Annotation`
    Annotation(Box<Annotation>),
    /// `Identifier`
    Identifier(Box<Identifier>),
    /// `HumanName`
    HumanName(Box<HumanName>),
    /// `Address`
    Address(Box<Address>),
    /// `ContactPoint`
    ContactPoint(Box<ContactPoint>),
    /// `Dosage`
    Dosage(Box<Dosage>),
    /// A type Curlew does not take apart, with its JSON as received.
    Other {
        /// What the key had in place of `[x]`.
        type_name: String,
        /// The JSON as received.
        json: String,
    },
}

impl Value {
    fn read(type_name: &str, node: Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        Some(match type_name {
            "Boolean" => Self::Boolean(Element::read(node, reader)?),
            "Integer" | "PositiveInt" | "UnsignedInt" | "Integer64" => {
                Self::Integer(Element::read(node, reader)?)
            }
            "Decimal" => Self::Decimal(Element::read(node, reader)?),
            "String" | "Code" | "Markdown" | "Id" | "Uri" | "Url" | "Canonical" | "Oid" | "Uuid"
            | "Base64Binary" => Self::Text(Element::read(node, reader)?),
            "Date" | "DateTime" | "Instant" => Self::DateTime(Element::read(node, reader)?),
            "Time" => Self::Time(Element::read(node, reader)?),
            "Quantity" | "Age" | "Duration" | "Count" | "Distance" | "SimpleQuantity" => {
                Self::Quantity(Element::read(node, reader)?)
            }
            "Coding" => Self::Coding(Element::read(node, reader)?),
            "CodeableConcept" => Self::CodeableConcept(Element::read(node, reader)?),
            "Reference" => Self::Reference(Element::read(node, reader)?),
            "Period" => Self::Period(Element::read(node, reader)?),
            "Range" => Self::Range(Element::read(node, reader)?),
            "Ratio" => Self::Ratio(Element::read(node, reader)?),
            "SampledData" => Self::SampledData(Element::read(node, reader)?),
            "Timing" => Self::Timing(Element::read(node, reader)?),
            "Attachment" => Self::Attachment(Element::read(node, reader)?),
            "Annotation" => Self::Annotation(Element::read(node, reader)?),
            "Identifier" => Self::Identifier(Element::read(node, reader)?),
            "HumanName" => Self::HumanName(Element::read(node, reader)?),
            "Address" => Self::Address(Element::read(node, reader)?),
            "ContactPoint" => Self::ContactPoint(Element::read(node, reader)?),
            "Dosage" => Self::Dosage(Element::read(node, reader)?),
            other => Self::Other {
                type_name: other.to_owned(),
                json: node.raw().to_owned(),
            },
        })
    }

    /// When it is, or began to be: a moment, or the start of a period.
    pub fn start(&self) -> Option<&FhirDateTime> {
        match self {
            Self::DateTime(moment) => Some(moment),
            Self::Period(period) => period.start.as_ref(),
            _ => None,
        }
    }

    /// The concept, if it is one.
    pub fn concept(&self) -> Option<&CodeableConcept> {
        match self {
            Self::CodeableConcept(concept) => Some(concept),
            _ => None,
        }
    }

    /// The reference, if it is one.
    pub fn reference(&self) -> Option<&Reference> {
        match self {
            Self::Reference(reference) => Some(reference),
            _ => None,
        }
    }

    /// The quantity, if it is one.
    pub fn quantity(&self) -> Option<&Quantity> {
        match self {
            Self::Quantity(quantity) => Some(quantity),
            _ => None,
        }
    }

    /// The text, if it is some kind of text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Time(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn boolean(&self) -> Option<bool> {
        match self {
            Self::Boolean(value) => Some(*value),
            _ => None,
        }
    }
}

impl Field for Option<Value> {
    /// A key spelt with a literal `[x]` is nobody's.
    fn fill(&mut self, node: Node<'_>, reader: &mut Reader<'_>) {
        reader.lose(node, "does not say its type");
    }

    fn fill_choice(&mut self, type_name: &str, node: Node<'_>, reader: &mut Reader<'_>) {
        if self.is_some() {
            return reader.lose(node, "is a second value where one belongs; the first was read");
        }
        *self = Value::read(type_name, node, reader);
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Boolean(_) => "Boolean(..)",
            Self::Integer(_) => "Integer(..)",
            Self::Decimal(_) => "Decimal(..)",
            Self::Text(_) => "Text(..)",
            Self::DateTime(_) => "DateTime(..)",
            Self::Time(_) => "Time(..)",
            Self::Quantity(_) => "Quantity(..)",
            Self::Coding(_) => "Coding(..)",
            Self::CodeableConcept(_) => "CodeableConcept(..)",
            Self::Reference(_) => "Reference(..)",
            Self::Period(_) => "Period(..)",
            Self::Range(_) => "Range(..)",
            Self::Ratio(_) => "Ratio(..)",
            Self::SampledData(_) => "SampledData(..)",
            Self::Timing(_) => "Timing(..)",
            Self::Attachment(_) => "Attachment(..)",
            Self::Annotation(_) => "Annotation(..)",
            Self::Identifier(_) => "Identifier(..)",
            Self::HumanName(_) => "HumanName(..)",
            Self::Address(_) => "Address(..)",
            Self::ContactPoint(_) => "ContactPoint(..)",
            Self::Dosage(_) => "Dosage(..)",
            Self::Other { .. } => "Other(..)",
        })
    }
}
