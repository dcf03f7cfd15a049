//! A model directory: what the Hugging Face and sentence-transformers layouts say about a model.
//!
//! | file | what is read | when it is absent |
//! |---|---|---|
//! | `config.json` | architecture and sizes | an error |
//! | `tokenizer.json` | the tokenizer | an error |
//! | `model.safetensors`, `model.gguf`, `pytorch_model.bin` | weights; the first that is there | an error |
//! | `modules.json` | whether the pipeline is transformer, pooling, perhaps a linear layer, normalisation | the three are assumed |
//! | `1_Pooling/config.json` | mean or cls, with or without the prompt | mean, with the prompt |
//! | `2_Dense/` | the linear layer that `modules.json` names | an error |
//! | `config_sentence_transformers.json` | prompts | no prompts |
//! | `token_codec.safetensors` | how token embeddings are reduced for storing | their centre is measured, nothing is reduced |
//! | `sentence_bert_config.json`, `tokenizer_config.json` | the longest sequence | as many as there are positions |
//!
//! `calibration.json` in it is the business of [`search`](crate::search): it has no bearing on vectors.

use super::codec::CODEC_FILE;
use super::dense::Dense;
use super::weights::{ENCODER_LANDMARK, WEIGHT_FILES, Weights, listing, weight_file};
use crate::embed::Role;
use crate::error::{Error, Result};
use candle_transformers::models::bert::{Config, HiddenAct};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokenizers::Tokenizer;
use tokenizers::models::ModelWrapper;
use tokenizers::models::unigram::Unigram;

/// Families of encoders that share one forward pass and differ in where positions start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// Positions count from 0.
    Bert,
    /// Positions count from the padding token's id + 1: `roberta` and `xlm-roberta`.
    XlmRoberta,
}

/// How token vectors become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// The mean of all token vectors, special tokens and prompt included.
    Mean,
    /// As [`Pooling::Mean`], without the tokens before the text (`include_prompt: false`).
    MeanWithoutPrompt,
    /// The vector of the first token.
    Cls,
}

/// What a model wants before a text. Empty for models without prompts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prompts {
    /// Before a [`Role::Query`].
    pub query: String,
    /// Before a [`Role::Passage`].
    pub passage: String,
}

impl Prompts {
    /// The prompt for a role.
    pub fn of(&self, role: Role) -> &str {
        match role {
            Role::Query => &self.query,
            Role::Passage => &self.passage,
        }
    }
}

/// A model directory that has been read, but for its weights.
#[derive(Debug)]
pub struct ModelDirectory {
    /// Where it is.
    pub path: PathBuf,
    /// Name of the directory and the first 12 hexadecimal digits of a SHA-256 over every file that bears on the
    /// vectors: `multilingual-e5-small-zh-en@0123456789ab`.
    pub id: String,
    /// Where positions start.
    pub architecture: Architecture,
    /// Sizes.
    pub config: Config,
    /// Token vectors to one.
    pub pooling: Pooling,
    /// The folder of a linear layer between pooling and normalisation, where there is one.
    pub dense: Option<PathBuf>,
    /// Prefixes by role.
    pub prompts: Prompts,
    /// Longest sequence in tokens, special tokens and prompt included; above zero.
    pub max_tokens: usize,
    /// Without truncation and padding, whatever the file says: texts are windowed, never cut.
    pub tokenizer: Arc<Tokenizer>,
}

