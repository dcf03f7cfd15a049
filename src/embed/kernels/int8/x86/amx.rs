//! The kernel of AMX, Intel's matrix tiles: `tdpbusd` adds to 16 x 16 sums the products of 16 rows and 16 columns over
//! 64 inputs (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, chapter 18).
//!
//! A tile of weights is 16 groups of four inputs by 16 columns, which is what a panel's layout `[stride / 4, panel, 4]`
//! holds at a row length of `4 · panel` bytes; a tile of activations is 16 rows as they are. Two tiles of rows by two of
//! columns are computed together, so that each tile read serves two products: four products take 64 cycles, and the
//! four reads fewer. The intrinsics are unstable, hence inline assembly.

use super::super::{GROUP, Int8Kernel, Int8Weights, Rows, TILE_ROWS};
use super::avx512;
use pulp::x86::V4;
use std::arch::asm;
use std::arch::x86_64::*;
use std::sync::LazyLock;

/// Inputs of a tile: bytes of each of its rows.
const DEPTH: usize = 64;
/// Columns of a tile of sums.
const COLUMNS: usize = 16;
/// Rows that are computed together.
const ROWS: usize = 2 * TILE_ROWS;
/// Columns that are.
const PANEL: usize = 2 * COLUMNS;

/// Sums of products, `[row, column]`.
#[repr(C, align(64))]
struct Sums([[i32; PANEL]; ROWS]);

/// The operand of `ldtilecfg`: sizes of all tiles.
#[repr(C, align(64))]
struct Configuration {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

/// All eight tiles whole.
static WHOLE: Configuration = {
    let (mut row_bytes, mut rows) = ([0; 16], [0; 16]);
    let mut tile = 0;
    while tile < 8 {
        (row_bytes[tile], rows[tile]) = (DEPTH as u16, TILE_ROWS as u8);
        tile += 1;
    }
    Configuration { palette: 1, start_row: 0, reserved: [0; 14], row_bytes, rows }
};

/// Whether the processor has tiles of 8-bit integers, and the system keeps them for this process.
pub(super) fn is_available() -> bool {
    static AVAILABLE: LazyLock<bool> = LazyLock::new(|| has_tiles() && permitted());
    *AVAILABLE
}

/// What the processor says, and whether the system has switched tiles on.
fn has_tiles() -> bool {
    /// # Safety
    /// The processor has `xgetbv`.
    #[target_feature(enable = "xsave")]
    unsafe fn enabled_states() -> u64 {
        // SAFETY: register 0 is always there.
        unsafe { _xgetbv(0) }
    }
    // Leaf 7: AMX-TILE is bit 24 of EDX, AMX-INT8 bit 25. States 17 and 18 are the tiles' configuration and data.
    const INSTRUCTIONS: u32 = 0b11 << 24;
    const STATES: u64 = 0b11 << 17;
    // Leaf 1: OSXSAVE is bit 27 of ECX.
    let [identity, features] = [1, 7].map(|leaf| __cpuid_count(leaf, 0));
    __cpuid(0).eax >= 7
        && features.edx & INSTRUCTIONS == INSTRUCTIONS
        && identity.ecx & 1 << 27 != 0
        // SAFETY: OSXSAVE says that the instruction is there.
        && unsafe { enabled_states() } & STATES == STATES
}

/// Asks Linux for the tiles, which it grants to a whole process (Documentation/arch/x86/xstate.rst of its source). It
/// refuses where a thread's stack for signals is too small for them, and where it does not know them.
#[cfg(target_os = "linux")]
fn permitted() -> bool {
    const ARCH_REQ_XCOMP_PERM: libc::c_ulong = 0x1023;
    const XFEATURE_XTILEDATA: libc::c_ulong = 18;
    // SAFETY: this call of the system takes two numbers and touches no memory of ours.
    unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn permitted() -> bool {
    false
}

/// The tiles of this thread, from their configuration to their release, also when something between panics: the system
/// saves them with every change of threads as long as they are in use.
struct Tiles;

impl Tiles {
    /// # Safety
    /// The tiles are there and permitted, and nothing else on this thread uses them until the value is dropped.
    unsafe fn configure() -> Tiles {
        // SAFETY: the operand is 64 bytes that describe a configuration of palette 1.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const WHOLE, options(readonly, nostack, preserves_flags)) };
        Tiles
    }
}

impl Drop for Tiles {
    fn drop(&mut self) {
        // SAFETY: the processor has tiles, or there were no value.
        unsafe { asm!("tilerelease", options(nomem, nostack, preserves_flags)) };
    }
}

/// `y <- rows · weights + bias`, then GELU when asked; `y` is `[rows, outputs]`.
pub(super) fn multiply(weights: &Int8Weights, rows: &Rows, y: &mut [f32], gelu: bool) {
    assert!(weights.kernel == Int8Kernel::Amx && super::is_available(Int8Kernel::Amx));
    // SAFETY: tiles are there and permitted, and with them AVX-512 VNNI, which `super::is_available` asks for; nothing
    // below uses tiles but `tiles`.
    unsafe {
        let _tiles = Tiles::configure();
        if gelu {
            all::<true>(weights, rows, y, tiles);
        } else {
            all::<false>(weights, rows, y, tiles);
        }
    }
}

/// `steps` times 64 inputs of `rows` rows from `x` on, `stride` bytes each, times those of a panel from `w` on.
type Product = unsafe fn(x: *const u8, stride: usize, rows: usize, w: *const i8, steps: usize, sums: &mut Sums);

/// # Safety
/// The processor has AVX-512 VNNI, and what `product` asks for.
#[target_feature(
    enable = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512vnni,avx2,fma,bmi1,bmi2,lzcnt,popcnt,fxsr"
)]
unsafe fn all<const GELU: bool>(weights: &Int8Weights, rows: &Rows, y: &mut [f32], product: Product) {
    let (count, columns, stride) = (rows.scales.len(), weights.scales.len(), rows.stride);
    let simd = V4::try_new().expect("available where this kernel is");
    assert_eq!(weights.kernel.panel(), PANEL);
    assert!(stride == weights.kernel.stride(weights.inputs) && stride > 0 && stride.is_multiple_of(DEPTH));
    assert!(rows.values.len() >= count.next_multiple_of(TILE_ROWS) * stride && rows.zeros.len() == count);
    assert!(weights.packed.bytes().len() >= columns * stride);
    assert!(columns >= weights.outputs && columns.is_multiple_of(PANEL));
    assert!(weights.sums.len() == columns && weights.bias.len() == columns);
    assert_eq!(y.len(), count * weights.outputs);
    let mut sums = Sums([[0; PANEL]; ROWS]);
    for first in (0..columns).step_by(PANEL) {
        for row in (0..count).step_by(ROWS) {
            let there = (count - row).min(ROWS);
            // SAFETY: by the assertions `columns * stride` bytes of weights are there, of which this panel is
            // `PANEL * stride` from `first * stride` on, and rows up to whole tiles, `stride` bytes each. The last call
            // is for a row that is there and columns up to `columns`; its vectors are the 32 sums of a row.
            unsafe {
                let x = rows.values.as_ptr().add(row * stride);
                let w = weights.packed.bytes().as_ptr().add(first * stride);
                product(x, stride, there, w, stride / DEPTH, &mut sums);
                for (r, sums) in sums.0[..there].iter().enumerate() {
                    let sums = [0, COLUMNS].map(|column| _mm512_loadu_si512(sums.as_ptr().add(column).cast()));
                    avx512::finish::<2, GELU>(simd, weights, rows, y, row + r, first, &sums);
                }
            }
        }
    }
}

