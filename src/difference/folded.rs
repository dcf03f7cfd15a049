//! A text without its white space and with half-width forms: what rules are written against, each place traceable to
//! the text as given.

use crate::document::Span;
use crate::document::chars::{Chars, is_space, is_word};

/// Furthest that the ends of a sentence are looked for, so that a text without commas costs no more than another.
const REACH: usize = 500;

/// A text to measure.
pub(super) struct Folded {
    /// The folded text.
    pub(super) text: Chars,
    /// The text as given.
    source: Vec<char>,
    /// Where in the source each folded character stands.
    origin: Vec<usize>,
}

impl Folded {
    pub(super) fn new(text: &str) -> Folded {
        let source: Vec<char> = text.chars().collect();
        let origin: Vec<usize> = (0..source.len()).filter(|i| !is_space(source[*i])).collect();
        let folded: String = origin.iter().map(|i| half_width(source[*i])).collect();
        Folded { text: Chars::new(&folded), source, origin }
    }

    pub(super) fn len(&self) -> usize {
        self.origin.len()
    }

    pub(super) fn at(&self, i: usize) -> char {
        self.text.at(i)
    }

    pub(super) fn has(&self, i: usize, word: &str) -> bool {
        self.text.has(i, word)
    }

    /// Whether `word` ends right before `i`.
    pub(super) fn has_before(&self, i: usize, word: &str) -> bool {
        i.checked_sub(word.chars().count()).is_some_and(|at| self.text.has(at, word))
    }

    /// The length of the longest of `words` that stands at `i`.
    pub(super) fn any(&self, i: usize, words: &[&str]) -> Option<usize> {
        words.iter().filter(|w| self.has(i, w)).map(|w| w.chars().count()).max()
    }

    /// The length of the longest of `words` that ends right before `i`.
    pub(super) fn any_before(&self, i: usize, words: &[&str]) -> Option<usize> {
        words.iter().filter(|w| self.has_before(i, w)).map(|w| w.chars().count()).max()
    }

    /// The folded text of a folded range.
    pub(super) fn string(&self, start: usize, end: usize) -> String {
        self.text.string(Span { start, end: end.max(start) })
    }

    /// The place of a folded range in the text as given.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let first = self.origin.get(start).copied().unwrap_or(self.source.len());
        let last = end.checked_sub(1).and_then(|i| self.origin.get(i)).map_or(first, |i| i + 1);
        Span { start: first, end: last.max(first) }
    }

    /// The text of a folded range as given.
    pub(super) fn as_written(&self, start: usize, end: usize) -> String {
        let span = self.span(start, end);
        self.source.get(span.start..span.end).unwrap_or(&[]).iter().collect()
    }

    /// The start of the sentence that `i` stands in.
    pub(super) fn sentence_start(&self, i: usize) -> usize {
        let first = i.saturating_sub(REACH);
        (first..i).rev().find(|k| matches!(self.at(*k), '。' | ';' | '!' | '?')).map_or(first, |k| k + 1)
    }

    /// The start of the stretch without a comma that `i` stands in.
    pub(super) fn segment_start(&self, i: usize) -> usize {
        let first = i.saturating_sub(REACH);
        (first..i).rev().find(|k| is_pause(self.at(*k))).map_or(first, |k| k + 1)
    }

    /// The end of the stretch without a comma that `i` stands in.
    pub(super) fn segment_end(&self, i: usize) -> usize {
        let last = self.len().min(i.saturating_add(REACH));
        (i..last).find(|k| is_pause(self.at(*k))).unwrap_or(last)
    }

    /// Whether `i` stands in quotation marks or in the name of a law.
    pub(super) fn named(&self, i: usize) -> bool {
        const QUOTE: usize = 60;
        let mark =
            (i.saturating_sub(QUOTE)..i).rev().find(|k| matches!(self.at(*k), '《' | '》' | '“' | '”' | '。' | ';'));
        mark.is_some_and(|k| matches!(self.at(k), '《' | '“'))
    }

    /// Up to `n` characters of words that stand before `i`, not beyond a comma.
    pub(super) fn words_before(&self, i: usize, n: usize) -> Vec<char> {
        let mut words: Vec<char> =
            (0..i).rev().map(|k| self.at(k)).take_while(|c| !is_pause(*c)).filter(|c| is_word(*c)).take(n).collect();
        words.reverse();
        words
    }

    /// Up to `n` characters of words that stand after `i`, not beyond a comma.
    pub(super) fn words_after(&self, i: usize, n: usize) -> Vec<char> {
        (i..self.len()).map(|k| self.at(k)).take_while(|c| !is_pause(*c)).filter(|c| is_word(*c)).take(n).collect()
    }
}

/// Marks that part stretches of a sentence.
pub(super) fn is_pause(c: char) -> bool {
    matches!(c, '。' | ';' | '!' | '?' | ',' | ':')
}

/// The half-width form of a full-width character; other characters as they are.
pub(super) fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '｡' => '。',
        '﹪' => '%',
        '–' | '−' => '-',
        '〜' => '~',
        '○' => '〇',
        _ => c,
    }
}

/// Twice the longest common subsequence over both lengths, in [0, 1]; 1 for equal texts, 0 where one is empty.
pub(super) fn likeness(left: &[char], right: &[char]) -> f64 {
    if left.is_empty() || right.is_empty() {
        return 0.0;
    }
    let mut row = vec![0usize; right.len() + 1];
    for a in left {
        let mut diagonal = 0;
        for (k, b) in right.iter().enumerate() {
            let above = row[k + 1];
            row[k + 1] = if a == b { diagonal + 1 } else { above.max(row[k]) };
            diagonal = above;
        }
    }
    2.0 * row[right.len()] as f64 / (left.len() + right.len()) as f64
}
