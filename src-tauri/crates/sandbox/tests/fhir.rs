//! The FHIR server, as a client meets it.

mod support;

use std::collections::BTreeSet;
use std::io::Read as _;

use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::{Value, json};
use support::*;

#[tokio::test]
async fn nothing_but_capabilities_is_told_without_a_token() {
    let running = empty();
    small_record(&running, 1);
    let base = running.base_url();
    for open in ["metadata", ".well-known/smart-configuration"] {
        assert_eq!(
            client()
                .get(format!("{base}/{open}"))
                .send()
                .await
                .unwrap()
                .status(),
            StatusCode::OK,
            "{open}"
        );
    }
    for path in [
        "Patient/p",
        "Patient/p/$everything",
        "Observation",
        "_history",
        "Patient/p/_history/1",
        "Group",
        "AuditEvent",
    ] {
        for token in [None, Some("wrong")] {
            let request = client().get(format!("{base}/{path}"));
            let request = token
                .into_iter()
                .fold(request, |request, token| request.bearer_auth(token));
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
            assert!(
                answer.headers()["www-authenticate"]
                    .to_str()
                    .unwrap()
                    .starts_with("Bearer")
            );
            assert_eq!(outcome_codes(&answer.json().await.unwrap()), ["login"]);
        }
    }
}

#[tokio::test]
async fn every_error_is_an_outcome() {
    let running = empty();
    small_record(&running, 1);
    running.store().delete("Observation", "o0000");
    let nurse = Reader::of(&running, "nurse").await;
    for (path, status, code) in [
        ("Patient/nobody", StatusCode::NOT_FOUND, "not-found"),
        ("Patient/nobody/$everything", StatusCode::NOT_FOUND, "not-found"),
        ("Observation/o0000", StatusCode::GONE, "deleted"),
        ("Patient/stranger", StatusCode::FORBIDDEN, "forbidden"),
        ("Patient/stranger/$everything", StatusCode::FORBIDDEN, "forbidden"),
        ("Observation?patient=stranger", StatusCode::FORBIDDEN, "forbidden"),
        ("Observation/of-stranger", StatusCode::FORBIDDEN, "forbidden"),
        (
            "Observation?_lastUpdated=soon",
            StatusCode::BAD_REQUEST,
            "invalid",
        ),
        (
            "Patient/p/$everything?_since=soon",
            StatusCode::BAD_REQUEST,
            "invalid",
        ),
        (
            "Patient/p/$everything?_page=x",
            StatusCode::BAD_REQUEST,
            "invalid",
        ),
        ("not/a/path/of/ours", StatusCode::NOT_FOUND, "not-found"),
        ("lowercase", StatusCode::NOT_FOUND, "not-found"),
    ] {
        let (got, body) = nurse.get(path).await;
        assert_eq!((got, outcome_codes(&body)), (status, vec![code]), "{path}");
    }
    let posted = nurse
        .http
        .post(format!("{}/Observation", nurse.base))
        .bearer_auth(&nurse.token)
        .send()
        .await
        .unwrap();
    assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(outcome_codes(&posted.json().await.unwrap()), ["not-supported"]);
}

#[tokio::test]
async fn everything_tiles_whatever_the_page_size() {
    let running = empty();
    small_record(&running, 23);
    let nurse = Reader::of(&running, "nurse").await;
    // 1 Patient, 23 Observations, 1 Practitioner they name.
    for count in [1, 5, 24, 25, 26, 1000] {
        let pages = nurse
            .pages(&format!("Patient/p/$everything?_count={count}"))
            .await;
        assert_eq!(pages.len(), 25usize.div_ceil(count), "{count}");
        assert!(pages.iter().all(|page| page["total"] == 25));
        let keys: Vec<String> = pages.iter().flat_map(keys).collect();
        let distinct: BTreeSet<&String> = keys.iter().collect();
        assert_eq!((keys.len(), distinct.len()), (25, 25), "{count}");
        assert_eq!(keys[0], "Patient/p");
        assert!(distinct.contains(&"Practitioner/d".to_owned()));
    }
    let only = nurse
        .keys("Patient/p/$everything?_type=Observation,Practitioner&_count=7")
        .await;
    assert_eq!(only.len(), 24);
}

