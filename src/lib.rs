//! Clausewise finds the most similar clauses across Chinese policy documents and local law.

pub mod document;
pub mod embed;
pub mod error;
pub mod index;
pub mod store;

pub use error::{Error, Result};
