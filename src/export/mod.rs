//! Results as files that a person can keep: tables for spreadsheets, a 对照表 for Word, a page for the browser.
//!
//! A job's result becomes a [`Report`], which knows nothing of files; a writer a format turns it into bytes:
//!
//! ```text
//! checked regions compared clusters    a job's result -> report (words: what things are called)
//! report                               what is told: about, figures, passages side by side, tables
//! csv xlsx docx html                   report -> bytes
//! ```
//!
//! Every file says what it was made from: the program, the corpus, the model, the settings and the time. As JSON it is
//! the answer that the interface gives, with that added.
//!
//! Text of documents is data in every format: what a spreadsheet would take for a formula stays text, markup is
//! escaped, characters that XML cannot hold are replaced by U+FFFD.

mod checked;
mod clusters;
mod compared;
mod csv;
mod docx;
mod html;
mod json;
mod regions;
mod report;
pub mod settings;
mod words;
mod xlsx;

use std::path::Path;
use std::str::FromStr;

pub use self::checked::checked;
pub use self::clusters::clusters;
pub use self::compared::comparison;
pub use self::regions::{equivalents, matrix};
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
    /// The answer of the interface.
    Json,
    /// The same, a line a row.
    Ndjson,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 6] = [Format::Csv, Format::Xlsx, Format::Docx, Format::Html, Format::Json, Format::Ndjson];

    /// Its name, which is the ending of its files.
    pub fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
            Format::Docx => "docx",
            Format::Html => "html",
            Format::Json => "json",
            Format::Ndjson => "ndjson",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Format::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Format::Html => "text/html; charset=utf-8",
            Format::Json => "application/json",
            Format::Ndjson => "application/x-ndjson",
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

/// A job's result in both forms: as a person would file it, and as the interface answers.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    report: Report,
    answer: serde_json::Value,
    rows: &'static str,
}

impl File {
    /// A result; `rows` is the field of the answer that [`Format::Ndjson`] has a line for each of.
    ///
    /// # Errors
    /// [`Error::Export`] for an answer that is no JSON.
    pub fn new(report: Report, answer: &impl serde::Serialize, rows: &'static str) -> Result<File> {
        // By way of text: a number of 32 bits would become one of 64 with digits that were never computed.
        let text = serde_json::to_vec(answer).map_err(Error::export)?;
        let answer = serde_json::from_slice(&text).map_err(Error::export)?;
        Ok(File { report, answer, rows })
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// [`Error::Export`] for what the format cannot hold, such as more rows than a sheet has.
    pub fn write(&self, format: Format) -> Result<Vec<u8>> {
        match format {
            Format::Csv => csv::write(&self.report),
            Format::Xlsx => xlsx::write(&self.report),
            Format::Docx => docx::write(&self.report),
            Format::Html => Ok(html::write(&self.report).into_bytes()),
            Format::Json => json::whole(&self.report.about, &self.answer),
            Format::Ndjson => json::lines(&self.report.about, &self.answer, self.rows),
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
