//! Documents of a .jsonl file: one JSON object a line.

use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;

use serde_json::{Map, Value};

use super::encoding::{Charset, refuse_wide};
use super::{Extracted, Found, MOST_BYTES, Place, Refused, Visit, records, refuse, too_large, unread, unreadable};
use crate::error::{Error, Result};

/// Reads the documents; a line that is wrong is refused by its number, and those after it are read.
pub(super) fn documents(reader: &mut dyn Read, place: &Place<'_>, visit: &mut Visit<'_>) -> ControlFlow<()> {
    let mut reader = BufReader::new(reader);
    let wide = reader.fill_buf().map_err(|error| unread(error, place)).and_then(refuse_wide);
    if let Err(error) = wide {
        return refuse(visit, None, error);
    }
    let mut charset = Charset::default();
    let (mut line, mut read, mut number, mut found) = (Vec::new(), 0, 0_usize, false);
    loop {
        let length = match next_line(&mut reader, &mut line) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) => return refuse(visit, Some(format!("after line {number}")), unread(error, place)),
        };
        number += 1;
        read += length;
        let content = if number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line) } else { &line };
        if length <= MOST_BYTES && content.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        found = true;
        let document = if length > MOST_BYTES { Err(too_large("a line")) } else { document(content, &mut charset) };
        let document = document.map_err(|error| Refused { name: Some(format!("line {number}")), error });
        visit(Found { read, name_is_id: true, document })?;
    }
    if found {
        return ControlFlow::Continue(());
    }
    refuse(visit, None, unreadable("one JSON object a line", "a file without a line"))
}

fn document(line: &[u8], charset: &mut Charset) -> Result<Extracted> {
    let text = charset.decode(line)?;
    let record: Map<String, Value> =
        serde_json::from_str(&text).map_err(|e| Error::invalid("line", "a JSON object", e.to_string()))?;
    records::document(record)
}

/// Reads a line without its end and gives its length with it; 0 at the end of the file. Of a line that is longer than
/// a document may be, no more than that is kept.
fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<u64> {
    line.clear();
    let mut length = 0;
    loop {
        let buffer = match reader.fill_buf() {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if buffer.is_empty() {
            return Ok(length);
        }
        let end = buffer.iter().position(|b| *b == b'\n');
        let taken = end.map_or(buffer.len(), |end| end + 1);
        let kept = end.unwrap_or(buffer.len());
        if (line.len() + kept) as u64 <= MOST_BYTES {
            line.extend_from_slice(buffer.get(..kept).unwrap_or(&[]));
        }
        length += taken as u64;
        reader.consume(taken);
        if end.is_some() {
            return Ok(length);
        }
    }
}
