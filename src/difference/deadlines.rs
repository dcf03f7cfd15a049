//! By when, within what time, how often.

use serde::{Deserialize, Serialize};

use super::figures::comparator_before;
use super::folded::Folded;
use super::numbers::{Number, number};
use crate::document::chars::is_word;
use crate::document::numerals::is_numeral;

/// When something is due.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deadline {
    /// By a date: 到2025年, 2025年底前, 6月30日前, 年底前. The end of a year has no month, the end of a month no day.
    By {
        /// Year, where it is told.
        year: Option<u32>,
        /// Month, 1 to 12.
        month: Option<u32>,
        /// Day, 1 to 31.
        day: Option<u32>,
    },
    /// From a date on: 自2020年5月1日起.
    From {
        /// Year, where it is told.
        year: Option<u32>,
        /// Month, 1 to 12.
        month: Option<u32>,
        /// Day, 1 to 31.
        day: Option<u32>,
    },
    /// In a period of years: 2023—2025年.
    During {
        /// First year.
        from: u32,
        /// Last year.
        to: u32,
    },
    /// Within a time: 三十日内, 自收到申请之日起六十日内, 提前三十日.
    Within {
        /// How many.
        amount: f64,
        /// Of what: 日, 工作日, 月, 周, 小时, 分钟. Years are told in months.
        unit: String,
        /// What the time is counted from, where it is told: 收到申请. 提前 where it ends with what it is counted from
        /// (三十日前, 届满前三十日, 提前三十日), 前 where it lies before that (届满前三十日内).
        from: Option<String>,
    },
    /// Again and again: 每年, 每两年, 每年3月.
    Every {
        /// How many.
        amount: f64,
        /// Of what: 日, 周, 月, 季度, 学期. Years are told in months.
        unit: String,
        /// Month of the year, for 每年3月.
        month: Option<u32>,
        /// Day of the month.
        day: Option<u32>,
    },
    /// At once: 立即, 即时, 即刻.
    AtOnce,
    /// By a date that an authority sets: 限期, 在规定的期限内.
    AsSet,
}

impl Deadline {
    /// On which side of what it is counted from a time lies; `None` for what is no such time.
    pub(crate) fn side(&self) -> Option<Side> {
        let Deadline::Within { from, .. } = self else { return None };
        Some(match from.as_deref() {
            Some(AHEAD) => Side::Ahead,
            Some(BEFORE) => Side::Before,
            _ => Side::After,
        })
    }

    /// Whether both set the same time. What a time is counted from is looked at where both tell it.
    pub(super) fn same(&self, other: &Deadline) -> bool {
        if self.side() != other.side() {
            return false;
        }
        match (self, other) {
            (
                Deadline::Within { amount: a, unit: u, from: Some(f) },
                Deadline::Within { amount: b, unit: v, from: Some(g) },
            ) => {
                let (f, g): (Vec<char>, Vec<char>) = (f.chars().collect(), g.chars().collect());
                // 满三个月之日起 and 满六个月之日起 are other times.
                let numbers = |event: &[char]| {
                    event.iter().copied().filter(|c| is_numeral(*c) || c.is_ascii_digit()).collect::<String>()
                };
                let part = f.ends_with(&g) || g.ends_with(&f);
                a == b
                    && u == v
                    && numbers(&f) == numbers(&g)
                    && (part || super::folded::likeness(&f, &g) > LIKE_EVENTS)
            }
            (Deadline::Within { amount: a, unit: u, .. }, Deadline::Within { amount: b, unit: v, .. }) => {
                a == b && u == v
            }
            _ => self == other,
        }
    }

    /// The year that figures after it belong to.
    pub(super) fn year(&self) -> Option<u32> {
        match self {
            Deadline::By { year, .. } => *year,
            Deadline::During { to, .. } => Some(*to),
            _ => None,
        }
    }
}

/// What [`Deadline::Within`] is counted from where it lies before it.
const AHEAD: &str = "提前";
const BEFORE: &str = "前";
/// Likeness of the names of two events above which they are one: 接到申请 and 收到申请, but not 受理申请 and 收到申请.
const LIKE_EVENTS: f64 = 0.5;

/// A side of what a time is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Not later than so long before it: 三十日前.
    Ahead,
    /// In the time before it: 届满前三十日内.
    Before,
    /// In the time after it, or after whatever is not told.
    After,
}

