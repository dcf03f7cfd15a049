//! The forward pass of a BERT-like encoder over packed sequences.
//!
//! The tokens of a micro-batch stand one after another in `[tokens, hidden]`, with the places where sequences start;
//! there is no padding and so no mask. A pass runs on the calling thread and writes into a [`Workspace`] that its
//! owner keeps, so that it allocates nothing large: fresh pages cost more than the element-wise operations do.

use super::kernels::{
    AddNorm, Attention, EmbeddingLookup, EmbeddingTable, Epilogue, LayerNorm, Linear, MeanPool, Rows,
};
use super::model::{Architecture, ModelDirectory};
use super::weights::Weights;
use crate::error::{Error, Result};
use candle_core::{DType, Device, Tensor};

/// A loaded encoder: immutable, shared by all workers.
#[derive(Debug)]
pub(super) struct Forward {
    table: EmbeddingTable,
    layers: Vec<Layer>,
    heads: usize,
    hidden: usize,
    inner: usize,
}

#[derive(Debug)]
struct Layer {
    qkv: Linear,
    attention_output: Linear,
    attention_norm: AddNorm,
    inner: Linear,
    outer: Linear,
    output_norm: AddNorm,
}

/// The tensors one pass at a time writes into.
#[derive(Debug)]
pub(super) struct Workspace {
    /// `[capacity, hidden]`: the hidden state, from the embeddings to the last layer.
    states: Tensor,
    /// `[capacity, 3 x hidden]`.
    qkv: Tensor,
    /// `[capacity, hidden]`.
    context: Tensor,
    /// `[capacity, hidden]`: what a linear layer gives before it is added to the hidden state.
    product: Tensor,
    /// `[capacity, inner]`.
    inner: Tensor,
    /// `[capacity, hidden]`: one row a sequence.
    pooled: Tensor,
    capacity: usize,
}

/// What a pass leaves in the workspace.
pub(super) struct Outcome {
    /// `[tokens, hidden]`: the last layer.
    pub states: Tensor,
    /// `[sequences, hidden]`: means over the rows asked for, not normalised.
    pub pooled: Tensor,
}

impl Forward {
    /// Reads the weights and lays them out for the kernels.
    ///
    /// # Errors
    /// [`Error::Model`] when a tensor is missing or has another shape than the configuration says.
    pub fn load(model: &ModelDirectory) -> Result<Forward> {
        let config = &model.config;
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let mut weights = model.weights()?;
        let table = embedding_table(model, &mut weights)?;
        let epsilon = config.layer_norm_eps as f32;
        let layers = (0..config.num_hidden_layers)
            .map(|i| Layer::load(&mut weights, &format!("encoder.layer.{i}"), hidden, inner, epsilon))
            .collect::<Result<_>>()?;
        Ok(Forward { table, layers, heads: config.num_attention_heads, hidden, inner })
    }

    /// Components of a token vector.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Room for micro-batches of up to `capacity` tokens.
    pub fn workspace(&self, capacity: usize) -> Result<Workspace> {
        let tensor = |columns| Tensor::zeros((capacity, columns), DType::F32, &Device::Cpu);
        Ok(Workspace {
            states: tensor(self.hidden)?,
            qkv: tensor(3 * self.hidden)?,
            context: tensor(self.hidden)?,
            product: tensor(self.hidden)?,
            inner: tensor(self.inner)?,
            pooled: tensor(self.hidden)?,
            capacity,
        })
    }

