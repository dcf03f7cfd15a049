//! `--out FILE` of the jobs.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::print;
use crate::error::{Error, Result};
use crate::export::{File, Format, Language, Report};

/// Where the outcome goes instead of standard output.
#[derive(Debug, Args)]
pub(super) struct ToFile {
    /// Write the outcome to a file instead: .xlsx, .docx, .html, .csv, .json or .ndjson
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Language of the words around the texts in that file
    #[arg(long, value_name = "LANGUAGE", default_value = "zh", value_parser = ["zh", "en"])]
    out_language: String,
}

impl ToFile {
    /// The format that the file's name asks for; none without a file. To be asked before the work begins.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an ending that stands for no format.
    pub(super) fn format(&self) -> Result<Option<Format>> {
        self.out.as_deref().map(Format::of_file).transpose()
    }

    /// Language of the file.
    pub(super) fn language(&self) -> Language {
        if self.out_language == "en" { Language::English } else { Language::Chinese }
    }

    /// Writes the file, whole or not at all, and says so.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Export`].
    pub(super) fn write(
        &self,
        format: Format,
        report: Report,
        answer: &impl Serialize,
        rows: &'static str,
        json: bool,
    ) -> Result<()> {
        let Some(path) = &self.out else { return Ok(()) };
        let bytes = File::new(report, answer, rows)?.write(format)?;
        // Beside it, so that renaming stays within the file system.
        let mut part = path.clone().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        std::fs::write(&part, &bytes).map_err(Error::io(&part))?;
        std::fs::rename(&part, path).map_err(Error::io(path))?;
        if json {
            return print::json(&serde_json::json!({ "wrote": path, "bytes": bytes.len() }));
        }
        print::line(format!("wrote {}", path.display()))
    }
}
