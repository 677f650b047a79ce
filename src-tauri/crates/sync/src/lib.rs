//! Caseload to vault: plan, fetch, check consent, stage, swap, report.

mod report;

pub use report::{AuditReport, CaseloadReport, FailureCode, LoadReport, Outcome, PatientReport, Progress};
