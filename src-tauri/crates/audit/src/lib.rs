//! The hash-chained log of every look at a patient.
