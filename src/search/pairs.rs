//! How the clauses of one document answer those of another: every promising pair, in both directions.
//!
//! What a pair has to stand out from, and how telling a token is, is taken from the two documents alone: the same two
//! compare the same whatever else there is.

use std::collections::BTreeSet;

use super::evidence::{Characters, Evidence};
use super::late::{Counterparts, LateInteraction, LateQuery, Scratch};
use super::surroundings::Setting;
use super::{Calibration, Relation};
use crate::embed::{TextVectors, TokenCentre, TokenCodec, TokenSum};
use crate::error::Result;
use crate::index::TokenFrequencies;

/// The nearest clauses of the other document that a clause is compared with, by sentence cosine.
const NEAREST: usize = 64;
/// Those with most character pairs in common.
const MOST_ALIKE: usize = 8;

/// A clause's text, normalised for search, and its vectors.
pub(crate) struct PairedText<'a> {
    pub(crate) text: &'a str,
    pub(crate) vectors: &'a TextVectors,
}

/// Two clauses and how they answer each other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) left: usize,
    pub(crate) right: usize,
    /// With the left one as the query.
    pub(crate) forward: Evidence,
    /// Chance that the right one states all that the left one does, in (0, 1).
    pub(crate) left_answered: f32,
    /// Chance that the left one states all that the right one does, in (0, 1).
    pub(crate) right_answered: f32,
}

/// All promising pairs of two documents, and what is needed to look at their clauses again.
pub(crate) struct Pairs<'a> {
    codec: &'a TokenCodec,
    left: &'a [PairedText<'a>],
    right: &'a [PairedText<'a>],
    frequencies: TokenFrequencies,
    centre: TokenCentre,
    pub(crate) pairs: Vec<Pair>,
}

impl<'a> Pairs<'a> {
    /// Compares the clauses of two documents.
    ///
    /// # Errors
    /// [`crate::Error::Encoder`] for vectors of another model.
    pub(crate) fn new(
        codec: &'a TokenCodec,
        calibration: &Calibration,
        left: &'a [PairedText<'a>],
        right: &'a [PairedText<'a>],
    ) -> Result<Pairs<'a>> {
        let mut frequencies = TokenFrequencies::default();
        left.iter().chain(right).for_each(|text| frequencies.add(&text.vectors.tokens.ids));
        let sums: Vec<TokenSum> =
            left.iter().chain(right).map(|text| codec.sum(&text.vectors.tokens)).collect::<Result<_>>()?;
        let centre = TokenCentre::of(sums.iter());
        let characters = |side: &[PairedText<'_>]| -> Vec<Characters> {
            side.iter().map(|text| Characters::of(text.text)).collect()
        };
        let (left_characters, right_characters) = (characters(left), characters(right));
        let wanted = candidates(left, right, &left_characters, &right_characters);
        let mut late: Vec<(usize, usize, LateInteraction, f32)> = Vec::with_capacity(wanted.len());
        let mut scratch = Scratch::default();
        let mut query: Option<(usize, LateQuery)> = None;
        for (i, j) in wanted {
            let query = match &mut query {
                Some((of, query)) if *of == i => query,
                other => {
                    let tokens = codec.query_of(&left[i].vectors.tokens, &centre)?;
                    &mut other.insert((i, LateQuery::new(tokens, &frequencies))).1
                }
            };
            let mut counterparts = Counterparts::none(query);
            counterparts.read(query, &right[j].vectors.tokens, &frequencies, &mut scratch)?;
            let covered = covered(&right[j].vectors.tokens.ids, &left[i].vectors.tokens.ids, &frequencies);
            late.push((i, j, counterparts.figures(query), covered));
        }
        let turned = |late: LateInteraction, covered: f32| LateInteraction {
            forward: late.reverse,
            reverse: late.forward,
            coverage: covered,
        };
        let mut of_left: Vec<Vec<(f32, &[f32])>> = vec![Vec::new(); left.len()];
        let mut of_right: Vec<Vec<(f32, &[f32])>> = vec![Vec::new(); right.len()];
        for (i, j, late, covered) in &late {
            of_left[*i].push((late.score(), right[*j].vectors.embedding.as_slice()));
            of_right[*j].push((turned(*late, *covered).score(), left[*i].vectors.embedding.as_slice()));
        }
        let settings = |of: Vec<Vec<(f32, &[f32])>>| of.into_iter().map(Setting::among).collect::<Vec<Setting>>();
        let (left_setting, right_setting) = (settings(of_left), settings(of_right));
        let pairs = late.into_iter().map(|(i, j, late, covered)| {
            let similarity = left[i].vectors.embedding.similarity(&right[j].vectors.embedding);
            let common = left_characters[i].in_common(&right_characters[j]);
            let forward = Evidence { late, similarity, common, setting: left_setting[i] };
            let backward = Evidence { late: turned(late, covered), setting: right_setting[j], ..forward };
            Pair {
                left: i,
                right: j,
                forward,
                left_answered: calibration.probability(&forward),
                right_answered: calibration.probability(&backward),
            }
        });
        Ok(Pairs { codec, left, right, pairs: pairs.collect(), frequencies, centre })
    }

    /// How much better a left clause is answered by several right ones together than by one of them: the gain in the
    /// forward figure, in [0, 2].
    ///
    /// # Errors
    /// [`crate::Error::Encoder`] for vectors of another model.
    pub(crate) fn gain_on_left(&self, left: usize, by: &[usize], more: usize) -> Result<f32> {
        self.gain(&self.left[left], by.iter().map(|j| &self.right[*j]), &self.right[more])
    }

    /// The same with the sides exchanged.
    ///
    /// # Errors
    /// [`crate::Error::Encoder`] for vectors of another model.
    pub(crate) fn gain_on_right(&self, right: usize, by: &[usize], more: usize) -> Result<f32> {
        self.gain(&self.right[right], by.iter().map(|i| &self.left[*i]), &self.left[more])
    }

    fn gain<'t>(
        &self,
        of: &PairedText<'_>,
        by: impl Iterator<Item = &'t PairedText<'t>>,
        more: &PairedText<'_>,
    ) -> Result<f32> {
        let query = LateQuery::new(self.codec.query_of(&of.vectors.tokens, &self.centre)?, &self.frequencies);
        let mut scratch = Scratch::default();
        let mut counterparts = Counterparts::none(&query);
        for text in by {
            counterparts.read(&query, &text.vectors.tokens, &self.frequencies, &mut scratch)?;
        }
        let before = counterparts.figures(&query).forward;
        counterparts.read(&query, &more.vectors.tokens, &self.frequencies, &mut scratch)?;
        Ok(counterparts.figures(&query).forward - before)
    }
}

