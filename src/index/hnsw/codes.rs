//! Vectors in 8 bits, one after the other in memory: what the graph is made from, and what an exact scan reads first.
//! A quarter of the bytes of the full vectors, and the scan is bound by reading them.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::Range;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::embed::DotI8;
use crate::error::{Error, Result};
use crate::index::Neighbor;

/// The centre that vectors are quantised around. Sentence embeddings crowd a narrow cone (unrelated clauses have a
/// cosine of 0.8), so 8 bits spent on the offset from the mean resolve neighbours that 8 bits on the vector do not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Centre {
    mean: Vec<f32>,
    mean_square: f32,
}

/// A quantised vector: `vector = mean + residual`, and the residual is `bytes · scale` but for its rounding.
/// `mean · residual` is kept beside it, so that the cosine of two is exact but for that rounding.
#[derive(Debug, Clone)]
pub(super) struct Code {
    /// As many as [`Codes::stride`]; zero past the dimensions.
    pub(super) bytes: Vec<i8>,
    pub(super) scale: f32,
    /// `mean · residual`.
    pub(super) product: f32,
    /// Length of the rounded residual.
    length: f32,
    /// Length of what rounding took away.
    error: f32,
}

impl Code {
    pub(super) fn probe(&self) -> Probe<'_> {
        Probe { bytes: &self.bytes, scale: self.scale }
    }
}

/// What rows are scored against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Probe<'a> {
    bytes: &'a [i8],
    scale: f32,
}

/// Rows begin at cache lines, and a vector instruction takes a whole one.
const LINE: usize = 64;

impl Centre {
    /// The mean of the vectors; zero for none.
    pub(super) fn of<'a>(vectors: impl Iterator<Item = &'a [f32]>, dimensions: usize) -> Centre {
        let mut sums = vec![0f64; dimensions];
        let mut count = 0usize;
        for vector in vectors {
            count += 1;
            for (sum, v) in sums.iter_mut().zip(vector) {
                *sum += f64::from(*v);
            }
        }
        let mean: Vec<f32> = sums.iter().map(|sum| (sum / count.max(1) as f64) as f32).collect();
        let mean_square = mean.iter().map(|m| f64::from(*m) * f64::from(*m)).sum::<f64>() as f32;
        Centre { mean, mean_square }
    }

    /// Bytes of a row.
    fn stride(&self) -> usize {
        self.mean.len().next_multiple_of(LINE)
    }

    pub(super) fn quantise(&self, vector: &[f32]) -> Code {
        let residual: Vec<f32> = vector.iter().zip(&self.mean).map(|(v, m)| v - m).collect();
        let largest = residual.iter().fold(0f32, |largest, r| largest.max(r.abs()));
        let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        let mut bytes: Vec<i8> = residual.iter().map(|r| (r / scale).round() as i8).collect();
        let (mut product, mut length, mut error) = (0f64, 0f64, 0f64);
        for ((r, m), byte) in residual.iter().zip(&self.mean).zip(&bytes) {
            let (r, rounded) = (f64::from(*r), f64::from(*byte) * f64::from(scale));
            product += r * f64::from(*m);
            length += rounded * rounded;
            error += (r - rounded) * (r - rounded);
        }
        bytes.resize(self.stride(), 0);
        Code { bytes, scale, product: product as f32, length: length.sqrt() as f32, error: error.sqrt() as f32 }
    }
}

/// Quantised vectors, numbered from 0.
pub(super) struct Codes {
    centre: Centre,
    stride: usize,
    /// Row-major `[len, stride]` from `start` on, which is where a cache line begins.
    bytes: Vec<i8>,
    start: usize,
    /// Scale and product of each row, side by side: a walk needs both, and waits for memory once.
    figures: Vec<[f32; 2]>,
    errors: Vec<f32>,
    /// Of the longest rounded residual.
    longest: f32,
    dot: DotI8,
    arch: pulp::Arch,
}

/// Rows whose products are computed together: few enough that they stay in the first-level cache.
const BLOCK: usize = 512;
/// Rows that are worth a thread: some 200 us of scanning, several times the start of one.
const ROWS_A_THREAD: usize = 16_384;
/// What sums in f32 lose, several times over; added to the bound that quantisation has.
const ROUNDING: f32 = 1e-5;