    /// Runs one micro-batch. `ids` are those of all sequences one after another, `offsets` where sequences start and
    /// at the end the number of ids, `pooled` for each sequence the rows to take the mean of.
    ///
    /// The tensors returned are views of the workspace: the next pass writes over them.
    ///
    /// # Errors
    /// [`Error::Encoder`] when there are more ids than the workspace has room for; [`Error::Tensor`] when an id is not
    /// of the vocabulary.
    pub fn run(&self, workspace: &Workspace, ids: &[u32], offsets: &[usize], pooled: &[Rows]) -> Result<Outcome> {
        let rows = ids.len();
        if rows > workspace.capacity || pooled.len() > rows {
            return Err(Error::Encoder(format!(
                "expected at most {} tokens and no more sequences than tokens, received {rows} and {}",
                workspace.capacity,
                pooled.len()
            )));
        }
        let states = workspace.states.narrow(0, 0, rows)?;
        let qkv = workspace.qkv.narrow(0, 0, rows)?;
        let context = workspace.context.narrow(0, 0, rows)?;
        let product = workspace.product.narrow(0, 0, rows)?;
        let inner = workspace.inner.narrow(0, 0, rows)?;

        states.inplace_op1(&EmbeddingLookup { table: &self.table, ids, offsets })?;
        let attention = Attention { heads: self.heads, hidden: self.hidden, offsets };
        for layer in &self.layers {
            qkv.inplace_op2(&states, &layer.qkv)?;
            context.inplace_op2(&qkv, &attention)?;
            product.inplace_op2(&context, &layer.attention_output)?;
            states.inplace_op2(&product, &layer.attention_norm)?;
            inner.inplace_op2(&states, &layer.inner)?;
            product.inplace_op2(&inner, &layer.outer)?;
            states.inplace_op2(&product, &layer.output_norm)?;
        }
        let means = workspace.pooled.narrow(0, 0, pooled.len())?;
        means.inplace_op2(&states, &MeanPool { rows: pooled, hidden: self.hidden })?;
        Ok(Outcome { states, pooled: means })
    }
}

impl Layer {
    fn load(weights: &mut Weights, name: &str, hidden: usize, inner: usize, epsilon: f32) -> Result<Layer> {
        let (mut qkv, mut qkv_bias) = (Vec::with_capacity(3 * hidden * hidden), Vec::with_capacity(3 * hidden));
        for part in ["query", "key", "value"] {
            qkv.extend(weights.tensor(&format!("{name}.attention.self.{part}.weight"), &[hidden, hidden])?);
            qkv_bias.extend(weights.tensor(&format!("{name}.attention.self.{part}.bias"), &[hidden])?);
        }
        let mut dense = |part: &str, outputs: usize, inputs: usize| -> Result<(Vec<f32>, Vec<f32>)> {
            Ok((
                weights.tensor(&format!("{name}.{part}.dense.weight"), &[outputs, inputs])?,
                weights.tensor(&format!("{name}.{part}.dense.bias"), &[outputs])?,
            ))
        };
        let (attention_output, attention_bias) = dense("attention.output", hidden, hidden)?;
        let (inner_weights, inner_bias) = dense("intermediate", inner, hidden)?;
        let (outer, outer_bias) = dense("output", hidden, inner)?;
        Ok(Layer {
            qkv: Linear::f32(&qkv, 3 * hidden, hidden, Epilogue::Bias(qkv_bias))?,
            attention_output: Linear::f32(&attention_output, hidden, hidden, Epilogue::None)?,
            attention_norm: AddNorm::new(
                attention_bias,
                layer_norm(weights, &format!("{name}.attention.output"), hidden, epsilon)?,
            )?,
            inner: Linear::f32(&inner_weights, inner, hidden, Epilogue::BiasGelu(inner_bias))?,
            outer: Linear::f32(&outer, hidden, inner, Epilogue::None)?,
            output_norm: AddNorm::new(outer_bias, layer_norm(weights, &format!("{name}.output"), hidden, epsilon)?)?,
        })
    }
}

fn layer_norm(weights: &mut Weights, name: &str, hidden: usize, epsilon: f32) -> Result<LayerNorm> {
    let gain = weights.tensor(&format!("{name}.LayerNorm.weight"), &[hidden])?;
    let bias = weights.tensor(&format!("{name}.LayerNorm.bias"), &[hidden])?;
    Ok(LayerNorm::new(gain, bias, epsilon)?)
}

fn embedding_table(model: &ModelDirectory, weights: &mut Weights) -> Result<EmbeddingTable> {
    let config = &model.config;
    let hidden = config.hidden_size;
    let words = weights.tensor("embeddings.word_embeddings.weight", &[config.vocab_size, hidden])?;
    let places = [config.max_position_embeddings, hidden];
    let mut positions = weights.tensor("embeddings.position_embeddings.weight", &places)?;
    if model.architecture == Architecture::XlmRoberta {
        positions.drain(..(config.pad_token_id + 1) * hidden);
    }
    let types = weights.tensor("embeddings.token_type_embeddings.weight", &[config.type_vocab_size, hidden])?;
    for row in positions.chunks_exact_mut(hidden) {
        for (x, first_type) in row.iter_mut().zip(&types) {
            *x += first_type;
        }
    }
    let norm = layer_norm(weights, "embeddings", hidden, config.layer_norm_eps as f32)?;
    Ok(EmbeddingTable::new(words, positions, norm)?)
}
