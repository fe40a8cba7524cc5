//! The words that invented names are made of. Domains end in `.example`, which RFC 2606 keeps free of real owners.

use std::collections::BTreeSet;

use crate::random::Rng;

/// The regions, in the order of every table by region.
pub const REGIONS: [&str; 4] = ["NA", "EMEA", "APAC", "LATAM"];

/// Countries by region; a country that stands twice is drawn twice as often.
pub const COUNTRIES: [&[&str]; 4] = [
    &["US", "US", "US", "US", "US", "CA"],
    &["DE", "DE", "FR", "FR", "NL", "ES", "IT", "IE", "BE", "FI", "GB", "SE", "DK"],
    &["JP", "AU", "SG", "IN", "KR"],
    &["BR", "BR", "MX", "CL", "CO"],
];

/// Countries whose deals are in EUR.
pub const EURO: [&str; 8] = ["DE", "FR", "NL", "ES", "IT", "IE", "BE", "FI"];

const PARTNER_FIRST: [&str; 40] = [
    "Alderbrook",
    "Amberfell",
    "Ashgrove",
    "Bellwether",
    "Birchmont",
    "Blauwasser",
    "Calderstone",
    "Cinderhill",
    "Copperleaf",
    "Dovecote",
    "Driftmark",
    "Eastmere",
    "Elmhurst",
    "Fernhollow",
    "Fjordvik",
    "Foxglove",
    "Glasswater",
    "Greyhaven",
    "Hazelwick",
    "Highfold",
    "Ironbridge",
    "Juniper Row",
    "Kestrelby",
    "Lindqvist",
    "Lowenfeld",
    "Mapleton",
    "Marisol",
    "Nightjar",
    "Oakenshaw",
    "Ostrava Lane",
    "Pinecrest",
    "Quillon",
    "Redfern",
    "Rowanberg",
    "Sablewood",
    "Silverbirch",
    "Tidewell",
    "Umbrafield",
    "Vesterholm",
    "Willowmere",
];
const PARTNER_LAST: [&str; 16] = [
    "Consulting",
    "Systems",
    "Digital",
    "Technologies",
    "Advisory",
    "Cloud Services",
    "Software",
    "Data",
    "Partners",
    "Solutions",
    "Networks",
    "IT",
    "Group",
    "Labs",
    "Integration",
    "Managed Services",
];
const ACCOUNT_FIRST: [&str; 48] = [
    "Acorn",
    "Anvil",
    "Arbor",
    "Atlas Bay",
    "Banner",
    "Basalt",
    "Beacon Hill",
    "Blue Heron",
    "Bramble",
    "Brook",
    "Cardinal",
    "Cedar",
    "Clover",
    "Cobalt",
    "Coral",
    "Crane",
    "Delta Point",
    "Dune",
    "Ember",
    "Falcon Ridge",
    "Flint",
    "Garnet",
    "Granite",
    "Harvest",
    "Heather",
    "Indigo",
    "Ivory",
    "Jasper",
    "Lantern",
    "Larch",
    "Linden",
    "Magnolia",
    "Marble",
    "Meadow",
    "Nettle",
    "Onyx",
    "Orchard",
    "Pebble",
    "Plover",
    "Prairie",
    "Raven",
    "Saffron",
    "Sequoia",
    "Slate",
    "Sparrow",
    "Thistle",
    "Topaz",
    "Walnut",
];
const ACCOUNT_MIDDLE: [&str; 20] = [
    "Foods",
    "Logistics",
    "Health",
    "Energy",
    "Retail",
    "Insurance",
    "Mobility",
    "Pharma",
    "Textiles",
    "Media",
    "Capital",
    "Telecom",
    "Materials",
    "Airways",
    "Robotics",
    "Packaging",
    "Marine",
    "Education",
    "Farms",
    "Tools",
];
const ACCOUNT_LAST: [&str; 8] = ["Inc.", "Group", "GmbH", "Ltd", "S.A.", "Holdings", "& Co.", "International"];

/// A partner's name that isn't in `used` yet.
pub fn partner(rng: &Rng, used: &mut BTreeSet<String>) -> String {
    unused(used, || format!("{} {}", rng.pick(&PARTNER_FIRST), rng.pick(&PARTNER_LAST)))
}

/// An account's name that isn't in `used` yet.
pub fn account(rng: &Rng, used: &mut BTreeSet<String>) -> String {
    unused(used, || format!("{} {} {}", rng.pick(&ACCOUNT_FIRST), rng.pick(&ACCOUNT_MIDDLE), rng.pick(&ACCOUNT_LAST)))
}

fn unused(used: &mut BTreeSet<String>, mut draw: impl FnMut() -> String) -> String {
    loop {
        let name = draw();
        if used.insert(name.clone()) {
            return name;
        }
    }
}

/// A domain for a name: its ASCII letters and digits, in lower case.
pub fn domain(name: &str) -> String {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{}.example", letters.to_ascii_lowercase())
}
