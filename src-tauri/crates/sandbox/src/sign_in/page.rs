//! The pages a person sees in the browser: choosing who to be, and plain refusals. No scripts, nothing fetched.

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::users::UserAccount;

/// `form-action` must also name where the form's answer redirects to: browsers check the whole chain.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
    form-action 'self' http://127.0.0.1:* http://[::1]:*; frame-ancestors 'none'; base-uri 'none'";

const STYLE: &str = "\
:root{color-scheme:light}*{box-sizing:border-box}\
body{margin:0;background:#f0f4f5;color:#212b32;font:1.1875rem/1.5 Frutiger,Arial,sans-serif}\
header{background:#005eb8;color:#fff;padding:1rem 0}\
header p{margin:0 auto;padding:0 1rem;max-width:40rem;font-weight:700;font-size:1.25rem}\
main{max-width:40rem;margin:0 auto;padding:1.5rem 1rem 3rem}\
h1{font-size:2rem;line-height:1.2;margin:0 0 1rem}\
.note{border-left:8px solid #005eb8;background:#fff;padding:.75rem 1rem;margin:0 0 1.5rem}\
button{display:block;width:100%;text-align:left;font:inherit;cursor:pointer;padding:1rem 1.25rem;margin:0 0 1rem;\
border:2px solid #4c6272;border-radius:4px;background:#fff;color:inherit}\
button:hover{background:#d8e6f4}\
button:focus{outline:4px solid #ffeb3b;outline-offset:0;border-color:#212b32;background:#ffeb3b}\
button strong{display:block;font-size:1.375rem;color:#005eb8}button:focus strong{color:#212b32}\
button span{display:block;color:#425563}button:focus span{color:#212b32}\
button.plain{border:0;background:none;text-decoration:underline;color:#005eb8;padding:.5rem 0;width:auto}";

/// The sign-in page: one big button a user, and a way out.
pub(crate) fn choose(request: &str, users: &[UserAccount]) -> Response {
    let mut buttons = String::new();
    for user in users {
        let place = user.selected_role().map_or("", |role| role.org_name.as_str());
        buttons.push_str(&format!(
            "<button type=\"submit\" name=\"user\" value=\"{}\"><strong>{}</strong><span>{}</span><span>{}</span></button>",
            escaped(&user.username),
            escaped(&user.description),
            escaped(&user.name),
            escaped(place),
        ));
    }
    let body = format!(
        "<h1>Who are you today?</h1>\
         <p class=\"note\">This is a practice record on this computer, not the real one. Choose a user to sign in: there is no password.</p>\
         <form method=\"post\" action=\"/login\"><input type=\"hidden\" name=\"request\" value=\"{}\">{buttons}\
         <button class=\"plain\" type=\"submit\" name=\"user\" value=\"\">Do not sign in</button></form>",
        escaped(request)
    );
    page(StatusCode::OK, "Choose a user", &body)
}

/// A refusal shown here, because there is nowhere safe to send the browser.
pub(crate) fn refuse(sentence: &str) -> Response {
    let body = format!(
        "<h1>You cannot sign in from here</h1><p>{}</p><p>Close this page, go back to Curlew and start again.</p>",
        escaped(sentence)
    );
    page(StatusCode::BAD_REQUEST, "You cannot sign in from here", &body)
}

fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en-GB\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} - Curlew practice record</title><style>{STYLE}</style></head>\
         <body><header><p>Curlew practice record</p></header><main>{body}</main></body></html>"
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("x-frame-options"), "DENY"),
    ];
    (status, headers, Html(html)).into_response()
}

/// Text made safe inside HTML text and double-quoted attributes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_cannot_become_markup() {
        assert_eq!(
            escaped("<a href=\"x\">'&"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;"
        );
    }
}
