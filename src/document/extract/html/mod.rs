//! Saved web pages: the document of a page as its reader sees it, without what stands around it.
//!
//! ```text
//! tree         markup -> nodes, as a browser builds them (bounded)
//! visible      what cannot be seen; menus and bars by their names and words
//! content      which boxes are the document
//! lines        nodes -> lines: breaks, tables, generated numbers
//! index_table  what the page says about the document beside its text
//! ```
//!
//! Why not a crate that finds the article of a page: such crates look for the most readable part, and a document has
//! to be whole, with generated numbers, rows of tables, its signature and its annexes. html5ever builds the tree, in
//! vectors and bounded, as deep markup must neither overflow the stack nor take quadratic time. Which part is the
//! document is decided by the names that content management systems give to it, else by leaving out what is furniture.

mod content;
mod index_table;
mod lines;
mod tree;
mod visible;

use self::content::{Content, content};
use self::lines::{Line, lines};
use self::tree::{ROOT, Tree};
use super::encoding::decode_declared;
use super::{Extracted, sniff};
use crate::document::Span;
use crate::document::chars::Chars;
use crate::document::lines::is_title;
use crate::error::Result;

/// How far from the start a page says its encoding, in bytes; browsers look at 1,024.
const HEAD: usize = 4096;

/// How many lines around the document are looked at for its title.
const AROUND: usize = 500;

/// How many headings are.
const HEADS: usize = 20;

/// Reads a page.
///
/// # Errors
/// [`crate::Error::Unreadable`] for bytes that are no text, a page without text, and one of frames.
pub(super) fn text(bytes: &[u8]) -> Result<Extracted> {
    let markup = decode_declared(bytes, declared(bytes))?;
    let tree = tree::parse(&markup);
    let content = content(&tree);
    let out = |id: usize| content.left_out.get(id).copied().unwrap_or(false);
    let mut document = Vec::new();
    let mut pictures = 0;
    for id in &content.boxes {
        let (found, images) = lines(&tree, *id, &out);
        document.extend(found);
        pictures += images;
    }
    let mut text = without_furniture(document);
    if text.is_empty() {
        // What looks like furniture is all there is: then it is the document.
        text = lines(&tree, ROOT, &|_| false).0.into_iter().map(|line| line.text).collect();
    }
    if text.is_empty() {
        return Err(no_text(&tree, pictures));
    }
    let around = around(&tree, &content, &text);
    let (stated, not_in_force) = index_table::stated(&tree, &index_table::fields(&around));
    if let Some(title) = title(&tree, &around, &text) {
        text.insert(0, title);
    }
    let mut warnings = Vec::from_iter(not_in_force);
    if pictures > 0 {
        warnings.push(self::pictures(pictures));
    }
    if tree.dropped > 0 {
        warnings.push(format!("{} tags were nested too deeply, or too many, and were passed over", tree.dropped));
    }
    Ok(Extracted { text: text.join("\n") + "\n", stated, warnings, ..Extracted::default() })
}

/// The lines of a piece of markup inside of another format.
pub(super) fn fragment(markup: &str) -> String {
    let tree = tree::parse(markup);
    let lines = lines(&tree, ROOT, &|_| false).0;
    lines.into_iter().map(|line| line.text).collect::<Vec<_>>().join("\n")
}

/// A warning of pictures that were left out.
pub(super) fn pictures(count: usize) -> String {
    format!(
        "{count} picture{} left out, with what may be written in {}",
        plural(count, "", "s"),
        plural(count, "it", "them")
    )
}

fn plural<'a>(count: usize, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

fn no_text(tree: &Tree, pictures: usize) -> crate::Error {
    let mut frames = 0;
    for name in ["frame", "iframe"] {
        index_table::each(tree, name, |_| frames += 1);
    }
    let received = match (frames, pictures) {
        (0, 0) => "a page without text".to_owned(),
        (0, n) => format!("a page without text, with {n} picture{}", plural(n, "", "s")),
        (n, _) => format!("a page without text that shows {n} other page{}", plural(n, "", "s")),
    };
    sniff::unreadable("a saved web page with its text in it", received)
}

/// The encoding that a page declares in its head.
fn declared(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let head = String::from_utf8_lossy(bytes.get(..HEAD).unwrap_or(bytes)).to_ascii_lowercase();
    let at = head.find("charset")? + "charset".len();
    let rest = head.get(at..)?.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let label: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    encoding_rs::Encoding::for_label(label.as_bytes())
}

/// Drops bars of the page, and from a heading of related pages on their links.
fn without_furniture(lines: Vec<Line>) -> Vec<String> {
    let mut kept = Vec::new();
    let mut related = false;
    for line in lines {
        if visible::is_related(&line.text) {
            related = true;
            continue;
        }
        related &= line.is_link();
        if !related && !visible::is_bar(&line.text) {
            kept.push(line.text);
        }
    }
    kept
}

/// The lines around the document; where it is in no box of its own, those before it.
fn around(tree: &Tree, content: &Content, text: &[String]) -> Vec<Line> {
    let in_box = !content.boxes.contains(&ROOT);
    let mut around = lines(tree, ROOT, &|id| in_box && content.boxes.contains(&id)).0;
    if !in_box && let Some(first) = around.iter().position(|line| text.first() == Some(&line.text)) {
        around.truncate(first);
    }
    around
}

/// The title of the page where the text does not begin with it.
fn title(tree: &Tree, around: &[Line], text: &[String]) -> Option<String> {
    let mut heads = Vec::new();
    let is_around = |line: &Line| around.iter().take(AROUND).any(|other| other.text == line.text);
    heads.extend(index_table::meta(tree, "articletitle"));
    for name in ["h1", "h2", "h3"] {
        index_table::each(tree, name, |id| {
            let lines = lines(tree, id, &|_| false).0;
            if heads.len() < HEADS && lines.first().is_some_and(is_around) {
                heads.push(joined(&lines));
            }
        });
    }
    let lines: Vec<String> =
        around.iter().take(AROUND).filter(|line| line.linked == 0).map(|line| line.text.clone()).collect();
    heads.extend(lines.iter().filter(|line| line.contains("关于")).cloned());
    index_table::each(tree, "title", |id| {
        if let Some(tree::Kind::Text(words)) =
            tree.children(id).first().and_then(|id| tree.nodes.get(*id)).map(|n| &n.kind)
        {
            heads.extend(words.split(['_', '|', '-', '—', '–']).map(|part| part.trim().to_owned()));
        }
    });
    heads.extend(lines);
    let title = heads.into_iter().find(|head| {
        let t = Chars::new(head);
        head.chars().count() >= 6 && is_title(&t, Span { start: 0, end: t.len() })
    })?;
    let squeezed = |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
    let opening: String = text.iter().take(20).map(|line| squeezed(line)).collect();
    (!opening.contains(&squeezed(&title))).then_some(title)
}

fn joined(lines: &[Line]) -> String {
    lines.iter().map(|line| line.text.trim()).collect()
}
