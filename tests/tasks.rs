//! A task through the death of the server that works on it.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clausewise::document::{self, Metadata};
use clausewise::embed::{Embedder, Embedding, Encoder, EncoderOptions, TextVectors, TokenCodes};
use clausewise::store::{Prepared, Store, text_digest};
use serde_json::Value;

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/clausewise-e5-small-zh-en");
/// More than the forms of several blocks, so that a task has something to go on with.
const SENTENCES: usize = 10_000;

/// A store of the shipped model, made without encoding: nobody searches it, and any vectors do.
fn write_store(data: &Path) {
    let encoder = Encoder::load(MODEL, &EncoderOptions::default()).unwrap();
    let store = Store::open(data, encoder.model_id(), encoder.dimensions()).unwrap();
    let characters: Vec<char> =
        "天地玄黄宇宙洪荒盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜".chars().collect();
    let mut seed = 11_u64;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize
    };
    for number in 0..SENTENCES / 500 {
        let text: String = (0..500)
            .map(|_| (0..14).map(|_| characters[next() % characters.len()]).collect::<String>() + "。")
            .collect();
        let document = document::parse(&format!("某某条例\n第一条　{text}\n"));
        let clause_texts: Vec<_> =
            document.clauses.iter().map(|c| text_digest(&document::normalise_for_search(&c.text))).collect();
        let mut vector = || {
            let values = (0..encoder.dimensions()).map(|_| next() as f32 / 1e9 - 1.0).collect();
            let levels = vec![0x19; encoder.codec().bytes_a_token()];
            let tokens = TokenCodes { ids: vec![1], levels, scales: vec![half::f16::from_f32(0.01)] };
            TextVectors { embedding: Embedding::normalised(values).unwrap(), tokens }
        };
        let vectors: HashMap<_, _> = clause_texts.iter().map(|digest| (*digest, vector())).collect();
        let digest = text_digest(&document.text);
        let document_id = format!("document-{number:02}");
        let given = Metadata::default();
        let prepared = Prepared { document_id, source: None, document, given, digest, clause_texts };
        store.put(&[prepared], &vectors).unwrap();
    }
}

struct Server {
    child: Child,
    base: String,
}

impl Server {
    fn start(data: &Path) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_clausewise"));
        command.args(["--model", MODEL, "--json", "--data-dir"]).arg(data).args(["serve", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let first: Value = serde_json::from_str(&line).unwrap();
        Server { child, base: first["listening"].as_str().unwrap().to_owned() }
    }

    fn get(&self, path: &str) -> Value {
        let mut answer = ureq::get(format!("{}{path}", self.base)).call().unwrap();
        answer.body_mut().read_json().unwrap()
    }

    /// The task once it has become as wanted.
    fn task(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let task = self.get(path);
            if wanted(&task) {
                return task;
            }
            assert!(begun.elapsed() < Duration::from_secs(300), "{task}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_task_that_could_not_be_begun_is_begun_when_it_is_asked_for_again() {
    let data = tempfile::tempdir().unwrap();
    write_store(data.path());
    let ask = |server: &Server| -> Value {
        let mut answer = ureq::post(format!("{}/v1/duplicates", server.base)).send_json(serde_json::json!({})).unwrap();
        answer.body_mut().read_json().unwrap()
    };
    let path = |task: &Value| format!("/v1/tasks/{}", task["task_id"]);
    let server = Server::start(data.path());
    let first = ask(&server);
    server.task(&path(&first), |task| task["state"] == "done");
    // As when the disk is full for a while.
    let records = rusqlite::Connection::open(data.path().join("tasks.sqlite")).unwrap();
    records.busy_timeout(Duration::from_secs(10)).unwrap();
    records.execute_batch("CREATE TRIGGER full BEFORE UPDATE ON tasks BEGIN SELECT RAISE(FAIL, 'full'); END").unwrap();
    let second = ask(&server);
    assert_ne!(second["task_id"], first["task_id"]);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(server.get(&path(&second))["state"], "queued");
    records.execute_batch("DROP TRIGGER full").unwrap();
    assert_eq!(ask(&server)["task_id"], second["task_id"]);
    server.task(&path(&second), |task| task["state"] == "done");
}

#[test]
fn a_task_whose_server_was_killed_is_taken_up_by_the_next_one_where_it_was() {
    let data = tempfile::tempdir().unwrap();
    write_store(data.path());
    let server = Server::start(data.path());
    let refused = Command::new(env!("CARGO_BIN_EXE_clausewise"))
        .args(["--data-dir"])
        .arg(data.path())
        .arg("duplicates")
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("a running server"), "it says who has the directory");
    let mut answer = ureq::post(format!("{}/v1/duplicates", server.base)).send_json(serde_json::json!({})).unwrap();
    assert_eq!(answer.status(), 202);
    let task: Value = answer.body_mut().read_json().unwrap();
    let path = format!("/v1/tasks/{}", task["task_id"]);
    let before = server.task(&path, |task| task["done"].as_u64() > Some(0));
    server.kill();
    // It runs for some tenths of a second; a machine may be so quick, or so busy, that it has ended when it is looked at.
    assert!(["running", "done"].contains(&before["state"].as_str().unwrap()), "{before}");

    let server = Server::start(data.path());
    let first = server.get(&path);
    assert!(["queued", "running", "done"].contains(&first["state"].as_str().unwrap()), "{first}");
    let ended = server.task(&path, |task| task["state"] == "done");
    assert_eq!((&ended["done"], &ended["total"]), (&SENTENCES.into(), &SENTENCES.into()));
    // Interrupted or not, all was compared in one run: by the one that ended, or, when all was done but that was not
    // yet noted, before it.
    let (interruptions, compared) = (ended["interruptions"].as_u64(), ended["result"]["compared"].as_u64());
    assert!(interruptions <= Some(1), "{ended}");
    assert!(compared == Some(SENTENCES as u64) || (interruptions, compared) == (Some(1), Some(0)), "{ended}");
    assert_eq!(server.get("/v1/clusters")["state"]["status"], "current");
    server.kill();
    // What has ended is not begun again.
    let server = Server::start(data.path());
    assert_eq!(server.get(&path), ended);
}

#[test]
fn a_task_that_was_cancelled_while_it_ran_is_not_taken_up_again() {
    let data = tempfile::tempdir().unwrap();
    write_store(data.path());
    let server = Server::start(data.path());
    let mut answer = ureq::post(format!("{}/v1/duplicates", server.base)).send_json(serde_json::json!({})).unwrap();
    let task: Value = answer.body_mut().read_json().unwrap();
    let path = format!("/v1/tasks/{}", task["task_id"]);
    server.task(&path, |task| task["done"].as_u64() > Some(0));
    let mut answer = ureq::delete(format!("{}{path}", server.base)).call().unwrap();
    let answer: Value = answer.body_mut().read_json().unwrap();
    server.kill();
    assert!(["running", "cancelled", "done"].contains(&answer["state"].as_str().unwrap()), "{answer}");
    // Whatever it had come to when the process died.
    let server = Server::start(data.path());
    let after = server.get(&path);
    assert!(["cancelled", "done"].contains(&after["state"].as_str().unwrap()), "{after}");
    assert!(after["ended"].is_string(), "{after}");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(server.get(&path), after);
}
