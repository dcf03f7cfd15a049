//! Model directories of the layouts that exist, small and random, beside the stock models of candle-transformers.

use candle_core::quantized::{GgmlDType, QTensor, gguf_file};
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::{bert, xlm_roberta};
use clausewise::Error;
use clausewise::embed::{Embedder, Encoder, EncoderOptions, KernelChoice, Lane, ModelDirectory, Role, Want};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const HIDDEN: usize = 32;
const INNER: usize = 64;
const LAYERS: usize = 2;
const POSITIONS: usize = 20;
const WORDS: [&str; 12] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "query", ":", "质", "量", "强", "市", "a", "##b"];

fn config(model_type: &str) -> Value {
    json!({
        "model_type": model_type, "vocab_size": WORDS.len(), "hidden_size": HIDDEN, "num_hidden_layers": LAYERS,
        "num_attention_heads": 4, "intermediate_size": INNER, "hidden_act": "gelu", "max_position_embeddings": POSITIONS,
        "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_dropout_prob": 0.1, "initializer_range": 0.02,
        "attention_probs_dropout_prob": 0.1, "position_embedding_type": "absolute", "pad_token_id": 0,
    })
}

fn tokenizer() -> Value {
    let vocabulary: HashMap<&str, usize> = WORDS.iter().enumerate().map(|(i, w)| (*w, i)).collect();
    let special = |id: usize| json!({"SpecialToken": {"id": WORDS[id], "type_id": 0}});
    let added = |id: usize| {
        json!({"id": id, "content": WORDS[id], "single_word": false, "lstrip": false,
        "rstrip": false, "normalized": false, "special": true})
    };
    let ids = |id: usize| json!({"id": WORDS[id], "ids": [id], "tokens": [WORDS[id]]});
    json!({
        "version": "1.0",
        // As some published files have it; texts must not be cut all the same.
        "truncation": {"max_length": 6, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
        "padding": {"strategy": {"Fixed": 16}, "direction": "Right", "pad_id": 0, "pad_type_id": 0,
            "pad_token": "[PAD]", "pad_to_multiple_of": null},
        "added_tokens": [added(0), added(1), added(2), added(3)],
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": [special(2), {"Sequence": {"id": "A", "type_id": 0}},
            special(3)], "pair": [], "special_tokens": {"[CLS]": ids(2), "[SEP]": ids(3)}},
        "decoder": null,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary},
    })
}

/// Tensors under the names of `transformers`' BERT, as random as need be and the same each time.
fn tensors() -> HashMap<String, Tensor> {
    let mut tensors = HashMap::new();
    let mut state = 7_u32;
    let mut add = |name: &str, shape: &[usize], mean: f32| {
        let values = (0..shape.iter().product())
            .map(|_| {
                // The generator of Numerical Recipes.
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                mean + ((state >> 8) as f32 / (1 << 23) as f32 - 1.0) * 0.5
            })
            .collect();
        tensors.insert(name.to_owned(), Tensor::from_vec(values, shape, &Device::Cpu).unwrap());
    };
    add("embeddings.word_embeddings.weight", &[WORDS.len(), HIDDEN], 0.0);
    add("embeddings.position_embeddings.weight", &[POSITIONS, HIDDEN], 0.0);
    add("embeddings.token_type_embeddings.weight", &[2, HIDDEN], 0.0);
    let mut norms = vec!["embeddings".to_owned()];
    for i in 0..LAYERS {
        let layer = format!("encoder.layer.{i}");
        norms.extend([format!("{layer}.attention.output"), format!("{layer}.output")]);
        for (part, outputs, inputs) in [
            ("attention.self.query", HIDDEN, HIDDEN),
            ("attention.self.key", HIDDEN, HIDDEN),
            ("attention.self.value", HIDDEN, HIDDEN),
            ("attention.output.dense", HIDDEN, HIDDEN),
            ("intermediate.dense", INNER, HIDDEN),
            ("output.dense", HIDDEN, INNER),
        ] {
            add(&format!("{layer}.{part}.weight"), &[outputs, inputs], 0.0);
            add(&format!("{layer}.{part}.bias"), &[outputs], 0.0);
        }
    }
    for norm in norms {
        add(&format!("{norm}.LayerNorm.weight"), &[HIDDEN], 1.0);
        add(&format!("{norm}.LayerNorm.bias"), &[HIDDEN], 0.0);
    }
    tensors
}

