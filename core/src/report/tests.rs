//! What holds for every report, whatever the data says.

use std::collections::BTreeMap;

use super::fixture::{empty, full, problems, review_of};
use super::page::{SCRIPT, SCRIPT_HASH};
use super::*;
use crate::attribution::Margin;
use crate::engine::monitor::Monitor;
use crate::facts::{Ecosystem, EcosystemOptions, OnInvalid, TABLES};
use crate::review::{ReviewConfig, review};
use crate::table::read_csv;

const SECTIONS: [&str; 11] = [
    "headline",
    "credit",
    "disagree",
    "confidence",
    "involvement",
    "pipeline",
    "inferred_influence",
    "ropi",
    "quality",
    "notes",
    "method",
];

/// The body of a section.
fn section<'a>(page: &'a str, name: &str) -> &'a str {
    let start = page.find(&format!("<section id=\"{name}\"")).unwrap();
    &page[start..start + page[start..].find("</section>").unwrap()]
}

/// Names that try to get out of their place.
fn hostile() -> Review {
    let long = "long ".repeat(2000);
    review_of(&[
        "<script>alert(1)</script>",
        "\"><img src=http://x.example/ onerror=alert(1)>",
        "' onmouseover='x",
        "</style></title></svg><script>",
        "🦊🦊 Füchse & Söhne 日本語",
        "a\u{202e}gpj.exe\u{1b}[31m\u{0}",
        "{n} &amp; {{shown}}",
        &long,
        "",
    ])
}

/// Checks that tags are closed in the order in which they were opened, and returns every tag with its attributes.
fn tags(page: &str) -> Vec<String> {
    const VOID: [&str; 4] = ["meta", "input", "br", "hr"];
    let (mut open, mut found, mut rest) = (Vec::new(), Vec::new(), page);
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').expect("a tag ends");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        let name: String = tag.chars().take_while(|c| !c.is_whitespace()).collect();
        if tag.starts_with('!') {
            continue;
        }
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "before {rest:.80}");
            continue;
        }
        found.push(tag.to_owned());
        // What stands in style and script is text up to their end.
        if let Some(at) =
            ["style", "script"].contains(&name.as_str()).then(|| rest.find(&format!("</{name}>")).unwrap())
        {
            rest = &rest[at..];
        }
        if !VOID.contains(&name.as_str()) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    found
}

#[test]
fn every_tag_is_closed() {
    for review in [full(), empty(), hostile()] {
        assert!(tags(&html(&review)).len() > 40);
    }
}

#[test]
fn every_id_occurs_once() {
    let page = html(&full());
    let mut seen = BTreeMap::new();
    for part in page.split(" id=\"").skip(1) {
        *seen.entry(&part[..part.find('"').unwrap()]).or_insert(0) += 1;
    }
    assert!(seen.values().all(|count| *count == 1), "{seen:?}");
}

#[test]
fn the_page_asks_nothing_of_the_network() {
    for review in [full(), empty(), hostile()] {
        let page = html(&review);
        assert!(page.contains("default-src 'none'") || page.contains("default-src &#39;none&#39;"));
        assert!(!page.contains("@import") && !page.contains("url("));
        for tag in tags(&page) {
            let quoted: Vec<&str> = tag.split('"').collect();
            // Outside of quotes are names: of the tag and of its attributes.
            let names: String = quoted.iter().step_by(2).copied().collect::<Vec<_>>().join(" ");
            assert!(!names.contains("src=") && !names.contains(" on") && !names.contains("style="), "{tag}");
            assert!(!tag.contains("href=\"") || tag.contains("href=\"#"), "{tag}");
            assert!(!["img", "link", "iframe", "object", "base", "form"].contains(&names.split(' ').next().unwrap()));
        }
    }
}

#[test]
fn names_stay_text() {
    let page = html(&hostile());
    assert_eq!(page.matches("<script>").count(), 1);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(page.contains("🦊🦊 Füchse &amp; Söhne 日本語") && page.contains("{n} &amp;amp; {{shown}}"));
    assert!(!page.contains(['\u{202e}', '\u{1b}', '\u{0}']));
    let text = hostile().to_string();
    assert!(!text.contains(['\u{202e}', '\u{1b}', '\u{0}']));
}

#[test]
fn long_text_is_clipped_and_kept_whole_in_a_title() {
    let page = html(&hostile());
    let whole = "long ".repeat(2000);
    assert!(page.contains(&format!("title=\"{whole}\"")));
    assert!(!page.contains(&format!(">{whole}")));
}

