//! Secrets and patient data as types that cannot be printed, logged or serialised by accident.
