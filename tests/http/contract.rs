//! The OpenAPI document against the service, and the pages that show it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::client;
use crate::fixture::SAMPLES;

fn contract() -> Value {
    SAMPLES.get("/openapi.json").expect(200)
}

fn operations(contract: &Value) -> Vec<(String, String, Value)> {
    let mut operations = Vec::new();
    for (path, item) in contract["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((method.clone(), path.clone(), operation.clone()));
        }
    }
    operations
}

#[test]
fn the_contract_lists_every_route_and_the_service_has_every_route_listed() {
    let contract = contract();
    let listed: BTreeSet<String> =
        operations(&contract).iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    let routes = [
        "get /health",
        "get /metrics",
        "get /openapi.json",
        "get /ready",
        "get /v1/clauses/{id}",
        "get /v1/clauses/{id}/similar",
        "get /v1/clusters",
        "delete /v1/tasks/{id}",
        "get /v1/tasks",
        "get /v1/tasks/{id}",
        "get /v1/tasks/{id}/events",
        "post /v1/duplicates",
        "delete /v1/documents/{id}",
        "get /v1/documents",
        "get /v1/documents/{id}",
        "get /v1/facets",
        "put /v1/documents/{id}/metadata",
        "post /v1/check",
        "post /v1/compare",
        "post /v1/documents",
        "post /v1/embeddings",
        "post /v1/equivalents",
        "post /v1/equivalents/matrix",
        "post /v1/search",
        "post /v1/texts",
    ];
    assert_eq!(listed, BTreeSet::from(routes.map(str::to_owned)));
    for (method, path, _) in operations(&contract) {
        let url = SAMPLES.url(&path.replace("{id}", "nothing:0"));
        let answer = match &*method {
            "get" => client::get(&url),
            "delete" => client::delete(&url),
            "put" => client::send("PUT", &url, &[], "{}"),
            _ => client::post_json(&url, &json!({})),
        };
        let code = serde_json::from_slice::<Value>(&answer.body).map(|body| body["code"].clone()).unwrap_or_default();
        assert!(code != "no_such_route" && code != "method_not_allowed", "{method} {path}: {}", answer.text());
    }
}

#[test]
fn the_contract_is_whole() {
    let contract = contract();
    assert_eq!(contract["openapi"], "3.1.0");
    assert_eq!(contract["info"]["version"], env!("CARGO_PKG_VERSION"));
    let mut references = Vec::new();
    collect_references(&contract, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        assert!(contract.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
    }
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&contract) {
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "twice: {method} {path}");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{method} {path}: {parameter}");
        }
        let responses = operation["responses"].as_object().unwrap();
        for (status, response) in responses {
            assert!(response["description"].is_string(), "{method} {path} {status}");
            if status.parse::<u16>().unwrap() >= 400 {
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Problem", "{method} {path} {status}");
                let example = &response["content"]["application/problem+json"]["example"];
                assert_eq!(example["status"].to_string(), *status, "{method} {path}: an example of another status");
            }
        }
        let expected: &[&str] = match &*format!("{method} {path}") {
            "get /health" | "get /openapi.json" => &[],
            "get /metrics" => &["500"],
            "get /ready" => &["500", "503"],
            "post /v1/search" | "post /v1/check" | "post /v1/texts" | "post /v1/embeddings" => {
                &["400", "413", "415", "422", "500", "503"]
            }
            "post /v1/compare" | "post /v1/equivalents" | "post /v1/equivalents/matrix" => {
                &["400", "404", "413", "415", "422", "500", "503"]
            }
            "get /v1/tasks" => &["500", "503"],
            "post /v1/duplicates" => &["400", "413", "415", "422", "500", "503"],
            "post /v1/documents" => &["400", "413", "415", "422", "500", "503", "507"],
            "put /v1/documents/{id}/metadata" => &["400", "404", "413", "415", "422", "500", "503", "507"],
            "get /v1/documents" | "get /v1/clusters" | "get /v1/facets" => &["400", "422", "500", "503"],
            _ => &["400", "404", "500", "503"],
        };
        for status in expected {
            assert!(responses.contains_key(*status), "{method} {path} says nothing of {status}");
        }
    }
    let body = &contract["paths"]["/v1/documents"]["post"]["requestBody"]["content"];
    assert!(body["application/json"].is_object() && body["multipart/form-data"].is_object());
    for name in ["SearchRequest", "SearchAnswer", "NewDocument", "Problem", "IngestAnswer"] {
        let example = &contract["components"]["schemas"][name]["example"];
        assert!(example.is_object(), "{name} has no example");
        conforms(&contract, &json!({"$ref": format!("#/components/schemas/{name}")}), example, name);
    }
}

