//! What there is, and what was found, counted.

use serde_json::{Value, json};

use crate::client::encode;
use crate::fixture::SAMPLES;

fn count(facets: &Value, of: &str, value: &str) -> u64 {
    let counts = facets[of].as_array().unwrap();
    counts.iter().find(|count| count["value"] == value).map_or(0, |count| count["count"].as_u64().unwrap())
}

#[test]
fn documents_are_counted_by_what_they_are_of() {
    let all = SAMPLES.get("/v1/facets").expect(200);
    assert_eq!((&all["documents"], &all["clauses"]), (&json!(5), &SAMPLES.get("/ready").expect(200)["clauses"]));
    assert_eq!((count(&all, "regions", "山东"), count(&all, "regions", "湖北")), (2, 1));
    assert_eq!(all["regions"][0], json!({"value": "山东", "count": 2}), "the most frequent first");
    assert_eq!((count(&all, "levels", "prefecture"), count(&all, "years", "2024")), (3, 1));
    let some = SAMPLES.get(&format!("/v1/facets?regions={}", encode("山东"))).expect(200);
    assert_eq!((&some["documents"], count(&some, "levels", "prefecture")), (&json!(2), 2));
    let problem = SAMPLES.get(&format!("/v1/facets?regions={}", encode("火星"))).problem(422, "invalid_value");
    assert_eq!(problem["field"], "regions");
}

#[test]
fn documents_are_listed_by_words_of_title_number_or_id() {
    let ids = |title: &str| {
        let list = SAMPLES.get(&format!("/v1/documents?title={}", encode(title))).expect(200);
        let ids = list["documents"].as_array().unwrap().iter().map(|d| d["document_id"].clone()).collect::<Vec<_>>();
        assert_eq!(list["total"], ids.len());
        let counted = SAMPLES.get(&format!("/v1/facets?title={}", encode(title))).expect(200);
        assert_eq!(counted["documents"], ids.len());
        ids
    };
    assert_eq!(ids("质量强市 加快"), ["zaozhuang-2024"]);
    assert_eq!(ids("XIANNING"), ["xianning-2016"]);
    assert_eq!(ids("枣政字〔2024〕17号"), ["zaozhuang-2024"]);
    assert_eq!(ids("").len(), 5);
    assert_eq!(ids(&"字 ".repeat(2000)), ["zaozhuang-2024"], "any number of words");
    assert!(ids("100%").is_empty() && ids("' OR 1=1 --").is_empty());
}

#[test]
fn a_search_tells_what_all_that_it_found_is_of_beyond_its_limit() {
    let query = json!({"query": "对获得质量奖的企业给予奖励", "limit": 2, "facets": true});
    let one = SAMPLES.post("/v1/search", &query).expect(200);
    assert_eq!(one["hits"].as_array().unwrap().len(), 2);
    let total = one["facets"]["total"].as_u64().unwrap();
    assert!(total > 100, "all candidates count when all probabilities do: {total}");
    let regions: u64 = one["facets"]["regions"].as_array().unwrap().iter().map(|c| c["count"].as_u64().unwrap()).sum();
    assert_eq!(regions, total, "every sample has a region");
    let mut sure = query.clone();
    sure["min_probability"] = json!(0.5);
    sure["limit"] = json!(200);
    let sure = SAMPLES.post("/v1/search", &sure).expect(200);
    assert_eq!(sure["facets"]["total"], sure["hits"].as_array().unwrap().len());
    let mut grouped = query.clone();
    grouped["group_by"] = json!("document");
    let grouped = SAMPLES.post("/v1/search", &grouped).expect(200);
    assert!(grouped["facets"]["total"].as_u64().unwrap() >= total, "groups hide nothing from the counts");
    let plain = SAMPLES.post("/v1/search", &json!({"query": "质量奖"})).expect(200);
    assert!(plain.get("facets").is_none(), "only when asked for");
}