/// A deadline and its folded place.
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) end: usize,
    /// `None` for dates that are no deadline, which no figure may be read from all the same.
    pub(super) deadline: Option<Deadline>,
}

/// Units of time, longest first: as written, as told, how many of those.
const TIMES: &[(&str, &str, f64)] = &[
    ("个工作日", "工作日", 1.0),
    ("工作日", "工作日", 1.0),
    ("个自然日", "日", 1.0),
    ("个季度", "季度", 1.0),
    ("个小时", "小时", 1.0),
    ("个月", "月", 1.0),
    ("小时", "小时", 1.0),
    ("分钟", "分钟", 1.0),
    ("周年", "月", 12.0),
    ("季度", "季度", 1.0),
    ("日", "日", 1.0),
    ("天", "日", 1.0),
    ("周", "周", 1.0),
    ("年", "月", 12.0),
];

/// A unit of time at `i`: as told, how many of those, its length.
pub(super) fn time_unit(t: &Folded, i: usize) -> Option<(&'static str, f64, usize)> {
    let (word, unit, factor) = TIMES.iter().find(|(word, ..)| t.has(i, word))?;
    // 周岁 and 年级 are no time.
    let other = (*word == "周" && matches!(t.at(i + 1), '岁' | '边' | '围'))
        || (*word == "年" && matches!(t.at(i + 1), '级' | '龄' | '轻' | '代'))
        || (*word == "日" && matches!(t.at(i + 1), '均' | '用' | '常' | '本'))
        || (*word == "天" && matches!(t.at(i + 1), '然'));
    (!other).then_some((*unit, *factor, word.chars().count()))
}

/// Words after a date that say that it lies in the past: 2010年5月1日…会议通过.
const PAST: &[&str] = &["通过", "批准", "修正", "修订", "公布的", "发布的", "颁布的", "印发的", "施行的", "实施的"];

/// All deadlines and dates of a text in order; they do not overlap.
pub(super) fn deadlines(t: &Folded) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut i = 0;
    while i < t.len() {
        if t.named(i) {
            i += 1;
            continue;
        }
        let next = every(t, i).or_else(|| date(t, i)).or_else(|| within(t, i)).or_else(|| word(t, i));
        match next {
            Some(one) if one.end > i => {
                i = one.end;
                // 自收到责令限期拆除决定之日起十五日内: 限期 is no deadline of its own there.
                if matches!(one.deadline, Some(Deadline::Within { .. })) {
                    while found.last().is_some_and(|f| f.start > one.start && f.deadline == Some(Deadline::AsSet)) {
                        found.pop();
                    }
                }
                // The words before a date belong to it, but not to the one before it as well.
                let start = one.start.max(found.last().map_or(0, |f| f.end));
                found.push(Found { start, ..one });
            }
            _ => i += 1,
        }
    }
    found
}

fn word(t: &Folded, i: usize) -> Option<Found> {
    // 未立即停止 is a condition, 即时通信 a kind of service.
    let at_once = t.has(i, "立即")
        || t.has(i, "即刻")
        || t.has(i, "即时") && !["通", "配", "消", "零", "信"].iter().any(|after| t.has(i + 2, after));
    if at_once && !matches!(t.text.before(i), '未' | '不' | '要' | '没') {
        return Some(Found { start: i, end: i + 2, deadline: Some(Deadline::AtOnce) });
    }
    let set = ["在规定的期限内", "在规定期限内", "在规定的时限内", "在规定时限内", "在指定的期限内", "在限定的期限内"];
    // 在规定的期限内不申请复议的 and 不能在规定时限内完成 are cases.
    let case = |n: usize| {
        matches!(t.text.before(i), '未' | '不' | '能' | '法' | '有' | '求')
            || matches!(t.at(i + n), '未' | '不' | '没' | '仍' | '拒')
            || t.text.before(t.segment_end(i)) == '的'
    };
    if let Some(n) = t.any(i, &set).filter(|n| !case(*n)) {
        return Some(Found { start: i, end: i + n, deadline: Some(Deadline::AsSet) });
    }
    (t.has(i, "限期")
        && !matches!(t.at(i + 2), '内' | '届' | '已')
        && !matches!(t.text.before(i), '有' | '无' | '年' | '权'))
    .then_some(Found { start: i, end: i + 2, deadline: Some(Deadline::AsSet) })
}

