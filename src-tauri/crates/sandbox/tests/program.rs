//! `curlew-sandbox` as somebody at a terminal meets it.

mod support;

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use serde_json::json;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_curlew-sandbox"));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The one line that says where the record is.
fn first_line(child: &mut Child) -> (String, BufReader<std::process::ChildStdout>) {
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    output.read_line(&mut line).expect("a line");
    (line, output)
}

#[cfg(unix)]
#[tokio::test]
async fn it_says_where_it_is_answers_and_stops_on_ctrl_c_without_a_word_about_anybody() {
    let dir = tempfile::tempdir().unwrap();
    let patient = json!({"resourceType": "Patient", "id": "canary-id", "name": [{"family": "Canaryname"}],
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}]});
    std::fs::write(dir.path().join("a.json"), patient.to_string()).unwrap();
    std::fs::write(
        dir.path().join("b.json"),
        patient.to_string().replace(']', "Canaryname"),
    )
    .unwrap();
    let mut child = program()
        .args(["--port", "0", "--serve"])
        .arg(dir.path())
        .spawn()
        .unwrap();
    let (line, mut rest) = first_line(&mut child);
    let base = line.strip_prefix("record API at ").unwrap().trim().to_owned();
    assert!(base.starts_with("http://127.0.0.1:") && base.ends_with("/fhir"));
    for path in ["metadata", "Patient/canary-id", "Patient?family=Canaryname"] {
        support::client()
            .get(format!("{base}/{path}"))
            .send()
            .await
            .unwrap();
    }
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupted.success());
    assert!(child.wait().unwrap().success());
    let (mut out, mut err) = (String::new(), String::new());
    rest.read_to_string(&mut out).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(out, "");
    assert!(err.contains("b.json, whole file: not JSON"), "{err}");
    for canary in ["canary-id", "Canaryname", "9990000018"] {
        assert!(!err.contains(canary), "{err}");
    }
}

#[test]
fn what_it_cannot_do_it_says_and_fails() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (arguments, words) in [
        (
            vec!["--port", port.as_str(), "--patients", "1"],
            "cannot be opened",
        ),
        (vec!["--port", "0", "--serve", "no-such-folder"], "cannot be read"),
        (vec!["--fault", "everything"], "ROUTE=WHAT"),
        (vec!["--serve", "x", "--patients", "3"], "cannot be used with"),
    ] {
        let output = program().args(&arguments).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}
