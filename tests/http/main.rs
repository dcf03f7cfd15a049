//! The service end to end: a real server on a free port, the shipped model, the sample documents.

mod check;
mod client;
mod compare;
mod contract;
mod corrections;
mod documents;
mod duplicates;
mod embeddings;
mod equivalents;
mod facets;
mod files;
mod fixture;
mod guard;
mod metrics;
mod refusals;
mod search;
mod service;
mod tasks;
mod versions;
