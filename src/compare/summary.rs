//! A comparison in figures.

use super::{Alignment, ArticleChange, ArticleLink, Side};
use crate::difference::MeasureKind;
use crate::search::Relation;

/// How many clauses of one document are what. The counts of the relations and `only` add up to `clauses`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SideSummary {
    /// All clauses.
    pub clauses: usize,
    /// Those that the other has word for word.
    pub verbatim: usize,
    /// Those that the other has in an edited form.
    pub edited: usize,
    /// Those that the other says in other words.
    pub equivalent: usize,
    /// Those that only this document has.
    pub only: usize,
    /// Share of its characters in clauses that only it has, in [0, 1].
    pub only_characters: f32,
}

/// A comparison in figures.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Summary {
    /// The left document.
    pub left: SideSummary,
    /// The right document.
    pub right: SideSummary,
    /// Alignments out of order.
    pub moved: usize,
    /// Clauses of the left that were split.
    pub split: usize,
    /// Clauses of the right that several of the left were merged into.
    pub merged: usize,
    /// Articles with another number in the same order.
    pub renumbered_articles: usize,
    /// Articles that stand elsewhere.
    pub moved_articles: usize,
    /// Alignments with figures that differ.
    pub figures: usize,
    /// Alignments with deadlines that differ.
    pub deadlines: usize,
    /// Alignments with other actors.
    pub responsible: usize,
    /// Alignments that bind more or less strictly.
    pub obligations: usize,
    /// Alignments of another scope.
    pub scopes: usize,
}

pub(super) fn summary(alignments: &[Alignment], articles: &[ArticleLink], left: &Side, right: &Side) -> Summary {
    let differing = |kind: MeasureKind| alignments.iter().filter(|a| a.measures.iter().any(|d| d.kind == kind)).count();
    let changed = |change: ArticleChange| {
        let mut left: Vec<usize> = articles.iter().filter(|link| link.change == change).map(|link| link.left).collect();
        left.dedup();
        left.len()
    };
    Summary {
        left: side(alignments, left, |alignment| &alignment.left),
        right: side(alignments, right, |alignment| &alignment.right),
        moved: alignments.iter().filter(|alignment| alignment.moved).count(),
        split: alignments.iter().filter(|alignment| alignment.right.len() > 1).count(),
        merged: alignments.iter().filter(|alignment| alignment.left.len() > 1).count(),
        renumbered_articles: changed(ArticleChange::Renumbered),
        moved_articles: changed(ArticleChange::Moved),
        figures: differing(MeasureKind::Figure),
        deadlines: differing(MeasureKind::Deadline),
        responsible: differing(MeasureKind::Responsible),
        obligations: differing(MeasureKind::Obligation),
        scopes: differing(MeasureKind::Scope),
    }
}

fn side(alignments: &[Alignment], side: &Side, of: impl Fn(&Alignment) -> &Vec<usize>) -> SideSummary {
    let mut found = SideSummary { clauses: side.clauses.len(), ..SideSummary::default() };
    let length = |k: usize| side.clauses.get(k).map_or(0, |clause| clause.text.chars().count());
    let all: usize = (0..side.clauses.len()).map(length).sum();
    let mut aligned = 0;
    for alignment in alignments {
        let clauses = of(alignment);
        aligned += clauses.iter().map(|k| length(*k)).sum::<usize>();
        match alignment.relation {
            Relation::Verbatim => found.verbatim += clauses.len(),
            Relation::Edited => found.edited += clauses.len(),
            _ => found.equivalent += clauses.len(),
        }
    }
    found.only = found.clauses - found.verbatim - found.edited - found.equivalent;
    found.only_characters = (all - aligned) as f32 / all.max(1) as f32;
    found
}
