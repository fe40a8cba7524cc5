//! What happened on the deals: touches of partners and of the vendor, the roles that partners were given, and the
//! registrations that they submitted.

use crate::accounts;
use crate::calendar::{DAY, date, instant, quarter};
use crate::csv::{Csv, decimal};
use crate::deals::{self, Deal, Involvement, Part, working_time};
use crate::partners::{self, Partner};
use crate::random::Rng;

/// A touch on a deal, or on an account.
pub struct Touch {
    pub deal: Option<usize>,
    pub account: Option<usize>,
    /// `None` is the vendor.
    pub partner: Option<usize>,
    pub at: i64,
    pub kind: &'static str,
    pub role: &'static str,
}

/// A role of a partner on a deal.
pub struct Role {
    pub deal: usize,
    pub partner: usize,
    pub name: &'static str,
    pub share: Option<usize>,
    pub from: i64,
}

/// A registration.
pub struct Registration {
    pub kind: &'static str,
    pub partner: usize,
    pub account: usize,
    pub deal: Option<usize>,
    pub submitted: i64,
    pub status: &'static str,
    pub decided: Option<i64>,
    pub expires: Option<i64>,
}

const EARLY: [&str; 3] = ["intro_call", "webinar", "demo"];
const MIDDLE: [&str; 6] = ["demo", "poc", "technical_workshop", "co_sell_meeting", "webinar", "intro_call"];
const LATE: [&str; 2] = ["proposal", "co_sell_meeting"];

/// The touches, in the order of time.
pub fn touches(seed: u64, deals: &[Deal], partners: &[Partner], as_of: i64) -> Vec<Touch> {
    let rng = &Rng::stream(seed, "touchpoints");
    let mut touches = Vec::new();
    for (index, deal) in deals.iter().enumerate() {
        vendor_touches(rng, &mut touches, index, deal, as_of);
        for involved in &deal.involved {
            partner_touches(rng, &mut touches, (index, deal), involved, as_of);
        }
    }
    busy_deals(rng, &mut touches, deals, as_of);
    for _ in 0..420 {
        let on = rng.between(19_730, as_of / DAY - 1);
        let account = rng.below(accounts::COUNT);
        let partner = if rng.chance(600) { partners::pick(rng, partners, rng.below(4), on) } else { None };
        let kind = if partner.is_some() { rng.pick(&["webinar", "intro_call"]) } else { "webinar" };
        let at = working_time(rng, on);
        touches.push(Touch { deal: None, account: Some(account), partner, at, kind, role: "" });
    }
    touches.retain(|touch| touch.partner.is_none_or(|partner| works_on(&partners[partner], touch.at / DAY)));
    touches.sort_by_key(|touch| (touch.at, touch.deal, touch.partner));
    touches
}

fn works_on(partner: &Partner, on: i64) -> bool {
    (partner.active.0..=partner.active.1).contains(&on)
}

fn vendor_touches(rng: &Rng, touches: &mut Vec<Touch>, index: usize, deal: &Deal, as_of: i64) {
    let end = deal.end(as_of);
    let wait = if deal.origin().is_some() { rng.between(1, 9) } else { -rng.between(0, 18) };
    let mut at = deal.created + wait * DAY - rng.between(1, 3_600);
    for number in 0..rng.weighted(&[16, 36, 30, 18]) {
        if at >= end {
            break;
        }
        let kind =
            if number == 0 { "intro_call" } else { rng.pick(&["demo", "poc", "proposal", "technical_workshop"]) };
        touches.push(Touch { deal: Some(index), account: None, partner: None, at, kind, role: "" });
        at += 3_600 + rng.between(0, (end - at).max(7_200) / 2);
    }
}

