//! The app's own eye on the clock: it locks when nobody is there or the machine has slept, destroys copies whose lease has
//! run out, and closes a record whose time is over. The window may be broken or gone; this goes on without it.
//!
//! [`App::run_clock`] beats every few seconds. Between two beats nothing slips through: whatever shows anything asks
//! [`App::vault`] first, which comes to the same decision.

use crate::app::blocking;
use crate::caseload::{erase_expired, held};
use crate::lease::LeaseState;
use crate::wire::RecordClosed;
use crate::{App, Error};
use chrono::{DateTime, Utc};
use curlew_audit::{Action, Look};
use std::collections::BTreeMap;
use std::time::Duration;

/// Time between two beats.
const BEAT: Duration = Duration::from_secs(5);
/// The set clock running ahead of the steady one by more than this between two beats is a machine that slept.
const AHEAD: Duration = Duration::from_secs(10);
/// No beat for longer than this is one too: on some systems the steady clock counts sleep. A machine busy for so long
/// may as well lock.
const NO_BEAT: Duration = Duration::from_secs(60);
/// How often copies are looked through for leases that have run out.
const SWEEP: Duration = Duration::from_secs(60);

/// Both clocks at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Beat {
    pub(crate) wall: DateTime<Utc>,
    pub(crate) steady: Duration,
}

impl Beat {
    /// Time since `earlier` by the steady clock, and by the one that can be set; a clock set back counts as nothing.
    pub(crate) fn since(self, earlier: Self) -> (Duration, Duration) {
        (
            self.steady.saturating_sub(earlier.steady),
            (self.wall - earlier.wall).to_std().unwrap_or_default(),
        )
    }
}

/// What is remembered between beats.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// The last beat. None before the first: without a timer there is nothing to compare with.
    beat: Option<Beat>,
    /// When the person last did something.
    touched: Option<Beat>,
    swept: Option<Beat>,
    /// How each copy stood at the last look through them.
    stood: BTreeMap<String, LeaseState>,
}

/// Why the app locks by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhyLock {
    /// Nobody did anything for so long.
    Idle(Duration),
    /// The machine was asleep, or the app was.
    Asleep,
    /// A full sign-in is due.
    SignInDue,
}

impl WhyLock {
    /// For the unlock screen and the access log.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Idle(time) => {
                let minutes = time.as_secs() / 60;
                let plural = if minutes == 1 { "" } else { "s" };
                format!("Locked after {minutes} minute{plural} without activity.")
            }
            Self::Asleep => "Locked because this computer was asleep.".to_owned(),
            Self::SignInDue => "Locked because a full sign-in is due.".to_owned(),
        }
    }
}

impl Watch {
    /// What remains once a store is locked: the clocks, and nobody.
    pub(crate) fn forget_person(&self) -> Self {
        Self {
            beat: self.beat,
            ..Self::default()
        }
    }

    /// Whether an open store is to be locked at `now`. Pure.
    fn decide(&self, now: Beat, idle: Duration) -> Option<WhyLock> {
        let (steady, wall) = now.since(self.beat?);
        if steady > NO_BEAT || wall.saturating_sub(steady) > AHEAD {
            return Some(WhyLock::Asleep);
        }
        let (steady, wall) = now.since(self.touched?);
        (steady.max(wall) >= idle).then_some(WhyLock::Idle(idle))
    }
}

impl App {
    pub(crate) fn beat_now(&self) -> Beat {
        Beat {
            wall: self.now(),
            steady: (self.inner.host.steady)(),
        }
    }

    /// The person did something: called by the window on keys, clicks and scrolling, at most every few seconds.
    ///
    /// # Errors
    /// When locked, or when it comes too late and the app locks now.
    pub fn touch(&self) -> Result<(), Error> {
        self.vault()?;
        self.note_activity();
        Ok(())
    }

    /// Activity that needs no proof, such as a passphrase just entered.
    pub(crate) fn note_activity(&self) {
        let now = self.beat_now();
        self.state().watch.touched = Some(now);
    }

