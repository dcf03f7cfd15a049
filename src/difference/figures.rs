//! Numbers with their units: targets, fines, counts, shares.

use serde::{Deserialize, Serialize};

use super::deadlines::{Found, may_start};
use super::folded::{Folded, is_pause};
use super::numbers::{Number, number};
use super::units::{COUNTS, each, unit};

/// How a figure is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparator {
    /// 以上, 不低于, 超过, 50余: [`Figure::lower`] alone.
    AtLeast,
    /// 以下, 不超过, 控制在…以内: [`Figure::upper`] alone.
    AtMost,
    /// 约, 左右: both bounds are the number.
    About,
    /// 98%, 达到98%: both bounds are the number.
    Exactly,
    /// 五万元以上十万元以下, 3-5个: both bounds.
    Between,
}

/// A number with its unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Least value, in `unit`.
    pub lower: Option<f64>,
    /// Largest value, in `unit`.
    pub upper: Option<f64>,
    /// Unit with 万, 亿 and the like folded into the number: 元, %, 个, 日, 平方米; empty for a bare number. Of money for
    /// each of something, with that: 元/平方米, 元/户.
    pub unit: String,
    /// How it is meant.
    pub comparator: Comparator,
    /// The year that it is to be reached by, where the sentence says so before it.
    pub year: Option<u32>,
}

/// Comparators before a number. The longest counts: 不低于 is not 低于.
const BEFORE: &[(Comparator, &[&str])] = &[
    (
        Comparator::AtLeast,
        &[
            "不低于",
            "不少于",
            "不小于",
            "不短于",
            "不得低于",
            "不得少于",
            "不得小于",
            "不得短于",
            "不应低于",
            "不应少于",
            "应不低于",
            "不能低于",
            "至少",
            "最低",
            "超过",
            "突破",
            "高于",
            "大于",
            "多于",
            "长于",
            "逾",
            "超",
            "≥",
            ">",
            "不止",
            "起码",
            "达到或超过",
            "达到或者超过",
            "等于或者大于",
            "未低于",
            "满",
            "年满",
            "已满",
        ],
    ),
    (
        Comparator::AtMost,
        &[
            "不高于",
            "不超过",
            "不得超过",
            "不得高于",
            "不得多于",
            "不得大于",
            "不多于",
            "不大于",
            "不应超过",
            "不长于",
            "最高",
            "最高不超过",
            "最高不得超过",
            "最多",
            "至多",
            "最长",
            "最长不超过",
            "最长不得超过",
            "低于",
            "少于",
            "小于",
            "不足",
            "未满",
            "不满",
            "未达到",
            "不到",
            "≤",
            "<",
            "未超过",
            "未达",
            "累计不超过",
            "累计不得超过",
            "不能超过",
            "短于",
        ],
    ),
    (Comparator::About, &["约", "大约", "接近", "近", "大概"]),
];

/// Comparators after a unit.
const AFTER: &[(Comparator, &[&str])] = &[
    (
        Comparator::AtLeast,
        &[
            "以上",
            "及以上",
            "或以上",
            "(含)以上",
            "含以上",
            "(含)及以上",
            "或者以上",
            "之上",
            "级以上",
            "级及以上",
            "有期徒刑以上",
        ],
    ),
    (
        Comparator::AtMost,
        &["以下", "及以下", "以内", "之内", "(含)以下", "或者以下", "(含)以内", "级以下", "有期徒刑以下"],
    ),
    (Comparator::About, &["左右", "上下", "前后"]),
];

/// The comparator that ends right before `i` and its length; 达到 and the like may stand between.
pub(super) fn comparator_before(t: &Folded, i: usize) -> Option<(Comparator, usize)> {
    let reach = t.any_before(i, REACHED).unwrap_or(0);
    let find = |at: usize| {
        BEFORE
            .iter()
            .filter_map(|(comparator, words)| Some((*comparator, t.any_before(at, words)?)))
            // 期满三日, 届满一年: the time is over.
            .filter(|(_, n)| *n > 1 || t.text.before(at) != '满' || !"期届圆".contains(t.at(at.wrapping_sub(2))))
            .max_by_key(|(_, n)| *n)
    };
    // 至少完成50项, 至少配置一辆
    let apart = |gap: usize| {
        let at = i.checked_sub(gap).filter(|at| !(*at..i).any(|k| is_pause(t.at(k)) || t.at(k) == '、'))?;
        let least = t.any_before(at, &["至少", "不少于"]).map(|n| (Comparator::AtLeast, n + gap));
        least.or_else(|| t.any_before(at, &["最多", "至多"]).map(|n| (Comparator::AtMost, n + gap)))
    };
    find(i).or_else(|| find(i - reach).map(|(c, n)| (c, n + reach))).or_else(|| (1..=4).find_map(apart))
}

