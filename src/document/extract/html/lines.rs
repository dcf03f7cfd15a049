//! The tree of a page to the lines that a reader sees.

use super::tree::{Id, Kind, Tree};
use super::visible::{is_block, is_hidden};
use crate::document::is_han;

/// Elements inside of each other that are followed; what is deeper is taken as plain characters.
const MOST_DEPTH: usize = 400;

/// Cells with more lines than this are no cells of a table of figures: the table lays out the page.
const CELL_LINES: usize = 8;

/// A line as it is seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Its text; the cells of a row are parted by tabs.
    pub(super) text: String,
    /// How many of its characters are in links.
    pub(super) linked: usize,
}

impl Line {
    /// Whether nearly all of it is a link.
    pub(super) fn is_link(&self) -> bool {
        self.linked > 0 && self.linked * 10 >= self.text.chars().filter(|c| !c.is_whitespace()).count() * 8
    }
}

/// The lines of an element, and the number of pictures in it. What `leave_out` says and what is hidden is left out.
pub(super) fn lines(tree: &Tree, from: Id, leave_out: &dyn Fn(Id) -> bool) -> (Vec<Line>, usize) {
    let mut writer = Writer {
        tree,
        leave_out,
        lines: Vec::new(),
        at: Line::default(),
        space: Space::None,
        number: None,
        links: 0,
        verbatim: 0,
        pictures: 0,
    };
    writer.node(from, 0);
    writer.end_line();
    (writer.lines, writer.pictures)
}

/// White space that was read and not yet written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Space {
    None,
    /// With a line break of the source in it, which means nothing between Chinese characters.
    Break,
    Blank,
}

struct Writer<'a> {
    tree: &'a Tree,
    leave_out: &'a dyn Fn(Id) -> bool,
    lines: Vec<Line>,
    at: Line,
    space: Space,
    /// Number of a list item before its first character.
    number: Option<String>,
    links: usize,
    verbatim: usize,
    pictures: usize,
}

