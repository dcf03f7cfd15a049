//! A topic across regions: which of its measures each region has.

use std::collections::HashMap;
use std::time::Instant;

use super::areas::{Area, Division, areas};
use super::{Looked, MIN_PROBABILITY, Row, check_probability, dated, in_parallel, search_for};
use crate::difference::boilerplate;
use crate::document;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::search::Query;
use crate::store::{ClauseId, DocumentFilter, DocumentKey, DocumentRow};

/// The measures of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    /// One measure a line.
    Outline(String),
    /// The clauses of a stored document, which is left out itself.
    Document(String),
    /// The clauses of a text.
    Text(String),
}

/// What to look for in every region.
#[derive(Debug, Clone, PartialEq)]
pub struct MatrixRequest {
    /// The measures.
    pub topic: Topic,
    /// What is told apart.
    pub division: Division,
    /// Which documents are looked at.
    pub filter: DocumentFilter,
    /// The least probability that counts as found, in [0, 1].
    pub min_probability: f32,
}

impl MatrixRequest {
    /// Most measures of one request. Each of them is asked of every region.
    pub const MOST_MEASURES: usize = 200;

    /// With the default settings.
    pub fn new(topic: Topic) -> MatrixRequest {
        MatrixRequest {
            topic,
            division: Division::default(),
            filter: DocumentFilter::default(),
            min_probability: MIN_PROBABILITY,
        }
    }
}

/// A measure of the topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutlineLine {
    /// Its text.
    pub text: String,
    /// Where it stands, for a clause of a stored document.
    pub clause_id: Option<ClauseId>,
}

/// A region of the corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionColumn {
    /// The region.
    pub area: Area,
    /// Its documents that were looked at.
    pub documents: usize,
    /// Measures that it has.
    pub found: usize,
}

/// Measures by regions.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionMatrix {
    /// The measures, in the order of the topic; formula clauses of documents are no measures.
    pub lines: Vec<OutlineLine>,
    /// All regions that have documents.
    pub regions: Vec<RegionColumn>,
    /// By measure, then by region; `None` where none was found.
    pub cells: Vec<Vec<Option<Row>>>,
    /// Time taken, in milliseconds.
    pub took_ms: f64,
}

impl Engine {
    /// Looks for every measure of a topic in every region.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a topic without measures or with too many, or a value outside its bounds;
    /// [`Error::NotFound`] for an unknown document.
    pub fn equivalents_matrix(&self, request: &MatrixRequest) -> Result<RegionMatrix> {
        let started = Instant::now();
        check_probability(request.min_probability)?;
        let lines = self.lines(&request.topic)?;
        let mut filter = request.filter.clone();
        if let Topic::Document(id) = &request.topic {
            filter.excluded.push(id.clone());
        }
        filter.check_dates()?;
        let rows = self.store.documents(&filter, 0, usize::MAX)?.0;
        let documents: HashMap<DocumentKey, &DocumentRow> = rows.iter().map(|row| (row.key, row)).collect();
        let areas = areas(self.store.documents_in(&self.store.scope(&filter)?)?, &rows, request.division);
        let own = match &request.topic {
            Topic::Document(id) => dated(&self.store.document(id)?.row.metadata).map(|(date, _)| date),
            _ => None,
        };
        let cells = in_parallel(lines.len(), |line| {
            let search = search_for(Query::Text(lines[line].text.clone()), &filter);
            let question = self.question(&search)?;
            let mut cells: Vec<Option<Row>> = Vec::with_capacity(areas.len());
            for covered in &areas {
                cells.push(match self.look_in(&question, covered, &documents, request.min_probability)? {
                    Looked::Found(row) => Some(*row),
                    Looked::NotFound(_) => None,
                });
            }
            let dates = cells.iter().flatten().filter_map(|row| row.since_date().map(str::to_owned));
            let first = dates.chain(own.clone()).min();
            cells.iter_mut().flatten().for_each(|row| {
                row.earliest = first.is_some() && row.since_date() == first.as_deref();
            });
            Ok(cells)
        })?;
        let regions = areas.iter().enumerate().map(|(k, covered)| RegionColumn {
            area: covered.area.clone(),
            documents: covered.documents.len(),
            found: cells.iter().filter(|row| row[k].is_some()).count(),
        });
        Ok(RegionMatrix { regions: regions.collect(), lines, cells, took_ms: started.elapsed().as_secs_f64() * 1e3 })
    }

    fn lines(&self, topic: &Topic) -> Result<Vec<OutlineLine>> {
        let line = |text: &str, clause_id| OutlineLine { text: text.to_owned(), clause_id };
        let (field, lines): (_, Vec<OutlineLine>) = match topic {
            Topic::Outline(text) => {
                let lines = text.lines().map(str::trim).filter(|text| !text.is_empty());
                ("outline", lines.map(|text| line(text, None)).collect())
            }
            Topic::Text(text) => {
                let clauses = document::parse(text).clauses;
                let measures = clauses.iter().filter(|clause| boilerplate(&clause.text).is_none());
                ("text", measures.map(|clause| line(&clause.text, None)).collect())
            }
            Topic::Document(id) => {
                let clauses = self.store.document(id)?.clauses;
                let measures = clauses.iter().filter(|clause| boilerplate(&clause.text).is_none());
                let id = |ordinal| Some(ClauseId { document_id: id.clone(), ordinal });
                ("document_id", measures.map(|clause| line(&clause.text, id(clause.place.ordinal))).collect())
            }
        };
        if lines.is_empty() || lines.len() > MatrixRequest::MOST_MEASURES {
            let received = format!("{} measures", lines.len());
            return Err(Error::invalid(field, format!("1 to {} measures", MatrixRequest::MOST_MEASURES), received));
        }
        Ok(lines)
    }
}
