//! Which observations are readings of an early warning score, told by their codes alone, never by their names.

use curlew_fhir::{CodeableConcept, Observation, Quantity, Value};

/// What a reading is of, in the order of the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Parameter {
    Breaths,
    Saturation,
    Oxygen,
    Systolic,
    Pulse,
    Consciousness,
    Temperature,
}

impl Parameter {
    pub(super) const ALL: [Parameter; 7] = [
        Parameter::Breaths,
        Parameter::Saturation,
        Parameter::Oxygen,
        Parameter::Systolic,
        Parameter::Pulse,
        Parameter::Consciousness,
        Parameter::Temperature,
    ];

    pub(super) fn words(self) -> &'static str {
        match self {
            Parameter::Breaths => "respiration rate",
            Parameter::Saturation => "oxygen saturation",
            Parameter::Oxygen => "air or oxygen",
            Parameter::Systolic => "systolic blood pressure",
            Parameter::Pulse => "pulse",
            Parameter::Consciousness => "consciousness (ACVPU)",
            Parameter::Temperature => "temperature",
        }
    }

    /// The UCUM unit it must be in. Nothing is converted: a temperature in degrees Fahrenheit is not scored.
    fn unit(self) -> &'static str {
        match self {
            Parameter::Breaths | Parameter::Pulse => "/min",
            Parameter::Saturation => "%",
            Parameter::Systolic => "mm[Hg]",
            Parameter::Temperature => "Cel",
            Parameter::Oxygen | Parameter::Consciousness => "",
        }
    }
}

/// What one observation contributes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sign {
    /// A parameter, as read, or why it cannot be used.
    Reading(Parameter, Read),
    /// A total that somebody recorded, with the parts they recorded for it.
    Total {
        total: String,
        parts: Vec<(Parameter, String)>,
        scale_two: bool,
    },
}

/// A reading as a score can use it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Read {
    Number(f64),
    OnOxygen(bool),
    Alert(bool),
    /// Why it cannot be scored, to follow the parameter's name: "is in °F".
    Not(String),
}

/// NEWS2 total score (SNOMED CT, UK edition).
const TOTAL: &str = "1104051000000101";
/// Score of each parameter in a recorded total (SNOMED CT, UK edition).
const PARTS: [(&str, Parameter); 8] = [
    ("1104301000000104", Parameter::Breaths),
    ("1104311000000102", Parameter::Saturation),
    (SCALE_TWO, Parameter::Saturation),
    ("1104331000000105", Parameter::Oxygen),
    ("1104341000000101", Parameter::Systolic),
    ("1104351000000103", Parameter::Pulse),
    ("1104361000000100", Parameter::Consciousness),
    ("1104371000000107", Parameter::Temperature),
];
/// "Oxygen saturation scale 2 score": who records it says that scale 2 is used.
const SCALE_TWO: &str = "1104321000000108";

/// Codes of each parameter's observation: SNOMED CT, then LOINC, as the UK Core and FHIR vital-signs profiles use them.
const CODES: [(Parameter, &[&str]); 5] = [
    (Parameter::Breaths, &["86290005", "9279-1"]),
    (
        Parameter::Saturation,
        &["431314004", "103228002", "59408-5", "2708-6"],
    ),
    (Parameter::Pulse, &["364075005", "78564009", "8867-4"]),
    (
        Parameter::Temperature,
        &[
            "386725007",
            "276885007",
            "415945006",
            "415974002",
            "415882003",
            "8310-5",
        ],
    ),
    (Parameter::Systolic, &["271649006", "72313002", "8480-6"]),
];
/// "Breathing room air", and "Patient on oxygen": observations of a code alone, or with a flow.
const ROOM_AIR: &str = "722742002";
const ON_OXYGEN: &str = "371825009";
/// ACVPU scale.
const ACVPU: &str = "1104441000000107";
/// The findings of UK Core's ACVPU value set: alert, and the four that are not.
const ALERT: &str = "248234008";
const NOT_ALERT: [&str; 4] = ["130987000", "300202002", "450847001", "422768004"];