impl Writer<'_> {
    fn node(&mut self, id: Id, depth: usize) {
        let Some(node) = self.tree.nodes.get(id) else { return };
        match &node.kind {
            Kind::Text(words) => return self.text(words),
            Kind::Element { .. } if is_hidden(self.tree, id) || (self.leave_out)(id) => return,
            _ => {}
        }
        if depth > MOST_DEPTH {
            return self.flat(id);
        }
        match self.tree.name(id) {
            "br" => self.break_line(),
            "img" => self.pictures += usize::from(is_picture(self.tree, id)),
            "table" => self.table(id, depth),
            "ol" => self.list(id, depth),
            "a" => {
                self.links += 1;
                self.inside(id, depth);
                self.links -= 1;
            }
            "pre" => {
                self.end_line();
                self.verbatim += 1;
                self.inside(id, depth);
                self.verbatim -= 1;
                self.end_line();
            }
            _ if is_block(self.tree, id) => {
                self.end_line();
                self.inside(id, depth);
                self.end_line();
            }
            _ => self.inside(id, depth),
        }
    }

    fn inside(&mut self, id: Id, depth: usize) {
        for child in self.tree.children(id) {
            self.node(*child, depth + 1);
        }
    }

    /// The characters of what is too deep to follow.
    fn flat(&mut self, id: Id) {
        let tree = self.tree;
        let mut words = Vec::new();
        tree.walk(id, |id| {
            if let Some(Kind::Text(text)) = tree.nodes.get(id).map(|node| &node.kind) {
                words.push(text);
            }
            !is_hidden(tree, id)
        });
        for text in words {
            self.text(text);
            self.break_line();
        }
    }

    fn text(&mut self, words: &str) {
        for c in words.chars() {
            match c {
                '\n' if self.verbatim > 0 => self.break_line(),
                ' ' | '\t' if self.verbatim > 0 => self.push(' '),
                '\n' | '\r' | '\u{c}' => {
                    self.space = if self.space == Space::Blank { Space::Blank } else { Space::Break }
                }
                ' ' | '\t' => self.space = if self.space == Space::None { Space::Blank } else { self.space },
                c => self.push(c),
            }
        }
    }

    fn push(&mut self, c: char) {
        let last = self.at.text.chars().next_back();
        if let Some(last) = last {
            let chinese = is_wide(last) && is_wide(c);
            let wanted = self.space == Space::Blank || (self.space == Space::Break && !chinese);
            if wanted && !last.is_whitespace() && !c.is_whitespace() {
                self.at.text.push(' ');
            }
        }
        self.space = Space::None;
        self.at.text.push(if c == '\u{a0}' { ' ' } else { c });
        if self.links > 0 && !c.is_whitespace() {
            self.at.linked += 1;
        }
    }

    fn break_line(&mut self) {
        self.space = Space::None;
        let mut line = std::mem::take(&mut self.at);
        line.text.truncate(line.text.trim_end().len());
        if line.text.is_empty() {
            return;
        }
        if let Some(number) = self.number.take()
            && !is_numbered(line.text.trim_start())
        {
            line.text = number + line.text.trim_start();
        }
        self.lines.push(line);
    }

    fn end_line(&mut self) {
        self.break_line();
    }

    /// A list with generated numbers, as the reader sees them.
    fn list(&mut self, id: Id, depth: usize) {
        self.end_line();
        let attribute = |name| self.tree.attribute(id, name);
        let style = attribute("style").unwrap_or("").to_ascii_lowercase();
        let kind = style_of(&style).or(attribute("type")).unwrap_or("1").to_owned();
        let mut next: i64 = attribute("start").and_then(|start| start.trim().parse().ok()).unwrap_or(1);
        for child in self.tree.children(id) {
            if self.tree.name(*child) == "li" && !is_hidden(self.tree, *child) && !(self.leave_out)(*child) {
                let value = self.tree.attribute(*child, "value").and_then(|value| value.trim().parse().ok());
                next = value.unwrap_or(next);
                self.number = written(next, &kind);
                next = next.saturating_add(1);
            }
            self.node(*child, depth + 1);
            self.number = None;
        }
        self.end_line();
    }

    /// A table: a line a row. A row of one cell, and one that lays out the page, gives the lines of its cells.
    fn table(&mut self, id: Id, depth: usize) {
        self.end_line();
        let tree = self.tree;
        for child in tree.children(id) {
            match tree.name(*child) {
                "tr" => self.row(*child, depth + 1),
                "tbody" | "thead" | "tfoot" if !is_hidden(tree, *child) && !(self.leave_out)(*child) => {
                    for row in tree.children(*child) {
                        match tree.name(*row) {
                            "tr" => self.row(*row, depth + 2),
                            _ => self.node(*row, depth + 2),
                        }
                    }
                }
                _ => self.node(*child, depth + 1),
            }
        }
        self.end_line();
    }

    fn row(&mut self, id: Id, depth: usize) {
        if is_hidden(self.tree, id) || (self.leave_out)(id) {
            return;
        }
        self.end_line();
        let before = std::mem::take(&mut self.lines);
        let mut cells: Vec<Vec<Line>> = Vec::new();
        let mut nested = false;
        for child in self.tree.children(id) {
            self.node(*child, depth + 1);
            self.end_line();
            let lines = std::mem::take(&mut self.lines);
            nested |= lines.iter().any(|line| line.text.contains('\t')) || lines.len() > CELL_LINES;
            if !lines.is_empty() {
                cells.push(lines);
            }
        }
        self.lines = before;
        if nested || cells.len() == 1 {
            self.lines.extend(cells.into_iter().flatten());
            return;
        }
        let mut row = Line::default();
        for (at, cell) in cells.into_iter().enumerate() {
            if at > 0 {
                row.text.push('\t');
            }
            for line in cell {
                let joined = row.text.ends_with(|c: char| c.is_ascii_alphanumeric())
                    && line.text.starts_with(|c: char| c.is_ascii_alphanumeric());
                if joined {
                    row.text.push(' ');
                }
                row.text.push_str(line.text.trim_start());
                row.linked += line.linked;
            }
        }
        if !row.text.is_empty() {
            self.lines.push(row);
        }
    }
}

