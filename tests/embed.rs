//! The encoder against the shipped model and its references.

use clausewise::Error;
use clausewise::embed::{Embedder, Encoded, Encoder, EncoderOptions, KernelChoice, Lane, Role, Want};
use proptest::prelude::*;
use serde::Deserialize;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The default.
const ADAPTED: &str = "clausewise-e5-small-zh-en";
/// The one it was trained from, which is shipped too.
const UNADAPTED: &str = "multilingual-e5-small-zh-en";

fn shipped_model(name: &str) -> PathBuf {
    repository().join("models").join(name)
}

fn load(name: &str, kernel: KernelChoice) -> Arc<Encoder> {
    let options = EncoderOptions { workers: NonZeroUsize::new(2), kernel, ..EncoderOptions::default() };
    Arc::new(Encoder::load(shipped_model(name), &options).expect("the shipped model loads"))
}

/// What users get, with the best kernel of the machine. One for all tests: loading takes longer than most of them.
static ENCODER: LazyLock<Arc<Encoder>> = LazyLock::new(|| load(ADAPTED, KernelChoice::Auto));

/// What it is measured against.
static IN_F32: LazyLock<Arc<Encoder>> = LazyLock::new(|| load(ADAPTED, KernelChoice::F32));
static UNADAPTED_IN_F32: LazyLock<Arc<Encoder>> = LazyLock::new(|| load(UNADAPTED, KernelChoice::F32));

#[derive(Deserialize)]
struct Reference {
    name: String,
    text: String,
    token_count: usize,
    windows: Vec<usize>,
    input_ids: Option<Vec<u32>>,
    embedding: Vec<f32>,
}

#[derive(Deserialize)]
struct AdaptedReference {
    name: String,
    text: String,
    embedding: Vec<f32>,
}

#[derive(Deserialize)]
struct TokenReference {
    name: String,
    text: String,
    input_ids: Vec<u32>,
    token_embeddings: Vec<Vec<f32>>,
}

fn fixture<T: serde::de::DeserializeOwned>(name: &str) -> Vec<T> {
    let path = repository().join("tests/fixtures").join(name);
    serde_json::from_str(&std::fs::read_to_string(&path).expect("the fixture is there")).expect("the fixture is JSON")
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn encode_one(text: &str) -> Encoded {
    ENCODER.encode(&[text], Role::Passage, Want::Tokens).expect("it has tokens").remove(0)
}

/// The worst difference of two vectors of one length.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max)
}

#[test]
fn sentence_embeddings_of_the_unadapted_model_agree_with_the_reference() {
    let references: Vec<Reference> = fixture("parity.json");
    assert!(references.len() >= 10);
    let texts: Vec<&str> = references.iter().map(|r| r.text.as_str()).collect();
    let encoded = UNADAPTED_IN_F32.encode(&texts, Role::Passage, Want::Tokens).unwrap();
    let (mut lowest, mut sum) = (1.0_f64, 0.0);
    for (reference, encoded) in references.iter().zip(&encoded) {
        let similarity = cosine(&reference.embedding, encoded.embedding.as_slice());
        lowest = lowest.min(similarity);
        sum += similarity;
        assert!(similarity >= 0.9995, "{}: cosine {similarity}", reference.name);
        let tokens = encoded.tokens.as_ref().unwrap();
        assert_eq!(tokens.tokens.len(), reference.windows.iter().sum::<usize>(), "{}", reference.name);
        let around = reference.token_count - tokens.tokens.len();
        assert_eq!(encoded.token_count, tokens.tokens.len() + around * reference.windows.len(), "{}", reference.name);
        if let Some(ids) = &reference.input_ids {
            let ours: Vec<u32> = tokens.tokens.iter().map(|t| t.id).collect();
            assert_eq!(ours, ids[around - 1..ids.len() - 1], "{}", reference.name);
        }
    }
    println!(
        "{} texts: cosine to the reference at least {lowest:.7}, mean {:.7}",
        encoded.len(),
        sum / encoded.len() as f64
    );
}

