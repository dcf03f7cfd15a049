//! Lines to paragraphs.
//!
//! A line goes on in the next one when it was full: when the first thing of the next one, which cannot be broken, had no
//! room left on it. Where lines are full by chance, indents, numbers and distances decide.

use std::collections::HashMap;

use super::lines::Line;
use crate::document::chars::{Chars, is_closer, is_stop};
use crate::document::markers::marker;

/// Fewest lines that tell the margins of a page; pages with less take those of the document.
const MIN_LINES: usize = 6;
/// Smaller than this share of the main size, lines at the foot of a page are notes.
const NOTE_SIZE: f32 = 0.9;

/// Where running text stands.
#[derive(Debug, Clone, Copy)]
struct Margins {
    left: f32,
    right: f32,
    /// Distance between lines of a paragraph.
    pitch: f32,
}

/// A line, and what its surroundings say about it.
struct Placed {
    line: Line,
    page: usize,
    margins: Margins,
}

/// The text of the pages, a paragraph a line; the cells of a row are joined by a tab.
pub(super) fn join(pages: Vec<Vec<Line>>) -> String {
    let main = main_size(&pages);
    let (placed, notes) = place(pages, main);
    let mut out: Vec<String> = Vec::new();
    let mut open: Option<Paragraph> = None;
    let mut notes = notes.into_iter().peekable();
    let mut counted = 0;
    for p in placed {
        let goes_on = open.as_ref().is_some_and(|o| o.goes_on(&p));
        if !goes_on {
            if let Some(done) = open.take() {
                out.push(done.text);
            }
            // Notes of pages that are over stand after the paragraph that was open at their foot.
            while let Some((_, lines)) = notes.next_if(|(at, _)| *at < p.page) {
                out.extend(note_texts(&lines, &mut counted));
            }
        }
        match &mut open {
            Some(o) => o.add(p),
            None => open = Some(Paragraph::new(p)),
        }
    }
    out.extend(open.map(|o| o.text));
    for (_, lines) in notes {
        out.extend(note_texts(&lines, &mut counted));
    }
    let mut text = out.join("\n");
    text.push('\n');
    text
}

/// The size that most characters have.
fn main_size(pages: &[Vec<Line>]) -> f32 {
    let mut sizes: HashMap<i32, usize> = HashMap::new();
    for line in pages.iter().flatten() {
        *sizes.entry((line.size * 4.0).round() as i32).or_default() += line.text().chars().count();
    }
    sizes.into_iter().max_by_key(|(size, n)| (*n, *size)).map_or(0.0, |(size, _)| size as f32 / 4.0)
}

/// Lines with their margins, and the notes at the foot of each page.
fn place(pages: Vec<Vec<Line>>, main: f32) -> (Vec<Placed>, Vec<(usize, Vec<Line>)>) {
    let mut notes = Vec::new();
    let mut body: Vec<Vec<Line>> = Vec::new();
    for (at, mut page) in pages.into_iter().enumerate() {
        let small = page.iter().rev().take_while(|l| l.column == 0 && l.size < NOTE_SIZE * main).count();
        let from = page.len() - small;
        let begins = |l: &Line| is_note_mark(&l.text());
        let from = from + page.get(from..).and_then(|foot| foot.iter().position(begins)).unwrap_or(small);
        let foot = page.split_off(from);
        if !foot.is_empty() && !page.is_empty() {
            notes.push((at, foot));
        } else {
            page.extend(foot);
        }
        body.push(page);
    }
    let everywhere = margins(body.iter().flatten().filter(|l| l.column == 0), main);
    let mut placed = Vec::new();
    for (at, page) in body.into_iter().enumerate() {
        let mut own: HashMap<usize, Margins> = HashMap::new();
        for line in page {
            let page_margins = *own.entry(line.column).or_insert(everywhere);
            placed.push(Placed { line, page: at, margins: page_margins });
        }
    }
    let mut groups: HashMap<(usize, usize), Vec<usize>> = HashMap::new();
    for (i, p) in placed.iter().enumerate() {
        groups.entry((p.page, p.line.column)).or_default().push(i);
    }
    for ((_, column), members) in groups {
        let lines: Vec<&Line> = members.iter().filter_map(|i| placed.get(*i)).map(|p| &p.line).collect();
        if column == 0 && lines.len() < MIN_LINES {
            continue;
        }
        let own = margins(lines.iter().copied(), main);
        // A page of short paragraphs has no full line: the document knows its width better, unless the page is wider.
        let narrow = column == 0 && own.right < everywhere.right && own.left >= everywhere.left - main;
        for i in members {
            if let Some(p) = placed.get_mut(i) {
                p.margins = if narrow { Margins { left: own.left.min(everywhere.left), ..everywhere } } else { own };
            }
        }
    }
    (placed, notes)
}

/// Margins of lines of running text.
fn margins<'l>(lines: impl Iterator<Item = &'l Line>, main: f32) -> Margins {
    let lines: Vec<&Line> = lines.filter(|l| l.pieces.len() == 1 && !l.in_table).collect();
    let step = (main / 4.0).max(0.5);
    // The leftmost place where several lines begin.
    let mut starts: HashMap<i32, usize> = HashMap::new();
    for l in &lines {
        *starts.entry((l.x0() / step).round() as i32).or_default() += 1;
    }
    let several = (lines.len() / 20).max(2);
    let near = |at: i32| (at - 1..=at + 1).filter_map(|k| starts.get(&k)).sum::<usize>();
    let fallback = lines.iter().map(|l| l.x0()).fold(f32::INFINITY, f32::min);
    let left = starts.keys().copied().filter(|at| near(*at) >= several).min();
    let left = left.map_or(fallback, |at| at as f32 * step);
    // Of the places near the right end the one where most lines end: punctuation may hang over it.
    let farthest = lines.iter().map(|l| l.x1()).fold(f32::NEG_INFINITY, f32::max);
    let mut ends: HashMap<i32, usize> = HashMap::new();
    for l in lines.iter().filter(|l| l.x1() > farthest - 2.6 * main) {
        *ends.entry((l.x1() / step).round() as i32).or_default() += 1;
    }
    let right = ends.into_iter().max_by_key(|(at, n)| (*n, *at)).map_or(farthest, |(at, _)| at as f32 * step);
    let mut distances: Vec<f32> = lines
        .iter()
        .zip(lines.iter().skip(1))
        .map(|(a, b)| b.y - a.y)
        .filter(|d| *d > 0.5 * main && *d < 4.0 * main)
        .collect();
    distances.sort_by(f32::total_cmp);
    let pitch = distances.get(distances.len() / 4).copied().unwrap_or(0.0);
    Margins { left, right, pitch }
}

