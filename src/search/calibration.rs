//! What the evidence means to a user: a probability and a relation.

use std::path::Path;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, features};
use super::late::LateInteraction;
use super::surroundings::Setting;
use crate::difference::fold;
use crate::error::{Error, Result};

/// A file of a model folder.
const CALIBRATION_FILE: &str = "calibration.json";
/// The shipped model's.
const SHIPPED_FILE: &str = include_str!("../../models/clausewise-e5-small-zh-en/calibration.json");

/// How a hit relates to the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The same characters but for punctuation, place names, numbers, references to articles and what a document calls
    /// itself (本条例, 本办法).
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
    /// That of the shipped model.
    pub fn shipped() -> &'static Calibration {
        static SHIPPED: LazyLock<Calibration> = LazyLock::new(|| {
            // A test reads the file, so that a build with an unreadable one does not pass.
            serde_json::from_str(SHIPPED_FILE).unwrap_or(Calibration {
                about: Vec::new(),
                constant: 0.0,
                weights: Vec::new(),
            })
        });
        &SHIPPED
    }

    /// That of the model in a folder: its `calibration.json`, as `clausewise calibrate` writes it; `None` when it has
    /// none. How far apart good and bad hits lie is the model's: with another's coefficients probabilities are off.
    ///
    /// # Errors
    /// [`Error::Model`] when the file does not hold coefficients, or names a figure that there is not; [`Error::Io`]
    /// when it cannot be read.
    pub fn of_model(folder: &Path) -> Result<Option<Calibration>> {
        let path = folder.join(CALIBRATION_FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(&path)(error)),
        };
        let wrong = |received: String| Error::Model {
            path: path.clone(),
            expected: format!("coefficients of {}, as `clausewise calibrate` writes them", Evidence::NAMES.join(", ")),
            received,
        };
        let calibration: Calibration = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        match calibration.weights.iter().find(|(name, _)| !Evidence::NAMES.contains(&name.as_str())) {
            Some((name, _)) => Err(wrong(format!("one of {name:?}"))),
            None => Ok(Some(calibration)),
        }
    }

    /// Chance in (0, 1) that a hit is an equivalent measure (grade 2 or 3).
    pub fn probability(&self, evidence: &Evidence) -> f32 {
        self.probability_of(evidence.late, evidence.setting)
    }

    /// The same from what the calibration looks at alone: nothing of a hit's text need be read for it.
    pub(super) fn probability_of(&self, late: LateInteraction, setting: Setting) -> f32 {
        let features = features(late, setting);
        let weight = |name: &str| self.weights.iter().find(|(n, _)| n == name).map_or(0.0, |(_, weight)| *weight);
        let logit: f64 =
            self.constant + Evidence::NAMES.iter().zip(features).map(|(name, value)| weight(name) * value).sum::<f64>();
        (1.0 / (1.0 + (-logit).exp())) as f32
    }
}

impl Relation {
    /// Least overlap ([`Common::overlap`](super::Common::overlap)) of a copy.
    pub const EDITED_OVERLAP: f32 = 0.6;

    /// The relation of two texts with this overlap when one is a copy of the other; `None` when none is. What is put
    /// in, left out or changed beyond marks, places, numbers and the like ([`fold`]) makes a copy an edited one, however
    /// short it is: 应当 for 可以.
    pub(super) fn of_copy(left: &str, right: &str, overlap: f32) -> Option<Relation> {
        let copied = overlap >= Relation::EDITED_OVERLAP;
        copied.then(|| if fold(left) == fold(right) { Relation::Verbatim } else { Relation::Edited })
    }

    /// The relation of a hit that is this of a copy and has this probability.
    pub(super) fn of(copy: Option<Relation>, probability: f32) -> Relation {
        match copy {
            Some(copy) => copy,
            None if probability >= 0.5 => Relation::Equivalent,
            None if probability >= 0.1 => Relation::Related,
            None => Relation::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::evidence::Characters;
    use super::*;

    fn evidence(query: &str, text: &str, late: f32, similarity: f32) -> Evidence {
        let late = LateInteraction { forward: late, reverse: late, coverage: late };
        let common = Characters::of(query).in_common(&Characters::of(text));
        Evidence { late, similarity, common, setting: Setting { background_score: 0.4, concentration: 0.6 } }
    }

    #[test]
    fn the_shipped_coefficients_are_read_and_each_names_a_figure() {
        let shipped: Calibration = serde_json::from_str(SHIPPED_FILE).unwrap();
        assert_eq!(&shipped, Calibration::shipped());
        assert!(!shipped.weights.is_empty() && !shipped.about.is_empty());
        assert!(shipped.weights.iter().all(|(name, _)| Evidence::NAMES.contains(&name.as_str())));
    }

    #[test]
    fn a_model_brings_its_own_coefficients_and_wrong_ones_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Calibration::of_model(folder.path()).unwrap(), None);
        let write = |text: &str| std::fs::write(folder.path().join(CALIBRATION_FILE), text).unwrap();
        write(SHIPPED_FILE);
        assert_eq!(Calibration::of_model(folder.path()).unwrap().as_ref(), Some(Calibration::shipped()));
        for wrong in ["", "{}", r#"{"about": [], "constant": 0.0, "weights": [["luck", 1.0]]}"#] {
            write(wrong);
            let message = Calibration::of_model(folder.path()).unwrap_err().to_string();
            assert!(message.contains("forward, reverse, coverage, background_score, concentration"), "{message}");
        }
    }

    #[test]
    fn the_same_text_is_verbatim_and_an_unrelated_one_is_nothing() {
        let text = "健全质量保证金制度,推行消费争议先行赔付";
        let same = evidence(text, text, 1.0, 1.0);
        let other = evidence(text, "加快发展冷链物流", 0.15, 0.78);
        let (sure, unsure) = (Calibration::shipped().probability(&same), Calibration::shipped().probability(&other));
        assert!(sure > 0.9 && unsure < 0.1, "{sure} {unsure}");
        assert_eq!(relation(text, text, sure), Relation::Verbatim);
        assert_eq!(relation(text, "加快发展冷链物流", unsure), Relation::None);
        assert_eq!(relation(text, "加快发展冷链物流", 0.6), Relation::Equivalent);
    }

    fn relation(left: &str, right: &str, probability: f32) -> Relation {
        let overlap = Characters::of(left).in_common(&Characters::of(right)).overlap;
        Relation::of(Relation::of_copy(left, right, overlap), probability)
    }

    #[test]
    fn a_copy_is_verbatim_but_for_marks_places_and_numbers_and_edited_by_any_other_word() {
        let text = "泰安市人民政府应当建立养犬管理工作协调机制，每年组织2次检查，并将检查结果向社会公布。";
        let elsewhere = text.replace("泰安市", "济南市").replace('2', "三").replace('，', ",");
        assert_eq!(relation(text, &elsewhere, 0.9), Relation::Verbatim);
        for (from, to) in [("应当", "可以"), ("应当", ""), ("向社会公布", "向社会及时公布")] {
            assert_eq!(relation(text, &text.replace(from, to), 0.9), Relation::Edited, "{from} {to}");
        }
        // Little else than what is folded.
        assert_eq!(relation("2025年95%", "2030年98%", 0.0), Relation::None);
    }
}
