//! Late interaction: every token of the query looks for its best counterpart in a text.
//!
//! Three figures of a query and a text, all over tokens weighted by inverse document frequency:
//!
//! - *forward*: how well the query's tokens are answered, the mean of each one's best cosine (MaxSim; Khattab & Zaharia
//!   2020, "ColBERT");
//! - *reverse*: the same with the sides exchanged, low where the text says much besides;
//! - *coverage*: the share of the query's tokens that the text has as they are.

use std::collections::HashMap;

use super::request::Prepared;
use crate::embed::{QueryTokens, TokenCodes};
use crate::engine::Engine;
use crate::error::Result;
use crate::index::{TokenFrequencies, VectorId};

/// What late interaction says about a query and a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LateInteraction {
    /// How well the query's tokens are answered by the text: a mean of cosines, in [-1, 1].
    pub forward: f32,
    /// How well the text's tokens are answered by the query: a mean of cosines, in [-1, 1].
    pub reverse: f32,
    /// Share of the query's tokens that the text has, by weight, in [0, 1].
    pub coverage: f32,
}

impl LateInteraction {
    /// The value that orders hits; 1 for a text equal to the query.
    ///
    /// Chosen among a dozen mixtures by nDCG@10 on the judged sets, where it changes little: beside the forward
    /// direction the others settle ties.
    pub(super) fn score(&self) -> f32 {
        FORWARD * self.forward + REVERSE * self.reverse + COVERAGE * self.coverage
    }
}

const FORWARD: f32 = 0.8;
const REVERSE: f32 = 0.07;
const COVERAGE: f32 = 0.13;

/// What candidates that are on the topic at best come to for this query: the mean score of those from the 21st to the
/// 40th rank, at most [`MOST_BACKGROUND`]. A hit means something as far as it stands out from them.
///
/// Queries differ in it far more than a fixed scale could allow for: those of formula words find everything similar,
/// those of rare ones nothing. With few candidates the lower half of them stands in.
pub(super) fn background(scores: impl Iterator<Item = f32>) -> f32 {
    let mut scores: Vec<f32> = scores.collect();
    scores.sort_unstable_by(|a, b| b.total_cmp(a));
    let start = BACKGROUND.start.min(scores.len() / 2);
    let ranks = &scores[start..BACKGROUND.end.min(scores.len())];
    if ranks.is_empty() {
        return MOST_BACKGROUND;
    }
    (ranks.iter().sum::<f32>() / ranks.len() as f32).min(MOST_BACKGROUND)
}

const BACKGROUND: std::ops::Range<usize> = 20..40;
/// A clause that forty other documents have word for word is no background to itself.
const MOST_BACKGROUND: f32 = 0.6;

/// The tokens of a query with their weights.
pub(super) struct LateQuery {
    pub(super) tokens: QueryTokens,
    /// Share of each token; they sum to 1.
    weights: Vec<f32>,
}

impl LateQuery {
    pub(super) fn new(tokens: QueryTokens, frequencies: &TokenFrequencies) -> LateQuery {
        let mut weights: Vec<f32> = tokens.tokens.iter().map(|token| frequencies.idf(token.id)).collect();
        let total: f32 = weights.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        weights.iter_mut().for_each(|weight| *weight /= total);
        LateQuery { tokens, weights }
    }

    /// Share of each token; they sum to 1.
    pub(super) fn weights(&self) -> &[f32] {
        &self.weights
    }
}

/// What a query finds in one text or several that are read as one.
pub(super) struct Counterparts {
    /// Best cosine of each of the query's tokens.
    best: Vec<f32>,
    /// Whether the text has the query's token itself.
    present: Vec<bool>,
    /// Weighted best cosines of the text's tokens, and their weights.
    reverse: f64,
    weight: f64,
}

/// Kept between texts, so that nothing is allocated for each.
#[derive(Default)]
pub(super) struct Scratch {
    cosines: Vec<f32>,
}

