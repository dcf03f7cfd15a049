//! The web page: the plain files of `ui/`, in the binary.
//!
//! Every view has an address of its own and all of them are the same file, `index.html`; `main.js` shows the view. A
//! debug build reads the files from the source folder at every request, so that a change shows when the page is loaded
//! again.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

use super::app::App;
use super::error::HttpError;
use super::parameters::Id;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/src/http/ui"]
struct Files;

/// Addresses of the views.
const VIEWS: [&str; 7] = ["/", "/check", "/regions", "/compare", "/duplicates", "/library", "/document"];

/// What the page may do: load its own files and ask its own service. No script stands in its markup, and text becomes
/// markup nowhere: trusted types refuse it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// The addresses of the page's views.
pub(super) fn pages() -> Router<App> {
    VIEWS.iter().fold(Router::new(), |router, view| router.route(view, get(page)))
}

async fn page(request: Request) -> Response {
    answer("index.html", request.headers())
}

/// A file of the page.
pub(super) async fn file(Id(file): Id, headers: HeaderMap) -> Response {
    answer(&file, &headers)
}

fn answer(name: &str, asked: &HeaderMap) -> Response {
    let Some(file) = Files::get(name) else {
        return HttpError::NoRoute { path: format!("/ui/{name}") }.into_response();
    };
    let tag = tag(&file);
    // Asked again each time, since the next version of the service has the same addresses.
    let headers = [
        (header::ETAG, tag.clone()),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    if asked.get(header::IF_NONE_MATCH).is_some_and(|known| *known == tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let kind = HeaderValue::from_static(media_type(name));
    (headers, [(header::CONTENT_TYPE, kind)], file.data.into_owned()).into_response()
}

/// A quoted name of the file's content, for `ETag`.
fn tag(file: &EmbeddedFile) -> HeaderValue {
    let digest = file.metadata.sha256_hash();
    let name: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    // Hexadecimal digits and quotes are allowed in a header.
    HeaderValue::try_from(format!("\"{name}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
