//! Equivalents across regions: what is asked and what is answered.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::hits::{Hit, MeasureKind, MeasuredValue, Relation};
use super::requests::Filter;
use super::{from_objects, mirrored};
use crate::difference;
use crate::equivalents::{self, MIN_PROBABILITY};
use crate::error::{Error, Result};
use crate::search::Query;
use crate::store::{DocumentFilter, DocumentRow};

mirrored! {
    /// One row a province, with all its cities; or one a city, and one for the documents of a province itself.
    Division = equivalents::Division { Province, City, }
}

mirrored! {
    /// Which of a document's dates one is: of issue or adoption, of publication, of entry into force.
    DateKind = equivalents::DateKind { Issued, Published, Effective, }
}

from_objects! {
    EquivalentsRequest: "an object with a query or a clause_id",
    MatrixRequest: "an object with an outline, a document_id or a text",
}

const fn province() -> Division {
    Division::Province
}

const fn min_probability() -> f32 {
    MIN_PROBABILITY
}

/// A measure to look for in every region: exactly one of `query` and `clause_id`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schema(example = json!({"query": "对首次获得中国质量奖的企业给予奖励", "by": "province"}))]
pub(crate) struct EquivalentsRequest {
    /// A description of the measure; 1 to 20,000 characters.
    #[serde(default)]
    query: Option<String>,
    /// A stored clause; its own document is left out, with its other versions.
    #[serde(default)]
    clause_id: Option<String>,
    /// What is told apart.
    #[serde(default = "province")]
    by: Division,
    /// From this probability on a clause counts as the same measure.
    #[serde(default = "min_probability")]
    #[schema(minimum = 0, maximum = 1)]
    min_probability: f32,
    /// Ids of documents to leave out, with their other versions.
    #[serde(default)]
    exclude_documents: Vec<String>,
    /// Names of provinces, cities or counties whose documents are left out.
    #[serde(default)]
    exclude_regions: Vec<String>,
    /// Which documents are looked at.
    #[serde(default)]
    filter: Filter,
}

impl EquivalentsRequest {
    /// # Errors
    /// [`Error::Invalid`] unless there is one thing to look for.
    pub(crate) fn request(self) -> Result<equivalents::EquivalentsRequest> {
        let query = match (self.query, self.clause_id) {
            (Some(text), None) => Query::Text(text),
            (None, Some(id)) => Query::Clause { id: id.parse()?, own_document: false },
            (given, _) => {
                let received = if given.is_some() { "both" } else { "neither" };
                return Err(Error::invalid("query", "exactly one of query and clause_id", received));
            }
        };
        Ok(equivalents::EquivalentsRequest {
            query,
            division: self.by.into(),
            filter: DocumentFilter {
                excluded_regions: self.exclude_regions,
                ..self.filter.excluding(self.exclude_documents)
            },
            min_probability: self.min_probability,
        })
    }
}

/// Measures to look for in every region: exactly one of `outline`, `document_id` and `text`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schema(example = json!({"outline": "推行消费争议先行赔付\n对首次获得中国质量奖的企业给予奖励"}))]
pub(crate) struct MatrixRequest {
    /// One measure a line; 1 to 200 lines.
    #[serde(default)]
    outline: Option<String>,
    /// A stored document, whose clauses are the measures; it is left out itself, with its other versions.
    #[serde(default)]
    document_id: Option<String>,
    /// A document's text, whose clauses are the measures.
    #[serde(default)]
    text: Option<String>,
    /// What is told apart.
    #[serde(default = "province")]
    by: Division,
    /// From this probability on a clause counts as the same measure.
    #[serde(default = "min_probability")]
    #[schema(minimum = 0, maximum = 1)]
    min_probability: f32,
    /// Ids of documents to leave out, with their other versions.
    #[serde(default)]
    exclude_documents: Vec<String>,
    /// Names of provinces, cities or counties whose documents are left out.
    #[serde(default)]
    exclude_regions: Vec<String>,
    /// Which documents are looked at.
    #[serde(default)]
    filter: Filter,
}

impl MatrixRequest {
    /// # Errors
    /// [`Error::Invalid`] unless there is one topic.
    pub(crate) fn request(self) -> Result<equivalents::MatrixRequest> {
        use equivalents::Topic;
        let topic = match (self.outline, self.document_id, self.text) {
            (Some(outline), None, None) => Topic::Outline(outline),
            (None, Some(id), None) => Topic::Document(id),
            (None, None, Some(text)) => Topic::Text(text),
            (None, None, None) => {
                return Err(Error::invalid("outline", "exactly one of outline, document_id and text", "none"));
            }
            _ => return Err(Error::invalid("outline", "exactly one of outline, document_id and text", "several")),
        };
        Ok(equivalents::MatrixRequest {
            topic,
            division: self.by.into(),
            filter: DocumentFilter {
                excluded_regions: self.exclude_regions,
                ..self.filter.excluding(self.exclude_documents)
            },
            min_probability: self.min_probability,
        })
    }
}

