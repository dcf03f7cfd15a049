//! Tables with rules: the lines of a cell belong together, not those at one height.
//!
//! Tables without rules stay lines of pieces; where their cells are of one line each that is the same.

use super::lines::{Line, Piece};
use crate::document::chars::is_han;

/// Thickest rule, in points; what is thicker is a bar.
const THICKEST: f32 = 3.0;
/// Shortest rule, in points.
const SHORTEST: f32 = 6.0;
/// Most rules of a page that are kept; drawings have more.
const MAX_RULES: usize = 4_000;
/// Tallest row, as a share of the height of all rules' area: a frame around the page is no row.
const TALLEST_ROW: f32 = 0.5;

/// A horizontal or vertical stroke. Lengths are in points.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rule {
    at: f32,
    from: f32,
    to: f32,
}

/// The rules of a page.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rules {
    across: Vec<Rule>,
    down: Vec<Rule>,
}

impl Rules {
    /// Takes a box that is painted, if it is thin; with `outline` its four sides.
    pub(super) fn add(&mut self, x0: f32, y0: f32, x1: f32, y1: f32, outline: bool) {
        let sound = [x0, y0, x1, y1].iter().all(|v| v.is_finite());
        if !sound || self.across.len() + self.down.len() >= MAX_RULES {
            return;
        }
        let (width, height) = (x1 - x0, y1 - y0);
        if width <= THICKEST && height >= SHORTEST {
            self.down.push(Rule { at: (x0 + x1) / 2.0, from: y0, to: y1 });
        } else if height <= THICKEST && width >= SHORTEST {
            self.across.push(Rule { at: (y0 + y1) / 2.0, from: x0, to: x1 });
        } else if outline && width >= SHORTEST && height >= SHORTEST {
            self.down.extend([x0, x1].map(|at| Rule { at, from: y0, to: y1 }));
            self.across.extend([y0, y1].map(|at| Rule { at, from: x0, to: x1 }));
        }
    }

    /// Whether a rule stands between two places of a line at height `y`.
    pub(super) fn part(&self, left: f32, right: f32, y: f32) -> bool {
        self.down.iter().any(|r| r.at >= left && r.at <= right && r.from <= y && r.to >= y)
    }

    /// Whether there can be a table.
    fn any(&self) -> bool {
        self.down.len() > 2 && self.across.len() > 1
    }

    /// The row of a table at a place: its top and bottom, and where its cells part. `None` outside of tables and in
    /// frames of one cell.
    fn row(&self, x: f32, y: f32) -> Option<Row> {
        let mut walls: Vec<f32> = self.down.iter().filter(|r| r.from <= y && r.to >= y).map(|r| r.at).collect();
        walls.sort_by(f32::total_cmp);
        walls.dedup_by(|b, a| (*b - *a).abs() < THICKEST);
        let over = |r: &&Rule| r.from <= x && r.to >= x;
        let heights = || self.across.iter().filter(over).map(|r| r.at);
        let top = heights().filter(|h| *h <= y).fold(f32::NEG_INFINITY, f32::max);
        let bottom = heights().filter(|h| *h > y).fold(f32::INFINITY, f32::min);
        let first = heights().fold(f32::INFINITY, f32::min);
        let last = heights().fold(f32::NEG_INFINITY, f32::max);
        let tall = bottom - top > TALLEST_ROW * (last - first) && bottom - top > 200.0;
        let inside = walls.first().is_some_and(|w| *w <= x) && walls.last().is_some_and(|w| *w >= x);
        (walls.len() > 2 && inside && top.is_finite() && bottom.is_finite() && !tall).then_some(Row {
            top,
            bottom,
            walls,
        })
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Row {
    top: f32,
    bottom: f32,
    walls: Vec<f32>,
}

/// Puts the lines of each row together, cell by cell.
pub(super) fn rows(lines: Vec<Line>, rules: &Rules) -> Vec<Line> {
    if !rules.any() {
        return lines;
    }
    let mut out: Vec<Line> = Vec::new();
    // The open row, and the text of its cells.
    let mut open: Option<(Row, Vec<Piece>, Line)> = None;
    let close = |open: &mut Option<(Row, Vec<Piece>, Line)>, out: &mut Vec<Line>| {
        if let Some((_, cells, line)) = open.take() {
            out.push(Line { pieces: cells.into_iter().filter(|c| !c.text.is_empty()).collect(), ..line });
        }
    };
    for line in lines {
        let middle = line.pieces.first().map_or(0.0, |p| (p.x0 + p.x1) / 2.0);
        let Some(row) = rules.row(middle, line.y - 0.3 * line.size) else {
            close(&mut open, &mut out);
            out.push(line);
            continue;
        };
        let same =
            open.as_ref().is_some_and(|(r, _, _)| (r.top - row.top).abs() < 1.0 && (r.bottom - row.bottom).abs() < 1.0);
        if !same {
            close(&mut open, &mut out);
            let cells = vec![Piece::default(); row.walls.len()];
            open = Some((row, cells, Line { pieces: Vec::new(), in_table: true, ..line.clone() }));
        }
        let Some((row, cells, _)) = &mut open else { continue };
        for piece in line.pieces {
            let x = (piece.x0 + piece.x1) / 2.0;
            let at = row.walls.iter().filter(|w| **w <= x).count().saturating_sub(1);
            let Some(cell) = cells.get_mut(at) else { continue };
            if cell.text.is_empty() {
                *cell = piece;
                continue;
            }
            let narrow = |c: Option<char>| c.is_some_and(|c| c.is_ascii() && !is_han(c));
            if narrow(cell.text.chars().next_back()) && narrow(piece.text.chars().next()) {
                cell.text.push(' ');
            }
            cell.text.push_str(&piece.text);
            cell.x0 = cell.x0.min(piece.x0);
            cell.x1 = cell.x1.max(piece.x1);
        }
    }
    close(&mut open, &mut out);
    out.retain(|l| !l.pieces.is_empty());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(y: f32, pieces: &[(f32, f32, &str)]) -> Line {
        let pieces = pieces.iter().map(|(x0, x1, t)| Piece { x0: *x0, x1: *x1, text: (*t).to_owned() }).collect();
        Line { pieces, y, size: 10.0, ..Line::default() }
    }

    #[test]
    fn lines_of_a_cell_belong_together() {
        let mut rules = Rules::default();
        for y in [0.0, 40.0, 80.0] {
            rules.add(0.0, y, 300.0, y + 0.5, false);
        }
        for x in [0.0, 100.0, 300.0] {
            rules.add(x, 0.0, x + 0.5, 80.0, false);
        }
        let read = rows(
            vec![
                line(15.0, &[(110.0, 250.0, "产品质量监督")]),
                line(22.0, &[(10.0, 50.0, "领域")]),
                line(32.0, &[(110.0, 180.0, "抽查")]),
                line(60.0, &[(10.0, 50.0, "工程"), (110.0, 180.0, "合格率")]),
                line(120.0, &[(10.0, 280.0, "表外的一行。")]),
            ],
            &rules,
        );
        let texts: Vec<String> = read.iter().map(Line::text).collect();
        assert_eq!(texts, ["领域\t产品质量监督抽查", "工程\t合格率", "表外的一行。"]);
    }
}
