//! Paragraphs, tables, text boxes and notes to lines of text.

use std::collections::HashMap;

use roxmltree::Node;

use super::numbering::Numbering;
use super::styles::{NumberRef, Styles};
use super::xml::{attribute, child, on, value};
use super::{symbols, unreadable};
use crate::Result;
use crate::document::chars::is_han;

/// Deepest nesting of elements that is followed. Tables within tables take three each.
const MAX_DEPTH: usize = 120;

/// What the body says.
pub(super) struct Read {
    pub(super) text: String,
    pub(super) warnings: Vec<String>,
    /// Pictures that stand in it.
    pub(super) pictures: usize,
}

/// Reads the body of a document. `notes` are the roots of footnotes and endnotes.
pub(super) fn read(root: Node, styles: &Styles, numbering: Numbering, notes: [Option<Node>; 2]) -> Result<Read> {
    let [footnotes, endnotes] = notes.map(|root| root.map(by_id).unwrap_or_default());
    let mut reader = Reader { styles, numbering, notes: [footnotes, endnotes], ..Reader::new(styles) };
    let mut lines = Vec::new();
    let body = child(root, "body").unwrap_or(root);
    reader.blocks(body, &mut lines, 0)?;
    lines.extend(std::mem::take(&mut reader.carried).into_iter().filter(|s| !s.is_empty()));
    reader.flush_notes(&mut lines, 0)?;
    let mut text = lines.join("\n");
    text.push('\n');
    Ok(Read { text, warnings: reader.seen.warnings(&reader.numbering), pictures: reader.seen.pictures })
}

/// Notes by id, without the lines that separate them from the text.
fn by_id<'a, 'x>(root: Node<'a, 'x>) -> HashMap<&'a str, Node<'a, 'x>> {
    let notes = root.children().filter(|n| matches!(attribute(*n, "type"), None | Some("normal")));
    notes.filter_map(|n| Some((attribute(n, "id")?, n))).collect()
}

/// What was resolved or left out.
#[derive(Default)]
struct Seen {
    changes: usize,
    hidden: usize,
    symbols: usize,
    embedded: usize,
    pictures: usize,
}

impl Seen {
    fn warnings(&self, numbering: &Numbering) -> Vec<String> {
        let mut out = Vec::new();
        if self.changes > 0 {
            out.push(format!("{} tracked changes were taken as accepted", self.changes));
        }
        if self.hidden > 0 {
            out.push(format!("{} characters of hidden text were left out", self.hidden));
        }
        if self.symbols > 0 {
            out.push(format!("{} characters of symbol fonts have no Unicode value and are written □", self.symbols));
        }
        if self.embedded > 0 {
            out.push(format!("{} embedded files were left out", self.embedded));
        }
        let mut unknown: Vec<&str> = numbering.unknown.iter().map(String::as_str).collect();
        unknown.sort_unstable();
        for format in unknown {
            out.push(format!("numbers of the format {format:?} are written in digits"));
        }
        out
    }
}

/// A field that is being read: its code is not shown, its result is.
struct Field {
    code: String,
    in_code: bool,
}

/// Kinds of notes, as indices.
const FOOTNOTE: usize = 0;
const ENDNOTE: usize = 1;

struct Reader<'s, 'a, 'x> {
    styles: &'s Styles,
    numbering: Numbering,
    notes: [HashMap<&'a str, Node<'a, 'x>>; 2],
    /// How many notes of each kind were met.
    counts: [usize; 2],
    /// Notes that were met and not yet written.
    pending: Vec<(usize, usize, Node<'a, 'x>)>,
    fields: Vec<Field>,
    /// Text of a paragraph whose mark was deleted: it begins the next paragraph.
    carried: Option<String>,
    in_table: usize,
    seen: Seen,
}

/// A paragraph that is being read.
struct Paragraph<'a, 'x> {
    text: String,
    hidden: bool,
    boxes: Vec<Node<'a, 'x>>,
}

impl<'s, 'a, 'x> Reader<'s, 'a, 'x> {
    fn new(styles: &'s Styles) -> Self {
        Reader {
            styles,
            numbering: Numbering::default(),
            notes: Default::default(),
            counts: [0; 2],
            pending: Vec::new(),
            fields: Vec::new(),
            carried: None,
            in_table: 0,
            seen: Seen::default(),
        }
    }