#[test]
fn a_full_review_has_every_section_and_no_refusal() {
    let page = html(&full());
    for name in SECTIONS {
        assert!(!section(&page, name).contains("class=\"refusal\""), "{name}");
    }
    for name in ["credit", "disagree", "confidence", "involvement", "pipeline", "ropi"] {
        assert!(section(&page, name).contains("<svg") && section(&page, name).contains("<table"), "{name}");
    }
}

#[test]
fn an_empty_review_refuses_in_place_of_empty_charts() {
    let page = html(&empty());
    for name in ["headline", "credit", "disagree", "confidence", "involvement", "pipeline", "ropi"] {
        assert!(section(&page, name).contains("class=\"refusal\""), "{name}");
    }
    assert!(!page.contains("<svg") && !page.contains("NaN"));
    assert!(empty().to_string().contains("Not shown."));
}

#[test]
fn a_refusal_says_the_reason_that_the_review_gives() {
    let review = Review { involvement: None, ..full() };
    let reason = "37 deals have no registration";
    assert!(section(&html(&review), "involvement").contains(reason));
    // Lines may break inside of it.
    let text = review.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(text.matches(reason).count(), 2);
}

#[test]
fn the_same_review_gives_the_same_bytes() {
    assert_eq!(html(&full()), html(&full()));
    assert_eq!(full().to_string(), full().to_string());
}

#[test]
fn tables_show_minor_units_and_charts_whole_ones() {
    let page = html(&full());
    let credit = section(&page, "credit");
    assert!(credit.contains(">10,247,949.55<") && credit.contains(">10,247,950<"));
    assert!(credit.contains("Harbourline Advisory, First touch: USD 10,247,950 (13.8%)"));
}

#[test]
fn the_rest_and_the_total_add_up() {
    let (page, text) = (html(&full()), full().to_string());
    assert_eq!(section(&page, "credit").matches(">74,035,715.84<").count(), 4);
    let total = text.lines().find(|line| line.starts_with("Total")).unwrap();
    assert_eq!(total.matches("74,035,715.84").count(), 4, "{total}");
}

#[test]
fn a_metric_without_a_value_says_why() {
    assert!(section(&html(&full()), "headline").contains("No margin was given"));
}

#[test]
fn rows_beyond_the_cap_are_counted() {
    let quality = html(&full());
    assert!(
        section(&quality, "quality").contains("The table shows 200 of 231 rows; 31 more are in the result itself.")
    );
}

#[test]
fn the_text_keeps_its_width() {
    for review in [full(), empty(), hostile()] {
        for line in review.to_string().lines() {
            assert!(format::width(line) <= text::WIDTH, "{line}");
        }
    }
}

#[test]
fn one_model_is_enough_for_credit_and_not_for_disagreement() {
    let mut review = full();
    review.models.truncate(1);
    let page = html(&review);
    assert!(section(&page, "credit").contains("<svg"));
    assert!(section(&page, "disagree").contains("it takes two to disagree"));
}

#[test]
fn other_words_replace_the_english_ones() {
    let words = BTreeMap::from([
        ("ui.title".to_owned(), "Partnerbericht <1>".to_owned()),
        ("finding.zero_amount".to_owned(), "Gewonnen ohne Betrag".to_owned()),
    ]);
    let page = html_with(&full(), &words);
    assert!(page.contains("<h1>Partnerbericht &lt;1&gt;</h1>") && page.contains("Gewonnen ohne Betrag"));
    assert!(text_with(&full(), &words).starts_with("Partnerbericht <1> "));
}

#[test]
fn money_at_stake_is_summed_by_code() {
    let message = || "late".to_owned();
    let table = problems(&[
        ("touchpoints", Some(1), "at", "touch_after_close", message(), Some(100), 1),
        ("opportunities", Some(2), "amount", "zero_amount", message(), None, 5),
        ("touchpoints", None, "at", "touch_after_close", message(), Some(50), 7),
    ]);
    let found = figures::problems(&table);
    assert_eq!((found[0].code.as_str(), found[0].rows, found[1].rows), ("touch_after_close", 8, 5));
    assert_eq!(found[0].stake.value().as_f64(), Some(1.5));
}