#[tokio::test]
async fn pages_survive_changes_between_them() {
    let running = empty();
    small_record(&running, 10);
    let nurse = Reader::of(&running, "nurse").await;
    let first = nurse.ok("Patient/p/$everything?_count=4").await;
    running.store().delete("Observation", "o0001");
    running.store().put(&observation("o0000a", "p")).unwrap();
    let mut seen = keys(&first);
    let mut link = next(&first).map(str::to_owned);
    while let Some(url) = link {
        let page = nurse.ok(&url).await;
        seen.extend(keys(&page));
        link = next(&page).map(str::to_owned);
    }
    let distinct: BTreeSet<&String> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len());
    for index in 0..10 {
        assert!(seen.contains(&format!("Observation/o{index:04}")), "{index}");
    }
}

#[tokio::test]
async fn since_brings_what_changed_at_or_after_it_and_nothing_else() {
    let running = empty();
    small_record(&running, 5);
    let nurse = Reader::of(&running, "nurse").await;
    running.shift_clock(TimeDelta::seconds(10));
    let quiet = nurse.ok("Patient/p/$everything").await;
    let since = quiet["meta"]["lastUpdated"].as_str().unwrap().to_owned();
    running.shift_clock(TimeDelta::seconds(10));
    assert_eq!(
        nurse.ok(&format!("Patient/p/$everything?_since={since}")).await["total"],
        0
    );
    running.store().put(&observation("o0002", "p")).unwrap();
    assert_eq!(
        nurse.keys(&format!("Patient/p/$everything?_since={since}")).await,
        ["Observation/o0002"]
    );
    let stamped = running.store().get_json("Observation", "o0002").unwrap();
    assert_eq!(stamped["meta"]["versionId"], "2");
    let at = stamped["meta"]["lastUpdated"].as_str().unwrap();
    assert_eq!(
        nurse
            .keys(&format!("Patient/p/$everything?_since={at}"))
            .await
            .len(),
        1
    );
    assert_eq!(
        nurse
            .keys(&format!("Observation?patient=p&_lastUpdated=ge{at}"))
            .await
            .len(),
        1
    );
    assert_eq!(
        nurse
            .keys(&format!("Observation?patient=p&_lastUpdated=gt{at}"))
            .await
            .len(),
        0
    );
    assert_eq!(
        nurse
            .keys(&format!("Observation?patient=p&_lastUpdated=lt{at}"))
            .await
            .len(),
        4
    );
}

#[tokio::test]
async fn history_tells_deletions_newest_first() {
    let running = empty();
    small_record(&running, 2);
    let nurse = Reader::of(&running, "nurse").await;
    let since = chrono::DateTime::to_rfc3339_opts(&running.now(), chrono::SecondsFormat::Millis, true);
    running.shift_clock(TimeDelta::seconds(1));
    running.store().put(&observation("o0001", "p")).unwrap();
    running.shift_clock(TimeDelta::seconds(1));
    running.store().delete("Observation", "o0000");
    running.store().delete("Observation", "of-stranger");
    let told = |bundle: &Value| -> Vec<String> {
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        entries
            .iter()
            .map(|e| {
                format!(
                    "{} {}",
                    e["request"]["method"].as_str().unwrap(),
                    e["request"]["url"].as_str().unwrap()
                )
            })
            .collect()
    };
    for path in ["_history", "Observation/_history"] {
        let bundle = nurse.ok(&format!("{path}?_since={since}")).await;
        assert_eq!(bundle["type"], "history");
        assert_eq!(
            told(&bundle),
            ["DELETE Observation/o0000", "PUT Observation/o0001"],
            "{path}"
        );
        assert!(bundle["entry"][0].get("resource").is_none());
    }
    let one = nurse.ok("Observation/o0001/_history").await;
    assert_eq!(told(&one).len(), 2);
    let pages = nurse.pages("_history?_count=2").await;
    let all: Vec<String> = pages.iter().flat_map(&told).collect();
    assert_eq!(all.len(), pages[0]["total"].as_u64().unwrap() as usize);
    assert!(all.len() > 4);
    assert_eq!(
        nurse.ok("Observation/o0001/_history/1").await["meta"]["versionId"],
        "1"
    );
    assert_eq!(
        nurse.get("Observation/o0000/_history/2").await.0,
        StatusCode::GONE
    );
}