/// A paragraph that is being put together.
struct Paragraph {
    text: String,
    last: Placed,
    lines: usize,
}

impl Paragraph {
    fn new(first: Placed) -> Paragraph {
        Paragraph { text: first.line.text(), last: first, lines: 1 }
    }

    fn add(&mut self, next: Placed) {
        let text = next.line.text();
        let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        if latin(self.text.chars().next_back()) && latin(text.chars().next()) {
            self.text.push(' ');
        }
        self.text.push_str(&text);
        self.last = next;
        self.lines += 1;
    }

    /// Whether `next` belongs to the same paragraph.
    fn goes_on(&self, next: &Placed) -> bool {
        let (a, b) = (&self.last, next);
        let em = a.line.size;
        let alike = (a.line.size - b.line.size).abs() < 0.12 * em;
        if !alike || a.line.in_table || b.line.in_table || a.line.pieces.len() > 1 || b.line.pieces.len() > 1 {
            return false;
        }
        let text = b.line.text();
        let stopped = ended(&self.text);
        let left_over = a.margins.right + 0.1 * em - a.line.x1() - first_unit(&text, b.line.size);
        // Writers keep more together than these rules know: in the middle of a sentence, with the next line at the
        // margin, some room may be left.
        let in_the_open = b.line.x0() - b.margins.left < 0.6 * em;
        let room = if stopped || !in_the_open { 0.0 } else { 3.0 * em };
        if left_over >= room {
            return false;
        }
        let numbered = || is_numbered(&text);
        let same_block = a.page == b.page && a.line.column == b.line.column;
        let distance = if same_block { (b.line.y - a.line.y) / a.margins.pitch.max(1.0) } else { 1.0 };
        if distance > 1.6 || distance > 1.12 && stopped {
            return false;
        }
        // Where the two stand from the margins of their own pages.
        let (from, to) = ((a.line.x0() - a.margins.left) / em, (b.line.x0() - b.margins.left) / em);
        if to < 0.6 {
            return !(stopped && numbered());
        }
        let step = to - from;
        if self.lines > 1 && step.abs() < 0.4 {
            // A block that is indented as a whole.
            return !(stopped && numbered());
        }
        // An indented line begins a paragraph, unless it hangs below the number of its item or stands in a block.
        let hangs = step > 0.3 && step < 6.0 && is_numbered(&self.text);
        self.lines == 1 && !stopped && (hangs || step.abs() < 0.4) && !numbered() && !text.starts_with(['(', '（'])
    }
}

/// Whether a text begins with the number of a heading, article or item.
fn is_numbered(text: &str) -> bool {
    let head: String = text.chars().take(24).collect();
    let t = Chars::new(&head);
    marker(&t, 0, t.len()).is_some()
}

/// Whether a text ends as sentences and introductions do.
fn ended(text: &str) -> bool {
    let last = text.chars().rev().find(|c| !is_closer(*c) && !c.is_whitespace());
    last.is_some_and(|c| is_stop(c) || matches!(c, '：' | ':' | '.'))
}

/// Width of what a line begins with and cannot be broken: a character with the punctuation that may not begin a line,
/// or a Latin word or number.
fn first_unit(text: &str, size: f32) -> f32 {
    let mut width = 0.0;
    let mut signs = text.chars().peekable();
    while let Some(c) = signs.next() {
        let latin = |c: char| c.is_ascii() && !c.is_ascii_whitespace();
        width += if c.is_ascii() { 0.5 } else { 1.0 };
        // Quotation marks hold on to both sides (UAX 14, class QU).
        let opens = "（《“‘”’〔【(".contains(c);
        match signs.peek() {
            Some(n) if opens || latin(c) && latin(*n) => {}
            Some(n) if is_closer(*n) || is_stop(*n) || "“‘，、：,:.%％℃…".contains(*n) => {}
            _ => break,
        }
        if width > 20.0 {
            break;
        }
    }
    width * size
}

/// 1 …, [1] …, ①…, * …: the first line of a note.
fn is_note_mark(text: &str) -> bool {
    let first = text.trim_start().trim_start_matches(['[', '［', '〔']).chars().next();
    first.is_some_and(|c| c.is_ascii_digit() || ('①'..='⑳').contains(&c) || matches!(c, '*' | '＊' | '†'))
}

/// The notes at the foot of a page, each on a line of its own.
fn note_texts(lines: &[Line], counted: &mut usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for line in lines {
        let text = line.text().replace('\t', " ");
        if !is_note_mark(&text)
            && let Some(last) = out.last_mut()
        {
            last.push_str(&text);
            continue;
        }
        *counted += 1;
        let mark = |c: char| c.is_numeric() || c.is_whitespace() || "[]［］〔〕*＊†.".contains(c);
        out.push(format!("注{counted}：{}", text.trim_start_matches(mark)));
    }
    out
}
