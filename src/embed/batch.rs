//! Requests of many texts to micro-batches, and what those give back to texts.

use super::kernels::Rows;
use super::tokens::{Prepared, Window};
use super::{Embedding, Encoded, Token, TokenEmbeddings, Want};
use crate::error::{Error, Result};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::oneshot;

/// What the model gives for one window.
#[derive(Debug)]
pub(super) struct WindowOutput {
    /// Pooled vector, through the linear layer of models that have one, not normalised: `[dimensions]`.
    pub pooled: Vec<f32>,
    /// The text's token vectors, `[tokens, hidden]`; empty unless they were wanted.
    pub tokens: Vec<f32>,
}

/// The texts of one caller on their way through the model. Its windows may be spread over many micro-batches and
/// workers; the last one to finish sends the answer.
#[derive(Debug)]
pub(super) struct Request {
    windows: Vec<Window>,
    texts: Vec<Text>,
    want: Want,
    outputs: Mutex<Vec<Option<WindowOutput>>>,
    missing: AtomicUsize,
    answer: Mutex<Option<oneshot::Sender<Result<Vec<Encoded>>>>>,
}

#[derive(Debug)]
struct Text {
    /// How many windows it has; they follow those of the text before.
    windows: usize,
    /// Empty unless token embeddings are wanted.
    tokens: Vec<Token>,
}

impl Request {
    /// A request and where its answer will arrive. `texts` must not be empty.
    pub fn new(texts: Vec<Prepared>, want: Want) -> (Request, oneshot::Receiver<Result<Vec<Encoded>>>) {
        let (sender, receiver) = oneshot::channel();
        let mut windows = Vec::new();
        let texts = texts
            .into_iter()
            .map(|text| {
                let count = text.windows.len();
                windows.extend(text.windows);
                Text { windows: count, tokens: if want == Want::Tokens { text.tokens } else { Vec::new() } }
            })
            .collect();
        let outputs = windows.iter().map(|_| None).collect();
        let request = Request {
            missing: AtomicUsize::new(windows.len()),
            windows,
            texts,
            want,
            outputs: Mutex::new(outputs),
            answer: Mutex::new(Some(sender)),
        };
        (request, receiver)
    }

    /// The windows to encode.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// What the caller asked for.
    pub fn want(&self) -> Want {
        self.want
    }

    /// Whether nobody waits for the answer any more: it was sent already, or the caller has gone.
    pub fn is_over(&self) -> bool {
        lock(&self.answer).as_ref().is_none_or(oneshot::Sender::is_closed)
    }

    /// Takes in the output of one window; with the last one the answer goes out.
    pub fn finish(&self, window: usize, output: WindowOutput) {
        lock(&self.outputs)[window] = Some(output);
        if self.missing.fetch_sub(1, Ordering::AcqRel) == 1 {
            let outputs = std::mem::take(&mut *lock(&self.outputs));
            self.send(self.assemble(outputs));
        }
    }

    /// Ends the request with an error. Only the first end counts.
    pub fn fail(&self, error: Error) {
        self.send(Err(error));
    }

    fn send(&self, answer: Result<Vec<Encoded>>) {
        if let Some(sender) = lock(&self.answer).take() {
            // An error here says that the caller has gone.
            let _ = sender.send(answer);
        }
    }

    /// A text of several windows has the mean of their pooled vectors, weighted by their numbers of text tokens.
    fn assemble(&self, outputs: Vec<Option<WindowOutput>>) -> Result<Vec<Encoded>> {
        let mut outputs = outputs.into_iter().zip(&self.windows);
        let mut encoded = Vec::with_capacity(self.texts.len());
        for text in &self.texts {
            let (mut sum, mut values, mut token_count) = (Vec::new(), Vec::new(), 0);
            for (output, window) in outputs.by_ref().take(text.windows) {
                let Some(output) = output else {
                    return Err(Error::Encoder("a window was left out".into()));
                };
                let weight = window.text.len() as f32;
                sum.resize(output.pooled.len(), 0.0);
                for (sum, x) in sum.iter_mut().zip(&output.pooled) {
                    *sum += weight * x;
                }
                if values.is_empty() {
                    values = output.tokens;
                } else {
                    values.extend(output.tokens);
                }
                token_count += window.ids.len();
            }
            let tokens = match self.want {
                Want::Sentence => None,
                Want::Tokens => {
                    if values.iter().any(|v| !v.is_finite()) {
                        return Err(Error::Encoder("expected finite token vectors, received others".into()));
                    }
                    // Not those of the pooled vector, which a linear layer may have changed.
                    let dimensions = values.len() / text.tokens.len().max(1);
                    Some(TokenEmbeddings { tokens: text.tokens.clone(), values, dimensions })
                }
            };
            encoded.push(Encoded { embedding: Embedding::normalised(sum)?, tokens, token_count });
        }
        Ok(encoded)
    }
}