fn write(directory: &Path, name: &str, value: &Value) {
    let path = directory.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, value.to_string()).unwrap();
}

/// A directory with everything but weights.
fn directory(model_type: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "config.json", &config(model_type));
    write(directory.path(), "tokenizer.json", &tokenizer());
    directory
}

fn save(directory: &Path, tensors: &HashMap<String, Tensor>, prefix: &str) {
    let named: HashMap<String, Tensor> = tensors.iter().map(|(n, t)| (format!("{prefix}{n}"), t.clone())).collect();
    candle_core::safetensors::save(&named, directory.join("model.safetensors")).unwrap();
}

fn with_dense() -> Value {
    let module = |kind: &str, path: &str| json!({"type": format!("sentence_transformers.models.{kind}"), "path": path});
    json!([
        module("Transformer", ""),
        module("Pooling", "1_Pooling"),
        module("Dense", "2_Dense"),
        module("Normalize", "3_Normalize")
    ])
}

/// Puts a linear layer of `outputs` behind pooling; `differences` change its configuration. Gives its weights and bias.
fn dense(directory: &Path, outputs: usize, differences: Value) -> (Tensor, Tensor) {
    write(directory, "modules.json", &with_dense());
    let mut config = json!({
        "in_features": HIDDEN, "out_features": outputs, "bias": true,
        "activation_function": "torch.nn.modules.linear.Identity",
    });
    for (key, value) in differences.as_object().unwrap() {
        config[key] = value.clone();
    }
    write(directory, "2_Dense/config.json", &config);
    let values = (0..outputs * HIDDEN).map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0).collect();
    let weights = Tensor::from_vec(values, (outputs, HIDDEN), &Device::Cpu).unwrap();
    let bias = Tensor::arange(0f32, outputs as f32, &Device::Cpu).unwrap();
    let named = HashMap::from([("linear.weight", weights.clone()), ("linear.bias", bias.clone())]);
    candle_core::safetensors::save(&named, directory.join("2_Dense/model.safetensors")).unwrap();
    (weights, bias)
}

fn load(directory: &Path) -> clausewise::Result<Encoder> {
    // The stock models are f32.
    let options =
        EncoderOptions { workers: NonZeroUsize::new(1), kernel: KernelChoice::F32, ..EncoderOptions::default() };
    Encoder::load(directory, &options)
}

fn embed(encoder: &Encoder, text: &str) -> Vec<f32> {
    encoder.encode(&[text], Role::Query, Want::Sentence).unwrap()[0].embedding.as_slice().to_vec()
}

fn assert_same_direction(ours: &[f32], states: &Tensor, rows: std::ops::Range<usize>) {
    let mean = states.narrow(0, rows.start, rows.len()).unwrap().mean(0).unwrap().to_vec1::<f32>().unwrap();
    let length = mean.iter().map(|x| x * x).sum::<f32>().sqrt();
    for (ours, mean) in ours.iter().zip(&mean) {
        assert!((ours - mean / length).abs() < 1e-4, "{ours} for {}", mean / length);
    }
}

/// The last layer of the stock BERT: `[tokens, hidden]`.
fn stock_bert(tensors: &HashMap<String, Tensor>, config: &bert::Config, ids: &[u32]) -> Tensor {
    let variables = VarBuilder::from_tensors(tensors.clone(), DType::F32, &Device::Cpu);
    let model = bert::BertModel::load(variables, config).unwrap();
    let ids = Tensor::new(ids, &Device::Cpu).unwrap().unsqueeze(0).unwrap();
    model.forward(&ids, &ids.zeros_like().unwrap(), None).unwrap().squeeze(0).unwrap()
}

fn bert_config() -> bert::Config {
    serde_json::from_value(config("bert")).unwrap()
}

#[test]
fn a_bert_in_safetensors_agrees_with_the_stock_model_under_any_prefix() {
    let tensors = tensors();
    let states = stock_bert(&tensors, &bert_config(), &[2, 6, 7, 10, 11, 3]);
    for prefix in ["", "bert.", "0.auto_model."] {
        let directory = directory("bert");
        save(directory.path(), &tensors, prefix);
        assert_same_direction(&embed(&load(directory.path()).unwrap(), "质量 ab"), &states, 0..6);
    }
}

