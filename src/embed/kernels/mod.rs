//! The arithmetic of the forward pass: one operation a file, each a candle in-place operation; and [`DotI8`], which
//! compares quantised vectors.
//!
//! Invariants:
//! - This is the only module of the crate with unsafe code: calls to `gemm`, processor intrinsics and inline assembly.
//! - Every operation writes into a tensor that the caller owns, so a forward pass allocates nothing of note.
//! - Every operation runs on the calling thread alone. Two threads in one multiplication are slower than two passes
//!   of one thread each; the parallelism is one level up, over micro-batches.
//! - Tensors are f32, row-major and contiguous; anything else is refused with an error, not converted.
//! - The instruction set is chosen at run time (`pulp`, `gemm`), so one binary serves every x86-64 processor.
#![allow(unsafe_code)]

mod attention;
mod choice;
mod codes;
mod dot;
mod embedding;
mod gelu;
mod int8;
mod linear;
mod math;
mod norm;
mod pool;

pub use attention::Attention;
pub use choice::KernelChoice;
pub use codes::{MIDDLE, QueryMatrix};
pub(crate) use dot::{DotI8, dot, dot_f32};
pub use embedding::{EmbeddingLookup, EmbeddingTable};
pub use int8::Int8Kernel;
pub use linear::{Epilogue, Linear};
pub use norm::{AddNorm, LayerNorm};
pub use pool::{MeanPool, Rows};

use candle_core::{CpuStorage, Layout, Result, bail};

/// The elements that a layout covers, for reading.
fn source<'a>(op: &str, storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&values[start..end]),
        _ => bail!("{op}: expected a contiguous f32 tensor, received {layout:?}"),
    }
}

/// The elements that a layout covers, for writing.
fn target<'a>(op: &str, storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&mut values[start..end]),
        _ => bail!("{op}: expected a contiguous f32 tensor, received {layout:?}"),
    }
}

/// The rows of a `[rows, columns]` layout, after a check of the columns.
fn rows_of(op: &str, layout: &Layout, columns: usize) -> Result<usize> {
    match layout.dims() {
        [rows, found] if *found == columns => Ok(*rows),
        found => bail!("{op}: expected a shape of [rows, {columns}], received {found:?}"),
    }
}
