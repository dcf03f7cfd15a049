//! What a clause has otherwise than all of its precedents: figures, and how strictly it binds.
//!
//! One precedent with another figure is a difference between two places. That no precedent has the figure of the draft
//! is a fact about the draft.

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
    /// Unit of the bounds; empty for bare numbers.
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

/// Bounds of a value that can be compared with others, and its unit.
fn bounds(value: &Value) -> Option<(f64, f64, &str)> {
    match &value.measure {
        Measure::Figure(figure) => {
            let (lower, upper) = (figure.lower.or(figure.upper)?, figure.upper.or(figure.lower)?);
            Some((lower, upper, &figure.unit))
        }
        Measure::Deadline(Deadline::Within { amount, unit, .. }) => Some((*amount, *amount, unit)),
        // Dates differ from document to document, as they must.
        _ => None,
    }
}

/// Figures of a clause for which every precedent that has one in its place has another.
pub(super) fn figures(clause: &str, precedents: &[&Hit]) -> Vec<FigureDeviation> {
    let of_clause = measures(clause);
    let values: Vec<&Value> =
        of_clause.figures.iter().chain(&of_clause.deadlines).filter(|value| bounds(value).is_some()).collect();
    if values.is_empty() {
        return Vec::new();
    }
    let compared: Vec<(&ClauseId, Vec<Difference>)> =
        precedents.iter().map(|hit| (&hit.clause_id, differences(clause, &hit.text))).collect();
    values.into_iter().filter_map(|value| deviation(value, &compared)).collect()
}

fn deviation(value: &Value, compared: &[(&ClauseId, Vec<Difference>)]) -> Option<FigureDeviation> {
    let (lower, upper, unit) = bounds(value)?;
    let mut answers: Vec<(&ClauseId, &Value)> = Vec::new();
    for (id, differences) in compared {
        // A value that is in none of the differences is one that the precedent shares.
        let of_value = differences.iter().find(|d| d.left.as_ref().is_some_and(|left| left.span == value.span))?;
        answers.extend(of_value.right.as_ref().map(|right| (*id, right)));
    }
    // 50家 and 50户 are compared as counts; bounds of other units are not.
    let bounds: Vec<(f64, f64)> =
        answers.iter().filter_map(|(_, v)| bounds(v)).map(|(lower, upper, _)| (lower, upper)).collect();
    let lowest = bounds.iter().map(|(lower, _)| *lower).reduce(f64::min)?;
    let highest = bounds.iter().map(|(_, upper)| *upper).reduce(f64::max)?;
    Some(FigureDeviation {
        draft: value.clone(),
        lowest,
        highest,
        unit: unit.to_owned(),
        outside: upper < lowest || lower > highest,
        precedents: answers
            .into_iter()
            .map(|(id, value)| PrecedentValue { clause_id: id.clone(), text: value.text.clone() })
            .collect(),
    })
}

/// How strictly a clause binds; `None` where it says nothing of it, or more than one thing. The sentence that leads it
/// in speaks for it where it does not for itself.
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
        let first = strengths.first().copied();
        (first, strengths.iter().all(|strength| Some(*strength) == first))
    };
    match one(clause) {
        (Some(strength), alone) => alone.then_some(strength),
        (None, _) => one(lead_in?).0,
    }
}

/// That a clause binds otherwise than all of its precedents, where all of them say how they bind.
pub(super) fn strengths(
    draft: Option<Strength>,
    precedents: &[(ClauseId, Option<Strength>)],
) -> Option<StrengthDeviation> {
    let draft = draft?;
    let others: Vec<(ClauseId, Strength)> =
        precedents.iter().map(|(id, strength)| Some((id.clone(), (*strength)?))).collect::<Option<_>>()?;
    let deviates = !others.is_empty() && others.iter().all(|(_, strength)| *strength != draft);
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
        assert_eq!(one.precedents.iter().map(|p| p.text.as_str()).collect::<Vec<_>>(), ["96%以上", "98%以上"]);
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
    }

    #[test]
    fn a_clause_that_may_where_all_precedents_must_deviates() {
        let must = (id(0), strength("养犬人应当束犬链。", None));
        let deviation = strengths(strength("养犬人可以束犬链。", None), &[must.clone()]).unwrap();
        assert_eq!((deviation.draft, deviation.precedents), (Strength::May, vec![(id(0), Strength::Must)]));
        assert_eq!(strengths(Some(Strength::Must), &[must.clone()]), None);
        assert_eq!(strengths(Some(Strength::May), &[]), None);
        let silent = (id(1), strength("加强犬只管理。", None));
        assert_eq!(strengths(Some(Strength::May), &[must, silent]), None, "one precedent says nothing of it");
    }

    #[test]
    fn an_item_binds_as_its_lead_in_does_and_a_clause_of_two_minds_as_nothing() {
        assert_eq!(strength("及时清除粪便；", Some("养犬人应当遵守下列规定：")), Some(Strength::Must));
        assert_eq!(strength("养犬人应当束犬链，可以使用嘴套。", None), None);
        assert_eq!(strength("及时清除粪便；", None), None);
    }
}
