//! What a file is: by its content first, by its name second.
//!
//! A page saved as .txt, a .doc that is really a page or a .docx: the content tells. Formats that cannot be read are
//! named, with what a person can do about it.

use super::encoding;
use crate::error::{Error, Result};

/// Formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Plain text.
    Text,
    /// Text with the marks of Markdown.
    Markdown,
    /// A web page.
    Html,
    /// A PDF file.
    Pdf,
    /// A zip archive: of documents, or a .docx, which is one itself.
    Zip,
    /// One JSON object a line.
    JsonLines,
    /// A table with a header.
    Csv,
}

/// A format that is not text, known by its first bytes.
pub(super) struct Foreign {
    magic: &'static [u8],
    /// What it is, with its article.
    pub(super) name: &'static str,
    /// What would be read instead; empty for formats that the text of a file cannot be got from.
    instead: &'static str,
}

const PICTURE: &str = "a document with text in it (pictures of pages need text recognition first)";
const UNPACKED: &str = "the unpacked files, or a .zip archive";

/// Formats that people take for documents. The two that are read, zip and PDF, are here for those who want plain text.
const FOREIGN: &[Foreign] = &[
    known(b"%PDF-", "a PDF file", ""),
    known(b"PK\x03\x04", "a ZIP archive (docx, xlsx, ofd and epub files are such archives)", ""),
    known(b"PK\x05\x06", "an empty ZIP archive", ""),
    known(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an OLE file (doc, xls, wps)",
        "a .docx file (save as .docx in Word or WPS)",
    ),
    known(b"{\\rtf", "an RTF file", "a .docx file (save as .docx in Word or WPS)"),
    known(b"Rar!\x1a\x07", "a RAR archive", UNPACKED),
    known(b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACKED),
    known(b"\x1f\x8b", "a gzip archive", UNPACKED),
    known(b"BZh", "a bzip2 archive", UNPACKED),
    known(b"\xfd7zXZ\0", "an xz archive", UNPACKED),
    known(b"\x89PNG\r\n", "a PNG picture", PICTURE),
    known(b"\xff\xd8\xff", "a JPEG picture", PICTURE),
    known(b"GIF8", "a GIF picture", PICTURE),
    known(b"II*\0", "a TIFF picture", PICTURE),
    known(b"MM\0*", "a TIFF picture", PICTURE),
    known(b"RIFF", "a picture or a recording", PICTURE),
    known(b"SQLite format 3\0", "an SQLite database", ""),
    known(b"\x7fELF", "a program", ""),
];

const fn known(magic: &'static [u8], name: &'static str, instead: &'static str) -> Foreign {
    Foreign { magic, name, instead }
}

/// The format that is not text and that bytes begin like.
pub(super) fn foreign(bytes: &[u8]) -> Option<&'static Foreign> {
    FOREIGN.iter().find(|f| bytes.starts_with(f.magic))
}

impl Foreign {
    /// The refusal of a file of this format. `bytes` is as much of the file as is known.
    pub(super) fn refusal(&self, bytes: &[u8]) -> Error {
        let instead = if self.instead.is_empty() { super::EXPECTED } else { self.instead };
        if self.magic != OLE {
            return unreadable(instead, self.name);
        }
        // The names of the streams in an OLE file are in UTF-16.
        let has = |name: &str| {
            let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            bytes.windows(name.len()).any(|window| window == name)
        };
        if has("EncryptedPackage") {
            unreadable("a file without a password", "an encrypted Office file")
        } else if has("WordDocument") {
            unreadable(instead, "a .doc or .wps file in the format of before 2007")
        } else if has("Workbook") {
            unreadable("a .csv file (save as CSV in Excel or WPS)", "an .xls table")
        } else {
            unreadable(instead, self.name)
        }
    }
}

const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// An [`Error::Unreadable`] in one line.
pub(super) fn unreadable(expected: impl Into<String>, received: impl Into<String>) -> Error {
    Error::Unreadable { expected: expected.into(), received: received.into() }
}

