//! Which characters of a clause are copied from a precedent.

use std::collections::HashSet;

use crate::document::{Span, normalise_with_origins};

/// Characters in a row that both texts have, for them to be copied: letters and digits, whatever marks stand between.
/// Shorter ones are words and set phrases (县级以上人民政府 has eight).
pub const LEAST_RUN: usize = 10;

/// The letters and digits of a text, and where they stand in it.
pub(super) struct Letters {
    letters: Vec<char>,
    places: Vec<usize>,
}

impl Letters {
    pub(super) fn of(text: &str) -> Letters {
        let (normalised, origins) = normalise_with_origins(text);
        let (letters, places) = normalised.chars().zip(origins).filter(|(c, _)| c.is_alphanumeric()).unzip();
        Letters { letters, places }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.letters.len()
    }

    /// For each letter whether it stands in a run of [`LEAST_RUN`] that `of` has as well; of a shorter text, whether
    /// that is all `of` says. In time linear in both lengths.
    pub(super) fn copied_from(&self, of: &Letters) -> Vec<bool> {
        if self.letters.len() < LEAST_RUN {
            return vec![self.letters == of.letters; self.letters.len()];
        }
        let runs: HashSet<&[char]> = of.letters.windows(LEAST_RUN).collect();
        let mut copied = vec![false; self.letters.len()];
        for (start, run) in self.letters.windows(LEAST_RUN).enumerate() {
            if runs.contains(run) {
                copied[start..start + LEAST_RUN].fill(true);
            }
        }
        copied
    }

    /// Where marked letters stand in the text, marks between two of them included.
    pub(super) fn spans(&self, marked: &[bool]) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        let mut before = false;
        for (place, marked) in self.places.iter().zip(marked) {
            match spans.last_mut() {
                Some(span) if *marked && before => span.end = place + 1,
                _ if *marked => spans.push(Span { start: *place, end: place + 1 }),
                _ => {}
            }
            before = *marked;
        }
        spans
    }
}

/// Marks what either has marked; both are of one text.
pub(super) fn join(all: &mut [bool], more: &[bool]) {
    all.iter_mut().zip(more).for_each(|(all, more)| *all |= more);
}

/// How many are marked.
pub(super) fn count(marked: &[bool]) -> usize {
    marked.iter().filter(|marked| **marked).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(draft: &str, precedent: &str) -> Vec<String> {
        let letters = Letters::of(draft);
        let marked = letters.copied_from(&Letters::of(precedent));
        let characters: Vec<char> = draft.chars().collect();
        letters.spans(&marked).iter().map(|span| characters[span.start..span.end].iter().collect()).collect()
    }

    #[test]
    fn runs_of_ten_letters_are_copied_whatever_marks_and_widths() {
        assert_eq!(
            copied("全市健全质量保证金制度，推行先行赔付９８％以上。", "应当健全质量保证金制度、推行先行赔付98%。"),
            ["健全质量保证金制度，推行先行赔付９８"]
        );
        assert!(copied("健全质量保证金制度。", "健全质量保障金制度。").is_empty());
        assert_eq!(copied("一二三四五六七八九十甲十一二三四五六七八九", "乙一二三四五六七八九十丙").len(), 1);
    }

    #[test]
    fn a_short_clause_is_copied_when_the_precedent_says_nothing_else() {
        assert_eq!(copied("乱扔垃圾；", "（一）乱扔垃圾。").len(), 0, "its number is part of what it says");
        assert_eq!(copied("乱扔垃圾；", "乱扔垃圾。"), ["乱扔垃圾"]);
        assert!(copied("乱扔垃圾；", "不得乱扔垃圾。").is_empty());
        assert!(copied("……", "乱扔垃圾。").is_empty());
    }

    #[test]
    fn what_two_precedents_have_is_counted_once() {
        let draft = Letters::of("一二三四五六七八九十甲乙丙丁戊己");
        let mut all = draft.copied_from(&Letters::of("一二三四五六七八九十"));
        assert_eq!(count(&all), 10);
        join(&mut all, &draft.copied_from(&Letters::of("五六七八九十甲乙丙丁")));
        assert_eq!((count(&all), draft.len()), (14, 16));
    }
}
