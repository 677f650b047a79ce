//! The 38 sections of the content standard (PRSB Core Information Standard v2), each with a place.

use std::collections::BTreeMap;

use crate::{
    fact::{ListFact, MedicineRole, Subject},
    record::Record,
    view::{Line, LineKind, Section, Sections},
};

/// The screen a section stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// Problems, procedures, allergies, vaccinations, family and social history.
    Summary,
    /// Correspondence, audio and images.
    Documents,
    /// Plans, requests, end of life, legal, safeguarding, about me.
    Plans,
    /// People, teams, organisations, services, appointments.
    People,
}

/// Number, title and screen of every section, in the standard's order; 0 is ours, for what has no section.
pub(crate) const SECTIONS: [(u8, &str, Screen); 39] = [
    (1, "Person demographics", Screen::People),
    (2, "GP practice", Screen::People),
    (3, "About me", Screen::Plans),
    (4, "Individual requirements", Screen::Plans),
    (5, "Alerts", Screen::Summary),
    (6, "Legal information", Screen::Plans),
    (7, "Safeguarding", Screen::Plans),
    (8, "Professional contacts", Screen::People),
    (9, "Personal contacts", Screen::People),
    (10, "Participation in research", Screen::Summary),
    (11, "Referral details", Screen::Plans),
    (12, "Contacts with professionals", Screen::People),
    (13, "Admission details", Screen::Summary),
    (14, "Discharge details", Screen::Summary),
    (15, "Future appointments", Screen::People),
    (16, "Vaccinations", Screen::Summary),
    (17, "Problem list", Screen::Summary),
    (18, "Procedures and therapies", Screen::Summary),
    (19, "Social context", Screen::Summary),
    (20, "Services and care", Screen::People),
    (21, "Primary support reason", Screen::Summary),
    (22, "Family history", Screen::Summary),
    (23, "Investigation results", Screen::Summary),
    (24, "Investigations requested", Screen::Plans),
    (25, "Examination findings", Screen::Summary),
    (26, "Pregnancy status", Screen::Summary),
    (27, "Assessments", Screen::Summary),
    (28, "Formulation", Screen::Summary),
    (29, "Risks", Screen::Summary),
    (30, "Allergies and adverse reactions", Screen::Summary),
    (31, "Medications and medical devices", Screen::Summary),
    (32, "Equipment and adaptations", Screen::Summary),
    (33, "Plan and requested actions", Screen::Plans),
    (34, "Care and support plan", Screen::Plans),
    (35, "Contingency and safety plans", Screen::Plans),
    (36, "Additional support plans", Screen::Plans),
    (37, "End of life care", Screen::Plans),
    (38, "Documents", Screen::Documents),
    (0, "Other information received", Screen::Summary),
];

/// Sections of the care home view v1.1.
const CARE_HOME: [(u8, u8); 6] = [(1, 9), (11, 15), (23, 25), (27, 27), (29, 31), (34, 38)];
/// Sections of the local authority view v1.1.
const LOCAL_AUTHORITY: [u8; 11] = [1, 5, 6, 7, 8, 9, 11, 20, 21, 27, 32];

/// Who is reading, by the views the content standard publishes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Role {
    /// Every section.
    #[default]
    Full,
    /// The care home view: 26 sections.
    CareHome,
    /// The local authority view: 12 sections (the twelfth, the authority itself, is the banner's).
    LocalAuthority,
}

impl Role {
    /// Whether the role's view has this section. What has no section (0) is shown to everybody.
    pub fn sees(self, section: u8) -> bool {
        match self {
            Role::Full => true,
            _ if section == 0 => true,
            Role::CareHome => CARE_HOME
                .iter()
                .any(|(first, last)| (*first..=*last).contains(&section)),
            Role::LocalAuthority => LOCAL_AUTHORITY.contains(&section),
        }
    }
}

impl Sections {
    /// Only the sections of a role's view.
    pub fn for_role(mut self, role: Role) -> Self {
        self.sections.retain(|section| role.sees(section.number));
        self
    }
}

/// The sections of one screen. `missing` says what is not here, for the words of an empty section.
pub(crate) fn sections(record: &Record, screen: Screen, missing: Option<&str>) -> Sections {
    let mut lines: Vec<Vec<(i64, usize)>> = vec![Vec::new(); 39];
    let mut elsewhere = [0_usize; 39];
    for cluster in record.roots() {
        let fact = record.primary(cluster);
        let place = if fact.section == 0 {
            38
        } else {
            usize::from(fact.section) - 1
        };
        if stands_elsewhere(fact) {
            elsewhere[place] += 1;
            continue;
        }
        lines[place].push((fact.when.map_or(i64::MIN, |m| m.earliest_millis()), cluster));
    }
    let said = said_by_lists(record);
    let sections = SECTIONS
        .iter()
        .enumerate()
        .filter(|(_, (.., on))| *on == screen)
        .map(|(place, (number, title, _))| {
            let mut held = std::mem::take(&mut lines[place]);
            held.sort_by(|a, b| {
                b.0.cmp(&a.0)
                    .then_with(|| record.line_id(a.1).cmp(record.line_id(b.1)))
            });
            let lines: Vec<Line> = held
                .into_iter()
                .map(|(_, cluster)| record.last_line(cluster))
                .collect();
            let empty = lines
                .is_empty()
                .then(|| empty_words(*number, elsewhere[place], said.get(number), missing));
            Section {
                number: *number,
                title: (*title).to_owned(),
                lines,
                empty,
            }
        })
        .filter(|section| section.number != 0 || !section.lines.is_empty())
        .collect();
    Sections {
        sections,
        unread: Vec::new(),
        as_at: None,
    }
}

