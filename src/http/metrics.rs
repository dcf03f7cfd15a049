//! What the service has done and what it holds, for Prometheus.
//!
//! Requests are counted here, as they pass. All else is asked for when it is scraped: the encoder, the store and the
//! index count for themselves and know of no metrics. No label has a value that a client makes up: routes are the
//! patterns of the router, and methods, problems and lanes are of lists that end.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::app::App;
use super::error::HttpError;
use super::openapi::FaultProblems;
use crate::embed::{self, LaneStatistics};

const PREFIX: &str = "clausewise";
/// Upper bounds of the times of requests, in seconds: from a look-up to a body of many documents.
const SECONDS: [f64; 15] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
/// The route of requests that no route matches.
const NO_ROUTE: &str = "none";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    route: String,
    method: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    code: &'static str,
}

/// Counts of requests.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    answered: Family<Answered, Counter>,
    seconds: Family<Asked, Histogram, fn() -> Histogram>,
    problems: Family<Refused, Counter>,
}

impl Metrics {
    pub(super) fn new() -> Metrics {
        let mut registry = Registry::with_prefix(PREFIX);
        let answered = Family::default();
        let seconds: Family<_, _, fn() -> Histogram> = Family::new_with_constructor(|| Histogram::new(SECONDS));
        let problems = Family::default();
        registry.register("http_requests", "Requests answered, by route, method and status", answered.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time from a request's head to its answer's",
            Unit::Seconds,
            seconds.clone(),
        );
        registry.register(
            "http_problems",
            "Requests answered with a problem, by its code: `busy` is of those refused for lack of room",
            problems.clone(),
        );
        // From zero on, so that the first refusal is seen as an increase.
        drop(problems.get_or_create(&Refused { code: "busy" }));
        Metrics { registry, answered, seconds, problems }
    }
}

/// Counts a request and how it was answered.
pub(super) async fn measure(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
    let method = known(request.method());
    let started = Instant::now();
    let response = next.run(request).await;
    let metrics = app.metrics();
    metrics.seconds.get_or_create(&Asked { route: route.clone(), method }).observe(started.elapsed().as_secs_f64());
    metrics.answered.get_or_create(&Answered { route, method, status: response.status().as_u16() }).inc();
    if let Some(ProblemCode(code)) = response.extensions().get() {
        metrics.problems.get_or_create(&Refused { code }).inc();
    }
    response
}

/// The code of an answer that is a problem; an extension of the response.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProblemCode(pub(super) &'static str);

/// A method's name; `other` for those that clients invent.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// Counters for Prometheus: requests, the encoder and its queue, what is stored and indexed.
///
/// Not counted among the requests in flight: a busy service can be watched.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "service",
    responses(
        (status = 200, description = "Metrics in the OpenMetrics text format, which Prometheus reads.", body = String,
         content_type = "application/openmetrics-text"),
        FaultProblems
    )
)]
pub(super) async fn metrics(State(app): State<App>) -> Result<Response, HttpError> {
    let snapshot = app
        .block((), |engine| {
            let (documents, clauses, texts) = engine.store().counts()?;
            let (graph, delta) = engine.index_size();
            Ok(Snapshot { documents, clauses, texts, graph, delta, encoder: engine.encoder_statistics() })
        })
        .await?;
    let mut scraped = Registry::with_prefix(PREFIX);
    scraped.register_collector(Box::new(snapshot));
    let mut body = String::new();
    text::encode_registry(&mut body, &app.metrics().registry)
        .and_then(|()| text::encode_registry(&mut body, &scraped))
        .and_then(|()| text::encode_eof(&mut body))
        .map_err(|_| HttpError::Panic)?;
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], body).into_response())
}

/// What the engine tells when it is asked.
#[derive(Debug)]
struct Snapshot {
    documents: usize,
    clauses: usize,
    texts: usize,
    graph: usize,
    delta: usize,
    encoder: Option<embed::Statistics>,
}

type Encoded = Result<(), std::fmt::Error>;

