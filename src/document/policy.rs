//! The outline of policy documents: 一、 sections, （一） and 1. units, boxes.

use super::chars::is_stop;
use super::lines::{has_stop, is_terminated};
use super::markers::{Form, marker};
use super::outline::{BOX_RANK, Builder, MAX_HEADING};
use super::paragraphs::Para;
use super::{ArticleKind, HeadingKind, Span};

/// Longest first sentence that is the title of the unit it opens.
const MAX_TITLE: usize = 50;

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
    /// For each paragraph, whether a unit of its section comes behind it.
    more: Vec<bool>,
}

impl Builder<'_> {
    pub(super) fn policy(&mut self, from: usize, to: usize) {
        let levels = self.levels(from, to);
        let mut i = from;
        while i < to {
            let Some(p) = self.para(i).copied() else { break };
            let here = i - from;
            i += 1;
            let section = levels.section.get(here).copied().unwrap_or(0);
            let (bracketed, _) = levels.below.get(section).copied().unwrap_or_default();
            let listed = levels.listed.get(here).copied().unwrap_or(false);
            let in_box = self.in_box();
            match p.form() {
                Some(form @ (Form::Part | Form::SubPart | Form::Chapter | Form::Division)) => {
                    i = self.chapter(p, form, i, to)
                }
                Some(Form::Section | Form::Whole) => self.section(p, i, to, &levels, section),
                Some(Form::Question) if self.is_answered(i, to) => self.question(p),
                Some(Form::Question) => self.push_text(Span { start: p.start, end: p.end }, None, false),
                Some(Form::Answer) => self.answer(p),
                Some(Form::Decimal) => {
                    self.leave_box();
                    self.sequence.unit(p.marker, p.start, self.warnings);
                    self.titled_article(p, i, to, &levels);
                }
                Some(Form::Box) => self.boxed(p),
                Some(Form::Bracketed) if !(listed || in_box && self.sequence.restarts(p.marker)) => {
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
                None if self.is_glossary(i - 1) => {
                    let span = p.body();
                    let label = Span { start: span.start, end: span.start };
                    self.heading(HeadingKind::Annex, 0, label, span, span);
                }
                None if self.is_unnumbered_heading(i - 1) => {
                    let rank = if levels.below.len() > 1 { 6 } else { 5 };
                    let kind = if rank == 6 { HeadingKind::Subsection } else { HeadingKind::Section };
                    let span = p.body();
                    self.heading(kind, rank, Span { start: span.start, end: span.start }, span, span);
                }
                None => {
                    if self.open.as_ref().is_some_and(|a| a.kind != ArticleKind::Body) {
                        if self.closes_document(&p) {
                            self.close();
                            self.drop_above(5);
                        } else if !levels.more.get(here).copied().unwrap_or(true) && self.is_addressed(i - 1) {
                            self.close();
                        }
                    }
                    self.push_text(p.body(), None, false);
                }
            }
        }
    }

    /// Whether a paragraph without a number speaks of the document as a whole: it belongs to no unit above it.
    fn closes_document(&self, p: &Para) -> bool {
        let body = p.body();
        let start = self.t.words_of(Span { start: body.start, end: body.end.min(body.start + 60) });
        let own = ["本决定", "本通知", "本意见", "本方案", "本办法", "本规定", "本公告", "本细则"]
            .iter()
            .any(|w| start.starts_with(w));
        let dated = ["施行", "实施", "执行", "生效"].iter().any(|w| start.contains(w)) && start.contains('自');
        (own && dated && body.len() <= 120) || start.contains("根据本决定作") || start.contains("按照本决定作")
    }

    /// Whether 各位代表！ stands before paragraph `i` or opens it: a speech ends its last unit so, and closes with words
    /// that belong to the whole section.
    fn is_addressed(&self, i: usize) -> bool {
        let Some((p, before)) = self.para(i).zip(i.checked_sub(1).and_then(|k| self.para(k))) else { return false };
        let between = Span { start: before.end, end: p.start };
        let address = |words: String| ["各位代表", "各位委员"].iter().any(|w| words.contains(w));
        between.len() <= 60 && address(self.t.words_of(Span { start: between.start, end: p.end.min(p.start + 4) }))
    }

    /// Whether a line heads the explanations of words behind a report.
    fn is_glossary(&self, i: usize) -> bool {
        self.para(i).filter(|p| p.body().len() <= 20).is_some_and(|p| {
            matches!(
                self.t.squeezed(p.body()).trim_matches(['（', '）', '(', ')', '：', ':']),
                "名词解释" | "名词注释" | "有关名词解释" | "部分名词解释" | "有关用语说明" | "名词术语解释" | "注释"
            )
        })
    }

    // ---- questions and answers ----

    /// Whether an answer stands behind the question before paragraph `next`.
    fn is_answered(&self, next: usize, to: usize) -> bool {
        (next..to.min(next + 6))
            .map_while(|i| self.para(i).filter(|p| p.form() != Some(Form::Question)))
            .any(|p| p.form() == Some(Form::Answer))
    }

    /// 问：… is a unit of its own with the question for its title.
    fn question(&mut self, p: Para) {
        let body = p.body();
        let rest = Span { start: body.end, end: body.end };
        self.article(ArticleKind::Numbered, p, body, rest, false);
    }

    fn answer(&mut self, p: Para) {
        self.out.skipped.push(Span { start: p.start, end: p.text.min(p.end) });
        self.push_text(p.body(), None, false);
    }

    /// Looks at what stands below each section.
    fn levels(&self, from: usize, to: usize) -> Levels {
        let mut levels = Levels {
            section: Vec::new(),
            below: vec![(false, false)],
            any: false,
            listed: Vec::new(),
            titled: Vec::new(),
            more: Vec::new(),
        };
        let mut in_box = false;
        levels.listed = self.lists(from, to);
        for i in from..to {
            let form = self.form(i);
            let section =
                matches!(form, Some(Form::Section | Form::Whole | Form::Chapter | Form::Division | Form::Part));
            if section || self.is_glossary(i) {
                levels.below.push((false, false));
                in_box = false;
            }
            let unnumbered = levels.below.len() > 1 && form.is_none() && self.is_unnumbered_heading(i);
            levels.any |= unnumbered;
            in_box |= form == Some(Form::Box);
            let section = levels.below.len() - 1;
            levels.section.push(section);
            let listed = levels.listed.get(i - from).copied().unwrap_or(false);
            if let Some(below) = levels.below.last_mut()
                && !listed
                && !in_box
            {
                below.0 |= form == Some(Form::Bracketed);
                below.1 |= matches!(form, Some(Form::Arabic | Form::Decimal));
            }
        }
        let (mut more, mut section) = (false, usize::MAX);
        for i in (from..to).rev() {
            let here = levels.section.get(i - from).copied().unwrap_or(0);
            more &= here == section;
            section = here;
            levels.more.push(more);
            more |= matches!(self.form(i), Some(Form::Bracketed | Form::Arabic));
        }
        levels.more.reverse();
        levels.any |= levels.below.iter().skip(1).any(|b| b.0 || b.1);
        for form in [Form::Section, Form::Bracketed, Form::Decimal, Form::Arabic] {
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
                        Some(f) if f <= form => break,
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
        // Text between them makes units of them.
        let close = members.first().zip(members.last()).is_some_and(|(a, b)| b - a < members.len() + members.len() / 4);
        close
            && form == Form::Arabic
            && members.len() >= 4
            && members.iter().filter(short).count() * 10 >= members.len() * 9
    }

    /// Whether a paragraph is a sentence that leads in a list: it ends in a colon and is more than a heading.
    fn is_lead_in(&self, p: &Para) -> bool {
        let words = || self.t.words_of(Span { start: p.end.saturating_sub(24).max(p.start), end: p.end });
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
            Span { start: p.start, end: if rest.is_empty() { p.end } else { rest.start } },
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
        // 一、什么是养犬登记？ above its answer.
        if goes_on && self.form(next) == Some(Form::Answer) && body.len() <= 3 * MAX_HEADING {
            let said = marker(self.t, body.start, body.end).filter(|m| m.form == Form::Question);
            let start = self.t.skip_space(body.start + said.map_or(0, |m| m.len), body.end);
            return (Span { start, end: body.end }, Span { start: body.end, end: body.end });
        }
        let colon_end = matches!(self.t.before(body.end), '：' | ':') && body.len() <= 25 && !self.leads_in(body);
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
            let more = (rest < body.end && !self.only_bracket(rest, body.end)) || goes_on;
            let words = Span { start: body.start, end: i };
            match c {
                '。' | '！' | '!' if more && self.can_be_title(words) => {
                    return (Span { start: body.start, end: i }, Span { start: rest, end: body.end });
                }
                '。' | '！' | '!' | '；' | ';' | '？' => return none,
                '：' | ':'
                    if i - body.start <= 16
                        && rest < body.end
                        && !self.leads_in(words)
                        && !self.enumerates(rest, body.end) =>
                {
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

    /// Whether nothing but a remark in brackets is left: （市市场监管局牵头） behind a sentence makes no title of it.
    fn only_bracket(&self, start: usize, end: usize) -> bool {
        let rest = Span { start, end };
        matches!(self.t.at(start), '（' | '(' | '【' | '[')
            && matches!(self.t.before(end), '）' | ')' | '】' | ']')
            && end - start <= 300
            && !self.t.slice(rest).contains(&'。')
    }

    /// Whether a first sentence can be the name of its unit rather than a rule: it prescribes and counts nothing.
    fn can_be_title(&self, words: Span) -> bool {
        const RULES: &[&str] =
            &["应当", "不得", "必须", "自发布之日", "自印发之日", "自公布之日", "有效期", "%", "％", "的，", "的,"];
        let text = self.t.words_of(words);
        self.t.words(words) >= 2
            && !RULES.iter().any(|r| text.contains(r))
            && text.chars().filter(|c| matches!(c, '，' | ',')).count() <= 3
    }

    /// Whether words before a colon lead in what follows rather than name it.
    fn leads_in(&self, words: Span) -> bool {
        let text = self.t.words_of(words);
        ["下列", "以下", "如下", "应当", "修改为", "规定", "作为", "“"].iter().any(|w| text.contains(w))
    }

    /// Whether a list in the line follows at `i`.
    fn enumerates(&self, i: usize, end: usize) -> bool {
        ["一是", "（一）", "(一)", "1.", "1．", "①", "（1）", "(1)", "“"].iter().any(|w| i < end && self.t.has(i, w))
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
}
