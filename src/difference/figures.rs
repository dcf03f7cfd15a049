//! Numbers with their units: targets, fines, counts, shares.

use serde::{Deserialize, Serialize};

use super::deadlines::{Found, may_start, time_unit};
use super::folded::{Folded, is_pause};
use super::numbers::{Number, number};

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

/// Units, as written, as told, how many of those. Where one begins with another the longest counts.
const UNITS: &[(&str, &str, f64)] = &[
    ("%", "%", 1.0),
    ("‰", "%", 0.1),
    ("个百分点", "百分点", 1.0),
    ("百分点", "百分点", 1.0),
    ("倍", "倍", 1.0),
    ("成", "%", 10.0),
    ("元人民币", "元", 1.0),
    ("元", "元", 1.0),
    ("美元", "美元", 1.0),
    ("欧元", "欧元", 1.0),
    ("港元", "港元", 1.0),
    ("平方公里", "平方米", 1e6),
    ("平方千米", "平方米", 1e6),
    ("平方米", "平方米", 1.0),
    ("公顷", "平方米", 1e4),
    ("亩", "亩", 1.0),
    ("亩次", "亩次", 1.0),
    ("立方米", "立方米", 1.0),
    ("立方", "立方米", 1.0),
    ("方", "立方米", 1.0),
    ("公里", "米", 1e3),
    ("千米", "米", 1e3),
    ("米", "米", 1.0),
    ("厘米", "米", 0.01),
    ("毫米", "米", 0.001),
    ("海里", "海里", 1.0),
    ("吨标准煤", "吨标准煤", 1.0),
    ("吨", "吨", 1.0),
    ("公斤", "公斤", 1.0),
    ("千克", "公斤", 1.0),
    ("斤", "公斤", 0.5),
    ("克", "克", 1.0),
    ("毫克", "毫克", 1.0),
    ("微克", "微克", 1.0),
    ("微克/立方米", "微克/立方米", 1.0),
    ("升", "升", 1.0),
    ("毫升", "毫升", 1.0),
    ("千瓦时", "千瓦时", 1.0),
    ("千瓦", "千瓦", 1.0),
    ("兆瓦", "千瓦", 1e3),
    ("分贝", "分贝", 1.0),
    ("摄氏度", "摄氏度", 1.0),
    ("℃", "摄氏度", 1.0),
    ("GW", "千瓦", 1e6),
    ("MW", "千瓦", 1e3),
    ("km", "米", 1e3),
    ("kg", "公斤", 1.0),
    ("P", "P", 1.0),
    ("吨位", "吨", 1.0),
    ("度", "度", 1.0),
    ("周岁", "岁", 1.0),
    ("岁", "岁", 1.0),
    ("个", "个", 1.0),
    ("家", "家", 1.0),
    ("家次", "家次", 1.0),
    ("户", "户", 1.0),
    ("户次", "户次", 1.0),
    ("户企业", "户", 1.0),
    ("人", "人", 1.0),
    ("名", "名", 1.0),
    ("位", "位", 1.0),
    ("人次", "人次", 1.0),
    ("人天", "人天", 1.0),
    ("项", "项", 1.0),
    ("项次", "项次", 1.0),
    ("件", "件", 1.0),
    ("件次", "件次", 1.0),
    ("所", "所", 1.0),
    ("座", "座", 1.0),
    ("处", "处", 1.0),
    ("部", "部", 1.0),
    ("场", "场", 1.0),
    ("场次", "场次", 1.0),
    ("次", "次", 1.0),
    ("架次", "架次", 1.0),
    ("种", "种", 1.0),
    ("类", "类", 1.0),
    ("套", "套", 1.0),
    ("张", "张", 1.0),
    ("台", "台", 1.0),
    ("台套", "台", 1.0),
    ("台(套)", "台", 1.0),
    ("辆", "辆", 1.0),
    ("列", "列", 1.0),
    ("对", "对", 1.0),
    ("只", "只", 1.0),
    ("支", "支", 1.0),
    ("宗", "宗", 1.0),
    ("艘", "艘", 1.0),
    ("枚", "枚", 1.0),
    ("块", "块", 1.0),
    ("份", "份", 1.0),
    ("条", "条", 1.0),
    ("批", "批", 1.0),
    ("批次", "批次", 1.0),
    ("间", "间", 1.0),
    ("栋", "栋", 1.0),
    ("幢", "幢", 1.0),
    ("棵", "棵", 1.0),
    ("株", "株", 1.0),
    ("头", "头", 1.0),
    ("架", "架", 1.0),
    ("篇", "篇", 1.0),
    ("门", "门", 1.0),
    ("例", "例", 1.0),
    ("起", "起", 1.0),
    ("笔", "笔", 1.0),
    ("款", "款", 1.0),
    ("标箱", "标箱", 1.0),
    ("床", "床", 1.0),
    ("分", "分", 1.0),
    ("层", "层", 1.0),
];

/// Units that count things: 50家 and 50户 are the same number of enterprises.
pub(super) const COUNTS: &[&str] =
    &["个", "家", "户", "所", "座", "处", "项", "件", "名", "人", "位", "种", "类", "只", "条"];

