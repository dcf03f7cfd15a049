//! Documents inside a document: what a covering letter carries (关于印发《…》的通知 and the 方案 or 办法 itself), and the
//! new full text behind a decision (《…》根据本决定作相应修改，重新公布).
//!
//! A short line with the words of a title begins a part where
//! - it stands behind the signature of the letter, before text; or
//! - numbering begins at one below it, and the text before it has named it, or has had such numbers already.
//!
//! The name under 附件1 is left to `annex`.

use super::Span;
use super::chars::Chars;
use super::furniture::is_furniture;
use super::layout::{Zone, is_named_heading, is_text};
use super::lines::{
    Line, is_adoption_note, is_body_name, is_date, is_document_number, is_terminated, is_title, visible,
};
use super::markers::{Form, Marker, decimal, marker};

/// How many characters before a title are searched for its name.
const NAMED_WITHIN: usize = 1_000;
/// Longest line of a title.
const TITLE_LINE: usize = 60;

/// Marks the title of the document that a covering letter carries, in the lines from `from`, behind the signature.
pub(super) fn title_behind_signature(t: &Chars, lines: &[Line], zones: &mut [Option<Zone>], from: usize) {
    let until = lines.len().min(from + 8);
    let Some(text) = (from..until).find(|i| is_text(t, lines[*i].span)) else { return };
    let short = (from..text).all(|i| visible(t, lines[i].span, TITLE_LINE) < TITLE_LINE);
    let titled = (from..text).any(|i| is_title(t, lines[i].span));
    // A name in unusual words is a title where the letter says that it carries something, and numbers follow.
    let carried =
        || text > from && text - from <= 3 && carries(t, lines, zones) && first_number(t, lines, text).is_some();
    if !short || !(titled || carried()) {
        return;
    }
    let mut named = false;
    for i in from..text {
        let line = lines[i].span;
        // 甲市财政局 / （二○○三年十月）: who wrote it and when.
        let written = named && (is_body_name(t, line) || is_bracket(t, line) && t.slice(line).contains(&'月'));
        named |= is_title(t, line);
        zones[i] = Some(if is_furniture(t, line) {
            Zone::Furniture
        } else if is_note(t, line) || written {
            Zone::AttachedFront
        } else {
            Zone::AttachedTitle
        });
    }
}

/// Whether the document's title says that it carries another one.
fn carries(t: &Chars, lines: &[Line], zones: &[Option<Zone>]) -> bool {
    let titles = zones.iter().zip(lines).take(80).filter(|(z, _)| **z == Some(Zone::Title));
    let words: String = titles.map(|(_, l)| t.squeezed(l.span)).collect();
    ["印发", "转发", "批转", "公布", "发布", "颁布"].iter().any(|w| words.contains(w))
}

/// What stands between a title and its text.
fn is_note(t: &Chars, line: Span) -> bool {
    is_adoption_note(t, line) || is_document_number(t, line) || is_date(t, line)
}

/// Marks titles in the middle of the text.
pub(super) fn titles_inside(t: &Chars, lines: &[Line], zones: &mut [Option<Zone>], body: usize) {
    // Whether articles or chapters, and whether 一、 sections, have begun at one before.
    let mut begun: Vec<Form> = Vec::new();
    let mut i = body;
    while i < lines.len() {
        let line = lines[i].span;
        if zones[i].is_some() {
            i += 1;
            continue;
        }
        if let Some(m) = marker(t, line.start, line.end) {
            if m.number == Some(1) && !begun.contains(&m.form) {
                begun.push(m.form);
            }
            i += 1;
            continue;
        }
        match title_at(t, lines, zones, i, body, &begun) {
            Some((title, front)) => {
                zones[i..title].fill(Some(Zone::AttachedTitle));
                for (zone, line) in zones[title..front].iter_mut().zip(&lines[title..front]) {
                    if zone.is_none() {
                        *zone = Some(if is_bracket(t, line.span) && !is_note(t, line.span) {
                            Zone::AttachedTitle
                        } else {
                            Zone::AttachedFront
                        });
                    }
                }
                i = front;
            }
            None => i += 1,
        }
    }
}

