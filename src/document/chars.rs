//! The text as an array of characters, so that an index is a [`Span`] position and every look-up is bounded.

use super::Span;

/// A text addressed by Unicode scalar value. Reading past the end gives `'\0'`, which no rule of the parser matches.
pub(crate) struct Chars(Vec<char>);

impl Chars {
    /// Spreads the text out.
    pub(crate) fn new(text: &str) -> Chars {
        Chars(text.chars().collect())
    }

    /// Number of characters.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The character at `i`, `'\0'` past the end.
    pub(crate) fn at(&self, i: usize) -> char {
        self.0.get(i).copied().unwrap_or('\0')
    }

    /// The character before `i`, `'\0'` at the start.
    pub(crate) fn before(&self, i: usize) -> char {
        i.checked_sub(1).map_or('\0', |k| self.at(k))
    }

    /// The characters of a range, cut to the text.
    pub(crate) fn slice(&self, span: Span) -> &[char] {
        let end = span.end.min(self.0.len());
        self.0.get(span.start.min(end)..end).unwrap_or(&[])
    }

    /// The text of a range.
    pub(crate) fn string(&self, span: Span) -> String {
        self.slice(span).iter().collect()
    }

    /// The text of a range with all white space dropped: what rules on short lines are written against.
    pub(crate) fn squeezed(&self, span: Span) -> String {
        self.slice(span).iter().filter(|c| !is_space(**c)).collect()
    }

    /// The range without white space at its ends; empty at its start when there is nothing else.
    pub(crate) fn trim(&self, span: Span) -> Span {
        let Span { mut start, mut end } = span;
        while start < end && is_space(self.at(start)) {
            start += 1;
        }
        while end > start && is_space(self.before(end)) {
            end -= 1;
        }
        Span { start, end }
    }

    /// First position at or after `i` and before `end` that is not white space; `end` when there is none.
    pub(crate) fn skip_space(&self, mut i: usize, end: usize) -> usize {
        while i < end && is_space(self.at(i)) {
            i += 1;
        }
        i
    }

    /// How many characters of the range carry a word: Chinese characters, letters and digits.
    pub(crate) fn words(&self, span: Span) -> usize {
        self.slice(span).iter().filter(|c| is_word(**c)).count()
    }

    /// Whether `word` stands at `i`.
    pub(crate) fn has(&self, i: usize, word: &str) -> bool {
        word.chars().enumerate().all(|(k, c)| self.at(i + k) == c)
    }
}

/// White space, and the invisible characters that web pages put in its place.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// A Chinese character.
pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' | '〇' | '々')
}

/// A character that a word can be made of.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric()
}

/// Marks that end a sentence or a member of a list wherever they stand.
pub(crate) fn is_stop(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '；' | '｡' | ';' | '!' | '?')
}

/// Closing marks that belong to what stands before them.
pub(crate) fn is_closer(c: char) -> bool {
    matches!(c, '”' | '’' | '）' | ')' | '》' | '〉' | '」' | '』' | '】' | '］' | ']' | '〕')
}
