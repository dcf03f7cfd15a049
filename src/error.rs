//! The one error type of the crate. Every variant says who erred, what was expected and what came.

use std::path::{Path, PathBuf};

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong, by who has to mend it.
///
/// [`Error::code`] is stable: clients may match on it. The message is for people.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A value given by the caller is outside what is accepted.
    #[error("{field}: expected {expected}, received {received}")]
    Invalid {
        /// Name of the field, flag or setting at fault.
        field: String,
        /// What would have been accepted, with its range.
        expected: String,
        /// What came, shortened when long.
        received: String,
    },
    /// The caller named a document, clause or file that is not there.
    #[error("no {what} with the id {id:?}")]
    NotFound {
        /// Kind of thing, in the names of the field: `document`, `clause`.
        what: &'static str,
        /// The id as given.
        id: String,
    },
    /// Bytes that are not a document this version can read.
    #[error("not a readable document: expected {expected}, received {received}")]
    Unreadable {
        /// What would have been accepted.
        expected: String,
        /// What the bytes look like.
        received: String,
    },
    /// The model directory is missing something, or holds a model of another kind.
    #[error("model {path}: expected {expected}, received {received}", path = .path.display())]
    Model {
        /// The file or directory at fault.
        path: PathBuf,
        /// What a model directory has there.
        expected: String,
        /// What was found.
        received: String,
    },
    /// The data directory was made with another model, or by a version of another layout.
    #[error("data directory {path}: expected {expected}, received {received}", path = .path.display())]
    DataDirectory {
        /// The data directory.
        path: PathBuf,
        /// What this process needs.
        expected: String,
        /// What the directory holds.
        received: String,
    },
    /// More work is queued than the service takes on; try again later.
    #[error("too much work is queued ({queued}, at most {limit}); try again in {retry_after_s} s")]
    Busy {
        /// Work waiting now, in the unit of `limit`.
        queued: usize,
        /// The most that may wait.
        limit: usize,
        /// When trying again makes sense, in seconds.
        retry_after_s: u64,
    },
    /// The service is shutting down and takes no new work.
    #[error("the service is shutting down")]
    ShuttingDown,
    /// The encoder gave something that is not an embedding (a fault of the model file or of this program).
    #[error("encoder: {0}")]
    Encoder(String),
    /// A vector index could not be built, searched, saved or loaded.
    #[error("index: {0}")]
    Index(String),
    /// A file could not be read or written.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A result does not fit the format it was to be written in.
    #[error("export: {0}")]
    Export(String),
    /// The store refused or failed.
    #[error("store: {0}")]
    Store(#[from] rusqlite::Error),
    /// A tensor operation failed.
    #[error("tensor: {0}")]
    Tensor(#[from] candle_core::Error),
}

impl Error {
    /// Wraps an I/O error with the path it happened at.
    pub fn io(path: impl AsRef<Path>) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.as_ref().to_path_buf();
        move |source| Error::Io { path, source }
    }

    /// An [`Error::Invalid`] in one line. Long values are shortened to their first 80 characters and their length.
    pub fn invalid(field: impl Into<String>, expected: impl Into<String>, received: impl AsRef<str>) -> Error {
        Error::Invalid { field: field.into(), expected: expected.into(), received: shorten(received.as_ref()) }
    }

    /// Wraps what a writer of files said.
    pub(crate) fn export(e: impl std::fmt::Display) -> Error {
        Error::Export(e.to_string())
    }

    /// A stable word for the kind of error, as it stands in problem details and JSON output.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Invalid { .. } => "invalid_value",
            Error::NotFound { .. } => "not_found",
            Error::Unreadable { .. } => "unreadable_document",
            Error::Model { .. } => "model",
            Error::DataDirectory { .. } => "data_directory",
            Error::Busy { .. } => "busy",
            Error::ShuttingDown => "shutting_down",
            Error::Encoder(_) | Error::Tensor(_) => "encoder",
            Error::Index(_) => "index",
            Error::Export(_) => "export",
            Error::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => "disk_full",
            Error::Io { .. } => "io",
            Error::Store(e) if is_full(e) => "disk_full",
            Error::Store(_) => "store",
        }
    }
}

/// Whether the store failed because the disk is full.
fn is_full(e: &rusqlite::Error) -> bool {
    e.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
}

/// The first 80 characters of a value, and its length when it is longer.
fn shorten(value: &str) -> String {
    const KEPT: usize = 80;
    match value.char_indices().nth(KEPT) {
        None => value.to_owned(),
        Some((byte, _)) => {
            format!("{}… ({} characters)", &value[..byte], value.chars().count())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_shortened_and_its_length_told() {
        let e = Error::invalid("query", "1 to 10 characters", "长".repeat(200));
        let text = e.to_string();
        assert!(text.starts_with("query: expected 1 to 10 characters, received 长长"), "{text}");
        assert!(text.ends_with("(200 characters)"), "{text}");
        assert_eq!(e.code(), "invalid_value");
    }
}
