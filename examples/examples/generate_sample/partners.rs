//! The partners: ten with a planted part to play, and a background of ordinary ones whose weights fall off with their
//! rank, as in real programmes: a few do most of the work.

use std::collections::BTreeSet;

use crate::calendar::{date, day};
use crate::csv::Csv;
use crate::names::{self, COUNTRIES, REGIONS};
use crate::random::Rng;

/// How many partners there are.
pub const COUNT: usize = 150;
/// Originates deals, and is rarely seen again after the introduction.
pub const ORIGINATOR: usize = 16;
/// Is called in at the end of deals that mostly would be won anyway.
pub const CLOSER: usize = 41;
/// Is on many deals and changes nothing.
pub const BYSTANDER: usize = 22;
/// Lifts the chance to win.
pub const LIFTER: usize = 57;
/// Costs more than the margin on everything it is involved in.
pub const COSTLY: usize = 88;
/// Sources deals and registers them in time.
pub const REGISTRAR: usize = 33;
/// Stands in `sourced_by` of deals that the vendor found itself.
pub const CLAIMANT: usize = 70;
/// The marketplace whose listing one buyer opened again and again.
pub const MARKETPLACE: usize = 4;
/// The parent of a group; its four subsidiaries follow it.
pub const GROUP: usize = 11;
/// The subsidiaries of [`GROUP`].
pub const SUBSIDIARIES: std::ops::Range<usize> = 12..16;
/// Two partners that the file lists as each other's parent.
pub const CYCLE: [usize; 2] = [120, 121];
/// Partners with a type that is not in the picklist.
pub const CUSTOM_TYPE: [usize; 2] = [95, 130];

const PLANTED: [(usize, &str, &str, usize, i64); 15] = [
    (ORIGINATOR, "Harbourline Advisory", "referral;system_integrator", 0, 34),
    (CLOSER, "Summit Row Partners", "reseller", 0, 21),
    (BYSTANDER, "Brightwater Analysts", "influence", 0, 12),
    (LIFTER, "Keelson Architects", "influence;isv", 1, 46),
    (COSTLY, "Grandview Digital", "system_integrator", 0, 58),
    (REGISTRAR, "Tern & Tide Referrals", "referral", 1, 9),
    (CLAIMANT, "Quickstake Solutions", "reseller;referral", 0, 7),
    (MARKETPLACE, "Stallhouse Marketplace", "marketplace", 0, 0),
    (GROUP, "Meridian Arc", "system_integrator;msp", 0, 160),
    (12, "Meridian Arc Deutschland", "system_integrator", 1, 75),
    (13, "Meridian Arc Pacific", "system_integrator;msp", 2, 62),
    (14, "Meridian Arc Brasil", "system_integrator", 3, 31),
    (15, "Meridian Arc Nordic", "msp", 1, 28),
    (CYCLE[0], "Twinfield Systems", "isv", 0, 4),
    (CYCLE[1], "Twinfield Services", "msp", 0, 6),
];

/// Names that put a reader of CSV and of Unicode to the test.
const SPECIAL_NAMES: [(usize, &str); 7] = [
    (19, "Bright, Okafor & Co."),
    (28, "Søndergård Data"),
    (37, "São Bento Sistemas"),
    (49, "The \"Blue Door\" Collective"),
    (63, "Müller-Roth Informatik"),
    (77, "東雲システムズ"),
    (104, "L'Étoile Conseil, S.A.S."),
];

/// One partner.
pub struct Partner {
    pub name: String,
    pub types: String,
    pub region: usize,
    pub country: &'static str,
    pub stage: &'static str,
    pub joined: i64,
    pub parent: Option<usize>,
    pub staff: i64,
    /// The days on which it works on deals, first and last.
    pub active: (i64, i64),
    /// How often it is drawn as a background partner.
    pub weight: u32,
}

/// The id of a partner in the PRM.
pub fn id(partner: usize) -> String {
    format!("P-{:03}", partner + 1)
}

