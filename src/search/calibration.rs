//! What a score means to a user.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// How a hit relates to the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The same characters but for punctuation, place names and numbers.
    Verbatim,
    /// Most of it copied.
    Edited,
    /// The same measure in other words.
    Equivalent,
    /// The topic only.
    Related,
    /// Nothing in common that could be relied on.
    None,
}

/// What a hit means to a user.
pub(super) struct Judgment {
    pub(super) probability: f32,
    pub(super) relation: Relation,
    pub(super) overlap: f32,
}

/// Probability that a hit is an equivalent measure, and its relation, from the cosine and the characters in common.
///
/// A first, rough calibration (logistic on two features, fitted by hand on the sample corpus): the order of hits does
/// not depend on it.
pub(super) fn judge(query: &str, text: &str, similarity: f32) -> Judgment {
    let overlap = overlap(query, text);
    let logit = 40.0 * (similarity - 0.905) + 3.0 * (overlap - 0.3);
    let probability = 1.0 / (1.0 + (-logit).exp());
    let relation = match () {
        () if overlap >= 0.95 => Relation::Verbatim,
        () if overlap >= 0.6 && probability >= 0.5 => Relation::Edited,
        () if probability >= 0.5 => Relation::Equivalent,
        () if probability >= 0.1 => Relation::Related,
        () => Relation::None,
    };
    Judgment { probability, relation, overlap }
}

/// Dice coefficient of the character pairs of two texts, letters and digits alone, in [0, 1]; 1 for equal texts.
fn overlap(a: &str, b: &str) -> f32 {
    let pairs = |text: &str| {
        let characters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
        let mut counts: HashMap<(char, char), u32> = HashMap::new();
        for pair in characters.windows(2) {
            *counts.entry((pair[0], pair[1])).or_default() += 1;
        }
        counts
    };
    let (a, b) = (pairs(a), pairs(b));
    let total = a.values().sum::<u32>() + b.values().sum::<u32>();
    if total == 0 {
        return 0.0;
    }
    let common: u32 = a.iter().map(|(pair, n)| n.min(b.get(pair).unwrap_or(&0))).sum();
    2.0 * common as f32 / total as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_verbatim_and_an_unrelated_one_is_nothing() {
        let text = "健全质量保证金制度,推行消费争议先行赔付";
        assert_eq!(judge(text, text, 1.0).relation, Relation::Verbatim);
        assert_eq!(judge(text, "加快发展冷链物流", 0.8).relation, Relation::None);
        let sure = judge(text, text, 0.95).probability;
        let unsure = judge(text, "加快发展冷链物流", 0.85).probability;
        assert!(sure > 0.9 && unsure < 0.1, "{sure} {unsure}");
    }
}
