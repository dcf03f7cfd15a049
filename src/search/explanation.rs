//! Why a hit is one: which parts of query and hit answer each other.

use super::late::LateQuery;
use crate::document::{Span, normalise_with_origins};
use crate::embed::{Token, TokenCodes};
use crate::error::Result;

/// A part of the query and the part of a hit that answers it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Highlight {
    /// In the query as it was asked.
    pub query: Span,
    /// In the hit's text.
    pub text: Span,
    /// Share of the forward figure that it accounts for, in [0, 1].
    pub weight: f32,
}

/// Token pairs less alike than this are no explanation: unrelated tokens reach it by chance.
const ALIKE: f32 = 0.4;
/// Tokens of the hit that may stand between two that belong to one part.
const GAP: usize = 2;
/// Characters that belong to a figure though they are neither letter nor digit.
const UNITS: &str = "%‰°℃$¥€£";
/// Parts shown of one hit, the heaviest.
const MOST: usize = 16;

/// A text with what is needed to point into it: its tokens are of the normalised text, spans are of the text itself.
pub(super) struct Pointed {
    origins: Vec<usize>,
    /// Whether a character of the normalised text says something, or only parts what does.
    tells: Vec<bool>,
    tokens: Vec<Token>,
    /// Added to every place: where the text begins in what is shown.
    start: usize,
}

impl Pointed {
    pub(super) fn new(text: &str, tokens: Vec<Token>, start: usize) -> Pointed {
        let (normalised, origins) = normalise_with_origins(text);
        let tells = normalised.chars().map(|c| c.is_alphanumeric() || UNITS.contains(c)).collect();
        Pointed { origins, tells, tokens, start }
    }

    /// The characters from one token to another, both included, without the marks and blanks around them: tokens take
    /// the mark before them along. None where there is nothing else.
    fn span(&self, first: usize, last: usize) -> Option<Span> {
        let characters = self.tokens.get(first)?.start..self.tokens.get(last)?.end;
        let tells = |at: &usize| self.tells.get(*at).copied().unwrap_or(false);
        let from = *self.origins.get(characters.clone().find(tells)?)?;
        let to = *self.origins.get(characters.rev().find(tells)?)? + 1;
        (from < to).then_some(Span { start: self.start + from, end: self.start + to })
    }
}

/// The parts of query and text that answer each other, heaviest first. Tokens of the query that follow each other and
/// are answered by tokens that follow each other are one part.
pub(super) fn highlights(
    query: &LateQuery,
    asked: &Pointed,
    codes: &TokenCodes,
    text: &Pointed,
) -> Result<Vec<Highlight>> {
    // Tokens of another text would point anywhere.
    if codes.ids.len() != text.tokens.len() || codes.ids.iter().zip(&text.tokens).any(|(id, token)| *id != token.id) {
        return Ok(Vec::new());
    }
    let count = query.weights().len();
    let mut cosines = Vec::new();
    query.tokens.cosines(codes, &mut cosines)?;
    // For every token of the query its best counterpart.
    let mut best = vec![(0, f32::MIN); count];
    for (j, row) in cosines.chunks_exact(count.max(1)).enumerate() {
        for (best, cosine) in best.iter_mut().zip(row) {
            if *cosine > best.1 {
                *best = (j, *cosine);
            }
        }
    }
    let total: f32 = best.iter().zip(query.weights()).map(|((_, c), w)| c.max(0.0) * w).sum();
    let mut parts: Vec<Part> = Vec::new();
    for (i, ((j, cosine), weight)) in best.iter().zip(query.weights()).enumerate() {
        if *cosine < ALIKE {
            continue;
        }
        let weight = cosine * weight / total.max(f32::MIN_POSITIVE);
        match parts.last_mut() {
            Some(part) if part.query.1 + 1 == i && part.continues(*j) => {
                part.query.1 = i;
                part.text = (part.text.0.min(*j), part.text.1.max(*j));
                part.weight += weight;
            }
            _ => parts.push(Part { query: (i, i), text: (*j, *j), weight }),
        }
    }
    let mut found: Vec<Highlight> = parts
        .iter()
        .filter_map(|part| {
            let query = asked.span(part.query.0, part.query.1)?;
            let text = text.span(part.text.0, part.text.1)?;
            Some(Highlight { query, text, weight: part.weight.min(1.0) })
        })
        .collect();
    found.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    found.truncate(MOST);
    Ok(found)
}

/// First and last token on both sides.
struct Part {
    query: (usize, usize),
    text: (usize, usize),
    weight: f32,
}

impl Part {
    /// Whether a token of the text belongs to this part: within it or right beside it.
    fn continues(&self, token: usize) -> bool {
        token + GAP >= self.text.0 && token <= self.text.1 + GAP
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::TokenCentre;
    use crate::index::TokenFrequencies;
    use crate::search::late::toy::{self, embeddings};

    fn found(query: &str, text: &str, start: usize) -> Vec<(Span, Span)> {
        let codec = toy::codec();
        let tokens = embeddings(query);
        let late = LateQuery::new(codec.query(&tokens, &TokenCentre::default()).unwrap(), &TokenFrequencies::default());
        let asked = Pointed::new(query, tokens.tokens, 0);
        let stored = embeddings(text);
        let codes = codec.encode(&stored).unwrap();
        let text = Pointed::new(text, stored.tokens, start);
        let found = highlights(&late, &asked, &codes, &text).unwrap();
        assert!(found.iter().map(|h| h.weight).sum::<f32>() <= 1.001);
        assert!(found.windows(2).all(|pair| pair[0].weight >= pair[1].weight));
        found.into_iter().map(|h| (h.query, h.text)).collect()
    }

    fn span(start: usize, end: usize) -> Span {
        Span { start, end }
    }

    #[test]
    fn tokens_that_follow_each_other_on_both_sides_are_one_part_and_the_longer_part_comes_first() {
        assert_eq!(found("甲乙丙丁", "甲乙戊己庚丙丁丁", 0).len(), 2);
        assert_eq!(found("甲乙丙", "戊甲乙丙", 0), [(span(0, 3), span(1, 4))]);
        assert_eq!(found("丁甲乙丙", "甲乙丙戊己庚辛丁", 0), [(span(1, 4), span(0, 3)), (span(0, 1), span(7, 8))]);
    }

    #[test]
    fn what_nothing_answers_is_no_part_and_places_are_those_of_the_text_that_is_shown() {
        assert_eq!(found("甲辛", "甲乙", 10), [(span(0, 1), span(10, 11))]);
        assert_eq!(found("己", "甲乙", 0), []);
    }

    #[test]
    fn marks_and_blanks_around_a_part_do_not_belong_to_it() {
        let all = |text: &str| {
            let end = text.chars().count();
            Pointed::new(text, vec![Token { id: 1, start: 0, end }], 10).span(0, 0)
        };
        assert_eq!(all(",维护消费者。"), Some(span(11, 16)));
        assert_eq!(all("98%、以上;"), Some(span(10, 16)), "marks within stay, the sign of a figure too");
        assert_eq!(all("。, "), None);
    }

    #[test]
    fn codes_of_another_text_point_nowhere() {
        let codec = toy::codec();
        let (query, text) = (embeddings("甲"), embeddings("甲乙"));
        let late = LateQuery::new(codec.query(&query, &TokenCentre::default()).unwrap(), &TokenFrequencies::default());
        let asked = Pointed::new("甲", query.tokens, 0);
        let other = Pointed::new("乙甲", embeddings("乙甲").tokens, 0);
        assert_eq!(highlights(&late, &asked, &codec.encode(&text).unwrap(), &other).unwrap(), []);
    }
}