impl Codes {
    pub(super) fn of<'a>(centre: Centre, vectors: impl ExactSizeIterator<Item = &'a [f32]>) -> Codes {
        let mut codes = Codes::with_capacity(centre, vectors.len());
        for vector in vectors {
            let code = codes.centre.quantise(vector);
            codes.bytes.extend_from_slice(&code.bytes);
            codes.figures.push([code.scale, code.product]);
            codes.errors.push(code.error);
            codes.longest = codes.longest.max(code.length);
        }
        codes
    }

    fn with_capacity(centre: Centre, rows: usize) -> Codes {
        let stride = centre.stride();
        // The capacity is never passed, so that the start stays where it is.
        let mut bytes: Vec<i8> = Vec::with_capacity(rows * stride + LINE);
        let start = match bytes.as_ptr().align_offset(LINE) {
            offset if offset < LINE => offset,
            _ => 0,
        };
        bytes.resize(start, 0);
        Codes {
            stride,
            bytes,
            start,
            figures: Vec::with_capacity(rows),
            errors: Vec::with_capacity(rows),
            longest: 0.0,
            dot: DotI8::detect(),
            arch: pulp::Arch::new(),
            centre,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.figures.len()
    }

    pub(super) fn centre(&self) -> &Centre {
        &self.centre
    }

    pub(super) fn quantise(&self, vector: &[f32]) -> Code {
        self.centre.quantise(vector)
    }

    /// Bytes, scale and product of a row.
    pub(super) fn row(&self, row: usize) -> (&[i8], f32, f32) {
        let [scale, product] = self.figures[row];
        (self.rows(row..row + 1), scale, product)
    }

    pub(super) fn probe(&self, row: u32) -> Probe<'_> {
        let (bytes, scale, _) = self.row(row as usize);
        Probe { bytes, scale }
    }

    /// How near rows are to a query: their similarities but for a number that is the same for all of them.
    pub(super) fn scores(&self, query: Probe<'_>, rows: &[u32], scores: &mut Vec<f32>) {
        scores.clear();
        scores.resize(rows.len(), 0.0);
        let mut products = [0; BLOCK];
        for (rows, scores) in rows.chunks(BLOCK).zip(scores.chunks_mut(BLOCK)) {
            let products = &mut products[..rows.len()];
            self.dot.dot_some(query.bytes, &self.bytes[self.start..], rows, products);
            for ((score, product), row) in scores.iter_mut().zip(&*products).zip(rows) {
                let [scale, own] = self.figures[*row as usize];
                *score = own + query.scale * scale * *product as f32;
            }
        }
    }

    /// Cosine of two quantised vectors, each its bytes, scale and product; exact but for their rounding.
    pub(super) fn similarity(&self, a: (&[i8], f32, f32), b: (&[i8], f32, f32)) -> f32 {
        self.centre.mean_square + a.2 + b.2 + a.1 * b.1 * self.dot.dot(a.0, b.0) as f32
    }

    fn rows(&self, rows: Range<usize>) -> &[i8] {
        &self.bytes[self.start + rows.start * self.stride..self.start + rows.end * self.stride]
    }

    /// The `k` nearest of some rows, exactly, on all cores when there are many: only rows whose quantised similarity
    /// leaves it open whether they are among the nearest are scored in full. `score` gives the full score of a row,
    /// `None` where it is not to be found.
    pub(super) fn nearest(
        &self,
        query: &[f32],
        k: usize,
        rows: Rows<'_>,
        score: &(impl Fn(usize) -> Option<Neighbor> + Sync),
    ) -> Vec<Neighbor> {
        let code = self.quantise(query);
        let threads = (rows.len() / ROWS_A_THREAD).clamp(1, cores());
        let part = rows.len().div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads)
                .map(|thread| {
                    let (rows, code) = (rows.part(thread * part, part), &code);
                    scope.spawn(move || self.nearest_on_this_thread(code, k, rows, score))
                })
                .collect();
            let mut found = self.nearest_on_this_thread(&code, k, rows.part(0, part), score);
            for other in others {
                match other.join() {
                    Ok(more) => found.extend(more),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            found
        })
    }

    fn nearest_on_this_thread(
        &self,
        query: &Code,
        k: usize,
        rows: Rows<'_>,
        score: &impl Fn(usize) -> Option<Neighbor>,
    ) -> Vec<Neighbor> {
        if k == 0 {
            return Vec::new();
        }
        // By Cauchy and Schwarz: q·r - q'·r' = q·(r - r') + (q - q')·r' for residuals q, r and their roundings q', r'.
        let of_row = query.length + query.error;
        let of_query = self.centre.mean_square + query.product + query.error * self.longest + ROUNDING;
        let mut nearest: BinaryHeap<Farthest> = BinaryHeap::new();
        let (mut products, mut bounds) = ([0; BLOCK], [0f32; BLOCK]);
        for first in (0..rows.len()).step_by(BLOCK) {
            let block = rows.part(first, BLOCK);
            let products = &mut products[..block.len()];
            self.products(query, &block, products);
            let bounds = &mut bounds[..block.len()];
            match block {
                Rows::All(range) => self.arch.dispatch(
                    #[inline(always)]
                    || {
                        let (figures, errors) = (&self.figures[range.clone()], &self.errors[range.clone()]);
                        for (i, bound) in bounds.iter_mut().enumerate() {
                            let [scale, own] = figures[i];
                            let residuals = query.scale * scale * products[i] as f32;
                            *bound = of_query + own + residuals + of_row * errors[i];
                        }
                    },
                ),
                Rows::Some(some) => {
                    for ((bound, product), row) in bounds.iter_mut().zip(&*products).zip(some) {
                        let row = *row as usize;
                        let [scale, own] = self.figures[row];
                        let residuals = query.scale * scale * *product as f32;
                        *bound = of_query + own + residuals + of_row * self.errors[row];
                    }
                }
            }
            let mut edge = edge(&nearest, k);
            for (i, bound) in bounds.iter().enumerate() {
                if *bound < edge {
                    continue;
                }
                if let Some(neighbor) = score(rows.at(first + i)) {
                    nearest.push(Farthest(neighbor));
                    if nearest.len() > k {
                        nearest.pop();
                    }
                    edge = self::edge(&nearest, k);
                }
            }
        }
        nearest.into_iter().map(|Farthest(neighbor)| neighbor).collect()
    }

    fn products(&self, query: &Code, rows: &Rows<'_>, products: &mut [i32]) {
        match rows {
            Rows::All(range) => self.dot.dot_rows(&query.bytes, self.rows(range.clone()), products),
            Rows::Some(some) => self.dot.dot_some(&query.bytes, &self.bytes[self.start..], some, products),
        }
    }

    /// As [`Codes::read`] takes it.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(4 + self.len() * (12 + self.stride));
        let values = [self.longest].into_iter().chain(self.figures.iter().copied().flatten());
        out.extend(values.chain(self.errors.iter().copied()).flat_map(f32::to_le_bytes));
        out.extend(self.bytes[self.start..].iter().map(|byte| *byte as u8));
        out
    }

    /// # Errors
    /// [`Error::Index`] when these are not the bytes of so many codes.
    pub(super) fn read(centre: Centre, len: usize, bytes: &[u8]) -> Result<Codes> {
        let mut codes = Codes::with_capacity(centre, 0);
        let expected = len.saturating_mul(12 + codes.stride).saturating_add(4);
        if bytes.len() != expected {
            return Err(Error::Index(format!("expected {expected} bytes of codes, received {}", bytes.len())));
        }
        codes = Codes::with_capacity(codes.centre, len);
        let (head, rows) = bytes.split_at(4 + 12 * len);
        let mut values = head.as_chunks::<4>().0.iter().map(|value| f32::from_le_bytes(*value));
        codes.longest = values.next().unwrap_or(0.0);
        let mut figures = values.by_ref().take(2 * len);
        while let (Some(scale), Some(product)) = (figures.next(), figures.next()) {
            codes.figures.push([scale, product]);
        }
        codes.errors.extend(values);
        codes.bytes.extend(rows.iter().map(|byte| *byte as i8));
        Ok(codes)
    }
}

