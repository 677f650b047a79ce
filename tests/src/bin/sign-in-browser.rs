//! A browser for tests: signs in at the sandbox's page, without anybody at the keyboard.
//!
//! The app opens it because `$BROWSER` names it. `CURLEW_TEST_USER` says who signs in (`nurse` unless told otherwise);
//! the user `nobody` looks at the page and closes the browser.

use curlew_tests::login::{self, Until};
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some(address) = std::env::args().nth(1) else {
        eprintln!("usage: sign-in-browser URL");
        return ExitCode::from(2);
    };
    let who = std::env::var_os(login::WHO).and_then(|file| std::fs::read_to_string(file).ok());
    let user = who
        .or_else(|| std::env::var("CURLEW_TEST_USER").ok())
        .unwrap_or_else(|| "nurse".to_owned());
    let until = if user == "nobody" {
        Until::ThePageIsSeen
    } else {
        Until::TheEnd
    };
    match login::sign_in(&address, &user, until).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the sign-in in the browser failed: {error}");
            ExitCode::FAILURE
        }
    }
}
