//! What the clauses of a draft come to together.

use std::collections::HashMap;

use super::copied::count;
use super::deviations::{FigureDeviation, StrengthDeviation};
use super::flow::Checked;
use super::verdict::Verdict;
use crate::document::Span;
use crate::store::{DocumentKey, DocumentRow};

/// Share of the draft's characters that a document must have word for word, to be taken for the draft itself …
pub const SAME_DOCUMENT: f64 = 0.8;
/// … of a draft with so many clauses: two copied sentences are a quotation.
pub const LEAST_SAME_CLAUSES: usize = 5;

/// What a draft comes to. Excluded clauses count in `clauses` and `excluded`, formula clauses among the others in `clauses`
/// and `formulas`, and both in nothing else; characters are letters and digits. Shares are in [0, 1], and 0 where there
/// is nothing to share.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Clauses of the draft, formulas and excluded ones included.
    pub clauses: usize,
    /// Formula clauses among them.
    pub formulas: usize,
    /// Clauses among them that were excluded.
    pub excluded: usize,
    /// Clauses that one would cite a precedent for.
    pub precedented: usize,
    /// Clauses that others come near.
    pub related: usize,
    /// Clauses that no document states.
    pub novel: usize,
    /// Characters of the clauses that are neither formulas nor excluded.
    pub characters: usize,
    /// Share of the clauses that have a precedent.
    pub coverage: f64,
    /// Share of the characters in clauses that have a precedent.
    pub covered_share: f64,
    /// Share of the characters that are copied from precedents.
    pub verbatim_share: f64,
    /// The largest share of the characters in clauses that a single document has precedents for.
    pub largest_source_share: f64,
    /// Documents with precedents, the one with most characters first.
    pub documents: Vec<Source>,
    /// Documents that are probably the draft itself, or a version of it: to be excluded for a fair answer.
    pub same_documents: Vec<String>,
    /// The novel clauses in reading order.
    pub novel_clauses: Vec<NovelClause>,
    /// Figures that all precedents have otherwise, with the ordinal of the clause.
    pub figures: Vec<(usize, FigureDeviation)>,
    /// Clauses that bind otherwise than all precedents do, with their ordinal.
    pub strengths: Vec<(usize, StrengthDeviation)>,
}

/// A document that a draft has precedents in.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The document.
    pub document: DocumentRow,
    /// Clauses of the draft with a precedent in it.
    pub clauses: usize,
    /// Share of the draft's characters in those clauses.
    pub share: f64,
    /// Characters of the draft that are copied from it.
    pub verbatim_characters: usize,
    /// Share of the draft's characters that are copied from it.
    pub verbatim_share: f64,
    /// Whether it is probably the draft itself, or a version of it.
    pub same: bool,
}

/// A clause that no document states.
#[derive(Debug, Clone, PartialEq)]
pub struct NovelClause {
    /// Place among the clauses of the draft.
    pub ordinal: usize,
    /// The article's number and its own.
    pub label: String,
    /// Where it stands in the draft.
    pub span: Span,
    /// Its text.
    pub text: String,
}

/// A document and what the draft has of it, in characters.
struct Share {
    document: DocumentRow,
    clauses: usize,
    characters: usize,
    copied: usize,
}

/// A summary in the making.
#[derive(Default)]
pub(super) struct Tally {
    summary: Summary,
    covered: usize,
    copied: usize,
    documents: HashMap<DocumentKey, Share>,
}

impl Tally {
    pub(super) fn add(&mut self, checked: &Checked) {
        let (clause, summary) = (&checked.clause, &mut self.summary);
        summary.clauses += 1;
        if clause.excluded {
            summary.excluded += 1;
            return;
        }
        if clause.formula.is_some() {
            summary.formulas += 1;
            return;
        }
        let characters = clause.characters;
        summary.characters += characters;
        match clause.verdict {
            Verdict::Precedented => {
                summary.precedented += 1;
                self.covered += characters;
            }
            Verdict::Related => summary.related += 1,
            Verdict::Novel => {
                summary.novel += 1;
                let (label, text) = (clause.label.clone(), clause.text.clone());
                summary.novel_clauses.push(NovelClause { ordinal: clause.ordinal, label, span: clause.span, text });
            }
        }
        self.copied += count(&checked.copied);
        for (document, copied) in &checked.sources {
            let share = self.documents.entry(document.key).or_insert_with(|| Share {
                document: document.clone(),
                clauses: 0,
                characters: 0,
                copied: 0,
            });
            share.clauses += 1;
            share.characters += characters;
            share.copied += count(copied);
        }
        summary.figures.extend(clause.figures.iter().map(|figure| (clause.ordinal, figure.clone())));
        summary.strengths.extend(clause.strength.iter().map(|strength| (clause.ordinal, strength.clone())));
    }

