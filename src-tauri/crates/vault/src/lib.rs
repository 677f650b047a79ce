//! The encrypted cache: key slots, one encrypted file per patient, versions and search.
