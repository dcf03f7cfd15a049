//! Servers to ask.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, LazyLock, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use clausewise::embed::{Embedder, Encoded, Encoder, EncoderOptions, Lane, Role, Statistics, TokenCodec, Want};
use clausewise::http::{self, App, Options};
use clausewise::{Access, Embedders, Engine, Result};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::client::{self, Answer};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The shipped model; loaded once for all tests.
static ENCODER: LazyLock<Arc<Encoder>> = LazyLock::new(|| {
    let model = repository().join("models/clausewise-e5-small-zh-en");
    Arc::new(Encoder::load(model, &EncoderOptions::default()).expect("the shipped model loads"))
});

pub fn embedders() -> Embedders {
    Embedders { queries: Arc::new(ENCODER.lane(Lane::Interactive)), passages: ENCODER.clone() }
}

/// A server with a data directory of its own. It ends when dropped.
pub struct Server {
    pub base: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<()>>>,
    _folder: TempDir,
}

impl Server {
    pub fn start() -> Server {
        Server::with(embedders(), Options::default())
    }

    pub fn with(embedders: Embedders, options: Options) -> Server {
        let folder = tempfile::Builder::new().prefix("http-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let engine = Arc::new(Engine::open(folder.path(), embedders, Access::Change).unwrap());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            let served = runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let shutdown = async move {
                    let _ = stopped.await;
                };
                http::serve_with(listener, App::new(engine, options), shutdown).await
            });
            runtime.shutdown_background();
            served
        });
        Server { base, stop: Some(stop), thread: Some(thread), _folder: folder }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub fn get(&self, path: &str) -> Answer {
        client::get(&self.url(path))
    }

    pub fn delete(&self, path: &str) -> Answer {
        client::delete(&self.url(path))
    }

    pub fn put(&self, path: &str, body: &Value) -> Answer {
        client::send("PUT", &self.url(path), &[], &body.to_string())
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        client::post_json(&self.url(path), body)
    }

    /// The hits of a search that has to succeed.
    pub fn search(&self, body: &Value) -> Vec<Value> {
        hits(&self.post("/v1/search", body).expect(200))
    }

    /// Adds a document that has to be new.
    pub fn add(&self, id: &str, text: &str) {
        let answer = self.post("/v1/documents", &json!({"document_id": id, "text": text})).expect(201);
        assert_eq!(answer["documents"][0]["status"], "added", "{answer}");
    }

    /// Number of documents.
    pub fn documents(&self) -> u64 {
        self.get("/ready").expect(200)["documents"].as_u64().unwrap()
    }

    /// Asks the server to end, as a signal would.
    pub fn stop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
    }

    /// Whether it has ended.
    pub fn ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits for the end; what `serve` returned.
    pub fn wait(&mut self) -> Result<()> {
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

pub fn hits(answer: &Value) -> Vec<Value> {
    answer["hits"].as_array().unwrap_or_else(|| panic!("no hits in {answer}")).clone()
}

/// The five sample documents.
pub fn sample_files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(repository().join("corpus")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "txt"));
    files.sort();
    assert_eq!(files.len(), 5);
    files
}

/// A server with the sample documents, uploaded as files. Tests share it and change nothing in it.
pub static SAMPLES: LazyLock<Server> = LazyLock::new(|| {
    sweep();
    let server = Server::start();
    let files: Vec<(String, Vec<u8>)> = sample_files()
        .iter()
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap()))
        .collect();
    let parts: Vec<client::Part<'_>> = files.iter().map(|(name, bytes)| client::file(name, bytes)).collect();
    let answer = client::post_form(&server.url("/v1/documents"), &parts).expect(201);
    for document in answer["documents"].as_array().unwrap() {
        assert_eq!(document["status"], "added", "{document}");
    }
    server
});

/// Removes what servers that live in statics, which are never dropped, left behind in earlier runs.
fn sweep() {
    let hour_ago = SystemTime::now() - Duration::from_secs(3600);
    for entry in std::fs::read_dir(env!("CARGO_TARGET_TMPDIR")).unwrap().flatten() {
        let old = entry.metadata().and_then(|m| m.modified()).is_ok_and(|modified| modified < hour_ago);
        if old && entry.file_name().to_string_lossy().starts_with("http-") {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Holds encoding up while it is closed.
#[derive(Default)]
pub struct Gate {
    /// Whether it is closed, and how many wait.
    state: Mutex<(bool, usize)>,
    changed: Condvar,
}

impl Gate {
    pub fn close(&self) {
        self.state.lock().unwrap().0 = true;
    }

    pub fn open(&self) {
        self.state.lock().unwrap().0 = false;
        self.changed.notify_all();
    }

    /// Returns when so many wait.
    pub fn wait_for(&self, waiting: usize) {
        let state = self.state.lock().unwrap();
        let limit = Duration::from_secs(60);
        let (_state, result) = self.changed.wait_timeout_while(state, limit, |state| state.1 < waiting).unwrap();
        assert!(!result.timed_out(), "fewer than {waiting} requests reached the encoder");
    }

    fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        state.1 += 1;
        self.changed.notify_all();
        while state.0 {
            state = self.changed.wait(state).unwrap();
        }
        state.1 -= 1;
    }
}

/// The shipped model behind a gate. It panics at texts with 恐慌 in them.
struct Gated {
    model: Arc<dyn Embedder>,
    gate: Arc<Gate>,
}

impl Embedder for Gated {
    fn model_id(&self) -> &str {
        self.model.model_id()
    }

    fn dimensions(&self) -> usize {
        self.model.dimensions()
    }

    fn codec(&self) -> &TokenCodec {
        self.model.codec()
    }

    fn encode(&self, texts: &[&str], role: Role, want: Want) -> Result<Vec<Encoded>> {
        self.gate.pass();
        assert!(!texts.iter().any(|text| text.contains("恐慌")), "a text that panics");
        self.model.encode(texts, role, want)
    }

    fn statistics(&self) -> Option<Statistics> {
        self.model.statistics()
    }
}

/// A server whose encoding can be held up.
pub fn gated(options: Options) -> (Server, Arc<Gate>) {
    let gate = Arc::new(Gate::default());
    let model = embedders();
    let embedders = Embedders {
        queries: Arc::new(Gated { model: model.queries, gate: gate.clone() }),
        passages: Arc::new(Gated { model: model.passages, gate: gate.clone() }),
    };
    (Server::with(embedders, options), gate)
}
