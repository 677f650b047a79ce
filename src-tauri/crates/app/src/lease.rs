//! How old a copy is, and what that allows. Pure.

use crate::Lease;
use chrono::{DateTime, Duration, Utc};

/// What policy allows for a copy of a given age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeaseState {
    /// Shown without remark.
    Fresh,
    /// Shown with its age.
    Ageing,
    /// Not shown until contact.
    Locked,
    /// To be destroyed.
    Expired,
}

impl Lease {
    /// The state at `now` of a copy last confirmed at `contact`. `now` must be the vault's effective time, which never
    /// runs backwards.
    pub(crate) fn state(&self, contact: DateTime<Utc>, now: DateTime<Utc>) -> LeaseState {
        let age = now - contact;
        match () {
            () if age <= self.fresh => LeaseState::Fresh,
            () if age <= self.readable => LeaseState::Ageing,
            () if age <= self.kept => LeaseState::Locked,
            () => LeaseState::Expired,
        }
    }
}

/// A copy's age in words: "5 min", "2 h", "3 days". Never rounded up to look fresher.
pub(crate) fn age_words(age: Duration) -> String {
    match age {
        age if age < Duration::minutes(1) => "less than a minute".to_owned(),
        age if age < Duration::hours(1) => format!("{} min", age.num_minutes()),
        age if age < Duration::hours(48) => format!("{} h", age.num_hours()),
        age => format!("{} days", age.num_days()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lease_turns_exactly_at_its_limits() {
        let lease = Lease {
            fresh: Duration::hours(12),
            readable: Duration::hours(72),
            kept: Duration::days(7),
        };
        let contact = DateTime::UNIX_EPOCH;
        let after = |seconds| lease.state(contact, contact + Duration::seconds(seconds));
        assert_eq!(after(0), LeaseState::Fresh);
        assert_eq!(after(12 * 3600), LeaseState::Fresh);
        assert_eq!(after(12 * 3600 + 1), LeaseState::Ageing);
        assert_eq!(after(72 * 3600), LeaseState::Ageing);
        assert_eq!(after(72 * 3600 + 1), LeaseState::Locked);
        assert_eq!(after(7 * 86400), LeaseState::Locked);
        assert_eq!(after(7 * 86400 + 1), LeaseState::Expired);
    }

    #[test]
    fn ages_are_never_rounded_up() {
        assert_eq!(age_words(Duration::seconds(59)), "less than a minute");
        assert_eq!(age_words(Duration::seconds(119)), "1 min");
        assert_eq!(age_words(Duration::minutes(119)), "1 h");
        assert_eq!(age_words(Duration::hours(47)), "47 h");
        assert_eq!(age_words(Duration::hours(71)), "2 days");
    }
}
