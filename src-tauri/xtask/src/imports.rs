//! Who may import whom: the design's table, checked against what the manifests really say.
//!
//! Three things are asked of `cargo metadata`:
//! * no room imports a room the table does not give it (its tests may also use any room further down, and the sandbox);
//! * the pure rooms reach no crate that does input or output, however far down;
//! * nothing of the sandbox is in what is shipped, and only `src-tauri` reaches Tauri.

use crate::failure::Failure;
use crate::programs;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Each room, and every room it may import. A package that is not here is not allowed to exist.
const TABLE: &[(&str, &[&str])] = &[
    ("curlew-redact", &[]),
    ("curlew-fhir", &["redact"]),
    ("curlew-record", &["fhir", "redact"]),
    ("curlew-consent", &["fhir", "redact"]),
    ("curlew-audit", &["fhir", "redact"]),
    ("curlew-sign-in", &["redact"]),
    ("curlew-api", &["sign-in", "fhir", "redact"]),
    ("curlew-vault", &["record", "consent", "audit", "fhir", "redact"]),
    (
        "curlew-sync",
        &["api", "vault", "audit", "consent", "record", "fhir", "redact"],
    ),
    (
        "curlew-app",
        &[
            "sync", "api", "sign-in", "vault", "audit", "consent", "record", "fhir", "redact",
        ],
    ),
    ("curlew", &["app"]),
    (
        "curlew-ctl",
        &[
            "app", "sync", "api", "sign-in", "vault", "audit", "consent", "record", "fhir", "redact",
        ],
    ),
    ("curlew-sandbox", &["fhir"]),
    ("curlew-xtask", &["sandbox"]),
    (
        "curlew-tests",
        &[
            "app", "sync", "api", "sign-in", "vault", "audit", "consent", "record", "fhir", "redact",
            "sandbox",
        ],
    ),
];

/// Meaning lives here, tested as functions: values in, values out.
const PURE: &[&str] = &[
    "curlew-redact",
    "curlew-fhir",
    "curlew-record",
    "curlew-consent",
    "curlew-audit",
];

/// What leaves the machine.
const NETWORK: &[&str] = &[
    "axum",
    "curl",
    "h2",
    "hyper",
    "hyper-util",
    "isahc",
    "openidconnect",
    "reqwest",
    "rustls",
    "socket2",
    "tonic",
    "tungstenite",
    "ureq",
    "webbrowser",
];

/// What keeps something: files, databases, keychains.
const STORAGE: &[&str] = &[
    "fs4",
    "keyring",
    "keyring-core",
    "libsqlite3-sys",
    "memmap2",
    "notify",
    "redb",
    "rusqlite",
    "secret-service",
    "sled",
    "sqlx",
    "tempfile",
    "walkdir",
    "zbus",
];

/// What runs or shows: executors, processes, windows, clocks' and environments' helpers.
const RUNNING: &[&str] = &[
    "async-io",
    "async-std",
    "directories",
    "dirs",
    "gtk",
    "mio",
    "smol",
    "tao",
    "tauri",
    "tokio",
    "wry",
];

/// Everything a shipped program must not contain.
const NEVER_SHIPPED: &[&str] = &["curlew-sandbox", "curlew-tests", "curlew-xtask", "thirtyfour"];

/// Programs that are shipped.
const SHIPPED: &[&str] = &["curlew", "curlew-ctl"];

/// One package as `cargo metadata` resolved it.
#[derive(Debug, Default)]
struct Package {
    name: String,
    member: bool,
    /// Package ids, by how they are depended on.
    normal: BTreeSet<String>,
    development: BTreeSet<String>,
}

/// Checks the workspace; the answer is a line that says what was checked.
///
/// # Errors
/// When cargo cannot say, or with every breach, one a line.
pub(crate) fn run() -> Result<String, Failure> {
    let packages = read(&metadata(false)?)?;
    let breaches = breaches(&packages);
    if breaches.is_empty() {
        let members = packages.values().filter(|package| package.member).count();
        Ok(format!(
            "{members} packages import only what the design's table gives them; {} are pure.",
            PURE.len()
        ))
    } else {
        Err(Failure::new(format!(
            "The import table of the design is broken:\n  {}",
            breaches.join("\n  ")
        )))
    }
}

/// What cargo knows of the workspace: all of it, or the workspace's own packages only.
pub(crate) fn metadata(only_ours: bool) -> Result<Value, Failure> {
    let mut cargo = programs::cargo();
    cargo.args(["metadata", "--format-version", "1"]);
    if only_ours {
        cargo.arg("--no-deps");
    }
    serde_json::from_str(&programs::output(&mut cargo)?).map_err(|error| {
        Failure::while_doing(
            "`cargo metadata` answered with something that cannot be read",
            error,
        )
    })
}