#[test]
fn the_policy_names_the_script_by_its_hash() {
    assert_eq!(SCRIPT_HASH, format!("sha256-{}", base64(&sha256(SCRIPT.as_bytes()))));
}

/// SHA-256 (FIPS 180-4); the constants are the first bits of the fractional parts of roots of primes.
fn sha256(message: &[u8]) -> Vec<u8> {
    let primes: Vec<u128> = (2..312).filter(|n| (2..*n).all(|d| n % d != 0)).collect();
    let fraction = |n: u128, root: u32, bits: u32| {
        // The largest x with x^root <= n * 2^(bits * root): the root with that many bits behind the point.
        let (mut low, mut high) = (0_u128, 1 << (bits + 5));
        let target = n << (bits * root).min(96);
        while high - low > 1 {
            let middle = u128::midpoint(low, high);
            if middle.pow(root) <= target { low = middle } else { high = middle }
        }
        low as u32
    };
    let mut hash: Vec<u32> = primes[..8].iter().map(|&p| fraction(p, 2, 32)).collect();
    let k: Vec<u32> = primes[..64].iter().map(|&p| fraction(p, 3, 32)).collect();
    let mut padded = message.to_vec();
    padded.push(0x80);
    padded.resize((padded.len() + 8).next_multiple_of(64) - 8, 0);
    padded.extend((message.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks(64) {
        let mut w: Vec<u32> = block.chunks(4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]])).collect();
        for t in 16..64 {
            let s0 = w[t - 15].rotate_right(7) ^ w[t - 15].rotate_right(18) ^ (w[t - 15] >> 3);
            let s1 = w[t - 2].rotate_right(17) ^ w[t - 2].rotate_right(19) ^ (w[t - 2] >> 10);
            w.push(w[t - 16].wrapping_add(s0).wrapping_add(w[t - 7]).wrapping_add(s1));
        }
        let mut v = hash.clone();
        for t in 0..64 {
            let s1 = v[4].rotate_right(6) ^ v[4].rotate_right(11) ^ v[4].rotate_right(25);
            let choice = (v[4] & v[5]) ^ (!v[4] & v[6]);
            let first = [s1, choice, k[t], w[t]].iter().fold(v[7], |sum, x| sum.wrapping_add(*x));
            let s0 = v[0].rotate_right(2) ^ v[0].rotate_right(13) ^ v[0].rotate_right(22);
            let second = s0.wrapping_add((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
            v.rotate_right(1);
            v[4] = v[4].wrapping_add(first);
            v[0] = first.wrapping_add(second);
        }
        hash.iter_mut().zip(v).for_each(|(h, x)| *h = h.wrapping_add(x));
    }
    hash.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            let shown = digit <= chunk.len();
            text.push(if shown { char::from(DIGITS[(bits >> (18 - 6 * digit) & 63) as usize]) } else { '=' });
        }
    }
    text
}

/// The review of the sample ecosystem, with a margin or without.
fn sample(margin: Option<f64>) -> Review {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data");
    let options = EcosystemOptions {
        on_invalid: OnInvalid::Reject,
        currency: Some("USD".to_owned()),
        ..EcosystemOptions::default()
    };
    let mut builder = Ecosystem::builder().options(options);
    for table in TABLES {
        let bytes = std::fs::read(format!("{folder}/{}.csv", table.name)).unwrap();
        builder = builder.table(table.name, read_csv(&bytes).unwrap());
    }
    let mut config = ReviewConfig { as_of: Some("2026-11-20".to_owned()), ..ReviewConfig::default() };
    config.ropi.margin = margin.map(Margin::Rate);
    review(&builder.build().unwrap(), &config, &Monitor::none()).unwrap()
}

