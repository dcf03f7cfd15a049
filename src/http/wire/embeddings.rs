//! Sentence embeddings, in the shape of OpenAI's API, so that its clients can be pointed here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::from_objects;
use crate::document::normalise_for_search;
use crate::embed::{Embedding, Encoded};
use crate::error::{Error, Result};

/// Texts of a request; OpenAI's own bound.
const MOST_TEXTS: usize = 2_048;
/// Characters of a text, as of a query.
const MOST_CHARACTERS: usize = 20_000;
/// Characters of all texts together: a minute's work.
const MOST_TOGETHER: usize = 500_000;

from_objects! {
    EmbeddingsRequest: "an object with input",
}

/// Texts to encode.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schema(example = json!({"input": ["推行消费争议先行赔付", "鼓励企业建立首席质量官制度"]}))]
pub(crate) struct EmbeddingsRequest {
    /// A text or up to 2,048 of them, each of 1 to 20,000 characters, together at most 500,000. What is longer than the model's window is encoded
    /// in windows and averaged, never cut.
    #[schema(value_type = EmbeddingsInput)]
    input: Value,
    /// The model of the data directory, as answers name it, or nothing; there is no other to choose.
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    encoding_format: EncodingFormat,
    /// The model's number of dimensions; it gives no shorter vectors.
    #[serde(default)]
    dimensions: Option<usize>,
    /// Taken, as clients send it, and not used.
    #[serde(default)]
    user: Option<String>,
}

/// One text or several.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the input in the OpenAPI document; EmbeddingsRequest::order reads it")]
pub(crate) enum EmbeddingsInput {
    One(String),
    Many(Vec<String>),
}

/// How vectors are written: as numbers, or as little-endian f32 in base64.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EncodingFormat {
    #[default]
    Float,
    Base64,
}

/// What is to be encoded, and how it is to be written.
#[derive(Debug)]
pub(crate) struct EmbeddingsOrder {
    pub(crate) texts: Vec<String>,
    pub(crate) format: EncodingFormat,
}

impl EmbeddingsRequest {
    /// # Errors
    /// [`Error::Invalid`] for another model or number of dimensions than there is, and for texts that are none.
    pub(crate) fn order(self, model: &str, dimensions: usize) -> Result<EmbeddingsOrder> {
        if let Some(other) = self.model.filter(|asked| asked != model) {
            return Err(Error::invalid("model", format!("{model}, or nothing"), other));
        }
        if let Some(other) = self.dimensions.filter(|asked| *asked != dimensions) {
            return Err(Error::invalid("dimensions", format!("{dimensions}, or nothing"), other.to_string()));
        }
        let texts: Vec<String> = match self.input {
            Value::Array(texts) if (1..=MOST_TEXTS).contains(&texts.len()) => {
                let texts = texts.into_iter().enumerate().map(|(i, value)| text(value, || format!("input[{i}]")));
                texts.collect::<Result<_>>()?
            }
            Value::Array(texts) => {
                return Err(Error::invalid("input", format!("1 to {MOST_TEXTS} texts"), texts.len().to_string()));
            }
            value => vec![text(value, || "input".to_owned())?],
        };
        let together = texts.iter().map(|text| text.chars().count()).sum::<usize>();
        if together > MOST_TOGETHER {
            let expected = format!("at most {MOST_TOGETHER} characters in all texts together");
            return Err(Error::invalid("input", expected, format!("{together} characters")));
        }
        Ok(EmbeddingsOrder { texts, format: self.encoding_format })
    }
}

fn text(value: Value, field: impl Fn() -> String) -> Result<String> {
    let Value::String(text) = value else {
        return Err(Error::invalid(field(), "a text (numbers of tokens are not taken)", value.to_string()));
    };
    match text.chars().count() {
        _ if normalise_for_search(&text).is_empty() => Err(Error::invalid(field(), "a text with words", text)),
        1..=MOST_CHARACTERS => Ok(text),
        count => {
            Err(Error::invalid(field(), format!("at most {MOST_CHARACTERS} characters"), format!("{count} characters")))
        }
    }
}

/// One vector a text, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EmbeddingsAnswer {
    /// `list`.
    object: &'static str,
    data: Vec<EmbeddingAnswer>,
    /// Name and digest of the model; vectors of equal models can be compared.
    model: String,
    usage: EmbeddingsUsage,
}

/// The vector of a text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EmbeddingAnswer {
    /// `embedding`.
    object: &'static str,
    /// The text's place in the request, from 0.
    index: usize,
    embedding: EmbeddingVector,
}

/// Of unit length.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum EmbeddingVector {
    /// One number a dimension.
    Float(Vec<f32>),
    /// The same numbers as little-endian f32 in base64.
    Base64(String),
}

/// What was encoded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EmbeddingsUsage {
    /// Tokens that went through the model, the prefix that it wants included.
    prompt_tokens: usize,
    /// The same.
    total_tokens: usize,
}

impl EmbeddingsAnswer {
    pub(crate) fn new(encoded: &[Encoded], format: EncodingFormat, model: &str) -> EmbeddingsAnswer {
        let tokens = encoded.iter().map(|text| text.token_count).sum();
        let data = encoded.iter().enumerate().map(|(index, text)| EmbeddingAnswer {
            object: "embedding",
            index,
            embedding: written(&text.embedding, format),
        });
        EmbeddingsAnswer {
            object: "list",
            data: data.collect(),
            model: model.to_owned(),
            usage: EmbeddingsUsage { prompt_tokens: tokens, total_tokens: tokens },
        }
    }
}

fn written(embedding: &Embedding, format: EncodingFormat) -> EmbeddingVector {
    let values = embedding.as_slice();
    match format {
        EncodingFormat::Float => EmbeddingVector::Float(values.to_vec()),
        EncodingFormat::Base64 => {
            let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            EmbeddingVector::Base64(STANDARD.encode(bytes))
        }
    }
}
