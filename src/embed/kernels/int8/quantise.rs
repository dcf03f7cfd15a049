//! Rows of activations to 8-bit integers, each row with a scale and a zero point of its own.

use super::{Rows, TILE_ROWS};
use pulp::{Arch, Simd, WithSimd};

/// One level less than there are: the zero point is rounded up, so that no value falls below level 0, and the largest
/// may then lie up to one level higher. So nothing has to be clamped.
const LEVELS: f32 = 254.0;

/// Adding 1.5 x 2^23 leaves the nearest integer in the low bits of the float.
const ROUNDER: f32 = 12_582_912.0;

impl Rows {
    /// Rounds `x`, `[rows, inputs]`, after multiplying its columns with those of `equaliser`.
    pub(super) fn quantise(&mut self, x: &[f32], inputs: usize, stride: usize, equaliser: Option<&[f32]>) {
        let count = x.len() / inputs;
        self.make_room(count, stride);
        self.scales.resize(count, 0.0);
        self.zeros.resize(count, 0);
        match equaliser {
            Some(equaliser) => Arch::new().dispatch(Quantise { rows: self, x, inputs, equaliser }),
            None => Arch::new().dispatch(Quantise { rows: self, x, inputs, equaliser: &[] }),
        }
    }
}

impl Rows {
    fn make_room(&mut self, count: usize, stride: usize) {
        self.stride = stride;
        // Grown and never shrunk: what is here is kept between calls, and growing again would write zeros again.
        let bytes = count.next_multiple_of(TILE_ROWS) * stride;
        if self.values.len() < bytes {
            self.values.resize(bytes, 0);
        }
    }

    /// Rows of 4-bit levels, two a byte in `half` bytes, as rows of integers: a level l stands for `l - 7.5`, so twice
    /// that less its zero point, `2·l + 1 - 16`, is whole.
    pub(super) fn take_levels(&mut self, levels: &[u8], scales: &[f32], half: usize, stride: usize) {
        self.make_room(scales.len(), stride);
        self.scales.clear();
        self.scales.extend(scales.iter().map(|scale| scale / 2.0));
        self.zeros.clear();
        self.zeros.resize(scales.len(), 16);
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for (values, levels) in self.values.chunks_exact_mut(self.stride).zip(levels.chunks_exact(half)) {
                    let (low, high) = values.split_at_mut(half);
                    for ((byte, low), high) in levels.iter().zip(low).zip(high) {
                        *low = (byte & 15) * 2 + 1;
                        *high = (byte >> 4) * 2 + 1;
                    }
                }
            },
        );
    }
}

/// Rounds one row of weights, multiplied with `factors`, to [-127, 127]; gives its scale and the sum of its integers.
/// `scaled` is scratch of the length of `given`; `integers` may be longer.
///
/// Plain loops: they become vector code where this is inlined under a dispatch.
#[inline(always)]
pub(super) fn weights(given: &[f32], factors: &[f32], scaled: &mut [f32], integers: &mut [i8]) -> (f32, i32) {
    let mut largest = [0.0_f32; 16];
    for ((scaled, given), factor) in scaled.iter_mut().zip(given).zip(factors) {
        *scaled = given * factor;
    }
    for chunk in scaled.chunks(largest.len()) {
        for (largest, w) in largest.iter_mut().zip(chunk) {
            *largest = if w.abs() > *largest { w.abs() } else { *largest };
        }
    }
    let largest = largest.iter().fold(0.0_f32, |a, b| a.max(*b));
    let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
    let steps = 1.0 / scale;
    for (integer, w) in integers.iter_mut().zip(scaled.iter()) {
        *integer = (w * steps + ROUNDER).to_bits() as i8;
    }
    (scale, integers.iter().map(|i| i32::from(*i)).sum())
}

struct Quantise<'a> {
    rows: &'a mut Rows,
    x: &'a [f32],
    inputs: usize,
    /// Empty for none.
    equaliser: &'a [f32],
}

