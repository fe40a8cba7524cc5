//! One journey at once: the request path.
//!
//! The same rules as for many journeys, without tables: touches in, credit per touch out, in the order of the input.

use super::credit::SPLIT_ONE;
use super::journeys::{ChannelOrder, View};
use super::model::{Model, Reason};
use super::weigher::{parts_of, shares_of};
use super::weights::{expected, fault_of, weight_of};
use super::{RESERVED, VENDOR};
use crate::error::{Code, Error, Result, quoted};
use crate::facts::{Amount, Id};
use crate::money::{AmountFault, Currency, PLAIN_DIGITS, fixed_from_f64, fixed_to_f64};
use crate::table::amount::{amount_of, explain};
use crate::table::{CellRef, Interner, Key, NULL, Unit};

/// The most touches of one journey here; longer ones go through [`super::Journeys`].
pub const MAX_TOUCHES: usize = 1_000_000;

/// A touch of one journey.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JourneyTouch {
    /// The channel; `None` is the vendor's own touch.
    pub channel: Option<String>,
    /// When, microseconds UTC; all touches have a time, or none.
    pub at: Option<i64>,
    /// What, which orders touches of the same time.
    pub kind: Option<String>,
    /// The role.
    pub role: Option<String>,
    /// Its weight, 0 to 1000000, for the model `touch_weighted`.
    pub weight: Option<f64>,
    /// The touch's id, which orders touches of the same time first: whole numbers as numbers, text as text.
    pub touch: Option<Id>,
}

/// How one journey ended.
#[derive(Debug, Clone, PartialEq)]
pub struct JourneyValue {
    /// How often it converted. Default 1.
    pub conversions: f64,
    /// What that was worth.
    pub value: Option<Amount>,
    /// The currency of the value; `None`: a plain number.
    pub currency: Option<String>,
    /// When the opportunity was created, microseconds UTC.
    pub created_at: Option<i64>,
    /// When it closed, microseconds UTC; later touches get nothing.
    pub closed_at: Option<i64>,
}

impl Default for JourneyValue {
    fn default() -> Self {
        Self { conversions: 1.0, value: None, currency: None, created_at: None, closed_at: None }
    }
}

/// What one touch has earned.
#[derive(Debug, Clone, PartialEq)]
pub struct TouchCredit {
    /// The channel.
    pub channel: String,
    /// Its share of the conversions.
    pub conversions: f64,
    /// Its share of the value, exact, and the unit of it.
    pub value: Option<(i128, Unit)>,
    /// Its share of the journey.
    pub weight: f64,
    /// Why.
    pub reason: Reason,
}

impl TouchCredit {
    /// The value in major units.
    pub fn amount(&self) -> Option<f64> {
        self.value.map(|(value, unit)| fixed_to_f64(value, unit.digits()))
    }
}