/// [`Product`] with the tiles: 0 to 3 are sums, 4 and 5 rows, 6 and 7 columns.
///
/// # Safety
/// The processor has AMX with 8-bit integers, and [`WHOLE`] is loaded. `rows` is at least 1; as many rows as are whole
/// tiles up to it, at most [`ROWS`], of `stride` bytes each, can be read at `x`, and `steps` times 16 rows of
/// `PANEL * GROUP` bytes at `w`; `stride` is at least `steps * 64`, and `steps` at least 1.
unsafe fn tiles(x: *const u8, stride: usize, rows: usize, w: *const i8, steps: usize, sums: &mut Sums) {
    const {
        assert!(PANEL * GROUP == 128 && PANEL * size_of::<i32>() == 128 && TILE_ROWS * 128 == 2048);
    }
    // Few rows are read twice, and what that gives for the second half is nobody's.
    let below = if rows > TILE_ROWS { x.wrapping_add(TILE_ROWS * stride) } else { x };
    // SAFETY: tiles are 16 rows of 64 bytes. Those of activations are read at `x` and at `below`, which is 16 rows on where
    // there are more than 16; those of weights at `w` and 64 bytes on, 128 bytes a row, as are those of sums written,
    // which is the 32 rows of `Sums`. Each step goes 64 inputs on: 64 bytes of a row, 16 rows of weights.
    unsafe {
        asm!(
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            "2:",
            "tileloadd tmm6, [{w} + {line}]",
            "tileloadd tmm4, [{x} + {stride}]",
            "tdpbusd tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{w} + {line} + 64]",
            "tdpbusd tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{below} + {stride}]",
            "tdpbusd tmm2, tmm5, tmm6",
            "tdpbusd tmm3, tmm5, tmm7",
            "add {x}, 64",
            "add {below}, 64",
            "add {w}, 2048",
            "dec {steps}",
            "jnz 2b",
            "tilestored [{sums} + {line}], tmm0",
            "tilestored [{sums} + {line} + 64], tmm1",
            "tilestored [{sums} + {line} + 2048], tmm2",
            "tilestored [{sums} + {line} + 2112], tmm3",
            x = inout(reg) x => _,
            below = inout(reg) below => _,
            stride = in(reg) stride,
            w = inout(reg) w => _,
            line = in(reg) 128_usize,
            steps = inout(reg) steps => _,
            sums = in(reg) sums,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}

/// What the tiles do, in plain steps, so that everything around them is tested on processors that have none.
#[cfg(test)]
pub(super) mod plain {
    use super::*;

    pub(in super::super) fn multiply(weights: &Int8Weights, rows: &Rows, y: &mut [f32], gelu: bool) {
        assert!(super::super::is_available(weights.kernel));
        // SAFETY: AVX-512 VNNI is there; `product` asks for nothing more.
        unsafe { if gelu { all::<true>(weights, rows, y, product) } else { all::<false>(weights, rows, y, product) } }
    }

    /// # Safety
    /// As [`tiles`] for what is read.
    unsafe fn product(x: *const u8, stride: usize, rows: usize, w: *const i8, steps: usize, sums: &mut Sums) {
        for (r, sums) in sums.0[..rows.next_multiple_of(TILE_ROWS)].iter_mut().enumerate() {
            for (c, sum) in sums.iter_mut().enumerate() {
                *sum = (0..steps * DEPTH)
                    .map(|i| {
                        // SAFETY: row r and input i of it, and column c of the same input, are within what is there.
                        unsafe {
                            i32::from(x.add(r * stride + i).read())
                                * i32::from(w.add((i / GROUP * PANEL + c) * GROUP + i % GROUP).read())
                        }
                    })
                    .sum();
            }
        }
    }
}
