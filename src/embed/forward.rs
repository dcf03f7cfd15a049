//! The forward pass of a BERT-like encoder over packed sequences.
//!
//! The tokens of a micro-batch stand one after another in `[tokens, hidden]`, with the places where sequences start;
//! there is no padding and so no mask. A pass runs on the calling thread and writes into a [`Workspace`] that its
//! owner keeps, so that it allocates nothing large: fresh pages cost more than the element-wise operations do.

use super::batch::Packed;
use super::dense::Dense;
use super::kernels::{
    AddNorm, Attention, EmbeddingLookup, EmbeddingTable, Epilogue, Int8Kernel, LayerNorm, Linear, MeanPool, Rows,
};
use super::model::{Architecture, ModelDirectory};
use super::weights::Weights;
use crate::error::{Error, Result};
use candle_core::{DType, Device, Tensor};

/// Below this cosine to f32 on any sequence of the probe, integers are not accepted for a model.
const PROBE_SIMILARITY: f64 = 0.999;

/// What the linear layers multiply with; everything else is f32 always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    F32,
    Int8(Int8Kernel),
}

/// A loaded encoder: immutable, shared by all workers.
#[derive(Debug)]
pub(super) struct Forward {
    arithmetic: Arithmetic,
    table: EmbeddingTable,
    layers: Vec<Layer>,
    dense: Option<Dense>,
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
    /// Of `capacity` rows.
    views: Views,
    /// `[capacity, hidden]`: one row a sequence.
    pooled: Tensor,
    capacity: usize,
}

/// As many rows of the workspace as a micro-batch has tokens.
#[derive(Debug)]
struct Views {
    /// `[rows, hidden]`: the hidden state, from the embeddings to the last layer.
    states: Tensor,
    /// `[rows, 3 x hidden]`.
    qkv: Tensor,
    /// `[rows, hidden]`.
    context: Tensor,
    /// `[rows, hidden]`: what a linear layer gives before it is added to the hidden state.
    product: Tensor,
    /// `[rows, inner]`.
    inner: Tensor,
}

/// What a pass leaves in the workspace.
pub(super) struct Outcome {
    /// `[tokens, hidden]`: the last layer.
    pub states: Tensor,
    /// `[sequences, dimensions]`: means over the rows asked for, through the linear layer of models that have one, not
    /// normalised.
    pub pooled: Tensor,
}

impl Forward {
    /// Reads the weights and lays them out for the kernels.
    ///
    /// With `Arithmetic::Int8` the sequences of `probe` run through the layers in f32 as they are read. What the linear
    /// layers then take in says how to scale their columns, and the outcome is compared with that of the integers.
    ///
    /// # Errors
    /// [`Error::Model`] when a tensor is missing or has another shape than the configuration says;
    /// [`Error::Encoder`] when the integers do not reproduce the probe, see [`PROBE_SIMILARITY`].
    pub fn load(model: &ModelDirectory, arithmetic: Arithmetic, probe: &Packed) -> Result<Forward> {
        let config = &model.config;
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let mut weights = model.weights()?;
        let mut forward = Forward {
            arithmetic,
            table: embedding_table(model, &mut weights)?,
            layers: Vec::with_capacity(config.num_hidden_layers),
            dense: model.dense()?,
            heads: config.num_attention_heads,
            hidden,
            inner,
        };
        let epsilon = config.layer_norm_eps as f32;
        let layers = 0..config.num_hidden_layers;
        let mut parts =
            layers.map(|i| Parts::read(&mut weights, &format!("encoder.layer.{i}"), hidden, inner, epsilon));
        match arithmetic {
            Arithmetic::F32 => {
                for parts in parts {
                    forward.layers.push(parts?.f32()?);
                }
            }
            Arithmetic::Int8(kernel) => {
                let workspace = forward.workspace(probe.ids.len())?;
                let views = workspace.views(probe.ids.len())?;
                forward.embed(&views, &probe.ids, &probe.offsets)?;
                let attention = forward.attention(&probe.offsets);
                parts.try_for_each(|parts| -> Result<()> {
                    let parts = parts?;
                    let mut peaks = Vec::new();
                    parts.f32()?.run(&views, &attention, |input| {
                        peaks.push(column_peaks(input)?);
                        Ok(())
                    })?;
                    forward.layers.push(parts.int8(kernel, &peaks)?);
                    Ok(())
                })?;
                let expected = forward.pool(&workspace, &views, &probe.pooled)?.to_vec2::<f32>()?;
                let found = forward.run(&workspace, probe)?.pooled.to_vec2::<f32>()?;
                let lowest = expected.iter().zip(&found).map(|(e, f)| cosine(e, f)).fold(1.0, f64::min);
                tracing::debug!(lowest, "8-bit integers beside f32");
                if lowest.is_nan() || lowest < PROBE_SIMILARITY {
                    return Err(Error::Encoder(format!(
                        "8-bit integers give a cosine of {lowest:.5} to f32, expected at least {PROBE_SIMILARITY}"
                    )));
                }
            }
        }
        Ok(forward)
    }

