//! What another program may ask of Curlew, and nothing besides: a pure reader of links and of one command line option.
//!
//! ```text
//! curlew://patient?nhs=9990000000                     show this person
//! curlew://launch?iss=https://record.example/fhir&launch=xyz   SMART App Launch 2.2, from a record system
//! ```
//!
//! A link can be put in any web page or letter, so it is read as if an enemy had written it: one known form, each parameter
//! once, no other host, no path, no escapes that hide anything. No refusal repeats what the link held.

use curlew_record::display;
use curlew_redact::SecretString;
use std::borrow::Cow;
use thiserror::Error;
use url::Url;

/// Longest link read, in bytes. A launch handle may be a signed token of some hundred characters.
const LONGEST: usize = 2_048;

/// Longest launch handle, in bytes.
const LONGEST_HANDLE: usize = 1_024;

/// The scheme registered with the operating system.
const SCHEME: &str = "curlew://";

/// Something another program asked for, checked.
#[derive(Debug, Clone)]
pub enum LaunchRequest {
    /// Show the person with this NHS number: ten digits whose check digit is right.
    Patient(NhsNumber),
    /// SMART App Launch: a handle that the record's own sign-in turns into a patient.
    Ehr(SecretString),
}

/// Ten digits that name a person: never printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct NhsNumber(String);

impl NhsNumber {
    /// The ten digits.
    pub(crate) fn digits(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for NhsNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NhsNumber(..)")
    }
}

/// Why a request of another program was refused. Says which rule, never what was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LinkRefused {
    /// Longer than any real one.
    #[error("it is too long")]
    TooLong,
    /// Control characters, spaces, quotes, or letters outside ASCII.
    #[error("it holds characters that a link may not hold")]
    Characters,
    /// Another scheme, or none.
    #[error("it does not begin with curlew://")]
    NotOurs,
    /// Neither `patient` nor `launch`, or more than that: a path, a port, a user, a fragment.
    #[error("it asks for something Curlew does not do")]
    Purpose,
    /// A parameter that the form does not have, or one without a value.
    #[error("it holds something Curlew does not know")]
    Parameter,
    /// The same parameter twice: two programs might read it as two different people.
    #[error("it says the same thing twice")]
    Repeated,
    /// A parameter is missing.
    #[error("it does not say what to open")]
    Missing,
    /// Not ten digits, or the check digit is wrong.
    #[error("the NHS number in it is not valid")]
    NhsNumber,
    /// `iss` is not this device's record API.
    #[error("it comes from another shared record than the one this device is set to")]
    OtherRecord,
    /// More than a link was given where a link was.
    #[error("something was added to it")]
    Added,
    /// The sign-in worked and named no patient.
    #[error("the sign-in service named no patient for it")]
    NoPatient,
    /// Somebody else signed in than the one for whom it was meant.
    #[error("it was meant for somebody else who signed in")]
    OtherPerson,
}

/// Reads a link. `record_api` is the only record a launch may come from.
///
/// # Errors
/// [`LinkRefused`] for everything but the two forms above.
pub(crate) fn read(link: &str, record_api: Option<&Url>) -> Result<LaunchRequest, LinkRefused> {
    if link.len() > LONGEST {
        return Err(LinkRefused::TooLong);
    }
    // RFC 3986: what is not one of these must be escaped. Quotes and backslashes are how a link breaks out of a command line.
    let plain = |byte: u8| {
        byte.is_ascii_graphic()
            && !matches!(
                byte,
                b'"' | b'\'' | b'`' | b'\\' | b'<' | b'>' | b'^' | b'{' | b'|' | b'}'
            )
    };
    if !link.bytes().all(plain) {
        return Err(LinkRefused::Characters);
    }
    let rest = link
        .get(..SCHEME.len())
        .filter(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
        .and_then(|_| link.get(SCHEME.len()..))
        .ok_or(LinkRefused::NotOurs)?;
    if rest.contains('#') {
        return Err(LinkRefused::Purpose);
    }
    let (purpose, query) = rest.split_once('?').ok_or(LinkRefused::Missing)?;
    // Some browsers write the slash that an empty path has.
    match purpose.strip_suffix('/').unwrap_or(purpose) {
        "patient" => {
            let [number] = parameters(query, ["nhs"])?;
            patient(&number)
        }
        "launch" => {
            let [iss, handle] = parameters(query, ["iss", "launch"])?;
            // Compared as written: two addresses that only mean the same are not worth the tricks that "mean" allows.
            let ours = record_api.ok_or(LinkRefused::OtherRecord)?;
            if iss.trim_end_matches('/') != ours.as_str().trim_end_matches('/') {
                return Err(LinkRefused::OtherRecord);
            }
            if handle.len() > LONGEST_HANDLE {
                return Err(LinkRefused::TooLong);
            }
            if !handle.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(LinkRefused::Characters);
            }
            Ok(LaunchRequest::Ehr(SecretString::from(handle.as_ref())))
        }
        _ => Err(LinkRefused::Purpose),
    }
}

