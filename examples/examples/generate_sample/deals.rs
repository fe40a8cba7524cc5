//! The deals and the model behind them. A deal is won with a probability that is its base (by type) plus effects. Some
//! partners join by chance, so that their effect can be measured; one joins because the deal is nearly won, so that its
//! effect can't be read off its win rate.

use crate::accounts::{self, Account};
use crate::calendar::{DAY, date, day, instant};
use crate::csv::{Csv, decimal};
use crate::names::REGIONS;
use crate::partners::{self, Partner};
use crate::random::Rng;

/// How many deals there are.
pub const COUNT: usize = 4_997;
/// Chance to win by deal type, in thousandths.
pub const BASE: [i64; 3] = [240, 385, 650];
/// What the smallest, middle and largest segment add to it.
pub const SEGMENT_EFFECT: [i64; 3] = [30, 0, -30];
/// What any background partner on the deal adds.
pub const PARTNER_EFFECT: i64 = 30;
/// What it adds that a partner originated the deal.
pub const ORIGIN_EFFECT: i64 = 60;
/// What [`partners::LIFTER`] adds.
pub const LIFTER_EFFECT: i64 = 150;

const TYPES: [&str; 3] = ["new_business", "expansion", "renewal"];
/// The products.
pub const PRODUCTS: [&str; 4] = ["core", "vault", "flow", "insight"];

/// How a partner takes part in a deal; it decides where its touches fall.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Origin,
    Along,
    Late,
}

/// A partner on a deal.
pub struct Involvement {
    pub partner: usize,
    pub role: &'static str,
    pub part: Part,
}

/// One deal.
pub struct Deal {
    pub account: usize,
    pub status: &'static str,
    pub kind: usize,
    pub stage: &'static str,
    pub amount: i64,
    pub basis: &'static str,
    pub recurring: i64,
    pub term: i64,
    pub currency: &'static str,
    pub created: i64,
    pub closed: Option<i64>,
    /// The CRM kept only the date of the close.
    pub closed_on_date: bool,
    pub close_on: Option<i64>,
    pub route: &'static str,
    pub sourced_by: Option<usize>,
    pub product: &'static str,
    pub deleted: bool,
    pub involved: Vec<Involvement>,
}

impl Deal {
    /// The last instant that belongs to the deal: its close (of that day, if only the date is known), else `as_of`.
    pub fn end(&self, as_of: i64) -> i64 {
        match self.closed {
            Some(at) if self.closed_on_date => at.div_euclid(DAY) * DAY + DAY - 1,
            Some(at) => at,
            None => as_of,
        }
    }

    /// Whether `partner` takes part.
    pub fn has(&self, partner: usize) -> bool {
        self.involved.iter().any(|involved| involved.partner == partner)
    }

    /// The partner that originated the deal.
    pub fn origin(&self) -> Option<usize> {
        self.involved.iter().find(|involved| involved.part == Part::Origin).map(|involved| involved.partner)
    }
}

/// The id of a deal in the CRM.
pub fn id(deal: usize) -> String {
    format!("O-{:05}", deal + 1)
}

/// Draws the deals in the order of their creation; an account becomes a customer with its first won deal.
pub fn draw(seed: u64, partners: &[Partner], accounts: &mut [Account], as_of: i64) -> Vec<Deal> {
    let rng = &Rng::stream(seed, "opportunities");
    let mut created: Vec<i64> = (0..COUNT).map(|_| created_at(rng, as_of)).collect();
    created.sort_unstable();
    created.into_iter().map(|at| deal(rng, partners, accounts, at, as_of)).collect()
}

/// A working instant; business grows, so that the last month has three times the deals of the first.
fn created_at(rng: &Rng, as_of: i64) -> i64 {
    let (first, last) = (day(2024, 1, 2), as_of.div_euclid(DAY) - 1);
    let spread = last - first;
    let mut on = rng.between(0, spread);
    if rng.between(0, 2 * spread) > spread + on {
        on = spread - on;
    }
    working_time(rng, first + on)
}

/// An instant between 08:00 and 18:00 UTC of `on`, moved to Friday if `on` is in a weekend.
pub fn working_time(rng: &Rng, on: i64) -> i64 {
    let weekday = (on + 3).rem_euclid(7);
    (on - (weekday - 4).max(0)) * DAY + rng.between(8 * 3_600, 18 * 3_600 - 1)
}

