//! `clausewise ingest`

use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Global, dry_run, print};
use crate::document::extract::EXPECTED;
use crate::engine::{Access, Engine};
use crate::error::Result;
use crate::ingest::{Found, Report, find_files};
use crate::store::Outcome;

#[derive(Debug, Args)]
pub(super) struct Ingest {
    /// Files (.txt, .md, .html, .docx, .pdf, .jsonl, .csv, .zip) and folders, which are searched through
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Print a line for every document, not only for refused ones [default: when standard output is no terminal]
    #[arg(long)]
    verbose: bool,
    /// Print how each document would be read (metadata, outline, warnings), and take nothing in
    #[arg(long)]
    dry_run: bool,
}

impl Ingest {
    pub(super) fn run(&self, global: &Global) -> Result<ExitCode> {
        let found = find_files(&self.paths)?;
        if self.dry_run {
            return dry_run::print(&found, global.json);
        }
        let engine = global.open(Access::Change)?;
        let lines = self.verbose || global.json || !std::io::stdout().is_terminal();
        let summary = take_in(&engine, &found.files, Output { json: global.json, lines, new_only: false }, |_| {
            ControlFlow::Continue(())
        })?;
        let built = engine.build_index();
        if matches!(built, Ok(true)) && !global.json {
            print::line("index built")?;
        }
        // First what is stored, which the index is not needed for.
        summary.print(&engine, &found.skipped, global.json)?;
        built?;
        Ok(if summary.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Those files of a folder with documents whose ids are not there yet.
pub(super) fn find_new(engine: &Engine, corpus: &Path) -> Result<Found> {
    let found = find_files(&[corpus.to_owned()])?;
    Ok(Found { files: engine.not_yet_there(found.files)?, skipped: found.skipped })
}

/// Takes in the new documents of a folder and prints what became of them. `each` is told after each document whether it
/// is the first of its file, and may end it.
pub(super) fn take_in_found(
    engine: &Engine,
    found: &Found,
    json: bool,
    each: impl FnMut(bool) -> ControlFlow<()>,
) -> Result<()> {
    if found.files.is_empty() {
        return Ok(());
    }
    take_in(engine, &found.files, Output { json, lines: json, new_only: true }, each)?.print(
        engine,
        &found.skipped,
        json,
    )
}

#[derive(Clone, Copy)]
struct Output {
    json: bool,
    /// A line for every document.
    lines: bool,
    /// Documents whose ids are there are passed over.
    new_only: bool,
}

/// Takes in files with a progress bar on standard error and lines on standard output. A line is printed, and
/// flushed, only when what it says is on disk. `each` is told after each document, and may end it.
fn take_in(
    engine: &Engine,
    files: &[PathBuf],
    output: Output,
    mut each: impl FnMut(bool) -> ControlFlow<()>,
) -> Result<Summary> {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |m| m.len());
    let bar = ProgressBar::new(files.iter().map(|path| size(path)).sum());
    let style =
        "{bar:30} {percent:>3}%  {decimal_bytes} of {decimal_total_bytes}, {decimal_bytes_per_sec}, {eta} left  {msg}";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut summary = Summary { started: Instant::now(), ..Summary::new() };
    let mut unprinted = None;
    let (mut before, mut last): (u64, Option<PathBuf>) = (0, None);
    let report = |report: Report<'_>| {
        let first = last.as_deref() != Some(report.file);
        if first {
            before += last.as_deref().map_or(0, size);
            last = Some(report.file.to_owned());
        }
        summary.count(&report);
        bar.set_position(before + report.read);
        bar.set_message(format!("{} clauses, {:.0}/s", summary.clauses, summary.rate()));
        if output.lines || report.outcome.is_err() {
            let line = if output.json { print::ingested_json(&report) } else { print::ingested(&report) };
            if let Err(error) = bar.suspend(|| print::line(line)) {
                unprinted.get_or_insert(error);
            }
        }
        each(first)
    };
    if output.new_only {
        engine.ingest_new(files, report)?;
    } else {
        engine.ingest_files(files, report)?;
    }
    bar.finish_and_clear();
    unprinted.map_or(Ok(summary), Err)
}

/// A file and what is meant inside of it.
type Place = (PathBuf, Option<String>);

#[derive(Debug)]
struct Summary {
    started: Instant,
    added: usize,
    replaced: usize,
    unchanged: usize,
    duplicates: Vec<(Place, String)>,
    refused: usize,
    clauses: usize,
    reasons: Vec<(Place, String)>,
}

impl Summary {
    fn new() -> Summary {
        Summary {
            started: Instant::now(),
            added: 0,
            replaced: 0,
            unchanged: 0,
            duplicates: Vec::new(),
            refused: 0,
            clauses: 0,
            reasons: Vec::new(),
        }
    }