impl Counterparts {
    pub(super) fn none(query: &LateQuery) -> Counterparts {
        let count = query.weights.len();
        Counterparts { best: vec![-1.0; count], present: vec![false; count], reverse: 0.0, weight: 0.0 }
    }

    /// Reads a text, or one more part of it.
    pub(super) fn read(
        &mut self,
        query: &LateQuery,
        text: &TokenCodes,
        frequencies: &TokenFrequencies,
        scratch: &mut Scratch,
    ) -> Result<()> {
        query.tokens.cosines(text, &mut scratch.cosines)?;
        for (id, row) in text.ids.iter().zip(scratch.cosines.chunks_exact(query.weights.len().max(1))) {
            let mut largest = -1.0_f32;
            for (best, cosine) in self.best.iter_mut().zip(row) {
                *best = best.max(*cosine);
                largest = largest.max(*cosine);
            }
            let weight = f64::from(frequencies.idf(*id));
            self.reverse += weight * f64::from(largest);
            self.weight += weight;
        }
        for (present, token) in self.present.iter_mut().zip(&query.tokens.tokens) {
            *present = *present || text.ids.contains(&token.id);
        }
        Ok(())
    }

    pub(super) fn figures(&self, query: &LateQuery) -> LateInteraction {
        let (mut forward, mut coverage) = (0.0, 0.0);
        for ((best, present), weight) in self.best.iter().zip(&self.present).zip(&query.weights) {
            forward += best * weight;
            coverage += if *present { *weight } else { 0.0 };
        }
        let reverse = (self.reverse / self.weight.max(f64::MIN_POSITIVE)) as f32;
        LateInteraction {
            forward: forward.clamp(-1.0, 1.0),
            reverse: reverse.clamp(-1.0, 1.0),
            coverage: coverage.clamp(0.0, 1.0),
        }
    }
}

impl Engine {
    /// Late interaction of the query with texts; those that are gone meanwhile are left out.
    pub(super) fn interact(
        &self,
        prepared: &Prepared<'_>,
        texts: &[VectorId],
    ) -> Result<HashMap<VectorId, LateInteraction>> {
        let frequencies = self.frequencies();
        let mut scratch = Scratch::default();
        let mut found = HashMap::with_capacity(texts.len());
        self.store.token_codes(texts.iter().copied(), |id, codes| {
            let mut counterparts = Counterparts::none(&prepared.query.late);
            counterparts.read(&prepared.query.late, &codes, &frequencies, &mut scratch)?;
            found.insert(id, counterparts.figures(&prepared.query.late));
            Ok(())
        })?;
        Ok(found)
    }

    /// Late interaction of the query with groups of texts, each read as one; `None` for a group of which nothing is
    /// left.
    pub(super) fn interact_with_groups(
        &self,
        prepared: &Prepared<'_>,
        groups: &[Vec<VectorId>],
    ) -> Result<Vec<Option<LateInteraction>>> {
        let frequencies = self.frequencies();
        let mut scratch = Scratch::default();
        let mut counterparts: Vec<Option<Counterparts>> = groups.iter().map(|_| None).collect();
        let mut members: HashMap<VectorId, Vec<usize>> = HashMap::new();
        for (group, texts) in groups.iter().enumerate() {
            texts.iter().for_each(|text| members.entry(*text).or_default().push(group));
        }
        let mut ids: Vec<VectorId> = members.keys().copied().collect();
        ids.sort_unstable();
        self.store.token_codes(ids.into_iter(), |id, codes| {
            for group in &members[&id] {
                counterparts[*group].get_or_insert_with(|| Counterparts::none(&prepared.query.late)).read(
                    &prepared.query.late,
                    &codes,
                    &frequencies,
                    &mut scratch,
                )?;
            }
            Ok(())
        })?;
        Ok(counterparts.into_iter().map(|c| Some(c?.figures(&prepared.query.late))).collect())
    }
}

/// A model of eight characters: a token a character, equal characters have equal vectors, others are at right angles.
#[cfg(test)]
pub(super) mod toy {
    use crate::embed::{Token, TokenCodec, TokenEmbeddings};

    const LETTERS: &str = "甲乙丙丁戊己庚辛";

