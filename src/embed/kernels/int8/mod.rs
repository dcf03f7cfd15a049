//! Linear layers on 8-bit integers, with the tiles of AMX or the dot-product instructions of AVX-512 VNNI or AVX-VNNI.
//!
//! Weights are rounded once, symmetrically, to [-127, 127] with one scale an output column. Activations are rounded
//! row by row at run time to [0, 255] with a scale and a zero point of the row:
//!
//! ```text
//! x[i] ≈ (q[i] - zero) · s          w[o][i] ≈ p[o][i] · t[o]
//! y[o] = s · t[o] · (Σ q[i]·p[o][i] - zero · Σ p[o][i]) + bias[o]
//! ```
//!
//! The sum of products is exact in 32 bits, so all kernels give the same integers. Before rounding, column i of the
//! activations is multiplied by `e[i]` and that of the weights divided by it, which changes nothing in exact
//! arithmetic and takes the outliers of a few columns off the scale of the whole row (Xiao et al. 2022,
//! "SmoothQuant").

mod quantise;
#[cfg(target_arch = "x86_64")]
mod x86;

use candle_core::{Result, bail};
use pulp::Arch;
use std::cell::RefCell;

/// Inputs that a dot-product instruction takes together, in each of its lanes.
const GROUP: usize = 4;

/// An instruction set that multiplies 8-bit integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Int8Kernel {
    /// 16,384 products an instruction, on tiles of 16 rows; Linux alone, which has to permit it.
    Amx,
    /// 64 products an instruction.
    Avx512Vnni,
    /// 32 products an instruction.
    AvxVnni,
    /// The kernel of [`Int8Kernel::AvxVnni`] with the encoding that AVX-512 has for its instruction, so that it is tested
    /// on machines that have the latter alone.
    #[cfg(test)]
    Narrow,
    /// [`Int8Kernel::Amx`] with plain steps in place of the tiles.
    #[cfg(test)]
    PlainTiles,
}

impl Int8Kernel {
    /// All of them, the best first.
    pub const ALL: [Int8Kernel; 3] = [Int8Kernel::Amx, Int8Kernel::Avx512Vnni, Int8Kernel::AvxVnni];

    /// Those that this processor has and that give the right results on it, the best first.
    pub fn usable() -> impl Iterator<Item = Int8Kernel> {
        Int8Kernel::ALL.into_iter().filter(|kernel| kernel.is_usable())
    }

    /// Whether this processor has it and it gives the right results on it.
    pub fn is_usable(self) -> bool {
        self.is_available() && self.is_right()
    }

    /// A stable name for messages and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Int8Kernel::Amx => "int8-amx",
            Int8Kernel::Avx512Vnni => "int8-avx512-vnni",
            Int8Kernel::AvxVnni => "int8-avx-vnni",
            #[cfg(test)]
            Int8Kernel::Narrow => "int8-narrow",
            #[cfg(test)]
            Int8Kernel::PlainTiles => "int8-plain-tiles",
        }
    }

    fn is_available(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        return x86::is_available(self);
        #[cfg(not(target_arch = "x86_64"))]
        return false;
    }

    /// Output columns that are computed together, and so stored together.
    fn panel(self) -> usize {
        match self {
            Int8Kernel::Amx => 32,
            Int8Kernel::Avx512Vnni => 64,
            Int8Kernel::AvxVnni => 16,
            #[cfg(test)]
            Int8Kernel::Narrow => 16,
            #[cfg(test)]
            Int8Kernel::PlainTiles => Int8Kernel::Amx.panel(),
        }
    }

    /// Bytes of a row of integers: the inputs, up to a whole number of those that an instruction takes.
    fn stride(self, inputs: usize) -> usize {
        match self {
            Int8Kernel::Amx => inputs.next_multiple_of(64),
            #[cfg(test)]
            Int8Kernel::PlainTiles => Int8Kernel::Amx.stride(inputs),
            _ => inputs.next_multiple_of(GROUP),
        }
    }

    /// Multiplies random rows and compares with plain integer arithmetic. A processor, or an emulation of one, that
    /// computes something else is not trusted with embeddings.
    fn is_right(self) -> bool {
        const ROWS: usize = 45;
        const INPUTS: usize = 70;
        const OUTPUTS: usize = 150;
        let mut state = 1_u32;
        let mut random = |count: usize| -> Vec<f32> {
            // The generator of Numerical Recipes; its high bits will do here.
            let mut next = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 23) as f32 - 1.0
            };
            (0..count).map(|_| next()).collect()
        };
        let (weights, x, bias) = (random(OUTPUTS * INPUTS), random(ROWS * INPUTS), random(OUTPUTS));
        let Ok(layer) = Int8Weights::pack(self, &weights, OUTPUTS, INPUTS, None, &bias) else { return false };
        let (mut found, mut expected) = (vec![f32::NAN; ROWS * OUTPUTS], vec![f32::NAN; ROWS * OUTPUTS]);
        layer.multiply(&x, &mut found, false);
        layer.multiply_plainly(&x, &mut expected);
        found.iter().zip(&expected).all(|(f, e)| (f - e).abs() <= 1e-4)
    }
}

