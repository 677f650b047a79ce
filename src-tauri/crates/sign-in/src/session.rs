//! A session: access tokens for as long as the provider allows.

use std::sync::Arc;

use async_trait::async_trait;
use curlew_redact::SecretString;

use crate::{SignInConfig, SignInError, User};

/// Called with each new refresh token, before the access token that came with it is handed out.
pub type OnRotated = Arc<dyn Fn(&SecretString) + Send + Sync>;

/// A supply of access tokens. Implemented by [`Session`]; a trait so that `api` can be tested without one.
#[async_trait]
pub trait AccessTokens: Send + Sync {
    /// A token to use now.
    async fn access_token(&self) -> Result<SecretString, SignInError>;
    /// A token to use instead of `rejected`, which a server has just answered 401 to.
    async fn replace(&self, rejected: &SecretString) -> Result<SecretString, SignInError>;
}

/// A signed-in person. Clones share one session.
#[derive(Clone)]
pub struct Session {}

impl Session {
    /// Who is signed in.
    pub fn user(&self) -> &User {
        todo!()
    }
    /// The refresh token of this moment, for the caller to keep in the OS keychain; none when the provider gave none.
    pub fn refresh_token(&self) -> Option<SecretString> {
        todo!()
    }
    /// Sets who is told of each new refresh token.
    pub fn on_rotated(&self, _callback: OnRotated) {
        todo!()
    }
    /// Continues a session from a refresh token kept since an earlier [`sign_in`](crate::sign_in).
    pub async fn resume(
        _config: &SignInConfig,
        _http: &reqwest::Client,
        _refresh_token: SecretString,
        _user: User,
    ) -> Result<Session, SignInError> {
        todo!()
    }
    /// Ends the session at the provider, as far as it can be reached, and here in any case.
    pub async fn revoke(&self) -> Result<(), SignInError> {
        todo!()
    }
}

#[async_trait]
impl AccessTokens for Session {
    async fn access_token(&self) -> Result<SecretString, SignInError> {
        todo!()
    }
    async fn replace(&self, _rejected: &SecretString) -> Result<SecretString, SignInError> {
        todo!()
    }
}
