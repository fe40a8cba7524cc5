//! A review as bytes, so that it can be kept, pickled and sent to another process: its programme, the base, what was known of
//! the past and what was found. What follows from them is made again, to the same bits. The facts behind its numbers stay
//! with the ecosystem: a review that was restored shows every measured number as handed in.

use std::sync::Arc;

use super::base::{Attribute, Base, Enrolment};
use super::forecast::Loss;
use super::history::History;
use super::measure::Finding;
use super::program::{Compiled, Program};
use super::review::ProgramReview;
use super::standing::Past;
use crate::calendar::Date;
use crate::engine::accumulate::{StateReader, StateWriter};
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result};
use crate::table::NULL;
use crate::table::state::{read_all, read_keys, read_some, write_all, write_keys, write_some};
use crate::words::known;

const KIND: &str = "program_review";
const VERSION: u16 = 1;

impl ProgramReview {
    /// The review as bytes.
    ///
    /// ```
    /// use cosell::engine::monitor::Monitor;
    /// use cosell::table::RawTable;
    /// use cosell::tiering::{Program, ProgramReview, ProgramReviewOptions};
    /// let program = Program::from_json(r#"{
    ///     "program": "services", "version": "2026", "tiers": [{"tier": "member", "rank": 1}]
    /// }"#)?;
    /// let partners = RawTable::from_json(&[serde_json::json!({"partner_id": "P-1"})])?;
    /// let options = ProgramReviewOptions { as_of: Some("2026-11-20".into()), ..Default::default() };
    /// let review = program.review_frame(&partners, None, &options, &Monitor::none())?;
    /// let again = ProgramReview::from_bytes(&review.to_bytes())?;
    /// assert_eq!(again.decisions()?.to_csv(), review.decisions()?.to_csv());
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut to = StateWriter::new(KIND, VERSION, "");
        to.text(&json(self.program.document()));
        write_day(&mut to, Some(self.as_of));
        write_base(&mut to, &self.base);
        to.u64(self.history.of_partner.len() as u64);
        for past in &self.history.of_partner {
            to.u64(past.len() as u64);
            past.iter().for_each(|past| write_past(&mut to, past));
        }
        to.u64(self.history.unused as u64);
        to.u64(self.findings.len() as u64);
        for finding in &self.findings {
            write_some(&mut to, finding.metric.as_deref(), StateWriter::text);
            to.text(finding.code);
            to.u64(finding.rows);
            to.text(&finding.message);
        }
        to.u64(self.losses.len() as u64);
        self.losses.iter().for_each(|loss| write_loss(&mut to, loss));
        to.finish()
    }

    /// The review that bytes of [`ProgramReview::to_bytes`] hold.
    ///
    /// # Errors
    /// [`Code::CorruptState`], [`Code::IncompatibleState`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut from = StateReader::new(bytes, KIND, VERSION, "")?;
        let from = &mut from;
        let program = Program::from_json(from.text()?)?;
        let compiled = program.compiled();
        let as_of = read_day(from)?.ok_or_else(corrupt)?;
        let base = read_base(from, compiled)?;
        let partners = from.count(8)?;
        let past = |from: &mut StateReader<'_>| read_past(from, compiled);
        let pasts = |from: &mut StateReader<'_>| (0..from.count(8)?).map(|_| past(from)).collect::<Result<Vec<_>>>();
        let of_partner = (0..partners).map(|_| pasts(from)).collect::<Result<Vec<_>>>()?;
        let history = History { of_partner, unused: from.u64()? as usize };
        let count = from.count(8)?;
        let findings = (0..count).map(|_| read_finding(from)).collect::<Result<Vec<_>>>()?;
        let count = from.count(8)?;
        let losses = (0..count).map(|_| read_loss(from, compiled, &base)).collect::<Result<Vec<_>>>()?;
        let mut review = program.review_base(base, history, None, as_of, &Monitor::none())?;
        (review.findings, review.losses) = (findings, losses);
        Ok(review)
    }
}

fn corrupt() -> Error {
    Error::new(Code::CorruptState, "state", "the bytes of this review contradict themselves")
}

fn json(value: &impl serde::Serialize) -> String {
    // Documents and conditions are maps with texts as keys, which JSON can always hold.
    serde_json::to_string(value).unwrap_or_default()
}

/// A number that may be missing.
fn write_place(to: &mut StateWriter, place: Option<usize>) {
    to.u64(place.map_or(u64::MAX, |place| place as u64));
}

/// A number below a count, or none.
fn read_place(from: &mut StateReader<'_>, count: usize) -> Result<Option<usize>> {
    match from.u64()? {
        u64::MAX => Ok(None),
        place => usize::try_from(place).ok().filter(|place| *place < count).map(Some).ok_or_else(corrupt),
    }
}

fn write_day(to: &mut StateWriter, day: Option<Date>) {
    to.u64(day.map_or(u64::MAX, |day| u64::from(day.0 as u32)));
}

fn read_day(from: &mut StateReader<'_>) -> Result<Option<Date>> {
    match from.u64()? {
        u64::MAX => Ok(None),
        day => u32::try_from(day).map(|day| Some(Date(day as i32))).map_err(|_| corrupt()),
    }
}