#[test]
fn an_xlm_roberta_agrees_with_the_stock_model() {
    let tensors = tensors();
    let directory = directory("xlm-roberta");
    let mut wide = config("xlm-roberta");
    wide["pad_token_id"] = json!(1);
    write(directory.path(), "config.json", &wide);
    save(directory.path(), &tensors, "roberta.");
    let config: xlm_roberta::Config = serde_json::from_value(wide).unwrap();
    let variables = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
    let model = xlm_roberta::XLMRobertaModel::new(&config, variables).unwrap();
    let ids = Tensor::new(&[[2_u32, 6, 7, 8, 9, 3]], &Device::Cpu).unwrap();
    let none = ids.zeros_like().unwrap();
    let states = model.forward(&ids, &ids.ones_like().unwrap(), &none, None, None, None).unwrap();
    let encoder = load(directory.path()).unwrap();
    assert_same_direction(&embed(&encoder, "质量强市"), &states.squeeze(0).unwrap(), 0..6);
    assert_eq!(encoder.max_tokens(), POSITIONS - 2);
}

#[test]
fn older_names_of_layer_norms_are_found() {
    let tensors = tensors();
    let states = stock_bert(&tensors, &bert_config(), &[2, 6, 3]);
    let older: HashMap<String, Tensor> = tensors
        .iter()
        .map(|(n, t)| (n.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"), t))
        .map(|(n, t)| (n, t.clone()))
        .collect();
    let directory = directory("bert");
    save(directory.path(), &older, "");
    assert_same_direction(&embed(&load(directory.path()).unwrap(), "质"), &states, 0..3);
}

#[test]
fn a_gguf_file_with_four_bit_weights_agrees_with_its_own_dequantised_weights() {
    let mut tensors = tensors();
    let quantised: Vec<(String, QTensor)> = tensors
        .iter()
        .map(|(name, tensor)| {
            let kind = if tensor.rank() == 2 { GgmlDType::Q4_0 } else { GgmlDType::F32 };
            (name.clone(), QTensor::quantize(tensor, kind).unwrap())
        })
        .collect();
    let directory = directory("bert");
    let mut file = std::fs::File::create(directory.path().join("model.gguf")).unwrap();
    let named: Vec<(&str, &QTensor)> = quantised.iter().map(|(n, t)| (n.as_str(), t)).collect();
    gguf_file::write(&mut file, &[], &named).unwrap();
    for (name, tensor) in &quantised {
        tensors.insert(name.clone(), tensor.dequantize(&Device::Cpu).unwrap());
    }
    let states = stock_bert(&tensors, &bert_config(), &[2, 6, 7, 3]);
    assert_same_direction(&embed(&load(directory.path()).unwrap(), "质量"), &states, 0..4);
}

#[test]
fn pooling_is_read_from_its_file() {
    let tensors = tensors();
    let directory = directory("bert");
    save(directory.path(), &tensors, "");
    write(directory.path(), "config_sentence_transformers.json", &json!({"prompts": {"query": "query: "}}));
    let states = stock_bert(&tensors, &bert_config(), &[2, 4, 5, 6, 7, 3]);
    for (mode, prompt, rows) in [
        ("pooling_mode_mean_tokens", true, 0..6),
        ("pooling_mode_mean_tokens", false, 3..6),
        ("pooling_mode_cls_token", true, 0..1),
    ] {
        write(directory.path(), "1_Pooling/config.json", &json!({mode: true, "include_prompt": prompt}));
        assert_same_direction(&embed(&load(directory.path()).unwrap(), "质量"), &states, rows);
    }
    write(directory.path(), "1_Pooling/config.json", &json!({"pooling_mode_max_tokens": true}));
    let e = load(directory.path()).unwrap_err().to_string();
    assert!(e.contains("one pooling mode, mean_tokens or cls_token, received max_tokens"), "{e}");
}

#[test]
fn prompts_stand_before_the_text_and_are_not_in_its_token_embeddings() {
    let directory = directory("bert");
    save(directory.path(), &tensors(), "");
    let prompts = json!({"prompts": {"query": "query: ", "document": ""}});
    write(directory.path(), "config_sentence_transformers.json", &prompts);
    let encoder = load(directory.path()).unwrap();
    for (role, through) in [(Role::Query, 6), (Role::Passage, 4)] {
        let encoded = encoder.encode(&["质量"], role, Want::Tokens).unwrap().remove(0);
        assert_eq!(encoded.token_count, through);
        let tokens = encoded.tokens.unwrap();
        let places: Vec<_> = tokens.tokens.iter().map(|t| (t.id, t.start, t.end)).collect();
        assert_eq!(places, [(6, 0, 1), (7, 1, 2)]);
        assert_eq!(tokens.values.len(), 2 * HIDDEN);
    }
}

#[test]
fn a_text_that_spells_a_special_token_is_only_a_text() {
    let directory = directory("bert");
    save(directory.path(), &tensors(), "");
    let encoder = load(directory.path()).unwrap();
    let encoded = encoder.encode(&["质[SEP]量"], Role::Query, Want::Tokens).unwrap().remove(0);
    let ids: Vec<u32> = encoded.tokens.unwrap().tokens.iter().map(|t| t.id).collect();
    assert!(!ids.contains(&3) && ids.first() == Some(&6) && ids.last() == Some(&7), "{ids:?}");
}

#[test]
fn texts_longer_than_the_model_are_windowed_whatever_the_tokenizer_file_says() {
    let directory = directory("bert");
    save(directory.path(), &tensors(), "");
    let encoder = load(directory.path()).unwrap();
    let text = "质量强市".repeat(10);
    let encoded = encoder.encode(&[&text], Role::Query, Want::Tokens).unwrap().remove(0);
    // 40 tokens in windows of at most 18: three, each with two special tokens.
    assert_eq!(encoded.token_count, 46);
    let tokens = encoded.tokens.unwrap().tokens;
    assert!(tokens.iter().enumerate().all(|(i, t)| (t.start, t.end) == (i, i + 1)));
}

#[test]
fn the_id_changes_with_weights_tokenizer_and_prompts() {
    let directory = directory("bert");
    save(directory.path(), &tensors(), "");
    let id = || ModelDirectory::open(directory.path()).unwrap().id;
    let first = id();
    assert_eq!(first, id());
    let (name, digest) = first.rsplit_once('@').unwrap();
    assert_eq!(directory.path().file_name().unwrap().to_str(), Some(name));
    assert!(digest.len() == 12 && digest.bytes().all(|b| b.is_ascii_hexdigit()));
    write(directory.path(), "config_sentence_transformers.json", &json!({"prompts": {"query": "a"}}));
    let second = id();
    save(directory.path(), &tensors(), "bert.");
    assert!(first != second && second != id());
}

/// What loading says of a directory that was spoilt in one way.
fn complaint(spoil: impl FnOnce(&Path)) -> String {
    let directory = directory("bert");
    save(directory.path(), &tensors(), "");
    spoil(directory.path());
    match load(directory.path()) {
        Err(e @ Error::Model { .. }) => e.to_string(),
        Err(e) => panic!("another kind of error: {e}"),
        Ok(_) => panic!("it loads"),
    }
}

#[test]
fn what_is_wrong_with_a_directory_is_said() {
    let e = complaint(|d| std::fs::remove_file(d.join("model.safetensors")).unwrap());
    assert!(e.contains("one of model.safetensors, model.gguf, pytorch_model.bin"), "{e}");
    assert!(e.ends_with("received config.json, tokenizer.json"), "{e}");

    let e = complaint(|d| std::fs::remove_file(d.join("config.json")).unwrap());
    assert!(e.contains("a file config.json, received model.safetensors"), "{e}");

    let e = complaint(|d| std::fs::remove_file(d.join("tokenizer.json")).unwrap());
    assert!(e.contains("a file tokenizer.json"), "{e}");

    let e = complaint(|d| write(d, "config.json", &config("gpt2")));
    assert!(e.contains(r#"a model_type of bert, roberta or xlm-roberta, received "gpt2""#), "{e}");

    let e = complaint(|d| std::fs::write(d.join("config.json"), "{").unwrap());
    assert!(e.contains("expected JSON"), "{e}");

    let e = complaint(|d| std::fs::write(d.join("model.safetensors"), "not a tensor").unwrap());
    assert!(e.contains("a safetensors file"), "{e}");

    let e = complaint(|d| {
        std::fs::rename(d.join("model.safetensors"), d.join("model.gguf")).unwrap();
    });
    assert!(e.contains("a GGUF file"), "{e}");

    let e = complaint(|d| {
        std::fs::rename(d.join("model.safetensors"), d.join("pytorch_model.bin")).unwrap();
    });
    assert!(e.contains("a PyTorch (zip) file"), "{e}");

    let e = complaint(|d| {
        let mut fewer = tensors();
        fewer.remove("encoder.layer.1.output.dense.bias");
        save(d, &fewer, "");
    });
    assert!(
        e.contains("tensor encoder.layer.1.output.dense.bias of shape [32], received no tensor of that name"),
        "{e}"
    );

    let e = complaint(|d| {
        let mut broken = tensors();
        let not_numbers = Tensor::full(f32::NAN, (HIDDEN, INNER), &Device::Cpu).unwrap();
        broken.insert("encoder.layer.0.output.dense.weight".into(), not_numbers);
        save(d, &broken, "");
    });
    assert!(e.contains("a finite tensor encoder.layer.0.output.dense.weight") && e.contains("element NaN"), "{e}");

    let e = complaint(|d| {
        let mut other = config("bert");
        other["intermediate_size"] = json!(48);
        write(d, "config.json", &other);
    });
    assert!(e.contains("of shape [48, 32], received shape [64, 32]"), "{e}");

    let e = complaint(|d| {
        let mut other = config("bert");
        other["num_attention_heads"] = json!(5);
        write(d, "config.json", &other);
    });
    assert!(e.contains("num_attention_heads that divides hidden_size"), "{e}");

    let e = complaint(|d| {
        let mut other = config("bert");
        other["hidden_act"] = json!("relu");
        write(d, "config.json", &other);
    });
    assert!(e.contains("hidden_act gelu"), "{e}");

    let e = complaint(|d| {
        let mut other = config("bert");
        other["vocab_size"] = json!(4);
        write(d, "config.json", &other);
    });
    assert!(e.contains("at most vocab_size = 4 pieces, received 12"), "{e}");

    let e = complaint(|d| write(d, "modules.json", &json!({"type": "sentence_transformers.models.Dense"})));
    assert!(e.contains("a list of modules, received something else"), "{e}");

    let e = complaint(|d| write(d, "modules.json", &json!([{"type": "sentence_transformers.models.LSTM"}])));
    assert!(e.contains("modules Transformer, Pooling, Dense and Normalize, received LSTM"), "{e}");

    let e = complaint(|d| write(d, "modules.json", &json!([{"type": "sentence_transformers.models.Dense"}])));
    assert!(e.contains("Dense right behind Pooling"), "{e}");

    let e = complaint(|d| write(d, "modules.json", &with_dense()));
    assert!(e.contains("2_Dense") && e.contains("a file config.json"), "{e}");

    let e = complaint(|d| drop(dense(d, 8, json!({"in_features": 8}))));
    assert!(e.contains("in_features 32, as pooling gives, received 8"), "{e}");

    let e = complaint(|d| drop(dense(d, 8, json!({"out_features": 0}))));
    assert!(e.contains("out_features from 1 to 65536, received 0"), "{e}");

    let e = complaint(|d| drop(dense(d, 8, json!({"out_features": 9}))));
    assert!(e.contains("linear.weight of shape [9, 32], received shape [8, 32]"), "{e}");

    let e = complaint(|d| drop(dense(d, 8, json!({"module_input_name": "token_embeddings"}))));
    assert!(e.contains("module_input_name sentence_embedding, received \"token_embeddings\""), "{e}");

    let e = complaint(|d| drop(dense(d, 8, json!({"activation_function": "torch.nn.modules.activation.ReLU"}))));
    assert!(e.contains("activation_function Identity or Tanh, received \"torch.nn.modules.activation.ReLU\""), "{e}");

    let e = complaint(|d| {
        let prompt = "a ".repeat(30);
        write(d, "config_sentence_transformers.json", &json!({"prompts": {"query": prompt}}));
    });
    assert!(e.contains("a prompt of 30 tokens for sequences of 20"), "{e}");

    let e = load(Path::new("/nowhere/at/all")).unwrap_err().to_string();
    assert!(e.contains("a model directory, received nothing at that path"), "{e}");
}

#[test]
fn a_linear_layer_behind_pooling_changes_the_sentence_and_not_the_tokens() {
    let plain = directory("bert");
    save(plain.path(), &tensors(), "");
    let without = load(plain.path()).unwrap();
    let text = "质量强市";
    let before = without.encode(&[text], Role::Query, Want::Tokens).unwrap().remove(0);
    let states = stock_bert(&tensors(), &serde_json::from_value(config("bert")).unwrap(), &[2, 6, 7, 8, 9, 3]);
    let mean = states.mean(0).unwrap();
    for (outputs, name, biased) in [(8, "Identity", true), (48, "Tanh", true), (HIDDEN, "Identity", false)] {
        let layered = directory("bert");
        save(layered.path(), &tensors(), "");
        let differences = json!({"activation_function": format!("torch.nn.{name}"), "bias": biased});
        let (weights, bias) = dense(layered.path(), outputs, differences);
        let with = load(layered.path()).unwrap();
        assert_eq!(with.dimensions(), outputs);
        let after = with.encode(&[text], Role::Query, Want::Tokens).unwrap().remove(0);
        let tokens = after.tokens.unwrap();
        assert_eq!(tokens.dimensions, HIDDEN);
        assert_eq!(tokens.values, before.tokens.as_ref().unwrap().values);
        let product = weights.matmul(&mean.unsqueeze(1).unwrap()).unwrap().squeeze(1).unwrap();
        let linear = if biased { (product + bias).unwrap() } else { product };
        let expected = if name == "Tanh" { linear.tanh().unwrap() } else { linear };
        assert_same_direction(after.embedding.as_slice(), &expected.unsqueeze(0).unwrap(), 0..1);
        // In one micro-batch with others it is the same.
        let many = with.encode(&["强", text, "市a"], Role::Query, Want::Sentence).unwrap();
        for (one, among) in after.embedding.as_slice().iter().zip(many[1].embedding.as_slice()) {
            assert!((one - among).abs() < 1e-5, "{one} and {among}");
        }
    }
}

#[test]
fn the_files_of_a_linear_layer_are_part_of_the_id() {
    let layered = directory("bert");
    save(layered.path(), &tensors(), "");
    let id = |differences: Value| {
        dense(layered.path(), 8, differences);
        ModelDirectory::open(layered.path()).unwrap().id
    };
    let first = id(json!({}));
    assert_eq!(id(json!({})), first);
    assert_ne!(id(json!({"activation_function": "torch.nn.Tanh"})), first);
    id(json!({}));
    let named = HashMap::from([
        ("linear.weight", Tensor::ones((8, HIDDEN), DType::F32, &Device::Cpu).unwrap()),
        ("linear.bias", Tensor::zeros(8, DType::F32, &Device::Cpu).unwrap()),
    ]);
    candle_core::safetensors::save(&named, layered.path().join("2_Dense/model.safetensors")).unwrap();
    assert_ne!(ModelDirectory::open(layered.path()).unwrap().id, first);
}

#[test]
fn a_codec_is_fitted_to_tokens_whatever_a_linear_layer_makes_of_sentences() {
    let layered = directory("bert");
    save(layered.path(), &tensors(), "");
    dense(layered.path(), 8, json!({}));
    let encoder = load(layered.path()).unwrap();
    let file = layered.path().join("texts.txt");
    std::fs::write(&file, "第一条　质量强市。\n第二条　强市强，质量a。\n第三条　市强量质，强。\n").unwrap();
    let codec = clausewise::ingest::fit_codec(&encoder, &[file], 16).unwrap();
    assert_eq!(codec.hidden(), HIDDEN);
    codec.save(layered.path()).unwrap();
    assert_eq!(load(layered.path()).unwrap().codec().bytes_a_token(), codec.bytes_a_token());
}

#[test]
fn a_model_that_integers_do_not_reproduce_computes_in_f32_and_says_so() {
    let directory = directory("bert");
    // Two columns of large weights cancel each other, for they meet equal activations. In integers they leave the other
    // weights of a row no digits.
    let mut tensors = tensors();
    let mut set = |name: String, columns: std::ops::Range<usize>, value: f32| {
        let tensor = &tensors[&name];
        let mut ranges: Vec<std::ops::Range<usize>> = tensor.dims().iter().map(|d| 0..*d).collect();
        *ranges.last_mut().unwrap() = columns;
        let shape: Vec<usize> = ranges.iter().map(|r| r.len()).collect();
        let part = Tensor::full(value, shape, &Device::Cpu).unwrap();
        let changed = tensor.slice_assign(&ranges, &part).unwrap();
        tensors.insert(name, changed);
    };
    for layer in 0..LAYERS {
        let layer = format!("encoder.layer.{layer}");
        set(format!("{layer}.attention.output.LayerNorm.weight"), 0..2, 0.0);
        set(format!("{layer}.attention.output.LayerNorm.bias"), 0..2, 1.0);
        set(format!("{layer}.intermediate.dense.weight"), 0..1, 1e4);
        set(format!("{layer}.intermediate.dense.weight"), 1..2, -1e4);
    }
    save(directory.path(), &tensors, "");
    let with = |kernel| Encoder::load(directory.path(), &EncoderOptions { kernel, ..EncoderOptions::default() });
    assert_eq!(with(KernelChoice::F32).unwrap().kernel_name(), "f32");
    assert_eq!(with(KernelChoice::Auto).unwrap().kernel_name(), "f32");
    assert!(with(KernelChoice::Int8).is_err());
}

#[test]
fn a_lane_refuses_when_it_is_full_and_the_encoder_itself_does_not() {
    let directory = directory("bert");
    save(directory.path(), &tensors(), "");
    let options = EncoderOptions {
        workers: NonZeroUsize::new(1),
        interactive_tokens: 1,
        bulk_tokens: 64,
        ..EncoderOptions::default()
    };
    let encoder = Arc::new(Encoder::load(directory.path(), &options).unwrap());
    let texts = vec!["质量强市 ab"; 5_000];
    let encoded = encoder.encode(&texts, Role::Passage, Want::Sentence).unwrap();
    assert_eq!(encoded.len(), 5_000);
    let lane = encoder.lane(Lane::Interactive);
    assert_eq!(lane.encode(&["质"], Role::Query, Want::Sentence).unwrap().len(), 1);
    assert_eq!((lane.model_id(), lane.dimensions()), (encoder.model_id(), HIDDEN));
    let busy = (0..2_000).any(|_| {
        let pending = encoder.submit(&texts[..50], Role::Query, Want::Sentence, Lane::Interactive);
        matches!(pending, Err(Error::Busy { limit: 1, .. }))
    });
    assert!(busy);
}

#[test]
fn m3e_small_agrees_with_the_stock_model() {
    let Ok(path) = std::env::var("CLAUSEWISE_TEST_M3E") else {
        eprintln!("SKIPPED: CLAUSEWISE_TEST_M3E does not name the directory of m3e-small");
        return;
    };
    let directory = ModelDirectory::open(&path).unwrap();
    let encoder = load(Path::new(&path)).unwrap();
    let fastest = Encoder::load(&path, &EncoderOptions::default()).unwrap();
    let tensors: HashMap<String, Tensor> =
        candle_core::pickle::read_all(Path::new(&path).join("pytorch_model.bin")).unwrap().into_iter().collect();
    for text in ["支持企业牵头组建创新联合体。", "Subsidies for 新能源 vehicles", "㙟"] {
        let ids = directory.tokenizer.encode(text, true).unwrap().get_ids().to_vec();
        let states = stock_bert(&tensors, &directory.config, &ids);
        let exact = embed(&encoder, text);
        assert_same_direction(&exact, &states, 0..ids.len());
        let cosine: f32 = exact.iter().zip(embed(&fastest, text)).map(|(a, b)| a * b).sum();
        assert!(cosine >= 0.999, "{} gives a cosine of {cosine} to f32 for {text}", fastest.kernel_name());
    }
}
