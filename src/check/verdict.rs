//! What the hits of a clause come to.

use serde::{Deserialize, Serialize};

use crate::search::{Hit, Relation};

/// What is known about a clause of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Another document states the same measure; one would cite it.
    Precedented,
    /// Other documents are on the topic, and one of them may come near: to be looked at.
    Related,
    /// No document that was looked at states it.
    Novel,
}

/// Least probability of a hit that may be cited: where [`Relation::Equivalent`] begins.
///
/// Measured on the 231 judged clause queries of seven sets, of which 198 have a precedent and 33 have none, by the most
/// probable of the first five hits:
///
/// | least probability | reached, of those with a precedent | reached, of those without | one of the five is right, of those reached |
/// |---:|---:|---:|---:|
/// | 0.25 | 0.98 | 0.91 | 0.84 |
/// | 0.35 | 0.96 | 0.76 | 0.87 |
/// | 0.45 | 0.92 | 0.48 | 0.90 |
/// | 0.5 | 0.91 | 0.27 | 0.94 |
/// | 0.6 | 0.88 | 0.18 | 0.95 |
pub const PRECEDENTED: f32 = 0.5;
/// Least probability of a hit that may come near. Below it a clause is called novel: 8 % of those that have a precedent
/// (most of them say several things at once), and 52 % of those that have none. Real clauses without a precedent have
/// tempting neighbours; a measure that is new altogether lies lower.
pub const RELATED: f32 = 0.45;

/// Whether a hit may be cited as a precedent. Formulas, and what so many documents have that it ranks with them, are
/// cited only where the draft has them word for word.
pub(super) fn is_precedent(hit: &Hit) -> bool {
    let copied = matches!(hit.relation, Relation::Verbatim | Relation::Edited);
    copied || !hit.boilerplate && hit.probability >= PRECEDENTED
}

impl Verdict {
    /// The verdict on a clause with these hits.
    pub(super) fn of(hits: &[Hit]) -> Verdict {
        let near = |hit: &Hit| !hit.boilerplate && hit.probability >= RELATED;
        match () {
            () if hits.iter().any(is_precedent) => Verdict::Precedented,
            () if hits.iter().any(near) => Verdict::Related,
            () => Verdict::Novel,
        }
    }

    /// Its name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Precedented => "precedented",
            Verdict::Related => "related",
            Verdict::Novel => "novel",
        }
    }
}