fn write_base(to: &mut StateWriter, base: &Base) {
    write_keys(to, &base.partners);
    write_keys(to, &base.scopes);
    write_all(to, &base.partner, |&code| code.into());
    write_all(to, &base.scope, |&code| code.into());
    for column in &base.columns {
        write_some(to, column.as_ref(), |to, values| write_all(to, values, |value| value.to_bits()));
    }
    for attribute in &base.attributes {
        write_all(to, &attribute.codes, |&code| code.into());
        to.text(&json(&attribute.values));
    }
    to.u64(base.enrolment.len() as u64);
    for enrolment in &base.enrolment {
        write_place(to, enrolment.tier);
        write_place(to, enrolment.track);
        write_day(to, enrolment.enrolled_on);
        write_day(to, enrolment.tier_since);
    }
}

/// The base, whose columns and codes all fit.
fn read_base(from: &mut StateReader<'_>, program: &Compiled) -> Result<Base> {
    let mut base = Base::empty(program);
    (base.partners, base.scopes) = (Arc::new(read_keys(from)?), Arc::new(read_keys(from)?));
    base.partner = read_all(from, |code| code as u32)?;
    base.scope = read_all(from, |code| code as u32)?;
    for column in &mut base.columns {
        *column = read_some(from, |from| read_all(from, f64::from_bits))?;
    }
    for attribute in &mut base.attributes {
        let codes = read_all(from, |code| code as u32)?;
        *attribute = Attribute { codes, values: serde_json::from_str(from.text()?).map_err(|_| corrupt())? };
    }
    let count = from.count(32)?;
    let enrolment = |from: &mut StateReader<'_>| {
        Ok(Enrolment {
            tier: read_place(from, program.tiers.len())?,
            track: read_place(from, program.tracks.len())?,
            enrolled_on: read_day(from)?,
            tier_since: read_day(from)?,
        })
    };
    base.enrolment = (0..count).map(|_| enrolment(from)).collect::<Result<_>>()?;
    let rows = base.rows();
    let coded = |codes: &[u32], names: usize, nulls: bool| {
        codes.len() == rows && codes.iter().all(|&code| (code as usize) < names || (nulls && code == NULL))
    };
    let fits = coded(&base.partner, base.partners.len(), false)
        && coded(&base.scope, base.scopes.len(), true)
        && base.columns.iter().flatten().all(|values| values.len() == rows)
        && base.attributes.iter().all(|a| coded(&a.codes, a.values.len(), true))
        && (base.enrolment.len() == rows || base.enrolment.is_empty());
    // Rows that stand in their order stay in it.
    if fits { base.sorted().map_err(|_| corrupt()) } else { Err(corrupt()) }
}

fn write_past(to: &mut StateWriter, past: &Past) {
    write_day(to, Some(past.as_of));
    for place in [past.track, past.qualified, past.standing, past.effective, past.pending, past.kept_tier] {
        write_place(to, place);
    }
    let days =
        [past.track_since, past.standing_since, past.short_since, past.grace_until, past.kept_until, past.enrolled_on];
    days.into_iter().for_each(|day| write_day(to, day));
    to.u64(past.pending_demotion.into());
    write_place(to, past.transition);
}

fn read_past(from: &mut StateReader<'_>, program: &Compiled) -> Result<Past> {
    let tiers = program.tiers.len();
    let as_of = read_day(from)?.ok_or_else(corrupt)?;
    let track = read_place(from, program.tracks.len())?;
    let mut tier = || read_place(from, tiers);
    let (qualified, standing, effective, pending, kept_tier) = (tier()?, tier()?, tier()?, tier()?, tier()?);
    let mut day = || read_day(from);
    Ok(Past {
        as_of,
        track,
        qualified,
        standing,
        effective,
        pending,
        kept_tier,
        track_since: day()?,
        standing_since: day()?,
        short_since: day()?,
        grace_until: day()?,
        kept_until: day()?,
        enrolled_on: day()?,
        pending_demotion: from.u64()? != 0,
        transition: read_place(from, program.document.transitions.len())?,
    })
}

fn read_finding(from: &mut StateReader<'_>) -> Result<Finding> {
    let metric = read_some(from, |from| from.text().map(str::to_owned))?;
    let code = known("finding", from.text()?).ok_or_else(corrupt)?;
    Ok(Finding { metric, code, rows: from.u64()?, message: from.text()?.to_owned() })
}

fn write_loss(to: &mut StateWriter, loss: &Loss) {
    to.u64(loss.partner.into());
    to.text(loss.cause);
    write_place(to, loss.tier);
    write_day(to, Some(loss.on));
    write_day(to, loss.lost_on);
    write_place(to, loss.drops_to);
    for text in [&loss.criterion, &loss.metric, &loss.unit] {
        write_some(to, text.as_deref(), StateWriter::text);
    }
    for number in [loss.actual, loss.required] {
        write_some(to, number, |to, number| to.u64(number.to_bits()));
    }
}

fn read_loss(from: &mut StateReader<'_>, program: &Compiled, base: &Base) -> Result<Loss> {
    let tiers = program.tiers.len();
    let partner = read_place(from, base.partners.len())?.ok_or_else(corrupt)? as u32;
    let cause = known("cause", from.text()?).ok_or_else(corrupt)?;
    let tier = read_place(from, tiers)?;
    let (on, lost_on) = (read_day(from)?.ok_or_else(corrupt)?, read_day(from)?);
    let drops_to = read_place(from, tiers)?;
    let mut text = || read_some(from, |from| from.text().map(str::to_owned));
    let (criterion, metric, unit) = (text()?, text()?, text()?);
    let mut number = || read_some(from, |from| from.u64().map(f64::from_bits));
    let (actual, required) = (number()?, number()?);
    Ok(Loss { partner, cause, tier, on, lost_on, drops_to, criterion, metric, actual, required, unit })
}
