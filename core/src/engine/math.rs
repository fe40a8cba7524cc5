//! Elementary functions that give the same bits on every platform: `exp`, `ln` and their relatives, from `+ - * /`, `sqrt`
//! and bit operations only. The functions of the standard library call whatever libm the platform has, and those differ in
//! the last bit; one such bit is enough to break a tie the other way. The methods are those of FreeBSD's msun (`e_exp.c`,
//! `e_log.c`, `s_log1p.c`, `s_expm1.c`, `e_pow.c`): reduce the argument, evaluate a minimax polynomial, put the exponent
//! back; the error is below one unit in the last place. Their coefficients and their notice:
//!
//! > Copyright (C) 1993, 2004 by Sun Microsystems, Inc. All rights reserved.
//! >
//! > Developed at SunSoft, a Sun Microsystems, Inc. business.
//! > Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice is preserved.
//!
//! Every NaN that comes out is the one quiet NaN [`f64::NAN`], so that results compare by bits. [`exp2_weight`] is ours.

const fn bits(b: u64) -> f64 {
    f64::from_bits(b)
}

/// ln 2 in two parts; the first has enough trailing zeros for `k * LN2_HI` to be exact for every exponent k.
const LN2_HI: f64 = bits(0x3fe62e42_fee00000);
const LN2_LO: f64 = bits(0x3dea39ef_35793c76);
const INV_LN2: f64 = bits(0x3ff71547_652b82fe);
/// Above it, e^x overflows; below `EXP_MIN`, it rounds to zero.
const EXP_MAX: f64 = bits(0x40862e42_fefa39ef);
const EXP_MIN: f64 = bits(0xc0874910_d52d3051);

/// The high 32 bits: sign, exponent and the leading 20 bits of the fraction.
const fn high_word(x: f64) -> u32 {
    (x.to_bits() >> 32) as u32
}

/// `x` with the low 32 bits of its fraction cleared, so that products of two such numbers are exact or nearly so.
const fn high_part(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & 0xffff_ffff_0000_0000)
}

/// 2^n for -1022 <= n <= 1023.
const fn power_of_two(n: i32) -> f64 {
    f64::from_bits(((0x3ff + n) as u64) << 52)
}

/// `x * 2^n` with one rounding, for |n| < 1500; subnormal results included.
const fn scale(x: f64, n: i32) -> f64 {
    if n > 1023 {
        x * power_of_two(1023) * power_of_two(n - 1023)
    } else if n < -1022 {
        // The first factor leaves the product normal, so that only the second one rounds.
        x * power_of_two(-1022 + 53) * power_of_two(n + 1022 - 53)
    } else {
        x * power_of_two(n)
    }
}

/// `r - (P1 r^2 + ... + P5 r^10)`: the correction c(r) of exp(r) = 1 + r + r c / (2 - c), for |r| <= ln(2) / 2.
const fn exp_correction(r: f64) -> f64 {
    const P1: f64 = bits(0x3fc55555_5555553e);
    const P2: f64 = bits(0xbf66c16c_16bebd93);
    const P3: f64 = bits(0x3f11566a_af25de2c);
    const P4: f64 = bits(0xbebbbd41_c5d26bf1);
    const P5: f64 = bits(0x3e663769_72bea4d0);
    let t = r * r;
    r - t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * P5))))
}

/// The integer nearest to `x / ln 2`.
fn nearest_multiple_of_ln2(x: f64) -> i32 {
    (INV_LN2 * x + if x < 0.0 { -0.5 } else { 0.5 }) as i32
}

/// e^x.
pub fn exp(x: f64) -> f64 {
    if x.is_nan() {
        return f64::NAN;
    }
    if x > EXP_MAX {
        return f64::INFINITY;
    }
    if x < EXP_MIN {
        return 0.0;
    }
    let magnitude = high_word(x) & 0x7fff_ffff;
    if magnitude <= 0x3e30_0000 {
        return 1.0 + x; // |x| < 2^-28
    }
    // x = k ln 2 + hi - lo
    let (k, hi, lo) = if magnitude > 0x3fd6_2e42 {
        let k = nearest_multiple_of_ln2(x);
        (k, x - k as f64 * LN2_HI, k as f64 * LN2_LO)
    } else {
        (0, x, 0.0)
    };
    let r = hi - lo;
    let c = exp_correction(r);
    scale(1.0 + (r * c / (2.0 - c) - lo + hi), k)
}

