//! Layer normalisation, alone and after a sum of a residual and a bias.

use super::{rows_of, source, target};
use candle_core::{CpuStorage, InplaceOp2, Layout, Result, bail};
use pulp::{Arch, Simd, WithSimd};

/// Gain, bias and epsilon of a layer normalisation over rows of `gain.len()` columns.
///
/// y = (x - mean(x)) / sqrt(var(x) + epsilon) · gain + bias, with the variance divided by the number of columns
/// (Ba, Kiros, Hinton 2016).
#[derive(Debug, Clone)]
pub struct LayerNorm {
    gain: Vec<f32>,
    bias: Vec<f32>,
    epsilon: f32,
}

impl LayerNorm {
    /// Both vectors have one entry a column.
    ///
    /// # Errors
    /// When their lengths differ.
    pub fn new(gain: Vec<f32>, bias: Vec<f32>, epsilon: f32) -> Result<LayerNorm> {
        if gain.len() != bias.len() {
            bail!("layer norm: expected gain and bias of one length, received {} and {}", gain.len(), bias.len());
        }
        Ok(LayerNorm { gain, bias, epsilon })
    }

    /// Columns of the rows it normalises.
    pub fn columns(&self) -> usize {
        self.gain.len()
    }

    /// Normalises each row of `values`, in place.
    pub(super) fn apply(&self, values: &mut [f32]) {
        Arch::new().dispatch(Normalise { norm: self, values });
    }
}

struct Normalise<'a> {
    norm: &'a LayerNorm,
    values: &'a mut [f32],
}

impl WithSimd for Normalise<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for row in self.values.chunks_exact_mut(self.norm.columns().max(1)) {
            normalise_row(simd, self.norm, row);
        }
    }
}

/// The rows of f32 fit the first-level cache, so three passes cost less than a one-pass variance costs in digits.
#[inline(always)]
fn normalise_row<S: Simd>(simd: S, norm: &LayerNorm, row: &mut [f32]) {
    let columns = row.len() as f32;
    let mean = row_sum(simd, row) / columns;
    let mean = simd.splat_f32s(mean);
    let (body, rest) = S::as_mut_simd_f32s(row);
    let mut squares = simd.splat_f32s(0.0);
    for x in body.iter_mut() {
        *x = simd.sub_f32s(*x, mean);
        squares = simd.mul_add_e_f32s(*x, *x, squares);
    }
    let mut variance = simd.reduce_sum_f32s(squares);
    if !rest.is_empty() {
        for x in rest.iter_mut() {
            *x -= simd.reduce_max_f32s(mean);
            variance += *x * *x;
        }
    }
    let scale = simd.splat_f32s(1.0 / (variance / columns + norm.epsilon).sqrt());
    let (gain, gain_rest) = S::as_simd_f32s(&norm.gain);
    let (bias, bias_rest) = S::as_simd_f32s(&norm.bias);
    for ((x, gain), bias) in body.iter_mut().zip(gain).zip(bias) {
        *x = simd.mul_add_e_f32s(simd.mul_f32s(*x, scale), *gain, *bias);
    }
    if !rest.is_empty() {
        let scaled = simd.mul_f32s(simd.partial_load_f32s(rest), scale);
        let y = simd.mul_add_e_f32s(scaled, simd.partial_load_f32s(gain_rest), simd.partial_load_f32s(bias_rest));
        simd.partial_store_f32s(rest, y);
    }
}

#[inline(always)]
fn row_sum<S: Simd>(simd: S, row: &[f32]) -> f32 {
    let (body, rest) = S::as_simd_f32s(row);
    let mut sum = simd.splat_f32s(0.0);
    for x in body {
        sum = simd.add_f32s(sum, *x);
    }
    // The lanes that a partial load leaves out are zero.
    simd.reduce_sum_f32s(simd.add_f32s(sum, simd.partial_load_f32s(rest)))
}

