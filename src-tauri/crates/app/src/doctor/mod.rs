//! Is this device well? A list of checks in the order a person would mend what is wrong, for `curlewctl doctor` and the
//! support bundle.
//!
//! Each [`Check`] says what was found and, when it is not well, what to do next. Nothing here prints a secret or anything
//! about a patient: of the stores only sizes and file names are looked at, and of answers from the network only what
//! servers say about themselves.

mod machine;
mod network;
mod stores;

use crate::{Host, Settings};
use curlew_redact::SecretString;
use serde::Serialize;
use std::time::{Duration, Instant};

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Well.
    Ok,
    /// Not looked at, and why not is said: something before it failed, or it does not apply here.
    NotChecked,
    /// It works, and somebody should look at it.
    Attention,
    /// It does not work.
    Failed,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Stable name, for scripts.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// How it came out.
    pub verdict: Verdict,
    /// What was found: a sentence.
    pub found: String,
    /// More of it, a line each.
    pub details: Vec<String>,
    /// What to do next: a sentence; none when it is well.
    pub next: Option<String>,
}

impl Check {
    fn ok(found: impl Into<String>) -> Outcome {
        Outcome {
            verdict: Verdict::Ok,
            found: found.into(),
            details: Vec::new(),
            next: None,
        }
    }

    fn attention(found: impl Into<String>, next: impl Into<String>) -> Outcome {
        Outcome {
            verdict: Verdict::Attention,
            next: Some(next.into()),
            ..Self::ok(found)
        }
    }

    fn failed(found: impl Into<String>, next: impl Into<String>) -> Outcome {
        Outcome {
            verdict: Verdict::Failed,
            next: Some(next.into()),
            ..Self::ok(found)
        }
    }

    fn not_checked(why: impl Into<String>) -> Outcome {
        Outcome {
            verdict: Verdict::NotChecked,
            ..Self::ok(why)
        }
    }
}

/// A check's outcome, before it has its name.
#[derive(Debug)]
struct Outcome {
    verdict: Verdict,
    found: String,
    details: Vec<String>,
    next: Option<String>,
}

impl Outcome {
    fn with(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }
}

/// Every check of one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Version of this program.
    pub version: &'static str,
    /// Operating system and processor.
    pub system: String,
    /// When, by this device's clock (RFC 3339).
    pub at: String,
    /// The worst of the checks: `ok`, `attention` or `failed`.
    pub verdict: Verdict,
    /// The checks, in order.
    pub checks: Vec<Check>,
}

/// What a look at a device is given besides its settings.
#[derive(Debug, Default)]
pub struct Extras {
    /// The web view's version, from whoever has one running.
    pub web_view: Option<String>,
    /// A store's passphrase, with which copies and access log can be checked to the last page. A wrong one spends an attempt.
    pub passphrase: Option<SecretString>,
    /// The store, when there are several.
    pub store: Option<String>,
    /// Why the settings cannot be used, when they cannot: then nothing that depends on them is checked.
    pub broken_policy: Option<String>,
}

/// Most time for all checks together, unless told otherwise.
pub const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Most time for one check of the network.
const ONE_ANSWER: Duration = Duration::from_secs(15);

struct Looking<'t> {
    checks: Vec<Check>,
    told: &'t mut (dyn FnMut(&Check) + Send),
    until: Instant,
}

impl Looking<'_> {
    fn note(&mut self, name: &'static str, label: &'static str, outcome: Outcome) -> Verdict {
        let Outcome {
            verdict,
            found,
            details,
            next,
        } = outcome;
        let check = Check {
            name,
            label,
            verdict,
            found,
            details,
            next,
        };
        (self.told)(&check);
        self.checks.push(check);
        verdict
    }

    /// What an answer may still take; none when the time is over.
    fn left(&self) -> Option<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left.min(ONE_ANSWER))
    }
}

/// Looks at this device. `told` hears of each check as it is made; after `limit`, what is left is not checked.
pub async fn examine(
    settings: &Settings,
    host: &Host,
    extras: &Extras,
    limit: Duration,
    told: &mut (dyn FnMut(&Check) + Send),
) -> Report {
    let mut looking = Looking {
        checks: Vec::new(),
        told,
        until: Instant::now() + limit,
    };
    machine::look(settings, host, extras, &mut looking);
    network::look(settings, host, &mut looking).await;
    stores::look(settings, host, extras, &mut looking);
    let worst = looking.checks.iter().map(|check| check.verdict).max();
    Report {
        version: env!("CARGO_PKG_VERSION"),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        at: (host.clock)().to_rfc3339(),
        verdict: match worst {
            Some(Verdict::NotChecked) | None => Verdict::Ok,
            Some(worst) => worst,
        },
        checks: looking.checks,
    }
}

impl std::fmt::Display for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verdict = match self.verdict {
            Verdict::Ok => "ok",
            Verdict::NotChecked => "not checked",
            Verdict::Attention => "ATTENTION",
            Verdict::Failed => "FAILED",
        };
        write!(f, "{verdict:<12}{:<15}{}", self.label, self.found)?;
        for line in self.details.iter().chain(&self.next) {
            write!(f, "\n{:27}{line}", "")?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = |wanted| self.checks.iter().filter(|check| check.verdict == wanted).count();
        write!(
            f,
            "{} well, {} to look at, {} failed, {} not checked.",
            count(Verdict::Ok),
            count(Verdict::Attention),
            count(Verdict::Failed),
            count(Verdict::NotChecked)
        )
    }
}
