//! Watches numbering and warns where it jumps, repeats or begins in the middle.

use super::chars::Chars;
use super::markers::{Form, Marker, before_figure, marker};
use super::outline::Piece;
use super::{Span, Warnings, warn};

/// The last number seen on each level.
#[derive(Default)]
pub(super) struct Sequence {
    last: Vec<(Form, u32)>,
    seen_any: bool,
}

impl Sequence {
    /// Numbering begins anew in an annex.
    pub(super) fn new_part(&mut self) {
        self.last.clear();
    }

    /// Whether a number is 1 after a higher one of its form: a list of its own inside a box.
    pub(super) fn restarts(&self, marker: Option<Marker>) -> bool {
        let Some(m) = marker else { return false };
        m.number == Some(1) && self.get(m.form).is_some_and(|n| n >= 1)
    }

    /// Whether a number is the next of its form.
    pub(super) fn follows(&self, marker: Option<Marker>) -> bool {
        marker.is_some_and(|m| self.get(m.form).is_some_and(|n| m.number == Some(n + 1)))
    }

    fn get(&self, form: Form) -> Option<u32> {
        self.last.iter().find(|(f, _)| *f == form).map(|(_, n)| *n)
    }

    fn set(&mut self, form: Form, n: u32) {
        match self.last.iter_mut().find(|(f, _)| *f == form) {
            Some((_, last)) => *last = n,
            None => self.last.push((form, n)),
        }
    }

    /// A heading above articles. Levels below it may begin anew.
    pub(super) fn heading(&mut self, marker: Option<Marker>, at: usize, warnings: &mut Warnings) {
        self.check(marker, at, warnings, true);
        // 章 within 编, 节 within 章, 一、 within 章 begin anew.
        if let Some(m) = marker
            && m.form < Form::Section
        {
            let keep = |f: Form| f <= m.form || f == Form::Article || f == Form::Box;
            self.last.retain(|(f, _)| keep(*f));
        }
    }

    /// An article 第…条.
    pub(super) fn article(&mut self, marker: Option<Marker>, at: usize, warnings: &mut Warnings) {
        self.check(marker, at, warnings, false);
    }

    /// A （一） or 1. unit, which may begin anew under each section.
    pub(super) fn unit(&mut self, marker: Option<Marker>, at: usize, warnings: &mut Warnings) {
        self.check(marker, at, warnings, true);
    }

    fn check(&mut self, marker: Option<Marker>, at: usize, warnings: &mut Warnings, restarts: bool) {
        let Some(m) = marker else { return };
        let Some(n) = m.number else { return };
        let span = Span { start: at, end: at + m.len };
        let first = !self.seen_any;
        self.seen_any = true;
        match self.get(m.form) {
            None if n > 1 && first => {
                warn(warnings, span, "first number", || {
                    format!("the first number of the document is {n}: it may begin in the middle")
                });
            }
            None if n > 1 => warn(warnings, span, "first number", || format!("numbering on this level begins at {n}")),
            None => {}
            Some(last) if n == last + 1 || (m.branch > 0 && n == last) => {}
            Some(_) if n == 1 && restarts => {}
            Some(last) if n == last => warn(warnings, span, "repeated number", || format!("number {n} comes twice")),
            Some(last) if n > last => {
                warn(warnings, span, "jump", || format!("number {n} follows {last}: numbers are missing"))
            }
            Some(last) => warn(warnings, span, "back", || format!("number {n} follows {last}: numbering goes back")),
        }
        self.set(m.form, n);
    }
}

/// Warns of items of an article that are missing or come twice. A list may begin anew at one.
pub(super) fn items(t: &Chars, pieces: &[Piece], warnings: &mut Warnings) {
    let mut last: Vec<(Form, u32)> = Vec::new();
    for (form, span) in pieces.iter().filter_map(|p| p.item) {
        let read = marker(t, span.start, span.end).or_else(|| before_figure(t, span.start, t.len()));
        let Some(n) = read.and_then(|m| m.number) else { continue };
        let Some((_, before)) = last.iter_mut().find(|(f, _)| *f == form) else {
            last.push((form, n));
            continue;
        };
        let before = std::mem::replace(before, n);
        if n == before {
            warn(warnings, span, "repeated item", || format!("item {n} comes twice"));
        } else if n != before + 1 && n != 1 {
            warn(warnings, span, "items", || format!("item {n} follows item {before}: the numbering is broken"));
        }
    }
}