    /// Paragraphs and tables below a node.
    fn blocks(&mut self, node: Node<'a, 'x>, out: &mut Vec<String>, depth: usize) -> Result<()> {
        deep(depth)?;
        for n in node.children().filter(Node::is_element) {
            match n.tag_name().name() {
                "p" => self.paragraph(n, out, depth + 1)?,
                "tbl" => {
                    self.in_table += 1;
                    let read = self.table(n, out, depth + 1);
                    self.in_table -= 1;
                    read?;
                    self.flush_notes(out, depth + 1)?;
                }
                "sdt" => {
                    if let Some(content) = content_of(n) {
                        self.blocks(content, out, depth + 1)?;
                    }
                }
                "customXml" | "smartTag" | "ins" | "moveTo" => self.blocks(n, out, depth + 1)?,
                "del" | "moveFrom" => self.seen.changes += 1,
                "AlternateContent" => {
                    if let Some(choice) = chosen(n) {
                        self.blocks(choice, out, depth + 1)?;
                    }
                }
                "altChunk" => self.seen.embedded += 1,
                _ => {}
            }
        }
        Ok(())
    }

    fn paragraph(&mut self, node: Node<'a, 'x>, out: &mut Vec<String>, depth: usize) -> Result<()> {
        let properties = child(node, "pPr");
        let style = properties.and_then(|p| child(p, "pStyle")).and_then(value);
        let mark = properties.and_then(|p| child(p, "rPr"));
        let gone = mark.is_some_and(|m| child(m, "del").is_some() || child(m, "moveFrom").is_some());
        let hidden = self.styles.hidden(style).unwrap_or(false);
        let mut para = Paragraph { text: String::new(), hidden, boxes: Vec::new() };
        self.inline(node, &mut para, depth + 1)?;
        if gone {
            self.seen.changes += 1;
            self.carried.get_or_insert_default().push_str(&para.text);
            return self.boxes(para.boxes, out, depth);
        }
        let hidden_mark = mark.and_then(|m| on(m, "vanish")).unwrap_or(hidden);
        let carried = self.carried.take();
        if !(hidden_mark && para.text.is_empty() && carried.is_none()) {
            let direct = properties.map(NumberRef::read).unwrap_or_default();
            let mut line = self.numbering.next(direct, style, self.styles);
            line.push_str(carried.as_deref().unwrap_or(""));
            line.push_str(&para.text);
            // A list goes on below the paragraph that introduces it: notes wait for its end.
            let introduces = line.trim_end().ends_with(['：', ':']);
            out.push(line);
            if self.in_table == 0 && !introduces {
                self.flush_notes(out, depth)?;
            }
        }
        self.boxes(para.boxes, out, depth)
    }

    /// Text boxes that are anchored in a paragraph.
    fn boxes(&mut self, boxes: Vec<Node<'a, 'x>>, out: &mut Vec<String>, depth: usize) -> Result<()> {
        for content in boxes {
            self.apart(content, out, depth)?;
        }
        Ok(())
    }

    /// A text of its own: what is open around it does not reach into it.
    fn apart(&mut self, node: Node<'a, 'x>, out: &mut Vec<String>, depth: usize) -> Result<()> {
        let fields = std::mem::take(&mut self.fields);
        let carried = self.carried.take();
        let read = self.blocks(node, out, depth + 1);
        out.extend(self.carried.take().filter(|s| !s.is_empty()));
        self.fields = fields;
        self.carried = carried;
        read
    }

    fn flush_notes(&mut self, out: &mut Vec<String>, depth: usize) -> Result<()> {
        for (kind, count, node) in std::mem::take(&mut self.pending) {
            let mut lines = Vec::new();
            // Notes cannot have notes: what is met inside is not followed.
            self.in_table += 1;
            let read = self.apart(node, &mut lines, depth + 1);
            self.in_table -= 1;
            read?;
            self.pending.clear();
            let name = if kind == ENDNOTE { "尾注" } else { "注" };
            out.push(format!("{name}{count}：{}", joined(&lines).trim()));
        }
        Ok(())
    }

    fn table(&mut self, node: Node<'a, 'x>, out: &mut Vec<String>, depth: usize) -> Result<()> {
        for row in self.wrapped(node, "tr", depth)? {
            let properties = child(row, "trPr");
            if properties.is_some_and(|p| child(p, "del").is_some()) {
                self.seen.changes += 1;
                continue;
            }
            let mut cells: Vec<Vec<String>> = Vec::new();
            for cell in self.wrapped(row, "tc", depth)? {
                let properties = child(cell, "tcPr");
                if properties.is_some_and(|p| child(p, "cellDel").is_some()) {
                    self.seen.changes += 1;
                    continue;
                }
                let goes_on = |name: &str| {
                    let merge = properties.and_then(|p| child(p, name));
                    merge.is_some_and(|m| matches!(value(m), None | Some("continue")))
                };
                let mut lines = Vec::new();
                if !goes_on("vMerge") && !goes_on("hMerge") {
                    self.apart(cell, &mut lines, depth + 1)?;
                }
                cells.push(lines);
            }
            match cells.as_mut_slice() {
                // A frame around text rather than a table.
                [only] => out.append(only),
                cells => {
                    let cells: Vec<String> = cells.iter().map(|lines| joined(lines)).collect();
                    out.push(cells.join("\t").trim_end_matches('\t').to_owned());
                }
            }
        }
        Ok(())
    }

