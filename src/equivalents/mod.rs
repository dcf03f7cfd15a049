//! Equivalents across regions: who has a measure, since when, in which words, with which figures.
//!
//! Every region of the corpus is asked by itself ([`crate::search`] ranks its clauses), so that a region with one
//! document is heard beside one with hundreds. A region counts as having the measure when the probability of
//! one of its clauses reaches a bound, and shows the best-ranked of these; the others are told as such, with how many documents were looked at.
//!
//! "Earliest" is said of the documents that were looked at, the asked clause's own among them, never of the world.

mod areas;
mod matrix;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

pub use self::areas::{Area, Division};
use self::areas::{Covered, areas};
pub use self::matrix::{MatrixRequest, OutlineLine, RegionColumn, RegionMatrix, Topic};
use crate::difference::{Column, Value, columns, measures};
use crate::document::Metadata;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::search::{Candidate, Formulas, Hit, Query, Question, Request};
use crate::store::{ClauseId, DocumentFilter, DocumentKey, DocumentRow};

/// From this probability on a clause counts as the same measure, unless the caller says otherwise: where a hit is
/// more likely than not to be one, and where [`crate::search::Relation::Equivalent`] begins.
pub const MIN_PROBABILITY: f32 = 0.5;

/// What to look for in every region.
#[derive(Debug, Clone, PartialEq)]
pub struct EquivalentsRequest {
    /// A description of the measure, or a stored clause, whose own document is left out.
    pub query: Query,
    /// What is told apart.
    pub division: Division,
    /// Which documents are looked at.
    pub filter: DocumentFilter,
    /// The least probability that counts as found, in [0, 1].
    pub min_probability: f32,
}

impl EquivalentsRequest {
    /// With the default settings.
    pub fn new(query: Query) -> EquivalentsRequest {
        EquivalentsRequest {
            query,
            division: Division::default(),
            filter: DocumentFilter::default(),
            min_probability: MIN_PROBABILITY,
        }
    }
}

/// Which of a document's dates one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateKind {
    /// Of issue or adoption.
    Issued,
    /// Of publication.
    Published,
    /// Of entry into force.
    Effective,
}

/// A clause of a document, and since when it has been there.
#[derive(Debug, Clone, PartialEq)]
pub struct Since {
    /// The clause.
    pub clause_id: ClauseId,
    /// Its document.
    pub document: DocumentRow,
    /// Its date.
    pub date: String,
    /// Which date that is.
    pub date_kind: DateKind,
}

/// A region that has the measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The region.
    pub area: Area,
    /// Its best clause.
    pub best: Hit,
    /// The date of the best clause's document, and which that is; `None` where it states none.
    pub date: Option<(String, DateKind)>,
    /// Units that the article of the best clause notes as responsible; where it notes none, those that the clause says
    /// must act.
    pub responsible: Vec<String>,
    /// Figures and deadlines of the best clause.
    pub values: Vec<Value>,
    /// The earliest document of the region with an equivalent, where one is dated.
    pub since: Option<Since>,
    /// Whether no dated document of those looked at has it earlier, the asked clause's own included.
    pub earliest: bool,
    /// Documents of the region that have an equivalent among the clauses that were ranked.
    pub documents_with: usize,
    /// Documents of the region that were looked at.
    pub documents: usize,
}

/// A region that does not have the measure.
#[derive(Debug, Clone, PartialEq)]
pub struct NotFound {
    /// The region.
    pub area: Area,
    /// Documents of the region that were looked at.
    pub documents: usize,
    /// Their clauses.
    pub clauses: usize,
    /// The clause that comes nearest, and the probability that it is an equivalent all the same.
    pub nearest: Option<(ClauseId, f32)>,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The text.
    pub text: String,
    /// Where it stands, for a stored clause.
    pub clause: Option<(ClauseId, DocumentRow)>,
    /// Its document's date.
    pub date: Option<(String, DateKind)>,
    /// Whether no dated document that was looked at has it earlier.
    pub earliest: bool,
}