fn deal(rng: &Rng, partners: &[Partner], accounts: &mut [Account], created: i64, as_of: i64) -> Deal {
    let on = created.div_euclid(DAY);
    let account = rng.below(accounts::COUNT).min(rng.below(accounts::COUNT + 400));
    let customer = accounts[account].customer_since.is_some_and(|since| since < on);
    let kind = if customer { rng.weighted(&[30, 45, 25]) } else { 0 };
    let (segment, region) = (accounts[account].segment, accounts[account].region);
    let mut involved = involvements(rng, partners, region, on);
    let (route, marketplace) = route(rng, partners, &involved);
    let chance = win_chance(kind, segment, &involved);
    let won = rng.chance(chance);
    let mut cycle = rng.bell(12, [285, 215, 125][kind]) * [80, 100, 135][segment] / 100;
    if !won {
        cycle = cycle * 112 / 100;
    }
    let stale = !won && rng.chance(125);
    let closed = working_time(rng, (on + cycle.max(6)).max(on + 3));
    let is_open = stale || closed >= as_of;
    let status = if is_open { "open" } else { ["lost", "won"][usize::from(won)] };
    if rng.chance(late_chance(status, kind)) && on > partners[partners::CLOSER].joined {
        involved.push(Involvement { partner: partners::CLOSER, role: "closer", part: Part::Late });
    }
    let elapsed = (as_of - created) * 100 / (closed - created).max(1);
    let late = involved.last().is_some_and(|last| last.part == Part::Late);
    if status == "won" && accounts[account].customer_since.is_none() {
        accounts[account].customer_since = Some(closed.div_euclid(DAY));
    }
    let (amount, recurring, term) =
        money(rng, kind, segment, involved.iter().any(|one| one.partner == partners::COSTLY));
    let claimed = involved.iter().any(|one| one.partner == partners::CLAIMANT);
    let origin = involved.iter().find(|one| one.part == Part::Origin).map(|one| one.partner);
    let noted = if claimed { Some(partners::CLAIMANT) } else { origin.filter(|_| rng.chance(550)) };
    Deal {
        account,
        status,
        kind,
        stage: stage(rng, status, elapsed, late),
        amount,
        basis: if matches!(route, "resale" | "marketplace") {
            rng.pick(&["list", "list", "end_customer"])
        } else {
            "net"
        },
        recurring,
        term,
        currency: accounts[account].currency(),
        created,
        closed: (!is_open).then_some(closed),
        closed_on_date: rng.chance(400),
        close_on: is_open.then(|| if stale { on + cycle } else { closed.div_euclid(DAY) + rng.between(-6, 30) }),
        route: if marketplace { "marketplace" } else { route },
        sourced_by: noted,
        product: PRODUCTS[rng.weighted(&[44, 26, 18, 12])],
        deleted: rng.chance(5),
        involved,
    }
}

fn win_chance(kind: usize, segment: usize, involved: &[Involvement]) -> i64 {
    let any = |test: &dyn Fn(&Involvement) -> bool| i64::from(involved.iter().any(test));
    let planted = [partners::BYSTANDER, partners::LIFTER, partners::CLAIMANT];
    let chance = BASE[kind]
        + SEGMENT_EFFECT[segment]
        + PARTNER_EFFECT * any(&|one| one.part == Part::Along && !planted.contains(&one.partner))
        + ORIGIN_EFFECT * any(&|one| one.part == Part::Origin)
        + LIFTER_EFFECT * any(&|one| one.partner == partners::LIFTER);
    chance.clamp(20, 950)
}

/// In how many of 1,000 deals the closer is called in, once it is known how they end.
fn late_chance(status: &str, kind: usize) -> i64 {
    match status {
        "won" if kind == 0 => 170,
        "won" => 90,
        "lost" => 35,
        _ => 20,
    }
}

/// The partners that join before the deal's end is known, each by a draw that looks at nothing but the region.
fn involvements(rng: &Rng, partners: &[Partner], region: usize, on: i64) -> Vec<Involvement> {
    let mut involved = Vec::new();
    let drawn =
        [(partners::BYSTANDER, 140), (partners::LIFTER, 75)].map(|(partner, often)| (partner, rng.chance(often)));
    let joins = |(partner, joins): (usize, bool)| {
        joins.then_some(Involvement { partner, role: "influencer", part: Part::Along })
    };
    let by_chance = drawn.into_iter().filter_map(joins);
    let origin = match rng.between(0, 999) {
        0..=29 => Some(partners::ORIGINATOR),
        30..=55 => Some(partners::REGISTRAR),
        56..=105 => partners::pick(rng, partners, region, on),
        _ => None,
    };
    involved.extend(origin.map(|partner| Involvement { partner, role: "sourcer", part: Part::Origin }));
    if origin.is_none() && rng.chance(18) {
        involved.push(Involvement { partner: partners::CLAIMANT, role: "reseller", part: Part::Along });
    }
    if rng.chance(24) {
        involved.push(Involvement { partner: partners::COSTLY, role: "implementer", part: Part::Along });
    }
    let others: &[u32] = match (origin, involved.is_empty()) {
        (Some(partners::ORIGINATOR), _) => &[30, 50, 20],
        (_, false) => &[74, 22, 4],
        (_, true) => &[52, 32, 12, 4],
    };
    for _ in 0..rng.weighted(others) {
        if let Some(partner) = partners::pick(rng, partners, region, on) {
            let role = role(rng, &partners[partner].types);
            if involved.iter().all(|one| one.partner != partner) {
                involved.push(Involvement { partner, role, part: Part::Along });
            }
        }
    }
    involved.extend(by_chance);
    involved
}

