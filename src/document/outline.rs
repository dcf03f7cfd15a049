//! Paragraphs to headings and articles.
//!
//! Which numbered level is "the article" differs by document, and within one by section:
//! - 第…条, where there are any;
//! - otherwise the （一） level; in a section without it, the 1. level;
//! - where no 一、 section has a level below it, the 一、 units themselves.
//!
//! Text under a heading that carries no number of its own goes to an article of kind Body.

use super::chars::{Chars, is_han, is_space, is_stop};
use super::layout::is_named_heading;
use super::lines::{has_stop, is_terminated, visible};
use super::markers::{Form, marker};
use super::paragraphs::Para;
use super::sequence::{Sequence, items};
use super::{ArticleKind, Heading, HeadingKind, Span, Warnings};

/// Longest heading, in characters: longer runs of text without a stop are text.
pub(super) const MAX_HEADING: usize = 70;

/// A part of an article.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    /// Its number as an item, with the place of the number.
    pub(super) item: Option<(Form, Span)>,
    /// The text, without numbers and titles.
    pub(super) text: Span,
}

/// An article before its clauses are cut.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) kind: ArticleKind,
    pub(super) label: Span,
    pub(super) title: Span,
    pub(super) path: Vec<String>,
    /// In a law or regulation, where paragraphs are 款 and items 项.
    pub(super) statute: bool,
    pub(super) pieces: Vec<Piece>,
}

/// Headings and articles of a text.
#[derive(Default)]
pub(super) struct Outline {
    pub(super) headings: Vec<Heading>,
    pub(super) drafts: Vec<Draft>,
    /// Numbers, titles and headings.
    pub(super) skipped: Vec<Span>,
    /// Lists of the annexes.
    pub(super) lists: Vec<Span>,
}

/// Builds the outline. `attached` are the titles of documents inside the document, in order.
pub(super) fn outline(t: &Chars, paras: &[Para], attached: &[Span], warnings: &mut Warnings) -> Outline {
    let mut builder = Builder {
        t,
        paras,
        out: Outline::default(),
        above: Vec::new(),
        open: None,
        warnings,
        sequence: Sequence::default(),
        end: paras.len(),
        chapter_number: None,
        chapter_ahead: None,
    };
    let mut attached = attached.iter().copied().peekable();
    let mut from = 0;
    while from < paras.len() {
        while let Some(title) = attached.next_if(|a| paras.get(from).is_some_and(|p| a.start <= p.start)) {
            builder.attached(title);
        }
        let until = attached.peek().map_or(paras.len(), |a| paras.partition_point(|p| p.start < a.start));
        builder.end = until;
        let start = builder.annex(from);
        let to = (start.max(from + 1)..until).find(|i| builder.is_annex(*i)).unwrap_or(until);
        builder.part(start, to.max(start));
        from = to.max(start);
    }
    attached.for_each(|title| builder.attached(title));
    builder.close();
    builder.out
}

/// A heading that is above what comes next.
struct Above {
    rank: usize,
    words: String,
}

/// Builds an outline paragraph by paragraph. The rules for annexes are in `annex`, those for policy documents in
/// `policy`, those for statutes here.
pub(super) struct Builder<'a> {
    pub(super) t: &'a Chars,
    pub(super) paras: &'a [Para],
    pub(super) out: Outline,
    above: Vec<Above>,
    /// The article that text is added to.
    pub(super) open: Option<Draft>,
    pub(super) warnings: &'a mut Warnings,
    pub(super) sequence: Sequence,
    /// Where the document inside the document that is read ends; no rule looks past it.
    pub(super) end: usize,
    /// Number of the last numbered chapter of the part.
    chapter_number: Option<u32>,
    /// The next numbered chapter that was found, or the end of the part.
    chapter_ahead: Option<usize>,
}

