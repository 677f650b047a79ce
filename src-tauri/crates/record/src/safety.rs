//! The safety strip: what could kill or mislead, above the fold on every patient screen.

use crate::{
    allergies::Allergies,
    fact::{Code, Subject},
    gaps::Missing,
    record::Record,
    resuscitation,
    view::{Medicines, SafetyItem, SafetyStrip},
};

/// SNOMED CT codes of a decision about resuscitation.
const RESUSCITATION: [&str; 5] = ["450476008", "450475007", "304253006", "304252001", "439569004"];

/// Whether a fact states or documents a decision about resuscitation. Everything that mentions one belongs on
/// the strip: it is for the reader to see which decision stands.
pub(crate) fn about_resuscitation(codes: &[Code], title: &str) -> bool {
    let coded = codes.iter().any(|c| RESUSCITATION.contains(&&*c.code));
    coded || resuscitation_words(title)
}

fn resuscitation_words(text: &str) -> bool {
    const DECISION: [&str; 13] = [
        "dnacpr",
        "dnar",
        "dnr ",
        "not for resuscitation",
        "for resuscitation",
        "attempt cpr",
        "cpr decision",
        "attempt cardiopulmonary",
        "for cardiopulmonary resuscitation",
        "for attempted cardiopulmonary",
        "resuscitation status",
        "resuscitation decision",
        "respect form",
    ];
    says_any(text, &DECISION)
}

/// Words of safeguarding entries.
pub(crate) fn about_safeguarding(words: &str) -> bool {
    says_any(
        words,
        &[
            "safeguarding",
            "child protection",
            "looked after child",
            "looked-after child",
        ],
    )
}

/// Whether a text holds any of these words, whatever its capitals. `known` is in lower case and begins with letters of
/// English. Every line of a record is asked for several sets of words, so the text is walked once for all of them.
pub(crate) fn says_any(text: &str, known: &[&str]) -> bool {
    if !text.is_ascii() {
        let text = text.to_lowercase();
        return known.iter().any(|known| text.contains(known));
    }
    let letter = |byte: u8| 1_u32 << (byte.to_ascii_lowercase().wrapping_sub(b'a') & 31);
    let first = |known: &&str| known.as_bytes().first().map_or(0, |first| letter(*first));
    let firsts = known.iter().map(first).fold(0, |all, one| all | one);
    let text = text.as_bytes();
    text.iter().enumerate().any(|(at, byte)| {
        firsts & letter(*byte) != 0
            && known.iter().any(|known| {
                text.get(at..at + known.len())
                    .is_some_and(|here| here.eq_ignore_ascii_case(known.as_bytes()))
            })
    })
}

/// Words of reasonable adjustments and individual requirements.
pub(crate) fn about_adjustment(words: &str) -> bool {
    [
        "adjustment",
        "hearing",
        "deaf",
        "blind",
        "vision",
        "visual",
        "sight",
        "interpreter",
        "easy read",
        "braille",
        "sign language",
        "communication",
        "mobility",
        "wheelchair",
        "learning disab",
        "large print",
        "lip read",
    ]
    .iter()
    .any(|known| words.contains(known))
}

/// High-risk classes and the drugs in them, by the words of the product's name.
///
/// A drug name is looked for as a whole word. The list is the classes that medicines-safety alerts in England
/// name again and again; it warns, it never reassures: a medicine outside it is not thereby safe.
const HIGH_RISK: [(&str, &[&str]); 11] = [
    (
        "anticoagulant",
        &[
            "warfarin",
            "apixaban",
            "rivaroxaban",
            "edoxaban",
            "dabigatran",
            "acenocoumarol",
            "phenindione",
            "heparin",
            "enoxaparin",
            "dalteparin",
            "tinzaparin",
            "fondaparinux",
            "argatroban",
        ],
    ),
    (
        "insulin",
        &[
            "insulin",
            "humulin",
            "novorapid",
            "lantus",
            "levemir",
            "tresiba",
            "humalog",
            "toujeo",
            "apidra",
            "fiasp",
        ],
    ),
    (
        "opioid",
        &[
            "morphine",
            "diamorphine",
            "oxycodone",
            "fentanyl",
            "alfentanil",
            "buprenorphine",
            "methadone",
            "hydromorphone",
            "tapentadol",
            "pethidine",
            "tramadol",
            "codeine",
            "dihydrocodeine",
            "meptazinol",
            "hydrocodone",
            "oramorph",
            "codamol",
        ],
    ),
    ("methotrexate", &["methotrexate"]),
    ("lithium", &["lithium"]),
    ("antipsychotic that needs blood monitoring", &["clozapine"]),
    (
        "immunosuppressant",
        &[
            "azathioprine",
            "ciclosporin",
            "cyclosporine",
            "tacrolimus",
            "sirolimus",
            "mycophenolate",
            "mercaptopurine",
        ],
    ),
    (
        "antiepileptic with a narrow margin",
        &["phenytoin", "carbamazepine", "valproate", "phenobarbital"],
    ),
    ("digoxin", &["digoxin"]),
    ("amiodarone", &["amiodarone"]),
    ("sedative given by injection", &["midazolam"]),
];

