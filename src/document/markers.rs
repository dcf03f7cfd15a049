//! Recognises the number that a heading, article or item begins with.
//!
//! A marker is recognised by its form alone. Whether it counts where it stands is decided in `paragraphs` (position and
//! sequence) and `outline` (what it heads).

use super::chars::{Chars, is_han, is_space};
use super::numerals::{arabic, arabic_digit, chinese, is_numeral};

/// Forms of number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Form {
    /// 附件, 附表, 附录.
    Annex,
    /// 第一编, 第一篇, 第一部分.
    Part,
    /// 第一分编.
    SubPart,
    /// 第一章.
    Chapter,
    /// 第一节.
    Division,
    /// 第一条.
    Article,
    /// `一、`
    Section,
    /// `1　总则` of a document in decimal numbers.
    Whole,
    /// 问： of questions and answers.
    Question,
    /// 专栏1.
    Box,
    /// `（一）`
    Bracketed,
    /// `1.1` of a document in decimal numbers.
    Decimal,
    /// `1.` `1、`
    Arabic,
    /// `1.1.1` and below, of a document in decimal numbers.
    DeepDecimal,
    /// `（1）` `1）`
    ArabicBracketed,
    /// `①`
    Circled,
    /// `——` and bullets.
    Dash,
    /// 答： of questions and answers.
    Answer,
}

/// A number at the start of a heading, article or item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marker {
    /// Its form.
    pub(super) form: Form,
    /// Its value, where it has one.
    pub(super) number: Option<u32>,
    /// 之N of an article inserted later; 0 otherwise.
    pub(super) branch: u32,
    /// Length in characters, closing bracket or point included.
    pub(super) len: usize,
}

impl Marker {
    fn new(form: Form, number: u32, len: usize) -> Option<Marker> {
        Some(Marker { form, number: Some(number), branch: 0, len })
    }

    fn plain(form: Form, len: usize) -> Option<Marker> {
        Some(Marker { form, number: None, branch: 0, len })
    }
}

/// The marker at `i`, in a line that ends at `end`.
pub(super) fn marker(t: &Chars, i: usize, end: usize) -> Option<Marker> {
    match t.at(i) {
        '第' => ordinal(t, i, end),
        '（' | '(' => bracketed(t, i, end),
        '专' => boxed(t, i, end),
        '附' => annex(t, i, end),
        '问' | '答' | '【' | '[' => spoken(t, i, end),
        '—' | '―' | '─' | '－' | '-' | '–' => dash(t, i, end),
        '●' | '◆' | '■' | '★' | '▲' | '◎' | '※' | '•' | '◇' | '□' | '○' | '·' | '\u{f06c}' | '\u{f0b7}' => {
            bullet(t, i, end)
        }
        c @ '①'..='⑳' => Marker::new(Form::Circled, c as u32 - '①' as u32 + 1, 1),
        c @ '❶'..='❿' => Marker::new(Form::Circled, c as u32 - '❶' as u32 + 1, 1),
        c @ '⑴'..='⒇' => Marker::new(Form::ArabicBracketed, c as u32 - '⑴' as u32 + 1, 1),
        c @ '⒈'..='⒛' => Marker::new(Form::Arabic, c as u32 - '⒈' as u32 + 1, 1),
        c @ '㈠'..='㈩' => Marker::new(Form::Bracketed, c as u32 - '㈠' as u32 + 1, 1),
        c if arabic_digit(c).is_some() => counted(t, i, end),
        c if is_numeral(c) => section(t, i, end),
        _ => None,
    }
}

/// 第…编, 章, 节, 条, 部分.
fn ordinal(t: &Chars, i: usize, end: usize) -> Option<Marker> {
    let from = t.skip_space(i + 1, end);
    let (number, n) = chinese(t, from, end).or_else(|| arabic(t, from, end, 4))?;
    let (number, n) = dashed_one(t, from, number, n).unwrap_or((number, n));
    let unit = t.skip_space(from + n, end);
    let (form, width) = match t.at(unit) {
        '编' | '篇' => (Form::Part, 1),
        '分' if t.at(unit + 1) == '编' => (Form::SubPart, 2),
        '部' if t.at(unit + 1) == '分' => (Form::Part, 2),
        '章' => (Form::Chapter, 1),
        '节' => (Form::Division, 1),
        '条' => (Form::Article, 1),
        _ => return None,
    };
    let mut stop = unit + width;
    let mut branch = 0;
    if form == Form::Article
        && t.at(stop) == '之'
        && let Some((b, n)) = chinese(t, stop + 1, end)
    {
        branch = b;
        stop += 1 + n;
    }
    Some(Marker { form, number: Some(number), branch, len: stop - i })
}

