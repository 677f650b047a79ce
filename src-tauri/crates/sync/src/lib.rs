//! Caseload to vault: plan, fetch, check consent, stage, swap, report.
