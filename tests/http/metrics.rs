//! What the service tells Prometheus about itself.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;

use clausewise::http::Options;
use serde_json::json;

use crate::client;
use crate::fixture::{Server, gated};

const TEXT: &str = "第一条　养犬人应当为犬只办理登记。";

/// Samples by name and labels, as they are written.
fn scrape(server: &Server) -> BTreeMap<String, f64> {
    let answer = server.get("/metrics");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    let text = answer.text();
    assert!(text.ends_with("\n# EOF\n"), "{text}");
    let mut families = BTreeSet::new();
    let mut samples = BTreeMap::new();
    for line in text.lines() {
        if let Some(described) = line.strip_prefix("# TYPE ") {
            let name = described.split(' ').next().unwrap();
            assert!(name.starts_with("clausewise_") && families.insert(name.to_owned()), "{line}");
        } else if !line.starts_with('#') {
            let (sample, value) = line.rsplit_once(' ').unwrap();
            let name = sample.split('{').next().unwrap();
            let suffixes = ["", "_total", "_sum", "_count", "_bucket"];
            let family = suffixes.iter().filter_map(|suffix| name.strip_suffix(suffix));
            assert!(family.into_iter().any(|family| families.contains(family)), "{line} is of no family");
            let value = value.parse().unwrap_or_else(|e| panic!("{line}: {e}"));
            assert!(samples.insert(sample.to_owned(), value).is_none(), "{sample} is there twice");
        }
    }
    samples
}

#[test]
fn requests_are_counted_by_route_method_and_status_with_their_times() {
    let server = Server::start();
    server.add("a", TEXT);
    for id in ["a", "a", "b"] {
        server.get(&format!("/v1/documents/{id}"));
    }
    let samples = scrape(&server);
    for (labels, requests) in [
        (r#"route="/v1/documents",method="POST",status="201""#, 1.0),
        (r#"route="/v1/documents/{id}",method="GET",status="200""#, 2.0),
        (r#"route="/v1/documents/{id}",method="GET",status="404""#, 1.0),
    ] {
        assert_eq!(samples[&format!("clausewise_http_requests_total{{{labels}}}")], requests, "{labels}");
    }
    let labels = r#"route="/v1/documents/{id}",method="GET""#;
    assert_eq!(samples[&format!("clausewise_http_request_duration_seconds_count{{{labels}}}")], 3.0);
    let bucket =
        |le: &str| samples[&format!("clausewise_http_request_duration_seconds_bucket{{le=\"{le}\",{labels}}}")];
    assert!(bucket("0.001") <= bucket("60.0") && bucket("+Inf") == 3.0);
    assert_eq!(samples[r#"clausewise_http_problems_total{code="not_found"}"#], 1.0);
}

#[test]
fn no_label_has_a_value_that_a_client_made_up() {
    let server = Server::start();
    server.get("/surprise/path");
    server.get("/v1/documents/surprise");
    let mut stream = TcpStream::connect(server.base.trim_start_matches("http://")).unwrap();
    stream.write_all(b"SURPRISE /v1/search HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
    let samples = scrape(&server);
    for sample in samples.keys() {
        assert!(!sample.to_lowercase().contains("surprise"), "{sample}");
    }
    assert_eq!(samples[r#"clausewise_http_requests_total{route="none",method="GET",status="404"}"#], 1.0);
    assert_eq!(samples[r#"clausewise_http_requests_total{route="/v1/search",method="other",status="405"}"#], 1.0);
}

#[test]
fn refusals_for_lack_of_room_are_counted() {
    const BUSY: &str = r#"clausewise_http_problems_total{code="busy"}"#;
    let (server, gate) = gated(Options { searches: 1, ..Options::default() });
    assert_eq!(scrape(&server)[BUSY], 0.0, "it is there before the first one");
    gate.close();
    std::thread::scope(|scope| {
        let search = || server.post("/v1/search", &json!({"query": "办理登记"}));
        let first = scope.spawn(search);
        gate.wait_for(1);
        search().problem(503, "busy");
        search().problem(503, "busy");
        assert_eq!(scrape(&server)[BUSY], 2.0, "metrics are answered while searches are refused");
        gate.open();
        first.join().unwrap().expect(200);
    });
}

#[test]
fn what_is_stored_and_what_was_encoded_is_told() {
    let server = Server::start();
    let before = scrape(&server);
    assert_eq!(before["clausewise_documents"], 0.0);
    server.add("a", &format!("{TEXT}\n第二条　应当及时清除犬只粪便。"));
    server.add("b", &format!("{TEXT}\n第二条　供水企业应当保证水质。"));
    server.search(&json!({"query": "办理登记"}));
    let after = scrape(&server);
    assert_eq!((after["clausewise_documents"], after["clausewise_clauses"]), (2.0, 4.0));
    assert_eq!(after["clausewise_distinct_texts"], 3.0, "a clause of both documents has one vector");
    assert_eq!(after[r#"clausewise_index_vectors{part="delta"}"#], 3.0);
    assert_eq!(after[r#"clausewise_index_vectors{part="graph"}"#], 0.0);
    // The model is shared with other tests: it may have done more.
    let grew = |sample: &str| after[sample] - before[sample];
    assert!(grew("clausewise_encoder_tokens_total") >= 30.0);
    assert!(grew("clausewise_encoder_busy_seconds_total") > 0.0);
    for (lane, texts) in [("bulk", 3.0), ("interactive", 1.0)] {
        assert!(grew(&format!("clausewise_encoder_queue_seconds_count{{lane=\"{lane}\"}}")) >= texts, "{lane}");
        assert!(grew(&format!("clausewise_encoder_batch_texts_sum{{lane=\"{lane}\"}}")) >= texts, "{lane}");
        assert!(grew(&format!("clausewise_encoder_batch_fill_sum{{lane=\"{lane}\"}}")) > 0.0, "{lane}");
        for waiting in ["waiting_tokens", "waiting_texts", "refused_total"] {
            assert!(after.contains_key(&format!("clausewise_encoder_{waiting}{{lane=\"{lane}\"}}")), "{waiting}");
        }
    }
    assert!(after["clausewise_encoder_workers"] >= 1.0 && after["clausewise_encoder_batch_budget_tokens"] >= 1.0);
    assert!(client::get(&server.url("/openapi.json")).text().contains("/metrics"));
}
