//! `growth`: taking in documents, and what clauses cost as there are more of them.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use clap::Args;
use clausewise::document;
use clausewise::embed::{Embedder, Encoded, Encoder, KernelChoice, Lane, Role, TokenCodec, Want};
use clausewise::search::Request;
use clausewise::{Access, Embedders, Engine};

use crate::encoders::load;
use crate::figures::{Table, number, percentile, resident_bytes, timed};
use crate::{Common, Done, scratch, texts};

/// Clauses whose pure encoding the ingest is compared with.
const SAMPLE: usize = 300;

#[derive(Args)]
pub struct Options {
    /// Numbers of clauses to measure at, as 10000,50000,100000,500000. When the documents are used up, more are made by
    /// exchanging phrases between them.
    #[arg(long, value_delimiter = ',', default_values_t = [500, 2_000, 5_000])]
    sizes: Vec<usize>,
}

/// An encoder that keeps account.
struct Metered {
    encoder: Arc<Encoder>,
    /// Tokens, and seconds in which any were encoded.
    account: Mutex<(usize, f64)>,
}

impl Metered {
    fn account(&self) -> (usize, f64) {
        *self.account.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Embedder for Metered {
    fn model_id(&self) -> &str {
        self.encoder.model_id()
    }

    fn dimensions(&self) -> usize {
        self.encoder.dimensions()
    }

    fn codec(&self) -> &TokenCodec {
        self.encoder.codec()
    }

    fn encode(&self, texts: &[&str], role: Role, want: Want) -> clausewise::Result<Vec<Encoded>> {
        let (encoded, seconds) = timed(|| self.encoder.encode(texts, role, want));
        let encoded = encoded?;
        let mut account = self.account.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        account.0 += encoded.iter().map(|e| e.token_count).sum::<usize>();
        account.1 += seconds;
        Ok(encoded)
    }
}

/// Documents in the order in which they are taken in: those that were given, then made ones.
struct Supply {
    given: std::vec::IntoIter<PathBuf>,
    splicer: texts::Splicer,
    folder: PathBuf,
    made: usize,
}

impl Supply {
    /// Files with about so many clauses.
    fn of(&mut self, clauses: usize) -> Done<Vec<PathBuf>> {
        let (mut files, mut count) = (Vec::new(), 0);
        while count < clauses {
            let file = match self.given.next() {
                Some(file) => file,
                None if self.splicer.is_empty() => break,
                None => {
                    let file = self.folder.join(format!("made-{}.txt", self.made));
                    std::fs::write(&file, self.splicer.document())?;
                    self.made += 1;
                    file
                }
            };
            count += texts::of_file(&file).iter().map(|text| document::parse(text).clauses.len()).sum::<usize>();
            files.push(file);
        }
        Ok(files)
    }
}

pub fn run(common: &Common, options: &Options) -> Done<()> {
    let threads = std::thread::available_parallelism()?.get();
    let metered = Arc::new(Metered {
        encoder: Arc::new(load(&common.model, KernelChoice::Auto, threads)?),
        account: Mutex::default(),
    });
    let embedders = Embedders { queries: Arc::new(metered.encoder.lane(Lane::Interactive)), passages: metered.clone() };
    let (data, made) = (scratch()?, scratch()?);
    let given = texts::files(&common.texts)?;
    let splicer = texts::Splicer::new(&texts::spread(given.clone(), 500));
    let mut supply = Supply { given: given.into_iter(), splicer, folder: made.path().to_owned(), made: 0 };
    let sample = texts::clauses(&common.texts, SAMPLE)?;
    let sample: Vec<&str> = sample.iter().map(String::as_str).collect();
    let typed = texts::queries(&common.queries)?;
    // Tokens a second of the encoder with nothing else to do.
    let mut pure = pure_rate(&metered.encoder, &sample)?;

    println!(
        "Growth: documents of {}, {threads} threads, kernel {}",
        common.texts.display(),
        metered.encoder.kernel_name()
    );
    println!("`ingest/encoding`: time to take in, of the time to encode the same tokens and do nothing else\n");
    let mut table = Table::new(&[
        "clauses",
        "distinct",
        "documents (made)",
        "clauses/s",
        "tokens/s",
        "pure tokens/s",
        "ingest/encoding",
        "disk B/clause",
        "memory B/clause",
        "graph s",
        "typed p50 ms at first",
        "again",
        "p99 ms",
        "clause p50 ms",
    ]);
    let before = resident_bytes(std::process::id()).unwrap_or_default();
    let engine = Engine::open(data.path(), embedders, Access::Change)?;
    for size in &options.sizes {
        let (_, there, _) = engine.store().counts()?;
        let files = supply.of(size.saturating_sub(there))?;
        let (tokens_before, _) = metered.account();
        let (ingested, seconds) = timed(|| engine.ingest_files(&files, |_| ControlFlow::Continue(())));
        ingested?;
        pure = pure.max(pure_rate(&metered.encoder, &sample)?);
        let tokens = (metered.account().0 - tokens_before) as f64;
        let (built, graph) = timed(|| engine.build_index());
        let graph = if built? { number(graph, 1) } else { "-".to_owned() };
        let (documents, clauses, distinct) = engine.store().counts()?;
        let bytes = engine.store().bytes() + folder_bytes(&data.path().join("index"));
        let memory = resident_bytes(std::process::id()).unwrap_or_default().saturating_sub(before);
        // At first much of what is compared has to be read from the disk.
        let mut first_times = searches(&engine, typed.iter().map(String::as_str))?;
        let mut typed_times = searches(&engine, typed.iter().map(String::as_str))?;
        let mut clause_times = searches(&engine, sample.iter().copied())?;
        table.row([
            clauses.to_string(),
            distinct.to_string(),
            format!("{documents} ({})", supply.made),
            number((clauses - there) as f64 / seconds, 0),
            number(tokens / seconds, 0),
            number(pure, 0),
            number(seconds * pure / tokens, 2),
            number(bytes as f64 / clauses as f64, 0),
            number(memory as f64 / clauses as f64, 0),
            graph,
            number(percentile(&mut first_times, 0.5), 1),
            number(percentile(&mut typed_times, 0.5), 1),
            number(percentile(&mut typed_times, 0.99), 1),
            number(percentile(&mut clause_times, 0.5), 1),
        ]);
    }
    table.print();
    Ok(())
}

/// Best of three.
fn pure_rate(encoder: &Encoder, sample: &[&str]) -> Done<f64> {
    let mut best = 0f64;
    for _ in 0..3 {
        let (encoded, seconds) = timed(|| encoder.encode(sample, Role::Passage, Want::Sentence));
        best = best.max(encoded?.iter().map(|e| e.token_count).sum::<usize>() as f64 / seconds);
    }
    Ok(best)
}

/// Milliseconds of searches one after another, encoding included.
fn searches<'a>(engine: &Engine, queries: impl Iterator<Item = &'a str>) -> Done<Vec<f64>> {
    let mut times = Vec::new();
    for query in queries.filter(|query| query.chars().count() < 500) {
        let (answer, seconds) = timed(|| engine.search(&Request::text(query)));
        answer?;
        times.push(seconds * 1e3);
    }
    Ok(times)
}

fn folder_bytes(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => folder_bytes(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}
