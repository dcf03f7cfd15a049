//! The encoder: a model directory, its forward pass, and the workers that run it.

use super::batch::{Packed, Request, WindowOutput};
use super::codec::{SAMPLE, TokenCodec};
use super::forward::{Arithmetic, Forward, Workspace};
use super::kernels::KernelChoice;
use super::model::ModelDirectory;
use super::service::{EncodeService, Engine, Lane, Limits, Pending};
use super::tokens::{TextTokenizer, Window};
use super::{Embedder, Encoded, Role, Statistics, TextVectors, Token, TokenEmbeddings, Want};
use crate::error::{Error, Result};
use candle_core::Tensor;
use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

/// Tokens of one request that [`Encoder::encode`] makes of many texts: several micro-batches for each worker, and
/// small beside the bound of the bulk lane.
const CHUNK_TOKENS: usize = 8_192;

/// Sentences that 8-bit integers are tried on when a model is loaded: prose, figures, another language, and next to
/// nothing, which is where they err most.
const PROBE: [&str; 6] = [
    "支持企业牵头组建创新联合体，对新认定的国家级制造业创新中心，市财政给予一次性奖励。",
    "到2025年，规模以上工业增加值年均增长8%以上（责任单位：市工业和信息化局）",
    "Enterprises that obtain national quality awards shall be rewarded.",
    "《条例》第十五条",
    "水",
    "5",
];

/// How an [`Encoder`] works.
#[derive(Debug, Clone)]
pub struct EncoderOptions {
    /// Worker threads, each running whole micro-batches. None: one for each processor available.
    pub workers: Option<NonZeroUsize>,
    /// Tokens of a micro-batch, 1 to 65,536. Too few and the weights are read too often; too many and the states of a
    /// layer leave the second-level cache, and an interactive request waits longer for a worker.
    pub token_budget: usize,
    /// Tokens that may wait in the interactive lane before requests are refused with [`Error::Busy`].
    pub interactive_tokens: usize,
    /// Tokens that may wait in the bulk lane before requests are refused, or callers of [`Encoder::encode`] held.
    pub bulk_tokens: usize,
    /// What the linear layers compute with.
    pub kernel: KernelChoice,
}

impl Default for EncoderOptions {
    fn default() -> Self {
        EncoderOptions {
            workers: None,
            token_budget: 192,
            interactive_tokens: 32_768,
            bulk_tokens: 262_144,
            kernel: KernelChoice::Auto,
        }
    }
}

/// Texts to embeddings with the model of a directory.
///
/// Workers start with it; dropping it encodes what waits and ends them. Share it in an [`Arc`].
#[derive(Debug)]
pub struct Encoder {
    id: String,
    kernel: &'static str,
    dimensions: usize,
    codec: TokenCodec,
    max_tokens: usize,
    tokenizer: TextTokenizer,
    service: EncodeService,
}

impl Encoder {
    /// Loads the model of a directory and starts the workers.
    ///
    /// # Errors
    /// [`Error::Model`] and [`Error::Io`] as [`ModelDirectory::open`] and the weights give them; [`Error::Invalid`]
    /// when an option is out of range; [`Error::Encoder`] when 8-bit integers were asked for and do not do for the model.
    pub fn load(path: impl AsRef<Path>, options: &EncoderOptions) -> Result<Encoder> {
        if !(1..=65_536).contains(&options.token_budget) {
            return Err(Error::invalid("token_budget", "1 to 65536 tokens", options.token_budget.to_string()));
        }
        let model = ModelDirectory::open(path)?;
        let tokenizer = TextTokenizer::new(&model)?;
        let forward = Arc::new(load_forward(&model, &tokenizer, options.kernel)?);
        let kernel = match forward.arithmetic() {
            Arithmetic::F32 => "f32",
            Arithmetic::Int8(kernel) => kernel.name(),
        };
        let (hidden, dimensions) = (forward.hidden(), forward.dimensions());
        let workers = options.workers.or_else(|| std::thread::available_parallelism().ok()).map_or(1, usize::from);
        let limits = Limits {
            workers,
            token_budget: options.token_budget,
            interactive_tokens: options.interactive_tokens,
            bulk_tokens: options.bulk_tokens,
        };
        // A window longer than the budget runs alone.
        let capacity = options.token_budget.max(model.max_tokens);
        let service = EncodeService::start(limits, move || {
            Ok(Worker { workspace: forward.workspace(capacity)?, forward: forward.clone() })
        })?;
        tracing::info!(model = model.id, kernel, workers, "encoder loaded");
        let codec = match TokenCodec::load(&model.path, hidden)? {
            Some(codec) => codec,
            None => measure_codec(&tokenizer, &service)?,
        };
        Ok(Encoder { id: model.id, kernel, dimensions, codec, max_tokens: model.max_tokens, tokenizer, service })
    }