/// Credit for one journey, a row per touch in the order of the input.
///
/// # Errors
/// No touches; times on some touches only; a model that needs times; a bad value, currency or channel.
///
/// ```
/// use cosell::attribution::{JourneyTouch, JourneyValue, Model, attribute_journey};
/// let touch = |name: &str| JourneyTouch { channel: Some(name.to_owned()), ..Default::default() };
/// let value = JourneyValue { value: Some(100.0.into()), currency: Some("USD".to_owned()), ..Default::default() };
/// let model = Model::from_value(&"linear".into())?;
/// let credit = attribute_journey(&[touch("acme"), touch("globex"), touch("acme")], &value, &model)?;
/// assert_eq!(credit[0].amount(), Some(33.34));
/// # Ok::<(), cosell::Error>(())
/// ```
pub fn attribute_journey(touches: &[JourneyTouch], value: &JourneyValue, model: &Model) -> Result<Vec<TouchCredit>> {
    check(touches)?;
    check_times(value)?;
    let (conversions, amount) = amounts(value)?;
    let mut roles = Interner::default();
    let mut role_of = |touch: &JourneyTouch| touch.role.as_deref().map_or(Ok(NULL), |r| roles.intern(Key::Text(r)));
    let codes = touches.iter().map(&mut role_of).collect::<Result<Vec<u32>>>()?;
    let rule = model.rule(&roles, &Interner::default())?;
    if rule.needs_times() && touches[0].at.is_none() {
        let message = format!("{} needs the time (at) of every touch", model.name());
        return Err(Error::new(Code::NotEnoughData, "touches", message));
    }
    let order = order(touches, value.closed_at);
    if order.is_empty() {
        let message = "every touch lies after closed_at; there is nothing to give credit to";
        return Err(Error::new(Code::NotEnoughData, "touches", message));
    }
    let times: Option<Vec<i64>> = order.iter().map(|&i| touches[i].at).collect();
    let role: Vec<u32> = order.iter().map(|&i| codes[i]).collect();
    let weight: Option<Vec<u64>> = touches
        .iter()
        .any(|t| t.weight.is_some())
        .then(|| order.iter().map(|&i| weight_of(touches[i].weight)).collect());
    let channel = channel_codes(touches, &order);
    let vendor: Vec<bool> = order.iter().map(|&i| touches[i].channel.is_none()).collect();
    let view = View {
        len: order.len(),
        channel: &channel,
        at: times.as_deref(),
        role: Some(&role),
        vendor: vendor.contains(&true).then_some(&vendor),
        weight: weight.as_deref(),
        created: value.created_at,
        closed: value.closed_at,
    };
    let mut weights = vec![0; order.len()];
    let spread = rule.weigh(&view, &mut weights);
    let (c, s) = (parts_of(conversions, spread, &weights), shares_of(spread, &weights));
    // The value of a journey that did not convert is nobody's credit.
    let earned = |amount: i128| if conversions == 0 { 0 } else { amount };
    let v = amount.map(|(amount, unit)| (parts_of(earned(amount), spread, &weights), unit));
    let name = |i: usize| touches[i].channel.clone().unwrap_or_else(|| VENDOR.to_owned());
    let mut credit: Vec<TouchCredit> = (0..touches.len())
        .map(|i| TouchCredit {
            channel: name(i),
            conversions: 0.0,
            value: amount.map(|(_, unit)| (0, unit)),
            weight: 0.0,
            reason: "after_close",
        })
        .collect();
    for (place, &i) in order.iter().enumerate() {
        let row = &mut credit[i];
        row.conversions = fixed_to_f64(c[place], 18);
        row.value = v.as_ref().map(|(parts, unit)| (parts[place], *unit));
        row.weight = s[place];
        row.reason = if s[place] == 0.0 { "no_credit" } else { rule.reason(&view, spread, place) };
    }
    Ok(credit)
}

/// A number for each touch, the same for touches of the same channel.
fn channel_codes(touches: &[JourneyTouch], order: &[usize]) -> Vec<u32> {
    let mut codes = Interner::default();
    // Texts alone cannot clash in kind, and there are fewer of them than an interner holds.
    let mut code = |name: &str| codes.intern(Key::Text(name)).unwrap_or(NULL);
    order.iter().map(|&i| code(touches[i].channel.as_deref().unwrap_or(VENDOR))).collect()
}

fn check(touches: &[JourneyTouch]) -> Result<()> {
    if touches.is_empty() {
        return Err(Error::new(Code::NotEnoughData, "touches", "a journey needs at least one touch"));
    }
    if touches.len() > MAX_TOUCHES {
        let message = format!("{} touches; a journey has at most {MAX_TOUCHES} here", touches.len());
        return Err(Error::new(Code::TooLarge, "touches", message));
    }
    if let Some(i) = touches.iter().position(|t| t.at.is_some() != touches[0].at.is_some()) {
        let message = format!("touch {i} differs from touch 0 in having a time; give all touches a time (at), or none");
        return Err(Error::new(Code::NullValue, format!("touches[{i}].at"), message));
    }
    if let Some(i) = touches.iter().position(|t| t.at.is_some_and(|at| !crate::calendar::in_range(at))) {
        let message = "expected a time from 1900 to 2200".to_owned();
        return Err(Error::new(Code::DateOutOfRange, format!("touches[{i}].at"), message));
    }
    let number = |touch: &JourneyTouch| touch.touch.as_ref().map(|id| matches!(id, Id::Int(_)));
    let first = touches.iter().find_map(number);
    if let Some(i) = touches.iter().position(|t| number(t).is_some_and(|n| Some(n) != first)) {
        let message = "ids of touches are whole numbers and text; give all of them as one or the other";
        return Err(Error::new(Code::IdKindMismatch, format!("touches[{i}].touch"), message));
    }
    for (i, touch) in touches.iter().enumerate() {
        if let Some((weight, code)) = touch.weight.and_then(|weight| Some((weight, fault_of(weight)?))) {
            let field = format!("touches[{i}].weight");
            let message = format!("{field}: {}", expected(weight));
            return Err(Error::new(code, field, message));
        }
        let Some(name) = &touch.channel else { continue };
        if name.trim().is_empty() {
            let message = "an empty channel; leave it out for the vendor's own touch";
            return Err(Error::new(Code::NullValue, format!("touches[{i}].channel"), message));
        }
        if name.starts_with('(') && RESERVED.contains(&name.as_str()) {
            let message = format!("the channel {} is a name that cosell uses itself", quoted(name));
            return Err(Error::new(Code::ReservedName, format!("touches[{i}].channel"), message));
        }
    }
    Ok(())
}

