//! What comes in: bodies and parameters.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{Kind, Level, Metadata, Validity, from_objects, mirrored};
use crate::search::{self, Query, Request};
use crate::store::{self, ClauseId, DocumentFilter};

mirrored! {
    /// What is ranked: single clauses, or whole articles by how well their clauses answer the query.
    Unit = search::Unit { Clause, Article, }
}

mirrored! {
    /// One group a document with its versions, one a province, or one a city with its counties (documents without a region form one group
    /// together).
    GroupBy = search::GroupBy { Document, Region, City, }
}

mirrored! {
    /// Formula clauses are ranked after all measures, as any other, or left out.
    Formulas = search::Formulas { Below, Equal, Omit, }
}

mirrored! {
    /// All versions of a document, or of each family the newest that passes the rest of the filter.
    Versions = store::Versions { All, Newest, }
}

impl Default for Versions {
    fn default() -> Versions {
        store::Versions::default().into()
    }
}

from_objects! {
    Filter: "an object",
    SearchRequest: "an object with a query",
    NewDocument: "an object with a document_id and a text",
    NewDocuments: "an object with documents",
}

/// Which documents are looked at. Empty lists do not restrict; what is given must all hold, and one value of a list
/// suffices.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields, remote = "Self")]
pub(crate) struct Filter {
    /// Ids of documents.
    documents: Vec<String>,
    /// Names of provinces (`山东` or `山东省`), cities (`枣庄市` or `枣庄`) or counties (`峄城区`, `山东省枣庄市峄城区`). What lies
    /// in a region passes, too.
    #[schema(example = json!(["山东"]))]
    regions: Vec<String>,
    /// Issuing bodies.
    issuers: Vec<String>,
    /// Levels of the issuer.
    levels: Vec<Level>,
    /// Kinds of document.
    kinds: Vec<Kind>,
    /// Whether they are in force. Documents that do not say do not pass.
    validities: Vec<Validity>,
    /// Families: what the versions of one document have in common, as documents and hits tell it.
    #[schema(example = json!(["山东|济南市|养犬管理条例"]))]
    families: Vec<String>,
    /// Families to leave out.
    exclude_families: Vec<String>,
    /// Which versions of a document are looked at; a text in force comes before an amended one, and that before one that
    /// is repealed, then the later before the earlier.
    versions: Versions,
    /// Not before this date, `YYYY-MM-DD`. Documents without a date do not pass.
    #[schema(example = "2015-01-01")]
    date_from: Option<String>,
    /// Not after this date, `YYYY-MM-DD`. Documents without a date do not pass.
    date_to: Option<String>,
}

impl Filter {
    pub(super) fn excluding(self, excluded: Vec<String>) -> DocumentFilter {
        DocumentFilter {
            documents: self.documents,
            excluded,
            excluded_alone: false,
            families: self.families,
            excluded_families: self.exclude_families,
            excluded_regions: Vec::new(),
            versions: self.versions.into(),
            regions: self.regions,
            issuers: self.issuers,
            levels: self.levels.into_iter().map(Into::into).collect(),
            kinds: self.kinds.into_iter().map(Into::into).collect(),
            validities: self.validities.into_iter().map(Into::into).collect(),
            date_from: self.date_from,
            date_to: self.date_to,
            title: None,
        }
    }
}

const fn ten() -> usize {
    10
}

const fn yes() -> bool {
    true
}

const fn one() -> usize {
    1
}

const fn hundred() -> usize {
    100
}

/// A search for a text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schema(example = json!({"query": "对首次获得中国质量奖的企业给予奖励", "limit": 3, "filter": {"levels": ["prefecture"]}}))]
pub(crate) struct SearchRequest {
    /// Keywords, a question or a drafted paragraph; 1 to 20,000 characters.
    #[schema(min_length = 1, max_length = 20000)]
    query: String,
    /// Most hits, or most groups with `group_by`.
    #[serde(default = "ten")]
    #[schema(minimum = 1, maximum = 1000)]
    limit: usize,
    /// What is ranked.
    #[serde(default = "clause")]
    unit: Unit,
    /// Ids of documents to leave out, with their other versions.
    #[serde(default)]
    exclude_documents: Vec<String>,
    /// Whether other versions of the documents in `exclude_documents` are left out, too.
    #[serde(default = "yes")]
    exclude_versions: bool,
    /// Which documents are looked at.
    #[serde(default)]
    filter: Filter,
    /// What hits are grouped by; the hits of a group stand together, groups in the order of their best hit.
    #[serde(default)]
    group_by: Option<GroupBy>,
    /// Most hits of a group; `limit` times `group_size` is at most 1000.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 1000)]
    group_size: usize,
    /// Hits below this probability are left out.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1)]
    min_probability: f32,
    /// What becomes of formula clauses (本条例自…起施行) unless the query is one; `articles` are ranked as they are.
    #[serde(default = "below")]
    formulas: Formulas,
    /// Whether hits tell what their scores are made of and how their wording differs from the query's.
    #[serde(default)]
    pub(crate) explain: bool,
    /// Whether the answer tells what all that was found is of, beyond the hits that it lists.
    #[serde(default)]
    facets: bool,
}

