//! npm's certified `oidc-provider` as the issuer.

use clap::Args;
use curlew_redact::{ExposeSecret as _, SecretString};
use curlew_sign_in::{
    AccessTokens as _, Browser, BrowserError, CancellationToken, Session, SignInConfig, SignInError, sign_in,
};
use curlew_tests::Outcome;
use reqwest::{Client, redirect};
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The issuer.
    #[arg(long)]
    issuer: String,
    /// The FHIR base that its tokens are for.
    #[arg(long)]
    base: Url,
    /// Client id registered there.
    #[arg(long, default_value = "scr-desktop")]
    client: String,
}

/// A person at the provider's own pages.
struct Person;

impl Browser for Person {
    fn open(&self, url: &Url) -> Result<(), BrowserError> {
        let url = url.clone();
        tokio::spawn(async move {
            if let Err(problem) = walk(url).await {
                eprintln!("the browser stopped: {problem}");
            }
        });
        Ok(())
    }
}

/// Follows the provider's pages as a browser does, with its cookies, to the end.
async fn walk(first: Url) -> Outcome {
    let http = Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(20))
        .build()?;
    let mut jar: BTreeMap<String, String> = BTreeMap::new();
    let (mut url, mut form): (Url, Option<Vec<(&str, &str)>>) = (first, None);
    for _ in 0..12 {
        let request = match form.take() {
            Some(fields) => http.post(url.clone()).form(&fields),
            None => http.get(url.clone()),
        };
        let cookies: Vec<String> = jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let answer = request.header("cookie", cookies.join("; ")).send().await?;
        for set in answer.headers().get_all("set-cookie") {
            let pair = set.to_str()?.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        if answer.status().is_redirection() {
            let to = answer
                .headers()
                .get("location")
                .ok_or("it leads nowhere")?
                .to_str()?;
            url = url.join(to)?;
            if url.path() == "/callback" {
                http.get(url).send().await?;
                return Ok(());
            }
            continue;
        }
        let page = answer.text().await?;
        form = Some(if page.contains("name=\"login\"") {
            vec![
                ("prompt", "login"),
                ("login", "555036632103"),
                ("password", "any"),
            ]
        } else if page.contains("value=\"consent\"") {
            vec![("prompt", "consent")]
        } else {
            return Err(format!("a page that is neither a login nor a consent, at {}", url.path()).into());
        });
    }
    Err("too many pages".into())
}

pub(crate) async fn run(options: &Options) -> Outcome {
    let http = curlew_api::http_client(&curlew_api::Network::default(), &options.base)?;
    let config = SignInConfig {
        redirect_path: "/callback".to_owned(),
        issuer: Some(options.issuer.clone()),
        ..SignInConfig::new(options.base.clone(), options.client.clone())
    };
    let session = sign_in(&config, &http, &Person, CancellationToken::new()).await?;
    let user = session.user().clone();
    println!(
        "signed in with PKCE (the provider requires it): {} as {}",
        user.name, user.role_name
    );
    println!(
        "at the record API: {}",
        user.fhir_user.as_deref().unwrap_or("not said")
    );

    let first_access = session.access_token().await?;
    let Some(first_refresh) = session.refresh_token() else {
        return Err("the provider gave no refresh token".into());
    };
    let second_access = session.replace(&first_access).await?;
    let second_refresh = session.refresh_token().ok_or("the refresh token is gone")?;
    same(&first_access, &second_access, "the access token was not replaced")?;
    same(
        &first_refresh,
        &second_refresh,
        "the refresh token was not rotated",
    )?;
    println!("refreshed: another access token, and the refresh token has rotated");

    // Ten at once: one refresh, whose answer all of them get.
    let waiting: Vec<_> = (0..10)
        .map(|_| {
            let (session, rejected) = (session.clone(), second_access.clone());
            tokio::spawn(async move { session.replace(&rejected).await })
        })
        .collect();
    let mut given = std::collections::BTreeSet::new();
    for one in waiting {
        given.insert(one.await??.expose_secret().to_owned());
    }
    if given.len() != 1 {
        return Err(format!("ten callers were given {} different tokens", given.len()).into());
    }
    println!("ten callers at once shared one refresh");

    let last = session.refresh_token().ok_or("the refresh token is gone")?;
    session.revoke().await?;
    match Session::resume(&config, &http, last, user.clone()).await {
        Err(SignInError::SessionEnded) => println!("revoked: the last refresh token is no longer taken"),
        Err(error) => return Err(format!("after revocation: {error}").into()),
        Ok(_) => return Err("the session went on after it was revoked".into()),
    }
    match Session::resume(&config, &http, first_refresh, user).await {
        Err(SignInError::SessionEnded) => println!("a refresh token that was rotated away is refused"),
        Err(error) => return Err(format!("a spent refresh token: {error}").into()),
        Ok(_) => return Err("a spent refresh token was taken".into()),
    }
    Ok(())
}

fn same(before: &SecretString, after: &SecretString, problem: &str) -> Outcome {
    if before.expose_secret() == after.expose_secret() {
        return Err(problem.into());
    }
    Ok(())
}
