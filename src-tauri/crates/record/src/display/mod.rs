//! Every text rule of the display standards, in one place, for screen, print and audit alike.
//!
//! The rules are those of the NHS Common User Interface guides and the ISB standards made from them; each
//! function names the rule ids it keeps, and `tests/display_conformance.rs` has a test named by each id.
//! Nothing here knows FHIR: values go in, words come out. Two principles decide the hard cases:
//!
//! - What we compose follows the typography exactly; **text that a source wrote is kept as written**, because
//!   rewording a clinical fact to please a style rule is worse than breaking the rule.
//! - A result is shown with the digits it was sent with (`5.0` is not `5`); a *dose* loses its trailing zero,
//!   because `1.0 mg` has been read as 10 mg.

mod address;
mod allergy;
mod identity;
mod medication;
mod moment;
mod numbers;
mod span;
mod units;

pub use address::{address, phone};
pub use allergy::{AllergyWords, agent, allergy_row, reactions};
pub use identity::{
    NOT_KNOWN, NameParts, NhsNumberError, gender, name, nhs_number, nhs_number_status, parse_nhs_number, sex,
};
pub use medication::{MedicationWords, drug_name, medication_line};
pub use moment::{
    Moment, age, age_range, approximate_time, clock_time, date, duration, long_date, weekday_date,
};
pub use numbers::{dose_number, grouped};
pub use span::{muted, plain, plain_text, strong};
pub use units::{dose_unit, quantity, result_unit, same_unit};