    pub(in crate::search) fn embeddings(text: &str) -> TokenEmbeddings {
        let tokens = text.chars().enumerate().map(|(i, c)| Token { id: c as u32, start: i, end: i + 1 }).collect();
        let values = text
            .chars()
            .flat_map(|c| LETTERS.chars().map(move |letter| if letter == c { 1.0 } else { 0.001 }))
            .collect();
        TokenEmbeddings { tokens, values, dimensions: 8 }
    }

    pub(in crate::search) fn codec() -> TokenCodec {
        let basis = (0..64).map(|i| if i / 8 == i % 8 { 1.0 } else { 0.0 }).collect();
        TokenCodec::new(vec![0.0; 8], basis).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::toy::{codec, embeddings};
    use super::*;
    use crate::embed::TokenCentre;

    /// What late interaction says of a query and of texts that are read as one, in a corpus where 甲 is common.
    fn figures(query: &str, texts: &[&str]) -> LateInteraction {
        let mut frequencies = TokenFrequencies::default();
        for text in ["甲乙", "甲丙", "甲丁", "甲"] {
            frequencies.add(&text.chars().map(|c| c as u32).collect::<Vec<_>>());
        }
        let codec = codec();
        let query = LateQuery::new(codec.query(&embeddings(query), &TokenCentre::default()).unwrap(), &frequencies);
        let mut counterparts = Counterparts::none(&query);
        for text in texts {
            let codes = codec.encode(&embeddings(text)).unwrap();
            counterparts.read(&query, &codes, &frequencies, &mut Scratch::default()).unwrap();
        }
        counterparts.figures(&query)
    }

    #[test]
    fn a_rare_token_that_is_answered_counts_more_than_a_common_one() {
        let (rare, common) = (figures("甲乙", &["乙戊"]), figures("甲乙", &["甲戊"]));
        assert!(rare.forward > common.forward + 0.3, "{rare:?} {common:?}");
        assert!(rare.coverage > 0.8 && common.coverage < 0.2, "{rare:?} {common:?}");
        assert!(figures("甲乙", &["乙甲"]).score() > 0.97);
        assert!(figures("甲乙", &["戊己"]).score() < 0.2);
    }

    #[test]
    fn what_a_text_says_besides_lowers_the_reverse_figure_alone() {
        let (whole, more) = (figures("乙丙", &["乙丙"]), figures("乙丙", &["乙丙戊己庚辛"]));
        assert!((whole.forward - more.forward).abs() < 1e-6 && whole.coverage == more.coverage);
        assert!(more.reverse < whole.reverse - 0.5, "{whole:?} {more:?}");
    }

    #[test]
    fn texts_that_are_read_as_one_answer_together() {
        let (first, second) = (figures("乙丙", &["乙戊"]), figures("乙丙", &["己丙"]));
        let both = figures("乙丙", &["乙戊", "己丙"]);
        assert!(both.forward > first.forward.max(second.forward) + 0.3, "{both:?}");
        assert_eq!(both, figures("乙丙", &["乙戊己丙"]));
    }

    #[test]
    fn the_background_is_what_stands_behind_the_best_candidates() {
        let ranks = |count: usize| (0..count).map(|i| 0.5 - i as f32 / 1000.0);
        assert!((background(ranks(400)) - (0.5 - 0.0295)).abs() < 1e-4);
        assert!((background(ranks(400).collect::<Vec<_>>().into_iter().rev()) - (0.5 - 0.0295)).abs() < 1e-4);
        assert!((background(ranks(4)) - 0.4975).abs() < 1e-6, "the lower half of a few");
        assert_eq!(background(std::iter::repeat_n(0.98, 100)), 0.6, "copies are no background");
        assert_eq!(background(std::iter::empty()), 0.6);
    }

    #[test]
    fn a_text_equal_to_the_query_scores_1() {
        let equal = LateInteraction { forward: 1.0, reverse: 1.0, coverage: 1.0 };
        assert!((equal.score() - 1.0).abs() < 1e-6);
    }
}