/// e^x - 1, accurate where x is small.
pub fn exp_m1(x: f64) -> f64 {
    if x.is_nan() {
        return f64::NAN;
    }
    if x > EXP_MAX {
        return f64::INFINITY;
    }
    if x < -56.0 * LN2_HI {
        return -1.0;
    }
    let magnitude = high_word(x) & 0x7fff_ffff;
    if magnitude < 0x3c90_0000 {
        return x; // |x| < 2^-54, and both zeros
    }
    // x = k ln 2 + r + c
    let (k, r, c) = if magnitude > 0x3fd6_2e42 {
        let k = nearest_multiple_of_ln2(x);
        let (hi, lo) = (x - k as f64 * LN2_HI, k as f64 * LN2_LO);
        let r = hi - lo;
        (k, r, (hi - r) - lo)
    } else {
        (0, x, 0.0)
    };
    exp_m1_reduced(k, r, c)
}

/// 2^k e^(r + c) - 1 for |r| <= ln(2) / 2 and a tiny c.
fn exp_m1_reduced(k: i32, r: f64, c: f64) -> f64 {
    const Q1: f64 = bits(0xbfa11111_111110f4);
    const Q2: f64 = bits(0x3f5a01a0_19fe5585);
    const Q3: f64 = bits(0xbf14ce19_9eaadbb7);
    const Q4: f64 = bits(0x3ed0cfca_86e65239);
    const Q5: f64 = bits(0xbe8afdb7_6e09c32d);
    let half = 0.5 * r;
    let square = r * half;
    let r1 = 1.0 + square * (Q1 + square * (Q2 + square * (Q3 + square * (Q4 + square * Q5))));
    let t = 3.0 - r1 * half;
    let e = square * ((r1 - t) / (6.0 - r * t));
    if k == 0 {
        return r - (r * e - square);
    }
    // e^x is about 2^k (r - e + 1)
    let e = r * (e - c) - c - square;
    match k {
        -1 => 0.5 * (r - e) - 0.5,
        1 if r < -0.25 => -2.0 * (e - (r + 0.5)),
        1 => 1.0 + 2.0 * (r - e),
        2..20 => ((r - e) + (1.0 - power_of_two(-k))) * power_of_two(k),
        20..=56 => ((r - (e + power_of_two(-k))) + 1.0) * power_of_two(k),
        _ => scale(r - e + 1.0, k) - 1.0,
    }
}

/// ln(1 + f) without its leading term f, for 1 + f in [sqrt(2)/2, sqrt(2)]: returns f^2/2 and s (f^2/2 + R(s)).
fn ln_1p_parts(f: f64) -> (f64, f64) {
    const L1: f64 = bits(0x3fe55555_55555593);
    const L2: f64 = bits(0x3fd99999_9997fa04);
    const L3: f64 = bits(0x3fd24924_94229359);
    const L4: f64 = bits(0x3fcc71c5_1d8e78af);
    const L5: f64 = bits(0x3fc74664_96cb03de);
    const L6: f64 = bits(0x3fc39a09_d078c69f);
    const L7: f64 = bits(0x3fc2f112_df3e5244);
    let half_square = 0.5 * f * f;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * (L2 + w * (L4 + w * L6));
    let odd = z * (L1 + w * (L3 + w * (L5 + w * L7)));
    (half_square, s * (half_square + (odd + even)))
}

/// Splits a positive normal number into k and f with x = 2^k (1 + f) and 1 + f in [sqrt(2)/2, sqrt(2)].
fn split_at_sqrt2(x: f64) -> (i32, f64) {
    let word = high_word(x) + (0x3ff0_0000 - 0x3fe6_a09e);
    let k = (word >> 20) as i32 - 0x3ff;
    let fraction = (word & 0x000f_ffff) + 0x3fe6_a09e;
    (k, f64::from_bits((u64::from(fraction) << 32) | (x.to_bits() & 0xffff_ffff)) - 1.0)
}

/// The natural logarithm; NaN below zero, minus infinity at both zeros.
pub fn ln(x: f64) -> f64 {
    if x.is_nan() || x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if x == f64::INFINITY {
        return x;
    }
    if x == 1.0 {
        return 0.0;
    }
    let (k, f) = if x < f64::MIN_POSITIVE {
        let (k, f) = split_at_sqrt2(x * power_of_two(54));
        (k - 54, f)
    } else {
        split_at_sqrt2(x)
    };
    let (half_square, tail) = ln_1p_parts(f);
    let k = k as f64;
    tail + k * LN2_LO - half_square + f + k * LN2_HI
}

