//! Linear layers: y = f(x·Wᵀ + b) over all rows of a micro-batch at once.

use super::int8::{Int8Kernel, Int8Weights};
use super::{gelu, rows_of, source, target};
use candle_core::{CpuStorage, InplaceOp2, Layout, Result, bail};

/// What follows the product of a [`Linear`].
#[derive(Debug, Clone, PartialEq)]
pub enum Epilogue {
    /// Nothing: the bias is added by the operation that comes next.
    None,
    /// Add the bias, one entry an output column.
    Bias(Vec<f32>),
    /// Add the bias, then apply GELU.
    BiasGelu(Vec<f32>),
}

/// The weights of a linear layer, in the layout of the kernel that multiplies with them.
///
/// Other number formats come in as further variants; nothing outside this file tells them apart.
#[derive(Debug)]
pub enum LinearWeights {
    /// Row-major `[inputs, outputs]`: transposed once at load, because `gemm` is up to 1.7x faster with contiguous
    /// outputs than with contiguous inputs at the inner size of 1536.
    F32(Vec<f32>),
    /// 8-bit integers.
    Int8(Int8Weights),
}

/// y = f(x·Wᵀ + b) as an in-place candle operation: `y.inplace_op2(&x, &linear)`, with x `[rows, inputs]` and y
/// `[rows, outputs]`, whose old contents are ignored.
#[derive(Debug)]
pub struct Linear {
    weights: LinearWeights,
    epilogue: Epilogue,
    inputs: usize,
    outputs: usize,
}

impl Linear {
    /// A layer that computes in f32. `weights` is row-major `[outputs, inputs]`, as model files have it.
    ///
    /// # Errors
    /// When `weights` has another number of elements, or the bias another length than `outputs`.
    pub fn f32(weights: &[f32], outputs: usize, inputs: usize, epilogue: Epilogue) -> Result<Linear> {
        check(weights, outputs, inputs, &epilogue)?;
        let mut columns = vec![0.0; weights.len()];
        // Square blocks, so that neither side of the transposition walks through memory a cache line an element.
        const BLOCK: usize = 32;
        for first_output in (0..outputs).step_by(BLOCK) {
            for first_input in (0..inputs).step_by(BLOCK) {
                for output in first_output..(first_output + BLOCK).min(outputs) {
                    for input in first_input..(first_input + BLOCK).min(inputs) {
                        columns[input * outputs + output] = weights[output * inputs + input];
                    }
                }
            }
        }
        Ok(Linear { weights: LinearWeights::F32(columns), epilogue, inputs, outputs })
    }

    /// A layer that computes with 8-bit integers. `weights` is row-major `[outputs, inputs]`; `equaliser` has one entry
    /// above zero for each input, see [`super::int8`].
    ///
    /// # Errors
    /// As [`Linear::f32`], and when the equaliser has another length than `inputs`.
    pub fn int8(
        kernel: Int8Kernel,
        weights: &[f32],
        outputs: usize,
        inputs: usize,
        epilogue: Epilogue,
        equaliser: Vec<f32>,
    ) -> Result<Linear> {
        check(weights, outputs, inputs, &epilogue)?;
        let none = Vec::new();
        let bias = match &epilogue {
            Epilogue::None => &none,
            Epilogue::Bias(bias) | Epilogue::BiasGelu(bias) => bias,
        };
        let weights = Int8Weights::pack(kernel, weights, outputs, inputs, Some(equaliser), bias)?;
        Ok(Linear { weights: LinearWeights::Int8(weights), epilogue, inputs, outputs })
    }

    /// `x` is `[rows, inputs]`, `y` is `[rows, outputs]`.
    fn apply(&self, x: &[f32], y: &mut [f32]) {
        match &self.weights {
            LinearWeights::F32(columns) => {
                multiply(x, columns, y, y.len() / self.outputs, self.outputs, self.inputs);
                match &self.epilogue {
                    Epilogue::None => {}
                    Epilogue::Bias(bias) => gelu::add_bias(y, bias),
                    Epilogue::BiasGelu(bias) => gelu::add_bias_gelu(y, bias),
                }
            }
            LinearWeights::Int8(weights) => {
                weights.multiply(x, y, matches!(self.epilogue, Epilogue::BiasGelu(_)));
            }
        }
    }
}

impl InplaceOp2 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(&self, y: &mut CpuStorage, y_layout: &Layout, x: &CpuStorage, x_layout: &Layout) -> Result<()> {
        let rows = rows_of(self.name(), x_layout, self.inputs)?;
        if rows_of(self.name(), y_layout, self.outputs)? != rows {
            bail!("{}: expected {rows} rows on both sides, received {y_layout:?}", self.name());
        }
        self.apply(source(self.name(), x, x_layout)?, target(self.name(), y, y_layout)?);
        Ok(())
    }
}

