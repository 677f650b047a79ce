//! The care setting of each item, by rules in a fixed order; the one that decided is told on the line.
//!
//! 1. an explicit tag on the resource or on its organisation, or the address of the feed it came by;
//! 2. the type of the organisation (its ODS role);
//! 3. the class or service type of the encounter;
//! 4. otherwise "Setting not stated". An organisation's *name* is never read for a setting: that would be a guess.

use std::{borrow::Cow, sync::Arc};

use curlew_fhir::{CodeableConcept, Coding, Meta};

use crate::{
    alike::Alike,
    directory::Directory,
    fact::{Named, concept_words},
    view::{CareSetting, SettingView},
};

/// What a resource says of where it comes from, before references are resolved.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    /// Setting stated on the resource itself, with the words of the rule.
    pub(crate) stated: Option<Box<(CareSetting, String)>>,
    /// Organisations, most telling first: those it names directly, then those of its people and places.
    pub(crate) organisations: Alike<Named>,
    /// Setting by class or service type, for encounters and appointments.
    pub(crate) by_class: Option<Box<(CareSetting, String)>>,
    /// System that sent it, as stated.
    pub(crate) source: Option<Arc<str>>,
}

/// The word shown for a setting.
pub(crate) fn label(setting: CareSetting) -> &'static str {
    match setting {
        CareSetting::Gp => "GP practice",
        CareSetting::Acute => "Hospital",
        CareSetting::Community => "Community",
        CareSetting::MentalHealth => "Mental health",
        CareSetting::SocialCare => "Social care",
        CareSetting::Ambulance => "Ambulance",
        CareSetting::Voluntary => "Voluntary",
        CareSetting::Pharmacy => "Pharmacy",
        CareSetting::NotStated => "Setting not stated",
    }
}

fn decided(setting: CareSetting, rule: impl Into<Cow<'static, str>>) -> SettingView {
    SettingView {
        setting,
        label: label(setting).into(),
        rule: rule.into(),
    }
}

/// The setting of something with this origin, which may belong to an encounter.
pub(crate) fn decide(origin: &Origin, encounter: Option<&Named>, directory: &Directory) -> SettingView {
    if let Some((setting, rule)) = origin.stated.as_deref() {
        return decided(*setting, rule.clone());
    }
    let places: Vec<_> = origin
        .organisations
        .iter()
        .filter_map(|named| directory.place(named))
        .collect();
    if let Some((setting, rule)) = places.iter().find_map(|place| place.stated.as_ref()) {
        return decided(*setting, format!("{rule}, on its organisation"));
    }
    if let Some((setting, rule)) = places.iter().find_map(|place| place.by_type.as_ref()) {
        return decided(*setting, rule.clone());
    }
    if let Some((setting, rule)) = origin.by_class.as_deref() {
        return decided(*setting, rule.clone());
    }
    if let Some(encounter) = encounter.and_then(|named| directory.encounter(named)) {
        let view = decide(encounter, None, directory);
        if view.setting != CareSetting::NotStated {
            return SettingView {
                rule: format!("{}, through the contact it belongs to", view.rule).into(),
                ..view
            };
        }
    }
    decided(
        CareSetting::NotStated,
        "no tag, organisation type or encounter class says which",
    )
}

/// Rule 1: a tag whose system is about care settings, or the last part of the feed's address.
pub(crate) fn stated(meta: &Meta) -> Option<(CareSetting, String)> {
    let tag = meta.tag.iter().find_map(|tag| {
        let about = tag.system.as_deref()?.to_ascii_lowercase();
        if !(about.contains("care-setting") || about.contains("caresetting")) {
            return None;
        }
        Some((
            by_name(tag.code.as_deref()?)?,
            "from the care setting tag".to_owned(),
        ))
    });
    tag.or_else(|| {
        let source = meta.source.as_deref()?;
        let address = source.split(['#', '?']).next()?.trim_end_matches('/');
        let feed = address.rsplit(['/', ':']).next()?;
        Some((by_name(feed)?, format!("from the feed it came by ({feed})")))
    })
}

