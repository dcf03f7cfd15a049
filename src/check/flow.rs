//! Clauses through the encoder and the ranking, and out again in reading order.
//!
//! One thread encodes parts of the draft while the others rank the clauses of the parts before; the caller's thread
//! puts them in order. A part is large enough to fill the encoder's batches and small enough that the first clauses
//! come soon and the queue has room for other people's searches.

use std::collections::{BTreeMap, HashMap};
use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::copied::{Letters, count, join};
use super::draft::DraftClause;
use super::verdict::{PRECEDENTED, Verdict, is_precedent};
use super::{Check, CheckedClause, ClauseSource, deviations};
use crate::difference::Strength;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::search::{EncodedQuery, Formulas, Hit, Prepared, Query, Request, Within};
use crate::store::{ClauseId, DocumentKey, DocumentRow};

/// Characters of a part of the draft.
const PART_CHARACTERS: usize = 2_000;
/// Encoded clauses that may wait to be ranked.
const WAITING: usize = 128;
/// Precedents of a clause that are read beside those that are shown: they count as sources.
const BEHIND: usize = 200;
/// How long a part waits before it is offered again to an encoder whose queue is full …
const PAUSE: Duration = Duration::from_millis(250);
/// … and how often, before the check fails.
const OFFERS: usize = 120;

/// A clause with what only the summary needs.
pub(super) struct Checked {
    pub(super) clause: CheckedClause,
    /// For each of its letters whether it is copied from any precedent.
    pub(super) copied: Vec<bool>,
    /// Every document with a precedent of it, with the same for what is copied from that.
    pub(super) sources: Vec<(DocumentRow, Vec<bool>)>,
}

