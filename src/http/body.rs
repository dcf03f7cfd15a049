//! Whole bodies within the limit of their route.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, header};

use super::error::HttpError;

/// Bytes of a body that a route takes; set as an extension by the router.
#[derive(Debug, Clone, Copy)]
pub(super) struct BodyLimit(pub(super) usize);

/// The longest that a body may take to arrive; a client that stalls must not hold a place in the queue for ever.
const TIME: Duration = Duration::from_secs(300);
/// Bytes beyond the limit that are read and thrown away. Most clients send all they have before they read: an answer
/// that comes earlier, with the connection closed behind it, is lost to them.
const DRAINED: usize = 64 << 20;

/// Reads a request's body.
///
/// # Errors
/// A body of more bytes than the route takes, one that takes too long, or a connection that breaks.
pub(super) async fn whole(request: Request) -> Result<Bytes, HttpError> {
    let limit = request.extensions().get::<BodyLimit>().map_or(usize::MAX, |limit| limit.0);
    let declared = declared_length(request.headers());
    if declared > limit && request.headers().contains_key(header::EXPECT) {
        // This client asks before it sends.
        return Err(HttpError::TooLarge { limit });
    }
    tokio::time::timeout(TIME, read(request.into_body(), limit, declared.min(limit)))
        .await
        .map_err(|_| HttpError::TooSlow { seconds: TIME.as_secs() })?
}

fn declared_length(headers: &HeaderMap) -> usize {
    headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(0)
}

async fn read(mut body: Body, limit: usize, expected: usize) -> Result<Bytes, HttpError> {
    let mut bytes = Vec::with_capacity(expected);
    let mut received = 0_usize;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|error| {
            let received = error.to_string();
            HttpError::MalformedRequest { field: "body", expected: "a whole body", received }
        })?;
        let Ok(data) = frame.into_data() else { continue };
        received += data.len();
        if received <= limit {
            bytes.extend_from_slice(&data);
        } else {
            bytes = Vec::new();
            if received - limit > DRAINED {
                break;
            }
        }
    }
    if received > limit { Err(HttpError::TooLarge { limit }) } else { Ok(bytes.into()) }
}
