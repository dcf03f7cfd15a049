//! Dot products: of 8-bit integers, for distances of quantised vectors, and of floats.
//!
//! The dot-product instructions multiply unsigned with signed bytes. With `128 + y` for y, which is y with its highest
//! bit flipped,
//!
//! ```text
//! Σ x[i]·y[i] = Σ x[i]·(128 + y[i]) - 128·Σ x[i]
//! ```
//!
//! All sums are exact in 32 bits, so every path gives the same integer.

use pulp::Arch;
use std::sync::OnceLock;

/// The dot product of 8-bit integers on one instruction set, chosen once.
///
/// Exact up to 131,071 components: the product of two is at most 2^14 and the sum is one of 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DotI8(Path);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
    /// 64 products an instruction.
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni,
    /// 32 products an instruction.
    #[cfg(target_arch = "x86_64")]
    AvxVnni,
    /// The kernel of [`Path::AvxVnni`] with the encoding that AVX-512 has for its instruction, so that it is tested on
    /// machines that have the latter alone.
    #[cfg(all(test, target_arch = "x86_64"))]
    Narrow,
    /// 16 products an instruction, after widening.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// What the compiler makes of a loop.
    Plain,
}

impl Path {
    /// Fastest first.
    const ALL: &[Path] = &[
        #[cfg(target_arch = "x86_64")]
        Path::Avx512Vnni,
        #[cfg(target_arch = "x86_64")]
        Path::AvxVnni,
        #[cfg(target_arch = "x86_64")]
        Path::Avx2,
        Path::Plain,
    ];

    fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Path::Avx512Vnni => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vnni")
            }
            #[cfg(target_arch = "x86_64")]
            Path::AvxVnni => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("avxvnni"),
            #[cfg(all(test, target_arch = "x86_64"))]
            Path::Narrow => Path::Avx512Vnni.is_available() && is_x86_feature_detected!("avx512vl"),
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => is_x86_feature_detected!("avx2"),
            Path::Plain => true,
        }
    }

    /// Compares with plain arithmetic: a processor, or an emulation of one, that computes something else is not
    /// trusted with distances.
    fn is_right(self) -> bool {
        let values = |seed: i32| -> Vec<i8> { (0..211).map(|i| ((i + seed) * (i + 37)) as i8).collect() };
        let (a, b) = (values(1), values(90));
        let mut rows = [0; 5];
        let mut some = [0; 5];
        DotI8(self).dot_rows(&a[..40], &b[..200], &mut rows);
        DotI8(self).dot_some(&a[..40], &b[..200], &[0, 1, 2, 3, 4], &mut some);
        DotI8(self).dot(&a, &b) == plain(&a, &b)
            && rows == some
            && rows.iter().zip(b.chunks_exact(40)).all(|(found, row)| *found == plain(&a[..40], row))
    }
}

impl DotI8 {
    /// The fastest path that this processor has and that is right on it. Looked for once in a process.
    pub(crate) fn detect() -> DotI8 {
        static DETECTED: OnceLock<DotI8> = OnceLock::new();
        *DETECTED.get_or_init(|| {
            let found = Path::ALL.iter().copied().find(|path| path.is_available() && path.is_right());
            DotI8(found.unwrap_or(Path::Plain))
        })
    }