    pub(super) fn finish(self) -> Summary {
        let mut summary = self.summary;
        let share = |of: usize, all: usize| of as f64 / all.max(1) as f64;
        let counted = summary.clauses - summary.formulas - summary.excluded;
        summary.coverage = share(summary.precedented, counted);
        summary.covered_share = share(self.covered, summary.characters);
        summary.verbatim_share = share(self.copied, summary.characters);
        summary.documents = self
            .documents
            .into_values()
            .map(|of| Source {
                document: of.document,
                clauses: of.clauses,
                share: share(of.characters, summary.characters),
                verbatim_characters: of.copied,
                verbatim_share: share(of.copied, summary.characters),
                same: counted >= LEAST_SAME_CLAUSES && share(of.copied, summary.characters) >= SAME_DOCUMENT,
            })
            .collect();
        summary.documents.sort_by(|a, b| {
            let order = b.share.total_cmp(&a.share).then(b.verbatim_characters.cmp(&a.verbatim_characters));
            order.then_with(|| a.document.document_id.cmp(&b.document.document_id))
        });
        summary.largest_source_share = summary.documents.first().map_or(0.0, |source| source.share);
        summary.same_documents =
            summary.documents.iter().filter(|s| s.same).map(|s| s.document.document_id.clone()).collect();
        summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::CheckedClause;
    use crate::difference::Formula;
    use crate::document::Metadata;

    fn document(key: i64) -> DocumentRow {
        DocumentRow {
            key,
            document_id: format!("d{key}"),
            source: None,
            added: String::new(),
            metadata: Metadata::default(),
            clauses: 1,
        }
    }

    /// A clause of ten characters with what is copied of it from documents.
    fn checked(ordinal: usize, verdict: Verdict, sources: &[(i64, usize)]) -> Checked {
        let marked = |n: usize| (0..10).map(|i| i < n).collect::<Vec<bool>>();
        Checked {
            clause: CheckedClause {
                ordinal,
                of: 6,
                span: Span { start: ordinal, end: ordinal + 1 },
                text: format!("第{ordinal}"),
                label: String::new(),
                path: Vec::new(),
                lead_in: None,
                formula: None,
                excluded: false,
                characters: 10,
                verdict,
                probability: 0.0,
                precedents: Vec::new(),
                sources: Vec::new(),
                copied: Vec::new(),
                figures: Vec::new(),
                strength: None,
            },
            copied: marked(sources.iter().map(|(_, n)| *n).max().unwrap_or(0)),
            sources: sources.iter().map(|(key, n)| (document(*key), marked(*n))).collect(),
        }
    }

    fn summary(clauses: Vec<Checked>) -> Summary {
        let mut tally = Tally::default();
        clauses.iter().for_each(|clause| tally.add(clause));
        tally.finish()
    }

    #[test]
    fn clauses_characters_and_copies_are_three_ratios_and_formulas_are_in_none() {
        let mut formula = checked(4, Verdict::Precedented, &[(1, 10)]);
        formula.clause.formula = Some(Formula::Effective);
        let found = summary(vec![
            checked(0, Verdict::Precedented, &[(1, 10), (2, 0)]),
            checked(1, Verdict::Precedented, &[(2, 4)]),
            checked(2, Verdict::Related, &[]),
            checked(3, Verdict::Novel, &[]),
            formula,
        ]);
        assert_eq!((found.clauses, found.formulas, found.characters), (5, 1, 40));
        assert_eq!((found.precedented, found.related, found.novel), (2, 1, 1));
        assert_eq!((found.coverage, found.covered_share, found.verbatim_share), (0.5, 0.5, 0.35));
        assert_eq!(found.largest_source_share, 0.5);
        let rows: Vec<_> =
            found.documents.iter().map(|s| (s.document.key, s.clauses, s.share, s.verbatim_characters)).collect();
        assert_eq!(rows, [(2, 2, 0.5, 4), (1, 1, 0.25, 10)]);
        assert_eq!(found.novel_clauses.iter().map(|c| c.ordinal).collect::<Vec<_>>(), [3]);
        assert!(found.same_documents.is_empty());
    }

    #[test]
    fn a_document_that_has_most_of_the_draft_word_for_word_is_probably_the_same() {
        let copied = |n: usize| (0..n).map(|i| checked(i, Verdict::Precedented, &[(1, 9), (2, 7)])).collect::<Vec<_>>();
        let found = summary(copied(5));
        assert_eq!(found.same_documents, ["d1"]);
        assert_eq!(found.documents.iter().map(|s| s.same).collect::<Vec<_>>(), [true, false]);
        assert!(summary(copied(4)).same_documents.is_empty(), "a few copied sentences are a quotation");
    }

    #[test]
    fn excluded_clauses_are_counted_apart_whatever_they_are() {
        let mut excluded = [checked(1, Verdict::Novel, &[]), checked(2, Verdict::Novel, &[])];
        excluded.iter_mut().for_each(|clause| clause.clause.excluded = true);
        excluded[1].clause.formula = Some(Formula::Effective);
        let [one, other] = excluded;
        let found = summary(vec![checked(0, Verdict::Precedented, &[(1, 10)]), one, other]);
        assert_eq!((found.clauses, found.excluded, found.formulas, found.novel), (3, 2, 0, 0));
        assert_eq!((found.characters, found.coverage, found.verbatim_share), (10, 1.0, 1.0));
        assert!(found.novel_clauses.is_empty());
    }

    #[test]
    fn a_draft_of_formulas_alone_has_nothing_to_share() {
        let mut formula = checked(0, Verdict::Precedented, &[(1, 10)]);
        formula.clause.formula = Some(Formula::Effective);
        let found = summary(vec![formula]);
        assert_eq!((found.clauses, found.formulas, found.coverage, found.verbatim_share), (1, 1, 0.0, 0.0));
        assert!(found.documents.is_empty());
    }
}