/// The weights of a linear layer as 8-bit integers, laid out for one kernel.
#[derive(Debug)]
pub struct Int8Weights {
    kernel: Int8Kernel,
    inputs: usize,
    outputs: usize,
    /// Panels of [`Int8Kernel::panel`] outputs, each `[stride / 4, panel, 4]`; inputs and outputs that there are not
    /// are zero.
    packed: Lines,
    /// For each output column, up to whole panels: its scale.
    scales: Vec<f32>,
    /// ... the sum of its integers.
    sums: Vec<i32>,
    /// ... what is added to the product.
    bias: Vec<f32>,
    /// For each input column what activations are multiplied with before rounding.
    equaliser: Option<Vec<f32>>,
}

/// Cache lines, so that no load of a whole vector straddles two.
#[derive(Debug)]
struct Lines(Vec<Line>);

#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Line([i8; 64]);

impl Lines {
    fn zeroed(bytes: usize) -> Lines {
        Lines(vec![Line([0; 64]); bytes.div_ceil(64)])
    }

    fn bytes(&self) -> &[i8] {
        // SAFETY: `Line` is 64 bytes of `i8` without padding (`repr(C)`, size equal to alignment), so a slice of n
        // lines is a slice of 64·n of them; the borrow is carried over.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len() * 64) }
    }

    fn bytes_mut(&mut self) -> &mut [i8] {
        // SAFETY: as in `bytes`.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), self.0.len() * 64) }
    }
}

/// Rows of a tile of AMX.
const TILE_ROWS: usize = 16;

/// Activations as 8-bit integers.
#[derive(Debug, Default)]
struct Rows {
    /// `[rows, stride]`, see [`Int8Kernel::stride`]; what is past the inputs is multiplied with zero. There are at least
    /// as many rows as whole groups of [`TILE_ROWS`] have, so that a tile may be read whole.
    values: Vec<u8>,
    stride: usize,
    scales: Vec<f32>,
    zeros: Vec<i32>,
}

thread_local! {
    /// Kept between calls: its pages would otherwise be asked of the system again for every layer.
    static ROWS: RefCell<Rows> = RefCell::default();
}

impl Int8Weights {
    /// Rounds and packs. `weights` is row-major `[outputs, inputs]`; `equaliser` has an entry above zero for each
    /// input; `bias` has one for each output, or none at all.
    ///
    /// # Errors
    /// When lengths do not fit, or there are so many inputs that a sum might not fit 32 bits.
    pub fn pack(
        kernel: Int8Kernel,
        weights: &[f32],
        outputs: usize,
        inputs: usize,
        equaliser: Option<Vec<f32>>,
        bias: &[f32],
    ) -> Result<Int8Weights> {
        // 255 · 127 · 65,536 is below 2^31, and so is that of the zero point.
        if inputs > 65_536 || weights.len() != outputs * inputs || ![0, outputs].contains(&bias.len()) {
            bail!("int8: expected {outputs} x {inputs} weights of at most 65536 inputs, received {}", weights.len());
        }
        if equaliser.as_ref().is_some_and(|e| e.len() != inputs) {
            bail!("int8: expected an equaliser of {inputs} entries");
        }
        let panel = kernel.panel();
        let columns = outputs.next_multiple_of(panel);
        let stride = kernel.stride(inputs);
        let mut layer = Int8Weights {
            kernel,
            inputs,
            outputs,
            packed: Lines::zeroed(columns * stride),
            scales: vec![0.0; columns],
            sums: vec![0; columns],
            bias: bias.to_vec(),
            equaliser,
        };
        layer.bias.resize(columns, 0.0);
        let divisors: Vec<f32> =
            layer.equaliser.as_ref().map_or_else(|| vec![1.0; inputs], |e| e.iter().map(|e| 1.0 / e).collect());
        let packed = layer.packed.bytes_mut();
        let (mut row, mut integers) = (vec![0.0; inputs], vec![0_i8; stride]);
        for (output, given) in weights.chunks_exact(inputs).enumerate() {
            let (scale, sum) = Arch::new().dispatch(|| quantise::weights(given, &divisors, &mut row, &mut integers));
            let start = output / panel * panel * stride + output % panel * GROUP;
            for (group, integers) in integers.chunks_exact(GROUP).enumerate() {
                packed[start + group * panel * GROUP..][..GROUP].copy_from_slice(integers);
            }
            layer.scales[output] = scale;
            layer.sums[output] = sum;
        }
        Ok(layer)
    }

