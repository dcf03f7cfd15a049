//! Annexes: their headings, and the list of them that stands before the signature.

use super::chars::Chars;
use super::lines::{has_stop, is_terminated};
use super::markers::Form;
use super::outline::{Builder, MAX_HEADING};
use super::paragraphs::Para;
use super::parts::is_bracket;
use super::{HeadingKind, Span};

impl Builder<'_> {
    pub(super) fn is_annex(&self, i: usize) -> bool {
        self.para(i).is_some_and(|p| p.form() == Some(Form::Annex))
    }

    /// Takes annex headings and lists of annexes at `i`; gives the first paragraph behind them.
    pub(super) fn annex(&mut self, mut i: usize) -> usize {
        while self.is_annex(i) {
            let Some(p) = self.para(i).copied() else { break };
            let listed = self.annex_list(i);
            if listed > i {
                self.close();
                for k in i..listed {
                    if let Some(q) = self.para(k) {
                        self.out.lists.push(Span { start: q.start, end: q.end });
                    }
                }
                i = listed;
                continue;
            }
            let mut end = p.end;
            let mut title = p.body();
            i += 1;
            // The name of the annex stands in the lines below its number.
            while title.len() < MAX_HEADING
                && !has_stop(self.t, title)
                && let Some(next) = self.para(i).filter(|q| q.marker.is_none() && q.end - q.start <= 40)
                && !has_stop(self.t, next.body())
                && !is_terminated(self.t, next.body())
                && (names_annex(self.t, next.body())
                    || self.para(i + 1).is_some_and(|q| q.marker.is_some() || has_stop(self.t, q.body())))
                && !title_ends(self.t, title)
            {
                title = Span { start: if title.is_empty() { next.start } else { title.start }, end: next.end };
                end = next.end;
                i += 1;
            }
            // （2024—2026年） on a line of its own.
            if let Some(next) = self.para(i).filter(|q| q.marker.is_none() && is_bracket(self.t, q.body()))
                && !title.is_empty()
                && !has_stop(self.t, title)
            {
                title.end = next.end;
                end = next.end;
                i += 1;
            }
            if has_stop(self.t, title) || title.len() > 3 * MAX_HEADING {
                // 附：a whole sentence.
                let label = Span { start: p.start, end: p.text };
                self.heading(HeadingKind::Annex, 0, label, Span { start: p.text, end: p.text }, label);
                self.push_text(Span { start: p.text, end }, None, false);
                continue;
            }
            let label = self.t.trim(Span { start: p.start, end: p.text.min(p.end) });
            self.heading(HeadingKind::Annex, 0, label, title, Span { start: p.start, end });
        }
        i
    }

    /// Where a list of annexes that begins at `i` ends; `i` when it is the heading of an annex.
    fn annex_list(&self, i: usize) -> usize {
        let Some(p) = self.para(i) else { return i };
        let named = !p.body().is_empty();
        let mut next = i + 1;
        while let Some(q) = self.para(next) {
            let entry = matches!(q.form(), Some(Form::Arabic)) && q.end - q.start <= 90 && !has_stop(self.t, q.body());
            let wrapped = q.marker.is_none() && next > i + 1 && q.end - q.start <= 12 && !has_stop(self.t, q.body());
            if !(entry || wrapped) || next - i > 40 {
                break;
            }
            next += 1;
        }
        let short = !has_stop(self.t, p.body()) && p.end - p.start <= 120;
        let last = next >= self.end;
        let first_listed = self.t.at(p.text).is_ascii_digit();
        let numbered_entries =
            next > i + 1 && self.para(i + 1).and_then(Para::number).is_some_and(|n| n == if named { 2 } else { 1 });
        let annex_follows = self.is_annex(next);
        if named
            && short
            && (first_listed
                || (numbered_entries && annex_follows)
                || (last && next == i + 1)
                || (annex_follows && next == i + 1))
        {
            return next;
        }
        if !named && numbered_entries && (annex_follows || last) && next - i <= 20 && p.number().is_none() {
            return next;
        }
        if !named && last && next == i + 1 {
            return next;
        }
        i
    }
}

/// Whether a line is the name of a list, table or document.
fn names_annex(t: &Chars, line: Span) -> bool {
    const NAMES: &[&str] =
        &["名单", "表", "目录", "清单", "方案", "细则", "办法", "样式", "一览", "指标", "说明", "图"];
    let text = t.squeezed(line);
    NAMES.iter().any(|n| text.ends_with(n))
}

/// Whether a title that has been read so far is complete.
fn title_ends(t: &Chars, title: Span) -> bool {
    !title.is_empty() && names_annex(t, title)
}
