//! Opportunities and what belongs to them: amounts, closes, touches, relationships, investments and registrations.

use hashbrown::HashSet;

use super::{Draft, Drafts, number_of};
use crate::calendar::Date;
use crate::error::Code;
use crate::facts::store::Chunk;
use crate::facts::{account_partners, investments, opportunities, registrations, touchpoints};
use crate::money::Currency;
use crate::table::{KeySpace, NULL};

pub(super) fn leave_out_deleted(number: usize, table: &mut Draft, drafts: &mut Drafts) {
    let flag = opportunities::Col::deleted as usize;
    let deleted: Vec<usize> =
        table.rows().filter(|(_, c, r)| c.member(flag, *r) == Some(1)).map(|(row, ..)| row).collect();
    for row in deleted {
        table.out[row] = true;
        drafts.remark(number, row, "deleted", "deleted", "marked as deleted; left out".to_owned());
    }
}

/// The day on which an opportunity's amount is converted once it is closed.
pub(super) fn closing_day(chunk: &Chunk, r: usize, drafts: &Drafts) -> Option<Date> {
    use opportunities::Col;
    let at = chunk.instant(Col::closed_at as usize, r).or_else(|| chunk.instant(Col::created_at as usize, r))?;
    Some(drafts.zone.date_of(at))
}

pub(super) fn check_opportunities(number: usize, table: &mut Draft, drafts: &mut Drafts) {
    use opportunities::{Col, OPEN, WON};
    let mut remarks: Vec<(usize, &str, &str, String)> = Vec::new();
    let mut faults: Vec<(usize, Code, String)> = Vec::new();
    for (row, chunk, r) in table.rows() {
        let status = chunk.member(Col::status as usize, r);
        let created = chunk.instant(Col::created_at as usize, r);
        let closed = chunk.instant(Col::closed_at as usize, r);
        let amount = chunk.instant(Col::amount as usize, r);
        if let (Some(created), Some(closed)) = (created, closed)
            && closed < created
        {
            let message = "closed_at lies before created_at; the lookback counts back from the close".to_owned();
            remarks.push((row, "closed_at", "close_before_creation", message));
        }
        if status == Some(OPEN) && closed.is_some() {
            let message = "an open opportunity has a closed_at; it is ignored".to_owned();
            remarks.push((row, "closed_at", "close_on_open", message));
        }
        if status == Some(WON) && closed.is_none() {
            let message = "a won opportunity has no closed_at; it counts in no dated window".to_owned();
            remarks.push((row, "closed_at", "won_without_close", message));
        }
        match amount {
            Some(a) if a < 0 => {
                let message = "a negative amount; it is kept and lowers the totals".to_owned();
                remarks.push((row, "amount", "negative_amount", message));
            }
            Some(0) if status == Some(WON) => {
                remarks.push((row, "amount", "zero_amount", "a won opportunity is worth 0".to_owned()));
            }
            None if status == Some(WON) && chunk.columns[Col::amount as usize].is_some() => {
                let message = "a won opportunity has no amount; it counts as a conversion without value".to_owned();
                remarks.push((row, "amount", "missing_amount", message));
            }
            _ => {}
        }
        if status == Some(WON)
            && let (Some(minor), Some(rates), Some(day)) = (amount, &drafts.links.rates, closing_day(chunk, r, drafts))
            && let Some(from) = chunk.member(Col::currency as usize, r).and_then(Currency::from_number)
            && let Err(error) = rates.convert(minor, from, day)
        {
            faults.push((row, error.code(), error.message().to_owned()));
        }
    }
    for (row, column, code, message) in remarks {
        drafts.remark(number, row, column, code, message);
    }
    for (row, code, message) in faults {
        table.reject(number, row, "currency", code, message, drafts);
    }
}

