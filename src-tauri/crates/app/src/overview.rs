//! What a patient's overview leads with, by the reader's role.

use curlew_record::view::OverviewCard::{
    self, Abnormal, Allergies, Appointments, Medicines, Plans, Problems, Recent,
};

/// The cards in the order a role needs them, by its national RBAC code (`S8000:G8000:R8001`: staff group, area, job role).
/// The first is the largest. A role that is not known sees what a clinician does.
pub(crate) fn cards(role_code: &str) -> Vec<OverviewCard> {
    let mut parts = role_code.split(':').skip(1);
    let (area, job) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match (area, job) {
        // Social care: the medicines on the trolley first, then how this person is looked after.
        ("G8003", _) => vec![Medicines, Plans, Recent, Appointments, Allergies],
        // Nurses: what has happened since, the medicines, and what was agreed for today's visit.
        (_, "R8001") => vec![Recent, Medicines, Plans, Appointments, Problems],
        // Clinical practitioners: what has happened, the medicines, what is out of range, and what is known already.
        (_, "R8000") => vec![Recent, Medicines, Abnormal, Problems, Allergies],
        _ => vec![Recent, Medicines, Problems, Appointments, Allergies],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carer_sees_the_medicines_first_and_a_doctor_what_is_out_of_range() {
        assert_eq!(cards("S8000:G8003:R8024")[..2], [Medicines, Plans]);
        assert!(cards("S8000:G8000:R8000").contains(&Abnormal));
        assert_eq!(cards("S8000:G8000:R8001")[0], Recent);
    }

    #[test]
    fn every_role_sees_the_history_and_the_medicines() {
        for code in [
            "S8000:G8003:R8024",
            "S8000:G8000:R8000",
            "S8000:G8000:R8001",
            "",
            "R1",
        ] {
            let cards = cards(code);
            assert!(cards.contains(&Recent) && cards.contains(&Medicines), "{code}");
        }
    }
}
