//! What holds for every input: nothing panics, the grammar is JSON's, and damage stays where it is.

use curlew_fhir::bundle::read_bundle;
use curlew_fhir::{RESOURCE_TYPES, Reading, Resource, read_header, read_resource};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Keys that mean something somewhere, so that arbitrary JSON gets past the front door.
const KEYS: [&str; 24] = [
    "resourceType",
    "id",
    "meta",
    "contained",
    "extension",
    "modifierExtension",
    "url",
    "valueQuantity",
    "value",
    "code",
    "coding",
    "system",
    "status",
    "subject",
    "reference",
    "period",
    "start",
    "_birthDate",
    "birthDate",
    "name",
    "item",
    "answer",
    "provision",
    "entry",
];

fn any_json() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "Patient",
        "Observation",
        "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
        "1998-03",
        "",
        "5.0",
        "true",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        words.prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(KEYS.to_vec()), inner), 0..6).prop_map(|members| {
                members
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect()
            }),
        ]
    })
}

fn read_everything(text: &str) -> Result<Reading<Resource>, curlew_fhir::ReadError> {
    let _ = read_header(text);
    let _ = read_bundle(text);
    read_resource(text)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text: String, bytes: Vec<u8>) {
        let _ = read_everything(&text);
        let _ = read_everything(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_text_made_of_json_crumbs_makes_it_panic(text in r#"([{}\[\]:,"\\]|\\u[0-9d]{1,4}|null|tru|-?[0-9]+(\.[0-9]+)?e?|"resourceType"| ){0,40}"#) {
        let _ = read_everything(&text);
    }

    #[test]
    fn no_json_makes_it_panic_whatever_type_it_says_it_is(
        mut members in any_json().prop_filter("an object", Value::is_object),
        name in prop::sample::select(RESOURCE_TYPES.to_vec()),
    ) {
        members["resourceType"] = Value::from(name);
        let reading = read_everything(&members.to_string()).expect("it is JSON and has a type");
        prop_assert_eq!(reading.value.resource_type(), name);
        let lost = reading.issues.iter().filter(|issue| issue.lost).count();
        prop_assert_eq!(lost > 0, reading.value.base().lost > 0);
        prop_assert!(reading.issues.iter().all(|issue| issue.path.starts_with(name)));
    }

    #[test]
    fn the_grammar_is_that_of_json(text in r#"[ \n]?(-?[0-9]{1,3}(\.[0-9]{0,2})?([eE][+-]?[0-9]{0,2})?|"([a-z]|\\[a-z"/\\]|\\u[0-9a-f]{3,4}){0,4}"|\[[0-9 ,]{0,6}\]|\{("a":[0-9],?){0,2}\}|nul+|true|fals?e)[ \n]?"#) {
        let wrapped = format!(r#"{{"resourceType": "Patient", "x": {text}}}"#);
        let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&wrapped).is_ok();
        prop_assert_eq!(read_resource(&wrapped).is_ok(), theirs, "{}", wrapped);
    }

    #[test]
    fn strings_mean_what_they_mean_elsewhere(text: String) {
        let json = json!({"resourceType": "Patient", "id": text}).to_string();
        let id = read_resource(&json).expect("a resource").value.id().map(str::to_owned);
        prop_assert_eq!(id, Some(text).filter(|text| !text.is_empty()));
    }
}

/// Resources that use much of what there is. Every person in them is made up.
fn samples() -> [Value; 3] {
    let concept =
        json!({"coding": [{"system": "http://snomed.info/sct", "code": "1", "display": "A"}], "text": "a"});
    [
        json!({
            "resourceType": "Patient", "id": "p1", "active": true, "gender": "female", "birthDate": "1945-07-14",
            "meta": {"versionId": "2", "security": [{"system": "s", "code": "R"}, {"system": "s", "code": "N"}]},
            "name": [{"family": "Testpatient", "given": ["Ada", "May"], "period": {"start": "1970", "end": "1999"}},
                     {"text": "Ada T", "use": "nickname"}],
            "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9000000009"}],
            "deceasedBoolean": false, "multipleBirthInteger": 2,
            "contact": [{"relationship": [concept, concept], "name": {"text": "B", "use": "usual"}}],
            "extension": [{"url": "u", "extension": [{"url": "v", "valueCode": "w"}, {"url": "x", "valuePeriod": {"start": "2001", "end": "2002"}}]}],
        }),
        json!({
            "resourceType": "Observation", "id": "o1", "status": "final", "code": concept, "issued": "2026-03-14T09:30:00Z",
            "subject": {"reference": "Patient/p1", "display": "Ada T"},
            "effectivePeriod": {"start": "2026-03-14", "end": "2026-03-15"},
            "valueQuantity": {"value": 5.0, "unit": "mmol/L", "code": "mmol/L", "comparator": "<"},
            "referenceRange": [{"low": {"value": 1, "unit": "u"}, "high": {"value": 9, "unit": "u"}, "text": "1 to 9"}],
            "component": [{"code": concept, "valueString": "x"}, {"code": concept, "valueBoolean": true}],
            "note": [{"text": "n", "authorString": "me"}, {"text": "m", "time": "2026"}],
        }),
        json!({
            "resourceType": "MedicationRequest", "id": "m1", "status": "active", "intent": "order",
            "medicationCodeableConcept": concept, "doNotPerform": false, "authoredOn": "2026-03",
            "dosageInstruction": [{"text": "One a day", "asNeededBoolean": true,
                "timing": {"repeat": {"frequency": 1, "period": 1.0, "periodUnit": "d", "when": ["MORN", "NIGHT"]}, "code": concept},
                "doseAndRate": [{"type": concept, "doseQuantity": {"value": 2.50, "unit": "mg"}}]}],
            "dispenseRequest": {"numberOfRepeatsAllowed": 3, "quantity": {"value": 28, "unit": "tablet"}},
        }),
    ]
}