impl Builder<'_> {
    pub(super) fn para(&self, i: usize) -> Option<&Para> {
        self.paras.get(i).filter(|_| i < self.end)
    }

    // ---- parts ----

    /// One part: the main text or one annex.
    pub(super) fn part(&mut self, from: usize, to: usize) {
        (self.chapter_number, self.chapter_ahead) = (None, None);
        let first_article = (from..to).find(|i| self.form(*i) == Some(Form::Article));
        let mut statute = first_article.unwrap_or(to);
        if first_article.is_some() {
            while statute > from && self.heads_articles(statute - 1) {
                statute -= 1;
            }
        }
        self.policy(from, statute);
        self.statute(statute, to);
        self.close();
        self.sequence.new_part();
    }

    pub(super) fn form(&self, i: usize) -> Option<Form> {
        self.para(i).and_then(Para::form)
    }

    /// Whether paragraph `i` is a heading that can stand above articles.
    pub(super) fn heads_articles(&self, i: usize) -> bool {
        let Some(p) = self.para(i) else { return false };
        match p.form() {
            Some(Form::Part | Form::SubPart | Form::Chapter | Form::Division) => true,
            Some(Form::Section | Form::Bracketed) => self.is_bare(p),
            None => self.is_unnumbered_heading(i),
            _ => false,
        }
    }

    /// Whether a paragraph is a few words without a stop.
    pub(super) fn is_bare(&self, p: &Para) -> bool {
        let body = p.body();
        !body.is_empty() && body.len() <= MAX_HEADING && !has_stop(self.t, body) && !is_terminated(self.t, body)
    }

    /// A heading without a number: a short line between sentences, before a paragraph or a numbered unit.
    pub(super) fn is_unnumbered_heading(&self, i: usize) -> bool {
        if !self.reads_as_heading(i) {
            return self.names_chapter(i);
        }
        let opens = |i: usize| {
            let before = i.checked_sub(1).and_then(|k| self.para(k));
            before.is_none_or(|b| is_terminated(self.t, b.body()) || b.form().is_some_and(|f| f < Form::Box))
        };
        let article = |i: usize| self.form(i) == Some(Form::Article);
        // The names of a chapter and of its first division, one below the other.
        let first = self.reads_as_heading(i + 1) && article(i + 2);
        let second = article(i + 1) && i > 0 && self.reads_as_heading(i - 1) && opens(i - 1);
        let followed = self.para(i + 1).is_some_and(|n| {
            matches!(n.form(), Some(f) if f != Form::Dash && f != Form::Arabic)
                || (n.marker.is_none() && has_stop(self.t, n.body()) && n.end - n.start >= 30)
        });
        self.names_chapter(i) || opens(i) && (followed || first) || second
    }

    /// Whether a paragraph is 总则, 附则 and the like.
    fn names_chapter(&self, i: usize) -> bool {
        self.para(i)
            .filter(|p| p.marker.is_none() && p.body().len() <= 12)
            .is_some_and(|p| is_named_heading(&self.t.squeezed(p.body())))
    }

    /// Whether a paragraph is a few words that can be a heading, wherever it stands.
    fn reads_as_heading(&self, i: usize) -> bool {
        let Some(p) = self.para(i).filter(|p| p.marker.is_none()) else { return false };
        let body = p.body();
        let size = visible(self.t, body, 50);
        let commas = self.t.slice(body).iter().filter(|c| matches!(c, '，' | ',' | '、' | '|' | '\t')).count();
        let worded = self.t.slice(body).iter().filter(|c| is_han(**c)).count() >= 2;
        let last = self.t.before(body.end);
        // Neither a field with its value nor a formula.
        let field = self.t.slice(body).iter().any(|c| matches!(c, '：' | ':' | '＝' | '=' | '×' | '÷'));
        !field
            && (2..=36).contains(&size)
            && commas <= 2
            && worded
            && self.is_bare(p)
            && !matches!(last, '，' | '、' | ',' | '%')
    }

    /// The title of a document inside the document: a part of its own.
    fn attached(&mut self, title: Span) {
        self.sequence.new_part();
        let label = Span { start: title.start, end: title.start };
        self.heading(HeadingKind::Attached, 0, label, title, title);
    }

    // ---- statutes ----

    pub(super) fn statute(&mut self, from: usize, to: usize) {
        let mut i = from;
        while i < to {
            let Some(p) = self.para(i).copied() else { break };
            i += 1;
            match p.form() {
                Some(form @ (Form::Part | Form::SubPart | Form::Chapter | Form::Division)) => {
                    i = self.chapter(p, form, i, to)
                }
                Some(Form::Section) if self.is_bare(&p) && self.leads_to_article(i, to) => {
                    self.sequence.heading(p.marker, p.start, self.warnings);
                    self.heading_of(p, HeadingKind::Section, 5);
                }
                Some(Form::Bracketed) if self.is_subsection(&p, i, to) => {
                    self.sequence.heading(p.marker, p.start, self.warnings);
                    self.heading_of(p, HeadingKind::Subsection, 6);
                }
                Some(Form::Article) => self.statute_article(p, i),
                Some(Form::Question | Form::Answer) => self.push_text(Span { start: p.start, end: p.end }, None, true),
                Some(form) => self.push_text(p.body(), Some((form, Span { start: p.start, end: p.text })), true),
                None if self.is_unnumbered_heading(i - 1) && self.leads_to_article(i, to) => {
                    i = self.unnumbered_chapter(p, i, to)
                }
                None => self.push_text(p.body(), None, true),
            }
        }
    }

    /// A heading without a number above articles; gives the paragraph behind it. It is
    /// - one heading with the next line, where a long name is broken in two;
    /// - a division, right below the unnumbered name of a chapter, or where numbered chapters stand around it and none
    ///   is missing;
    /// - a chapter otherwise.
    fn unnumbered_chapter(&mut self, p: Para, mut next: usize, to: usize) -> usize {
        let mut span = p.body();
        if span.len() >= BROKEN_NAME
            && self.reads_as_heading(next)
            && self.form(next + 1) == Some(Form::Article)
            && let Some(rest) = self.para(next)
        {
            span.end = rest.end;
            next += 1;
        }
        let below = self.out.headings.last().is_some_and(|h| {
            let touches = self.t.trim(Span { start: h.span.end, end: span.start }).is_empty();
            h.kind == HeadingKind::Chapter && touches
        });
        let complete = self.chapter_number.is_some_and(|n| self.next_chapter(next, to) == Some(n.saturating_add(1)));
        let (kind, rank) = match (below || complete) && !self.names_chapter(next - 1) {
            true => (HeadingKind::Division, 4),
            false => (HeadingKind::Chapter, 3),
        };
        self.heading(kind, rank, Span { start: span.start, end: span.start }, span, span);
        next
    }

    /// Number of the next numbered chapter at or behind paragraph `from`.
    fn next_chapter(&mut self, from: usize, to: usize) -> Option<u32> {
        let found = |i: usize| self.para(i).filter(|p| p.form() == Some(Form::Chapter)).and_then(Para::number);
        // Kept until it is passed, so that all headings together look at every paragraph once.
        let at = match self.chapter_ahead.filter(|at| *at >= from) {
            Some(at) => at,
            None => (from..to).find(|i| found(*i).is_some()).unwrap_or(to),
        };
        let number = found(at);
        self.chapter_ahead = Some(at);
        number
    }

    /// Whether a （一） line above an article is a heading: not the last item of the article before it.
    fn is_subsection(&self, p: &Para, next: usize, to: usize) -> bool {
        let before = next.checked_sub(2).and_then(|k| self.para(k));
        let ended = before.is_none_or(|b| matches!(self.t.before(b.end), '。' | '”' | '）'));
        let counted = p.number() == Some(1) || self.sequence.follows(p.marker);
        let items = self.open.iter().flat_map(|draft| draft.pieces.iter().rev().filter_map(|piece| piece.item));
        let last = items.take(1).find(|(form, _)| *form == Form::Bracketed);
        let last = last.and_then(|(_, span)| marker(self.t, span.start, span.end)).and_then(|m| m.number);
        let other = last.is_some_and(|n| p.number() != Some(n + 1));
        self.is_bare(p) && self.leads_to_article(next, to) && (self.open.is_none() || ended && (counted || other))
    }

    /// Whether paragraph `i` is an article or a heading of articles.
    pub(super) fn leads_to_article(&self, i: usize, to: usize) -> bool {
        i < to
            && matches!(self.form(i), Some(Form::Article | Form::Part | Form::SubPart | Form::Chapter | Form::Division))
            || i + 1 < to && self.form(i + 1) == Some(Form::Article) && self.para(i).is_some_and(|p| self.is_bare(p))
    }

    pub(super) fn statute_article(&mut self, p: Para, next: usize) {
        self.sequence.article(p.marker, p.start, self.warnings);
        let mut title = Span { start: p.text, end: p.text };
        let mut text = p.body();
        // 【立法目的】 after the number is the article's name.
        if self.t.at(p.text) == '【'
            && let Some(close) = (p.text..p.end.min(p.text + 40)).find(|i| self.t.at(*i) == '】')
        {
            title = Span { start: p.text + 1, end: close };
            text = Span { start: self.t.skip_space(close + 1, p.end), end: p.end };
        }
        // 第十八条　承运人的责任, and items below it.
        let items = self.para(next).is_some_and(|n| n.form().is_some_and(|f| f > Form::Article));
        if title.is_empty() && self.is_bare(&p) && p.body().len() <= 30 && items {
            title = text;
            text = Span { start: p.end, end: p.end };
        }
        self.article(ArticleKind::Numbered, p, title, text, true);
    }

    /// A heading of 编, 章 or 节; its name may stand on the line below.
    pub(super) fn chapter(&mut self, p: Para, form: Form, mut next: usize, to: usize) -> usize {
        self.sequence.heading(p.marker, p.start, self.warnings);
        let (kind, rank) = match form {
            Form::Part => (HeadingKind::Part, 1),
            Form::SubPart => (HeadingKind::Part, 2),
            Form::Chapter => (HeadingKind::Chapter, 3),
            _ => (HeadingKind::Division, 4),
        };
        let mut title = p.body();
        let mut end = p.end;
        if title.is_empty()
            && next < to
            && let Some(q) =
                self.para(next).copied().filter(|q| q.marker.is_none() && self.is_bare(q) && q.end - q.start <= 40)
        {
            title = q.body();
            end = q.end;
            next += 1;
        } else if next < to
            && self.reads_as_heading(next)
            && (next + 1 < to && self.form(next + 1).is_some_and(|f| f <= Form::Article))
            && let Some(q) = self.para(next)
            && (matches!(self.t.before(title.end), '、' | '，' | '的' | '和' | '及' | '与' | '或')
                || matches!(self.t.at(q.start), '和' | '及' | '与' | '的' | '或'))
        {
            // 第五章　没有划入军事禁区的 / 军事设施的保护: a long name is broken in two.
            title.end = q.end;
            end = q.end;
            next += 1;
        }
        if form == Form::Chapter {
            self.chapter_number = p.number();
        }
        // 第五节 生活、卫生。
        let inner = Span { start: title.start, end: title.end.saturating_sub(1).max(title.start) };
        if self.t.slice(inner).iter().any(|c| is_stop(*c)) || title.len() > MAX_HEADING {
            // The text runs on after the number: 第一章 总则 without a line break is cut at white space.
            let gap = (title.start..title.end.min(title.start + 30)).find(|i| is_space(self.t.at(*i)));
            let cut = gap.unwrap_or(title.start);
            let rest = Span { start: self.t.skip_space(cut, end), end };
            let name = Span { start: title.start, end: cut };
            self.heading(kind, rank, self.label(&p), name, Span { start: p.start, end: cut.max(p.text.min(end)) });
            self.push_text(rest, None, true);
            return next;
        }
        self.heading(kind, rank, self.label(&p), title, Span { start: p.start, end });
        next
    }

    // ---- shared ----

    /// The number as written, without white space around it.
    pub(super) fn label(&self, p: &Para) -> Span {
        self.t.trim(Span { start: p.start, end: p.marker.map_or(p.start, |m| (p.start + m.len).min(p.end)) })
    }

    pub(super) fn heading_of(&mut self, p: Para, kind: HeadingKind, rank: usize) {
        self.heading(kind, rank, self.label(&p), p.body(), Span { start: p.start, end: p.end });
    }

    pub(super) fn heading(&mut self, kind: HeadingKind, rank: usize, label: Span, title: Span, span: Span) {
        self.close();
        self.drop_above(rank);
        let words = |s: Span| -> String { join_spaced(&self.t.string(s)) };
        let label = words(label);
        let title = words(title).trim_end_matches(['：', ':', '。']).to_owned();
        let depth = self.above.len();
        self.above.push(Above {
            rank,
            words: format!("{label}{}{title}", if needs_space(&label, &title) { " " } else { "" }),
        });
        self.out.headings.push(Heading { kind, label, title, span, depth });
        self.out.skipped.push(span);
    }

    /// Headings of `rank` and below end here.
    pub(super) fn drop_above(&mut self, rank: usize) {
        while self.above.last().is_some_and(|a| a.rank >= rank) {
            self.above.pop();
        }
    }

    /// Whether the innermost heading is a 专栏.
    pub(super) fn in_box(&self) -> bool {
        self.above.last().is_some_and(|a| a.rank == BOX_RANK)
    }

    pub(super) fn leave_box(&mut self) {
        self.drop_above(BOX_RANK);
    }

    pub(super) fn path(&self) -> Vec<String> {
        self.above.iter().map(|a| a.words.clone()).collect()
    }

    pub(super) fn article(&mut self, kind: ArticleKind, p: Para, title: Span, text: Span, statute: bool) {
        self.close();
        let label = self.label(&p);
        self.out.skipped.push(Span { start: p.start, end: text.start.min(p.end).max(p.text.min(p.end)) });
        if !title.is_empty() && text.start < title.end {
            // The title of a box item is a clause too: only the number is skipped.
            self.out.skipped.pop();
            self.out.skipped.push(Span { start: p.start, end: p.text.min(p.end) });
        }
        let mut draft = Draft { kind, label, title, path: self.path(), statute, pieces: Vec::new() };
        if !text.is_empty() {
            draft.pieces.push(Piece { item: None, text });
        }
        self.open = Some(draft);
    }

    /// Adds text to the open article, or opens a Body article for it.
    pub(super) fn push_text(&mut self, text: Span, item: Option<(Form, Span)>, statute: bool) {
        if text.is_empty() && item.is_none() {
            return;
        }
        if let Some((_, number)) = item {
            self.out.skipped.push(Span { start: number.start, end: number.end.min(text.end.max(number.start)) });
        }
        let path = if self.open.is_none() { self.path() } else { Vec::new() };
        let here = Span { start: text.start, end: text.start };
        let draft = self.open.get_or_insert_with(|| Draft {
            kind: ArticleKind::Body,
            label: here,
            title: here,
            path,
            statute,
            pieces: Vec::new(),
        });
        draft.pieces.push(Piece { item, text });
    }

    pub(super) fn close(&mut self) {
        if let Some(draft) = self.open.take() {
            items(self.t, &draft.pieces, self.warnings);
            self.out.drafts.push(draft);
        }
    }
}

