//! Reviews for the tests of the renderers: a full one, an empty one and a hostile one.

use serde_json::{Value, json};

use crate::calendar::Date;
use crate::money::Currency;
use crate::review::{Confidence, InferredInfluence, Involvement, ModelResult, Pipeline, Review, Ropi};
use crate::table::result::{TextColumn, column};
use crate::table::{Column, ColumnData, Table, Unit};

const NAMES: [&str; 24] = [
    "Harbourline Advisory",
    "Summit Row Partners",
    "Brightwater Analysts",
    "Keelson Architects",
    "Grandview Digital",
    "Tern & Tide Referrals",
    "Quickstake Solutions",
    "Meridian Arc",
    "Stallhouse Marketplace",
    "Pinecrest Solutions",
    "Greyhaven Data",
    "Oakenshaw Consulting",
    "Lindqvist Software",
    "Copperfield Systems Integration and Services International",
    "Aster Cloud",
    "Bellweather Group",
    "Cinder & Co",
    "Dunmore IT",
    "Eastgate Networks",
    "Fjordline",
    "Gannet Labs",
    "Hollin Partners",
    "Ironbark",
    "Juniper Row",
];

pub(super) fn texts(name: &str, values: &[Option<&str>]) -> Column {
    let mut texts = TextColumn::default();
    for value in values {
        texts.push(*value);
    }
    texts.finish(name)
}

pub(super) fn ints(name: &str, values: &[Option<i64>]) -> Column {
    column(name, ColumnData::Int(values.to_vec()))
}

pub(super) fn floats(name: &str, values: &[Option<f64>]) -> Column {
    column(name, ColumnData::Float(values.to_vec()))
}

pub(super) fn money(name: &str, values: &[Option<i128>]) -> Column {
    column(name, ColumnData::Money(values.to_vec(), Unit::Currency(usd())))
}

fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

/// Rows of a table of metrics: metric, value, numerator, denominator, n, interval, unit, note.
type Metric<'a> = (&'a str, Option<f64>, Option<f64>, Option<f64>, Option<i64>, Option<(f64, f64)>, &'a str, &'a str);