/// What may follow a unit and shows that it is none: 部 of 部门, 次 of 次性.
const NOT_UNITS: &[(&str, &str)] = &[
    ("部", "门委分件队署"),
    ("次", "性生序要"),
    ("位", "一于置列数"),
    ("家", "庭电具"),
    ("人", "民均才口工大力员民类们"),
    ("方", "式面案针向便位法言"),
    ("度", "假"),
    ("分", "之别类级层批步配布期为析散工钟"),
    ("处", "理置罚以于分罚长"),
    ("类", "似别型"),
    ("条", "第规和、至例"),
    ("成", "为立立果员品本效都"),
    ("头", "部"),
    ("起", "施来步草"),
    ("对", "一接应口外于"),
    ("门", "类"),
    ("层", "次级面"),
    ("P", "3P"),
    ("户", "籍口"),
    ("支", "持付出"),
    ("份", "额"),
    ("台", "湾"),
    ("场", "所"),
    ("点", ""),
    ("克", "服"),
    ("个", "体人性"),
    ("件", "套"),
    ("升", "级学"),
    ("款", "第规"),
    ("批", "准复"),
    ("张", "榜"),
    ("种", "植养业子"),
    ("项", "第规目规"),
    ("例", "如"),
    ("株", "洲"),
];

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
    (Comparator::AtLeast, &["以上", "及以上", "或以上", "(含)以上", "含以上", "(含)及以上", "或者以上", "之上"]),
    (Comparator::AtMost, &["以下", "及以下", "以内", "之内", "(含)以下", "或者以下", "(含)以内"]),
    (Comparator::About, &["左右", "上下", "前后"]),
];

/// The comparator that ends right before `i` and its length; 达到 and the like may stand between.
pub(super) fn comparator_before(t: &Folded, i: usize) -> Option<(Comparator, usize)> {
    let reach = t.any_before(i, REACHED).unwrap_or(0);
    let find = |at: usize| {
        BEFORE
            .iter()
            .filter_map(|(comparator, words)| Some((*comparator, t.any_before(at, words)?)))
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

/// What money is given or taken for each of.
const EACHES: &[&str] = &[
    "平方米",
    "立方米",
    "公里",
    "千米",
    "米",
    "亩",
    "公顷",
    "吨",
    "公斤",
    "千瓦时",
    "千瓦",
    "人",
    "名",
    "户",
    "家",
    "个",
    "台",
    "辆",
    "只",
    "头",
    "件",
    "套",
    "间",
    "株",
    "棵",
    "张",
    "艘",
    "次",
    "例",
    "人次",
    "日",
    "天",
    "月",
    "年",
    "学期",
    "学年",
    "人每年",
    "人每月",
    "户每年",
    "月每人",
    "年每户",
];
/// What may stand between 每户 and the amount.
const GIVEN: &[&str] = &[
    "",
    "处",
    "处以",
    "并处",
    "可处",
    "可以处",
    "罚款",
    "给予",
    "补助",
    "补贴",
    "奖励",
    "奖补",
    "资助",
    "发放",
    "收取",
    "给予补助",
    "给予奖励",
    "给予补贴",
    "一次性补助",
    "一次性奖励",
    "一次性给予",
    "按照",
    "按",
];

/// What a sum of money is for each of: 每平方米三百元, 每户给予补助一万元, 300元/平方米. Sums for each and sums in all do not
/// compare.
fn each(t: &Folded, one: &Spotted) -> Option<&'static str> {
    const MONEY: &[&str] = &["元", "美元", "欧元", "港元"];
    if !MONEY.contains(&one.figure.unit.as_str()) {
        return None;
    }
    let longest =
        |at: &dyn Fn(&str) -> bool| EACHES.iter().filter(|word| at(word)).max_by_key(|word| word.len()).copied();
    let before = GIVEN.iter().filter(|word| t.has_before(one.start, word)).find_map(|word| {
        let end = one.start - word.chars().count();
        longest(&|each| {
            let start = end.checked_sub(each.chars().count() + 1);
            start.is_some_and(|start| t.at(start) == '每' && t.has_before(end, each))
        })
    });
    // 元/平方米; a fraction bar folds to itself, in half width.
    before.or_else(|| matches!(t.at(one.end), '/' | '每').then(|| longest(&|each| t.has(one.end + 1, each))).flatten())
}

/// The unit at `i`: as told, factor, length.
fn unit(t: &Folded, i: usize) -> Option<(&'static str, f64, usize)> {
    if let Some((unit, factor, len)) = time_unit(t, i) {
        // Durations keep years, unlike deadlines.
        return Some(if factor == 12.0 { ("年", 1.0, len) } else { (unit, factor, len) });
    }
    let (word, told, factor) = UNITS.iter().filter(|(w, ..)| t.has(i, w)).max_by_key(|(w, ..)| w.len())?;
    let len = word.chars().count();
    let next = t.at(i + len);
    let refused = NOT_UNITS.iter().any(|(w, after)| w == word && after.contains(next) && next != '\0');
    let latin = word.is_ascii() && *word != "%" && next.is_ascii_alphanumeric();
    (!refused && !latin).then_some((*told, *factor, len))
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
    let before = comparator_before(t, i);
    let after = |end: usize| {
        let found = AFTER.iter().filter_map(|(c, words)| Some((*c, t.any(end, words)?)));
        // 以上人民政府 follows levels, not numbers; 以下简称 is no comparator.
        found
            .max_by_key(|(_, n)| *n)
            .filter(|(_, n)| t.any(end + n, &["简称", "统称", "规定"]).is_none() || told == "元")
    };
    let mut suffix = after(end);
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
        let m = number(t, at).filter(|m| m.percent == n.percent && (m.value >= n.value || told == "月"))?;
        let (also, times, len) = if m.percent { ("%", 1.0, 0) } else { unit(t, m.end)? };
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
        // 三类以上客运班线 is a class.
        if told == "类" {
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