/// `x <- LayerNorm(x + product + bias)`: the end of both halves of a BERT layer in one pass over the rows.
///
/// `x` is `[rows, columns]` and is the residual; `product` has the same shape; `bias` is that of the linear layer
/// which made the product.
#[derive(Debug, Clone)]
pub struct AddNorm {
    bias: Vec<f32>,
    norm: LayerNorm,
}

impl AddNorm {
    /// # Errors
    /// When the bias has another length than the norm has columns.
    pub fn new(bias: Vec<f32>, norm: LayerNorm) -> Result<AddNorm> {
        if bias.len() != norm.columns() {
            bail!("add-norm: expected a bias of {} columns, received {}", norm.columns(), bias.len());
        }
        Ok(AddNorm { bias, norm })
    }
}

impl InplaceOp2 for AddNorm {
    fn name(&self) -> &'static str {
        "add-norm"
    }

    fn cpu_fwd(&self, x: &mut CpuStorage, x_layout: &Layout, product: &CpuStorage, layout: &Layout) -> Result<()> {
        let columns = self.norm.columns();
        if rows_of(self.name(), x_layout, columns)? != rows_of(self.name(), layout, columns)? {
            bail!("{}: expected two tensors of one shape, received {x_layout:?} and {layout:?}", self.name());
        }
        let product = source(self.name(), product, layout)?;
        let x = target(self.name(), x, x_layout)?;
        Arch::new().dispatch(SumAndNormalise { op: self, x, product });
        Ok(())
    }
}

struct SumAndNormalise<'a> {
    op: &'a AddNorm,
    x: &'a mut [f32],
    product: &'a [f32],
}

impl WithSimd for SumAndNormalise<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let columns = self.op.bias.len().max(1);
        let (bias, bias_rest) = S::as_simd_f32s(&self.op.bias);
        for (row, product) in self.x.chunks_exact_mut(columns).zip(self.product.chunks_exact(columns)) {
            {
                let (body, rest) = S::as_mut_simd_f32s(row);
                let (product, product_rest) = S::as_simd_f32s(product);
                for ((x, p), b) in body.iter_mut().zip(product).zip(bias) {
                    *x = simd.add_f32s(*x, simd.add_f32s(*p, *b));
                }
                for ((x, p), b) in rest.iter_mut().zip(product_rest).zip(bias_rest) {
                    *x += p + b;
                }
            }
            normalise_row(simd, &self.op.norm, row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::linear::tests::Random;
    use super::*;
    use candle_core::{Device, Tensor};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sum_and_norm_agree_with_a_plain_loop_for_any_shape(
            rows in 1_usize..6, columns in 1_usize..70, seed in any::<u64>()
        ) {
            let mut random = Random(seed);
            let (x, product) = (random.values(rows * columns, 3.0), random.values(rows * columns, 3.0));
            let (bias, gain, offset) =
                (random.values(columns, 1.0), random.values(columns, 1.0), random.values(columns, 1.0));
            let op = AddNorm::new(bias.clone(), LayerNorm::new(gain.clone(), offset.clone(), 1e-5)?)?;
            let device = Device::Cpu;
            let result = Tensor::from_vec(x.clone(), (rows, columns), &device)?;
            result.inplace_op2(&Tensor::from_vec(product.clone(), (rows, columns), &device)?, &op)?;
            let result = result.flatten_all()?.to_vec1::<f32>()?;
            for row in 0..rows {
                let sums: Vec<f64> = (0..columns)
                    .map(|c| f64::from(x[row * columns + c] + product[row * columns + c] + bias[c]))
                    .collect();
                let mean = sums.iter().sum::<f64>() / columns as f64;
                let variance = sums.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / columns as f64;
                for c in 0..columns {
                    let expected =
                        (sums[c] - mean) / (variance + 1e-5).sqrt() * f64::from(gain[c]) + f64::from(offset[c]);
                    let found = f64::from(result[row * columns + c]);
                    // One column is all rounding: the variance is zero and 1/sqrt(epsilon) is 316.
                    prop_assert!((found - expected).abs() < 5e-4, "{found} for {expected}");
                }
            }
        }
    }
}