/// The ending of a name in lower case, without the dot; empty where there is none.
pub(super) fn ending(name: &str) -> String {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default()
}

/// The format of a file that begins with `head` and is called `name`.
///
/// # Errors
/// [`Error::Unreadable`] for formats that are not read, with what would be.
pub(super) fn format(head: &[u8], name: &str) -> Result<Format> {
    let ending = ending(name);
    // Some programs write a few bytes before the mark of a PDF file; its readers look through the first kilobyte.
    let pdf =
        head.starts_with(b"%PDF-") || ending == "pdf" && head.windows(5).take(1024).any(|window| window == b"%PDF-");
    if pdf {
        return Ok(Format::Pdf);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Ok(Format::Zip);
    }
    if let Some(foreign) = foreign(head) {
        return Err(foreign.refusal(head));
    }
    let start = opening(head);
    if is_page(&start) {
        return Ok(Format::Html);
    }
    if start.starts_with("<?xml") {
        let office = start.contains("worddocument") || start.contains("schemas.microsoft.com/office");
        let received = if office { "a Word document saved as XML" } else { "an XML file" };
        return Err(unreadable(
            if office { "a .docx file (save as .docx in Word or WPS)" } else { super::EXPECTED },
            received,
        ));
    }
    if start.starts_with("mime-version:") && start.contains("multipart/related") {
        return Err(unreadable("a page saved as HTML alone (.html)", "a web archive (.mht)"));
    }
    match &*ending {
        "jsonl" | "ndjson" => Ok(Format::JsonLines),
        "csv" => Ok(Format::Csv),
        "html" | "htm" | "xhtml" | "shtml" => Ok(Format::Html),
        "md" | "markdown" => Ok(Format::Markdown),
        "docx" | "zip" | "pdf" => Err(unreadable(format!("the content of a .{ending} file"), content(head))),
        "json" => Err(unreadable("one JSON object a line (.jsonl)", "a .json file")),
        _ if is_record(head) => Ok(Format::JsonLines),
        _ => Ok(Format::Text),
    }
}

/// What a file with a wrong name holds.
fn content(head: &[u8]) -> &'static str {
    match head {
        [] => "an empty file",
        _ => "something else under this name",
    }
}

/// The first characters of a file without white space and comments, in lower case where they are ASCII.
pub(super) fn opening(head: &[u8]) -> String {
    let sample = head.get(..4096).unwrap_or(head);
    let (encoding, mark) = encoding::encoding_of(sample);
    let text = encoding.decode_without_bom_handling(sample.get(mark..).unwrap_or(&[])).0.to_ascii_lowercase();
    let mut rest = text.trim_start();
    while let Some(comment) = rest.strip_prefix("<!--") {
        match comment.split_once("-->") {
            Some((_, after)) => rest = after.trim_start(),
            None => break,
        }
    }
    rest.to_owned()
}

/// Whether a file that opens like this is a web page, whatever its name says.
pub(super) fn is_page(opening: &str) -> bool {
    const TAGS: &[&str] = &[
        "!doctype html",
        "html",
        "head",
        "body",
        "meta",
        "title",
        "link",
        "script",
        "style",
        "table",
        "div",
        "p",
        "span",
        "center",
        "h1",
        "h2",
        "h3",
        "br",
        "font",
        "article",
        "section",
        "main",
    ];
    let opens = |text: &str| {
        text.strip_prefix('<').is_some_and(|rest| {
            TAGS.iter().any(|tag| {
                rest.strip_prefix(tag).is_some_and(|after| after.starts_with(|c: char| !c.is_ascii_alphanumeric()))
            })
        })
    };
    opens(opening) || (opening.starts_with("<?xml") && opening.contains("<html"))
}

/// Whether the first line is a JSON object with a text in it.
fn is_record(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let line = head.split(|b| *b == b'\n').next().unwrap_or(head);
    line.trim_ascii_start().starts_with(b"{")
        && serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(line)
            .is_ok_and(|record| record.contains_key("document_id"))
}
