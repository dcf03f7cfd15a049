//! What figures mean and how they are computed: pure functions over the hits of judged queries.
//!
//! Grades run from 0 to 3; a hit of grade 2 or 3 is right. A *gain* is the grade of a right hit, and 0 for every other
//! hit. A figure that has nothing to be computed from is `None`, never NaN.

use super::judgments::{JudgedQuery, Judgment, PRECEDENT};
use crate::search::longest_common_run;

/// A hit counts as a judged passage when it covers at least so much of it.
pub(super) const COVERED: f64 = 0.5;
/// A hit shorter than this that lies within a judged passage covers only its own share of it; from this length on it
/// is a measure of its own and covers the passage wholly.
const WHOLE_CHARACTERS: usize = 12;
/// Bins of the calibration error.
const BINS: usize = 10;
/// Depth of nDCG and recall.
const TOP: usize = 10;

/// A hit as far as figures depend on it.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedHit {
    /// The document it stands in.
    pub document_id: String,
    /// What was ranked.
    pub text: String,
    /// Calibrated chance in [0, 1] that it is right.
    pub probability: f64,
}

impl RankedHit {
    /// Whether it is what this judgment is of: it stands in that document and covers half of the passage.
    pub fn is_judged_by(&self, judgment: &Judgment) -> bool {
        judgment.document == self.document_id && overlap(&judgment.passage, &self.text) >= COVERED
    }
}

/// Share of `passage` that one unbroken run of `text` covers, in [0, 1]; larger is more. White space does not count.
///
/// longest common run / characters of `passage`; 1 when `text` contains `passage`, and also when `passage` contains
/// `text` and `text` has at least 12 characters. 0 when either is empty.
///
/// ```
/// use clausewise::eval::metrics::overlap;
///
/// assert_eq!(overlap("推行首席质量官制度", "支持企业推行首席质量官"), 7.0 / 9.0);
/// ```
pub fn overlap(passage: &str, text: &str) -> f64 {
    let (passage, text) = (squash(passage), squash(text));
    overlap_of_squashed(&passage, &text)
}

fn overlap_of_squashed(passage: &[char], text: &[char]) -> f64 {
    if passage.is_empty() || text.is_empty() {
        return 0.0;
    }
    let run = longest_common_run(passage, text);
    if run == text.len() && run >= WHOLE_CHARACTERS {
        return 1.0;
    }
    run as f64 / passage.len() as f64
}

/// The characters of a text without white space (the separators U+001C to U+001F included, as in Python).
fn squash(text: &str) -> Vec<char> {
    text.chars().filter(|c| !c.is_whitespace() && !('\u{1c}'..='\u{1f}').contains(c)).collect()
}

/// The grade of every hit, in order.
///
/// A hit gets the highest grade among the judgments of its document of whose passage it covers at least half; among
/// equal grades the first in the file. A judgment is credited once, to the first hit that earns it, so that repeated
/// hits of one passage cannot be counted twice. Judgments of grade 1 are credited, too. A hit that earns none has 0.
pub fn grades(hits: &[RankedHit], judgments: &[Judgment]) -> Vec<u8> {
    let mut open: Vec<(&Judgment, Vec<char>)> = judgments.iter().map(|j| (j, squash(&j.passage))).collect();
    hits.iter()
        .map(|hit| {
            let text = squash(&hit.text);
            let mut best: Option<(usize, u8)> = None;
            for (i, (judgment, passage)) in open.iter().enumerate() {
                if judgment.document == hit.document_id
                    && judgment.grade > best.map_or(0, |(_, grade)| grade)
                    && overlap_of_squashed(passage, &text) >= COVERED
                {
                    best = Some((i, judgment.grade));
                }
            }
            best.map_or(0, |(i, grade)| {
                open.remove(i);
                grade
            })
        })
        .collect()
}

/// Normalised discounted cumulative gain of the first `k` hits, in [0, 1]; larger is better.
///
/// DCG of `gains` / DCG of `precedents` in falling order, with DCG = Σ (2^grade − 1) / log₂(rank + 1) over ranks 1 to
/// `k`. `precedents` are the grades of all right answers; `None` when there are none.
///
/// ```
/// use clausewise::eval::metrics::ndcg;
///
/// assert_eq!(ndcg(&[3, 0, 2], &[3], 1), Some(1.0));
/// assert_eq!(ndcg(&[0], &[], 10), None);
/// ```
pub fn ndcg(gains: &[u8], precedents: &[u8], k: usize) -> Option<f64> {
    let mut ideal = precedents.to_vec();
    ideal.sort_unstable_by(|a, b| b.cmp(a));
    let ideal = dcg(&ideal, k);
    (ideal > 0.0).then(|| dcg(gains, k) / ideal)
}