    /// Σ a[i]·b[i], up to the end of the shorter.
    #[inline]
    pub(crate) fn dot(self, a: &[i8], b: &[i8]) -> i32 {
        let length = a.len().min(b.len());
        let (a, b) = (&a[..length], &b[..length]);
        match self.0 {
            // SAFETY: in all of these, `detect` and the tests make no value of a path whose instructions are not there,
            // and the slices are as long as each other.
            #[cfg(target_arch = "x86_64")]
            Path::Avx512Vnni => unsafe { x86::avx512_vnni(a, b) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Path::AvxVnni => unsafe { x86::avx_vnni(a, b) },
            // SAFETY: as above.
            #[cfg(all(test, target_arch = "x86_64"))]
            Path::Narrow => unsafe { x86::narrow(a, b) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => unsafe { x86::avx2(a, b) },
            Path::Plain => plain(a, b),
        }
    }

    /// The products of `query` with many rows: `rows` is row-major `[products, query]` without gaps.
    ///
    /// # Panics
    /// When `rows` has not as many values as that.
    pub(crate) fn dot_rows(self, query: &[i8], rows: &[i8], products: &mut [i32]) {
        assert_eq!(rows.len(), products.len() * query.len(), "rows and products differ");
        if query.is_empty() {
            products.fill(0);
            return;
        }
        match self.0 {
            // SAFETY: the instructions are there, as in `dot`, and the lengths are those asserted above.
            #[cfg(target_arch = "x86_64")]
            Path::Avx512Vnni => unsafe { x86::avx512_vnni_rows(query, rows, products) },
            _ => {
                for (product, row) in products.iter_mut().zip(rows.chunks_exact(query.len())) {
                    *product = self.dot(query, row);
                }
            }
        }
    }

    /// The products of `query` with some rows: `rows` is row-major `[_, query]` without gaps, `of` the numbers of those
    /// wanted.
    ///
    /// # Panics
    /// When there is no such row, or there are not as many products as numbers.
    pub(crate) fn dot_some(self, query: &[i8], rows: &[i8], of: &[u32], products: &mut [i32]) {
        assert_eq!(of.len(), products.len(), "numbers and products differ");
        let count = rows.len().checked_div(query.len()).unwrap_or(usize::MAX);
        assert!(of.iter().all(|row| (*row as usize) < count), "a row that is not there");
        match self.0 {
            // SAFETY: the instructions are there, as in `dot`; the rest is asserted above.
            #[cfg(target_arch = "x86_64")]
            Path::Avx512Vnni => unsafe { x86::avx512_vnni_some(query, rows, of, products) },
            _ => {
                for (product, row) in products.iter_mut().zip(of) {
                    *product = self.dot(query, &rows[*row as usize * query.len()..][..query.len()]);
                }
            }
        }
    }
}

/// Dot product in f32 with sixteen running sums, up to the end of the shorter. Callers with many of them detect the
/// instruction set once and pass it in.
pub(crate) fn dot_f32(arch: Arch, a: &[f32], b: &[f32]) -> f32 {
    arch.dispatch(
        #[inline(always)]
        || {
            const LANES: usize = 16;
            let length = a.len().min(b.len());
            let mut sums = [0f32; LANES];
            let (a_blocks, a_rest) = a[..length].as_chunks::<LANES>();
            let (b_blocks, b_rest) = b[..length].as_chunks::<LANES>();
            for (x, y) in a_blocks.iter().zip(b_blocks) {
                for lane in 0..LANES {
                    sums[lane] += x[lane] * y[lane];
                }
            }
            let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
            sums.iter().sum::<f32>() + rest
        },
    )
}

/// [`dot_f32`] for callers with a few of them.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    dot_f32(Arch::new(), a, b)
}

/// The definition, as fast as a compiler makes it.
fn plain(a: &[i8], b: &[i8]) -> i32 {
    Arch::new().dispatch(
        #[inline(always)]
        || a.iter().zip(b).map(|(x, y)| i32::from(i16::from(*x) * i16::from(*y))).sum(),
    )
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    const WIDE: usize = 64;
    const NARROW: usize = 32;

    /// Of `count` bytes at `from`, at most 64; zeros after them.
    ///
    /// # Safety
    /// The processor has the instructions, and `count` bytes may be read at `from`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    unsafe fn first(from: *const i8, count: usize) -> __m512i {
        let mask = if count >= WIDE { !0 } else { (1_u64 << count) - 1 };
        // SAFETY: bytes that the mask leaves out are not read.
        unsafe { _mm512_maskz_loadu_epi8(mask, from) }
    }

    /// # Safety
    /// The processor has the instructions, and `b` is as long as `a`.
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    pub(super) unsafe fn avx512_vnni(a: &[i8], b: &[i8]) -> i32 {
        let high = _mm512_set1_epi8(-128);
        let (mut sum, mut offset) = (_mm512_setzero_si512(), _mm512_setzero_si512());
        let mut at = 0;
        while at < a.len() {
            let count = a.len() - at;
            // SAFETY: `at` is below the length of both, so `count` bytes may be read. Past the end x is zero, and so
            // are its products.
            let (x, y) = unsafe { (first(a.as_ptr().add(at), count), first(b.as_ptr().add(at), count)) };
            sum = _mm512_dpbusd_epi32(sum, _mm512_xor_si512(y, high), x);
            offset = _mm512_dpbusd_epi32(offset, high, x);
            at += WIDE;
        }
        _mm512_reduce_add_epi32(_mm512_sub_epi32(sum, offset))
    }

