//! What is measured: laboratory tests and vital signs with units, ranges and codes.

use super::chance::Chance;

/// One measurable thing.
pub(super) struct Measure {
    /// Short name used in ids.
    pub(super) id: &'static str,
    pub(super) text: &'static str,
    pub(super) code: Option<&'static str>,
    /// UCUM code and the unit as printed.
    pub(super) ucum: &'static str,
    pub(super) unit: &'static str,
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
    /// Decimal places the laboratory reports.
    pub(super) places: u32,
}

/// A group of tests reported together.
pub(super) struct Panel {
    pub(super) id: &'static str,
    pub(super) text: &'static str,
    pub(super) code: Option<&'static str>,
    pub(super) specimen: &'static str,
    pub(super) measures: &'static [Measure],
}

const fn measure(
    id: &'static str,
    text: &'static str,
    code: Option<&'static str>,
    (ucum, unit): (&'static str, &'static str),
    (low, high): (Option<f64>, Option<f64>),
    places: u32,
) -> Measure {
    Measure {
        id,
        text,
        code,
        ucum,
        unit,
        low,
        high,
        places,
    }
}

const MMOL: (&str, &str) = ("mmol/L", "mmol/L");
const GRAM: (&str, &str) = ("g/L", "g/L");
const GIGA: (&str, &str) = ("10*9/L", "10*9/L");
const ENZYME: (&str, &str) = ("U/L", "U/L");

pub(super) const EGFR: Measure = measure(
    "egfr",
    "eGFR (estimated glomerular filtration rate) by laboratory calculation",
    Some("1107411000000104"),
    ("mL/min/{1.73_m2}", "mL/min/1.73 m²"),
    (Some(60.0), None),
    0,
);
const UREA_AND_ELECTROLYTES: [Measure; 5] = [
    measure(
        "sodium",
        "Sodium substance concentration in serum",
        Some("1107871000000107"),
        MMOL,
        (Some(133.0), Some(146.0)),
        0,
    ),
    measure(
        "potassium",
        "Potassium substance concentration in serum",
        Some("1107761000000109"),
        MMOL,
        (Some(3.5), Some(5.3)),
        1,
    ),
    measure(
        "urea",
        "Urea substance concentration in serum",
        Some("1110281000000107"),
        MMOL,
        (Some(2.5), Some(7.8)),
        1,
    ),
    measure(
        "creatinine",
        "Creatinine substance concentration in serum",
        Some("1107001000000108"),
        ("umol/L", "micromol/L"),
        (Some(59.0), Some(104.0)),
        0,
    ),
    EGFR,
];
const BLOOD_COUNT: [Measure; 4] = [
    measure(
        "haemoglobin",
        "Haemoglobin mass concentration in blood",
        Some("1107511000000100"),
        GRAM,
        (Some(120.0), Some(165.0)),
        0,
    ),
    measure(
        "white-cells",
        "White blood cell count in blood",
        Some("1110441000000100"),
        GIGA,
        (Some(4.0), Some(11.0)),
        1,
    ),
    measure(
        "platelets",
        "Platelet count in blood",
        Some("1108041000000107"),
        GIGA,
        (Some(150.0), Some(400.0)),
        0,
    ),
    measure(
        "mcv",
        "Erythrocytes MCV (mean corpuscular volume) in blood",
        Some("1491000237105"),
        ("fL", "fL"),
        (Some(80.0), Some(100.0)),
        0,
    ),
];
const LIVER: [Measure; 4] = [
    measure(
        "alt",
        "Alanine aminotransferase enzyme activity in serum",
        Some("1106081000000100"),
        ENZYME,
        (None, Some(41.0)),
        0,
    ),
    measure(
        "alp",
        "Alkaline phosphatase enzyme activity in serum",
        Some("1106051000000106"),
        ENZYME,
        (Some(30.0), Some(130.0)),
        0,
    ),
    measure(
        "albumin",
        "Albumin mass concentration in serum",
        Some("1105861000000106"),
        GRAM,
        (Some(35.0), Some(50.0)),
        0,
    ),
    measure(
        "bilirubin",
        "Total bilirubin substance concentration in serum",
        Some("1107221000000109"),
        ("umol/L", "micromol/L"),
        (None, Some(21.0)),
        0,
    ),
];

