//! The built `curlewctl doctor` on devices that are well and on devices that are not: each trouble must be named, by the check it
//! belongs to and no other, with what to do next.

mod device;

use curlew_sandbox::{Options, Sandbox, Source};
use device::{Device, PASSPHRASE, change, hold, run};
use serde_json::Value;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::sync::Arc;

fn arguments(device: &Device, record_api: &str) -> Vec<String> {
    vec![
        "doctor".to_owned(),
        "--json".to_owned(),
        "--record-api".to_owned(),
        record_api.to_owned(),
        "--data-dir".to_owned(),
        device.data().display().to_string(),
    ]
}

fn look(device: &Device, record_api: &str) -> Found {
    Found::of(device.curlewctl().args(arguments(device, record_api)), "")
}

fn look_with_passphrase(device: &Device, record_api: &str) -> Found {
    let mut command = device.curlewctl();
    command
        .args(arguments(device, record_api))
        .arg("--passphrase-stdin");
    Found::of(&mut command, &format!("{PASSPHRASE}\n"))
}

/// What doctor found.
struct Found {
    code: Option<i32>,
    report: Value,
    text: String,
}

impl Found {
    fn of(command: &mut Command, input: &str) -> Self {
        let ended = run(command, input);
        let (status, stdout, stderr) = (ended.status, ended.stdout, ended.stderr);
        let text = String::from_utf8(stdout).expect("text");
        let report: Value = serde_json::from_str(&text)
            .unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&stderr)));
        // Whatever a test is about: what is not well says what to do, and nothing else does.
        for check in report["checks"].as_array().expect("checks") {
            let is_well = check["verdict"] == "ok" || check["verdict"] == "not-checked";
            assert_eq!(check["next"].is_string(), !is_well, "{check}");
        }
        Self {
            code: status.code(),
            report,
            text,
        }
    }

    fn check(&self, name: &str) -> &Value {
        let checks = self.report["checks"].as_array().expect("checks");
        let found = checks.iter().find(|check| check["name"] == name);
        found.unwrap_or_else(|| panic!("{name} is not there: {}", self.text))
    }

    /// This check says so.
    fn says(&self, name: &str, verdict: &str, words: &str) -> &Self {
        let check = self.check(name);
        let all = check.to_string();
        assert_eq!(check["verdict"], verdict, "{all}");
        assert!(all.contains(words), "{words:?} is not in {all}");
        self
    }

    /// Nothing but these failed.
    fn only_failed(&self, names: &[&str]) {
        let checks = self.report["checks"].as_array().expect("checks");
        let failed: Vec<&str> = checks
            .iter()
            .filter(|check| check["verdict"] == "failed")
            .filter_map(|check| check["name"].as_str())
            .collect();
        assert_eq!(failed, names, "{}", self.text);
        assert_eq!(self.code == Some(2), !names.is_empty(), "{:?}", self.code);
        assert!(!self.text.contains(PASSPHRASE));
    }
}

/// A server on this machine that gives everybody one answer.
fn server(date: &str, body: &'static str) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = format!("http://{}/fhir", listener.local_addr().expect("an address"));
    let date = date.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            drop(answer(stream, &date, body));
        }
    });
    address
}

fn answer(mut stream: impl std::io::Read + std::io::Write, date: &str, body: &str) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 {
            return Ok(());
        }
        request.push(byte[0]);
    }
    let body = if request.starts_with(b"HEAD") { "" } else { body };
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Type: application/fhir+json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    stream.flush()
}

const R4: &str = r#"{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","software":{"name":"Stand-in","version":"1"},"rest":[{"mode":"server","operation":[{"name":"everything"}]}]}"#;

