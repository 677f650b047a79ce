//! Misbehaviour on request: what to do wrong, on which route, how many times.
//!
//! A rule is a [`Fault`]. Rules are tried in order for each request; every latency that applies is waited for, and
//! the first other misbehaviour that applies is carried out.
//!
//! ```
//! use curlew_sandbox::faults::{Fault, Misbehaviour, Route};
//!
//! let twice = Fault::on(Route::Everything, Misbehaviour::status(503)).times(2);
//! assert_eq!("everything=503,times=2".parse(), Ok(twice));
//! ```

mod delivery;
mod hostile;
mod syntax;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::store::Store;

pub(crate) use delivery::{OnTheWay, altered, deliver, refused};
pub use hostile::Hostile;
pub use syntax::{FAULT_HELP, FaultSyntax};

/// Which requests a rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    /// Every request, the OpenID provider's too.
    Any,
    /// Any request to the FHIR server.
    Fhir,
    /// `metadata` and `smart-configuration`.
    Metadata,
    /// A read or vread of one resource.
    Read,
    /// A search of any type but those named below.
    Search,
    /// `Patient/{id}/$everything`, every page of it.
    Everything,
    /// A batch of questions in one request; each of them is on its own route besides.
    Batch,
    /// Any `_history`.
    History,
    /// A search or read of `Group`.
    Group,
    /// A search or read of `Consent`.
    Consent,
    /// A search or read of `Flag`.
    Flag,
    /// `AuditEvent`, written or searched.
    AuditEvent,
    /// OpenID discovery and keys.
    Discovery,
    /// The authorization page and the login form.
    Authorize,
    /// The token endpoint.
    Token,
    /// `userinfo`.
    UserInfo,
    /// The revocation endpoint.
    Revoke,
    /// Anything else: a path this server does not have.
    Other,
}

impl Route {
    /// The most specific route of a path.
    pub(crate) fn of(path: &str) -> Self {
        let Some(rest) = path.strip_prefix("/fhir") else {
            return match path {
                "/.well-known/openid-configuration" | "/jwks" => Self::Discovery,
                "/authorize" | "/login" => Self::Authorize,
                "/token" => Self::Token,
                "/userinfo" => Self::UserInfo,
                "/revoke" => Self::Revoke,
                _ => Self::Other,
            };
        };
        let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] => Self::Batch,
            ["metadata"] | [".well-known", _] => Self::Metadata,
            ["Patient", _, "$everything"] => Self::Everything,
            [.., "_history"] => Self::History,
            ["Group", ..] => Self::Group,
            ["Consent", ..] => Self::Consent,
            ["Flag", ..] => Self::Flag,
            ["AuditEvent", ..] => Self::AuditEvent,
            [_] | [_, "_search"] => Self::Search,
            [_, _] | [_, _, "_history", _] => Self::Read,
            _ => Self::Other,
        }
    }

    fn is_fhir(self) -> bool {
        !matches!(
            self,
            Self::Any
                | Self::Discovery
                | Self::Authorize
                | Self::Token
                | Self::UserInfo
                | Self::Revoke
                | Self::Other
        )
    }

    /// Whether a rule for `self` is meant for a request on `specific`.
    fn covers(self, specific: Self) -> bool {
        match self {
            Self::Any => true,
            Self::Fhir => specific.is_fhir(),
            one => one == specific,
        }
    }
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misbehaviour {
    /// Answers as it should: a place in a sequence of rules that each strike once.
    Nothing,
    /// Answers correctly, this much later.
    Latency(Duration),
    /// Does what was asked at once and keeps the answer back this long.
    AnswerLate(Duration),
    /// Sends this instead of the answer.
    Instead(Hostile),
    /// Answers with this status and an error body, and `Retry-After` where given.
    Status {
        /// HTTP status code.
        code: u16,
        /// `Retry-After`, in seconds.
        retry_after: Option<u32>,
    },
    /// Sends half the body, then drops the connection.
    CutMidBody,
    /// Sends half the JSON as if it were the whole, with a length that fits.
    TruncatedJson,
    /// Sends a body that is not JSON.
    MalformedJson,
    /// Announces more bytes than it sends.
    WrongLength,
    /// A bundle whose `next` link leads back to the page itself.
    LoopingNext,
    /// A bundle that gives its `next` link twice.
    DuplicateNext,
    /// A bundle that gives each of its entries twice.
    DuplicateEntries,
    /// Sends the body in small pieces with this pause before each.
    SlowDrip {
        /// Bytes in one piece.
        bytes: usize,
        /// Pause before each piece.
        pause: Duration,
    },
    /// Revokes every token just before the request is looked at.
    RevokeTokens,
}

impl Misbehaviour {
    /// A status without `Retry-After`.
    pub fn status(code: u16) -> Self {
        Self::Status {
            code,
            retry_after: None,
        }
    }
}

