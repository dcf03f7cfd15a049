//! Characters with places to lines in reading order.

use super::glyphs::{Glyph, Page};
use super::tables::{Rules, rows};
use crate::document::chars::{is_closer, is_han};

/// Farthest that characters of a line stand from its baseline, in em.
const SAME_LINE: f32 = 0.45;
/// Narrowest gap between cells or columns, in em.
const CELL_GAP: f32 = 1.2;
/// Fewest lines on both sides of a gutter that make columns.
const MIN_COLUMN: usize = 5;

/// A piece of a line with no wide gap in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Piece {
    pub(super) x0: f32,
    pub(super) x1: f32,
    pub(super) text: String,
}

/// A line of a page. Lengths are in points, y grows downwards.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Line {
    /// Cells of a table row, or the whole line; never empty.
    pub(super) pieces: Vec<Piece>,
    /// Baseline.
    pub(super) y: f32,
    /// Size of most of its characters.
    pub(super) size: f32,
    /// Which column of the page: 0 the whole width; text of one number has the same margins.
    pub(super) column: usize,
    /// Whether it is a row of a table with rules.
    pub(super) in_table: bool,
}

impl Line {
    pub(super) fn x0(&self) -> f32 {
        self.pieces.first().map_or(0.0, |p| p.x0)
    }

    pub(super) fn x1(&self) -> f32 {
        self.pieces.last().map_or(0.0, |p| p.x1)
    }

    /// Its text, cells joined by a tab.
    pub(super) fn text(&self) -> String {
        self.pieces.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join("\t")
    }
}

/// The lines of a page.
pub(super) fn lines(page: Page) -> Vec<Line> {
    let mut turns: [Vec<Glyph>; 4] = Default::default();
    for g in page.glyphs {
        if let Some(layer) = turns.get_mut(usize::from(g.turn)) {
            layer.push(g);
        }
    }
    // What most of the page says comes first: a turned table, or a turned stamp beside upright text.
    let mut order = [0, 1, 2, 3];
    order.sort_by_key(|t| std::cmp::Reverse(turns.get(*t).map_or(0, Vec::len)));
    let mut out = Vec::new();
    for turn in order {
        let Some(layer) = turns.get_mut(turn).map(std::mem::take).filter(|l| !l.is_empty()) else { continue };
        let none = Rules::default();
        // Rules are kept as they stand on the page.
        let rules = if turn == 0 { &page.rules } else { &none };
        let read = in_columns(rows(baselines(layer, rules), rules));
        let shift = out.iter().map(|l: &Line| l.column).max().map_or(0, |c| c + 1);
        // Text in another direction has margins of its own.
        let own = if out.is_empty() { 0 } else { shift };
        out.extend(read.into_iter().map(|l| Line { column: l.column + own, ..l }));
    }
    out
}

/// Characters by baseline, top to bottom.
fn baselines(mut glyphs: Vec<Glyph>, rules: &Rules) -> Vec<Line> {
    glyphs.sort_by(|a, b| a.y.total_cmp(&b.y).then(a.x0.total_cmp(&b.x0)));
    let mut groups: Vec<Vec<Glyph>> = Vec::new();
    // Baseline and size of the largest characters of the open group.
    let (mut y, mut size) = (f32::NEG_INFINITY, 0.0_f32);
    for g in glyphs {
        let near = (g.y - y).abs() <= SAME_LINE * size.max(g.size);
        match groups.last_mut() {
            Some(group) if near => {
                if g.size > size * 1.05 {
                    (y, size) = (g.y, g.size);
                }
                group.push(g);
            }
            _ => {
                (y, size) = (g.y, g.size);
                groups.push(vec![g]);
            }
        }
    }
    groups.into_iter().filter_map(|group| line(group, rules)).collect()
}