#[test]
fn every_code_of_the_sample_review_has_words() {
    let known = |kind: &str, name: &str| {
        let error = crate::Code::ALL.iter().any(|code| code.as_str() == name);
        name.is_empty() || error || English.lookup(&format!("{kind}.{name}")).is_some()
    };
    for review in [sample(Some(0.65)), sample(None)] {
        let (ropi, involvement) = (review.ropi.as_ref().unwrap(), review.involvement.as_ref().unwrap());
        let asked = review.inferred_influence.as_ref().unwrap();
        let sure = review.confidence.as_ref().unwrap();
        let places = [
            (&sure.partners, "note", "note"),
            (&sure.reasons, "code", "difference"),
            (&sure.agreement, "model_a", "model"),
            (&sure.agreement, "model_b", "model"),
            (&review.headline, "metric", "metric"),
            (&review.headline, "note", "note"),
            (&review.rejected, "code", "finding"),
            (&review.findings, "code", "finding"),
            (&review.notes, "part", "part"),
            (&review.notes, "code", "note"),
            (&review.coverage, "table", "table"),
            (&ropi.partners, "note", "note"),
            (&involvement.buckets, "bucket", "bucket"),
            (&asked.partners, "reason", "reason"),
            (&asked.metrics, "metric", "metric"),
            (&asked.deals, "ask", "ask"),
            (&asked.deals, "evidence", "evidence"),
            (&asked.deals, "relationship", "relationship"),
            (&asked.deals, "status", "status"),
        ];
        for (table, column, kind) in places {
            for row in 0..table.len() {
                assert!(known(kind, &table.text(row, column)), "{kind}.{}", table.text(row, column));
            }
        }
        assert!(review.models.iter().all(|model| known("model", &model.label)));
    }
}

#[test]
fn the_sample_review_is_drawn_whole() {
    let page = html(&sample(Some(0.65)));
    tags(&page);
    for name in SECTIONS {
        assert!(!section(&page, name).contains("class=\"refusal\""), "{name}");
    }
    let page = html(&sample(None));
    assert!(section(&page, "ropi").contains("class=\"refusal\""));
}

#[test]
fn how_sure_it_is_stands_beside_every_share() {
    let page = html(&full());
    let sure = section(&page, "confidence");
    // The first partner: 0.14, with bounds at 0.8 and 1.2 times that; the fifth has too few deals for any.
    assert!(sure.contains("Harbourline Advisory: 14.0% (11.2% to 16.8%)"));
    assert!(sure.contains("Grandview Digital: 2.8% (Too few won deals for an interval)"));
    assert!(sure.contains("does not say whether the model is right") && sure.contains("drawn again 200 times"));
    // The vendor's own touches are no partner; the largest difference comes first.
    let why = &sure[sure.find("Why the models disagree").unwrap()..];
    assert!(why.find("Summit Row Partners") < why.find("Harbourline Advisory") && !why.contains("Vendor"));
    let text = full().to_string();
    assert!(text.contains("11.2% to 16.8%") && text.contains("too few deals") && text.contains("-0.20"));
}

#[test]
fn intervals_of_the_sample_hold_the_credit_that_stands() {
    let review = sample(None);
    let (sure, credit) = (review.confidence.as_ref().unwrap(), &review.credit);
    let partners = &sure.partners;
    assert!(partners.len() > 50 && partners.number(0, "rank") == Some(1.0));
    for row in 0..partners.len() {
        let number = |name: &str| partners.number(row, name);
        let own = (0..credit.len()).find(|&r| credit.text(r, "channel") == partners.text(row, "channel")).unwrap();
        assert_eq!(
            (partners.text(row, "name"), number("value")),
            (credit.text(own, "name"), credit.number(own, "linear"))
        );
        let (Some(low), Some(high)) = (number("share_low"), number("share_high")) else {
            assert_eq!(partners.text(row, "note"), "too_few_journeys");
            continue;
        };
        assert!(low < high && number("rank_low") <= number("rank") && number("rank") <= number("rank_high"));
    }
    // Five models and the two that learn from the data: every pair of the seven.
    assert_eq!(sure.agreement.len(), 7 * 6 / 2);
    assert!(!sure.reasons.is_empty() && review.models.len() == 5);
}

#[test]
fn the_planted_partner_is_asked_first_and_stays_out_of_the_other_figures() {
    // `quiet` and `everywhere` of examples/data/expected.json, which the generator counts by itself over clean deals.
    let review = sample(None);
    let asked = &review.inferred_influence.as_ref().unwrap().partners;
    assert_eq!(
        (asked.text(0, "partner_id"), asked.text(0, "reason")),
        ("P-099".to_owned(), "beyond_chance".to_owned())
    );
    assert!(asked.number(0, "low").unwrap() > 1.3);
    let everywhere = (0..asked.len()).find(|&row| asked.text(row, "partner_id") == "P-110").unwrap();
    assert_eq!(asked.text(everywhere, "reason"), "within_chance");
    assert!((0..review.headline.len()).all(|row| !review.headline.text(row, "metric").starts_with("shared_")));
    for said in [html(&review), review.to_string()] {
        assert!(said.contains("questions, not credit"));
    }
}
