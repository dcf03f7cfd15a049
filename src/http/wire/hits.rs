//! Answers about clauses.

use serde::Serialize;
use utoipa::ToSchema;

use super::facets::FoundFacets;
use super::{DocumentSummary, Kind, Level, Metadata, Region, Span, mirrored};
use crate::difference;
use crate::search;
use crate::store::{ArticleRow, ClauseId, ClauseRow, DocumentRow};

mirrored! {
    /// How a hit relates to the query: the same characters but for punctuation, place names, numbers and the like;
    /// most of it copied; the same measure in other words; the topic only; nothing that could be relied on.
    Relation = search::Relation { Verbatim, Edited, Equivalent, Related, None, }
}

/// The article that a clause stands in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Article {
    /// Its text without its number.
    text: String,
    /// Where it stands, number included.
    span: Span,
    /// Its number as written; empty where it has none.
    #[schema(example = "（十九）")]
    label: String,
    /// Words of its heading; empty where it has none.
    title: String,
    /// Responsible units as noted in the text.
    responsible: Vec<String>,
}

impl From<ArticleRow> for Article {
    fn from(row: ArticleRow) -> Article {
        Article {
            text: row.text,
            span: row.span.into(),
            label: row.label,
            title: row.title,
            responsible: row.responsible,
        }
    }
}

/// Ranges of query and hit that say the same.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Highlight {
    /// In the query.
    query: Span,
    /// In the hit's text.
    text: Span,
    /// Share of what the hit answers of the query, in [0, 1].
    weight: f32,
}

impl From<search::Highlight> for Highlight {
    fn from(h: search::Highlight) -> Highlight {
        Highlight { query: h.query.into(), text: h.text.into(), weight: h.weight }
    }
}

mirrored! {
    /// Formula clauses: when it takes effect; who interprets it; where it applies; purpose and basis; other law; printing
    /// notes; organisation; general liability.
    Formula = difference::Formula {
        Effective, Interpretation, Application, Purpose, OtherLaw, Printing, Organisation, Liability,
    }
}

mirrored! {
    /// What happened to a run of characters of the query.
    EditKind = difference::EditKind { Equal, Deleted, Inserted, Replaced, }
}

mirrored! {
    /// What a value is about: a number with its unit; by when; who must act; how strictly; to whom or where.
    MeasureKind = difference::MeasureKind { Figure, Deadline, Responsible, Obligation, Scope, }
}

/// How the wordings of query and hit differ.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Wording {
    /// Runs of characters in order; empty unless the relation is `verbatim` or `edited`.
    edits: Vec<Edit>,
    /// Values that differ.
    measures: Vec<Difference>,
}

/// A run of characters.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Edit {
    /// What happened to it.
    kind: EditKind,
    /// In the query.
    query: Span,
    /// In the hit's text.
    text: Span,
}

/// A value that query and hit do not share.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Difference {
    /// What it is about.
    kind: MeasureKind,
    /// In the query; null where only the hit has it.
    query: Option<MeasuredValue>,
    /// In the hit; null where only the query has it.
    text: Option<MeasuredValue>,
}

/// A figure, a deadline, an actor, a word that binds or limits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeasuredValue {
    /// As written.
    text: String,
    /// Where that stands.
    span: Span,
    /// What it means, by its kind: bounds, unit and comparator of a figure, and the like.
    #[schema(value_type = Object)]
    meaning: serde_json::Value,
}

impl From<difference::Value> for MeasuredValue {
    fn from(value: difference::Value) -> MeasuredValue {
        // Written by serde from plain numbers and texts; a number that JSON has no form for becomes null.
        let meaning = serde_json::to_value(&value.measure).unwrap_or_default();
        MeasuredValue { text: value.text, span: value.span.into(), meaning }
    }
}

impl From<search::Wording> for Wording {
    fn from(wording: search::Wording) -> Wording {
        let edit = |e: difference::Edit| Edit { kind: e.kind.into(), query: e.left.into(), text: e.right.into() };
        let measure = |d: difference::Difference| Difference {
            kind: d.kind.into(),
            query: d.left.map(Into::into),
            text: d.right.map(Into::into),
        };
        Wording {
            edits: wording.edits.into_iter().map(edit).collect(),
            measures: wording.measures.into_iter().map(measure).collect(),
        }
    }
}