/// 第五十－条: a dash typed for the 一 that ends a number.
fn dashed_one(t: &Chars, from: usize, number: u32, n: usize) -> Option<(u32, usize)> {
    let dash = matches!(t.at(from + n), '－' | '—' | '-' | '–' | 'ー' | '━');
    let unit = matches!(t.at(from + n + 1), '条' | '章' | '节');
    (dash && unit && number.is_multiple_of(10)).then_some((number + 1, n + 1))
}

/// 问：, 答：, 【问】, 问3：.
fn spoken(t: &Chars, i: usize, end: usize) -> Option<Marker> {
    let boxed = matches!(t.at(i), '【' | '[');
    let word = i + usize::from(boxed);
    let form = match t.at(word) {
        '问' => Form::Question,
        '答' => Form::Answer,
        _ => return None,
    };
    let number = arabic(t, word + 1, end, 3).or_else(|| chinese(t, word + 1, end));
    let close = word + 1 + number.map_or(0, |(_, n)| n);
    let closed = if boxed { matches!(t.at(close), '】' | ']') } else { matches!(t.at(close), '：' | ':') };
    let stop = close + 1 + usize::from(boxed && matches!(t.at(close + 1), '：' | ':'));
    closed.then_some(Marker { form, number: number.map(|(v, _)| v), branch: 0, len: stop - i })
}

/// The number of a heading or unit in a document numbered `1　总则`, `1.1　编制目的`, `1.1.1`, which emergency plans and
/// standards are. Apart from [`marker`] because nothing but the whole document tells `1.1` from a figure.
pub(super) fn decimal(t: &Chars, i: usize, end: usize) -> Option<Marker> {
    let (mut number, mut n) = arabic(t, i, end, 2)?;
    let mut parts = 1;
    while matches!(t.at(i + n), '.' | '．')
        && let Some((next, width)) = arabic(t, i + n + 1, end, 2)
    {
        (number, n, parts) = (next, n + 1 + width, parts + 1);
    }
    let form = match parts {
        1 => Form::Whole,
        2 => Form::Decimal,
        3..=5 => Form::DeepDecimal,
        _ => return None,
    };
    let next = t.at(t.skip_space(i + n, end));
    let parted = is_space(t.at(i + n)) || parts > 1 && !matches!(next, '亿' | '万' | '元' | '倍' | '个' | '％' | '%');
    let worded = is_han(next) || matches!(next, '“' | '《' | '（' | '(');
    (parted && worded && i + n < end && number > 0).then_some(())?;
    Marker::new(form, number, n)
}

/// （一）, （1）.
fn bracketed(t: &Chars, i: usize, end: usize) -> Option<Marker> {
    let from = t.skip_space(i + 1, end.min(i + 3));
    let (form, (number, n)) = match chinese(t, from, end) {
        Some(found) => (Form::Bracketed, found),
        None => (Form::ArabicBracketed, arabic(t, from, end, 3)?),
    };
    let close = t.skip_space(from + n, end.min(from + n + 2));
    if !matches!(t.at(close), '）' | ')') || number == 0 {
        return None;
    }
    let mut stop = close + 1;
    // （一）项 and （二）款 are citations; （一）、 is a number with a stray comma.
    match t.at(stop) {
        '项' | '款' | '目' | '条' if cited(t.at(stop + 1)) => return None,
        '、' if is_numeral(t.at(stop + 1)) || matches!(t.at(stop + 1), '（' | '(') => return None,
        '、' | '．' | '.' => stop += 1,
        _ => {}
    }
    Marker::new(form, number, stop - i)
}

/// Whether a character after （一）项 makes a citation of it; （七）项目收入 is an item.
fn cited(c: char) -> bool {
    matches!(
        c,
        '的' | '规'
            | '所'
            | '、'
            | '，'
            | ','
            | '和'
            | '或'
            | '至'
            | '之'
            | '；'
            | '。'
            | '第'
            | '（'
            | '('
            | '情'
            | '行'
            | '以'
            | '\0'
    )
}