#[test]
fn token_embeddings_of_the_unadapted_model_agree_with_the_reference() {
    for reference in fixture::<TokenReference>("token_embeddings.json") {
        let encoded = UNADAPTED_IN_F32.encode(&[&reference.text], Role::Passage, Want::Tokens).unwrap().remove(0);
        let tokens = encoded.tokens.unwrap();
        let count = tokens.tokens.len();
        let first = reference.input_ids.len() - 1 - count;
        for (i, token) in tokens.tokens.iter().enumerate() {
            assert_eq!(token.id, reference.input_ids[first + i], "{}", reference.name);
            let ours = &tokens.values[i * tokens.dimensions..][..tokens.dimensions];
            let similarity = cosine(ours, &reference.token_embeddings[first + i]);
            assert!(similarity >= 0.9995, "{}, token {i}: cosine {similarity}", reference.name);
        }
    }
}

#[test]
fn sentence_embeddings_of_the_adapted_model_agree_with_the_reference() {
    let references: Vec<AdaptedReference> = fixture("adapted.json");
    assert!(references.len() >= 40);
    let texts: Vec<&str> = references.iter().map(|r| r.text.as_str()).collect();
    for (reference, encoded) in references.iter().zip(IN_F32.encode(&texts, Role::Passage, Want::Sentence).unwrap()) {
        let similarity = cosine(&reference.embedding, encoded.embedding.as_slice());
        assert!(similarity >= 0.9999, "{}: cosine {similarity}", reference.name);
    }
}

#[test]
fn the_adapted_model_reads_what_the_unadapted_one_reads() {
    for reference in fixture::<Reference>("parity.json") {
        let [ours, theirs] = [&*IN_F32, &*UNADAPTED_IN_F32].map(|encoder| encoder.tokenise(&reference.text).unwrap());
        assert_eq!(ours, theirs, "{}", reference.name);
    }
    assert_ne!(IN_F32.model_id(), UNADAPTED_IN_F32.model_id());
}

#[test]
fn embeddings_of_the_best_kernel_stay_close_to_f32() {
    println!("kernel {}", ENCODER.kernel_name());
    let unadapted = load(UNADAPTED, KernelChoice::Auto);
    stays_close(ADAPTED, &ENCODER, &IN_F32, 0.997, 0.9995);
    stays_close(UNADAPTED, &unadapted, &UNADAPTED_IN_F32, 0.997, 0.9995);
}

fn stays_close(model: &str, best: &Encoder, in_f32: &Encoder, least: f64, least_mean: f64) {
    let references: Vec<Reference> = fixture("parity.json");
    let texts: Vec<&str> = references.iter().map(|r| r.text.as_str()).collect();
    let [ours, exact] = [best, in_f32].map(|encoder| encoder.encode(&texts, Role::Passage, Want::Tokens).unwrap());
    let (mut sentences, mut of_tokens) = (Vec::new(), Vec::new());
    for ((ours, exact), reference) in ours.iter().zip(&exact).zip(&references) {
        let similarity = cosine(ours.embedding.as_slice(), exact.embedding.as_slice());
        assert!(similarity >= 0.999, "{model}, {}: cosine {similarity}", reference.name);
        sentences.push(similarity);
        let (ours, exact) = (ours.tokens.as_ref().unwrap(), exact.tokens.as_ref().unwrap());
        let rows = ours.values.chunks(ours.dimensions).zip(exact.values.chunks(exact.dimensions));
        of_tokens.extend(rows.map(|(ours, exact)| cosine(ours, exact)));
    }
    for (name, cosines) in [("sentence", &sentences), ("token", &of_tokens)] {
        let lowest = cosines.iter().copied().fold(1.0, f64::min);
        let mean = cosines.iter().sum::<f64>() / cosines.len() as f64;
        println!("{model}: {} {name} embeddings: cosine to f32 at least {lowest:.6}, mean {mean:.6}", cosines.len());
        assert!(lowest >= least && mean >= least_mean, "{model}, {name}: {lowest}, {mean}");
    }
}

