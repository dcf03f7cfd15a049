//! Results as files that a person can keep: tables for spreadsheets, a 对照表 for Word, a page for the browser.
//!
//! A job's result becomes a [`Report`], which knows nothing of files; a writer a format turns it into bytes:
//!
//! ```text
//! report      what is told: about, figures, passages side by side, tables
//! csv xlsx docx html
//! ```
//!
//! Every file says what it was made from: the program, the corpus, the model, the settings and the time. JSON is no
//! business of this stage: that is the answer itself, and the edges write it.
//!
//! Text of documents is data in every format: what a spreadsheet would take for a formula stays text, markup is
//! escaped, characters that XML cannot hold are replaced by U+FFFD.

mod csv;
mod docx;
mod html;
mod report;
mod xlsx;

use std::path::Path;
use std::str::FromStr;

pub use self::report::{About, Cell, Language, Mark, Pair, Passage, Report, Run, Table, TableRow, Tone, mark};
use crate::error::{Error, Result};

/// Formats of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Comma-separated values in UTF-8 with a byte order mark, which spreadsheets need; the leading table alone.
    Csv,
    /// A workbook, a sheet a table.
    Xlsx,
    /// A Word document: passages side by side, differences marked.
    Docx,
    /// One page that needs nothing beside it, without scripts.
    Html,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 4] = [Format::Csv, Format::Xlsx, Format::Docx, Format::Html];

    /// Its name, which is the ending of its files.
    pub fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
            Format::Docx => "docx",
            Format::Html => "html",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Format::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Format::Html => "text/html; charset=utf-8",
        }
    }

    /// The format that a file's ending asks for.
    ///
    /// # Errors
    /// [`Error::Invalid`], which names the formats.
    pub fn of_file(path: &Path) -> Result<Format> {
        path.extension().unwrap_or_default().to_string_lossy().to_lowercase().parse()
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Format> {
        let names = Format::ALL.map(Format::name).join(", ");
        Format::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| Error::invalid("format", format!("one of {names}"), name))
    }
}

impl Report {
    /// The bytes of a file.
    ///
    /// # Errors
    /// [`Error::Export`] for what the format cannot hold, such as more rows than a sheet has.
    pub fn write(&self, format: Format) -> Result<Vec<u8>> {
        match format {
            Format::Csv => csv::write(self),
            Format::Xlsx => xlsx::write(self),
            Format::Docx => docx::write(self),
            Format::Html => Ok(html::write(self).into_bytes()),
        }
    }
}

/// The text without what XML 1.0 cannot hold, which is replaced by U+FFFD.
fn for_xml(text: &str) -> String {
    let held = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if held(c) { c } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests;
