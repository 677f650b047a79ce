//! Finding a fact by what references call it, without keeping a copy of every name.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::fact::Fact;

/// Digests of ids, in order, each with the first fact of a name that ends so. A digest only leads to the name, which
/// is then compared: two names that share one are still two.
pub(crate) struct Index {
    by_id: Vec<(u32, u32)>,
}

impl Index {
    /// `facts` must be in their stable order, which is that of their names.
    pub(crate) fn of(facts: &[Fact]) -> Self {
        let mut by_id = Vec::with_capacity(facts.len());
        for (at, fact) in facts.iter().enumerate() {
            let namesake = at > 0 && facts[at - 1].resource == fact.resource;
            if !namesake {
                by_id.push((
                    digest(id_of(&fact.resource)),
                    u32::try_from(at).unwrap_or(u32::MAX),
                ));
            }
        }
        by_id.sort_unstable();
        Self { by_id }
    }

    /// The first fact that `key` names, as `Type/id` or `urn:uuid:id`.
    pub(crate) fn find(&self, facts: &[Fact], key: &str) -> Option<usize> {
        let urn = key.strip_prefix("urn:uuid:");
        let digest = digest(urn.unwrap_or_else(|| id_of(key)));
        let from = self.by_id.partition_point(|(other, _)| *other < digest);
        let alike = self.by_id[from..]
            .iter()
            .take_while(|(other, _)| *other == digest);
        let mut facts = alike.filter_map(|(_, at)| {
            let at = *at as usize;
            Some((at, facts.get(at)?.resource.as_str()))
        });
        let named = facts.find(|(_, name)| match urn {
            Some(id) => id_of(name) == id,
            None => *name == key,
        });
        named.map(|(at, _)| at)
    }
}

/// What follows the type in `Type/id`.
fn id_of(name: &str) -> &str {
    name.split_once('/').map_or("", |(_, id)| id)
}

fn digest(id: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish() as u32
}