    fn rate(&self) -> f64 {
        self.clauses as f64 / self.started.elapsed().as_secs_f64().max(1e-3)
    }

    fn count(&mut self, report: &Report<'_>) {
        let place = || (report.file.to_owned(), report.name.clone());
        match &report.outcome {
            Ok(ingested) => match &ingested.outcome {
                Outcome::Added => {
                    self.added += 1;
                    self.clauses += ingested.clauses;
                    // It was left out for another that has another text since.
                    let here = place();
                    self.duplicates.retain(|(there, _)| *there != here);
                }
                Outcome::Replaced { .. } => {
                    self.replaced += 1;
                    self.clauses += ingested.clauses;
                }
                Outcome::Updated => self.replaced += 1,
                Outcome::Unchanged => self.unchanged += 1,
                Outcome::Duplicate { of } => self.duplicates.push((place(), of.clone())),
            },
            Err(error) => {
                self.refused += 1;
                self.reasons.push((place(), error.to_string()));
            }
        }
    }

    fn print(&self, engine: &Engine, skipped: &[PathBuf], json: bool) -> Result<()> {
        let (documents, clauses, texts) = engine.store().counts()?;
        let seconds = self.started.elapsed().as_secs_f64();
        if json {
            let pairs = |list: &[(Place, String)], key: &str| -> Vec<serde_json::Value> {
                let pair = |((file, name), text): &(Place, String)| {
                    let mut pair = serde_json::json!({ "file": file, key: text });
                    if let Some(name) = name {
                        pair["name"] = serde_json::json!(name);
                    }
                    pair
                };
                list.iter().map(pair).collect()
            };
            let summary = serde_json::json!({ "summary": {
                "added": self.added, "replaced": self.replaced, "unchanged": self.unchanged,
                "skipped": skipped, "duplicates": pairs(&self.duplicates, "duplicate_of"), "refused": pairs(&self.reasons, "reason"),
                "clauses_added": self.clauses, "seconds": seconds,
                "total": { "documents": documents, "clauses": clauses, "distinct_clauses": texts,
                           "bytes": engine.store().bytes() },
            }});
            return print::line(summary);
        }
        let mut lines = vec![format!(
            "{} added, {} replaced, {} unchanged, {} with the same content as another, {} refused, {} skipped: \
             {} clauses in {} ({:.0}/s)",
            self.added,
            self.replaced,
            self.unchanged,
            self.duplicates.len(),
            self.refused,
            skipped.len(),
            self.clauses,
            print::duration(seconds),
            self.rate(),
        )];
        lines.extend(skipped.iter().map(|file| format!("  skipped       {}: expected {EXPECTED}", file.display())));
        lines.extend(
            self.duplicates
                .iter()
                .map(|(at, of)| format!("  same content  {} = {of}", print::place(&at.0, at.1.as_deref()))),
        );
        lines.extend(
            self.reasons
                .iter()
                .map(|(at, reason)| format!("  refused       {}: {reason}", print::place(&at.0, at.1.as_deref()))),
        );
        lines.push(format!(
            "now {documents} documents, {clauses} clauses ({texts} distinct), {:.1} MB",
            engine.store().bytes() as f64 / 1e6
        ));
        print::line(lines.join("\n"))
    }
}