/// 每年, 每两年, 每季度, 每年3月, 每月15日.
fn every(t: &Folded, i: usize) -> Option<Found> {
    if t.at(i) != '每' {
        return None;
    }
    let (amount, at) = match number(t, i + 1) {
        Some(n) if !n.percent => (n.value, n.end),
        _ if t.at(i + 1) == '半' => (0.5, i + 2),
        _ if t.at(i + 1) == '隔' => return None,
        _ => (1.0, i + 1),
    };
    let (unit, factor, mut end) = match time_unit(t, at) {
        Some((unit, factor, len)) if !matches!(unit, "小时" | "分钟") => (unit, factor, at + len),
        _ if t.at(at) == '月' => ("月", 1.0, at + 1),
        _ if t.has(at, "学期") => ("学期", 1.0, at + 2),
        _ if t.has(at, "学年") => ("月", 12.0, at + 2),
        _ => return None,
    };
    let (mut month, mut day) = (None, None);
    if unit == "月"
        && let Some((m, after)) = part(t, end, '月').filter(|_| factor == 12.0)
    {
        (month, end) = (Some(m), after);
    }
    if unit == "月"
        && (month.is_some() || factor == 1.0)
        && let Some((d, after)) = part(t, end, '日')
    {
        (day, end) = (Some(d), after);
    }
    if month.is_some() || day.is_some() {
        end += t.any(end, &["底前", "底以前", "份", "底", "之前", "以前", "前"]).unwrap_or(0);
    } else if factor == 12.0 && t.at(end) == '度' {
        end += 1;
    }
    Some(Found {
        start: i,
        end,
        deadline: Some(Deadline::Every { amount: amount * factor, unit: unit.to_owned(), month, day }),
    })
}

/// A small number before `mark`: 3月, 十五日.
fn part(t: &Folded, i: usize, mark: char) -> Option<(u32, usize)> {
    let limit = if mark == '月' { 12.0 } else { 31.0 };
    let n: Number = number(t, i).filter(|n| !n.percent && !n.over && (1.0..=limit).contains(&n.value))?;
    (t.at(n.end) == mark && n.value.fract() == 0.0 && n.value == n.mantissa).then_some((n.value as u32, n.end + 1))
}

/// A year of four digits without 年.
fn bare_year(t: &Folded, i: usize) -> Option<(u32, usize)> {
    if t.text.before(i).is_ascii_alphanumeric() || matches!(t.text.before(i), '.' | '/') {
        return None;
    }
    let n = number(t, i).filter(|n| n.end == i + 4 && n.value == n.mantissa && !n.percent && !n.over)?;
    ((1900.0..2200.0).contains(&n.value) && n.value.fract() == 0.0).then_some((n.value as u32, n.end))
}

