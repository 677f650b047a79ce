//! Tolerant reading of FHIR R4 JSON into small structs.