impl Collector for Snapshot {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> Encoded {
        gauge(&mut to, "documents", "Documents stored", self.documents)?;
        gauge(&mut to, "clauses", "Clauses stored", self.clauses)?;
        gauge(&mut to, "distinct_texts", "Distinct clause texts stored: one vector each", self.texts)?;
        let parts = [("graph", self.graph as u64), ("delta", self.delta as u64)];
        labelled(&mut to, "index_vectors", "Vectors of the index, in the graph and beside it", "part", parts)?;
        let Some(encoder) = &self.encoder else { return Ok(()) };
        gauge(&mut to, "encoder_workers", "Threads that encode", encoder.workers)?;
        gauge(&mut to, "encoder_batch_budget_tokens", "Tokens that a micro-batch has room for", encoder.token_budget)?;
        counter(&mut to, "encoder_tokens", "Tokens encoded", None, encoder.encoded_tokens)?;
        let busy = encoder.busy.as_secs_f64();
        counter(&mut to, "encoder_busy", "Time of forward passes, over all workers", Some(&Unit::Seconds), busy)?;

        let lanes = [("interactive", &encoder.interactive), ("bulk", &encoder.bulk)];
        let each = |of: fn(&LaneStatistics) -> u64| lanes.map(|(name, lane)| (name, of(lane)));
        let waiting = each(|lane| lane.waiting_tokens as u64);
        labelled(&mut to, "encoder_waiting_tokens", "Tokens that wait for a worker", "lane", waiting)?;
        let waiting = each(|lane| lane.waiting_texts as u64);
        labelled(
            &mut to,
            "encoder_waiting_texts",
            "Texts that wait for a worker, long ones in parts",
            "lane",
            waiting,
        )?;

        let help = "Requests refused because the lane was full";
        let mut refused = to.encode_descriptor("encoder_refused", help, None, MetricType::Counter)?;
        for (name, lane) in lanes {
            ConstCounter::new(lane.refused).encode(refused.encode_family(&[("lane", name)])?)?;
        }
        histogram(&mut to, "encoder_queue", "Time texts waited", Some(&Unit::Seconds), lanes, |lane| &lane.queue_s)?;
        let help = "Tokens of micro-batches as shares of the token budget";
        histogram(&mut to, "encoder_batch_fill", help, None, lanes, |lane| &lane.batch_fill)?;
        histogram(&mut to, "encoder_batch_texts", "Texts of micro-batches", None, lanes, |lane| &lane.batch_texts)
    }
}

fn gauge(to: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: usize) -> Encoded {
    ConstGauge::new(value as u64).encode(to.encode_descriptor(name, help, None, MetricType::Gauge)?)
}

fn counter<V>(to: &mut DescriptorEncoder<'_>, name: &str, help: &str, unit: Option<&Unit>, value: V) -> Encoded
where
    ConstCounter<V>: EncodeMetric,
{
    ConstCounter::new(value).encode(to.encode_descriptor(name, help, unit, MetricType::Counter)?)
}

/// Gauges of one name, told apart by one label.
fn labelled<const N: usize>(
    to: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    label: &'static str,
    values: [(&'static str, u64); N],
) -> Encoded {
    let mut family = to.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (of, value) in values {
        ConstGauge::new(value).encode(family.encode_family(&[(label, of)])?)?;
    }
    Ok(())
}

fn histogram(
    to: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    unit: Option<&Unit>,
    lanes: [(&'static str, &LaneStatistics); 2],
    of: fn(&LaneStatistics) -> &embed::Histogram,
) -> Encoded {
    let mut family = to.encode_descriptor(name, help, unit, MetricType::Histogram)?;
    for (name, lane) in lanes {
        let histogram = of(lane);
        let buckets: Vec<(f64, u64)> = histogram.buckets().collect();
        family.encode_family(&[("lane", name)])?.encode_histogram::<NoLabelSet>(
            histogram.sum(),
            histogram.count(),
            &buckets,
            None,
        )?;
    }
    Ok(())
}