    /// Four rows at a time, so that a load of the query serves four and their sums do not wait for each other.
    ///
    /// # Safety
    /// The processor has the instructions, and `rows` has `products.len()` rows of `query.len()` bytes, not zero.
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    pub(super) unsafe fn avx512_vnni_rows(query: &[i8], rows: &[i8], products: &mut [i32]) {
        let length = query.len();
        let offset = offset(query);
        let mut groups = products.chunks_exact_mut(ROWS);
        let mut row = rows.as_ptr();
        for products in &mut groups {
            // SAFETY: four rows from `row` on are within `rows`, and then `row` is at most one past the end.
            unsafe {
                four(query, [0, 1, 2, 3].map(|r| row.add(r * length)), offset, products);
                row = row.add(ROWS * length);
            }
        }
        let rest = groups.into_remainder();
        let first_left = rows.len() - rest.len() * length;
        for (product, row) in rest.iter_mut().zip(rows[first_left..].chunks_exact(length)) {
            // SAFETY: the instructions are there, and a row is as long as the query.
            *product = unsafe { avx512_vnni(query, row) };
        }
    }

    /// As [`avx512_vnni_rows`], of rows that lie anywhere: those of the next group are fetched meanwhile.
    ///
    /// # Safety
    /// The processor has the instructions, `of` has a number for every product, and `rows` has a row of `query.len()`
    /// bytes for every number.
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    pub(super) unsafe fn avx512_vnni_some(query: &[i8], rows: &[i8], of: &[u32], products: &mut [i32]) {
        let length = query.len();
        let offset = offset(query);
        // SAFETY: every number is one of a row.
        let row = |number: u32| unsafe { rows.as_ptr().add(number as usize * length) };
        let fetch = |numbers: &[u32]| {
            for number in numbers {
                for at in (0..length).step_by(WIDE) {
                    // SAFETY: within the row; and to fetch is no access.
                    unsafe { _mm_prefetch::<_MM_HINT_T0>(row(*number).add(at)) };
                }
            }
        };
        fetch(&of[..of.len().min(AHEAD)]);
        let (groups, rest) = of.as_chunks::<ROWS>();
        for (group, (numbers, products)) in groups.iter().zip(products.chunks_exact_mut(ROWS)).enumerate() {
            fetch(of.get(group * ROWS + AHEAD..).map_or(&[], |left| &left[..left.len().min(ROWS)]));
            // SAFETY: the instructions are there, and these are rows.
            unsafe { four(query, numbers.map(row), offset, products) };
        }
        let done = products.len() - rest.len();
        for (product, number) in products[done..].iter_mut().zip(rest) {
            let start = *number as usize * length;
            // SAFETY: the instructions are there, and a row is as long as the query.
            *product = unsafe { avx512_vnni(query, &rows[start..start + length]) };
        }
    }

    /// Rows whose products are computed together.
    const ROWS: usize = 4;
    /// Rows that are fetched before their turn.
    const AHEAD: usize = 8;

    /// What products with `128 + y` are too large by.
    fn offset(query: &[i8]) -> i32 {
        128 * query.iter().map(|x| i32::from(*x)).sum::<i32>()
    }

