//! The linear layer that some models have behind pooling: `Dense` of sentence-transformers.
//!
//! Layout: <https://github.com/UKPLab/sentence-transformers>, `sentence_transformers/models/Dense.py`. A folder with
//! `config.json` (`in_features`, `out_features`, `bias`, `activation_function`) and weights `linear.weight`
//! `[out_features, in_features]` and `linear.bias` `[out_features]`.

use super::model::{odd, read_json};
use super::weights::Weights;
use crate::error::Result;
use serde_json::Value;
use std::path::Path;

/// What becomes of a component after the linear layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Activation {
    Identity,
    Tanh,
}

/// A linear layer and its activation over pooled vectors.
#[derive(Debug)]
pub(super) struct Dense {
    /// Row-major `[outputs, inputs]`.
    weights: Vec<f32>,
    /// `[outputs]`; zeros where the layer has none.
    bias: Vec<f32>,
    inputs: usize,
    activation: Activation,
}

impl Dense {
    /// Reads the layer of a folder, for pooled vectors of `inputs` components.
    ///
    /// # Errors
    /// [`Error::Model`](crate::Error::Model) when a file is missing, when the layer takes other vectors, or has an
    /// activation other than none and tanh; [`Error::Io`](crate::Error::Io) when a file cannot be read.
    pub fn load(folder: &Path, inputs: usize) -> Result<Dense> {
        let file = folder.join("config.json");
        let config = read_json(&file)?.ok_or_else(|| odd(folder, "a file config.json", "none"))?;
        let size = |key: &str| config.get(key).and_then(Value::as_u64).map(|size| size as usize);
        if size("in_features") != Some(inputs) {
            let received = config.get("in_features").map_or("none".into(), Value::to_string);
            return Err(odd(&file, &format!("in_features {inputs}, as pooling gives"), &received));
        }
        let outputs = match size("out_features") {
            Some(outputs @ 1..=65_536) => outputs,
            _ => {
                let received = config.get("out_features").map_or("none".into(), Value::to_string);
                return Err(odd(&file, "out_features from 1 to 65536", &received));
            }
        };
        // Without the key it is tanh: so the class that wrote the file has it.
        let name = config.get("activation_function").and_then(Value::as_str).unwrap_or("Tanh");
        let activation = match name.rsplit('.').next().unwrap_or_default() {
            "Identity" => Activation::Identity,
            "Tanh" => Activation::Tanh,
            other => return Err(odd(&file, "activation_function Identity or Tanh", other)),
        };
        let mut tensors = Weights::open(folder, "linear.weight")?;
        let weights = tensors.tensor("linear.weight", &[outputs, inputs])?;
        let bias = match config.get("bias").and_then(Value::as_bool).unwrap_or(true) {
            true => tensors.tensor("linear.bias", &[outputs])?,
            false => vec![0.0; outputs],
        };
        Ok(Dense { weights, bias, inputs, activation })
    }

    /// Components of a vector that it gives.
    pub fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// One pooled vector through the layer, not normalised.
    pub fn apply(&self, pooled: &[f32]) -> Vec<f32> {
        let rows = self.weights.chunks_exact(self.inputs).zip(&self.bias);
        let linear = rows.map(|(row, bias)| bias + row.iter().zip(pooled).map(|(w, x)| w * x).sum::<f32>());
        match self.activation {
            Activation::Identity => linear.collect(),
            Activation::Tanh => linear.map(f32::tanh).collect(),
        }
    }
}
