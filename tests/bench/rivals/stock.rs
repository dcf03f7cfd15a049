//! The BERT of candle-transformers as its documentation uses it: sorted by length, padded batches of 32, one thread.

use std::collections::HashMap;
use std::path::Path;

use candle_core::quantized::gguf_file;
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::BertModel;
use clausewise::embed::ModelDirectory;

use crate::Done;

pub struct Stock {
    model: BertModel,
    tokenizer: std::sync::Arc<tokenizers::Tokenizer>,
    prompt: String,
    max_tokens: usize,
}

impl Stock {
    pub fn load(path: &Path) -> Done<Stock> {
        let directory = ModelDirectory::open(path)?;
        let mut tensors = HashMap::new();
        if path.join("model.gguf").is_file() {
            let mut file = std::io::BufReader::new(std::fs::File::open(path.join("model.gguf"))?);
            let content = gguf_file::Content::read(&mut file)?;
            for name in content.tensor_infos.keys() {
                let tensor = content.tensor(&mut file, name, &Device::Cpu)?.dequantize(&Device::Cpu)?;
                tensors.insert(name.clone(), tensor);
            }
        } else if path.join("model.safetensors").is_file() {
            tensors = candle_core::safetensors::load(path.join("model.safetensors"), &Device::Cpu)?;
        } else {
            tensors.extend(candle_core::pickle::read_all(path.join("pytorch_model.bin"))?);
        }
        let variables = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
        Ok(Stock {
            model: BertModel::load(variables, &directory.config)?,
            tokenizer: directory.tokenizer,
            prompt: directory.prompts.passage,
            max_tokens: directory.max_tokens,
        })
    }

    /// Vectors of the texts, not normalised, in the order of their lengths.
    pub fn encode(&self, texts: &[&str]) -> Done<Vec<Vec<f32>>> {
        let mut rows = Vec::with_capacity(texts.len());
        for text in texts {
            let encoding = self.tokenizer.encode([&self.prompt, *text].concat(), true).map_err(|e| e.to_string())?;
            let ids = encoding.get_ids();
            rows.push(ids[..ids.len().min(self.max_tokens)].to_vec());
        }
        rows.sort_by_key(Vec::len);
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in rows.chunks(32) {
            let longest = batch.iter().map(Vec::len).max().unwrap_or(1);
            let padded = |fill: &dyn Fn(&Vec<u32>, usize) -> u32| -> candle_core::Result<Tensor> {
                let values: Vec<u32> = batch
                    .iter()
                    .flat_map(|row| (0..longest).map(move |i| (row, i)))
                    .map(|(row, i)| fill(row, i))
                    .collect();
                Tensor::from_vec(values, (batch.len(), longest), &Device::Cpu)
            };
            let ids = padded(&|row, i| row.get(i).copied().unwrap_or(1))?;
            let mask = padded(&|row, i| u32::from(i < row.len()))?;
            let states = self.model.forward(&ids, &ids.zeros_like()?, Some(&mask))?;
            let mask = mask.to_dtype(DType::F32)?.unsqueeze(2)?;
            vectors.extend(states.broadcast_mul(&mask)?.sum(1)?.broadcast_div(&mask.sum(1)?)?.to_vec2::<f32>()?);
        }
        Ok(vectors)
    }
}