/// ln(1 + x), accurate where x is small; NaN below -1, minus infinity at -1.
pub fn ln_1p(x: f64) -> f64 {
    if x.is_nan() || x < -1.0 {
        return f64::NAN;
    }
    if x == -1.0 {
        return f64::NEG_INFINITY;
    }
    if x == f64::INFINITY || x.abs() < power_of_two(-53) {
        return x;
    }
    let word = high_word(x);
    let (k, f, c) = if word < 0x3fda_827a || (0x8000_0000..=0xbfd2_bec4).contains(&word) {
        (0, x, 0.0)
    } else {
        let u = 1.0 + x;
        let (k, f) = split_at_sqrt2(u);
        // What the sum lost, (1 + x) - u, moves the logarithm by that over u.
        let lost = if k >= 54 {
            0.0
        } else if k >= 2 {
            1.0 - (u - x)
        } else {
            x - (u - 1.0)
        };
        (k, f, lost / u)
    };
    let (half_square, tail) = ln_1p_parts(f);
    let k = k as f64;
    tail + (k * LN2_LO + c) - half_square + f + k * LN2_HI
}

/// 2^(hi + lo) for |hi + lo| <= 1100, where `lo` is small beside `hi`.
const fn two_to(hi: f64, lo: f64) -> f64 {
    const LN2: f64 = bits(0x3fe62e42_fefa39ef);
    const LN2_H: f64 = bits(0x3fe62e43_00000000);
    const LN2_L: f64 = bits(0xbe205c61_0ca86c39);
    let sum = hi + lo;
    let n = (sum + if sum < 0.0 { -0.5 } else { 0.5 }) as i32;
    let hi = hi - n as f64;
    let t = high_part(lo + hi);
    let u = t * LN2_H;
    let v = (lo - (t - hi)) * LN2 + t * LN2_L;
    let z = u + v;
    let w = v - (z - u);
    let c = exp_correction(z);
    let r = (z * c) / (c - 2.0) - (w + z * w);
    scale(1.0 - (r - z), n)
}

