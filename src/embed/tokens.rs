//! Texts to the windows of token ids that go through the model.

use super::model::{ModelDirectory, Pooling, Prompts};
use super::{Role, Token};
use crate::error::{Error, Result};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokenizers::{Encoding, Tokenizer};

/// One sequence for the model: special tokens, prompt, and a part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    /// Everything that goes through the model.
    pub ids: Vec<u32>,
    /// Which of them are of the text; not empty.
    pub text: Range<usize>,
    /// Which of them the sentence embedding is the mean of; not empty.
    pub pooled: Range<usize>,
}

/// A text made ready for the model.
#[derive(Debug)]
pub(super) struct Prepared {
    /// At least one.
    pub windows: Vec<Window>,
    /// The tokens of the text, over all windows; offsets are characters of the text as given.
    pub tokens: Vec<Token>,
}

/// A tokenizer with what a model puts around a text.
#[derive(Debug)]
pub(super) struct TextTokenizer {
    tokenizer: Arc<Tokenizer>,
    /// Special tokens before a text: `<s>`, `[CLS]`.
    lead: Vec<u32>,
    /// Special tokens after a text: `</s>`, `[SEP]`.
    tail: Vec<u32>,
    prompts: Prompts,
    pooling: Pooling,
    max_tokens: usize,
}

impl TextTokenizer {
    /// # Errors
    /// [`Error::Model`] when the tokenizer cannot encode a letter, or the prompts leave no room for text.
    pub fn new(model: &ModelDirectory) -> Result<TextTokenizer> {
        let file = model.path.join("tokenizer.json");
        let odd = |received: String| Error::Model {
            path: file.clone(),
            expected: "a tokenizer that encodes a letter, with special tokens around it at most".into(),
            received,
        };
        let sample = tokenised(|| model.tokenizer.encode("a", true)).map_err(odd)?;
        let special = sample.get_special_tokens_mask();
        let lead = special.iter().take_while(|s| **s == 1).count();
        let tail = special.iter().rev().take_while(|s| **s == 1).count();
        if lead + tail >= sample.len() {
            return Err(odd(format!("{:?}", sample.get_tokens())));
        }
        let this = TextTokenizer {
            lead: sample.get_ids()[..lead].to_vec(),
            tail: sample.get_ids()[sample.len() - tail..].to_vec(),
            tokenizer: model.tokenizer.clone(),
            prompts: model.prompts.clone(),
            pooling: model.pooling,
            max_tokens: model.max_tokens,
        };
        for role in [Role::Query, Role::Passage] {
            let prompt = this.prompts.of(role);
            let ids = tokenised(|| this.tokenizer.encode(prompt, false)).map_err(odd)?.len();
            if this.lead.len() + ids + this.tail.len() >= this.max_tokens {
                return Err(odd(format!("a prompt of {ids} tokens for sequences of {}", this.max_tokens)));
            }
        }
        Ok(this)
    }

    /// Splits a text into tokens and those into windows that fit the model.
    ///
    /// The prompt and the text are tokenised as one string, as the model was trained; the text's tokens are those
    /// that end after the prompt.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the text has no token; [`Error::Encoder`] when the tokenizer fails.
    pub fn prepare(&self, text: &str, role: Role) -> Result<Prepared> {
        let prompt = self.prompts.of(role);
        let joined = [prompt, text].concat();
        let encoding = tokenised(|| self.tokenizer.encode_char_offsets(joined.as_str(), false))
            .map_err(|why| Error::Encoder(format!("the tokenizer failed: {why}")))?;
        // White space at the end of a prompt becomes part of the text's first token, or a token of its own; both are
        // the text's, as they would be without a prompt.
        let prompt_end = prompt.trim_end().chars().count();
        let text_start = prompt.chars().count();
        let (ids, offsets) = (encoding.get_ids(), encoding.get_offsets());
        let first = offsets.iter().take_while(|(_, end)| *end <= prompt_end && prompt_end > 0).count();
        let (prompt_ids, ids) = ids.split_at(first);
        if ids.is_empty() {
            return Err(Error::invalid("text", "at least one token: a letter, a digit or a sign", format!("{text:?}")));
        }
        let tokens = ids
            .iter()
            .zip(&offsets[first..])
            .map(|(id, (start, end))| Token {
                id: *id,
                start: start.saturating_sub(text_start),
                end: end.saturating_sub(text_start),
            })
            .collect();
        let before = self.lead.len() + prompt_ids.len();
        let capacity = self.max_tokens.saturating_sub(before + self.tail.len()).max(1);
        let mut windows = Vec::new();
        let mut rest = ids;
        for size in window_sizes(ids.len(), capacity) {
            let (part, after) = rest.split_at(size);
            rest = after;
            let window: Vec<u32> = [&self.lead, prompt_ids, part, &self.tail].concat();
            let text = before..before + size;
            let pooled = match self.pooling {
                Pooling::Mean => 0..window.len(),
                Pooling::MeanWithoutPrompt => before..window.len(),
                Pooling::Cls => 0..1,
            };
            windows.push(Window { ids: window, text, pooled });
        }
        Ok(Prepared { windows, tokens })
    }
}

