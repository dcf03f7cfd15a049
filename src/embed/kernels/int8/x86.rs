//! The kernels of x86-64: AVX-512 VNNI on 512-bit vectors, AVX-VNNI on 256-bit ones, and AMX ([`amx`]).
//!
//! The first two compute a tile of a few rows by one panel of columns at a time: all its sums stay in registers over the
//! whole inner size, and each load of weights serves all rows of the tile. Panels are the outer loop: at an inner size
//! of 384 a panel of 64 columns is 24 KiB and stays in the first-level cache while all rows pass it.

mod amx;

use super::super::math;
use super::{GROUP, Int8Kernel, Int8Weights, Rows};
use std::arch::x86_64::*;

/// Whether this processor has the instructions, and the operating system saves their registers.
pub(super) fn is_available(kernel: Int8Kernel) -> bool {
    match kernel {
        Int8Kernel::Amx => is_available(Int8Kernel::Avx512Vnni) && amx::is_available(),
        Int8Kernel::Avx512Vnni => pulp::x86::V4::is_available() && is_x86_feature_detected!("avx512vnni"),
        Int8Kernel::AvxVnni => pulp::x86::V3::is_available() && is_x86_feature_detected!("avxvnni"),
        #[cfg(test)]
        Int8Kernel::Narrow => is_available(Int8Kernel::Avx512Vnni),
        #[cfg(test)]
        Int8Kernel::PlainTiles => is_available(Int8Kernel::Avx512Vnni),
    }
}

/// `y <- rows · weights + bias`, then GELU when asked; `y` is `[rows, outputs]`.
pub(super) fn multiply(weights: &Int8Weights, rows: &Rows, y: &mut [f32], gelu: bool) {
    match weights.kernel {
        Int8Kernel::Amx => amx::multiply(weights, rows, y, gelu),
        Int8Kernel::Avx512Vnni => avx512::multiply(weights, rows, y, gelu),
        Int8Kernel::AvxVnni => avx::multiply(weights, rows, y, gelu),
        #[cfg(test)]
        Int8Kernel::Narrow => narrow::multiply(weights, rows, y, gelu),
        #[cfg(test)]
        Int8Kernel::PlainTiles => amx::plain::multiply(weights, rows, y, gelu),
    }
}