    /// Whether an open store must be locked now.
    pub(crate) fn should_lock(&self) -> Option<WhyLock> {
        let now = self.beat_now();
        let idle = self.inner.settings.idle.to_std().unwrap_or_default();
        let state = self.state();
        state.open.as_ref()?;
        state.watch.decide(now, idle)
    }

    /// Locks by itself, writes down why, and tells the window.
    pub(crate) fn lock_because(&self, why: WhyLock) {
        let words = why.words();
        let open = self.state().open.as_ref().map(|open| {
            let look = self.look_by(&open.user, Action::Lock, &words);
            (std::sync::Arc::clone(&open.vault), look)
        });
        if let Some((vault, look)) = open
            && let Err(error) = vault.write_look(look, self.now())
        {
            tracing::warn!(%error, "the lock could not be written to the access log");
        }
        self.lock_now();
        {
            let now = self.beat_now();
            let mut state = self.state();
            // The gap is dealt with: whoever unlocks now is not locked out again for it.
            state.watch.beat = state.watch.beat.map(|_| now);
            state.notice = Some(words);
        }
        self.push_status();
    }

    /// One beat: locks what must be locked, closes what has run out, and once a minute destroys what policy no longer lets
    /// be kept. Needs no network and no window.
    pub async fn tick(&self) {
        if let Some(why) = self.should_lock() {
            self.lock_because(why);
        }
        let now = self.beat_now();
        let sweep = {
            let mut state = self.state();
            state.watch.beat = Some(now);
            let due = state.watch.swept.is_none_or(|swept| {
                let (steady, wall) = now.since(swept);
                steady.max(wall) >= SWEEP
            });
            if due && state.open.is_some() {
                state.watch.swept = Some(now);
            }
            due && state.open.is_some()
        };
        if let Err(error) = self.close_what_has_run_out().await {
            tracing::warn!(%error, "whether the open record's time is over could not be seen");
        }
        if sweep && let Err(error) = self.sweep().await {
            tracing::warn!(%error, "the copies could not be looked through");
        }
    }

    /// Beats for as long as the app runs.
    pub async fn run_clock(self) {
        loop {
            self.tick().await;
            tokio::time::sleep(BEAT).await;
        }
    }

    /// Closes the open record when its lease or its emergency is over, and tells the window why.
    async fn close_what_has_run_out(&self) -> Result<(), Error> {
        let open = self.with_open(|open| {
            let patient = open.patient.as_ref()?;
            Some((
                std::sync::Arc::clone(&open.vault),
                patient.patient.clone(),
                patient.readable_until,
                patient.emergency.is_some(),
            ))
        });
        let Some((vault, patient, until, emergency)) = open.flatten() else {
            return Ok(());
        };
        let now = self.now();
        let effective = {
            let vault = std::sync::Arc::clone(&vault);
            blocking(move || Ok(vault.effective_now(now)?)).await?
        };
        if effective <= until {
            return Ok(());
        }
        let why = if emergency {
            Error::EmergencyEnded
        } else {
            Error::CopyExpired
        };
        self.close_by_itself(&patient, &why).await
    }

    /// Closes this record if it is the open one, writes that down, and tells the window why.
    pub(crate) async fn close_by_itself(&self, patient: &str, why: &Error) -> Result<(), Error> {
        let (_, message, next_step) = why.words();
        let look = self.look(Action::ClosePatient, &format!("by itself: {why}"))?;
        let closed = self.with_open(|open| {
            let is_open = open
                .patient
                .as_ref()
                .is_some_and(|on_screen| on_screen.patient == patient);
            let on_screen = is_open.then(|| open.patient.take()).flatten()?;
            Some((std::sync::Arc::clone(&open.vault), on_screen.name))
        });
        let Some((vault, name)) = closed.flatten() else {
            return Ok(());
        };
        self.push_closed(RecordClosed {
            patient: patient.to_owned(),
            message,
            next_step,
        });
        let look = Look {
            patient: Some(patient.to_owned()),
            patient_name: Some(name),
            ..look
        };
        let now = self.now();
        blocking(move || {
            drop(vault.write_look(look, now)?);
            Ok(())
        })
        .await
    }

