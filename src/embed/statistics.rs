//! What the encoder has done and what waits for it, as plain numbers.

use std::time::Duration;

/// Bounds of [`LaneStatistics::queue_s`], in seconds: from a query on an idle encoder to a folder's last clause.
const QUEUE_S: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
/// Bounds of [`LaneStatistics::batch_fill`]. Above 1 are windows longer than the budget, which run alone.
const FILL: &[f64] = &[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.5, 3.0];
/// Bounds of [`LaneStatistics::batch_texts`].
const TEXTS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

/// The state of an encoder at one moment. Counters only grow while the process runs.
#[derive(Debug, Clone)]
pub struct Statistics {
    /// Threads that encode.
    pub workers: usize,
    /// Tokens that a micro-batch has room for.
    pub token_budget: usize,
    /// Tokens that went through the model, prompts and special tokens included.
    pub encoded_tokens: u64,
    /// Time spent in forward passes, summed over workers.
    pub busy: Duration,
    /// The lane of searches.
    pub interactive: LaneStatistics,
    /// The lane of ingestion.
    pub bulk: LaneStatistics,
}

/// One lane of an encoder. A text that is longer than the model's window counts once for each of its windows.
#[derive(Debug, Clone)]
pub struct LaneStatistics {
    /// Tokens that wait now.
    pub waiting_tokens: usize,
    /// Texts that wait now.
    pub waiting_texts: usize,
    /// Requests refused because the lane was full.
    pub refused: u64,
    /// How long texts waited for a worker, in seconds.
    pub queue_s: Histogram,
    /// Tokens of micro-batches as shares of the token budget.
    pub batch_fill: Histogram,
    /// Texts of micro-batches.
    pub batch_texts: Histogram,
}

/// Values counted by size.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    bounds: &'static [f64],
    /// One more than there are bounds: the last is of values above them all.
    counts: Vec<u64>,
    sum: f64,
}

impl Histogram {
    fn new(bounds: &'static [f64]) -> Histogram {
        Histogram { bounds, counts: vec![0; bounds.len() + 1], sum: 0.0 }
    }

    fn count_one(&mut self, value: f64) {
        self.counts[self.bounds.partition_point(|bound| *bound < value)] += 1;
        self.sum += value;
    }

    /// Upper bounds, inclusive, with the number of values above the bound before and up to this one; the last bound is
    /// infinite.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, u64)> {
        self.bounds.iter().copied().chain([f64::INFINITY]).zip(self.counts.iter().copied())
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Sum of the values.
    pub fn sum(&self) -> f64 {
        self.sum
    }
}

/// What a lane counts. Guarded by the lock of the queue, which is held in any case where something is to be counted.
#[derive(Debug)]
pub(super) struct LaneCounters {
    refused: u64,
    queue_s: Histogram,
    batch_fill: Histogram,
    batch_texts: Histogram,
}

impl Default for LaneCounters {
    fn default() -> LaneCounters {
        LaneCounters {
            refused: 0,
            queue_s: Histogram::new(QUEUE_S),
            batch_fill: Histogram::new(FILL),
            batch_texts: Histogram::new(TEXTS),
        }
    }
}

impl LaneCounters {
    /// A request was refused.
    pub fn refused(&mut self) {
        self.refused += 1;
    }

    /// A text was taken into a micro-batch.
    pub fn taken(&mut self, waited: Duration) {
        self.queue_s.count_one(waited.as_secs_f64());
    }

    /// A micro-batch was made up.
    pub fn batch(&mut self, texts: usize, tokens: usize, token_budget: usize) {
        self.batch_texts.count_one(texts as f64);
        self.batch_fill.count_one(tokens as f64 / token_budget as f64);
    }

    pub fn statistics(&self, waiting_tokens: usize, waiting_texts: usize) -> LaneStatistics {
        LaneStatistics {
            waiting_tokens,
            waiting_texts,
            refused: self.refused,
            queue_s: self.queue_s.clone(),
            batch_fill: self.batch_fill.clone(),
            batch_texts: self.batch_texts.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_counted_under_the_first_bound_that_is_not_below_it() {
        let mut histogram = Histogram::new(&[1.0, 2.0]);
        for value in [0.0, 1.0, 1.5, 2.0, 2.5] {
            histogram.count_one(value);
        }
        assert_eq!(histogram.buckets().collect::<Vec<_>>(), [(1.0, 2), (2.0, 2), (f64::INFINITY, 1)]);
        assert_eq!((histogram.count(), histogram.sum()), (5, 7.0));
    }
}
