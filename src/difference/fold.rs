//! The form of a text under which wordings are compared: its letters, with what tells one place from another folded.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::document::division_names;
use crate::document::numerals::is_numeral;

/// Raised whenever equal texts may get other forms, or equal forms other scores, since what is derived from them is kept.
pub(crate) const FOLD_VERSION: &str = "1";

/// Stands for a number, however it is written.
const NUMBER: char = '#';
/// Stands for the document itself after 本: 本条例, 本办法….
const ITSELF: char = '@';

/// Stands for references to articles.
const REFERENCE: char = '&';
/// What may stand between references beside marks.
const BETWEEN_REFERENCES: &[&str] = &["或者", "以及", "和", "或", "至", "及", "与"];

/// What a document calls itself after 本, longest first where one begins another.
const ITSELF_NAMES: &[&str] = &[
    "实施细则",
    "实施办法",
    "实施意见",
    "实施方案",
    "若干规定",
    "行动计划",
    "条例",
    "办法",
    "规定",
    "规则",
    "细则",
    "决定",
    "意见",
    "方案",
    "通知",
    "规划",
    "纲要",
    "法",
];

/// Folds a text: letters and digits alone; a number, a date and a range of either one sign; names of places reduced to
/// what they are (泰安市 to 市); 本条例 and 本办法 alike; a list of articles one sign, or clauses that have little else
/// in common than 第二十条第一款、第三十条第二款 would pass for copies.
///
/// ```text
/// 泰安市人民政府应当自2020年5月1日起              ->  市人民政府应当自#起
/// 违反本条例第三条、第五条规定的,处五百元以上二千元以下罚款  ->  违反本@&规定的处#元罚款
/// ```
pub(crate) fn fold(text: &str) -> Vec<char> {
    shorten(&fold_names(text))
}

/// Folds numbers, dates and names.
fn fold_names(text: &str) -> Vec<char> {
    let letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let mut folded: Vec<char> = Vec::with_capacity(letters.len());
    let mut i = 0;
    while let Some(c) = letters.get(i).copied() {
        let rest = letters.get(i..).unwrap_or_default();
        if let Some(len) = place_len(rest) {
            // Its last character says what it is: 市, 县, 区….
            folded.extend(rest.get(len - 1));
            i += len;
        } else if is_number(c) {
            i += rest.iter().take_while(|c| is_number(**c)).count();
            fold_number(&mut folded);
        } else if c == '本'
            && let Some(len) = ITSELF_NAMES.iter().find_map(|name| starts(rest.get(1..).unwrap_or_default(), name))
        {
            folded.extend([c, ITSELF]);
            i += 1 + len;
        } else {
            folded.push(c);
            i += 1;
            if c == '日' && folded.ends_with(&[NUMBER, '年', NUMBER, '月', NUMBER, '日']) {
                folded.truncate(folded.len() - 5);
            }
        }
    }
    folded
}

/// Folds references to articles, and ranges.
fn shorten(text: &[char]) -> Vec<char> {
    let mut short = Vec::with_capacity(text.len());
    let mut i = 0;
    while let Some(c) = text.get(i).copied() {
        let rest = text.get(i..).unwrap_or_default();
        let references = references(rest);
        if references > 0 {
            short.push(REFERENCE);
            i += references;
        } else if let Some((kept, len)) = range(rest) {
            short.extend(rest.iter().take(kept));
            i += len;
        } else {
            short.push(c);
            i += 1;
        }
    }
    short
}

/// The length of the references to articles that the text starts with; 0 when it does not.
fn references(text: &[char]) -> usize {
    let mut end = 0;
    loop {
        let rest = text.get(end..).unwrap_or_default();
        let joined = BETWEEN_REFERENCES.iter().find_map(|word| starts(rest, word)).filter(|_| end > 0).unwrap_or(0);
        match rest.get(joined..) {
            Some(['第', NUMBER, '条' | '款' | '项' | '目', ..]) => end += joined + 3,
            _ => return end,
        }
    }
}

