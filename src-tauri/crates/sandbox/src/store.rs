//! Every version of every resource the sandbox serves, in memory.

/// The versioned resources: thread-safe, shared by the server and the tests that change them.
#[derive(Debug, Default)]
pub struct Store {}

/// A resource that cannot be stored.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum StoreError {
    /// Not a JSON object.
    #[error("not a JSON object")]
    NotAnObject,
    /// No `resourceType`, or one that is not a name.
    #[error("no resourceType")]
    NoType,
    /// No `id`, or one FHIR does not allow.
    #[error("no usable id")]
    NoId,
}

impl Store {
    /// Stores a new version of a resource (its `resourceType` and `id` say which), stamping `meta.versionId` and `meta.lastUpdated`.
    pub fn put(&self, _resource: &serde_json::Value) -> Result<u64, StoreError> {
        Ok(1)
    }
    /// Deletes a resource, leaving a deletion in its history. Says whether there was one to delete.
    pub fn delete(&self, _resource_type: &str, _id: &str) -> bool {
        false
    }
    /// The current text of a resource as served, or `None` where absent or deleted.
    pub fn get(&self, _resource_type: &str, _id: &str) -> Option<String> {
        None
    }
}