fn partner_touches(
    rng: &Rng,
    touches: &mut Vec<Touch>,
    (index, deal): (usize, &Deal),
    involved: &Involvement,
    as_of: i64,
) {
    let Involvement { partner, role, part } = *involved;
    let end = deal.end(as_of) - 60;
    let mut add = |rng: &Rng, on: i64, kinds: &[&'static str]| {
        let at = working_time(rng, on).min(end - rng.between(1, 3_000));
        touches.push(Touch {
            deal: Some(index),
            account: None,
            partner: Some(partner),
            at,
            kind: rng.pick(kinds),
            role,
        });
    };
    let (created, last) = (deal.created / DAY, end / DAY);
    let count = match rng.weighted(&[52, 28, 13, 6, 1]) {
        3 => 4 + rng.below(3),
        4 => 8 + rng.below(13),
        few => few + 1,
    };
    match part {
        Part::Origin => {
            add(rng, created - rng.between(22, 48), &["intro_call"]);
            let stays = if partner == partners::ORIGINATOR { 120 } else { 500 };
            if rng.chance(stays) {
                add(rng, rng.between(created, last), &MIDDLE);
            }
        }
        Part::Late => {
            for _ in 0..=rng.below(2) {
                add(rng, last - rng.between(0, (last - created) / 8), &LATE);
            }
        }
        Part::Along if partner == partners::CLAIMANT => add(rng, created + rng.between(2, 12), &["deal_registration"]),
        Part::Along if matches!(role, "reseller") && deal.route == "marketplace" => {
            for _ in 0..count {
                add(rng, rng.between(created - 20, last), &["marketplace_view", "marketplace_view", "proposal"]);
            }
        }
        Part::Along => {
            let planted = [partners::BYSTANDER, partners::LIFTER, partners::COSTLY].contains(&partner);
            if !planted && rng.chance(80) {
                return;
            }
            if rng.chance(35) {
                add(rng, created - rng.between(100, 200), &EARLY);
            }
            let earliest = if rng.chance(250) { created - 50 } else { created };
            for _ in 0..count {
                let on = rng.between(earliest, last);
                add(rng, on, if on < created + 10 { &EARLY } else { &MIDDLE });
            }
        }
    }
}

/// Two deals with more than forty touches: a buyer who opened a listing again and again, and an analyst's newsletter.
fn busy_deals(rng: &Rng, touches: &mut Vec<Touch>, deals: &[Deal], as_of: i64) {
    for (partner, kind, count) in
        [(partners::MARKETPLACE, "marketplace_view", 47), (partners::BYSTANDER, "webinar", 58)]
    {
        let long = |deal: &&Deal| {
            let one_of_them = deal.has(partners::MARKETPLACE) != deal.has(partners::BYSTANDER);
            let found = one_of_them && deal.has(partner) && deal.status == "won" && !deal.deleted;
            found && deal.end(as_of) - deal.created > 120 * DAY
        };
        let Some(deal) = deals.iter().find(long) else { continue };
        let index = deals.iter().position(|other| std::ptr::eq(other, deal));
        for _ in 0..count {
            let at = working_time(rng, rng.between(deal.created / DAY + 1, deal.end(as_of) / DAY - 3));
            let role = if kind == "webinar" { "influencer" } else { "reseller" };
            touches.push(Touch { deal: index, account: None, partner: Some(partner), at, kind, role });
        }
    }
}

/// The roles: of three involvements in four; all of an originator, a closer and a partner without touches.
pub fn roles(seed: u64, deals: &[Deal], touches: &[Touch], as_of: i64) -> Vec<Role> {
    let rng = &Rng::stream(seed, "opportunity_partners");
    let touched: std::collections::BTreeSet<(usize, usize)> =
        touches.iter().filter_map(|touch| Some((touch.deal?, touch.partner?))).collect();
    let mut roles = Vec::new();
    for (index, deal) in deals.iter().enumerate() {
        let first = roles.len();
        for involved in &deal.involved {
            let Involvement { partner, role, part } = *involved;
            if part != Part::Along || !touched.contains(&(index, partner)) || rng.chance(700) {
                let late = deal.closed.unwrap_or(as_of - DAY);
                let from = if part == Part::Late { late / DAY } else { deal.created / DAY };
                roles.push(Role { deal: index, partner, name: role, share: None, from });
            }
        }
        if rng.chance(260) {
            let parts: &[usize] = match roles.len() - first {
                1 => &[100],
                2 => &[60, 40],
                3 => &[50, 30, 20],
                4 => &[40, 30, 20, 10],
                _ => &[],
            };
            for (role, share) in roles[first..].iter_mut().zip(parts) {
                role.share = Some(*share);
            }
        }
    }
    roles
}