/// One rule: a misbehaviour on a route, for the next `times` requests or for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which requests.
    pub route: Route,
    /// What goes wrong.
    pub what: Misbehaviour,
    /// Matching requests let through unharmed first.
    pub skip: u32,
    /// How many requests are affected; `None` means every one.
    pub times: Option<u32>,
    /// Only requests whose path holds this, such as one patient's id; any when empty.
    pub about: String,
}

impl Fault {
    /// A rule for every request on a route.
    pub fn on(route: Route, what: Misbehaviour) -> Self {
        Self {
            route,
            what,
            skip: 0,
            times: None,
            about: String::new(),
        }
    }

    /// The rule for only those requests whose path holds this text.
    #[must_use]
    pub fn about(self, text: impl Into<String>) -> Self {
        Self {
            about: text.into(),
            ..self
        }
    }

    /// The rule for only this many requests.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self {
            times: Some(times),
            ..self
        }
    }

    /// The rule after letting this many matching requests through.
    #[must_use]
    pub fn after(self, skip: u32) -> Self {
        Self { skip, ..self }
    }
}

type Action = Box<dyn FnOnce(&Store) + Send>;

struct Hook {
    route: Route,
    skip: u32,
    action: Action,
}

/// The rules in force and what they have done so far.
#[derive(Default)]
pub struct Faults {
    rules: Mutex<Vec<Fault>>,
    hooks: Mutex<Vec<Hook>>,
    carried_out: AtomicU64,
}

