//! What a clause has otherwise than all of its precedents: figures, and how strictly it binds.
//!
//! One precedent with another figure is a difference between two places. That no precedent has the figure of the draft
//! is a fact about the draft.
//!
//! Read in two regulations and a work report: 49 of 59 figures were about the same thing, whatever part of the words the
//! precedent shared. Most of the others were of clauses that state several.

use crate::difference::{Deadline, Difference, Measure, Strength, Value, differences, measures};
use crate::search::Hit;
use crate::store::ClauseId;

/// What a precedent has where the draft has something else.
#[derive(Debug, Clone, PartialEq)]
pub struct PrecedentValue {
    /// The precedent.
    pub clause_id: ClauseId,
    /// As written there.
    pub text: String,
    /// Its least value, in the unit of the deviation.
    pub lower: f64,
    /// Its largest value, in the unit of the deviation.
    pub upper: f64,
}

/// A figure of the draft, or a time within which something is due, that no precedent shares.
#[derive(Debug, Clone, PartialEq)]
pub struct FigureDeviation {
    /// In the clause of the draft.
    pub draft: Value,
    /// Least value among the precedents, in `unit`.
    pub lowest: f64,
    /// Largest value among the precedents, in `unit`.
    pub highest: f64,
    /// Unit of the bounds, the draft's; empty for bare numbers.
    pub unit: String,
    /// Whether the draft's value lies below all of them or above all of them.
    pub outside: bool,
    /// The figures that answer the draft's, best precedent first.
    pub precedents: Vec<PrecedentValue>,
}

/// The draft binds otherwise than all precedents: 可以 where they have 应当.
#[derive(Debug, Clone, PartialEq)]
pub struct StrengthDeviation {
    /// How the draft binds.
    pub draft: Strength,
    /// How every precedent binds, best first.
    pub precedents: Vec<(ClauseId, Strength)>,
}

/// Least overlap of a precedent that binds otherwise. In other words the actor of a duty is often another one: below
/// this, none of six that were read was a contradiction.
const LEAST_OVERLAP: f32 = 0.5;

/// Bounds of a value that can be compared with others, in a unit.
#[derive(Debug, Clone, PartialEq)]
struct Bounds {
    lower: f64,
    upper: f64,
    unit: String,
}

impl Bounds {
    fn of(value: &Value) -> Option<Bounds> {
        let (lower, upper, unit) = match &value.measure {
            Measure::Figure(figure) => {
                (figure.lower.or(figure.upper)?, figure.upper.or(figure.lower)?, figure.unit.as_str())
            }
            Measure::Deadline(Deadline::Within { amount, unit, .. }) => (*amount, *amount, unit.as_str()),
            // Dates differ from document to document, as they must.
            _ => return None,
        };
        // 千分之三 is 0.3 % and not 0.30000000000000004.
        let rounded = |bound: f64| (bound * 1e9).round() / 1e9;
        Some(Bounds { lower: rounded(lower), upper: rounded(upper), unit: unit.to_owned() })
    }

    /// The same in another unit; none where they do not go into each other.
    fn in_unit(self, unit: &str) -> Option<Bounds> {
        let factor = match (self.unit.as_str(), unit) {
            (own, other) if own == other => 1.0,
            // As laws count: 九十日 answers 三个月.
            ("日", "月") => 1.0 / DAYS_OF_A_MONTH,
            ("月", "日") => DAYS_OF_A_MONTH,
            _ => return None,
        };
        Some(Bounds { lower: self.lower * factor, upper: self.upper * factor, unit: unit.to_owned() })
    }
}

const DAYS_OF_A_MONTH: f64 = 30.0;

/// Figures of a clause for which every precedent that has one in its place has another.
pub(super) fn figures(clause: &str, precedents: &[&Hit]) -> Vec<FigureDeviation> {
    let of_clause = measures(clause);
    let values: Vec<&Value> =
        of_clause.figures.iter().chain(&of_clause.deadlines).filter(|value| Bounds::of(value).is_some()).collect();
    if values.is_empty() || is_bare_sanction(clause) {
        return Vec::new();
    }
    let compared: Vec<(&ClauseId, Vec<Difference>)> =
        precedents.iter().map(|hit| (&hit.clause_id, differences(clause, &hit.text))).collect();
    values.into_iter().filter_map(|value| deviation(value, &compared)).collect()
}

