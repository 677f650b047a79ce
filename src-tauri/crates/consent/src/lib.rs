//! Whether a resource may be cached, shown, or opened in an emergency, and why.