impl ModelDirectory {
    /// Reads the directory.
    ///
    /// # Errors
    /// [`Error::Model`] when a file is missing, unreadable, or describes a model of another kind;
    /// [`Error::Io`] when a file that is there cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<ModelDirectory> {
        let path = path.as_ref();
        let Ok(path) = path.canonicalize() else {
            return Err(odd(path, "a model directory", "nothing at that path"));
        };
        let file = path.join("config.json");
        let config = read_json(&file)?.ok_or_else(|| odd(&path, "a file config.json", &listing(&path)))?;
        let (architecture, config) = configuration(&file, config)?;
        let tokenizer = tokenizer(&path, config.vocab_size)?;
        let max_tokens = max_tokens(&path, architecture, &config)?;
        let pipeline = pipeline(&path)?;
        let id = identity(&path, pipeline.dense.as_deref())?;
        Ok(ModelDirectory {
            id,
            architecture,
            config,
            pooling: pooling(&path.join(pipeline.pooling))?,
            dense: pipeline.dense.map(|folder| path.join(folder)),
            prompts: prompts(&path)?,
            max_tokens,
            tokenizer: Arc::new(tokenizer),
            path,
        })
    }

    /// Opens the weight file.
    pub(super) fn weights(&self) -> Result<Weights> {
        Weights::open(&self.path, ENCODER_LANDMARK)
    }

    /// Reads the linear layer, where there is one.
    pub(super) fn dense(&self) -> Result<Option<Dense>> {
        self.dense.as_ref().map(|folder| Dense::load(folder, self.config.hidden_size)).transpose()
    }
}

pub(super) fn odd(path: &Path, expected: &str, received: &str) -> Error {
    Error::Model { path: path.to_path_buf(), expected: expected.into(), received: received.into() }
}

/// A JSON object, or none when there is no such file.
pub(super) fn read_json(path: &Path) -> Result<Option<Value>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::io(path)(e)),
    };
    serde_json::from_str(&text).map(Some).map_err(|e| odd(path, "JSON", &e.to_string()))
}

/// The sizes, with what some files leave out filled in as `transformers` does.
fn configuration(file: &Path, config: Value) -> Result<(Architecture, Config)> {
    let architecture = match config.get("model_type").and_then(Value::as_str) {
        Some("bert") => Architecture::Bert,
        Some("roberta" | "xlm-roberta") => Architecture::XlmRoberta,
        other => {
            return Err(odd(
                file,
                "a model_type of bert, roberta or xlm-roberta",
                &other.map_or("none".into(), |m| format!("{m:?}")),
            ));
        }
    };
    let Value::Object(given) = config else {
        return Err(odd(file, "a JSON object", "something else"));
    };
    let mut full: Map<String, Value> = Map::new();
    let pad = if architecture == Architecture::Bert { 0 } else { 1 };
    for (name, value) in [
        ("hidden_act", json!("gelu")),
        ("hidden_dropout_prob", json!(0.1)),
        ("initializer_range", json!(0.02)),
        ("layer_norm_eps", json!(1e-12)),
        ("pad_token_id", json!(pad)),
        ("type_vocab_size", json!(2)),
    ] {
        full.insert(name.into(), value);
    }
    full.extend(given.into_iter().filter(|(_, value)| !value.is_null()));
    let config: Config = serde_json::from_value(Value::Object(full))
        .map_err(|e| odd(file, "the configuration of a BERT-like encoder", &e.to_string()))?;
    if config.hidden_act != HiddenAct::Gelu {
        return Err(odd(file, "hidden_act gelu", &format!("{:?}", config.hidden_act)));
    }
    for (name, size) in [
        ("hidden_size", config.hidden_size),
        ("num_hidden_layers", config.num_hidden_layers),
        ("num_attention_heads", config.num_attention_heads),
        ("intermediate_size", config.intermediate_size),
        ("vocab_size", config.vocab_size),
        ("type_vocab_size", config.type_vocab_size),
    ] {
        if size == 0 || size > 1 << 24 {
            return Err(odd(file, &format!("{name} from 1 to 16777216"), &size.to_string()));
        }
    }
    if !config.hidden_size.is_multiple_of(config.num_attention_heads) {
        return Err(odd(
            file,
            "num_attention_heads that divides hidden_size",
            &format!("{} and {}", config.num_attention_heads, config.hidden_size),
        ));
    }
    Ok((architecture, config))
}

