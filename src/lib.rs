//! Clausewise finds the most similar clauses across Chinese policy documents and local law.

pub mod document;
pub mod embed;
pub mod error;

pub use error::{Error, Result};