/// A setting by the short name feeds and tags use: `acute`, or `acute-` and which one.
fn by_name(name: &str) -> Option<CareSetting> {
    const NAMES: [(&str, CareSetting); 15] = [
        ("gp", CareSetting::Gp),
        ("general-practice", CareSetting::Gp),
        ("primary-care", CareSetting::Gp),
        ("acute", CareSetting::Acute),
        ("hospital", CareSetting::Acute),
        ("community", CareSetting::Community),
        ("mental-health", CareSetting::MentalHealth),
        ("social-care", CareSetting::SocialCare),
        ("council", CareSetting::SocialCare),
        ("care-home", CareSetting::SocialCare),
        ("ambulance", CareSetting::Ambulance),
        ("urgent-care", CareSetting::Ambulance),
        ("hospice", CareSetting::Voluntary),
        ("voluntary", CareSetting::Voluntary),
        ("pharmacy", CareSetting::Pharmacy),
    ];
    let name = name.to_ascii_lowercase();
    NAMES
        .iter()
        .find(|(known, _)| {
            name.strip_prefix(known)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
        .map(|(_, setting)| *setting)
}

/// Rule 2: the organisation's type. ODS roles by number; any other type by what its words plainly say.
///
/// An "NHS trust" (RO197) may be acute, community, mental health or ambulance: it decides nothing.
pub(crate) fn by_organisation_type(types: &[CodeableConcept]) -> Option<(CareSetting, String)> {
    const ROLES: [(&str, CareSetting); 11] = [
        ("RO76", CareSetting::Gp),
        ("RO177", CareSetting::Gp),
        ("RO182", CareSetting::Pharmacy),
        ("RO141", CareSetting::SocialCare),
        ("RO269", CareSetting::SocialCare),
        ("RO270", CareSetting::SocialCare),
        ("RO104", CareSetting::SocialCare),
        ("RO101", CareSetting::SocialCare),
        ("RO102", CareSetting::SocialCare),
        ("RO7", CareSetting::Voluntary),
        ("RO126", CareSetting::Voluntary),
    ];
    let codes = || types.iter().flat_map(|t| &t.coding);
    let by_role = ROLES.iter().find_map(|(role, setting)| {
        let coding = codes().find(|c| c.code.as_deref() == Some(role))?;
        let words = coding.display.as_deref().unwrap_or(role);
        Some((
            *setting,
            format!("from the organisation\u{2019}s type ({})", words.to_lowercase()),
        ))
    });
    by_role.or_else(|| {
        types.iter().find_map(|concept| {
            let words = concept_words(concept)?;
            Some((
                by_words(&words)?,
                format!("from the organisation\u{2019}s type ({})", words.to_lowercase()),
            ))
        })
    })
}

/// What the words of a *type* say, where they can mean only one setting.
fn by_words(words: &str) -> Option<CareSetting> {
    const WORDS: [(&str, CareSetting); 22] = [
        ("mental health", CareSetting::MentalHealth),
        ("psychiatr", CareSetting::MentalHealth),
        ("ambulance", CareSetting::Ambulance),
        ("gp practice", CareSetting::Gp),
        ("general practice", CareSetting::Gp),
        ("general medical practice", CareSetting::Gp),
        ("primary care", CareSetting::Gp),
        ("hospice", CareSetting::Voluntary),
        ("charity", CareSetting::Voluntary),
        ("voluntary", CareSetting::Voluntary),
        ("befriending", CareSetting::Voluntary),
        ("pharmacy", CareSetting::Pharmacy),
        ("local authority", CareSetting::SocialCare),
        ("social care", CareSetting::SocialCare),
        ("care home", CareSetting::SocialCare),
        ("domiciliary", CareSetting::SocialCare),
        ("district nurs", CareSetting::Community),
        ("community health", CareSetting::Community),
        ("community nurs", CareSetting::Community),
        ("acute", CareSetting::Acute),
        ("hospital", CareSetting::Acute),
        ("emergency department", CareSetting::Acute),
    ];
    let words = words.to_lowercase();
    WORDS
        .iter()
        .find(|(known, _)| words.contains(known))
        .map(|(_, setting)| *setting)
}

/// Rule 3: the class of an encounter (HL7 ActCode), then its service type. Ambulatory (`AMB`) and virtual
/// (`VR`) happen everywhere and decide nothing.
pub(crate) fn by_class(
    class: Option<&Coding>,
    service: &[&CodeableConcept],
) -> Option<(CareSetting, String)> {
    let by_class = class.and_then(|class| {
        let code = class.code.as_deref()?;
        let setting = match code {
            "IMP" | "ACUTE" | "NONAC" | "EMER" | "OBSENC" | "SS" | "PRENC" => CareSetting::Acute,
            "HH" => CareSetting::Community,
            "FLD" => CareSetting::Ambulance,
            _ => return None,
        };
        let words = class.display.as_deref().unwrap_or(code);
        Some((setting, format!("from the class of the contact ({words})")))
    });
    by_class.or_else(|| {
        service.iter().find_map(|concept| {
            let words = concept_words(concept)?;
            Some((by_words(&words)?, format!("from the service type ({words})")))
        })
    })
}