/// The high-risk class of a medicine, by its product's name.
pub(crate) fn high_risk_class(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    HIGH_RISK
        .iter()
        .find(|(_, drugs)| words.iter().any(|word| drugs.contains(word)))
        .map(|(class, _)| *class)
}

/// The strip.
pub(crate) fn strip(
    record: &Record,
    allergies: &Allergies,
    medicines: &Medicines,
    missing: &Missing,
) -> SafetyStrip {
    let mut alerts: Vec<(i64, SafetyItem)> = Vec::new();
    for node in record.roots() {
        let fact = record.primary(node);
        let line = record.line_id(node);
        let active = !matches!(fact.subject, Subject::Alert { active: false });
        let sort = fact.when.map_or(i64::MIN, |m| m.earliest_millis());
        let resuscitation = fact.section == 37 && about_resuscitation(&fact.codes, &fact.title);
        if active && !resuscitation && matches!(fact.subject, Subject::Alert { .. }) {
            let note = fact.when.map(|m| m.date_text());
            alerts.push((
                sort,
                SafetyItem {
                    text: fact.title.to_string(),
                    note,
                    line: Some(line.to_owned()),
                    hide_at_bedside: None,
                },
            ));
        }
    }
    let newest = |mut items: Vec<(i64, SafetyItem)>| {
        items.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.line.cmp(&b.1.line)));
        items.into_iter().map(|(_, item)| item).collect::<Vec<_>>()
    };
    let high_risk = medicines
        .current
        .iter()
        .filter_map(|group| {
            let class = group.high_risk.clone()?;
            // The drug's own name is the first run of a medication line.
            let name = group.line.first().map(|s| s.text.clone())?;
            Some(SafetyItem {
                text: name,
                note: Some(class),
                line: Some(group.id.clone()),
                hide_at_bedside: group.hide_at_bedside.clone(),
            })
        })
        .collect();
    let unless = |missing: &Option<String>, empty: &str| match missing {
        Some(missing) => format!("Unavailable: {missing}"),
        None => empty.to_owned(),
    };
    let mut strip = SafetyStrip {
        resuscitation: resuscitation::decisions(record),
        resuscitation_empty: unless(&missing.anything, "No decision recorded"),
        allergy_state: allergies.state,
        allergy_heading: allergies.heading.clone(),
        allergies: allergies.items.clone(),
        allergy_note: allergies.note.clone(),
        high_risk_medicines: high_risk,
        high_risk_empty: unless(&missing.medicines, "None among the current medicines received"),
        alerts: newest(alerts),
        alerts_empty: unless(&missing.anything, "None recorded"),
    };
    // What is on the strip is hidden where the line it leads to is.
    for item in strip.resuscitation.iter_mut().chain(&mut strip.alerts) {
        item.hide_at_bedside = item.line.as_deref().and_then(|line| record.bedside_of(line));
    }
    strip
}

#[cfg(test)]
mod tests {
    use super::high_risk_class;

    #[test]
    fn high_risk_drugs_are_found_as_whole_words_only() {
        assert_eq!(high_risk_class("Apixaban 5mg tablets"), Some("anticoagulant"));
        assert_eq!(high_risk_class("Insulin glargine 100units/ml"), Some("insulin"));
        assert_eq!(high_risk_class("Co-codamol 30mg/500mg tablets"), Some("opioid"));
        assert_eq!(high_risk_class("Heparinoid 0.3% cream"), None);
        assert_eq!(high_risk_class("Paracetamol 500mg tablets"), None);
    }
}