/// Reads an NHS number as another program or a person gives it: `9990000000`, `999 000 0000`, `999-000-0000`.
///
/// # Errors
/// [`LinkRefused::NhsNumber`].
pub(crate) fn patient(number: &str) -> Result<LaunchRequest, LinkRefused> {
    let known = |letter: char| letter.is_ascii_digit() || matches!(letter, ' ' | '-');
    if number.len() > 14 || !number.chars().all(known) {
        return Err(LinkRefused::NhsNumber);
    }
    display::parse_nhs_number(number)
        .map(|digits| LaunchRequest::Patient(NhsNumber(digits)))
        .map_err(|_| LinkRefused::NhsNumber)
}

/// The values of exactly these parameters, each given once, in any order.
fn parameters<'a, const N: usize>(
    query: &'a str,
    names: [&str; N],
) -> Result<[Cow<'a, str>; N], LinkRefused> {
    if !escapes_are_whole(query) {
        return Err(LinkRefused::Characters);
    }
    let mut values: [Option<Cow<'a, str>>; N] = [const { None }; N];
    // Names are read as written: an escaped one is somebody hiding something.
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').ok_or(LinkRefused::Parameter)?;
        let place = names
            .iter()
            .position(|known| *known == name)
            .ok_or(LinkRefused::Parameter)?;
        if value.is_empty() {
            return Err(LinkRefused::Parameter);
        }
        let value = url::form_urlencoded::parse(&pair.as_bytes()[name.len() + 1..])
            .next()
            .map(|(value, rest)| if rest.is_empty() { value } else { Cow::Borrowed("") })
            .filter(|value| {
                !value.is_empty()
                    && !value
                        .chars()
                        .any(|letter| letter.is_control() || letter == '\u{fffd}')
            })
            .ok_or(LinkRefused::Characters)?;
        if values[place].replace(value).is_some() {
            return Err(LinkRefused::Repeated);
        }
    }
    let mut found = [const { Cow::Borrowed("") }; N];
    for (place, value) in found.iter_mut().zip(values) {
        *place = value.ok_or(LinkRefused::Missing)?;
    }
    Ok(found)
}

