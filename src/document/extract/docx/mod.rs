//! Word files (`.docx`, `.docm`, `.dotx`; ECMA-376 part 1, transitional and strict): the text that a reader of the page
//! sees, a paragraph a line.
//!
//! ```text
//! package    ZIP archive -> XML parts (limits, relationships)
//! styles     what styles say about numbers and hidden text
//! numbering  generated numbers (numerals.rs: how they are written; symbols.rs: symbol fonts)
//! body       paragraphs, tables, text boxes, notes -> lines
//! ```
//!
//! Generated numbers are written out, tracked changes are taken as accepted, fields show their last result. Comments,
//! headers, footers and hidden text are left out. Notes stand after the paragraph that refers to them, so that they are
//! not inside a sentence. The title in the file's properties is not read: it is mostly that of the file's template or
//! forebear.
//!
//! Why not a crate that reads Word files: what counts here is what the page shows and the paragraph does not hold
//! (generated numbers, changes, notes); a model of the whole format would leave that to be done all the same. Without
//! 第一条 or 一、 before it a paragraph is not an article.

use super::Extracted;
use crate::{Error, Result};

mod body;
mod numbering;
mod numerals;
mod package;
mod styles;
mod symbols;
mod xml;

use package::{Package, parse};

/// The text of a Word file.
///
/// # Errors
/// [`Error::Unreadable`] for archives without a Word document, archives locked with a password, damaged ones, parts
/// that are not whole XML or larger than the limits, and files without text.
pub(super) fn text(bytes: &[u8]) -> Result<Extracted> {
    let mut package = Package::open(bytes)?;
    let main = match package.relationships("")?.remove("officeDocument") {
        Some(main) if package.has(&main) && !is_other(&main) => main,
        _ if package.has("word/document.xml") => "word/document.xml".to_owned(),
        _ => return Err(unreadable("a ZIP archive without a Word document in it".to_owned())),
    };
    let relations = package.relationships(&main)?;
    let mut side = |kind: &str| -> Result<Option<String>> {
        let Some(name) = relations.get(kind) else { return Ok(None) };
        package.part(name)
    };
    let (styles, numbering) = (side("styles")?, side("numbering")?);
    let (footnotes, endnotes) = (side("footnotes")?, side("endnotes")?);
    let document = package.part(&main)?.unwrap_or_default();

    let styles = styles.as_deref().map(|x| parse("styles.xml", x)).transpose()?;
    let numbering = numbering.as_deref().map(|x| parse("numbering.xml", x)).transpose()?;
    let footnotes = footnotes.as_deref().map(|x| parse("footnotes.xml", x)).transpose()?;
    let endnotes = endnotes.as_deref().map(|x| parse("endnotes.xml", x)).transpose()?;
    let tree = parse(&main, &document)?;

    let styles = styles.map(|t| styles::Styles::read(t.root_element())).unwrap_or_default();
    let numbering = numbering.map(|t| numbering::Numbering::read(t.root_element())).unwrap_or_default();
    let notes = [footnotes.as_ref().map(|t| t.root_element()), endnotes.as_ref().map(|t| t.root_element())];
    let read = body::read(tree.root_element(), &styles, numbering, notes)?;
    if read.text.trim().is_empty() {
        return Err(unreadable(match read.pictures {
            0 => "a Word file without text".to_owned(),
            n => format!("a Word file of {n} pictures without text; run text recognition (OCR) on them first"),
        }));
    }
    Ok(Extracted { text: read.text, warnings: read.warnings, ..Extracted::default() })
}

/// Whether a main part is that of another Office format.
fn is_other(main: &str) -> bool {
    let main = main.to_lowercase();
    main.starts_with("xl/") || main.starts_with("ppt/") || main.starts_with("visio/")
}

/// The error of this format.
fn unreadable(received: String) -> Error {
    super::unreadable("a Word document (docx)", received)
}