/// 2^x.
pub const fn exp2(x: f64) -> f64 {
    if x.is_nan() {
        f64::NAN
    } else if x >= 1024.0 {
        f64::INFINITY
    } else if x < -1075.0 {
        0.0
    } else {
        two_to(x, 0.0)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Parity {
    Even,
    Odd,
    NotAnInteger,
}

fn parity(y: f64) -> Parity {
    if y.abs() >= power_of_two(53) {
        return Parity::Even;
    }
    let n = y as i64;
    if n as f64 != y {
        Parity::NotAnInteger
    } else if n & 1 == 1 {
        Parity::Odd
    } else {
        Parity::Even
    }
}

/// x^y, with the special values of C99 (annex F.9.4.4): `pow(x, 0)` and `pow(1, y)` are 1 even for NaN.
pub fn pow(x: f64, y: f64) -> f64 {
    if let Some(special) = pow_special(x, y) {
        return special;
    }
    let (sign, ax) = (if x < 0.0 && parity(y) == Parity::Odd { -1.0 } else { 1.0 }, x.abs());
    // y of more than 2^31 overflows or underflows unless x is next to one, where a short series is enough.
    let (log_hi, log_lo) = if high_word(y.abs()) > 0x41e0_0000 {
        let word = high_word(ax);
        if high_word(y.abs()) > 0x43f0_0000 || !(0x3fef_ffff..=0x3ff0_0000).contains(&word) {
            return if (ax < 1.0) == (y < 0.0) { sign * f64::INFINITY } else { sign * 0.0 };
        }
        log2_next_to_one(ax)
    } else {
        log2_in_two_parts(ax)
    };
    // y log2(x) in two parts
    let y_hi = high_part(y);
    let lo = (y - y_hi) * log_hi + y * log_lo;
    let hi = y_hi * log_hi;
    let z = lo + hi;
    // -(1024 - log2 of the overflow threshold), in units that tell 1024 from a hair above it
    const OVERFLOW_MARGIN: f64 = bits(0x3c971547_652b82fe);
    if z > 1024.0 || (z == 1024.0 && lo + OVERFLOW_MARGIN > z - hi) {
        return sign * f64::INFINITY;
    }
    if z < -1075.0 || (z == -1075.0 && lo <= z - hi) {
        return sign * 0.0;
    }
    sign * two_to(hi, lo)
}

/// The cases that no logarithm answers, and those that have an exact or correctly rounded shortcut.
fn pow_special(x: f64, y: f64) -> Option<f64> {
    if y == 0.0 || x == 1.0 {
        return Some(1.0);
    }
    if x.is_nan() || y.is_nan() {
        return Some(f64::NAN);
    }
    if y.is_infinite() {
        return Some(match x.abs() {
            1.0 => 1.0,
            ax if (ax > 1.0) == (y > 0.0) => f64::INFINITY,
            _ => 0.0,
        });
    }
    if y == 1.0 {
        return Some(x);
    }
    if y == -1.0 {
        return Some(1.0 / x);
    }
    if y == 2.0 {
        return Some(x * x);
    }
    if y == 0.5 && x.is_sign_positive() {
        return Some(x.sqrt());
    }
    if x == 0.0 || x.is_infinite() || x == -1.0 {
        let size = if y < 0.0 { 1.0 / x.abs() } else { x.abs() };
        return Some(match parity(y) {
            Parity::NotAnInteger if x == -1.0 => f64::NAN,
            Parity::Odd if x.is_sign_negative() => -size,
            _ => size,
        });
    }
    (x < 0.0 && parity(y) == Parity::NotAnInteger).then_some(f64::NAN)
}

/// log2(x) in two parts for |1 - x| <= 2^-20, by x - x^2/2 + x^3/3 - x^4/4.
fn log2_next_to_one(x: f64) -> (f64, f64) {
    const INV_LN2_H: f64 = bits(0x3ff71547_60000000);
    const INV_LN2_L: f64 = bits(0x3e54ae0b_f85ddf44);
    let t = x - 1.0;
    let w = (t * t) * (0.5 - t * (1.0 / 3.0 - t * 0.25));
    // msun multiplies the whole of t, which has up to 33 bits: the product is inexact and y > 2^31 makes that hundreds of ulp.
    let t_h = high_part(t);
    let u = INV_LN2_H * t_h;
    let v = t * INV_LN2_L + (t - t_h) * INV_LN2_H - w * INV_LN2;
    let hi = high_part(u + v);
    (hi, v - (hi - u))
}

/// log2(x) in two parts, the first with its low 32 bits clear, for a positive finite x.
fn log2_in_two_parts(x: f64) -> (f64, f64) {
    const L1: f64 = bits(0x3fe33333_33333303);
    const L2: f64 = bits(0x3fdb6db6_db6fabff);
    const L3: f64 = bits(0x3fd55555_518f264d);
    const L4: f64 = bits(0x3fd17460_a91d4101);
    const L5: f64 = bits(0x3fcd864a_93c9db65);
    const L6: f64 = bits(0x3fca7e28_4a454eef);
    // 2 / (3 ln 2), and log2(1.5)
    const CP: f64 = bits(0x3feec709_dc3a03fd);
    const CP_H: f64 = bits(0x3feec709_e0000000);
    const CP_L: f64 = bits(0xbe3e2fe0_145b01f5);
    const LOG2_3_2: [(f64, f64); 2] = [(0.0, 0.0), (bits(0x3fe2b803_40000000), bits(0x3e4cfdeb_43cfd006))];

    let (x, subnormal) = if x < f64::MIN_POSITIVE { (x * power_of_two(53), -53) } else { (x, 0) };
    let fraction = high_word(x) & 0x000f_ffff;
    let mut n = subnormal + (high_word(x) >> 20) as i32 - 0x3ff;
    // m in [sqrt(3)/2, sqrt(3)), seen from the nearer of 1 and 3/2
    let mut word = fraction | 0x3ff0_0000;
    let nearer = usize::from(fraction > 0x3988e && fraction < 0xbb67a);
    if fraction >= 0xbb67a {
        n += 1;
        word -= 0x0010_0000;
    }
    let base = [1.0, 1.5][nearer];
    let m = f64::from_bits((u64::from(word) << 32) | (x.to_bits() & 0xffff_ffff));

    // s = s_h + s_l = (m - base) / (m + base)
    let u = m - base;
    let v = 1.0 / (m + base);
    let s = u * v;
    let s_h = high_part(s);
    let t_h = f64::from_bits(u64::from(((word >> 1) | 0x2000_0000) + 0x0008_0000 + ((nearer as u32) << 18)) << 32);
    let t_l = m - (t_h - base);
    let s_l = v * ((u - s_h * t_h) - s_h * t_l);

    // ln(m / base) = s (2 + 2/3 s^2 + ...)
    let s2 = s * s;
    let r = s2 * s2 * (L1 + s2 * (L2 + s2 * (L3 + s2 * (L4 + s2 * (L5 + s2 * L6))))) + s_l * (s_h + s);
    let s2 = s_h * s_h;
    let t_h = high_part(3.0 + s2 + r);
    let t_l = r - ((t_h - 3.0) - s2);
    let u = s_h * t_h;
    let v = s_l * t_h + t_l * s;
    let p_h = high_part(u + v);
    let p_l = v - (p_h - u);

    // times 2 / (3 ln 2), plus log2(base), plus n
    let (base_h, base_l) = LOG2_3_2[nearer];
    let z_h = CP_H * p_h;
    let z_l = CP_L * p_h + p_l * CP + base_l;
    let t = n as f64;
    let hi = high_part(((z_h + z_l) + base_h) + t);
    (hi, z_l - (((hi - t) - base_h) - z_h))
}

/// The weight of a touch that happened now, of which [`exp2_weight`] is a fraction: 2^30.
pub const FULL_WEIGHT: u64 = 1 << 30;

/// `2^30 * 2^(-j / 256)` for j = 0..256.
static FRACTION_WEIGHTS: [f64; 256] = {
    let mut table = [0.0; 256];
    let mut j = 0;
    while j < 256 {
        table[j] = exp2(30.0 - j as f64 / 256.0);
        j += 1;
    }
    table
};

/// The integer weight of a touch that is `halvings` half-lives old: `2^30 * 2^(-halvings)`, rounded, and at least 1, so that
/// no touch that exists weighs nothing. At `halvings <= 0` it is [`FULL_WEIGHT`]; a NaN weighs 1.
///
/// Integers make sums of weights independent of order. The nearest 1/256 of a half-life is looked up and a polynomial of
/// degree four in the rest, |r| <= 1/512, corrects it; the relative error before rounding is below 2^-51.
#[inline]
pub fn exp2_weight(halvings: f64) -> u64 {
    // Adding 2^52 rounds to an integer and leaves it in the low bits of the fraction: cheaper than a cast.
    const ROUNDER: f64 = 4_503_599_627_370_496.0;
    const FRACTION: u64 = (1 << 52) - 1;
    // (-ln 2)^n / n!
    const C1: f64 = bits(0xbfe62e42_fefa39ef);
    const C2: f64 = bits(0x3fcebfbd_ff82c58f);
    const C3: f64 = bits(0xbfac6b08_d704a0c0);
    const C4: f64 = bits(0x3f83b2ab_6fba4e77);
    if halvings <= 0.0 {
        return FULL_WEIGHT;
    }
    if halvings >= 31.0 || halvings.is_nan() {
        return 1;
    }
    let shifted = halvings * 256.0 + ROUNDER;
    let steps = shifted.to_bits() & FRACTION;
    let r = halvings - (shifted - ROUNDER) * (1.0 / 256.0);
    let r2 = r * r;
    let correction = (1.0 + r * C1) + r2 * ((C2 + r * C3) + r2 * C4);
    let halved = f64::from_bits((0x3ff - (steps >> 8)) << 52);
    let weight = FRACTION_WEIGHTS[(steps & 255) as usize] * correction * halved;
    ((weight + ROUNDER).to_bits() & FRACTION).max(1)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // the standard library is what these functions are compared with
mod tests {
    use std::f64::consts::{E, FRAC_1_SQRT_2, LN_2, PI, SQRT_2};
    use std::fmt::Debug;

    use proptest::prelude::*;

    use super::*;

    const INF: f64 = f64::INFINITY;
    const TINY: f64 = 5e-324;

    #[track_caller]
    fn assert_bits<T: Copy + Debug>(args: &[T], golden: &[u64], f: impl Fn(T) -> f64) {
        for (arg, bits) in args.iter().zip(golden) {
            assert_eq!(f(*arg).to_bits(), *bits, "at {arg:?}: {:e}, not {:e}", f(*arg), f64::from_bits(*bits));
        }
    }

    /// Steps between two numbers of the same sign.
    fn ulps(a: f64, b: f64) -> u64 {
        if a.is_nan() && b.is_nan() { 0 } else { a.to_bits().abs_diff(b.to_bits()) }
    }

    // The golden bits were checked against 300-bit arithmetic (mpmath): each is less than one unit in the last place off.

    #[test]
    fn exp_gives_the_same_bits_everywhere() {
        #[rustfmt::skip]
        let args = [
            1.0, -1.0, 0.5, -0.5, 0.1, 2.0, 10.0, -10.0, LN_2, 1e-9, -1e-9, 100.0, -100.0, 709.7, -708.0, -745.0, PI,
            0.34657359, -37.25, 512.125,
        ];
        #[rustfmt::skip]
        let golden: [u64; 20] = [
            0x4005bf0a8b14576a, 0x3fd78b56362cef38, 0x3ffa61298e1e069c, 0x3fe368b2fc6f960a, 0x3ff1aec7b35a00d4,
            0x401d8e64b8d4ddae, 0x40d5829dcf950560, 0x3f07cd79b5647c9a, 0x4000000000000000, 0x3ff000000044b830,
            0x3fefffffff768fa1, 0x48f3494a9b171bf5, 0x36ea8c1f14e2af5d, 0x7fed75ae7a50ee14, 0x0017c8ab2288c9ab,
            0x0000000000000001, 0x403724046eb09339, 0x3ff6a09e66640654, 0x3c93278bcd70e981, 0x6e1ca50d002ea701,
        ];
        assert_bits(&args, &golden, exp);
    }

    #[test]
    fn exp_m1_gives_the_same_bits_everywhere() {
        #[rustfmt::skip]
        let args = [
            1.0, -1.0, 0.5, -0.5, 0.1, -0.1, 1e-5, -1e-5, 1e-17, 2.0, 10.0, -10.0, LN_2, -0.4, 0.4, 30.0, 45.0,
            100.0, 709.7, -37.25,
        ];
        #[rustfmt::skip]
        let golden: [u64; 20] = [
            0x3ffb7e151628aed2, 0xbfe43a54e4e98864, 0x3fe4c2531c3c0d38, 0xbfd92e9a0720d3ec, 0x3fbaec7b35a00d3a,
            0xbfb85c933156a62c, 0x3ee4f8bc681cdfb6, 0xbee4f8aea9acf2c9, 0x3c670ef54646d497, 0x40198e64b8d4ddae,
            0x40d5825dcf950560, 0xbfefffa0ca192a6e, 0x3ff0000000000000, 0xbfd51979f31b1e25, 0x3fdf7a0e4beeff80,
            0x42a370470aec26ed, 0x43fe4cf766fe49be, 0x48f3494a9b171bf5, 0x7fed75ae7a50ee14, 0xbfefffffffffffff,
        ];
        assert_bits(&args, &golden, exp_m1);
    }

    #[test]
    fn ln_gives_the_same_bits_everywhere() {
        #[rustfmt::skip]
        let args = [
            2.0, 0.5, 10.0, 0.1, 3.0, 1.1, 0.9, 1e-10, 10000000000.0, 1e300, 1e-300, 5e-324, SQRT_2, FRAC_1_SQRT_2,
            E, 1.0000000001, 0.9999999999, 1234.5678, 7.0, f64::MAX,
        ];
        #[rustfmt::skip]
        let golden: [u64; 20] = [
            0x3fe62e42fefa39ef, 0xbfe62e42fefa39ef, 0x40026bb1bbb55516, 0xc0026bb1bbb55515, 0x3ff193ea7aad030a,
            0x3fb8663f793c46cc, 0xbfbaf8e8210a415c, 0xc037069e2aa2aa5b, 0x4037069e2aa2aa5b, 0x4085963447f87fb5,
            0xc085963447f87fb5, 0xc0874385446d71c3, 0x3fd62e42fefa39f0, 0xbfd62e42fefa39ee, 0x3ff0000000000000,
            0x3ddb7cdffffa18d8, 0xbddb7ce00005e728, 0x401c7951d51791d7, 0x3fff2272ae325a57, 0x40862e42fefa39ef,
        ];
        assert_bits(&args, &golden, ln);
    }

    #[test]
    fn ln_1p_gives_the_same_bits_everywhere() {
        #[rustfmt::skip]
        let args = [
            1.0, -0.5, 0.5, 0.1, -0.1, 1e-5, -1e-5, 1e-17, -0.9999999, 3.0, 10.0, 0.41421356, 0.42, -0.29289321,
            -0.3, 10000000000.0, 1e300, 1e-300, 123.456, -0.75,
        ];
        #[rustfmt::skip]
        let golden: [u64; 20] = [
            0x3fe62e42fefa39ef, 0xbfe62e42fefa39ef, 0x3fd9f323ecbf984c, 0x3fb8663f793c46c7, 0xbfbaf8e8210a415e,
            0x3ee4f8aea9ae7317, 0xbee4f8bc681e6006, 0x3c670ef54646d497, 0xc0301e3b8440ed2f, 0x3ff62e42fefa39ef,
            0x40032ee3b77f374c, 0x3fd62e42fd2cf8f5, 0x3fd6712984ec8f15, 0xbfd62e42f1981e98, 0xbfd6d3c324e13f4e,
            0x4037069e2aa3184e, 0x4085963447f87fb5, 0x01a56e1fc2f8f359, 0x40134bba22cd5df5, 0xbff62e42fefa39ef,
        ];
        assert_bits(&args, &golden, ln_1p);
    }

    #[test]
    fn exp2_gives_the_same_bits_everywhere() {
        #[rustfmt::skip]
        let args = [
            0.5, -0.5, 0.1, -0.1, 1.5, -1.5, 3.25, -3.25, 10.3, -10.3, 100.7, -100.7, 1023.5, -1022.5, -1074.5, 1e-9,
            0.3333333333333333, -LN_2, 52.75, -30.001,
        ];
        #[rustfmt::skip]
        let golden: [u64; 20] = [
            0x3ff6a09e667f3bcc, 0x3fe6a09e667f3bcc, 0x3ff125fbee250664, 0x3feddb680117ab12, 0x4006a09e667f3bcc,
            0x3fd6a09e667f3bcc, 0x402306fe0a31b715, 0x3fbae89f995ad3ae, 0x4093b2c47bff832c, 0x3f49fdf8bcce533a,
            0x4639fdf8bcce534c, 0x39a3b2c47bff831e, 0x7fe6a09e667f3bcc, 0x000b504f333f9de6, 0x0000000000000001,
            0x3ff00000002fa1f9, 0x3ff428a2f98d728b, 0x3fe3cac717aa98c8, 0x433ae89f995ad3ae, 0x3e0ffa52de61c118,
        ];
        assert_bits(&args, &golden, exp2);
    }

    #[test]
    fn pow_gives_the_same_bits_everywhere() {
        #[rustfmt::skip]
        let args = [
            (2.0, 0.3), (10.0, -2.0), (10.0, 22.0), (1.1, 100.0), (0.9, 365.0), (0.5, 0.7), (3.0, 3.0), (-3.0, 3.0),
            (-2.5, -2.0), (10000000000.0, -1.5), (1e-10, 1.5), (1.0000001, 1000000000.0),
            (0.9999997779703811, 2903402309.75), (7.0, 0.3333333333333333), (E, PI), (1.5, 1.5), (1.7, 1000.0),
            (5e-324, 0.25), (0.97, 12.0), (1.2, -40.5),
        ];
        #[rustfmt::skip]
        let golden: [u64; 20] = [
            0x3ff3b2c47bff8329, 0x3f847ae147ae147b, 0x4480f0cf064dd592, 0x40caea4e6126bb95, 0x3c76ece2bc648c7e,
            0x3fe3b2c47bff8329, 0x403b000000000000, 0xc03b000000000000, 0x3fc47ae147ae147b, 0x3cd203af9ee75616,
            0x3cd203af9ee75616, 0x48f349445c228792, 0x05cf8a0e81902193, 0x3ffe9b5dba58189d, 0x403724046eb09338,
            0x3ffd64d51e0db1c6, 0x6fc72dd2e1feefe0, 0x2f26a09e667f3bcc, 0x3fe633f4e521c12e, 0x3f445a23f8239462,
        ];
        assert_bits(&args, &golden, |(x, y)| pow(x, y));
    }

    #[test]
    fn exponentials_hold_at_the_edges() {
        let cases = [(0.0, 1.0), (-0.0, 1.0), (INF, INF), (-INF, 0.0), (710.0, INF), (-746.0, 0.0), (-745.1, TINY)];
        for (x, y) in cases {
            assert_eq!(exp(x).to_bits(), y.to_bits(), "{x}");
        }
        let cases = [(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -1.0), (710.0, INF), (-50.0, -1.0), (TINY, TINY)];
        for (x, y) in cases {
            assert_eq!(exp_m1(x).to_bits(), y.to_bits(), "{x}");
        }
        let cases =
            [(0.0, 1.0), (10.0, 1024.0), (-1074.0, TINY), (-1076.0, 0.0), (1024.0, INF), (INF, INF), (-INF, 0.0)];
        for (x, y) in cases {
            assert_eq!(exp2(x).to_bits(), y.to_bits(), "{x}");
        }
        let power = |n| f64::from_bits(if n < -1022 { 1_u64 << (n + 1074) } else { ((n + 1023) as u64) << 52 });
        assert!((-1074..1024).all(|n| exp2(f64::from(n)) == power(n)), "powers of two are exact");
    }

    #[test]
    fn logarithms_hold_at_the_edges() {
        let cases = [(0.0, -INF), (-0.0, -INF), (1.0, 0.0), (INF, INF)];
        for (x, y) in cases {
            assert_eq!(ln(x).to_bits(), y.to_bits(), "{x}");
        }
        let cases = [(-1.0, -INF), (0.0, 0.0), (-0.0, -0.0), (INF, INF), (TINY, TINY), (-TINY, -TINY)];
        for (x, y) in cases {
            assert_eq!(ln_1p(x).to_bits(), y.to_bits(), "{x}");
        }
        assert!(ln(-TINY).is_nan() && ln(-INF).is_nan() && ln_1p(-1.0000001).is_nan() && ln_1p(-INF).is_nan());
    }

    #[test]
    fn every_nan_is_the_one_nan() {
        let nan = f64::NAN.to_bits();
        let other = f64::from_bits(0xfff8_0000_0000_1234);
        for f in [exp, exp_m1, exp2, ln, ln_1p] {
            assert_eq!(f(other).to_bits(), nan);
        }
        for (x, y) in [(other, 1.0), (2.0, other), (other, other), (-8.0, 1.0 / 3.0), (-1.0, 0.5)] {
            assert_eq!(pow(x, y).to_bits(), nan, "{x} {y}");
        }
        assert_eq!((ln(-1.0).to_bits(), ln_1p(-2.0).to_bits()), (nan, nan));
    }

    #[test]
    fn pow_has_the_special_values_of_c99() {
        let values = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 1e300, 9_007_199_254_740_991.0, 1e17, TINY, INF];
        let signed = || values.iter().flat_map(|&x| [x, -x]).chain([f64::NAN]);
        for (x, y) in signed().flat_map(|x| signed().map(move |y| (x, y))) {
            let (ours, theirs) = (pow(x, y), x.powf(y));
            assert!(ulps(ours, theirs) <= 1, "pow({x:e}, {y:e}) = {ours:e}, not {theirs:e}");
        }
    }

    #[test]
    fn integer_powers_that_fit_are_exact() {
        for x in 1..=60_u64 {
            for y in 0..=8_u32 {
                let exact = x.pow(y);
                if exact < 1 << 53 {
                    assert_eq!(pow(x as f64, f64::from(y)), exact as f64, "{x}^{y}");
                }
            }
        }
    }

    #[test]
    fn weights_halve_with_every_half_life_and_never_vanish() {
        for n in 0..=30 {
            assert_eq!(exp2_weight(f64::from(n)), FULL_WEIGHT >> n);
        }
        for (x, weight) in [(-1.0, FULL_WEIGHT), (-INF, FULL_WEIGHT), (-0.0, FULL_WEIGHT), (TINY, FULL_WEIGHT)] {
            assert_eq!(exp2_weight(x), weight, "{x}");
        }
        for x in [30.6, 31.0, 31.5, 1e300, INF, f64::NAN] {
            assert_eq!(exp2_weight(x), 1, "{x}");
        }
        assert_eq!(
            [0.001, 0.1, 0.5, 1.75, 7.3, 20.2].map(exp2_weight),
            [1072997821, 1001836546, 759250125, 319225354, 6813667, 891]
        );
    }

    proptest! {
        #[test]
        fn functions_are_within_one_ulp_of_the_standard_library(x in -700.0..700.0, small in -0.9..1.5, bits in 1_u64..0x7ff0_0000_0000_0000) {
            let any = f64::from_bits(bits);
            prop_assert!(ulps(exp(x), x.exp()) <= 1);
            prop_assert!(ulps(exp(small), small.exp()) <= 1);
            prop_assert!(ulps(exp_m1(x), x.exp_m1()) <= 1);
            prop_assert!(ulps(exp_m1(small), small.exp_m1()) <= 1);
            prop_assert!(ulps(exp2(x), x.exp2()) <= 1);
            prop_assert!(ulps(exp2(small), small.exp2()) <= 1);
            prop_assert!(ulps(ln(any), any.ln()) <= 1);
            prop_assert!(ulps(ln(small.abs()), small.abs().ln()) <= 1);
            prop_assert!(ulps(ln_1p(any), any.ln_1p()) <= 1);
            prop_assert!(ulps(ln_1p(small), small.ln_1p()) <= 1);
        }

        #[test]
        fn pow_is_within_one_ulp_of_the_standard_library(x in 0.0..100.0, y in -150.0..150.0, near in -1e-7..1e-7) {
            prop_assert!(ulps(pow(x, y), x.powf(y)) <= 1);
            let huge = y * 4e7;
            prop_assert!(ulps(pow(1.0 + near, huge), f64::powf(1.0 + near, huge)) <= 1);
        }

        #[test]
        fn weights_are_rounded_powers_of_two(halvings in 0.0..30.9) {
            let exact = f64::exp2(30.0 - halvings);
            let weight = exp2_weight(halvings) as f64;
            prop_assert!((weight - exact).abs() <= 0.5 + 1e-5, "{weight} {exact}");
        }

        #[test]
        fn an_older_touch_never_weighs_more(halvings in 0.0..31.0, age in 0.0..1e-3) {
            prop_assert!(exp2_weight(halvings + age) <= exp2_weight(halvings));
        }
    }
}
