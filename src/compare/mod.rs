//! Two documents beside each other: which clauses answer each other, what differs, what only one of them has.
//!
//! ```text
//! sides      a stored document, or a text that is parsed and encoded -> clauses with their vectors
//! (search)   clauses of both -> promising pairs, by late interaction both ways
//! align      pairs -> groups: one to one, split, merged; crossing allowed
//! articles   groups -> articles: kept, renumbered, moved
//! summary    all of it in figures
//! ```
//!
//! The cost is that of the two documents, n x m at the worst; the corpus is not searched, and what else it holds
//! changes nothing.

mod align;
mod articles;
mod sides;
mod summary;
#[cfg(test)]
mod tests;

use std::time::Instant;

use self::align::{Group, Spot, align};
pub use self::articles::{ArticleChange, ArticleLink};
pub use self::sides::{Side, SideArticle, SideClause, Source};
pub use self::summary::{SideSummary, Summary};
use crate::difference::{Difference, Edit, differences, edits};
use crate::embed::Embedder;
use crate::engine::Engine;
use crate::error::Result;
use crate::search::{Calibration, PairedText, Pairs, Relation, relation_of_linked};

/// Clauses of both documents that answer each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Alignment {
    /// Places among the left document's clauses, in reading order. Several where clauses were merged.
    pub left: Vec<usize>,
    /// Places among the right document's clauses, in reading order. Several where a clause was split.
    pub right: Vec<usize>,
    /// How they relate: [`Relation::Verbatim`], with no figure or deadline that differs, [`Relation::Edited`] or
    /// [`Relation::Equivalent`].
    pub relation: Relation,
    /// Chance in [0, 1] that they state the same, judged with their surroundings.
    pub probability: f32,
    /// Whether they stand out of the order that the others keep.
    pub moved: bool,
    /// Runs of characters, of both sides' texts each joined by line breaks; empty for equivalents, which have little
    /// more than single characters in common.
    pub edits: Vec<Edit>,
    /// Figures, deadlines, actors, obligations and scope that differ.
    pub measures: Vec<Difference>,
}

/// One line of the comparison, in reading order of both documents as far as they keep one.
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// Place among [`Comparison::alignments`].
    Aligned(usize),
    /// A clause that only the left document has.
    OnlyLeft(usize),
    /// A clause that only the right document has.
    OnlyRight(usize),
}

/// Two documents beside each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The left document.
    pub left: Side,
    /// The right document.
    pub right: Side,
    /// Clauses that answer each other, in the order of the left.
    pub alignments: Vec<Alignment>,
    /// Every clause of both in one row.
    pub rows: Vec<Row>,
    /// Articles that answer each other, in the order of the left.
    pub articles: Vec<ArticleLink>,
    /// All of it in figures.
    pub summary: Summary,
    /// Time taken, encoding included, in milliseconds.
    pub took_ms: f64,
}

impl Engine {
    /// Puts two documents beside each other.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] for an unknown document, [`crate::Error::Invalid`] for one with more than
    /// [`Source::MOST_CLAUSES`] clauses, [`crate::Error::Unreadable`] for a text without a clause.
    pub fn compare(&self, left: &Source, right: &Source) -> Result<Comparison> {
        let started = Instant::now();
        let of = |field: &str, source: &Source| match source {
            Source::Stored(id) => sides::Loaded::stored(&self.store, field, id),
            Source::Text { name, text } => sides::Loaded::text(&*self.embedders.queries, field, name.as_deref(), text),
        };
        let (left, right) = (of("left", left)?, of("right", right)?);
        compared(&*self.embedders.queries, &self.calibration, left, right, started)
    }
}

/// Puts two texts beside each other, without a store; each with a name to be told by.
///
/// # Errors
/// [`crate::Error::Invalid`] for one with more than [`Source::MOST_CLAUSES`] clauses, [`crate::Error::Unreadable`] for
/// a text without a clause.
pub fn compare_texts(
    embedder: &dyn Embedder,
    calibration: &Calibration,
    left: (&str, &str),
    right: (&str, &str),
) -> Result<Comparison> {
    let started = Instant::now();
    let left = sides::Loaded::text(embedder, "left", Some(left.0), left.1)?;
    let right = sides::Loaded::text(embedder, "right", Some(right.0), right.1)?;
    compared(embedder, calibration, left, right, started)
}