/// The relation of texts that were found to answer each other, by their characters: never less than equivalent.
pub(crate) fn relation_of_linked(left: &str, right: &str) -> Relation {
    if left == right {
        // It may be too short to have a pair of neighbours.
        return Relation::Verbatim;
    }
    let overlap = Characters::of(left).in_common(&Characters::of(right)).overlap;
    Relation::of_copy(left, right, overlap).unwrap_or(Relation::Equivalent)
}

/// Share of tokens, by weight, that another text has as they are.
fn covered(tokens: &[u32], by: &[u32], frequencies: &TokenFrequencies) -> f32 {
    let (mut all, mut there) = (0.0, 0.0);
    for token in tokens {
        let weight = frequencies.idf(*token);
        all += weight;
        there += if by.contains(token) { weight } else { 0.0 };
    }
    there / all.max(f32::MIN_POSITIVE)
}

/// Pairs worth a look: for every clause the nearest of the other side and those that share most characters.
fn candidates(
    left: &[PairedText<'_>],
    right: &[PairedText<'_>],
    left_characters: &[Characters],
    right_characters: &[Characters],
) -> BTreeSet<(usize, usize)> {
    let mut wanted = BTreeSet::new();
    let near = |i: usize, j: usize| left[i].vectors.embedding.similarity(&right[j].vectors.embedding);
    let alike = |i: usize, j: usize| left_characters[i].in_common_pairs(&right_characters[j]);
    let mut from_right: Vec<Vec<(f32, u32, usize)>> = vec![Vec::new(); right.len()];
    for i in 0..left.len() {
        let all: Vec<(f32, u32, usize)> = (0..right.len()).map(|j| (near(i, j), alike(i, j), j)).collect();
        all.iter().for_each(|(near, alike, j)| from_right[*j].push((*near, *alike, i)));
        wanted.extend(best(all).map(|j| (i, j)));
    }
    for (j, all) in from_right.into_iter().enumerate() {
        wanted.extend(best(all).map(|i| (i, j)));
    }
    wanted
}

fn best(mut all: Vec<(f32, u32, usize)>) -> impl Iterator<Item = usize> {
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.cmp(&b.2)));
    let mut rest = all.split_off(NEAREST.min(all.len()));
    rest.sort_by(|a, b| b.1.cmp(&a.1).then(a.2.cmp(&b.2)));
    rest.truncate(MOST_ALIKE);
    all.into_iter().chain(rest.into_iter().filter(|(_, alike, _)| *alike > 0)).map(|(_, _, at)| at)
}