    /// Destroys copies past the last limit of their lease, and tells the window when any copy's state has moved.
    async fn sweep(&self) -> Result<(), Error> {
        let Ok(vault) = self.vault() else { return Ok(()) };
        let (lease, now) = (self.inner.settings.lease, self.now());
        let (erased, stand, effective) = {
            let vault = std::sync::Arc::clone(&vault);
            blocking(move || {
                let erased = erase_expired(&vault, &lease, now)?;
                let effective = vault.effective_now(now)?;
                let stand: BTreeMap<String, LeaseState> = held(&vault)?
                    .into_iter()
                    .filter_map(|person| Some((person.patient, lease.state(person.last_contact?, effective))))
                    .collect();
                Ok((erased, stand, effective))
            })
            .await?
        };
        self.write_erasures(&vault, &erased).await?;
        let moved = {
            let mut state = self.state();
            let moved = !state.watch.stood.is_empty() && state.watch.stood != stand;
            state.watch.stood = stand;
            moved
        };
        let due = self.with_store(&vault, |open| open.sign_in_by.is_some_and(|by| effective > by));
        if due == Some(true) {
            self.lock_because(WhyLock::SignInDue);
        } else if moved || !erased.is_empty() {
            self.push_status();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_secs(300);

    fn beat(wall_seconds: i64, steady_seconds: u64) -> Beat {
        Beat {
            wall: DateTime::UNIX_EPOCH + chrono::Duration::seconds(wall_seconds),
            steady: Duration::from_secs(steady_seconds),
        }
    }

    fn watch(beat: Beat, touched: Beat) -> Watch {
        Watch {
            beat: Some(beat),
            touched: Some(touched),
            ..Watch::default()
        }
    }

    #[test]
    fn nobody_there_for_the_whole_time_locks_and_a_touch_in_time_does_not() {
        let touched = beat(0, 0);
        assert_eq!(watch(beat(295, 295), touched).decide(beat(299, 299), IDLE), None);
        assert_eq!(
            watch(beat(295, 295), touched).decide(beat(300, 300), IDLE),
            Some(WhyLock::Idle(IDLE))
        );
        assert_eq!(
            watch(beat(295, 295), beat(299, 299)).decide(beat(300, 300), IDLE),
            None
        );
    }

    #[test]
    fn setting_the_clock_back_keeps_nothing_open() {
        let touched = beat(0, 0);
        assert_eq!(
            watch(beat(-3600, 295), touched).decide(beat(-3595, 300), IDLE),
            Some(WhyLock::Idle(IDLE))
        );
        // And back in one step is no sleep.
        assert_eq!(watch(beat(0, 0), touched).decide(beat(-3600, 5), IDLE), None);
    }

    #[test]
    fn a_machine_that_slept_is_noticed_whether_or_not_its_steady_clock_slept_too() {
        let before = beat(0, 0);
        // Linux: the steady clock stands still.
        assert_eq!(
            watch(before, before).decide(beat(3600, 3), IDLE),
            Some(WhyLock::Asleep)
        );
        // Windows: it goes on, and the beat is missing.
        assert_eq!(
            watch(before, before).decide(beat(120, 120), IDLE),
            Some(WhyLock::Asleep)
        );
        // A busy moment is not a sleep.
        assert_eq!(watch(before, before).decide(beat(20, 20), IDLE), None);
        assert_eq!(watch(before, before).decide(beat(12, 5), IDLE), None);
    }

    #[test]
    fn without_a_timer_nothing_is_decided() {
        let watch = Watch {
            beat: None,
            ..watch(beat(0, 0), beat(0, 0))
        };
        assert_eq!(watch.decide(beat(86_400, 86_400), IDLE), None);
    }
}