    /// What the linear layers compute with: `f32` or the name of an [`Int8Kernel`](super::Int8Kernel).
    pub fn kernel_name(&self) -> &'static str {
        self.kernel
    }

    /// Longest sequence that goes through the model at once, in tokens, special tokens and prompt included.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// Threads that encode.
    pub fn workers(&self) -> usize {
        self.service.workers()
    }

    /// Tokens that wait in a lane; those being encoded at the moment are not counted.
    pub fn queued_tokens(&self, lane: Lane) -> usize {
        self.service.queued_tokens(lane)
    }

    /// What it has done and what waits for it, in both lanes.
    pub fn statistics(&self) -> Statistics {
        self.service.statistics()
    }

    /// Queues texts; the answer has one entry a text, in order. Tokenises on the calling thread, which for a megabyte
    /// of text takes part of a second: call it where blocking is allowed.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there is no text or a text has no token; [`Error::Busy`] when the lane is full.
    pub fn submit(&self, texts: &[&str], role: Role, want: Want, lane: Lane) -> Result<Pending> {
        if texts.is_empty() {
            return Err(Error::invalid("texts", "at least one text", "none"));
        }
        let prepared = texts.iter().map(|text| self.tokenizer.prepare(text, role)).collect::<Result<_>>()?;
        let (request, answer) = Request::new(prepared, want);
        self.service.submit(request, lane)?;
        Ok(Pending::new(answer))
    }

    /// An [`Embedder`] whose texts wait in a lane of this encoder, and which refuses them with [`Error::Busy`] when
    /// that is full.
    pub fn lane(self: &Arc<Self>, lane: Lane) -> LaneEmbedder {
        LaneEmbedder { encoder: self.clone(), lane }
    }
}

impl Encoder {
    /// Encodes texts a part at a time and turns each into what is kept of it as soon as it is there. Token embeddings are
    /// twelve times as large as what is stored of them: no more of them are held than keep the workers busy, however
    /// many texts there are.
    fn encode_in_parts<T>(
        &self,
        texts: &[&str],
        role: Role,
        want: Want,
        keep: impl Fn(Encoded) -> Result<T>,
    ) -> Result<Vec<T>> {
        let most = self.workers() + 2;
        let mut pending = VecDeque::with_capacity(most);
        let mut kept = Vec::with_capacity(texts.len());
        let mut take = |answer: Pending| -> Result<()> {
            for encoded in answer.wait()? {
                kept.push(keep(encoded)?);
            }
            Ok(())
        };
        let (mut chunk, mut tokens) = (Vec::new(), 0);
        for (i, text) in texts.iter().enumerate() {
            let prepared = self.tokenizer.prepare(text, role)?;
            tokens += prepared.windows.iter().map(|w| w.ids.len()).sum::<usize>();
            chunk.push(prepared);
            if tokens >= CHUNK_TOKENS || i + 1 == texts.len() {
                if pending.len() == most
                    && let Some(oldest) = pending.pop_front()
                {
                    take(oldest)?;
                }
                let (request, answer) = Request::new(std::mem::take(&mut chunk), want);
                self.service.submit_when_room(request, Lane::Bulk);
                pending.push_back(Pending::new(answer));
                tokens = 0;
            }
        }
        pending.into_iter().try_for_each(take)?;
        Ok(kept)
    }
}

