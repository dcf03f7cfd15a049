//! Comma-separated values (RFC 4180) that spreadsheets open right.

use super::report::{Cell, Report};
use crate::error::{Error, Result};

/// Writes the leading table: a byte order mark, the heads, the rows, and after an empty row what it was made from. All
/// rows have equally many fields.
pub(super) fn write(report: &Report) -> Result<Vec<u8>> {
    let sheets = report.sheets();
    let mut writer =
        ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(b"\xef\xbb\xbf".to_vec());
    let columns = sheets.first().map_or(2, |table| table.columns.len().max(2));
    let mut row = |cells: Vec<String>| {
        let padding = columns.saturating_sub(cells.len());
        writer.write_record(cells.into_iter().chain(std::iter::repeat_n(String::new(), padding)))
    };
    let mut all = || -> std::result::Result<(), ::csv::Error> {
        if let Some(table) = sheets.first() {
            row(table.columns.iter().map(|(head, _)| head.clone()).collect())?;
            for line in &table.rows {
                row(line.cells.iter().map(field).collect())?;
            }
        }
        row(Vec::new())?;
        row(vec![report.title.clone()])?;
        for (name, value) in report.figures.iter().cloned().chain(report.about.lines(report.language)) {
            row(vec![safe(name), safe(value)])?;
        }
        Ok(())
    };
    all().map_err(Error::export)?;
    writer.into_inner().map_err(Error::export)
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Number(_) | Cell::Share(_) => cell.plain(),
        Cell::Text(_) | Cell::Marked(_) => safe(cell.plain()),
    }
}

/// A text that no spreadsheet takes for a formula (OWASP, "CSV injection"): an apostrophe before the signs that begin
/// one.
fn safe(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}