/// What an observation contributes; empty for nearly all. What is not final contributes nothing.
pub(crate) fn signs_of(it: &Observation) -> Vec<Sign> {
    if !matches!(it.status.as_deref(), Some("final" | "amended" | "corrected")) {
        return Vec::new();
    }
    let has = |code: &str| coded(it.code.as_ref(), code);
    if has(TOTAL) {
        return total(it).into_iter().collect();
    }
    if has(ROOM_AIR) || has(ON_OXYGEN) {
        // Said by the code alone; oxygen may come with its flow. Any other value could turn it round.
        let read = match &it.value {
            None => Read::OnOxygen(has(ON_OXYGEN)),
            Some(Value::Quantity(_)) if has(ON_OXYGEN) => Read::OnOxygen(true),
            Some(_) => Read::Not("is recorded in a way that Curlew does not know".to_owned()),
        };
        return vec![Sign::Reading(Parameter::Oxygen, read)];
    }
    if has(ACVPU) {
        return vec![Sign::Reading(
            Parameter::Consciousness,
            consciousness(it.value.as_ref()),
        )];
    }
    let parameter = |code: Option<&CodeableConcept>| {
        CODES
            .iter()
            .find(|(_, codes)| codes.iter().any(|wanted| coded(code, wanted)))
            .map(|(parameter, _)| *parameter)
    };
    let own = parameter(it.code.as_ref()).map(|found| (found, it.value.as_ref()));
    let components = it
        .component
        .iter()
        .filter_map(|part| Some((parameter(part.code.as_ref())?, part.value.as_ref())));
    own.into_iter()
        .chain(components)
        .filter(|(_, value)| value.is_some())
        .map(|(found, value)| Sign::Reading(found, number(found, value)))
        .collect()
}

fn coded(concept: Option<&CodeableConcept>, code: &str) -> bool {
    concept
        .iter()
        .flat_map(|c| &c.coding)
        .any(|coding| coding.code.as_deref() == Some(code))
}

fn total(it: &Observation) -> Option<Sign> {
    let parts = it
        .component
        .iter()
        .filter_map(|part| {
            let (_, parameter) = PARTS.iter().find(|(code, _)| coded(part.code.as_ref(), code))?;
            Some((*parameter, score(part.value.as_ref())?))
        })
        .collect();
    Some(Sign::Total {
        total: score(it.value.as_ref())?,
        parts,
        scale_two: it
            .component
            .iter()
            .any(|part| coded(part.code.as_ref(), SCALE_TWO)),
    })
}

/// A score in the digits it was sent with.
fn score(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Quantity(amount) => amount.value.as_ref().map(|v| v.as_str().to_owned()),
        Value::Integer(count) => Some(count.to_string()),
        Value::Decimal(decimal) => Some(decimal.as_str().to_owned()),
        _ => None,
    }
}

fn consciousness(value: Option<&Value>) -> Read {
    let concept = match value {
        Some(Value::CodeableConcept(concept)) => Some(concept),
        _ => None,
    };
    if coded(concept, ALERT) {
        Read::Alert(true)
    } else if NOT_ALERT.iter().any(|code| coded(concept, code)) {
        Read::Alert(false)
    } else {
        Read::Not("is not in a code of the ACVPU scale".to_owned())
    }
}

fn number(parameter: Parameter, value: Option<&Value>) -> Read {
    let Some(Value::Quantity(amount)) = value else {
        return Read::Not("is not a number with a unit".to_owned());
    };
    if amount.comparator.is_some() {
        return Read::Not("is a bound, not a number".to_owned());
    }
    let Some(number) = amount.value.as_ref() else {
        return Read::Not("has no number".to_owned());
    };
    match ucum(amount) {
        None => Read::Not("has no unit in UCUM".to_owned()),
        Some(unit) if unit == parameter.unit() => Read::Number(number.as_f64()),
        Some(unit) => Read::Not(format!(
            "is in {}, not in {}",
            shown(&unit),
            shown(parameter.unit())
        )),
    }
}

/// A unit for reading.
fn shown(unit: &str) -> String {
    crate::display::result_unit(unit)
}

/// The unit's UCUM code, without the annotations that UCUM says mean nothing: `{beats}/min` is `/min`.
fn ucum(amount: &Quantity) -> Option<String> {
    if amount.system.as_deref() != Some("http://unitsofmeasure.org") {
        return None;
    }
    let mut bare = String::new();
    let mut inside = false;
    for letter in amount.code.as_deref()?.chars() {
        match letter {
            '{' => inside = true,
            '}' => inside = false,
            other if !inside => bare.push(other),
            _ => {}
        }
    }
    let bare = if bare == "1/min" { "/min".to_owned() } else { bare };
    (!bare.is_empty()).then_some(bare)
}
