//! Sorts the lines: the document's own text, and what stands around it (page furniture, title, addressees, signature,
//! table of contents).
//!
//! Invariant: in doubt a line is text. A title taken for text is one odd clause; text taken for a title is lost.

use super::chars::{Chars, is_han};
use super::furniture::{is_furniture, is_salutation, is_speaker, is_strong};
use super::lines::{
    Line, SHORT, has_stop, is_adoption_note, is_body_name, is_date, is_document_number, is_title, lines, visible,
};
use super::markers::{Form, decimal, marker};
use super::numerals::{date, dates};
use super::{SkipReason, Span, parts};

/// What a stretch of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    /// The document's own text.
    Body,
    /// Part of the title.
    Title,
    /// Title of a document inside the document: what a covering letter carries, or the new text behind a decision.
    AttachedTitle,
    /// Note of adoption and number under such a title.
    AttachedFront,
    /// Document number.
    Number,
    /// Note of adoption, speaker and the like.
    Front,
    /// Addressees.
    Salutation,
    /// Issuer at the end.
    Signatory,
    /// Date at the end, and the note of publicity after it.
    SignatureDate,
    /// Table of contents.
    Contents,
    /// What belongs to the page.
    Furniture,
}

impl Zone {
    /// Why text of this zone is not part of a clause; `None` for text that is.
    pub(super) fn reason(self) -> Option<SkipReason> {
        Some(match self {
            Zone::Body => return None,
            Zone::Title | Zone::AttachedFront | Zone::Number | Zone::Front => SkipReason::Front,
            Zone::AttachedTitle => SkipReason::Heading,
            Zone::Salutation => SkipReason::Salutation,
            Zone::Signatory | Zone::SignatureDate => SkipReason::Signature,
            Zone::Contents => SkipReason::Contents,
            Zone::Furniture => SkipReason::Furniture,
        })
    }
}

/// A stretch of one line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    /// Where it stands, without white space at its ends.
    pub(super) span: Span,
    /// What it is.
    pub(super) zone: Zone,
    /// White space before the line it is in.
    pub(super) indent: usize,
}

/// How far from the top a title is looked for, in lines.
const FRONT_LINES: usize = 60;

/// Sorts all lines.
pub(super) fn layout(t: &Chars) -> Vec<Segment> {
    let lines = lines(t);
    let mut zones: Vec<Option<Zone>> = vec![None; lines.len()];
    // The rules are about Chinese documents: where nothing is Chinese everything is text.
    let chinese = t.slice(Span { start: 0, end: t.len().min(100_000) }).iter().any(|c| is_han(*c));
    if !chinese {
        return lines.iter().map(|l| Segment { span: l.span, zone: Zone::Body, indent: l.indent }).collect();
    }
    let body = front(t, &lines, &mut zones);
    contents(t, &lines, &mut zones);
    signatures(t, &lines, &mut zones, body);
    parts::titles_inside(t, &lines, &mut zones, body);
    ends(t, &lines, &mut zones);
    keep_something(&lines, &mut zones);
    let mut segments = Vec::with_capacity(lines.len());
    let mut untitled = !zones.contains(&Some(Zone::Title));
    for (line, zone) in lines.iter().zip(zones) {
        match zone {
            Some(zone) => segments.push(Segment { span: line.span, zone, indent: line.indent }),
            None => {
                let from = if untitled { run_in_front(t, line, &mut segments) } else { line.span.start };
                untitled = false;
                let rest = t.trim(Span { start: from, end: line.span.end });
                if !rest.is_empty() {
                    split_signature(t, &Line { span: rest, indent: line.indent }, &mut segments);
                }
            }
        }
    }
    segments
}

/// The titles of the documents inside the document, their lines joined.
pub(super) fn attached_titles(t: &Chars, segments: &[Segment]) -> Vec<Span> {
    let mut titles: Vec<Span> = Vec::new();
    let mut open = false;
    for s in segments {
        let title = s.zone == Zone::AttachedTitle;
        match titles.last_mut().filter(|_| title && open) {
            Some(last) => last.end = s.span.end,
            None if title => titles.push(t.trim(s.span)),
            None => {}
        }
        open = title;
    }
    titles
}