fn deviation(value: &Value, compared: &[(&ClauseId, Vec<Difference>)]) -> Option<FigureDeviation> {
    let draft = Bounds::of(value)?;
    let (mut precedents, mut lowest, mut highest) = (Vec::new(), f64::INFINITY, f64::NEG_INFINITY);
    for (id, differences) in compared {
        // A value that is in none of the differences is one that the precedent shares.
        let of_value = differences.iter().find(|d| d.left.as_ref().is_some_and(|left| left.span == value.span))?;
        let Some(right) = of_value.right.as_ref().filter(|right| same_side(value, right)) else { continue };
        let Some(bounds) = Bounds::of(right).and_then(|bounds| bounds.in_unit(&draft.unit)) else { continue };
        if bounds == draft {
            return None;
        }
        (lowest, highest) = (bounds.lower.min(lowest), bounds.upper.max(highest));
        let (clause_id, text) = ((*id).clone(), right.text.clone());
        precedents.push(PrecedentValue { clause_id, text, lower: bounds.lower, upper: bounds.upper });
    }
    let outside = draft.upper < lowest || draft.lower > highest;
    let found = !precedents.is_empty();
    found.then(|| FigureDeviation { draft: value.clone(), lowest, highest, unit: draft.unit, outside, precedents })
}

/// Whether two times lie on the same side of what they are counted from: 三个月内 does not answer 九十日前.
fn same_side(left: &Value, right: &Value) -> bool {
    match (&left.measure, &right.measure) {
        (Measure::Deadline(left), Measure::Deadline(right)) => left.side() == right.side(),
        _ => true,
    }
}

/// Whether a clause is a sanction whose offence stands elsewhere: 逾期不改正的，处五千元罚款。 Its figures say nothing
/// beside those of other offences.
fn is_bare_sanction(clause: &str) -> bool {
    let opens = ["逾期", "拒不", "情节", "造成"].iter().any(|word| clause.trim_start().starts_with(word));
    opens && clause.contains('处') && clause.contains('元')
}

/// How strictly a clause binds; `None` where it says nothing of it, or more than one thing. The sentence that leads it
/// in speaks for it where it does not for itself, by its last word that binds, which the colon follows: 应当遵守规定，
/// 不得有下列行为：
pub(super) fn strength(clause: &str, lead_in: Option<&str>) -> Option<Strength> {
    let one = |text: &str| {
        let strengths: Vec<Strength> = measures(text)
            .obligations
            .into_iter()
            .filter_map(|value| match value.measure {
                Measure::Obligation(strength) => Some(strength),
                _ => None,
            })
            .collect();
        let last = strengths.last().copied();
        (last, strengths.iter().all(|strength| Some(*strength) == last))
    };
    match one(clause) {
        (Some(strength), alone) => alone.then_some(strength),
        (None, _) => one(lead_in?).0,
    }
}

/// Whether how a precedent binds can be held against a clause.
pub(super) fn is_near(hit: &Hit) -> bool {
    hit.evidence.common.overlap >= LEAST_OVERLAP
}