fn now(offset: chrono::TimeDelta) -> String {
    (chrono::Utc::now() + offset)
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

fn sandbox() -> curlew_sandbox::Running {
    let source = Source::Population {
        seed: 1,
        patients: 1,
        today: chrono::Utc::now().date_naive(),
    };
    Sandbox::start(Options {
        source,
        ..Options::default()
    })
    .expect("a sandbox")
}

#[test]
fn a_healthy_device_is_well() {
    let running = sandbox();
    let device = Device::new();
    let found = look(&device, running.base_url().as_str());
    found
        .says("policy", "ok", "command line")
        .says("data-folder", "ok", "can be written")
        .says("keychain", "ok", "gives it back")
        .says("record-api", "ok", "answers")
        .says("tls", "not-checked", "on this machine")
        .says("clock", "ok", "agree")
        .says("capabilities", "ok", "$everything")
        .says("sign-in", "ok", "publishes its keys")
        .says("cache", "ok", "no store")
        .says("access-log", "not-checked", "no store");
    // A machine without a web view is not well, and that is not this test's to say.
    let others: Vec<&str> = match found.check("web-view")["verdict"].as_str() {
        Some("failed") => vec!["web-view"],
        _ => Vec::new(),
    };
    found.only_failed(&others);
    assert!(
        std::fs::read_dir(device.data())
            .expect("the folder")
            .next()
            .is_none(),
        "the probe is gone"
    );
    // In lines too, for people.
    let mut command = device.curlewctl();
    command.args(
        arguments(&device, running.base_url().as_str())
            .iter()
            .filter(|argument| *argument != "--json"),
    );
    let told = command.output().expect("it runs");
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.contains("Sign-in") && told.contains("well, "), "{told}");
}

/// Without the checks that depend on what is installed here.
fn troubles(found: &Found) -> Vec<String> {
    let checks = found.report["checks"].as_array().expect("checks");
    checks
        .iter()
        .filter(|check| {
            check["verdict"] == "failed" && check["name"] != "web-view" && check["name"] != "display"
        })
        .filter_map(|check| check["name"].as_str().map(str::to_owned))
        .collect()
}

#[test]
fn no_network_is_named() {
    let found = look(&Device::new(), "https://record.invalid/fhir");
    found
        .says("dns", "failed", "record.invalid cannot be found")
        .says("record-api", "failed", "cannot be reached")
        .says("clock", "not-checked", "does not answer")
        .says("sign-in", "not-checked", "does not answer");
    assert_eq!(troubles(&found), ["dns", "record-api"]);
    assert_eq!(found.code, Some(2));
    // A name that is found, and nobody there.
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = format!("http://{}/fhir", free.local_addr().expect("an address"));
    drop(free);
    let found = look(&Device::new(), &address);
    found
        .says("dns", "ok", "number")
        .says("record-api", "failed", "cannot be reached");
    assert_eq!(troubles(&found), ["record-api"]);
}

#[test]
fn a_proxy_that_inspects_tls_is_named_and_extra_cas_mends_it() {
    let authority_key = rcgen::KeyPair::generate().expect("a key");
    let mut authority = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority
        .distinguished_name
        .push(rcgen::DnType::CommonName, "Saltmarsh TLS Inspection");
    let authority_certificate = authority.self_signed(&authority_key).expect("signed");
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().expect("a key");
    let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()])
        .expect("parameters")
        .signed_by(&key, &issuer)
        .expect("signed");
    let address = tls_server(&certificate, &key);

    let device = Device::new();
    let found = look(&device, &address);
    found
        .says("record-api", "failed", "certificate")
        .says("tls", "failed", "Saltmarsh TLS Inspection")
        .says("tls", "failed", "extra_cas");
    assert_eq!(troubles(&found), ["record-api", "tls"]);

    let pem = device.path("ca.pem");
    std::fs::write(&pem, authority_certificate.pem()).expect("written");
    std::fs::write(
        device.path("machine.toml"),
        format!("extra_cas = ['{}']\n", pem.display()),
    )
    .expect("written");
    let found = look(&device, &address);
    found.says("record-api", "ok", "answers").says(
        "tls",
        "ok",
        "Saltmarsh TLS Inspection, which is trusted through extra_cas",
    );
}

fn tls_server(certificate: &rcgen::Certificate, key: &rcgen::KeyPair) -> String {
    use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
    use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};
    let provider = tokio_rustls::rustls::crypto::aws_lc_rs::default_provider();
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .expect("a configuration");
    let config = Arc::new(config);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            drop(answer(
                StreamOwned::new(connection, stream),
                &now(chrono::TimeDelta::zero()),
                R4,
            ));
        }
    });
    format!("https://localhost:{port}/fhir")
}

