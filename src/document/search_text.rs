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
    // Each character by itself gives the same characters in the same order, but for those that melt together.
    let pieces: Vec<(usize, char)> =
        text.chars().enumerate().flat_map(|(at, c)| std::iter::once(c).nfkc().map(move |piece| (at, piece))).collect();
    let mut origins = Vec::with_capacity(pieces.len());
    let (mut next, mut last) = (0, 0);
    for c in normalised.chars() {
        if c == ' ' {
            // The first of a run of white space.
            last = pieces.get(next).map_or(last, |(at, _)| *at);
        } else {
            let ahead = || pieces[next..].iter().take(REACH);
            let letter = std::iter::once(c).nfkd().next();
            let found = ahead()
                .position(|(_, piece)| *piece == c)
                .or_else(|| ahead().position(|(_, piece)| Some(*piece) == letter));
            if let Some(offset) = found {
                last = pieces[next + offset].0;
                next += offset + 1;
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_character_knows_where_it_comes_from() {
        let text = "（一）到２０２５年,\n  合格率①";
        let (normalised, origins) = normalise_with_origins(text);
        assert_eq!(normalised, "(一)到2025年,合格率1");
        let characters: Vec<char> = text.chars().collect();
        let from: String = origins.iter().map(|at| characters[*at]).collect();
        assert_eq!(from, "（一）到２０２５年,合格率①");
    }

    proptest! {
        #[test]
        fn origins_are_as_many_as_characters_in_order_and_within_the_text(text in "[ \\n\u{3000}a-z０-９（）甲乙丙e\u{301}ﬁ㎡①]{0,60}") {
            let (normalised, origins) = normalise_with_origins(&text);
            prop_assert_eq!(&normalised, &normalise_for_search(&text));
            prop_assert_eq!(origins.len(), normalised.chars().count());
            prop_assert!(origins.windows(2).all(|pair| pair[0] <= pair[1]), "{:?}", origins);
            prop_assert!(origins.iter().all(|at| *at < text.chars().count()));
        }
    }
}
