//! A server that means harm: every answer is refused or made harmless, in bounded memory, in words, and costs nobody else
//! their record.
//!
//! Each case runs the app in a process of its own, so that its peak of memory can be told; the server stays in this one.

#![cfg(target_os = "linux")]

use curlew_app::view::TimelineFilter;
use curlew_app::wire::CopyState;
use curlew_app::{App, Error};
use curlew_sandbox::Running;
use curlew_sandbox::faults::{Fault, Hostile, Misbehaviour, Route};
use curlew_tests::Outcome;
use curlew_tests::support::{Device, sandbox, screens};
use flate2::{Compress, Compression, FlushCompress};
use serde_json::{Value, json};
use std::process::Command;

/// Where the child finds the server; it does nothing without it.
const SERVER: &str = "CURLEW_HOSTILE_SERVER";

/// What a case may cost above an ordinary load, in MiB. A body is taken up to 128 MiB, read where it lies, and its entries
/// are copied once on their way into the store.
const ABOVE_ORDINARY: u64 = 512;

/// What the app made of it all.
struct Seen {
    /// The hostile patient's line on the proof sheet.
    line: String,
    /// Everything readable about them, their sources and originals included; empty when nothing is held.
    text: String,
    /// The other patients' lines and `Type/id` of what they show.
    others: Value,
    /// Peak of the process's memory, in MiB.
    peak: u64,
}

// --- the app, in a process of its own ---

