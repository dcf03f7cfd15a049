//! Self-attention over packed sequences: no padding, no mask, one sequence and one head at a time.

use super::{math, rows_of, source, target};
use candle_core::{CpuStorage, InplaceOp2, Layout, Result, bail};
use pulp::{Arch, Simd, WithSimd};

/// Query rows whose scores are held at a time: 64 rows of 512 keys are 128 KiB, within a second-level cache.
const QUERY_BLOCK: usize = 64;

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
        let longest = self.offsets.windows(2).map(|o| o[1] - o[0]).max().unwrap_or(0);
        let mut scores = vec![0.0; longest * longest.min(QUERY_BLOCK)];
        for sequence in self.offsets.windows(2) {
            for head in 0..self.heads {
                self.one_head(qkv, context, &mut scores, sequence[0]..sequence[1], head);
            }
        }
        Ok(())
    }
}

impl Attention<'_> {
    fn one_head(
        &self,
        qkv: &[f32],
        context: &mut [f32],
        scores: &mut [f32],
        sequence: std::ops::Range<usize>,
        head: usize,
    ) {
        let (hidden, width) = (self.hidden, self.hidden / self.heads);
        let keys = sequence.len();
        let column = head * width;
        let scale = 1.0 / (width as f32).sqrt();
        for first in sequence.clone().step_by(QUERY_BLOCK) {
            let queries = QUERY_BLOCK.min(sequence.end - first);
            let scores = &mut scores[..queries * keys];
            let q = Matrix { at: &qkv[first * 3 * hidden + column..], row: 3 * hidden, column: 1 };
            let k = Matrix { at: &qkv[sequence.start * 3 * hidden + hidden + column..], row: 1, column: 3 * hidden };
            product(scores, keys, q, k, scale, (queries, keys, width));
            let out = &mut context[first * hidden + column..];
            Arch::new().dispatch(Softmax { scores, keys });
            let v =
                Matrix { at: &qkv[sequence.start * 3 * hidden + 2 * hidden + column..], row: 3 * hidden, column: 1 };
            let p = Matrix { at: scores, row: keys, column: 1 };
            product(out, hidden, p, v, 1.0, (queries, width, keys));
        }
    }
}

/// A strided view: element (i, j) is `at[i * row + j * column]`.
struct Matrix<'a> {
    at: &'a [f32],
    row: usize,
    column: usize,
}

impl Matrix<'_> {
    fn covers(&self, rows: usize, columns: usize) -> bool {
        self.at.len() > (rows - 1) * self.row + (columns - 1) * self.column
    }
}

/// y = scale · a·b for a `[m, k]`, b `[k, n]` and y `[m, n]` with rows `stride` apart; what y held is ignored.
fn product(y: &mut [f32], stride: usize, a: Matrix, b: Matrix, scale: f32, (m, n, k): (usize, usize, usize)) {
    assert!(m > 0 && n > 0 && k > 0);
    assert!(n <= stride && y.len() >= (m - 1) * stride + n && a.covers(m, k) && b.covers(k, n));
    // SAFETY: by the assertions every element that the sizes and strides reach lies within its slice, and the rows of
    // y do not overlap each other; y is borrowed mutably, so it overlaps neither a nor b.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            y.as_mut_ptr(),
            1,
            stride as isize,
            false,
            a.at.as_ptr(),
            a.column as isize,
            a.row as isize,
            b.at.as_ptr(),
            b.column as isize,
            b.row as isize,
            0.0,
            scale,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// Softmax of each row of `keys` scores, in place; the largest score is taken off first, so nothing overflows.
struct Softmax<'a> {
    scores: &'a mut [f32],
    keys: usize,
}

impl WithSimd for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for row in self.scores.chunks_exact_mut(self.keys) {
            let (body, rest) = S::as_mut_simd_f32s(row);
            let mut largest = simd.splat_f32s(f32::NEG_INFINITY);
            for x in body.iter() {
                largest = simd.max_f32s(largest, *x);
            }
            let largest = rest.iter().copied().fold(simd.reduce_max_f32s(largest), f32::max);
            let largest = simd.splat_f32s(largest);
            let mut sums = simd.splat_f32s(0.0);
            for x in body.iter_mut() {
                *x = math::exp(simd, simd.sub_f32s(*x, largest));
                sums = simd.add_f32s(sums, *x);
            }
            if !rest.is_empty() {
                let x = simd.sub_f32s(simd.partial_load_f32s(rest), largest);
                simd.partial_store_f32s(rest, math::exp(simd, x));
                sums = simd.add_f32s(sums, simd.partial_load_f32s(rest));
            }
            let scale = 1.0 / simd.reduce_sum_f32s(sums);
            for x in body.iter_mut() {
                *x = simd.mul_f32s(*x, simd.splat_f32s(scale));
            }
            for x in rest {
                *x *= scale;
            }
        }
    }
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
