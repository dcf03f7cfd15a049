//! `clausewise compare`

use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::file::ToFile;
use super::{Global, print, tables};
use crate::compare::{Comparison, Source, compare_texts};
use crate::document::extract::only_document;
use crate::engine::Access;
use crate::error::{Error, Result};
use crate::export::{self, About};
use crate::http::wire;
use crate::search::Calibration;

#[derive(Debug, Args)]
pub(super) struct Compare {
    /// A file, or the id of a stored document; usually the older one
    #[arg(value_name = "LEFT")]
    left: String,
    /// A file, or the id of a stored document; usually the newer one
    #[arg(value_name = "RIGHT")]
    right: String,
    /// Show verbatim clauses, too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    file_out: ToFile,
}

impl Compare {
    pub(super) fn run(&self, global: &Global) -> Result<ExitCode> {
        let format = self.file_out.format()?;
        let (left, right) = (source(&self.left)?, source(&self.right)?);
        let (comparison, about) = compared(global, &left, &right)?;
        let answer = wire::CompareAnswer::new(&comparison, &about.model);
        if let Some(format) = format {
            let report = export::comparison(&comparison, about, self.file_out.language());
            self.file_out.write(format, report, &answer, "rows", global.json)?;
        } else if global.json {
            print::json(&answer)?;
        } else {
            print::line(tables::comparison(&comparison, self.all))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A file where there is one of that name, a stored document otherwise.
fn source(name: &str) -> Result<Source> {
    let path = Path::new(name);
    if !path.is_file() {
        return Ok(Source::Stored(name.to_owned()));
    }
    let bytes = std::fs::read(path).map_err(Error::io(path))?;
    let text = only_document(&bytes, name)?.text;
    Ok(Source::Text { name: path.file_stem().map(|stem| stem.to_string_lossy().into_owned()), text })
}

fn compared(global: &Global, left: &Source, right: &Source) -> Result<(Comparison, About)> {
    // Two files need no data directory.
    if let (Source::Text { name: l, text: left }, Source::Text { name: r, text: right }) = (left, right) {
        let calibration = Calibration::of_model(&global.model_folder()?)?;
        let calibration = calibration.unwrap_or_else(|| Calibration::shipped().clone());
        let embedders = global.embedders()?;
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        let (l, r) = (name(l), name(r));
        let found = compare_texts(&*embedders.queries, &calibration, (&l, left), (&r, right))?;
        return Ok((found, About::without_store(embedders.queries.model_id())));
    }
    let engine = global.open(Access::Read)?;
    Ok((engine.compare(left, right)?, About::of(engine.store(), Vec::new())?))
}
