//! PDF files with a text layer: characters with their places to lines, lines to paragraphs.
//!
//! ```text
//! unpacked    file -> whether what is packed in it fits
//! glyphs      file -> characters with places, page by page (the only file that names hayro, with its limits)
//! lines       characters -> lines in reading order (columns, note marks; tables.rs: rows of tables with rules)
//! furniture   lines -> the document's own (page numbers, running heads and feet)
//! paragraphs  lines -> paragraphs (margins, indents, notes)
//! ```
//!
//! A PDF knows no words, lines or paragraphs: all of that is inferred from places. Rules measure in em (the size of the
//! line's characters), so that they hold for every size.
//!
//! Why hayro: it hands over each character with its place and its Unicode value, from ToUnicode maps as well as from
//! the predefined Chinese CMaps (GBK-EUC-H, UniGB-UCS2-H …), decrypts, and needs no native library.

use super::Extracted;
use crate::{Error, Result};

mod furniture;
mod glyphs;
mod lines;
mod paragraphs;
mod tables;
mod unpacked;

/// Share of characters without a Unicode value beyond which a text layer is of no use.
const MAX_UNKNOWN: f64 = 0.2;

/// The text of a PDF file.
///
/// # Errors
/// [`Error::Unreadable`] for damaged files, files locked with a password, files beyond the limits on time,
/// memory and characters, pictures without a text layer, and text layers without Unicode values.
pub(super) fn text(bytes: &[u8]) -> Result<Extracted> {
    let pages = glyphs::pages(bytes)?;
    let count = |f: fn(&glyphs::Page) -> usize| pages.iter().map(f).sum::<usize>();
    let shown = count(|p| p.glyphs.iter().filter(|g| !g.c.is_whitespace()).count());
    let (unknown, pictures) = (count(|p| p.unknown), count(|p| p.pictures));
    if shown == 0 {
        return Err(unreadable(match pictures {
            0 => format!("a PDF file of {} pages without text", pages.len()),
            _ => format!(
                "a PDF file of {} pages of pictures without text (a scan); run text recognition (OCR) on it first",
                pages.len()
            ),
        }));
    }
    let share = unknown as f64 / shown as f64;
    if share > MAX_UNKNOWN {
        return Err(unreadable(format!(
            "a PDF file whose fonts do not tell which characters they show ({:.0} % of {shown}); print it to pictures \
             and run text recognition (OCR), or use the original file",
            share * 100.0
        )));
    }
    let mut warnings = Vec::new();
    if unknown > 0 {
        warnings.push(format!("{unknown} of {shown} characters have no Unicode value in the file"));
    }
    let invisible = count(|p| p.invisible);
    if invisible * 2 > shown && pictures > 0 {
        warnings.push("the text was made from pictures by text recognition: expect misread characters".to_owned());
    }
    let slanted = count(|p| p.slanted);
    if slanted > 0 {
        warnings.push(format!("{slanted} slanted characters (a watermark) were left out"));
    }
    let blank = pages.iter().filter(|p| p.glyphs.is_empty() && p.pictures > 0).count();
    if blank > 0 {
        warnings.push(format!("{blank} of {} pages are pictures without text and were left out", pages.len()));
    }
    let mut pages: Vec<Vec<lines::Line>> = pages.into_iter().map(lines::lines).collect();
    furniture::drop(&mut pages);
    let text = paragraphs::join(pages);
    if text.trim().is_empty() {
        return Err(unreadable("a PDF file with nothing but page numbers and running heads".to_owned()));
    }
    Ok(Extracted { text, warnings, ..Extracted::default() })
}

/// The error of this format.
fn unreadable(received: String) -> Error {
    super::unreadable("a PDF file with a text layer", received)
}
