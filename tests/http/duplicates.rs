//! Near-duplicate clauses over HTTP.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client;
use crate::fixture::Server;

pub const DOGS: [&str; 3] = [
    "北市养犬条例\n第一条　养犬人应当及时清除犬只在公共场所排泄的粪便。\n第二条　本条例自2020年5月1日起施行。\n",
    "南市养犬办法\n第一条　养犬人应当即时清除犬只在公共场所排泄的粪便。\n第二条　绿地由养护单位负责。\n",
    "东市规定\n第一条　生活垃圾应当分类投放。\n",
];

/// A task when it has ended.
pub fn ended(server: &Server, task: &Value) -> Value {
    for _ in 0..600 {
        let task = server.get(&format!("/v1/tasks/{}", task["task_id"])).expect(200);
        if !["queued", "running"].contains(&task["state"].as_str().unwrap()) {
            return task;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{task} has not ended");
}

fn clusters(server: &Server, parameters: &str) -> Value {
    server.get(&format!("/v1/clusters?{parameters}")).expect(200)
}

#[test]
fn clusters_are_listed_with_their_representative_and_what_differs_and_say_when_they_are_stale() {
    let server = Server::start();
    server.add("north", DOGS[0]);
    server.add("south", DOGS[1]);
    assert_eq!(
        clusters(&server, "")["state"],
        json!({"status": "never", "documents_added": 2, "documents_removed": 0})
    );
    let task = server.post("/v1/duplicates", &json!({})).expect(202);
    assert_eq!(ended(&server, &task)["state"], "done");

    let found = clusters(&server, "");
    assert_eq!(found["state"]["status"], "current");
    assert_eq!((&found["total"], &found["clauses"]), (&1.into(), &2.into()), "{found}");
    let cluster = &found["clusters"][0];
    assert_eq!((&cluster["size"], &cluster["documents"], &cluster["texts"]), (&2.into(), &2.into(), &2.into()));
    assert_eq!(cluster["representative"]["clause_id"], "north:0", "{cluster}");
    assert_eq!(cluster["members"][0]["clause_id"], "south:0");
    assert_eq!(cluster["members"][0]["relation"], "edited");
    let edits = cluster["members"][0]["difference"]["edits"].as_array().unwrap();
    assert!(edits.iter().any(|edit| edit["kind"] == "replaced"), "{edits:?}");
    assert_eq!(clusters(&server, "relation=verbatim")["total"], 0);
    assert_eq!(clusters(&server, "threshold=0.95")["total"], 0);
    assert_eq!(clusters(&server, "relation=edited&document=south&min_size=2&offset=0&limit=1")["total"], 1);
    assert_eq!(clusters(&server, "offset=1")["clusters"], json!([]));

    server.add("east", DOGS[2]);
    assert_eq!(server.delete("/v1/documents/south").status, 204);
    let stale = clusters(&server, "");
    assert_eq!(stale["state"], json!({"status": "stale", "documents_added": 1, "documents_removed": 1}));
    assert_eq!(stale["total"], 0);
}

#[test]
fn an_error_names_the_parameter_at_fault() {
    let server = Server::start();
    for (parameters, field) in [
        ("threshold=0.5", "threshold"),
        ("threshold=2", "threshold"),
        ("threshold=0.9&relation=edited", "threshold"),
        ("relation=equivalent", "relation"),
        ("min_size=1", "min_size"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("members=1001", "members"),
        ("level=county", "level"),
    ] {
        let problem = server.get(&format!("/v1/clusters?{parameters}")).problem(422, "invalid_value");
        assert_eq!(problem["field"], field, "{problem}");
    }
    server.get("/v1/clusters?document=nothing").problem(404, "not_found");
    let problem = server.post("/v1/duplicates", &json!({"threshold": 0.9})).problem(422, "invalid_value");
    assert_eq!(problem["field"], "threshold", "thresholds are for what was found: {problem}");
    assert_eq!(client::post(&server.url("/v1/duplicates"), "", b"").status, 202, "a body is not needed");
}
