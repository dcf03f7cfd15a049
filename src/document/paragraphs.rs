//! Lines to paragraphs: joins lines that a page break or a fixed width cut, and cuts lines that hold several units.

use super::chars::{Chars, is_closer, is_han, is_space, is_stop};
use super::citations::{cites, is_citation};
use super::layout::{Segment, Zone};
use super::lines::{is_terminated, visible};
use super::markers::{Form, Marker, before_figure, decimal, marker};
use super::outline::MAX_HEADING;
use super::pairs::Pairs;
use super::quotations::quotations;
use super::{Span, numerals};

/// Text from one marker or line to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Para {
    /// The number it begins with.
    pub(super) marker: Option<Marker>,
    /// First character, the number's where it has one.
    pub(super) start: usize,
    /// First character after the number and the white space behind it.
    pub(super) text: usize,
    /// One past the last character that is not white space.
    pub(super) end: usize,
}

impl Para {
    /// The words without the number.
    pub(super) fn body(&self) -> Span {
        Span { start: self.text.min(self.end), end: self.end }
    }

    /// Its number's form.
    pub(super) fn form(&self) -> Option<Form> {
        self.marker.map(|m| m.form)
    }

    /// Its number's value.
    pub(super) fn number(&self) -> Option<u32> {
        self.marker.and_then(|m| m.number)
    }
}

/// Longest quotation inside which no number counts: amendments quote whole articles.
const QUOTED: usize = 1_500;
/// Longest heading that a number inside the line may follow without a stop.
const RUN_IN_HEADING: usize = 45;
/// A line shorter than this was not cut by the width of a page.
const WRAP_WIDTH: usize = 16;

/// Whether the text is a statute: articles 第…条 at the start of its lines.
fn is_statute(t: &Chars, segments: &[Segment]) -> bool {
    let article = |s: &&Segment| {
        s.zone == Zone::Body && marker(t, s.span.start, s.span.end).is_some_and(|m| m.form == Form::Article)
    };
    segments.iter().filter(article).take(2).count() >= 2
}

/// Whether lines are cut at a fixed width: a third of the longer ones ends in mid-sentence.
fn is_wrapped(t: &Chars, segments: &[Segment]) -> bool {
    let long = segments.iter().filter(|s| s.zone == Zone::Body && s.span.len() >= WRAP_WIDTH);
    let (mut all, mut cut) = (0usize, 0usize);
    for s in long {
        all += 1;
        cut += usize::from(!is_terminated(t, s.span) && s.span.len() < 80);
    }
    all >= 8 && cut * 3 >= all
}

/// Makes paragraphs of the text's segments.
pub(super) fn paragraphs(t: &Chars, segments: &[Segment], pairs: &Pairs) -> Vec<Para> {
    let quoted = quotations(t, pairs, QUOTED);
    let facts =
        Facts { statute: is_statute(t, segments), wrapped: is_wrapped(t, segments), decimal: is_decimal(t, segments) };
    let joined = join(t, segments, facts, &quoted, pairs);
    let candidates = candidates(t, &joined, facts, &quoted);
    cut(t, &joined, &candidates)
}

/// Whether `i` stands inside a quotation (not at its opening mark).
fn inside(quoted: &[Span], i: usize) -> bool {
    let k = quoted.partition_point(|q| q.start < i);
    k.checked_sub(1).and_then(|k| quoted.get(k)).is_some_and(|q| i < q.end)
}

/// Joins lines that continue the one before.
fn join(t: &Chars, segments: &[Segment], facts: Facts, quoted: &[Span], pairs: &Pairs) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::new();
    let mut previous: Option<Segment> = None;
    let mut facts = facts;
    for segment in segments {
        match segment.zone {
            Zone::Body => {}
            // A page number between two lines does not part them.
            Zone::Furniture => continue,
            _ => {
                previous = None;
                continue;
            }
        }
        let line = segment.span;
        // Annexes are lists and tables, whatever stands before them.
        facts.statute &= marker(t, line.start, line.end).is_none_or(|m| m.form != Form::Annex);
        if let (Some(last), Some(before)) = (joined.last_mut(), previous)
            && (continues(t, before, *segment, facts, inside(quoted, line.start))
                || bracket_goes_on(t, pairs, before.span, line))
        {
            last.end = line.end;
        } else {
            joined.push(line);
        }
        previous = Some(*segment);
    }
    joined
}

/// What is known of the text as a whole.
#[derive(Clone, Copy)]
struct Facts {
    /// Articles 第…条 at the start of its lines.
    statute: bool,
    /// Lines are cut at a fixed width.
    wrapped: bool,
    /// Units are numbered 1, 1.1, 1.1.1.
    decimal: bool,
}

