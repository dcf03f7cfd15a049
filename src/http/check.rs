//! A draft in, the precedents of its clauses out: whole, or clause by clause as they are found.
//!
//! The stream is lines of JSON rather than server-sent events: a draft is posted, which browsers' event sources cannot
//! do, and every other client reads lines.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use super::app::App;
use super::error::{HttpError, Problem};
use super::file::{Answered, answered};
use super::openapi::BodyProblems;
use super::parameters::Parameters;
use super::search::in_filter;
use super::wire::{CheckAnswer, CheckForm, CheckLine, CheckRequest, FileParameters};
use super::{body, json, upload};
use crate::check::{self, Check};
use crate::error::Error;
use crate::export::{self, About};

const NDJSON: &str = "application/x-ndjson";
/// Lines that may wait for a client that reads slowly; the work waits behind them.
const WAITING: usize = 16;
/// How long a client may read nothing: one that stalls must not hold a place among the checks for ever.
const STALLED: Duration = Duration::from_secs(60);

/// Finds the precedents of every clause of a draft: what other documents say the same, and what differs.
///
/// With `Accept: application/x-ndjson` the answer comes as lines of JSON, a clause a line as soon as it is known, in
/// reading order, and the summary at last. When the client goes away the work stops.
#[utoipa::path(
    post,
    path = "/v1/check",
    tag = "search",
    params(FileParameters),
    request_body(content((CheckRequest = "application/json"), (CheckForm = "multipart/form-data"))),
    responses(
        (status = 200, description = "The clauses with their precedents, and what they come to.",
         content((CheckAnswer = "application/json"), (CheckLine = "application/x-ndjson"))),
        BodyProblems
    )
)]
pub(super) async fn check(
    State(app): State<App>,
    headers: HeaderMap,
    Parameters(file): Parameters<FileParameters>,
    Draft(request): Draft,
) -> Result<Response, HttpError> {
    if file.format().is_some() {
        return Ok(as_file(app, request, file).await?.into_response());
    }
    let mut lines = start(app, request)?;
    // A failure before the first clause is an answer of its own in either form.
    let first = lines.recv().await.ok_or(HttpError::Panic)?.map_err(in_filter)?;
    if wants_lines(&headers) {
        let lines = tokio_stream::once(Ok(first)).chain(ReceiverStream::new(lines)).map(written);
        return Ok(([(header::CONTENT_TYPE, NDJSON)], Body::from_stream(lines)).into_response());
    }
    let mut clauses = Vec::new();
    let mut line = first;
    loop {
        match line {
            CheckLine::Clause { clause } => clauses.push(clause),
            CheckLine::Summary { summary, took_ms, model } => {
                return Ok(axum::Json(CheckAnswer { clauses, summary, took_ms, model }).into_response());
            }
            CheckLine::Problem { .. } => return Err(HttpError::Panic),
        }
        line = lines.recv().await.ok_or(HttpError::Panic)??;
    }
}

