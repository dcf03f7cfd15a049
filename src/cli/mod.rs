//! The command line: arguments in, the library's work, text or JSON out. No logic of its own.

mod check;
mod compare;
mod documents;
mod dry_run;
mod duplicates;
mod equivalents;
mod evaluation;
mod file;
mod ingest;
mod input;
mod models;
mod print;
mod reindex;
mod search;
mod serve;
mod settings;
mod tables;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::embed::{Encoder, EncoderOptions, Lane};
use crate::engine::{Access, Embedders, Engine};
use crate::error::{Error, Result};
use crate::search::Calibration;

/// Finds the most similar clauses across Chinese policy documents and local law, on this machine alone.
#[derive(Debug, Parser)]
#[command(name = "clausewise", version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Flags of every command. Each has an environment variable and a key in clausewise.toml.
#[derive(Debug, Args)]
struct Global {
    /// Where documents and indexes are kept [default: the platform's place for data]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The model: a folder, or the name of one in `models/` [default: the model that is shipped]
    #[arg(long, global = true, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Threads that encode [default: one a processor]
    #[arg(long, global = true, value_name = "N")]
    workers: Option<std::num::NonZeroUsize>,
    /// Print JSON instead of text
    #[arg(long, global = true)]
    json: bool,
    /// Settings file [default: clausewise.toml here or in the platform's place for settings]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What to log on standard error, for example info or clausewise=debug
    #[arg(long, global = true, value_name = "FILTER", default_value = "warn")]
    log: String,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer requests over HTTP
    Serve(serve::Serve),
    /// Take in files and folders
    Ingest(ingest::Ingest),
    /// Find clauses like a text
    Search(search::Search),
    /// Find clauses of other documents like a stored clause
    Similar(search::Similar),
    /// Find the precedents of every clause of a draft, and what has none
    Check(check::CheckDraft),
    /// Find out which regions have a measure, since when, in which words; or which of many measures
    Equivalents(equivalents::Equivalents),
    /// Put two documents beside each other
    Compare(compare::Compare),
    /// List documents, or show one with its outline
    Documents(documents::Documents),
    /// Take documents out
    Remove(documents::Remove),
    /// List clauses that are copies of each other, after comparing what was not compared yet
    Duplicates(duplicates::Duplicates),
    /// Encode all documents again with the model of this run, and use that from then on; after an interruption, goes on
    /// where it stopped
    Reindex(reindex::Reindex),
    /// Measure the ranking against relevance judgments
    Eval(evaluation::Eval),
    /// Fit the probability to samples that `eval --samples` wrote
    Calibrate(evaluation::Calibrate),
    /// Prepare a model
    Models(models::Models),
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(Failure::Usage(error)) => {
            // Ignored: when standard error is gone there is nobody to tell.
            let _ = error.print();
            ExitCode::from(if error.use_stderr() { 2 } else { 0 })
        }
        Err(Failure::Failed { error, json }) => {
            print::failure(&error, json);
            ExitCode::FAILURE
        }
    }
}

enum Failure {
    Usage(clap::Error),
    Failed { error: Error, json: bool },
}

fn run(arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let before = |error| Failure::Failed { error, json: false };
    let mut command = settings::with_environment(Cli::command());
    if let Some((path, text)) = settings::find_file(arguments).map_err(before)? {
        command = settings::with_file(command, &path, &text).map_err(before)?;
    }
    let cli = command
        .try_get_matches_from(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(Failure::Usage)?;
    let json = cli.global.json;
    start_log(&cli.global.log).map_err(before)?;
    match &cli.command {
        Command::Serve(serve) => serve.run(&cli.global),
        Command::Ingest(ingest) => ingest.run(&cli.global),
        Command::Calibrate(calibrate) => calibrate.run(&cli.global),
        Command::Models(models) => models.run(&cli.global),
        Command::Search(search) => search.run(&cli.global),
        Command::Similar(similar) => similar.run(&cli.global),
        Command::Check(check) => check.run(&cli.global),
        Command::Equivalents(equivalents) => equivalents.run(&cli.global),
        Command::Compare(compare) => compare.run(&cli.global),
        Command::Documents(documents) => documents.run(&cli.global),
        Command::Remove(remove) => remove.run(&cli.global),
        Command::Duplicates(duplicates) => duplicates.run(&cli.global),
        Command::Reindex(reindex) => reindex.run(&cli.global),
        Command::Eval(eval) => eval.run(&cli.global),
    }
    .map_err(|error| Failure::Failed { error, json })
}

fn start_log(filter: &str) -> Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(filter)
        .map_err(|e| Error::invalid("--log", "a filter such as info or clausewise=debug", format!("{filter} ({e})")))?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    Ok(())
}

impl Global {
    fn data_dir(&self) -> Result<PathBuf> {
        if let Some(folder) = &self.data_dir {
            return Ok(folder.clone());
        }
        directories::ProjectDirs::from("", "", "clausewise")
            .map(|dirs| dirs.data_dir().to_owned())
            .ok_or_else(|| Error::invalid("--data-dir", "a folder, since this user has no home folder", "none"))
    }

    fn open(&self, access: Access) -> Result<Engine> {
        // First: a file that is wrong is refused before the model and the indexes are loaded.
        let calibration = Calibration::of_model(&self.model_folder()?)?;
        let engine = Engine::open(&self.data_dir()?, self.embedders()?, access)?;
        let Some(calibration) = calibration else {
            tracing::warn!("the model has no calibration.json: probabilities are by the shipped model's");
            return Ok(engine);
        };
        Ok(engine.calibrated(calibration))
    }

    fn embedders(&self) -> Result<Embedders> {
        let encoder = self.encoder()?;
        Ok(Embedders { queries: Arc::new(encoder.lane(Lane::Interactive)), passages: encoder })
    }

    fn encoder(&self) -> Result<Arc<Encoder>> {
        let options = EncoderOptions { workers: self.workers, ..EncoderOptions::default() };
        Encoder::load(self.model_folder()?, &options).map(Arc::new)
    }

    /// The folder of the model: as named, or by its name in a `models` folder.
    fn model_folder(&self) -> Result<PathBuf> {
        const SHIPPED: &str = "clausewise-e5-small-zh-en";
        let name = self.model.as_deref().unwrap_or(Path::new(SHIPPED));
        if self.model.is_some() && name.is_dir() {
            return Ok(name.to_owned());
        }
        let program = std::env::current_exe().ok().and_then(|path| path.canonicalize().ok());
        // Beside the program, above it (a build folder inside the repository), in the working directory, and where the
        // program was built.
        let above = program.iter().flat_map(|path| path.ancestors().skip(1).take(4)).map(Path::to_owned);
        let places: Vec<PathBuf> = std::iter::once(PathBuf::from("."))
            .chain(above)
            .chain(std::iter::once(PathBuf::from(env!("CARGO_MANIFEST_DIR"))))
            .map(|folder| folder.join("models").join(name))
            .collect();
        places.iter().find(|folder| folder.is_dir()).cloned().ok_or_else(|| Error::Model {
            path: name.to_owned(),
            expected: "a model folder, given by --model or in `models` beside the program".to_owned(),
            received: "no such folder".to_owned(),
        })
    }
}
