//! The people of an invented Mid and South Essex.
//!
//! [`population`] writes the whole shared record: organisations and their staff, [`STORIES`] told by hand
//! in which sources disagree, arrive late, duplicate each other and go missing, and then as many generated
//! patients as asked for. The same seed, number and day give the same bytes; there is no clock in here.
//!
//! Nobody in it is real: names are birds and plants, NHS numbers come from the range kept for tests,
//! telephone numbers from the ranges kept for drama, postcodes are pseudo-postcodes. Codes (SNOMED CT, dm+d,
//! ODS roles) are real where they could be verified; everything else is words without a code.
//!
//! What is wrong on purpose is listed: see [`planted`].
//!
//! Resources carry `meta.source` (but for one planted without): `https://feeds.sandbox.curlew.example/{feed}`,
//! where feed is `gp`, `acute`, `acute-thames`, `community`, `mental-health`, `social-care`, `ambulance`, `hospice`,
//! `pharmacy`, `care-home` or `voluntary`. Organizations, Locations, HealthcareServices, Practitioners and
//! PractitionerRoles belong to no patient and are referenced from all.

mod calendar;
mod chance;
mod chart;
mod documents;
mod generator;
mod measures;
mod nhs_number;
mod organisations;
mod patterns;
mod people;
mod problems;
mod products;
mod routine;
mod stories;

use chrono::NaiveDate;
use serde_json::{Value, json};

pub use organisations::{FEEDS, ODS_CODE, ODS_ROLE, SETTING_TAG};
pub use stories::{Kind, Planted, STORIES, Story, planted};

use calendar::Calendar;

use organisations::Feed;

/// Identifier system of caseload Groups: the value is the username whose caseload it is.
pub const CASELOAD: &str = "https://sandbox.curlew.example/Id/caseload";

/// Everything the sandbox serves.
#[derive(Debug, Clone)]
pub struct Population {
    /// Every resource once, each with `resourceType`, `id` and `meta`; organisations first, then patients,
    /// then the caseload Groups.
    pub resources: Vec<Value>,
    /// Logical ids of the patients in the order they were written, stories first.
    pub patients: Vec<String>,
    /// Who sees whom.
    pub caseloads: Vec<Caseload>,
}

/// The patients of one signed-in user, also served as a Group of the same id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caseload {
    /// Username at the sign-in page: `nurse`, `doctor` or `carer`.
    pub username: &'static str,
    /// Logical id of the Group.
    pub group: String,
    /// Logical ids of its patients, in order.
    pub patients: Vec<String>,
}

/// Writes the record of `patients` people as it stands on `today`. Stories come first, in the order of
/// [`STORIES`]; a smaller number than there are stories tells only the first ones. (One story is told in
/// two Patient resources, which count as one person.)
pub fn population(seed: u64, patients: usize, today: NaiveDate) -> Population {
    let calendar = Calendar { today };
    let stored = calendar.stored(400);
    let mut written = Population {
        resources: organisations::resources(&stored),
        patients: Vec::with_capacity(patients),
        caseloads: Vec::new(),
    };
    written.resources.extend(people::staff(&stored));

    let mut ward = Vec::new();
    let mut home = Vec::new();
    for index in 0..patients {
        let records = match STORIES.get(index) {
            Some(story) => story.tell(index, seed, calendar),
            None => vec![generator::patient(index, seed, calendar)],
        };
        for record in records {
            if record.ward && ward.len() < 12 {
                ward.push(record.id.clone());
            }
            if record.care_home && home.len() < 10 {
                home.push(record.id.clone());
            }
            written.patients.push(record.id);
            written.resources.extend(record.resources);
        }
    }

    let everyone = written.patients.clone();
    for (username, name, feed, members) in [
        ("nurse", "Community nursing caseload", Feed::Community, everyone),
        ("doctor", "Avocet Ward", Feed::Acute, ward),
        ("carer", "Samphire House residents", Feed::CareHome, home),
    ] {
        let caseload = Caseload {
            username,
            group: format!("caseload-{username}"),
            patients: members,
        };
        written
            .resources
            .push(group(&caseload, name, feed, &calendar.stored(0)));
        written.caseloads.push(caseload);
    }
    written
}

/// The record of one patient, finished.
struct Record {
    id: String,
    resources: Vec<Value>,
    /// On the ward doctor's list.
    ward: bool,
    /// Lives in the senior carer's care home.
    care_home: bool,
}

fn group(caseload: &Caseload, name: &str, feed: Feed, stored: &str) -> Value {
    let members: Vec<_> = caseload
        .patients
        .iter()
        .map(|id| json!({"entity": {"reference": format!("Patient/{id}")}, "inactive": false}))
        .collect();
    let organisation = match feed {
        Feed::Acute => "estuary-hospitals",
        Feed::CareHome => "samphire-house",
        _ => "saltmarsh-community",
    };
    json!({
        "resourceType": "Group",
        "id": caseload.group,
        "meta": {"versionId": "1", "lastUpdated": stored, "source": feed.source()},
        "identifier": [{"system": CASELOAD, "value": caseload.username}],
        "active": true,
        "type": "person",
        "actual": true,
        "name": name,
        "quantity": members.len(),
        "managingEntity": chart::organisation_reference(chart::named(organisation)),
        "member": members,
    })
}

#[cfg(test)]
mod tests;
