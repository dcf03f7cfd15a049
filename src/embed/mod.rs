//! Text to embeddings, on the processor, with the model in a directory.
//!
//! One forward pass yields both the sentence embedding and the token embeddings. Nothing here knows of documents, the
//! store or an index. Unsafe code is in `kernels/` alone.

mod batch;
mod centre;
mod codec;
mod dense;
mod encoder;
mod forward;
mod kernels;
mod model;
mod service;
mod statistics;
mod tokens;
mod weights;

pub use centre::{TokenCentre, TokenSum};
pub use codec::{CodecFit, QueryTokens, TokenCodec, TokenCodes};
pub use encoder::{Encoder, EncoderOptions, LaneEmbedder};
pub(crate) use kernels::{DotI8, dot, dot_f32};
pub use kernels::{Int8Kernel, KernelChoice};
pub use model::{Architecture, ModelDirectory, Pooling, Prompts};
pub use service::{Lane, Pending};
pub use statistics::{Histogram, LaneStatistics, Statistics};

use crate::error::{Error, Result};

/// One finite vector of unit length, by construction.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding(Vec<f32>);

impl Embedding {
    /// Scales `values` to unit length.
    ///
    /// # Errors
    /// [`Error::Encoder`] when a value is not finite or the length is zero: neither has a direction.
    pub fn normalised(mut values: Vec<f32>) -> Result<Embedding> {
        let norm = values.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt();
        if !norm.is_finite() || norm <= f64::from(f32::MIN_POSITIVE) {
            return Err(Error::Encoder(format!(
                "expected finite values of a length above zero, received a vector of length {norm}"
            )));
        }
        for v in &mut values {
            *v = (f64::from(*v) / norm) as f32;
        }
        Ok(Embedding(values))
    }

    /// The components; their squares sum to 1 within rounding.
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }

    /// Number of components.
    pub fn dimensions(&self) -> usize {
        self.0.len()
    }

    /// Cosine similarity in [-1, 1]; larger is closer. Both sides must have the same dimensions.
    pub fn similarity(&self, other: &Embedding) -> f32 {
        debug_assert_eq!(self.0.len(), other.0.len());
        let dot: f32 = self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum();
        dot.clamp(-1.0, 1.0)
    }
}

/// The per-token matrix that late interaction compares: last layer, prefix and special tokens dropped.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenEmbeddings {
    /// The tokens in reading order, one a row.
    pub tokens: Vec<Token>,
    /// Row-major `[tokens, dimensions]`, as the model gives it: not normalised, not centred.
    pub values: Vec<f32>,
    /// Columns.
    pub dimensions: usize,
}

/// One token of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Row of the model's vocabulary.
    pub id: u32,
    /// First character in the text, in Unicode scalar values.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

/// What a text is to the model; models with prefixes tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A search or a draft.
    Query,
    /// A clause of a stored document.
    Passage,
}

/// What one forward pass is to return besides the sentence embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// The sentence embedding alone.
    Sentence,
    /// Token embeddings as well.
    Tokens,
}

/// What the encoder gives for one text.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// Sentence embedding: mean of the token vectors (as the model's pooling says), unit length.
    pub embedding: Embedding,
    /// Present when [`Want::Tokens`] was asked.
    pub tokens: Option<TokenEmbeddings>,
    /// Tokens that went through the model, prefix and special tokens included, over all windows.
    pub token_count: usize,
}

/// What is kept of a text: enough to find it and to compare it token by token.
#[derive(Debug, Clone, PartialEq)]
pub struct TextVectors {
    /// Its sentence embedding.
    pub embedding: Embedding,
    /// Its tokens.
    pub tokens: TokenCodes,
}

/// Turns texts into embeddings. The rest of the crate sees models through this trait alone.
pub trait Embedder: Send + Sync {
    /// Name and digest of the model; two embedders with equal ids give interchangeable vectors.
    fn model_id(&self) -> &str;

    /// Components of a sentence embedding.
    fn dimensions(&self) -> usize;

    /// How token embeddings of this model are stored and compared; part of what [`Embedder::model_id`] names.
    fn codec(&self) -> &TokenCodec;

    /// Encodes texts; the result has one entry a text, in order. A text's result does not depend on its companions
    /// beyond rounding. Texts longer than the model's window are encoded in windows and averaged, never cut.
    ///
    /// # Errors
    /// [`Error::Invalid`] when a text is empty or has no token; [`Error::Encoder`] when the model gives a vector
    /// without direction.
    fn encode(&self, texts: &[&str], role: Role, want: Want) -> Result<Vec<Encoded>>;

    /// The tokens of a text of a document, as [`Embedder::encode_passages`] sees them; offsets are characters.
    ///
    /// # Errors
    /// As [`Embedder::encode`].
    fn tokenise(&self, text: &str) -> Result<Vec<Token>> {
        let encoded = self.encode(&[text], Role::Passage, Want::Tokens)?;
        Ok(encoded.into_iter().filter_map(|text| text.tokens).flat_map(|tokens| tokens.tokens).collect())
    }

    /// What the encoder behind this has done and what waits for it; none where nothing is counted.
    fn statistics(&self) -> Option<Statistics> {
        None
    }

    /// Encodes texts of documents to what is kept of them, one entry a text, in order.
    ///
    /// # Errors
    /// As [`Embedder::encode`].
    fn encode_passages(&self, texts: &[&str]) -> Result<Vec<TextVectors>> {
        let encoded = self.encode(texts, Role::Passage, Want::Tokens)?;
        encoded.into_iter().map(|text| text_vectors(self.codec(), text)).collect()
    }
}

/// What is kept of an encoded text.
fn text_vectors(codec: &TokenCodec, encoded: Encoded) -> Result<TextVectors> {
    let tokens = encoded.tokens.ok_or_else(|| Error::Encoder("expected token embeddings, received none".into()))?;
    Ok(TextVectors { embedding: encoded.embedding, tokens: codec.encode(&tokens)? })
}