/// Refuses sizes that do not fit each other, and empty ones.
fn check(weights: &[f32], outputs: usize, inputs: usize, epilogue: &Epilogue) -> Result<()> {
    if outputs == 0 || inputs == 0 || weights.len() != outputs * inputs {
        bail!("linear: expected {outputs} x {inputs} weights, both above zero, received {}", weights.len());
    }
    match epilogue {
        Epilogue::Bias(bias) | Epilogue::BiasGelu(bias) if bias.len() != outputs => {
            bail!("linear: expected a bias of {outputs} entries, received {}", bias.len())
        }
        _ => Ok(()),
    }
}

/// y = a·b for row-major a `[m, k]`, b `[k, n]`, y `[m, n]`; what y held is ignored.
fn multiply(a: &[f32], b: &[f32], y: &mut [f32], m: usize, n: usize, k: usize) {
    assert!(a.len() >= m * k && b.len() >= k * n && y.len() >= m * n);
    // SAFETY: the three slices cover every element that the sizes and strides below can reach, by the assertion
    // above; y is borrowed mutably, so it overlaps neither a nor b; with `read_dst` false y is written only.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            y.as_mut_ptr(),
            1,
            n as isize,
            false,
            a.as_ptr(),
            1,
            k as isize,
            b.as_ptr(),
            1,
            n as isize,
            0.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::math::reference;
    use super::*;
    use candle_core::{Device, Tensor};
    use proptest::prelude::*;

    /// SplitMix64 (Steele, Lea, Flood 2014): test values from a seed.
    pub struct Random(pub u64);

    impl Random {
        pub fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }

        /// Evenly spread over [-scale, scale].
        pub fn values(&mut self, count: usize, scale: f32) -> Vec<f32> {
            (0..count).map(|_| ((self.next() >> 40) as f32 / (1_u64 << 23) as f32 - 1.0) * scale).collect()
        }
    }

    /// The layer by its definition, in f64.
    pub fn plain(x: &[f32], weights: &[f32], outputs: usize, inputs: usize, epilogue: &Epilogue) -> Vec<f64> {
        x.chunks_exact(inputs)
            .flat_map(|row| {
                (0..outputs).map(move |o| {
                    let weights = &weights[o * inputs..][..inputs];
                    let dot: f64 = row.iter().zip(weights).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                    match epilogue {
                        Epilogue::None => dot,
                        Epilogue::Bias(bias) => dot + f64::from(bias[o]),
                        Epilogue::BiasGelu(bias) => reference::gelu(dot + f64::from(bias[o])),
                    }
                })
            })
            .collect()
    }

    proptest! {
        #[test]
        fn an_f32_layer_agrees_with_its_definition_for_any_shape(
            rows in 1_usize..20, inputs in 1_usize..70, outputs in 1_usize..70, kind in 0..3, seed in any::<u64>()
        ) {
            let mut random = Random(seed);
            let (x, weights) = (random.values(rows * inputs, 1.0), random.values(outputs * inputs, 1.0));
            let bias = random.values(outputs, 1.0);
            let epilogue = match kind {
                0 => Epilogue::None,
                1 => Epilogue::Bias(bias),
                _ => Epilogue::BiasGelu(bias),
            };
            let op = Linear::f32(&weights, outputs, inputs, epilogue.clone())?;
            let y = Tensor::full(f32::NAN, (rows, outputs), &Device::Cpu)?;
            y.inplace_op2(&Tensor::from_vec(x.clone(), (rows, inputs), &Device::Cpu)?, &op)?;
            let expected = plain(&x, &weights, outputs, inputs, &epilogue);
            for (found, expected) in y.flatten_all()?.to_vec1::<f32>()?.iter().zip(expected) {
                prop_assert!((f64::from(*found) - expected).abs() < 2e-5, "{found} for {expected}");
            }
        }
    }

    #[test]
    fn tensors_of_other_shapes_are_refused() {
        let op = Linear::f32(&[1.0; 6], 3, 2, Epilogue::None).unwrap();
        let x = Tensor::zeros((4, 2), candle_core::DType::F32, &Device::Cpu).unwrap();
        let y = Tensor::zeros((4, 2), candle_core::DType::F32, &Device::Cpu).unwrap();
        let e = y.inplace_op2(&x, &op).unwrap_err().to_string();
        assert!(e.contains("expected a shape of [rows, 3], received [4, 2]"), "{e}");
        assert!(Linear::f32(&[1.0; 5], 3, 2, Epilogue::None).is_err());
        assert!(Linear::f32(&[1.0; 6], 3, 2, Epilogue::Bias(vec![0.0; 2])).is_err());
    }
}
