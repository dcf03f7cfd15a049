//! Numbers with fractions, 万 and 亿, per cent: what stands before a unit.

use super::folded::Folded;
use crate::document::numerals::{arabic_digit, chinese, is_numeral};

/// A number in the text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    pub(super) value: f64,
    /// Before 万 and 亿.
    pub(super) mantissa: f64,
    /// One past its last character.
    pub(super) end: usize,
    /// Whether it is a share of a hundred already: 百分之三十, 三分之二, 1/4.
    pub(super) percent: bool,
    /// Whether it says that there is somewhat more: 50余, 20多万.
    pub(super) over: bool,
    /// Whether it is written in digits.
    pub(super) digits: bool,
}

/// Reads a number at `i`: `1.8万亿`, `五千`, `二点五`, `百分之三十`, `三分之二`, `50余`.
pub(super) fn number(t: &Folded, i: usize) -> Option<Number> {
    for (word, factor) in [("百分之", 1.0), ("千分之", 0.1), ("万分之", 0.01)] {
        if t.has(i, word) {
            let n = simple(t, i + word.chars().count())?;
            return Some(Number { value: n.value * factor, mantissa: n.mantissa * factor, percent: true, ..n });
        }
    }
    let n = simple(t, i)?;
    let divided = |by: Number, of: Number| {
        let value = of.value * 100.0 / by.value;
        (by.value > 0.0 && of.value < by.value).then_some(Number { value, mantissa: value, percent: true, ..of })
    };
    if t.has(n.end, "分之") {
        return divided(n, simple(t, n.end + 2)?);
    }
    if n.digits && t.at(n.end) == '/' && n.value < 100.0 {
        let by = simple(t, n.end + 1).filter(|by| by.digits && by.value < 1000.0)?;
        return divided(by, Number { end: by.end, ..n });
    }
    Some(n)
}

/// A number without 百分之.
fn simple(t: &Folded, i: usize) -> Option<Number> {
    if arabic_digit(t.at(i)).is_some() { digits(t, i) } else { words(t, i) }
}

fn digits(t: &Folded, i: usize) -> Option<Number> {
    let mut text = String::new();
    let mut at = i;
    loop {
        let c = t.at(at);
        let digit = |k: usize| t.at(k).is_ascii_digit();
        if c.is_ascii_digit() {
            text.push(c);
        } else if c == '.' && digit(at + 1) && !text.contains('.') {
            text.push('.');
        } else if !(c == ','
            && t.as_written(at, at + 1) == ","
            && (at - i == 3 || at - i <= 3 || text.len().is_multiple_of(3))
            && (1..=3).all(|k| digit(at + k))
            && !digit(at + 4)
            && t.at(at + 4) != '年'
            && !text.contains('.'))
        {
            break;
        }
        at += 1;
        if text.len() > 16 {
            return None;
        }
    }
    let mantissa: f64 = text.parse().ok()?;
    let mut over = matches!(t.at(at), '余' | '多');
    at += usize::from(over);
    let mut value = mantissa;
    for (unit, factor) in [('百', 1e2), ('千', 1e3), ('万', 1e4), ('亿', 1e8)] {
        // 千瓦, 千米 and 千克 are units of their own.
        if t.at(at) == unit && !(unit == '千' && matches!(t.at(at + 1), '瓦' | '米' | '克' | '伏' | '卡')) {
            value *= factor;
            at += 1;
        }
    }
    over |= matches!(t.at(at), '余' | '多');
    at += usize::from(matches!(t.at(at), '余' | '多'));
    // 8628.7亿 is 862870000000 and not 862870000000.0001.
    let value = if value >= 1e4 { (value * 100.0).round() / 100.0 } else { value };
    Some(Number { value, mantissa, end: at, percent: false, over, digits: true })
}

fn words(t: &Folded, i: usize) -> Option<Number> {
    // 百, 千 and 万 alone are words (千家万户), not numbers.
    if matches!(t.at(i), '百' | '千') {
        return None;
    }
    let mut total = 0.0;
    let mut at = i;
    let mut mantissa = 0.0;
    let mut over = false;
    for limit in [1e8, 1e4, 1.0] {
        let Some((section, len)) = chinese(&t.text, at, t.len()) else { break };
        let mut section = f64::from(section);
        let mut next = at + len;
        if t.at(next) == '点' && is_numeral(t.at(next + 1)) {
            let mut place = 0.1;
            next += 1;
            while let Some((digit, 1)) = chinese(&t.text, next, (next + 1).min(t.len())) {
                section += f64::from(digit) * place;
                place /= 10.0;
                next += 1;
            }
            section = (section * 1e6).round() / 1e6;
        }
        if matches!(t.at(next), '余' | '多') {
            over = true;
            next += 1;
        }
        let factor = match t.at(next) {
            '亿' => 1e8,
            '万' if t.at(next + 1) == '亿' => 1e12,
            '万' => 1e4,
            _ => 1.0,
        };
        if factor > limit && total > 0.0 {
            break;
        }
        next += if factor >= 1e12 { 2 } else { usize::from(factor > 1.0) };
        if mantissa == 0.0 {
            mantissa = section;
        }
        total += section * factor;
        at = next;
        if factor == 1.0 || over {
            break;
        }
    }
    over |= at > i && matches!(t.at(at), '余' | '多');
    at += usize::from(at > i && matches!(t.at(at), '余' | '多'));
    (at > i).then_some(Number { value: total, mantissa, end: at, percent: false, over, digits: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, value, rest) in [
            ("98%", 98.0, "%"),
            ("９８．５％", 98.5, "%"),
            ("1.8万亿元", 1.8e12, "元"),
            ("5200.7亿元", 5200.7e8, "元"),
            ("1,200家", 1200.0, "家"),
            ("五千元", 5000.0, "元"),
            ("二万五千元", 25000.0, "元"),
            ("二十万元", 200_000.0, "元"),
            ("一亿二千万元", 120_000_000.0, "元"),
            ("二点五倍", 2.5, "倍"),
            ("百分之二点五以上", 2.5, "以上"),
            ("三分之二以上", 200.0 / 3.0, "以上"),
            ("1/4左右", 25.0, "左右"),
            ("千分之五", 0.5, ""),
            ("两个", 2.0, "个"),
            ("一百〇五", 105.0, ""),
            ("3.2万余处", 32000.0, "处"),
            ("20多万人", 200_000.0, "人"),
            ("540万千瓦", 5.4e6, "千瓦"),
        ] {
            let t = Folded::new(text);
            let n = number(&t, 0).map(|n| (n.value, t.string(n.end, t.len())));
            let (got, after) = n.unwrap_or_default();
            assert!((got - value).abs() < 1e-6 && after == rest, "{text}: {got} {after}");
        }
        for text in ["千家万户", "百年", "甲", "", "万"] {
            assert_eq!(number(&Folded::new(text), 0), None, "{text}");
        }
    }
}