/// The codec of a model that brings none, centred on a few texts.
fn measure_codec(tokenizer: &TextTokenizer, service: &EncodeService) -> Result<TokenCodec> {
    let prepared = SAMPLE.iter().map(|text| tokenizer.prepare(text, Role::Passage)).collect::<Result<_>>()?;
    let (request, answer) = Request::new(prepared, Want::Tokens);
    service.submit_when_room(request, Lane::Bulk);
    let sample: Vec<TokenEmbeddings> = Pending::new(answer).wait()?.into_iter().filter_map(|e| e.tokens).collect();
    TokenCodec::fallback(&sample)
}

/// The forward pass with the arithmetic that was chosen.
fn load_forward(model: &ModelDirectory, tokenizer: &TextTokenizer, choice: KernelChoice) -> Result<Forward> {
    let choice = choice.or_environment()?;
    let kernel = choice.kernel()?;
    let Some(kernel) = kernel else {
        return Forward::load(model, Arithmetic::F32, &Packed::default());
    };
    let prepared = PROBE.iter().filter_map(|text| tokenizer.prepare(text, Role::Query).ok());
    let windows: Vec<Window> = prepared.flat_map(|p| p.windows).collect();
    match Forward::load(model, Arithmetic::Int8(kernel), &Packed::new(windows.iter())) {
        Err(Error::Encoder(why)) if choice == KernelChoice::Auto => {
            tracing::warn!("model {}: {why}; it computes in f32 instead", model.id);
            Forward::load(model, Arithmetic::F32, &Packed::default())
        }
        other => other,
    }
}

/// Encodes in the bulk lane. Many texts are queued a part at a time, and the caller is held while the lane is full
/// rather than refused.
impl Embedder for Encoder {
    fn model_id(&self) -> &str {
        &self.id
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn codec(&self) -> &TokenCodec {
        &self.codec
    }

    fn tokenise(&self, text: &str) -> Result<Vec<Token>> {
        Ok(self.tokenizer.prepare(text, Role::Passage)?.tokens)
    }

    fn encode(&self, texts: &[&str], role: Role, want: Want) -> Result<Vec<Encoded>> {
        self.encode_in_parts(texts, role, want, Ok)
    }

    fn encode_passages(&self, texts: &[&str]) -> Result<Vec<TextVectors>> {
        self.encode_in_parts(texts, Role::Passage, Want::Tokens, |encoded| super::text_vectors(&self.codec, encoded))
    }

    fn statistics(&self) -> Option<Statistics> {
        Some(self.service.statistics())
    }
}

/// See [`Encoder::lane`].
#[derive(Debug, Clone)]
pub struct LaneEmbedder {
    encoder: Arc<Encoder>,
    lane: Lane,
}

impl Embedder for LaneEmbedder {
    fn model_id(&self) -> &str {
        self.encoder.model_id()
    }

    fn dimensions(&self) -> usize {
        self.encoder.dimensions()
    }

    fn codec(&self) -> &TokenCodec {
        &self.encoder.codec
    }

    fn tokenise(&self, text: &str) -> Result<Vec<Token>> {
        self.encoder.tokenise(text)
    }

    fn encode(&self, texts: &[&str], role: Role, want: Want) -> Result<Vec<Encoded>> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        self.encoder.submit(texts, role, want, self.lane)?.wait()
    }

    fn statistics(&self) -> Option<Statistics> {
        Embedder::statistics(&*self.encoder)
    }
}

/// One worker's share: the weights of all, a workspace of its own.
struct Worker {
    forward: Arc<Forward>,
    workspace: Workspace,
}

impl Engine for Worker {
    fn run(&mut self, windows: &[(&Window, Want)]) -> Result<Vec<WindowOutput>> {
        let packed = Packed::new(windows.iter().map(|(window, _)| *window));
        let outcome = self.forward.run(&self.workspace, &packed)?;
        let pooled = outcome.pooled.to_vec2::<f32>()?;
        windows
            .iter()
            .zip(&packed.texts)
            .zip(pooled)
            .map(|(((_, want), rows), pooled)| {
                let tokens = match want {
                    Want::Sentence => Vec::new(),
                    Want::Tokens => copy_rows(&outcome.states, rows)?,
                };
                Ok(WindowOutput { pooled, tokens })
            })
            .collect()
    }
}

fn copy_rows(states: &Tensor, rows: &std::ops::Range<usize>) -> Result<Vec<f32>> {
    Ok(states.narrow(0, rows.start, rows.len())?.flatten_all()?.to_vec1()?)
}
