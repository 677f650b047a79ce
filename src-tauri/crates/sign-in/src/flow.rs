//! The sign-in itself, from discovery to a verified person.

use crate::{Browser, CancellationToken, Session, SignInConfig, SignInError};

/// Signs a person in through their browser.
pub async fn sign_in(
    _config: &SignInConfig,
    _http: &reqwest::Client,
    _browser: &dyn Browser,
    _cancel: CancellationToken,
) -> Result<Session, SignInError> {
    todo!()
}
