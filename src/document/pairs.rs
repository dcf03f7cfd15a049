//! Which bracket or quotation mark closes which.

use super::Warnings;
use super::chars::{Chars, is_space};
use super::{Span, warn};

/// A bracket that closes further away than this is taken for one that was never closed: real documents forget closing
/// marks, and one forgotten mark must not swallow the rest of the text.
const REACH: usize = 2_000;

/// Opening and closing marks that belong together, by position of the opening one.
pub(super) struct Pairs(Vec<(usize, usize)>);

/// Classes of marks that close each other; full- and half-width forms are mixed in real text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Round,
    Square,
    Double,
    Single,
    Title,
    Corner,
}

fn class(c: char) -> Option<(Class, bool)> {
    Some(match c {
        '（' | '(' => (Class::Round, true),
        '）' | ')' => (Class::Round, false),
        '【' | '〔' | '［' | '[' => (Class::Square, true),
        '】' | '〕' | '］' | ']' => (Class::Square, false),
        '“' => (Class::Double, true),
        '”' => (Class::Double, false),
        '‘' => (Class::Single, true),
        '’' => (Class::Single, false),
        '《' => (Class::Title, true),
        '》' => (Class::Title, false),
        '「' | '『' => (Class::Corner, true),
        '」' | '』' => (Class::Corner, false),
        _ => return None,
    })
}

impl Pairs {
    /// Finds all pairs in one pass. What stays open is warned of.
    pub(super) fn find(t: &Chars, warnings: &mut Warnings) -> Pairs {
        let mut open: [Vec<usize>; 6] = Default::default();
        let mut pairs = Vec::new();
        let mut unclosed = Vec::new();
        for i in 0..t.len() {
            let Some((class, opens)) = class(t.at(i)) else { continue };
            let stack = &mut open[class as usize];
            if opens {
                // Quotation marks do not nest in their own kind: a second opening one means that the first was left
                // open, or that the quotation goes on in a new paragraph.
                if matches!(class, Class::Double | Class::Single) {
                    if opens_line(t, i) {
                        stack.clear();
                    }
                    unclosed.append(stack);
                }
                stack.push(i);
            } else {
                while let Some(start) = stack.pop() {
                    if i - start <= REACH {
                        pairs.push((start, i));
                        break;
                    }
                    unclosed.push(start);
                }
            }
        }
        unclosed.extend(open.into_iter().flatten());
        unclosed.sort_unstable();
        for i in unclosed {
            warn(warnings, Span { start: i, end: i + 1 }, "unclosed bracket", || {
                format!("{} is opened and not closed", t.at(i))
            });
        }
        pairs.sort_unstable();
        Pairs(pairs)
    }

    /// Where the mark opened at `i` closes.
    pub(super) fn close(&self, i: usize) -> Option<usize> {
        let k = self.0.binary_search_by_key(&i, |p| p.0).ok()?;
        self.0.get(k).map(|p| p.1)
    }

    /// Ranges of quotations of at most `reach` characters, marks included, in order of their start.
    pub(super) fn quotations(&self, t: &Chars, reach: usize) -> Vec<Span> {
        let quotes =
            self.0.iter().filter(|(open, close)| close - open <= reach && matches!(t.at(*open), '“' | '「' | '『'));
        quotes.map(|(open, close)| Span { start: *open, end: close + 1 }).collect()
    }
}

/// Whether only white space stands between `i` and the start of its line.
pub(super) fn opens_line(t: &Chars, i: usize) -> bool {
    let start = i.saturating_sub(8);
    let before = (start..i).rev().map(|k| t.at(k)).find(|c| *c == '\n' || !is_space(*c));
    before.map_or(start == 0, |c| c == '\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixed_widths_close_each_other_and_a_forgotten_quote_swallows_nothing() {
        let t = Chars::new("（甲)“小巨人企业，“单项冠军”乙");
        let mut warnings = Warnings::default();
        let pairs = Pairs::find(&t, &mut warnings);
        assert_eq!(pairs.close(0), Some(2));
        assert_eq!(pairs.close(3), None);
        assert_eq!(pairs.close(10), Some(15));
        assert_eq!(warnings.finish().len(), 1);
    }
}