fn dcg(grades: &[u8], k: usize) -> f64 {
    let ranked = grades.iter().take(k).enumerate();
    ranked.map(|(i, grade)| (f64::from(*grade).exp2() - 1.0) / ((i + 2) as f64).log2()).sum()
}

/// Right hits among the first `k` / number of right answers, in [0, 1]; larger is better.
///
/// A query with more than `k` right answers cannot reach 1. `None` when there is no right answer.
pub fn recall(gains: &[u8], precedents: usize, k: usize) -> Option<f64> {
    let found = gains.iter().take(k).filter(|gain| **gain > 0).count();
    (precedents > 0).then(|| found as f64 / precedents as f64)
}

/// 1 / rank of the first right hit, in (0, 1]; larger is better. 0 when no hit is right.
pub fn reciprocal_rank(gains: &[u8]) -> f64 {
    gains.iter().position(|gain| *gain > 0).map_or(0.0, |i| 1.0 / (i + 1) as f64)
}

/// Chance that a value of `positives` exceeds one of `negatives`, in [0, 1]; 0.5 is a coin, larger is better.
///
/// The area under the ROC curve: the share of pairs that are in the right order, ties counting half. `None` when
/// either side is empty.
///
/// ```
/// use clausewise::eval::metrics::auc;
///
/// assert_eq!(auc(&[0.9, 0.4], &[0.4]), Some(0.75));
/// ```
pub fn auc(positives: &[f64], negatives: &[f64]) -> Option<f64> {
    let pairs = positives.len() * negatives.len();
    let order = |p: f64, n: f64| match () {
        () if p > n => 1.0,
        () if p == n => 0.5,
        () => 0.0,
    };
    let ordered: f64 = positives.iter().map(|p| negatives.iter().map(|n| order(*p, *n)).sum::<f64>()).sum();
    (pairs > 0).then(|| ordered / pairs as f64)
}

/// Expected calibration error of probabilities, in [0, 1]; smaller is better.
///
/// Σ over ten bins of equal width of (share of the predictions in the bin) · |mean probability − share that is right|;
/// the last bin includes 1. 0 when there is no prediction.
pub fn expected_calibration_error(predictions: &[(f64, bool)]) -> f64 {
    // Count, sum of the probabilities, number that is right.
    let mut bins = [(0_usize, 0.0_f64, 0_usize); BINS];
    for (probability, right) in predictions {
        let (count, sum, rights) = &mut bins[((probability * BINS as f64) as usize).min(BINS - 1)];
        *count += 1;
        *sum += probability;
        *rights += usize::from(*right);
    }
    let error = |(count, sum, rights): &(usize, f64, usize)| {
        let n = *count as f64;
        n * (sum / n - *rights as f64 / n).abs()
    };
    let total: f64 = bins.iter().filter(|(count, ..)| *count > 0).map(error).sum();
    total / predictions.len().max(1) as f64
}

/// Arithmetic mean; `None` of nothing.
fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The figures of a set of queries.
///
/// nDCG, recall, MRR and P@1 are means over the queries that have a precedent and `None` when no query has one.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Number of queries, those without precedent included.
    pub queries: usize,
    /// Mean of [`ndcg`] of the first ten hits, over grades 2 and 3.
    pub ndcg_at_10: Option<f64>,
    /// Mean of [`recall`] of the first ten hits.
    pub recall_at_10: Option<f64>,
    /// Mean of [`reciprocal_rank`], over all hits that were asked for.
    pub mrr: Option<f64>,
    /// Share of the queries whose first hit is right, in [0, 1]; larger is better.
    pub precision_at_1: Option<f64>,
    /// How well the first hit's probability (0 without hits) tells queries with a precedent from those without:
    /// [`auc`]; `None` when all queries or none have one.
    pub no_precedent_auc: Option<f64>,
    /// [`expected_calibration_error`] over all hits of all queries.
    pub calibration_error: f64,
    /// Hits from the document that the query was taken from; anything but 0 is a fault.
    pub own_document_hits: usize,
    /// Median latency in milliseconds, the upper one of an even number; `None` without queries.
    pub p50_ms: Option<f64>,
    /// Longest latency in milliseconds; `None` without queries.
    pub max_ms: Option<f64>,
}

/// Collects the hits of queries, one query at a time.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    ndcgs: Vec<f64>,
    recalls: Vec<f64>,
    reciprocal_ranks: Vec<f64>,
    firsts_right: Vec<f64>,
    top_with_precedent: Vec<f64>,
    top_without_precedent: Vec<f64>,
    predictions: Vec<(f64, bool)>,
    own_document_hits: usize,
    latencies_ms: Vec<f64>,
}