    /// Children of this name, also where content controls and the like stand around them.
    fn wrapped(&mut self, node: Node<'a, 'x>, name: &str, depth: usize) -> Result<Vec<Node<'a, 'x>>> {
        deep(depth)?;
        let mut found = Vec::new();
        for n in node.children().filter(Node::is_element) {
            match n.tag_name().name() {
                tag if tag == name => found.push(n),
                "sdt" => {
                    if let Some(content) = content_of(n) {
                        found.extend(self.wrapped(content, name, depth + 1)?);
                    }
                }
                "customXml" | "ins" | "moveTo" => found.extend(self.wrapped(n, name, depth + 1)?),
                "del" | "moveFrom" => self.seen.changes += 1,
                _ => {}
            }
        }
        Ok(found)
    }

    /// Runs and what stands around them.
    fn inline(&mut self, node: Node<'a, 'x>, para: &mut Paragraph<'a, 'x>, depth: usize) -> Result<()> {
        deep(depth)?;
        for n in node.children().filter(Node::is_element) {
            match n.tag_name().name() {
                "r" => self.run(n, para, depth + 1)?,
                "sdt" => {
                    if let Some(content) = content_of(n) {
                        self.inline(content, para, depth + 1)?;
                    }
                }
                "ins" | "moveTo" => {
                    self.seen.changes += 1;
                    self.inline(n, para, depth + 1)?;
                }
                "del" | "moveFrom" => self.seen.changes += 1,
                "hyperlink" | "smartTag" | "fldSimple" | "customXml" | "dir" | "bdo" => {
                    self.inline(n, para, depth + 1)?;
                }
                "AlternateContent" => {
                    if let Some(choice) = chosen(n) {
                        self.inline(choice, para, depth + 1)?;
                    }
                }
                // A fraction in a formula.
                "den" => {
                    self.put(para, "/");
                    self.inline(n, para, depth + 1)?;
                }
                _ if n.tag_name().namespace().is_some_and(|s| s.ends_with("/math")) => {
                    self.inline(n, para, depth + 1)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn run(&mut self, node: Node<'a, 'x>, para: &mut Paragraph<'a, 'x>, depth: usize) -> Result<()> {
        deep(depth)?;
        let properties = child(node, "rPr");
        let style = properties.and_then(|p| child(p, "rStyle")).and_then(value);
        let direct = properties.and_then(|p| on(p, "vanish"));
        let around = para.hidden;
        para.hidden = direct.or_else(|| self.styles.hidden(style)).unwrap_or(around);
        let read = self.run_content(node, para, depth);
        para.hidden = around;
        read
    }

    fn run_content(&mut self, node: Node<'a, 'x>, para: &mut Paragraph<'a, 'x>, depth: usize) -> Result<()> {
        for n in node.children().filter(Node::is_element) {
            match n.tag_name().name() {
                "t" => self.text(n, para),
                "tab" | "ptab" => self.put(para, "\t"),
                "br" | "cr" => self.put(para, "\n"),
                "noBreakHyphen" => self.put(para, "-"),
                "sym" => {
                    let code = attribute(n, "char").and_then(|c| u32::from_str_radix(c.trim(), 16).ok());
                    let sign = code.and_then(char::from_u32).and_then(symbols::shown).unwrap_or_else(|| {
                        self.seen.symbols += 1;
                        '□'
                    });
                    self.put(para, sign.encode_utf8(&mut [0; 4]));
                }
                "ruby" => {
                    if let Some(base) = child(n, "rubyBase") {
                        self.inline(base, para, depth + 1)?;
                    }
                }
                "fldChar" => self.field(n, para),
                "instrText" => {
                    if let Some(field) = self.fields.last_mut() {
                        field.code.push_str(n.text().unwrap_or(""));
                    }
                }
                "footnoteReference" => self.note(n, FOOTNOTE),
                "endnoteReference" => self.note(n, ENDNOTE),
                "drawing" | "pict" | "object" => self.drawing(n, para),
                "AlternateContent" => {
                    if let Some(choice) = chosen(n) {
                        deep(depth)?;
                        self.run_content(choice, para, depth + 1)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The text of a `t` element: white space at its ends counts only where it says so.
    fn text(&mut self, node: Node<'a, 'x>, para: &mut Paragraph<'a, 'x>) {
        let kept = node.attributes().any(|a| a.name() == "space" && a.value() == "preserve");
        let text: String = node.children().filter_map(|n| n.text()).collect();
        let text = if kept { text.as_str() } else { text.trim_matches([' ', '\t', '\n', '\r']) };
        let clean = text.chars().filter(|c| *c != '\u{ad}').map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c });
        // Characters of symbol fonts stand in the private use area; those that are not known stay.
        let clean: String = clean.map(|c| symbols::shown(c).unwrap_or(c)).collect();
        self.put(para, &clean);
    }

    /// Adds what is shown.
    fn put(&mut self, para: &mut Paragraph<'a, 'x>, text: &str) {
        if self.fields.iter().any(|f| f.in_code) {
            return;
        }
        if para.hidden {
            self.seen.hidden += text.chars().count();
            return;
        }
        para.text.push_str(text);
    }

    fn field(&mut self, node: Node<'a, 'x>, para: &mut Paragraph<'a, 'x>) {
        match attribute(node, "fldCharType") {
            Some("begin") => self.fields.push(Field { code: String::new(), in_code: true }),
            Some("separate") => {
                if let Some(field) = self.fields.last_mut() {
                    field.in_code = false;
                }
            }
            Some("end") => {
                let Some(field) = self.fields.pop() else { return };
                // A field without a result is drawn from its code: EQ \o\ac(○,3) is ③.
                if field.in_code
                    && let Some(sign) = enclosed_by_field(&field.code)
                {
                    self.put(para, &sign);
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, node: Node<'a, 'x>, kind: usize) {
        if self.fields.iter().any(|f| f.in_code) {
            return;
        }
        let found = attribute(node, "id").and_then(|id| self.notes.get(kind)?.get(id).copied());
        if let (Some(note), Some(count)) = (found, self.counts.get_mut(kind)) {
            *count += 1;
            self.pending.push((kind, *count, note));
        }
    }

    /// Text boxes and pictures of a drawing; of alternatives the first, as the others repeat it.
    fn drawing(&mut self, node: Node<'a, 'x>, para: &mut Paragraph<'a, 'x>) {
        let mut stack = vec![node];
        while let Some(n) = stack.pop() {
            match n.tag_name().name() {
                "txbxContent" => {
                    if para.hidden {
                        self.seen.hidden +=
                            n.descendants().filter_map(|n| n.text()).map(|t| t.chars().count()).sum::<usize>();
                    } else {
                        para.boxes.push(n);
                    }
                    continue;
                }
                "blip" | "imagedata" => self.seen.pictures += 1,
                "AlternateContent" => {
                    stack.extend(chosen(n));
                    continue;
                }
                _ => {}
            }
            stack.extend(n.children().rev().filter(Node::is_element));
        }
    }
}

/// Refuses nesting that no page has: reading goes down by calling itself.
fn deep(depth: usize) -> Result<()> {
    if depth <= MAX_DEPTH {
        return Ok(());
    }
    Err(unreadable(format!("a Word file whose elements are nested more than {MAX_DEPTH} deep")))
}

/// The content of a content control; `None` where it only asks for some.
fn content_of<'a, 'x>(node: Node<'a, 'x>) -> Option<Node<'a, 'x>> {
    let asks = child(node, "sdtPr").and_then(|p| on(p, "showingPlcHdr")).unwrap_or(false);
    if asks { None } else { child(node, "sdtContent") }
}

/// The first choice of alternatives, or the fallback where there is no choice.
fn chosen<'a, 'x>(node: Node<'a, 'x>) -> Option<Node<'a, 'x>> {
    child(node, "Choice").or_else(|| child(node, "Fallback"))
}

/// The paragraphs of a cell or note on one line.
fn joined(lines: &[String]) -> String {
    let mut out = String::new();
    for piece in lines.iter().flat_map(|l| l.split(['\n', '\t'])).map(str::trim).filter(|p| !p.is_empty()) {
        let (before, after) = (out.chars().next_back(), piece.chars().next());
        // Chinese words are broken over lines anywhere, others between words.
        let wide = |c: Option<char>| c.is_none_or(|c| is_han(c) || !c.is_ascii());
        if !wide(before) && !out.is_empty() || !wide(after) && !out.is_empty() {
            out.push(' ');
        }
        out.push_str(piece);
    }
    out
}

/// The character that a field `EQ \o\ac(○,3)` draws.
fn enclosed_by_field(code: &str) -> Option<String> {
    let squeezed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let lower = squeezed.to_lowercase();
    if !lower.starts_with("eq\\o") {
        return None;
    }
    let inner = lower.split_once('(')?.1.strip_suffix(')')?;
    let (ring, sign) = inner.split_once(',')?;
    if !ring.contains(['○', '〇', '◯', 'o', 'О']) {
        return Some(sign.to_owned());
    }
    match sign.parse() {
        Ok(n) => super::numerals::format("decimalEnclosedCircle", n),
        Err(_) => Some(sign.to_owned()),
    }
}
