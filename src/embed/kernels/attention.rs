//! Self-attention over packed sequences: no padding, no mask, one sequence and one head at a time.
//!
//! Clauses are short, and then a matrix library spends more on preparing its operands than on multiplying them. So keys
//! and values of a head are laid out once, and a few queries at a time go through scores, softmax and the weighted
//! sum of values while everything is in the first-level cache.

use super::{math, rows_of, source, target};
use candle_core::{CpuStorage, InplaceOp2, Layout, Result, bail};
use pulp::{Arch, Simd, WithSimd};
use std::ops::Range;

/// Queries that go through together. With four vectors of keys they make 16 sums, which with the operands fit the 32
/// registers of AVX-512; in the 16 of AVX2 two vectors of keys do.
const QUERIES: usize = 4;

/// `context <- softmax(Q·Kᵀ / sqrt(d))·V` for every sequence and head, by
/// `context.inplace_op2(&qkv, &attention)` (Vaswani et al. 2017).
///
/// `qkv` is `[tokens, 3 x hidden]`: the queries of all heads, then the keys, then the values. `context` is
/// `[tokens, hidden]`; what it held is ignored.
#[derive(Debug)]
pub struct Attention<'a> {
    /// Number of heads; divides `hidden`.
    pub heads: usize,
    /// Columns of the context.
    pub hidden: usize,
    /// Where sequences start, and at the end the number of tokens: sequence i is `offsets[i]..offsets[i + 1]`.
    pub offsets: &'a [usize],
}

impl InplaceOp2 for Attention<'_> {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(&self, context: &mut CpuStorage, layout: &Layout, qkv: &CpuStorage, qkv_layout: &Layout) -> Result<()> {
        let name = self.name();
        let rows = rows_of(name, layout, self.hidden)?;
        if rows_of(name, qkv_layout, 3 * self.hidden)? != rows {
            bail!("{name}: expected {rows} rows on both sides, received {qkv_layout:?}");
        }
        if self.heads == 0 || !self.hidden.is_multiple_of(self.heads) {
            bail!("{name}: expected a number of heads that divides {}, received {}", self.hidden, self.heads);
        }
        if self.offsets.last() != Some(&rows) || self.offsets.windows(2).any(|o| o[0] > o[1]) {
            bail!("{name}: expected ascending offsets up to {rows}, received {:?}", self.offsets);
        }
        let qkv = source(name, qkv, qkv_layout)?;
        let context = target(name, context, layout)?;
        Arch::new().dispatch(AllHeads { op: self, qkv, context });
        Ok(())
    }
}

struct AllHeads<'a> {
    op: &'a Attention<'a>,
    qkv: &'a [f32],
    context: &'a mut [f32],
}

impl WithSimd for AllHeads<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Attention { heads, hidden, offsets } = *self.op;
        let mut head = Head { width: hidden / heads, ..Head::default() };
        for sequence in offsets.windows(2) {
            let sequence = sequence[0]..sequence[1];
            for column in (0..hidden).step_by(head.width) {
                head.lay_out::<S>(self.qkv, hidden, sequence.clone(), column);
                for first in sequence.clone().step_by(QUERIES) {
                    let last = sequence.end - 1;
                    // Past the end of the sequence the last query is computed again, and not stored.
                    let queries: [&[f32]; QUERIES] =
                        std::array::from_fn(|r| &self.qkv[(first + r).min(last) * 3 * hidden + column..][..head.width]);
                    let sums = head.weigh(simd, queries);
                    for (r, sum) in sums.iter().enumerate().take(sequence.end - first) {
                        let out = &mut self.context[(first + r) * hidden + column..][..head.width];
                        head.store(r, 1.0 / sum, out);
                    }
                }
            }
        }
    }
}

/// One head of one sequence, padded to whole vectors.
#[derive(Default)]
struct Head {
    /// Columns of queries, keys and values.
    width: usize,
    /// `[width, stride]`: a key a column, scaled by 1 / sqrt(width); columns past the last key hold anything.
    keys: Vec<f32>,
    /// Keys rounded up to whole vectors.
    stride: usize,
    /// What the last vector of scores is at most: minus infinity where there is no key.
    edge: Vec<f32>,
    /// `[keys, padded width]`: a value a row; columns past the width hold anything.
    values: Vec<f32>,
    padded_width: usize,
    count: usize,
    /// `[QUERIES, stride]`: scores, then their exponentials.
    scores: Vec<f32>,
    /// `[QUERIES, padded width]`: sums of values, weighted with the exponentials.
    out: Vec<f32>,
}

