//! Numbers of one track: parameters, tracks and currencies resolved.

use std::collections::BTreeMap;

use super::super::document::{Number, NumberFrom, ProgramDocument};
use super::super::program::TierRule;
use super::{fault, unknown_name};
use crate::error::{Result, quoted};
use crate::money::Currency;

/// What numbers of a track are made of.
pub(crate) struct Numbers<'a> {
    document: &'a ProgramDocument,
    currency: Option<Currency>,
    track: Option<&'a str>,
    tracks: &'a [Option<String>],
    tiers: &'a [TierRule],
}

impl<'a> Numbers<'a> {
    pub(crate) fn new(
        document: &'a ProgramDocument,
        currency: Option<Currency>,
        track: Option<&'a str>,
        tracks: &'a [Option<String>],
        tiers: &'a [TierRule],
    ) -> Self {
        Self { document, currency, track, tracks, tiers }
    }

    /// The value of a number.
    pub(crate) fn value(&self, number: &Number, path: &str) -> Result<f64> {
        let value = match number {
            Number::Plain(value) => *value,
            Number::From(NumberFrom::Parameter(name)) => {
                let Some(parameter) = self.document.parameters.get(name) else {
                    let known = self.document.parameters.keys().map(String::as_str);
                    return Err(unknown_name(&format!("{path}.parameter"), "parameter", name, known));
                };
                parameter.value
            }
            Number::From(NumberFrom::ByTrack(numbers)) => {
                let known = self.tracks.iter().flatten().map(String::as_str);
                let (number, path) = chosen(numbers, "track", self.track, known, path)?;
                return self.value(number, &path);
            }
            Number::From(NumberFrom::ByTier(_)) => {
                let text = "numbers by tier are only for the rates of points; criteria name their tier already";
                return Err(fault(format!("{path}.by_tier"), text));
            }
            Number::From(NumberFrom::Money(money)) => {
                let path = format!("{path}.money");
                let from = Currency::parse(&money.currency).map_err(|e| e.within(&path))?;
                match (self.currency, self.document.exchange_rates.get(from.code())) {
                    (Some(own), _) if own == from => money.amount,
                    (_, Some(rate)) => money.amount * rate,
                    (own, None) => {
                        let own = own.map_or("no currency".to_owned(), |c| c.to_string());
                        let text = format!(
                            "an amount in {from}, but the programme counts in {own}; give the amount in that currency, or a \
                             frozen rate in exchange_rates"
                        );
                        return Err(fault(path, text));
                    }
                }
            }
        };
        if value.is_finite() {
            Ok(value)
        } else {
            Err(fault(path, format!("{path} is {value}; expected a finite number")))
        }
    }

    /// Whether something that is for these tracks (none named: for all) counts in this one.
    pub(crate) fn counts_in(&self, tracks: &[String], path: &str) -> Result<bool> {
        let known = || self.tracks.iter().flatten().map(String::as_str);
        if let Some(at) = tracks.iter().position(|name| !known().any(|k| k == name)) {
            return Err(unknown_name(&format!("{path}.tracks[{at}]"), "track", &tracks[at], known()));
        }
        Ok(tracks.is_empty() || tracks.iter().any(|name| Some(name.as_str()) == self.track))
    }

    pub(crate) fn optional(&self, number: Option<&Number>, path: &str) -> Result<Option<f64>> {
        number.map(|n| self.value(n, path)).transpose()
    }

    /// A number that must be above 0.
    pub(crate) fn positive(&self, number: &Number, path: &str) -> Result<f64> {
        let value = self.value(number, path)?;
        if value > 0.0 { Ok(value) } else { Err(crate::document::out_of_range(path, value, "a number above 0")) }
    }

    /// The number for a partner that holds a tier today (`None`: no tier): for rates of points.
    pub(crate) fn for_tier(&self, number: &Number, tier: Option<&str>, path: &str) -> Result<f64> {
        let Number::From(NumberFrom::ByTier(numbers)) = number else { return self.value(number, path) };
        let known = self.tiers.iter().map(|t| t.tier.as_str());
        let (number, path) = chosen(numbers, "tier", tier, known, path)?;
        self.value(number, &path)
    }
}

/// The number of a track or tier out of one for each, with its path; that of `otherwise` where it has none.
fn chosen<'n, 'k>(
    numbers: &'n BTreeMap<String, Number>,
    what: &str,
    name: Option<&str>,
    known: impl Iterator<Item = &'k str> + Clone,
    path: &str,
) -> Result<(&'n Number, String)> {
    let path = format!("{path}.by_{what}");
    let known = known.chain(["otherwise"]);
    if let Some(wrong) = numbers.keys().find(|name| !known.clone().any(|k| k == *name)) {
        return Err(unknown_name(&path, what, wrong, known));
    }
    for name in name.into_iter().chain(["otherwise"]) {
        if let Some(number) = numbers.get(name) {
            return Ok((number, format!("{path}.{name}")));
        }
    }
    let text = format!("no number for {what} {}; add it or \"otherwise\"", quoted(name.unwrap_or("(none)")));
    Err(fault(path, text))
}