#[test]
fn a_text_without_tokens_is_refused_by_name() {
    for text in ["", "  \n\t ", "\u{3000}"] {
        match ENCODER.encode(&[text], Role::Query, Want::Sentence) {
            Err(Error::Invalid { field, .. }) => assert_eq!(field, "text"),
            other => panic!("{text:?}: {other:?}"),
        }
    }
    assert!(ENCODER.encode(&[], Role::Query, Want::Sentence).unwrap().is_empty());
}

#[test]
fn a_text_of_a_batch_is_encoded_as_if_it_were_alone() {
    let references: Vec<Reference> = fixture("parity.json");
    let texts: Vec<&str> = references.iter().filter(|r| r.token_count < 520).map(|r| r.text.as_str()).collect();
    let together = ENCODER.encode(&texts, Role::Passage, Want::Tokens).unwrap();
    for (text, in_batch) in texts.iter().zip(&together) {
        let alone = encode_one(text);
        assert!(difference(alone.embedding.as_slice(), in_batch.embedding.as_slice()) < 1e-5, "{text}");
        let (a, b) = (alone.tokens.unwrap(), in_batch.tokens.as_ref().unwrap());
        assert_eq!(a.tokens, b.tokens);
        for (a, b) in a.values.chunks(a.dimensions).zip(b.values.chunks(b.dimensions)) {
            assert!(1.0 - cosine(a, b) < 1e-5, "{text}");
        }
    }
}

#[test]
fn token_offsets_are_characters_of_the_text_as_given() {
    let text = "  第一条\u{3000}𠮷野㎡的Ａ级奖励（５０万元）。";
    let characters: Vec<char> = text.chars().collect();
    let tokens = encode_one(text).tokens.unwrap().tokens;
    let mut covered = vec![false; characters.len()];
    for token in &tokens {
        assert!(token.start <= token.end && token.end <= characters.len(), "{token:?}");
        covered[token.start..token.end].fill(true);
    }
    for (character, covered) in characters.iter().zip(&covered) {
        assert!(*covered || character.is_whitespace(), "{character:?} belongs to no token");
    }
    assert!(tokens.windows(2).all(|t| t[0].start <= t[1].start));
    // The same words stand at the same places with more before them.
    let longer = encode_one(&["甲", text].concat()).tokens.unwrap().tokens;
    assert_eq!(longer.last().map(|t| t.end), tokens.last().map(|t| t.end + 1));
}