/// Whether every `%` is followed by two hexadecimal digits.
fn escapes_are_whole(text: &str) -> bool {
    text.split('%')
        .skip(1)
        .all(|after| after.len() >= 2 && after.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use curlew_redact::ExposeSecret as _;
    use proptest::prelude::*;

    const RECORD: &str = "https://record.example/fhir";

    fn read_here(link: &str) -> Result<LaunchRequest, LinkRefused> {
        read(link, Some(&Url::parse(RECORD).expect("an address")))
    }

    fn nhs_of(link: &str) -> String {
        match read_here(link) {
            Ok(LaunchRequest::Patient(number)) => number.digits().to_owned(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_two_forms_are_read() {
        for link in [
            "curlew://patient?nhs=9990018677",
            "curlew://patient/?nhs=9990018677",
            "CURLEW://patient?nhs=9990018677",
            "curlew://patient?nhs=999%20001%208677",
            "curlew://patient?nhs=999+001+8677",
            "curlew://patient?nhs=999-001-8677",
        ] {
            assert_eq!(nhs_of(link), "9990018677", "{link}");
        }
        for link in [
            "curlew://launch?iss=https://record.example/fhir&launch=a.b-c_d~1",
            "curlew://launch?launch=a.b-c_d~1&iss=https%3A%2F%2Frecord.example%2Ffhir%2F",
        ] {
            match read_here(link) {
                Ok(LaunchRequest::Ehr(handle)) => assert_eq!(handle.expose_secret(), "a.b-c_d~1"),
                other => panic!("{link}: {other:?}"),
            }
        }
    }

    #[test]
    fn everything_else_is_refused_for_its_reason() {
        let long = format!("curlew://patient?nhs={}", "9".repeat(3_000));
        let long_handle = format!("curlew://launch?iss={RECORD}&launch={}", "a".repeat(1_500));
        for (link, why) in [
            (long.as_str(), LinkRefused::TooLong),
            (&long_handle, LinkRefused::TooLong),
            ("", LinkRefused::NotOurs),
            ("curlew:patient?nhs=9990018677", LinkRefused::NotOurs),
            ("https://patient?nhs=9990018677", LinkRefused::NotOurs),
            ("xcurlew://patient?nhs=9990018677", LinkRefused::NotOurs),
            ("file:///etc/passwd", LinkRefused::NotOurs),
            // Characters that a real link does not hold.
            ("curlew://patient?nhs=999 001 8677", LinkRefused::Characters),
            ("curlew://patient?nhs=9990018677\n", LinkRefused::Characters),
            ("curlew://patient?nhs=9990018677\0", LinkRefused::Characters),
            (
                "curlew://patient?nhs=9990018677\" --policy=x",
                LinkRefused::Characters,
            ),
            ("curlew://patient?nhs=9990018677\u{202e}", LinkRefused::Characters),
            ("curlew://patient?nhs=\u{ff19}990018677", LinkRefused::Characters),
            ("curlew://patient?nhs=9990018677%00", LinkRefused::Characters),
            ("curlew://patient?nhs=9990018677%0d%0a", LinkRefused::Characters),
            ("curlew://patient?nhs=9990018677%", LinkRefused::Characters),
            ("curlew://patient?nhs=9990018677%2", LinkRefused::Characters),
            ("curlew://patient?nhs=9990018677%zz", LinkRefused::Characters),
            ("curlew://patient?nhs=%ff", LinkRefused::Characters),
            // Other purposes, and paths, ports, users and fragments.
            ("curlew://elsewhere?nhs=9990018677", LinkRefused::Purpose),
            ("curlew://?nhs=9990018677", LinkRefused::Purpose),
            ("curlew://PATIENT?nhs=9990018677", LinkRefused::Purpose),
            ("curlew://patient/../launch?nhs=9990018677", LinkRefused::Purpose),
            ("curlew://patient//?nhs=9990018677", LinkRefused::Purpose),
            ("curlew://patient/%2e%2e/?nhs=9990018677", LinkRefused::Purpose),
            ("curlew://patient:80?nhs=9990018677", LinkRefused::Purpose),
            ("curlew://a@patient?nhs=9990018677", LinkRefused::Purpose),
            ("curlew://patient?nhs=9990018677#x", LinkRefused::Purpose),
            (
                "curlew://patient%3fnhs=9990018677?nhs=9990018677",
                LinkRefused::Purpose,
            ),
            // Parameters.
            ("curlew://patient", LinkRefused::Missing),
            ("curlew://patient?", LinkRefused::Parameter),
            ("curlew://patient?nhs", LinkRefused::Parameter),
            ("curlew://patient?nhs=", LinkRefused::Parameter),
            ("curlew://patient?NHS=9990018677", LinkRefused::Parameter),
            ("curlew://patient?%6ehs=9990018677", LinkRefused::Parameter),
            ("curlew://patient?nhs=9990018677&", LinkRefused::Parameter),
            (
                "curlew://patient?nhs=9990018677&then=print",
                LinkRefused::Parameter,
            ),
            (
                "curlew://patient?nhs=9990018677&nhs=9990018677",
                LinkRefused::Repeated,
            ),
            (
                "curlew://patient?nhs=9990018677&nhs=9990000018",
                LinkRefused::Repeated,
            ),
            ("curlew://launch?launch=x", LinkRefused::Missing),
            (
                "curlew://launch?iss=https://record.example/fhir",
                LinkRefused::Missing,
            ),
            // Numbers.
            ("curlew://patient?nhs=9990018678", LinkRefused::NhsNumber),
            ("curlew://patient?nhs=999001867", LinkRefused::NhsNumber),
            ("curlew://patient?nhs=99900186777", LinkRefused::NhsNumber),
            ("curlew://patient?nhs=0000000000", LinkRefused::NhsNumber),
            ("curlew://patient?nhs=9990018677;", LinkRefused::NhsNumber),
            (
                "curlew://patient?nhs=9990018677,9990000018",
                LinkRefused::NhsNumber,
            ),
            ("curlew://patient?nhs=%2d%2d9990018677---", LinkRefused::NhsNumber),
            // Other records, and addresses that only look like ours.
            (
                "curlew://launch?iss=https://other.example/fhir&launch=x",
                LinkRefused::OtherRecord,
            ),
            (
                "curlew://launch?iss=http://record.example/fhir&launch=x",
                LinkRefused::OtherRecord,
            ),
            (
                "curlew://launch?iss=https://record.example/fhir/../fhir&launch=x",
                LinkRefused::OtherRecord,
            ),
            (
                "curlew://launch?iss=https://record.example@other.example/fhir&launch=x",
                LinkRefused::OtherRecord,
            ),
            (
                "curlew://launch?iss=https://record.example.other.example/fhir&launch=x",
                LinkRefused::OtherRecord,
            ),
            (
                "curlew://launch?iss=https://record.example/fhir%3f&launch=x",
                LinkRefused::OtherRecord,
            ),
            (
                "curlew://launch?iss=https://record.example/fhir&launch=x%20y",
                LinkRefused::Characters,
            ),
        ] {
            assert_eq!(read_here(link).err(), Some(why), "{link:?}");
        }
        assert_eq!(
            read(&format!("curlew://launch?iss={RECORD}&launch=x"), None).err(),
            Some(LinkRefused::OtherRecord),
            "no record is set"
        );
    }

    #[test]
    fn neither_a_request_nor_a_refusal_prints_what_it_holds() {
        let request = read_here("curlew://patient?nhs=9990018677").expect("valid");
        assert!(!format!("{request:?}").contains("999"));
        let request = read_here(&format!("curlew://launch?iss={RECORD}&launch=handle7")).expect("valid");
        assert!(!format!("{request:?}").contains("handle7"));
        let refused = read_here("curlew://patient?nhs=1234567890").expect_err("wrong check digit");
        assert!(!format!("{refused} {refused:?}").contains("1234567890"));
    }

    proptest! {
        /// Whatever comes: an answer, and a patient only for a link that holds those ten digits and nothing else.
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            prop_assert!(read_here(&text).is_err());
            prop_assert!(patient(&text).is_err() || text.chars().filter(char::is_ascii_digit).count() == 10);
        }

        #[test]
        fn what_is_read_is_what_is_written(tail in "[ -~]{0,40}") {
            let link = format!("curlew://patient?nhs={tail}");
            if let Ok(LaunchRequest::Patient(number)) = read_here(&link) {
                let unescaped = tail.replace("%20", "").replace("%2d", "").replace("%2D", "").replace(['+', '-'], "");
                // Escaped digits are digits too, and nothing else may be left over.
                prop_assert!(unescaped == number.digits() || tail.contains('%'), "{link}");
            }
        }

        /// A good link with one character put in anywhere is refused, or still names the same person.
        #[test]
        fn one_more_character_never_names_somebody_else(at in 0usize..31, with in any::<char>()) {
            let mut link = "curlew://patient?nhs=9990018677".to_owned();
            link.insert(at, with);
            if let Ok(LaunchRequest::Patient(number)) = read_here(&link) {
                prop_assert_eq!(number.digits(), "9990018677");
            }
        }
    }
}
