//! Who is who: organisations, people, places, products and encounters that other resources refer to.

use std::collections::HashMap;

use crate::{
    care_setting::Origin,
    fact::{Named, ProductFact},
    view::CareSetting,
};

/// An organisation, or something that leads to one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    /// Its name, as stated.
    pub(crate) name: Option<String>,
    /// Setting stated on it (rule 1).
    pub(crate) stated: Option<(CareSetting, String)>,
    /// Setting by its type (rule 2).
    pub(crate) by_type: Option<(CareSetting, String)>,
    /// The organisation this person, role, place or service belongs to.
    pub(crate) part_of: Option<Named>,
    /// Whether it is an organisation itself.
    pub(crate) is_organisation: bool,
    /// For a practitioner's role: the person.
    pub(crate) person: Option<Named>,
    /// For a practitioner's role: the job.
    pub(crate) job: Option<String>,
}

/// Everything that can be referred to, by every key it answers to.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    places: Vec<Place>,
    place_by_key: HashMap<String, usize>,
    encounters: Vec<Origin>,
    encounter_by_key: HashMap<String, usize>,
    products: Vec<ProductFact>,
    product_by_key: HashMap<String, usize>,
}

/// `Type/id`, `urn:uuid:id` and each identifier: the ways a reference may name a resource.
pub(crate) fn keys(resource: &str, identifiers: &[String]) -> Vec<String> {
    let mut keys = Vec::with_capacity(2 + identifiers.len());
    keys.push(resource.to_owned());
    if let Some((_, id)) = resource.split_once('/') {
        keys.push(format!("urn:uuid:{id}"));
    }
    keys.extend(identifiers.iter().cloned());
    keys
}

impl Directory {
    pub(crate) fn add_place(&mut self, resource: &str, identifiers: &[String], place: Place) {
        let index = self.places.len();
        self.places.push(place);
        for key in keys(resource, identifiers) {
            // Keys are claimed in the order of resource names (the caller sorts), so ties are stable.
            self.place_by_key.entry(key).or_insert(index);
        }
    }

    pub(crate) fn add_encounter(&mut self, resource: &str, identifiers: &[String], origin: &Origin) {
        let index = self.encounters.len();
        self.encounters.push(origin.clone());
        for key in keys(resource, identifiers) {
            self.encounter_by_key.entry(key).or_insert(index);
        }
    }

    pub(crate) fn add_product(&mut self, resource: &str, identifiers: &[String], product: &ProductFact) {
        let index = self.products.len();
        self.products.push(product.clone());
        for key in keys(resource, identifiers) {
            self.product_by_key.entry(key).or_insert(index);
        }
    }

    /// Whether a key leads to a person or a place.
    pub(crate) fn knows(&self, key: &str) -> bool {
        self.place_by_key.contains_key(key)
    }

    pub(crate) fn encounter(&self, named: &Named) -> Option<&Origin> {
        self.encounters
            .get(*self.encounter_by_key.get(named.key.as_deref()?)?)
    }

    pub(crate) fn product(&self, named: &Named) -> Option<&ProductFact> {
        self.products
            .get(*self.product_by_key.get(named.key.as_deref()?)?)
    }

    /// What is named, followed to the organisation it belongs to.
    pub(crate) fn place(&self, named: &Named) -> Option<&Place> {
        let mut place = self.direct(named)?;
        // Links among organisations can form a ring; a few steps find any real owner.
        for _ in 0..4 {
            if place.is_organisation && (place.stated.is_some() || place.by_type.is_some()) {
                break;
            }
            match place.part_of.as_ref().and_then(|owner| self.direct(owner)) {
                Some(owner) => place = owner,
                None => break,
            }
        }
        Some(place)
    }

    fn direct(&self, named: &Named) -> Option<&Place> {
        self.places.get(*self.place_by_key.get(named.key.as_deref()?)?)
    }

    /// The organisation's name for a line: of the first that is or belongs to one.
    pub(crate) fn organisation(&self, named: &[Named]) -> Option<String> {
        named.iter().find_map(|one| {
            let mut place = self.direct(one);
            for _ in 0..4 {
                match place {
                    Some(found) if found.is_organisation => return found.name.clone(),
                    Some(found) => place = found.part_of.as_ref().and_then(|owner| self.direct(owner)),
                    None => break,
                }
            }
            let is_organisation = one
                .key
                .as_deref()
                .is_none_or(|key| key.starts_with("Organization/"));
            one.words
                .as_deref()
                .filter(|_| is_organisation)
                .map(str::to_owned)
        })
    }

    /// Anybody's or anything's name: the reference's own words first, as the author wrote them then.
    pub(crate) fn name(&self, named: &Named) -> Option<String> {
        if let Some(words) = named.words.as_ref().filter(|w| !w.trim().is_empty()) {
            return Some(words.trim().to_owned());
        }
        let place = self.direct(named)?;
        let person = place.person.as_ref().and_then(|p| match &p.words {
            Some(words) => Some(words.to_string()),
            None => self.direct(p)?.name.clone(),
        });
        match (person.or_else(|| place.name.clone()), &place.job) {
            (Some(person), Some(job)) => Some(format!("{person}, {job}")),
            (Some(name), None) => Some(name),
            (None, job) => job.clone(),
        }
    }
}

/// What a resource contributes to the directory, if others may refer to it.
pub(crate) fn place_of(resource: &curlew_fhir::Resource) -> Option<Place> {
    use curlew_fhir::Resource;

    use crate::{care_setting, fact::first_words, facts::words::resource_name};
    let stated = care_setting::stated(&resource.base().meta);
    let name = resource_name(resource);
    let owner = |reference: Option<&curlew_fhir::Reference>| reference.map(Named::of);
    Some(match resource {
        Resource::Organization(it) => Place {
            name,
            stated,
            by_type: care_setting::by_organisation_type(&it.type_),
            part_of: owner(it.part_of.as_ref()),
            is_organisation: true,
            ..Place::default()
        },
        Resource::Practitioner(_)
        | Resource::RelatedPerson(_)
        | Resource::Device(_)
        | Resource::Patient(_) => {
            // A person belongs to no setting: the role they act in does.
            Place {
                name,
                ..Place::default()
            }
        }
        Resource::PractitionerRole(it) => Place {
            name: None,
            part_of: owner(it.organization.as_ref()),
            person: owner(it.practitioner.as_ref()),
            job: first_words(&it.code),
            ..Place::default()
        },
        Resource::Location(it) => Place {
            name,
            part_of: owner(it.managing_organization.as_ref().or(it.part_of.as_ref())),
            ..Place::default()
        },
        Resource::HealthcareService(it) => Place {
            name,
            part_of: owner(it.provided_by.as_ref()),
            ..Place::default()
        },
        Resource::CareTeam(it) => Place {
            name,
            part_of: owner(it.managing_organization.first()),
            ..Place::default()
        },
        _ => return None,
    })
}
