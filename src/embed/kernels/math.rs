//! Elementary functions on whole vectors, for any instruction set `pulp` knows.

use pulp::Simd;

/// e^x, within 2 units in the last place for x in [-87, 88]; arguments outside are clamped to that range.
///
/// x = n·ln 2 + r with |r| <= ln 2 / 2; e^r by the polynomial of Cephes `expf`, 2^n by writing the exponent bits.
#[inline(always)]
pub(super) fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // Adding 1.5 x 2^23 leaves the nearest integer in the low bits of the float; the 127 is the exponent's bias.
    const ROUNDER: f32 = 12_582_912.0 + 127.0;
    // ln 2 in two parts, so that n times the first is exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    const POLYNOMIAL: [f32; 6] = [1.987_569_1e-4, 1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5];

    // A NaN stays one: x86 returns the second operand when either is NaN.
    let x = simd.max_f32s(simd.splat_f32s(-87.0), simd.min_f32s(simd.splat_f32s(88.0), x));
    let shifted = simd.mul_add_e_f32s(x, simd.splat_f32s(std::f32::consts::LOG2_E), simd.splat_f32s(ROUNDER));
    let n = simd.sub_f32s(shifted, simd.splat_f32s(ROUNDER));
    let r = simd.mul_add_e_f32s(n, simd.splat_f32s(-LN_2_HIGH), x);
    let r = simd.mul_add_e_f32s(n, simd.splat_f32s(-LN_2_LOW), r);
    let mut p = simd.splat_f32s(POLYNOMIAL[0]);
    for c in &POLYNOMIAL[1..] {
        p = simd.mul_add_e_f32s(p, r, simd.splat_f32s(*c));
    }
    let p = simd.mul_add_e_f32s(p, simd.mul_f32s(r, r), simd.add_f32s(r, simd.splat_f32s(1.0)));
    let bits = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    simd.mul_f32s(p, simd.transmute_f32s_u32s(bits))
}

/// The error function, within 4e-7 absolute everywhere.
///
/// The rational approximation of Eigen's `generic_fast_erf_float`: x·P(x²)/Q(x²) for |x| <= 4, where the function is
/// 1 in single precision from there on.
#[inline(always)]
pub(super) fn erf<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const NUMERATOR: [f32; 7] = [
        -2.726_142_3e-10,
        2.770_681_5e-8,
        -2.101_024e-6,
        -5.692_506_5e-5,
        -7.349_906_3e-4,
        -2.954_6e-3,
        -1.609_603_4e-2,
    ];
    const DENOMINATOR: [f32; 5] = [-1.456_607_2e-5, -2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_473_9e-2];

    let x = simd.max_f32s(simd.splat_f32s(-4.0), simd.min_f32s(simd.splat_f32s(4.0), x));
    let square = simd.mul_f32s(x, x);
    let mut p = simd.splat_f32s(NUMERATOR[0]);
    for c in &NUMERATOR[1..] {
        p = simd.mul_add_e_f32s(p, square, simd.splat_f32s(*c));
    }
    let mut q = simd.splat_f32s(DENOMINATOR[0]);
    for c in &DENOMINATOR[1..] {
        q = simd.mul_add_e_f32s(q, square, simd.splat_f32s(*c));
    }
    simd.div_f32s(simd.mul_f32s(x, p), q)
}

/// x·Φ(x) with Φ the standard normal distribution: the exact form of GELU that BERT uses.
#[inline(always)]
pub(super) fn gelu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let half = simd.mul_f32s(x, simd.splat_f32s(0.5));
    let e = erf(simd, simd.mul_f32s(x, simd.splat_f32s(std::f32::consts::FRAC_1_SQRT_2)));
    simd.mul_add_e_f32s(half, e, half)
}

#[cfg(test)]
pub(super) mod reference {
    //! The same functions in f64, slow and plain.

    /// The error function: its Maclaurin series below 3, its continued fraction above.
    pub fn erf(x: f64) -> f64 {
        if x < 0.0 {
            return -erf(-x);
        }
        if x < 3.0 {
            let (mut term, mut sum) = (x, x);
            for n in 1..200 {
                term *= -x * x / f64::from(n);
                sum += term / f64::from(2 * n + 1);
            }
            return sum * 2.0 / std::f64::consts::PI.sqrt();
        }
        let mut fraction = x;
        for n in (1..100).rev() {
            fraction = x + f64::from(n) / 2.0 / fraction;
        }
        1.0 - (-x * x).exp() / (fraction * std::f64::consts::PI.sqrt())
    }

    pub fn gelu(x: f64) -> f64 {
        0.5 * x * (1.0 + erf(x / std::f64::consts::SQRT_2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulp::{Arch, WithSimd};

    #[derive(Clone, Copy)]
    enum Function {
        Exp,
        Erf,
        Gelu,
    }

    struct Each<'a>(Function, &'a mut [f32]);

    impl WithSimd for Each<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            for x in self.1 {
                let v = simd.splat_f32s(*x);
                let y = match self.0 {
                    Function::Exp => exp(simd, v),
                    Function::Erf => erf(simd, v),
                    Function::Gelu => gelu(simd, v),
                };
                *x = simd.reduce_max_f32s(y);
            }
        }
    }

    fn worst(f: Function, from: f32, to: f32, error: impl Fn(f64, f64) -> f64) -> f64 {
        let xs: Vec<f32> = (0..=20_000).map(|i| from + (to - from) * i as f32 / 20_000.0).collect();
        let mut ys = xs.clone();
        Arch::new().dispatch(Each(f, &mut ys));
        xs.iter().zip(&ys).map(|(x, y)| error(f64::from(*x), f64::from(*y))).fold(0.0, f64::max)
    }

    #[test]
    fn the_exponential_is_right_to_two_units_in_the_last_place() {
        let e = worst(Function::Exp, -87.0, 88.0, |x, y| (y / x.exp() - 1.0).abs());
        assert!(e < 2.4e-7, "relative error {e}");
    }

    #[test]
    fn the_exponential_of_a_large_negative_number_is_next_to_nothing() {
        let mut v = [-1e4, f32::NEG_INFINITY];
        Arch::new().dispatch(Each(Function::Exp, &mut v));
        assert!(v.iter().all(|y| (0.0..1e-37).contains(y)), "{v:?}");
    }

    #[test]
    fn the_error_function_is_right_to_seven_digits() {
        let e = worst(Function::Erf, -6.0, 6.0, |x, y| (y - reference::erf(x)).abs());
        assert!(e < 4e-7, "absolute error {e}");
    }

    #[test]
    fn gelu_is_right_to_six_digits() {
        let e = worst(Function::Gelu, -12.0, 12.0, |x, y| (y - reference::gelu(x)).abs() / x.abs().max(1.0));
        assert!(e < 1e-6, "error {e}");
    }
}