/// `一、`; not 一、二级堤防 or 二、三产业.
fn section(t: &Chars, i: usize, end: usize) -> Option<Marker> {
    let (number, n) = chinese(t, i, end)?;
    let point = i + n;
    let next = t.at(point + 1);
    let closed = match t.at(point) {
        '、' => !(is_numeral(next) && enumerates(t, point + 1, end)),
        '．' | '.' => is_han(next) || is_space(next),
        _ => false,
    };
    (closed && number > 0 && n <= 4).then_some(())?;
    Marker::new(Form::Section, number, n + 1)
}

/// Whether numerals joined by 、 go on, as in 一、二、三级 and 一、二款.
fn enumerates(t: &Chars, i: usize, end: usize) -> bool {
    match chinese(t, i, end) {
        Some((_, n)) => matches!(
            t.at(i + n),
            '、' | '级' | '类' | '等' | '产' | '次' | '档' | '款' | '项' | '线' | '期' | '者' | '条'
        ),
        None => false,
    }
}

/// `1.` `1、` `1）`; not 3.15, 1.5亿 or 1、2号.
fn counted(t: &Chars, i: usize, end: usize) -> Option<Marker> {
    let (number, n) = arabic(t, i, end, 3)?;
    let point = i + n;
    let next = t.at(point + 1);
    let form = match t.at(point) {
        '.' | '．' => {
            if arabic_digit(next).is_some() && !year_follows(t, point + 1, end) {
                return None;
            }
            Form::Arabic
        }
        '、' if arabic_digit(next).is_none() || year_follows(t, point + 1, end) => Form::Arabic,
        '）' | ')' => Form::ArabicBracketed,
        _ => return None,
    };
    (number > 0).then_some(())?;
    Marker::new(form, number, n + 1)
}

/// The number of an item whose text opens with a figure: `8.6个重大科技专项`. Nothing but the item before it tells it
/// from `1.5亿元`.
pub(super) fn before_figure(t: &Chars, i: usize, end: usize) -> Option<Marker> {
    let (number, n) = arabic(t, i, end, 3)?;
    let (_, width) = arabic(t, i + n + 1, end, 4)?;
    let stopped = matches!(t.at(i + n), '.' | '．') && is_han(t.at(i + n + 1 + width));
    (stopped && number > 1).then_some(())?;
    Marker::new(Form::Arabic, number, n + 1)
}

/// Whether a year opens the text of an item: `1.2025年底前完成…`.
fn year_follows(t: &Chars, i: usize, end: usize) -> bool {
    arabic(t, i, end, 4).is_some_and(|(_, n)| n == 4 && t.at(i + 4) == '年')
}

/// 专栏4, 专栏：.
fn boxed(t: &Chars, i: usize, end: usize) -> Option<Marker> {
    if !t.has(i, "专栏") {
        return None;
    }
    let from = t.skip_space(i + 2, end);
    let number = arabic(t, from, end, 3).or_else(|| chinese(t, from, end));
    let (mut stop, number) = match number {
        Some((v, n)) => (from + n, Some(v)),
        None => (i + 2, None),
    };
    let colon = matches!(t.at(stop), '：' | ':');
    if number.is_none() && !colon {
        return None;
    }
    if colon || matches!(t.at(stop), '.' | '．' | '、') {
        stop += 1;
    }
    Some(Marker { form: Form::Box, number, branch: 0, len: stop - i })
}

/// 附件1, 附：, 附录; not 附件所列 or 附则.
fn annex(t: &Chars, i: usize, end: usize) -> Option<Marker> {
    let word = match t.at(i + 1) {
        '件' | '表' | '录' | '图' => 2,
        '：' | ':' => 1,
        _ if i + 1 == end => 1,
        _ => return None,
    };
    let from = t.skip_space(i + word, end);
    let number = arabic(t, from, end, 3).or_else(|| chinese(t, from, end));
    let mut stop = number.map_or(i + word, |(_, n)| from + n);
    let next = t.at(stop);
    let colon = matches!(next, '：' | ':' | '、' | '.' | '．');
    // 附件1规定的… is a sentence about the annex.
    let alone = stop >= end || is_space(next);
    let titled = number.is_some() && matches!(next, '《' | '—' | '-');
    if !(colon || alone || titled) {
        return None;
    }
    if colon {
        stop += 1;
    }
    Some(Marker { form: Form::Annex, number: number.map(|(v, _)| v), branch: 0, len: stop - i })
}

