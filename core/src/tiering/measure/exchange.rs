//! Amounts in the currency of the programme: by its frozen rates, else by the dated rates of the facts.

use std::collections::BTreeMap;

use crate::calendar::Date;
use crate::error::{Code, Error, Result};
use crate::facts::Ecosystem;
use crate::money::{Currency, PLAIN_DIGITS, div_half_even, fixed_from_f64, fixed_to_text, pow10};
use crate::tiering::compile::fault;
use crate::tiering::program::Compiled;

/// How amounts come to the programme's currency.
#[derive(Debug)]
pub(super) struct Exchange {
    target: Option<Currency>,
    facts: Option<Currency>,
    /// Units of the programme's currency for one unit, with twelve decimals.
    frozen: BTreeMap<Currency, i128>,
}

impl Exchange {
    pub(super) fn new(program: &Compiled, eco: &Ecosystem) -> Result<Self> {
        let mut frozen = BTreeMap::new();
        for (code, &rate) in &program.document.exchange_rates {
            let path = format!("exchange_rates.{code}");
            let currency = Currency::parse(code).map_err(|e| Error::new(e.code(), path.clone(), e.message()))?;
            let fixed = fixed_from_f64(rate, PLAIN_DIGITS).map_or(0, |(fixed, _)| fixed);
            if fixed <= 0 || fixed > pow10(24) {
                return Err(fault(
                    path,
                    format!("the rate of {currency} is {rate}; expected a number above 0, up to 10^12"),
                ));
            }
            frozen.insert(currency, fixed);
        }
        let facts = eco.currency();
        Ok(Self { target: program.currency.or(facts), facts, frozen })
    }

    /// The digits of the minor unit that amounts come in.
    pub(super) fn digits(&self) -> u8 {
        self.target.map_or(2, Currency::digits)
    }

    /// An amount of a row in minor units of the programme's currency; `day` is that of the rate, where a dated one is used.
    pub(super) fn convert(
        &self,
        eco: &Ecosystem,
        minor: i64,
        currency: Option<u8>,
        day: impl FnOnce() -> Date,
    ) -> Result<i64> {
        let from = currency.and_then(Currency::from_number).or(self.facts);
        let (Some(from), Some(target)) = (from, self.target) else { return Ok(minor) };
        if from == target {
            return Ok(minor);
        }
        if let Some(&rate) = self.frozen.get(&from) {
            return frozen(minor, from, target, rate);
        }
        if self.facts == Some(target) {
            return eco.convert(minor, currency, day());
        }
        // The facts' own rates lead to the facts' currency, from which the document knows the way.
        if let Some((facts, rate)) = self.facts.and_then(|facts| Some((facts, *self.frozen.get(&facts)?))) {
            return frozen(eco.convert(minor, currency, day())?, facts, target, rate);
        }
        let text = format!(
            "the programme counts in {target}, an amount is in {from}; give the units of {target} for one {from} in \
             exchange_rates, or leave the programme's currency out"
        );
        Err(Error::new(Code::MissingRate, format!("exchange_rates.{from}"), text).with("currency", from.code()))
    }
}

fn frozen(minor: i64, from: Currency, target: Currency, rate: i128) -> Result<i64> {
    let down = i32::from(PLAIN_DIGITS) + i32::from(from.digits()) - i32::from(target.digits());
    let product = i128::from(minor).checked_mul(rate);
    let converted = product.map(|p| div_half_even(p, pow10(down.unsigned_abs())));
    converted.and_then(|p| i64::try_from(p).ok()).ok_or_else(|| {
        let shown = fixed_to_text(i128::from(minor), from.digits());
        let text = format!("{shown} {from} is beyond 64-bit minor units of {target} at the programme's rate");
        Error::new(Code::AmountOutOfRange, format!("exchange_rates.{from}"), text)
    })
}
