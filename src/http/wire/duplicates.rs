//! Near-duplicate clauses.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::file::{FileFormat, FileLanguage, FileParameters};
use super::hits::{Relation, Wording};
use super::{Level, Metadata, Region, from_objects, mirrored};
use crate::duplicates;
use crate::error::Result;
use crate::store::ClauseId;

from_objects! {
    DuplicatesRequest: "an object",
}

/// What is compared: nothing can be chosen, for thresholds are applied to what was found.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(crate) struct DuplicatesRequest {}

/// How alike copies are.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CopyRelation {
    /// The same characters but for punctuation, place names, numbers and the like: a score of 1.
    Verbatim,
    /// Most of it copied: a score of 0.6.
    Edited,
}

impl From<CopyRelation> for crate::search::Relation {
    fn from(relation: CopyRelation) -> crate::search::Relation {
        match relation {
            CopyRelation::Verbatim => crate::search::Relation::Verbatim,
            CopyRelation::Edited => crate::search::Relation::Edited,
        }
    }
}

const fn two() -> usize {
    2
}

const fn twenty() -> usize {
    20
}

/// Which clusters are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ClusterParameters {
    /// Least score of any two clauses of a cluster; 0.8 unless given.
    #[serde(default)]
    #[param(minimum = 0.6, maximum = 1)]
    threshold: Option<f32>,
    /// The same in a word.
    #[serde(default)]
    #[param(inline)]
    relation: Option<CopyRelation>,
    /// Whether clusters of clauses of one document alone are listed, too.
    #[serde(default)]
    within: bool,
    /// Only clusters with a clause of this document.
    #[serde(default)]
    document: Option<String>,
    /// Least clauses of a cluster.
    #[serde(default = "two")]
    #[param(minimum = 2)]
    min_size: usize,
    /// Clusters to pass over, in the order of size.
    #[serde(default)]
    offset: usize,
    /// Most clusters.
    #[serde(default = "twenty")]
    #[param(minimum = 1, maximum = 1000)]
    limit: usize,
    /// Most clauses listed of a cluster beside its representative.
    #[serde(default = "twenty")]
    #[param(minimum = 0, maximum = 1000)]
    members: usize,
    /// As a file of this format, which names the corpus, the model, the settings and the time.
    #[serde(default)]
    #[param(inline)]
    format: Option<FileFormat>,
    /// Language of the words around the texts in the file; Chinese unless given.
    #[serde(default)]
    #[param(inline)]
    language: Option<FileLanguage>,
}

impl ClusterParameters {
    pub(crate) fn file(&self) -> FileParameters {
        FileParameters { format: self.format, language: self.language }
    }

    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) where both a threshold and a relation are given.
    pub(crate) fn request(self) -> Result<duplicates::Request> {
        Ok(duplicates::Request {
            threshold: duplicates::threshold(self.threshold, self.relation.map(Into::into))?,
            within: self.within,
            document: self.document,
            min_size: self.min_size,
            offset: self.offset,
            limit: self.limit,
            members: self.members,
        })
    }
}

mirrored! {
    /// What decided which clause stands for a cluster, the last that left fewer to choose from: the highest level; in
    /// force; the newest date; the wording nearest to all others; nothing, it comes first by its id.
    RepresentativeRule = duplicates::Rule { Level, Validity, Date, Centrality, Id, }
}

/// A clause of a cluster.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClusterMember {
    clause_id: String,
    document_id: String,
    /// The document's title.
    document_title: Option<String>,
    /// The document's 文号.
    document_number: Option<String>,
    /// The document's region.
    region: Option<Region>,
    /// Level of the issuer.
    level: Option<Level>,
    /// Date of issue or adoption.
    date: Option<String>,
    /// Headings above the article, outermost first.
    path: Vec<String>,
    /// The article's number and the clause's own within it.
    label: String,
    text: String,
    /// Score with the representative, in [threshold, 1]: Dice coefficient of their pairs of neighbouring characters,
    /// place names, numbers and punctuation apart.
    score: f32,
    /// The same in a word: `verbatim` or `edited`.
    relation: Relation,
    /// How its wording differs from the representative's, which stands for the query; null where it does not.
    difference: Option<Wording>,
}

impl From<duplicates::Member> for ClusterMember {
    fn from(member: duplicates::Member) -> ClusterMember {
        let m = Metadata::from(member.document.metadata);
        let document_id = member.document.document_id;
        ClusterMember {
            clause_id: ClauseId { document_id: document_id.clone(), ordinal: member.clause.place.ordinal }.to_string(),
            document_id,
            document_title: m.title,
            document_number: m.document_number,
            region: m.region,
            level: m.level,
            date: m.date,
            path: member.article.path,
            label: format!("{}{}", member.article.label, member.clause.label),
            text: member.clause.text,
            score: member.score,
            relation: member.relation.into(),
            difference: member.difference.map(Into::into),
        }
    }
}

/// Clauses that are near-duplicates of each other.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Cluster {
    /// Clauses, the representative included.
    size: usize,
    /// Documents that they stand in.
    documents: usize,
    /// Different texts that they have.
    texts: usize,
    /// Lowest score of any two of them.
    lowest_score: f32,
    /// The clause that stands for them.
    representative: ClusterMember,
    /// What decided that.
    rule: RepresentativeRule,
    /// The others, most alike to the representative first, as many as asked for.
    members: Vec<ClusterMember>,
}

impl From<duplicates::DuplicateCluster> for Cluster {
    fn from(cluster: duplicates::DuplicateCluster) -> Cluster {
        Cluster {
            size: cluster.size,
            documents: cluster.documents,
            texts: cluster.texts,
            lowest_score: cluster.lowest_score,
            representative: cluster.representative.into(),
            rule: cluster.rule.into(),
            members: cluster.members.into_iter().map(Into::into).collect(),
        }
    }
}

/// Whether clauses were compared at all; those that are stored now were; documents came or went since.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ComparisonStatus {
    /// `POST /v1/duplicates` compares them.
    Never,
    Current,
    /// `POST /v1/duplicates` compares what is new.
    Stale,
}

/// How what was compared compares to what is stored.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparisonState {
    status: ComparisonStatus,
    /// Documents that came since.
    documents_added: usize,
    /// Documents that went since; their clauses are in no cluster.
    documents_removed: usize,
}

impl From<duplicates::State> for ComparisonState {
    fn from(state: duplicates::State) -> ComparisonState {
        let status = match state.compared {
            false => ComparisonStatus::Never,
            true if state.is_current() => ComparisonStatus::Current,
            true => ComparisonStatus::Stale,
        };
        ComparisonState { status, documents_added: state.documents_added, documents_removed: state.documents_removed }
    }
}

/// A part of the clusters.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClusterList {
    /// Largest first.
    clusters: Vec<Cluster>,
    /// How many there are.
    total: usize,
    /// How many clauses all of them have.
    clauses: usize,
    /// The threshold that they are of.
    threshold: f32,
    /// Whether they are of what is stored now.
    state: ComparisonState,
    /// Time the answer took, in milliseconds.
    took_ms: f64,
}

impl ClusterList {
    pub(crate) fn new(found: duplicates::Clusters, threshold: f32, took: std::time::Duration) -> ClusterList {
        ClusterList {
            clusters: found.clusters.into_iter().map(Into::into).collect(),
            total: found.total,
            clauses: found.clauses,
            threshold,
            state: found.state.into(),
            took_ms: (took.as_secs_f64() * 1e6).round() / 1e3,
        }
    }
}
