//! Similarities of a query's tokens with stored ones, which are in 4 bits: the inner loop of late interaction.

use super::choice::KernelChoice;
use super::dot::dot_f32;
use super::int8::{Int8Kernel, Int8Weights};
use candle_core::{Result, bail};
use pulp::Arch;
use std::sync::LazyLock;

/// Middle of the 16 levels: a stored component is `(level - 7.5) · scale`.
pub const MIDDLE: f32 = 7.5;

/// The token vectors of a query, laid out for comparison with stored ones.
#[derive(Debug)]
pub struct QueryMatrix {
    dimensions: usize,
    tokens: usize,
    arithmetic: Arithmetic,
}

#[derive(Debug)]
enum Arithmetic {
    /// The query's components in 8 bits with a scale a token.
    Int8(Int8Weights),
    F32(Vec<f32>),
}

impl QueryMatrix {
    /// `values` is row-major `[tokens, dimensions]`; `dimensions` is even.
    ///
    /// # Errors
    /// When the lengths do not fit.
    pub fn new(values: &[f32], tokens: usize, dimensions: usize) -> Result<QueryMatrix> {
        // Once: detecting tries the instructions out. What the environment asks for in vain, the encoder refuses.
        static KERNEL: LazyLock<Option<Int8Kernel>> =
            LazyLock::new(|| KernelChoice::Auto.or_environment().and_then(KernelChoice::kernel).unwrap_or_default());
        QueryMatrix::with_kernel(*KERNEL, values, tokens, dimensions)
    }

    fn with_kernel(
        kernel: Option<Int8Kernel>,
        values: &[f32],
        tokens: usize,
        dimensions: usize,
    ) -> Result<QueryMatrix> {
        if values.len() != tokens * dimensions || !dimensions.is_multiple_of(2) {
            bail!("codes: expected {tokens} x {dimensions} components, received {}", values.len());
        }
        let arithmetic = match kernel {
            Some(kernel) => Arithmetic::Int8(Int8Weights::pack(kernel, values, tokens, dimensions, None, &[])?),
            None => Arithmetic::F32(values.to_vec()),
        };
        Ok(QueryMatrix { dimensions, tokens, arithmetic })
    }

    /// Products of every stored token with every one of the query, `[stored, query]`, into `products`.
    ///
    /// `levels` is `[stored, dimensions / 2]`, two components a byte: the low half of byte j is component j, the high
    /// half is component `dimensions / 2 + j`. `scales` has one entry a stored token.
    ///
    /// # Errors
    /// When the lengths do not fit.
    pub fn products(&self, levels: &[u8], scales: &[f32], products: &mut Vec<f32>) -> Result<()> {
        let half = self.dimensions / 2;
        if levels.len() != scales.len() * half {
            bail!("codes: expected {} bytes, received {}", scales.len() * half, levels.len());
        }
        products.clear();
        products.resize(scales.len() * self.tokens, 0.0);
        if products.is_empty() {
            return Ok(());
        }
        match &self.arithmetic {
            Arithmetic::Int8(weights) => weights.multiply_levels(levels, scales, products),
            Arithmetic::F32(values) => {
                let arch = Arch::new();
                let mut row = vec![0.0; self.dimensions];
                let rows = levels.chunks_exact(half).zip(scales).zip(products.chunks_exact_mut(self.tokens));
                for ((levels, scale), products) in rows {
                    unpack(arch, levels, *scale, &mut row);
                    for (product, query) in products.iter_mut().zip(values.chunks_exact(self.dimensions)) {
                        *product = dot_f32(arch, &row, query);
                    }
                }
            }
        }
        Ok(())
    }
}

fn unpack(arch: Arch, levels: &[u8], scale: f32, row: &mut [f32]) {
    let (low, high) = row.split_at_mut(levels.len());
    arch.dispatch(
        #[inline(always)]
        || {
            for ((byte, low), high) in levels.iter().zip(low).zip(high) {
                *low = (f32::from(byte & 15) - MIDDLE) * scale;
                *high = (f32::from(byte >> 4) - MIDDLE) * scale;
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::super::linear::tests::Random;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn products_are_those_of_the_unpacked_components(
            stored in 0_usize..30, tokens in 1_usize..70, half in 1_usize..140, seed in any::<u64>()
        ) {
            let dimensions = 2 * half;
            let mut random = Random(seed);
            let query = random.values(tokens * dimensions, 1.0);
            let levels: Vec<u8> =
                random.values(stored * half, 127.0).iter().map(|v| (v + 127.5).clamp(0.0, 255.0) as u8).collect();
            let scales: Vec<f32> = random.values(stored, 0.05).iter().map(|v| v.abs() + 0.01).collect();
            for kernel in Int8Kernel::usable().map(Some).chain([None]) {
                let matrix = QueryMatrix::with_kernel(kernel, &query, tokens, dimensions)?;
                let mut found = vec![f32::NAN; 3];
                matrix.products(&levels, &scales, &mut found)?;
                prop_assert_eq!(found.len(), stored * tokens);
                for s in 0..stored {
                    let row: Vec<f64> = (0..dimensions)
                        .map(|d| {
                            let byte = levels[s * half + d % half];
                            let level = if d < half { byte & 15 } else { byte >> 4 };
                            (f64::from(level) - 7.5) * f64::from(scales[s])
                        })
                        .collect();
                    let length = row.iter().map(|v| v * v).sum::<f64>().sqrt();
                    for t in 0..tokens {
                        let query = &query[t * dimensions..][..dimensions];
                        let expected: f64 = row.iter().zip(query).map(|(a, b)| a * f64::from(*b)).sum();
                        let largest = query.iter().fold(0.0_f64, |m, v| m.max(f64::from(v.abs())));
                        // Half a step of the query's rounding in every component, at the worst.
                        let allowed = 1e-4 + length * (dimensions as f64).sqrt() * largest / 254.0;
                        let found = f64::from(found[s * tokens + t]);
                        prop_assert!((found - expected).abs() <= allowed, "{kernel:?}: {found} for {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        assert!(QueryMatrix::new(&[0.0; 5], 1, 6).is_err());
        assert!(QueryMatrix::new(&[0.0; 3], 1, 3).is_err());
        let matrix = QueryMatrix::new(&[0.0; 8], 2, 4).unwrap();
        assert!(matrix.products(&[0; 3], &[1.0], &mut Vec::new()).is_err());
    }
}