/// The registrations, in the order of submission.
pub fn registrations(seed: u64, deals: &[Deal], partners: &[Partner], as_of: i64) -> Vec<Registration> {
    let rng = &Rng::stream(seed, "registrations");
    let mut registrations = Vec::new();
    for (index, deal) in deals.iter().enumerate() {
        for involved in &deal.involved {
            registrations.extend(register(rng, (index, deal), involved, as_of));
        }
    }
    rivals(rng, &mut registrations, deals, partners, as_of);
    for number in 0..190 {
        let first = if number < 110 { 19_730 } else { as_of / DAY - 150 };
        let on = rng.between(first, as_of / DAY - 1);
        let account = rng.below(accounts::COUNT);
        let Some(partner) = partners::pick(rng, partners, rng.below(4), on) else { continue };
        let submitted = working_time(rng, on);
        let age = as_of / DAY - on;
        let status = match age {
            0..75 => rng.pick(&["draft", "submitted", "in_review", "action_required"]),
            _ => rng.pick(&["rejected", "expired", "withdrawn", "revoked", "expired"]),
        };
        registrations.push(registration(
            rng,
            lead_or_referral(status),
            partner,
            account,
            None,
            submitted,
            status,
            as_of,
        ));
    }
    registrations.sort_by_key(|one| (one.submitted, one.partner));
    registrations
}

fn lead_or_referral(status: &str) -> &'static str {
    if status == "revoked" { "referral" } else { "lead" }
}

fn register(rng: &Rng, (index, deal): (usize, &Deal), involved: &Involvement, as_of: i64) -> Option<Registration> {
    let Involvement { partner, part, .. } = *involved;
    let created = deal.created / DAY;
    let before = created - rng.between(3, 21);
    let after = created + rng.between(10, 40);
    let (kind, on, status) = match (part, partner) {
        (Part::Origin, partners::REGISTRAR) => ("deal", before, "approved"),
        (Part::Origin, partners::ORIGINATOR) if rng.chance(250) => ("referral", before, "approved"),
        (Part::Origin, partners::ORIGINATOR) => return None,
        (Part::Origin, _) if rng.chance(600) => {
            (rng.pick(&["referral", "deal", "lead"]), before, rng.pick(&["approved", "approved", "converted"]))
        }
        (Part::Along, partners::CLAIMANT) if rng.chance(500) => ("deal", after, rng.pick(&["approved", "rejected"])),
        (Part::Along, partners::CLAIMANT | partners::BYSTANDER | partners::LIFTER | partners::COSTLY) => return None,
        (Part::Along, _) if rng.chance(90) => {
            let status = rng.pick(&["approved", "approved", "rejected", "rejected", "withdrawn", "revoked", "expired"]);
            ("deal", rng.pick(&[before, after]), status)
        }
        _ => return None,
    };
    let submitted = working_time(rng, on);
    (submitted < as_of - DAY)
        .then(|| registration(rng, kind, partner, deal.account, Some(index), submitted, status, as_of))
}

/// Deals that two partners registered: the second was nearly always rejected as a duplicate.
fn rivals(rng: &Rng, registrations: &mut Vec<Registration>, deals: &[Deal], partners: &[Partner], as_of: i64) {
    let firsts = registrations.len();
    let mut left = 26;
    for place in 0..firsts {
        let (status, submitted) = (registrations[place].status, registrations[place].submitted);
        let Some(deal) = registrations[place].deal else { continue };
        if left == 0 || status != "approved" || !rng.chance(120) {
            continue;
        }
        let submitted = submitted + rng.between(2, 20) * DAY;
        let Some(rival) = partners::pick(rng, partners, rng.below(4), submitted / DAY) else { continue };
        if submitted < as_of - 20 * DAY && !deals[deal].has(rival) {
            left -= 1;
            let status = if left < 4 { "approved" } else { "rejected" };
            let account = deals[deal].account;
            registrations.push(registration(rng, "deal", rival, account, Some(deal), submitted, status, as_of));
        }
    }
}