#[test]
fn the_examples_of_requests_are_taken() {
    let schemas = &contract()["components"]["schemas"];
    SAMPLES.post("/v1/search", &schemas["SearchRequest"]["example"]).expect(200);
    SAMPLES.post("/v1/equivalents", &schemas["EquivalentsRequest"]["example"]).expect(200);
    SAMPLES.post("/v1/equivalents/matrix", &schemas["MatrixRequest"]["example"]).expect(200);
    SAMPLES.post("/v1/compare", &schemas["CompareRequest"]["example"]).expect(200);
    SAMPLES.post("/v1/embeddings", &schemas["EmbeddingsRequest"]["example"]).expect(200);
    SAMPLES.post("/v1/check", &schemas["CheckRequest"]["example"]).expect(200);
    let server = crate::fixture::Server::start();
    server.post("/v1/documents", &schemas["NewDocument"]["example"]).expect(201);
}

fn collect_references(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(target) if name == "$ref" => into.push(target.to_owned()),
                    _ => collect_references(member, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, into)),
        _ => {}
    }
}

/// Members that a schema names, with those of its parts, and which of them are required.
fn members(contract: &Value, schema: &Value) -> (BTreeMap<String, Value>, BTreeSet<String>) {
    let schema = resolve(contract, schema);
    let mut properties: BTreeMap<String, Value> =
        schema["properties"].as_object().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect();
    let mut required: BTreeSet<String> =
        schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap().to_owned()).collect();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let (more, needed) = members(contract, part);
        properties.extend(more);
        required.extend(needed);
    }
    (properties, required)
}

fn resolve<'a>(contract: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => contract.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// Checks a value against a schema: types, choices, members that are required, and that no member is undocumented.
fn conforms(contract: &Value, schema: &Value, value: &Value, place: &str) {
    let schema = resolve(contract, schema);
    if let Some(choices) = schema["oneOf"].as_array() {
        let null = choices.iter().any(|choice| choice["type"] == "null");
        assert!(!value.is_null() || null, "{place} is null");
        let others: Vec<&Value> = choices.iter().filter(|choice| choice["type"] != "null").collect();
        if !value.is_null() {
            assert_eq!(others.len(), 1, "{place}: only nullable choices are expected in answers");
            conforms(contract, others[0], value, place);
        }
        return;
    }
    if let Some(values) = schema["enum"].as_array() {
        assert!(values.contains(value), "{place}: {value} is none of {values:?}");
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().map(|t| t.as_str().unwrap()).collect(),
        _ => Vec::new(),
    };
    let fits = types.contains(&kind) || (kind == "integer" && types.contains(&"number")) || schema["allOf"].is_array();
    assert!(fits, "{place}: {kind} where {types:?} is documented");
    match value {
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                conforms(contract, &schema["items"], item, &format!("{place}[{n}]"));
            }
        }
        Value::Object(object) => {
            let (properties, required) = members(contract, schema);
            if properties.is_empty() {
                // An object of any shape, as the meaning of a value is.
                return;
            }
            for name in required {
                assert!(object.contains_key(&name), "{place} has no {name}");
            }
            for (name, member) in object {
                let documented = properties.get(name);
                let documented = documented.unwrap_or_else(|| panic!("{place}.{name} is not documented"));
                conforms(contract, documented, member, &format!("{place}.{name}"));
            }
        }
        _ => {}
    }
}