/// Rows of [`Codes`].
#[derive(Debug, Clone)]
pub(super) enum Rows<'a> {
    /// All of a range.
    All(Range<usize>),
    /// Some, by number.
    Some(&'a [u32]),
}

impl<'a> Rows<'a> {
    fn len(&self) -> usize {
        match self {
            Rows::All(range) => range.len(),
            Rows::Some(rows) => rows.len(),
        }
    }

    fn at(&self, index: usize) -> usize {
        match self {
            Rows::All(range) => range.start + index,
            Rows::Some(rows) => rows[index] as usize,
        }
    }

    /// At most `count` of them from the given one on, as a range where they are one.
    fn part(&self, first: usize, count: usize) -> Rows<'a> {
        match self {
            Rows::All(range) => {
                let first = (range.start + first).min(range.end);
                Rows::All(first..(first + count).min(range.end))
            }
            Rows::Some(rows) => {
                let rows = &rows[first.min(rows.len())..(first + count).min(rows.len())];
                match rows {
                    // Rows come in ascending order.
                    [first, .., last] if (last - first) as usize == rows.len() - 1 => {
                        Rows::All(*first as usize..*last as usize + 1)
                    }
                    _ => Rows::Some(rows),
                }
            }
        }
    }
}

/// A neighbor that is greater the less near it is, ties by id.
struct Farthest(Neighbor);