/// Reads it, forgetting how much was lost: that is what differs.
fn reading(json: &Value) -> Reading<Resource> {
    let mut reading = read_resource(&json.to_string()).expect("a resource");
    match &mut reading.value {
        Resource::Patient(it) => (it.base.lost, it.base.meta_damaged) = (0, false),
        Resource::Observation(it) => (it.base.lost, it.base.meta_damaged) = (0, false),
        Resource::MedicationRequest(it) => (it.base.lost, it.base.meta_damaged) = (0, false),
        other => panic!("{}", other.resource_type()),
    }
    reading
}

/// The JSON pointers of everything inside, with the path an issue would give.
fn places(value: &Value, pointer: &str, path: &str, found: &mut Vec<(String, String)>) {
    let children: Vec<(String, String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, it)| (format!("{pointer}/{key}"), format!("{path}.{key}"), it))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(place, it)| (format!("{pointer}/{place}"), format!("{path}[{place}]"), it))
            .collect(),
        _ => return,
    };
    for (pointer, path, child) in children {
        places(child, &pointer, &path, found);
        found.push((pointer, path));
    }
}

/// Takes the value out; `false` if nothing would be left beside it.
fn remove(json: &mut Value, pointer: &str) -> bool {
    let (parent, last) = pointer.rsplit_once('/').expect("below the root");
    match json.pointer_mut(parent).expect("a parent") {
        Value::Object(members) => members.remove(last).is_some() && !members.is_empty(),
        Value::Array(items) => {
            items.remove(last.parse().expect("a place"));
            !items.is_empty()
        }
        _ => false,
    }
}

#[test]
fn damage_to_any_one_element_reads_as_if_only_that_element_were_gone() {
    let mut checked = 0;
    for sample in samples() {
        assert!(reading(&sample).issues.is_empty(), "the samples are sound");
        let name = sample["resourceType"].as_str().expect("a name");
        let mut all = Vec::new();
        places(&sample, "", name, &mut all);
        for (pointer, path) in all {
            if pointer == "/resourceType" {
                continue;
            }
            let mut without = sample.clone();
            if !remove(&mut without, &pointer) {
                continue;
            }
            for wrong in [
                json!(-7.5),
                json!("¿?"),
                json!(""),
                json!([[3], 4]),
                json!({"¿": "?"}),
                json!(true),
            ] {
                let mut damaged = sample.clone();
                *damaged.pointer_mut(&pointer).expect("it is there") = wrong;
                let damaged = reading(&damaged);
                // Some of these are right somewhere: any text is a text.
                let lost_whole =
                    matches!(damaged.issues.as_slice(), [issue] if issue.lost && issue.path == path);
                if lost_whole {
                    checked += 1;
                    assert!(damaged.value == reading(&without).value, "{path}");
                } else {
                    let inside = damaged.issues.iter().all(|issue| issue.path.starts_with(&path));
                    assert!(inside, "{path}: {:?}", damaged.issues);
                }
            }
        }
    }
    assert!(checked > 400, "only {checked} damages were lost whole");
}

/// Fuzzing in small: sound resources with bytes changed, cut, doubled and swapped, always the same way.
#[test]
fn no_mutation_of_a_sound_resource_makes_it_panic() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below.max(1) as u64).unwrap_or(0)
    };
    const CRUMBS: [&[u8]; 12] = [
        b"{", b"}", b"[", b"]", b"\"", b"\\", b"null", b"1e999", b"\\ud800", b",", b":", b"-",
    ];
    let [patient, observation, request] = samples();
    let entry = |resource: &Value| json!({"fullUrl": "urn:uuid:1", "resource": resource});
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": [entry(&patient), entry(&observation)]});
    let seeds = [patient, observation, request, bundle].map(|seed| seed.to_string().into_bytes());
    let mut read = 0;
    for round in 0..12_000 {
        let mut bytes = seeds[round % seeds.len()].clone();
        for _ in 0..=random(4) {
            let at = random(bytes.len());
            let end = at + random((bytes.len() - at).min(40));
            match random(5) {
                0 => bytes[at] = u8::try_from(random(256)).unwrap_or(0),
                1 => drop(bytes.drain(at..end)),
                2 => {
                    let copy = bytes[at..end].to_vec();
                    bytes.splice(at..at, copy);
                }
                3 => bytes.truncate(at.max(1)),
                _ => drop(bytes.splice(at..end, CRUMBS[random(CRUMBS.len())].iter().copied())),
            }
            if bytes.is_empty() {
                bytes.push(b'{');
            }
        }
        read += usize::from(read_everything(&String::from_utf8_lossy(&bytes)).is_ok());
    }
    assert!(
        read > 500,
        "only {read} mutations were still resources: the mutations are too coarse"
    );
}