/// A title at line `i`: where it ends, and where the notes under it end.
fn title_at(
    t: &Chars,
    lines: &[Line],
    zones: &[Option<Zone>],
    i: usize,
    body: usize,
    begun: &[Form],
) -> Option<(usize, usize)> {
    if i <= body || visible(t, lines[i].span, TITLE_LINE) >= TITLE_LINE || is_terminated(t, lines[i].span) {
        return None;
    }
    let before = i.checked_sub(1)?;
    let above = marker(t, lines[before].span.start, lines[before].span.end).map(|m| m.form);
    // The list of annexes closes a letter without a stop; what follows 附件1 on a line of its own is its name.
    let opened = zones[before].is_some() || is_terminated(t, lines[before].span) || above.is_some();
    if !opened || above == Some(Form::Annex) && zones[before].is_none() && lines[before].span.len() <= 6 {
        return None;
    }
    let plain = |k: usize| {
        zones.get(k).is_some_and(Option::is_none)
            && visible(t, lines[k].span, TITLE_LINE) < TITLE_LINE
            && !is_note(t, lines[k].span)
            && marker(t, lines[k].span.start, lines[k].span.end).is_none()
    };
    let joined = |to: usize| Span { start: lines[i].span.start, end: lines[to - 1].span.end };
    // The longest run of lines that reads as a title.
    let longest = (i + 1..=lines.len().min(i + 4)).take_while(|to| plain(to - 1));
    let mut title = longest.filter(|to| is_title(t, joined(*to))).last()?;
    while title < lines.len()
        && title - i < 4
        && plain(title)
        && is_bracket(t, lines[title].span)
        && !is_note(t, lines[title].span)
    {
        title += 1;
    }
    let mut front = title;
    while front < lines.len()
        && front - title < 200
        && (zones[front] == Some(Zone::Contents) || zones[front].is_none() && is_note(t, lines[front].span))
    {
        front += 1;
    }
    let first = first_number(t, lines, front)?;
    // Headings inside a text end like titles as well (工作措施): only articles, chapters and sections make a document.
    let restarts = begun.contains(&first.form) && matches!(first.form, Form::Article | Form::Chapter | Form::Part);
    let noted = (title..front).any(|k| zones[k].is_none() && is_adoption_note(t, lines[k].span));
    (restarts || noted || is_named(t, lines, zones, joined(title), i)).then_some((title, front))
}

/// A remark in brackets on a line of its own: （2024—2026年）, （试行）.
pub(super) fn is_bracket(t: &Chars, line: Span) -> bool {
    matches!(t.at(line.start), '（' | '(') && matches!(t.before(line.end), '）' | ')') && line.len() <= 30
}

/// The number of a heading, article or section at one, that line `i` or, behind a preamble, one of the next begins with.
fn first_number(t: &Chars, lines: &[Line], i: usize) -> Option<Marker> {
    for line in lines.iter().skip(i).take(4) {
        let line = line.span;
        if let Some(m) = marker(t, line.start, line.end).or_else(|| decimal(t, line.start, line.end)) {
            let opens = matches!(m.form, Form::Part | Form::Chapter | Form::Article | Form::Section | Form::Whole);
            return (opens && m.number == Some(1)).then_some(m);
        }
        if line.len() <= 12 && is_named_heading(&t.squeezed(line)) {
            continue;
        }
        if visible(t, line, 15) < 15 {
            return None;
        }
    }
    None
}

/// Whether the document's title or the text before line `i` names `title`.
fn is_named(t: &Chars, lines: &[Line], zones: &[Option<Zone>], title: Span, i: usize) -> bool {
    let words = t.squeezed(title);
    let core = words.trim_matches(|c| matches!(c, '《' | '》' | '“' | '”'));
    let core = core.split(['（', '(']).next().unwrap_or(core);
    if core.chars().count() < 4 {
        return false;
    }
    let end = lines[i].span.start;
    if t.squeezed(Span { start: end.saturating_sub(NAMED_WITHIN), end }).contains(core) {
        return true;
    }
    let titles = zones.iter().zip(lines).take(80).filter(|(z, _)| **z == Some(Zone::Title));
    titles.map(|(_, l)| t.squeezed(l.span)).collect::<String>().contains(core)
}

/// Where a title that begins at `start` ends, when the first number of a document follows it on the line: text that lost
/// its line breaks.
pub(super) fn run_in_title(t: &Chars, start: usize, end: usize) -> Option<usize> {
    let opens = |k: usize| {
        marker(t, k, end).is_some_and(|m| {
            m.number == Some(1) && matches!(m.form, Form::Part | Form::Chapter | Form::Article | Form::Section)
        })
    };
    (start + 4..end.min(start + TITLE_LINE)).find(|k| opens(*k) && is_title(t, Span { start, end: *k }))
}
