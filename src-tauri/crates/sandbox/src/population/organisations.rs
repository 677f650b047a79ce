//! The organisations of an invented Mid and South Essex, each with its ODS-style code and ODS role.
//!
//! Names and codes are made up; codes begin with `X` and a letter no issuer uses, so that none can be
//! taken for a real one. The role numbers are ODS's own: RO177 prescribing cost centre with RO76 GP
//! practice, RO197 NHS trust, RO141 local authority, RO182 pharmacy, RO7 hospice, RO104 social care
//! provider with RO269 care home or RO270 domiciliary care, RO157 non-NHS organisation. ODS has no role
//! for an ambulance trust: it is an NHS trust, told apart by a tag.

use serde_json::{Value, json};

/// Code system of ODS roles in `Organization.type`.
pub const ODS_ROLE: &str =
    "https://digital.nhs.uk/services/organisation-data-service/CodeSystem/ODSOrganisationRole";
/// Identifier system of ODS codes.
pub const ODS_CODE: &str = "https://fhir.nhs.uk/Id/ods-organization-code";
/// Root of every feed's `meta.source`: one address below it per feed.
pub const FEEDS: &str = "https://feeds.sandbox.curlew.example";
/// Code system of our own care-setting tag, carried where neither role nor encounter could tell.
pub const SETTING_TAG: &str = "https://sandbox.curlew.example/CodeSystem/care-setting";

/// A system that sends to the shared record. `meta.source` names it on every resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Feed {
    Gp,
    Acute,
    /// The neighbouring acute trust, with numbers of its own.
    AcuteThames,
    Community,
    MentalHealth,
    SocialCare,
    Ambulance,
    Hospice,
    Pharmacy,
    CareHome,
    Voluntary,
}

impl Feed {
    /// Last part of the feed's address.
    pub(super) fn name(self) -> &'static str {
        match self {
            Feed::Gp => "gp",
            Feed::Acute => "acute",
            Feed::AcuteThames => "acute-thames",
            Feed::Community => "community",
            Feed::MentalHealth => "mental-health",
            Feed::SocialCare => "social-care",
            Feed::Ambulance => "ambulance",
            Feed::Hospice => "hospice",
            Feed::Pharmacy => "pharmacy",
            Feed::CareHome => "care-home",
            Feed::Voluntary => "voluntary",
        }
    }

    /// `meta.source` of what this feed sends.
    pub(super) fn source(self) -> String {
        format!("{FEEDS}/{}", self.name())
    }
}

/// One organisation.
pub(super) struct Organisation {
    pub(super) id: &'static str,
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) roles: &'static [(&'static str, &'static str)],
    pub(super) feed: Feed,
    pub(super) town: &'static str,
    /// What its clinic, ward or office is called.
    pub(super) place: &'static str,
    pub(super) service: &'static str,
}

const PRACTICE: &[(&str, &str)] = &[("RO177", "PRESCRIBING COST CENTRE"), ("RO76", "GP PRACTICE")];
const TRUST: &[(&str, &str)] = &[("RO197", "NHS TRUST")];
const COUNCIL: &[(&str, &str)] = &[("RO141", "LOCAL AUTHORITY")];
const PHARMACY: &[(&str, &str)] = &[("RO182", "PHARMACY")];
const HOSPICE: &[(&str, &str)] = &[("RO157", "NON-NHS ORGANISATION"), ("RO7", "HOSPICE")];
const CARE_HOME: &[(&str, &str)] = &[("RO104", "SOCIAL CARE PROVIDER"), ("RO269", "CARE HOME")];
const HOME_CARE: &[(&str, &str)] = &[("RO104", "SOCIAL CARE PROVIDER"), ("RO270", "DOMICILIARY CARE")];
const CHARITY: &[(&str, &str)] = &[("RO157", "NON-NHS ORGANISATION")];

const fn organisation(
    id: &'static str,
    code: &'static str,
    name: &'static str,
    roles: &'static [(&'static str, &'static str)],
    feed: Feed,
    town: &'static str,
    (place, service): (&'static str, &'static str),
) -> Organisation {
    Organisation {
        id,
        code,
        name,
        roles,
        feed,
        town,
        place,
        service,
    }
}

