//! Clausewise beside other engines and indexes on the same texts and vectors, and the whole of it under load.
//!
//! `cargo bench --bench rivals -- [encoders|indexes|service|growth] [options]`; without a command all four run on the
//! sample documents, in some minutes. `tests/bench/rivals/setup.sh` installs the rivals; without them ours are
//! measured alone. Rounds of the contestants alternate and the best of each counts, so that ratios hold on a machine
//! that others use as well. Nothing here fails on a slow machine.
//!
//! Where to find what: `encoders.rs`, `indexes.rs`, `service.rs`, `growth.rs` are the commands; `encoders.py` and
//! `indexes.py` run the rivals, each in a process that `python.rs` asks; `stock.rs` is candle-transformers' BERT.

mod encoders;
mod figures;
mod growth;
mod indexes;
mod python;
mod service;
mod stock;
mod texts;

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

type Failure = Box<dyn std::error::Error>;
type Done<T> = Result<T, Failure>;

const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");

#[derive(Parser)]
#[command(about = "Measures Clausewise beside other engines and indexes, and under load")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    common: Common,
    /// Given by `cargo bench`.
    #[arg(long, global = true, hide = true)]
    bench: bool,
}

/// What every command takes.
#[derive(Args, Clone)]
struct Common {
    /// Folder of the model.
    #[arg(long, global = true, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/models/clausewise-e5-small-zh-en"))]
    model: PathBuf,
    /// Python with the rivals, as setup.sh makes it.
    #[arg(long, global = true, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/rivals/bin/python"))]
    python: PathBuf,
    /// Documents to take texts from: a file or a folder.
    #[arg(long, global = true, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus"))]
    texts: PathBuf,
    /// Typed queries, one a line.
    #[arg(long, global = true, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/rivals/queries.txt"))]
    queries: PathBuf,
    /// A data directory with the documents in it, which is read or copied, never changed; without it one is made.
    #[arg(long, global = true)]
    data_dir: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Tokens a second on one core and on all.
    Encoders(encoders::Options),
    /// Recall against queries a second over the same vectors.
    Indexes(indexes::Options),
    /// Search latency of the server at several numbers of clients, also while documents are taken in.
    Service(service::Options),
    /// Taking in documents, and what it costs as the corpus grows.
    Growth(growth::Options),
}

fn main() -> Done<()> {
    let arguments = Arguments::parse();
    let common = &arguments.common;
    match arguments.command {
        Some(Command::Encoders(options)) => encoders::run(common, &options),
        Some(Command::Indexes(options)) => indexes::run(common, &options),
        Some(Command::Service(options)) => service::run(common, &options),
        Some(Command::Growth(options)) => growth::run(common, &options),
        None => {
            encoders::run(common, &defaults())?;
            indexes::run(common, &defaults())?;
            service::run(common, &defaults())?;
            growth::run(common, &defaults())
        }
    }
}

/// The options of a command that was not named.
fn defaults<T: Args>() -> T {
    #[derive(Parser)]
    struct Alone<T: Args> {
        #[command(flatten)]
        options: T,
    }
    Alone::<T>::parse_from([""]).options
}

/// A folder of this run's, gone when dropped.
fn scratch() -> Done<tempfile::TempDir> {
    Ok(tempfile::Builder::new().prefix("rivals-").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}
