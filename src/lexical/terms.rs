//! What a term is; see the [module above](super).

use std::collections::HashSet;

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::document::is_han;

/// Longest word or number in characters; the rest is cut off.
const LONGEST: usize = 40;

/// Cuts texts into terms.
#[derive(Debug, Clone, Default)]
pub(super) struct TermTokenizer;

impl Tokenizer for TermTokenizer {
    type TokenStream<'a> = Terms<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Terms<'a> {
        Terms::of(text)
    }
}

/// The terms of a text without repetition, in order of first appearance.
pub(super) fn distinct_terms(text: &str) -> Vec<String> {
    let mut terms = Terms::of(text);
    let mut seen = HashSet::new();
    let mut distinct = Vec::new();
    while terms.advance() {
        let term = &terms.token().text;
        if !seen.contains(term) {
            seen.insert(term.clone());
            distinct.push(term.clone());
        }
    }
    distinct
}

/// The terms of a text, one at a time.
pub(super) struct Terms<'a> {
    text: &'a str,
    /// Byte at which the next term is looked for.
    at: usize,
    /// The Chinese character at `at` was the second of a pair.
    paired: bool,
    token: Token,
}

impl Terms<'_> {
    fn of(text: &str) -> Terms<'_> {
        Terms { text, at: 0, paired: false, token: Token::default() }
    }

    fn take(&mut self, end: usize) {
        self.token.position = self.token.position.wrapping_add(1);
        (self.token.offset_from, self.token.offset_to) = (self.at, end);
        self.token.text.clear();
        let word = self.text[self.at..end].chars().take(LONGEST);
        self.token.text.extend(word.flat_map(char::to_lowercase));
    }
}

impl TokenStream for Terms<'_> {
    fn advance(&mut self) -> bool {
        loop {
            let rest = &self.text[self.at..];
            let mut chars = rest.chars();
            let Some(first) = chars.next() else { return false };
            let after_first = self.at + first.len_utf8();
            if is_han(first) {
                let second = chars.next().filter(|c| is_han(*c));
                let was_paired = std::mem::replace(&mut self.paired, second.is_some());
                if second.is_some() || !was_paired {
                    self.take(after_first + second.map_or(0, char::len_utf8));
                    self.at = after_first;
                    return true;
                }
                self.at = after_first;
            } else if is_letter(first) || first.is_numeric() {
                let length = if is_letter(first) {
                    rest.find(|c| !is_letter(c)).unwrap_or(rest.len())
                } else {
                    number_length(rest)
                };
                let end = self.at + length;
                self.take(end);
                self.at = end;
                return true;
            } else {
                self.at = after_first;
            }
        }
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() && !is_han(c)
}

/// Bytes of the number at the start: 98.5 is one, the point at the end of a sentence is not of it.
fn number_length(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let point = c == '.' && chars.peek().is_some_and(|(_, next)| next.is_numeric());
        if is_han(c) || !(c.is_numeric() || point) {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<String> {
        let mut stream = Terms::of(text);
        let mut terms = Vec::new();
        while stream.advance() {
            terms.push(stream.token().text.clone());
        }
        terms
    }

    #[test]
    fn neighbouring_chinese_characters_are_terms_and_punctuation_parts_them() {
        assert_eq!(terms("质量强省,争创名牌"), ["质量", "量强", "强省", "争创", "创名", "名牌"]);
    }

    #[test]
    fn a_chinese_character_is_a_term_by_itself_only_where_it_stands_alone() {
        assert_eq!(terms("省、市、县级"), ["省", "市", "县级"]);
        assert_eq!(terms("5个A级"), ["5", "个", "a", "级"]);
    }

    #[test]
    fn words_are_lower_cased_and_numbers_stay_whole() {
        assert_eq!(terms("ISO9001认证 98.5%以上. 2030."), ["iso", "9001", "认证", "98.5", "以上", "2030"]);
    }

    #[test]
    fn nothing_else_is_a_term() {
        assert!(terms("").is_empty());
        assert!(terms(" ,。;:“”()—…%").is_empty());
    }

    #[test]
    fn a_long_word_is_cut() {
        assert_eq!(terms(&"a".repeat(20_000)), ["a".repeat(LONGEST)]);
    }

    #[test]
    fn distinct_terms_do_not_repeat() {
        assert_eq!(distinct_terms("质量质量质量"), ["质量", "量质"]);
    }
}
