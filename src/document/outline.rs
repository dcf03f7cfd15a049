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
use super::markers::Form;
use super::paragraphs::Para;
use super::sequence::Sequence;
use super::{ArticleKind, Heading, HeadingKind, Span, Warnings};

/// Longest heading, in characters: longer runs of text without a stop are text.
const MAX_HEADING: usize = 70;
/// Longest first sentence that is the title of the unit it opens.
const MAX_TITLE: usize = 50;

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

/// Builds the outline.
pub(super) fn outline(t: &Chars, paras: &[Para], warnings: &mut Warnings) -> Outline {
    let mut builder = Builder {
        t,
        paras,
        out: Outline::default(),
        above: Vec::new(),
        open: None,
        warnings,
        sequence: Sequence::default(),
    };
    let mut from = 0;
    while from < paras.len() {
        let start = builder.annex(from);
        let to = (start.max(from + 1)..paras.len()).find(|i| builder.is_annex(*i)).unwrap_or(paras.len());
        builder.part(start, to.max(start));
        from = to.max(start);
    }
    builder.close();
    builder.out
}

/// A heading that is above what comes next.
struct Above {
    rank: usize,
    words: String,
}

struct Builder<'a> {
    t: &'a Chars,
    paras: &'a [Para],
    out: Outline,
    above: Vec<Above>,
    open: Option<Draft>,
    warnings: &'a mut Warnings,
    sequence: Sequence,
}

/// What a region of a policy document has below its sections.
struct Levels {
    /// For each paragraph of the region, the section it is in.
    section: Vec<usize>,
    /// For each section: has it a （一） level, a 1. level.
    below: Vec<(bool, bool)>,
    /// Whether any 一、 section has a level below it.
    any: bool,
    /// For each paragraph, whether its number is that of an item of a list in running text.
    listed: Vec<bool>,
    /// Forms whose units begin with a title sentence, as most of them do or none.
    titled: Vec<Form>,
}

