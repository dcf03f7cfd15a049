//! Bias, or bias and GELU, over the rows of a product: the elementwise end of a linear layer.

use super::math;
use pulp::{Arch, Simd, WithSimd};

/// Adds `bias` to each row of `values` (`[rows, bias.len()]`), in place.
pub(super) fn add_bias(values: &mut [f32], bias: &[f32]) {
    Arch::new().dispatch(Bias::<false> { values, bias });
}

/// Adds `bias` to each row of `values` (`[rows, bias.len()]`) and applies GELU, in place.
pub(super) fn add_bias_gelu(values: &mut [f32], bias: &[f32]) {
    Arch::new().dispatch(Bias::<true> { values, bias });
}

struct Bias<'a, const GELU: bool> {
    values: &'a mut [f32],
    bias: &'a [f32],
}

impl<const GELU: bool> Bias<'_, GELU> {
    #[inline(always)]
    fn one<S: Simd>(simd: S, value: S::f32s, bias: S::f32s) -> S::f32s {
        let sum = simd.add_f32s(value, bias);
        if GELU { math::gelu(simd, sum) } else { sum }
    }
}

impl<const GELU: bool> WithSimd for Bias<'_, GELU> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (bias, bias_rest) = S::as_simd_f32s(self.bias);
        for row in self.values.chunks_exact_mut(self.bias.len().max(1)) {
            let (row, rest) = S::as_mut_simd_f32s(row);
            for (value, bias) in row.iter_mut().zip(bias) {
                *value = Self::one(simd, *value, *bias);
            }
            if !rest.is_empty() {
                let value = Self::one(simd, simd.partial_load_f32s(rest), simd.partial_load_f32s(bias_rest));
                simd.partial_store_f32s(rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::math::reference;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bias_and_gelu_agree_with_a_plain_loop_for_any_width(
            rows in 0_usize..5, columns in 1_usize..70, seed in any::<u64>()
        ) {
            let mut random = crate::embed::kernels::linear::tests::Random(seed);
            let values = random.values(rows * columns, 4.0);
            let bias = random.values(columns, 1.0);
            let (mut plain, mut with_gelu) = (values.clone(), values.clone());
            add_bias(&mut plain, &bias);
            add_bias_gelu(&mut with_gelu, &bias);
            for (i, v) in values.iter().enumerate() {
                let sum = v + bias[i % columns];
                prop_assert_eq!(plain[i], sum);
                let expected = reference::gelu(f64::from(sum)) as f32;
                prop_assert!((with_gelu[i] - expected).abs() < 4e-6, "{} for {}", with_gelu[i], sum);
            }
        }
    }
}