/// Of a range that the text starts with (#元以上#元以下) how much is kept (#元) and its length.
fn range(text: &[char]) -> Option<(usize, usize)> {
    /// 平方米.
    const LONGEST_UNIT: usize = 3;
    if text.first() != Some(&NUMBER) {
        return None;
    }
    (1..=LONGEST_UNIT + 1).find_map(|kept| {
        let (value, rest) = text.split_at_checked(kept)?;
        let rest = rest.strip_prefix(&['以', '上'])?.strip_prefix(value)?.strip_prefix(&['以', '下'])?;
        Some((kept, text.len() - rest.len()))
    })
}

/// Puts the sign for a number; 百分之五 is one number.
fn fold_number(folded: &mut Vec<char>) {
    if folded.ends_with(&[NUMBER, '分', '之']) {
        folded.truncate(folded.len() - 2);
    } else {
        folded.push(NUMBER);
    }
}

fn is_number(c: char) -> bool {
    is_numeral(c) || c.is_numeric() || matches!(c, '万' | '亿')
}

/// The length of `name` where the text starts with it.
fn starts(text: &[char], name: &str) -> Option<usize> {
    let mut len = 0;
    for c in name.chars() {
        if text.get(len) != Some(&c) {
            return None;
        }
        len += 1;
    }
    Some(len)
}

/// Names of divisions by their first two characters, longest first.
static PLACES: LazyLock<HashMap<(char, char), Vec<&'static str>>> = LazyLock::new(|| {
    /// 和县 and 城区 are words of the language more often than places.
    const SHORTEST: usize = 3;
    let mut places: HashMap<(char, char), Vec<&'static str>> = HashMap::new();
    for name in division_names() {
        let mut characters = name.chars();
        if let (Some(first), Some(second)) = (characters.next(), characters.next())
            && name.chars().count() >= SHORTEST
        {
            places.entry((first, second)).or_default().push(name);
        }
    }
    for names in places.values_mut() {
        names.sort_unstable_by_key(|name| (std::cmp::Reverse(name.len()), *name));
        names.dedup();
    }
    places
});

/// The length of the longest name of a place that the text starts with.
fn place_len(text: &[char]) -> Option<usize> {
    let &[first, second, ..] = text else { return None };
    PLACES.get(&(first, second))?.iter().find_map(|name| starts(text, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        fold(text).into_iter().collect()
    }

    #[test]
    fn places_numbers_dates_and_the_documents_own_name_are_no_difference() {
        for (left, right) in [
            ("泰安市人民政府应当公布。", "市人民政府应当公布"),
            ("枣庄市山亭区财政局,", "济南市历下区财政局"),
            ("处五百元以上二千元以下罚款", "处1,000元以上3000元以下罚款"),
            ("本条例自2020年5月1日起施行。", "本办法自二〇一六年十二月三十一日起施行"),
            ("不低于百分之五", "不低于98.5％"),
            ("违反本条例第三十条规定的", "违反本规定第五条第二款、第六条或者第七条第(三)项规定的"),
            ("处五百元以上二千元以下罚款", "处1万元罚款"),
        ] {
            assert_eq!(folded(left), folded(right));
        }
    }

    #[test]
    fn what_is_said_is_kept() {
        assert_eq!(folded("泰安市人民政府应当自2020年5月1日起"), "市人民政府应当自#起");
        assert_eq!(folded("违反本条例第三条、第五条规定的,处五百元以上二千元以下罚款"), "违反本@&规定的处#元罚款");
        for (left, right) in [
            ("应当公布", "可以公布"),
            ("市、县人民政府", "省人民政府"),
            ("自公布之日起施行", "自2020年5月1日起施行"),
            ("处五百元罚款", "处五百元以下罚款"),
        ] {
            assert_ne!(folded(left), folded(right));
        }
        assert_eq!(folded("市和县人民政府"), "市和县人民政府");
        assert_eq!(folded("。、!"), "");
    }
}