/// The title, number and addressees at the start of a text that has lost its line breaks; gives where they end.
///
/// Only where addressees or a number follow the title: a sentence can begin like a title.
fn run_in_front(t: &Chars, line: &Line, segments: &mut Vec<Segment>) -> usize {
    let start = line.span.start;
    if line.span.len() < 120 {
        return start;
    }
    let limit = line.span.end.min(start + 90);
    // The longest title: 关于印发《…办法》的通知 holds another.
    for end in (start + 8..limit).rev() {
        let title = Span { start, end };
        let mut next = t.skip_space(end, line.span.end);
        let number =
            (next..line.span.end.min(next + 30)).find(|i| t.at(*i) == '号').map(|i| Span { start: next, end: i + 1 });
        let number = number.filter(|n| is_document_number(t, *n));
        if let Some(n) = number {
            next = t.skip_space(n.end, line.span.end);
        }
        // 来源：… between the number and the addressees.
        let source = (number.is_some() && t.has(next, "来源"))
            .then(|| (next..line.span.end.min(next + 30)).find(|i| t.at(*i) == '各'))
            .flatten()
            .map(|i| Span { start: std::mem::replace(&mut next, i), end: i });
        let addressed = t.at(next) == '各';
        if !(addressed || number.is_some()) || !is_title(t, title) {
            continue;
        }
        let colon = (next..line.span.end.min(next + 300)).find(|i| matches!(t.at(*i), '：' | ':' | '。'));
        let readers = colon.map(|i| Span { start: next, end: i + 1 }).filter(|s| addressed && is_salutation(t, *s));
        if readers.is_none() && number.is_none() {
            continue;
        }
        let mut push =
            |span: Span, zone: Zone| segments.push(Segment { span: t.trim(span), zone, indent: line.indent });
        push(title, Zone::Title);
        number.into_iter().for_each(|n| push(n, Zone::Number));
        source.into_iter().for_each(|s| push(s, Zone::Furniture));
        readers.into_iter().for_each(|r| push(r, Zone::Salutation));
        return readers.map_or(next, |r| r.end);
    }
    start
}

/// A document of front matter only is a clause that someone typed: it is text.
fn keep_something(lines: &[Line], zones: &mut [Option<Zone>]) {
    if lines.is_empty() || zones.iter().any(Option::is_none) {
        return;
    }
    for zone in zones.iter_mut() {
        if matches!(zone, Some(Zone::Title | Zone::AttachedTitle | Zone::Front | Zone::Salutation | Zone::Signatory)) {
            *zone = None;
        }
    }
    if zones.iter().all(Option::is_some) {
        zones.fill(None);
    }
}

/// Headings without a number that open the text of a law.
pub(super) fn is_named_heading(text: &str) -> bool {
    matches!(text, "总则" | "附则" | "序言" | "前言" | "引言" | "总纲" | "分则" | "序章" | "附加条款")
}

/// Whether a line can only be text.
pub(super) fn is_text(t: &Chars, line: Span) -> bool {
    if line.len() > SHORT {
        return !is_adoption_note(t, line);
    }
    if is_furniture(t, line) || is_adoption_note(t, line) || is_document_number(t, line) || is_speaker(t, line) {
        return false;
    }
    if let Some(m) = marker(t, line.start, line.end) {
        let dated = m.form == Form::Dash && date(t, t.skip_space(line.start + m.len, line.end), line.end).is_some();
        return !dated;
    }
    if is_salutation(t, line) || is_named_heading(&t.squeezed(line)) || t.squeezed(line) == "目录" {
        return true;
    }
    if is_title(t, line) || is_date(t, line) {
        return false;
    }
    // 1　总则 and 1.1　编制目的 open the text of an emergency plan.
    if decimal(t, line.start, line.end).is_some() {
        return true;
    }
    let size = visible(t, line, 80);
    let ends_open = matches!(t.before(line.end), '：' | ':');
    let runs_on = t.slice(line).iter().any(|c| matches!(c, '，' | ','));
    (has_stop(t, line) && size >= 8) || (ends_open && size >= 6) || size >= 70 || (runs_on && size >= 25)
}

/// Sorts what stands before the text and gives the index of the first line of text.
fn front(t: &Chars, lines: &[Line], zones: &mut [Option<Zone>]) -> usize {
    let head = lines.len().min(FRONT_LINES);
    let body = (0..head).find(|i| is_text(t, lines[*i].span)).unwrap_or(head);
    for i in 0..body {
        let line = lines[i].span;
        zones[i] = if is_document_number(t, line) {
            Some(Zone::Number)
        } else if is_furniture(t, line) {
            Some(Zone::Furniture)
        } else if is_adoption_note(t, line) || is_speaker(t, line) || is_date(t, line) {
            Some(Zone::Front)
        } else {
            None
        };
    }
    let title = find_title(t, lines, zones, body);
    let before_title = title.map_or(0, |r| r.0);
    if let Some((from, to)) = title {
        zones[from..to].fill(Some(Zone::Title));
        for (i, zone) in zones.iter_mut().enumerate().take(body) {
            if zone.is_none() {
                let header = is_body_name(t, lines[i].span) || t.squeezed(lines[i].span).ends_with("文件");
                *zone = Some(if i < before_title && !header { Zone::Furniture } else { Zone::Front });
            }
        }
    }
    // Without a title short lines before the text are text themselves.
    let mut at = zones.iter().take(body).position(Option::is_none).unwrap_or(body);
    while at < lines.len() && at < body + 4 && is_salutation(t, lines[at].span) {
        // Addressees that fill several lines.
        let mut first = at;
        while first > 0 && at - first < 4 && zones[first - 1] == Some(Zone::Front) && runs_on(t, lines[first - 1].span)
        {
            first -= 1;
        }
        zones[first..=at].fill(Some(Zone::Salutation));
        at += 1;
    }
    at
}