fn metrics(rows: &[Metric<'_>]) -> Table {
    let pick = |f: fn(&Metric<'_>) -> Option<f64>| rows.iter().map(f).collect::<Vec<_>>();
    let text = |f: fn(&Metric<'_>) -> String| rows.iter().map(f).collect::<Vec<_>>();
    let some = |texts: &[String]| texts.iter().map(|t| Some(t.clone()).filter(|t| !t.is_empty())).collect::<Vec<_>>();
    let column =
        |name: &str, values: Vec<Option<String>>| texts(name, &values.iter().map(Option::as_deref).collect::<Vec<_>>());
    Table::new(vec![
        column("metric", some(&text(|r| r.0.to_owned()))),
        floats("value", &pick(|r| r.1)),
        floats("numerator", &pick(|r| r.2)),
        floats("denominator", &pick(|r| r.3)),
        ints("n", &rows.iter().map(|r| r.4).collect::<Vec<_>>()),
        floats("low", &pick(|r| r.5.map(|i| i.0))),
        floats("high", &pick(|r| r.5.map(|i| i.1))),
        column("unit", some(&text(|r| r.6.to_owned()))),
        column(
            "convention",
            some(&text(|r| {
                if r.0.starts_with("sourced") {
                    "approved registration before the vendor's first touch".to_owned()
                } else {
                    String::new()
                }
            })),
        ),
        column("note", some(&text(|r| r.7.to_owned()))),
    ])
}

/// A table that `rejected` and `findings` share: table, row, column, code, message, stake, rows.
pub(super) fn problems(rows: &[(&str, Option<i64>, &str, &str, String, Option<i128>, i64)]) -> Table {
    let text = |name: &str, f: &dyn Fn(usize) -> String| {
        let values: Vec<String> = (0..rows.len()).map(f).collect();
        texts(name, &values.iter().map(|v| Some(v.as_str())).collect::<Vec<_>>())
    };
    Table::new(vec![
        text("table", &|i| rows[i].0.to_owned()),
        ints("row", &rows.iter().map(|r| r.1).collect::<Vec<_>>()),
        text("column", &|i| rows[i].2.to_owned()),
        text("code", &|i| rows[i].3.to_owned()),
        text("message", &|i| rows[i].4.clone()),
        money("amount_at_stake", &rows.iter().map(|r| r.5).collect::<Vec<_>>()),
        ints("rows", &rows.iter().map(|r| Some(r.6)).collect::<Vec<_>>()),
    ])
}

fn id(at: usize) -> String {
    format!("P-{at:03}")
}

/// Credit of partner `at` under model `model`, in cents: plausible, uneven, and the same on every run.
fn credit_of(at: usize, model: usize) -> i128 {
    let base = 1_024_794_955_i128 / (at as i128 + 1);
    base * [10, 7, 9, 8, 12][(model + at * (model + 1)) % 5] / 10 + (at * 37 + model * 11) as i128
}

const MODELS: [&str; 4] = ["first_touch", "last_partner_touch", "linear", "time_decay"];

fn credit(names: &[&str]) -> (Table, Vec<ModelResult>) {
    let ids: Vec<String> = (0..names.len()).map(id).collect();
    let mut channels: Vec<Option<&str>> = ids.iter().map(|id| Some(id.as_str())).collect();
    let mut shown: Vec<Option<&str>> = names.iter().map(|name| Some(*name)).collect();
    channels.extend([Some("(unattributed)"), Some("(vendor)")]);
    shown.extend([None, None]);
    let mut columns = vec![texts("channel", &channels), texts("name", &shown)];
    let mut models = Vec::new();
    let total: i128 = 7_403_571_584;
    for (model, label) in MODELS.iter().enumerate() {
        let mut values: Vec<i128> = (0..names.len()).map(|at| credit_of(at, model)).collect();
        values.push(310_000_000);
        values.push(total - values.iter().sum::<i128>());
        let values: Vec<Option<i128>> = values.into_iter().map(Some).collect();
        let shares: Vec<Option<f64>> = values.iter().map(|v| v.map(|v| v as f64 / total as f64)).collect();
        let totals = Table::new(vec![texts("channel", &channels), money("value", &values), floats("share", &shares)]);
        columns.push(money(label, &values));
        let document =
            if *label == "time_decay" { json!({"time_decay": {"half_life_days": 30}}) } else { json!(label) };
        models.push(ModelResult {
            label: (*label).to_owned(),
            model: document,
            totals,
            diagnostics: json!({"journeys": 1565}),
        });
    }
    (Table::new(columns), models)
}

fn confidence(names: &[&str]) -> Confidence {
    let ids: Vec<String> = (0..names.len()).map(id).collect();
    let ids: Vec<Option<&str>> = ids.iter().map(|id| Some(id.as_str())).collect();
    let shown: Vec<Option<&str>> = names.iter().map(|name| Some(*name)).collect();
    let few = |at: usize| at % 5 == 4;
    let share = |at: usize| 0.14 / (at + 1) as f64;
    let column = |of: &dyn Fn(usize) -> f64| (0..names.len()).map(|at| Some(of(at))).collect::<Vec<_>>();
    let bound = |of: &dyn Fn(usize) -> f64| (0..names.len()).map(|at| (!few(at)).then(|| of(at))).collect::<Vec<_>>();
    let rank = |by: i64| (0..names.len() as i64).map(|at| Some((at + 1 + by).max(1))).collect::<Vec<_>>();
    let notes: Vec<Option<&str>> = (0..names.len()).map(|at| few(at).then_some("too_few_journeys")).collect();
    let chance: Vec<Option<f64>> = (1..names.len()).map(|at| Some(0.5 + 0.3 / at as f64)).collect();
    Confidence {
        partners: Table::new(vec![
            ints("rank", &rank(0)),
            texts("channel", &ids),
            texts("name", &shown),
            floats("journeys", &column(&|at| if few(at) { 4.0 } else { 210.0 / (at + 1) as f64 })),
            floats("value", &column(&|at| share(at) * 74_035_715.84)),
            floats("value_low", &bound(&|at| share(at) * 61_000_000.0)),
            floats("value_high", &bound(&|at| share(at) * 88_000_000.0)),
            floats("share", &column(&share)),
            floats("share_low", &bound(&|at| share(at) * 0.8)),
            floats("share_high", &bound(&|at| share(at) * 1.2)),
            ints("rank_low", &rank(-2)),
            ints("rank_high", &rank(2)),
            floats("chance_first", &column(&|at| if at == 0 { 0.83 } else { 0.17 / names.len() as f64 })),
            texts("note", &notes),
        ]),
        models: Table::new(vec![
            texts("channel", &[ids[0], ids[0], ids[1], ids[1]]),
            texts("name", &[shown[0], shown[0], shown[1], shown[1]]),
            texts("model", &[Some("linear"), Some("markov"), Some("linear"), Some("markov")]),
            floats("share", &[Some(0.14), Some(0.12), Some(0.07), Some(0.09)]),
            floats("share_low", &[Some(0.11), Some(0.1), Some(0.05), None]),
            floats("share_high", &[Some(0.17), Some(0.145), Some(0.09), None]),
            texts("note", &[None, None, None, Some("too_few_journeys")]),
        ]),
        pairs: Table::new(vec![
            texts("channel", &ids[..ids.len() - 1]),
            texts("other", &ids[1..]),
            floats("chance_above", &chance),
        ]),
        agreement: Table::new(vec![
            texts("model_a", &[Some("first_touch"), Some("first_touch"), Some("linear")]),
            texts("model_b", &[Some("linear"), Some("markov"), Some("markov")]),
            floats("rank_correlation", &[Some(0.91), Some(-0.2), None]),
            floats("share_distance", &[Some(0.083), Some(0.31), Some(0.0)]),
            floats("top_overlap", &[Some(0.8), Some(0.4), Some(1.0)]),
        ]),
        reasons: Table::new(vec![
            texts("channel", &[ids[0], ids[0], ids[1], Some("(vendor)")]),
            texts("code", &[Some("assists"), Some("few_journeys"), Some("some_new_code"), Some("repeats_itself")]),
            texts("model_high", &[Some("linear"), Some("linear"), Some("markov"), Some("linear")]),
            floats("share_high", &[Some(0.16), Some(0.16), Some(0.09), Some(0.4)]),
            texts("model_low", &[Some("first_touch"), Some("first_touch"), Some("linear"), Some("markov")]),
            floats("share_low", &[Some(0.11), Some(0.11), Some(0.02), Some(0.2)]),
            floats("difference", &[Some(0.05), Some(0.05), Some(0.07), Some(0.2)]),
        ]),
        diagnostics: json!({
            "model": "first_touch",
            "intervals": {"options": {"replicates": 200, "level": 0.95}},
            "compare": {"shares_of": "value", "notes": [{"code": "model_left_out", "model": "time_decay"}]},
        }),
    }
}

fn involvement(names: &[&str]) -> Involvement {
    let ids: Vec<String> = (0..names.len()).map(id).collect();
    let sourced: Vec<Option<i128>> = (0..names.len()).map(|at| Some(credit_of(at, 0) / 3)).collect();
    let involved: Vec<Option<i128>> = (0..names.len()).map(|at| Some(credit_of(at, 0))).collect();
    let between: Vec<Option<i128>> =
        involved.iter().zip(&sourced).map(|(a, b)| Some(a.unwrap() - b.unwrap())).collect();
    let deals = |per: i64| (0..names.len()).map(|at| Some(120 / (at as i64 + 1) / per)).collect::<Vec<_>>();
    let buckets = ["sourced_only", "sourced_and_influenced", "influenced_only", "none"].map(Some);
    Involvement {
        partners: Table::new(vec![
            texts("partner_id", &ids.iter().map(|id| Some(id.as_str())).collect::<Vec<_>>()),
            texts("name", &names.iter().map(|name| Some(*name)).collect::<Vec<_>>()),
            ints("sourced_deals", &deals(3)),
            money("sourced_value", &sourced),
            ints("influenced_not_sourced_deals", &deals(2)),
            money("influenced_not_sourced_value", &between),
            ints("involved_deals", &deals(1)),
            money("involved_value", &involved),
        ]),
        buckets: Table::new(vec![
            texts("bucket", &buckets),
            ints("deals", &[Some(61), Some(74), Some(920), Some(510)]),
            money("value", &[Some(310_044_120), Some(411_200_075), Some(4_150_389_610), Some(2_531_937_779)]),
            floats("share", &[Some(0.0419), Some(0.0555), Some(0.5606), Some(0.342)]),
        ]),
        metrics: metrics(&[
            ("sourced_share", Some(0.0974), Some(7_212_441.95), Some(74_035_715.84), Some(1565), None, "share", ""),
            ("involved_share", Some(0.658), Some(48_716_338.05), Some(74_035_715.84), Some(1565), None, "share", ""),
            ("overlap_factor", Some(1.84), Some(89_638_062.01), Some(48_716_338.05), None, None, "ratio", ""),
        ]),
    }
}

fn pipeline(names: &[&str]) -> Pipeline {
    let ids: Vec<String> = (0..names.len()).map(id).collect();
    let open: Vec<Option<i128>> = (0..names.len()).map(|at| Some(credit_of(at, 2) / 4)).collect();
    Pipeline {
        partners: Table::new(vec![
            texts("partner_id", &ids.iter().map(|id| Some(id.as_str())).collect::<Vec<_>>()),
            texts("name", &names.iter().map(|name| Some(*name)).collect::<Vec<_>>()),
            ints("open_deals", &(0..names.len()).map(|at| Some(90 / (at as i64 + 1))).collect::<Vec<_>>()),
            money("open_value", &open),
        ]),
        metrics: metrics(&[
            ("open_pipeline", Some(58_120_400.5), None, None, Some(1204), None, "money", ""),
            (
                "pipeline_involved_share",
                Some(0.612),
                Some(35_569_685.1),
                Some(58_120_400.5),
                Some(1204),
                None,
                "share",
                "",
            ),
            (
                "pipeline_involved_share_by_count",
                Some(0.55),
                Some(662.0),
                Some(1204.0),
                Some(1204),
                Some((0.522, 0.578)),
                "share",
                "",
            ),
        ]),
    }
}

fn inferred_influence(names: &[&str]) -> InferredInfluence {
    let ids: Vec<String> = (0..names.len()).map(id).collect();
    let ids: Vec<Option<&str>> = ids.iter().map(|id| Some(id.as_str())).collect();
    let shown: Vec<Option<&str>> = names.iter().map(|name| Some(*name)).collect();
    let reasons = ["beyond_chance", "within_chance", "too_few_deals", "some_new_code"];
    let judged = |of: &dyn Fn(usize) -> f64| {
        (0..names.len()).map(|at| (at % 4 < 2).then(|| of(at))).collect::<Vec<Option<f64>>>()
    };
    let counts = |of: &dyn Fn(i64) -> i64| (0..names.len()).map(|at| Some(of(at as i64))).collect::<Vec<_>>();
    let values: Vec<Option<i128>> = (0..names.len()).map(|at| Some(credit_of(at, 1) / 5)).collect();
    let asks = ["present_before", "came_during", "since_when", "open_deal"];
    let cycle = |words: &[&'static str; 4]| (0..names.len()).map(|at| Some(words[at % 4])).collect::<Vec<_>>();
    InferredInfluence {
        partners: Table::new(vec![
            texts("partner_id", &ids),
            texts("name", &shown),
            ints("won", &counts(&|at| 40 - at)),
            ints("open", &counts(&|at| at % 3)),
            money("won_value", &values),
            money("open_value", &values),
            ints("compared_deals", &counts(&|at| 80 - at)),
            ints("compared_won", &counts(&|at| 38 - at)),
            floats("expected_won", &judged(&|at| 12.345 + at as f64)),
            floats("lift", &judged(&|at| 2.5 / (at + 1) as f64)),
            floats("low", &judged(&|at| 1.75 / (at + 1) as f64)),
            floats("high", &judged(&|at| 3.5 / (at + 1) as f64)),
            texts("reason", &cycle(&reasons)),
        ]),
        deals: Table::new(vec![
            texts("partner_id", &ids),
            texts("name", &shown),
            texts("opportunity_id", &ids),
            texts("account_id", &ids),
            texts("status", &cycle(&["won", "lost", "won", "open"])),
            money("value", &values),
            texts(
                "evidence",
                &cycle(&["relationship", "account_touch", "relationship_and_account_touch", "relationship"]),
            ),
            texts("relationship", &cycle(&["msp", "of_record", "custom:Friend", "reseller"])),
            column("last_touch_at", ColumnData::Instant(vec![1_780_000_000_000_000; names.len()])),
            texts("ask", &cycle(&asks)),
        ]),
        metrics: metrics(&[
            ("shared_won_revenue", Some(12_345_678.9), None, None, Some(402), None, "money", ""),
            ("shared_won_share", Some(0.167), Some(12_345_678.9), Some(74_035_715.84), Some(1565), None, "share", ""),
            ("partners_beyond_chance", None, None, None, Some(0), None, "count", "no_judged_partner"),
        ]),
        diagnostics: Value::Null,
    }
}

fn ropi(names: &[&str]) -> Ropi {
    let ids: Vec<String> = (0..names.len()).map(id).collect();
    let costless = |at: usize| at % 6 == 1;
    let cost = |at: usize| if costless(at) { 0 } else { 4_000_000 + (at as i128 * 977_313) % 61_000_000 };
    let margin = |at: usize| credit_of(at, 2) * 65 / 100 / 3;
    let columns = |rows: &[usize]| {
        let all = |f: &dyn Fn(usize) -> Option<i128>| rows.iter().map(|&at| f(at)).collect::<Vec<_>>();
        let rate = |f: &dyn Fn(usize) -> f64| rows.iter().map(|&at| (!costless(at)).then(|| f(at))).collect::<Vec<_>>();
        vec![
            money("credited_value", &all(&|at| Some(credit_of(at, 2) / 3))),
            money("gross_margin", &all(&|at| Some(margin(at)))),
            money("direct_cost", &all(&|at| Some(cost(at) * 4 / 5))),
            money("shared_cost", &all(&|at| Some(cost(at) / 5))),
            money("cost", &all(&|at| Some(cost(at)))),
            floats("ropi", &rate(&|at| (margin(at) - cost(at)) as f64 / cost(at) as f64)),
            floats("revenue_multiple", &rate(&|at| (credit_of(at, 2) / 3) as f64 / cost(at) as f64)),
            texts("note", &rows.iter().map(|&at| costless(at).then_some("no_cost")).collect::<Vec<_>>()),
        ]
    };
    let all: Vec<usize> = (0..names.len()).collect();
    let mut partners = vec![
        texts("partner_id", &ids.iter().map(|id| Some(id.as_str())).collect::<Vec<_>>()),
        texts("name", &names.iter().map(|name| Some(*name)).collect::<Vec<_>>()),
    ];
    partners.extend(columns(&all));
    Ropi {
        partners: Table::new(partners),
        total: Table::new(columns(&[0])),
        metrics: metrics(&[
            ("ropi", Some(1.94), Some(9_120_000.0), Some(4_701_030.9), None, None, "ratio", ""),
            ("partner_cost", Some(4_701_030.9), None, None, None, None, "money", ""),
        ]),
    }
}

/// A review with every section, about partners of those names.
pub(super) fn review_of(names: &[&str]) -> Review {
    let (credit, models) = credit(names);
    let stakes = |n: usize| {
        (0..n).map(|at| {
            (
                "opportunities",
                Some(at as i64),
                "amount",
                "zero_amount",
                "a won opportunity is worth 0".to_owned(),
                Some(0),
                1,
            )
        })
    };
    let mut findings: Vec<_> = stakes(230).collect();
    findings.push((
        "touchpoints",
        Some(16_177),
        "at",
        "touch_after_close",
        "2026-02-01 is after the close on 2026-01-20".to_owned(),
        Some(13_443_211),
        1,
    ));
    Review {
        as_of: Some(Date::from_ymd(2026, 11, 20).unwrap()),
        currency: Some(usd()),
        config: json!({"models": MODELS, "margin": 0.65, "lookback_days": 90}),
        coverage: Table::new(vec![
            texts("table", &[Some("partners"), Some("opportunities"), Some("touchpoints")]),
            ints("rows", &[Some(150), Some(4963), Some(16_154)]),
            ints("rejected", &[Some(2), Some(12), Some(30)]),
            ints("findings", &[Some(2), Some(7), Some(4)]),
        ]),
        headline: metrics(&[
            ("won_revenue", Some(74_035_715.84), None, None, Some(1565), None, "money", ""),
            ("involved_share", Some(0.658), Some(48_716_338.05), Some(74_035_715.84), Some(1565), None, "share", ""),
            ("sourced_share", Some(0.0974), Some(7_212_441.95), Some(74_035_715.84), Some(1565), None, "share", ""),
            ("win_rate", Some(0.417), Some(1565.0), Some(3749.0), Some(3749), Some((0.4018, 0.4329)), "share", ""),
            (
                "pipeline_involved_share",
                Some(0.612),
                Some(35_569_685.1),
                Some(58_120_400.5),
                Some(1204),
                None,
                "share",
                "",
            ),
            ("ropi", None, None, None, None, None, "ratio", "no_margin"),
        ]),
        credit,
        models,
        confidence: Some(confidence(names)),
        involvement: Some(involvement(names)),
        pipeline: Some(pipeline(names)),
        expected: Table::default(),
        inferred_influence: Some(inferred_influence(names)),
        ropi: Some(ropi(names)),
        tiers: None,
        rejected: problems(&[
            (
                "opportunities",
                Some(1879),
                "account_id",
                "null_value",
                "the value is missing".to_owned(),
                Some(4_125_000),
                1,
            ),
            (
                "touchpoints",
                Some(2210),
                "opportunity_id",
                "parent_rejected",
                "\"O-01880\" was rejected".to_owned(),
                Some(4_125_000),
                1,
            ),
            (
                "touchpoints",
                Some(16_168),
                "partner_id",
                "unknown_id",
                "\"P-999\" is not in partners".to_owned(),
                None,
                1,
            ),
        ]),
        findings: problems(&findings),
        notes: Table::new(vec![
            texts("part", &[Some("involvement")]),
            texts("code", &[Some("no_registrations")]),
            texts("message", &[Some("37 deals have no registration; they are sourced by nobody under this rule.")]),
        ]),
    }
}

/// A review of a real-looking ecosystem.
pub(super) fn full() -> Review {
    review_of(&NAMES)
}

/// A review that found nothing at all.
pub(super) fn empty() -> Review {
    Review {
        as_of: None,
        currency: None,
        config: Value::Null,
        coverage: Table::default(),
        headline: Table::default(),
        credit: Table::default(),
        models: Vec::new(),
        confidence: None,
        involvement: None,
        pipeline: None,
        expected: Table::default(),
        inferred_influence: None,
        ropi: None,
        tiers: None,
        rejected: Table::default(),
        findings: Table::default(),
        notes: Table::default(),
    }
}
