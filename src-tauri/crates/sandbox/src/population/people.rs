//! Names for the invented, and the staff of each organisation.
//!
//! Family names are birds, plants and places of a marsh coast, so that no one mistakes a synthetic person
//! for somebody. Telephone numbers are in the ranges Ofcom keeps for drama; postcodes are pseudo-postcodes.

use serde_json::{Value, json};

use super::organisations::{ODS_CODE, ORGANISATIONS, jobs, meta};

/// Family names.
pub(super) const FAMILIES: &[&str] = &[
    "Bittern",
    "Brambling",
    "Brentmere",
    "Bulrush",
    "Chaffinch",
    "Cordgrass",
    "Cormorant",
    "Creekmore",
    "Dabchick",
    "Dotterel",
    "Eelgrass",
    "Fulmar",
    "Gadwall",
    "Gannet",
    "Glasswort",
    "Goldeneye",
    "Goosander",
    "Guillemot",
    "Harrier",
    "Hawfinch",
    "Heronsgate",
    "Kestrel",
    "Kingfisher",
    "Kittiwake",
    "Linnet",
    "Marshwood",
    "Martlet",
    "Moorhen",
    "Nightjar",
    "Nuthatch",
    "Osprey",
    "Petrel",
    "Pintail",
    "Pochard",
    "Purslane",
    "Quayle",
    "Razorbill",
    "Reedling",
    "Rushmere",
    "Samphire",
    "Sanderling",
    "Scoter",
    "Seablite",
    "Serin",
    "Shearwater",
    "Shelduck",
    "Shoveler",
    "Siskin",
    "Skylark",
    "Smew",
    "Spoonbill",
    "Stonechat",
    "Sundew",
    "Tamarisk",
    "Ternley",
    "Tidewell",
    "Twite",
    "Wagtail",
    "Waxwing",
    "Whinchat",
    "Woodlark",
    "Yaffle",
];

/// Given names, with the gender most of their holders have.
pub(super) const WOMEN: &[&str] = &[
    "Agnes", "Amara", "Beryl", "Bridget", "Chidinma", "Doreen", "Elsie", "Farida", "Gwen", "Hazel", "Ines",
    "Joyce", "Kalina", "Lorna", "Mabel", "Nasreen", "Olwen", "Pearl", "Rosalind", "Sunita", "Thelma", "Una",
    "Vera", "Wendy",
];
/// As [`WOMEN`].
pub(super) const MEN: &[&str] = &[
    "Albert", "Bernard", "Cyril", "Derek", "Emeka", "Frank", "Gordon", "Harish", "Ivor", "Jerzy", "Kenneth",
    "Leonard", "Mohan", "Nigel", "Oswald", "Percy", "Reginald", "Stanley", "Tariq", "Vernon", "Wilfred",
    "Yusuf", "Zoltan", "Basil",
];

/// Practitioner and PractitionerRole resources: one person for each job at each organisation.
pub(super) fn staff(stored: &str) -> Vec<Value> {
    let mut resources = Vec::new();
    for (at, organisation) in ORGANISATIONS.iter().enumerate() {
        for (job_at, job) in jobs(organisation.feed).iter().enumerate() {
            let (prefix, given, family) = person(at, job_at, job);
            let id = format!("{}-{job_at}", organisation.id);
            resources.push(json!({
                "resourceType": "Practitioner",
                "id": id,
                "meta": meta(organisation.feed, "UKCore-Practitioner", stored),
                "identifier": [{"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": format!("9990{at:04}{job_at:04}")}],
                "active": true,
                "name": [{"use": "official", "family": family, "given": [given], "prefix": [prefix]}],
            }));
            resources.push(json!({
                "resourceType": "PractitionerRole",
                "id": id,
                "meta": meta(organisation.feed, "UKCore-PractitionerRole", stored),
                "active": true,
                "practitioner": {"reference": format!("Practitioner/{id}"), "display": format!("{prefix} {given} {family}")},
                "organization": {
                    "reference": format!("Organization/{}", organisation.id),
                    "identifier": {"system": ODS_CODE, "value": organisation.code},
                    "display": organisation.name,
                },
                "code": [{"text": job}],
                "healthcareService": [{"reference": format!("HealthcareService/{}-service", organisation.id)}],
                "telecom": [{"system": "phone", "value": "01632 960122", "use": "work"}],
            }));
        }
    }
    resources
}

/// Title, given and family name of the person in a job.
pub(super) fn person(
    organisation: usize,
    job_at: usize,
    job: &str,
) -> (&'static str, &'static str, &'static str) {
    let at = organisation * 7 + job_at * 3;
    let woman = (organisation + job_at).is_multiple_of(2);
    let given = if woman {
        WOMEN[at % WOMEN.len()]
    } else {
        MEN[at % MEN.len()]
    };
    let doctor = job.contains("onsultant")
        || job.contains("practitioner") && job.starts_with("General")
        || job.contains("doctor");
    let prefix = match (doctor, woman) {
        (true, _) => "Dr",
        (false, true) => "Ms",
        (false, false) => "Mr",
    };
    (prefix, given, FAMILIES[(at * 5 + 11) % FAMILIES.len()])
}