impl Head {
    #[inline(always)]
    fn lay_out<S: Simd>(&mut self, qkv: &[f32], hidden: usize, sequence: Range<usize>, column: usize) {
        let (width, count) = (self.width, sequence.len());
        if self.count != count {
            self.count = count;
            self.stride = count.next_multiple_of(S::F32_LANES);
            self.padded_width = width.next_multiple_of(S::F32_LANES);
            // Grown and never shrunk or cleared: what stands in the padding changes nothing that is kept.
            for (buffer, length) in [
                (&mut self.keys, width * self.stride),
                (&mut self.values, count * self.padded_width),
                (&mut self.scores, QUERIES * self.stride),
                (&mut self.out, QUERIES * self.padded_width),
            ] {
                if buffer.len() < length {
                    buffer.resize(length, 0.0);
                }
            }
            self.edge.clear();
            self.edge.resize(S::F32_LANES - (self.stride - count), f32::INFINITY);
            self.edge.resize(S::F32_LANES, f32::NEG_INFINITY);
        }
        let scale = 1.0 / (width as f32).sqrt();
        let part = |row: usize, part: usize| &qkv[row * 3 * hidden + part * hidden + column..][..width];
        for (j, row) in sequence.clone().enumerate() {
            self.values[j * self.padded_width..][..width].copy_from_slice(part(row, 2));
        }
        let mut j = 0;
        while j + 4 <= count {
            let rows: [&[f32]; 4] = std::array::from_fn(|r| part(sequence.start + j + r, 1));
            for (c, keys) in self.keys.chunks_exact_mut(self.stride).take(width).enumerate() {
                keys[j..j + 4].copy_from_slice(&[
                    rows[0][c] * scale,
                    rows[1][c] * scale,
                    rows[2][c] * scale,
                    rows[3][c] * scale,
                ]);
            }
            j += 4;
        }
        for j in j..count {
            for (c, key) in part(sequence.start + j, 1).iter().enumerate() {
                self.keys[c * self.stride + j] = key * scale;
            }
        }
    }

    /// Leaves the weighted sums of values in `out` and gives the sums of the weights.
    #[inline(always)]
    fn weigh<S: Simd>(&mut self, simd: S, queries: [&[f32]; QUERIES]) -> [f32; QUERIES] {
        let most = if S::REGISTER_COUNT >= 32 { 4 } else { 2 };
        let mut at = 0;
        while at < self.stride {
            let vectors = ((self.stride - at) / S::F32_LANES).min(most);
            let (keys, stride, scores) = (&self.keys[..self.width * self.stride], self.stride, &mut self.scores);
            match vectors {
                4 => tile::<S, 4>(simd, |c, r| queries[r][c], keys, stride, scores, at),
                3 => tile::<S, 3>(simd, |c, r| queries[r][c], keys, stride, scores, at),
                2 => tile::<S, 2>(simd, |c, r| queries[r][c], keys, stride, scores, at),
                _ => tile::<S, 1>(simd, |c, r| queries[r][c], keys, stride, scores, at),
            }
            at += vectors * S::F32_LANES;
        }
        let mut sums = [0.0; QUERIES];
        for (sum, row) in sums.iter_mut().zip(self.scores.chunks_exact_mut(self.stride)) {
            *sum = exponentials(simd, row, &self.edge);
        }
        let mut at = 0;
        while at < self.padded_width {
            let vectors = ((self.padded_width - at) / S::F32_LANES).min(most);
            let (scores, stride, width, out) = (&self.scores, self.stride, self.padded_width, &mut self.out);
            let values = &self.values[..self.count * width];
            match vectors {
                4 => tile::<S, 4>(simd, |j, r| scores[r * stride + j], values, width, out, at),
                3 => tile::<S, 3>(simd, |j, r| scores[r * stride + j], values, width, out, at),
                2 => tile::<S, 2>(simd, |j, r| scores[r * stride + j], values, width, out, at),
                _ => tile::<S, 1>(simd, |j, r| scores[r * stride + j], values, width, out, at),
            }
            at += vectors * S::F32_LANES;
        }
        sums
    }

    #[inline(always)]
    fn store(&self, row: usize, scale: f32, out: &mut [f32]) {
        let from = &self.out[row * self.padded_width..][..self.width];
        for (out, from) in out.iter_mut().zip(from) {
            *out = from * scale;
        }
    }
}

