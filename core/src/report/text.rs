//! The report for a terminal: a hundred columns, aligned by the width that characters take.

use std::fmt::{self, Write};

use super::asked::beside_chance;
use super::figures::{
    CreditRows, Sum, buckets, by_largest, costliest, headline, in_words, models, note, notes_of, problems, refusal,
    unit, who,
};
use super::format::{Quantity, clean, clip, count, number, width};
use super::grid::figure;
use super::{sure, tiers};
use crate::review::{Confidence, Review, TierReview};
use crate::table::{Table, ValueRef};
use crate::words::{English, Say, Words};

/// Columns of a terminal line.
pub(super) const WIDTH: usize = 100;
/// Partners that are listed under each model.
const LISTED: usize = 15;
/// Partners whose return is listed.
const RETURNS: usize = 10;
/// Candidates that are listed.
const ASKED: usize = 10;
/// Partners whose intervals are listed.
const RANKED: usize = 10;
/// Partners whose reasons are told.
const REASONED: usize = 5;
/// Partners that are listed as close to a tier, or about to lose one.
const CLOSEST: usize = 10;
/// The fewest columns that a partner's name has.
const NARROW: usize = 28;
/// Columns of a partner's name, and of an amount.
const NAME: usize = 32;
const AMOUNT: usize = 17;

/// A report under construction.
struct Text<'r> {
    out: String,
    review: &'r Review,
    say: Say<'r>,
    unit: String,
    digits: u8,
}

/// The whole report.
pub(super) fn render(review: &Review, words: &dyn Words) -> String {
    let say = Say(words);
    let digits = review.currency.map_or(2, crate::money::Currency::digits);
    let mut text = Text { out: String::new(), review, say, unit: unit(say, review), digits };
    text.title();
    text.metrics("headline", &headline(review), "headline_empty");
    text.credit();
    text.confidence();
    text.involvement();
    text.pipeline();
    text.inferred_influence();
    text.ropi();
    text.tiers();
    text.quality();
    text.notes();
    text.out
}

