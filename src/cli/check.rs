//! `clausewise check`

use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;

use super::file::ToFile;
use super::search::Filter;
use super::{Global, input, print};
use crate::check::{self, Check};
use crate::engine::Access;
use crate::error::Result;
use crate::export;
use crate::http::wire;
use crate::store::DocumentFilter;

#[derive(Debug, Args)]
pub(super) struct CheckDraft {
    /// The draft; `-` reads standard input
    #[arg(value_name = "FILE")]
    file: String,
    /// Most precedents of a clause: 1 to 50, of which at most three are of one document
    #[arg(long, value_name = "N", default_value_t = 5)]
    limit: usize,
    /// Leave out this document and its other versions (may be repeated)
    #[arg(long, value_name = "ID")]
    exclude_document: Vec<String>,
    /// Leave out this family of versions (may be repeated)
    #[arg(long, value_name = "KEY")]
    exclude_family: Vec<String>,
    /// Leave out documents of this province, city or county (may be repeated)
    #[arg(long, value_name = "NAME")]
    exclude_region: Vec<String>,
    /// Do not search for formula clauses such as 本条例自…起施行
    #[arg(long)]
    exclude_formulas: bool,
    /// Leave out precedents below this probability, 0 to 1
    #[arg(long, value_name = "P", default_value_t = 0.0)]
    min_probability: f32,
    /// Only this document (may be repeated)
    #[arg(long, value_name = "ID")]
    document: Vec<String>,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    file_out: ToFile,
}

impl CheckDraft {
    pub(super) fn run(&self, global: &Global) -> Result<ExitCode> {
        let format = self.file_out.format()?;
        let bytes = input::bytes(&self.file)?;
        let request = Check {
            limit: self.limit,
            filter: DocumentFilter {
                documents: self.document.clone(),
                excluded: self.exclude_document.clone(),
                excluded_families: self.exclude_family.clone(),
                excluded_regions: self.exclude_region.clone(),
                ..self.filter.documents()
            },
            exclude_formulas: self.exclude_formulas,
            min_probability: self.min_probability,
            ..Check::new(check::read(&bytes, &self.file)?)
        };
        let engine = global.open(Access::Read)?;
        let started = Instant::now();
        let mut clauses = Vec::new();
        let mut printed = Ok(());
        let summary = engine.check(&request, |clause| {
            if global.json || format.is_some() {
                clauses.push(clause);
            } else {
                printed = print::line(print::checked_clause(&clause));
            }
            if printed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        printed?;
        let took_ms = (started.elapsed().as_secs_f64() * 1e6).round() / 1e3;
        if let Some(summary) = summary {
            if let Some(format) = format {
                let about = export::About::of(engine.store(), export::settings::of_check(&request))?;
                let report = export::checked(&self.file, &clauses, &summary, about, self.file_out.language());
                let answer = wire::CheckAnswer::new(clauses, summary, took_ms, engine.model_id());
                self.file_out.write(format, report, &answer, "clauses", global.json)?;
            } else if global.json {
                print::json(&wire::CheckAnswer::new(clauses, summary, took_ms, engine.model_id()))?;
            } else {
                print::line(print::check_summary(&summary, took_ms))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
