//! Answers as files.

use serde::Deserialize;
use utoipa::IntoParams;

use super::mirrored;
use crate::export;

mirrored! {
    /// Formats of files: a table for spreadsheets; a workbook; a Word document with passages side by side; a page; the
    /// answer itself, whole or a line a row, each with what it was made from.
    FileFormat = export::Format { Csv, Xlsx, Docx, Html, Json, Ndjson, }
}

mirrored! {
    /// Language of the words around the texts in a file.
    FileLanguage = export::Language { Chinese, English, }
}

/// In which form an answer is given.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FileParameters {
    /// As a file of this format, which names the corpus, the model, the settings and the time. Without it the answer is
    /// JSON as described here.
    #[serde(default)]
    #[param(inline)]
    pub(super) format: Option<FileFormat>,
    /// Language of the words around the texts in the file; Chinese unless given.
    #[serde(default)]
    #[param(inline)]
    pub(super) language: Option<FileLanguage>,
}

impl FileParameters {
    pub(crate) fn format(&self) -> Option<export::Format> {
        self.format.map(Into::into)
    }

    pub(crate) fn language(&self) -> export::Language {
        self.language.map_or_else(export::Language::default, Into::into)
    }
}
