//! `service`: what clients of the server see.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};

use crate::figures::{Table, number, percentile, resident_bytes};
use crate::{Common, Done, scratch, texts};

#[derive(Args)]
pub struct Options {
    /// Clients that ask at once, each its next question as soon as it has an answer.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 4, 16])]
    clients: Vec<usize>,
    /// Seconds of a measurement.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Rounds of each measurement, of which the one with the most answers counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// A running server. It ends when dropped.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(model: &Path, data: &Path) -> Done<Server> {
        let mut process = program(model, data).args(["--json", "serve", "--listen", "127.0.0.1:0"]).spawn()?;
        let output = BufReader::new(process.stdout.take().ok_or("no standard output")?);
        let mut server = Server { process, url: String::new() };
        for line in output.lines() {
            let line: Value = serde_json::from_str(&line?)?;
            if let Some(url) = line["listening"].as_str() {
                println!("Service: {} documents, {} clauses", line["documents"], line["clauses"]);
                server.url = url.to_owned();
                return Ok(server);
            }
        }
        Err("the server ended before it listened".into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program(model: &Path, data: &Path) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_clausewise"));
    program.arg("--model").arg(model).arg("--data-dir").arg(data).stdout(Stdio::piped()).stderr(Stdio::null());
    program
}

/// What a measurement gave.
#[derive(Default, Clone)]
struct Outcome {
    /// Milliseconds of answered searches.
    times: Vec<f64>,
    refused: usize,
    seconds: f64,
    /// Clauses taken in meanwhile.
    taken_in: usize,
}

impl Outcome {
    fn rate(&self) -> f64 {
        self.times.len() as f64 / self.seconds
    }
}

pub fn run(common: &Common, options: &Options) -> Done<()> {
    let folder = scratch()?;
    match &common.data_dir {
        // A copy: a server changes its data directory, and this one takes in documents.
        Some(data) => copy(data, folder.path())?,
        None => {
            let status = program(&common.model, folder.path()).arg("ingest").arg(&common.texts).output()?.status;
            if !status.success() {
                println!("service: some of {} was refused", common.texts.display());
            }
        }
    }
    let server = Server::start(&common.model, folder.path())?;
    let kinds = [
        ("typed", texts::queries(&common.queries)?),
        ("clause", texts::clauses(&common.texts, 2_000)?.into_iter().filter(|t| t.chars().count() < 500).collect()),
    ];
    println!(
        "POST /v1/search, ten hits, connections kept; {} s a measurement, best of {} alternating rounds; the clients share \
         the machine\n",
        options.seconds, options.rounds
    );
    let mut splicer = texts::Splicer::new(&texts::spread(texts::files(&common.texts)?, 200));
    let with_ingest: &[bool] = if splicer.is_empty() { &[false] } else { &[false, true] };
    let mut best: Vec<(String, usize, Outcome)> = Vec::new();
    for round in 0..options.rounds {
        let mut place = 0;
        for ingest in with_ingest {
            for (kind, queries) in &kinds {
                for clients in &options.clients {
                    let outcome = measure(&server, queries, *clients, options, ingest.then_some(&mut splicer));
                    if round == 0 {
                        let when = if *ingest { format!("{kind}, while taking in") } else { (*kind).to_owned() };
                        best.push((when, *clients, outcome));
                    } else if outcome.rate() > best[place].2.rate() {
                        best[place].2 = outcome;
                    }
                    place += 1;
                }
            }
        }
    }
    print(best);
    if let Some(bytes) = resident_bytes(server.process.id()) {
        println!("  memory of the server: {:.0} MB\n", bytes as f64 / 1e6);
    }
    Ok(())
}

fn measure(
    server: &Server,
    queries: &[String],
    clients: usize,
    options: &Options,
    splicer: Option<&mut texts::Splicer>,
) -> Outcome {
    let over = AtomicBool::new(false);
    let started = Instant::now();
    std::thread::scope(|scope| {
        let ingest = splicer.map(|splicer| scope.spawn(|| take_in(server, splicer, &over)));
        let searches: Vec<_> = (0..clients)
            .map(|client| scope.spawn(move || search(server, queries, client, clients, started, options.seconds)))
            .collect();
        let mut outcome = Outcome::default();
        for part in searches.into_iter().filter_map(|search| search.join().ok()) {
            outcome.times.extend(part.times);
            outcome.refused += part.refused;
        }
        outcome.seconds = started.elapsed().as_secs_f64();
        over.store(true, Ordering::Release);
        outcome.taken_in = ingest.and_then(|ingest| ingest.join().ok()).unwrap_or_default();
        outcome
    })
}

/// One client: every so manieth query, one after another, over one connection.
fn search(
    server: &Server,
    queries: &[String],
    client: usize,
    clients: usize,
    started: Instant,
    seconds: f64,
) -> Outcome {
    let (agent, url) = (agent(), format!("{}/v1/search", server.url));
    let mut outcome = Outcome::default();
    for query in queries.iter().cycle().skip(client).step_by(clients) {
        let asked = Instant::now();
        if asked.duration_since(started).as_secs_f64() > seconds {
            break;
        }
        let answer = agent.post(&url).send_json(json!({ "query": query, "limit": 10 }));
        match answer.and_then(|mut answer| answer.body_mut().read_to_vec()) {
            Ok(_) => outcome.times.push(asked.elapsed().as_secs_f64() * 1e3),
            Err(_) => outcome.refused += 1,
        }
    }
    outcome
}

/// Posts one new document after another; the clauses that were taken in.
fn take_in(server: &Server, splicer: &mut texts::Splicer, over: &AtomicBool) -> usize {
    let (agent, url) = (agent(), format!("{}/v1/documents", server.url));
    let mut clauses = 0;
    while !over.load(Ordering::Acquire) {
        let text = splicer.document();
        let id = format!(
            "rivals-{:x}",
            clausewise::store::text_digest(&text)[..8].iter().fold(0u64, |n, b| n << 8 | u64::from(*b))
        );
        let answer = agent.post(&url).send_json(json!({ "document_id": id, "text": text }));
        let Ok(answer) = answer.and_then(|mut answer| answer.body_mut().read_json::<Value>()) else { continue };
        clauses += answer["documents"][0]["clauses"].as_u64().unwrap_or_default() as usize;
    }
    clauses
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(120))).build().into()
}

fn print(mut outcomes: Vec<(String, usize, Outcome)>) {
    let mut table = Table::new(&[
        "queries",
        "clients",
        "queries/s",
        "of one client's",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "p99/p50",
        "refused",
        "clauses/s taken in",
    ]);
    let mut one = (String::new(), f64::NAN);
    for (kind, clients, outcome) in &mut outcomes {
        if one.0 != *kind {
            one = (kind.clone(), outcome.rate());
        }
        let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|share| percentile(&mut outcome.times, share));
        table.row([
            kind.clone(),
            clients.to_string(),
            number(outcome.rate(), 0),
            number(outcome.rate() / one.1, 2),
            number(p50, 1),
            number(p95, 1),
            number(p99, 1),
            number(p99 / p50, 1),
            outcome.refused.to_string(),
            if kind.contains("taking") { number(outcome.taken_in as f64 / outcome.seconds, 0) } else { "-".to_owned() },
        ]);
    }
    table.print();
}

/// Copies a data directory that no process is changing.
fn copy(from: &Path, to: &Path) -> Done<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