    /// y = x·Wᵀ + bias, then GELU when asked: `x` is `[rows, inputs]`, `y` is `[rows, outputs]`, whose old contents
    /// are ignored.
    pub fn multiply(&self, x: &[f32], y: &mut [f32], gelu: bool) {
        assert_eq!(x.len() / self.inputs, y.len() / self.outputs);
        ROWS.with_borrow_mut(|rows| {
            rows.quantise(x, self.inputs, self.kernel.stride(self.inputs), self.equaliser.as_deref());
            #[cfg(target_arch = "x86_64")]
            x86::multiply(self, rows, y, gelu);
            #[cfg(not(target_arch = "x86_64"))]
            unreachable!("no kernel is available here, so no weights are packed: {gelu} {}", y.len());
        });
    }

    /// As [`Int8Weights::multiply`], for rows that are in 4 bits already: two components a byte, the low halves of a row
    /// first, a component `(level - 7.5) · scale`.
    pub fn multiply_levels(&self, levels: &[u8], scales: &[f32], y: &mut [f32]) {
        let half = self.inputs / 2;
        assert!(self.inputs == 2 * half && self.equaliser.is_none());
        assert_eq!((levels.len(), y.len()), (scales.len() * half, scales.len() * self.outputs));
        ROWS.with_borrow_mut(|rows| {
            rows.take_levels(levels, scales, half, self.kernel.stride(self.inputs));
            #[cfg(target_arch = "x86_64")]
            x86::multiply(self, rows, y, false);
            #[cfg(not(target_arch = "x86_64"))]
            unreachable!("no kernel is available here, so no weights are packed: {}", y.len());
        });
    }

