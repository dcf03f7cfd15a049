//! Quotations in which no number counts: an amendment quotes whole articles (将第五条修改为：“第五条　…。”), which are the
//! quoted text's and not its own.
//!
//! Quotations of several paragraphs open each of them with “ and close the last alone, and what they quote has
//! quotation marks of its own: so the new text of an amendment is followed by depth, up to a distance.

use super::Span;
use super::chars::{Chars, is_space};
use super::markers::marker;
use super::pairs::{Pairs, opens_line};

/// Longest new text of an amendment: a chapter or two.
const AMENDED: usize = 20_000;
/// How many characters before the colon say that an amendment follows.
const SAID_WITHIN: usize = 40;

/// The quotations of at most `reach` characters and the new texts of amendments, in order, not overlapping.
pub(super) fn quotations(t: &Chars, pairs: &Pairs, reach: usize) -> Vec<Span> {
    let mut found = pairs.quotations(t, reach);
    found.extend(amended(t));
    found.sort_unstable();
    let mut merged: Vec<Span> = Vec::with_capacity(found.len());
    for span in found {
        match merged.last_mut().filter(|last| span.start < last.end) {
            Some(last) => last.end = last.end.max(span.end),
            None => merged.push(span),
        }
    }
    merged
}

/// The new text of an amendment that is being read.
struct Open {
    start: usize,
    /// Quotation marks open in it, its own included.
    depth: usize,
    /// Behind the first closing mark that ends a line: the end, should the marks not add up.
    line_end: Option<usize>,
}

/// The new texts of amendments.
fn amended(t: &Chars) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    let mut open: Option<Open> = None;
    let give_up = |open: &mut Option<Open>, found: &mut Vec<Span>| {
        if let Some(Open { start, line_end: Some(end), .. }) = open.take() {
            found.push(Span { start, end });
        }
    };
    for i in 0..t.len() {
        match t.at(i) {
            '“' | '「' | '『' => {
                let goes_on = found.last().is_some_and(|f| i - f.end <= 8) && opens_line(t, i);
                if says_amendment(t, i) || open.is_none() && goes_on && marker(t, i + 1, t.len()).is_some() {
                    give_up(&mut open, &mut found);
                    open = Some(Open { start: i, depth: 1, line_end: None });
                } else if let Some(open) = open.as_mut().filter(|_| !opens_line(t, i) || closes_inside(t, i)) {
                    open.depth += 1;
                }
            }
            '”' | '」' | '』' => {
                let Some(current) = open.as_mut() else { continue };
                current.depth -= 1;
                if current.depth == 0 {
                    found.push(Span { start: current.start, end: i + 1 });
                    open = None;
                } else if ends_line(t, i + 1) {
                    current.line_end.get_or_insert(i + 1);
                }
            }
            _ if open.as_ref().is_some_and(|o| i - o.start > AMENDED) => give_up(&mut open, &mut found),
            _ => {}
        }
    }
    give_up(&mut open, &mut found);
    found
}

/// Whether a quotation that opens at `i` is the new text of an amendment: 修改为：, 增加一条，作为第十条：.
fn says_amendment(t: &Chars, i: usize) -> bool {
    let Some(colon) = (i.saturating_sub(8)..i).rev().find(|k| !is_space(t.at(*k))) else { return false };
    if !matches!(t.at(colon), '：' | ':') {
        return false;
    }
    let words = t.words_of(Span { start: colon.saturating_sub(SAID_WITHIN), end: colon });
    ["修改为", "改为", "修改成", "增加", "作为第", "修改如下", "规定为", "表述为"].iter().any(|w| words.contains(w))
}

/// Whether a quotation that opens a line closes before its end: “小微企业”的认定标准… is no paragraph of a longer one.
fn closes_inside(t: &Chars, i: usize) -> bool {
    let next = (i + 1..t.len()).find(|k| matches!(t.at(*k), '”' | '“' | '」' | '』' | '\n'));
    next.is_some_and(|k| matches!(t.at(k), '”' | '」' | '』') && !ends_line(t, k + 1))
}

/// Whether nothing but a stop follows on the line.
fn ends_line(t: &Chars, i: usize) -> bool {
    let mut rest = (i..i + 4).map(|k| t.at(k)).filter(|c| !matches!(c, '。' | '；' | ' ' | '\u{3000}' | '\r'));
    matches!(rest.next(), None | Some('\n' | '\0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Warnings;

    fn quoted(text: &str) -> Vec<String> {
        let t = Chars::new(text);
        let pairs = Pairs::find(&t, &mut Warnings::default());
        quotations(&t, &pairs, 1_500).into_iter().map(|s| t.string(s)).collect()
    }

    #[test]
    fn the_new_text_of_an_amendment_is_followed_over_its_paragraphs_and_quotations() {
        let text = "一、将第五条修改为：“第五条　各级政府负责。\n“乙局协助。”\n二、删去第六条。";
        assert_eq!(quoted(text), ["“第五条　各级政府负责。\n“乙局协助。”"]);
        let text = "增加一条，作为第十条：\n“第十条　应当：\n（一）拨打“119”；\n（二）报告“火警”。”\n三、乙。";
        assert_eq!(quoted(text), ["“第十条　应当：\n（一）拨打“119”；\n（二）报告“火警”。”"]);
    }

    #[test]
    fn a_forgotten_mark_ends_at_the_first_line_that_closes_one() {
        let text = "一、修改为：“第五条　所称“甲是乙。”\n二、修改为：“第六条　丙。”";
        assert_eq!(quoted(text), ["“第五条　所称“甲是乙。”", "“第六条　丙。”"]);
    }
}
