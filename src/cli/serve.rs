//! `clausewise serve`

use std::net::{SocketAddr, TcpListener};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use clap::Args;
use tokio::sync::Notify;

use super::{Global, ingest, print};
use crate::engine::{Access, Engine};
use crate::error::{Error, Result};
use crate::http::{self, App, Options, Preparation};
use crate::ingest::Found;

/// How long the end waits for the batch of documents at hand. What is cut off then is taken in the next time.
const INGEST_GRACE: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Name under which requests may come, beside localhost and the address listened on; may be repeated
    #[arg(long = "allowed-host", value_name = "HOST", value_delimiter = ',')]
    allowed_hosts: Vec<String>,
    /// Folder whose documents are taken in when they are not there yet
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
}

impl Serve {
    pub(super) fn run(&self, global: &Global) -> Result<ExitCode> {
        http::check_hosts(&self.allowed_hosts)?;
        // The port first: a port in use should not be found out after the model was loaded.
        let listener = TcpListener::bind(self.listen)
            .map_err(|source| Error::Io { path: format!("listening on {}", self.listen).into(), source })?;
        let engine = Arc::new(global.open(Access::Change)?);
        let found = match &self.corpus {
            Some(corpus) => ingest::find_new(&engine, corpus)?,
            None => Found::default(),
        };
        let app = App::new(engine.clone(), Options { allowed_hosts: self.allowed_hosts.clone(), ..Options::default() });
        let address = listener.local_addr().map_err(Error::io("the listening socket"))?;
        print_listening(&engine, address, &found, global.json)?;
        let (told, steps) = channel();
        let preparing = Arc::new(Preparing { stop: AtomicBool::new(false), failed: Notify::new() });
        let work =
            Work { preparation: app.prepare(found.files.len()), engine, found, address, json: global.json, told };
        let shared = preparing.clone();
        std::thread::Builder::new()
            .name("prepare".to_owned())
            .spawn(move || work.run(&shared))
            .map_err(Error::io("a thread to take documents in"))?;
        serve(listener, app, preparing.clone())?;
        preparing.stop.store(true, Ordering::Relaxed);
        match steps.recv_timeout(INGEST_GRACE) {
            // The index is not waited for: it is derived, and built again when it is missing.
            Ok(taken_in) => taken_in.and_then(|()| steps.try_recv().unwrap_or(Ok(())))?,
            Err(RecvTimeoutError::Timeout) => tracing::warn!("a batch of documents was still being encoded: cut off"),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Error::Encoder("the thread that takes documents in panicked".to_owned()));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Answers requests until the process is asked to stop or the preparation fails.
fn serve(listener: TcpListener, app: App, preparing: Arc<Preparing>) -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::io("the async runtime"))?;
    runtime.block_on(async {
        listener.set_nonblocking(true).map_err(Error::io("the listening socket"))?;
        let listener = tokio::net::TcpListener::from_std(listener).map_err(Error::io("the listening socket"))?;
        let shutdown = async move {
            tokio::select! {
                () = stop_asked() => {}
                () = preparing.failed.notified() => {}
            }
            preparing.stop.store(true, Ordering::Relaxed);
        };
        http::serve_with(listener, app, shutdown).await
    })
}

/// What the server and the preparation tell each other.
struct Preparing {
    /// The process ends: take no more batches in.
    stop: AtomicBool,
    /// The preparation failed: end the server.
    failed: Notify,
}

/// What is done while the server answers already.
struct Work {
    preparation: Preparation,
    engine: Arc<Engine>,
    found: Found,
    address: SocketAddr,
    json: bool,
    /// Gets how each of the two steps ended: documents, index.
    told: Sender<Result<()>>,
}

impl Work {
    fn run(self, shared: &Preparing) {
        let told = self.told.clone();
        // Nobody listens any more only when the process ends: what there was to tell does not matter then.
        let tell = |result: Result<()>| {
            let failed = result.is_err();
            let _ = told.send(result);
            if failed {
                shared.failed.notify_one();
            }
            !failed
        };
        // Files are counted: how many documents they hold is not known before they are read.
        let each = |first_of_file: bool| {
            if first_of_file {
                self.preparation.document_done();
            }
            if shared.stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        if tell(ingest::take_in_found(&self.engine, &self.found, self.json, each))
            && !shared.stop.load(Ordering::Relaxed)
        {
            tell(self.finish());
        }
    }

    fn finish(self) -> Result<()> {
        // Searches are right without it, and the next start tries again.
        if let Err(error) = self.engine.build_index() {
            tracing::error!(%error, "the index could not be built and saved");
        }
        self.engine.build_index_in_background();
        self.preparation.finish();
        print_ready(&self.engine, self.address, self.json)
    }
}

/// Says where the service listens, and that it is not ready.
fn print_listening(engine: &Engine, address: SocketAddr, found: &Found, json: bool) -> Result<()> {
    let (documents, clauses, _) = engine.store().counts()?;
    let missing = found.files.len();
    print::line(if json {
        let url = format!("http://{address}");
        serde_json::json!({
            "listening": url, "documents": documents, "clauses": clauses, "documents_to_take_in": missing,
        })
        .to_string()
    } else if missing == 0 {
        format!("Listening on http://{address}")
    } else {
        format!(
            "Listening on http://{address}\n{missing} documents are taken in now; meanwhile searches find what is \
             there, and /ready answers 503."
        )
    })
}

/// Says that the service is ready, over what, and what to try.
fn print_ready(engine: &Engine, address: SocketAddr, json: bool) -> Result<()> {
    let (documents, clauses, _) = engine.store().counts()?;
    print::line(if json {
        serde_json::json!({ "ready": true, "documents": documents, "clauses": clauses }).to_string()
    } else {
        format!(
            "Ready: {documents} documents, {clauses} clauses on http://{address}\n\n\
             Open http://{address} in a browser, or ask:\n  \
             curl -s http://{address}/v1/search -H 'content-type: application/json' \\\n    \
             -d '{{\"query\": \"推行消费争议先行赔付\", \"limit\": 3}}'\n\
             What else can be asked: http://{address}/docs"
        )
    })
}

/// Resolves when the process is asked to stop: Ctrl-C, or SIGTERM.
async fn stop_asked() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