impl Builder<'_> {
    fn para(&self, i: usize) -> Option<&Para> {
        self.paras.get(i)
    }

    // ---- annexes ----

    fn is_annex(&self, i: usize) -> bool {
        self.para(i).is_some_and(|p| p.form() == Some(Form::Annex))
    }

    /// Takes annex headings and lists of annexes at `i`; gives the first paragraph behind them.
    fn annex(&mut self, mut i: usize) -> usize {
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
                && let Some(next) = self.para(i).filter(|q| q.marker.is_none() && q.end - q.start <= 40)
                && !has_stop(self.t, next.body())
                && !is_terminated(self.t, next.body())
                && self.para(i + 1).is_some_and(|q| q.marker.is_some() || has_stop(self.t, q.body()))
            {
                title = Span { start: if title.is_empty() { next.start } else { title.start }, end: next.end };
                end = next.end;
                i += 1;
            }
            let title =
                if has_stop(self.t, title) || title.len() > MAX_HEADING { Span { start: end, end } } else { title };
            if title.is_empty() && !p.body().is_empty() {
                // 附：a whole sentence.
                let label = Span { start: p.start, end: p.text };
                self.heading(HeadingKind::Annex, 0, label, title, Span { start: p.start, end: p.text });
                self.push_text(p.body(), None, false);
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
        let last = next >= self.paras.len();
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

    // ---- parts ----

    /// One part: the main text or one annex.
    fn part(&mut self, from: usize, to: usize) {
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

    fn form(&self, i: usize) -> Option<Form> {
        self.para(i).and_then(Para::form)
    }

    /// Whether paragraph `i` is a heading that can stand above articles.
    fn heads_articles(&self, i: usize) -> bool {
        let Some(p) = self.para(i) else { return false };
        match p.form() {
            Some(Form::Part | Form::SubPart | Form::Chapter | Form::Division) => true,
            Some(Form::Section | Form::Bracketed) => self.is_bare(p),
            None => self.is_unnumbered_heading(i),
            _ => false,
        }
    }

    /// Whether a paragraph is a few words without a stop.
    fn is_bare(&self, p: &Para) -> bool {
        let body = p.body();
        !body.is_empty() && body.len() <= MAX_HEADING && !has_stop(self.t, body) && !is_terminated(self.t, body)
    }

    /// A heading without a number: a short line between sentences, before a paragraph or a numbered unit.
    fn is_unnumbered_heading(&self, i: usize) -> bool {
        let Some(p) = self.para(i).filter(|p| p.marker.is_none()) else { return false };
        let body = p.body();
        if is_named_heading(&self.t.squeezed(Span { start: body.start, end: body.end.min(body.start + 12) }))
            && body.len() <= 12
        {
            return true;
        }
        let size = visible(self.t, body, 50);
        let commas = self.t.slice(body).iter().filter(|c| matches!(c, '，' | ',' | '、' | '|' | '\t')).count();
        let worded = self.t.slice(body).iter().filter(|c| is_han(**c)).count() >= 2;
        let last = self.t.before(body.end);
        if !(2..=36).contains(&size)
            || commas > 2
            || !worded
            || !self.is_bare(p)
            || matches!(last, '，' | '、' | ',' | '%')
        {
            return false;
        }
        let before = i.checked_sub(1).and_then(|k| self.para(k));
        let opened = before.is_none_or(|b| is_terminated(self.t, b.body()) || b.form().is_some_and(|f| f < Form::Box));
        let followed = self.para(i + 1).is_some_and(|n| {
            matches!(n.form(), Some(f) if f != Form::Dash && f != Form::Arabic)
                || (n.marker.is_none() && has_stop(self.t, n.body()) && n.end - n.start >= 30)
        });
        opened && followed
    }

    // ---- statutes ----

    fn statute(&mut self, from: usize, to: usize) {
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
                Some(Form::Bracketed) if self.is_bare(&p) && self.open.is_none() && self.leads_to_article(i, to) => {
                    self.heading_of(p, HeadingKind::Subsection, 6);
                }
                Some(Form::Article) => self.statute_article(p, i),
                Some(form) => self.push_text(p.body(), Some((form, Span { start: p.start, end: p.text })), true),
                None if self.is_unnumbered_heading(i - 1) && self.leads_to_article(i, to) => {
                    let span = p.body();
                    self.heading(HeadingKind::Chapter, 3, Span { start: span.start, end: span.start }, span, span);
                }
                None => self.push_text(p.body(), None, true),
            }
        }
    }

    /// Whether paragraph `i` is an article or a heading of articles.
    fn leads_to_article(&self, i: usize, to: usize) -> bool {
        i < to
            && matches!(self.form(i), Some(Form::Article | Form::Part | Form::SubPart | Form::Chapter | Form::Division))
            || i + 1 < to && self.form(i + 1) == Some(Form::Article) && self.para(i).is_some_and(|p| self.is_bare(p))
    }

    fn statute_article(&mut self, p: Para, next: usize) {
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
    fn chapter(&mut self, p: Para, form: Form, mut next: usize, to: usize) -> usize {
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
        }
        if self.t.slice(title).iter().any(|c| is_stop(*c)) || title.len() > MAX_HEADING {
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

    // ---- policy documents ----

    fn policy(&mut self, from: usize, to: usize) {
        let levels = self.levels(from, to);
        let mut i = from;
        while i < to {
            let Some(p) = self.para(i).copied() else { break };
            let here = i - from;
            i += 1;
            let section = levels.section.get(here).copied().unwrap_or(0);
            let (bracketed, _) = levels.below.get(section).copied().unwrap_or_default();
            let listed = levels.listed.get(here).copied().unwrap_or(false);
            let in_box = self.above.last().is_some_and(|a| a.rank == BOX_RANK);
            match p.form() {
                Some(form @ (Form::Part | Form::SubPart | Form::Chapter | Form::Division)) => {
                    i = self.chapter(p, form, i, to)
                }
                Some(Form::Section) => self.section(p, i, to, &levels, section),
                Some(Form::Box) => self.boxed(p),
                Some(Form::Bracketed) if !listed && !(in_box && self.sequence.restarts(p.marker)) => {
                    self.leave_box();
                    self.sequence.unit(p.marker, p.start, self.warnings);
                    self.titled_article(p, i, to, &levels);
                }
                Some(Form::Arabic) if !listed && !bracketed && !in_box => {
                    self.sequence.unit(p.marker, p.start, self.warnings);
                    self.titled_article(p, i, to, &levels);
                }
                Some(Form::Dash | Form::Arabic | Form::ArabicBracketed | Form::Circled | Form::Bracketed) if in_box => {
                    self.box_item(p)
                }
                Some(form) => self.item(p, form, i, to),
                None if self.is_unnumbered_heading(i - 1) => {
                    let rank = if levels.below.len() > 1 { 6 } else { 5 };
                    let kind = if rank == 6 { HeadingKind::Subsection } else { HeadingKind::Section };
                    let span = p.body();
                    self.heading(kind, rank, Span { start: span.start, end: span.start }, span, span);
                }
                None => self.push_text(p.body(), None, false),
            }
        }
    }

    /// Looks at what stands below each section.
    fn levels(&self, from: usize, to: usize) -> Levels {
        let mut levels = Levels {
            section: Vec::new(),
            below: vec![(false, false)],
            any: false,
            listed: Vec::new(),
            titled: Vec::new(),
        };
        let mut in_box = false;
        levels.listed = self.lists(from, to);
        for i in from..to {
            let form = self.form(i);
            if matches!(form, Some(Form::Section | Form::Chapter | Form::Division | Form::Part)) {
                levels.below.push((false, false));
                in_box = false;
            }
            in_box |= form == Some(Form::Box);
            let section = levels.below.len() - 1;
            levels.section.push(section);
            let listed = levels.listed.get(i - from).copied().unwrap_or(false);
            if let Some(below) = levels.below.last_mut()
                && !listed
                && !in_box
            {
                below.0 |= form == Some(Form::Bracketed);
                below.1 |= form == Some(Form::Arabic);
            }
        }
        levels.any = levels.below.iter().skip(1).any(|b| b.0 || b.1);
        for form in [Form::Section, Form::Bracketed, Form::Arabic] {
            let listed = |i: usize| levels.listed.get(i - from).copied().unwrap_or(false);
            let units = (from..to).filter(|i| self.form(*i) == Some(form) && !listed(*i));
            let (mut all, mut titled) = (0usize, 0usize);
            for p in units.clone().filter_map(|i| self.para(i).map(|p| (i, p))) {
                all += 1;
                titled += usize::from(!self.title(p.1, p.0 + 1, to, false, true).0.is_empty());
            }
            if titled * 2 >= all {
                levels.titled.push(form);
            }
        }
        levels
    }

    /// Marks the numbers that belong to a list in running text: led in by a colon, its members closed with ；.
    fn lists(&self, from: usize, to: usize) -> Vec<bool> {
        let mut listed = vec![false; to.saturating_sub(from)];
        for form in [Form::Bracketed, Form::Arabic] {
            let mut i = from;
            while i < to {
                let Some(first) = self.para(i).filter(|p| p.form() == Some(form)).and_then(Para::number) else {
                    i += 1;
                    continue;
                };
                let mut members = vec![i];
                let mut k = i + 1;
                while k < to && k - i < 2_000 {
                    match self.form(k) {
                        Some(f) if f == form && self.number(k) == Some(first.saturating_add(members.len() as u32)) => {
                            members.push(k);
                        }
                        Some(f) if f == form || f < form => break,
                        _ => {}
                    }
                    k += 1;
                }
                let led = first == 1
                    && i.checked_sub(1)
                        .filter(|b| *b >= from)
                        .and_then(|b| self.para(b))
                        .is_some_and(|b| self.is_lead_in(b));
                let but_last = members.len().saturating_sub(1);
                let closed = members.iter().take(but_last).all(|m| self.ends_in(*m, &['；', ';', '，', ',']));
                if (led && members.len() > 1 && closed) || self.is_table(&members, form) {
                    for m in &members {
                        if let Some(l) = listed.get_mut(m - from) {
                            *l = true;
                        }
                    }
                }
                i = k.max(i + 1);
            }
        }
        listed
    }

    fn number(&self, i: usize) -> Option<u32> {
        self.para(i).and_then(Para::number)
    }

    /// Whether numbered lines are a list of names (1．尺): many, short, and no sentence among them.
    fn is_table(&self, members: &[usize], form: Form) -> bool {
        let short =
            |m: &&usize| self.para(**m).is_some_and(|p| p.end - p.text.min(p.end) <= 20 && !has_stop(self.t, p.body()));
        form == Form::Arabic && members.len() >= 4 && members.iter().filter(short).count() * 10 >= members.len() * 9
    }

    /// Whether a paragraph is a sentence that leads in a list: it ends in a colon and is more than a heading.
    fn is_lead_in(&self, p: &Para) -> bool {
        let words = || self.t.string(Span { start: p.end.saturating_sub(24).max(p.start), end: p.end });
        matches!(self.t.before(p.end), '：' | ':')
            && (p.end - p.start > 25
                || p.form() != Some(Form::Section)
                || ["下列", "以下", "如下", "应当"].iter().any(|w| words().contains(w)))
    }

    fn ends_in(&self, i: usize, marks: &[char]) -> bool {
        self.para(i).is_some_and(|p| marks.contains(&self.t.before(p.end)))
    }

    /// A 一、 unit: a heading, or the article itself where nothing stands below any of them.
    fn section(&mut self, p: Para, next: usize, to: usize, levels: &Levels, section: usize) {
        self.sequence.heading(p.marker, p.start, self.warnings);
        self.leave_box();
        self.close();
        let (bracketed, arabic) = levels.below.get(section).copied().unwrap_or_default();
        let (title, rest) = self.title(&p, next, to, true, levels.titled.contains(&Form::Section));
        let itself = !levels.any || (title.is_empty() && !bracketed && !arabic);
        if itself {
            self.drop_above(5);
            self.article(ArticleKind::Numbered, p, title, rest, false);
            return;
        }
        self.heading(
            HeadingKind::Section,
            5,
            self.label(&p),
            title,
            Span { start: p.start, end: title.end.max(p.text.min(p.end)) },
        );
        self.push_text(rest, None, false);
    }

    fn titled_article(&mut self, p: Para, next: usize, to: usize, levels: &Levels) {
        let titled = p.form().is_some_and(|f| levels.titled.contains(&f));
        let (title, rest) = self.title(&p, next, to, false, titled);
        self.article(ArticleKind::Numbered, p, title, rest, false);
    }

    /// Splits a numbered paragraph into the unit's title and the text after it.
    ///
    /// A heading on a line of its own is always one; a first sentence is one only where the units of this level have
    /// titles (`titled`).
    fn title(&self, p: &Para, next: usize, to: usize, section: bool, titled: bool) -> (Span, Span) {
        let body = p.body();
        let none = (Span { start: body.start, end: body.start }, body);
        let goes_on = next < to && !self.is_sibling_or_above(p, next);
        let colon_end = matches!(self.t.before(body.end), '：' | ':') && body.len() <= 25;
        if body.len() <= MAX_HEADING && !has_stop(self.t, body) && (!is_terminated(self.t, body) || colon_end) {
            // A numbered line with nothing under it is not a heading but what the document says.
            let bare = goes_on || (section && next < to);
            return if bare { (body, Span { start: body.end, end: body.end }) } else { none };
        }
        if !titled {
            return none;
        }
        let window = body.end.min(body.start + MAX_TITLE + 1);
        let mut depth = 0usize;
        for i in body.start..window {
            let c = self.t.at(i);
            match c {
                '“' | '（' | '(' | '《' => depth += 1,
                '”' | '）' | ')' | '》' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > 0 {
                continue;
            }
            let rest = self.t.skip_space(i + 1, body.end);
            let more = rest < body.end || goes_on;
            let words = Span { start: body.start, end: i };
            match c {
                '。' | '！' | '!' if more && self.can_be_title(words) => {
                    return (Span { start: body.start, end: i }, Span { start: rest, end: body.end });
                }
                '。' | '！' | '!' | '；' | ';' | '？' => return none,
                '：' | ':' if i - body.start <= 16 && rest < body.end && !self.enumerates(rest, body.end) => {
                    return (words, Span { start: rest, end: body.end });
                }
                '\u{3000}'
                    if i - body.start >= 4 && i - body.start <= 25 && body.end - i > 20 && self.can_be_title(words) =>
                {
                    let plain = !self.t.slice(words).iter().any(|c| matches!(c, '，' | '、' | ','));
                    if plain {
                        return (words, Span { start: rest, end: body.end });
                    }
                }
                _ => {}
            }
        }
        none
    }

    /// Whether a first sentence can be the name of its unit rather than a rule: it prescribes and counts nothing.
    fn can_be_title(&self, words: Span) -> bool {
        const RULES: &[&str] =
            &["应当", "不得", "必须", "自发布之日", "自印发之日", "自公布之日", "有效期", "%", "％", "的，", "的,"];
        let text = self.t.string(words);
        self.t.words(words) >= 2
            && !RULES.iter().any(|r| text.contains(r))
            && text.chars().filter(|c| matches!(c, '，' | ',')).count() <= 3
    }

    /// Whether a list in the line follows at `i`.
    fn enumerates(&self, i: usize, end: usize) -> bool {
        ["一是", "（一）", "(一)", "1.", "1．", "①", "（1）", "(1)"].iter().any(|w| i < end && self.t.has(i, w))
    }

    /// Whether paragraph `i` begins a unit of the same level as `p` or above it.
    fn is_sibling_or_above(&self, p: &Para, i: usize) -> bool {
        match (p.form(), self.form(i)) {
            (Some(a), Some(b)) => b <= a,
            _ => false,
        }
    }

    fn boxed(&mut self, p: Para) {
        self.sequence.heading(p.marker, p.start, self.warnings);
        self.close();
        let body = p.body();
        let bare = body.len() <= MAX_HEADING && !has_stop(self.t, body);
        let title = if bare { body } else { Span { start: p.text.min(p.end), end: p.text.min(p.end) } };
        self.heading(
            HeadingKind::Box,
            BOX_RANK,
            self.label(&p),
            title,
            Span { start: p.start, end: title.end.max(p.text.min(p.end)) },
        );
        if !bare {
            self.push_text(body, None, false);
        }
    }

    /// An item of a box; its first sentence is its title and a clause as well.
    fn box_item(&mut self, p: Para) {
        let body = p.body();
        let stop = (body.start..body.end.min(body.start + MAX_TITLE)).find(|i| is_stop(self.t.at(*i)));
        let title = stop.filter(|i| i + 1 < body.end && self.t.at(*i) == '。').map_or(body.start, |i| i);
        self.article(ArticleKind::BoxItem, p, Span { start: body.start, end: title }, body, false);
    }

    /// An item below an article. A numbered line with the item's text under it is a heading and no clause.
    fn item(&mut self, p: Para, form: Form, next: usize, to: usize) {
        let number = Span { start: p.start, end: p.text };
        let heads = form != Form::Dash
            && self.is_bare(&p)
            && next < to
            && self.para(next).is_some_and(|n| {
                n.marker.is_none() && has_stop(self.t, n.body())
                    || n.form().is_some_and(|f| f > form && f != Form::Dash)
            });
        if heads {
            self.out.skipped.push(p.body());
        }
        let text = if heads { Span { start: p.end, end: p.end } } else { p.body() };
        self.push_text(text, Some((form, number)), false);
    }

    // ---- shared ----

    /// The number as written, without white space around it.
    fn label(&self, p: &Para) -> Span {
        self.t.trim(Span { start: p.start, end: p.marker.map_or(p.start, |m| (p.start + m.len).min(p.end)) })
    }

    fn heading_of(&mut self, p: Para, kind: HeadingKind, rank: usize) {
        self.heading(kind, rank, self.label(&p), p.body(), Span { start: p.start, end: p.end });
    }

    fn heading(&mut self, kind: HeadingKind, rank: usize, label: Span, title: Span, span: Span) {
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
    fn drop_above(&mut self, rank: usize) {
        while self.above.last().is_some_and(|a| a.rank >= rank) {
            self.above.pop();
        }
    }

    fn leave_box(&mut self) {
        self.drop_above(BOX_RANK);
    }

    fn path(&self) -> Vec<String> {
        self.above.iter().map(|a| a.words.clone()).collect()
    }

    fn article(&mut self, kind: ArticleKind, p: Para, title: Span, text: Span, statute: bool) {
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
    fn push_text(&mut self, text: Span, item: Option<(Form, Span)>, statute: bool) {
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

    fn close(&mut self) {
        if let Some(draft) = self.open.take() {
            self.out.drafts.push(draft);
        }
    }
}

/// Rank of 专栏, below everything that numbers the main text.
const BOX_RANK: usize = 7;

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

/// 第一章 总则 is written with a space, 一、总体要求 without.
fn needs_space(label: &str, title: &str) -> bool {
    !label.is_empty() && !title.is_empty() && label.chars().last().is_some_and(is_han)
}
