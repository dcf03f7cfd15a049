//! `clausewise eval`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{Global, print};
use crate::engine::Access;
use crate::error::Result;
use crate::eval;

#[derive(Debug, Args)]
pub(super) struct Eval {
    /// Files of relevance judgments (JSON lines)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Hits looked at for each query
    #[arg(long, value_name = "N", default_value_t = 50)]
    depth: usize,
}

impl Eval {
    pub(super) fn run(&self, global: &Global) -> Result<ExitCode> {
        let engine = global.open(Access::Read)?;
        let options = eval::Options { depth: self.depth, ..eval::Options::default() };
        let mut rows = Vec::new();
        for file in &self.files {
            rows.extend(eval::evaluate(&engine, file, &options)?);
        }
        if global.json {
            rows.iter().try_for_each(print::json)?;
        } else {
            print::line(eval::Table(&rows))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
