//! The software bill of materials, in CycloneDX 1.6 JSON: every part, its licence, its hash and what it needs.

use super::parts::Part;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Writes the bill for `parts`, stamped `when` (RFC 3339).
///
/// The same parts and time give the same bytes: there is no serial number, which the format makes optional.
pub(crate) fn bill(parts: &[Part], version: &str, when: &str) -> Value {
    let root = parts.iter().find(|part| part.name == "curlew").map(Part::purl);
    let root = root.unwrap_or_else(|| format!("pkg:cargo/curlew@{version}"));
    let others: Vec<&Part> = parts.iter().filter(|part| part.purl() != root).collect();
    let mut dependencies: Vec<Value> = others
        .iter()
        .map(|part| json!({ "ref": part.purl(), "dependsOn": part.needs }))
        .collect();
    // The app is what it links, the page it shows and the console program beside it.
    let direct: BTreeSet<String> = parts
        .iter()
        .filter(|part| part.purl() == root)
        .flat_map(|part| part.needs.iter().cloned())
        .chain(
            others
                .iter()
                .filter(|part| part.name == "curlew-ctl" || part.purl().starts_with("pkg:npm/"))
                .map(|part| part.purl()),
        )
        .collect();
    dependencies.insert(0, json!({ "ref": root, "dependsOn": direct }));
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": when,
            "tools": { "components": [{ "type": "application", "name": "curlew-xtask", "version": version }] },
            "component": {
                "type": "application", "bom-ref": root, "name": "curlew", "version": version, "purl": root,
                "licenses": [{ "expression": "Apache-2.0" }],
            },
        },
        "components": others.iter().map(|part| component(part)).collect::<Vec<_>>(),
        "dependencies": dependencies,
    })
}

fn component(part: &Part) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": part.purl(),
        "name": part.name,
        "version": part.version,
        "purl": part.purl(),
        "scope": "required",
    });
    component["licenses"] = if part.licence.starts_with("see ") {
        json!([{ "license": { "name": part.licence } }])
    } else {
        json!([{ "expression": part.licence }])
    };
    if let Some((name, hash)) = &part.hash {
        component["hashes"] = json!([{ "alg": name, "content": hash }]);
    }
    component
}

/// What is wrong with a bill, if anything: the parts of the format's schema that a reader relies on.
pub(crate) fn problems(bill: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let nothing = Vec::new();
    let list = |name: &str| bill[name].as_array().unwrap_or(&nothing).clone();
    if bill["bomFormat"] != "CycloneDX" || bill["specVersion"] != "1.6" || bill["version"] != 1 {
        problems.push("it does not say that it is CycloneDX 1.6, version 1".to_owned());
    }
    let time = bill["metadata"]["timestamp"].as_str().unwrap_or_default();
    if time.len() < 20 || time.as_bytes().get(10) != Some(&b'T') {
        problems.push(format!("{time:?} is no time stamp"));
    }
    let mut refs = BTreeSet::new();
    let root = &bill["metadata"]["component"];
    for component in std::iter::once(root).chain(&list("components")) {
        let name = component["name"].as_str().unwrap_or("a component");
        for key in ["type", "name", "version", "bom-ref", "purl"] {
            if component[key].as_str().is_none_or(str::is_empty) {
                problems.push(format!("{name} has no {key}"));
            }
        }
        let reference = component["bom-ref"].as_str().unwrap_or_default().to_owned();
        if !reference.starts_with("pkg:cargo/") && !reference.starts_with("pkg:npm/") {
            problems.push(format!("{reference:?} is no package URL of ours"));
        }
        if !refs.insert(reference.clone()) {
            problems.push(format!("{reference} is there twice"));
        }
        let licensed = component["licenses"].as_array().is_some_and(|licences| {
            !licences.is_empty()
                && licences.iter().all(|licence| {
                    licence["expression"].is_string() || licence["license"]["name"].is_string()
                })
        });
        if !licensed {
            problems.push(format!("{name} has no licence"));
        }
        for hash in component["hashes"].as_array().unwrap_or(&nothing) {
            let length = match hash["alg"].as_str() {
                Some("SHA-256") => 64,
                Some("SHA-512") => 128,
                _ => 0,
            };
            let content = hash["content"].as_str().unwrap_or_default();
            if content.len() != length || !content.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                problems.push(format!("{name} has a hash that is none"));
            }
        }
    }
    for dependency in list("dependencies") {
        let of = dependency["ref"].as_str().unwrap_or_default();
        let needs = dependency["dependsOn"].as_array().unwrap_or(&nothing).clone();
        let named = std::iter::once(of).chain(needs.iter().filter_map(Value::as_str));
        for name in named.filter(|name| !refs.contains(*name)) {
            problems.push(format!("{of} needs {name}, which is not in the bill"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::super::parts;
    use super::*;

    const WHEN: &str = "2026-11-23T00:00:00Z";

    #[test]
    fn the_bill_of_this_project_has_the_shape_of_the_format() {
        let parts = parts::all().expect("the lock files can be read");
        let bill = bill(&parts, "0.1.0", WHEN);
        assert_eq!(problems(&bill), Vec::<String>::new());
        let names: BTreeSet<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        for wanted in [
            "tauri",
            "rusqlite",
            "libsqlite3-sys",
            "svelte",
            "uplot",
            "curlew-vault",
        ] {
            assert!(names.contains(wanted), "{wanted} is shipped and must be named");
        }
        for tool in ["vite", "proptest", "curlew-sandbox", "tauri-build", "cc"] {
            assert!(!names.contains(tool), "{tool} is not shipped");
        }
        let unhashed: Vec<&str> = parts
            .iter()
            .filter(|part| part.hash.is_none() && !part.ours)
            .map(|part| part.name.as_str())
            .collect();
        assert_eq!(unhashed, Vec::<&str>::new());
    }

    #[test]
    fn a_bill_that_is_wrong_is_found_out() {
        let parts = parts::all().expect("the lock files can be read");
        let good = bill(&parts, "0.1.0", WHEN);
        let breaks: [fn(&mut Value); 5] = [
            |bill| bill["specVersion"] = json!("1.4"),
            |bill| bill["components"][0]["bom-ref"] = bill["components"][1]["bom-ref"].clone(),
            |bill| bill["components"][0]["licenses"] = json!([]),
            |bill| bill["dependencies"][0]["dependsOn"] = json!(["pkg:cargo/nobody@1.0.0"]),
            |bill| bill["metadata"]["timestamp"] = json!("today"),
        ];
        for wrong in breaks {
            let mut bill = good.clone();
            wrong(&mut bill);
            assert!(!problems(&bill).is_empty());
        }
    }
}
