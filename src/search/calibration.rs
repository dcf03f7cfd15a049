//! What the evidence means to a user: a probability and a relation.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;

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

/// A logistic model of the chance that a hit is an equivalent measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// What it was fitted to and how well that went, for people.
    pub about: Vec<String>,
    /// Added to the weighted figures.
    pub constant: f64,
    /// Name of a figure ([`Evidence::NAMES`]) and its weight.
    pub weights: Vec<(String, f64)>,
}

impl Calibration {
    /// The one that is shipped: `calibration.json` beside this file, written by `clausewise calibrate`.
    pub fn shipped() -> &'static Calibration {
        static SHIPPED: LazyLock<Calibration> = LazyLock::new(|| {
            // A test reads the file, so that a build with an unreadable one does not pass.
            serde_json::from_str(include_str!("calibration.json")).unwrap_or(Calibration {
                about: Vec::new(),
                constant: 0.0,
                weights: Vec::new(),
            })
        });
        &SHIPPED
    }

    /// Chance in (0, 1) that a hit is an equivalent measure (grade 2 or 3).
    pub fn probability(&self, evidence: &Evidence) -> f32 {
        let features = evidence.features();
        let weight = |name: &str| self.weights.iter().find(|(n, _)| n == name).map_or(0.0, |(_, weight)| *weight);
        let logit: f64 =
            self.constant + Evidence::NAMES.iter().zip(features).map(|(name, value)| weight(name) * value).sum::<f64>();
        (1.0 / (1.0 + (-logit).exp())) as f32
    }
}

impl Relation {
    /// The relation of a hit with this evidence and probability.
    pub(super) fn of(evidence: &Evidence, probability: f32) -> Relation {
        match evidence.common.overlap {
            overlap if overlap >= 0.95 => Relation::Verbatim,
            overlap if overlap >= 0.6 => Relation::Edited,
            _ if probability >= 0.5 => Relation::Equivalent,
            _ if probability >= 0.1 => Relation::Related,
            _ => Relation::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::evidence::Characters;
    use super::super::late::LateInteraction;
    use super::*;

    fn evidence(query: &str, text: &str, late: f32, similarity: f32) -> Evidence {
        let late = LateInteraction { forward: late, reverse: late, coverage: late };
        let common = Characters::of(query).in_common(&Characters::of(text));
        Evidence { late, similarity, common, background: 0.4 }
    }

    #[test]
    fn the_shipped_coefficients_are_read_and_each_names_a_figure() {
        let shipped: Calibration = serde_json::from_str(include_str!("calibration.json")).unwrap();
        assert_eq!(&shipped, Calibration::shipped());
        assert!(!shipped.weights.is_empty() && !shipped.about.is_empty());
        assert!(shipped.weights.iter().all(|(name, _)| Evidence::NAMES.contains(&name.as_str())));
    }

    #[test]
    fn the_same_text_is_verbatim_and_an_unrelated_one_is_nothing() {
        let text = "健全质量保证金制度,推行消费争议先行赔付";
        let same = evidence(text, text, 1.0, 1.0);
        let other = evidence(text, "加快发展冷链物流", 0.15, 0.78);
        let (sure, unsure) = (Calibration::shipped().probability(&same), Calibration::shipped().probability(&other));
        assert!(sure > 0.9 && unsure < 0.1, "{sure} {unsure}");
        assert_eq!(Relation::of(&same, sure), Relation::Verbatim);
        assert_eq!(Relation::of(&other, unsure), Relation::None);
        assert_eq!(Relation::of(&other, 0.6), Relation::Equivalent);
    }
}