#[tokio::test]
async fn an_unchanged_resource_is_not_sent_again() {
    let running = empty();
    small_record(&running, 1);
    let nurse = Reader::of(&running, "nurse").await;
    let first = nurse.request("Patient/p").send().await.unwrap();
    let etag = first.headers()["etag"].clone();
    assert_eq!(etag, "W/\"1\"");
    let modified = first.headers()["last-modified"].clone();
    let again = nurse
        .request("Patient/p")
        .header("if-none-match", etag.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(again.headers()["etag"], "W/\"1\"");
    assert!(again.bytes().await.unwrap().is_empty());
    let by_date = nurse
        .request("Patient/p")
        .header("if-modified-since", modified)
        .send()
        .await
        .unwrap();
    assert_eq!(by_date.status(), StatusCode::NOT_MODIFIED);
    let patient = running.store().get_json("Patient", "p").unwrap();
    running.store().put(&patient).unwrap();
    let changed = nurse
        .request("Patient/p")
        .header("if-none-match", etag)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (changed.status(), changed.headers()["etag"].to_str().unwrap()),
        (StatusCode::OK, "W/\"2\"")
    );
}

#[tokio::test]
async fn gzip_is_the_same_bundle_in_fewer_bytes() {
    let running = empty();
    small_record(&running, 20);
    let nurse = Reader::of(&running, "nurse").await;
    let plain = nurse.request("Observation?patient=p").send().await.unwrap();
    assert!(plain.headers().get("content-encoding").is_none());
    let plain = plain.bytes().await.unwrap();
    let zipped = nurse
        .request("Observation?patient=p")
        .header("accept-encoding", "gzip")
        .send()
        .await
        .unwrap();
    assert_eq!(zipped.headers()["content-encoding"], "gzip");
    let zipped = zipped.bytes().await.unwrap();
    assert!(zipped.len() * 3 < plain.len());
    let mut text = String::new();
    flate2::read::GzDecoder::new(&zipped[..])
        .read_to_string(&mut text)
        .unwrap();
    let unzipped: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        unzipped["entry"],
        serde_json::from_slice::<Value>(&plain).unwrap()["entry"]
    );
}

