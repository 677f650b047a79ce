//! A session: access tokens for as long as the provider allows.
//!
//! Refresh tokens rotate: each may be used once, and a second use ends the session at the provider. So a refresh is
//! done by one task at a time, whoever waits for it; it runs to its end even when those waiting have gone; and the new
//! refresh token is handed to be kept before anything else happens.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use curlew_redact::{ExposeSecret, SecretString};
use openidconnect::core::CoreErrorResponseType;
use openidconnect::{OAuth2TokenResponse, RefreshToken, RequestTokenError};
use tokio::time::Instant;

use crate::discovery::{Endpoints, discover};
use crate::http::{Http, HttpFailure};
use crate::protocol::{self, Protocol, TokenAnswer};
use crate::{SignInConfig, SignInError, User};

/// Called with each new refresh token, before the access token that came with it is handed out. It runs on a thread
/// where it may block, as a keychain does.
pub type OnRotated = Arc<dyn Fn(&SecretString) + Send + Sync>;

/// A supply of access tokens. Implemented by [`Session`]; a trait so that `api` can be tested without one.
#[async_trait]
pub trait AccessTokens: Send + Sync {
    /// A token to use now.
    ///
    /// # Errors
    /// [`SignInError::SessionEnded`] when only signing in again helps; [`SignInError::Unreachable`] when waiting does.
    async fn access_token(&self) -> Result<SecretString, SignInError>;

    /// A token to use instead of `rejected`, which a server has just answered 401 to. When another caller has already
    /// replaced it, that replacement.
    ///
    /// # Errors
    /// As for [`Self::access_token`].
    async fn replace(&self, rejected: &SecretString) -> Result<SecretString, SignInError>;
}

/// A token is replaced this long before it ends, so that it does not end on its way.
const EARLY: Duration = Duration::from_secs(60);
/// RFC 6749 only recommends `expires_in`; SMART allows an hour at most.
const ASSUMED_LIFE: Duration = Duration::from_secs(300);

/// A signed-in person. Clones share one session.
#[derive(Clone)]
pub struct Session {
    shared: Arc<Shared>,
}

struct Shared {
    config: SignInConfig,
    endpoints: Endpoints,
    http: Http,
    user: User,
    /// FHIR logical id of the patient of the launch it began with.
    patient: Option<String>,
    tokens: Mutex<Tokens>,
    /// Held for the length of a refresh.
    refreshing: tokio::sync::Mutex<()>,
    on_rotated: Mutex<Option<OnRotated>>,
}

struct Tokens {
    access: SecretString,
    /// From here on a new one is wanted.
    renew_at: Instant,
    /// From here on this one is of no use.
    ends_at: Instant,
    refresh: Option<SecretString>,
    ended: bool,
}

impl Tokens {
    fn new(answer: &TokenAnswer, asked: Instant, previous: Option<SecretString>) -> Self {
        let life = answer.expires_in().unwrap_or(ASSUMED_LIFE);
        Self {
            access: SecretString::from(answer.access_token().secret().as_str()),
            // From the asking, not the answering: the token was already ageing on its way here.
            renew_at: asked + life.saturating_sub(EARLY.min(life / 4)),
            ends_at: asked + life,
            // RFC 6749 section 6: a provider that does not rotate sends none, and the old one goes on.
            refresh: answer
                .refresh_token()
                .map(|token| SecretString::from(token.secret().as_str()))
                .or(previous),
            ended: false,
        }
    }
}