/// Contacts, numbers and medicines have screens made for them; their sections point there.
pub(crate) fn stands_elsewhere(fact: &crate::fact::Fact) -> bool {
    match (fact.section, &fact.subject) {
        (31, Subject::Medicine(medicine)) => {
            matches!(
                medicine.role,
                MedicineRole::Prescription
                    | MedicineRole::Issue
                    | MedicineRole::Statement
                    | MedicineRole::Dispense
                    | MedicineRole::Administration
            )
        }
        (12, _) => true,
        (23 | 25, _) => fact.kind == LineKind::Result,
        _ => false,
    }
}

/// What empty lists say of the sections they are for: that there is nothing, that nobody asked, that it is not shared.
fn said_by_lists(record: &Record) -> BTreeMap<u8, Vec<String>> {
    let mut said: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    for (index, fact) in record.facts.iter().enumerate() {
        let Subject::List(list) = &fact.subject else {
            continue;
        };
        let (Some(reason), Some(section)) = (&list.empty_reason, section_of_list(list)) else {
            continue;
        };
        let who = record.organisations[index]
            .as_deref()
            .unwrap_or(&record.settings[index].label);
        let when = fact
            .when
            .map(|m| format!(", {}", m.date_text()))
            .unwrap_or_default();
        let lower = reason.to_lowercase();
        let sentence = if list.nil_known {
            format!("Empty: {who} says that there is nothing ({reason}{when})")
        } else if lower.contains("withheld") || lower.contains("confidential") {
            format!(
                "Not shared: {who} sent an empty list ({reason}{when}), which does not mean there is nothing"
            )
        } else if lower.contains("asked") || lower.contains("not started") || lower.contains("notstarted") {
            format!("Not asked: {who} says that nobody has asked yet ({reason}{when})")
        } else {
            format!(
                "Not available: {who} sent an empty list ({reason}{when}), which does not mean there is nothing"
            )
        };
        let sentences = said.entry(section).or_default();
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    said
}

/// The section a list is for, by the words of its title.
fn section_of_list(list: &ListFact) -> Option<u8> {
    const WORDS: [(&str, u8); 14] = [
        ("problem", 17),
        ("medic", 31),
        ("immunis", 16),
        ("immuniz", 16),
        ("vaccin", 16),
        ("procedure", 18),
        ("result", 23),
        ("investigation", 23),
        ("referral", 11),
        ("family history", 22),
        ("social", 19),
        ("alert", 5),
        ("document", 38),
        ("appointment", 15),
    ];
    if list.allergies {
        return Some(30);
    }
    let title = list.title.to_lowercase();
    WORDS
        .iter()
        .find(|(word, _)| title.contains(word))
        .map(|(_, section)| *section)
}

/// Why a section has no lines: kept on another screen, said to be empty, not asked, not shared, or nothing received.
/// "Nothing received" is never "nothing there".
fn empty_words(number: u8, elsewhere: usize, said: Option<&Vec<String>>, missing: Option<&str>) -> String {
    if elsewhere > 0 {
        let screen = match number {
            31 => "Medicines",
            23 | 25 => "Results",
            _ => "Timeline",
        };
        let items = if elsewhere == 1 {
            "1 item".to_owned()
        } else {
            format!("{elsewhere} items")
        };
        return format!("{items}, on the {screen} screen");
    }
    if let Some(said) = said {
        let said = said.join(". ");
        return match missing {
            Some(missing) => format!("{said}. Not everything is here: {missing}"),
            None => said,
        };
    }
    let asked = match number {
        2 => "No GP practice is named in the patient\u{2019}s details",
        15 => "No appointments received",
        _ => "Nothing received for this section",
    };
    match missing {
        Some(missing) => format!("{asked}. Not everything is here: {missing}"),
        None => format!("{asked}. No source said that there is none"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Role, SECTIONS};

    #[test]
    fn every_section_of_the_standard_has_one_place() {
        let mut numbers: Vec<u8> = SECTIONS.iter().map(|(number, ..)| *number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..=38).collect::<Vec<u8>>());
    }

    #[test]
    fn the_care_home_view_has_26_sections_and_the_local_authority_view_11_and_the_authority() {
        let count = |role: Role| (1..=38).filter(|n| role.sees(*n)).count();
        assert_eq!(count(Role::Full), 38);
        assert_eq!(count(Role::CareHome), 26);
        assert_eq!(count(Role::LocalAuthority), 11);
    }
}