    /// What the linear layers multiply with.
    pub fn arithmetic(&self) -> Arithmetic {
        self.arithmetic
    }

    /// Components of a token vector.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Components of a pooled vector.
    pub fn dimensions(&self) -> usize {
        self.dense.as_ref().map_or(self.hidden, Dense::outputs)
    }

    /// Room for micro-batches of up to `capacity` tokens.
    pub fn workspace(&self, capacity: usize) -> Result<Workspace> {
        let tensor = |columns| Tensor::zeros((capacity, columns), DType::F32, &Device::Cpu);
        Ok(Workspace {
            views: Views {
                states: tensor(self.hidden)?,
                qkv: tensor(3 * self.hidden)?,
                context: tensor(self.hidden)?,
                product: tensor(self.hidden)?,
                inner: tensor(self.inner)?,
            },
            pooled: tensor(self.hidden)?,
            capacity,
        })
    }

    /// Runs one micro-batch.
    ///
    /// The tensors returned are views of the workspace: the next pass writes over them.
    ///
    /// # Errors
    /// [`Error::Encoder`] when there are more ids than the workspace has room for; [`Error::Tensor`] when an id is not
    /// of the vocabulary.
    pub fn run(&self, workspace: &Workspace, packed: &Packed) -> Result<Outcome> {
        let rows = packed.ids.len();
        if rows > workspace.capacity || packed.pooled.len() > rows {
            return Err(Error::Encoder(format!(
                "expected at most {} tokens and no more sequences than tokens, received {rows} and {}",
                workspace.capacity,
                packed.pooled.len()
            )));
        }
        let views = workspace.views(rows)?;
        self.embed(&views, &packed.ids, &packed.offsets)?;
        let attention = self.attention(&packed.offsets);
        for layer in &self.layers {
            layer.run(&views, &attention, |_| Ok(()))?;
        }
        let pooled = self.pool(workspace, &views, &packed.pooled)?;
        Ok(Outcome { states: views.states, pooled })
    }

    fn embed(&self, views: &Views, ids: &[u32], offsets: &[usize]) -> Result<()> {
        Ok(views.states.inplace_op1(&EmbeddingLookup { table: &self.table, ids, offsets })?)
    }

    fn attention<'a>(&self, offsets: &'a [usize]) -> Attention<'a> {
        Attention { heads: self.heads, hidden: self.hidden, offsets }
    }

    fn pool(&self, workspace: &Workspace, views: &Views, rows: &[Rows]) -> Result<Tensor> {
        let means = workspace.pooled.narrow(0, 0, rows.len())?;
        means.inplace_op2(&views.states, &MeanPool { rows, hidden: self.hidden })?;
        match &self.dense {
            Some(dense) => Ok(dense.apply(&means)?),
            None => Ok(means),
        }
    }
}

impl Workspace {
    fn views(&self, rows: usize) -> Result<Views> {
        let first = |tensor: &Tensor| tensor.narrow(0, 0, rows);
        Ok(Views {
            states: first(&self.views.states)?,
            qkv: first(&self.views.qkv)?,
            context: first(&self.views.context)?,
            product: first(&self.views.product)?,
            inner: first(&self.views.inner)?,
        })
    }
}

