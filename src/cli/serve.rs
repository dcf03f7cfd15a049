//! `clausewise serve`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::{Global, ingest, print};
use crate::engine::Access;
use crate::error::{Error, Result};
use crate::http;

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Folder whose documents are taken in first when they are not there yet
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
}

impl Serve {
    pub(super) fn run(&self, global: &Global) -> Result<ExitCode> {
        // The port first: a port in use should not be found out after a long ingest.
        let listener = std::net::TcpListener::bind(self.listen)
            .map_err(|source| Error::Io { path: format!("listening on {}", self.listen).into(), source })?;
        let engine = Arc::new(global.open(Access::Change)?);
        if let Some(corpus) = &self.corpus {
            ingest::take_in_corpus(&engine, corpus, global.json)?;
        }
        engine.build_index()?;
        engine.build_index_in_background();
        let address = listener.local_addr().map_err(Error::io("the listening socket"))?;
        let (documents, clauses, _) = engine.store().counts()?;
        print::line(if global.json {
            let url = format!("http://{address}");
            serde_json::json!({ "listening": url, "documents": documents, "clauses": clauses }).to_string()
        } else {
            format!(
                "{documents} documents, {clauses} clauses. Listening on http://{address}\n\n\
                 Documentation: http://{address}/docs\n\
                 Try:\n  \
                 curl -s http://{address}/v1/search -H 'content-type: application/json' \\\n    \
                 -d '{{\"query\": \"推行消费争议先行赔付\", \"limit\": 3}}'"
            )
        })?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::io("the async runtime"))?;
        runtime.block_on(async {
            listener.set_nonblocking(true).map_err(Error::io("the listening socket"))?;
            let listener = tokio::net::TcpListener::from_std(listener).map_err(Error::io("the listening socket"))?;
            http::serve(listener, engine, stop_asked()).await
        })?;
        Ok(ExitCode::SUCCESS)
    }
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