/// The comparator of a share of something that stands between: 不得低于筹备组总人数的二分之一.
fn comparator_of_share(t: &Folded, i: usize) -> Option<(Comparator, usize)> {
    const REACH: usize = 25;
    let words = |comparator: Comparator| match comparator {
        Comparator::AtLeast => ["不低于", "不得低于", "不少于", "不得少于"],
        _ => ["不超过", "不得超过", "不高于", "不得高于"],
    };
    if t.text.before(i) != '的' {
        return None;
    }
    let first = t.segment_start(i).max(i.saturating_sub(REACH));
    let stretch = first..i;
    if stretch.clone().any(|k| t.at(k) == '、' || t.at(k).is_ascii_digit()) {
        return None;
    }
    stretch.rev().find_map(|at| {
        let ends = |comparator| t.any_before(at, &words(comparator)).map(|n| (comparator, n + i - at));
        ends(Comparator::AtLeast).or_else(|| ends(Comparator::AtMost)).filter(|(_, n)| i - n >= first)
    })
}

/// Verbs between the words of an indicator and its number.
pub(super) const REACHED: &[&str] = &[
    "达到",
    "提高到",
    "提升到",
    "增加到",
    "提高至",
    "提升至",
    "增加至",
    "增长到",
    "扩大到",
    "下降到",
    "降低到",
    "降至",
    "降到",
    "达",
    "为",
    "至",
    "到",
    "是",
    "在",
    "稳定在",
    "保持在",
    "控制在",
    "稳定到",
];

/// A figure and its folded place.
pub(super) struct Spotted {
    /// With the comparators.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where its number starts.
    pub(super) number: usize,
    pub(super) figure: Figure,
}

/// All figures of a text in order, outside of the dates and deadlines given.
pub(super) fn figures(t: &Folded, dates: &[Found]) -> Vec<Spotted> {
    let mut found: Vec<Spotted> = Vec::new();
    let mut i = 0;
    let mut last_ordinal = None;
    let mut dates = dates.iter().peekable();
    let mut year: Option<(usize, u32)> = None;
    while i < t.len() {
        while let Some(date) = dates.next_if(|d| d.end <= i) {
            if let Some(y) = date.deadline.as_ref().and_then(|d| d.year()) {
                year = Some((date.start, y));
            }
        }
        if let Some(date) = dates.peek().filter(|d| d.start <= i && i < d.end) {
            i = date.end;
            continue;
        }
        let ordinal = t.at(i) == '第'
            || last_ordinal
                .is_some_and(|end| end + 1 == i && matches!(t.text.before(i), '、' | '至' | '和' | '-' | '或' | '到'));
        if ordinal && let Some(n) = number(t, i + usize::from(t.at(i) == '第')) {
            let mark = usize::from(matches!(t.at(n.end), '条' | '款' | '项' | '目' | '章' | '节' | '编' | '批' | '届'));
            i = n.end + mark;
            last_ordinal = Some(i);
            continue;
        }
        match spot(t, i).filter(|_| !t.named(i)) {
            Some(mut one) => {
                if let Some(last) = found.last() {
                    one.start = one.start.max(last.end);
                }
                // 分别突破1.3万亿元、7000亿元: the comparator is told once.
                if let Some(last) = found.last()
                    && last.end + 1 == one.number
                    && t.at(last.end) == '、'
                    && last.figure.unit == one.figure.unit
                    && last.start < last.number
                    && one.figure.comparator == Comparator::Exactly
                    && t.string(t.segment_start(last.start), last.start).contains("分别")
                {
                    let Figure { lower, upper, .. } = one.figure;
                    one.figure.comparator = last.figure.comparator;
                    one.figure.lower = lower.filter(|_| one.figure.comparator != Comparator::AtMost);
                    one.figure.upper = upper.filter(|_| one.figure.comparator != Comparator::AtLeast);
                }
                let sentence = t.sentence_start(one.start);
                one.figure.year = year.filter(|(at, _)| *at >= sentence).map(|(_, y)| y);
                if let Some(each) = each(t, &one) {
                    one.figure.unit = format!("{}/{each}", one.figure.unit);
                }
                i = one.end.max(i + 1);
                found.push(one);
            }
            None => i = number(t, i).map_or(i + 1, |n| if n.digits { n.end } else { i + 1 }),
        }
    }
    found
}