/// One kernel; the two differ in the width of their vectors, the number of their registers and nothing else.
macro_rules! kernel {
    (
        $(#[$attribute:meta])* $module:ident, features $features:literal, token $token:ident, floats $floats:ident,
        integers $integers:ident, lanes $lanes:literal, rows $rows:literal, vectors $vectors:literal,
        remainders [$($remainder:literal),*],
        zero $zero:ident, load $load:ident, splat $splat:ident, dot $dot:ident,
        multiply $multiply:ident, subtract $subtract:ident, convert $convert:ident
    ) => {
        $(#[$attribute])*
        mod $module {
            use super::*;
            use pulp::x86::$token;
            use pulp::{$floats, Simd};

            const LANES: usize = $lanes;
            /// Rows of a tile.
            const ROWS: usize = $rows;
            /// Vectors of columns of a tile.
            const VECTORS: usize = $vectors;
            const PANEL: usize = LANES * VECTORS;

            pub(in super::super) fn multiply(weights: &Int8Weights, rows: &Rows, y: &mut [f32], gelu: bool) {
                let (count, columns) = (rows.scales.len(), weights.scales.len());
                assert!($token::is_available() && super::is_available(weights.kernel));
                let simd = $token::try_new().expect("asserted above");
                assert_eq!(weights.kernel.panel(), PANEL);
                assert_eq!(rows.stride, weights.inputs.next_multiple_of(GROUP));
                assert!(rows.values.len() >= count * rows.stride && rows.zeros.len() == count);
                assert!(weights.packed.bytes().len() >= columns * rows.stride);
                assert!(columns >= weights.outputs && columns % PANEL == 0);
                assert!(weights.sums.len() == columns && weights.bias.len() == columns);
                assert_eq!(y.len(), count * weights.outputs);
                // SAFETY: the instructions are there, by the first assertion; the others are what `all` asks for.
                unsafe {
                    if gelu { all::<true>(simd, weights, rows, y) } else { all::<false>(simd, weights, rows, y) }
                }
            }

            /// # Safety
            /// The processor has the instructions, and the lengths are those that `multiply` asserts.
            #[target_feature(enable = $features)]
            unsafe fn all<const GELU: bool>(simd: $token, weights: &Int8Weights, rows: &Rows, y: &mut [f32]) {
                let count = rows.scales.len();
                for panel in 0..weights.scales.len() / PANEL {
                    let mut row = 0;
                    // SAFETY: for all calls, rows up to `count` and panels up to the last are within the slices.
                    unsafe {
                        while row + ROWS <= count {
                            tile::<ROWS, GELU>(simd, weights, rows, y, row, panel);
                            row += ROWS;
                        }
                        match count - row {
                            $($remainder => tile::<$remainder, GELU>(simd, weights, rows, y, row, panel),)*
                            _ => {}
                        }
                    }
                }
            }

            /// Rows `row..row + R` of one panel.
            ///
            /// # Safety
            /// As `all`, and the rows and the panel are there.
            #[target_feature(enable = $features)]
            unsafe fn tile<const R: usize, const GELU: bool>(
                simd: $token,
                weights: &Int8Weights,
                rows: &Rows,
                y: &mut [f32],
                row: usize,
                panel: usize,
            ) {
                let (stride, groups) = (rows.stride, rows.stride / GROUP);
                let mut sums = [[$zero(); VECTORS]; R];
                // SAFETY: `row + R` rows of `stride` bytes are within `values`, and `panel + 1` panels of
                // `PANEL * stride` bytes within `packed`; the loop reads `groups * GROUP = stride` bytes of each row
                // and `groups * PANEL * GROUP` bytes of the panel. A load of four bytes may be unaligned.
                unsafe {
                    let x = rows.values.as_ptr().add(row * stride);
                    let w = weights.packed.bytes().as_ptr().add(panel * PANEL * stride);
                    for group in 0..groups {
                        let mut columns = [$zero(); VECTORS];
                        for (v, columns) in columns.iter_mut().enumerate() {
                            *columns = $load(w.add((group * VECTORS + v) * LANES * GROUP).cast());
                        }
                        for (r, sums) in sums.iter_mut().enumerate() {
                            let four = x.add(r * stride + group * GROUP).cast::<i32>().read_unaligned();
                            let four = $splat(four);
                            for (sum, columns) in sums.iter_mut().zip(&columns) {
                                *sum = $dot(*sum, four, *columns);
                            }
                        }
                    }
                }
                for (r, sums) in sums.iter().enumerate() {
                    // SAFETY: the row and the panel are there, and its sums are complete.
                    unsafe { finish::<VECTORS, GELU>(simd, weights, rows, y, row + r, panel * PANEL, sums) };
                }
            }

            /// What the sums of products of one row and `V` vectors of columns, from column `first` on, make of `y`.
            ///
            /// # Safety
            /// As `all`; the row is there, and so are the columns, up to whole panels.
            #[inline]
            #[target_feature(enable = $features)]
            pub(super) unsafe fn finish<const V: usize, const GELU: bool>(
                simd: $token,
                weights: &Int8Weights,
                rows: &Rows,
                y: &mut [f32],
                row: usize,
                first: usize,
                sums: &[$integers; V],
            ) {
                let kept = (V * LANES).min(weights.outputs.saturating_sub(first));
                let zero = $splat(rows.zeros[row]);
                let scale = simd.splat_f32s(rows.scales[row]);
                let y = &mut y[row * weights.outputs..][..weights.outputs];
                let y = &mut y[weights.outputs.min(first)..][..kept];
                // The last panel may be wider than what is left of the row.
                let mut part = [[0.0_f32; LANES]; V];
                let out = if kept == V * LANES { y.as_mut_ptr() } else { part.as_flattened_mut().as_mut_ptr() };
                for (v, sum) in sums.iter().enumerate() {
                    let column = first + v * LANES;
                    // SAFETY: `column + LANES` entries are within sums, scales and bias, which are whole panels,
                    // and `V * LANES` floats may be written at `out`; vectors of the two crates are the same bits.
                    unsafe {
                        let column_sums = $load(weights.sums.as_ptr().add(column).cast());
                        let column_scale = weights.scales.as_ptr().add(column).cast::<$floats>().read_unaligned();
                        let bias = weights.bias.as_ptr().add(column).cast::<$floats>().read_unaligned();
                        let dot = $convert($subtract(*sum, $multiply(zero, column_sums)));
                        let dot: $floats = std::mem::transmute(dot);
                        let value = simd.mul_add_e_f32s(dot, simd.mul_f32s(scale, column_scale), bias);
                        let value = if GELU { math::gelu(simd, value) } else { value };
                        out.add(v * LANES).cast::<$floats>().write_unaligned(value);
                    }
                }
                if kept < V * LANES {
                    y.copy_from_slice(&part.as_flattened()[..kept]);
                }
            }
        }
    };
}

kernel! {
    avx512, features "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512vnni,avx2,fma,bmi1,bmi2,lzcnt,popcnt,fxsr",
    token V4, floats f32x16, integers __m512i,
    // 24 sums, 4 vectors of weights and one of activations are 29 of 32 registers.
    lanes 16, rows 6, vectors 4, remainders [1, 2, 3, 4, 5],
    zero _mm512_setzero_si512, load _mm512_loadu_si512, splat _mm512_set1_epi32, dot _mm512_dpbusd_epi32,
    multiply _mm512_mullo_epi32, subtract _mm512_sub_epi32, convert _mm512_cvtepi32_ps
}

kernel! {
    avx, features "avx2,fma,avxvnni,bmi1,bmi2,lzcnt,popcnt,fxsr",
    token V3, floats f32x8, integers __m256i,
    // 12 sums, 2 vectors of weights and one of activations are 15 of 16 registers.
    lanes 8, rows 6, vectors 2, remainders [1, 2, 3, 4, 5],
    zero _mm256_setzero_si256, load _mm256_loadu_si256, splat _mm256_set1_epi32, dot _mm256_dpbusd_avx_epi32,
    multiply _mm256_mullo_epi32, subtract _mm256_sub_epi32, convert _mm256_cvtepi32_ps
}

kernel! {
    #[cfg(test)]
    narrow, features "avx2,fma,avx512f,avx512vl,avx512vnni,bmi1,bmi2,lzcnt,popcnt,fxsr",
    token V3, floats f32x8, integers __m256i,
    lanes 8, rows 6, vectors 2, remainders [1, 2, 3, 4, 5],
    zero _mm256_setzero_si256, load _mm256_loadu_si256, splat _mm256_set1_epi32, dot _mm256_dpbusd_epi32,
    multiply _mm256_mullo_epi32, subtract _mm256_sub_epi32, convert _mm256_cvtepi32_ps
}