impl WithSimd for Quantise<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Quantise { rows, x, inputs, equaliser } = self;
        let targets = rows.values.chunks_exact_mut(rows.stride);
        let state = rows.scales.iter_mut().zip(&mut rows.zeros);
        for ((x, q), (scale, zero)) in x.chunks_exact(inputs).zip(targets).zip(state) {
            let (low, high) = if equaliser.is_empty() { range(simd, x) } else { scaled_range(simd, x, equaliser) };
            let steps = if high > low { LEVELS / (high - low) } else { 1.0 };
            let offset = (-low * steps).ceil();
            // Not a number where a value was not finite, so that the products are not either.
            *scale = 1.0 / steps + (high - low) * 0.0;
            *zero = offset as i32;
            let shift = offset + ROUNDER;
            if equaliser.is_empty() {
                for (q, x) in q.iter_mut().zip(x) {
                    *q = (x * steps + shift).to_bits() as u8;
                }
            } else {
                for ((q, x), e) in q.iter_mut().zip(x).zip(equaliser) {
                    *q = (x * e * steps + shift).to_bits() as u8;
                }
            }
        }
    }
}

/// The smallest and the largest value, and in any case 0.
#[inline(always)]
fn range<S: Simd>(simd: S, x: &[f32]) -> (f32, f32) {
    let (body, rest) = S::as_simd_f32s(x);
    let mut low = simd.partial_load_f32s(rest);
    let mut high = low;
    for x in body {
        low = simd.min_f32s(low, *x);
        high = simd.max_f32s(high, *x);
    }
    (simd.reduce_min_f32s(low).min(0.0), simd.reduce_max_f32s(high).max(0.0))
}

/// The same of the products with `equaliser`.
#[inline(always)]
fn scaled_range<S: Simd>(simd: S, x: &[f32], equaliser: &[f32]) -> (f32, f32) {
    let (body, rest) = S::as_simd_f32s(x);
    let (factors, factors_rest) = S::as_simd_f32s(equaliser);
    let mut low = simd.mul_f32s(simd.partial_load_f32s(rest), simd.partial_load_f32s(factors_rest));
    let mut high = low;
    for (x, e) in body.iter().zip(factors) {
        let x = simd.mul_f32s(*x, *e);
        low = simd.min_f32s(low, x);
        high = simd.max_f32s(high, x);
    }
    (simd.reduce_min_f32s(low).min(0.0), simd.reduce_max_f32s(high).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::super::super::linear::tests::Random;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_value_is_within_half_a_step_of_what_it_was(
            count in 1_usize..4, inputs in 1_usize..70, low in -3_i32..4, equalised in any::<bool>(), seed in any::<u64>()
        ) {
            let mut random = Random(seed);
            let x = random.values(count * inputs, 10_f32.powi(low));
            let e: Vec<f32> = random.values(inputs, 1.0).iter().map(|v| v.abs() + 0.1).collect();
            let mut rows = Rows::default();
            rows.quantise(&x, inputs, inputs.next_multiple_of(64), equalised.then_some(e.as_slice()));
            for (i, x) in x.iter().enumerate() {
                let (row, column) = (i / inputs, i % inputs);
                let x = if equalised { x * e[column] } else { *x };
                let q = i32::from(rows.values[row * rows.stride + column]);
                let back = (q - rows.zeros[row]) as f32 * rows.scales[row];
                prop_assert!((back - x).abs() <= rows.scales[row] * 0.501, "{back} for {x}");
            }
        }
    }

    #[test]
    fn a_row_of_zeros_stays_one_and_a_row_that_is_not_finite_says_so() {
        let mut rows = Rows::default();
        rows.quantise(&[0.0, 0.0, 0.0, 1.0, f32::INFINITY, 2.0], 3, 4, None);
        assert!(rows.values[..3].iter().all(|q| i32::from(*q) == rows.zeros[0]));
        assert!(rows.scales[0].is_finite() && rows.scales[1].is_nan());
    }
}
