//! Files and folders to documents, and the ids that these get.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::NewDocument;
use crate::document::extract::{self, EXTENSIONS, Extracted, Found as Document};
use crate::error::{Error, Result};

/// Files to take in, and those that were passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Files to read: those that were named, and those in folders whose name says that they can be read.
    pub files: Vec<PathBuf>,
    /// Files in folders of other kinds, and what is no file.
    pub skipped: Vec<PathBuf>,
}

/// Searches folders for documents, in the order of their names. Hidden files and folders are left out, as are the lock
/// files of Office (`~$…`). What cannot be looked at in a folder (a folder that may not be read, a link to nothing whose
/// name is a document's) is among the files, so that it is refused by name and stops no other.
///
/// # Errors
/// [`Error::Io`] for a named path that is not there or cannot be read.
pub fn find_files(paths: &[PathBuf]) -> Result<Found> {
    let mut found = Found::default();
    for path in paths {
        let entries = walkdir::WalkDir::new(path).follow_links(true).sort_by_file_name();
        for entry in entries.into_iter().filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.path())) {
            let (always, file) = match entry {
                Ok(entry) if entry.file_type().is_dir() => continue,
                Ok(entry) if entry.depth() > 0 && !entry.file_type().is_file() => {
                    // A pipe or a socket: reading it could wait for ever.
                    found.skipped.push(entry.into_path());
                    continue;
                }
                Ok(entry) => (entry.depth() == 0, entry.into_path()),
                Err(e) => match e.path() {
                    // Not filtered: links are followed before names are looked at.
                    Some(at) if e.depth() > 0 && is_hidden(at) => continue,
                    Some(at) if e.depth() > 0 => (at.is_dir(), at.to_owned()),
                    at => {
                        let at = at.unwrap_or(path).to_owned();
                        let cause = e.into_io_error().unwrap_or_else(|| std::io::Error::other("a loop of links"));
                        return Err(Error::io(at)(cause));
                    }
                },
            };
            let extension = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            if always || EXTENSIONS.contains(&extension.as_str()) {
                found.files.push(file);
            } else {
                found.skipped.push(file);
            }
        }
    }
    Ok(found)
}

fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || name.starts_with("~$")
}

/// A document of a file on disk, to be parsed, or refused.
#[derive(Debug)]
pub struct FileDocument<'a> {
    /// The file.
    pub file: &'a Path,
    /// What it is inside of the file, where that holds many: a path in an archive, `line 17`.
    pub name: Option<String>,
    /// How much of the file has been read with it, in bytes.
    pub read: u64,
    /// The document.
    pub document: Result<NewDocument>,
}

/// Reads the documents of files one after the other, in order; ends when `visit` breaks. No more than one is in memory
/// at a time. An id that a document of an earlier file has is refused: they would replace each other.
pub fn read_documents<'a>(
    files: &'a [PathBuf],
    visit: &mut dyn FnMut(FileDocument<'a>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut seen: HashMap<String, &Path> = HashMap::new();
    for file in files {
        let source = std::path::absolute(file).unwrap_or_else(|_| file.clone());
        extract::documents_of_file(file, &mut |found| {
            let read = found.read;
            let (name, document) = match new_document(found, file, &source) {
                Ok((name, document)) => match seen.get(&document.document_id) {
                    Some(first) => {
                        let what = if name.is_some() {
                            "an id that no other document"
                        } else {
                            "a file name that no other file"
                        };
                        let expected = format!("{what} of this run has ({} came first)", first.display());
                        (name, Err(Error::invalid("document id", expected, document.document_id)))
                    }
                    None => {
                        seen.insert(document.document_id.clone(), file);
                        (name, Ok(document))
                    }
                },
                Err((name, error)) => (name, Err(error)),
            };
            visit(FileDocument { file, name, read, document })
        })?;
    }
    ControlFlow::Continue(())
}

type Named<T> = (Option<String>, T);

fn new_document(found: Document, file: &Path, source: &Path) -> Result<Named<NewDocument>, Named<Error>> {
    let id = document_id(file, &found);
    match found.document {
        Ok(document) => {
            let in_archive = document.name.as_ref().filter(|_| !found.name_is_id);
            let source = in_archive.map_or_else(|| source.to_owned(), |name| source.join(name));
            let name = document.name.clone();
            Ok((name, NewDocument::new(id, Some(source.to_string_lossy().into_owned()), document)))
        }
        Err(refused) => Err((refused.name, refused.error)),
    }
}

/// The id of a document of a file: the file's name without the ending; for one in an archive that, a slash, and its
/// path there without the ending; the given one for a line or row that gives it.
pub(crate) fn document_id(file: &Path, found: &Document) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    match &found.document {
        Ok(Extracted { name: Some(name), .. }) if found.name_is_id => name.clone(),
        Ok(Extracted { name: Some(name), .. }) => {
            let (folder, last) = name.rsplit_once('/').map_or(("", name.as_str()), |(folder, last)| (folder, last));
            let last = last.rsplit_once('.').map_or(last, |(last, _)| last);
            let slash = if folder.is_empty() { "" } else { "/" };
            format!("{stem}/{folder}{slash}{last}")
        }
        Ok(_) => stem.into_owned(),
        Err(refused) => match &refused.name {
            Some(name) => format!("{stem}/{name}"),
            None => stem.into_owned(),
        },
    }
}