/// One line of the characters of a baseline; `None` where all are white space.
fn line(mut glyphs: Vec<Glyph>, rules: &Rules) -> Option<Line> {
    glyphs.sort_by(|a, b| a.x0.total_cmp(&b.x0));
    let largest = glyphs.iter().filter(|g| !g.c.is_whitespace()).map(|g| g.size).fold(0.0, f32::max);
    let normal: Vec<&Glyph> = glyphs.iter().filter(|g| !g.c.is_whitespace() && g.size > 0.8 * largest).collect();
    let base = normal.get(normal.len() / 2)?.y;
    let size = normal.get(normal.len() / 2)?.size;

    let mut pieces: Vec<Piece> = Vec::new();
    let mut last: Option<Glyph> = None;
    // White space since the last character: how much of it, and whether any was full-width.
    let (mut filled, mut wide) = (0.0_f32, 0usize);
    for g in glyphs {
        if g.c.is_whitespace() {
            // White space before the first character is indent, which the places tell.
            if last.is_some() {
                filled += g.x1 - g.x0;
                wide += usize::from(g.c == '\u{3000}');
            }
            continue;
        }
        if let Some(l) = last {
            // Bold type made by painting twice.
            let again = l.c == g.c && (g.x0 - l.x0).abs() < 0.2 * g.size && (g.y - l.y).abs() < 0.2 * g.size;
            if again {
                continue;
            }
            let raised = g.size < 0.8 * size && g.y < base - 0.12 * size && g.c.is_ascii_digit();
            // The mark of a note; after a Latin letter it is an exponent.
            if raised && (is_han(l.c) || is_closer(l.c) || "，。；：、！？".contains(l.c)) {
                continue;
            }
        }
        let Some(l) = last else {
            pieces.push(Piece { x0: g.x0, x1: g.x1, text: g.c.to_string() });
            last = Some(g);
            continue;
        };
        let gap = (g.x0 - l.x1) / size;
        let parted = rules.part(l.x1 - 0.2 * size, g.x0 + 0.2 * size, base - 0.3 * size);
        if parted || gap - filled / size > CELL_GAP {
            pieces.push(Piece { x0: g.x0, x1: g.x1, text: g.c.to_string() });
        } else if let Some(piece) = pieces.last_mut() {
            piece.text.push_str(&between(l.c, g.c, gap, filled > 0.0, wide));
            piece.text.push(g.c);
            piece.x1 = piece.x1.max(g.x1);
        }
        (filled, wide) = (0.0, 0);
        last = Some(g);
    }
    Some(Line { pieces, y: base, size, column: 0, in_table: false })
}

/// White space between two characters `gap` em apart.
fn between(a: char, b: char, gap: f32, space: bool, wide: usize) -> String {
    if wide > 0 && gap > 0.4 {
        return "\u{3000}".repeat(wide.min(gap.round().max(1.0) as usize));
    }
    let latin = |c: char| c.is_ascii_alphanumeric();
    // Justified lines stand up to a quarter em apart, and so do Chinese and Latin ones; writers that put a space
    // between Chinese characters leave no gap for it.
    let least = match (latin(a), latin(b)) {
        (true, true) if space => 0.05,
        (true, true) => 0.15,
        _ if space => 0.15,
        (false, false) => 0.8,
        _ => 0.5,
    };
    if gap > least { " ".to_owned() } else { String::new() }
}

/// Lines of two columns: left column, then right column, between the lines that run across both.
fn in_columns(lines: Vec<Line>) -> Vec<Line> {
    let Some(gutter) = gutter(&lines) else { return lines };
    let mut out = Vec::with_capacity(lines.len());
    let mut block: [Vec<Line>; 2] = Default::default();
    for line in lines {
        let across = line.in_table || line.pieces.iter().any(|p| p.x0 < gutter && p.x1 > gutter);
        if across {
            let [left, right] = &mut block;
            out.append(left);
            out.append(right);
            out.push(line);
            continue;
        }
        let (left, right): (Vec<Piece>, Vec<Piece>) = line.pieces.into_iter().partition(|p| p.x1 <= gutter);
        for (at, pieces) in [left, right].into_iter().enumerate().filter(|(_, p)| !p.is_empty()) {
            if let Some(side) = block.get_mut(at) {
                side.push(Line { pieces, y: line.y, size: line.size, column: at + 1, in_table: line.in_table });
            }
        }
    }
    let [left, right] = block;
    out.extend(left);
    out.extend(right);
    out
}

/// Where the gap between two columns of running text is; `None` for one column. The cells of a table end anywhere,
/// lines of a column end at its margin.
fn gutter(lines: &[Line]) -> Option<f32> {
    let left = lines.iter().map(Line::x0).fold(f32::INFINITY, f32::min);
    let right = lines.iter().map(Line::x1).fold(f32::NEG_INFINITY, f32::max);
    let width = right - left;
    let mut gaps: Vec<f32> = Vec::new();
    for line in lines {
        if let [a, b] = line.pieces.as_slice() {
            let middle = (a.x1 + b.x0) / 2.0;
            if (middle - left) > 0.3 * width && (right - middle) > 0.3 * width {
                gaps.push(middle);
            }
        }
    }
    if gaps.len() < MIN_COLUMN {
        return None;
    }
    gaps.sort_by(f32::total_cmp);
    let at = *gaps.get(gaps.len() / 2)?;
    let (mut both, mut across, mut full) = (0usize, 0usize, 0usize);
    let ends = lines.iter().flat_map(|l| &l.pieces).filter(|p| p.x1 <= at).map(|p| p.x1);
    let margin = ends.fold(f32::NEG_INFINITY, f32::max);
    for line in lines {
        if line.pieces.iter().any(|p| p.x0 < at && p.x1 > at) {
            across += 1;
        } else if let [a, _] = line.pieces.as_slice() {
            both += 1;
            full += usize::from(a.x1 > margin - 1.6 * line.size && a.x1 - a.x0 > 0.25 * width);
        }
    }
    (both >= MIN_COLUMN && both > across && full * 10 >= both * 6).then_some(at)
}
