//! The standard normal distribution, the same bits on every platform.
//!
//! Sources: W. J. Cody, "Rational Chebyshev approximations for the error function" (1969), relative error below 1e-15;
//! M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution" (1988), relative error about 1e-16.

use super::math;

/// The chance of a standard normal number below `x`; NaN for NaN.
pub fn cdf(x: f64) -> f64 {
    0.5 * erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

fn polynomial(x: f64, coefficients: &[f64]) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

/// The complementary error function.
pub fn erfc(x: f64) -> f64 {
    const SMALL_P: [f64; 5] = [
        3_209.377_589_138_469_4,
        377.485_237_685_302,
        113.864_154_151_050_16,
        3.161_123_743_870_565_6,
        0.185_777_706_184_603_15,
    ];
    const SMALL_Q: [f64; 5] =
        [2_844.236_833_439_171, 1_282.616_526_077_372_3, 244.024_637_934_444_17, 23.601_290_952_344_122, 1.0];
    const MIDDLE_P: [f64; 9] = [
        1_230.339_354_797_997_2,
        2_051.078_377_826_071_6,
        1_712.047_612_634_070_7,
        881.952_221_241_769,
        298.635_138_197_400_1,
        66.119_190_637_141_63,
        8.883_149_794_388_377,
        0.564_188_496_988_670_1,
        2.153_115_354_744_038_3e-8,
    ];
    const MIDDLE_Q: [f64; 9] = [
        1_230.339_354_803_749_5,
        3_439.367_674_143_721_6,
        4_362.619_090_143_247,
        3_290.799_235_733_459_7,
        1_621.389_574_566_690_3,
        537.181_101_862_009_9,
        117.693_950_891_312_5,
        15.744_926_110_709_835,
        1.0,
    ];
    const LARGE_P: [f64; 6] = [
        6.587_491_615_298_378e-4,
        0.016_083_785_148_742_275,
        0.125_781_726_111_229_26,
        0.360_344_899_949_804_45,
        0.305_326_634_961_232_36,
        0.016_315_387_137_302_097,
    ];
    const LARGE_Q: [f64; 6] = [
        0.002_335_204_976_268_691_8,
        0.060_518_341_312_441_32,
        0.527_905_102_951_428_5,
        1.872_952_849_923_460_4,
        2.568_520_192_289_822,
        1.0,
    ];
    const INVERSE_SQRT_PI: f64 = 0.564_189_583_547_756_3;
    if x.is_nan() {
        return x;
    }
    let y = x.abs();
    if y <= 0.46875 {
        let z = x * x;
        return 1.0 - x * polynomial(z, &SMALL_P) / polynomial(z, &SMALL_Q);
    }
    let tail = if y > 27.0 {
        0.0
    } else {
        let ratio = if y <= 4.0 {
            polynomial(y, &MIDDLE_P) / polynomial(y, &MIDDLE_Q)
        } else {
            let z = 1.0 / (y * y);
            (INVERSE_SQRT_PI - z * polynomial(z, &LARGE_P) / polynomial(z, &LARGE_Q)) / y
        };
        // The square is split so that its rounding does not reach the exponential.
        let head = (y * 16.0).trunc() / 16.0;
        math::exp(-head * head) * math::exp(-(y - head) * (y + head)) * ratio
    };
    if x < 0.0 { 2.0 - tail } else { tail }
}

/// The number that a standard normal one is below with chance `p`; infinite at 0 and 1, NaN outside.
pub fn quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * polynomial(r, &A) / polynomial(r, &B);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail == 0.0 {
        return if q < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let r = (-math::ln(tail)).sqrt();
    let x = if r <= 5.0 {
        polynomial(r - 1.6, &C) / polynomial(r - 1.6, &D)
    } else {
        polynomial(r - 5.0, &E) / polynomial(r - 5.0, &F)
    };
    if q < 0.0 { -x } else { x }
}

const A: [f64; 8] = [
    3.387_132_872_796_366_6,
    133.141_667_891_784_38,
    1_971.590_950_306_551_4,
    13_731.693_765_509_46,
    45_921.953_931_549_87,
    67_265.770_927_008_7,
    33_430.575_583_588_13,
    2_509.080_928_730_122_7,
];
const B: [f64; 8] = [
    1.0,
    42.313_330_701_600_91,
    687.187_007_492_057_9,
    5_394.196_021_424_751,
    21_213.794_301_586_596,
    39_307.895_800_092_71,
    28_729.085_735_721_943,
    5_226.495_278_852_855,
];
const C: [f64; 8] = [
    1.423_437_110_749_683_6,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    0.241_780_725_177_450_6,
    0.022_723_844_989_269_184,
    7.745_450_142_783_414e-4,
];
const D: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    0.689_767_334_985_1,
    0.148_103_976_427_480_08,
    0.015_198_666_563_616_457,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const E: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    0.296_560_571_828_504_87,
    0.026_532_189_526_576_124,
    0.001_242_660_947_388_078_4,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const F: [f64; 8] = [
    1.0,
    0.599_832_206_555_888,
    0.136_929_880_922_735_8,
    0.014_875_361_290_850_615,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of mpmath with 30 digits.
    #[test]
    fn values_are_those_of_the_tables() {
        let near = |got: f64, wanted: f64| assert!((got - wanted).abs() <= 1e-14 * wanted.abs(), "{got} {wanted}");
        near(cdf(0.0), 0.5);
        near(cdf(1.0), 0.841_344_746_068_542_9);
        near(cdf(-1.959_963_984_540_054), 0.025);
        near(cdf(-3.0), 1.349_898_031_630_094_6e-3);
        near(cdf(-8.0), 6.220_960_574_271_785e-16);
        near(cdf(0.3), 0.617_911_422_188_952_7);
        near(quantile(0.975), 1.959_963_984_540_054);
        near(quantile(0.6), 0.253_347_103_135_799_8);
        near(quantile(1e-10), -6.361_340_902_404_056);
        assert_eq!((quantile(0.0), quantile(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
        assert!(quantile(1.1).is_nan() && cdf(f64::NAN).is_nan());
        assert_eq!((cdf(-60.0), cdf(60.0)), (0.0, 1.0));
    }

    #[test]
    fn quantile_undoes_the_distribution() {
        for i in 1..2000 {
            let p = f64::from(i) / 2000.0;
            assert!((cdf(quantile(p)) - p).abs() <= 1e-15, "{p}");
        }
    }
}
