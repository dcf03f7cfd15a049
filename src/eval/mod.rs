//! How good is the search? Judged queries in, figures out.

pub mod judgments;
pub mod metrics;