/// Urea and electrolytes.
pub(super) const RENAL: Panel = Panel {
    id: "renal",
    text: "Urea and electrolytes",
    code: Some("252167001"),
    specimen: "Serum",
    measures: &UREA_AND_ELECTROLYTES,
};
/// Full blood count.
pub(super) const FBC: Panel = Panel {
    id: "fbc",
    text: "Full blood count",
    code: Some("26604007"),
    specimen: "Blood (EDTA)",
    measures: &BLOOD_COUNT,
};
/// Liver function.
pub(super) const LFT: Panel = Panel {
    id: "lft",
    text: "Liver function tests",
    code: Some("26958001"),
    specimen: "Serum",
    measures: &LIVER,
};
/// Glycated haemoglobin.
pub(super) const HBA1C: Panel = Panel {
    id: "hba1c",
    text: "HbA1c",
    code: Some("43396009"),
    specimen: "Blood (EDTA)",
    measures: &[measure(
        "hba1c",
        "HbA1c (haemoglobin A1c) substance concentration in blood",
        Some("1107481000000106"),
        ("mmol/mol", "mmol/mol"),
        (Some(20.0), Some(41.0)),
        0,
    )],
};
/// C-reactive protein.
pub(super) const CRP: Panel = Panel {
    id: "crp",
    text: "C reactive protein",
    code: None,
    specimen: "Serum",
    measures: &[measure(
        "crp",
        "CRP (C reactive protein) mass concentration in serum",
        Some("1106741000000105"),
        ("mg/L", "mg/L"),
        (None, Some(5.0)),
        0,
    )],
};
/// Cholesterol.
pub(super) const LIPIDS: Panel = Panel {
    id: "lipids",
    text: "Serum lipids",
    code: None,
    specimen: "Serum",
    measures: &[measure(
        "cholesterol",
        "Serum cholesterol level",
        Some("1005671000000105"),
        MMOL,
        (None, Some(5.0)),
        1,
    )],
};
/// Thyroid function.
pub(super) const THYROID: Panel = Panel {
    id: "tsh",
    text: "Thyroid function test",
    code: None,
    specimen: "Serum",
    measures: &[measure(
        "tsh",
        "Serum TSH (thyroid stimulating hormone) level",
        Some("1022791000000101"),
        ("m[IU]/L", "mU/L"),
        (Some(0.27), Some(4.2)),
        2,
    )],
};
/// Clotting on warfarin: no range, the target is the patient's own.
pub(super) const INR: Panel = Panel {
    id: "inr",
    text: "International normalised ratio",
    code: None,
    specimen: "Plasma (citrate)",
    measures: &[measure(
        "inr",
        "International normalised ratio",
        Some("165581004"),
        ("{INR}", "INR"),
        (None, None),
        1,
    )],
};

/// A believable value: inside the range for the well, drifting out of it with `strain` (0 well, 1 ill).
pub(super) fn value(of: &Measure, strain: f64, chance: &mut Chance) -> f64 {
    let (low, high) = match (of.low, of.high) {
        (Some(low), Some(high)) => (low, high),
        (Some(low), None) => (low, low * 1.5),
        (None, Some(high)) => (high * 0.3, high),
        (None, None) => (2.0, 3.0),
    };
    if of.id == "hba1c" {
        // Diabetes is far outside the range of the well, not at its edge.
        return round(chance.near(33.0 + 40.0 * strain, 9.0), of.places);
    }
    let middle = f64::midpoint(low, high);
    let half = (high - low) / 2.0;
    // eGFR, haemoglobin, sodium and albumin fall with illness; the rest rise.
    let falls = matches!(of.id, "egfr" | "haemoglobin" | "sodium" | "albumin" | "mcv");
    let pull = if falls { -strain } else { strain };
    round(
        chance.near(middle + half * pull * 1.3, half * 0.5).max(low * 0.3),
        of.places,
    )
}

/// Rounded as the laboratory reports it.
pub(super) fn round(value: f64, places: u32) -> f64 {
    let scale = f64::from(10_u32.pow(places));
    (value * scale).round() / scale
}
