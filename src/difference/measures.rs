//! Everything measurable that one text says.

use serde::{Deserialize, Serialize};

use super::actors::actors;
use super::deadlines::{Deadline, deadlines};
use super::duties::{Strength, obligations};
use super::figures::{Figure, figures};
use super::folded::Folded;
use super::scopes::scopes;
use crate::document::Span;
use crate::document::notes::noted;

/// What a measure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasureKind {
    /// A number with its unit.
    Figure,
    /// By when, within what time, how often.
    Deadline,
    /// Who must act.
    Responsible,
    /// How strictly the text binds.
    Obligation,
    /// To whom or where it applies.
    Scope,
}

/// A value in a form that can be compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// A number with its unit.
    Figure(Figure),
    /// By when.
    Deadline(Deadline),
    /// Who must act; a list reads 甲、乙 however it is joined, and has no place name in front.
    Responsible(String),
    /// How strictly.
    Obligation(Strength),
    /// A word of scope.
    Scope(String),
}

impl Measure {
    /// What it is about.
    pub fn kind(&self) -> MeasureKind {
        match self {
            Measure::Figure(_) => MeasureKind::Figure,
            Measure::Deadline(_) => MeasureKind::Deadline,
            Measure::Responsible(_) => MeasureKind::Responsible,
            Measure::Obligation(_) => MeasureKind::Obligation,
            Measure::Scope(_) => MeasureKind::Scope,
        }
    }
}

/// Something measurable, as written and as meant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// As written, comparators included; a line break or space inside stays.
    pub text: String,
    /// Where that stands in the text given, in Unicode scalar values.
    pub span: Span,
    /// What it means.
    pub measure: Measure,
}

impl MeasureKind {
    /// Its name in answers: `figure`, `deadline`, …
    pub fn name(self) -> &'static str {
        match self {
            MeasureKind::Figure => "figure",
            MeasureKind::Deadline => "deadline",
            MeasureKind::Responsible => "responsible",
            MeasureKind::Obligation => "obligation",
            MeasureKind::Scope => "scope",
        }
    }
}

/// What one text says, by kind, each in order of place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Numbers with their units.
    pub figures: Vec<Value>,
    /// By when, within what time, how often.
    pub deadlines: Vec<Value>,
    /// Who must act.
    pub responsible: Vec<Value>,
    /// How strictly the text binds.
    pub obligations: Vec<Value>,
    /// To whom or where it applies.
    pub scopes: Vec<Value>,
}

impl Measures {
    /// The values of a kind.
    pub fn of(&self, kind: MeasureKind) -> &[Value] {
        match kind {
            MeasureKind::Figure => &self.figures,
            MeasureKind::Deadline => &self.deadlines,
            MeasureKind::Responsible => &self.responsible,
            MeasureKind::Obligation => &self.obligations,
            MeasureKind::Scope => &self.scopes,
        }
    }
}

/// What stands around a value, to find its partner by.
pub(super) struct Context {
    pub(super) before: Vec<char>,
    pub(super) after: Vec<char>,
    /// Place in the text, in [0, 1].
    pub(super) place: f64,
}

/// A value and what stands around it.
pub(super) struct Placed {
    pub(super) value: Value,
    pub(super) context: Context,
    /// What a word of scope is about; empty for other kinds.
    pub(super) about: &'static str,
}

/// Everything measurable in a text: a table of figures by region can be built from it.
///
/// # Examples
/// ```
/// use clausewise::difference::{Comparator, Measure, measures};
/// let found = measures("到2025年，规模以上工业企业研发投入强度达到2.5%以上，市人民政府应当每年公布结果。");
/// let Measure::Figure(figure) = &found.figures[0].measure else { panic!() };
/// assert_eq!((figure.lower, figure.upper, figure.unit.as_str()), (Some(2.5), None, "%"));
/// assert_eq!((figure.comparator, figure.year), (Comparator::AtLeast, Some(2025)));
/// let texts = |values: &[clausewise::difference::Value]| values.iter().map(|v| v.text.clone()).collect::<Vec<_>>();
/// assert_eq!(texts(&found.deadlines), ["到2025年", "每年"]);
/// assert_eq!(texts(&found.responsible), ["市人民政府"]);
/// assert_eq!(texts(&found.obligations), ["应当"]);
/// assert_eq!(texts(&found.scopes), ["规模以上工业企业"]);
/// ```
pub fn measures(text: &str) -> Measures {
    let mut found = Measures::default();
    for placed in placed(text) {
        match placed.value.measure.kind() {
            MeasureKind::Figure => found.figures.push(placed.value),
            MeasureKind::Deadline => found.deadlines.push(placed.value),
            MeasureKind::Responsible => found.responsible.push(placed.value),
            MeasureKind::Obligation => found.obligations.push(placed.value),
            MeasureKind::Scope => found.scopes.push(placed.value),
        }
    }
    found
}

/// Everything measurable with its context, by kind and in order of place within each.
pub(super) fn placed(text: &str) -> Vec<Placed> {
    let t = Folded::new(text);
    let dates = deadlines(&t);
    let bound = obligations(&t);
    let mut found = Vec::new();
    let mut add = |start: usize, end: usize, anchor: usize, about: &'static str, measure: Measure| {
        // What a verb that binds is about stands behind it, and may be long.
        let after = if matches!(measure, Measure::Obligation(_)) { 24 } else { 4 };
        let mut at = anchor;
        while let Some(n) = t.any_before(at, super::figures::REACHED).filter(|n| *n > 0) {
            at -= n;
        }
        found.push(Placed {
            value: Value { text: t.as_written(start, end), span: t.span(start, end), measure },
            context: Context {
                before: t.words_before(at, 6),
                after: t.words_after(end, after),
                place: start as f64 / t.len().max(1) as f64,
            },
            about,
        });
    };
    for one in figures(&t, &dates) {
        // The comparator is part of the value, so that the words before it are the context.
        add(one.start, one.end, one.start.min(one.number), "", Measure::Figure(one.figure));
    }
    for one in dates {
        if let Some(deadline) = one.deadline {
            add(one.start, one.end, one.start, "", Measure::Deadline(deadline));
        }
    }
    for one in actors(&t, &bound) {
        add(one.start, one.end, one.start, "", Measure::Responsible(one.name));
    }
    for one in bound {
        add(one.start, one.end, one.start, "", Measure::Obligation(one.strength));
    }
    for one in scopes(&t) {
        add(one.start, one.end, one.start, one.about, Measure::Scope(one.word.to_owned()));
    }
    // A note of responsible units is one value: (责任单位：市财政局、市教育局).
    let chars: Vec<char> = text.chars().collect();
    for (span, units) in noted(text) {
        if let Some(written) = chars.get(span.start..span.end).filter(|_| !units.is_empty()) {
            let inside = |p: &Placed| p.value.span.start >= span.start && p.value.span.end <= span.end;
            found.retain(|p| p.value.measure.kind() != MeasureKind::Responsible || !inside(p));
            found.push(Placed {
                value: Value { text: written.iter().collect(), span, measure: Measure::Responsible(units.join("、")) },
                context: Context {
                    before: Vec::new(),
                    after: Vec::new(),
                    place: span.start as f64 / chars.len().max(1) as f64,
                },
                about: "",
            });
        }
    }
    found
}