/// `out[r][at..] <- Σ over i of left(i, r) · right[i][at..]`, `N` vectors wide, for `QUERIES` rows; `right` and `out`
/// have rows of `stride`.
#[inline(always)]
fn tile<S: Simd, const N: usize>(
    simd: S,
    left: impl Fn(usize, usize) -> f32,
    right: &[f32],
    stride: usize,
    out: &mut [f32],
    at: usize,
) {
    let mut sums = [[simd.splat_f32s(0.0); N]; QUERIES];
    for (i, right) in right.chunks_exact(stride).enumerate() {
        let (right, _) = S::as_simd_f32s(&right[at..at + N * S::F32_LANES]);
        for (r, sums) in sums.iter_mut().enumerate() {
            let left = simd.splat_f32s(left(i, r));
            for (sum, right) in sums.iter_mut().zip(right) {
                *sum = simd.mul_add_e_f32s(left, *right, *sum);
            }
        }
    }
    for (out, sums) in out.chunks_exact_mut(stride).zip(&sums) {
        let (out, _) = S::as_mut_simd_f32s(&mut out[at..at + N * S::F32_LANES]);
        out.copy_from_slice(sums);
    }
}

/// e^(x - largest) of whole vectors, in place, the last one at most `edge`; gives the sum. Nothing
/// overflows, as the largest score is taken off.
#[inline(always)]
fn exponentials<S: Simd>(simd: S, row: &mut [f32], edge: &[f32]) -> f32 {
    let (row, _) = S::as_mut_simd_f32s(row);
    let (edge, _) = S::as_simd_f32s(edge);
    if let (Some(last), Some(edge)) = (row.last_mut(), edge.first()) {
        *last = simd.min_f32s(*last, *edge);
    }
    let mut largest = simd.splat_f32s(f32::NEG_INFINITY);
    for x in row.iter() {
        largest = simd.max_f32s(largest, *x);
    }
    let largest = simd.splat_f32s(simd.reduce_max_f32s(largest));
    let mut sum = simd.splat_f32s(0.0);
    for x in row.iter_mut() {
        *x = math::exp(simd, simd.sub_f32s(*x, largest));
        sum = simd.add_f32s(sum, *x);
    }
    simd.reduce_sum_f32s(sum)
}

#[cfg(test)]
mod tests {
    use super::super::linear::tests::Random;
    use super::*;
    use candle_core::{Device, Tensor};
    use proptest::prelude::*;

    /// Attention by its definition, in f64.
    fn plain(qkv: &[f32], offsets: &[usize], heads: usize, hidden: usize) -> Vec<f64> {
        let width = hidden / heads;
        let at = |row: usize, part: usize, head: usize, c: usize| {
            f64::from(qkv[row * 3 * hidden + part * hidden + head * width + c])
        };
        let mut context = vec![0.0; qkv.len() / 3];
        for o in offsets.windows(2) {
            for head in 0..heads {
                for i in o[0]..o[1] {
                    let scores: Vec<f64> = (o[0]..o[1])
                        .map(|j| {
                            let dot: f64 = (0..width).map(|c| at(i, 0, head, c) * at(j, 1, head, c)).sum();
                            (dot / (width as f64).sqrt()).exp()
                        })
                        .collect();
                    let sum: f64 = scores.iter().sum();
                    for c in 0..width {
                        context[i * hidden + head * width + c] =
                            (o[0]..o[1]).map(|j| scores[j - o[0]] / sum * at(j, 2, head, c)).sum();
                    }
                }
            }
        }
        context
    }

    proptest! {
        #[test]
        fn attention_agrees_with_its_definition_for_any_lengths(
            lengths in prop::collection::vec(1_usize..90, 1..4), heads in 1_usize..4, width in 1_usize..40,
            seed in any::<u64>()
        ) {
            let hidden = heads * width;
            let mut offsets = vec![0];
            for l in &lengths {
                offsets.push(offsets[offsets.len() - 1] + l);
            }
            let tokens = offsets[lengths.len()];
            let qkv = Random(seed).values(tokens * 3 * hidden, 3.0);
            let context = Tensor::full(f32::NAN, (tokens, hidden), &Device::Cpu)?;
            let op = Attention { heads, hidden, offsets: &offsets };
            context.inplace_op2(&Tensor::from_vec(qkv.clone(), (tokens, 3 * hidden), &Device::Cpu)?, &op)?;
            let found = context.flatten_all()?.to_vec1::<f32>()?;
            for (found, expected) in found.iter().zip(plain(&qkv, &offsets, heads, hidden)) {
                prop_assert!((f64::from(*found) - expected).abs() < 3e-5, "{found} for {expected}");
            }
        }
    }

    #[test]
    fn offsets_that_do_not_cover_the_rows_are_refused() {
        let context = Tensor::zeros((3, 4), candle_core::DType::F32, &Device::Cpu).unwrap();
        let qkv = Tensor::zeros((3, 12), candle_core::DType::F32, &Device::Cpu).unwrap();
        for offsets in [&[0, 2][..], &[0, 4], &[0, 3, 2, 3], &[]] {
            assert!(context.inplace_op2(&qkv, &Attention { heads: 2, hidden: 4, offsets }).is_err(), "{offsets:?}");
        }
    }
}