/// Whether a text is numbered `1　总则`, `1.1　编制目的`: three such lines or more, the first of them 1 or 1.1.
fn is_decimal(t: &Chars, segments: &[Segment]) -> bool {
    let body = segments.iter().filter(|s| s.zone == Zone::Body);
    let mut found = body.filter_map(|s| decimal(t, s.span.start, s.span.end)).filter(|m| m.form != Form::Whole);
    found.next().is_some_and(|m| m.number == Some(1)) && found.take(2).count() == 2
}

/// Whether a bracket that opens near the end of a line closes in the next one.
fn bracket_goes_on(t: &Chars, pairs: &Pairs, before: Span, line: Span) -> bool {
    let from = before.start.max(before.end.saturating_sub(200));
    let open = (from..before.end).filter(|i| matches!(t.at(*i), '（' | '(' | '《' | '【' | '['));
    open.filter_map(|i| pairs.close(i)).any(|close| close >= line.start && close < line.end)
}

/// Whether a line continues the line before it.
fn continues(t: &Chars, before: Segment, line: Segment, facts: Facts, in_quotation: bool) -> bool {
    let Facts { statute, wrapped, .. } = facts;
    let start = marker(t, line.span.start, line.span.end);
    if in_quotation {
        return !is_terminated(t, before.span);
    }
    let first = t.at(line.span.start);
    if matches!(first, '，' | '。' | '、' | '；' | '：' | '）' | ')' | '”' | '》') {
        return true;
    }
    let halved = matches!(first, '条' | '款' | '项') && numerals::is_numeral(t.before(before.span.end));
    if halved && !is_terminated(t, before.span) {
        return true;
    }
    let cites = matches!(t.before(before.span.end), '第' | '款' | '项' | '和' | '或' | '至' | '及' | '、');
    if let Some(m) = start {
        // 依照第三条第 / （一）项: the number is a citation cut at the end of the line.
        let number_end = line.span.start + m.len;
        let text = t.skip_space(number_end, line.span.end);
        let goes_on = ["规定", "所列", "的"].iter().any(|w| t.has(text, w));
        let set_off = m.form == Form::Article && is_space(t.at(number_end)) && !goes_on;
        let cited = cites && !set_off && matches!(m.form, Form::Bracketed | Form::Article | Form::Section);
        // 依照本办法 / 第三条规定的: so is this one.
        let from = Span { start: before.span.end.saturating_sub(4).max(before.span.start), end: before.span.end };
        return cited
            || m.form == Form::Article
                && !is_terminated(t, before.span)
                && is_citation(t, line.span.start + m.len, false)
                && [
                    "本法",
                    "本条例",
                    "本办法",
                    "本规定",
                    "本细则",
                    "本规则",
                    "依照",
                    "按照",
                    "根据",
                    "违反",
                    "》",
                    "适用",
                ]
                .iter()
                .any(|w| t.words_of(from).ends_with(w));
    }
    if is_terminated(t, before.span) {
        return false;
    }
    if matches!(t.before(before.span.end), '，' | ',' | '、' | '第') {
        return true;
    }
    let width = visible(t, before.span, 200);
    if width < WRAP_WIDTH || line.indent > before.indent + 1 {
        return false;
    }
    let heading = marker(t, before.span.start, before.span.end).map(|m| m.form);
    let can_head = match heading {
        Some(Form::Article) => false,
        Some(Form::Bracketed | Form::Arabic | Form::Section | Form::ArabicBracketed) => !statute,
        Some(_) => true,
        None => !statute,
    };
    if wrapped { !can_head || width >= 24 } else { !can_head || width > 70 }
}

/// A number that may begin a unit.
struct Candidate {
    at: usize,
    marker: Marker,
    /// At the start of a line.
    opens_line: bool,
    /// Next number of the same form in the text.
    next: Option<u32>,
    /// After a stop; false where only a heading stands before it.
    after_stop: bool,
    /// Looks as much like a figure (8.6个): counts only in its turn.
    figure: bool,
}

/// Collects all numbers that stand where a unit can begin.
fn candidates(t: &Chars, joined: &[Span], facts: Facts, quoted: &[Span]) -> Vec<Candidate> {
    let mut found = Vec::new();
    for para in joined {
        collect(t, *para, facts, quoted, &mut found);
    }
    let mut next: Vec<(Form, Option<u32>)> = Vec::new();
    for c in found.iter_mut().rev() {
        match next.iter_mut().find(|(f, _)| *f == c.marker.form) {
            Some((_, n)) => {
                c.next = *n;
                *n = c.marker.number;
            }
            None => next.push((c.marker.form, c.marker.number)),
        }
    }
    found
}