/// Two dashes or more; one alone only before a word.
fn dash(t: &Chars, i: usize, end: usize) -> Option<Marker> {
    let mut len = 0;
    while i + len < end && matches!(t.at(i + len), '—' | '―' | '─' | '－' | '-' | '–') {
        len += 1;
    }
    let next = t.at(t.skip_space(i + len, end));
    let word = is_han(next) || matches!(next, '“' | '《' | '‘') || next.is_ascii_alphabetic();
    let starts_item = if len == 1 { word && is_space(t.at(i + 1)) } else { word || next.is_ascii_digit() };
    (starts_item && len <= 6).then_some(())?;
    Marker::plain(Form::Dash, len)
}

/// A bullet before a word.
fn bullet(t: &Chars, i: usize, end: usize) -> Option<Marker> {
    let next = t.at(t.skip_space(i + 1, end));
    (is_han(next) || matches!(next, '“' | '《' | '【')).then_some(())?;
    Marker::plain(Form::Dash, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_start(text: &str) -> Option<(Form, Option<u32>, usize)> {
        let t = Chars::new(text);
        marker(&t, 0, t.len()).map(|m| (m.form, m.number, m.len))
    }

    #[test]
    fn numbers_of_all_forms_are_recognised() {
        assert_eq!(at_start("第十条之一　公民"), Some((Form::Article, Some(10), 5)));
        assert_eq!(at_start("第二章 总 则"), Some((Form::Chapter, Some(2), 3)));
        assert_eq!(at_start("第一分编 通则"), Some((Form::SubPart, Some(1), 4)));
        assert_eq!(at_start("十一、保障措施"), Some((Form::Section, Some(11), 3)));
        assert_eq!(at_start("(十九)加强"), Some((Form::Bracketed, Some(19), 4)));
        assert_eq!(at_start("（一)混用"), Some((Form::Bracketed, Some(1), 3)));
        assert_eq!(at_start("（七）项目收入"), Some((Form::Bracketed, Some(7), 3)));
        assert_eq!(at_start("1．尺"), Some((Form::Arabic, Some(1), 2)));
        assert_eq!(at_start("1.2025年底前完成"), Some((Form::Arabic, Some(1), 2)));
        assert_eq!(at_start("（3）在捕鱼的时候"), Some((Form::ArabicBracketed, Some(3), 3)));
        assert_eq!(at_start("③注"), Some((Form::Circled, Some(3), 1)));
        assert_eq!(at_start("——优化计量服务。"), Some((Form::Dash, None, 2)));
        assert_eq!(at_start("专栏4质量基础设施"), Some((Form::Box, Some(4), 3)));
        assert_eq!(at_start("附件1：查处酒后驾驶"), Some((Form::Annex, Some(1), 4)));
        assert_eq!(at_start("附："), Some((Form::Annex, None, 2)));
        assert_eq!(at_start("第五十－条　"), Some((Form::Article, Some(51), 5)));
        assert_eq!(at_start("第十條之二　"), Some((Form::Article, Some(10), 5)));
        assert_eq!(at_start("㈠混用"), Some((Form::Bracketed, Some(1), 1)));
        assert_eq!(at_start("（ １ ）混用"), Some((Form::ArabicBracketed, Some(1), 5)));
        assert_eq!(at_start("问：什么是"), Some((Form::Question, None, 2)));
        assert_eq!(at_start("【答】是"), Some((Form::Answer, None, 3)));
    }

    #[test]
    fn decimal_numbers_are_told_by_their_depth() {
        let at_start = |text: &str| {
            let t = Chars::new(text);
            decimal(&t, 0, t.len()).map(|m| (m.form, m.number, m.len))
        };
        assert_eq!(at_start("1　总则"), Some((Form::Whole, Some(1), 1)));
        assert_eq!(at_start("2.3 职责"), Some((Form::Decimal, Some(3), 3)));
        assert_eq!(at_start("2.1.12职责"), Some((Form::DeepDecimal, Some(12), 6)));
        for text in ["1.5亿元", "2024 年", "3.15", "1总则", "98.5%", "1.2.3.4.5.6 甲"] {
            assert_eq!(at_start(text), None, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_number_is_left_alone() {
        for text in [
            "（一）项规定的",
            "（一）、（二）项",
            "一、二、三级堤防",
            "二、三产业融合",
            "3.15国际消费者权益日",
            "1.5亿元",
            "附件所列的目录",
            "附则",
            "附 则",
            "附带民事诉讼",
            "一是加强",
            "第三方机构",
            "2025年，",
            "（以下简称",
            "专栏作家",
        ] {
            assert_eq!(at_start(text), None, "{text}");
        }
    }
}