/// The whole report as a file. When the client goes away the work stops.
async fn as_file(app: App, request: Check, file: FileParameters) -> Result<Answered<CheckAnswer>, HttpError> {
    let place = app.check_place()?;
    // Dropped with this future, which is when the client has gone.
    let (waiting, gone) = oneshot::channel::<()>();
    let work = app.block(place, move |engine| {
        let started = Instant::now();
        let mut clauses = Vec::new();
        let summary = engine.check(&request, |clause| {
            clauses.push(clause);
            if waiting.is_closed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        // Nobody waits for what this says.
        let summary = summary.ok_or(Error::ShuttingDown)?;
        let took_ms = milliseconds(started);
        let answer = CheckAnswer::new(clauses.clone(), summary.clone(), took_ms, engine.model_id());
        answered(&file, "check", answer, "clauses", |language| {
            let about = About::of(engine.store(), export::settings::of_check(&request))?;
            Ok(export::checked(language.of("草案", "a draft"), &clauses, &summary, about, language))
        })
    });
    let answer = work.await.map_err(in_filter);
    drop(gone);
    Ok(answer?)
}

fn milliseconds(started: Instant) -> f64 {
    (started.elapsed().as_secs_f64() * 1e6).round() / 1e3
}

/// Starts a check, which ends when nobody reads its lines any more, or has not for [`STALLED`].
fn start(app: App, request: Check) -> Result<mpsc::Receiver<Result<CheckLine, Error>>, HttpError> {
    let place = app.check_place()?;
    let (to, lines) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        let runtime = Handle::current();
        let work = app.block(place, move |engine| {
            let started = Instant::now();
            let sent = |line| runtime.block_on(to.send_timeout(line, STALLED)).is_ok();
            let ended = engine.check(&request, |clause| {
                let line = Ok(CheckLine::Clause { clause: clause.into() });
                if sent(line) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
            let last = match ended {
                Ok(None) => return Ok(()),
                Ok(Some(summary)) => {
                    let took_ms = milliseconds(started);
                    Ok(CheckLine::Summary { summary: summary.into(), took_ms, model: engine.model_id().to_owned() })
                }
                Err(error) => Err(error),
            };
            // Whoever has gone does not miss it.
            let _ = sent(last);
            Ok(())
        });
        work.await
    });
    Ok(lines)
}

/// A line as it is sent. What fails midway is told in a line: the status was sent long ago.
fn written(line: Result<CheckLine, Error>) -> Result<Bytes, std::io::Error> {
    let line = line.unwrap_or_else(|error| CheckLine::Problem { problem: Problem::from(HttpError::from(error)) });
    let mut bytes = serde_json::to_vec(&line)?;
    bytes.push(b'\n');
    Ok(bytes.into())
}

/// Whether a client asks for lines, wherever in its list.
fn wants_lines(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).any(|accepted| {
        accepted.split(',').any(|kind| kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(NDJSON))
    })
}

/// The draft of a request, posted as JSON or as a form with a file.
pub(super) struct Draft(Check);

impl<S: Send + Sync> FromRequest<S> for Draft {
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &S) -> Result<Draft, HttpError> {
        let received = json::content_type(request.headers());
        let fields = if json::is_json(&received) {
            json::parse(&body::whole(request).await?)?
        } else if upload::is_form(&received) {
            form(request, state).await?
        } else {
            return Err(HttpError::ContentType { expected: "application/json or multipart/form-data", received });
        };
        let mut draft = json::read::<CheckRequest>(fields)?;
        // A blank one has no sentence, which is told in its place.
        if !draft.text.trim().is_empty() {
            draft.text = crate::document::decode(draft.text.as_bytes()).map_err(|error| in_field("text", error))?;
        }
        Ok(Draft(draft.into()))
    }
}

/// What a file is refused for is the fault of a field in a posted text.
fn in_field(name: &str, error: Error) -> Error {
    match error {
        Error::Unreadable { expected, received } => Error::Invalid { field: name.to_owned(), expected, received },
        error => error,
    }
}

/// The fields of a form, in the shape of the JSON body.
async fn form<S: Send + Sync>(request: Request, state: &S) -> Result<Value, HttpError> {
    // A form that is read to its end can be answered.
    let (parts, body) = request.into_parts();
    let head = parts.clone();
    let body = body::whole(Request::from_parts(parts, body)).await?;
    let form = Multipart::from_request(Request::from_parts(head, Body::from(body)), state).await;
    let mut form = form.map_err(|rejection| broken(rejection.body_text()))?;
    let mut fields = Map::new();
    while let Some(part) = form.next_field().await.map_err(|e| broken(e.body_text()))? {
        let file = part.file_name().map(str::to_owned);
        let is_file = file.is_some();
        let name = if is_file { "text" } else { part.name().unwrap_or_default() }.to_owned();
        let bytes = part.bytes().await.map_err(|e| broken(e.body_text()))?;
        if name == "text" && fields.contains_key("text") {
            let field = if is_file { "file" } else { "text" };
            return Err(Error::invalid(field, "one draft", "another file or text").into());
        }
        let text = match file {
            Some(file) => check::read(&bytes, &file)?,
            None => crate::document::decode(&bytes).map_err(|error| in_field(&name, error))?,
        };
        match name.as_str() {
            "exclude_documents" | "exclude_regions" => {
                if let Value::Array(values) = fields.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
                    values.push(text.into());
                }
            }
            "exclude_clauses" => {
                if let Value::Array(values) = fields.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
                    values.push(serde_json::from_str(&text).unwrap_or(Value::String(text)));
                }
            }
            "text" => drop(fields.insert(name, text.into())),
            _ if fields.contains_key(&name) => return Err(Error::invalid(&name, "one value", "several values").into()),
            // Numbers, true and false, objects; what is no JSON is refused by its field, as the text that it is.
            _ => drop(fields.insert(name, serde_json::from_str(&text).unwrap_or(Value::String(text)))),
        }
    }
    Ok(Value::Object(fields))
}

fn broken(received: String) -> HttpError {
    HttpError::MalformedRequest { field: "body", expected: "a whole multipart form", received }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_sent_to_those_who_name_them() {
        let asks = |accept: &str| wants_lines(&HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]));
        assert!(asks("application/x-ndjson") && asks("text/html, Application/X-NDJSON;q=0.9"));
        assert!(!asks("application/json") && !asks("*/*") && !wants_lines(&HeaderMap::new()));
    }
}
