//! Which value of one text answers which of the other.

use serde::{Deserialize, Serialize};

use super::deadlines::Deadline;
use super::figures::Figure;
use super::folded::{half_width, is_pause, likeness};
use super::measures::{Context, Measure, MeasureKind, Placed, Value, placed};
use super::units::COUNTS;
use crate::document::chars::is_space;

/// A value that two texts do not share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// What it is about.
    pub kind: MeasureKind,
    /// On the left; `None` where only the right has it.
    pub left: Option<Value>,
    /// On the right; `None` where only the left has it.
    pub right: Option<Value>,
}

/// Least likeness of the words around two figures that are paired by them.
const LIKE: f64 = 0.34;
/// Least share of what two verbs of different strength bind to that is the same.
const BOUND_ALIKE: f64 = 0.5;

/// What two texts demand differently: by kind, and in order of place. Figures are paired by unit and by the words
/// around them, obligations by what they bind to, scopes by what they are about. Values that mean the same (五十元 and 50元,
/// 98%以上 and 不低于98%) are no difference.
///
/// # Examples
/// ```
/// use clausewise::difference::{MeasureKind, differences};
/// let found = differences(
///     "到2025年，产品合格率达到98%以上，培育名牌50家。",
///     "到2027年，培育名牌三十家，产品合格率不低于98%。",
/// );
/// let shown: Vec<_> = found.iter().map(|d| {
///     let text = |v: &Option<clausewise::difference::Value>| v.as_ref().map_or("—".to_owned(), |v| v.text.clone());
///     (d.kind, text(&d.left), text(&d.right))
/// }).collect();
/// assert_eq!(shown, [
///     (MeasureKind::Figure, "50家".to_owned(), "三十家".to_owned()),
///     (MeasureKind::Deadline, "到2025年".to_owned(), "到2027年".to_owned()),
/// ]);
/// ```
pub fn differences(left: &str, right: &str) -> Vec<Difference> {
    const KINDS: [MeasureKind; 5] = [
        MeasureKind::Figure,
        MeasureKind::Deadline,
        MeasureKind::Responsible,
        MeasureKind::Obligation,
        MeasureKind::Scope,
    ];
    let texts = [left, right].map(|text| text.chars().filter(|c| !is_space(*c)).collect::<String>());
    let (left, right) = (placed(left), placed(right));
    let of = |all: &[Placed], kind: MeasureKind| -> Vec<usize> {
        let mut places: Vec<usize> = (0..all.len()).filter(|k| all[*k].value.measure.kind() == kind).collect();
        places.sort_by_key(|k| all[*k].value.span);
        // One value told twice is told once, but for figures and obligations, which belong to the words around them.
        if !matches!(kind, MeasureKind::Figure | MeasureKind::Obligation) {
            let mut once: Vec<usize> = Vec::new();
            for k in places {
                if !once.iter().any(|o| same(&all[*o].value.measure, &all[k].value.measure)) {
                    once.push(k);
                }
            }
            places = once;
        }
        places
    };
    let mut found = Vec::new();
    for kind in KINDS {
        let (mut l, mut r) = (of(&left, kind), of(&right, kind));
        let mut pairs: Vec<(Option<usize>, Option<usize>)> = Vec::new();
        // Best pairs first, equals before all.
        let mut candidates: Vec<(f64, usize, usize)> = Vec::new();
        for a in &l {
            for b in &r {
                if let Some(score) = score(&left[*a], &right[*b]) {
                    candidates.push((score, *a, *b));
                }
            }
        }
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        for (_, a, b) in candidates {
            if l.contains(&a) && r.contains(&b) {
                l.retain(|k| *k != a);
                r.retain(|k| *k != b);
                if !same(&left[a].value.measure, &right[b].value.measure) {
                    pairs.push((Some(a), Some(b)));
                }
            }
        }
        // The only ones left of their sort answer each other; verbs that bind by what they bind to alone.
        let leftovers = if kind == MeasureKind::Obligation { Vec::new() } else { l.clone() };
        for a in leftovers {
            let alike = |side: &[Placed], k: usize| sort(&side[k]) == sort(&left[a]);
            let alone = l.iter().filter(|k| alike(&left, **k)).count() == 1;
            let others: Vec<usize> = r.iter().copied().filter(|k| alike(&right, *k)).collect();
            if let ([b], true) = (others.as_slice(), alone)
                && sort(&left[a]) != "%"
            {
                if !same(&left[a].value.measure, &right[*b].value.measure) {
                    pairs.push((Some(a), Some(*b)));
                }
                l.retain(|k| *k != a);
                r.retain(|k| k != b);
            }
        }
        if kind == MeasureKind::Obligation {
            l = unsaid(&left, &right, &l, pairs.iter().filter_map(|(a, _)| *a));
            r = unsaid(&right, &left, &r, pairs.iter().filter_map(|(_, b)| *b));
        }
        // Who is told to act here and stands there as well may be told to there too, in a form that is not read.
        l.retain(|a| !names(&texts[1], &left[*a].value));
        r.retain(|b| !names(&texts[0], &right[*b].value));
        pairs.extend(l.into_iter().map(|a| (Some(a), None)));
        pairs.extend(r.into_iter().map(|b| (None, Some(b))));
        let start = |side: &[Placed], k: Option<usize>| k.map(|k| side[k].value.span.start);
        pairs.sort_by_key(|(a, b)| start(&left, *a).or(start(&right, *b)));
        found.extend(pairs.into_iter().map(|(a, b)| Difference {
            kind,
            left: a.map(|k| left[k].value.clone()),
            right: b.map(|k| right[k].value.clone()),
        }));
    }
    found
}