/// What a row or column of areas stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AreaKind {
    /// The whole country.
    National,
    /// A province; by city, its own documents alone.
    Province,
    /// A place below a province.
    City,
    /// Documents that do not say where they apply.
    Unknown,
}

/// An area that documents are of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Area {
    kind: AreaKind,
    /// Short name of the province, where there is one and it is known.
    province: Option<String>,
    /// Name of the city.
    city: Option<String>,
}

impl From<equivalents::Area> for Area {
    fn from(area: equivalents::Area) -> Area {
        use equivalents::Area as Of;
        match area {
            Of::National => Area { kind: AreaKind::National, province: None, city: None },
            Of::Province(province) => Area { kind: AreaKind::Province, province: Some(province), city: None },
            Of::City { province, city } => Area { kind: AreaKind::City, province, city: Some(city) },
            Of::Unknown => Area { kind: AreaKind::Unknown, province: None, city: None },
        }
    }
}

/// The earliest document of a region with an equivalent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Since {
    /// Its clause.
    clause_id: String,
    /// The document.
    document_id: String,
    document_title: Option<String>,
    document_number: Option<String>,
    /// Its date.
    date: String,
    date_kind: DateKind,
}

impl From<equivalents::Since> for Since {
    fn from(since: equivalents::Since) -> Since {
        Since {
            clause_id: since.clause_id.to_string(),
            document_id: since.document.document_id,
            document_title: since.document.metadata.title,
            document_number: since.document.metadata.document_number,
            date: since.date,
            date_kind: since.date_kind.into(),
        }
    }
}

/// A region that has the measure.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Row {
    area: Area,
    /// The region's best clause.
    hit: Hit,
    /// The date of its document: of issue or adoption; where it states none, of publication, then of entry into force.
    date: Option<String>,
    /// Which date that is.
    date_kind: Option<DateKind>,
    /// Units that the article notes as responsible; where it notes none, those that the clause says must act.
    responsible: Vec<String>,
    /// Figures and deadlines of the best clause.
    values: Vec<MeasuredValue>,
    /// The earliest document of the region with an equivalent; null where none of them is dated.
    since: Option<Since>,
    /// Whether no dated document that was looked at has it earlier. It says nothing of documents that are not here.
    earliest: bool,
    /// Documents of the region with an equivalent among the clauses that were ranked.
    documents_with: usize,
    /// Documents of the region that were looked at.
    documents: usize,
}

impl From<equivalents::Row> for Row {
    fn from(row: equivalents::Row) -> Row {
        let (date, date_kind) = row.date.unzip();
        Row {
            area: row.area.into(),
            hit: Hit::new(row.best, false),
            date,
            date_kind: date_kind.map(Into::into),
            responsible: row.responsible,
            values: row.values.into_iter().map(Into::into).collect(),
            since: row.since.map(Into::into),
            earliest: row.earliest,
            documents_with: row.documents_with,
            documents: row.documents,
        }
    }
}

/// A region that does not have the measure.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NotFound {
    area: Area,
    /// Documents of the region that were looked at.
    documents: usize,
    /// Their clauses.
    clauses: usize,
    /// The clause that comes nearest; null where all clauses are formulas.
    nearest_clause_id: Option<String>,
    /// The probability that it is an equivalent all the same.
    nearest_probability: Option<f32>,
}

/// Figures or deadlines that answer each other.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Column {
    kind: MeasureKind,
    /// Words that stand beside them in most of the texts; empty where they have none in common.
    about: String,
    /// Unit of figures; empty for bare numbers and for deadlines.
    unit: String,
    /// What the asked text has.
    asked: Option<MeasuredValue>,
    /// What each row has, in the order of `rows`.
    values: Vec<Option<MeasuredValue>>,
}

impl From<difference::Column> for Column {
    fn from(column: difference::Column) -> Column {
        let mut values = column.values.into_iter().map(|value| value.map(Into::into));
        Column {
            kind: column.kind.into(),
            about: column.about,
            unit: column.unit,
            asked: values.next().flatten(),
            values: values.collect(),
        }
    }
}

/// What was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Asked {
    text: String,
    /// For a stored clause.
    clause_id: Option<String>,
    /// Its document's date.
    date: Option<String>,
    /// Which date that is.
    date_kind: Option<DateKind>,
    /// Whether no dated document that was looked at has it earlier.
    earliest: bool,
}