fn role(rng: &Rng, types: &str) -> &'static str {
    match types.split(';').next() {
        Some("system_integrator" | "msp") => rng.pick(&["implementer", "implementer", "influencer", "closer"]),
        Some("reseller" | "distributor" | "marketplace") => rng.pick(&["reseller", "reseller", "closer"]),
        _ => rng.pick(&["influencer", "influencer", "influencer", "implementer"]),
    }
}

fn route(rng: &Rng, partners: &[Partner], involved: &[Involvement]) -> (&'static str, bool) {
    let marketplace = involved.iter().any(|one| partners[one.partner].types.starts_with("marketplace"));
    let route = if involved.iter().any(|one| one.role == "reseller") {
        "resale"
    } else if involved.iter().any(|one| one.part == Part::Origin) {
        rng.pick(&["referral", "referral", "co_sell"])
    } else if involved.iter().any(|one| one.role != "influencer") {
        "co_sell"
    } else {
        "direct"
    };
    (route, marketplace)
}

fn stage(rng: &Rng, status: &str, elapsed: i64, late: bool) -> &'static str {
    match (status, elapsed) {
        ("won", _) => "Closed Won",
        ("lost", _) => "Closed Lost",
        (_, _) if late => "Negotiation",
        (_, 0..25) => rng.pick(&["Prospecting", "Qualification"]),
        (_, 25..55) => rng.pick(&["Qualification", "Discovery"]),
        (_, 55..80) => rng.pick(&["Discovery", "Proposal"]),
        _ => rng.pick(&["Proposal", "Negotiation"]),
    }
}

/// Amount, its recurring part (per year) and the term. One deal in five has a heavy tail: 1/(1-u), at most 24 times.
fn money(rng: &Rng, kind: usize, segment: usize, small: bool) -> (i64, i64, i64) {
    let base = [900_000, 3_200_000, 11_000_000][segment] * [100, 65, 90][kind] / 100;
    let tail = if rng.chance(200) { 1_000 * 1_000 / rng.between(42, 1_000) } else { 1_000 };
    let mut amount = base / 100 * rng.bell(40, 180) / 1_000 * tail;
    if small {
        amount /= 5;
    }
    let amount = if rng.chance(150) { amount + rng.between(1, 9_999) } else { amount / 25_000 * 25_000 + 25_000 };
    let term = [12, 24, 36][rng.weighted(&[58, 14, 28])];
    (amount, amount / 100 * rng.between(60, 95) * 12 / term / 100 * 100, term)
}

/// `opportunities.csv`.
pub fn table(seed: u64, deals: &[Deal], accounts: &[Account], account_id: impl Fn(usize, usize) -> String) -> Csv {
    let rng = &Rng::stream(seed, "opportunities.csv");
    let mut csv = Csv::new(
        "opportunities.csv",
        "opportunity_id account_id status stage type amount amount_basis recurring_amount term_months currency \
         created_at closed_at close_on route sourced_by owner_id product region deleted",
    );
    for (index, deal) in deals.iter().enumerate() {
        let region = accounts[deal.account].region;
        let closed = |at: i64| if deal.closed_on_date { date(at.div_euclid(DAY)) } else { instant(at) };
        csv.rows.push(vec![
            id(index),
            account_id(index, deal.account),
            deal.status.to_owned(),
            deal.stage.to_owned(),
            TYPES[deal.kind].to_owned(),
            decimal(deal.amount),
            deal.basis.to_owned(),
            decimal(deal.recurring),
            deal.term.to_string(),
            deal.currency.to_owned(),
            instant(deal.created),
            deal.closed.map_or(String::new(), closed),
            deal.close_on.map_or(String::new(), date),
            deal.route.to_owned(),
            deal.sourced_by.map_or(String::new(), partners::id),
            format!("U-{:02}", 1 + region * 6 + rng.below(6)),
            deal.product.to_owned(),
            REGIONS[region].to_owned(),
            deal.deleted.to_string(),
        ]);
    }
    csv
}