#[test]
fn a_long_text_is_windowed_and_none_of_it_is_lost() {
    let text = "为全面实施质量强市战略，大力推进质量治理体系和治理能力现代化。".repeat(60);
    let encoded = encode_one(&text);
    let tokens = encoded.tokens.unwrap();
    assert!(encoded.token_count > 512 && tokens.tokens.len() > 512);
    assert_eq!(tokens.values.len(), tokens.tokens.len() * tokens.dimensions);
    assert_eq!(tokens.tokens.last().map(|t| t.end), Some(text.chars().count()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_encoder_panic(text in "(\\PC|[\\p{M}\\p{Zs}\\p{Cf}\\n\\t質量]|.){0,24}") {
        match ENCODER.encode(&[&text], Role::Query, Want::Tokens) {
            Ok(encoded) => {
                let tokens = encoded[0].tokens.as_ref().unwrap();
                let characters = text.chars().count();
                prop_assert!(!tokens.tokens.is_empty());
                prop_assert!(tokens.tokens.iter().all(|t| t.start <= t.end && t.end <= characters));
            }
            Err(Error::Invalid { field, .. }) => prop_assert_eq!(field, "text"),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}

#[test]
fn many_callers_at_once_get_their_own_answers() {
    let texts = ["质量强市", "农村垃圾分类奖励", "老旧小区加装电梯", "subsidies for charging stations"];
    let alone: Vec<Encoded> = texts.iter().map(|text| encode_one(text)).collect();
    std::thread::scope(|scope| {
        for caller in 0..8 {
            let alone = &alone;
            scope.spawn(move || {
                let lane = if caller % 2 == 0 { Lane::Interactive } else { Lane::Bulk };
                for i in 0..6 {
                    let which = (caller + i) % texts.len();
                    let pending = ENCODER.submit(&[texts[which]], Role::Passage, Want::Sentence, lane).unwrap();
                    let encoded = pending.wait().unwrap();
                    let expected = alone[which].embedding.as_slice();
                    assert!(difference(encoded[0].embedding.as_slice(), expected) < 1e-5);
                }
            });
        }
    });
}

/// An encoder of one worker, apart from the one of the other tests: these watch its queue.
fn one_worker() -> Encoder {
    let options = EncoderOptions { workers: NonZeroUsize::new(1), ..EncoderOptions::default() };
    Encoder::load(shipped_model(ADAPTED), &options).expect("the shipped model loads")
}

const CLAUSE: &str = "支持企业牵头组建创新联合体，对新认定的国家级制造业创新中心，市财政给予一次性奖励。";

#[test]
fn a_query_waits_for_a_few_micro_batches_at_most_while_the_bulk_lane_is_full() {
    let encoder = one_worker();
    let texts = vec![CLAUSE; 2_500];
    let bulk = encoder.submit(&texts, Role::Passage, Want::Sentence, Lane::Bulk).unwrap();
    let mut asked: Vec<(u64, Duration)> = (0..21)
        .map(|_| {
            let (before, start) = (encoder.statistics().bulk.batch_texts.count(), Instant::now());
            let query = encoder.submit(&["质量强市奖励"], Role::Query, Want::Sentence, Lane::Interactive).unwrap();
            query.wait().unwrap();
            let took = start.elapsed();
            (encoder.statistics().bulk.batch_texts.count() - before, took)
        })
        .collect();
    let statistics = encoder.statistics();
    assert!(statistics.bulk.waiting_texts > 200, "the bulk lane was not full all the time");
    // Nearly all of the time went to the bulk lane: a query takes a small part of a micro-batch.
    let micro_batch = statistics.busy / statistics.bulk.batch_texts.count() as u32;
    asked.sort_unstable();
    let median_batches = asked[10].0;
    asked.sort_unstable_by_key(|(_, took)| *took);
    let median = asked[10].1;
    // The one that runs, one if it is the bulk lane's turn, and one that starts before the count is read.
    assert!(median_batches <= 2, "{median_batches} micro-batches of the bulk lane passed it");
    assert!(median <= 4 * micro_batch, "{median:?} while a micro-batch takes {micro_batch:?}");
    drop(bulk);
}

#[test]
fn the_bulk_lane_moves_while_queries_never_stop_coming() {
    let encoder = one_worker();
    let texts = vec![CLAUSE; 120];
    let query = CLAUSE.repeat(2);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let query = encoder.submit(&[&query], Role::Query, Want::Sentence, Lane::Interactive).unwrap();
                    query.wait().unwrap();
                }
            });
        }
        while encoder.statistics().interactive.batch_texts.count() < 10 {
            std::thread::yield_now();
        }
        let before = encoder.statistics();
        let bulk = encoder.submit(&texts, Role::Passage, Want::Sentence, Lane::Bulk).unwrap().wait();
        let after = encoder.statistics();
        done.store(true, Ordering::Relaxed);
        assert_eq!(bulk.unwrap().len(), texts.len());
        let bulk = after.bulk.batch_texts.count() - before.bulk.batch_texts.count();
        let interactive = after.interactive.batch_texts.count() - before.interactive.batch_texts.count();
        // Three of four are of the interactive lane while both wait.
        assert!(interactive >= 2 * bulk, "queries did not press: {interactive} of their micro-batches, {bulk} of bulk");
        assert!(interactive <= 4 * bulk + 4, "{interactive} of their micro-batches passed {bulk} of bulk");
    });
}