/// Of the values of one side that have no partner those that tell something new: a strength that the other side has too,
/// or that a pair or a value before it tells, is no difference more.
fn unsaid(own: &[Placed], other: &[Placed], left_over: &[usize], paired: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut said: Vec<&Measure> = paired.map(|k| &own[k].value.measure).collect();
    said.extend(other.iter().map(|placed| &placed.value.measure));
    let mut new = Vec::new();
    for k in left_over {
        let measure = &own[*k].value.measure;
        if !said.contains(&measure) {
            said.push(measure);
            new.push(*k);
        }
    }
    new
}

/// Whether a text names who a value tells to act, where one who is told to act stands: at the start of a stretch or after
/// 由.
fn names(text: &str, value: &Value) -> bool {
    let Measure::Responsible(name) = &value.measure else { return false };
    let opens = |at: usize| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|c| c == '由' || is_pause(half_width(c)))
    };
    [name, &value.text].iter().any(|name| text.match_indices(name.as_str()).any(|(at, _)| opens(at)))
}

/// Values of one sort can answer each other even in other surroundings.
pub(super) fn sort(placed: &Placed) -> &str {
    match &placed.value.measure {
        Measure::Figure(f) => &f.unit,
        Measure::Deadline(Deadline::By { .. } | Deadline::During { .. } | Deadline::From { .. }) => "date",
        Measure::Deadline(Deadline::Every { .. }) => "every",
        Measure::Deadline(_) => "within",
        Measure::Responsible(_) | Measure::Obligation(_) => "",
        Measure::Scope(_) => placed.about,
    }
}

