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

/// As [`normalise_for_search`], with the place in `text` that every character of the result comes from; both count
/// Unicode scalar values. Where a letter and a mark after it become one character, it comes from the letter.
///
/// # Examples
/// ```
/// use clausewise::document::normalise_with_origins;
/// let (normalised, origins) = normalise_with_origins(" ９８％ 以上");
/// assert_eq!(normalised, "98% 以上");
/// assert_eq!(origins, [1, 2, 3, 4, 5, 6]);
/// ```
pub fn normalise_with_origins(text: &str) -> (String, Vec<usize>) {
    let normalised = normalise_for_search(text);
    let mut origins = Vec::with_capacity(text.len());
    // Each character by itself gives the same characters in the same order, but for those that melt together.
    let mut pieces = text
        .chars()
        .enumerate()
        .flat_map(|(at, c)| std::iter::once(c).nfkc().map(move |piece| (at, piece)).collect::<Vec<_>>());
    let mut last = 0;
    for c in normalised.chars() {
        if c == ' ' {
            // A run of white space, whose length is unknown here: it stands where the next character is looked for.
            origins.push(last + 1);
            continue;
        }
        // A composed character is passed over by what it was composed of, and then nothing after it would be found:
        // the search is limited, and what is not found stands where the one before it does.
        let mut ahead = pieces.clone();
        match ahead.by_ref().take(REACH).find(|(_, piece)| *piece == c) {
            Some((at, _)) => {
                last = at;
                pieces = ahead;
            }
            None => last = last.min(text.chars().count().saturating_sub(1)),
        }
        origins.push(last);
    }
    (normalised, origins)
}

/// Characters that are looked through for the origin of one.
const REACH: usize = 64;

/// Characters that Chinese text sets without spaces around them.
fn wide(c: char) -> bool {
    is_han(c) || matches!(c, ',' | ';' | ':' | '。' | '、' | '(' | ')' | '“' | '”' | '《' | '》')
}
