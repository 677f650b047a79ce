//! The sign-in itself, from discovery to a verified person.

use chrono::Utc;
use curlew_redact::{ExposeSecret, SecretString};
use openidconnect::core::{CoreAuthPrompt, CoreResponseType};
use openidconnect::{
    AuthenticationContextClass, AuthenticationFlow, AuthorizationCode, CsrfToken, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, RedirectUrl, Scope,
};
use std::borrow::Cow;
use tokio::time::Instant;

use crate::discovery::{Endpoints, discover};
use crate::http::{Http, HttpFailure};
use crate::loopback::{Answer, Loopback};
use crate::protocol::{self, Claims, Protocol, TokenAnswer};
use crate::user::{Identity, UserInfo};
use crate::{Abandonment, Browser, CancellationToken, Session, SignInConfig, SignInError, User};

/// Signs a person in through their browser, and verifies who they are and what they may act as.
///
/// Cancelling through `cancel`, or dropping the future, closes the local port and leaves nothing behind.
///
/// # Errors
/// Every [`SignInError`] but [`SignInError::SessionEnded`].
pub async fn sign_in(
    config: &SignInConfig,
    http: &reqwest::Client,
    browser: &dyn Browser,
    cancel: CancellationToken,
) -> Result<Session, SignInError> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(SignInError::Abandoned(Abandonment::Cancelled)),
        outcome = Box::pin(attempt(config, http, browser)) => outcome,
    }
}

async fn attempt(
    config: &SignInConfig,
    http: &reqwest::Client,
    browser: &dyn Browser,
) -> Result<Session, SignInError> {
    let http = Http::new(http.clone());
    let endpoints = discover(config, &http).await?;
    let protocol = Protocol::new(config, &endpoints)?;
    let loopback = Loopback::open(config.redirect_port, &config.redirect_path).await?;
    let redirect = RedirectUrl::from_url(loopback.redirect().clone());

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    // 256 bits; SMART App Launch 2.2.0 asks for 122 at least.
    let (state, nonce) = (CsrfToken::new_random_len(32), Nonce::new_random_len(32));
    let (sent_state, sent_nonce) = (state.clone(), nonce.clone());
    let mut request = protocol
        .client
        .authorize_url(
            AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
            move || sent_state,
            move || sent_nonce,
        )
        .set_redirect_uri(Cow::Borrowed(&redirect))
        .set_pkce_challenge(challenge)
        // On a desk that ten people share, the browser may still know the last of them.
        .add_prompt(CoreAuthPrompt::Login)
        // OpenID Connect Core 1.0, 11: without it a provider may leave `offline_access` out, and the session would end with
        // the first access token. Seen at npm's oidc-provider.
        .add_prompt(CoreAuthPrompt::Consent)
        .add_extra_param("aud", config.record_api.as_str().trim_end_matches('/'))
        .add_scopes(
            config
                .scopes
                .iter()
                .filter(|scope| *scope != "openid")
                .cloned()
                .map(Scope::new),
        );
    if let Some(context) = &config.acr_values {
        request = request.add_auth_context_value(AuthenticationContextClass::new(context.clone()));
    }
    if let Some(launch) = &config.launch {
        // SMART App Launch 2.2, 2.0.9: the handle goes back as it came, and the scope asks for its context.
        request = request
            .add_scope(Scope::new("launch".to_owned()))
            .add_extra_param("launch", launch.expose_secret().to_owned());
    }
    let (address, ..) = request.url();

    browser.open(&address).map_err(|_| SignInError::NoBrowser)?;
    let state = SecretString::from(state.secret().as_str());
    let answer = tokio::time::timeout(config.timeout, loopback.answer(&state))
        .await
        .map_err(|_| SignInError::Abandoned(Abandonment::TimedOut))??;
    let code = match answer {
        // RFC 9207: the answer of one provider must not be taken to another.
        Answer::Code {
            issuer: Some(issuer), ..
        } if issuer != endpoints.issuer => {
            return Err(SignInError::Refused(
                "the answer comes from another issuer".into(),
            ));
        }
        Answer::Code { code, .. } => code,
        Answer::Refused {
            error,
            description: None,
        } if error == "access_denied" => {
            return Err(SignInError::Abandoned(Abandonment::Closed));
        }
        Answer::Refused { error, description } => {
            return Err(SignInError::Refused(protocol::refused(
                &error,
                description.as_deref(),
            )));
        }
    };

    let asked = Instant::now();
    let tokens = protocol
        .client
        .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
        .set_redirect_uri(Cow::Borrowed(&redirect))
        .set_pkce_verifier(verifier)
        .request_async(&http)
        .await
        .map_err(protocol::failure)?;
    let claims = protocol
        .verified(&tokens, &endpoints, &http, &nonce, Utc::now())
        .await?
        .ok_or_else(|| SignInError::Refused("the sign-in service sent no identity".into()))?;
    let user = who(&claims, &tokens, &endpoints, &http, config).await?;
    // A launch is for one sign-in; the session it begins goes on without it.
    let config = SignInConfig {
        launch: None,
        ..config.clone()
    };
    Ok(Session::new(config, endpoints, http, user, &tokens, asked))
}

/// The person behind verified claims, with what `userinfo` adds when the ID token names no roles.
async fn who(
    claims: &Claims,
    tokens: &TokenAnswer,
    endpoints: &Endpoints,
    http: &Http,
    config: &SignInConfig,
) -> Result<User, SignInError> {
    let name = claims
        .name()
        .and_then(|name| name.get(None))
        .map(|name| name.as_str().to_owned())
        .or_else(|| {
            let given = claims.given_name()?.get(None)?;
            let family = claims.family_name()?.get(None)?;
            Some(format!("{} {}", given.as_str(), family.as_str()))
        });
    let mut identity = Identity {
        issuer: endpoints.issuer.clone(),
        subject: claims.subject().as_str().to_owned(),
        name,
        context: claims
            .auth_context_ref()
            .map(|context| context.as_str().to_owned()),
        staff: claims.additional_claims().clone(),
    };
    if !identity.staff.names_roles()
        && let Some(userinfo) = &endpoints.userinfo
    {
        let token = SecretString::from(tokens.access_token().secret().as_str());
        match http.json::<UserInfo>(userinfo.clone(), Some(&token)).await {
            // OpenID Connect Core 1.0, 5.3.2: or a swapped token would lend another person's roles.
            Ok(info) if info.sub != identity.subject => {
                return Err(SignInError::Refused(
                    "the sign-in service describes somebody else".into(),
                ));
            }
            Ok(info) => {
                identity.name = identity.name.or(info.name);
                identity.staff.complete_from(info.staff);
            }
            // A token bound to the record API is not taken here by every provider: the ID token has to do.
            Err(HttpFailure::Status(400..=499)) => {}
            Err(failure) => return Err(failure.of("the sign-in service")),
        }
    }
    identity.into_user(config)
}
