//! What the provider has given out: sign-ins under way, codes, access tokens and families of refresh tokens.
//!
//! A **family** is everything that came of one sign-in. Using a code or a refresh token a second time means that
//! somebody else may hold it, so the whole family ends (OAuth 2.1, 4.3.1; RFC 6749, 4.1.2).

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

/// How long a person may look at the sign-in page.
const PENDING_LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// How long a code may be redeemed.
const CODE_LIFETIME: TimeDelta = TimeDelta::seconds(60);
/// How long a family of refresh tokens lives, however often it is refreshed.
const FAMILY_LIFETIME: TimeDelta = TimeDelta::hours(12);

/// An authorization request that has been checked and waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: String,
    pub(crate) scope: String,
    /// The patient of the launch it belongs to.
    pub(crate) patient: Option<String>,
}

/// One person's sign-in: what its tokens are about.
#[derive(Debug, Clone)]
pub(crate) struct Family {
    pub(crate) username: String,
    pub(crate) scope: String,
    /// The patient of the launch it began with.
    pub(crate) patient: Option<String>,
    pub(crate) session: String,
    pub(crate) auth_time: DateTime<Utc>,
}

#[derive(Debug)]
struct Code {
    asked: Asked,
    family: u64,
    until: DateTime<Utc>,
    used: bool,
}

#[derive(Debug)]
struct Access {
    family: u64,
    until: DateTime<Utc>,
}

#[derive(Debug)]
struct Refresh {
    family: u64,
    used: bool,
}

/// Why something presented is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotGood {
    /// Never given out, or its family has ended.
    Unknown,
    /// Too late.
    Expired,
    /// Presented a second time; its family has ended now.
    Reused,
}

/// Everything given out and not yet ended.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    pending: HashMap<String, (Asked, DateTime<Utc>)>,
    /// Launch handles given to record systems, and the patients they stand for.
    launches: HashMap<String, String>,
    codes: HashMap<String, Code>,
    access: HashMap<String, Access>,
    refresh: HashMap<String, Refresh>,
    families: HashMap<u64, Family>,
    next_family: u64,
}

impl Grants {
    /// Remembers whom a launch handle stands for.
    pub(crate) fn launch(&mut self, handle: String, patient: String) {
        self.launches.insert(handle, patient);
    }

    /// Takes a launch handle: each is good for one request.
    pub(crate) fn launched(&mut self, handle: &str) -> Option<String> {
        self.launches.remove(handle)
    }

    /// Keeps a checked request until a person has chosen.
    pub(crate) fn ask(&mut self, id: String, asked: Asked, now: DateTime<Utc>) {
        self.pending.retain(|_, (_, until)| *until > now);
        self.pending.insert(id, (asked, now + PENDING_LIFETIME));
    }

    /// Takes a waiting request: each can be answered once.
    pub(crate) fn answer(&mut self, id: &str, now: DateTime<Utc>) -> Option<Asked> {
        let (asked, until) = self.pending.remove(id)?;
        (until > now).then_some(asked)
    }

    /// Begins a family for a person who has chosen, with the code that redeems it.
    pub(crate) fn begin(&mut self, code: String, asked: Asked, family: Family, now: DateTime<Utc>) {
        self.next_family += 1;
        let id = self.next_family;
        self.families.insert(id, family);
        self.codes.insert(
            code,
            Code {
                asked,
                family: id,
                until: now + CODE_LIFETIME,
                used: false,
            },
        );
    }

    /// Redeems a code, once.
    pub(crate) fn redeem(&mut self, code: &str, now: DateTime<Utc>) -> Result<(Asked, u64), NotGood> {
        let found = self.codes.get_mut(code).ok_or(NotGood::Unknown)?;
        let family = found.family;
        if found.used {
            self.end(family);
            return Err(NotGood::Reused);
        }
        found.used = true;
        if found.until <= now {
            return Err(NotGood::Expired);
        }
        Ok((found.asked.clone(), family))
    }

    /// Records tokens given to a family.
    pub(crate) fn give(
        &mut self,
        family: u64,
        access: String,
        until: DateTime<Utc>,
        refresh: Option<String>,
    ) {
        self.access.insert(access, Access { family, until });
        if let Some(refresh) = refresh {
            self.refresh.insert(refresh, Refresh { family, used: false });
        }
    }