/// Who has a measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Equivalents {
    /// What was asked for.
    pub asked: Asked,
    /// Regions that have it: by the date since when, those without a date last.
    pub rows: Vec<Row>,
    /// Regions that do not.
    pub not_found: Vec<NotFound>,
    /// Figures and deadlines under each other: of the asked text, then of each row's best clause.
    pub columns: Vec<Column>,
    /// Documents that were looked at.
    pub documents: usize,
    /// Time taken, in milliseconds.
    pub took_ms: f64,
}

impl Engine {
    /// Looks for a measure in every region of the corpus.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a value outside its bounds, [`Error::NotFound`] for an unknown clause,
    /// [`Error::Busy`] when the encoder's queue is full.
    pub fn equivalents(&self, request: &EquivalentsRequest) -> Result<Equivalents> {
        let started = Instant::now();
        check_probability(request.min_probability)?;
        let search = search_for(request.query.clone(), &request.filter);
        let question = self.question(&search)?;
        let rows = self.store.documents(&request.filter, 0, usize::MAX)?.0;
        let areas = areas(self.documents_asked(&question)?, &rows, request.division);
        let documents: HashMap<DocumentKey, &DocumentRow> = rows.iter().map(|row| (row.key, row)).collect();
        let looked =
            in_parallel(areas.len(), |k| self.look_in(&question, &areas[k], &documents, request.min_probability))?;
        let (mut found, mut not_found) = (Vec::new(), Vec::new());
        for looked in looked {
            match looked {
                Looked::Found(row) => found.push(*row),
                Looked::NotFound(area) => not_found.push(area),
            }
        }
        found.sort_by(|a: &Row, b: &Row| order(a.since_date(), b.since_date()).then_with(|| a.area.cmp(&b.area)));
        let mut asked = self.asked(&request.query, &question)?;
        mark_earliest(&mut asked, &mut found);
        let texts: Vec<&str> =
            std::iter::once(question.asked()).chain(found.iter().map(|row| row.best.text.as_str())).collect();
        Ok(Equivalents {
            columns: columns(&texts),
            asked,
            documents: areas.iter().map(|covered| covered.documents.len()).sum(),
            rows: found,
            not_found,
            took_ms: started.elapsed().as_secs_f64() * 1e3,
        })
    }

    /// What a region has.
    fn look_in(
        &self,
        question: &Question<'_>,
        covered: &Covered,
        documents: &HashMap<DocumentKey, &DocumentRow>,
        min_probability: f32,
    ) -> Result<Looked> {
        let answers = self.answers_in(question, &covered.documents, min_probability)?;
        let id = |candidate: &Candidate| {
            let document_id = documents.get(&candidate.document())?.document_id.clone();
            Some(ClauseId { document_id, ordinal: candidate.place().ordinal })
        };
        let having: Vec<&Candidate> = answers.iter().filter(|c| c.probability >= min_probability).collect();
        let best = having.first().map(|best| self.hits_of(question, &[**best])).transpose()?.and_then(|mut h| h.pop());
        let Some(best) = best else {
            return Ok(Looked::NotFound(NotFound {
                area: covered.area.clone(),
                documents: covered.documents.len(),
                clauses: covered.clauses(),
                nearest: answers.first().and_then(|c| Some((id(c)?, c.probability))),
            }));
        };
        let first = having
            .iter()
            .filter_map(|candidate| {
                let document = *documents.get(&candidate.document())?;
                let (date, date_kind) = dated(&document.metadata)?;
                Some(Since { clause_id: id(candidate)?, document: document.clone(), date, date_kind })
            })
            // Of the clauses of the earliest document the best, which comes first.
            .min_by(|a, b| a.date.cmp(&b.date));
        let mut values = measures(&best.text);
        let mut responsible = best.article.responsible.clone();
        if responsible.is_empty() {
            let units = values.responsible.iter().map(|value| &value.text).filter(|text| !is_place(text));
            responsible = units.cloned().collect();
            responsible.dedup();
        }
        values.figures.append(&mut values.deadlines);
        Ok(Looked::Found(Box::new(Row {
            area: covered.area.clone(),
            date: dated(&best.document.metadata),
            responsible,
            values: values.figures,
            best,
            since: first,
            earliest: false,
            documents_with: having.iter().map(|c| c.document()).collect::<HashSet<_>>().len(),
            documents: covered.documents.len(),
        })))
    }