/// A figure whose number starts at `i`.
fn spot(t: &Folded, i: usize) -> Option<Spotted> {
    if !may_start(t, i) {
        return None;
    }
    let n = number(t, i)?;
    let (n, other) = range(t, n);
    let (told, factor, mut end) = match unit(t, n.end) {
        Some((told, factor, len)) if !n.percent => (told, factor, n.end + len),
        _ if n.percent => ("%", 1.0, n.end),
        _ => ("", 1.0, n.end),
    };
    let before = comparator_before(t, i).or_else(|| if told == "%" { comparator_of_share(t, i) } else { None });
    let after = |end: usize| {
        let found = AFTER.iter().filter_map(|(c, words)| Some((*c, t.any(end, words)?)));
        // 以上人民政府 follows levels, not numbers; 以下简称 is no comparator.
        found
            .max_by_key(|(_, n)| *n)
            .filter(|(_, n)| t.any(end + n, &["简称", "统称", "规定"]).is_none() || told == "元")
    };
    let mut suffix = after(end);
    // 8级以上 is no figure of its own unit.
    suffix = suffix.filter(|_| !told.is_empty() || t.at(end) != '级');
    // 两个或者两个以上
    if suffix.is_none()
        && let Some(n) = t.any(end, &["或者", "或"])
        && let written = t.string(i, end)
        && t.has(end + n, &written)
        && let Some((Comparator::AtLeast, more)) = after(end + n + written.chars().count())
    {
        suffix = Some((Comparator::AtLeast, n + written.chars().count() + more));
    }
    if told.is_empty() && suffix.is_none() && before.is_none() && !n.digits {
        return None;
    }
    if let Some((_, len)) = suffix {
        end += len;
    }
    if !plausible(t, i, &n, told, end, before.is_some() || suffix.is_some() || other.is_some()) {
        return None;
    }
    let scale = |v: f64| v * factor;
    let mut start = i;
    let value = scale(n.value);
    let figure = |lower, upper, comparator| Figure { lower, upper, unit: told.to_owned(), comparator, year: None };
    if let Some(first) = other {
        let figure = figure(Some(scale(first)), Some(value), Comparator::Between);
        return Some(Spotted { start, end, number: i, figure });
    }
    // 五万元以上十万元以下, 三日以上不满十日, 10个至20个
    let upper = |at: usize| {
        let at = at + t.any(at, &["、", "至", ",", "-", "—", "~", "——"]).unwrap_or(0);
        let limit = comparator_before_at(t, at);
        let at = at + limit.unwrap_or(0);
        let m = number(t, at)?;
        let (also, times, len) = if m.percent { ("%", 1.0, 0) } else { unit(t, m.end)? };
        // 百分之五十以上一倍以下
        let (also, times) = if n.percent && also == "倍" { ("%", 100.0 * times) } else { (also, times) };
        if told != "月" && m.value * times < n.value * factor {
            return None;
        }
        let close = after(m.end + len).filter(|(c, _)| *c == Comparator::AtMost);
        // 3个月以上1年以下
        let times = if told == "月" && also == "年" { 12.0 } else { times };
        (((also == told) || (told == "月" && also == "年")) && (close.is_some() || limit.is_some()))
            .then_some((m.value * times, m.end + len + close.map_or(0, |(_, n)| n)))
    };
    if matches!(suffix, Some((Comparator::AtLeast, _)))
        && let Some((most, to)) = upper(end)
    {
        return Some(Spotted {
            start,
            end: to,
            number: i,
            figure: figure(Some(value), Some(most), Comparator::Between),
        });
    }
    if suffix.is_none()
        && !told.is_empty()
        && matches!(t.at(end), '至' | '-' | '—' | '~')
        && let dashes = (end..end + 2).take_while(|k| matches!(t.at(*k), '至' | '-' | '—' | '~')).count()
        && let Some(m) = number(t, end + dashes).filter(|m| m.value > n.value && m.percent == n.percent)
        && let Some((also, times, len)) = if m.percent { Some(("%", 1.0, 0)) } else { unit(t, m.end) }
        && also == told
    {
        let figure = figure(Some(value), Some(m.value * times), Comparator::Between);
        let to = m.end + len;
        let close = after(to).filter(|(c, _)| *c == Comparator::AtMost).map_or(0, |(_, n)| n);
        return Some(Spotted { start, end: to + close, number: i, figure });
    }
    if suffix.is_none() && n.over {
        suffix = Some((Comparator::AtLeast, 0));
    }
    let comparator = match (before, suffix) {
        (Some((c, len)), s) => {
            start -= len;
            match (c, s) {
                (Comparator::About, Some((c, _))) => c,
                (c, _) => c,
            }
        }
        (None, Some((c, _))) => c,
        (None, None) => Comparator::Exactly,
    };
    let (lower, upper) = match comparator {
        Comparator::AtLeast => (Some(value), None),
        Comparator::AtMost => (None, Some(value)),
        _ => (Some(value), Some(value)),
    };
    Some(Spotted { start, end, number: i, figure: figure(lower, upper, comparator) })
}