impl Engine {
    /// Finds what there is to say about all clauses and hands it out in their order; false when `take` broke.
    pub(super) fn check_clauses(
        &self,
        clauses: &[DraftClause],
        request: &Check,
        within: &Within,
        mut take: impl FnMut(Checked) -> ControlFlow<()>,
    ) -> Result<bool> {
        let stop = AtomicBool::new(false);
        let (to_rank, encoded) = sync_channel(WAITING);
        let encoded = Arc::new(Mutex::new(encoded));
        let (found, results) = channel();
        std::thread::scope(|scope| {
            let (stop, failed) = (&stop, found.clone());
            scope.spawn(move || {
                if let Err(error) = self.encode_parts(clauses, request, &to_rank, stop) {
                    // Nobody listens when the work was stopped.
                    let _ = failed.send(Err(error));
                }
            });
            for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
                let (encoded, found) = (encoded.clone(), found.clone());
                scope.spawn(move || {
                    // To the end even when the work was stopped, so that the encoding thread is never held.
                    while let Some((ordinal, query)) = next(&encoded) {
                        let Some(clause) = clauses.get(ordinal).filter(|_| !stop.load(Ordering::Relaxed)) else {
                            continue;
                        };
                        let checked = self.check_clause(ordinal, clauses.len(), clause, &query, request, within);
                        let _ = found.send(checked);
                    }
                });
            }
            drop((encoded, found));
            let ended = in_order(clauses, request, &results, &mut take);
            stop.store(true, Ordering::Relaxed);
            ended
        })
    }

    /// Encodes the clauses that are searched for, a part at a time.
    fn encode_parts(
        &self,
        clauses: &[DraftClause],
        request: &Check,
        to_rank: &SyncSender<(usize, EncodedQuery)>,
        stop: &AtomicBool,
    ) -> Result<()> {
        let searched: Vec<(usize, &str)> = clauses
            .iter()
            .enumerate()
            .filter(|(ordinal, clause)| is_searched(*ordinal, clause, request))
            .map(|(ordinal, clause)| (ordinal, clause.text.as_str()))
            .collect();
        let lengths: Vec<usize> = searched.iter().map(|(_, text)| text.chars().count()).collect();
        for (number, part) in parts(&lengths).into_iter().enumerate() {
            let part = &searched[part];
            let texts: Vec<&str> = part.iter().map(|(_, text)| *text).collect();
            let mut offers = 1;
            let queries = loop {
                if stop.load(Ordering::Relaxed) {
                    return Ok(());
                }
                match self.encode_queries(&texts) {
                    // What was found already would be lost: later parts wait, the first one is refused like a search.
                    Err(Error::Busy { .. }) if number > 0 && offers < OFFERS => {
                        offers += 1;
                        std::thread::sleep(PAUSE);
                    }
                    encoded => break encoded?,
                }
            };
            for ((ordinal, _), query) in part.iter().zip(queries) {
                if to_rank.send((*ordinal, query)).is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn check_clause(
        &self,
        ordinal: usize,
        of: usize,
        clause: &DraftClause,
        query: &EncodedQuery,
        request: &Check,
        within: &Within,
    ) -> Result<Checked> {
        let search = Request {
            limit: request.limit,
            per_document: Some(Check::PER_DOCUMENT),
            formulas: if request.exclude_formulas { Formulas::Omit } else { Formulas::Below },
            explain: true,
            ..Request::new(Query::Text(clause.text.clone()))
        };
        let prepared = Prepared { request: &search, within, query };
        let (mut hits, behind) = self.hits(&prepared, BEHIND, |probability| probability >= PRECEDENTED)?;
        let verdict = Verdict::of(&hits);
        let probability = hits.iter().map(|hit| hit.probability).fold(0.0, f32::max);
        let citable: Vec<&Hit> = hits.iter().chain(&behind).filter(|hit| is_precedent(hit)).collect();

        let letters = Letters::of(&clause.text);
        let mut copied = vec![false; letters.len()];
        let mut sources: HashMap<DocumentKey, (DocumentRow, Vec<bool>)> = HashMap::new();
        for hit in &citable {
            let of_hit = letters.copied_from(&Letters::of(&hit.text));
            join(&mut copied, &of_hit);
            let source = sources.entry(hit.document.key);
            join(&mut source.or_insert_with(|| (hit.document.clone(), vec![false; letters.len()])).1, &of_hit);
        }
        let figures = deviations::figures(&clause.text, &citable);
        let strength = match deviations::strength(&clause.text, clause.lead_in.as_deref()) {
            None => None,
            draft => {
                let near: Vec<&Hit> = citable.iter().copied().filter(|hit| deviations::is_near(hit)).collect();
                deviations::strengths(draft, &self.strengths(&near)?)
            }
        };
        let mut sources: Vec<(DocumentRow, Vec<bool>)> = sources.into_values().collect();
        sources.sort_by(|(a, of_a), (b, of_b)| {
            count(of_b).cmp(&count(of_a)).then_with(|| a.document_id.cmp(&b.document_id))
        });
        let source = |(document, copied): &(DocumentRow, Vec<bool>)| ClauseSource {
            document_id: document.document_id.clone(),
            copied: letters.spans(copied),
        };
        hits.retain(|hit| hit.probability >= request.min_probability);
        // What the verdict rests on comes first, each part by score: the score knows no background.
        hits.sort_by_key(|hit| !is_precedent(hit));
        self.explain(&prepared, &mut hits)?;
        Ok(Checked {
            clause: CheckedClause {
                verdict,
                probability,
                precedents: hits,
                sources: sources.iter().map(source).collect(),
                copied: letters.spans(&copied),
                figures,
                strength,
                ..unsearched(ordinal, of, clause)
            },
            copied,
            sources,
        })
    }

    /// How strictly precedents bind, by themselves or by what leads them in.
    fn strengths(&self, hits: &[&Hit]) -> Result<Vec<(ClauseId, Option<Strength>)>> {
        hits.iter()
            .map(|hit| {
                let lead_in = hit.clause.lead_in.map(|span| self.store.slice(hit.document.key, span)).transpose()?;
                Ok((hit.clause_id.clone(), deviations::strength(&hit.text, lead_in.as_deref())))
            })
            .collect()
    }
}

fn is_searched(ordinal: usize, clause: &DraftClause, request: &Check) -> bool {
    !(request.exclude_formulas && clause.formula.is_some() || request.exclude_clauses.contains(&ordinal))
}

/// A clause about which nothing was found.
fn unsearched(ordinal: usize, of: usize, clause: &DraftClause) -> CheckedClause {
    CheckedClause {
        ordinal,
        of,
        span: clause.span,
        text: clause.text.clone(),
        label: clause.label.clone(),
        path: clause.path.clone(),
        lead_in: clause.lead_in.clone(),
        formula: clause.formula,
        excluded: false,
        characters: Letters::of(&clause.text).len(),
        verdict: Verdict::Novel,
        probability: 0.0,
        precedents: Vec::new(),
        sources: Vec::new(),
        copied: Vec::new(),
        figures: Vec::new(),
        strength: None,
    }
}

fn next(encoded: &Mutex<Receiver<(usize, EncodedQuery)>>) -> Option<(usize, EncodedQuery)> {
    // A receiver has no state that a panic could have left half changed.
    encoded.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// Hands out results in the order of the clauses; false when `take` broke.
fn in_order(
    clauses: &[DraftClause],
    request: &Check,
    results: &Receiver<Result<Checked>>,
    take: &mut impl FnMut(Checked) -> ControlFlow<()>,
) -> Result<bool> {
    let mut waiting: BTreeMap<usize, Checked> = BTreeMap::new();
    for (ordinal, clause) in clauses.iter().enumerate() {
        let checked = if is_searched(ordinal, clause, request) {
            loop {
                if let Some(checked) = waiting.remove(&ordinal) {
                    break checked;
                }
                let lost = || Error::Encoder("a clause was left out; this is a fault of the program".to_owned());
                let checked = results.recv().map_err(|_| lost())??;
                waiting.insert(checked.clause.ordinal, checked);
            }
        } else {
            let excluded = request.exclude_clauses.contains(&ordinal);
            let clause = CheckedClause { excluded, ..unsearched(ordinal, clauses.len(), clause) };
            Checked { clause, copied: Vec::new(), sources: Vec::new() }
        };
        if take(checked).is_break() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Clauses of these lengths in parts of [`PART_CHARACTERS`] or a little more; the first is smaller.
fn parts(lengths: &[usize]) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut start, mut characters) = (0, 0);
    for (i, length) in lengths.iter().enumerate() {
        characters += length;
        let enough = if parts.is_empty() { PART_CHARACTERS / 4 } else { PART_CHARACTERS };
        if characters >= enough || i + 1 == lengths.len() {
            parts.push(start..i + 1);
            (start, characters) = (i + 1, 0);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_all_clauses_in_order_and_the_first_comes_soon() {
        assert!(parts(&[]).is_empty());
        assert_eq!(parts(&[40]).as_slice(), std::slice::from_ref(&(0..1)));
        let lengths = [40; 200];
        let found = parts(&lengths);
        assert_eq!(found.first(), Some(&(0..13)));
        assert!(found.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert_eq!(found.last().unwrap().end, 200);
        assert_eq!(parts(&[30_000, 40, 40]), [0..1, 1..3]);
    }
}