impl Text<'_> {
    /// A line, clipped to the width.
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.out, "{}", clip(line, WIDTH).trim_end());
    }

    /// A sentence, broken into lines of the width.
    fn sentence(&mut self, sentence: &str, indent: usize) {
        let mut line = " ".repeat(indent);
        for word in clean(sentence).split_whitespace() {
            if width(&line) + 1 + width(word) > WIDTH && !line.trim().is_empty() {
                self.line(&line);
                line = " ".repeat(indent);
            }
            if !line.trim().is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(&line);
    }

    fn heading(&mut self, heading: &str) {
        let line = format!("── {heading} ");
        let rule = "─".repeat(WIDTH.saturating_sub(width(&line)));
        let _ = writeln!(self.out, "\n{line}{rule}");
    }

    fn titled(&self, name: &str) -> String {
        let heading = self.say.word("section", name);
        if self.unit.is_empty() { heading.into_owned() } else { format!("{heading} ({})", self.unit) }
    }

    fn title(&mut self) {
        let as_of = self.review.as_of.map_or_else(|| self.say.ui("no_as_of").into_owned(), |date| date.to_string());
        let coverage = &self.review.coverage;
        let mut parts = vec![format!("{} {as_of}", self.say.ui("title"))];
        parts.push(if self.unit.is_empty() {
            self.say.ui("currency_none").into_owned()
        } else {
            self.say.fill("in_currency", &[("currency", &self.unit)])
        });
        if !coverage.is_empty() {
            let sum = |column| number(&Sum::of(coverage, column, 0..coverage.len()).value(), Quantity::Count, 0);
            parts.push(self.say.fill(
                if coverage.len() == 1 { "coverage_one" } else { "coverage" },
                &[("used", &sum("rows")), ("tables", &count(coverage.len()))],
            ));
            parts.push(self.say.fill("set_aside", &[("n", &sum("rejected"))]));
        }
        self.line(&parts.join(" · "));
    }

    /// Figures, one per line, with what they are made of.
    fn metrics(&mut self, section: &str, metrics: &Table, empty: &str) {
        let heading = self.titled(section);
        self.heading(&heading);
        if metrics.is_empty() {
            let say = self.say;
            return self.sentence(&say.ui(empty), 0);
        }
        self.figures(metrics);
    }

    fn figures(&mut self, metrics: &Table) {
        for row in 0..metrics.len() {
            let figure = figure(self.say, metrics, row, self.digits);
            let missing = figure.value.is_empty();
            let value = if missing { self.say.ui("no_value").into_owned() } else { figure.value };
            // Without a value the reason counts, which comes last.
            let reason = figure.remarks.last().filter(|_| missing).cloned();
            let basis = match reason {
                Some(reason) => vec![reason],
                None if figure.basis.is_empty() => figure.remarks,
                None => figure.basis,
            };
            let mut line = format!("{}{} ", left(&figure.label, NAME + 3), right(&value, AMOUNT - 3));
            for (at, part) in basis.iter().enumerate() {
                let comma = if at + 1 < basis.len() { "," } else { "" };
                let part = format!(" {}{comma}", clean(part));
                if at > 0 && width(&line) + width(&part) > WIDTH {
                    self.line(&line);
                    line = " ".repeat(NAME + AMOUNT + 1);
                }
                line += &part;
            }
            self.line(&line);
        }
    }

    fn refuse(&mut self, parts: &[&str], otherwise: &str) {
        let why = refusal(self.say, self.review, parts, otherwise);
        let sentence = format!("{} {why}", self.say.ui("not_shown"));
        self.sentence(&sentence, 0);
    }

    /// Credit per partner: the models side by side, as many as fit, then the next ones below.
    fn credit(&mut self) {
        let heading = self.titled("credit");
        self.heading(&heading);
        let (table, models) = (&self.review.credit, models(self.say, self.review));
        if models.is_empty() || table.is_empty() {
            return self.refuse(&["credit", "attribution", "journeys"], "empty_credit");
        }
        let rows = CreditRows::of(self.review);
        let (top, rest) = rows.partners.split_at(rows.partners.len().min(LISTED));
        let mut lines: Vec<(String, Vec<usize>)> = Vec::new();
        lines.extend(top.iter().map(|&row| (self.name(table, row, "channel"), vec![row])));
        if !rest.is_empty() {
            lines.push((self.say.fill("rest", &[("n", &count(rest.len()))]), rest.to_vec()));
        }
        lines.extend(rows.special.iter().map(|&row| (self.name(table, row, "channel"), vec![row])));
        lines.push((self.say.word("column", "total").into_owned(), (0..table.len()).collect()));
        let amount = |column: &str, rows: &[usize]| {
            number(&Sum::of(table, column, rows.iter().copied()).value(), Quantity::Money, self.digits)
        };
        let amounts: Vec<Vec<String>> =
            lines.iter().map(|(_, rows)| models.iter().map(|(column, _)| amount(column, rows)).collect()).collect();
        // Models stand side by side, as many as fit, and in blocks of about the same size where they do not.
        let longest = amounts.iter().flatten().map(|text| width(text)).max().unwrap_or(0);
        let cell = (longest + 1).clamp(13, WIDTH - NARROW);
        let blocks = models.len().div_ceil((WIDTH - NARROW) / cell);
        let size = models.len().div_ceil(blocks);
        let name = (WIDTH - size * cell).min(NAME);
        for (block, heads) in models.chunks(size).enumerate() {
            if block > 0 {
                self.out.push('\n');
            }
            self.model_heads(heads, name, cell);
            for ((label, _), amounts) in lines.iter().zip(&amounts) {
                let cells: String =
                    amounts.iter().skip(block * size).take(size).map(|text| right(text, cell)).collect();
                self.line(&format!("{}{cells}", left(label, name)));
            }
        }
    }

    /// The names of models over their columns, on two lines where one of them is long.
    fn model_heads(&mut self, models: &[(String, String)], name: usize, cell: usize) {
        let split = |words: &str| match words.rsplit_once(' ') {
            Some((above, below)) if width(words) >= cell => (above.to_owned(), below.to_owned()),
            _ => (String::new(), words.to_owned()),
        };
        let heads: Vec<(String, String)> = models.iter().map(|(_, words)| split(words)).collect();
        if heads.iter().any(|(above, _)| !above.is_empty()) {
            let above: String = heads.iter().map(|(above, _)| right(above, cell)).collect();
            self.line(&format!("{}{above}", left("", name)));
        }
        let below: String = heads.iter().map(|(_, below)| right(below, cell)).collect();
        self.line(&format!("{}{below}", left(&self.say.word("column", "partner"), name)));
    }

    fn confidence(&mut self) {
        let say = self.say;
        let heading = say.word("section", "confidence").into_owned();
        self.heading(&heading);
        let Some(found) = &self.review.confidence else { return self.refuse(sure::PARTS, "empty_confidence") };
        self.sentence(say.sentence("section", "confidence"), 0);
        self.sentence(&sure::how(say, found), 0);
        let table = &found.partners;
        let heads = [("share", 10), ("interval", 20), ("rank", 12), ("chance_first", 20)]
            .map(|(name, columns)| right(&say.word("column", name), columns));
        self.line(&format!("{}{}", left(&say.word("column", "partner"), NAME), heads.concat()));
        for row in 0..table.len().min(RANKED) {
            let within = sure::bounds(say, table, row, "share", Quantity::Share);
            let within = if within.is_empty() { say.ui("no_interval").into_owned() } else { within };
            let cells = [
                right(&sure::percent(table.number(row, "share")), 10),
                right(&within, 20),
                right(&sure::bounds(say, table, row, "rank", Quantity::Count), 12),
                right(&sure::chance(say, found, table.number(row, "chance_first")), 20),
            ];
            self.line(&format!("{}{}", left(&self.name(table, row, "channel"), NAME), cells.concat()));
        }
        if table.len() > RANKED {
            self.sentence(&say.fill("rest", &[("n", &count(table.len() - RANKED))]), 0);
        }
        self.agreement(found);
    }

    /// How far the models agree, and why they do not.
    fn agreement(&mut self, found: &Confidence) {
        let (say, table) = (self.say, &found.agreement);
        if !table.is_empty() {
            let heads =
                ["rank_correlation", "share_distance"].map(|name| right(&say.word("column", name), 20)).concat();
            self.line(&format!("{}{heads}", left(&say.ui("agreement"), 2 * NAME - 6)));
        }
        for row in sure::first_pairs(found) {
            let [a, b] = ["model_a", "model_b"].map(|side| say.model(&table.text(row, side)));
            let cells = [
                right(&number(&table.value(row, "rank_correlation"), Quantity::Ratio, 0), 20),
                right(&sure::percent(table.number(row, "share_distance")), 20),
            ];
            self.line(&format!(
                "{}{}",
                left(&format!("  {}", say.fill("and", &[("a", &a), ("b", &b)])), 2 * NAME - 6),
                cells.concat()
            ));
        }
        let lines = sure::reasons(found);
        if !lines.is_empty() {
            self.line(&format!("{}:", say.ui("why_disagree")));
        }
        for line in lines.iter().take(REASONED) {
            let table = &found.reasons;
            let (name, _) = sure::named(say, found, &table.text(line[0], "channel"));
            let (low, high) = sure::parted(say, table, line[0]);
            let parted = say.fill("from_to", &[("low", &low), ("high", &high)]);
            self.sentence(&format!("{name}: {parted}. {}", sure::sentences(say, table, line)), 2);
        }
    }

    fn involvement(&mut self) {
        let heading = self.titled("involvement");
        self.heading(&heading);
        let Some(involvement) = &self.review.involvement else {
            return self.refuse(&["involvement", "sourced"], "empty_involvement");
        };
        let table = &involvement.buckets;
        let mut reached = 0.0;
        for (row, label) in buckets(self.say, involvement) {
            let value = number(&table.value(row, "value"), Quantity::Money, self.digits);
            let share = table.number(row, "share").unwrap_or(0.0);
            let percent = number(&table.value(row, "share"), Quantity::Share, 0);
            self.line(&bar_line(&label, &value, reached, reached + share, &percent));
            reached += share;
        }
        if !table.is_empty() {
            let total = number(&Sum::of(table, "value", 0..table.len()).value(), Quantity::Money, self.digits);
            let line = bar_line(&self.say.word("column", "total"), &total, 0.0, reached, "");
            self.line(&line);
        }
        self.figures(&involvement.metrics);
    }

    fn pipeline(&mut self) {
        let Some(pipeline) = &self.review.pipeline else {
            let heading = self.titled("pipeline");
            self.heading(&heading);
            self.refuse(&["pipeline"], "empty_pipeline");
            return self.expected();
        };
        self.metrics("pipeline", &pipeline.metrics, "no_value");
        let largest = by_largest(&pipeline.partners, "open_value");
        for &row in largest.iter().take(5) {
            let value = number(&pipeline.partners.value(row, "open_value"), Quantity::Money, self.digits);
            let deals = number(&pipeline.partners.value(row, "open_deals"), Quantity::Count, 0);
            let name = self.name(&pipeline.partners, row, "partner_id");
            let counted = if deals == "1" { "open_deal" } else { "open_deals" };
            let counted = self.say.fill(counted, &[("n", &deals)]);
            self.line(&format!("{}{}  {counted}", left(&name, NAME), right(&value, AMOUNT)));
        }
        self.expected();
    }

    /// Tiers of the partner programme.
    fn tiers(&mut self) {
        let (say, review) = (self.say, self.review);
        if !tiers::asked(review) {
            return;
        }
        let heading = say.word("section", "tiers").into_owned();
        self.heading(&heading);
        let Some(found) = &review.tiers else { return self.refuse(&["tiers"], "empty_tiers") };
        let table = &found.distribution;
        let heads = ["partners", "share", "credit_share"].map(|name| right(&say.word("column", name), AMOUNT));
        self.line(&format!("{}{}", left(&say.word("column", "tier"), NAME), heads.concat()));
        for row in 0..table.len() {
            let cells = [("partners", Quantity::Count), ("share", Quantity::Share), ("value_share", Quantity::Share)]
                .map(|(name, quantity)| right(&number(&table.value(row, name), quantity, 0), AMOUNT));
            let tier = tiers::tier_name(say, review, &table.text(row, "tier"));
            self.line(&format!("{}{}", left(&tier, NAME), cells.concat()));
        }
        for (which, table) in [("movements", &found.movements), ("rule_change", &found.rule_change)] {
            if !table.is_empty() {
                let counts = ["up", "down", "same"].map(|way| (way, count(tiers::moved(table, way))));
                let counts: Vec<(&str, &str)> = counts.iter().map(|(way, n)| (*way, n.as_str())).collect();
                self.sentence(&format!("{}: {}", say.ui(which), say.fill("moved", &counts)), 0);
            }
        }
        let (closest, complete) = tiers::closest_rows(&found.progress);
        if complete > 0 {
            self.sentence(&say.fill("complete", &[("n", &count(complete))]), 0);
        }
        if !closest.is_empty() {
            self.line(&format!("{}:", say.ui("closest")));
        }
        for row in closest.into_iter().take(CLOSEST) {
            let name = self.name(&found.progress, row, "partner_id");
            let tier = tiers::tier_name(say, review, &found.progress.text(row, "tier"));
            let met = tiers::met(say, &found.progress, row);
            let gaps = tiers::gaps_of(say, review, found, row);
            self.sentence(
                &say.fill("closest_line", &[("partner", &name), ("tier", &tier), ("met", &met), ("gaps", &gaps)]),
                2,
            );
        }
        if found.decisions.is_empty() {
            self.line(&say.ui("no_programme_partners"));
        } else {
            self.losses(found);
        }
        if !found.findings.is_empty() {
            self.line(&format!("{}:", say.ui("program_findings")));
        }
        for row in 0..found.findings.len().min(CLOSEST) {
            self.sentence(&tiers::finding(review, &found.findings, row), 2);
        }
        if found.findings.len() > CLOSEST {
            self.sentence(&say.fill("rest_findings", &[("n", &count(found.findings.len() - CLOSEST))]), 2);
        }
    }

    /// Which tiers are about to be lost, and why.
    fn losses(&mut self, found: &TierReview) {
        let (say, review) = (self.say, self.review);
        if found.diagnostics["forecast_months"] != 0 {
            let words = if found.at_risk.is_empty() { "nothing_to_lose" } else { "about_to_lose" };
            self.line(&say.ui(words));
        }
        for row in 0..found.at_risk.len().min(CLOSEST) {
            let table = &found.at_risk;
            let [tier, to] = ["tier", "drops_to"].map(|side| tiers::tier_name(say, review, &table.text(row, side)));
            let parts = [
                ("date", tiers::day(say, table, row, "lost_on")),
                ("partner", self.name(table, row, "partner_id")),
                ("from", tier),
                ("to", to),
                ("cause", tiers::cause(say, review, table, row)),
            ];
            let parts: Vec<(&str, &str)> = parts.iter().map(|(name, text)| (*name, text.as_str())).collect();
            self.sentence(&say.fill("loss_line", &parts), 2);
        }
    }

    /// What is expected of open deals, beside what was won.
    fn expected(&mut self) {
        let (say, table) = (self.say, &self.review.expected);
        if table.column("expected_value").is_none() {
            return;
        }
        self.line(&format!("{}:", say.word("section", "expected")));
        self.sentence(&super::figures::expected_how(say, self.review), 0);
        let heads = ["expected_value", "won_value"].map(|name| right(&say.word("column", name), AMOUNT + 4)).concat();
        self.line(&format!("{}{heads}", left(&say.word("column", "partner"), NAME)));
        for row in 0..table.len().min(RANKED) {
            let amounts = ["expected_value", "won_value"]
                .map(|name| right(&number(&table.value(row, name), Quantity::Money, self.digits), AMOUNT + 4));
            self.line(&format!("{}{}", left(&self.name(table, row, "channel"), NAME), amounts.concat()));
        }
        if table.len() > RANKED {
            self.sentence(&say.fill("rest", &[("n", &count(table.len() - RANKED))]), 0);
        }
    }

    fn inferred_influence(&mut self) {
        let Some(found) = &self.review.inferred_influence else {
            let heading = self.titled("inferred_influence");
            self.heading(&heading);
            return self.refuse(&["inferred_influence"], "empty_inferred_influence");
        };
        self.metrics("inferred_influence", &found.metrics, "no_value");
        let (say, table) = (self.say, &found.partners);
        self.sentence(say.sentence("section", "inferred_influence"), 0);
        if table.is_empty() {
            return self.sentence(&say.ui("no_candidates"), 0);
        }
        let heads = [("shared_won_value", AMOUNT + 4), ("expected_won", 17)]
            .map(|(name, columns)| right(&say.word("column", name), columns));
        let last = [say.word("column", "lift"), say.word("column", "reason")].join(", ").to_lowercase();
        self.line(&format!("{}{}  {last}", left(&say.word("column", "partner"), NAME), heads.concat()));
        for row in 0..table.len().min(ASKED) {
            let value = number(&table.value(row, "won_value"), Quantity::Money, self.digits);
            let (wins, lift, within) = beside_chance(say, table, row);
            let says = if lift.is_empty() {
                in_words(say, "reason", &table.text(row, "reason"))
            } else {
                format!("{lift} ({within})")
            };
            let name = left(&self.name(table, row, "partner_id"), NAME);
            self.line(&format!("{name}{}{}  {says}", right(&value, AMOUNT + 4), right(&wins, 17)));
        }
        if table.len() > ASKED {
            self.sentence(&say.fill("rest", &[("n", &count(table.len() - ASKED))]), 0);
        }
    }

    fn ropi(&mut self) {
        let Some(ropi) = &self.review.ropi else {
            let heading = self.titled("ropi");
            self.heading(&heading);
            return self.refuse(&["ropi"], "empty_ropi");
        };
        self.metrics("ropi", &ropi.metrics, "no_value");
        let (table, valued) = (&ropi.partners, by_largest(&ropi.partners, "ropi"));
        let missing: Vec<usize> = (0..table.len()).filter(|&row| table.number(row, "ropi").is_none()).collect();
        if valued.is_empty() {
            let say = self.say;
            self.sentence(&say.ui("no_returns"), 0);
        } else {
            let n = count(valued.len().min(RETURNS));
            self.line(&format!("{}:", self.say.fill("returns", &[("n", &n)])));
            let names =
                ["ropi", "cost", "gross_margin"].map(|name| right(&self.say.word("column", name), AMOUNT)).concat();
            self.line(&format!("{}{names}", left(&self.say.word("column", "partner"), NAME)));
        }
        for row in costliest(table, &valued, RETURNS) {
            let cells = [("ropi", Quantity::Return), ("cost", Quantity::Money), ("gross_margin", Quantity::Money)]
                .map(|(name, quantity)| right(&number(&table.value(row, name), quantity, self.digits), AMOUNT));
            let line = format!("{}{}", left(&self.name(table, row, "partner_id"), NAME), cells.concat());
            self.line(&line);
        }
        for (note, n) in notes_of(table, &missing) {
            let why = in_words(self.say, "note", &note);
            self.sentence(&self.say.fill("no_return_value", &[("n", &count(n)), ("why", &why)]), 0);
        }
    }

    fn quality(&mut self) {
        let heading = self.titled("quality");
        self.heading(&heading);
        for (kind, table, nothing) in
            [("rejected", &self.review.rejected, "no_rejected"), ("found", &self.review.findings, "no_findings")]
        {
            let label = left(&self.say.ui(kind), 2 * NAME + 2);
            if table.is_empty() {
                let line = format!("{label} {}", self.say.ui(nothing));
                self.line(&line);
                continue;
            }
            let heads = [(14, "rows"), (AMOUNT, "amount_at_stake")]
                .map(|(columns, name)| right(&self.say.word("column", name), columns));
            self.line(&format!("{label}{}", heads.concat()));
            for problem in problems(table) {
                let label = format!("  {}", self.say.word("finding", &problem.code));
                let stake = number(&problem.stake.value(), Quantity::Money, self.digits);
                let rows = number(&ValueRef::Int(problem.rows), Quantity::Count, 0);
                self.line(&format!("{}{}{}", left(&label, 2 * NAME + 2), right(&rows, 14), right(&stake, AMOUNT)));
            }
        }
    }

    fn notes(&mut self) {
        let heading = self.say.word("section", "notes").into_owned();
        self.heading(&heading);
        let table = &self.review.notes;
        if table.is_empty() {
            let say = self.say;
            return self.sentence(&say.ui("no_notes"), 0);
        }
        for row in 0..table.len() {
            let part = self.say.word("part", &table.text(row, "part")).into_owned();
            self.sentence(&format!("{part}: {}", note(self.say, self.review, row)), 0);
        }
    }

    /// A partner's name, with its id where both fit.
    fn name(&self, table: &Table, row: usize, id_column: &str) -> String {
        let (name, id) = who(self.say, table, row, id_column);
        let (name, id) = (clean(&name), clean(&id));
        if id.is_empty() || super::figures::is_special(&id) || width(&id) > 10 {
            return name;
        }
        format!("{} {id}", clip(&name, NAME - 3 - width(&id)))
    }
}

/// A label, an amount, and a bar between two shares.
fn bar_line(label: &str, value: &str, from: f64, to: f64, share: &str) -> String {
    let room = (WIDTH - NAME - AMOUNT - 10) as f64;
    let place = |share: f64| (share.clamp(0.0, 1.0) * room).round() as usize;
    let (start, end) = (place(from.min(to)), place(from.max(to)));
    let bar = " ".repeat(start) + &"█".repeat((end - start).max(usize::from(from != to)));
    format!("{}{}  {bar} {share}", left(label, NAME), right(value, AMOUNT))
}

/// Text at the left of a column, clipped so that a gap stays.
fn left(text: &str, columns: usize) -> String {
    let text = clip(&clean(text), columns - 1);
    let pad = columns - width(&text);
    text + &" ".repeat(pad)
}

/// Text at the right of a column, clipped so that a gap stays.
fn right(text: &str, columns: usize) -> String {
    let text = clip(&clean(text), columns - 1);
    " ".repeat(columns - width(&text)) + &text
}

impl fmt::Display for Review {
    /// The report for a terminal, a hundred columns wide.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&render(self, &English))
    }
}
