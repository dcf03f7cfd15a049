//! What goes over the wire: requests, answers, and the words that they share.
//!
//! The crate's own types carry no wire format. Answers are what the command line prints with `--json`, too.

mod check;
mod compare;
mod documents;
mod duplicates;
mod embeddings;
mod equivalents;
mod facets;
mod file;
mod hits;
mod metadata;
mod requests;
mod tasks;
mod texts;

use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use self::check::{CheckAnswer, CheckForm, CheckLine, CheckRequest};
pub(crate) use self::compare::{CompareAnswer, CompareRequest};
pub(crate) use self::documents::{
    DocumentDetail, DocumentList, DocumentSummary, IngestAnswer, IngestedDocument, Outline, Status,
};
pub(crate) use self::duplicates::{ClusterList, ClusterParameters, DuplicatesRequest};
pub(crate) use self::embeddings::{EmbeddingsAnswer, EmbeddingsRequest};
pub(crate) use self::equivalents::{EquivalentsAnswer, EquivalentsRequest, MatrixAnswer, MatrixRequest};
pub(crate) use self::facets::FacetsAnswer;
pub(crate) use self::file::FileParameters;
pub(crate) use self::hits::{Article, ClauseAnswer, SearchAnswer};
pub(crate) use self::metadata::{Kind, Level, Metadata, Region, Sources, Validity};
pub(crate) use self::requests::{
    DocumentsBody, DocumentsForm, FacetParameters, ListParameters, NewDocument, NewDocuments, SearchRequest,
    SimilarParameters,
};
pub(crate) use self::tasks::{TaskAnswer, TaskList};
pub(crate) use self::texts::{TextAnswer, TextForm};
use crate::document;

/// An enum of the wire that mirrors one of the crate, so that a value added there is a compile error here.
macro_rules! mirrored {
    ($(#[$about:meta])* $name:ident = $inner:path { $($(#[$note:meta])* $variant:ident,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name {
            $($(#[$note])* $variant,)*
        }

        impl From<$name> for $inner {
            fn from(value: $name) -> $inner {
                match value {
                    $($name::$variant => <$inner>::$variant,)*
                }
            }
        }

        impl From<$inner> for $name {
            fn from(value: $inner) -> $name {
                match value {
                    $(<$inner>::$variant => $name::$variant,)*
                }
            }
        }
    };
}
use mirrored;

/// Reads a type from a JSON object alone. Derived code would take an array, too, and read its items as fields in the
/// order of declaration. The types derive with `remote = "Self"`, which leaves the trait to be implemented here.
macro_rules! from_objects {
    ($($name:ident: $expected:literal,)*) => {$(
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                struct Object;

                impl<'de> serde::de::Visitor<'de> for Object {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expected)
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<$name, A::Error> {
                        $name::deserialize(serde::de::value::MapAccessDeserializer::new(map))
                    }
                }

                deserializer.deserialize_map(Object)
            }
        }
    )*};
}
use from_objects;

/// A half-open range of the document's normalised text, in Unicode scalar values.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct Span {
    /// First character.
    start: usize,
    /// One past the last character.
    end: usize,
}

impl From<document::Span> for Span {
    fn from(span: document::Span) -> Span {
        Span { start: span.start, end: span.end }
    }
}

/// The service runs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`.
    pub(crate) status: &'static str,
    /// The version of the service.
    pub(crate) version: &'static str,
}

/// The service answers searches.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "documents": 5, "clauses": 854, "model": "clausewise-e5-small-zh-en@d0874be883bc", "index": "hnsw"
}))]
pub(crate) struct Readiness {
    /// Documents that are searched.
    pub(crate) documents: usize,
    /// Clauses that are searched.
    pub(crate) clauses: usize,
    /// Name and digest of the model.
    pub(crate) model: String,
    /// Kind of vector index: `hnsw` or `flat`.
    pub(crate) index: &'static str,
}
