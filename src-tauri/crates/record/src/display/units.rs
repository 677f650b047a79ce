//! Units as words. Doses follow the prescribing rules (`units`, `micrograms`, `mL`); results keep the unit as
//! written, with only the machine spelling of UCUM made readable.

/// A dose's unit: `units` never U or IU, micrograms and nanograms in full, `mL`, `per` for a rate.
///
/// Words a source wrote that are not a known abbreviation are kept as written.
pub fn dose_unit(unit: &str) -> String {
    let unit = unit.trim().trim_end_matches('.');
    if let Some((numerator, denominator)) = unit.split_once('/')
        && !numerator.is_empty()
        && !denominator.is_empty()
    {
        return format!("{} per {}", dose_unit(numerator), per_unit(denominator));
    }
    let spelled = match unit {
        "U" | "u" | "IU" | "iu" | "[iU]" | "[IU]" | "[USP'U]" | "{unit}" | "{units}" | "unit" | "units" => {
            "units"
        }
        "ug" | "mcg" | "MCG" | "\u{b5}g" | "\u{3bc}g" | "microgram" | "micrograms" => "micrograms",
        "ng" | "nanogram" | "nanograms" => "nanograms",
        "ml" | "ML" | "mL" => "mL",
        "l" | "L" => "L",
        "MG" | "mg" => "mg",
        "G" | "g" | "gm" => "g",
        "KG" | "kg" => "kg",
        "{tablet}" | "{tbl}" => "tablet",
        "{capsule}" => "capsule",
        "{puff}" => "puff",
        "{drop}" | "[drp]" => "drop",
        _ => return result_unit(unit),
    };
    spelled.to_owned()
}

/// The unit under a rate: `mg per hour`, `mL per kg per min`.
fn per_unit(unit: &str) -> String {
    match unit {
        "h" | "hr" => "hour".to_owned(),
        "d" => "day".to_owned(),
        "wk" => "week".to_owned(),
        "min" => "min".to_owned(),
        other => dose_unit(other),
    }
}

/// A result's unit, readable. Only UCUM's machine spellings are replaced by what a laboratory prints.
pub fn result_unit(unit: &str) -> String {
    let unit = unit.trim();
    match unit {
        "Cel" | "cel" => return "\u{b0}C".to_owned(),
        "[degF]" => return "\u{b0}F".to_owned(),
        "/min" | "{beats}/min" => return "per min".to_owned(),
        "1" | "{score}" | "[score]" => return String::new(),
        _ => {}
    }
    if !unit.contains(['[', '{', '*', '2']) {
        return unit.to_owned();
    }
    unit.replace("mm[Hg]", "mmHg")
        .replace("[iU]", "units")
        .replace("[IU]", "units")
        .replace("[pH]", "pH")
        .replace("10*3", "10\u{b3}")
        .replace("10*6", "10\u{2076}")
        .replace("10*9", "10\u{2079}")
        .replace("10*12", "10\u{b9}\u{b2}")
        .replace("m2", "m\u{b2}")
        .replace("{score}", "score")
        .replace("1.73.m\u{b2}", "1.73 m\u{b2}")
        .replace("/{1.73_m\u{b2}}", "/1.73 m\u{b2}")
        .replace(['{', '}', '[', ']'], "")
}

/// A value with its unit: one space between, none before `%` (as written either way by laboratories; we
/// close it up so that a line break cannot fall there).
pub fn quantity(comparator: Option<&str>, value: &str, unit: &str) -> String {
    let comparator = match comparator {
        Some("<") => "less than ",
        Some("<=") => "up to ",
        Some(">") => "more than ",
        Some(">=") => "at least ",
        Some("ad") => "sufficient to reach ",
        Some(other) => return format!("{other} {value} {unit}").trim_end().to_owned(),
        None => "",
    };
    match unit {
        "" => format!("{comparator}{value}"),
        "%" => format!("{comparator}{value}%"),
        unit => format!("{comparator}{value} {unit}"),
    }
}

/// Whether two units are the same one, written differently only in machine spelling. Used to keep series
/// apart: when in doubt the answer is no.
pub fn same_unit(a: &str, b: &str) -> bool {
    result_unit(a) == result_unit(b)
}
