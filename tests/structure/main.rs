//! The structure that the parser finds: shapes of real documents, documents generated from a known structure, damaged
//! texts, and a sample that was labelled by reading.

mod generated;
mod labelled;
mod mutations;
mod promises;
mod shapes;