impl Session {
    pub(crate) fn new(
        config: SignInConfig,
        endpoints: Endpoints,
        http: Http,
        user: User,
        answer: &TokenAnswer,
        asked: Instant,
    ) -> Self {
        let tokens = Mutex::new(Tokens::new(answer, asked, None));
        let shared = Shared {
            config,
            endpoints,
            http,
            user,
            patient: answer
                .extra_fields()
                .extra_fields()
                .patient
                .clone()
                .filter(|id| is_logical_id(id)),
            tokens,
            refreshing: tokio::sync::Mutex::new(()),
            on_rotated: Mutex::new(None),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The patient of the SMART launch that this session was begun for, by FHIR logical id.
    pub fn patient_context(&self) -> Option<&str> {
        self.shared.patient.as_deref()
    }

    /// Who is signed in.
    pub fn user(&self) -> &User {
        &self.shared.user
    }

    /// The refresh token of this moment, for the caller to keep in the OS keychain; none when the provider gave none
    /// or the session has ended.
    pub fn refresh_token(&self) -> Option<SecretString> {
        self.shared.tokens().refresh.clone()
    }

    /// Sets who is told of each new refresh token. Set it before the session is used, and keep
    /// [`Self::refresh_token`] at the same time.
    pub fn on_rotated(&self, callback: OnRotated) {
        *self
            .shared
            .on_rotated
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(callback);
    }

    /// Continues a session from a refresh token kept since an earlier [`sign_in`](crate::sign_in), as the `user` of
    /// that time. The refresh token is spent: keep the one this session has now, and set [`Self::on_rotated`].
    ///
    /// # Errors
    /// [`SignInError::SessionEnded`] when the provider no longer takes the refresh token, [`SignInError::Refused`]
    /// when it now stands for somebody else, else as for [`sign_in`](crate::sign_in).
    pub async fn resume(
        config: &SignInConfig,
        http: &reqwest::Client,
        refresh_token: SecretString,
        user: User,
    ) -> Result<Self, SignInError> {
        let http = Http::new(http.clone());
        let endpoints = discover(config, &http).await?;
        if endpoints.issuer != user.issuer {
            return Err(SignInError::Refused(
                "this person signed in at another sign-in service".into(),
            ));
        }
        let now = Instant::now();
        let tokens = Tokens {
            access: SecretString::from(""),
            renew_at: now,
            ends_at: now,
            refresh: Some(refresh_token),
            ended: false,
        };
        let shared = Shared {
            config: config.clone(),
            endpoints,
            http,
            user,
            patient: None,
            tokens: Mutex::new(tokens),
            refreshing: tokio::sync::Mutex::new(()),
            on_rotated: Mutex::new(None),
        };
        let session = Self {
            shared: Arc::new(shared),
        };
        session.access_token().await?;
        Ok(session)
    }

    /// Ends the session: here in any case, and at the provider (RFC 7009) when it can be reached and knows how.
    ///
    /// # Errors
    /// When the provider could not be told. The tokens are forgotten all the same.
    pub async fn revoke(&self) -> Result<(), SignInError> {
        // A refresh under way would bring back new tokens after this.
        let _no_refresh = self.shared.refreshing.lock().await;
        let (access, refresh) = {
            let mut tokens = self.shared.tokens();
            tokens.ended = true;
            (std::mem::take(&mut tokens.access), tokens.refresh.take())
        };
        let Some(revocation) = &self.shared.endpoints.revocation else {
            return Ok(());
        };
        // The refresh token first: at most providers it takes the access token with it.
        let mut outcome = Ok(());
        for (token, hint) in [
            (refresh.as_ref(), "refresh_token"),
            (Some(&access), "access_token"),
        ] {
            let Some(token) = token.filter(|token| !token.expose_secret().is_empty()) else {
                continue;
            };
            let fields = [
                ("token", token.expose_secret()),
                ("token_type_hint", hint),
                ("client_id", self.shared.config.client_id.as_str()),
            ];
            match self.shared.http.form(revocation.clone(), &fields).await {
                // Access tokens that are documents of their own (JWT) often cannot be revoked, and end by themselves in
                // minutes: `unsupported_token_type` (RFC 7009, 2.2.1). Seen at npm's oidc-provider.
                Err(HttpFailure::Status(400)) if hint == "access_token" && refresh.is_some() => {}
                sent => outcome = outcome.and(sent.map_err(|failure| failure.of("the sign-in service"))),
            }
        }
        outcome
    }

    /// Waits for the one refresh, starting it if need be, unless `seen` has been replaced meanwhile.
    async fn refreshed(&self, seen: SecretString) -> Result<SecretString, SignInError> {
        let shared = Arc::clone(&self.shared);
        // In a task of its own: a caller that gives up must not take a spent refresh token's successor with it.
        match tokio::spawn(async move { shared.refresh(&seen).await }).await {
            Ok(outcome) => outcome,
            Err(_) => Err(SignInError::Unreachable {
                what: "the sign-in service",
            }),
        }
    }
}

/// FHIR R4, 2.24.0.1: what an id may be. Anything else is no id, and is not asked for.
fn is_logical_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

impl Shared {
    fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn refresh(&self, seen: &SecretString) -> Result<SecretString, SignInError> {
        let _one_at_a_time = self.refreshing.lock().await;
        let refresh = {
            let mut tokens = self.tokens();
            if tokens.ended {
                return Err(SignInError::SessionEnded);
            }
            if tokens.access.expose_secret() != seen.expose_secret() {
                return Ok(tokens.access.clone());
            }
            match &tokens.refresh {
                Some(refresh) => refresh.clone(),
                None => {
                    tokens.ended = true;
                    return Err(SignInError::SessionEnded);
                }
            }
        };
        let asked = Instant::now();
        let outcome = self.ask(&refresh).await;
        if matches!(outcome, Err(SignInError::SessionEnded | SignInError::Refused(_))) {
            let mut tokens = self.tokens();
            tokens.ended = true;
            tokens.access = SecretString::from("");
            tokens.refresh = None;
        }
        let answer = outcome?;
        let renewed = Tokens::new(&answer, asked, Some(refresh.clone()));
        let (access, kept) = (renewed.access.clone(), renewed.refresh.clone());
        *self.tokens() = renewed;
        let callback = self
            .on_rotated
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let (Some(callback), Some(kept)) = (callback, kept)
            && kept.expose_secret() != refresh.expose_secret()
        {
            // A keychain that fails is the callback's to report: the session itself is well.
            let _ = tokio::task::spawn_blocking(move || callback(&kept)).await;
        }
        Ok(access)
    }

    async fn ask(&self, refresh: &SecretString) -> Result<TokenAnswer, SignInError> {
        let protocol = Protocol::new(&self.config, &self.endpoints)?;
        let refresh = RefreshToken::new(refresh.expose_secret().to_owned());
        let answer = protocol
            .exchange_refresh_token(&refresh)
            .request_async(&self.http)
            .await;
        let answer = answer.map_err(|error| match error {
            // Expired, revoked, already used: RFC 6749 section 5.2 does not tell them apart, nor need the person.
            RequestTokenError::ServerResponse(response)
                if *response.error() == CoreErrorResponseType::InvalidGrant =>
            {
                SignInError::SessionEnded
            }
            error => protocol::failure(error),
        })?;
        // OpenID Connect Core 1.0, 12.2: a new identity is optional, but it may not be somebody else's.
        protocol
            .same_person(&answer, &self.endpoints, &self.http, &self.user)
            .await?;
        Ok(answer)
    }
}

#[async_trait]
impl AccessTokens for Session {
    async fn access_token(&self) -> Result<SecretString, SignInError> {
        let (seen, usable) = {
            let tokens = self.shared.tokens();
            let now = Instant::now();
            if tokens.ended {
                return Err(SignInError::SessionEnded);
            }
            if now < tokens.renew_at || (tokens.refresh.is_none() && now < tokens.ends_at) {
                return Ok(tokens.access.clone());
            }
            (tokens.access.clone(), now < tokens.ends_at)
        };
        match self.refreshed(seen.clone()).await {
            // Replacing it early was a precaution; the token in hand still serves.
            Err(SignInError::Unreachable { .. } | SignInError::Untrusted { .. }) if usable => Ok(seen),
            outcome => outcome,
        }
    }

    async fn replace(&self, rejected: &SecretString) -> Result<SecretString, SignInError> {
        self.refreshed(rejected.clone()).await
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("user", &self.shared.user.subject)
            .finish_non_exhaustive()
    }
}