fn tokenizer(directory: &Path, vocabulary: usize) -> Result<Tokenizer> {
    let file = directory.join("tokenizer.json");
    if !file.is_file() {
        return Err(odd(directory, "a file tokenizer.json", &listing(directory)));
    }
    let mut tokenizer =
        Tokenizer::from_file(&file).map_err(|e| odd(&file, "the tokenizer.json of `tokenizers`", &e.to_string()))?;
    tokenizer.with_truncation(None).map_err(|e| odd(&file, "a tokenizer", &e.to_string()))?;
    tokenizer.with_padding(None);
    // A text that holds "</s>" or "[SEP]" says those characters; it must not end the sequence.
    tokenizer.set_encode_special_tokens(true);
    let pieces = tokenizer.get_vocab_size(true);
    if pieces > vocabulary {
        return Err(odd(&file, &format!("at most vocab_size = {vocabulary} pieces"), &pieces.to_string()));
    }
    // After the pieces were counted: hidden ones would be counted twice.
    hide_special_pieces(&mut tokenizer).map_err(|e| odd(&file, "a Unigram model", &e.to_string()))?;
    Ok(tokenizer)
}

/// A Unigram vocabulary lists the special tokens as pieces, of the best score there is: without this the model itself
/// would read "</s>" in a text as the end of the sequence. They keep their ids under names that no text has.
fn hide_special_pieces(tokenizer: &mut Tokenizer) -> tokenizers::Result<()> {
    let special: HashSet<String> =
        tokenizer.get_added_tokens_decoder().into_values().filter(|t| t.special).map(|t| t.content).collect();
    let ModelWrapper::Unigram(model) = tokenizer.get_model() else { return Ok(()) };
    // U+FDD0 is no character: it is not for text, and normalisers have no use for it.
    let hidden = |piece: &String| if special.contains(piece) { format!("\u{fdd0}{piece}") } else { piece.clone() };
    let pieces = model.iter().map(|(piece, score)| (hidden(piece), *score)).collect();
    // Read from its JSON form: there is no other way to it.
    let unknown = serde_json::to_value(model)?["unk_id"].as_u64().map(|id| id as usize);
    let model = Unigram::from(pieces, unknown, model.byte_fallback())?;
    tokenizer.with_model(model);
    Ok(())
}

/// The smallest limit that any of the files states.
fn max_tokens(directory: &Path, architecture: Architecture, config: &Config) -> Result<usize> {
    let used = match architecture {
        Architecture::Bert => 0,
        Architecture::XlmRoberta => config.pad_token_id + 1,
    };
    let mut limit = config.max_position_embeddings.saturating_sub(used);
    for (name, key) in [("sentence_bert_config.json", "max_seq_length"), ("tokenizer_config.json", "model_max_length")]
    {
        // tokenizer_config.json says 1e30 for "no limit".
        let stated = read_json(&directory.join(name))?.and_then(|v| v.get(key).and_then(Value::as_u64));
        limit = limit.min(stated.map_or(usize::MAX, |s| s as usize));
    }
    if limit < 8 {
        return Err(odd(directory, "room for at least 8 tokens in a sequence", &limit.to_string()));
    }
    Ok(limit)
}

/// Folders of the modules of a pipeline, within the model directory.
struct Pipeline {
    pooling: String,
    dense: Option<String>,
}

/// What `modules.json` says. A pipeline with other modules than transformer, pooling, a linear layer behind it and
/// normalisation is refused: vectors without them would look right and be wrong.
fn pipeline(directory: &Path) -> Result<Pipeline> {
    let mut pipeline = Pipeline { pooling: "1_Pooling".into(), dense: None };
    let file = directory.join("modules.json");
    let Some(modules) = read_json(&file)? else { return Ok(pipeline) };
    let mut before = "";
    let modules = modules.as_array().ok_or_else(|| odd(&file, "a list of modules", "something else"))?;
    for module in modules {
        let text = |key: &str| module.get(key).and_then(Value::as_str).unwrap_or_default();
        let kind = text("type").rsplit('.').next().unwrap_or_default();
        match kind {
            // The embeddings of this crate are unit length by construction, with or without `Normalize`.
            "Transformer" | "Normalize" => {}
            "Pooling" => pipeline.pooling = text("path").to_owned(),
            "Dense" if before == "Pooling" => pipeline.dense = Some(text("path").to_owned()),
            "Dense" => return Err(odd(&file, "Dense right behind Pooling, once", &format!("it behind {before:?}"))),
            other => return Err(odd(&file, "modules Transformer, Pooling, Dense and Normalize", other)),
        }
        before = kind;
    }
    Ok(pipeline)
}