#[test]
fn a_wrong_clock_is_named() {
    // What counts is the difference: three hours between this clock and the server's.
    let found = look(&Device::new(), &server(&now(chrono::TimeDelta::hours(-3)), R4));
    found.says("clock", "failed", "3 h ahead");
    let found = look(&Device::new(), &server(&now(chrono::TimeDelta::days(400)), R4));
    found
        .says("clock", "failed", "days behind")
        .says("record-api", "ok", "answers");
}

#[test]
fn a_server_that_cannot_serve_is_named() {
    for (body, words) in [
        (
            r#"{"resourceType":"CapabilityStatement","fhirVersion":"3.0.2","rest":[]}"#,
            "FHIR 3.0.2",
        ),
        (r#"{"resourceType":"Bundle"}"#, "Bundle"),
        (
            "<html><body>Please sign in to the guest network</body></html>",
            "no FHIR server",
        ),
    ] {
        let found = look(&Device::new(), &server(&now(chrono::TimeDelta::zero()), body));
        found
            .says("record-api", "ok", "answers")
            .says("capabilities", "failed", words)
            .says("sign-in", "not-checked", "cannot be used");
        assert_eq!(troubles(&found), ["capabilities"]);
    }
}

#[test]
fn a_locked_keychain_and_none_are_told_apart() {
    let running = sandbox();
    let device = Device::new();
    std::fs::write(device.path("keychain.json"), "locked").expect("written");
    let found = look(&device, running.base_url().as_str());
    found.says("keychain", "failed", "locked");
    assert_eq!(troubles(&found), ["keychain"]);
    std::fs::remove_file(device.path("keychain.json")).expect("removed");
    let found = look(&device, running.base_url().as_str());
    found.says("keychain", "failed", "no keychain service");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named() {
    // A real one, of 256 kB, full, that only this program sees.
    let mount = "mount -t tmpfs -o size=256k,mode=700 none \"$0\"";
    let may = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", mount, "/mnt"])
        .output();
    if !may.is_ok_and(|made| made.status.success()) {
        eprintln!("skipped: this machine lets nobody mount a disk of their own (unshare)");
        return;
    }
    let running = sandbox();
    let device = Device::new();
    std::fs::create_dir(device.data()).expect("a folder");
    let mut command = device.prepared("unshare");
    command
        .args(["--user", "--map-root-user", "--mount", "sh", "-c"])
        .arg(format!(
            "{mount} && head -c 250000 /dev/zero > \"$0/filler\" && exec \"$@\""
        ))
        .arg(device.data())
        .arg(env!("CARGO_BIN_EXE_curlewctl"))
        .args(arguments(&device, running.base_url().as_str()));
    let found = Found::of(&mut command, "");
    found
        .says("data-folder", "failed", "The disk is full")
        .says("disk-space", "failed", "The disk is full")
        .says("record-api", "ok", "answers");
    assert_eq!(troubles(&found), ["data-folder", "disk-space"]);
}

/// A device with a store that holds the copies of two patients.
fn used() -> Device {
    let device = Device::new();
    let vault = device.create_store();
    hold(&vault, "p1");
    hold(&vault, "p2");
    vault.lock();
    device
}

#[test]
fn a_damaged_cache_is_named_and_a_whole_one_is_well() {
    let address = server(&now(chrono::TimeDelta::zero()), R4);
    let whole = used();
    look(&whole, &address).says("cache", "ok", "1 store");
    look_with_passphrase(&whole, &address)
        .says("cache", "ok", "Every page of 2 copies authenticates")
        .says("access-log", "ok", "in place");

    // Seen from outside.
    let device = whole.copied();
    change(&device.store_folder().join("index.db"), |bytes| {
        bytes.truncate(bytes.len() - 100)
    });
    look(&device, &address).says("cache", "failed", "index.db ends in the middle of a page");
    let device = whole.copied();
    change(&device.store_folder().join("keyslots.json"), |bytes| {
        let at = bytes.len() / 2;
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    });
    look(&device, &address).says("cache", "failed", "keyslots.json");

    // Seen only with the passphrase, and no attempt is spent on it.
    let device = whole.copied();
    change(&device.store_folder().join("index.db"), |bytes| {
        let at = bytes.len() - 2000;
        bytes[at] ^= 1;
    });
    look(&device, &address).says("cache", "ok", "1 store");
    look_with_passphrase(&device, &address).says("cache", "failed", "damaged");
}

/// What is done to a file.
type Damage = fn(&mut Vec<u8>);

#[test]
fn damage_in_one_patients_file_is_named_and_is_that_patients_alone() {
    let address = server(&now(chrono::TimeDelta::zero()), R4);
    let whole = used();
    assert_eq!(whole.copies().len(), 2);
    let damages: [(&str, Damage); 4] = [
        ("in the first page", |bytes| bytes[2_000] ^= 1),
        ("in the last page", |bytes| {
            let at = bytes.len() - 2_000;
            bytes[at] ^= 1;
        }),
        ("a page is lost", |bytes| bytes.truncate(bytes.len() - 4_096)),
        ("another file in its place", |bytes| bytes.fill(7)),
    ];
    for (what, damage) in damages {
        let device = whole.copied();
        let file = device.copies().remove(0);
        change(&file, damage);
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        // Without the passphrase nobody can see it, and nothing is claimed.
        look(&device, &address).says("cache", "ok", "With the passphrase every page can be checked");
        let found = look_with_passphrase(&device, &address);
        println!("{what}: {}", found.check("cache"));
        found
            .says("cache", "failed", "1 of 2 copies are not as written")
            .says("cache", "failed", &name)
            .says("cache", "failed", "Load again")
            .says("access-log", "ok", "in place");
        assert_eq!(found.code, Some(2), "{what}");
        // Looked at, not touched: what is damaged may still be evidence.
        assert!(file.exists(), "{what}");
        for words in ["Synthetic", "9990000034", "Problem 1", "p1", "p2"] {
            let check = found.check("cache").to_string();
            assert!(!check.contains(words), "{what}: {check}");
        }
    }

    let device = whole.copied();
    let file = device.copies().remove(0);
    std::fs::remove_file(&file).expect("removed");
    look_with_passphrase(&device, &address).says("cache", "failed", "1 of 2 copies are not as written");
    let device = whole.copied();
    change(&device.copies().remove(0), Vec::clear);
    look(&device, &address).says("cache", "failed", "is empty");
}

#[test]
fn a_policy_that_cannot_be_used_stops_the_doctor_with_its_line() {
    let device = Device::new();
    std::fs::write(device.path("machine.toml"), "kept_days = 7\nfresh_hour = 3\n").expect("written");
    let mut command = device.curlewctl();
    let told = command
        .args(arguments(&device, "https://record.invalid/fhir"))
        .output()
        .expect("it runs");
    let words = String::from_utf8_lossy(&told.stderr).into_owned();
    assert_eq!(told.status.code(), Some(78));
    assert!(
        words.contains("Line 2") && words.contains("Did you mean fresh_hours?"),
        "{words}"
    );
}

#[test]
fn the_support_bundle_lists_its_contents_and_holds_them() {
    let device = Device::new();
    let file = device.path("bundle.zip");
    std::fs::create_dir_all(device.data().join("logs")).expect("a folder");
    std::fs::write(
        device.data().join("logs/curlew.log"),
        "old line about https://record.example/fhir/Patient/9990018677\n",
    )
    .expect("written");
    let mut command = device.curlewctl();
    command
        .args([
            "support-bundle",
            "--record-api",
            &server(&now(chrono::TimeDelta::zero()), R4),
            "--data-dir",
        ])
        .arg(device.data())
        .arg(&file);
    let told = command.output().expect("it runs");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let listed = String::from_utf8_lossy(&told.stdout).into_owned();
    let bytes = std::fs::read(&file).expect("the bundle");
    let inside = String::from_utf8_lossy(&bytes).into_owned();
    for name in [
        "README.txt",
        "versions.txt",
        "doctor.txt",
        "doctor.json",
        "policy.txt",
        "logs/curlew.log",
    ] {
        assert!(listed.contains(name), "{listed}");
        assert!(inside.contains(name), "{name} is not in the file");
    }
    // Stored, not packed: what is in it can be searched as it is.
    assert!(inside.contains("old line about") && !inside.contains("9990018677"));
}
