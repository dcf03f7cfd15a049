//! How telling a token is: the fewer texts it occurs in, the more.

/// In how many texts each token of the vocabulary occurs.
#[derive(Debug, Default)]
pub(crate) struct TokenFrequencies {
    texts: u32,
    /// By token id; tokens past the end occur nowhere.
    counts: Vec<u32>,
}

impl TokenFrequencies {
    /// Takes a text into account.
    pub(crate) fn add(&mut self, tokens: &[u32]) {
        self.texts += 1;
        for token in distinct(tokens) {
            let token = token as usize;
            if token >= self.counts.len() {
                self.counts.resize(token + 1, 0);
            }
            self.counts[token] += 1;
        }
    }

    /// Takes back what [`TokenFrequencies::add`] did for a text.
    pub(crate) fn remove(&mut self, tokens: &[u32]) {
        self.texts = self.texts.saturating_sub(1);
        for token in distinct(tokens) {
            if let Some(count) = self.counts.get_mut(token as usize) {
                *count = count.saturating_sub(1);
            }
        }
    }

    /// Inverse document frequency, above zero: `ln(1 + (n - f + 0.5) / (f + 0.5))` for a token that occurs in f of n
    /// texts (Robertson & Zaragoza 2009, in the form of Lucene, which is never negative).
    pub(crate) fn idf(&self, token: u32) -> f32 {
        let n = self.texts as f32;
        let f = self.counts.get(token as usize).copied().unwrap_or(0) as f32;
        (1.0 + (n - f + 0.5) / (f + 0.5)).ln()
    }
}

/// Sorted, not hashed: opening a store does this for every text of it.
fn distinct(tokens: &[u32]) -> Vec<u32> {
    let mut distinct = tokens.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_tokens_weigh_more_and_removing_a_text_undoes_adding_it() {
        let mut frequencies = TokenFrequencies::default();
        let empty = frequencies.idf(3);
        frequencies.add(&[1, 2, 2, 3]);
        frequencies.add(&[1, 2]);
        frequencies.add(&[1]);
        let idf = |token| frequencies.idf(token);
        assert!(0.0 < idf(1) && idf(1) < idf(2) && idf(2) < idf(3) && idf(3) < idf(4));
        for tokens in [&[1, 2, 2, 3][..], &[1, 2], &[1]] {
            frequencies.remove(tokens);
        }
        assert_eq!(frequencies.idf(3), empty);
        assert_eq!(frequencies.idf(1), empty);
    }
}