/// That a clause binds otherwise than all of its precedents, where all of them say how they bind. A duty and a
/// prohibition are one strength: 应当保密 and 不得泄露 say the same (of 39 such pairs that were read none was a
/// contradiction).
pub(super) fn strengths(
    draft: Option<Strength>,
    precedents: &[(ClauseId, Option<Strength>)],
) -> Option<StrengthDeviation> {
    let draft = draft?;
    let others: Vec<(ClauseId, Strength)> =
        precedents.iter().map(|(id, strength)| Some((id.clone(), (*strength)?))).collect::<Option<_>>()?;
    let strict = |strength: Strength| matches!(strength, Strength::Must | Strength::Forbidden);
    let otherwise = |other: Strength| other != draft && !(strict(other) && strict(draft));
    let deviates = !others.is_empty() && others.iter().all(|(_, strength)| otherwise(*strength));
    deviates.then_some(StrengthDeviation { draft, precedents: others })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(ordinal: usize) -> ClauseId {
        ClauseId { document_id: "甲".to_owned(), ordinal }
    }

    fn compare(draft: &str, precedents: &[&str]) -> Vec<FigureDeviation> {
        let ids: Vec<ClauseId> = (0..precedents.len()).map(id).collect();
        let compared: Vec<(&ClauseId, Vec<Difference>)> =
            ids.iter().zip(precedents).map(|(id, text)| (id, differences(draft, text))).collect();
        let found = measures(draft);
        found.figures.iter().chain(&found.deadlines).filter_map(|value| deviation(value, &compared)).collect()
    }

    #[test]
    fn a_figure_that_no_precedent_has_is_told_with_their_range() {
        let others = ["产品质量合格率达到96%以上。", "产品质量合格率达到98%以上，培育名牌50家。"];
        let found = compare("产品质量合格率达到95%以上。", &others);
        assert_eq!(found.len(), 1, "{found:?}");
        let one = &found[0];
        assert_eq!((one.lowest, one.highest, one.unit.as_str(), one.outside), (96.0, 98.0, "%", true));
        assert_eq!(one.draft.text, "95%以上");
        let values: Vec<_> = one.precedents.iter().map(|p| (p.text.as_str(), p.lower, p.upper)).collect();
        assert_eq!(values, [("96%以上", 96.0, 96.0), ("98%以上", 98.0, 98.0)]);
        assert!(!compare("产品质量合格率达到97%以上。", &others)[0].outside, "between them");
    }

    #[test]
    fn a_figure_that_one_precedent_shares_or_none_answers_is_no_deviation() {
        let draft = "产品质量合格率达到95%以上。";
        assert_eq!(compare(draft, &["产品质量合格率不低于95%。", "产品质量合格率达到98%以上。"]), []);
        assert_eq!(compare(draft, &["提高产品质量合格率。"]), []);
        assert_eq!(compare(draft, &[]), []);
    }

    #[test]
    fn a_time_limit_is_a_figure_and_a_date_is_none() {
        let found = compare("自收到申请之日起十五日内作出决定。", &["自收到申请之日起三十日内作出决定。"]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].lowest, found[0].unit.as_str(), found[0].outside), (30.0, "日", true));
        assert_eq!(compare("到2025年全面完成整治。", &["到2027年全面完成整治。"]), []);
        assert_eq!(compare("应当在届满三个月前书面通知。", &["应当在届满九十日前书面通知。"]), [], "the same time");
        assert_eq!(compare("应当在成立三个月内签订合同。", &["应当在届满六十日前签订合同。"]), [], "another side");
        assert_eq!(compare("应当在成立三个月内签订合同。", &["应当在届满前六十日签订合同。"]), [], "another side");
    }

    #[test]
    fn a_sanction_whose_offence_stands_elsewhere_is_not_held_against_others() {
        assert!(is_bare_sanction("逾期不改正的，处以五千元罚款。"));
        assert!(!is_bare_sanction("擅自占用停车位，逾期不改正的，处以五千元罚款。"));
        assert!(!is_bare_sanction("逾期不改正的，责令停业整顿。"));
    }

    #[test]
    fn a_clause_that_may_where_all_precedents_must_deviates() {
        let must = (id(0), strength("养犬人应当束犬链。", None));
        let deviation = strengths(strength("养犬人可以束犬链。", None), std::slice::from_ref(&must)).unwrap();
        assert_eq!((deviation.draft, deviation.precedents), (Strength::May, vec![(id(0), Strength::Must)]));
        assert_eq!(strengths(Some(Strength::Must), std::slice::from_ref(&must)), None);
        assert_eq!(strengths(Some(Strength::May), &[]), None);
        let silent = (id(1), strength("加强犬只管理。", None));
        assert_eq!(strengths(Some(Strength::May), &[must, silent]), None, "one precedent says nothing of it");
        let never = (id(2), strength("不得泄露商业秘密。", None));
        assert_eq!(
            strengths(strength("应当保守商业秘密。", None), &[never]),
            None,
            "the same said the other way round"
        );
    }

    #[test]
    fn an_item_binds_as_its_lead_in_does_and_a_clause_of_two_minds_as_nothing() {
        assert_eq!(strength("及时清除粪便；", Some("养犬人应当遵守下列规定：")), Some(Strength::Must));
        let two = "业主应当遵守法律、法规和管理规约，不得有下列行为：";
        assert_eq!(strength("擅自架设电线、电缆；", Some(two)), Some(Strength::Forbidden));
        assert_eq!(strength("养犬人应当束犬链，可以使用嘴套。", None), None);
        assert_eq!(strength("及时清除粪便；", None), None);
    }
}