impl Tally {
    /// Takes in what a query was answered, best hit first.
    pub fn add(&mut self, query: &JudgedQuery, hits: &[RankedHit], took_ms: f64) {
        self.latencies_ms.push(took_ms);
        let own = |hit: &&RankedHit| query.own_document.as_ref() == Some(&hit.document_id);
        self.own_document_hits += hits.iter().filter(own).count();
        let gain = |grade: u8| if grade >= PRECEDENT { grade } else { 0 };
        let gains: Vec<u8> = grades(hits, &query.judgments).into_iter().map(gain).collect();
        self.predictions.extend(hits.iter().zip(&gains).map(|(hit, gain)| (hit.probability, *gain > 0)));
        let precedents = query.precedents();
        let top = hits.first().map_or(0.0, |hit| hit.probability);
        if precedents.is_empty() {
            self.top_without_precedent.push(top);
            return;
        }
        self.top_with_precedent.push(top);
        self.ndcgs.extend(ndcg(&gains, &precedents, TOP));
        self.recalls.extend(recall(&gains, precedents.len(), TOP));
        self.reciprocal_ranks.push(reciprocal_rank(&gains));
        self.firsts_right.push(if gains.first().is_some_and(|gain| *gain > 0) { 1.0 } else { 0.0 });
    }