/// Chinese characters, their punctuation and full-width forms: no space is meant between them.
fn is_wide(c: char) -> bool {
    is_han(c) || matches!(c, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}' | '“' | '”' | '‘' | '’' | '—' | '…')
}

/// Whether a picture is one of the text, and not an icon.
fn is_picture(tree: &Tree, id: Id) -> bool {
    let small = |name| {
        let size = tree.attribute(id, name).and_then(|size| size.trim_end_matches("px").trim().parse::<u32>().ok());
        size.is_some_and(|size| size <= 48)
    };
    !small("width") && !small("height")
}

/// The kind of number in a style.
fn style_of(style: &str) -> Option<&str> {
    let at = style.find("list-style")?;
    let rest = style.get(at..)?.split(';').next()?;
    const KINDS: &[&str] = &[
        "none",
        "decimal",
        "lower-alpha",
        "lower-latin",
        "upper-alpha",
        "upper-latin",
        "lower-roman",
        "upper-roman",
        "cjk-ideographic",
        "simp-chinese-informal",
        "trad-chinese-informal",
        "disc",
        "circle",
        "square",
    ];
    KINDS.iter().find(|kind| rest.contains(**kind)).copied()
}

/// A number as it stands before a list item; none where there is no mark, or one without a number.
fn written(number: i64, kind: &str) -> Option<String> {
    let letter = |first: u8| {
        let at = u8::try_from(number.checked_sub(1)?).ok().filter(|at| *at < 26)?;
        Some(format!("{}. ", char::from(first + at)))
    };
    match kind {
        "none" | "disc" | "circle" | "square" => None,
        "a" | "lower-alpha" | "lower-latin" => letter(b'a'),
        "A" | "upper-alpha" | "upper-latin" => letter(b'A'),
        "i" | "lower-roman" => roman(number).map(|text| text.to_lowercase() + ". "),
        "I" | "upper-roman" => roman(number).map(|text| text + ". "),
        "cjk-ideographic" | "simp-chinese-informal" | "trad-chinese-informal" => chinese(number),
        _ => Some(format!("{number}. ")),
    }
}

fn roman(number: i64) -> Option<String> {
    const PARTS: &[(i64, &str)] = &[(50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")];
    let mut rest = Some(number).filter(|n| (1..90).contains(n))?;
    let mut text = String::new();
    for (value, letters) in PARTS {
        while rest >= *value {
            text.push_str(letters);
            rest -= value;
        }
    }
    Some(text)
}

fn chinese(number: i64) -> Option<String> {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let number = usize::try_from(number).ok().filter(|n| (1..100).contains(n))?;
    let tens = match number / 10 {
        0 => String::new(),
        1 => "十".to_owned(),
        n => format!("{}十", DIGITS.get(n)?),
    };
    Some(format!("{tens}{}、", DIGITS.get(number % 10)?))
}

/// Whether a text brings its number with it.
fn is_numbered(text: &str) -> bool {
    let start = text.trim_start_matches(['（', '(', '第']);
    let opened = start.len() < text.len();
    let numeral = |c: char| c.is_ascii_digit() || "一二三四五六七八九十百".contains(c);
    let rest = start.trim_start_matches(numeral);
    let counted = rest.len() < start.len();
    let closes: &[char] = if opened { &['）', ')', '条', '章', '节', '编'] } else { &['、', '．', '.'] };
    (counted && rest.starts_with(closes)) || text.starts_with(|c| matches!(c, '①'..='⑳'))
}
