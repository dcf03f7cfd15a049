//! The HTTP edge: translation between the wire and the engine, and nothing else.
//!
//! Where do I find …
//! - the routes, their limits, and how the server ends: here
//! - how much work is taken on at once: `app.rs`
//! - whom requests are refused from: `guard.rs`
//! - what a failure looks like outside: `error.rs`, which alone turns an [`crate::Error`] into an answer
//! - what bodies and parameters look like: `wire/`, whose answers the command line prints as well; how they are read: `body.rs`, `json.rs`, `parameters.rs`,
//!   `upload.rs`
//! - the handlers, by noun: `search.rs`, `check.rs`, `equivalents.rs`, `compare.rs`, `duplicates.rs`, `tasks.rs`,
//!   `documents.rs`, `texts.rs`, `clauses.rs`, `embeddings.rs`, `health.rs`, `metrics.rs`, `openapi.rs`
//! - answers as files: `file.rs`
//! - the web page: `ui.rs`, and its files in `ui/`, whose map is `ui/main.js`
//!
//! Handlers hold no logic beyond translation. Engine methods block, so they run through [`App`] and are never called
//! from an async task. Nothing here reaches out to a network: the pages under `/docs` are in the binary.

mod app;
mod body;
mod check;
mod clauses;
mod compare;
mod documents;
mod duplicates;
mod embeddings;
mod equivalents;
mod error;
mod file;
mod guard;
mod health;
mod json;
mod metrics;
mod openapi;
mod parameters;
mod search;
mod tasks;
mod texts;
mod ui;
mod upload;
pub(crate) mod wire;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, header};
use axum::response::{Redirect, Response};
use axum::routing::{MethodRouter, get, post, put};
use axum::serve::ListenerExt;
use axum::{Extension, Router, middleware};
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::trace::{DefaultMakeSpan, DefaultOnResponse, TraceLayer};
use tracing::Level;

pub use self::app::{App, Options, Preparation};
use self::body::BodyLimit;
use self::error::HttpError;
use self::guard::Hosts;
pub(crate) use self::guard::check_hosts;
use crate::engine::Engine;
use crate::error::{Error, Result};

/// All routes of the service, which listens on `listen`: requests for other hosts are refused.
pub fn router(app: App, listen: SocketAddr) -> Router {
    let options = app.options();
    let hosts = Hosts::new(listen, &options.allowed_hosts);
    Router::new()
        .route("/v1/search", limited(post(search::search), options.search_body_bytes))
        .route("/v1/check", limited(post(check::check), options.check_body_bytes))
        .route("/v1/compare", limited(post(compare::compare), options.search_body_bytes))
        .route("/v1/equivalents", limited(post(equivalents::equivalents), options.search_body_bytes))
        .route("/v1/equivalents/matrix", limited(post(equivalents::matrix), options.search_body_bytes))
        .route("/v1/documents", limited(get(documents::list).post(documents::add), options.document_body_bytes))
        .route("/v1/documents/{id}", get(documents::show).delete(documents::remove))
        .route("/v1/documents/{id}/metadata", limited(put(documents::correct), options.search_body_bytes))
        .route("/v1/facets", get(documents::facets))
        .route("/v1/embeddings", limited(post(embeddings::embed), options.check_body_bytes))
        .route("/v1/texts", limited(post(texts::read), options.document_body_bytes))
        .route("/v1/clauses/{id}", get(clauses::show))
        .route("/v1/clauses/{id}/similar", get(clauses::similar))
        .route("/v1/duplicates", limited(post(duplicates::find), options.search_body_bytes))
        .route("/v1/clusters", get(duplicates::clusters))
        .route("/v1/tasks", get(tasks::list))
        .route("/v1/tasks/{id}", get(tasks::show).delete(tasks::cancel))
        .route("/v1/tasks/{id}/events", get(tasks::events))
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/openapi.json", get(openapi::document))
        .route("/docs", get(|| async { Redirect::to("/docs/") }))
        .route("/docs/", get(openapi::docs_index))
        .route("/docs/{*file}", get(openapi::docs_file))
        .route("/ui/{*file}", get(ui::file))
        .merge(ui::pages())
        .fallback(async |request: Request| HttpError::NoRoute { path: request.uri().path().to_owned() })
        .method_not_allowed_fallback(async |request: Request| HttpError::Method {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
        })
        .layer(CsrfLayer::new())
        .layer(middleware::from_fn(guard::explain_cross_site))
        .layer(middleware::from_fn_with_state(hosts, guard::check_host))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::map_response(no_sniffing))
        .layer(middleware::from_fn_with_state(app.clone(), metrics::measure))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(DefaultMakeSpan::new().level(Level::INFO))
                .on_response(DefaultOnResponse::new().level(Level::INFO))
                // Not every 503 is an error: one polls /ready. Faults are logged with their causes where they are met.
                .on_failure(()),
        )
        .with_state(app)
}

/// Sets how many bytes of a body a route takes, and lets its extractors know.
fn limited(route: MethodRouter<App>, bytes: usize) -> MethodRouter<App> {
    route.layer((DefaultBodyLimit::max(bytes), Extension(BodyLimit(bytes))))
}

async fn no_sniffing(mut response: Response) -> Response {
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Answers requests on `listener` with the default [`Options`] until `shutdown` completes; then takes no more
/// connections, finishes what is running, and returns.
///
/// # Errors
/// [`Error::Io`] when the listener fails.
pub async fn serve(
    listener: TcpListener,
    engine: Arc<Engine>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    serve_with(listener, App::new(engine, Options::default()), shutdown).await
}

/// [`serve`] with options of one's own.
///
/// What still runs after [`Options::shutdown_grace`] is cut off: its client sees the connection close.
///
/// # Errors
/// [`Error::Io`] when the listener fails.
pub async fn serve_with(
    listener: TcpListener,
    app: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let grace = app.options().shutdown_grace;
    let signalled = {
        let app = app.clone();
        async move {
            shutdown.await;
            tracing::info!("shutting down: finishing what is running, at most {} s", grace.as_secs());
            app.close();
        }
    };
    let overdue = {
        let app = app.clone();
        async move {
            app.closed().await;
            tokio::time::sleep(grace).await;
        }
    };
    let listen = listener.local_addr().map_err(Error::io("the listening socket"))?;
    // Answers are small and written at once: waiting to fill a packet would only add to their latency.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
    });
    let server = axum::serve(listener, router(app.clone(), listen)).with_graceful_shutdown(signalled);
    let served = tokio::select! {
        ended = server.into_future() => ended.map_err(Error::io("the listening socket")),
        () = overdue => {
            tracing::warn!("some requests were still running after {} s and are cut off", grace.as_secs());
            Ok(())
        }
    };
    app.end_tasks(grace).await;
    served
}