/// What a hit's score and probability are made of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Components {
    /// How well the query's tokens are answered by the hit: mean best cosine, weighted by rarity, in [-1, 1].
    forward: f32,
    /// How well the hit's tokens are answered by the query, in [-1, 1].
    reverse: f32,
    /// Share of the query's tokens that the hit has as they are, by rarity, in [0, 1].
    token_coverage: f32,
    /// How far the hit has what the best candidates of the query have in common: a cosine, in [-1, 1].
    agreement: f32,
    /// Cosine of query and clause in [-1, 1].
    similarity: f32,
    /// Share of the query's character pairs that the hit has, in [0, 1].
    coverage: f32,
    /// Share of the hit's character pairs that the query has, in [0, 1].
    text_coverage: f32,
    /// Dice coefficient of the character pairs of query and hit, in [0, 1]; 1 for equal texts.
    overlap: f32,
    /// Longest run of characters that both have, as a share of the shorter, in [0, 1].
    longest_run: f32,
    /// What candidates that are on the topic at best come to for this query: the mean score of those from the 21st to
    /// the 40th rank, at most 0.6. The probability looks at how far the hit stands out from it.
    background_score: f32,
    /// How far the best candidates of the query lie in one direction, in [0, 1]: near 1 where one or several that say
    /// the same stand out, low where many answer alike, each in its own way. The probability falls with it a little.
    concentration: f32,
}

/// A clause or article that resembles the query.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Hit {
    /// The clause; with unit `article` the best one of the article.
    #[schema(example = "xianning-2016:12")]
    clause_id: String,
    /// Its document.
    document_id: String,
    /// The document's title.
    document_title: Option<String>,
    /// The document's 文号.
    document_number: Option<String>,
    /// The issuing body.
    issuer: Option<String>,
    /// The document's region.
    region: Option<Region>,
    /// Level of the issuer.
    level: Option<Level>,
    /// Kind of document.
    kind: Option<Kind>,
    /// Date of issue or adoption.
    date: Option<String>,
    /// What the versions of the document have in common; null where nothing tells.
    family: Option<String>,
    /// How many versions of the document are stored, this one included.
    versions: usize,
    /// Whether this is the newest of them.
    newest: bool,
    /// Headings above the article, outermost first.
    path: Vec<String>,
    /// The article's number and the clause's own within it.
    label: String,
    /// The clause, or the article with unit `article`.
    text: String,
    /// Where that stands.
    span: Span,
    /// The article it stands in.
    article: Article,
    /// Cosine of query and clause in [-1, 1]; larger is closer, and unrelated Chinese sentences have some 0.8.
    similarity: f32,
    /// The value that orders hits, in [-1, 1]; larger is better, and a hit equal to the query has nearly 1.
    score: f32,
    /// Calibrated chance in [0, 1] that the hit is an equivalent measure.
    probability: f32,
    /// How the hit relates to the query.
    relation: Relation,
    /// The formula that the hit consists of; null for a measure.
    formula: Option<Formula>,
    /// Whether it is a formula, by its shape (`formula` says which) or because a good part of all documents has it.
    boilerplate: bool,
    /// Which parts of query and hit answer each other, heaviest first; with unit `article`, in its best clause.
    highlights: Vec<Highlight>,
    /// With `explain`, and in checks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    difference: Option<Wording>,
    /// With `explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    components: Option<Components>,
}

