//! Clausewise finds the most similar clauses across Chinese policy documents and local law.

pub mod cli;
pub mod document;
pub mod embed;
pub mod engine;
pub mod error;
pub mod eval;
pub mod http;
pub mod index;
pub mod ingest;
pub mod search;
pub mod store;

pub use engine::{Access, Embedders, Engine};
pub use error::{Error, Result};
