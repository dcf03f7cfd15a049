//! The figures and deadlines of many texts under each other.

use serde::{Deserialize, Serialize};

use super::align::{score, sort};
use super::measures::{MeasureKind, Placed, Value, placed};

/// Values of several texts that answer each other: 95%以上, 96.5%, 98%.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// What they are: figures or deadlines.
    pub kind: MeasureKind,
    /// Words that stand before the values, or after them, in most of the texts; empty where they have none in common.
    pub about: String,
    /// Unit of figures; empty for bare numbers and for deadlines.
    pub unit: String,
    /// One a text, in the order of the texts; `None` where a text has none.
    pub values: Vec<Option<Value>>,
}

/// A value by its text and its place among that text's values.
type Member = (usize, usize);

/// The figures and deadlines of texts in columns, as a table has them, in the order in which they are met. A column has
/// at most one value of a text; every value is in one column.
///
/// # Examples
/// ```
/// use clausewise::difference::columns;
/// let texts = ["到2025年，产品合格率达到95%以上。", "产品合格率稳定在98%，培育名牌50家。", "无数字。"];
/// let found = columns(&texts);
/// let shown = |k: usize| found[k].values.iter().map(|v| v.as_ref().map_or("—", |v| &v.text)).collect::<Vec<_>>();
/// assert_eq!((found[0].about.as_str(), found[0].unit.as_str()), ("产品合格率", "%"));
/// assert_eq!(shown(0), ["95%以上", "98%", "—"]);
/// assert_eq!(shown(1), ["到2025年", "—", "—"]);
/// assert_eq!(shown(2), ["—", "50家", "—"]);
/// ```
pub fn columns(texts: &[&str]) -> Vec<Column> {
    let all: Vec<Vec<Placed>> = texts.iter().map(|text| shown(text)).collect();
    let mut columns: Vec<Vec<Member>> = Vec::new();
    for (text, values) in all.iter().enumerate() {
        let known = columns.len();
        let mut candidates: Vec<(f64, usize, usize)> = Vec::new();
        for (column, members) in columns.iter().enumerate() {
            for (k, value) in values.iter().enumerate() {
                let best = members.iter().filter_map(|(t, m)| score(&all[*t][*m], value)).max_by(f64::total_cmp);
                candidates.extend(best.map(|best| (best, column, k)));
            }
        }
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut column_of: Vec<Option<usize>> = vec![None; values.len()];
        for (_, column, k) in candidates {
            if column_of[k].is_none() && !column_of.contains(&Some(column)) {
                column_of[k] = Some(column);
            }
        }
        // The only ones left of their sort answer each other, in whatever words: but a share can be one of anything.
        for k in 0..values.len() {
            let alike = |other: &Placed| same_sort(other, &values[k]);
            let alone = (0..values.len()).filter(|o| column_of[*o].is_none() && alike(&values[*o])).count() == 1;
            if column_of[k].is_some() || !alone || sort(&values[k]) == "%" {
                continue;
            }
            let free: Vec<usize> = (0..known)
                .filter(|c| !column_of.contains(&Some(*c)))
                .filter(|c| columns[*c].first().is_some_and(|(t, m)| alike(&all[*t][*m])))
                .collect();
            if let [column] = free[..] {
                column_of[k] = Some(column);
            }
        }
        for (k, column) in column_of.into_iter().enumerate() {
            match column {
                Some(column) => columns[column].push((text, k)),
                None => columns.push(vec![(text, k)]),
            }
        }
    }
    columns.iter().map(|members| column(members, &all, texts.len())).collect()
}

/// The values of a text that a table shows, figures first.
fn shown(text: &str) -> Vec<Placed> {
    let mut found = placed(text);
    found.retain(|p| matches!(p.value.measure.kind(), MeasureKind::Figure | MeasureKind::Deadline));
    found.sort_by_key(|p| (p.value.measure.kind(), p.value.span));
    found
}

fn same_sort(a: &Placed, b: &Placed) -> bool {
    a.value.measure.kind() == b.value.measure.kind() && sort(a) == sort(b)
}

fn column(members: &[Member], all: &[Vec<Placed>], texts: usize) -> Column {
    let mut values: Vec<Option<Value>> = vec![None; texts];
    for (text, k) in members {
        values[*text] = Some(all[*text][*k].value.clone());
    }
    let (text, k) = members[0];
    let first = &all[text][k];
    let kind = first.value.measure.kind();
    let of = |side: fn(&Placed) -> &[char]| common(members.iter().map(|(t, m)| side(&all[*t][*m])));
    let before = of(|p| &p.context.before);
    let about = if before.chars().count() >= LEAST { before } else { of(|p| &p.context.after) };
    let unit = if kind == MeasureKind::Figure { sort(first).to_owned() } else { String::new() };
    Column { kind, about, unit, values }
}

/// Characters that say what a column is about, at the least.
const LEAST: usize = 2;

/// The longest run of characters that stands in all of the contexts, or else in at least half of them; of equally long
/// ones the first.
fn common<'a>(contexts: impl Iterator<Item = &'a [char]>) -> String {
    let contexts: Vec<&[char]> = contexts.collect();
    let all = run_of(&contexts, contexts.len());
    if all.is_empty() { run_of(&contexts, contexts.len().div_ceil(2)) } else { all }
}

/// The longest run of characters, not shorter than [`LEAST`], that stands in so many of the contexts.
fn run_of(contexts: &[&[char]], wanted: usize) -> String {
    let mut best: &[char] = &[];
    for context in contexts {
        for start in 0..context.len() {
            for end in start + LEAST.max(best.len() + 1)..=context.len() {
                let run = &context[start..end];
                let having = contexts.iter().filter(|c| c.windows(run.len()).any(|w| w == run)).count();
                if having >= wanted {
                    best = run;
                }
            }
        }
    }
    best.iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(texts: &[&str]) -> Vec<(String, Vec<String>)> {
        let value = |v: &Option<Value>| v.as_ref().map_or("—".to_owned(), |v| v.text.clone());
        columns(texts).iter().map(|c| (c.about.clone(), c.values.iter().map(value).collect())).collect()
    }

    #[test]
    fn figures_of_one_thing_stand_under_each_other_however_they_are_ordered() {
        let found = table(&[
            "产品质量合格率达到95%以上，顾客满意度达到80%。",
            "顾客满意度达到85%以上，产品质量合格率稳定在98%。",
            "制造业产品合格率96.5%，培育名牌30家。",
        ]);
        assert_eq!(found[0].1, ["95%以上", "98%", "96.5%"]);
        assert_eq!(found[1].1, ["80%", "85%以上", "—"]);
        assert_eq!(found[2].1, ["—", "—", "30家"]);
        assert_eq!((found[0].0.as_str(), found[1].0.as_str()), ("合格率", "顾客满意度"));
    }

    #[test]
    fn every_value_is_in_one_column_and_a_column_has_one_value_of_a_text() {
        let texts = ["处五十元以上二百元以下罚款；情节严重的，处五百元以上一千元以下罚款。", "处二百元罚款。"];
        let found = columns(&texts);
        let values = found.iter().flat_map(|c| &c.values).flatten().count();
        assert_eq!(values, texts.iter().map(|t| shown(t).len()).sum::<usize>());
        assert!(found.iter().all(|c| c.values.len() == 2 && c.unit == "元"));
        assert_eq!(columns(&[]), []);
        assert_eq!(columns(&["没有", ""]), []);
    }

    #[test]
    fn shares_of_different_things_are_not_put_under_each_other() {
        let found = table(&["森林覆盖率达到40%。", "研发投入强度达到2.5%。"]);
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