const fn below() -> Formulas {
    Formulas::Below
}

const fn clause() -> Unit {
    Unit::Clause
}

impl From<SearchRequest> for Request {
    fn from(body: SearchRequest) -> Request {
        Request {
            query: Query::Text(body.query),
            limit: body.limit,
            unit: body.unit.into(),
            filter: DocumentFilter {
                excluded_alone: !body.exclude_versions,
                ..body.filter.excluding(body.exclude_documents)
            },
            per_document: None,
            group_by: body.group_by.map(Into::into),
            group_size: body.group_size,
            min_probability: body.min_probability,
            formulas: body.formulas.into(),
            explain: body.explain,
            facets: body.facets,
        }
    }
}

/// Query parameters that choose documents beside doing what is their own. They stand for the fields of [`Filter`] one
/// by one: serde cannot flatten a struct into another that refuses unknown names.
macro_rules! with_filter {
    ($(#[$about:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$about])*
        #[derive(Debug, Deserialize, IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub(crate) struct $name {
            $($own)*
            /// Ids of the documents to look at.
            #[serde(default)]
            #[param(style = Form, explode = false)]
            documents: Vec<String>,
            /// Names of provinces, cities or counties.
            #[serde(default)]
            #[param(style = Form, explode = false)]
            pub(crate) regions: Vec<String>,
            /// Issuing bodies.
            #[serde(default)]
            #[param(style = Form, explode = false)]
            issuers: Vec<String>,
            /// Levels of the issuer.
            #[serde(default)]
            #[param(style = Form, explode = false)]
            pub(crate) levels: Vec<Level>,
            /// Kinds of document.
            #[serde(default)]
            #[param(style = Form, explode = false)]
            kinds: Vec<Kind>,
            /// Whether they are in force.
            #[serde(default)]
            #[param(style = Form, explode = false)]
            validities: Vec<Validity>,
            /// The family: what the versions of one document have in common.
            #[serde(default)]
            family: Option<String>,
            /// Which versions of a document are looked at.
            #[serde(default)]
            #[param(inline)]
            versions: Versions,
            /// Not before this date, `YYYY-MM-DD`.
            #[serde(default)]
            date_from: Option<String>,
            /// Not after this date, `YYYY-MM-DD`.
            #[serde(default)]
            date_to: Option<String>,
        }

        impl $name {
            /// Takes out which documents are looked at.
            fn take_filter(&mut self) -> Filter {
                Filter {
                    documents: std::mem::take(&mut self.documents),
                    regions: std::mem::take(&mut self.regions),
                    issuers: std::mem::take(&mut self.issuers),
                    levels: std::mem::take(&mut self.levels),
                    kinds: std::mem::take(&mut self.kinds),
                    validities: std::mem::take(&mut self.validities),
                    families: self.family.take().into_iter().collect(),
                    exclude_families: Vec::new(),
                    versions: self.versions,
                    date_from: self.date_from.take(),
                    date_to: self.date_to.take(),
                }
            }
        }
    };
}