fn compared(
    embedder: &dyn Embedder,
    calibration: &Calibration,
    left: sides::Loaded,
    right: sides::Loaded,
    started: Instant,
) -> Result<Comparison> {
    let (l, r) = (left.paired(), right.paired());
    let pairs = Pairs::new(embedder.codec(), calibration, &l, &r)?;
    let (left, right) = (&left.side, &right.side);
    let headings = |a: usize, b: usize| articles::headings_alike(&left.articles[a], &right.articles[b]);
    let groups = align(&pairs, &spots(left, &l), &spots(right, &r), &headings)?;
    let moved = articles::moved_groups(&groups, left, right);
    let alignments: Vec<Alignment> =
        groups.iter().zip(moved).map(|(group, moved)| alignment(group, moved, left, right)).collect();
    let articles = articles::link(&alignments, left, right);
    Ok(Comparison {
        rows: rows(&alignments, left.clauses.len(), right.clauses.len()),
        summary: summary::summary(&alignments, &articles, left, right),
        articles,
        alignments,
        left: left.clone(),
        right: right.clone(),
        took_ms: started.elapsed().as_secs_f64() * 1e3,
    })
}

fn spots(side: &Side, texts: &[PairedText<'_>]) -> Vec<Spot> {
    let spot = |(clause, text): (&SideClause, &PairedText<'_>)| Spot {
        article: clause.article,
        length: text.text.chars().count(),
        lead_in: clause.lead_in,
    };
    side.clauses.iter().zip(texts).map(spot).collect()
}

fn alignment(group: &Group, moved: bool, left: &Side, right: &Side) -> Alignment {
    let (l, r) = (left.joined(&group.left), right.joined(&group.right));
    let measures = differences(&l, &r);
    let relation = match relation_of_linked(&l, &r) {
        // Here another number is a change, and not what tells one place from another.
        Relation::Verbatim if !measures.is_empty() => Relation::Edited,
        relation => relation,
    };
    Alignment {
        left: group.left.clone(),
        right: group.right.clone(),
        relation,
        probability: group.probability as f32,
        moved,
        edits: if relation == Relation::Equivalent { Vec::new() } else { edits(&l, &r) },
        measures,
    }
}

/// Every clause in one row: as on the left, and what only the right has behind what stands before it there.
fn rows(alignments: &[Alignment], left: usize, right: usize) -> Vec<Row> {
    let mut of_left: Vec<Option<usize>> = vec![None; left];
    let mut of_right: Vec<Option<usize>> = vec![None; right];
    for (k, alignment) in alignments.iter().enumerate() {
        alignment.left.iter().for_each(|i| of_left[*i] = Some(k));
        alignment.right.iter().for_each(|j| of_right[*j] = Some(k));
    }
    // What only the right has, behind the alignment that its predecessor is in; those at the very start come first.
    let mut behind: Vec<Vec<usize>> = vec![Vec::new(); alignments.len()];
    let mut rows = Vec::new();
    let mut last = None;
    for (j, alignment) in of_right.iter().enumerate() {
        match (alignment, last) {
            (Some(k), _) => last = Some(*k),
            (None, Some(k)) => behind[k].push(j),
            (None, None) => rows.push(Row::OnlyRight(j)),
        }
    }
    let mut shown = vec![false; alignments.len()];
    for (i, alignment) in of_left.iter().enumerate() {
        match alignment {
            None => rows.push(Row::OnlyLeft(i)),
            Some(k) if shown[*k] => {}
            Some(k) => {
                shown[*k] = true;
                rows.push(Row::Aligned(*k));
                rows.extend(behind[*k].iter().map(|j| Row::OnlyRight(*j)));
            }
        }
    }
    rows
}
