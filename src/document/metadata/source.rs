//! Where a value comes from: what is stated can be relied on, what is inferred can be checked.

use serde::{Deserialize, Serialize};

use super::Metadata;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "how", content = "from")]
pub enum Source {
    /// The caller said so.
    Given,
    /// It stands there.
    Stated(Origin),
    /// It follows from what stands there.
    Inferred(Origin),
}

impl Source {
    /// For people: `stated: adoption note`.
    pub fn describe(self) -> String {
        match self {
            Source::Given => "given".to_owned(),
            Source::Stated(origin) => format!("stated: {}", origin.name().replace('_', " ")),
            Source::Inferred(origin) => format!("inferred: {}", origin.name().replace('_', " ")),
        }
    }
}

/// What a value was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The index table of a page, which is not part of the text.
    PageTable,
    /// The index table of a page within the text: 文号：…, 成文日期：….
    IndexTable,
    /// The title.
    Title,
    /// The signature at the end.
    Signature,
    /// The note of adoption under the title.
    AdoptionNote,
    /// The line of the document number.
    Number,
    /// Lines between title and text, or around the document: 省长　某某, 2025年1月14日.
    Front,
    /// The first sentence: 自治区人民政府近日印发《…》.
    FirstSentence,
    /// The provision that says when the document takes effect.
    EffectClause,
    /// Words of the text: 结合我省实际.
    Text,
    /// The issuer.
    Issuer,
    /// The region.
    Region,
}

/// Where the values of [`Metadata`] come from: one for each value that is there, `None` where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of Metadata")]
pub struct Sources {
    pub title: Option<Source>,
    pub document_number: Option<Source>,
    pub issuer: Option<Source>,
    pub region: Option<Source>,
    pub level: Option<Source>,
    pub kind: Option<Source>,
    pub date: Option<Source>,
    pub published: Option<Source>,
    pub effective: Option<Source>,
    pub validity: Option<Source>,
    pub family: Option<Source>,
}

impl Sources {
    /// The same source for every value that is there.
    pub fn all(metadata: &Metadata, source: Source) -> Sources {
        Sources {
            title: metadata.title.as_ref().map(|_| source),
            document_number: metadata.document_number.as_ref().map(|_| source),
            issuer: metadata.issuer.as_ref().map(|_| source),
            region: metadata.region.as_ref().map(|_| source),
            level: metadata.level.map(|_| source),
            kind: metadata.kind.map(|_| source),
            date: metadata.date.as_ref().map(|_| source),
            published: metadata.published.as_ref().map(|_| source),
            effective: metadata.effective.as_ref().map(|_| source),
            validity: metadata.validity.map(|_| source),
            family: metadata.family.as_ref().map(|_| source),
        }
    }

    /// These, and where there is none the other's.
    pub fn over(self, other: Sources) -> Sources {
        Sources {
            title: self.title.or(other.title),
            document_number: self.document_number.or(other.document_number),
            issuer: self.issuer.or(other.issuer),
            region: self.region.or(other.region),
            level: self.level.or(other.level),
            kind: self.kind.or(other.kind),
            date: self.date.or(other.date),
            published: self.published.or(other.published),
            effective: self.effective.or(other.effective),
            validity: self.validity.or(other.validity),
            family: self.family.or(other.family),
        }
    }
}
