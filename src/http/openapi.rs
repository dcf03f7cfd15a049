//! The contract as an OpenAPI document, and pages that show it.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use utoipa::openapi::{ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, RefOr, ResponseBuilder, Type};
use utoipa::{IntoResponses, OpenApi, openapi};
use utoipa_swagger_ui::Config;

use super::error::{HttpError, Problem};
use super::parameters::Id;
use super::{
    check, clauses, compare, documents, duplicates, embeddings, equivalents, health, metrics, search, tasks, texts,
};
use crate::error::Error;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Clausewise",
        description = "Finds the most similar clauses across Chinese policy documents and local law.\n\n\
            Errors are RFC 9457 problem details with a stable `code` and, where known, the `field` at fault, what was \
            `expected` and what was `received`. Spans count Unicode scalar values of the document's normalised text.\n\n\
            Any request may be refused with 421 when its `Host` is not one that the service has, and one that is not a \
            GET with 403 when a browser says that a page of another site sends it.",
        license(name = "MIT OR Apache-2.0")
    ),
    paths(
        search::search,
        check::check,
        equivalents::equivalents,
        equivalents::matrix,
        compare::compare,
        documents::add,
        documents::list,
        documents::facets,
        documents::correct,
        documents::show,
        documents::remove,
        texts::read,
        embeddings::embed,
        clauses::show,
        clauses::similar,
        duplicates::find,
        duplicates::clusters,
        tasks::list,
        tasks::show,
        tasks::cancel,
        tasks::events,
        health::health,
        health::ready,
        metrics::metrics,
        document,
    ),
    components(schemas(Problem)),
    tags(
        (name = "search", description = "Text in, similar clauses out; drafts in, precedents out."),
        (name = "documents", description = "What is searched."),
        (name = "clauses", description = "Single clauses, and what resembles them."),
        (name = "duplicates", description = "Clauses that are copies of each other."),
        (name = "tasks", description = "Long work."),
        (name = "service", description = "Whether the service runs and answers."),
    )
)]
struct Contract;

/// The contract. Its JSON is made once: it does not change while the program runs.
static CONTRACT: LazyLock<openapi::OpenApi> = LazyLock::new(Contract::openapi);

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "contract",
    tag = "service",
    responses((status = 200, description = "An OpenAPI document.", body = serde_json::Value))
)]
pub(super) async fn document() -> Json<&'static openapi::OpenApi> {
    Json(&CONTRACT)
}

/// The page that shows the OpenAPI document.
pub(super) async fn docs_index() -> Response {
    page("index.html")
}

/// What that page needs.
pub(super) async fn docs_file(Id(file): Id) -> Response {
    page(&file)
}

/// A file of the pages in the binary. The policy forbids the browser to fetch anything from elsewhere, whatever the
/// scripts have in them.
fn page(file: &str) -> Response {
    const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                          img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; \
                          frame-ancestors 'none'";
    // Without "none" the page would ask a validator on the network about the contract.
    static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
        Arc::new(Config::from("/openapi.json").use_base_layout().validator_url("none").try_it_out_enabled(true))
    });
    match utoipa_swagger_ui::serve(file, CONFIG.clone()) {
        Ok(Some(mut found)) => {
            if file == "index.html" {
                // The page is that of any service; its title stands in tabs and bookmarks.
                let html = String::from_utf8_lossy(&found.bytes).replace("<title>Swagger UI", "<title>Clausewise");
                found.bytes = html.into_bytes().into();
            }
            let headers =
                [(header::CONTENT_TYPE, found.content_type), (header::CONTENT_SECURITY_POLICY, POLICY.to_owned())];
            let mut response = (headers, found.bytes.into_owned()).into_response();
            if found.gzpipped {
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            response
        }
        Ok(None) => HttpError::NoRoute { path: format!("/docs/{file}") }.into_response(),
        Err(error) => {
            tracing::error!(%error, "the pages of the contract");
            HttpError::Panic.into_response()
        }
    }
}

type Problems = BTreeMap<String, RefOr<openapi::Response>>;

fn problems(of: &[(&str, &str)]) -> Problems {
    of.iter()
        .map(|(status, description)| {
            let schema = Some(Ref::from_schema_name("Problem"));
            let content = ContentBuilder::new().schema(schema).example(example(status)).build();
            let mut response =
                ResponseBuilder::new().description(*description).content("application/problem+json", content);
            if *status == "503" {
                let seconds = HeaderBuilder::new()
                    .schema(Some(ObjectBuilder::new().schema_type(Type::Integer)))
                    .description(Some("Seconds to wait before trying again."))
                    .build();
                response = response.header("Retry-After", seconds);
            }
            ((*status).to_owned(), response.build().into())
        })
        .collect()
}

/// A problem of the status, as the service gives it. Without one the page shows the same problem for all.
fn example(status: &str) -> Option<serde_json::Value> {
    let error = match status {
        "400" => HttpError::MalformedJson { received: "EOF while parsing an object at line 1 column 1".to_owned() },
        "404" => Error::NotFound { what: "document", id: "xianning-2015".to_owned() }.into(),
        "408" => HttpError::TooSlow { seconds: 300 },
        "413" => HttpError::TooLarge { limit: 1 << 20 },
        "415" => HttpError::ContentType { expected: "application/json", received: "text/plain".to_owned() },
        "422" => Error::invalid("limit", "1 to 1000", "0").into(),
        "500" => HttpError::Panic,
        "503" => Error::Busy { queued: 256, limit: 256, retry_after_s: 1 }.into(),
        "507" => HttpError::DiskFull,
        _ => return None,
    };
    serde_json::to_value(Problem::from(error)).ok()
}

const FAULT: (&str, &str) = ("500", "The service failed; its log has the cause.");
const BUSY: (&str, &str) = ("503", "Too much work is queued, or the service is not ready yet or shutting down.");
const MALFORMED: (&str, &str) = ("400", "The body is not JSON, or the request cannot be taken apart.");
const INVALID: (&str, &str) = ("422", "A value is not accepted, or a name is not known.");

/// What can go wrong with any request.
pub(super) struct FaultProblems;

impl IntoResponses for FaultProblems {
    fn responses() -> Problems {
        problems(&[FAULT, BUSY])
    }
}

/// What can go wrong with a request that has a body.
pub(super) struct BodyProblems;

impl IntoResponses for BodyProblems {
    fn responses() -> Problems {
        problems(&[
            MALFORMED,
            ("408", "The body did not arrive in time."),
            ("413", "The body is too large."),
            ("415", "The body is of a type that is not accepted here."),
            INVALID,
            FAULT,
            BUSY,
        ])
    }
}

/// What can go wrong where something is written, beside the rest.
pub(super) struct StorageProblems;

impl IntoResponses for StorageProblems {
    fn responses() -> Problems {
        problems(&[("507", "The disk is full.")])
    }
}

/// What can go wrong with query parameters.
pub(super) struct QueryProblems;

impl IntoResponses for QueryProblems {
    fn responses() -> Problems {
        problems(&[MALFORMED, INVALID, FAULT, BUSY])
    }
}

/// What can go wrong with a request that names a document or clause.
pub(super) struct ItemProblems;

impl IntoResponses for ItemProblems {
    fn responses() -> Problems {
        problems(&[MALFORMED, ("404", "There is no such document, clause or task."), INVALID, FAULT, BUSY])
    }
}
