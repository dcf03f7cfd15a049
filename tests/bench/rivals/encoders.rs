//! `encoders`: tokens a second, on one core and on all, beside other engines on the same texts and weights.

use std::num::NonZeroUsize;
use std::path::Path;

use clap::Args;
use clausewise::embed::{Embedder, Embedding, Encoder, EncoderOptions, Int8Kernel, KernelChoice, Role, Want};
use serde_json::{Value, json};

use crate::figures::{Table, cpu_seconds, number, percentile, timed};
use crate::python::Worker;
use crate::stock::Stock;
use crate::{Common, Done, scratch, texts};

/// Longer texts are encoded in windows by us and cut by the rivals: they are left out.
const LONGEST: usize = 480;
/// The stock BERT is slow: one text in so many is enough for its rate.
const STOCK_SHARE: usize = 8;

#[derive(Args)]
pub struct Options {
    /// Clauses to encode in a round.
    #[arg(long, default_value_t = 200)]
    clauses: usize,
    /// Rounds of each contestant.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Rivals whose names hold this alone.
    #[arg(long)]
    only: Option<String>,
}

/// Best time of a contestant, on the wall and of all processors.
#[derive(Clone)]
struct Entry {
    name: String,
    note: String,
    tokens: usize,
    seconds: f64,
    cpu_seconds: f64,
}

impl Entry {
    fn new(name: &str, note: String, tokens: usize) -> Entry {
        Entry { name: name.to_owned(), note, tokens, seconds: f64::MAX, cpu_seconds: f64::MAX }
    }

    fn take(&mut self, seconds: f64, cpu_seconds: f64) {
        self.seconds = self.seconds.min(seconds);
        self.cpu_seconds = self.cpu_seconds.min(cpu_seconds);
    }
}

pub fn run(common: &Common, options: &Options) -> Done<()> {
    if std::env::var_os("RAYON_NUM_THREADS").is_none() {
        // candle reads the number of its threads from the environment; a second one makes it slower per core.
        let mut again = std::process::Command::new(std::env::current_exe()?);
        again.arg("encoders").args([
            "--clauses",
            &options.clauses.to_string(),
            "--rounds",
            &options.rounds.to_string(),
        ]);
        again.args(options.only.iter().flat_map(|only| ["--only", only]));
        for (flag, path) in [("--model", &common.model), ("--python", &common.python), ("--texts", &common.texts)] {
            again.arg(flag).arg(path);
        }
        let status = again.env("RAYON_NUM_THREADS", "1").status()?;
        return if status.success() { Ok(()) } else { Err("the encoders were not measured".into()) };
    }
    let cores = std::thread::available_parallelism()?.get();
    let reference = load(&common.model, KernelChoice::F32, cores)?;
    let all = texts::clauses(&common.texts, options.clauses)?;
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let encoded = reference.encode(&all, Role::Passage, Want::Sentence)?;
    let (texts, encoded): (Vec<&str>, Vec<_>) =
        all.iter().zip(encoded).filter(|(_, e)| e.token_count <= LONGEST).unzip();
    let tokens: Vec<usize> = encoded.iter().map(|e| e.token_count).collect();
    let vectors: Vec<Embedding> = encoded.into_iter().map(|e| e.embedding).collect();
    println!(
        "Encoders: {} clauses of {}, {} tokens, {:.1} each; {} of more than {LONGEST} tokens left out",
        texts.len(),
        common.texts.display(),
        tokens.iter().sum::<usize>(),
        tokens.iter().sum::<usize>() as f64 / texts.len() as f64,
        all.len() - texts.len(),
    );
    println!("tokenising, pooling and scaling included; best of {} alternating rounds\n", options.rounds);

    let folder = scratch()?;
    std::fs::write(folder.path().join("texts.json"), serde_json::to_string(&texts)?)?;
    write_matrix(&folder.path().join("reference.f32"), vectors.iter())?;
    drop(reference);
    let mut threads = vec![1];
    threads.extend((cores > 1).then_some(cores));
    for threads in threads {
        measure(
            common,
            options,
            &Work { texts: &texts, tokens: &tokens, vectors: &vectors, folder: folder.path() },
            threads,
        )?;
    }
    latency(common, &texts)
}

/// What all contestants encode.
struct Work<'a> {
    texts: &'a [&'a str],
    tokens: &'a [usize],
    vectors: &'a [Embedding],
    folder: &'a Path,
}

