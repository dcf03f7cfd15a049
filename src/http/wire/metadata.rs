//! What is known about a document, and where that comes from.

use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

use super::{from_objects, mirrored};
use crate::document;

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

from_objects! {
    Region: "an object with province, city and county",
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

mirrored! {
    /// Whether a document is in force: 现行有效; 已修改; 已废止; 失效; 尚未生效.
    Validity = document::Validity { InForce, Amended, Repealed, Expired, NotYetInForce, }
}

/// Province, city and county.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schema(example = json!({"province": "山东", "city": "枣庄市", "county": null}))]
pub(crate) struct Region {
    /// Short name of the province-level unit; null where only a place below it is known.
    #[serde(default)]
    pub(crate) province: Option<String>,
    /// Prefecture-level place in full; null for province-level documents.
    #[serde(default)]
    pub(crate) city: Option<String>,
    /// County-level place in full; null for documents of a city or a province.
    #[serde(default)]
    pub(crate) county: Option<String>,
}

mirrored_fields! {
    Region = document::Region { province, city, county, }
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
    /// Whether it is in force, where that is said.
    pub(crate) validity: Option<Validity>,
    /// The family: what the versions of one document have in common. Made of the issuer's place and the title unless it
    /// is given.
    #[schema(example = "湖北|咸宁市|实施质量强市战略决定")]
    pub(crate) family: Option<String>,
}

mirrored_fields! {
    Metadata = document::Metadata {
        title, document_number, issuer, region, level, kind, date, published, effective, validity, family,
    }
}

mirrored! {
    /// What a value was read from: the index table of a page, beside the text or within it; the title; the signature;
    /// the note of adoption; the line of the document number; lines around the document; its first sentence; the
    /// provision on taking effect; words of the text; or another value, the issuer or the region.
    Origin = document::Origin {
        PageTable, IndexTable, Title, Signature, AdoptionNote, Number, Front, FirstSentence, EffectClause, Text,
        Issuer, Region,
    }
}

/// How a value came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    /// The caller said so.
    Given,
    /// It stands there.
    Stated,
    /// It follows from what stands there.
    Inferred,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Source {
    how: How,
    /// What it was read from; null for values of the caller.
    from: Option<Origin>,
}

impl From<document::Source> for Source {
    fn from(source: document::Source) -> Source {
        match source {
            document::Source::Given => Source { how: How::Given, from: None },
            document::Source::Stated(origin) => Source { how: How::Stated, from: Some(origin.into()) },
            document::Source::Inferred(origin) => Source { how: How::Inferred, from: Some(origin.into()) },
        }
    }
}

/// Where the values of a document's metadata come from; null where there is no value.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Sources {
    title: Option<Source>,
    document_number: Option<Source>,
    issuer: Option<Source>,
    region: Option<Source>,
    level: Option<Source>,
    kind: Option<Source>,
    date: Option<Source>,
    published: Option<Source>,
    effective: Option<Source>,
    validity: Option<Source>,
    family: Option<Source>,
}

impl From<document::Sources> for Sources {
    fn from(sources: document::Sources) -> Sources {
        Sources {
            title: sources.title.map(Into::into),
            document_number: sources.document_number.map(Into::into),
            issuer: sources.issuer.map(Into::into),
            region: sources.region.map(Into::into),
            level: sources.level.map(Into::into),
            kind: sources.kind.map(Into::into),
            date: sources.date.map(Into::into),
            published: sources.published.map(Into::into),
            effective: sources.effective.map(Into::into),
            validity: sources.validity.map(Into::into),
            family: sources.family.map(Into::into),
        }
    }
}