/// Every organisation of the population.
pub(super) const ORGANISATIONS: &[Organisation] = &[
    organisation(
        "curlewmarsh-surgery",
        "XG001",
        "Curlewmarsh Surgery",
        PRACTICE,
        Feed::Gp,
        "Curlewmarsh",
        ("Consulting room 2", "General practice"),
    ),
    organisation(
        "saltings-health-centre",
        "XG002",
        "Saltings Health Centre",
        PRACTICE,
        Feed::Gp,
        "Wick Saltings",
        ("Consulting room 5", "General practice"),
    ),
    organisation(
        "oyster-lane-practice",
        "XG003",
        "Oyster Lane Practice",
        PRACTICE,
        Feed::Gp,
        "Oyster Creek",
        ("Consulting room 1", "General practice"),
    ),
    organisation(
        "windmill-hill-surgery",
        "XG004",
        "Windmill Hill Surgery",
        PRACTICE,
        Feed::Gp,
        "Upper Fambrey",
        ("Consulting room 3", "General practice"),
    ),
    organisation(
        "estuary-hospitals",
        "XCUR1",
        "Estuary and Creeks Hospitals NHS Trust",
        TRUST,
        Feed::Acute,
        "Southmarsh",
        ("Avocet Ward, Southmarsh Hospital", "Care of older people"),
    ),
    organisation(
        "thames-reach-hospitals",
        "XCUR4",
        "Thames Reach Hospitals NHS Trust",
        TRUST,
        Feed::AcuteThames,
        "Reachport",
        ("Ward 7, Reachport Hospital", "General medicine"),
    ),
    organisation(
        "saltmarsh-community",
        "XCUR2",
        "Saltmarsh Community Health NHS Trust",
        TRUST,
        Feed::Community,
        "Wick Saltings",
        ("District nursing base, Wick Saltings", "District nursing"),
    ),
    organisation(
        "heron-mental-health",
        "XCUR3",
        "Heron Partnership Mental Health NHS Trust",
        TRUST,
        Feed::MentalHealth,
        "Southmarsh",
        ("Willow Unit, Southmarsh", "Community mental health team"),
    ),
    organisation(
        "seawall-ambulance",
        "XCUR5",
        "Seawall Ambulance Service NHS Trust",
        TRUST,
        Feed::Ambulance,
        "Upper Fambrey",
        ("On scene", "Emergency ambulance"),
    ),
    organisation(
        "creekshire-council",
        "XL001",
        "Creekshire County Council",
        COUNCIL,
        Feed::SocialCare,
        "Upper Fambrey",
        ("Adult social care, Fambrey House", "Adult social care"),
    ),
    organisation(
        "southmarsh-council",
        "XL002",
        "Southmarsh City Council",
        COUNCIL,
        Feed::SocialCare,
        "Southmarsh",
        ("Civic Offices, Southmarsh", "Adult social care"),
    ),
    organisation(
        "reachport-council",
        "XL003",
        "Reachport Borough Council",
        COUNCIL,
        Feed::SocialCare,
        "Reachport",
        ("Town Hall, Reachport", "Children's social care"),
    ),
    organisation(
        "ferry-house-hospice",
        "XH001",
        "Ferry House Hospice",
        HOSPICE,
        Feed::Hospice,
        "Oyster Creek",
        ("Hospice at home team", "Palliative care"),
    ),
    organisation(
        "marsh-lane-pharmacy",
        "XP001",
        "Marsh Lane Pharmacy",
        PHARMACY,
        Feed::Pharmacy,
        "Curlewmarsh",
        ("Dispensary", "Community pharmacy"),
    ),
    organisation(
        "quayside-pharmacy",
        "XP002",
        "Quayside Pharmacy",
        PHARMACY,
        Feed::Pharmacy,
        "Oyster Creek",
        ("Dispensary", "Community pharmacy"),
    ),
    organisation(
        "samphire-house",
        "XCURH1",
        "Samphire House Care Home",
        CARE_HOME,
        Feed::CareHome,
        "Wick Saltings",
        ("Seaview wing", "Residential and nursing care"),
    ),
    organisation(
        "lavender-court",
        "XCURH2",
        "Lavender Court Care Home",
        CARE_HOME,
        Feed::CareHome,
        "Southmarsh",
        ("Garden wing", "Residential care"),
    ),
    organisation(
        "causeway-homecare",
        "XD001",
        "Causeway Homecare",
        HOME_CARE,
        Feed::SocialCare,
        "Southmarsh",
        ("In the person's home", "Home care"),
    ),
    organisation(
        "tide-befriending",
        "XV001",
        "Turn of the Tide Befriending",
        CHARITY,
        Feed::Voluntary,
        "Southmarsh",
        ("In the person's home", "Befriending"),
    ),
    organisation(
        "lantern-carers",
        "XV002",
        "Lantern Carers' Network",
        CHARITY,
        Feed::Voluntary,
        "Upper Fambrey",
        ("Lantern House", "Carer support"),
    ),
];

