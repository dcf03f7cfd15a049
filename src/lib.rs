//! Clausewise finds the most similar clauses across Chinese policy documents and local law.
//!
//! # The flow
//!
//! ```text
//! file bytes -> text -> document (metadata, articles, clauses) -> embeddings -> store
//!   document::extract   document::parse                           embed::       store::
//!                                                                                |-> index:: (derived)
//!                                                                                |-> lexical:: (derived)
//! query text -> embeddings -> candidates -> places in documents -> late interaction -> probability, groups -> hits
//!               embed::       index::        store::                search::
//!                             lexical::
//! ```
//!
//! Where to find what: *I have a file* — [`ingest`]. *I have two wordings* — [`difference`]; *two documents* —
//! [`compare`]. *I have a text* — [`search`], by region [`equivalents`]. *I have a draft* — [`check`]. *I want copies
//! gone* — [`duplicates`]. *It takes long* — [`tasks`]. *I want a file of the outcome* — [`export`]. *I have an id* —
//! [`store`]. *I have another model* — [`mod@reindex`]. *How good is it* — [`eval`].
//! [`Engine`] holds a data directory open; `http` and `cli` are edges that translate and hold no logic. The web page is
//! plain files in `http/ui/`, embedded in the binary, and asks the same HTTP interface as anybody.
//!
//! # Invariants, also about what is absent
//!
//! - The store is the only truth. An index can be deleted at any time and is built again from the store.
//! - What was acknowledged is on disk: one transaction a batch, WAL with full synchronisation.
//! - `document` never embeds, `embed` knows no documents, `index` knows vectors and ids alone.
//! - Only `index/hnsw/build.rs` names hnsw_rs; only `embed/` names candle and tokenizers; only `lexical` names tantivy;
//!   only `store/`, `tasks/records.rs` and `duplicates/edges.rs` name SQLite, each a file of its own. ([`Error`] wraps their errors.)
//! - `duplicates` compares wordings and knows no model; what it finds is derived, like an index. `tasks` keeps that
//!   something is to be done, and not how far it is: that is kept by what it works on.
//! - The page makes no markup of text, holds no inline script and loads nothing from elsewhere: its policy refuses it.
//! - Unsafe code is in `embed/kernels/` alone.
//! - Spans count Unicode scalar values of the document's normalised text; clauses and skipped ranges cover it once.
//! - A store is of one model, and refuses others; going over to another is one transaction at the end of encoding all
//!   texts again ([`mod@reindex`]).
//! - Versions of one document (a family) count as one wherever documents are left out or grouped; which of them is the
//!   newest is decided when it is asked, so that nothing is rewritten when one comes or goes.
//! - One embedding a distinct clause text: exact duplicates break an HNSW graph and cost encoding time.
//!
//! # Why not the obvious other way
//!
//! - *Filters inside the graph search*: a callback that keeps 1 % makes it slower than a scan. Filters are applied
//!   after the index over more candidates, and a narrow scope is scanned exactly ([`search`]).
//! - *Fusing BM25 into the score*: it helps clauses and hurts typed queries; words find candidates, tokens rank them.
//! - *Re-centring stored token embeddings on the corpus*: what is stored would go wrong as documents come and go. What
//!   the corpus's tokens have in common beyond the model's centre is taken off when they are compared ([`embed`]).
//! - *A vector database*: it would be a second truth and a second process. SQLite holds the vectors; loading them into
//!   memory takes less than a second for 100,000.
//! - *Mapping the saved graph into memory*: its files are read whole in any case, to verify their digests (0.3 seconds for
//!   213,438 vectors, 109 MB, of some two that opening takes); what would be saved is a sixth of the memory. And a file
//!   that is cut short under a mapping ends the process, where it now means that the graph is built again.
//! - *Saving the index at shutdown*: there may be none. A saved graph names the ids in it, which are never reused, so
//!   that whatever is missing or superfluous is found by comparison and scanned or skipped.

pub mod check;
pub mod cli;
pub mod compare;
pub mod difference;
pub mod document;
pub mod duplicates;
pub mod embed;
pub mod engine;
pub mod equivalents;
pub mod error;
pub mod eval;
pub mod export;
pub mod http;
pub mod index;
pub mod ingest;
pub mod lexical;
pub mod reindex;
pub mod search;
pub mod store;
pub mod tasks;

pub use engine::{Access, Embedders, Engine};
pub use error::{Error, Result};
