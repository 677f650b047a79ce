//! Sign-in and sessions against an OpenID provider of the tests' own, which can be told to misbehave.

mod session;
mod sign_in;
mod support;