impl Ord for Farthest {
    fn cmp(&self, other: &Farthest) -> Ordering {
        other.0.similarity.total_cmp(&self.0.similarity).then(self.0.id.cmp(&other.0.id))
    }
}

impl PartialOrd for Farthest {
    fn partial_cmp(&self, other: &Farthest) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Farthest {
    fn eq(&self, other: &Farthest) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Farthest {}

/// What a row has to reach to be among the `k` nearest.
fn edge(nearest: &BinaryHeap<Farthest>, k: usize) -> f32 {
    nearest.peek().filter(|_| nearest.len() >= k).map_or(f32::NEG_INFINITY, |farthest| farthest.0.similarity)
}

/// Threads that a scan may use. Asked once: on Linux the answer is read from files.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, |cores| cores.get()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dot(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn a_scan_finds_the_nearest_whatever_its_rows_and_threads(
            count in 1_usize..40_000, dimensions in 1_usize..40, k in 1_usize..30, step in 1_usize..4, seed in any::<u32>()
        ) {
            let mut state = seed;
            let mut next = || {
                // The generator of Numerical Recipes; its high bits will do here.
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 24) as f32
            };
            let mut unit = || {
                let values: Vec<f32> = (0..dimensions).map(|_| next() + 0.5).collect();
                let length = dot(&values, &values).sqrt();
                values.iter().map(|v| v / length).collect::<Vec<f32>>()
            };
            let vectors: Vec<Vec<f32>> = (0..count).map(|_| unit()).collect();
            let query = unit();
            let slices = || vectors.iter().map(Vec::as_slice);
            let codes = Codes::of(Centre::of(slices(), dimensions), slices());
            let codes = Codes::read(codes.centre().clone(), count, &codes.to_bytes())?;
            let some: Vec<u32> = (0..count as u32).step_by(step).collect();
            let score = |row: usize| Some(Neighbor { id: row as u64, similarity: dot(&query, &vectors[row]) });
            let found = crate::index::keep_nearest(codes.nearest(&query, k, Rows::Some(&some), &score), k);
            let all = some.iter().filter_map(|row| score(*row as usize)).collect();
            prop_assert_eq!(found, crate::index::keep_nearest(all, k));
        }
    }

    #[test]
    fn bytes_of_another_length_are_refused() {
        let centre = Centre::of([[1.0, 0.0].as_slice()].into_iter(), 2);
        let bytes = Codes::of(centre.clone(), [[0.0, 1.0].as_slice()].into_iter()).to_bytes();
        assert!(Codes::read(centre.clone(), 1, &bytes).is_ok());
        assert!(Codes::read(centre.clone(), 2, &bytes).is_err() && Codes::read(centre, 1, &bytes[1..]).is_err());
    }
}
