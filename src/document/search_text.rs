//! The form of a text under which equal clauses are one.

use unicode_normalization::UnicodeNormalization;

use super::chars::{is_han, is_space};

/// Normalises a text for search: compatibility forms unified (NFKC: full-width letters, digits and punctuation become
/// half-width), each run of white space one space, none at the ends. A line break between two Chinese characters is
/// where a line was cut, not where a word ends, and goes without a trace.
///
/// Clauses with equal results are the same clause for search, and the result is what is embedded. Never use it where a
/// [`Span`](super::Span) counts: it does not keep the length.
///
/// # Examples
/// ```
/// use clausewise::document::normalise_for_search;
/// assert_eq!(normalise_for_search(" 合格率达到９８％\u{3000}以上，\n争创\n名牌 "), "合格率达到98% 以上,争创名牌");
/// ```
pub fn normalise_for_search(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = '\0';
    let mut gap = false;
    let mut broken = false;
    for c in text.nfkc() {
        if is_space(c) {
            gap = true;
            broken |= matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}');
            continue;
        }
        let cut_line = broken && wide(last) && wide(c);
        if gap && !out.is_empty() && !cut_line {
            out.push(' ');
        }
        (gap, broken) = (false, false);
        out.push(c);
        last = c;
    }
    out
}

/// Characters that Chinese text sets without spaces around them.
fn wide(c: char) -> bool {
    is_han(c) || matches!(c, ',' | ';' | ':' | '。' | '、' | '(' | ')' | '“' | '”' | '《' | '》')
}
