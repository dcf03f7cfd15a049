//! Numbers and dates as they are written in Chinese documents.

use super::chars::Chars;

/// Longest number that can be the number of an article or heading, in characters: `一千二百六十之十二`.
const MAX_LEN: usize = 9;

/// Largest number of a heading or year: keeps what is counted on from it in range.
const MAX_VALUE: u32 = 99_999;

/// Value of a Chinese digit.
fn digit(c: char) -> Option<u32> {
    Some(match c {
        '〇' | '零' | '○' => 0,
        '一' => 1,
        '二' | '两' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return None,
    })
}

/// Whether `c` can be part of a Chinese number.
pub(crate) fn is_numeral(c: char) -> bool {
    digit(c).is_some() || matches!(c, '十' | '百' | '千' | '廿')
}

/// Reads a Chinese number (`二十三`, `一百〇五`, `二〇一六`) at `i`: value and length.
pub(crate) fn chinese(t: &Chars, i: usize, end: usize) -> Option<(u32, usize)> {
    let mut len = 0;
    while i + len < end && len <= MAX_LEN && is_numeral(t.at(i + len)) {
        len += 1;
    }
    if len == 0 || len > MAX_LEN {
        return None;
    }
    let (mut total, mut last, mut digits, mut units) = (0u32, 0u32, 0u32, 0u32);
    for k in 0..len {
        let c = t.at(i + k);
        let unit = match c {
            '十' => 10,
            '百' => 100,
            '千' => 1000,
            '廿' => {
                total += 20;
                units += 1;
                continue;
            }
            _ => {
                last = if units == 0 { last.saturating_mul(10).saturating_add(digit(c)?) } else { digit(c)? };
                digits += 1;
                continue;
            }
        };
        total = total.saturating_add(if last == 0 { unit } else { last.saturating_mul(unit) });
        last = 0;
        units += 1;
    }
    // A run of digits with no unit (二〇一六) is read place by place; 三五 as a number is not, but no heading has it.
    let value = if units == 0 && digits > 0 { last } else { total.saturating_add(last) };
    (value <= MAX_VALUE).then_some((value, len))
}

/// Reads an ASCII or full-width number of up to `max` digits at `i`: value and length.
pub(super) fn arabic(t: &Chars, i: usize, end: usize, max: usize) -> Option<(u32, usize)> {
    let mut value = 0u32;
    let mut len = 0;
    while i + len < end {
        let Some(d) = arabic_digit(t.at(i + len)) else { break };
        value = value.saturating_mul(10).saturating_add(d);
        len += 1;
        if len > max {
            return None;
        }
    }
    (len > 0).then_some((value, len))
}

/// Value of an ASCII or full-width digit.
pub(crate) fn arabic_digit(c: char) -> Option<u32> {
    match c {
        '0'..='9' => Some(c as u32 - '0' as u32),
        '０'..='９' => Some(c as u32 - '０' as u32),
        _ => None,
    }
}

/// A date found in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    /// First character.
    pub(super) start: usize,
    /// One past the last character.
    pub(super) end: usize,
    /// Year, month, day.
    pub(super) ymd: (u32, u32, u32),
}

impl Date {
    /// `YYYY-MM-DD`.
    pub(super) fn iso(&self) -> String {
        let (y, m, d) = self.ymd;
        format!("{y:04}-{m:02}-{d:02}")
    }
}

/// A year of four characters: 二〇一六, also where its zeros were typed as digits or letters, 二００八 and 二O一O.
fn year(t: &Chars, i: usize, end: usize) -> Option<(u32, usize)> {
    let value = |k: usize| match t.at(k) {
        '0' | '０' | 'O' | 'Ｏ' | 'o' | 'О' | 'о' => Some(0),
        c => digit(c),
    };
    if i + 4 > end || digit(t.at(i)).is_none() || value(i + 4).is_some() {
        return None;
    }
    (i..i + 4).try_fold(0, |year, k| Some(year * 10 + value(k)?)).map(|year| (year, 4))
}

/// Reads a full date at `i`: `2018年11月1日`, `2018/11/28`, `2018-11-28`, `2018.11.28`, `二〇一六年二月十六日`.
pub(super) fn date(t: &Chars, i: usize, end: usize) -> Option<Date> {
    let (year, n) = match arabic(t, i, end, 4) {
        Some((y, 4)) => (y, 4),
        Some(_) => return None,
        None => year(t, i, end)?,
    };
    let mut at = t.skip_space(i + n, end);
    let separator = t.at(at);
    let chinese_form = separator == '年';
    if !chinese_form && !matches!(separator, '-' | '/' | '.' | '－') {
        return None;
    }
    let number = |from: usize| {
        let from = t.skip_space(from, end);
        arabic(t, from, end, 2).or_else(|| chinese(t, from, end)).map(|(v, n)| (v, from + n))
    };
    let (month, next) = number(at + 1)?;
    at = t.skip_space(next, end);
    if t.at(at) != if chinese_form { '月' } else { separator } {
        return None;
    }
    let (day, next) = number(at + 1)?;
    let mut stop = next;
    if chinese_form {
        stop = t.skip_space(next, end);
        if !matches!(t.at(stop), '日' | '号') {
            return None;
        }
        stop += 1;
    }
    let sane = (1900..=2199).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    sane.then_some(Date { start: i, end: stop, ymd: (year, month, day) })
}

/// All dates of a range, in order.
pub(super) fn dates(t: &Chars, start: usize, end: usize) -> Vec<Date> {
    let mut found = Vec::new();
    let mut i = start;
    while i < end {
        let c = t.at(i);
        let inside_number = arabic_digit(t.before(i)).is_some() && i > start;
        if (arabic_digit(c).is_some() || digit(c).is_some())
            && !inside_number
            && let Some(d) = date(t, i, end)
        {
            i = d.end;
            found.push(d);
            continue;
        }
        i += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<(u32, usize)> {
        let t = Chars::new(text);
        chinese(&t, 0, t.len())
    }

    #[test]
    fn chinese_numbers_are_read() {
        assert_eq!(value("十"), Some((10, 1)));
        assert_eq!(value("二十三、"), Some((23, 3)));
        assert_eq!(value("一百〇五条"), Some((105, 4)));
        assert_eq!(value("一千二百六十条"), Some((1260, 6)));
        assert_eq!(value("二〇一六"), Some((2016, 4)));
        assert_eq!(value("廿一"), Some((21, 2)));
        assert_eq!(value("总则"), None);
    }

    #[test]
    fn dates_are_read_in_all_the_usual_forms() {
        for text in ["2016年2月16日", "2016-02-16", "2016/2/16", "二〇一六年二月十六日", "2016 年 2 月 16 日"]
        {
            let t = Chars::new(text);
            assert_eq!(date(&t, 0, t.len()).map(|d| d.iso()).as_deref(), Some("2016-02-16"), "{text}");
        }
        let t = Chars::new("2016年13月1日");
        assert_eq!(date(&t, 0, t.len()), None);
    }
}