/// Whether the times of the outcome lie in the years that dates have.
fn check_times(value: &JourneyValue) -> Result<()> {
    for (field, at) in [("created_at", value.created_at), ("closed_at", value.closed_at)] {
        if at.is_some_and(|at| !crate::calendar::in_range(at)) {
            let message = format!("{field}: expected a time from 1900 to 2200");
            return Err(Error::new(Code::DateOutOfRange, field, message));
        }
    }
    Ok(())
}

/// Conversions at eighteen decimals, and the value in its unit.
fn amounts(value: &JourneyValue) -> Result<(i128, Option<(i128, Unit)>)> {
    if !value.conversions.is_finite() || !(0.0..=1e12).contains(&value.conversions) {
        let shown = value.conversions;
        return Err(crate::document::out_of_range("conversions", shown, "a number from 0 to 1000000000000"));
    }
    let conversions = if value.conversions == 1.0 {
        SPLIT_ONE
    } else {
        fixed_from_f64(value.conversions, 18).map(|(c, _)| c).unwrap_or_default()
    };
    let currency = value.currency.as_deref().map(Currency::parse).transpose()?;
    let Some(amount) = &value.value else { return Ok((conversions, None)) };
    let unit = currency.map_or(Unit::Plain(PLAIN_DIGITS), Unit::Currency);
    let cell = match amount {
        Amount::Number(number) => CellRef::Float(*number),
        Amount::Text(text) => CellRef::Text(text),
    };
    // Blank text is no amount here: who has none leaves it out.
    let read = amount_of(cell, unit, false).unwrap_or(Err(AmountFault::NotANumber));
    // A plain number leaves room for the weights that it is split by.
    let fits = |v: i128| currency.is_some() || v.abs() <= i128::MAX / 4_000_000;
    match read.and_then(|(v, _)| if fits(v) { Ok(v) } else { Err(AmountFault::OutOfRange) }) {
        Ok(v) => Ok((conversions, Some((v, unit)))),
        Err(fault) => {
            let (code, what) = explain(fault, cell, unit, false);
            Err(Error::new(code, "value", format!("value: {what}")))
        }
    }
}

/// The touches that count, by time; without times, in the order given.
fn order(touches: &[JourneyTouch], closed: Option<i64>) -> Vec<usize> {
    let late = |t: &JourneyTouch| matches!((t.at, closed), (Some(at), Some(closed)) if at > closed);
    let mut order: Vec<usize> = (0..touches.len()).filter(|&i| !late(&touches[i])).collect();
    if touches[0].at.is_some() {
        order.sort_by(|&a, &b| {
            let (a, b) = (&touches[a], &touches[b]);
            // A missing touch id comes last, the vendor's channel behind the others, as in journeys.
            let last = |text: &Option<String>| (text.is_none(), text.clone());
            let last_id = |id: &Option<Id>| (id.is_none(), id.clone());
            let channel =
                |touch: &JourneyTouch| ChannelOrder::of(touch.channel.clone().unwrap_or_else(|| VENDOR.to_owned()));
            a.at.cmp(&b.at)
                .then_with(|| last_id(&a.touch).cmp(&last_id(&b.touch)))
                .then_with(|| channel(a).cmp(&channel(b)))
                .then_with(|| last(&a.kind).cmp(&last(&b.kind)))
                .then_with(|| last(&a.role).cmp(&last(&b.role)))
                .then_with(|| weight_of(a.weight).cmp(&weight_of(b.weight)))
        });
    }
    order
}