async fn everything_readable(app: &App, patient: &str) -> Result<Option<(String, usize)>, Error> {
    let shown = match screens(app, patient).await {
        Ok(shown) => shown,
        // Not held, and what the server answers when asked to show it is no record either.
        Err(Error::NotHeld | Error::Api(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = shown.text;
    app.open_patient(patient.to_owned()).await?;
    let lines = app
        .timeline(patient, TimelineFilter::default(), 0, 200)
        .await?
        .lines;
    for line in lines {
        let source = app.source(patient, line.id).await?;
        text.push_str(&serde_json::to_string(&source).unwrap_or_default());
    }
    text.push_str(&serde_json::to_string(&app.gaps(patient).await?).unwrap_or_default());
    app.close_patient()?;
    Ok(Some((text, shown.resources.len())))
}

/// Not a test of its own: what the tests below start for each case.
#[tokio::test(flavor = "multi_thread")]
async fn the_app_of_one_case() -> Outcome {
    let Ok(server) = std::env::var(SERVER) else {
        return Ok(());
    };
    let device = Device::new("nurse")?;
    let (app, sheet) = device.start_and_load(&server, &[]).await?;
    let mut rows = Vec::new();
    for row in sheet.rows {
        let readable = everything_readable(&app, &row.patient).await?;
        let (text, resources) = readable.unwrap_or_default();
        let whole = row.copy == CopyState::Complete;
        rows.push(json!({"patient": row.patient, "line": row.text, "whole": whole, "text": text, "resources": resources}));
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    println!(
        "\nSEEN {}",
        json!({"rows": rows, "peak": peak.ok_or("no peak")? / 1024})
    );
    Ok(())
}

// --- the cases ---

/// The child's report; an error when it did not live to make one.
fn report(running: &Running) -> Outcome<Value> {
    let child = Command::new(std::env::current_exe()?)
        .args(["--exact", "the_app_of_one_case", "--nocapture"])
        .env(SERVER, running.base_url().as_str())
        .output()?;
    let said = String::from_utf8_lossy(&child.stdout);
    let seen = said.lines().find_map(|line| line.strip_prefix("SEEN "));
    match seen {
        Some(seen) if child.status.success() => Ok(serde_json::from_str(seen)?),
        _ => Err(format!(
            "the app did not survive: {}\n{said}\n{}",
            child.status,
            String::from_utf8_lossy(&child.stderr)
        )
        .into()),
    }
}

/// A server with a few people, two of whom can be read whole: the victim and the others.
struct Attack {
    running: Running,
    victim: String,
    /// What the others look like on an ordinary day.
    others: Value,
    /// What an ordinary load costs, in MiB.
    ordinary: u64,
}

fn split(report: &Value, victim: &str) -> (Value, Value) {
    let rows = report["rows"].as_array().cloned().unwrap_or_default();
    let (mine, others): (Vec<Value>, Vec<Value>) = rows.into_iter().partition(|row| row["patient"] == victim);
    let others = others
        .into_iter()
        .map(|row| json!({"patient": row["patient"], "whole": row["whole"], "resources": row["resources"]}))
        .collect();
    (mine.into_iter().next().unwrap_or_default(), Value::Array(others))
}

impl Attack {
    fn prepare() -> Outcome<Self> {
        let running = sandbox(3)?;
        let ordinary = report(&running)?;
        let rows = ordinary["rows"].as_array().ok_or("no rows")?;
        let mut whole = rows.iter().filter(|row| row["whole"] == true);
        let victim = whole
            .next()
            .and_then(|row| row["patient"].as_str())
            .ok_or("nobody is whole")?;
        whole.next().ok_or("nobody else is whole")?;
        let victim = victim.to_owned();
        let (_, others) = split(&ordinary, &victim);
        let ordinary = ordinary["peak"].as_u64().ok_or("no peak")?;
        Ok(Self {
            running,
            victim,
            others,
            ordinary,
        })
    }

    fn strike(&self, answer: Hostile) -> Outcome<Seen> {
        let path = format!("/Patient/{}/", self.victim);
        let faults = self.running.faults();
        faults.clear();
        let before = faults.carried_out();
        faults.add(Fault::on(Route::Everything, Misbehaviour::Instead(answer)).about(path));
        let report = report(&self.running)?;
        if faults.carried_out() == before {
            return Err("the hostile answer was never asked for".into());
        }
        let (mine, others) = split(&report, &self.victim);
        Ok(Seen {
            line: mine["line"].as_str().unwrap_or_default().to_owned(),
            text: mine["text"].as_str().unwrap_or_default().to_owned(),
            others,
            peak: report["peak"].as_u64().unwrap_or(u64::MAX),
        })
    }

    /// The victim's own `Patient`, as the server has it.
    fn patient(&self) -> Outcome<String> {
        Ok(self
            .running
            .store()
            .get("Patient", &self.victim)
            .ok_or("the victim is gone")?)
    }

    /// A page with the victim's `Patient`, these resources, and one good one that must survive them.
    fn page(&self, resources: &[String]) -> Outcome<String> {
        let good = format!(
            r#"{{"resourceType":"Procedure","id":"good","status":"completed","code":{{"text":"Sedgewren dressing"}},"performedDateTime":"2026-11-01","subject":{{"reference":"Patient/{}"}}}}"#,
            self.victim
        );
        let entries: Vec<String> = [self.patient()?]
            .iter()
            .chain(resources)
            .chain([&good])
            .map(|resource| format!("{{\"resource\":{resource}}}"))
            .collect();
        Ok(format!(
            r#"{{"resourceType":"Bundle","type":"searchset","entry":[{}]}}"#,
            entries.join(",")
        ))
    }

    /// A resource of the victim's with this inside.
    fn resource(&self, kind: &str, id: &str, inside: &str) -> String {
        let place = if kind == "AllergyIntolerance" {
            "patient"
        } else {
            "subject"
        };
        format!(
            r#"{{"resourceType":"{kind}","id":"{id}","{place}":{{"reference":"Patient/{}"}},{inside}}}"#,
            self.victim
        )
    }

    /// Everything that must hold whatever was sent.
    fn hold(&self, name: &str, seen: &Seen) {
        println!(
            "{name}: {} MiB (ordinary {}); {}",
            seen.peak, self.ordinary, seen.line
        );
        assert!(
            seen.peak <= self.ordinary + ABOVE_ORDINARY,
            "{name} took {} MiB, an ordinary load {}",
            seen.peak,
            self.ordinary
        );
        assert_eq!(seen.others, self.others, "{name} harmed somebody else");
        assert!(!seen.line.is_empty(), "{name}: nothing is said of it");
    }

    /// The answer is refused as a whole, in these words, and nothing of it is held.
    fn refused(&self, name: &str, answer: Hostile, words: &str) -> Outcome {
        let seen = self.strike(answer)?;
        self.hold(name, &seen);
        assert!(
            seen.line.starts_with("Not loaded: ") && seen.line.contains(words),
            "{name}: {}",
            seen.line
        );
        assert!(
            seen.line.ends_with("Load again."),
            "{name} has no next step: {}",
            seen.line
        );
        assert_eq!(seen.text, "", "{name}: something of it is shown");
        Ok(())
    }

    /// The page is taken, the good resource on it is shown, and the line begins so.
    fn survived(&self, name: &str, resources: &[String], begins: &str) -> Outcome<String> {
        let seen = self.strike(Hostile::bytes(self.page(resources)?))?;
        self.hold(name, &seen);
        assert!(seen.line.starts_with(begins), "{name}: {}", seen.line);
        assert!(
            seen.text.contains("Sedgewren dressing"),
            "{name} hid the rest: {}",
            seen.text
        );
        Ok(seen.text)
    }
}

const MIB: usize = 1024 * 1024;

/// A gzip stream that unpacks to `mib` MiB of blanks in a JSON page: one packed block, repeated, since after a full flush
/// each block stands for itself (RFC 1951).
fn gzip_bomb(mib: u64) -> Outcome<Hostile> {
    let blanks = vec![b' '; MIB];
    let mut packer = Compress::new(Compression::best(), false);
    let mut block = |bytes: &[u8], flush| -> Outcome<Vec<u8>> {
        let mut packed = Vec::with_capacity(64 * 1024);
        packer.compress_vec(bytes, &mut packed, flush)?;
        Ok(packed)
    };
    let mut head = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    head.extend(block(
        br#"{"resourceType":"Bundle","type":"#,
        FlushCompress::Full,
    )?);
    let piece = block(&blanks, FlushCompress::Full)?;
    assert!(piece.len() < 8 * 1024, "it is no bomb: {} bytes", piece.len());
    let tail = block(br#""searchset"}"#, FlushCompress::Finish)?;
    Ok(Hostile::repeated(head, piece, mib, tail).with_header("content-encoding", "gzip"))
}

#[test]
fn what_is_too_much_is_refused_in_words_and_bounded_memory() -> Outcome {
    let attack = Attack::prepare()?;
    let too_large = "the record API's answer is larger than allowed";

    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    // What is nested stands where nothing belongs, and is passed over; but a record without its patient is not whole.
    let page = format!(r#"{{"resourceType":"Bundle","type":"searchset","x":{deep}}}"#);
    let seen = attack.strike(Hostile::bytes(page))?;
    attack.hold("a page nested 100,000 deep", &seen);
    assert!(seen.line.starts_with("Incomplete"), "{}", seen.line);

    let lie = Hostile::bytes(attack.page(&[])?).with_header("content-length", "2147483648");
    // Too large, or cut off before its end: whichever of the two is met first.
    attack.refused("2 GB announced", lie, "the record API")?;

    let short = Hostile::bytes(attack.page(&[])?).with_header("content-length", "100000000");
    attack.refused("100 MB announced, a page sent", short, "cannot be reached")?;

    let entry = r#"{"resource":{"resourceType":"Observation","id":"x"}},"#;
    let entries = Hostile::repeated(
        r#"{"resourceType":"Bundle","type":"searchset","entry":["#,
        entry.repeat(1_000),
        1_000,
        r#"{"resource":{"resourceType":"Observation","id":"x"}}]}"#,
    );
    attack.refused("a million entries", entries, too_large)?;

    attack.refused(
        "10 GiB in a gzip of some megabytes",
        gzip_bomb(10 * 1024)?,
        too_large,
    )?;

    let blanks = vec![b' '; 300 * MIB];
    let zstd =
        Hostile::bytes(zstd::encode_all(blanks.as_slice(), 3)?).with_header("content-encoding", "zstd");
    attack.refused("300 MiB in a zstd of some kilobytes", zstd, too_large)?;

    let endless = Hostile::repeated(
        r#"{"resourceType":"Bundle","type":"#,
        vec![b' '; MIB],
        u64::from(u32::MAX),
        "",
    );
    attack.refused("a body without end", endless, too_large)
}

#[test]
fn what_is_not_a_page_is_refused_in_words() -> Outcome {
    let attack = Attack::prepare()?;
    let mut bytes = attack.page(&[])?.into_bytes();
    let at = bytes.iter().position(|byte| *byte == b'e').ok_or("no letter")?;
    bytes[at] = 0xff;
    attack.refused("bytes that are no UTF-8", Hostile::bytes(bytes), "not UTF-8")?;

    let raw_nul = attack.page(&[attack.resource("Condition", "c", "\"code\":{\"text\":\"a\0b\"}")])?;
    let seen = attack.strike(Hostile::bytes(raw_nul))?;
    attack.hold("a NUL byte in the text", &seen);
    // No JSON, strictly; its entry is read all the same, and hides nothing beside it.
    assert!(seen.text.contains("Sedgewren dressing"), "{}", seen.line);

    for (name, link, words) in [
        (
            "a next link to somebody else",
            "https://records.example.net/next",
            "leads to another address",
        ),
        (
            "a next link that is a script",
            "javascript:alert(1)",
            "leads to another address",
        ),
        (
            "a next link to a file",
            "file:///etc/passwd",
            "leads to another address",
        ),
    ] {
        let page = attack.page(&[])?.replacen(
            r#""type":"searchset""#,
            &format!(r#""type":"searchset","link":[{{"relation":"next","url":"{link}"}}]"#),
            1,
        );
        attack.refused(name, Hostile::bytes(page), words)?;
    }
    let page = attack.page(&[])?.replacen(
        r#""type":"searchset""#,
        &format!(
            r#""type":"searchset","link":[{{"relation":"next","url":"{}/Patient/{}/$everything?page=2"}}]"#,
            attack.running.base_url().as_str().trim_end_matches('/'),
            attack.victim
        ),
        1,
    );
    attack.refused("a next link in a circle", Hostile::bytes(page), "in a circle")
}

#[test]
fn one_hostile_entry_costs_itself_and_is_named() -> Outcome {
    let attack = Attack::prepare()?;
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let entry = attack.resource("Observation", "deep", &format!(r#""extension":{deep}"#));
    let text = attack.survived("an entry nested 100,000 deep", &[entry], "")?;
    assert!(
        text.contains("Observation/deep: nested deeper than"),
        "it is not among the gaps"
    );

    let long = attack.resource(
        "Condition",
        "long",
        &format!(r#""code":{{"text":"{}"}}"#, "a".repeat(65 * MIB)),
    );
    attack.survived("an entry of 65 MiB", &[long], "")?;

    let many = format!("[{}0]", "0,".repeat(3_000_000));
    let entry = attack.resource("Condition", "many", &format!(r#""x":{many}"#));
    attack.survived("an entry of three million values", &[entry], "")?;
    Ok(())
}

#[test]
fn hostile_content_is_shown_as_the_letters_it_is_made_of() -> Outcome {
    let attack = Attack::prepare()?;
    let narrative = r#"<div xmlns=\"http://www.w3.org/1999/xhtml\"><script>fetch('//evil.example/a')</script><p onclick='evil()'>Kittiwake <a href='javascript:evil()'>link</a><img src='https://evil.example/b' onerror='evil()'/><svg onload='evil()'><script>evil()</script></svg><iframe src='data:text/html,evil'></iframe><style>@import url(//evil.example/c)</style></p></div>"#;
    let svg = "PHN2ZyBvbmxvYWQ9ImV2aWwoKSI+PHNjcmlwdD5ldmlsKCk8L3NjcmlwdD48L3N2Zz4=";
    let exe = "TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAA==";
    let html = "PHA+Um91Z2hsZWc8L3A+PHNjcmlwdD5ldmlsKCk8L3NjcmlwdD4=";
    let document = |id: &str, kind: &str, inside: &str| {
        attack.resource(
            "DocumentReference",
            id,
            &format!(r#""status":"current","date":"2026-11-02","description":"Letter {id}","content":[{{"attachment":{{"contentType":"{kind}",{inside}}}}}]"#),
        )
    };
    let resources = [
        attack.resource("Condition", "story", &format!(r#""code":{{"text":"Story"}},"recordedDate":"2026-11-02","text":{{"status":"generated","div":"{narrative}"}}"#)),
        attack.resource("Condition", "title", r#""recordedDate":"2026-11-02","code":{"text":"<img src=x onerror=alert(1)>"}"#),
        document("script-link", "text/html", r#""url":"javascript:alert(1)""#),
        document("data-link", "text/html", r#""url":"data:text/html,<script>alert(1)</script>""#),
        document("file-link", "text/plain", r#""url":"file:///etc/passwd""#),
        document("svg", "image/svg+xml", &format!(r#""data":"{svg}""#)),
        document("exe", "application/x-msdownload", &format!(r#""data":"{exe}""#)),
        document("exe-as-text", "text/plain", &format!(r#""data":"{exe}""#)),
        document("html", "text/html", &format!(r#""data":"{html}""#)),
    ];
    let text = attack.survived("scripts, links and programs", &resources, "Complete")?;
    for shown in ["Kittiwake", "Roughleg", "<img src=x onerror=alert(1)>"] {
        assert!(text.contains(shown), "{shown} is not shown");
    }
    assert!(!text.contains("root:"), "a file of this machine was read");
    assert_eq!(
        attack.running.requests().to(Route::Other),
        0,
        "something was fetched that nobody asked for"
    );
    Ok(())
}

#[test]
fn odd_values_are_shown_or_named_and_never_mixed_up() -> Outcome {
    let attack = Attack::prepare()?;
    let other = attack.others[0]["patient"]
        .as_str()
        .ok_or("nobody else")?
        .to_owned();
    let observation = |id: &str, value: &str| {
        attack.resource("Observation", id, &format!(r#""status":"final","code":{{"text":"Reading {id}"}},"effectiveDateTime":"2026-11-02T08:00:00Z",{value}"#))
    };
    let quantity = |id: &str, number: &str| {
        observation(
            id,
            &format!(r#""valueQuantity":{{"value":{number},"unit":"mg"}}"#),
        )
    };
    let resources = [
        quantity("huge", "1e999999"),
        quantity("tiny", "1e-999999"),
        quantity("long", &"9".repeat(100_000)),
        quantity("nan", "\"NaN\""),
        observation("surrogate", r#""valueString":"a\ud800b""#),
        observation("nul", r#""valueString":"before\u0000after""#),
        observation("turned", r#""valueString":"\u202e05 esod""#),
        observation("twice", r#""valueString":"first","valueString":"second""#),
        format!(r#"{{"resourceType":"AllergyIntolerance","id":"theirs","patient":{{"reference":"Patient/{other}"}},"code":{{"text":"Nutcracker"}}}}"#),
        format!(
            r#"{{"resourceType":"AllergyIntolerance","id":"both","patient":{{"reference":"Patient/{}"}},"patient":{{"reference":"Patient/{other}"}},"code":{{"text":"Treecreeper"}}}}"#,
            attack.victim
        ),
        r#"{"resourceType":"Organization","id":"loop-a","name":"Loop","partOf":{"reference":"Organization/loop-b"}}"#.to_owned(),
        r#"{"resourceType":"Organization","id":"loop-b","name":"Loop","partOf":{"reference":"Organization/loop-a"}}"#.to_owned(),
        attack.resource("Composition", "self", r#""status":"final","type":{"text":"Note"},"date":"2026-11-02","title":"Self","section":[{"title":"Again","entry":[{"reference":"Composition/self"}]}]"#),
        attack.resource("DocumentReference", "chain", r#""status":"current","date":"2026-11-02","relatesTo":[{"code":"replaces","target":{"reference":"DocumentReference/chain"}}],"content":[]"#),
    ];
    let text = attack.survived("odd values", &resources, "")?;
    assert!(
        !text.contains("Nutcracker"),
        "another person's allergy is shown as this person's"
    );
    assert!(
        text.contains("Reading huge") && text.contains("Reading nul"),
        "a reading is gone"
    );
    assert!(
        text.contains("before") && text.contains("after"),
        "a NUL cut a text short"
    );
    Ok(())
}

#[test]
fn hostile_answers_before_the_record_are_said_and_can_be_tried_again() -> Outcome {
    let attack = Attack::prepare()?;
    let faults = attack.running.faults();
    for route in [Route::Group, Route::Metadata, Route::Consent, Route::Discovery] {
        faults.clear();
        faults.add(Fault::on(route, Misbehaviour::Instead(gzip_bomb(2 * 1024)?)));
        // Whether it signs in or not, loads or not: it does not die, and says so.
        match report(&attack.running) {
            Ok(report) => {
                let peak = report["peak"].as_u64().unwrap_or(u64::MAX);
                println!("{route:?}: {peak} MiB");
                assert!(
                    peak <= attack.ordinary + ABOVE_ORDINARY,
                    "{route:?} took {peak} MiB"
                );
            }
            Err(error) => {
                let error = error.to_string();
                assert!(
                    !error.contains("signal") && !error.contains("panicked"),
                    "{route:?}: {error}"
                );
            }
        }
    }
    faults.clear();
    let after = report(&attack.running)?;
    assert_eq!(split(&after, &attack.victim).1, attack.others, "and it heals");
    Ok(())
}
