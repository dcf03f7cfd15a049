//! The linear layer that some models have behind pooling: `Dense` of sentence-transformers.
//!
//! Layout: <https://github.com/UKPLab/sentence-transformers>, `sentence_transformers/models/Dense.py`. A folder with
//! `config.json` (`in_features`, `out_features`, `bias`, `activation_function`) and weights `linear.weight`
//! `[out_features, in_features]` and `linear.bias` `[out_features]`.

use super::kernels::{Epilogue, Linear};
use super::model::{odd, read_json};
use super::weights::{Weights, listing};
use crate::error::Result;
use candle_core::{DType, Tensor};
use serde_json::Value;
use std::path::Path;

/// A linear layer over pooled vectors and what becomes of its components. It computes in f32, whatever the encoder does:
/// it is small beside that.
#[derive(Debug)]
pub(super) struct Dense {
    linear: Linear,
    outputs: usize,
    tanh: bool,
}

impl Dense {
    /// Reads the layer of a folder, for pooled vectors of `inputs` components.
    ///
    /// # Errors
    /// [`Error::Model`](crate::Error::Model) when a file is missing, when the layer takes other vectors, or has an
    /// activation other than none and tanh; [`Error::Io`](crate::Error::Io) when a file cannot be read.
    pub fn load(folder: &Path, inputs: usize) -> Result<Dense> {
        let file = folder.join("config.json");
        let config = read_json(&file)?.ok_or_else(|| odd(folder, "a file config.json", &listing(folder)))?;
        let given = |key: &str| config.get(key).map_or("none".into(), Value::to_string);
        let size = |key: &str| config.get(key).and_then(Value::as_u64).map(|size| size as usize);
        let text = |key: &str| config.get(key).and_then(Value::as_str);
        if size("in_features") != Some(inputs) {
            return Err(odd(&file, &format!("in_features {inputs}, as pooling gives"), &given("in_features")));
        }
        let outputs = size("out_features")
            .filter(|size| (1..=65_536).contains(size))
            .ok_or_else(|| odd(&file, "out_features from 1 to 65536", &given("out_features")))?;
        // Newer versions may put the layer over token embeddings instead.
        for key in ["module_input_name", "module_output_name"] {
            if text(key).is_some_and(|name| name != "sentence_embedding") {
                return Err(odd(&file, &format!("{key} sentence_embedding"), &given(key)));
            }
        }
        // Without the key it is tanh, the default of the class.
        let tanh = match text("activation_function").unwrap_or("Tanh").rsplit('.').next() {
            Some("Identity") => false,
            Some("Tanh") => true,
            _ => return Err(odd(&file, "activation_function Identity or Tanh", &given("activation_function"))),
        };
        let mut tensors = Weights::open(folder, "linear.weight")?;
        let weights = tensors.tensor("linear.weight", &[outputs, inputs])?;
        let epilogue = match config.get("bias").and_then(Value::as_bool).unwrap_or(true) {
            true => Epilogue::Bias(tensors.tensor("linear.bias", &[outputs])?),
            false => Epilogue::None,
        };
        Ok(Dense { linear: Linear::f32(&weights, outputs, inputs, epilogue)?, outputs, tanh })
    }

    /// Components of a vector that it gives.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Pooled vectors `[sequences, inputs]` through the layer: `[sequences, outputs]`, not normalised.
    pub fn apply(&self, pooled: &Tensor) -> candle_core::Result<Tensor> {
        let given = Tensor::zeros((pooled.dim(0)?, self.outputs), DType::F32, pooled.device())?;
        given.inplace_op2(pooled, &self.linear)?;
        if self.tanh { given.tanh() } else { Ok(given) }
    }
}