/// A date, whether it is a deadline or not: 到2025年底, 2025年6月底前, 自2020年5月1日起, 6月30日前, 年底前.
fn date(t: &Folded, i: usize) -> Option<Found> {
    let (mut year, mut month, mut day) = (None, None, None);
    let mut end = i;
    // 2023—2025年, 2023年至2025年
    if let Some((first, mut at)) = bare_year(t, i) {
        at += usize::from(t.at(at) == '年');
        let dashes = (at..at + 2).take_while(|k| matches!(t.at(*k), '-' | '—' | '~' | '至' | '到')).count();
        if dashes > 0
            && let Some((last, after)) =
                bare_year(t, at + dashes).filter(|(last, after)| t.at(*after) == '年' && *last > first)
        {
            let during = part(t, after + 1, '月').is_none();
            let end = after + 1 + usize::from(during && matches!(t.at(after + 1), '度' | '间'));
            let deadline = during.then_some(Deadline::During { from: first, to: last });
            return Some(Found { start: i, end, deadline });
        }
        if t.at(at.saturating_sub(1)) != '年' {
            return None;
        }
        (year, end) = (Some(first), at);
        if let Some((m, after)) = part(t, end, '月') {
            (month, end) = (Some(m), after);
            if let Some((d, after)) = part(t, end, '日').or_else(|| part(t, end, '号')) {
                (day, end) = (Some(d), after);
            }
        }
    } else if let Some((m, after)) =
        part(t, i, '月').filter(|_| !t.text.before(i).is_ascii_digit() && t.text.before(i) != '第')
    {
        (month, end) = (Some(m), after);
        if let Some((d, after)) = part(t, end, '日').or_else(|| part(t, end, '号')) {
            (day, end) = (Some(d), after);
        }
    } else if t.at(i) == '年'
        && t.any(i, &["年底", "年末", "年内"]).is_some()
        && !"上去往半〇零一二两三四五六七八九十百0123456789".contains(t.text.before(i))
    {
        end = i + 1;
    }
    if end == i {
        return None;
    }
    // The rest of its name, and what makes it a deadline.
    let mut closed = false;
    if let Some(n) = t.any(end, &["年底", "年末", "底", "末"]) {
        (end, closed) = (end + n, true);
    } else if t.has(end, "上半年") && month.is_none() {
        (month, end, closed) = (Some(6), end + 3, true);
    } else if day.is_none() && t.at(end) == if month.is_some() { '份' } else { '度' } {
        end += 1;
    }
    if let Some(n) = t.any(end, &["之前", "以前", "前", "内", "以内", "之内"]) {
        (end, closed) = (end + n, true);
    }
    if month == Some(12) && day.is_none_or(|d| d == 31) && closed {
        (month, day) = (None, None);
    }
    if let Some(m) = month
        && day
            == Some(match m {
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            })
        && closed
    {
        day = None;
    }
    let mut start = i;
    let before = t.any_before(i, &["到", "至", "截至", "截止", "截止到", "力争到", "于", "在", "力争"]);
    let since = t.any_before(i, &["自", "从"]).is_some() || t.at(end) == '起';
    let past = t.any(end, &["以来", "之后", "以后", "第", "版", "是", "被", "的", "时"]).is_some()
        // 2010年12月1日以前发生的: which cases a rule is for, no deadline.
        || closed && t.any(end, &["发生", "已", "犯", "取得", "作出", "实施的", "签订", "受理", "颁发", "设立的", "尚未"]).is_some()
        || PAST.iter().any(|w| t.string(end, t.segment_end(end)).contains(w));
    let whole = match t.text.before(i) {
        '(' | '《' | '"' | '“' | '〔' | '[' => month.is_none() && t.at(end) == ',',
        _ => true,
    };
    // A month or a day alone is a deadline only where it says so; a year also where the sentence begins with it.
    let opens = year.is_some() && (i == 0 || matches!(t.text.before(i), '。' | ';' | ':' | ',')) && day.is_none();
    let deadline = match () {
        () if past || !whole => None,
        () if since => Some(Deadline::From { year, month, day }),
        () if closed || before.is_some() || opens => Some(Deadline::By { year, month, day }),
        () => None,
    };
    if deadline.is_some() {
        if since {
            start -= t.any_before(i, &["自", "从"]).unwrap_or(0);
            end += usize::from(t.at(end) == '起');
        } else {
            start -= t.any_before(i, &["到", "至", "截至", "截止", "截止到", "力争到"]).unwrap_or(0);
        }
    }
    Some(Found { start, end, deadline })
}

/// 三十日内, 自收到申请之日起六十日内, 提前三十日.
fn within(t: &Folded, i: usize) -> Option<Found> {
    if !may_start(t, i) {
        return None;
    }
    let (amount, end, unit) = if t.has(i, "半年") {
        (6.0, i + 2, "月")
    } else {
        let n = number(t, i).filter(|n| !n.percent)?;
        let (unit, factor, len) = time_unit(t, n.end)?;
        (n.value * factor, n.end + len, unit)
    };
    // 三年内有吸毒行为的 is a condition.
    let inside = t.any(end, &["之内", "以内", "内"]).filter(|n| t.at(end + n) != '有' || t.at(end + n + 1) == '权');
    let ahead = t.any_before(i, &["提前", "提早"]);
    let (start, end, from) = match (inside, ahead) {
        (Some(n), _) => {
            // 在 stands between the event and the time: 自…之日起，在三十日内.
            let at = i - t.any_before(i, &["在", "的", "之", "，在", ",在", "后的", "后", "后,"]).unwrap_or(0);
            let comparator = comparator_before(t, at).map_or(0, |(_, n)| n);
            let (start, from) = event(t, at - comparator, i);
            (start, end + n, from.or_else(|| before_event(t, i).then(|| BEFORE.to_owned())))
        }
        (None, Some(n)) => {
            let end = end + t.any(end, &["以上", "前"]).unwrap_or(0);
            (i - n, end, Some(AHEAD.to_owned()))
        }
        (None, None) => match t.any(end, &["之前", "以前", "前"]).filter(|_| !t.has(end, "前款")) {
            // 会议召开的七日前
            Some(n) => (i, end + n, Some(AHEAD.to_owned())),
            // 届满前九十日书面告知
            None if is_due_before(t, i, end) => (i - 1, end, Some(AHEAD.to_owned())),
            None => return None,
        },
    };
    Some(Found { start, end, deadline: Some(Deadline::Within { amount, unit: unit.to_owned(), from }) })
}