    /// The figures of the queries so far.
    pub fn figures(&self) -> Figures {
        let mut latencies = self.latencies_ms.clone();
        latencies.sort_by(f64::total_cmp);
        Figures {
            queries: latencies.len(),
            ndcg_at_10: mean(&self.ndcgs),
            recall_at_10: mean(&self.recalls),
            mrr: mean(&self.reciprocal_ranks),
            precision_at_1: mean(&self.firsts_right),
            no_precedent_auc: auc(&self.top_with_precedent, &self.top_without_precedent),
            calibration_error: expected_calibration_error(&self.predictions),
            own_document_hits: self.own_document_hits,
            p50_ms: latencies.get(latencies.len() / 2).copied(),
            max_ms: latencies.last().copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::judgments::QueryKind;
    use crate::search::Unit;

    fn hit(document_id: &str, text: &str, probability: f64) -> RankedHit {
        RankedHit { document_id: document_id.to_owned(), text: text.to_owned(), probability }
    }

    fn judgment(document: &str, passage: &str, grade: u8) -> Judgment {
        Judgment { document: document.to_owned(), passage: passage.to_owned(), grade, part: None }
    }

    fn query(own: Option<&str>, judgments: Vec<Judgment>) -> JudgedQuery {
        JudgedQuery {
            id: "a".to_owned(),
            kind: QueryKind::Clause,
            unit: Unit::Clause,
            text: "问".to_owned(),
            own_document: own.map(str::to_owned),
            judgments,
            novel: Vec::new(),
        }
    }

    fn close(a: Option<f64>, b: f64) {
        assert!(a.is_some_and(|a| (a - b).abs() < 1e-12), "{a:?} is not {b}");
    }

    #[test]
    fn overlap_is_the_longest_unbroken_run_as_share_of_the_passage() {
        assert_eq!(overlap("甲乙丙丁", "丙丁甲乙丙"), 0.75);
        assert_eq!(overlap("甲乙丙丁", "甲一乙二丙三丁"), 0.25, "runs are not added up");
        assert_eq!(overlap("甲乙", "子丑"), 0.0);
        assert_eq!(overlap("甲 乙\u{3000}丙\n丁\u{1f}", "子甲乙丙丁丑"), 1.0, "white space does not count");
        assert_eq!(overlap(" ", "甲"), 0.0);
        assert_eq!(overlap("甲", ""), 0.0);
    }

    #[test]
    fn a_text_within_the_passage_covers_it_wholly_from_twelve_characters_on() {
        let passage = "一二三四五六七八九十甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉";
        assert_eq!(passage.chars().count(), 30);
        assert_eq!(overlap(passage, "一二三四五六七八九十甲"), 11.0 / 30.0);
        assert_eq!(overlap(passage, "一二三四五六七八九十甲乙"), 1.0);
        assert_eq!(overlap(passage, "一二三四五六七八九十甲乙。"), 12.0 / 30.0, "not within the passage");
    }

    #[test]
    fn a_judgment_is_credited_once_and_the_highest_grade_first() {
        let judgments = [
            judgment("甲", "建立质量追溯制度", 1),
            judgment("甲", "建立质量追溯制度和体系", 3),
            judgment("甲", "健全质量追溯制度", 2),
            judgment("乙", "建立质量追溯制度", 3),
        ];
        let text = "建立质量追溯制度";
        let hits = [
            hit("甲", text, 0.0),
            hit("丙", text, 0.0),
            hit("甲", text, 0.0),
            hit("甲", text, 0.0),
            hit("甲", text, 0.0),
        ];
        assert_eq!(grades(&hits, &judgments), [3, 0, 2, 1, 0]);
        assert_eq!(grades(&[hit("乙", "建立质量", 0.0)], &judgments), [3], "half of the passage is enough");
        assert_eq!(grades(&[hit("乙", "建立质", 0.0)], &judgments), [0]);
        assert_eq!(grades(&[], &judgments), [0_u8; 0]);
    }

    #[test]
    fn ndcg_weighs_grades_exponentially_and_ranks_logarithmically() {
        // (3 / log2(3) + 7 / log2(4)) / (7 / log2(2) + 3 / log2(3))
        close(ndcg(&[0, 2, 3], &[2, 3], 10), (3.0 / 3_f64.log2() + 3.5) / (7.0 + 3.0 / 3_f64.log2()));
        close(ndcg(&[3, 2], &[2, 3], 10), 1.0);
        close(ndcg(&[0, 3], &[3], 1), 0.0);
        close(ndcg(&[], &[3], 10), 0.0);
        assert_eq!(ndcg(&[0], &[], 10), None);
    }

    #[test]
    fn recall_looks_at_the_first_k_and_the_first_right_hit_gives_the_reciprocal_rank() {
        assert_eq!(recall(&[0, 2, 3, 2], 4, 3), Some(0.5));
        assert_eq!(recall(&[], 4, 3), Some(0.0));
        assert_eq!(recall(&[0], 0, 3), None);
        assert_eq!(reciprocal_rank(&[0, 0, 0, 2, 3]), 0.25);
        assert_eq!(reciprocal_rank(&[0, 0]), 0.0);
    }

    #[test]
    fn auc_counts_ordered_pairs_and_half_of_the_ties() {
        assert_eq!(auc(&[0.9, 0.5], &[0.5, 0.1]), Some(3.5 / 4.0));
        assert_eq!(auc(&[0.1], &[0.9]), Some(0.0));
        assert_eq!(auc(&[], &[0.9]), None);
        assert_eq!(auc(&[0.1], &[]), None);
    }

    #[test]
    fn the_calibration_error_is_the_gap_of_each_bin_weighted_by_its_size() {
        // [0.9, 1]: mean 0.95, two of three right; [0.2, 0.3): mean 0.25, none right.
        let predictions = [(1.0, true), (0.95, true), (0.9, false), (0.25, false)];
        let expected = (3.0 * (0.95 - 2.0 / 3.0) + 0.25) / 4.0;
        close(Some(expected_calibration_error(&predictions)), expected);
        assert_eq!(expected_calibration_error(&[]), 0.0);
    }

    #[test]
    fn queries_without_precedent_count_for_the_auc_and_the_calibration_alone() {
        let right = "建立健全质量追溯制度和缺陷产品召回制度";
        let mut tally = Tally::default();
        let judged =
            query(Some("己"), vec![judgment("甲", right, 2), judgment("乙", right, 3), judgment("丙", right, 1)]);
        tally.add(&judged, &[hit("丙", right, 0.5), hit("甲", right, 0.5), hit("己", right, 0.0)], 3.0);
        tally.add(&query(None, vec![judgment("甲", right, 1)]), &[hit("甲", right, 0.25)], 1.0);
        tally.add(&query(None, Vec::new()), &[], 2.0);
        let figures = tally.figures();
        assert_eq!(figures.queries, 3);
        close(figures.ndcg_at_10, (3.0 / 3_f64.log2()) / (7.0 + 3.0 / 3_f64.log2()));
        assert_eq!(figures.recall_at_10, Some(0.5));
        assert_eq!(figures.mrr, Some(0.5));
        assert_eq!(figures.precision_at_1, Some(0.0));
        assert_eq!(figures.no_precedent_auc, Some(1.0));
        // Bins: two hits of 0.5 of which one is right, one of 0.25 and one of 0 that are wrong.
        assert_eq!(figures.calibration_error, 0.25 / 4.0);
        assert_eq!(figures.own_document_hits, 1);
        assert_eq!((figures.p50_ms, figures.max_ms), (Some(2.0), Some(3.0)));
    }

    #[test]
    fn without_queries_there_are_no_figures() {
        let figures = Tally::default().figures();
        assert_eq!((figures.queries, figures.calibration_error), (0, 0.0));
        assert_eq!(
            (figures.ndcg_at_10, figures.mrr, figures.no_precedent_auc, figures.p50_ms),
            (None, None, None, None)
        );
    }
}