/// How well two values answer each other; `None` where they do not.
pub(super) fn score(left: &Placed, right: &Placed) -> Option<f64> {
    let near = 1.0 - (left.context.place - right.context.place).abs();
    let equal = same(&left.value.measure, &right.value.measure);
    match (&left.value.measure, &right.value.measure) {
        (Measure::Figure(a), Measure::Figure(b)) => {
            let count = COUNTS.contains(&a.unit.as_str()) && COUNTS.contains(&b.unit.as_str());
            if a.unit != b.unit && !count {
                return None;
            }
            let before = likeness(&left.context.before, &right.context.before);
            // What is counted stands behind its number; behind a fine stands only 罚款.
            let counted = COUNTS.contains(&a.unit.as_str());
            // Shares of the same size may have their words behind them: 有三分之二以上成员出席.
            let behind = if counted || equal { likeness(&left.context.after, &right.context.after) } else { before };
            let after = if counted { behind } else { before.max(behind) };
            let bare = left.context.before.is_empty() && right.context.before.is_empty();
            let alike = before.max(after) >= LIKE
                || bare && a.unit == b.unit
                || equal && a.unit != "%" && before.max(after) > 0.0;
            alike.then_some((before + after) / 2.0 + 0.5 * near + if equal { 0.2 } else { 0.0 })
        }
        (Measure::Responsible(a), Measure::Responsible(b)) if !equal => {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            // One of a list, or the same with its level or place before it: 公安机关, 公安机关或者政府指定的部门.
            let begins = |all: &[char], one: &[char]| all.starts_with(one) && all.get(one.len()) == Some(&'、');
            let part = [(&a, &b), (&b, &a)].iter().any(|(all, one)| all.ends_with(one) || begins(all, one));
            let like = likeness(&a, &b).max(if part { 0.5 } else { 0.0 });
            (like >= 0.5).then_some(like + 0.3 * near)
        }
        // 可以采取措施 does not answer 应当申请注销.
        (Measure::Obligation(_), Measure::Obligation(_)) => {
            let like = shared(&left.context, &right.context);
            (equal || like >= BOUND_ALIKE).then_some(like + 0.3 * near + if equal { 0.5 } else { 0.0 })
        }
        (Measure::Deadline(_), Measure::Deadline(_)) if !equal => {
            let like = likeness(&left.context.after, &right.context.after)
                .max(likeness(&left.context.before, &right.context.before));
            (sort(left) == sort(right) && like >= LIKE).then_some(like + 0.3 * near)
        }
        _ => equal.then_some(2.0 + near),
    }
}

/// How much of the shorter of what two verbs bind to is in the other, in [0, 1]. Behind 试点 nothing stands: there it is
/// what stands before it.
fn shared(left: &Context, right: &Context) -> f64 {
    let of = |a: &[char], b: &[char]| {
        let shorter = a.len().min(b.len());
        // Of `likeness` both lengths back to the shorter one.
        if shorter == 0 { 0.0 } else { likeness(a, b) * (a.len() + b.len()) as f64 / (2 * shorter) as f64 }
    };
    if left.after.is_empty() || right.after.is_empty() {
        return of(&left.before, &right.before).max(of(&left.after, &right.before)).max(of(&left.before, &right.after));
    }
    of(&left.after, &right.after)
}

/// Whether both mean the same.
fn same(left: &Measure, right: &Measure) -> bool {
    match (left, right) {
        (Measure::Figure(a), Measure::Figure(b)) => same_figure(a, b),
        (Measure::Deadline(a), Measure::Deadline(b)) => a.same(b),
        (Measure::Responsible(a), Measure::Responsible(b)) => a == b || plain(a) == plain(b),
        _ => left == right,
    }
}

/// An office's name without what two documents write differently for one office: 规划行政主管部门 and 规划管理部门,
/// 乡（镇）人民政府 and 乡镇人民政府.
fn plain(name: &str) -> String {
    let name = name.replace("行政主管部门", "主管部门").replace("行政管理部门", "主管部门");
    name.replace("管理部门", "主管部门").replace("乡(镇)", "乡镇").replace("乡、镇人民政府", "乡镇人民政府")
}

/// Whether both bounds are the same. The year is told apart by its own deadline.
fn same_figure(left: &Figure, right: &Figure) -> bool {
    let close = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0),
        (None, None) => true,
        _ => false,
    };
    let about = |f: &Figure| f.comparator == super::Comparator::About;
    let unit = left.unit == right.unit || COUNTS.contains(&left.unit.as_str()) && COUNTS.contains(&right.unit.as_str());
    unit && close(left.lower, right.lower) && close(left.upper, right.upper) && about(left) == about(right)
}