fn measure(common: &Common, options: &Options, work: &Work<'_>, threads: usize) -> Done<()> {
    let total: usize = work.tokens.iter().sum();
    // With all that this processor has, the best first, as if it had less, and on any processor.
    let kernels = Int8Kernel::usable().map(KernelChoice::Exactly).chain([KernelChoice::F32]);
    let ours: Vec<Encoder> = kernels.map(|kernel| load(&common.model, kernel, threads)).collect::<Done<_>>()?;
    let mut entries = Vec::new();
    for encoder in &ours {
        let encoded = encoder.encode(work.texts, Role::Passage, Want::Sentence)?;
        let cosines = encoded.iter().zip(work.vectors).map(|(e, reference)| e.embedding.similarity(reference));
        let name = format!("clausewise {}", encoder.kernel_name());
        entries.push(Entry::new(&name, note("", &cosines.map(f64::from).collect::<Vec<_>>()), total));
    }
    let stock = if threads == 1 { Some(Stock::load(&common.model)?) } else { None };
    let some: Vec<&str> = work.texts.iter().copied().step_by(STOCK_SHARE).collect();
    if stock.is_some() {
        let tokens = work.tokens.iter().step_by(STOCK_SHARE).sum();
        let note = format!("batch 32, one clause in {STOCK_SHARE}");
        entries.push(Entry::new("candle-transformers BERT f32", note, tokens));
    }
    let first_rival = entries.len();

    let [model, work_folder] = [common.model.to_string_lossy(), graphs(common).into()];
    let [texts, reference] = ["texts.json", "reference.f32"].map(|name| work.folder.join(name).display().to_string());
    let mut arguments = vec!["--model", &*model, "--work", &*work_folder, "--texts", &texts, "--reference", &reference];
    arguments.extend(options.only.iter().flat_map(|only| ["--only", only]));
    let mut worker = Worker::start(&common.python, "encoders.py", threads, &arguments)?;
    let mut absent = Vec::new();
    if let Some((_, ready)) = &worker {
        for rival in ready["contestants"].as_array().into_iter().flatten() {
            let name = rival["name"].as_str().unwrap_or_default();
            match rival["error"].as_str() {
                Some(error) => absent.push(format!("{name}: {error}")),
                None => {
                    let cosines = ["cosine_least", "cosine_mean"].map(|key| rival[key].as_f64().unwrap_or(f64::NAN));
                    let plan = rival["plan"].as_str().unwrap_or_default();
                    entries.push(Entry::new(name, described(plan, cosines), total));
                }
            }
        }
    }

    for _ in 0..options.rounds {
        for (entry, encoder) in entries.iter_mut().zip(&ours) {
            let cpu = cpu_seconds();
            let (encoded, seconds) = timed(|| encoder.encode(work.texts, Role::Passage, Want::Sentence));
            encoded?;
            entry.take(seconds, cpu_seconds() - cpu);
        }
        if let Some(stock) = &stock {
            let cpu = cpu_seconds();
            let (encoded, seconds) = timed(|| stock.encode(&some));
            encoded?;
            entries[first_rival - 1].take(seconds, cpu_seconds() - cpu);
        }
        let Some((worker, _)) = &mut worker else { continue };
        for entry in &mut entries[first_rival..] {
            let answer = worker.ask(&json!({ "name": entry.name }))?;
            let [seconds, cpu] = ["seconds", "cpu_seconds"].map(|key| answer[key].as_f64().unwrap_or(f64::MAX));
            entry.take(seconds, cpu);
        }
    }
    print(&entries, threads);
    absent.iter().for_each(|line| println!("  not measured: {line}"));
    Ok(())
}

fn print(entries: &[Entry], threads: usize) {
    let cores = if threads == 1 { "1 core".to_owned() } else { format!("{threads} cores") };
    let mut table = Table::new(&[
        &cores,
        "tokens/s",
        "of a CPU second",
        "ours/this",
        "CPU ours/this",
        "cosine to f32: least, mean; set-up",
    ]);
    let rates = |entry: &Entry| (entry.tokens as f64 / entry.seconds, entry.tokens as f64 / entry.cpu_seconds);
    let ours = rates(&entries[0]);
    for entry in entries {
        let (wall, cpu) = rates(entry);
        table.row([
            entry.name.clone(),
            number(wall, 0),
            number(cpu, 0),
            number(ours.0 / wall, 2),
            number(ours.1 / cpu, 2),
            entry.note.clone(),
        ]);
    }
    table.print();
}

/// One short text at a time, as a search has it.
fn latency(common: &Common, texts: &[&str]) -> Done<()> {
    let encoder = load(&common.model, KernelChoice::Auto, 1)?;
    let mut times = Vec::new();
    for text in texts.iter().take(200) {
        let (encoded, seconds) = timed(|| encoder.encode(&[text], Role::Query, Want::Sentence));
        encoded?;
        times.push(seconds * 1e3);
    }
    println!(
        "  one text at a time: p50 {:.1} ms, p99 {:.1} ms\n",
        percentile(&mut times, 0.5),
        percentile(&mut times, 0.99)
    );
    Ok(())
}

pub fn load(model: &Path, kernel: KernelChoice, workers: usize) -> Done<Encoder> {
    let options = EncoderOptions { workers: NonZeroUsize::new(workers), kernel, ..EncoderOptions::default() };
    Ok(Encoder::load(model, &options)?)
}

/// Where the rivals' graphs are kept from one run to the next: beside their Python, a folder for each model file.
fn graphs(common: &Common) -> String {
    let weights = std::fs::metadata(common.model.join("model.gguf"));
    let stamp = weights.and_then(|m| m.modified()).ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let name = format!("graphs-{}", stamp.map_or(0, |stamp| stamp.as_secs()));
    common.python.parent().and_then(Path::parent).unwrap_or(Path::new(".")).join(name).display().to_string()
}

fn note(plan: &str, cosines: &[f64]) -> String {
    let least = cosines.iter().copied().fold(f64::MAX, f64::min);
    described(plan, [least, cosines.iter().sum::<f64>() / cosines.len() as f64])
}

fn described(plan: &str, [least, mean]: [f64; 2]) -> String {
    let plan = if plan.is_empty() { String::new() } else { format!("; {plan}") };
    format!("{least:.5}, {mean:.5}{plan}")
}

/// Writes vectors as a matrix of little-endian f32.
pub fn write_matrix<'a>(path: &Path, vectors: impl Iterator<Item = &'a Embedding>) -> Done<()> {
    let bytes: Vec<u8> = vectors.flat_map(|v| v.as_slice().iter().flat_map(|x| x.to_le_bytes())).collect();
    Ok(std::fs::write(path, bytes)?)
}

/// A number of an answer.
pub fn value(answer: &Value, key: &str) -> f64 {
    answer[key].as_f64().unwrap_or(f64::NAN)
}
