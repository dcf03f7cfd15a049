//! What goes over the wire: requests, answers, and the words that they share.
//!
//! The crate's own types carry no wire format. Answers are what the command line prints with `--json`, too.

mod documents;
mod hits;
mod requests;

use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

pub(crate) use self::documents::{
    DocumentDetail, DocumentList, DocumentSummary, IngestAnswer, IngestedDocument, Outline, Status,
};
pub(crate) use self::hits::{Article, ClauseAnswer, SearchAnswer};
pub(crate) use self::requests::{
    DocumentsBody, DocumentsForm, ListParameters, NewDocument, NewDocuments, SearchRequest, SimilarParameters,
};
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

/// Turns a struct of the wire into the one of the crate that it mirrors and back, so that a field added to either is a
/// compile error here. All fields are optional.
macro_rules! mirrored_fields {
    ($name:ident = $inner:path { $($field:ident,)* }) => {
        impl From<$name> for $inner {
            fn from($name { $($field),* }: $name) -> $inner {
                $inner { $($field: $field.map(Into::into),)* }
            }
        }

        impl From<$inner> for $name {
            fn from($inner { $($field),* }: $inner) -> $name {
                $name { $($field: $field.map(Into::into),)* }
            }
        }
    };
}

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

from_objects! {
    Region: "an object with province and place",
    Metadata: "an object",
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Region::serialize(self, serializer)
    }
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Metadata::serialize(self, serializer)
    }
}

mirrored! {
    /// Level of the issuing body.
    Level = document::Level { National, Province, Prefecture, County, }
}

mirrored! {
    /// Kind of document.
    Kind = document::Kind { Law, Regulation, Interpretation, Decision, Opinion, Plan, Notice, Report, }
}

/// Province and place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schema(example = json!({"province": "山东", "place": "枣庄市"}))]
pub(crate) struct Region {
    /// Short name of the province-level unit; null where only the place is known.
    #[serde(default)]
    pub(crate) province: Option<String>,
    /// Place below the province; null for province-level documents.
    #[serde(default)]
    pub(crate) place: Option<String>,
}

mirrored_fields! {
    Region = document::Region { province, place, }
}

/// What is known about a document; null where its text does not say and the caller did not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields, remote = "Self")]
pub(crate) struct Metadata {
    /// Title on one line.
    pub(crate) title: Option<String>,
    /// 文号.
    #[schema(example = "咸政发〔2016〕2号")]
    pub(crate) document_number: Option<String>,
    /// Issuing body; joint issuers are separated by a space.
    #[schema(example = "咸宁市人民政府")]
    pub(crate) issuer: Option<String>,
    /// Region.
    pub(crate) region: Option<Region>,
    /// Level of the issuer.
    pub(crate) level: Option<Level>,
    /// Kind of document.
    pub(crate) kind: Option<Kind>,
    /// Date of issue or adoption, `YYYY-MM-DD`.
    #[schema(example = "2016-01-20")]
    pub(crate) date: Option<String>,
    /// Date of publication, `YYYY-MM-DD`.
    pub(crate) published: Option<String>,
    /// Date of entry into force, `YYYY-MM-DD`.
    pub(crate) effective: Option<String>,
}

mirrored_fields! {
    Metadata = document::Metadata {
        title, document_number, issuer, region, level, kind, date, published, effective,
    }
}

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
    "documents": 5, "clauses": 854, "model": "clausewise-e5-small-zh-en@1cab097ed99c", "index": "hnsw"
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