/// A lock whose holder panicked still guards whole values here: every one is replaced in one statement.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Windows laid one after another, as a forward pass takes them.
#[derive(Debug, Default)]
pub(super) struct Packed {
    /// Token ids of all windows.
    pub ids: Vec<u32>,
    /// Where windows start, and at the end the number of ids.
    pub offsets: Vec<usize>,
    /// For each window the rows of its pooled vector.
    pub pooled: Vec<Rows>,
    /// For each window the rows of its text.
    pub texts: Vec<Rows>,
}

impl Packed {
    /// Lays windows out.
    pub fn new<'a>(windows: impl Iterator<Item = &'a Window>) -> Packed {
        let mut packed = Packed { offsets: vec![0], ..Packed::default() };
        for window in windows {
            let start = packed.ids.len();
            packed.ids.extend(&window.ids);
            packed.offsets.push(packed.ids.len());
            packed.pooled.push(start + window.pooled.start..start + window.pooled.end);
            packed.texts.push(start + window.text.start..start + window.text.end);
        }
        packed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(tokens: usize) -> Window {
        Window { ids: vec![7; tokens + 2], text: 1..tokens + 1, pooled: 0..tokens + 2 }
    }

    fn token(id: u32) -> Token {
        Token { id, start: 0, end: 1 }
    }

    #[test]
    fn windows_of_a_text_are_averaged_by_their_numbers_of_tokens() {
        let texts = vec![
            Prepared { windows: vec![window(3), window(1)], tokens: vec![token(1); 4] },
            Prepared { windows: vec![window(2)], tokens: vec![token(2); 2] },
        ];
        let (request, mut answer) = Request::new(texts, Want::Tokens);
        // In any order, as workers finish.
        request.finish(2, WindowOutput { pooled: vec![0.0, 5.0], tokens: vec![3.0; 4] });
        request.finish(1, WindowOutput { pooled: vec![0.0, 4.0], tokens: vec![2.0; 2] });
        assert!(answer.try_recv().is_err());
        request.finish(0, WindowOutput { pooled: vec![1.0, 0.0], tokens: vec![1.0; 6] });
        let encoded = answer.try_recv().unwrap().unwrap();
        assert_eq!(encoded[0].embedding.as_slice(), [0.6, 0.8]);
        assert_eq!(encoded[0].token_count, 8);
        let tokens = encoded[0].tokens.as_ref().unwrap();
        assert_eq!(tokens.values, [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0]);
        assert_eq!(tokens.tokens.len(), 4);
        assert_eq!(encoded[1].embedding.as_slice(), [0.0, 1.0]);
        assert!(request.is_over());
    }

    #[test]
    fn a_vector_that_is_not_finite_is_an_error() {
        for (pooled, tokens) in [(vec![f32::NAN, 1.0], vec![0.0; 2]), (vec![1.0, 0.0], vec![0.0, f32::INFINITY])] {
            let texts = vec![Prepared { windows: vec![window(1)], tokens: vec![token(1)] }];
            let (request, mut answer) = Request::new(texts, Want::Tokens);
            request.finish(0, WindowOutput { pooled, tokens });
            assert!(matches!(answer.try_recv().unwrap(), Err(Error::Encoder(_))));
        }
    }

    #[test]
    fn packed_windows_keep_their_places() {
        let packed = Packed::new([window(1), window(2)].iter());
        assert_eq!(packed.ids.len(), 7);
        assert_eq!(packed.offsets, [0, 3, 7]);
        assert_eq!(packed.texts, [1..2, 4..6]);
        assert_eq!(packed.pooled, [0..3, 3..7]);
    }
}