#[tokio::test]
async fn an_audit_event_is_kept_once_however_often_it_is_sent() {
    let running = empty();
    small_record(&running, 0);
    let nurse = Reader::of(&running, "nurse").await;
    let event = json!({"resourceType": "AuditEvent", "id": "one", "type": {"code": "rest"}, "recorded": "2026-01-01T00:00:00Z",
        "agent": [{"requestor": true}], "source": {"observer": {"display": "Curlew"}},
        "entity": [{"what": {"identifier": {"system": "urn:x", "value": "7"}}}, {"what": {"reference": "Patient/p"}}]});
    let send = |event: Value, condition: Option<&str>| {
        let request = nurse
            .http
            .post(format!("{}/AuditEvent", nurse.base))
            .bearer_auth(&nurse.token)
            .json(&event);
        condition
            .into_iter()
            .fold(request, |request, text| request.header("if-none-exist", text))
            .send()
    };
    let first = send(event.clone(), None).await.unwrap();
    assert_eq!(first.status(), StatusCode::CREATED);
    let place = first.headers()["location"].clone();
    assert!(
        place
            .to_str()
            .unwrap()
            .starts_with(&format!("{}/AuditEvent/", nurse.base))
    );
    let second = send(event.clone(), None).await.unwrap();
    assert_eq!(
        (second.status(), &second.headers()["location"]),
        (StatusCode::OK, &place)
    );
    let mut other = event.clone();
    other["recorded"] = "2026-01-02T00:00:00Z".into();
    let third = send(other.clone(), Some("identifier=urn:x|7")).await.unwrap();
    assert_eq!(
        (third.status(), &third.headers()["location"]),
        (StatusCode::OK, &place)
    );
    assert_eq!(send(other, None).await.unwrap().status(), StatusCode::CREATED);
    assert_eq!(nurse.keys("AuditEvent?patient=p").await.len(), 2);
    assert_eq!(
        Reader::of(&running, "doctor")
            .await
            .keys("AuditEvent")
            .await
            .len(),
        0
    );
    // Not part of the care record.
    assert_eq!(nurse.keys("Patient/p/$everything").await, ["Patient/p"]);
    for (body, status) in [
        (json!({"resourceType": "Patient"}), StatusCode::BAD_REQUEST),
        (
            json!({"resourceType": "AuditEvent"}),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    ] {
        assert_eq!(send(body, None).await.unwrap().status(), status);
    }
    let put = |event: Value| {
        nurse
            .http
            .put(format!("{}/AuditEvent/mine", nurse.base))
            .bearer_auth(&nurse.token)
            .json(&event)
            .send()
    };
    let mut own = event.clone();
    own["id"] = "mine".into();
    assert_eq!(put(own.clone()).await.unwrap().status(), StatusCode::CREATED);
    assert_eq!(put(own.clone()).await.unwrap().status(), StatusCode::OK);
    own["recorded"] = "2026-01-03T00:00:00Z".into();
    assert_eq!(put(own).await.unwrap().status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn searches_sort_page_filter_and_own_up_to_what_they_ignore() {
    let running = empty();
    small_record(&running, 9);
    let nurse = Reader::of(&running, "nurse").await;
    running.shift_clock(TimeDelta::seconds(5));
    running.store().put(&observation("o0003", "p")).unwrap();
    let newest = nurse
        .keys("Observation?patient=p&_sort=-_lastUpdated&_count=2")
        .await;
    assert_eq!((newest.len(), newest[0].as_str()), (9, "Observation/o0003"));
    let oldest = nurse
        .keys("Observation?subject=Patient/p&_sort=_lastUpdated&_count=4")
        .await;
    assert_eq!((oldest.len(), oldest[8].as_str()), (9, "Observation/o0003"));
    assert_eq!(
        nurse
            .keys("Observation?patient=p&code=http://snomed.info/sct|364075005")
            .await
            .len(),
        9
    );
    assert_eq!(nurse.keys("Observation?patient=p&status=amended").await.len(), 0);
    let counted = nurse.ok("Observation?patient=p&_count=0").await;
    assert_eq!((counted["total"].as_u64(), counted.get("entry")), (Some(9), None));
    let lenient = nurse.ok("Observation?patient=p&colour=red").await;
    assert_eq!(
        outcome_codes(&lenient["entry"].as_array().unwrap().last().unwrap()["resource"]),
        ["not-supported"]
    );
    let strict = nurse
        .request("Observation?patient=p&colour=red")
        .header("prefer", "handling=strict")
        .send()
        .await
        .unwrap();
    assert_eq!(strict.status(), StatusCode::BAD_REQUEST);
    let posted = nurse
        .http
        .post(format!("{}/Observation/_search", nurse.base))
        .bearer_auth(&nurse.token);
    let posted: Value = posted
        .form(&[("patient", "p")])
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(posted["total"], 9);
}

#[tokio::test]
async fn a_record_of_fifty_thousand_is_paged_whole() {
    let running = empty();
    small_record(&running, 0);
    let mut small = observation("o", "p");
    small["note"] = json!([]);
    for index in 0..50_000 {
        small["id"] = format!("o{index:05}").into();
        running.store().put(&small).unwrap();
    }
    let nurse = Reader::of(&running, "nurse").await;
    let keys = nurse.keys("Patient/p/$everything?_count=1000").await;
    let distinct: BTreeSet<&String> = keys.iter().collect();
    assert_eq!((keys.len(), distinct.len()), (50_002, 50_002));
}
