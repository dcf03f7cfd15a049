//! Texts in, vectors out.

use base64::Engine as _;
use serde_json::{Value, json};

use crate::fixture::SAMPLES;

fn embeddings(body: &Value) -> Vec<Vec<f64>> {
    let answer = SAMPLES.post("/v1/embeddings", body).expect(200);
    assert_eq!(answer["object"], "list");
    let data = answer["data"].as_array().unwrap();
    let vector = |(i, entry): (usize, &Value)| -> Vec<f64> {
        assert_eq!((&entry["object"], &entry["index"]), (&json!("embedding"), &json!(i)));
        match &entry["embedding"] {
            Value::String(bytes) => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(bytes).unwrap();
                let values = bytes.as_chunks::<4>().0.iter().map(|value| f64::from(f32::from_le_bytes(*value)));
                values.collect()
            }
            numbers => {
                numbers.as_array().unwrap().iter().map(|number| f64::from(number.as_f64().unwrap() as f32)).collect()
            }
        }
    };
    data.iter().enumerate().map(vector).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn texts_are_encoded_as_searches_compare_them() {
    let query = "推行消费争议先行赔付";
    let hit = SAMPLES.post("/v1/search", &json!({"query": query, "limit": 1})).expect(200)["hits"][0].clone();
    let vectors = embeddings(&json!({"input": [query, hit["text"], "天气"]}));
    assert_eq!(vectors.iter().map(Vec::len).collect::<Vec<_>>(), [384; 3]);
    for vector in &vectors {
        assert!((dot(vector, vector) - 1.0).abs() < 1e-5);
    }
    let similarity = hit["similarity"].as_f64().unwrap();
    assert!(
        (dot(&vectors[0], &vectors[1]) - similarity).abs() < 1e-3,
        "{} {similarity}",
        dot(&vectors[0], &vectors[1])
    );
    assert!(dot(&vectors[0], &vectors[2]) < similarity - 0.1);
    let alone = embeddings(&json!({"input": query}));
    assert!(dot(&alone[0], &vectors[0]) > 0.9999);
    // Line breaks between Chinese characters are those of a page, as in searches.
    let broken = embeddings(&json!({"input": ["推行消费争议\n先行赔付", "推行消费争议先行赔付"]}));
    assert!(dot(&broken[0], &broken[1]) > 0.99999);
    // A text longer than the model's window counts to its end.
    let long = "建立质量奖励制度。".repeat(200);
    let ends =
        embeddings(&json!({"input": [long.clone(), format!("{long}{}", "养犬人应当为犬只办理登记。".repeat(200))]}));
    assert!(dot(&ends[0], &ends[1]) < 0.99);
}

#[test]
fn what_clients_of_openai_send_is_understood() {
    let model = SAMPLES.post("/v1/search", &json!({"query": "质量", "limit": 1})).expect(200)["model"].clone();
    let plain = embeddings(&json!({"input": ["质量奖"]}));
    let packed = json!({
        "input": ["质量奖"], "model": model, "encoding_format": "base64", "dimensions": 384, "user": "somebody"
    });
    assert_eq!(embeddings(&packed), plain);
    let answer = SAMPLES.post("/v1/embeddings", &packed).expect(200);
    assert_eq!(answer["model"], model);
    assert!(answer["usage"]["prompt_tokens"].as_u64().unwrap() > 3);
    assert_eq!(answer["usage"]["prompt_tokens"], answer["usage"]["total_tokens"]);
}

#[test]
fn what_cannot_be_encoded_is_refused_with_its_place() {
    for (body, field, expected) in [
        (json!({}), "input", "a value"),
        (json!({"input": []}), "input", "1 to 2048 texts"),
        (json!({"input": ["质量", " "]}), "input[1]", "a text with words"),
        (json!({"input": ["\u{200b}"]}), "input[0]", "a text with words"),
        (json!({"input": [[1, 2]]}), "input[0]", "a text (numbers of tokens are not taken)"),
        (json!({"input": "质".repeat(20_001)}), "input", "at most 20000 characters"),
        (json!({"input": vec!["质".repeat(20_000); 26]}), "input", "at most 500000 characters in all texts together"),
        (json!({"input": "质量", "dimensions": 256}), "dimensions", "384, or nothing"),
        (json!({"input": "质量", "encoding_format": "int8"}), "encoding_format", "float or base64"),
        (json!({"input": "质量", "texts": 1}), "texts", "a known name"),
    ] {
        let problem = SAMPLES.post("/v1/embeddings", &body).problem(422, "invalid_value");
        assert_eq!(problem["field"], field, "{problem}");
        assert!(problem["expected"].as_str().unwrap().starts_with(expected), "{problem}");
    }
    let other = SAMPLES.post("/v1/embeddings", &json!({"input": "质量", "model": "text-embedding-3-small"}));
    let problem = other.problem(422, "invalid_value");
    assert_eq!((&problem["field"], &problem["received"]), (&json!("model"), &json!("text-embedding-3-small")));
}