/// Draws the partners.
pub fn draw(seed: u64, as_of: i64) -> Vec<Partner> {
    let rng = &Rng::stream(seed, "partners");
    let mut used: BTreeSet<String> = PLANTED.iter().map(|planted| planted.1.to_owned()).collect();
    let mut partners: Vec<Partner> = (0..COUNT).map(|index| background(rng, &mut used, index, as_of)).collect();
    for (index, name) in SPECIAL_NAMES {
        name.clone_into(&mut partners[index].name);
    }
    for (index, name, types, region, staff) in PLANTED {
        let partner = &mut partners[index];
        name.clone_into(&mut partner.name);
        types.clone_into(&mut partner.types);
        (partner.region, partner.country, partner.staff) = (region, COUNTRIES[region][0], staff);
        (partner.stage, partner.joined) = ("active", day(2021, 2, 1) + 11 * index as i64);
        partner.active = (partner.joined, as_of);
        let group = index == GROUP || SUBSIDIARIES.contains(&index);
        partner.weight = if group { 9_000 } else { u32::from(index == MARKETPLACE) * 6_000 };
    }
    for index in SUBSIDIARIES {
        partners[index].parent = Some(GROUP);
    }
    for (child, parent) in [(101, 100), (102, 100), (46, 45), (81, 80), (82, 80), (139, 138)] {
        partners[child].parent = Some(parent);
    }
    for index in CYCLE {
        partners[index].stage = "recruited";
    }
    partners
}

fn background(rng: &Rng, used: &mut BTreeSet<String>, index: usize, as_of: i64) -> Partner {
    const TYPES: [&str; 8] =
        ["system_integrator", "isv", "msp", "reseller", "distributor", "referral", "influence", "marketplace"];
    const STAGES: [&str; 6] = ["active", "dormant", "offboarded", "onboarding", "recruited", "prospect"];
    let region = rng.weighted(&[42, 32, 16, 10]);
    let first = rng.weighted(&[24, 16, 18, 20, 7, 8, 5, 2]);
    let second = (first + 1 + rng.below(6)) % 7;
    let types = if rng.chance(220) { format!("{};{}", TYPES[first], TYPES[second]) } else { TYPES[first].to_owned() };
    let stage = STAGES[rng.weighted(&[68, 11, 6, 6, 5, 4])];
    let joined = match stage {
        "active" | "dormant" | "offboarded" => rng.between(day(2019, 1, 7), day(2025, 3, 31)),
        _ => rng.between(day(2026, 5, 1), day(2026, 11, 13)),
    };
    let last = match stage {
        "dormant" => rng.between(day(2025, 4, 15), day(2026, 4, 30)),
        "offboarded" => rng.between(day(2025, 4, 15), day(2026, 8, 31)),
        _ => as_of,
    };
    let works = matches!(stage, "active" | "dormant" | "offboarded" | "onboarding");
    Partner {
        name: names::partner(rng, used),
        types,
        region,
        country: rng.pick(COUNTRIES[region]),
        stage,
        joined,
        parent: None,
        staff: rng.bell(0, 40),
        active: (joined, last),
        weight: u32::from(works) * (60_000 / ((index as u32 * 37) % 150 + 6)),
    }
}

/// A background partner for a deal of `region`: three times in four one of that region; none if the draw was of a
/// partner that doesn't work then.
pub fn pick(rng: &Rng, partners: &[Partner], region: usize, on: i64) -> Option<usize> {
    let anywhere = rng.chance(250);
    let weights: Vec<u32> =
        partners.iter().map(|partner| if anywhere || partner.region == region { partner.weight } else { 0 }).collect();
    let drawn = rng.weighted(&weights);
    (partners[drawn].active.0 <= on - 30 && on <= partners[drawn].active.1).then_some(drawn)
}

/// `partners.csv`; `own_accounts` are the partners that are accounts too.
pub fn table(partners: &[Partner], own_accounts: &[(usize, String)]) -> Csv {
    let mut csv = Csv::new(
        "partners.csv",
        "partner_id name types account_id country region lifecycle_stage joined_on parent_id owner_id domain \
         certified_staff",
    );
    for (index, partner) in partners.iter().enumerate() {
        let account = own_accounts.iter().find(|own| own.0 == index).map_or(String::new(), |own| own.1.clone());
        csv.rows.push(vec![
            id(index),
            partner.name.clone(),
            partner.types.clone(),
            account,
            partner.country.to_owned(),
            REGIONS[partner.region].to_owned(),
            partner.stage.to_owned(),
            if partner.stage == "prospect" { String::new() } else { date(partner.joined) },
            partner.parent.map_or(String::new(), id),
            format!("PM-{:02}", 1 + index % 8),
            if partner.name.is_ascii() {
                names::domain(&partner.name)
            } else {
                format!("partner{}.example", index + 1)
            },
            partner.staff.to_string(),
        ]);
    }
    csv
}
