//! Who has a measure, over the sample documents.

use serde_json::{Value, json};

use crate::fixture::{SAMPLES, Server};

const QUERY: &str = "推行消费争议先行赔付";

fn rows(answer: &Value) -> &Vec<Value> {
    answer["rows"].as_array().unwrap_or_else(|| panic!("no rows in {answer}"))
}

#[test]
fn every_region_of_the_corpus_is_in_a_row_or_told_to_have_none() {
    let answer = SAMPLES.post("/v1/equivalents", &json!({"query": QUERY})).expect(200);
    let mut regions: Vec<&str> = rows(&answer)
        .iter()
        .chain(answer["not_found"].as_array().unwrap())
        .map(|row| row["area"]["province"].as_str().unwrap())
        .collect();
    regions.sort_unstable();
    assert_eq!(regions, ["内蒙古", "山东", "山西", "湖北"]);
    assert_eq!(answer["documents"], 5);
    for row in rows(&answer) {
        assert!(row["hit"]["probability"].as_f64().unwrap() >= 0.5, "{row}");
    }
    let shandong = rows(&answer).iter().find(|row| row["area"]["province"] == "山东").unwrap();
    assert_eq!((&shandong["documents"], &shandong["date"]), (&json!(2), &json!("2024-06-18")));
    assert!(shandong["responsible"].as_array().unwrap().contains(&json!("市市场监管局")), "{shandong}");
}

#[test]
fn probabilities_are_those_of_a_search() {
    let answer = SAMPLES.post("/v1/equivalents", &json!({"query": QUERY})).expect(200);
    for row in rows(&answer) {
        let document = &row["hit"]["document_id"];
        let hits = SAMPLES.search(&json!({"query": QUERY, "limit": 1, "filter": {"documents": [document]}}));
        assert_eq!(hits[0]["clause_id"], row["hit"]["clause_id"]);
        let apart = hits[0]["probability"].as_f64().unwrap() - row["hit"]["probability"].as_f64().unwrap();
        assert!(apart.abs() < 0.02, "{row}");
    }
}

#[test]
fn rows_are_ordered_by_date_and_the_earliest_of_the_corpus_is_marked() {
    let answer = SAMPLES.post("/v1/equivalents", &json!({"query": QUERY, "min_probability": 0})).expect(200);
    assert_eq!(answer["not_found"], json!([]), "with a bound of 0 every region has one");
    let dates: Vec<Option<&str>> = rows(&answer).iter().map(|row| row["since"]["date"].as_str()).collect();
    assert!(dates[..3].windows(2).all(|pair| pair[0].unwrap() <= pair[1].unwrap()), "{dates:?}");
    assert_eq!((dates.len(), dates[3]), (4, None), "the document without a date comes last");
    let earliest: Vec<bool> = rows(&answer).iter().map(|row| row["earliest"].as_bool().unwrap()).collect();
    assert_eq!(earliest, [true, false, false, false]);
    assert_eq!(answer["asked"]["earliest"], false);
}

#[test]
fn what_a_region_does_not_have_is_told_with_how_much_was_looked_at() {
    let answer = SAMPLES.post("/v1/equivalents", &json!({"query": "禁止在公园内遛犬不牵绳"})).expect(200);
    assert_eq!(rows(&answer).len(), 0, "{answer}");
    let none = answer["not_found"].as_array().unwrap();
    assert_eq!(none.iter().map(|area| area["documents"].as_u64().unwrap()).sum::<u64>(), 5);
    for area in none {
        assert!(area["nearest_probability"].as_f64().unwrap() < 0.5 && area["clauses"].as_u64().unwrap() > 0, "{area}");
        assert!(area["nearest_clause_id"].is_string());
    }
}

#[test]
fn the_own_document_of_a_clause_is_left_out_and_its_date_counts_all_the_same() {
    let own = SAMPLES.search(&json!({"query": QUERY, "limit": 1, "filter": {"documents": ["zaozhuang-2024"]}}));
    let id = own[0]["clause_id"].as_str().unwrap();
    let answer = SAMPLES.post("/v1/equivalents", &json!({"clause_id": id})).expect(200);
    assert_eq!((&answer["asked"]["clause_id"], &answer["asked"]["date"]), (&json!(id), &json!("2024-06-18")));
    assert!(rows(&answer).iter().all(|row| row["hit"]["document_id"] != "zaozhuang-2024"), "{answer}");
    assert_eq!(answer["documents"], 4);
}

