//! Long work, watched from outside.

use serde_json::json;

use super::duplicates::{DOGS, ended};
use crate::fixture::Server;

#[test]
fn a_task_is_listed_watched_to_its_end_and_kept() {
    let server = Server::start();
    assert_eq!(server.get("/v1/tasks").expect(200), json!({"tasks": []}));
    server.add("a", DOGS[0]);
    let answer = server.post("/v1/duplicates", &json!({}));
    let task = answer.expect(202);
    let path = format!("/v1/tasks/{}", task["task_id"]);
    assert_eq!(answer.header("location"), Some(path.as_str()));
    assert_eq!(task["kind"], "duplicates");

    // The stream ends with the task.
    let events = server.get(&format!("{path}/events"));
    assert_eq!((events.status, events.header("content-type")), (200, Some("text/event-stream")));
    let told: Vec<serde_json::Value> = events
        .text()
        .lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .map(|data| serde_json::from_str(data.trim()).unwrap())
        .collect();
    assert_eq!(told.last().unwrap()["state"], "done", "{told:?}");
    assert!(told.windows(2).all(|pair| pair[0]["done"].as_u64() <= pair[1]["done"].as_u64()));
    let task = server.get(&path).expect(200);
    assert_eq!((&task["state"], &task["done"]), (&"done".into(), &task["total"]));
    assert_eq!(told.last().unwrap(), &task);
    assert_eq!(server.get("/v1/tasks").expect(200), json!({"tasks": [task]}));
    // One that has ended stays as it is, and can be watched all the same.
    assert_eq!(server.delete(&path).expect(200), task);
    assert!(server.get(&format!("{path}/events")).text().contains("\"done\""));
    assert_eq!(task["result"]["compared"], 2);
    let next = server.post("/v1/duplicates", &json!({})).expect(202);
    assert_ne!(next["task_id"], task["task_id"]);
    assert_eq!(ended(&server, &next)["result"]["compared"], 0);
}

#[test]
fn tasks_that_are_not_there_are_refused() {
    let server = Server::start();
    for id in ["1", "x", "-1", "99999999999999999999"] {
        server.get(&format!("/v1/tasks/{id}")).problem(404, "not_found");
        server.get(&format!("/v1/tasks/{id}/events")).problem(404, "not_found");
        server.delete(&format!("/v1/tasks/{id}")).problem(404, "not_found");
    }
}
