//! Token vectors to one vector a sequence.

use super::{rows_of, source, target};
use candle_core::{CpuStorage, InplaceOp2, Layout, Result, bail};
use pulp::{Arch, Simd, WithSimd};
use std::ops::Range;

/// Rows of the hidden state that one sequence vector is the mean of.
pub type Rows = Range<usize>;

/// `pooled <- mean of rows`, by `pooled.inplace_op2(&states, &pool)`: `states` is `[tokens, hidden]`, `pooled` is
/// `[sequences, hidden]`. A range of one row copies it, which is what `cls` pooling needs.
#[derive(Debug)]
pub struct MeanPool<'a> {
    /// For each sequence its rows of `states`; not empty.
    pub rows: &'a [Rows],
    /// Columns on both sides.
    pub hidden: usize,
}

impl InplaceOp2 for MeanPool<'_> {
    fn name(&self) -> &'static str {
        "mean-pool"
    }

    fn cpu_fwd(&self, pooled: &mut CpuStorage, layout: &Layout, states: &CpuStorage, s_layout: &Layout) -> Result<()> {
        let name = self.name();
        let tokens = rows_of(name, s_layout, self.hidden)?;
        if rows_of(name, layout, self.hidden)? != self.rows.len() {
            bail!("{name}: expected {} rows, received {layout:?}", self.rows.len());
        }
        if let Some(wrong) = self.rows.iter().find(|r| r.is_empty() || r.end > tokens) {
            bail!("{name}: expected a range of rows below {tokens}, not empty, received {wrong:?}");
        }
        let states = source(name, states, s_layout)?;
        let pooled = target(name, pooled, layout)?;
        for (mean, rows) in pooled.chunks_exact_mut(self.hidden).zip(self.rows) {
            let states = &states[rows.start * self.hidden..rows.end * self.hidden];
            Arch::new().dispatch(Mean { mean, states });
        }
        Ok(())
    }
}

struct Mean<'a> {
    mean: &'a mut [f32],
    states: &'a [f32],
}

impl WithSimd for Mean<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Mean { mean, states } = self;
        let scale = mean.len() as f32 / states.len() as f32;
        mean.fill(0.0);
        for row in states.chunks_exact(mean.len()) {
            for (sum, x) in mean.iter_mut().zip(row) {
                *sum += x;
            }
        }
        for x in mean {
            *x *= scale;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device, Tensor};

    #[test]
    fn each_sequence_gives_the_mean_of_its_rows() {
        let states = Tensor::new(&[[1.0_f32, 2.0], [3.0, 6.0], [5.0, 7.0]], &Device::Cpu).unwrap();
        let pooled = Tensor::zeros((3, 2), DType::F32, &Device::Cpu).unwrap();
        pooled.inplace_op2(&states, &MeanPool { rows: &[0..2, 2..3, 0..1], hidden: 2 }).unwrap();
        assert_eq!(pooled.to_vec2::<f32>().unwrap(), [[2.0, 4.0], [5.0, 7.0], [1.0, 2.0]]);
    }

    #[test]
    fn an_empty_range_is_refused() {
        let states = Tensor::zeros((3, 2), DType::F32, &Device::Cpu).unwrap();
        let pooled = Tensor::zeros((1, 2), DType::F32, &Device::Cpu).unwrap();
        for rows in [1..1, 2..4] {
            assert!(pooled.inplace_op2(&states, &MeanPool { rows: &[rows], hidden: 2 }).is_err());
        }
    }
}