/// A name of a chapter that is broken in two has at least this many characters in its first line.
const BROKEN_NAME: usize = 11;

/// Rank of 专栏, below everything that numbers the main text.
pub(super) const BOX_RANK: usize = 7;

/// 总 则 and 总　则 are one word: drops white space between Chinese characters, keeps one space elsewhere.
pub(super) fn join_spaced(text: &str) -> String {
    let chars: Vec<char> = text.trim().chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut last = '\0';
    let mut gap = false;
    for c in chars {
        if is_space(c) {
            gap = true;
            continue;
        }
        let wide = |c: char| {
            is_han(c) || matches!(c, '（' | '）' | '《' | '》' | '、' | '，' | '“' | '”' | '：' | '〔' | '〕')
        };
        if gap && !(wide(last) && wide(c)) && last != '\0' {
            out.push(' ');
        }
        gap = false;
        out.push(c);
        last = c;
    }
    out
}

/// 第一章 总则 and 2.1 职责 are written with a space, 一、总体要求 without.
fn needs_space(label: &str, title: &str) -> bool {
    let digits = label.ends_with(|c: char| c.is_ascii_digit()) && title.starts_with(|c: char| c.is_ascii_digit());
    let decimal = label.chars().all(|c| matches!(c, '0'..='9' | '０'..='９' | '.' | '．'));
    !title.is_empty() && (digits || decimal && !label.is_empty() || label.chars().last().is_some_and(is_han))
}