/// Collects the numbers of one paragraph.
fn collect(t: &Chars, para: Span, facts: Facts, quoted: &[Span], found: &mut Vec<Candidate>) {
    let mut i = para.start;
    // Where a heading that still waits for its first stop began.
    let mut heading = None;
    // The last character passed that is not white space.
    let mut before = '\0';
    while i < para.end {
        let opens_line = i == para.start;
        let after_stop = is_stop(before) || is_closer(before) || matches!(before, '：' | ':' | '…');
        let in_heading = heading.is_some_and(|h: usize| i - h <= RUN_IN_HEADING);
        if (opens_line || after_stop || in_heading)
            && !inside(quoted, i)
            && let Some((m, figure)) = number_at(t, i, para.end, facts, opens_line)
        {
            if opens_line || after_stop || can_follow_heading(m.form) {
                found.push(Candidate { at: i, marker: m, opens_line, next: None, after_stop, figure });
            }
            if matches!(m.form, Form::Section | Form::Box | Form::Chapter | Form::Part | Form::Division) {
                heading = Some(i);
            } else if opens_line || after_stop {
                heading = None;
            }
            before = t.before(i + m.len);
            i += m.len;
            continue;
        }
        let c = t.at(i);
        if is_stop(c) {
            heading = None;
        }
        if !is_space(c) {
            before = c;
        }
        i += 1;
    }
}

/// The number at `i`, and whether it looks as much like a figure.
fn number_at(t: &Chars, i: usize, end: usize, facts: Facts, opens_line: bool) -> Option<(Marker, bool)> {
    if facts.decimal
        && opens_line
        && let Some(m) = decimal(t, i, end)
    {
        return Some((m, false));
    }
    let figure = || before_figure(t, i, end).filter(|_| opens_line && !facts.decimal).map(|m| (m, true));
    marker(t, i, end).map(|m| (m, false)).or_else(figure)
}

/// Forms that may directly follow a heading with no stop between: 七、提升质量治理(十九)加强…
fn can_follow_heading(form: Form) -> bool {
    matches!(form, Form::Bracketed | Form::Dash | Form::Article | Form::Division)
}

/// Cuts paragraphs at the numbers that count.
fn cut(t: &Chars, joined: &[Span], candidates: &[Candidate]) -> Vec<Para> {
    let mut paras = Vec::new();
    let mut last: Vec<(Form, Option<u32>)> = Vec::new();
    let mut k = 0;
    for span in joined {
        let mut open = Para { marker: None, start: span.start, text: span.start, end: span.end };
        while let Some(c) = candidates.get(k).filter(|c| c.at < span.end) {
            k += 1;
            let previous = last.iter().find(|(f, _)| *f == c.marker.form).and_then(|(_, n)| *n);
            if !counts(t, c, previous, span.end, &open) {
                continue;
            }
            match last.iter_mut().find(|(f, _)| *f == c.marker.form) {
                Some((_, n)) => *n = c.marker.number,
                None => last.push((c.marker.form, c.marker.number)),
            }
            if c.at > open.start {
                let done = t.trim(Span { start: open.start, end: c.at });
                paras.push(Para { end: done.end, ..open });
            }
            let mut text = t.skip_space(c.at + c.marker.len, span.end);
            // 第一条：.
            if c.marker.form == Form::Article && matches!(t.at(text), '：' | ':') {
                text = t.skip_space(text + 1, span.end);
            }
            open = Para { marker: Some(c.marker), start: c.at, text, end: span.end };
        }
        paras.push(open);
    }
    paras
}