/// Mean or cls.
fn pooling(folder: &Path) -> Result<Pooling> {
    let file = folder.join("config.json");
    let Some(config) = read_json(&file)? else {
        return Ok(Pooling::Mean);
    };
    let mut modes: Vec<&str> = config
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| **value == Value::Bool(true))
        .filter_map(|(key, _)| key.strip_prefix("pooling_mode_"))
        .collect();
    modes.extend(config.get("pooling_mode").and_then(Value::as_str));
    let with_prompt = config.get("include_prompt").and_then(Value::as_bool).unwrap_or(true);
    match modes[..] {
        ["mean_tokens" | "mean"] if with_prompt => Ok(Pooling::Mean),
        ["mean_tokens" | "mean"] => Ok(Pooling::MeanWithoutPrompt),
        ["cls_token" | "cls"] => Ok(Pooling::Cls),
        _ => Err(odd(&file, "one pooling mode, mean_tokens or cls_token", &modes.join(", "))),
    }
}

/// `query` and `passage` (or `document`) of `prompts`; failing those, `default_prompt_name` names the one for both.
fn prompts(directory: &Path) -> Result<Prompts> {
    let file = directory.join("config_sentence_transformers.json");
    let Some(config) = read_json(&file)? else {
        return Ok(Prompts::default());
    };
    let named = |name: &str| -> Result<Option<String>> {
        match config.get("prompts").and_then(|p| p.get(name)) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(prompt)) => Ok(Some(prompt.clone())),
            Some(other) => Err(odd(&file, &format!("prompt {name} to be a string"), &other.to_string())),
        }
    };
    let default = match config.get("default_prompt_name").and_then(Value::as_str) {
        Some(name) => named(name)?,
        None => None,
    }
    .unwrap_or_default();
    let query = named("query")?.unwrap_or_else(|| default.clone());
    let passage = match named("passage")? {
        Some(prompt) => prompt,
        None => named("document")?.unwrap_or(default),
    };
    Ok(Prompts { query, passage })
}

/// See [`ModelDirectory::id`]. Files are read in pieces: weights may be larger than memory is free.
fn identity(directory: &Path, dense: Option<&str>) -> Result<String> {
    let weights = weight_file(directory)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let plain = [
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "modules.json",
        "1_Pooling/config.json",
        "config_sentence_transformers.json",
        "sentence_bert_config.json",
        CODEC_FILE,
    ];
    let weights = WEIGHT_FILES.into_iter().filter(|name| weights.ends_with(name));
    let mut names: Vec<String> = plain.into_iter().chain(weights).map(str::to_owned).collect();
    if let Some(folder) = dense {
        names.extend(["config.json"].into_iter().chain(WEIGHT_FILES).map(|name| format!("{folder}/{name}")));
    }
    for name in names {
        let path = directory.join(&name);
        if !path.is_file() {
            continue;
        }
        let mut file = File::open(&path).map_err(Error::io(&path))?;
        // Name and length set the files apart from each other.
        hash.update(name.as_bytes());
        hash.update(file.metadata().map_err(Error::io(&path))?.len().to_le_bytes());
        loop {
            match file.read(&mut buffer).map_err(Error::io(&path))? {
                0 => break,
                read => hash.update(&buffer[..read]),
            }
        }
    }
    let digest: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let name = directory.file_name().map_or_else(|| "model".into(), |n| n.to_string_lossy());
    Ok(format!("{name}@{digest}"))
}
