//! Judged drafts: are the precedents of their parts found, and is what has none called novel?

use super::judgments::{JudgedQuery, Judgment, PRECEDENT};
use super::metrics::{COVERED, RankedHit, overlap};
use crate::check::Verdict;

/// A clause of a checked draft as far as figures depend on it.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftPart {
    /// Its text.
    pub text: String,
    /// What its precedents come to.
    pub verdict: Verdict,
    /// The precedents that are shown.
    pub precedents: Vec<RankedHit>,
}

/// Figures over judged drafts.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DraftFigures {
    /// Number of drafts.
    pub drafts: usize,
    /// Number of their parts with a judged precedent.
    pub parts: usize,
    /// How many of these are shown a right one.
    pub found: usize,
    /// Number of their parts without a precedent.
    pub novel: usize,
    /// How many of these are called novel, in every clause that they reach into.
    pub called_novel: usize,
}

impl DraftFigures {
    /// Share of the parts with a precedent that are shown a right one, in [0, 1]; `None` without any.
    pub fn part_recall(&self) -> Option<f64> {
        share(self.found, self.parts)
    }

    /// Share of the parts without a precedent that are called novel, in [0, 1]; `None` without any.
    pub fn novel_found(&self) -> Option<f64> {
        share(self.called_novel, self.novel)
    }

    /// Adds a draft and what its check gave.
    ///
    /// A clause answers for a part when either covers half of the other. Judgments of one part are alternatives.
    pub fn add(&mut self, draft: &JudgedQuery, clauses: &[DraftPart]) {
        self.drafts += 1;
        let mut parts: Vec<(&str, Vec<&Judgment>)> = Vec::new();
        for judgment in draft.judgments.iter().filter(|judgment| judgment.grade >= PRECEDENT) {
            let part = judgment.part.as_deref().unwrap_or_default();
            match parts.iter_mut().find(|(known, _)| *known == part) {
                Some((_, judgments)) => judgments.push(judgment),
                None => parts.push((part, vec![judgment])),
            }
        }
        let of = |part: &str| -> Vec<&DraftPart> {
            let meet =
                |clause: &&DraftPart| overlap(part, &clause.text) >= COVERED || overlap(&clause.text, part) >= COVERED;
            clauses.iter().filter(meet).collect()
        };
        for (part, judgments) in parts {
            let is_right = |hit: &RankedHit| judgments.iter().any(|judgment| hit.is_judged_by(judgment));
            self.parts += 1;
            self.found += usize::from(of(part).iter().any(|clause| clause.precedents.iter().any(is_right)));
        }
        for part in &draft.novel {
            let clauses = of(part);
            let novel = !clauses.is_empty() && clauses.iter().all(|clause| clause.verdict == Verdict::Novel);
            self.novel += 1;
            self.called_novel += usize::from(novel);
        }
    }
}

fn share(of: usize, all: usize) -> Option<f64> {
    (all > 0).then(|| of as f64 / all as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::judgments::QueryKind;
    use crate::search::Unit;

    const COPIED: &str = "推行消费争议先行赔付制度";
    const NEW: &str = "宠物墓园每夜由机器人播放摇篮曲";

    fn draft() -> JudgedQuery {
        let judgment = |document: &str, grade| Judgment {
            document: document.to_owned(),
            passage: "推动消费争议先行赔付".to_owned(),
            grade,
            part: Some(COPIED.to_owned()),
        };
        JudgedQuery {
            id: "a".to_owned(),
            kind: QueryKind::Draft,
            unit: Unit::Clause,
            text: format!("{COPIED}。{NEW}。"),
            own_document: None,
            judgments: vec![judgment("甲", 2), judgment("乙", 3), judgment("丙", 1)],
            novel: vec![NEW.to_owned()],
        }
    }

    fn clause(text: &str, verdict: Verdict, document: &str) -> DraftPart {
        let hit = RankedHit {
            document_id: document.to_owned(),
            text: "推动消费争议先行赔付,畅通投诉渠道。".to_owned(),
            probability: 0.9,
        };
        DraftPart { text: text.to_owned(), verdict, precedents: vec![hit] }
    }

    #[test]
    fn a_part_is_found_by_any_of_its_precedents_and_novel_when_all_of_it_is() {
        let mut figures = DraftFigures::default();
        let new = clause(NEW, Verdict::Novel, "丁");
        figures.add(&draft(), &[clause(COPIED, Verdict::Precedented, "乙"), new.clone()]);
        assert_eq!(figures, DraftFigures { drafts: 1, parts: 1, found: 1, novel: 1, called_novel: 1 });
        // Only the topic (grade 1), and a novel part whose second half is not called so.
        let half = clause("每夜由机器人播放摇篮曲", Verdict::Related, "丁");
        figures.add(&draft(), &[clause(COPIED, Verdict::Precedented, "丙"), new, half]);
        assert_eq!(figures, DraftFigures { drafts: 2, parts: 2, found: 1, novel: 2, called_novel: 1 });
        assert_eq!((figures.part_recall(), figures.novel_found()), (Some(0.5), Some(0.5)));
    }

    #[test]
    fn a_part_that_no_clause_answers_for_is_neither_found_nor_novel() {
        let mut figures = DraftFigures::default();
        assert_eq!((figures.part_recall(), figures.novel_found()), (None, None));
        figures.add(&draft(), &[clause("加快发展冷链物流", Verdict::Novel, "乙")]);
        assert_eq!(figures, DraftFigures { drafts: 1, parts: 1, found: 0, novel: 1, called_novel: 0 });
    }
}