#[test]
fn answers_are_as_the_contract_says() {
    let contract = contract();
    let search = json!({"query": "推行消费争议先行赔付", "limit": 50, "explain": true, "facets": true});
    let new = json!([{"document_id": "a", "text": "第一条　应当办理登记。"}, {"document_id": "b", "text": " "}]);
    let draft = json!({"text": "到2025年，公共服务质量满意度达到60%以上。流浪猫由机器人播放摇篮曲。"});
    let server = crate::fixture::Server::start();
    let text = json!({"text": "第一条　对首次获得中国质量奖的企业给予奖励一百万元。"});
    let compare = json!({"left": {"document_id": "taian-2018"}, "right": text});
    let measures = json!({"outline": "推行消费争议先行赔付\n产品质量合格率达到95%以上"});
    let measure = json!({"query": "产品质量合格率达到95%以上"});
    let copies = crate::fixture::Server::start();
    copies.add("north", crate::duplicates::DOGS[0]);
    copies.add("south", crate::duplicates::DOGS[1]);
    crate::duplicates::ended(&copies, &copies.post("/v1/duplicates", &json!({})).expect(202));
    let clusters = copies.get("/v1/clusters");
    assert_eq!(clusters.expect(200)["total"], 1);
    for (method, path, status, answer) in [
        ("get", "/health", 200, SAMPLES.get("/health")),
        ("get", "/ready", 200, SAMPLES.get("/ready")),
        ("post", "/v1/search", 200, SAMPLES.post("/v1/search", &search)),
        ("post", "/v1/equivalents", 200, SAMPLES.post("/v1/equivalents", &measure)),
        ("post", "/v1/equivalents/matrix", 200, SAMPLES.post("/v1/equivalents/matrix", &measures)),
        ("post", "/v1/compare", 200, SAMPLES.post("/v1/compare", &compare)),
        ("post", "/v1/search", 422, SAMPLES.post("/v1/search", &json!({}))),
        ("post", "/v1/check", 200, SAMPLES.post("/v1/check", &draft)),
        ("post", "/v1/check", 422, SAMPLES.post("/v1/check", &json!({}))),
        ("get", "/v1/clauses/{id}", 200, SAMPLES.get("/v1/clauses/taian-2018:3")),
        ("get", "/v1/clauses/{id}", 404, SAMPLES.get("/v1/clauses/nothing:3")),
        ("get", "/v1/clauses/{id}/similar", 200, SAMPLES.get("/v1/clauses/taian-2018:3/similar")),
        ("get", "/v1/documents", 200, SAMPLES.get("/v1/documents")),
        ("get", "/v1/facets", 200, SAMPLES.get("/v1/facets")),
        (
            "put",
            "/v1/documents/{id}/metadata",
            200,
            copies.put("/v1/documents/north/metadata", &json!({"title": "北"})),
        ),
        ("get", "/v1/documents/{id}", 200, SAMPLES.get("/v1/documents/zaozhuang-2024")),
        ("post", "/v1/duplicates", 202, server.post("/v1/duplicates", &json!({}))),
        ("get", "/v1/tasks", 200, server.get("/v1/tasks")),
        ("get", "/v1/clusters", 200, clusters),
        ("post", "/v1/documents", 201, server.post("/v1/documents", &new)),
        ("post", "/v1/documents", 200, server.post("/v1/documents", &new)),
    ] {
        let value = answer.expect(status);
        let content = &contract["paths"][path][method]["responses"][status.to_string()]["content"];
        let schema = &content[answer.header("content-type").unwrap()]["schema"];
        assert!(schema.is_object(), "{method} {path} {status} has no schema");
        conforms(&contract, schema, &value, &format!("{method} {path}"));
    }
}

#[test]
fn the_pages_need_no_network() {
    let page = SAMPLES.get("/docs/");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html")));
    let html = page.text();
    assert!(!html.contains("://") && !html.contains("\"//"), "{html}");
    assert!(html.contains("<title>Clausewise</title>"), "{html}");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(policy.split([' ', ';']).all(|word| !word.contains("://") && word != "*" && word != "https:"), "{policy}");
    let files: Vec<&str> = html
        .split(['"'])
        .filter(|text| [".css", ".js", ".png"].iter().any(|ending| text.ends_with(ending)))
        .map(|file| file.trim_start_matches("./"))
        .collect();
    assert!(files.contains(&"swagger-ui-bundle.js") && files.contains(&"swagger-ui.css"), "{files:?}");
    for file in files {
        let answer = SAMPLES.get(&format!("/docs/{file}"));
        assert_eq!(answer.status, 200, "{file}");
        assert!(!answer.body.is_empty());
        if file.ends_with(".css") {
            assert!(!answer.text().contains("url(http") && !answer.text().contains("@import"), "{file}");
        }
    }
    let start = SAMPLES.get("/docs/swagger-initializer.js").text();
    assert!(start.contains("\"url\": \"/openapi.json\"") && start.contains("\"validatorUrl\": \"none\""), "{start}");
    assert!(!start.contains("://"), "{start}");
}

#[test]
fn the_documentation_is_found_without_the_slash() {
    let answer = SAMPLES.get("/docs");
    assert_eq!((answer.status, answer.header("location")), (303, Some("/docs/")));
}
