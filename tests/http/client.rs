//! A plain HTTP client.

use std::time::Duration;

use serde_json::Value;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The JSON of an answer that has to be of this status.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()
    }

    /// The problem of an answer that has to be one, of this status and code.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(problem["status"], status);
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["type"], format!("urn:problem-type:clausewise:{code}"));
        for member in ["title", "detail"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member} in {problem}");
        }
        problem
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_secs(120)))
        .build()
        .into()
}

fn answer(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut response = response.expect("an answer");
    let body = response.body_mut().with_config().limit(64 << 20).read_to_vec().expect("a whole body");
    Answer { status: response.status().as_u16(), headers: response.headers().clone(), body }
}

pub fn get(url: &str) -> Answer {
    answer(agent().get(url).call())
}

/// Sends a request with headers of one's own; a body of JSON unless that is empty.
pub fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    answer(agent().run(request.body(body.to_owned()).unwrap()))
}

pub fn delete(url: &str) -> Answer {
    answer(agent().delete(url).call())
}

pub fn put(url: &str) -> Answer {
    answer(agent().put(url).send_empty())
}

/// Posts bytes; no content type when that is empty.
pub fn post(url: &str, content_type: &str, body: &[u8]) -> Answer {
    let request = agent().post(url);
    let request = if content_type.is_empty() { request } else { request.content_type(content_type) };
    answer(request.send(body))
}

pub fn post_json(url: &str, body: &Value) -> Answer {
    post(url, "application/json", body.to_string().as_bytes())
}

/// A part of a form: a file, or a field without a file name.
pub struct Part<'a> {
    pub name: &'a str,
    pub file: Option<&'a str>,
    pub bytes: &'a [u8],
}

pub fn file<'a>(file: &'a str, bytes: &'a [u8]) -> Part<'a> {
    Part { name: "file", file: Some(file), bytes }
}

pub fn post_form(url: &str, parts: &[Part<'_>]) -> Answer {
    const BOUNDARY: &str = "0f1e2d3c4b5a";
    let mut body = Vec::new();
    for part in parts {
        let file = part.file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{}\"{file}\r\n\r\n", part.name);
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(part.bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    post(url, &format!("multipart/form-data; boundary={BOUNDARY}"), &body)
}

/// Percent-encodes a path segment or a parameter's value.
pub fn encode(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes().map(|b| if plain(&b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
