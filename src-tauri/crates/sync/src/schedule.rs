//! When to make contact by itself: never everybody in the same second.
//!
//! Pure: what time it is and what chance says are arguments. `random` is evenly spread over 0..=1 throughout.
//!
//! # The arithmetic of half past seven
//!
//! A community trust has 3,000 nurses who all unlock between 07:25 and 07:35, and a network that comes back for all of
//! them at once when the base's router does. One idle contact of a caseload of 60 is 66 requests, 4 of them at a time for
//! each client, where the server answers one patient at a time; where it answers batches it is 10 to 15 (`bench -- sync`), with the
//! same 60 questions in 4 of them. The arithmetic is of the 66: a server's work is its questions, however they are wrapped.
//!
//! - **All at once**: 3,000 x 4 = 12,000 requests in flight in the first second, and 198,000 to answer. A server that
//!   answers 1,000 a second is busy for 198 s, and everybody's fifth request times out.
//! - **Spread evenly over [`START_SPREAD`]** (10 minutes): 198,000 / 600 s = 330 a second on average. With an answer in
//!   50 ms, one client is at work for 66 / 4 x 0.05 s = 0.8 s, so that about 3,000 / 600 x 0.8 = 4 clients are at work at
//!   the same time, 16 requests in flight, and the busiest second has a fifth more than the average.
//! - **The steady day**: every [`INTERVAL`] (15 minutes), 3,000 x 66 / 900 s = 220 a second, spread by 25 % either way so
//!   that clients that began together drift apart.
//! - **Bytes**: an idle contact is about 40 kB as sent, so 330 requests a second are 0.2 MB/s. A first load is another
//!   matter: 60 patients are 10 to 20 MB as sent, 3,000 of them 45 GB, which at 1 Gbit/s take six minutes: the spread of
//!   ten is what keeps that link under 60 %.
//!
//! What a server with a database behind it does with that: `$everything?_since` of an unchanged patient is one index look-up
//! of a few milliseconds, so 330 a second are one to two cores. `tests/herd.rs` walks 3,000 clients through both mornings
//! and asserts these figures. A server that is overrun all the same says 429 or 503 with `Retry-After`, which every client
//! honours with chance added on top (`api`), and gives up for this time after four tries.
//!
//! What a person asks for is never delayed: the button loads at once. Of 3,000 people, hands are spread enough.

use std::time::Duration;

/// The first contact of a day's work is put off by up to this.
pub const START_SPREAD: Duration = Duration::from_secs(600);
/// Time between two contacts of the app's own, unless policy says otherwise.
pub const INTERVAL: Duration = Duration::from_secs(15 * 60);
/// After the network has come back, the first contact waits up to this: a base's whole staff gets it back at once.
pub const RETURN_SPREAD: Duration = Duration::from_secs(60);
/// How often a device without the network looks whether it is back, at first; the pause doubles up to [`INTERVAL`].
pub const LOOK: Duration = Duration::from_secs(30);

/// How long until the first contact after unlocking.
#[must_use]
pub fn after_start(random: f64) -> Duration {
    START_SPREAD.mul_f64(random.clamp(0.0, 1.0))
}

/// How long until the next contact: the interval, a quarter more or less.
#[must_use]
pub fn after_contact(interval: Duration, random: f64) -> Duration {
    interval.mul_f64(0.75 + 0.5 * random.clamp(0.0, 1.0))
}

/// How long until looking again for a network that was not there `failures` times: doubling, half of it by chance.
#[must_use]
pub fn after_failure(interval: Duration, failures: u32, random: f64) -> Duration {
    let step = LOOK
        .saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)))
        .min(interval.max(LOOK));
    step / 2 + (step / 2).mul_f64(random.clamp(0.0, 1.0))
}

/// How long to wait after the network has come back.
#[must_use]
pub fn after_return(random: f64) -> Duration {
    RETURN_SPREAD.mul_f64(random.clamp(0.0, 1.0))
}

/// What the platform tells of its power and its network; none where it does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conditions {
    /// Charge of the battery in per cent, when running on it.
    pub battery: Option<u8>,
    /// Whether each byte is paid for.
    pub metered: Option<bool>,
}

/// How far a contact of the app's own may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restraint {
    /// Everything.
    None,
    /// The access log up, and who may no longer be seen; no records. Why, in words.
    Essential(&'static str),
}

/// A battery this low is for reading, not for loading.
const LOW_BATTERY: u8 = 20;

/// How far to go under these conditions. The access log and revocations always go: they are small, and they are duties.
#[must_use]
pub fn restraint(conditions: Conditions, even_when_metered: bool) -> Restraint {
    if conditions.battery.is_some_and(|charge| charge < LOW_BATTERY) {
        Restraint::Essential("the battery is low")
    } else if conditions.metered == Some(true) && !even_when_metered {
        Restraint::Essential("this network is paid for by use")
    } else {
        Restraint::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_within_what_they_say() {
        for random in [-1.0, 0.0, 0.3, 1.0, 7.0] {
            assert!(after_start(random) <= START_SPREAD);
            assert!(after_return(random) <= RETURN_SPREAD);
            let next = after_contact(INTERVAL, random);
            assert!(next >= INTERVAL.mul_f64(0.75) && next <= INTERVAL.mul_f64(1.25));
            for failures in 0..40 {
                let look = after_failure(INTERVAL, failures, random);
                assert!(look >= LOOK / 2 && look <= INTERVAL, "{failures}: {look:?}");
            }
        }
        assert!(after_failure(INTERVAL, 6, 0.0) > after_failure(INTERVAL, 1, 1.0));
    }

    #[test]
    fn what_is_not_told_restrains_nothing() {
        let told = |battery, metered| restraint(Conditions { battery, metered }, false);
        assert_eq!(told(None, None), Restraint::None);
        assert_eq!(told(Some(80), Some(false)), Restraint::None);
        assert!(matches!(told(Some(19), None), Restraint::Essential(_)));
        assert!(matches!(told(None, Some(true)), Restraint::Essential(_)));
        let allowed = Conditions {
            metered: Some(true),
            battery: None,
        };
        assert_eq!(restraint(allowed, true), Restraint::None);
    }
}