/// Whether a number begins a unit where it stands.
fn counts(t: &Chars, c: &Candidate, previous: Option<u32>, end: usize, open: &Para) -> bool {
    let m = c.marker;
    let after = t.at(c.at + m.len);
    let number = m.number.unwrap_or(0);
    let follows = previous.is_some_and(|p| number == p + 1 || (number == p && m.branch > 0));
    let leads = c.next == Some(number + 1);
    if c.figure {
        return follows;
    }
    if c.opens_line {
        return match m.form {
            // 第三条规定的 at the start of a line is a citation; 第三条　 and 第三条 in its turn are not.
            Form::Article => {
                let named = is_space(after) || matches!(after, '【' | '：' | ':') || c.at + m.len >= end;
                // 第一条为了规范…: without white space only where the numbers go on.
                let goes_on = follows || leads && previous.is_none_or(|p| number > p);
                (named || goes_on) && !is_citation(t, c.at + m.len, named)
            }
            // 2　组织体系 in its turn; 3　人 in a table is none.
            Form::Whole => {
                (follows || number == 1)
                    && end - c.at <= MAX_HEADING
                    && !has_comma(t, Span { start: c.at + m.len, end })
            }
            Form::Chapter | Form::Part | Form::SubPart | Form::Division => {
                let rest = Span { start: c.at + m.len, end };
                rest.is_empty()
                    || is_space(after)
                    || (rest.len() <= 40 && !cites(after) && !has_comma(t, rest))
                    || names_chapter(t, rest)
            }
            _ => true,
        };
    }
    match m.form {
        Form::Annex | Form::Whole | Form::Decimal | Form::DeepDecimal => false,
        Form::Question | Form::Answer => c.after_stop,
        Form::Article => (follows || (number == 1 && leads)) && (is_space(after) || !cites(after)),
        Form::Part | Form::SubPart | Form::Chapter | Form::Division => {
            let rest = Span { start: c.at + m.len, end };
            let closes_line = rest.len() <= 20 && !cites(after) && !has_comma(t, rest);
            c.after_stop && (follows || number == 1) && (is_space(after) || closes_line || names_chapter(t, rest))
        }
        Form::Box => c.after_stop,
        Form::Dash => {
            dashed_title(t, c.at + m.len, end) && (c.after_stop || open.form() == Some(Form::Box)) && m.len >= 2
        }
        Form::Section | Form::Bracketed => {
            follows || (number == 1 && (leads || c.after_stop)) || (previous.is_none() && leads)
        }
        Form::Arabic | Form::ArabicBracketed | Form::Circled => {
            c.after_stop && (follows || (number == 1 && leads)) && numerals::arabic_digit(after).is_none()
        }
    }
}

/// Whether a name stands between the number of a chapter and that of its first article: 第二章附则第四条….
fn names_chapter(t: &Chars, rest: Span) -> bool {
    let below = |k: &usize| {
        marker(t, *k, rest.end)
            .is_some_and(|m| m.form == Form::Article || m.form == Form::Division && m.number == Some(1))
    };
    let name = (rest.start + 2..rest.end.min(rest.start + 24)).find(below);
    name.is_some_and(|k| !cites(t.at(rest.start)) && !has_comma(t, Span { start: rest.start, end: k }))
}

/// Whether a range has a comma or stop, as sentences have and names of chapters have not.
fn has_comma(t: &Chars, span: Span) -> bool {
    t.slice(span).iter().any(|c| matches!(c, '，' | ',') || is_stop(*c))
}

/// Whether a short sentence follows, as the title of a —— item.
fn dashed_title(t: &Chars, start: usize, end: usize) -> bool {
    let first = t.at(t.skip_space(start, end));
    (is_han(first) || matches!(first, '“' | '《'))
        && (start..end.min(start + 50)).any(|i| matches!(t.at(i), '。' | '：' | '；' | '！'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Warnings;
    use crate::document::layout::layout;

    fn starts(text: &str) -> Vec<String> {
        let t = Chars::new(text);
        let pairs = Pairs::find(&t, &mut Warnings::default());
        let paras = paragraphs(&t, &layout(&t), &pairs);
        paras.iter().map(|p| t.string(Span { start: p.start, end: p.end.min(p.start + 8) })).collect()
    }

    #[test]
    fn units_inside_one_line_are_cut_where_their_numbers_continue() {
        let text = "为基础的体系。(责任单位:市商务局)专栏4质量工程——优化计量服务。完善体系。——创新标准供给。建立体系。\
                    七、提升治理水平(十九)加强法治建设。加强审查。(二十)优化政策供给。依照第三条第（二）项执行。八、组织保障(二十一)加强领导。坚持领导。";
        let found = starts(text);
        let expected = [
            "为基础的体系。(",
            "专栏4质量工程",
            "——优化计量服务",
            "——创新标准供给",
            "七、提升治理水平",
            "(十九)加强法治",
            "(二十)优化政策",
            "八、组织保障",
            "(二十一)加强领",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn citations_are_not_units() {
        assert_eq!(
            starts(
                "违反本条例第三条第（一）项、第（二）项规定的，依照前款处罚。依照第五条第（三）项办理的，从其规定。"
            )
            .len(),
            1
        );
        assert_eq!(starts("国家级质检中心——国家再制造质检中心与德国合作，实现互认，确立权威地位。").len(), 1);
    }

    #[test]
    fn a_line_cut_by_the_page_is_joined_to_its_sentence() {
        let text = "第一条　测绘成果的所有权人、使用人或者其他利害关系人对测绘\n成果有异议的，可以委托检验。\n第二条　依照第三条第\n（一）项办理。\n第三条　本条例自公布之日起施行。";
        assert_eq!(starts(text).len(), 3);
    }
}