fn read(metadata: &Value) -> Result<BTreeMap<String, Package>, Failure> {
    let unreadable = || Failure::new("`cargo metadata` has an unknown form. Check that cargo is up to date.");
    let array = |value: &Value| value.as_array().cloned().ok_or_else(unreadable);
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(unreadable);

    let mut packages = BTreeMap::new();
    for package in array(&metadata["packages"])? {
        let name = text(&package["name"])?;
        packages.insert(
            text(&package["id"])?,
            Package {
                name,
                ..Package::default()
            },
        );
    }
    for member in array(&metadata["workspace_members"])? {
        packages.get_mut(&text(&member)?).ok_or_else(unreadable)?.member = true;
    }
    for node in array(&metadata["resolve"]["nodes"])? {
        let package = packages.get_mut(&text(&node["id"])?).ok_or_else(unreadable)?;
        for dependency in array(&node["deps"])? {
            let id = text(&dependency["pkg"])?;
            for kind in array(&dependency["dep_kinds"])? {
                // A build dependency runs on the builder's machine, but a room may not reach round the table that way.
                match kind["kind"].as_str() {
                    Some("dev") => package.development.insert(id.clone()),
                    Some("build") if !id.contains("curlew") => false,
                    _ => package.normal.insert(id.clone()),
                };
            }
        }
    }
    Ok(packages)
}

fn breaches(packages: &BTreeMap<String, Package>) -> Vec<String> {
    let mut found = Vec::new();
    let members: BTreeMap<&str, &Package> = packages
        .values()
        .filter(|package| package.member)
        .map(|package| (package.name.as_str(), package))
        .collect();
    let member_named = |id: &String| {
        packages
            .get(id)
            .filter(|package| package.member)
            .map(|package| package.name.as_str())
    };

    for (name, package) in &members {
        let Some((_, allowed)) = TABLE.iter().find(|(room, _)| room == name) else {
            found.push(format!("{name} is not in the table: give it a row in src-tauri/xtask/src/imports.rs and in the design"));
            continue;
        };
        let may = |other: &str| {
            allowed
                .iter()
                .any(|short| other.strip_prefix("curlew-") == Some(short))
        };
        for other in package
            .normal
            .iter()
            .filter_map(member_named)
            .filter(|other| !may(other))
        {
            found.push(format!("{name} may not import {other}"));
        }
        for other in package.development.iter().filter_map(member_named) {
            if other != *name && !lies_below(name, other) && other != "curlew-sandbox" {
                found.push(format!("the tests of {name} may not import {other}"));
            }
        }
    }
    for (name, _) in TABLE {
        if !members.contains_key(name) {
            found.push(format!("{name} is in the table but not in the workspace"));
        }
    }

    let mut forbid = |rooms: &[&str], banned: &[&str], why: &str| {
        for name in rooms {
            let Some(room) = members.get(name) else { continue };
            let reached = reached_from(room, packages);
            for (crate_name, through) in reached
                .iter()
                .filter(|(crate_name, _)| banned.contains(crate_name))
            {
                found.push(format!("{name} reaches {crate_name} (through {through}): {why}"));
            }
        }
    };
    for banned in [NETWORK, STORAGE, RUNNING] {
        forbid(PURE, banned, "it is a pure room, without input or output");
    }
    forbid(
        &["curlew-vault"],
        &["reqwest", "hyper", "axum", "openidconnect"],
        "the vault knows nothing of the network",
    );
    forbid(
        &["curlew-api", "curlew-sign-in"],
        &["rusqlite", "libsqlite3-sys", "keyring"],
        "it knows nothing of storage",
    );
    let without_window: Vec<&str> = TABLE
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| *name != "curlew")
        .collect();
    forbid(
        &without_window,
        &["tauri", "wry", "tao"],
        "only src-tauri knows Tauri",
    );
    forbid(SHIPPED, NEVER_SHIPPED, "it is never part of what is shipped");
    found
}

/// Whether the table leads from one room down to another, in any number of steps.
fn lies_below(room: &str, other: &str) -> bool {
    let allowed = TABLE
        .iter()
        .find(|(name, _)| *name == room)
        .map_or(&[][..], |(_, allowed)| *allowed);
    allowed
        .iter()
        .map(|short| format!("curlew-{short}"))
        .any(|next| next == other || lies_below(&next, other))
}

