//! Requests that pages of other sites make through a visitor's browser.

use clausewise::http::Options;
use serde_json::{Value, json};

use crate::client::{Answer, send};
use crate::fixture::{SAMPLES, Server, embedders};

fn post(server: &Server, headers: &[(&str, &str)]) -> Answer {
    let body = json!({"document_id": "a", "text": "第一条　养犬人应当为犬只办理登记。"}).to_string();
    send("POST", &server.url("/v1/documents"), headers, &body)
}

/// Field and received value of a refusal.
fn refusal(answer: &Answer, status: u16, code: &str) -> (Value, Value) {
    let problem = answer.problem(status, code);
    let part = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        problem["detail"],
        format!("{}: expected {}, received {}", part("field"), part("expected"), part("received"))
    );
    (problem["field"].clone(), problem["received"].clone())
}

#[test]
fn a_page_of_another_site_cannot_change_anything() {
    let server = Server::start();
    let own = server.base.clone();
    for (headers, field, received) in [
        (vec![("origin", "http://evil.example")], "origin", "http://evil.example"),
        (vec![("origin", "null")], "origin", "null"),
        (vec![("origin", "http://localhost:1")], "origin", "http://localhost:1"),
        (
            vec![("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
            "sec-fetch-site",
            "cross-site from https://evil.example",
        ),
        (vec![("sec-fetch-site", "same-site")], "sec-fetch-site", "same-site from none"),
    ] {
        let answer = post(&server, &headers);
        assert_eq!(refusal(&answer, 403, "cross_site"), (json!(field), json!(received)), "{headers:?}");
        let delete = send("DELETE", &server.url("/v1/documents/a"), &headers, "");
        delete.problem(403, "cross_site");
    }
    assert_eq!(server.documents(), 0);
    for headers in [vec![], vec![("origin", own.as_str())], vec![("sec-fetch-site", "same-origin"), ("origin", &own)]] {
        assert!(matches!(post(&server, &headers).status, 200 | 201), "{headers:?}");
    }
    assert_eq!(server.documents(), 1);
}

#[test]
fn a_name_that_was_made_to_lead_here_is_not_answered() {
    for (method, path, body) in [
        ("GET", "/v1/documents", ""),
        ("GET", "/docs/", ""),
        ("GET", "/health", ""),
        ("POST", "/v1/search", r#"{"query": "质量"}"#),
    ] {
        for host in ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example"] {
            let answer = send(method, &SAMPLES.url(path), &[("host", host)], body);
            assert_eq!(refusal(&answer, 421, "host_not_allowed"), (json!("host"), json!(host)), "{method} {path}");
        }
        for host in ["localhost", "LOCALHOST:8080", "[::1]:8080", "127.0.0.1", "clauses.localhost:80"] {
            let answer = send(method, &SAMPLES.url(path), &[("host", host)], body);
            assert_eq!(answer.status, 200, "{method} {path} {host}: {}", answer.text());
        }
    }
}

#[test]
fn a_name_that_the_user_allows_is_answered() {
    let allowed_hosts = vec!["Clauses.example".to_owned()];
    let server = Server::with(embedders(), Options { allowed_hosts, ..Options::default() });
    let ask = |host: &str| send("GET", &server.url("/v1/documents"), &[("host", host)], "");
    ask("clauses.example:443").expect(200);
    let problem = ask("other.example").problem(421, "host_not_allowed");
    assert!(problem["expected"].as_str().unwrap().contains("clauses.example"), "{problem}");
}
