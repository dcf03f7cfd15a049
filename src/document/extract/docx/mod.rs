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
//! Why not a crate that reads Word files: those that exist turn files into models that have no generated numbers, or
//! none in Chinese, and without 第一条 or 一、 before it a paragraph is not an article.

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

/// First bytes of an OLE container: a `.doc`, or a `.docx` that is locked with a password.
const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// The text of a Word file.
///
/// # Errors
/// [`Error::Unreadable`] for other ZIP archives (told by name), files locked with a password, damaged archives, parts
/// that are not whole XML or larger than the limits, and files without text.
pub(super) fn text(bytes: &[u8]) -> Result<Extracted> {
    if bytes.starts_with(OLE) {
        return Err(unreadable(if is_locked(bytes) {
            "an Office file locked with a password; save it without one".to_owned()
        } else {
            "an OLE file (doc, xls, wps)".to_owned()
        }));
    }
    let mut package = Package::open(bytes)?;
    let main = match package.relationships("")?.remove("officeDocument") {
        Some(main) if package.has(&main) && !is_other(&main) => main,
        _ if package.has("word/document.xml") => "word/document.xml".to_owned(),
        _ => return Err(unreadable(looks_like(&package).to_owned())),
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

/// Whether an OLE container holds an Office file locked with a password (a stream `EncryptedPackage`).
pub(super) fn is_locked(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.starts_with(OLE) && bytes.windows(name.len()).any(|w| w == name)
}

/// Whether a main part is that of another Office format.
fn is_other(main: &str) -> bool {
    let main = main.to_lowercase();
    main.starts_with("xl/") || main.starts_with("ppt/") || main.starts_with("visio/")
}

/// What an archive without a Word document is.
fn looks_like(package: &Package) -> &'static str {
    if package.has_folder("xl/") {
        "an Excel workbook (xlsx)"
    } else if package.has_folder("ppt/") {
        "a PowerPoint presentation (pptx)"
    } else if package.has("OFD.xml") {
        "an OFD file"
    } else if package.has("META-INF/container.xml") {
        "an EPUB book"
    } else if package.has("content.xml") {
        "an OpenDocument file (odt, ods)"
    } else {
        "a ZIP archive without a Word document in it"
    }
}

/// The error of this format.
fn unreadable(received: String) -> Error {
    Error::Unreadable { expected: "a Word document (docx)".to_owned(), received }
}
