//! A draft in, its precedents out: what other documents say the same, what differs, and what nobody says.
//!
//! ```text
//! draft       text -> clauses, each with what it is searched by
//! flow        clauses -> encoded in parts, ranked on all cores, handed out in reading order
//! verdict     the hits of a clause -> precedented, related or novel
//! copied      a clause and its precedents -> which of its characters are copied
//! deviations  a clause and its precedents -> figures and strengths that all of them have otherwise
//! summary     all clauses -> several ratios, sources, what is new
//! ```
//!
//! The draft is read as a stored document is and its clauses are searched as [`Engine::search`] does it: there is one
//! ranking. Nothing of a draft is stored.
//!
//! There is no one number for "how much of this is new". Clauses with a precedent, characters copied and the largest
//! single source are three questions, and a draft can be high in one and low in another. Formula clauses (施行日期,
//! 解释权) are in every document of their kind: they are told and searched for, and count in no ratio.

mod copied;
mod deviations;
mod draft;
mod flow;
mod summary;
mod verdict;

use std::ops::ControlFlow;

pub use self::copied::LEAST_RUN;
pub use self::deviations::{FigureDeviation, PrecedentValue, StrengthDeviation};
pub use self::draft::{MOST_BYTES, MOST_CLAUSES, read};
use self::summary::Tally;
pub use self::summary::{LEAST_SAME_CLAUSES, NovelClause, SAME_DOCUMENT, Source, Summary};
pub use self::verdict::{PRECEDENTED, RELATED, Verdict};
use crate::difference::Formula;
use crate::document::{Span, check_date};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::search::Hit;
use crate::store::DocumentFilter;

/// A draft to look for precedents of.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The text, normalised as [`read`] does it; at most [`MOST_BYTES`] and [`MOST_CLAUSES`].
    pub text: String,
    /// Most precedents of a clause; 1 to [`Check::MOST_PRECEDENTS`].
    pub limit: usize,
    /// Which documents are looked at.
    pub filter: DocumentFilter,
    /// Whether formula clauses of the draft are told without being searched for, and left out of precedents.
    pub exclude_formulas: bool,
    /// Precedents below this probability are left out; in [0, 1].
    pub min_probability: f32,
    /// Ordinals of clauses that are told without being searched for, and count in no ratio; repeated ones once.
    pub exclude_clauses: Vec<usize>,
}

impl Check {
    /// Most precedents of one clause.
    pub const MOST_PRECEDENTS: usize = 50;
    /// Most precedents of one clause from one document.
    pub const PER_DOCUMENT: usize = 3;

    /// A check with the default settings: up to five precedents of any document.
    pub fn new(text: impl Into<String>) -> Check {
        Check {
            text: text.into(),
            limit: 5,
            filter: DocumentFilter::default(),
            exclude_formulas: false,
            min_probability: 0.0,
            exclude_clauses: Vec::new(),
        }
    }

    fn check(&self) -> Result<()> {
        if !(1..=Self::MOST_PRECEDENTS).contains(&self.limit) {
            return Err(Error::invalid("limit", format!("1 to {}", Self::MOST_PRECEDENTS), self.limit.to_string()));
        }
        if !(0.0..=1.0).contains(&self.min_probability) {
            return Err(Error::invalid("min_probability", "0 to 1", self.min_probability.to_string()));
        }
        for (field, date) in [("date_from", &self.filter.date_from), ("date_to", &self.filter.date_to)] {
            if let Some(date) = date {
                check_date(field, date)?;
            }
        }
        Ok(())
    }
}

/// A document with a clause that may be cited as a precedent of a clause of the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClauseSource {
    /// The document.
    pub document_id: String,
    /// What is copied from it: where in the text of the draft's clause, in order, as [`CheckedClause::copied`].
    pub copied: Vec<Span>,
}

/// A clause of a draft with its precedents.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedClause {
    /// Place among the clauses of the draft, from 0.
    pub ordinal: usize,
    /// Number of clauses of the draft.
    pub of: usize,
    /// Where it stands in the draft.
    pub span: Span,
    /// Its text.
    pub text: String,
    /// The article's number and its own within it; empty where it has none.
    pub label: String,
    /// Headings above it, outermost first.
    pub path: Vec<String>,
    /// The sentence that introduces the list it is an item of.
    pub lead_in: Option<String>,
    /// The formula that it consists of. Such clauses count in no ratio of the summary.
    pub formula: Option<Formula>,
    /// Whether it is one of [`Check::exclude_clauses`]: it was not searched for and counts in no ratio.
    pub excluded: bool,
    /// Letters and digits of its text, which shares are shares of.
    pub characters: usize,
    /// What the precedents come to.
    pub verdict: Verdict,
    /// Chance in [0, 1] that the best of the precedents is an equivalent measure; 0 without one.
    pub probability: f32,
    /// Those that may be cited, then others that come near, each by score; at most [`Check::PER_DOCUMENT`] of one
    /// document; with differences and highlights.
    pub precedents: Vec<Hit>,
    /// Documents with a clause that may be cited as its precedent, those that are not shown included; the one that most
    /// is copied from first, then by id.
    pub sources: Vec<ClauseSource>,
    /// What is copied from precedents: where in its text, in order. Runs of [`LEAST_RUN`] characters or more, and whole
    /// clauses.
    pub copied: Vec<Span>,
    /// Figures that all precedents have otherwise.
    pub figures: Vec<FigureDeviation>,
    /// That it binds otherwise than all precedents do.
    pub strength: Option<StrengthDeviation>,
}

impl Engine {
    /// Finds the precedents of every clause of a draft. `each` is handed the clauses in reading order while later ones
    /// are worked on; when it breaks, the work stops and there is no summary.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a request out of bounds and a text without a clause, before any work;
    /// [`Error::Busy`] when the encoder's queue is full; [`Error::Store`], [`Error::Index`], [`Error::Encoder`].
    pub fn check(
        &self,
        request: &Check,
        mut each: impl FnMut(CheckedClause) -> ControlFlow<()>,
    ) -> Result<Option<Summary>> {
        request.check()?;
        let clauses = draft::clauses(&request.text)?;
        if let Some(beyond) = request.exclude_clauses.iter().find(|ordinal| **ordinal >= clauses.len()) {
            let expected = format!("ordinals of the draft's clauses, 0 to {}", clauses.len() - 1);
            return Err(Error::invalid("exclude_clauses", expected, beyond.to_string()));
        }
        let within = self.within(&request.filter)?;
        let mut tally = Tally::default();
        let finished = self.check_clauses(&clauses, request, &within, |found| {
            tally.add(&found);
            each(found.clause)
        })?;
        Ok(finished.then(|| tally.finish()))
    }
}