/// Words of an upper limit right at `at`: 不满, 不超过.
fn comparator_before_at(t: &Folded, at: usize) -> Option<usize> {
    t.any(
        at,
        &["不满", "不足", "不超过", "低于", "未满", "未达到", "不得超过", "但不超过", "不到", "最高不超过", "少于"],
    )
}

/// The second number of `5000-20000`, and the first one's value in its terms: 3-5万 counts in 万 on both sides.
fn range(t: &Folded, n: Number) -> (Number, Option<f64>) {
    let mut at = n.end;
    // 50%-60%: the unit may be told twice, which is the caller's case; here it stands once.
    let dashes = (at..at + 2).take_while(|k| matches!(t.at(*k), '-' | '—' | '~' | '至')).count();
    at += dashes;
    if dashes == 0 {
        return (n, None);
    }
    match number(t, at) {
        Some(m) if m.digits == n.digits && m.percent == n.percent => {
            let shared =
                if n.value == n.mantissa && m.mantissa >= n.mantissa { m.value / m.mantissa.max(1e-9) } else { 1.0 };
            let first = n.value * shared;
            if first < m.value && unit(t, m.end).is_some() { (m, Some(first)) } else { (n, None) }
        }
        _ => (n, None),
    }
}

/// Whether a number with that unit is a figure and not part of a word, a name or a reference.
fn plausible(t: &Folded, i: usize, n: &Number, told: &str, end: usize, compared: bool) -> bool {
    let before = t.text.before(i);
    let next = t.at(end);
    if told.is_empty() {
        // A bare number counts only where it is a target: 指数达到0.9, 达到12以上.
        let target = compared || (n.digits && n.value.fract() != 0.0 && t.any_before(i, REACHED).is_some());
        return target
            && n.digits
            && !next.is_alphanumeric()
            && !matches!(next, '-' | '+' | '/' | '.' | '〕' | ']' | '"' | '”' | '—');
    }
    if matches!(before, '-' | '+' | '—' | '/' | '〔' | '[') && !compared {
        return false;
    }
    // 一个, 一批, 一次 are articles, not numbers.
    let counts = COUNTS.contains(&told)
        || matches!(
            told,
            "批" | "次"
                | "套"
                | "支"
                | "张"
                | "份"
                | "部"
                | "层"
                | "度"
                | "对"
                | "方"
                | "块"
                | "场"
                | "成"
                | "款"
                | "间"
                | "立方米"
                | "门"
                | "头"
                | "起"
                | "列"
                | "笔"
                | "台"
                | "分"
                | "例"
                | "座"
                | "枚"
                | "宗"
                | "架"
                | "篇"
        );
    if !n.digits && counts {
        // 三类以上客运班线 is a class, 二次供水 a kind.
        if told == "类" || told == "次" && next == '供' {
            return false;
        }
        if (n.value == 1.0 || matches!(next, '“' | '"' | '之')) && !compared {
            return false;
        }
        // 第…条 without 第, 三方, 四层
        if matches!(told, "条" | "款" | "类" | "度" | "立方米" | "分" | "层" | "成" | "对" | "起" | "门" | "部")
            && !compared
        {
            return false;
        }
        // 三个一批, “四个最严” and other slogans.
        if t.any(end, &["一", "最", "清单", "统一", "方面", "环节", "阶段", "结合", "面向", "必须", "坚持", "意识"])
            .is_some()
            && !compared
        {
            return false;
        }
    }
    if told == "分" && !compared
        || told == "%" && matches!(t.at(end.saturating_sub(1)), '成') && matches!(next, '熟' | '都' | '为')
    {
        return false;
    }
    // 三年行动, 五年规划, 100强 and other names; 5年来.
    if matches!(told, "年" | "月" | "日" | "小时" | "周" | "分钟" | "季度") {
        let name = t.any(
            end,
            &[
                "行动", "规划", "计划", "方案", "攻坚", "制", "期", "来", "间", "工程", "提升", "大庆", "周年", "多来",
                "巩固", "倍增", "滚动", "目标", "任务", "游", "一", "禁", "值守", "经济", "之", "级",
            ],
        );
        if name.is_some() && !compared {
            return false;
        }
        // 过去一年, 近两年, 建校100周年
        let past =
            t.any_before(i, &["过去", "这", "近", "去", "同", "头", "前", "后", "新的", "新", "下", "上"]).is_some();
        if past || t.has_before(end, "周年") {
            return false;
        }
        if told == "年" && n.digits && (1900.0..2200.0).contains(&n.value) {
            return false;
        }
    }
    // 一级以上 is a class.
    true
}