/// Runs the tokenizer. It trusts its file: a normaliser map that is not whole makes it panic, at some texts only, so
/// that loading does not find it out. It has no state that a panic could leave half changed but a cache of words.
fn tokenised(encode: impl FnOnce() -> tokenizers::Result<Encoding>) -> std::result::Result<Encoding, String> {
    match catch_unwind(AssertUnwindSafe(encode)) {
        Ok(encoding) => encoding.map_err(|e| e.to_string()),
        Err(_) => Err("it panicked; tokenizer.json may be damaged".to_owned()),
    }
}

/// Splits `tokens` into as few windows of at most `capacity` as will do, of sizes as equal as possible, larger first.
fn window_sizes(tokens: usize, capacity: usize) -> impl Iterator<Item = usize> {
    let windows = tokens.div_ceil(capacity);
    let (size, larger) = (tokens / windows.max(1), tokens % windows.max(1));
    (0..windows).map(move |i| size + usize::from(i < larger))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokenizers::normalizers::Precompiled;

    fn shipped() -> ModelDirectory {
        ModelDirectory::open(concat!(env!("CARGO_MANIFEST_DIR"), "/models/clausewise-e5-small-zh-en")).unwrap()
    }

    #[test]
    fn a_tokenizer_that_panics_is_an_error_and_reads_the_next_text() {
        let mut model = shipped();
        // A map whose index has an entry for each byte of ASCII and for no other byte.
        let map = [&512_u32.to_le_bytes()[..], &[0; 512]].concat();
        let mut damaged = (*model.tokenizer).clone();
        damaged.with_normalizer(Some(Precompiled::from(&map).unwrap())).unwrap();
        model.tokenizer = Arc::new(damaged);
        let tokenizer = TextTokenizer::new(&model).unwrap();
        match tokenizer.prepare("水质", Role::Query) {
            Err(Error::Encoder(why)) => assert!(why.contains("panicked"), "{why}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(tokenizer.prepare("water", Role::Query).unwrap().windows.len(), 1);
    }

    #[test]
    fn special_tokens_in_a_text_are_read_as_the_characters_they_are_written_with() {
        let model = shipped();
        let tokenizer = TextTokenizer::new(&model).unwrap();
        for (id, special) in model.tokenizer.get_added_tokens_decoder() {
            for text in
                [special.content.clone(), format!("水质{}达标", special.content), format!("a {} b", special.content)]
            {
                let prepared = tokenizer.prepare(&text, Role::Passage).unwrap();
                assert!(prepared.tokens.iter().all(|token| token.id != id), "{text}: {:?}", prepared.tokens);
                let window = &prepared.windows[0].ids;
                assert_eq!((window[0], window[window.len() - 1]), (tokenizer.lead[0], tokenizer.tail[0]), "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn windows_are_as_few_and_as_equal_as_possible(tokens in 1_usize..5_000, capacity in 1_usize..600) {
            let sizes: Vec<usize> = window_sizes(tokens, capacity).collect();
            prop_assert_eq!(sizes.iter().sum::<usize>(), tokens);
            prop_assert_eq!(sizes.len(), tokens.div_ceil(capacity));
            prop_assert!(sizes.iter().all(|s| *s <= capacity));
            prop_assert!(sizes.windows(2).all(|s| s[0] >= s[1]));
            prop_assert!(sizes[0] - sizes[sizes.len() - 1] <= 1);
        }
    }
}