    /// Spends a refresh token. A second use ends the family.
    pub(crate) fn rotate(&mut self, token: &str, now: DateTime<Utc>) -> Result<u64, NotGood> {
        let found = self.refresh.get_mut(token).ok_or(NotGood::Unknown)?;
        let family = found.family;
        let begun = self.families.get(&family).ok_or(NotGood::Unknown)?.auth_time;
        if found.used {
            self.end(family);
            return Err(NotGood::Reused);
        }
        found.used = true;
        if begun + FAMILY_LIFETIME <= now {
            self.end(family);
            return Err(NotGood::Expired);
        }
        Ok(family)
    }

    /// The family behind an access token.
    pub(crate) fn bearer(&self, token: &str, now: DateTime<Utc>) -> Result<&Family, NotGood> {
        let found = self.access.get(token).ok_or(NotGood::Unknown)?;
        let family = self.families.get(&found.family).ok_or(NotGood::Unknown)?;
        if found.until <= now {
            Err(NotGood::Expired)
        } else {
            Ok(family)
        }
    }

    /// A family that has not ended.
    pub(crate) fn family(&self, id: u64) -> Option<&Family> {
        self.families.get(&id)
    }

    /// Revokes whatever this token is: an access token alone, a refresh token with its family (RFC 7009).
    pub(crate) fn revoke(&mut self, token: &str) {
        if let Some(refresh) = self.refresh.get(token) {
            self.end(refresh.family);
        } else {
            self.access.remove(token);
        }
    }

    /// Ends every access token; refresh tokens stay good.
    pub(crate) fn expire_access(&mut self) {
        self.access.clear();
    }

    /// Ends everything.
    pub(crate) fn revoke_all(&mut self) {
        self.access.clear();
        self.families.clear();
    }

    fn end(&mut self, family: u64) {
        self.families.remove(&family);
        self.access.retain(|_, access| access.family != family);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed_in() -> (Grants, u64, DateTime<Utc>) {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let asked = Asked {
            redirect_uri: "http://127.0.0.1:1/cb".into(),
            state: None,
            nonce: None,
            challenge: "c".into(),
            scope: "openid".into(),
            patient: None,
        };
        let family = Family {
            username: "nurse".into(),
            scope: "openid".into(),
            patient: None,
            session: "s".into(),
            auth_time: now,
        };
        let mut grants = Grants::default();
        grants.begin("code".into(), asked, family, now);
        let (_, family) = grants.redeem("code", now).unwrap();
        grants.give(
            family,
            "a1".into(),
            now + TimeDelta::minutes(5),
            Some("r1".into()),
        );
        (grants, family, now)
    }

    #[test]
    fn a_code_used_twice_ends_what_it_gave() {
        let (mut grants, _, now) = signed_in();
        assert!(grants.bearer("a1", now).is_ok());
        assert_eq!(grants.redeem("code", now), Err(NotGood::Reused));
        assert_eq!(grants.bearer("a1", now).err(), Some(NotGood::Unknown));
        assert_eq!(grants.rotate("r1", now), Err(NotGood::Unknown));
    }

    #[test]
    fn a_refresh_token_used_twice_ends_the_family() {
        let (mut grants, family, now) = signed_in();
        assert_eq!(grants.rotate("r1", now), Ok(family));
        grants.give(
            family,
            "a2".into(),
            now + TimeDelta::minutes(5),
            Some("r2".into()),
        );
        assert_eq!(grants.rotate("r1", now), Err(NotGood::Reused));
        assert_eq!(grants.bearer("a2", now).err(), Some(NotGood::Unknown));
        assert_eq!(grants.rotate("r2", now), Err(NotGood::Unknown));
    }

    #[test]
    fn everything_has_its_time() {
        let (mut grants, _, now) = signed_in();
        assert_eq!(
            grants.bearer("a1", now + TimeDelta::minutes(5)).err(),
            Some(NotGood::Expired)
        );
        assert_eq!(
            grants.rotate("r1", now + TimeDelta::hours(12)),
            Err(NotGood::Expired)
        );
        grants.ask("p".into(), grants.codes["code"].asked.clone(), now);
        assert_eq!(grants.answer("p", now + TimeDelta::minutes(10)), None);
    }

    #[test]
    fn a_waiting_request_is_answered_once() {
        let (mut grants, _, now) = signed_in();
        grants.ask("p".into(), grants.codes["code"].asked.clone(), now);
        assert!(grants.answer("p", now).is_some());
        assert!(grants.answer("p", now).is_none());
    }

    #[test]
    fn revoking_an_access_token_leaves_its_family() {
        let (mut grants, family, now) = signed_in();
        grants.revoke("a1");
        assert!(grants.bearer("a1", now).is_err());
        assert!(grants.family(family).is_some());
        grants.revoke("r1");
        assert!(grants.family(family).is_none());
    }
}