pub(super) fn check_touchpoints(number: usize, table: &mut Draft, drafts: &mut Drafts) {
    use touchpoints::Col;
    let mut faults: Vec<usize> = Vec::new();
    let mut remarks: Vec<(usize, &str, &str, String)> = Vec::new();
    let deals = drafts.tables[number_of("opportunities")].as_ref().map(|t| closes_and_accounts(t, drafts));
    for (row, chunk, r) in table.rows() {
        let opportunity = chunk.code(Col::opportunity_id as usize, r);
        let account = chunk.code(Col::account_id as usize, r);
        if opportunity == NULL && account == NULL {
            faults.push(row);
            continue;
        }
        let deal = deals.as_ref().and_then(|d| d.get(opportunity as usize));
        let Some(&(closed, own_account)) = deal.filter(|_| opportunity != NULL) else { continue };
        if let (Some(at), Some(closed)) = (chunk.instant(Col::at as usize, r), closed)
            && at > closed
        {
            let message = "the touch lies after the close of its opportunity; journeys set it aside".to_owned();
            remarks.push((row, "at", "touch_after_close", message));
        }
        if account != NULL && own_account != NULL && account != own_account {
            let message =
                "the touch names another account than its opportunity; the opportunity is believed".to_owned();
            remarks.push((row, "account_id", "account_mismatch", message));
        }
    }
    for row in faults {
        let message = "a touch needs an opportunity_id or an account_id".to_owned();
        table.reject(number, row, "opportunity_id", Code::InvalidRow, message, drafts);
    }
    for (row, column, code, message) in remarks {
        drafts.remark(number, row, column, code, message);
    }
}

/// Close and account of every opportunity, by code.
fn closes_and_accounts(table: &Draft, drafts: &Drafts) -> Vec<(Option<i64>, u32)> {
    use opportunities::{Col, OPEN};
    let mut of = vec![(None, NULL); drafts.keys[KeySpace::Opportunity as usize].len()];
    for (_, chunk, r) in table.rows() {
        let code = chunk.code(Col::opportunity_id as usize, r);
        let open = chunk.member(Col::status as usize, r) == Some(OPEN);
        let closed = chunk.instant(Col::closed_at as usize, r).filter(|_| !open);
        of[code as usize] = (closed, chunk.code(Col::account_id as usize, r));
    }
    of
}

/// A relationship that ends before it begins holds never; one that stands twice counts once.
pub(super) fn check_account_partners(number: usize, table: &mut Draft, drafts: &mut Drafts) {
    use account_partners::Col;
    let mut seen = HashSet::new();
    for (row, chunk, r) in table.rows() {
        let ids = [Col::account_id, Col::partner_id, Col::relationship].map(|column| chunk.code(column as usize, r));
        let [from, to] = [Col::valid_from, Col::valid_to].map(|column| chunk.instant(column as usize, r));
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            let message = "valid_to lies before valid_from; the relationship holds at no time".to_owned();
            drafts.remark(number, row, "valid_to", "end_before_start", message);
        }
        if !seen.insert((ids, from, to)) {
            let message = "the same relationship stands in an earlier row; it counts once".to_owned();
            drafts.remark(number, row, "account_id", "duplicate_row", message);
        }
    }
}

pub(super) fn check_investments(number: usize, table: &mut Draft, drafts: &mut Drafts) {
    use investments::Col;
    let mut faults: Vec<(usize, Code, String)> = Vec::new();
    for (row, chunk, r) in table.rows() {
        let money = (chunk.instant(Col::amount as usize, r), chunk.date(Col::on as usize, r));
        if let ((Some(minor), Some(on)), Some(rates)) = (money, &drafts.links.rates)
            && let Some(from) = chunk.member(Col::currency as usize, r).and_then(Currency::from_number)
            && let Err(error) = rates.convert(minor, from, Date(on))
        {
            faults.push((row, error.code(), error.message().to_owned()));
        }
    }
    for (row, code, message) in faults {
        table.reject(number, row, "currency", code, message, drafts);
    }
}

/// Approved registrations that can be the source of nothing.
pub(super) fn check_registrations(number: usize, table: &Draft, drafts: &mut Drafts) {
    use registrations::{APPROVED, CONVERTED, Col};
    for (row, chunk, r) in table.rows() {
        let approved = matches!(chunk.member(Col::status as usize, r), Some(APPROVED | CONVERTED));
        if !approved || chunk.code(Col::opportunity_id as usize, r) != NULL {
            continue;
        }
        if chunk.code(Col::account_id as usize, r) == NULL {
            let message = "names neither an opportunity nor an account; it is the source of nothing".to_owned();
            drafts.remark(number, row, "opportunity_id", "registration_of_nothing", message);
        } else if chunk.instant(Col::expires_at as usize, r).is_none() {
            let message = "names an account only and never expires; it is the source of nothing: give it an opportunity_id or expires_at";
            drafts.remark(number, row, "expires_at", "registration_without_end", message.to_owned());
        }
    }
}