/// Jobs held at each kind of organisation, in the order `Chart::by` counts them.
pub(super) fn jobs(feed: Feed) -> &'static [&'static str] {
    match feed {
        Feed::Gp => &["General practitioner", "Practice nurse", "Clinical pharmacist"],
        Feed::Acute | Feed::AcuteThames => &[
            "Consultant physician",
            "Staff nurse",
            "Ward pharmacist",
            "Foundation doctor",
        ],
        Feed::Community => &[
            "Community nurse",
            "Physiotherapist",
            "Occupational therapist",
            "Podiatrist",
            "Health visitor",
            "Community midwife",
        ],
        Feed::MentalHealth => &[
            "Consultant psychiatrist",
            "Community psychiatric nurse",
            "Crisis practitioner",
        ],
        Feed::SocialCare => &["Social worker", "Care coordinator"],
        Feed::Ambulance => &["Paramedic", "Emergency medical technician"],
        Feed::Hospice => &["Palliative care consultant", "Clinical nurse specialist"],
        Feed::Pharmacy => &["Pharmacist"],
        Feed::CareHome => &["Senior carer", "Registered nurse"],
        Feed::Voluntary => &["Volunteer coordinator"],
    }
}

/// Organization, Location and HealthcareService resources.
pub(super) fn resources(stored: &str) -> Vec<Value> {
    ORGANISATIONS
        .iter()
        .flat_map(|it| {
            [
                organization(it, stored),
                location(it, stored),
                service(it, stored),
            ]
        })
        .collect()
}

fn organization(it: &Organisation, stored: &str) -> Value {
    let types: Vec<_> = it
        .roles
        .iter()
        .map(|(code, display)| json!({"coding": [{"system": ODS_ROLE, "code": code, "display": display}]}))
        .collect();
    let mut resource = json!({
        "resourceType": "Organization",
        "id": it.id,
        "meta": meta(it.feed, "UKCore-Organization", stored),
        "identifier": [{"system": ODS_CODE, "value": it.code}],
        "active": true,
        "type": types,
        "name": it.name,
        "telecom": [{"system": "phone", "value": "01632 960100", "use": "work"}],
        "address": [{"line": ["1 Sample Street"], "city": it.town, "postalCode": "ZZ99 3WZ"}],
    });
    if it.feed == Feed::Ambulance {
        resource["meta"]["tag"] =
            json!([{"system": SETTING_TAG, "code": "ambulance", "display": "Ambulance"}]);
    }
    resource
}

fn location(it: &Organisation, stored: &str) -> Value {
    json!({
        "resourceType": "Location",
        "id": format!("{}-place", it.id),
        "meta": meta(it.feed, "UKCore-Location", stored),
        "status": "active",
        "name": it.place,
        "mode": "instance",
        "managingOrganization": {"reference": format!("Organization/{}", it.id), "display": it.name},
    })
}

fn service(it: &Organisation, stored: &str) -> Value {
    json!({
        "resourceType": "HealthcareService",
        "id": format!("{}-service", it.id),
        "meta": meta(it.feed, "UKCore-HealthcareService", stored),
        "active": true,
        "providedBy": {"reference": format!("Organization/{}", it.id), "display": it.name},
        "name": it.service,
        "location": [{"reference": format!("Location/{}-place", it.id), "display": it.place}],
        "telecom": [{"system": "phone", "value": "01632 960111", "use": "work"}],
    })
}

/// `meta` of a resource that belongs to no patient.
pub(super) fn meta(feed: Feed, profile: &str, stored: &str) -> Value {
    json!({
        "versionId": "1",
        "lastUpdated": stored,
        "source": feed.source(),
        "profile": [format!("https://fhir.hl7.org.uk/StructureDefinition/{profile}")],
    })
}
