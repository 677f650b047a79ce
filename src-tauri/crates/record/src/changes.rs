//! What is new, changed or gone since somebody last looked, in words by kind.

use serde::{Deserialize, Serialize};

/// How many resources of one type came, changed or went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeCount {
    /// FHIR type.
    pub resource_type: String,
    /// Held now, and not then.
    pub new: u32,
    /// Held then and now, and saying something else.
    pub changed: u32,
    /// Held then, and not now.
    pub removed: u32,
}

/// A kind as it is counted: one, many. In the order told: what could harm first.
const KINDS: [(&str, &str, &[&str]); 14] = [
    ("allergy", "allergies", &["AllergyIntolerance"]),
    ("alert", "alerts", &["Flag"]),
    (
        "medicine entry",
        "medicine entries",
        &[
            "Medication",
            "MedicationAdministration",
            "MedicationDispense",
            "MedicationRequest",
            "MedicationStatement",
        ],
    ),
    ("problem", "problems", &["Condition"]),
    (
        "result",
        "results",
        &["DiagnosticReport", "ImagingStudy", "Observation", "Specimen"],
    ),
    (
        "document",
        "documents",
        &["Binary", "Communication", "Composition", "DocumentReference"],
    ),
    (
        "plan or request",
        "plans and requests",
        &["CarePlan", "Goal", "ServiceRequest", "Task"],
    ),
    ("appointment", "appointments", &["Appointment"]),
    (
        "contact or admission",
        "contacts and admissions",
        &["Encounter", "EpisodeOfCare"],
    ),
    ("procedure", "procedures", &["Procedure"]),
    ("vaccination", "vaccinations", &["Immunization"]),
    (
        "assessment",
        "assessments",
        &["ClinicalImpression", "QuestionnaireResponse", "RiskAssessment"],
    ),
    (
        "entry about people and services",
        "entries about people and services",
        &[
            "CareTeam",
            "HealthcareService",
            "Location",
            "Organization",
            "Patient",
            "Practitioner",
            "PractitionerRole",
            "RelatedPerson",
        ],
    ),
    ("other entry", "other entries", &[]),
];

/// "1 new allergy", "2 changed medicine entries", "1 removed problem": one for each kind and way, most dangerous first.
pub fn change_words(changes: &[ChangeCount]) -> Vec<String> {
    let others = KINDS.len() - 1;
    let mut counts = [[0_u32; 3]; KINDS.len()];
    for change in changes {
        let kind = KINDS
            .iter()
            .position(|(.., types)| types.contains(&change.resource_type.as_str()))
            .unwrap_or(others);
        for (count, more) in counts[kind]
            .iter_mut()
            .zip([change.new, change.changed, change.removed])
        {
            *count = count.saturating_add(more);
        }
    }
    let mut words = Vec::new();
    for ((one, many, _), ways) in KINDS.iter().zip(counts) {
        for (count, way) in ways.into_iter().zip(["new", "changed", "removed"]) {
            match count {
                0 => {}
                1 => words.push(format!("1 {way} {one}")),
                count => words.push(format!("{count} {way} {many}")),
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(resource_type: &str, new: u32, changed: u32, removed: u32) -> ChangeCount {
        ChangeCount {
            resource_type: resource_type.to_owned(),
            new,
            changed,
            removed,
        }
    }

    #[test]
    fn kinds_are_counted_together_and_the_most_dangerous_told_first() {
        let words = change_words(&[
            count("Observation", 3, 0, 0),
            count("MedicationRequest", 0, 1, 1),
            count("MedicationStatement", 0, 1, 0),
            count("AllergyIntolerance", 1, 0, 0),
            count("Zebra", 1, 0, 0),
        ]);
        assert_eq!(
            words,
            [
                "1 new allergy",
                "2 changed medicine entries",
                "1 removed medicine entry",
                "3 new results",
                "1 new other entry"
            ]
        );
    }

    #[test]
    fn nothing_changed_is_nothing_said() {
        assert!(change_words(&[]).is_empty());
        assert!(change_words(&[count("Condition", 0, 0, 0)]).is_empty());
    }

    #[test]
    fn no_type_is_counted_under_two_kinds() {
        let mut seen = std::collections::HashSet::new();
        for (.., types) in KINDS {
            assert!(types.iter().all(|resource_type| seen.insert(*resource_type)));
        }
    }
}
