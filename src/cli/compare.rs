//! `clausewise compare`

use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::{Global, print, tables};
use crate::compare::{Comparison, Source, compare_texts};
use crate::engine::Access;
use crate::error::Result;
use crate::http::wire;
use crate::ingest::read_file;
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
}

impl Compare {
    pub(super) fn run(&self, global: &Global) -> Result<ExitCode> {
        let (left, right) = (source(&self.left)?, source(&self.right)?);
        let (comparison, model) = compared(global, &left, &right)?;
        if global.json {
            print::json(&wire::CompareAnswer::new(&comparison, &model))?;
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
    let file = read_file(path)?;
    Ok(Source::Text { name: Some(file.document_id), text: file.text })
}

fn compared(global: &Global, left: &Source, right: &Source) -> Result<(Comparison, String)> {
    // Two files need no data directory.
    if let (Source::Text { name: l, text: left }, Source::Text { name: r, text: right }) = (left, right) {
        let calibration = Calibration::of_model(&global.model_folder()?)?;
        let calibration = calibration.unwrap_or_else(|| Calibration::shipped().clone());
        let embedders = global.embedders()?;
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        let (l, r) = (name(l), name(r));
        let found = compare_texts(&*embedders.queries, &calibration, (&l, left), (&r, right))?;
        return Ok((found, embedders.queries.model_id().to_owned()));
    }
    let engine = global.open(Access::Read)?;
    Ok((engine.compare(left, right)?, engine.model_id().to_owned()))
}
