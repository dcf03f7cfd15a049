//! Documents of a .csv file: a header of names, then one row a document.

use std::cell::Cell;
use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::rc::Rc;

use csv::{ByteRecord, ErrorKind, ReaderBuilder, Terminator};
use serde_json::{Map, Value};

use super::encoding::{Charset, refuse_wide};
use super::{Extracted, Found, MOST_BYTES, Place, Refused, Visit, records, refuse, too_large, unread, unreadable};
use crate::error::{Error, Result};

/// Reads the documents; a row that is wrong is refused by its line, and those after it are read. A header that is wrong
/// refuses the file.
pub(super) fn documents(reader: &mut dyn Read, place: &Place<'_>, visit: &mut Visit<'_>) -> ControlFlow<()> {
    let mut reader = BufReader::new(reader);
    let delimiter = match reader.fill_buf().map_err(|error| unread(error, place)).and_then(|head| {
        refuse_wide(head)?;
        Ok(delimiter(head))
    }) {
        Ok(delimiter) => delimiter,
        Err(error) => return refuse(visit, None, error),
    };
    let budget = Rc::new(Cell::new(MOST_BYTES));
    let bounded = Bounded { reader, budget: budget.clone() };
    // Rows of bytes: the marks of a table are plain ASCII, which no part of a character of GB18030 or Big5 is. Rows end
    // at \n alone, so that lines can be counted; the \r before it is dropped, and a last line without an end gets one.
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .terminator(Terminator::Any(b'\n'))
        .from_reader(bounded.chain(&b"\n"[..]));
    let mut charset = Charset::default();
    let mut row = ByteRecord::new();
    let header = match next_row(&mut reader, &mut row, place) {
        Ok(true) => header(&row, &mut charset),
        Ok(false) => Err(unreadable("a header and rows", "an empty file")),
        Err(error) => Err(error),
    };
    let header = match header {
        Ok(header) => header,
        Err(error) => return refuse(visit, None, error),
    };
    let mut found = false;
    loop {
        budget.set(MOST_BYTES);
        let line = reader.position().line();
        match next_row(&mut reader, &mut row, place) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => return refuse(visit, Some(format!("line {line}")), error),
        }
        // The reader passes over blank lines: the row began as many lines before its end as are in its fields.
        let inside = row.as_slice().iter().filter(|b| **b == b'\n').count() as u64;
        let line = reader.position().line().saturating_sub(inside + 1);
        if row.iter().all(|field| field.trim_ascii().is_empty()) {
            continue;
        }
        found = true;
        let document = document(&row, &header, &mut charset);
        let document = document.map_err(|error| Refused { name: Some(format!("line {line}")), error });
        visit(Found { read: reader.position().byte(), name_is_id: true, document })?;
    }
    if found {
        return ControlFlow::Continue(());
    }
    refuse(visit, None, unreadable("a header and rows", "a header alone"))
}

/// The mark between columns: a comma unless the first line has only others.
fn delimiter(head: &[u8]) -> u8 {
    let line = head.split(|b| *b == b'\n').next().unwrap_or(head);
    [b',', b'\t', b';'].into_iter().find(|mark| line.contains(mark)).unwrap_or(b',')
}

fn next_row(reader: &mut csv::Reader<impl Read>, row: &mut ByteRecord, place: &Place<'_>) -> Result<bool> {
    reader.read_byte_record(row).map_err(|error| match error.into_kind() {
        ErrorKind::Io(error) if error.kind() == std::io::ErrorKind::FileTooLarge => too_large("a row"),
        ErrorKind::Io(error) => unread(error, place),
        other => unreadable("a row of a table", format!("{other:?}")),
    })
}

fn header(row: &ByteRecord, charset: &mut Charset) -> Result<Vec<String>> {
    let names: Result<Vec<String>> = row
        .iter()
        .map(|field| Ok(charset.decode(field)?.trim_start_matches('\u{feff}').trim().to_lowercase()))
        .collect();
    let names = names?;
    records::check_columns(&names)?;
    Ok(names)
}

fn document(row: &ByteRecord, header: &[String], charset: &mut Charset) -> Result<Extracted> {
    if row.len() != header.len() {
        return Err(Error::invalid("row", format!("{} fields, as in the header", header.len()), row.len().to_string()));
    }
    // All fields decide together: a short one alone may be valid in an encoding that the row is not in.
    charset.decide(row.as_slice());
    let mut record = Map::new();
    let last = header.len().saturating_sub(1);
    for (at, (name, field)) in header.iter().zip(row.iter()).enumerate() {
        let field = if at == last { field.strip_suffix(b"\r").unwrap_or(field) } else { field };
        let value = charset.decode(field)?;
        if !value.trim().is_empty() {
            let value = if matches!(&**name, "text" | "content") { &*value } else { value.trim() };
            record.insert(name.clone(), Value::String(value.to_owned()));
        }
    }
    records::document(record)
}

/// A reader that fails when a row does not end: a quotation mark that is never closed would take in the whole file.
struct Bounded<R> {
    reader: R,
    budget: Rc<Cell<u64>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.reader.read(buffer)?;
        let left = self.budget.get().checked_sub(read as u64);
        self.budget.set(left.ok_or(std::io::ErrorKind::FileTooLarge)?);
        Ok(read)
    }
}