    /// The same, by the definition at the top of this file: the oracle of the kernels.
    fn multiply_plainly(&self, x: &[f32], y: &mut [f32]) {
        let mut rows = Rows::default();
        rows.quantise(x, self.inputs, self.kernel.stride(self.inputs), self.equaliser.as_deref());
        let (panel, packed) = (self.kernel.panel(), self.packed.bytes());
        for (row, y) in y.chunks_exact_mut(self.outputs).enumerate() {
            let q = &rows.values[row * rows.stride..][..self.inputs];
            for (output, y) in y.iter_mut().enumerate() {
                let start = output / panel * panel * rows.stride + output % panel * GROUP;
                let dot: i32 = q
                    .iter()
                    .enumerate()
                    .map(|(i, q)| i32::from(*q) * i32::from(packed[start + i / GROUP * panel * GROUP + i % GROUP]))
                    .sum();
                let dot = dot - rows.zeros[row] * self.sums[output];
                *y = dot as f32 * (rows.scales[row] * self.scales[output]) + self.bias[output];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::linear::tests::{Random, plain};
    use super::*;
    use crate::embed::kernels::{Epilogue, Linear};
    use candle_core::{Device, Tensor};
    use proptest::prelude::*;

    /// The kernels that this machine has; says so when there is none.
    fn kernels() -> Vec<Int8Kernel> {
        let kernels = Int8Kernel::ALL.into_iter().chain([Int8Kernel::Narrow, Int8Kernel::PlainTiles]);
        let available: Vec<Int8Kernel> = kernels.filter(|k| k.is_available()).collect();
        if available.is_empty() {
            eprintln!("SKIPPED: this processor has none of AMX, AVX-512 VNNI and AVX-VNNI");
        }
        available
    }

    proptest! {
        #[test]
        fn the_kernels_agree_with_plain_integers_for_any_shape(
            rows in 1_usize..70, inputs in 1_usize..140, outputs in 1_usize..140, seed in any::<u64>()
        ) {
            let mut random = Random(seed);
            let (x, weights) = (random.values(rows * inputs, 3.0), random.values(outputs * inputs, 0.2));
            let bias = random.values(outputs, 1.0);
            let equaliser: Vec<f32> = random.values(inputs, 0.9).iter().map(|v| v + 1.0).collect();
            for kernel in kernels() {
                let layer =
                    Int8Weights::pack(kernel, &weights, outputs, inputs, Some(equaliser.clone()), &bias)?;
                let (mut found, mut expected) = (vec![f32::NAN; rows * outputs], vec![f32::NAN; rows * outputs]);
                layer.multiply(&x, &mut found, false);
                layer.multiply_plainly(&x, &mut expected);
                for (found, expected) in found.iter().zip(&expected) {
                    prop_assert!((found - expected).abs() < 1e-5, "{}: {found} for {expected}", kernel.name());
                }
                layer.multiply(&x, &mut found, true);
                for (found, expected) in found.iter().zip(&expected) {
                    let expected = super::super::math::reference::gelu(f64::from(*expected)) as f32;
                    prop_assert!((found - expected).abs() < 1e-5, "{}: {found} for {expected}", kernel.name());
                }
            }
        }

        #[test]
        fn an_integer_layer_is_near_the_layer_it_rounds(
            rows in 1_usize..8, inputs in 16_usize..200, outputs in 1_usize..100, outlier in 1.0_f32..30.0,
            seed in any::<u64>()
        ) {
            let mut random = Random(seed);
            let (mut x, weights) = (random.values(rows * inputs, 1.0), random.values(outputs * inputs, 1.0));
            // One loud column, as encoders have them, and the equaliser that quiets it.
            let mut equaliser = vec![1.0; inputs];
            equaliser[inputs / 2] = 1.0 / outlier.sqrt();
            x.iter_mut().skip(inputs / 2).step_by(inputs).for_each(|x| *x *= outlier);
            let epilogue = Epilogue::Bias(random.values(outputs, 1.0));
            for kernel in kernels() {
                let op = Linear::int8(kernel, &weights, outputs, inputs, epilogue.clone(), equaliser.clone())?;
                let y = Tensor::full(f32::NAN, (rows, outputs), &Device::Cpu)?;
                y.inplace_op2(&Tensor::from_vec(x.clone(), (rows, inputs), &Device::Cpu)?, &op)?;
                let expected = plain(&x, &weights, outputs, inputs, &epilogue);
                let found = y.flatten_all()?.to_vec1::<f32>()?;
                let error: f64 = found.iter().zip(&expected).map(|(f, e)| (f64::from(*f) - e).powi(2)).sum();
                // Beside what products of such rows come to on average: a single one may be next to nothing.
                let squares = |v: &[f32]| v.iter().map(|v| f64::from(v * v)).sum::<f64>();
                let size = squares(&x) * squares(&weights) / inputs as f64;
                prop_assert!((error / size).sqrt() < 0.05, "relative error {}", (error / size).sqrt());
            }
        }
    }

    #[test]
    fn every_kernel_of_this_machine_passes_its_own_test() {
        assert!(kernels().into_iter().all(Int8Kernel::is_right));
        assert_eq!(Int8Kernel::usable().next().is_none(), kernels().is_empty());
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        let kernel = Int8Kernel::Avx512Vnni;
        assert!(Int8Weights::pack(kernel, &[0.0; 6], 2, 3, None, &[]).is_ok());
        assert!(Int8Weights::pack(kernel, &[0.0; 5], 2, 3, None, &[]).is_err());
        assert!(Int8Weights::pack(kernel, &[0.0; 6], 2, 3, None, &[0.0]).is_err());
        assert!(Int8Weights::pack(kernel, &[0.0; 6], 2, 3, Some(vec![1.0; 2]), &[]).is_err());
    }
}