impl Layer {
    /// `observe` is shown what each linear layer takes in, in the order of [`Parts::linears`].
    fn run(
        &self,
        views: &Views,
        attention: &Attention,
        mut observe: impl FnMut(&Tensor) -> candle_core::Result<()>,
    ) -> candle_core::Result<()> {
        let Views { states, qkv, context, product, inner } = views;
        observe(states)?;
        qkv.inplace_op2(states, &self.qkv)?;
        context.inplace_op2(qkv, attention)?;
        observe(context)?;
        product.inplace_op2(context, &self.attention_output)?;
        states.inplace_op2(product, &self.attention_norm)?;
        observe(states)?;
        inner.inplace_op2(states, &self.inner)?;
        observe(inner)?;
        product.inplace_op2(inner, &self.outer)?;
        states.inplace_op2(product, &self.output_norm)
    }
}

/// A layer as the file has it.
struct Parts {
    /// Query, key and value in one; attention output; inner; outer.
    linears: [LinearPart; 4],
    attention_norm: AddNorm,
    output_norm: AddNorm,
}

struct LinearPart {
    /// Row-major `[outputs, inputs]`.
    weights: Vec<f32>,
    outputs: usize,
    inputs: usize,
    epilogue: Epilogue,
}

impl Parts {
    fn read(weights: &mut Weights, name: &str, hidden: usize, inner: usize, epsilon: f32) -> Result<Parts> {
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
        let (attention, attention_bias) = dense("attention.output", hidden, hidden)?;
        let (inner_weights, inner_bias) = dense("intermediate", inner, hidden)?;
        let (outer, outer_bias) = dense("output", hidden, inner)?;
        let part = |weights, outputs, inputs, epilogue| LinearPart { weights, outputs, inputs, epilogue };
        Ok(Parts {
            linears: [
                part(qkv, 3 * hidden, hidden, Epilogue::Bias(qkv_bias)),
                part(attention, hidden, hidden, Epilogue::None),
                part(inner_weights, inner, hidden, Epilogue::BiasGelu(inner_bias)),
                part(outer, hidden, inner, Epilogue::None),
            ],
            attention_norm: AddNorm::new(
                attention_bias,
                layer_norm(weights, &format!("{name}.attention.output"), hidden, epsilon)?,
            )?,
            output_norm: AddNorm::new(outer_bias, layer_norm(weights, &format!("{name}.output"), hidden, epsilon)?)?,
        })
    }

    fn f32(&self) -> Result<Layer> {
        self.layer(|p, _| Linear::f32(&p.weights, p.outputs, p.inputs, p.epilogue.clone()))
    }

    /// `peaks` are the largest magnitudes of each column that the linear layers take in.
    fn int8(&self, kernel: Int8Kernel, peaks: &[Vec<f32>]) -> Result<Layer> {
        self.layer(|p, i| {
            let equaliser = equaliser(&peaks[i], &p.weights);
            Linear::int8(kernel, &p.weights, p.outputs, p.inputs, p.epilogue.clone(), equaliser)
        })
    }

    fn layer(&self, linear: impl Fn(&LinearPart, usize) -> candle_core::Result<Linear>) -> Result<Layer> {
        let linear = |i: usize| linear(&self.linears[i], i);
        Ok(Layer {
            qkv: linear(0)?,
            attention_output: linear(1)?,
            attention_norm: self.attention_norm.clone(),
            inner: linear(2)?,
            outer: linear(3)?,
            output_norm: self.output_norm.clone(),
        })
    }
}

/// The largest magnitude of each column.
fn column_peaks(tensor: &Tensor) -> candle_core::Result<Vec<f32>> {
    tensor.abs()?.max(0)?.to_vec1()
}

/// What to multiply the columns of activations with, before they are rounded: the root of the ratio of the weights'
/// largest magnitude to the activations', so that both have columns of like size (SmoothQuant with a strength of 1/2).
fn equaliser(peaks: &[f32], weights: &[f32]) -> Vec<f32> {
    // A column that was quiet in the probe may be loud in a text.
    let quietest = (peaks.iter().sum::<f32>() / peaks.len() as f32 * 0.1).max(f32::MIN_POSITIVE);
    let mut largest = vec![0.0_f32; peaks.len()];
    for row in weights.chunks_exact(peaks.len()) {
        for (largest, w) in largest.iter_mut().zip(row) {
            *largest = largest.max(w.abs());
        }
    }
    let lightest = (largest.iter().sum::<f32>() / peaks.len() as f32 * 0.01).max(f32::MIN_POSITIVE);
    peaks.iter().zip(&largest).map(|(p, w)| (w.max(lightest) / p.max(quietest)).sqrt()).collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
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