/// Whether the time whose number starts at `i` is told by the event that it lies before: 届满前, but not 此前, 目前.
fn before_event(t: &Folded, i: usize) -> bool {
    i > 1 && t.text.before(i) == '前' && is_word(t.at(i - 2)) && !"此当以之提目日先生从年月".contains(t.at(i - 2))
}

/// Whether 届满前九十日 says when something is due. Where nothing is demanded it is a time that something is counted over:
/// 失业前十二个月平均缴费; years are told so only there.
fn is_due_before(t: &Folded, i: usize, end: usize) -> bool {
    let said = t.string(t.segment_start(i), i);
    before_event(t, i)
        && t.at(end - 1) != '年'
        && t.any(end, &["的", "平均", "月均", "连续", "累计", "用", "内"]).is_none()
        && ["应当", "必须", "须", "于", "在", "可以", "不得"].iter().any(|word| said.contains(word))
        && !t.string(end, t.segment_end(end)).contains("平均")
}

/// What a time before which `at` stands is counted from: 自…之日起, 收到…后. Its start and its words.
fn event(t: &Folded, at: usize, number: usize) -> (usize, Option<String>) {
    const REACH: usize = 40;
    let stop = at.saturating_sub(REACH);
    let end = at - usize::from(t.text.before(at) == ',');
    let Some(tail) = t.any_before(end, &["之日起", "日起", "之时起", "时起", "起", "之日起的", "之日"])
    else {
        return (number, None);
    };
    let closing = end - tail;
    for k in (stop..closing).rev() {
        match t.at(k) {
            '。' | ';' => break,
            '自' if t.at(k + 1) != '己' && t.at(k + 1) != '然' && t.at(k + 1) != '行' && t.at(k + 1) != '由' => {
                return (k, Some(t.string(k + 1, closing)));
            }
            '于' if k == 0 || "当应须并以需,(".contains(t.text.before(k)) => {
                return (k, Some(t.string(k + 1, closing)));
            }
            '从' | '在' if t.at(k + 1) != '事' => return (k, Some(t.string(k + 1, closing))),
            _ => {}
        }
    }
    // 竣工验收合格之日起五个工作日内, without 自.
    const LONGEST: usize = 16;
    let segment = t.segment_start(closing);
    let bound = ["应当", "可以", "必须", "应", "须", ")"];
    let first = (segment..closing).rev().find(|k| t.any_before(*k, &bound).is_some()).unwrap_or(segment);
    let whole = (2..=LONGEST).contains(&(closing - first)) && t.any_before(end, &["之日起", "之时起"]).is_some();
    if whole { (first, Some(t.string(first, closing))) } else { (number, None) }
}

/// Whether a number may start here: not in the middle of one, of a Latin word, or after 第.
pub(super) fn may_start(t: &Folded, i: usize) -> bool {
    const NUMERALS: &str = "〇零一二两三四五六七八九十百千廿";
    let before = t.text.before(i);
    let inside =
        before.is_ascii_alphanumeric() || matches!(before, '第' | '.' | '“' | '"') || NUMERALS.contains(before);
    // 二点五, but 站点50个; 数十, but 总数50个; 统一, but 之50.
    let decimal = before == '点' && i > 1 && NUMERALS.contains(t.at(i - 2));
    let share = t.any(i, &["百分之", "千分之", "万分之"]).is_some();
    let word = matches!(before, '数' | '几') && "十百千万".contains(t.at(i)) && !share
        || t.at(i) == '一' && matches!(before, '统' | '唯' | '之' | '同' | '单' | '逐');
    !(inside || decimal || word && !t.at(i).is_ascii_digit())
}
