//! Synthetic journeys for the benches: deterministic, in the shape of real ones (heavy-tailed lengths, a few partners with
//! most touches), made without files.

use std::fmt::Write as _;

use cosell::engine::rng::KeyedRng;
use cosell::table::{Offsets, RawColumn, RawTable, RawValues};

/// Touches and outcomes with integer ids.
#[derive(Debug)]
pub struct Touchpoints {
    /// Columns deal_id, partner_id, ts.
    pub touches: RawTable<'static>,
    /// Columns deal_id, amount_minor, closed_ts, won.
    pub outcomes: RawTable<'static>,
}

/// `touches` touches of `touches / 8` deals, in no order; about 27% of the deals are won and listed.
///
/// # Panics
/// Where the columns made here do not fit together, which would be a fault of this file.
pub fn touchpoints(touches: usize) -> Touchpoints {
    let mut rng = KeyedRng::from_u64(7, 1);
    let deals = (touches / 8).max(1);
    let id = |deal: u64| (deal + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let start: Vec<i64> =
        (0..deals).map(|_| 1_640_995_200_000_000 + rng.below(94_608_000) as i64 * 1_000_000).collect();
    let span = 90 * 86_400_000_000_u64;
    let (mut deal_id, mut partner_id, mut ts) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..touches {
        // The larger of two draws makes lengths uneven, the product of three makes partners so.
        let deal = rng.below(deals as u64).max(rng.below(deals as u64));
        let partner = (100_000.0 * rng.uniform() * rng.uniform() * rng.uniform()) as u32;
        deal_id.push(id(deal));
        partner_id.push(partner);
        ts.push(start[deal as usize] + rng.below(span) as i64);
    }
    let won: Vec<u64> = (0..deals as u64).filter(|_| rng.uniform() < 0.27).collect();
    let amount: Vec<i64> = won.iter().map(|_| rng.below(10_000_000) as i64 + 100).collect();
    let closed: Vec<i64> = won.iter().map(|&d| start[d as usize] + span as i64).collect();
    let time = |values: Vec<i64>| RawValues::Timestamp(values.into(), 1_000_000, true);
    let table = |columns| RawTable::from_columns(columns).expect("columns of equal length");
    Touchpoints {
        touches: table(vec![
            RawColumn::new("deal_id", RawValues::U64(deal_id.into())),
            RawColumn::new("partner_id", RawValues::U32(partner_id.into())),
            RawColumn::new("ts", time(ts)),
        ]),
        outcomes: table(vec![
            RawColumn::new("deal_id", RawValues::U64(won.iter().map(|&d| id(d)).collect())),
            RawColumn::new("amount_minor", RawValues::I64(amount.into())),
            RawColumn::new("closed_ts", time(closed)),
        ]),
    }
}

/// `journeys` path strings over twenty channels, about four touches each; a quarter convert.
///
/// # Panics
/// Where the columns made here do not fit together, which would be a fault of this file.
pub fn paths(journeys: usize) -> RawTable<'static> {
    let mut rng = KeyedRng::from_u64(1, 2);
    let (mut text, mut offsets) = (String::new(), vec![0_i64]);
    let (mut conversions, mut value, mut nulls) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..journeys {
        let mut first = true;
        while first || rng.uniform() < 0.75 {
            let channel = (20.0 * rng.uniform() * rng.uniform()) as u32;
            let between = if first { "" } else { " > " };
            let _ = write!(text, "{between}ch{channel:02}");
            first = false;
        }
        offsets.push(text.len() as i64);
        let converted = rng.uniform() < 0.25;
        conversions.push(i64::from(converted));
        nulls.push(i64::from(!converted));
        value.push(if converted { rng.uniform() * 10_000.0 } else { 0.0 });
    }
    RawTable::from_columns(vec![
        RawColumn::new("path", RawValues::Text(Offsets::Large(offsets.into()), text.into())),
        RawColumn::new("total_conversions", RawValues::I64(conversions.into())),
        RawColumn::new("total_conversion_value", RawValues::F64(value.into())),
        RawColumn::new("total_null", RawValues::I64(nulls.into())),
    ])
    .expect("columns of equal length")
}
