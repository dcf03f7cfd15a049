//! Documents of a .zip archive, and what other formats are archives themselves.
//!
//! Bounded, since a few bytes can unpack to any size: by what all entries unpack to, and by how many times the size of
//! the archive that is. What the archive says about sizes is not believed, the bytes are counted.

use std::cell::Cell;
use std::io::{Error as IoError, ErrorKind, Read, Seek};
use std::ops::ControlFlow;

use encoding_rs::GB18030;
use zip::ZipArchive;
use zip::result::ZipError;

use super::{
    Extracted, Found, Input, Place, Refused, Visit, documents as documents_of, docx, refuse, sniff, unreadable, whole,
};
use crate::error::Error;

/// What an archive may unpack to, in bytes.
const MOST_UNPACKED: u64 = 4 << 30;

/// How many times its size an archive may unpack to; text shrinks to a tenth, seldom to a fiftieth.
const MOST_RATIO: u64 = 200;

/// Below this an archive may unpack to as many times its size as it likes, in bytes.
const HARMLESS: u64 = 10 << 20;

/// Archives in archives that are opened.
const MOST_DEPTH: usize = 1;

/// Reads the documents of an archive of `size` bytes, or the one that it is.
pub(super) fn documents(
    file: impl Read + Seek,
    size: u64,
    place: &Place<'_>,
    visit: &mut Visit<'_>,
) -> ControlFlow<()> {
    let mut archive = match ZipArchive::new(file).map_err(|error| damaged(error, place)) {
        Ok(archive) => archive,
        Err(error) => return refuse(visit, None, error),
    };
    match kind(&archive) {
        Kind::Docx => {
            let mut file = archive.into_inner();
            let bytes = file.rewind().map_err(Error::io(place.path)).and_then(|()| whole(&mut file, place));
            let document = bytes.and_then(|bytes| docx::text(&bytes)).map_err(|error| Refused { name: None, error });
            visit(Found { read: size, name_is_id: false, document })
        }
        Kind::Foreign { expected, received } => refuse(visit, None, unreadable(expected, received)),
        Kind::Documents if place.depth > MOST_DEPTH => {
            refuse(visit, None, unreadable("archives in an archive, but no deeper", "an archive inside of those"))
        }
        Kind::Documents => entries(&mut archive, size, place, visit),
    }
}

/// What an archive is.
enum Kind {
    Documents,
    Docx,
    Foreign { expected: &'static str, received: &'static str },
}

fn kind(archive: &ZipArchive<impl Read + Seek>) -> Kind {
    let has = |start: &str| archive.file_names_raw().any(|name| name.starts_with(start.as_bytes()));
    let office = has("[Content_Types].xml");
    let foreign = |expected, received| Kind::Foreign { expected, received };
    if office && has("word/") {
        Kind::Docx
    } else if office && has("xl/") {
        foreign("a .csv file (save as CSV in Excel or WPS)", "an .xlsx table")
    } else if office && has("ppt/") {
        foreign("a .docx or .pdf file", "a .pptx presentation")
    } else if has("OFD.xml") {
        foreign("a .pdf file (save as PDF in the OFD reader)", "an OFD file")
    } else if has("mimetype") && has("META-INF/") {
        foreign("a .docx file (save as .docx)", "an OpenDocument or EPUB file")
    } else {
        Kind::Documents
    }
}