    /// # Safety
    /// The processor has the instructions, and each of the rows has as many bytes as the query.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    unsafe fn four(query: &[i8], rows: [*const i8; ROWS], offset: i32, products: &mut [i32]) {
        let high = _mm512_set1_epi8(-128);
        let mut sums = [_mm512_setzero_si512(); ROWS];
        let mut at = 0;
        while at < query.len() {
            let count = query.len() - at;
            // SAFETY: `at` is below the length of the query and of each row.
            unsafe {
                let x = first(query.as_ptr().add(at), count);
                for (row, sum) in rows.iter().zip(&mut sums) {
                    let y = first(row.add(at), count);
                    *sum = _mm512_dpbusd_epi32(*sum, _mm512_xor_si512(y, high), x);
                }
            }
            at += WIDE;
        }
        for (product, sum) in products.iter_mut().zip(sums) {
            // Products with 128 + y may wrap around where those with y do not; the difference is right all the same.
            *product = _mm512_reduce_add_epi32(sum).wrapping_sub(offset);
        }
    }

    /// The kernel on 256-bit vectors, whose instruction has one encoding of its own and another within AVX-512.
    macro_rules! narrow_vnni {
        ($(#[$attribute:meta])* $name:ident, $features:literal, $dot:ident) => {
            /// # Safety
            /// The processor has the instructions, and `b` is as long as `a`.
            $(#[$attribute])*
            #[target_feature(enable = $features)]
            pub(super) unsafe fn $name(a: &[i8], b: &[i8]) -> i32 {
                let high = _mm256_set1_epi8(-128);
                let (mut sum, mut offset) = (_mm256_setzero_si256(), _mm256_setzero_si256());
                let mut at = 0;
                while at + NARROW <= a.len() {
                    // SAFETY: 32 bytes from `at` on are within both.
                    let (x, y) = unsafe {
                        (_mm256_loadu_si256(a.as_ptr().add(at).cast()), _mm256_loadu_si256(b.as_ptr().add(at).cast()))
                    };
                    sum = $dot(sum, _mm256_xor_si256(y, high), x);
                    offset = $dot(offset, high, x);
                    at += NARROW;
                }
                add(_mm256_sub_epi32(sum, offset)) + super::plain(&a[at..], &b[at..])
            }
        };
    }

    narrow_vnni! { avx_vnni, "avx2,avxvnni", _mm256_dpbusd_avx_epi32 }
    narrow_vnni! { #[cfg(test)] narrow, "avx2,avx512f,avx512vl,avx512vnni", _mm256_dpbusd_epi32 }

    /// # Safety
    /// The processor has the instructions, and `b` is as long as `a`.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn avx2(a: &[i8], b: &[i8]) -> i32 {
        const HALF: usize = NARROW / 2;
        let mut sum = _mm256_setzero_si256();
        let mut at = 0;
        while at + HALF <= a.len() {
            // SAFETY: 16 bytes from `at` on are within both.
            let (x, y) =
                unsafe { (_mm_loadu_si128(a.as_ptr().add(at).cast()), _mm_loadu_si128(b.as_ptr().add(at).cast())) };
            let products = _mm256_madd_epi16(_mm256_cvtepi8_epi16(x), _mm256_cvtepi8_epi16(y));
            sum = _mm256_add_epi32(sum, products);
            at += HALF;
        }
        add(sum) + super::plain(&a[at..], &b[at..])
    }

    /// The sum of eight integers.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn add(eight: __m256i) -> i32 {
        let four = _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256::<1>(eight));
        let two = _mm_add_epi32(four, _mm_unpackhi_epi64(four, four));
        _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32::<1>(two)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The paths that this machine has; says which it has not.
    fn paths() -> Vec<Path> {
        let mut all = Path::ALL.to_vec();
        #[cfg(target_arch = "x86_64")]
        all.push(Path::Narrow);
        let (here, not_here): (Vec<Path>, Vec<Path>) = all.into_iter().partition(|path| path.is_available());
        if !not_here.is_empty() {
            eprintln!("SKIPPED: this processor has no {not_here:?}");
        }
        here
    }

    fn definition(a: &[i8], b: &[i8]) -> i32 {
        a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
    }

    proptest! {
        #[test]
        fn every_path_agrees_with_plain_integers_for_any_length(
            pairs in prop::collection::vec(any::<(i8, i8)>(), 0..300), start in 0_usize..3
        ) {
            let (a, b): (Vec<i8>, Vec<i8>) = pairs.into_iter().unzip();
            // Other starts are other alignments.
            let start = start.min(a.len());
            for path in paths() {
                prop_assert_eq!(DotI8(path).dot(&a[start..], &b[start..]), definition(&a[start..], &b[start..]));
            }
        }

        #[test]
        fn every_path_gives_the_same_for_many_rows_as_for_one(
            query in prop::collection::vec(any::<i8>(), 0..150), count in 0_usize..11, seed in any::<i8>()
        ) {
            let rows: Vec<i8> = (0..count * query.len()).map(|i| (i * i + i) as i8 ^ seed).collect();
            for path in paths() {
                let mut products = vec![i32::MIN; count];
                DotI8(path).dot_rows(&query, &rows, &mut products);
                for (row, product) in products.iter().enumerate() {
                    prop_assert_eq!(*product, definition(&query, &rows[row * query.len()..][..query.len()]));
                }
                // From the last to the first, and each of them again.
                let of: Vec<u32> = (0..count as u32).rev().chain(0..count as u32).collect();
                let mut some = vec![i32::MIN; of.len()];
                DotI8(path).dot_some(&query, &rows, &of, &mut some);
                for (row, product) in of.iter().zip(some) {
                    prop_assert_eq!(product, products[*row as usize]);
                }
            }
        }
    }

    #[test]
    fn the_extremes_do_not_overflow_and_what_is_past_the_shorter_does_not_count() {
        let (low, high) = (vec![i8::MIN; 100_000], vec![i8::MAX; 100_001]);
        for path in paths() {
            assert_eq!(DotI8(path).dot(&low, &low), 1_638_400_000, "{path:?}");
            assert_eq!(DotI8(path).dot(&low, &high), -1_625_600_000, "{path:?}");
        }
        assert!(Path::ALL.contains(&DotI8::detect().0) && DotI8::detect().0.is_available());
    }
}