with_filter! {
    /// How to look for clauses similar to a stored one. Lists are comma separated or repeated.
    SimilarParameters {
        /// Most hits, or most groups with `group_by`.
        #[serde(default = "ten")]
        #[param(minimum = 1, maximum = 1000)]
        pub(crate) limit: usize,
        /// What is ranked.
        #[serde(default = "clause")]
        #[param(inline)]
        unit: Unit,
        /// Ids of documents to leave out, beside the clause's own, with their other versions.
        #[serde(default)]
        #[param(style = Form, explode = false)]
        exclude_documents: Vec<String>,
        /// Whether other versions of the clause's document and of those in `exclude_documents` are left out, too.
        #[serde(default = "yes")]
        exclude_versions: bool,
        /// Whether hits of the clause's own document are wanted.
        #[serde(default)]
        pub(crate) include_own_document: bool,
        /// What hits are grouped by.
        #[serde(default)]
        #[param(inline)]
        group_by: Option<GroupBy>,
        /// Most hits of a group.
        #[serde(default = "one")]
        #[param(minimum = 1, maximum = 1000)]
        group_size: usize,
        /// Hits below this probability are left out.
        #[serde(default)]
        #[param(minimum = 0, maximum = 1)]
        min_probability: f32,
        /// What becomes of formula clauses unless the clause is one.
        #[serde(default = "below")]
        #[param(inline)]
        formulas: Formulas,
        /// Whether hits tell what their scores are made of and how their wording differs from the clause's.
        #[serde(default)]
        pub(crate) explain: bool,
        /// Whether the answer tells what all that was found is of, beyond the hits that it lists.
        #[serde(default)]
        facets: bool,
    }
}

impl SimilarParameters {
    /// The search for what resembles the clause.
    pub(crate) fn about(mut self, id: ClauseId) -> Request {
        Request {
            query: Query::Clause { id, own_document: self.include_own_document },
            limit: self.limit,
            unit: self.unit.into(),
            filter: DocumentFilter {
                excluded_alone: !self.exclude_versions,
                ..self.take_filter().excluding(self.exclude_documents)
            },
            per_document: None,
            group_by: self.group_by.map(Into::into),
            group_size: self.group_size,
            min_probability: self.min_probability,
            formulas: self.formulas.into(),
            explain: self.explain,
            facets: self.facets,
        }
    }
}

with_filter! {
    /// Which documents are listed. Lists are comma separated or repeated.
    ListParameters {
        /// Documents to pass over, in the order of ids.
        #[serde(default)]
        pub(crate) offset: usize,
        /// Most documents.
        #[serde(default = "hundred")]
        #[param(minimum = 1, maximum = 1000)]
        pub(crate) limit: usize,
        /// Words that the title, the number or the id has, in any order.
        #[serde(default)]
        title: Option<String>,
    }
}

with_filter! {
    /// Which documents are counted. Lists are comma separated or repeated.
    FacetParameters {
        /// Words that the title, the number or the id has, in any order.
        #[serde(default)]
        title: Option<String>,
    }
}

impl FacetParameters {
    /// Which documents are counted.
    pub(crate) fn filter(mut self) -> DocumentFilter {
        DocumentFilter { title: self.title.take(), ..self.take_filter().excluding(Vec::new()) }
    }
}

impl ListParameters {
    /// Most documents of one answer.
    pub(crate) const MOST: usize = 1000;

    /// The documents that are listed.
    pub(crate) fn filter(mut self) -> DocumentFilter {
        DocumentFilter { title: self.title.take(), ..self.take_filter().excluding(Vec::new()) }
    }
}

/// A document to take in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schema(example = json!({
    "document_id": "某市质量提升方案",
    "text": "某市质量提升方案\n一、总体要求\n（一）建立质量奖励制度。对获得中国质量奖的企业给予奖励。",
    "metadata": {"region": {"province": "山东", "city": "枣庄市"}}
}))]
pub(crate) struct NewDocument {
    /// Its id, 1 to 200 characters; a document that has it already is replaced.
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) document_id: String,
    /// Its text.
    pub(crate) text: String,
    /// What the caller says about it; wins over what the text says.
    #[serde(default)]
    pub(crate) metadata: Metadata,
}

/// Documents to take in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(crate) struct NewDocuments {
    /// The documents; none of them may have the id of another.
    pub(crate) documents: Vec<NewDocument>,
}

/// One document, an array of them, or an object with `documents`.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(
    dead_code,
    clippy::large_enum_variant,
    reason = "never made: describes the three forms in the OpenAPI document; upload.rs reads them"
)]
pub(crate) enum DocumentsBody {
    One(NewDocument),
    Array(Vec<NewDocument>),
    Many(NewDocuments),
}

/// One or many files.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form in the OpenAPI document; upload.rs reads it")]
pub(crate) struct DocumentsForm {
    /// Text, Markdown, saved web pages, `.docx`, `.pdf`; `.jsonl` and `.csv` of many documents; `.zip` archives of any of
    /// these. What a file is is told by its content first. A file's name without its ending becomes the document's id,
    /// in an archive followed by a slash and the path there; a line or row gives its own id. Parts may have any name.
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<u8>,
    /// What the caller says about all of them.
    metadata: Option<Metadata>,
}
