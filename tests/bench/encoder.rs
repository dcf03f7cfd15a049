//! Tokens a second of the encoder, beside the stock BERT of candle-transformers on the same texts and weights.
//!
//! `cargo bench --bench encoder -- [MODEL_DIRECTORY [TEXT_FILE_OR_FOLDER]]`; the model defaults to the shipped one,
//! the texts to `CLAUSEWISE_BENCH_TEXTS`, failing that to a list of sentences of varied length. Rounds of the
//! contestants alternate and the best of each counts, so that ratios hold on a machine that others use as well.
//! Nothing here fails on a slow machine.

use candle_core::quantized::gguf_file;
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::BertModel;
use clausewise::embed::{Embedder, Encoder, EncoderOptions, ModelDirectory, Role, Want};
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

type Failure = Box<dyn std::error::Error>;

/// Rounds of each contestant.
const ROUNDS: usize = 5;

fn main() -> Result<(), Failure> {
    if std::env::var_os("RAYON_NUM_THREADS").is_none() {
        // candle reads the number of its threads from the environment; a second one makes it slower per core.
        let status = std::process::Command::new(std::env::current_exe()?)
            .args(std::env::args().skip(1))
            .env("RAYON_NUM_THREADS", "1")
            .status()?;
        std::process::exit(status.code().unwrap_or(1));
    }
    // `cargo bench` adds `--bench`.
    let mut arguments = std::env::args().skip(1).filter(|a| !a.starts_with("--"));
    let model = arguments.next().map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("models/multilingual-e5-small-zh-en"),
        PathBuf::from,
    );
    let source = arguments.next().or_else(|| std::env::var("CLAUSEWISE_BENCH_TEXTS").ok());
    let texts = match source {
        Some(path) => clauses(Path::new(&path))?,
        None => sentences(),
    };
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();

    let start = Instant::now();
    let one = Encoder::load(&model, &options(1))?;
    println!("model {}, kernel {}, loaded in {} ms", one.model_id(), one.kernel_name(), start.elapsed().as_millis());
    let two = Encoder::load(&model, &options(2))?;
    let plain = Plain::load(&model)?;

    let encoded = one.encode(&texts, Role::Passage, Want::Sentence)?;
    let tokens: usize = encoded.iter().map(|e| e.token_count).sum();
    println!("{} texts, {tokens} tokens, {:.1} a text", texts.len(), tokens as f64 / texts.len() as f64);

    let mut best = [f64::MAX; 4];
    for _ in 0..ROUNDS {
        for (best, contestant) in best.iter_mut().zip([
            &|| one.encode(&texts, Role::Passage, Want::Sentence).map(|_| ()).map_err(Into::into),
            &|| one.encode(&texts, Role::Passage, Want::Tokens).map(|_| ()).map_err(Into::into),
            &|| two.encode(&texts, Role::Passage, Want::Sentence).map(|_| ()).map_err(Into::into),
            &|| plain.encode(&texts),
        ] as [&dyn Fn() -> Result<(), Failure>; 4])
        {
            let start = Instant::now();
            contestant()?;
            *best = best.min(start.elapsed().as_secs_f64());
        }
    }
    let rate = best.map(|seconds| tokens as f64 / seconds);
    let stock = rate[3];
    for (name, rate, workers) in [
        ("1 worker, sentence embeddings", rate[0], 1.0),
        ("1 worker, token embeddings too", rate[1], 1.0),
        ("2 workers, sentence embeddings", rate[2], 2.0),
        ("candle-transformers bert, batches of 32", rate[3], 1.0),
    ] {
        println!("{name:<42} {:>8.0} tokens/s per core   {:>5.2} x candle's", rate / workers, rate / stock);
    }

    let mut latencies: Vec<f64> = texts
        .iter()
        .take(200)
        .map(|text| {
            let start = Instant::now();
            one.encode(&[text], Role::Query, Want::Tokens).map(|_| start.elapsed().as_secs_f64() * 1e3)
        })
        .collect::<Result<_, _>>()?;
    latencies.sort_by(f64::total_cmp);
    println!(
        "one text at a time: median {:.1} ms, slowest {:.1} ms",
        latencies[latencies.len() / 2],
        latencies[latencies.len() - 1]
    );
    Ok(())
}