/// A line of addressees that goes on in the next one.
fn runs_on(t: &Chars, line: Span) -> bool {
    matches!(t.before(line.end), '，' | '、' | ',')
}

/// The lines of the title: `[from, to)`.
fn find_title(t: &Chars, lines: &[Line], zones: &[Option<Zone>], body: usize) -> Option<(usize, usize)> {
    for from in 0..body {
        if zones[from].is_some() {
            continue;
        }
        for to in from + 1..=body.min(from + 5) {
            if zones[to - 1].is_some() {
                break;
            }
            let span = Span { start: lines[from].span.start, end: lines[to - 1].span.end };
            let goes_on = lines
                .get(to)
                .is_some_and(|l| to < body && matches!(t.at(l.span.start), '的' | '（' | '(') && zones[to].is_none());
            if is_title(t, span) && !goes_on {
                return Some((from, to));
            }
        }
    }
    // A name that ends in no usual word is a title where a note of adoption or a document number follows it.
    let from = zones.iter().take(body).position(Option::is_none)?;
    let to = (from..body).find(|i| zones[*i].is_some()).unwrap_or(body);
    let followed = to < body && matches!(zones[to], Some(Zone::Front | Zone::Number));
    (followed && to - from <= 4).then_some((from, to))
}

/// Marks the tables of contents: an attached document has its own.
fn contents(t: &Chars, lines: &[Line], zones: &mut [Option<Zone>]) {
    for at in 0..lines.len() {
        if zones[at].is_none() && lines[at].span.len() <= 8 && t.squeezed(lines[at].span) == "目录" {
            contents_from(t, lines, zones, at);
        }
    }
}

/// Marks a table of contents: from 目录 until its first entry comes again.
fn contents_from(t: &Chars, lines: &[Line], zones: &mut [Option<Zone>], at: usize) {
    zones[at] = Some(Zone::Contents);
    let Some(first) = lines.get(at + 1) else { return };
    let key = |line: Span| {
        let number = marker(t, line.start, line.end).map(|m| (m.form, m.number, m.branch));
        let name: String =
            t.squeezed(line).chars().take_while(|c| !matches!(c, '…' | '.' | '·') && !c.is_ascii_digit()).collect();
        (number, if number.is_some() { String::new() } else { name })
    };
    let opening = key(first.span);
    for i in at + 1..lines.len() {
        let line = lines[i].span;
        let repeats = i > at + 1 && key(line) == opening;
        let entry = visible(t, line, 80) < 80 && !t.slice(line).contains(&'。') && zones[i].is_none();
        let article = marker(t, line.start, line.end).is_some_and(|m| m.form == Form::Article) && has_stop(t, line);
        if repeats || !entry || article {
            return;
        }
        zones[i] = Some(Zone::Contents);
    }
}

/// Marks signatures (names of bodies, then a date), the note of publicity and the title of what is attached.
fn signatures(t: &Chars, lines: &[Line], zones: &mut [Option<Zone>], body: usize) {
    let mut after = None;
    for i in body..lines.len() {
        let line = lines[i].span;
        if zones[i].is_some() {
            continue;
        }
        let dated = is_date(t, line);
        let signed = signed_line(t, line);
        if !dated && signed.is_none() {
            continue;
        }
        let mut from = i;
        while dated && from > body && i - from < 8 && zones[from - 1].is_none() && is_body_name(t, lines[from - 1].span)
        {
            from -= 1;
        }
        // 省长　某某: who signs an order.
        let officer = from.checked_sub(1).filter(|k| *k >= body && zones[*k].is_none() && dated);
        if let Some(officer) = officer.filter(|k| lines[*k].span.len() <= 14 && is_speaker(t, lines[*k].span)) {
            from = officer;
        }
        let alone = dated && from == i;
        let last = lines.get(i + 1).is_none_or(|l| is_publicity(t, l.span) || !is_text(t, l.span));
        if alone && !last {
            continue;
        }
        zones[from..i].fill(Some(Zone::Signatory));
        zones[i] = Some(Zone::SignatureDate);
        let mut next = i + 1;
        while next < lines.len() && is_publicity(t, lines[next].span) {
            zones[next] = Some(Zone::SignatureDate);
            next += 1;
        }
        after = Some(next);
        parts::title_behind_signature(t, lines, zones, next);
    }
    if let Some(after) = after {
        leftovers(t, lines, zones, after);
    }
}

