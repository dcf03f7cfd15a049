//! `clausewise reindex`

use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Global, print};
use crate::error::Result;
use crate::reindex::{Reindexed, reindex};
use crate::store::Plan;

#[derive(Debug, Args)]
pub(super) struct Reindex {}

impl Reindex {
    pub(super) fn run(&self, global: &Global) -> Result<ExitCode> {
        let embedders = global.embedders()?;
        let model = embedders.queries.model_id().to_owned();
        let mut progress = Progress::new(global.json);
        let ended = reindex(&global.data_dir()?, embedders, |plan, encoded| {
            progress.report(plan, encoded);
            ControlFlow::Continue(())
        })?;
        progress.end(&model, ended)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A progress bar on standard error and lines on standard output. A line is printed, and flushed, only when what it
/// says is on disk.
struct Progress {
    json: bool,
    /// A line for every batch.
    lines: bool,
    started: Instant,
    bar: ProgressBar,
    plan: Option<Plan>,
    unprinted: Result<()>,
}

impl Progress {
    fn new(json: bool) -> Progress {
        let lines = json || !std::io::stdout().is_terminal();
        Progress { json, lines, started: Instant::now(), bar: ProgressBar::hidden(), plan: None, unprinted: Ok(()) }
    }

    fn report(&mut self, plan: &Plan, encoded: usize) {
        let first = self.plan.is_none();
        if first {
            self.started = Instant::now();
            self.plan = Some(plan.clone());
            self.bar = ProgressBar::new(plan.texts as u64);
            let style = "{bar:30} {percent:>3}%  {pos} of {len} texts, {per_sec:0}, {eta} left";
            self.bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
            self.bar.enable_steady_tick(Duration::from_millis(200));
            // What earlier runs have encoded says nothing about the pace of this one.
            self.bar.set_position(plan.kept as u64);
            self.bar.reset_eta();
        }
        self.bar.set_position((plan.kept + encoded) as u64);
        let line = match (first, self.json) {
            (true, true) => print::plan_json(plan),
            (true, false) => print::plan(plan),
            (false, true) => serde_json::json!({ "done": plan.kept + encoded, "texts": plan.texts }).to_string(),
            (false, false) => format!("encoded    {} of {} texts", plan.kept + encoded, plan.texts),
        };
        if (first || self.lines)
            && let Err(error) = self.bar.suspend(|| print::line(line))
            && self.unprinted.is_ok()
        {
            self.unprinted = Err(error);
        }
    }

    /// Says how it ended.
    fn end(self, model: &str, ended: Reindexed) -> Result<()> {
        self.bar.finish_and_clear();
        let kept = self.plan.map_or(0, |plan| plan.kept);
        let seconds = self.started.elapsed().as_secs_f64();
        self.unprinted?;
        if self.json {
            print::line(print::reindexed_json(model, &ended, kept, seconds))
        } else {
            print::line(print::reindexed(model, &ended, kept, seconds))
        }
    }
}
