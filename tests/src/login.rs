//! What a person does in the browser: open the sign-in page, choose who they are, follow the page back to the app.

use crate::Outcome;
use reqwest::{Client, Url, redirect};
use std::time::Duration;

/// Environment variable for the file that names who sits at the browser now; without the file, `CURLEW_TEST_USER` does.
pub const WHO: &str = "CURLEW_TEST_WHO";

/// Longest wait for one answer.
const LIMIT: Duration = Duration::from_secs(20);

/// How far the person gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// All the way back to the app.
    TheEnd,
    /// Looks at the sign-in page, then closes the browser.
    ThePageIsSeen,
}

/// Signs in at the sandbox's page as `user`.
///
/// # Errors
/// When the page is not what it is expected to be, or somebody does not answer.
pub async fn sign_in(authorize: &str, user: &str, until: Until) -> Outcome {
    let browser = Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(LIMIT)
        .build()?;
    let authorize = Url::parse(authorize)?;
    let page = browser.get(authorize.clone()).send().await?.error_for_status()?;
    // Refused before anybody was asked: the browser goes straight back to the app.
    if page.status().is_redirection() {
        return follow(&browser, &authorize, &page).await;
    }
    let html = page.text().await?;
    let form = Form::first_in(&html).ok_or("the sign-in page holds no form")?;
    if until == Until::ThePageIsSeen {
        return Ok(());
    }

    let mut fields: Vec<(&str, &str)> = form
        .hidden
        .iter()
        .filter(|(name, _)| name != "user")
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    fields.push(("user", user));
    let answer = browser
        .post(authorize.join(&form.action)?)
        .form(&fields)
        .send()
        .await?;
    if !answer.status().is_redirection() {
        return Err(format!(
            "the sign-in page answered {} instead of leading back to the app",
            answer.status()
        )
        .into());
    }
    follow(&browser, &authorize, &answer).await
}

/// Follows an answer back to the app.
async fn follow(browser: &Client, from: &Url, answer: &reqwest::Response) -> Outcome {
    let back = answer
        .headers()
        .get("location")
        .ok_or("the sign-in page leads nowhere")?
        .to_str()?
        .to_owned();
    browser.get(from.join(&back)?).send().await?.error_for_status()?;
    Ok(())
}

/// The part of an HTML form that a script needs.
#[derive(Debug, PartialEq, Eq)]
struct Form {
    action: String,
    hidden: Vec<(String, String)>,
}

impl Form {
    fn first_in(html: &str) -> Option<Self> {
        let start = html.find("<form")?;
        let end = html[start..]
            .find("</form>")
            .map_or(html.len(), |length| start + length);
        let form = &html[start..end];
        let action = attribute(tags(form, "form").next()?, "action").unwrap_or_else(|| "/login".to_owned());
        let hidden = tags(form, "input")
            .filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"))
            .filter_map(|tag| {
                Some((
                    attribute(tag, "name")?,
                    attribute(tag, "value").unwrap_or_default(),
                ))
            })
            .collect();
        Some(Self { action, hidden })
    }
}

fn tags<'a>(html: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    html.split('<')
        .filter(move |piece| {
            piece
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with([' ', '\n', '>', '/']))
        })
        .map(|piece| piece.split_once('>').map_or(piece, |(tag, _)| tag))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\"")).map(|at| at + name.len() + 3)?;
    let value = tag[start..].split('"').next()?;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&#x27;", "'")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_page_is_found() {
        let html = r#"<html><body><h1>Sign in</h1><form method="post" action="/login?x=1&amp;y=2">
            <input type="hidden" name="request" value="a&quot;b"><input type="text" name="other" value="no">
            <button name="user" value="nurse">Nurse</button></form><form action="/elsewhere"></form></body></html>"#;
        let form = Form::first_in(html).expect("there is a form");
        assert_eq!(form.action, "/login?x=1&y=2");
        assert_eq!(form.hidden, [("request".to_owned(), "a\"b".to_owned())]);
        assert_eq!(Form::first_in("<p>nothing here</p>"), None);
    }
}