/// A line of the names of bodies and a date: where the date starts.
fn signed_line(t: &Chars, line: Span) -> Option<usize> {
    if visible(t, line, 80) >= 80 {
        return None;
    }
    let found = dates(t, line.start, line.end);
    let d = found.last().filter(|d| t.trim(Span { start: d.end, end: line.end }).is_empty())?;
    let name = t.trim(Span { start: line.start, end: d.start });
    (!name.is_empty() && is_body_name(t, name)).then_some(d.start)
}

/// （此件公开发布）, and the contacts some offices put beside it.
fn is_publicity(t: &Chars, line: Span) -> bool {
    if line.len() > SHORT {
        return false;
    }
    let text = t.squeezed(line);
    let size = text.chars().count();
    size <= 80 && ((text.contains("此件") && size <= 30) || text.trim_start_matches(['（', '(']).starts_with("联系人"))
}

/// After the last signature short lines that are no text and no annex belong to the page.
fn leftovers(t: &Chars, lines: &[Line], zones: &mut [Option<Zone>], from: usize) {
    let annexed =
        |i: &usize| marker(t, lines[*i].span.start, lines[*i].span.end).is_some_and(|m| m.form == Form::Annex);
    let open: Vec<usize> = (from..lines.len()).filter(|i| zones[*i].is_none()).collect();
    if open.iter().any(|i| is_text(t, lines[*i].span) && !annexed(i))
        || open.iter().filter(|i| annexed(i)).count() > 0 && open.len() > 3
    {
        return;
    }
    for i in open {
        if !annexed(&i) {
            zones[i] = Some(Zone::Furniture);
        }
    }
}

/// Marks furniture at the end of the page, and the kinds that are furniture anywhere.
fn ends(t: &Chars, lines: &[Line], zones: &mut [Option<Zone>]) {
    for (zone, line) in zones.iter_mut().zip(lines).rev() {
        let furniture = zone.is_none() && is_furniture(t, line.span);
        if furniture {
            *zone = Some(Zone::Furniture);
        } else if *zone != Some(Zone::Furniture) {
            break;
        }
    }
    for (zone, line) in zones.iter_mut().zip(lines) {
        if zone.is_none() && is_strong(t, line.span) {
            *zone = Some(Zone::Furniture);
        }
        if zone.is_none() && t.words(line.span) <= 6 && is_salutation(t, line.span) {
            *zone = Some(Zone::Salutation);
        }
    }
}

/// A line of text, cut where a signature runs into it: `…成员单位)枣庄市人民政府2024年6月18日(此件公开发布)文件…`.
fn split_signature(t: &Chars, line: &Line, segments: &mut Vec<Segment>) {
    let indent = line.indent;
    let span = line.span;
    let whole = Segment { span, zone: Zone::Body, indent };
    let found = if span.len() < 40 { Vec::new() } else { dates(t, span.start, span.end) };
    let Some((name, end)) = found.iter().rev().find_map(|d| run_in_signature(t, span, d.start, d.end)) else {
        segments.push(whole);
        return;
    };
    let mut push = |span: Span, zone: Zone| {
        let span = t.trim(span);
        if !span.is_empty() {
            segments.push(Segment { span, zone, indent });
        }
    };
    push(Span { start: span.start, end: name.start }, Zone::Body);
    push(name, Zone::Signatory);
    let mut date_end = end;
    if matches!(t.at(end), '（' | '(')
        && let Some(close) = (end..span.end.min(end + 30)).find(|i| matches!(t.at(*i), '）' | ')'))
    {
        date_end = close + 1;
    }
    push(Span { start: name.end, end: date_end }, Zone::SignatureDate);
    let mut rest = Span { start: date_end, end: span.end };
    if let Some(titled) = parts::run_in_title(t, rest.start, rest.end) {
        push(Span { start: rest.start, end: titled }, Zone::AttachedTitle);
        rest.start = titled;
    }
    let text = t.slice(rest).iter().filter(|c| **c == '。').count() > 0;
    push(rest, if text { Zone::Body } else { Zone::Furniture });
}

/// The signatory before a date inside a line, where the two are a signature; and the end of the date.
fn run_in_signature(t: &Chars, line: Span, start: usize, end: usize) -> Option<(Span, usize)> {
    let next = t.at(end);
    let closes = end >= line.end
        || matches!(next, '（' | '(' | '附' | ' ' | '\u{3000}')
        || parts::run_in_title(t, end, line.end).is_some();
    let from = (line.start.max(start.saturating_sub(60))..start)
        .rev()
        .find(|i| matches!(t.at(*i), '。' | '）' | ')' | '！' | '；' | '”'))
        .map(|i| i + 1)?;
    let name = t.trim(Span { start: from, end: start });
    (closes && !name.is_empty() && is_body_name(t, name)).then_some((name, end))
}