impl Hit {
    pub(super) fn new(hit: search::Hit, explain: bool) -> Hit {
        let m = Metadata::from(hit.document.metadata);
        Hit {
            clause_id: hit.clause_id.to_string(),
            document_id: hit.document.document_id,
            document_title: m.title,
            document_number: m.document_number,
            issuer: m.issuer,
            region: m.region,
            level: m.level,
            kind: m.kind,
            date: m.date,
            family: m.family,
            versions: hit.versions,
            newest: hit.newest,
            path: hit.article.path.clone(),
            label: format!("{}{}", hit.article.label, hit.clause.label),
            text: hit.text,
            span: hit.span.into(),
            article: hit.article.into(),
            similarity: hit.evidence.similarity,
            score: hit.score,
            probability: hit.probability,
            relation: hit.relation.into(),
            formula: hit.formula.map(Into::into),
            boilerplate: hit.boilerplate,
            highlights: hit.highlights.into_iter().map(Into::into).collect(),
            difference: hit.difference.map(Into::into),
            components: explain.then_some(Components {
                forward: hit.evidence.late.forward,
                reverse: hit.evidence.late.reverse,
                token_coverage: hit.evidence.late.coverage,
                agreement: hit.agreement,
                similarity: hit.evidence.similarity,
                coverage: hit.evidence.common.coverage,
                text_coverage: hit.evidence.common.text_coverage,
                overlap: hit.evidence.common.overlap,
                longest_run: hit.evidence.common.longest_run,
                background_score: hit.evidence.setting.background_score,
                concentration: hit.evidence.setting.concentration,
            }),
        }
    }
}

/// The answer to a search.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "hits": [{
        "clause_id": "zaozhuang-2024:68",
        "document_id": "zaozhuang-2024",
        "document_title": "枣庄市人民政府关于加快建设质量强市的实施意见",
        "document_number": "枣政字〔2024〕17号",
        "issuer": "枣庄市人民政府",
        "region": {"province": "山东", "city": "枣庄市", "county": null},
        "level": "prefecture",
        "kind": "opinion",
        "date": "2024-06-18",
        "family": "山东|枣庄市|加快建设质量强市实施意见",
        "versions": 1,
        "newest": true,
        "path": ["七、提升质量治理现代化水平", "专栏5质量惠民工程"],
        "label": "——",
        "text": "鼓励企业投保产品、工程、服务质量相关保险,健全质量保证金制度,推行消费争议先行赔付。",
        "span": {"start": 2835, "end": 2877},
        "article": {
            "text": "开展权益保障顺心行动。完善质量多元救济机制。……",
            "span": {"start": 2811, "end": 3070},
            "label": "——",
            "title": "开展权益保障顺心行动",
            "responsible": ["市发展改革委", "市市场监管局"]
        },
        "similarity": 0.948,
        "score": 0.876,
        "probability": 0.999,
        "relation": "equivalent",
        "formula": null,
        "boilerplate": false,
        "highlights": [{"query": {"start": 0, "end": 10}, "text": {"start": 31, "end": 41}, "weight": 1.0}]
    }],
    "took_ms": 21.4,
    "model": "clausewise-e5-small-zh-en@d0874be883bc"
}))]
pub(crate) struct SearchAnswer {
    /// Best first; with groups, the hits of a group stand together.
    hits: Vec<Hit>,
    /// What all that was found is of; only with `facets`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    facets: Option<FoundFacets>,
    /// Time the search took, encoding included, in milliseconds.
    took_ms: f64,
    /// The model that made the vectors.
    model: String,
}

impl SearchAnswer {
    pub(crate) fn new(answer: search::Answer, model: &str, explain: bool) -> SearchAnswer {
        SearchAnswer {
            hits: answer.hits.into_iter().map(|hit| Hit::new(hit, explain)).collect(),
            facets: answer.facets.map(Into::into),
            took_ms: (answer.took_ms * 1e3).round() / 1e3,
            model: model.to_owned(),
        }
    }
}

/// A clause with what it stands in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClauseAnswer {
    /// Its id.
    clause_id: String,
    /// Its document.
    document: DocumentSummary,
    /// Headings above the article, outermost first.
    path: Vec<String>,
    /// The article's number and the clause's own within it.
    label: String,
    /// Its text.
    text: String,
    /// Where it stands.
    span: Span,
    /// The sentence that introduces the list it is an item of; null for whole sentences.
    lead_in: Option<String>,
    /// The article it stands in.
    article: Article,
}

impl ClauseAnswer {
    pub(crate) fn new(
        id: &ClauseId,
        (clause, article, document): (ClauseRow, ArticleRow, DocumentRow),
        lead_in: Option<String>,
    ) -> ClauseAnswer {
        ClauseAnswer {
            clause_id: id.to_string(),
            document: document.into(),
            path: article.path.clone(),
            label: format!("{}{}", article.label, clause.label),
            text: clause.text,
            span: clause.span.into(),
            lead_in,
            article: article.into(),
        }
    }
}
