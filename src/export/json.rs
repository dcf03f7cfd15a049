//! The answer itself, whole or a line a row, with what it was made from.

use serde_json::{Map, Value, json};

use super::About;
use crate::error::{Error, Result};

/// The answer as one object, `about` among its fields.
pub(super) fn whole(about: &About, answer: &Value) -> Result<Vec<u8>> {
    let mut fields = Map::from_iter([("about".to_owned(), described(about))]);
    if let Value::Object(answer) = answer {
        fields.extend(answer.clone());
    }
    let mut bytes = serde_json::to_vec_pretty(&fields).map_err(Error::export)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Lines of JSON: `about`, then the rows of the answer, then all else that it says.
pub(super) fn lines(about: &About, answer: &Value, rows: &str) -> Result<Vec<u8>> {
    let mut rest = answer.as_object().cloned().unwrap_or_default();
    let rows = rest.remove(rows);
    let rows = rows.as_ref().and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
    let (first, last) = (json!({"about": described(about)}), Value::Object(rest));
    let mut bytes = Vec::new();
    for line in std::iter::once(&first).chain(rows).chain(std::iter::once(&last)) {
        serde_json::to_writer(&mut bytes, line).map_err(Error::export)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

fn described(about: &About) -> Value {
    let settings: Map<String, Value> =
        about.settings.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    json!({
        "corpus": about.corpus,
        "documents": about.documents,
        "clauses": about.clauses,
        "model": about.model,
        "settings": settings,
        "made": about.made,
        "program": format!("clausewise {}", env!("CARGO_PKG_VERSION")),
    })
}