/// Who has a measure, since when, in which words, with which figures.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EquivalentsAnswer {
    asked: Asked,
    /// Regions that have it: by the date since when, those without a date last.
    rows: Vec<Row>,
    /// Regions of the corpus that do not.
    not_found: Vec<NotFound>,
    /// Figures and deadlines, those that answer each other under each other.
    columns: Vec<Column>,
    /// Documents that were looked at.
    documents: usize,
    /// Time taken, in milliseconds.
    took_ms: f64,
    /// The model that made the vectors.
    model: String,
}

impl EquivalentsAnswer {
    pub(crate) fn new(found: equivalents::Equivalents, model: &str) -> EquivalentsAnswer {
        let (date, date_kind) = found.asked.date.unzip();
        EquivalentsAnswer {
            asked: Asked {
                text: found.asked.text,
                clause_id: found.asked.clause.map(|(id, _)| id.to_string()),
                date,
                date_kind: date_kind.map(Into::into),
                earliest: found.asked.earliest,
            },
            rows: found.rows.into_iter().map(Into::into).collect(),
            not_found: found
                .not_found
                .into_iter()
                .map(|it| NotFound {
                    area: it.area.into(),
                    documents: it.documents,
                    clauses: it.clauses,
                    nearest_clause_id: it.nearest.as_ref().map(|(id, _)| id.to_string()),
                    nearest_probability: it.nearest.map(|(_, probability)| probability),
                })
                .collect(),
            columns: found.columns.into_iter().map(Into::into).collect(),
            documents: found.documents,
            took_ms: milliseconds(found.took_ms),
            model: model.to_owned(),
        }
    }
}

/// A measure of the topic.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutlineLine {
    text: String,
    /// For a clause of a stored document.
    clause_id: Option<String>,
}

/// A region of the corpus.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegionColumn {
    area: Area,
    /// Its documents that were looked at.
    documents: usize,
    /// Measures that it has.
    found: usize,
}

/// What a region has of a measure.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Cell {
    /// The region's best clause.
    clause_id: String,
    document_id: String,
    document_title: Option<String>,
    text: String,
    relation: Relation,
    /// Calibrated chance in [0, 1] that it is an equivalent measure.
    probability: f32,
    /// The date of its document.
    date: Option<String>,
    /// Which date that is.
    date_kind: Option<DateKind>,
    /// Figures and deadlines of the clause.
    values: Vec<MeasuredValue>,
    /// The earliest document of the region with an equivalent; null where none of them is dated.
    since: Option<Since>,
    /// Whether no dated document that was looked at has it earlier.
    earliest: bool,
}

impl From<equivalents::Row> for Cell {
    fn from(row: equivalents::Row) -> Cell {
        let (date, date_kind) = row.date.unzip();
        let DocumentRow { document_id, metadata, .. } = row.best.document;
        Cell {
            clause_id: row.best.clause_id.to_string(),
            document_id,
            document_title: metadata.title,
            text: row.best.text,
            relation: row.best.relation.into(),
            probability: row.best.probability,
            date,
            date_kind: date_kind.map(Into::into),
            values: row.values.into_iter().map(Into::into).collect(),
            since: row.since.map(Into::into),
            earliest: row.earliest,
        }
    }
}

/// Measures by regions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatrixAnswer {
    /// In the order of the topic.
    measures: Vec<OutlineLine>,
    /// All regions that have documents.
    regions: Vec<RegionColumn>,
    /// By measure, then by region; null where none was found.
    cells: Vec<Vec<Option<Cell>>>,
    /// Time taken, in milliseconds.
    took_ms: f64,
    /// The model that made the vectors.
    model: String,
}

impl MatrixAnswer {
    pub(crate) fn new(matrix: equivalents::RegionMatrix, model: &str) -> MatrixAnswer {
        let line = |line: equivalents::OutlineLine| OutlineLine {
            text: line.text,
            clause_id: line.clause_id.map(|id| id.to_string()),
        };
        let region = |region: equivalents::RegionColumn| RegionColumn {
            area: region.area.into(),
            documents: region.documents,
            found: region.found,
        };
        MatrixAnswer {
            measures: matrix.lines.into_iter().map(line).collect(),
            regions: matrix.regions.into_iter().map(region).collect(),
            cells: matrix
                .cells
                .into_iter()
                .map(|row| row.into_iter().map(|cell| cell.map(Into::into)).collect())
                .collect(),
            took_ms: milliseconds(matrix.took_ms),
            model: model.to_owned(),
        }
    }
}

fn milliseconds(took: f64) -> f64 {
    (took * 1e3).round() / 1e3
}