    fn asked(&self, query: &Query, question: &Question<'_>) -> Result<Asked> {
        let clause = match query {
            Query::Text(_) => None,
            Query::Clause { id, .. } => Some((id.clone(), self.store.clause(id)?.2)),
        };
        Ok(Asked {
            text: question.asked().to_owned(),
            date: clause.as_ref().and_then(|(_, document)| dated(&document.metadata)),
            clause,
            earliest: false,
        })
    }
}

/// What one region has.
enum Looked {
    Found(Box<Row>),
    NotFound(NotFound),
}

impl Row {
    fn since_date(&self) -> Option<&str> {
        self.since.as_ref().map(|since| since.date.as_str())
    }
}

/// Formulas are no measures, whoever has them.
fn search_for(query: Query, filter: &DocumentFilter) -> Request {
    Request { filter: filter.clone(), formulas: Formulas::Omit, ..Request::new(query) }
}

fn check_probability(probability: f32) -> Result<()> {
    if (0.0..=1.0).contains(&probability) {
        return Ok(());
    }
    Err(Error::invalid("min_probability", "0 to 1", probability.to_string()))
}

/// Since when a document has been there: its date of issue or adoption; where it states none, of publication, then of
/// entry into force.
fn dated(metadata: &Metadata) -> Option<(String, DateKind)> {
    let kinds = [
        (&metadata.date, DateKind::Issued),
        (&metadata.published, DateKind::Published),
        (&metadata.effective, DateKind::Effective),
    ];
    kinds.into_iter().find_map(|(date, kind)| Some((date.clone()?, kind)))
}

/// By date, those without one last.
fn order(a: Option<&str>, b: Option<&str>) -> std::cmp::Ordering {
    a.is_none().cmp(&b.is_none()).then(a.cmp(&b))
}

/// Marks whoever has it earliest, all of one date.
fn mark_earliest(asked: &mut Asked, rows: &mut [Row]) {
    let own = asked.date.as_ref().map(|(date, _)| date.clone());
    let Some(first) = rows.iter().filter_map(|row| row.since_date().map(str::to_owned)).chain(own.clone()).min() else {
        return;
    };
    asked.earliest = own.as_ref() == Some(&first);
    rows.iter_mut().for_each(|row| row.earliest = row.since_date() == Some(&first));
}

/// Does pieces of work on all processors; the results in the order of the pieces, or the first error in that order.
fn in_parallel<T: Send>(pieces: usize, work: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(pieces);
    if workers <= 1 {
        return (0..pieces).map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let mut done: Vec<(usize, Result<T>)> = std::thread::scope(|scope| {
        let (next, work) = (&next, &work);
        let worker = move || {
            let mut done = Vec::new();
            loop {
                let piece = next.fetch_add(1, Ordering::Relaxed);
                if piece >= pieces {
                    return done;
                }
                let result = work(piece);
                let failed = result.is_err();
                done.push((piece, result));
                if failed {
                    next.store(pieces, Ordering::Relaxed);
                    return done;
                }
            }
        };
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        let joined = workers.into_iter().map(|worker| match worker.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.flatten().collect()
    });
    done.sort_by_key(|(piece, _)| *piece);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Whether the subject of a duty is a place as a whole (本市建立…制度), which is no unit.
fn is_place(subject: &str) -> bool {
    const PLACES: [&str; 9] = ["省", "自治区", "市", "自治州", "州", "盟", "县", "区", "行政区域"];
    subject.strip_prefix('本').is_some_and(|place| PLACES.contains(&place))
}

#[cfg(test)]
mod tests {
    use super::is_place;

    #[test]
    fn a_place_as_a_whole_is_no_unit_and_its_bodies_are() {
        assert!(is_place("本市") && is_place("本自治区") && is_place("本行政区域"));
        assert!(!is_place("本级人民政府") && !is_place("市场监督管理部门") && !is_place("本市行政机关"));
    }
}
