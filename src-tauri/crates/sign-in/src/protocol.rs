//! `openidconnect`, set up for a public client whose identity claims are CIS2's.

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AuthUrl, ClaimsVerificationError, Client, ClientId, EndpointNotSet, EndpointSet,
    ExtraTokenFields, IdTokenClaims, IdTokenFields, IdTokenVerifier, IssuerUrl, JsonWebKeySet, Nonce,
    NonceVerifier, OAuth2TokenResponse, RefreshToken, RefreshTokenRequest, RequestTokenError,
    StandardErrorResponse, StandardTokenResponse, TokenResponse, TokenUrl,
};

use serde::{Deserialize, Serialize};

use crate::discovery::Endpoints;
use crate::http::{Http, HttpFailure};
use crate::user::StaffClaims;
use crate::{SignInConfig, SignInError, User};

const SERVICE: &str = "the sign-in service";
/// How far this machine's clock and the provider's may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(120);

/// What SMART adds to a token response: whom the launch was about.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct LaunchContext {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) patient: Option<String>,
}

impl std::fmt::Debug for LaunchContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LaunchContext(..)")
    }
}

impl ExtraTokenFields for LaunchContext {}

type IdFields = IdTokenFields<
    StaffClaims,
    LaunchContext,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
pub(crate) type TokenAnswer = StandardTokenResponse<IdFields, CoreTokenType>;
pub(crate) type TokenRefusal = StandardErrorResponse<CoreErrorResponseType>;
pub(crate) type Claims = IdTokenClaims<StaffClaims, CoreGenderClaim>;
type OidcClient = Client<
    StaffClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    TokenRefusal,
    TokenAnswer,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
    EndpointNotSet,
>;

/// The protocol's client for one provider.
pub(crate) struct Protocol {
    pub(crate) client: OidcClient,
    client_id: ClientId,
    issuer: IssuerUrl,
}

impl Protocol {
    pub(crate) fn new(config: &SignInConfig, endpoints: &Endpoints) -> Result<Self, SignInError> {
        let client_id = ClientId::new(config.client_id.clone());
        let issuer = IssuerUrl::new(endpoints.issuer.clone())
            .map_err(|_| SignInError::Unusable("the sign-in service's issuer is not an address".into()))?;
        // The keys are fetched when there is something to verify: `verified`.
        let client = Client::new(client_id.clone(), issuer.clone(), JsonWebKeySet::default())
            .set_auth_uri(AuthUrl::from_url(endpoints.authorization.clone()))
            .set_token_uri(TokenUrl::from_url(endpoints.token.clone()));
        Ok(Self {
            client,
            client_id,
            issuer,
        })
    }

    pub(crate) fn exchange_refresh_token<'a>(
        &'a self,
        refresh: &'a RefreshToken,
    ) -> RefreshTokenRequest<'a, TokenRefusal, TokenAnswer> {
        self.client.exchange_refresh_token(refresh)
    }

    /// The identity in `answer`, if there is one: signature (RS256 with the issuer's present keys), issuer, audience,
    /// times with leeway, `nonce`, and that it belongs to the access token beside it.
    ///
    /// # Errors
    /// [`SignInError::Refused`], in words that name the check and not the content.
    pub(crate) async fn verified<N: NonceVerifier>(
        &self,
        answer: &TokenAnswer,
        endpoints: &Endpoints,
        http: &Http,
        nonce: N,
        now: DateTime<Utc>,
    ) -> Result<Option<Claims>, SignInError> {
        let Some(token) = answer.id_token() else {
            return Ok(None);
        };
        let keys: CoreJsonWebKeySet = http
            .json(endpoints.keys.clone(), None)
            .await
            .map_err(|failure| failure.of(SERVICE))?;
        let verifier = IdTokenVerifier::new_public_client(self.client_id.clone(), self.issuer.clone(), keys)
            .set_allowed_algs([CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256])
            .set_time_fn(move || now - LEEWAY)
            .set_issue_time_verifier_fn(move |issued| {
                if issued <= now + LEEWAY {
                    Ok(())
                } else {
                    Err("issued in the future".into())
                }
            });
        let claims = token
            .claims(&verifier, nonce)
            .map_err(|error| unverified(&error))?;
        if let Some(expected) = claims.access_token_hash() {
            let actual = token
                .signing_alg()
                .and_then(|algorithm| Ok((algorithm, token.signing_key(&verifier)?)))
                .ok()
                .and_then(|(algorithm, key)| {
                    AccessTokenHash::from_token(answer.access_token(), algorithm, key).ok()
                });
            if actual.as_ref() != Some(expected) {
                return Err(SignInError::Refused(
                    "the identity it sent belongs to another token".into(),
                ));
            }
        }
        Ok(Some(claims.clone()))
    }

    /// Checks that an identity sent along with a refresh, if any, is still `user`'s.
    pub(crate) async fn same_person(
        &self,
        answer: &TokenAnswer,
        endpoints: &Endpoints,
        http: &Http,
        user: &User,
    ) -> Result<(), SignInError> {
        // No nonce of a refresh is known; OpenID Connect Core 1.0, 12.2 says it should be left out.
        let any_nonce = |_: Option<&Nonce>| Ok(());
        match self
            .verified(answer, endpoints, http, any_nonce, Utc::now())
            .await?
        {
            Some(claims) if claims.subject().as_str() != user.subject => Err(SignInError::Refused(
                "the sign-in service now names somebody else".into(),
            )),
            _ => Ok(()),
        }
    }
}

/// Why an identity was not believed. The library's own words quote claims, so they are not used.
fn unverified(error: &ClaimsVerificationError) -> SignInError {
    let reason = match error {
        ClaimsVerificationError::Expired(_) => {
            "the identity it sent has expired; check this computer's clock"
        }
        ClaimsVerificationError::InvalidAudience(_) => "the identity it sent is meant for another program",
        ClaimsVerificationError::InvalidIssuer(_) => "the identity it sent comes from another issuer",
        ClaimsVerificationError::InvalidNonce(_) => "the identity it sent belongs to another sign-in",
        ClaimsVerificationError::SignatureVerification(_) => "the identity it sent is not properly signed",
        _ => "the identity it sent could not be verified; check this computer's clock",
    };
    SignInError::Refused(reason.into())
}

/// A token request that failed for a reason that is the same whichever request it was.
pub(crate) fn failure(error: RequestTokenError<HttpFailure, TokenRefusal>) -> SignInError {
    match error {
        RequestTokenError::Request(failure) => failure.of(SERVICE),
        RequestTokenError::ServerResponse(refusal) => SignInError::Refused(refused(
            refusal.error().as_ref(),
            refusal.error_description().map(String::as_str),
        )),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => HttpFailure::Malformed.of(SERVICE),
    }
}

/// A provider's refusal in words: its own when it has any. They are shown as text, and cut so that a page of it
/// cannot push the next step off the screen.
pub(crate) fn refused(error: &str, description: Option<&str>) -> String {
    let words = description
        .filter(|words| !words.trim().is_empty())
        .unwrap_or(error);
    let plain: String = words
        .chars()
        .filter(|letter| !letter.is_control())
        .take(200)
        .collect();
    format!("the sign-in service says: {plain}")
}
