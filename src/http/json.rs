//! Bodies of JSON, read so that an error names the field at fault, what was expected there and what came.

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use serde::Deserializer;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::body;
use super::error::HttpError;
use crate::error::{Error, Result};

/// A body of JSON. [`axum::Json`] would refuse with plain text, and without the path of the field.
pub(super) struct Json<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = HttpError;

    async fn from_request(request: Request, _: &S) -> Result<Json<T>, HttpError> {
        const EXPECTED: &str = "application/json";
        let received = content_type(request.headers());
        if !is_json(&received) {
            return Err(HttpError::ContentType { expected: EXPECTED, received });
        }
        Ok(Json(read(parse(&body::whole(request).await?)?)?))
    }
}

/// The content type as given, for errors and decisions.
pub(super) fn content_type(headers: &HeaderMap) -> String {
    match headers.get(header::CONTENT_TYPE) {
        Some(value) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        None => "none".to_owned(),
    }
}

/// Whether a content type is JSON.
pub(super) fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Bytes to JSON of any form.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, HttpError> {
    serde_json::from_slice(bytes).map_err(|e| HttpError::MalformedJson { received: e.to_string() })
}

/// JSON, or parameters, to a wire type.
///
/// # Errors
/// [`Error::Invalid`] with the path of the field.
pub(super) fn read<'de, T: serde::Deserialize<'de>>(from: impl Deserializer<'de>) -> Result<T> {
    serde_path_to_error::deserialize(from).map_err(|e| explain(&e.path().to_string(), &e.inner().to_string()))
}

/// Makes a refusal of this crate's form out of serde's.
fn explain(path: &str, message: &str) -> Error {
    let root = path == ".";
    let field = if root { "body" } else { path };
    let quoted = |text: &str| text.split('`').nth(1).unwrap_or(text).to_owned();
    if message.starts_with("missing field ") {
        let missing = quoted(message);
        let field = if root { missing } else { format!("{path}.{missing}") };
        return Error::invalid(field, "a value", "nothing");
    }
    let Some((received, expected)) = message.split_once(", expected ") else {
        return Error::invalid(field, "a value of the form in /openapi.json", message);
    };
    let names = || expected.replace('`', "");
    if received.starts_with("unknown field ") {
        return Error::invalid(field, format!("a known name: {}", names()), quoted(received));
    }
    if received.starts_with("unknown variant ") {
        return Error::invalid(field, names(), quoted(received));
    }
    let received = received.trim_start_matches("invalid type: ").trim_start_matches("invalid value: ");
    let expected = match expected {
        "usize" | "u64" | "u32" => "a whole number, 0 or larger",
        "f32" | "f64" => "a number",
        "a sequence" => "an array",
        "a boolean" => "true or false",
        other => other,
    };
    Error::invalid(field, expected, received.replace('`', ""))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::http::wire::SearchRequest;

    fn refusal<T: for<'de> Deserialize<'de>>(json: &str) -> String {
        match read::<T>(serde_json::from_str::<Value>(json).unwrap()) {
            Ok(_) => panic!("{json} was accepted"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn an_error_names_the_field_at_fault_what_was_expected_and_what_came() {
        let cases = [
            (r#"{}"#, "query: expected a value, received nothing"),
            (r#"{"query": 1}"#, "query: expected a string, received integer 1"),
            (r#"{"query": "a", "limit": -1}"#, "limit: expected a whole number, 0 or larger, received integer -1"),
            (
                r#"{"query": "a", "limit": "10"}"#,
                r#"limit: expected a whole number, 0 or larger, received string "10""#,
            ),
            (r#"{"query": "a", "unit": "page"}"#, "unit: expected clause or article, received page"),
            (r#"{"query": "a", "explain": 1}"#, "explain: expected true or false, received integer 1"),
            (
                r#"{"query": "a", "filter": {"levels": ["county", "city"]}}"#,
                "filter.levels[1]: expected one of national, province, prefecture, county, received city",
            ),
            (
                r#"{"query": "a", "filter": {"level": "county"}}"#,
                "filter.level: expected a known name: one of documents, regions, issuers, levels, kinds, validities, \
                 families, exclude_families, versions, date_from, date_to, received level",
            ),
            (
                r#"{"query": "a", "exclude_documents": "b"}"#,
                r#"exclude_documents: expected an array, received string "b""#,
            ),
            (r#"5"#, "body: expected an object with a query, received integer 5"),
            (r#"["a"]"#, "body: expected an object with a query, received sequence"),
            (r#"{"query": "a", "filter": []}"#, "filter: expected an object, received sequence"),
        ];
        for (json, expected) in cases {
            assert_eq!(refusal::<SearchRequest>(json), expected, "{json}");
        }
    }
}