#[test]
fn figures_of_the_regions_stand_under_each_other() {
    let server = Server::start();
    let text = |city: &str, figure: &str, year: u32| {
        json!({
            "document_id": city,
            "text": format!("{city}质量提升方案\n一、目标\n（一）到{year}年，制造业产品质量合格率达到{figure}以上。\n"),
            "metadata": {"region": {"province": city}, "date": format!("{}-01-01", year - 3)}
        })
    };
    let documents = json!([text("山东", "95%", 2020), text("湖北", "96.5%", 2023), text("山西", "98%", 2025)]);
    server.post("/v1/documents", &documents).expect(201);
    let asked = json!({"query": "制造业产品质量合格率达到94%以上", "min_probability": 0});
    let answer = server.post("/v1/equivalents", &asked).expect(200);
    let regions: Vec<&Value> = rows(&answer).iter().map(|row| &row["area"]["province"]).collect();
    assert_eq!(regions, ["山东", "湖北", "山西"]);
    let share = answer["columns"].as_array().unwrap().iter().find(|column| column["unit"] == "%").unwrap();
    let texts: Vec<&str> = share["values"].as_array().unwrap().iter().map(|v| v["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["95%以上", "96.5%以上", "98%以上"]);
    assert_eq!(share["asked"]["text"], "94%以上");
    assert!(share["about"].as_str().unwrap().contains("合格率"), "{share}");
}

#[test]
fn cities_are_told_apart_on_request() {
    let answer =
        SAMPLES.post("/v1/equivalents", &json!({"query": QUERY, "by": "city", "min_probability": 0})).expect(200);
    let mut areas: Vec<&Value> = rows(&answer).iter().map(|row| &row["area"]["city"]).collect();
    areas.sort_by_key(|area| area.as_str());
    assert_eq!(areas, [&json!(null), &json!("咸宁市"), &json!("朔州市"), &json!("枣庄市"), &json!("泰安市")]);
}

#[test]
fn a_matrix_has_a_cell_for_every_measure_and_region() {
    let outline = format!("{QUERY}\n\n对首次获得中国质量奖的企业给予奖励\n禁止在公园内遛犬不牵绳");
    let answer = SAMPLES.post("/v1/equivalents/matrix", &json!({"outline": outline})).expect(200);
    assert_eq!(answer["measures"].as_array().unwrap().len(), 3);
    let regions = answer["regions"].as_array().unwrap();
    assert_eq!(regions.len(), 4);
    let cells = answer["cells"].as_array().unwrap();
    assert!(cells.len() == 3 && cells.iter().all(|row| row.as_array().unwrap().len() == 4));
    assert!(cells[2].as_array().unwrap().iter().all(Value::is_null), "{}", cells[2]);
    let single = SAMPLES.post("/v1/equivalents", &json!({"query": QUERY})).expect(200);
    for (region, cell) in regions.iter().zip(cells[0].as_array().unwrap()) {
        let row = rows(&single).iter().find(|row| row["area"] == region["area"]);
        assert_eq!(row.map_or(&Value::Null, |row| &row["hit"]["clause_id"]), &cell["clause_id"], "{region}");
    }
    let found: u64 = regions.iter().map(|region| region["found"].as_u64().unwrap()).sum();
    let filled = cells.iter().flat_map(|row| row.as_array().unwrap()).filter(|cell| !cell.is_null()).count();
    assert_eq!(found as usize, filled);
}

#[test]
fn the_clauses_of_a_document_are_measures_and_it_is_left_out_itself() {
    let server = Server::start();
    let text = "甲市养犬条例\n第一条　养犬人应当及时清除犬只粪便。\n第二条　本条例自2020年1月1日起施行。\n";
    let other = "乙市养犬条例\n第一条　携犬人对犬只粪便应当立即清除。\n第二条　养犬应当办理登记。\n";
    let region = |province: &str| json!({"region": {"province": province}});
    let documents = json!([
        {"document_id": "a", "text": text, "metadata": region("山东")},
        {"document_id": "b", "text": other, "metadata": region("湖北")},
    ]);
    server.post("/v1/documents", &documents).expect(201);
    let answer = server.post("/v1/equivalents/matrix", &json!({"document_id": "a", "min_probability": 0})).expect(200);
    assert_eq!(answer["measures"], json!([{"text": "养犬人应当及时清除犬只粪便。", "clause_id": "a:0"}]), "no formula");
    assert_eq!(answer["regions"].as_array().unwrap().len(), 1);
    assert_eq!(answer["cells"][0][0]["clause_id"], "b:0");
    let posted = server.post("/v1/equivalents/matrix", &json!({"text": text, "min_probability": 0})).expect(200);
    assert_eq!(posted["regions"].as_array().unwrap().len(), 2);
}

#[test]
fn what_is_asked_in_two_ways_or_none_or_out_of_bounds_is_refused() {
    let long = "推行先行赔付\n".repeat(201);
    let cases = [
        ("/v1/equivalents", json!({}), "query", "exactly one of query and clause_id", "neither"),
        (
            "/v1/equivalents",
            json!({"query": "a", "clause_id": "a:1"}),
            "query",
            "exactly one of query and clause_id",
            "both",
        ),
        ("/v1/equivalents", json!({"query": "a", "min_probability": 2}), "min_probability", "0 to 1", "2"),
        ("/v1/equivalents", json!({"query": "a", "by": "town"}), "by", "province or city", "town"),
        (
            "/v1/equivalents",
            json!({"query": "a", "filter": {"date_to": "1"}}),
            "filter.date_to",
            "a date as in 2024-06-18",
            "1",
        ),
        ("/v1/equivalents/matrix", json!({}), "outline", "exactly one of outline, document_id and text", "none"),
        ("/v1/equivalents/matrix", json!({"outline": " \n"}), "outline", "1 to 200 measures", "0 measures"),
        ("/v1/equivalents/matrix", json!({"outline": long}), "outline", "1 to 200 measures", "201 measures"),
    ];
    for (path, body, field, expected, received) in cases {
        let problem = SAMPLES.post(path, &body).problem(422, "invalid_value");
        assert_eq!(
            (&problem["field"], &problem["expected"], &problem["received"]),
            (&json!(field), &json!(expected), &json!(received)),
            "{body}"
        );
    }
    SAMPLES.post("/v1/equivalents", &json!({"clause_id": "nothing:1"})).problem(404, "not_found");
    SAMPLES.post("/v1/equivalents/matrix", &json!({"document_id": "nothing"})).problem(404, "not_found");
}
