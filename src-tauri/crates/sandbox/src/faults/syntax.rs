//! Rules written on a command line.

use std::str::FromStr;
use std::time::Duration;

use super::{Fault, Misbehaviour, Route};

/// How a rule is written, for `--help`.
pub const FAULT_HELP: &str = "\
ROUTE=WHAT[,NAME=NUMBER]...
ROUTE: any fhir metadata read search everything batch history group consent flag audit
       discovery authorize token userinfo revoke
WHAT:  a status (401 403 404 410 429 500 503 ...), or one of
       latency (ms=), cut, truncated, malformed, length, loop, twice-next, twice, drip (bytes=, ms=), revoke-tokens
NAME:  times=N requests affected (default all), skip=N let through first, retry-after=SECONDS
Examples: everything=503,retry-after=2,times=3   fhir=latency,ms=400   everything=cut,skip=1,times=1";

/// A rule that could not be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FaultSyntax {
    /// No `=` between a route and what goes wrong.
    #[error("write ROUTE=WHAT, such as everything=503")]
    Shape,
    /// Not a route.
    #[error("there is no route called {0:?}")]
    Route(String),
    /// Not a misbehaviour.
    #[error("{0:?} is neither a status from 400 to 599 nor a known misbehaviour")]
    What(String),
    /// Not a setting, or not a number.
    #[error("{0:?} is not a setting such as times=2")]
    Setting(String),
}

impl FromStr for Fault {
    type Err = FaultSyntax;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(',').map(str::trim);
        let (route, what) = parts
            .next()
            .and_then(|head| head.split_once('='))
            .ok_or(FaultSyntax::Shape)?;
        let route = route_named(route.trim())?;
        let (mut times, mut skip, mut retry_after, mut ms, mut bytes) = (None, 0, None, None, None);
        for part in parts {
            let bad = || FaultSyntax::Setting(part.to_owned());
            let (name, number) = part.split_once('=').ok_or_else(bad)?;
            let number: u32 = number.trim().parse().map_err(|_| bad())?;
            match name.trim() {
                "times" => times = Some(number),
                "skip" => skip = number,
                "retry-after" => retry_after = Some(number),
                "ms" => ms = Some(u64::from(number)),
                "bytes" if number > 0 => bytes = Some(number as usize),
                _ => return Err(bad()),
            }
        }
        let what = match what.trim() {
            "latency" => Misbehaviour::Latency(Duration::from_millis(ms.unwrap_or(500))),
            "cut" => Misbehaviour::CutMidBody,
            "truncated" => Misbehaviour::TruncatedJson,
            "malformed" => Misbehaviour::MalformedJson,
            "length" => Misbehaviour::WrongLength,
            "loop" => Misbehaviour::LoopingNext,
            "twice-next" => Misbehaviour::DuplicateNext,
            "twice" => Misbehaviour::DuplicateEntries,
            "drip" => Misbehaviour::SlowDrip {
                bytes: bytes.unwrap_or(1024),
                pause: Duration::from_millis(ms.unwrap_or(50)),
            },
            "revoke-tokens" => Misbehaviour::RevokeTokens,
            other => {
                let code = other.parse().ok().filter(|code| (400..600).contains(code));
                let code = code.ok_or_else(|| FaultSyntax::What(other.to_owned()))?;
                Misbehaviour::Status { code, retry_after }
            }
        };
        Ok(Self {
            route,
            what,
            skip,
            times,
            about: String::new(),
        })
    }
}

fn route_named(name: &str) -> Result<Route, FaultSyntax> {
    Ok(match name {
        "any" => Route::Any,
        "fhir" => Route::Fhir,
        "metadata" => Route::Metadata,
        "read" => Route::Read,
        "search" => Route::Search,
        "everything" => Route::Everything,
        "batch" => Route::Batch,
        "history" => Route::History,
        "group" => Route::Group,
        "consent" => Route::Consent,
        "flag" => Route::Flag,
        "audit" => Route::AuditEvent,
        "discovery" => Route::Discovery,
        "authorize" => Route::Authorize,
        "token" => Route::Token,
        "userinfo" => Route::UserInfo,
        "revoke" => Route::Revoke,
        other => return Err(FaultSyntax::Route(other.to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_in_the_help_is_read() {
        let examples = FAULT_HELP
            .lines()
            .last()
            .and_then(|line| line.strip_prefix("Examples: "));
        let examples: Vec<_> = examples
            .expect("the help ends in examples")
            .split_whitespace()
            .collect();
        assert_eq!(examples.len(), 3);
        for example in examples {
            assert!(example.parse::<Fault>().is_ok(), "{example}");
        }
    }

    #[test]
    fn settings_reach_the_rule() {
        let rule: Fault = "search=429,retry-after=3,times=2,skip=1".parse().unwrap();
        let what = Misbehaviour::Status {
            code: 429,
            retry_after: Some(3),
        };
        assert_eq!(rule, Fault::on(Route::Search, what).times(2).after(1));
        let drip: Fault = "any=drip,bytes=10,ms=5".parse().unwrap();
        assert_eq!(
            drip.what,
            Misbehaviour::SlowDrip {
                bytes: 10,
                pause: Duration::from_millis(5)
            }
        );
    }

    #[test]
    fn what_is_not_a_rule_is_said_to_be_none() {
        assert_eq!("everything".parse::<Fault>(), Err(FaultSyntax::Shape));
        assert_eq!("x=503".parse::<Fault>(), Err(FaultSyntax::Route("x".into())));
        assert_eq!("any=200".parse::<Fault>(), Err(FaultSyntax::What("200".into())));
        assert_eq!(
            "any=cut,times=two".parse::<Fault>(),
            Err(FaultSyntax::Setting("times=two".into()))
        );
        assert_eq!(
            "any=drip,bytes=0".parse::<Fault>(),
            Err(FaultSyntax::Setting("bytes=0".into()))
        );
    }
}