/// Every crate in a package's normal tree, with the direct dependency that leads to it.
fn reached_from<'a>(
    start: &'a Package,
    packages: &'a BTreeMap<String, Package>,
) -> BTreeMap<&'a str, &'a str> {
    let mut reached = BTreeMap::new();
    let mut waiting: Vec<(&Package, Option<&str>)> = vec![(start, None)];
    while let Some((package, through)) = waiting.pop() {
        for dependency in package.normal.iter().filter_map(|id| packages.get(id)) {
            let through = through.unwrap_or(&dependency.name);
            if !reached.contains_key(dependency.name.as_str()) {
                reached.insert(dependency.name.as_str(), through);
                waiting.push((dependency, Some(through)));
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The workspace as the table wants it, with extra edges `(from, to, kind)`.
    fn workspace(extra: &[(&str, &str, Option<&str>)]) -> Value {
        let mut names: BTreeSet<&str> = TABLE.iter().map(|(name, _)| *name).collect();
        let members: Vec<&str> = names.iter().copied().collect();
        for (from, to, _) in extra {
            names.extend([*from, *to]);
        }
        let nodes: Vec<Value> = names
            .iter()
            .map(|name| {
                let allowed = TABLE
                    .iter()
                    .find(|(room, _)| room == name)
                    .map_or(&[][..], |(_, allowed)| allowed);
                let mut deps: Vec<Value> = allowed
                    .iter()
                    .map(|short| json!({"pkg": format!("curlew-{short}"), "dep_kinds": [{"kind": null}]}))
                    .collect();
                for (_, to, kind) in extra.iter().filter(|(from, _, _)| from == name) {
                    deps.push(json!({"pkg": to, "dep_kinds": [{"kind": kind}]}));
                }
                json!({"id": name, "deps": deps})
            })
            .collect();
        json!({
            "packages": names.iter().map(|name| json!({"id": name, "name": name})).collect::<Vec<_>>(),
            "workspace_members": members,
            "resolve": {"nodes": nodes},
        })
    }

    fn breaches_with(extra: &[(&str, &str, Option<&str>)]) -> Vec<String> {
        breaches(&read(&workspace(extra)).expect("the synthetic metadata has cargo's form"))
    }

    #[test]
    fn the_table_itself_is_allowed() {
        assert_eq!(breaches_with(&[]), Vec::<String>::new());
    }

    #[test]
    fn the_table_has_no_circles() {
        let packages = read(&workspace(&[])).expect("the synthetic metadata has cargo's form");
        for package in packages.values() {
            assert!(
                !reached_from(package, &packages).contains_key(package.name.as_str()),
                "{} reaches itself",
                package.name
            );
        }
    }

    #[test]
    fn a_lower_room_may_not_import_a_higher_one() {
        assert_eq!(
            breaches_with(&[("curlew-record", "curlew-vault", None)])[0],
            "curlew-record may not import curlew-vault"
        );
        assert_eq!(
            breaches_with(&[("curlew-fhir", "curlew-app", Some("dev"))]),
            ["the tests of curlew-fhir may not import curlew-app"]
        );
        assert!(!breaches_with(&[("curlew-fhir", "curlew-record", Some("build"))]).is_empty());
    }

    #[test]
    fn tests_of_a_room_may_use_the_sandbox_but_the_room_may_not() {
        assert!(breaches_with(&[("curlew-api", "curlew-sandbox", Some("dev"))]).is_empty());
        assert!(
            breaches_with(&[("curlew-sync", "curlew-sign-in", Some("dev"))]).is_empty(),
            "it lies below api"
        );
        assert!(!breaches_with(&[("curlew-sync", "curlew-sign-in", None)]).is_empty());
        assert!(
            breaches_with(&[("curlew-api", "curlew-sandbox", None)]).len() >= 2,
            "the room, and what is shipped"
        );
    }

    #[test]
    fn a_pure_room_may_not_reach_input_or_output_however_far_down() {
        for banned in [NETWORK, STORAGE, RUNNING].concat() {
            assert!(
                !breaches_with(&[("curlew-consent", banned, None)]).is_empty(),
                "{banned} is let through"
            );
        }
        let deep = breaches_with(&[("curlew-record", "innocent", None), ("innocent", "tokio", None)]);
        assert_eq!(
            deep,
            ["curlew-record reaches tokio (through innocent): it is a pure room, without input or output"]
        );
    }

    #[test]
    fn a_pure_rooms_own_tests_may_use_anything_that_is_not_a_room() {
        assert!(breaches_with(&[("curlew-audit", "tempfile", Some("dev"))]).is_empty());
    }

    #[test]
    fn what_is_shipped_holds_no_sandbox_and_only_the_window_knows_tauri() {
        let shipped = breaches_with(&[("curlew", "innocent", None), ("innocent", "curlew-sandbox", None)]);
        assert_eq!(
            shipped,
            ["curlew reaches curlew-sandbox (through innocent): it is never part of what is shipped"]
        );
        assert!(breaches_with(&[("curlew", "tauri", None)]).is_empty());
        assert_eq!(
            breaches_with(&[("curlew-sync", "wry", None)]).len(),
            4,
            "sync, and the three above it"
        );
    }

    #[test]
    fn a_package_without_a_row_is_refused() {
        let mut metadata = workspace(&[("curlew-helpers", "curlew-fhir", None)]);
        metadata["workspace_members"]
            .as_array_mut()
            .expect("a list")
            .push(json!("curlew-helpers"));
        let found = breaches(&read(&metadata).expect("the synthetic metadata has cargo's form"));
        assert!(
            found[0].starts_with("curlew-helpers is not in the table"),
            "{found:?}"
        );
    }
}
