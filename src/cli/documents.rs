//! `clausewise documents` and `clausewise remove`

use std::process::ExitCode;

use clap::Args;

use super::search::Filter;
use super::{Global, print};
use crate::engine::Access;
use crate::error::Result;
use crate::http::wire;

#[derive(Debug, Args)]
pub(super) struct Documents {
    /// Show this document with its outline and clauses instead of a list
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Most documents to list
    #[arg(long, value_name = "N", default_value_t = 100)]
    most: usize,
    /// Documents to pass over first
    #[arg(long, value_name = "N", default_value_t = 0)]
    offset: usize,
    #[command(flatten)]
    filter: Filter,
}

#[derive(Debug, Args)]
pub(super) struct Remove {
    /// Documents to take out
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
}

impl Documents {
    pub(super) fn run(&self, global: &Global) -> Result<ExitCode> {
        let engine = global.open(Access::Read)?;
        if let Some(id) = &self.id {
            let detail = engine.store().document(id)?;
            if global.json {
                print::json(&wire::DocumentDetail::from(detail))?;
            } else {
                print::line(print::document(&detail))?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        let (rows, total) = engine.store().documents(&self.filter.documents(), self.offset, self.most)?;
        if global.json {
            print::json(&wire::DocumentList::new(rows, total))?;
        } else {
            print::line(print::documents(&rows, total))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Remove {
    pub(super) fn run(&self, global: &Global) -> Result<ExitCode> {
        let engine = global.open(Access::Change)?;
        let found = engine.remove(&self.ids)?;
        engine.build_index()?;
        for (id, found) in self.ids.iter().zip(&found) {
            if global.json {
                print::json(&serde_json::json!({ "document_id": id, "removed": found }))?;
            } else if *found {
                print::line(format_args!("removed    {id}"))?;
            } else {
                print::line(format_args!("not there  {id}"))?;
            }
        }
        Ok(if found.iter().all(|found| *found) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