fn options(workers: usize) -> EncoderOptions {
    let mut options = EncoderOptions { workers: NonZeroUsize::new(workers), ..EncoderOptions::default() };
    if let Some(budget) = std::env::var("CLAUSEWISE_BENCH_BUDGET").ok().and_then(|b| b.parse().ok()) {
        options.token_budget = budget;
    }
    options
}

/// The stock model as its documentation uses it: sorted by length, padded batches of 32, one thread.
struct Plain {
    model: BertModel,
    tokenizer: std::sync::Arc<tokenizers::Tokenizer>,
    prompt: String,
    max_tokens: usize,
}

impl Plain {
    fn load(path: &Path) -> Result<Plain, Failure> {
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
        Ok(Plain {
            model: BertModel::load(variables, &directory.config)?,
            tokenizer: directory.tokenizer,
            prompt: directory.prompts.passage,
            max_tokens: directory.max_tokens,
        })
    }

    fn encode(&self, texts: &[&str]) -> Result<(), Failure> {
        let mut rows = Vec::with_capacity(texts.len());
        for text in texts {
            let encoding = self.tokenizer.encode([&self.prompt, *text].concat(), true).map_err(|e| e.to_string())?;
            let ids = encoding.get_ids();
            rows.push(ids[..ids.len().min(self.max_tokens)].to_vec());
        }
        rows.sort_by_key(Vec::len);
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
            let _ = states.broadcast_mul(&mask)?.sum(1)?.broadcast_div(&mask.sum(1)?)?.to_vec2::<f32>()?;
        }
        Ok(())
    }
}

/// Clause-like pieces of the text files at a path: cut at sentence stops and line ends, 6 to 400 characters, at most
/// 600 of them, taken evenly from all.
fn clauses(path: &Path) -> Result<Vec<String>, Failure> {
    let mut all = Vec::new();
    for entry in walkdir::WalkDir::new(path).sort_by_file_name() {
        let entry = entry?;
        let known = entry.path().extension().is_some_and(|e| e == "txt" || e == "md");
        if !entry.file_type().is_file() || !known {
            continue;
        }
        let text = String::from_utf8_lossy(&std::fs::read(entry.path())?).into_owned();
        let pieces = text.split(['。', '；', ';', '\n']).map(str::trim);
        all.extend(pieces.filter(|p| (6..=400).contains(&p.chars().count())).map(str::to_owned));
    }
    if all.is_empty() {
        return Err(format!("no clause in the .txt and .md files at {}", path.display()).into());
    }
    let step = all.len().div_ceil(600);
    Ok(all.into_iter().step_by(step).collect())
}

/// Sentences of policy prose in lengths from a heading to a long paragraph.
fn sentences() -> Vec<String> {
    let parts = [
        "支持企业牵头组建创新联合体",
        "对新认定的国家级制造业创新中心，市财政给予一次性奖励",
        "到2025年，规模以上工业增加值年均增长8%以上",
        "县级以上人民政府应当将生活垃圾分类工作所需经费列入本级财政预算",
        "鼓励金融机构加大对小微企业的信贷支持力度",
        "（一）指导思想",
        "违反本条例规定的，由公安机关责令改正，处五百元以上二千元以下罚款",
        "推进质量基础设施集成服务与示范，开展质量管理体系升级行动",
    ];
    (0..400)
        .map(|i| (0..1 + i * 7 % 5).map(|j| parts[(i + j * 3) % parts.len()]).collect::<Vec<_>>().join("，") + "。")
        .collect()
}
