//! Which statements are about one substance: the same coded product or ingredient, or the same normalised name.

use std::collections::{BTreeMap, HashMap};

use super::Entry;
use crate::{
    fact::{Code, SNOMED},
    joining::Sets,
    record::Record,
};

/// Entries by substance, with the rule that joined them.
pub(super) fn by_substance<'r>(
    record: &Record,
    entries: &[Entry<'r>],
) -> Vec<(Vec<Entry<'r>>, Option<String>)> {
    let mut sets = Sets::new(entries.len());
    let mut by_code: HashMap<&Code, usize> = HashMap::new();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    let mut by_cluster: HashMap<usize, usize> = HashMap::new();
    let mut copies: Vec<usize> = Vec::new();
    let mut code_joined: Vec<(usize, &Code)> = Vec::new();
    let mut name_joined: Vec<usize> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let product = &entry.medicine.product;
        let substance = if product.ingredients.len() == 1 {
            product.ingredients.first()
        } else {
            None
        };
        for code in product.codes.iter().chain(substance) {
            match by_code.get(code) {
                Some(&first) => {
                    sets.union(first, at);
                    code_joined.push((at, code));
                }
                None => {
                    by_code.insert(code, at);
                }
            }
        }
        // A copy is the same statement, even of a medicine that nobody named.
        match by_cluster.get(&record.cluster(entry.index)) {
            Some(&first) => {
                if sets.union(first, at) {
                    copies.push(at);
                }
            }
            None => {
                by_cluster.insert(record.cluster(entry.index), at);
            }
        }
        let name = name_key(&product.name);
        if !name.is_empty() {
            match by_name.get(&name) {
                Some(&first) => {
                    if sets.union(first, at) {
                        name_joined.push(at);
                    }
                }
                None => {
                    by_name.insert(name, at);
                }
            }
        }
    }
    let mut members: BTreeMap<usize, Vec<Entry<'r>>> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        members.entry(sets.find(at)).or_default().push(*entry);
    }
    let mut code_rule: HashMap<usize, &Code> = HashMap::new();
    for (at, code) in code_joined {
        code_rule.entry(sets.find(at)).or_insert(code);
    }
    let name_rule: std::collections::HashSet<usize> =
        name_joined.into_iter().map(|at| sets.find(at)).collect();
    let copied: std::collections::HashSet<usize> = copies.into_iter().map(|at| sets.find(at)).collect();
    members
        .into_iter()
        .map(|(root, group)| {
            let by_code = code_rule.get(&root).map(|code| match &*code.system {
                SNOMED => format!("the same coded product (SNOMED CT or dm+d {})", code.code),
                _ => format!("the same coded product ({})", code.code),
            });
            let by_name = name_rule
                .contains(&root)
                .then(|| "the same medicine name".to_owned());
            let rule = match (by_code, by_name) {
                (Some(code), Some(name)) => Some(format!("{code}; {name}")),
                (code, name) => code.or(name),
            };
            let rule = rule.or_else(|| {
                copied
                    .contains(&root)
                    .then(|| "received more than once".to_owned())
            });
            (group, rule)
        })
        .collect()
}

/// Units of strength and words of plain oral forms.
const DROPPED: [&str; 28] = [
    "mg",
    "g",
    "mcg",
    "microgram",
    "micrograms",
    "nanogram",
    "nanograms",
    "ml",
    "l",
    "unit",
    "units",
    "iu",
    "mmol",
    "hr",
    "hour",
    "tablet",
    "tablets",
    "tab",
    "tabs",
    "capsule",
    "capsules",
    "cap",
    "caps",
    "caplet",
    "caplets",
    "oral",
    "actuat",
    "ug",
];

/// The name rule: lower case; numbers, units of strength and plain oral form words left out; every other word kept.
pub(super) fn name_key(name: &str) -> String {
    let lower = name.to_lowercase();
    if lower == "medicine not named" {
        return String::new();
    }
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|word| !word.is_empty() && !DROPPED.contains(word))
        .filter(|word| !is_strength(word))
        .collect();
    words.join(" ")
}

/// `5mg`, `2`, `100units`: a number, with or without a unit stuck to it. `B12` and `5-fluorouracil` are neither.
fn is_strength(word: &str) -> bool {
    let unit = word.trim_start_matches(|c: char| c.is_ascii_digit());
    unit.len() < word.len() && (unit.is_empty() || unit == "h" || DROPPED.contains(&unit))
}

#[cfg(test)]
mod tests {
    use super::name_key;

    #[test]
    fn strength_and_plain_oral_form_do_not_tell_medicines_apart() {
        assert_eq!(
            name_key("Apixaban 5mg tablets"),
            name_key("apixaban 2.5 MG Oral Tablet")
        );
        assert_eq!(name_key("Warfarin"), name_key("WARFARIN 3mg tablets"));
    }

    #[test]
    fn everything_else_does() {
        assert_ne!(
            name_key("Hydrocortisone 1% cream"),
            name_key("Hydrocortisone 10mg tablets")
        );
        assert_ne!(
            name_key("Morphine 10mg modified-release tablets"),
            name_key("Morphine 10mg tablets")
        );
        assert_ne!(
            name_key("Paracetamol 500mg / Codeine 30mg tablets"),
            name_key("Paracetamol 500mg tablets")
        );
        assert_ne!(name_key("Vitamin B12"), name_key("Vitamin D"));
        assert_eq!(name_key("5-fluorouracil 500mg"), "5-fluorouracil");
    }
}