impl std::fmt::Debug for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Faults")
            .field("rules", &*hold(&self.rules))
            .finish_non_exhaustive()
    }
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Faults {
    pub(crate) fn new(rules: Vec<Fault>) -> Self {
        Self {
            rules: Mutex::new(rules),
            ..Self::default()
        }
    }

    /// Adds a rule after those in force.
    pub fn add(&self, fault: Fault) {
        hold(&self.rules).push(fault);
    }

    /// Ends all misbehaviour, and forgets what was to be done [`Faults::when`].
    pub fn clear(&self) {
        hold(&self.rules).clear();
        hold(&self.hooks).clear();
    }

    /// How many times anything was done wrong since the start.
    pub fn carried_out(&self) -> u64 {
        self.carried_out.load(Ordering::Relaxed)
    }

    /// Changes the store just before a request on `route` is answered, once, after letting `skip` such requests pass:
    /// a consent withdrawn or a patient merged in the middle of a sync.
    pub fn when(&self, route: Route, skip: u32, action: impl FnOnce(&Store) + Send + 'static) {
        hold(&self.hooks).push(Hook {
            route,
            skip,
            action: Box::new(action),
        });
    }

    /// Runs what is due before this request.
    pub(crate) fn run_hooks(&self, route: Route, store: &Store) {
        self.run_hooks_for(|of_hook| of_hook.covers(route), store);
    }

    /// The same for a question inside a batch: what is meant for every request was due before the batch itself.
    pub(crate) fn run_hooks_within(&self, route: Route, store: &Store) {
        self.run_hooks_for(|of_hook| of_hook == route, store);
    }

    fn run_hooks_for(&self, meant: impl Fn(Route) -> bool, store: &Store) {
        let due: Vec<Action> = {
            let mut hooks = hold(&self.hooks);
            let mut due = Vec::new();
            let mut kept = Vec::new();
            for mut hook in hooks.drain(..) {
                if !meant(hook.route) {
                    kept.push(hook);
                } else if hook.skip > 0 {
                    hook.skip -= 1;
                    kept.push(hook);
                } else {
                    due.push(hook.action);
                }
            }
            *hooks = kept;
            due
        };
        for action in due {
            action(store);
        }
    }

    /// What to do wrong with this request: the waits, then at most one other misbehaviour.
    pub(crate) fn take(&self, route: Route, path: &str) -> (Duration, Option<Misbehaviour>) {
        self.take_for(|of_rule| of_rule.covers(route), path)
    }

    /// The same for a question inside a batch: what is meant for every request was done to the batch itself.
    pub(crate) fn take_within(&self, route: Route, path: &str) -> (Duration, Option<Misbehaviour>) {
        self.take_for(|of_rule| of_rule == route, path)
    }

    fn take_for(&self, meant: impl Fn(Route) -> bool, path: &str) -> (Duration, Option<Misbehaviour>) {
        let mut rules = hold(&self.rules);
        let (mut wait, mut chosen) = (Duration::ZERO, None);
        let meant = |rule: &&mut Fault| meant(rule.route) && path.contains(&rule.about);
        for rule in rules.iter_mut().filter(meant) {
            if !matches!(rule.what, Misbehaviour::Latency(_)) && chosen.is_some() {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            match &mut rule.times {
                Some(0) => continue,
                Some(left) => *left -= 1,
                None => {}
            }
            if rule.what != Misbehaviour::Nothing {
                self.carried_out.fetch_add(1, Ordering::Relaxed);
            }
            match &rule.what {
                Misbehaviour::Latency(pause) => wait += *pause,
                other => chosen = Some(other.clone()),
            }
        }
        rules.retain(|rule| rule.times != Some(0));
        (wait, chosen)
    }
}

/// What the server has been asked, for tests that count.
#[derive(Debug, Default)]
pub struct Requests {
    by_route: Mutex<HashMap<Route, u64>>,
    body_bytes: AtomicU64,
    in_batches: AtomicU64,
}

impl Requests {
    /// Questions answered inside batches, which are requests of their own on no route.
    pub fn in_batches(&self) -> u64 {
        self.in_batches.load(Ordering::Relaxed)
    }

    pub(crate) fn count_in_batch(&self) {
        self.in_batches.fetch_add(1, Ordering::Relaxed);
    }

    /// Requests so far on a route; [`Route::Any`] and [`Route::Fhir`] are sums.
    pub fn to(&self, route: Route) -> u64 {
        hold(&self.by_route)
            .iter()
            .filter(|(specific, _)| route.covers(**specific))
            .map(|(_, n)| n)
            .sum()
    }

    /// All requests so far.
    pub fn total(&self) -> u64 {
        self.to(Route::Any)
    }

    /// Bytes of bodies sent so far, as sent (compressed where compressed).
    pub fn body_bytes(&self) -> u64 {
        self.body_bytes.load(Ordering::Relaxed)
    }

    /// Starts counting again from nothing.
    pub fn reset(&self) {
        hold(&self.by_route).clear();
        self.body_bytes.store(0, Ordering::Relaxed);
        self.in_batches.store(0, Ordering::Relaxed);
    }

    pub(crate) fn count(&self, route: Route) {
        *hold(&self.by_route).entry(route).or_default() += 1;
    }

    pub(crate) fn count_bytes(&self, bytes: usize) {
        self.body_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_route() {
        for (path, route) in [
            ("/fhir", Route::Batch),
            ("/fhir/metadata", Route::Metadata),
            ("/fhir/.well-known/smart-configuration", Route::Metadata),
            ("/fhir/Patient/1", Route::Read),
            ("/fhir/Patient/1/$everything", Route::Everything),
            ("/fhir/Patient/1/_history", Route::History),
            ("/fhir/Patient/1/_history/2", Route::Read),
            ("/fhir/_history", Route::History),
            ("/fhir/Observation", Route::Search),
            ("/fhir/Consent", Route::Consent),
            ("/fhir/Group/nurse", Route::Group),
            ("/token", Route::Token),
            ("/", Route::Other),
        ] {
            assert_eq!(Route::of(path), route, "{path}");
        }
    }

    #[test]
    fn a_rule_skips_then_strikes_then_is_spent() {
        let faults = Faults::default();
        faults.add(Fault::on(Route::Fhir, Misbehaviour::CutMidBody).after(1).times(1));
        let strikes: Vec<_> = (0..4).map(|_| faults.take(Route::Read, "").1.is_some()).collect();
        assert_eq!(strikes, [false, true, false, false]);
        assert_eq!(faults.take(Route::Token, "").1, None);
        assert_eq!(faults.carried_out(), 1);
    }

    #[test]
    fn waits_add_up_and_only_one_other_misbehaviour_is_spent() {
        let faults = Faults::default();
        let wait = || Fault::on(Route::Any, Misbehaviour::Latency(Duration::from_millis(5)));
        faults.add(wait());
        faults.add(Fault::on(Route::Any, Misbehaviour::status(500)).times(1));
        faults.add(Fault::on(Route::Any, Misbehaviour::status(503)).times(1));
        faults.add(wait());
        let (pause, what) = faults.take(Route::Read, "");
        assert_eq!(
            (pause, what),
            (Duration::from_millis(10), Some(Misbehaviour::status(500)))
        );
        assert_eq!(faults.take(Route::Read, "").1, Some(Misbehaviour::status(503)));
        assert_eq!(faults.take(Route::Read, "").1, None);
    }

    #[test]
    fn a_rule_about_one_patient_leaves_the_others_alone() {
        let faults = Faults::default();
        faults.add(Fault::on(Route::Read, Misbehaviour::CutMidBody).about("/p1"));
        let struck = |path| faults.take(Route::Read, path).1.is_some();
        assert!(struck("/fhir/Patient/p1") && !struck("/fhir/Patient/p2"));
    }

    #[test]
    fn a_hook_runs_once_after_those_it_lets_pass() {
        let faults = Faults::default();
        let store = Store::default();
        let flag = serde_json::json!({"resourceType": "Flag", "id": "f"});
        faults.when(Route::Everything, 1, move |store| {
            store.put(&flag).expect("a flag is storable");
        });
        let counts: Vec<_> = [
            Route::Read,
            Route::Everything,
            Route::Everything,
            Route::Everything,
        ]
        .into_iter()
        .map(|route| {
            faults.run_hooks(route, &store);
            store.count()
        })
        .collect();
        assert_eq!(counts, [0, 0, 1, 1]);
    }
}