fn entries<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    size: u64,
    place: &Place<'_>,
    visit: &mut Visit<'_>,
) -> ControlFlow<()> {
    let unpacked = Cell::new(0);
    let (mut packed, mut found) = (0_u64, false);
    for index in 0..archive.len() {
        // Its name and whether it can be read stand in the directory; opening it fails where it is encrypted.
        let (name, skip, refusal) = match archive.by_index_raw(index) {
            Ok(entry) => {
                let name = name_of(entry.name_raw());
                packed = packed.saturating_add(entry.compressed_size()).min(size);
                let refusal =
                    entry.encrypted().then(|| unreadable("an archive without a password", "an encrypted entry"));
                (name, entry.is_dir(), refusal)
            }
            Err(error) => (format!("entry {}", index + 1), false, Some(damaged(error, place))),
        };
        if skip || is_furniture(&name) {
            continue;
        }
        found = true;
        let mut tell = |inner: Found| visit(inside(inner, &name, packed));
        if let Some(error) = refusal {
            refuse(&mut tell, None, error)?;
            continue;
        }
        let ending = sniff::ending(&name);
        if !super::EXTENSIONS.contains(&&*ending) && !NAMED.contains(&&*ending) {
            refuse(&mut tell, None, unreadable(super::EXPECTED, format!("a .{ending} file")))?;
            continue;
        }
        match archive.by_index(index) {
            Ok(entry) => {
                let mut entry = Bounded { entry, unpacked: &unpacked, size };
                let place = Place { depth: place.depth + 1, path: place.path };
                documents_of(Input::Entry(&mut entry), &name, &place, &mut tell)?;
            }
            Err(error) => refuse(&mut tell, None, damaged(error, place))?,
        }
        if is_too_much(unpacked.get(), size) {
            // Said of the entry at which it showed; what comes after it is not unpacked.
            let rest = archive.len() - index - 1;
            if rest > 0 {
                refuse(visit, None, unreadable(bound(), format!("more; {rest} entries were left unread")))?;
            }
            return ControlFlow::Continue(());
        }
    }
    if found {
        return ControlFlow::Continue(());
    }
    refuse(visit, None, unreadable(format!("an archive of documents ({})", super::EXPECTED), "one without a file"))
}

/// Endings of formats that are refused by their content, which tells more than the name does.
const NAMED: &[&str] = &["doc", "wps", "rtf", "ofd", "xls", "xlsx", "mht", "json", ""];

/// A document of an entry as one of the archive.
fn inside(found: Found, entry: &str, packed: u64) -> Found {
    let named = |inner: Option<String>, joint: &str| match inner {
        Some(inner) => format!("{entry}{joint}{inner}"),
        None => entry.to_owned(),
    };
    let document = match found.document {
        Ok(document) if found.name_is_id => Ok(document),
        // An archive in the archive is a folder of it.
        Ok(document) => {
            let folder = entry.strip_suffix(".zip").unwrap_or(entry);
            let name = document.name.map_or_else(|| entry.to_owned(), |inner| format!("{folder}/{inner}"));
            Ok(Extracted { name: Some(name), ..document })
        }
        Err(refused) => Err(Refused { name: Some(named(refused.name, ": ")), error: refused.error }),
    };
    Found { read: packed, name_is_id: found.name_is_id, document }
}

/// The name of an entry: in UTF-8, or in GBK as Chinese Windows writes it, with `/` between folders.
fn name_of(raw: &[u8]) -> String {
    let name = match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => GB18030.decode_without_bom_handling(raw).0.into_owned(),
    };
    let name = name.replace('\\', "/");
    let parts: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect();
    parts.join("/")
}

/// Whether an entry is what systems put beside the files: hidden files, resource forks of macOS.
fn is_furniture(name: &str) -> bool {
    name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX")
        || matches!(name.rsplit('/').next(), Some("" | "Thumbs.db" | "desktop.ini"))
}

fn damaged(error: ZipError, place: &Place<'_>) -> Error {
    match error {
        ZipError::Io(error) => super::unread(error, place),
        error => unreadable("a whole zip archive, packed with deflate or not at all", error.to_string()),
    }
}

fn is_too_much(unpacked: u64, size: u64) -> bool {
    unpacked > MOST_UNPACKED || (unpacked > HARMLESS && unpacked / MOST_RATIO > size)
}

fn bound() -> String {
    format!("an archive that unpacks to at most {} GB and {MOST_RATIO} times its size", MOST_UNPACKED >> 30)
}

/// An entry that fails when the archive unpacks to too much.
struct Bounded<'a, R> {
    entry: R,
    unpacked: &'a Cell<u64>,
    size: u64,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.entry.read(buffer)?;
        self.unpacked.set(self.unpacked.get() + read as u64);
        if is_too_much(self.unpacked.get(), self.size) {
            return Err(IoError::new(ErrorKind::FileTooLarge, bound()));
        }
        Ok(read)
    }
}