fn registration(
    rng: &Rng,
    kind: &'static str,
    partner: usize,
    account: usize,
    deal: Option<usize>,
    submitted: i64,
    status: &'static str,
    as_of: i64,
) -> Registration {
    let undecided = matches!(status, "draft" | "submitted" | "in_review" | "action_required" | "withdrawn");
    let granted = matches!(status, "approved" | "converted" | "expired" | "revoked");
    let decided = (submitted + rng.between(3_600, 6 * DAY)).min(as_of - 3_600);
    let protection = if partner == partners::REGISTRAR { 365 } else { rng.pick(&[90, 120, 180]) };
    let expires = submitted + protection * DAY;
    Registration {
        kind,
        partner,
        account,
        deal,
        submitted,
        status: if status == "expired" && expires > as_of { "approved" } else { status },
        decided: (!undecided).then_some(decided),
        expires: granted.then_some(expires),
    }
}

/// The writers of the ids of partners and accounts, which now and then write an old one.
pub struct Ids<'a> {
    pub partner: &'a dyn Fn(&Rng, usize) -> String,
    pub account: &'a dyn Fn(usize, usize) -> String,
}

/// `touchpoints.csv`; ids count from the first touch.
pub fn touch_table(seed: u64, touches: &[Touch], ids: &Ids) -> Csv {
    let rng = &Rng::stream(seed, "touchpoints.csv");
    let mut csv = Csv::new("touchpoints.csv", "touch_id opportunity_id account_id partner_id at kind role campaign_id");
    for (index, touch) in touches.iter().enumerate() {
        csv.rows.push(vec![
            format!("T-{:05}", index + 1),
            touch.deal.map_or(String::new(), deals::id),
            touch.account.map_or(String::new(), |account| (ids.account)(index, account)),
            touch.partner.map_or(String::new(), |partner| (ids.partner)(rng, partner)),
            instant(touch.at),
            touch.kind.to_owned(),
            touch.role.to_owned(),
            if touch.kind == "webinar" { format!("C-{}", quarter(touch.at / DAY)) } else { String::new() },
        ]);
    }
    csv
}

/// `opportunity_partners.csv`.
pub fn role_table(seed: u64, roles: &[Role], as_of: i64, ids: &Ids) -> Csv {
    let rng = &Rng::stream(seed, "opportunity_partners.csv");
    let mut csv =
        Csv::new("opportunity_partners.csv", "opportunity_id partner_id role share is_primary valid_from recorded_at");
    for (index, role) in roles.iter().enumerate() {
        let is_first = index == 0 || roles[index - 1].deal != role.deal;
        let recorded = (role.from * DAY + rng.between(9 * 3_600, 9 * DAY)).min(as_of - DAY);
        csv.rows.push(vec![
            deals::id(role.deal),
            (ids.partner)(rng, role.partner),
            role.name.to_owned(),
            role.share.map_or(String::new(), |share| decimal(share as i64)),
            is_first.to_string(),
            if rng.chance(800) { date(role.from) } else { String::new() },
            instant(recorded),
        ]);
    }
    csv
}

/// `registrations.csv`.
pub fn registration_table(seed: u64, registrations: &[Registration], deals: &[Deal], ids: &Ids) -> Csv {
    let rng = &Rng::stream(seed, "registrations.csv");
    let mut csv = Csv::new(
        "registrations.csv",
        "registration_id kind partner_id account_id opportunity_id submitted_at status decided_at expires_at product \
         amount currency",
    );
    for (index, one) in registrations.iter().enumerate() {
        let deal = one.deal.map(|deal| &deals[deal]);
        let expected = deal.filter(|_| rng.chance(700)).map(|deal| deal.amount / 100_000 * 100_000 + 100_000);
        csv.rows.push(vec![
            format!("R-{:04}", index + 1),
            one.kind.to_owned(),
            (ids.partner)(rng, one.partner),
            accounts::id(one.account),
            one.deal.map_or(String::new(), deals::id),
            instant(one.submitted),
            one.status.to_owned(),
            one.decided.map_or(String::new(), instant),
            one.expires.map_or(String::new(), |at| date(at / DAY)),
            deal.map_or(String::new(), |deal| deal.product.to_owned()),
            expected.map_or(String::new(), decimal),
            expected.and(deal).map_or(String::new(), |deal| deal.currency.to_owned()),
        ]);
    }
    csv
}
