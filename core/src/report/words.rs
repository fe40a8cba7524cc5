//! The words of a report: one catalogue from codes to English, and how to replace it.
//!
//! A code is a dotted path of kind and name, such as `model.linear` or `finding.zero_amount`; a sentence beside a label
//! ends in `.says`; `{name}` in a text is filled in. A code that no catalogue knows is shown in plain words made from it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::format::humanised;
use crate::error::Code;

/// The words of a report.
///
/// [`English`] is the catalogue that comes with the crate; a map of texts overrides it, word by word:
///
/// ```
/// use std::collections::BTreeMap;
/// use cosell::report::{English, Words};
/// let german = BTreeMap::from([("ui.title".to_owned(), "Partnerbericht".to_owned())]);
/// assert_eq!(german.lookup("ui.title"), Some("Partnerbericht"));
/// assert_eq!(german.lookup("model.linear"), English.lookup("model.linear"));
/// ```
pub trait Words {
    /// The text of a code; `None` where the catalogue has none.
    fn lookup(&self, code: &str) -> Option<&str>;
}

/// The English catalogue.
#[derive(Debug, Clone, Copy, Default)]
pub struct English;

impl English {
    /// Every code with its text, in the order of the codes.
    pub const ALL: &'static [(&'static str, &'static str)] = CATALOGUE;
}

impl Words for English {
    fn lookup(&self, code: &str) -> Option<&str> {
        CATALOGUE.binary_search_by(|(known, _)| (*known).cmp(code)).ok().map(|at| CATALOGUE[at].1)
    }
}

impl Words for BTreeMap<String, String> {
    fn lookup(&self, code: &str) -> Option<&str> {
        self.get(code).map(String::as_str).or_else(|| English.lookup(code))
    }
}

/// A catalogue as the renderers ask it.
#[derive(Clone, Copy)]
pub(super) struct Say<'w>(pub(super) &'w dyn Words);

impl Say<'_> {
    /// The text of a code, in the catalogue or made from the code.
    pub(super) fn word(&self, kind: &str, name: &str) -> Cow<'_, str> {
        if let Some(text) = self.0.lookup(&format!("{kind}.{name}")) {
            return Cow::Borrowed(text);
        }
        match Code::ALL.iter().find(|code| kind == "finding" && code.as_str() == name) {
            Some(code) => Cow::Borrowed(code.meaning().trim_end_matches('.')),
            None => Cow::Owned(humanised(name)),
        }
    }

    /// The sentence beside a label; empty where there is none.
    pub(super) fn sentence(&self, kind: &str, name: &str) -> &str {
        self.0.lookup(&format!("{kind}.{name}.says")).unwrap_or_default()
    }

    /// A fixed text of the interface.
    pub(super) fn ui(&self, name: &str) -> Cow<'_, str> {
        self.word("ui", name)
    }

    /// A fixed text with its parameters filled in.
    pub(super) fn fill(&self, name: &str, parameters: &[(&str, &str)]) -> String {
        // One pass over the template, so that braces in a value are never taken for a parameter.
        let template = self.ui(name);
        let (mut text, mut rest) = (String::new(), template.as_ref());
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let (parameter, behind) = after.split_once('}').unwrap_or((after, ""));
            text.push_str(parameters.iter().find(|(name, _)| *name == parameter).map_or("", |(_, value)| value));
            rest = behind;
        }
        text + rest
    }

    /// A note or convention: a code in words, a sentence as it is.
    pub(super) fn remark(&self, kind: &str, text: &str) -> String {
        let known = self.0.lookup(&format!("{kind}.{text}"));
        match known {
            Some(words) => words.to_owned(),
            None if super::format::is_code(text) => humanised(text),
            None => text.to_owned(),
        }
    }
}

/// Codes and texts, sorted by code.
#[rustfmt::skip]
const CATALOGUE: &[(&str, &str)] = &[
    ("ask.came_during", "It came to the account while the deal was open: did it help, or did the deal bring it?"),
    ("ask.open_deal", "The deal is open: does it work on it, and should it register it?"),
    ("ask.present_before", "It was at the account before the deal began: did it have a part in it?"),
    ("ask.since_when", "The relationship has no beginning: since when has it been there, and did it have a part in the deal?"),
    ("bucket.influenced_only", "Influenced only"),
    ("bucket.involved", "Partner involved"),
    ("bucket.none", "No partner involved"),
    ("bucket.sourced_and_influenced", "Sourced and influenced"),
    ("bucket.sourced_only", "Sourced only"),
    ("channel.(other)", "Other partners"),
    ("channel.(unattributed)", "No touch on record"),
    ("channel.(unspecified)", "Not specified"),
    ("channel.(vendor)", "Vendor's own touches"),
    ("column.above", "Upper partner"),
    ("column.account", "Account"),
    ("column.amount_at_stake", "At stake"),
    ("column.ask", "What to ask"),
    ("column.below", "Lower partner"),
    ("column.chance_above", "Chance to be above"),
    ("column.chance_first", "Chance to be first"),
    ("column.code", "Code"),
    ("column.column", "Column"),
    ("column.cost", "Cost"),
    ("column.credited_value", "Credited revenue"),
    ("column.deal", "Deal"),
    ("column.deals", "Deals"),
    ("column.difference", "Difference"),
    ("column.direct_cost", "Direct cost"),
    ("column.evidence", "Evidence"),
    ("column.expected_won", "Won / by chance"),
    ("column.findings", "Findings"),
    ("column.gross_margin", "Gross margin"),
    ("column.influenced_not_sourced_value", "Influenced, not sourced"),
    ("column.interval", "Interval"),
    ("column.involved_value", "Involved"),
    ("column.journeys", "Won deals"),
    ("column.lift", "Lift"),
    ("column.message", "What it says"),
    ("column.models", "Models"),
    ("column.note", "Note"),
    ("column.open_deals", "Open deals"),
    ("column.open_value", "Open pipeline"),
    ("column.partner", "Partner"),
    ("column.problem", "What it is"),
    ("column.rank", "Rank"),
    ("column.rank_correlation", "Rank correlation"),
    ("column.reason", "Beside chance"),
    ("column.rejected", "Set aside"),
    ("column.revenue_multiple", "Revenue / cost"),
    ("column.ropi", "Return"),
    ("column.row", "Row"),
    ("column.rows", "Rows"),
    ("column.share", "Share"),
    ("column.share_distance", "Would change hands"),
    ("column.shared_cost", "Shared cost"),
    ("column.shared_open_value", "Open at its accounts"),
    ("column.shared_won_value", "Won at its accounts"),
    ("column.sourced_value", "Sourced"),
    ("column.status", "Status"),
    ("column.table", "Table"),
    ("column.total", "Total"),
    ("column.value", "Value"),
    ("column.why", "What its journeys show"),
    ("diagnostic.conversions", "Conversions"),
    ("diagnostic.conversions_without_value", "Conversions without a value"),
    ("diagnostic.journeys", "Journeys"),
    ("diagnostic.journeys_without_touches", "Journeys without a touch"),
    ("diagnostic.repeated_touches_dropped", "Repeated touches left out"),
    ("diagnostic.roles_of_no_wanted_kind", "Roles left out by the kinds that count"),
    ("diagnostic.roles_used_as_touches", "Roles used as touches"),
    ("diagnostic.rows_without_conversion_or_null", "Rows without a conversion or a null"),
    ("diagnostic.touches_after_the_close", "Touches after the close"),
    ("diagnostic.touches_after_the_outcome", "Touches after the outcome"),
    ("diagnostic.touches_before_the_lookback", "Touches before the lookback"),
    ("diagnostic.touches_beyond_the_last_ones", "Touches beyond the last ones"),
    ("diagnostic.touches_of_no_journey", "Touches of no journey"),
    ("diagnostic.touches_of_other_kinds", "Touches of other kinds"),
    ("diagnostic.touches_of_unlisted_journeys", "Touches of journeys that are not listed"),
    ("diagnostic.touches_without_the_channel", "Touches without the channel"),
    ("diagnostic.unattributed_journeys", "Journeys that nobody is credited with"),
    ("diagnostic.values_rounded", "Values rounded to the digits of their currency"),
    ("diagnostic.vendor_touches_dropped", "Vendor's touches left out"),
    ("difference.assists", "Assists: its touches stand between the first and the last more often than others'"),
    ("difference.closes_more_than_it_opens", "Closes more journeys than it opens"),
    ("difference.early_touches_decayed", "Its touches come early, and decay takes from them"),
    ("difference.few_journeys", "Too few conversions to tell it from chance"),
    ("difference.late_touches_favoured", "Its touches come late, and decay favours them"),
    ("difference.mostly_alone", "It is often the only one in its journeys"),
    ("difference.opens_and_closes", "Its touches stand at the ends of journeys more often than others'"),
    ("difference.opens_more_than_it_closes", "Opens more journeys than it closes"),
    ("difference.passes_through", "It is in more journeys than its touches tell"),
    ("difference.rarely_alone", "It is seldom the only one in its journeys"),
    ("difference.repeats_itself", "It has more touches in a journey than others, which are counted one by one"),
    ("difference.seen_in_lost_journeys", "It is in lost journeys more often than others, which rules do not look at"),
    ("difference.seen_in_won_journeys", "Journeys with it convert more often than others"),
    ("difference.weights_differ", "The models weigh its touches differently"),
    ("evidence.account_touch", "Touch on the account"),
    ("evidence.relationship", "Relationship"),
    ("evidence.relationship_and_account_touch", "Relationship, and touch on the account"),
    ("finding.account_mismatch", "The row names another account than its deal"),
    ("finding.amount_rounded", "Amount rounded to the digits of its currency"),
    ("finding.attribute_not_kept", "Value of an extra column that could not be kept"),
    ("finding.close_before_creation", "Closed before it was created"),
    ("finding.close_on_open", "Open, yet with a close date"),
    ("finding.column_not_given", "Table without a column that most analyses need"),
    ("finding.credit_without_partner", "Credit of a channel that is no partner"),
    ("finding.currency_mismatch", "Line in another currency than its deal"),
    ("finding.custom_value", "Value that is not in the picklist, kept as custom"),
    ("finding.deleted", "Marked as deleted, left out"),
    ("finding.deleted_parent", "Refers to a deleted record"),
    ("finding.duplicate_row", "The same row again, counted once"),
    ("finding.end_before_start", "Ends before it begins, so it holds at no time"),
    ("finding.given_not_measured", "Ready metrics of a partner that is not in the programme"),
    ("finding.lines_differ", "Lines that do not add up to the amount of their deal"),
    ("finding.merged_record", "Merged record, counted under the one that stays"),
    ("finding.metric_not_measured", "Metric that nothing gives and nothing needs"),
    ("finding.missing_amount", "Deal without an amount"),
    ("finding.negative_amount", "Negative amount"),
    ("finding.negative_quantity", "Negative quantity"),
    ("finding.nobody_enrolled", "Nobody is enrolled in the programme on the day"),
    ("finding.overlapping_periods", "Holds while another row of the same still does"),
    ("finding.person_elsewhere", "Names a person who is at another partner"),
    ("finding.person_left", "Names a person who had left the partner"),
    ("finding.registration_of_nothing", "Approved registration of no deal and no account"),
    ("finding.registration_without_end", "Approved registration of an account that never expires"),
    ("finding.repeated_row", "The same row again, counted twice"),
    ("finding.row_without_date", "Row without the date that its metric goes by, counted on no day"),
    ("finding.row_without_scope", "Row without the scope that its metric goes by, counted in none"),
    ("finding.row_without_value", "Row without the value that its metric counts"),
    ("finding.touch_after_close", "Touch after the deal was closed"),
    ("finding.unknown_column", "Column that no capability reads"),
    ("finding.window_before_data", "Window that begins before the table does"),
    ("finding.won_without_close", "Won, yet without a close date"),
    ("finding.zero_amount", "Won at an amount of zero"),
    ("metric.conversions", "Conversions"),
    ("metric.cost", "Partner cost"),
    ("metric.credited_share", "Credit to partners"),
    ("metric.credited_value", "Credited revenue"),
    ("metric.influenced_not_sourced_share", "Influenced, not sourced"),
    ("metric.influenced_not_sourced_value", "Influenced, not sourced"),
    ("metric.involved_share", "Won revenue with a partner"),
    ("metric.involved_share_by_count", "Won deals with a partner"),
    ("metric.involved_value", "Partner-involved revenue"),
    ("metric.open_deals", "Open deals"),
    ("metric.open_pipeline", "Open pipeline"),
    ("metric.overlap_factor", "Overlap factor"),
    ("metric.partner_cost", "Partner cost"),
    ("metric.partners", "Partners"),
    ("metric.partners_beyond_chance", "Candidates beyond chance"),
    ("metric.pipeline_involved_share", "Pipeline with a partner"),
    ("metric.pipeline_involved_share_by_count", "Open deals with a partner"),
    ("metric.revenue_multiple", "Revenue per unit of cost"),
    ("metric.ropi", "Return on partner investment"),
    ("metric.shared_open_pipeline", "Open pipeline to ask about"),
    ("metric.shared_won_revenue", "Won revenue to ask about"),
    ("metric.shared_won_share", "Share of won revenue to ask about"),
    ("metric.sourced_on_account_share", "Sourced by a registration of the account"),
    ("metric.sourced_share", "Sourced by partners"),
    ("metric.sourced_value", "Partner-sourced revenue"),
    ("metric.win_rate", "Win rate"),
    ("metric.won_deals", "Deals won"),
    ("metric.won_revenue", "Revenue won"),
    ("model.custom_weights", "Custom weights"),
    ("model.custom_weights.says", "Every touch has the weight that the config gives its place."),
    ("model.first_partner_touch", "First partner touch"),
    ("model.first_partner_touch.says", "All credit goes to the first touch by a partner; the vendor's own touches do not compete."),
    ("model.first_touch", "First touch"),
    ("model.first_touch.says", "All credit goes to the first touch of the journey."),
    ("model.last_partner_touch", "Last partner touch"),
    ("model.last_partner_touch.says", "All credit goes to the last touch by a partner; the vendor's own touches do not compete."),
    ("model.last_touch", "Last touch"),
    ("model.last_touch.says", "All credit goes to the last touch before the close."),
    ("model.leave_one_out", "Leave one out"),
    ("model.leave_one_out.says", "A partner's credit follows what would be lost without its journeys."),
    ("model.linear", "Linear"),
    ("model.linear.says", "Every touch has the same credit."),
    ("model.markov", "Markov"),
    ("model.markov.says", "A partner's credit follows how many conversions a model of the journeys loses when its touches are removed."),
    ("model.position_based", "Position based"),
    ("model.position_based.says", "The first and the last touch have most of the credit, and those between share what is left."),
    ("model.role_weighted", "Role weighted"),
    ("model.role_weighted.says", "Every touch has the weight of the partner's role on the deal."),
    ("model.shao_li", "Shao and Li"),
    ("model.shao_li.says", "Credit follows how often journeys with the partner, alone and in pairs, convert."),
    ("model.shapley", "Shapley"),
    ("model.shapley.says", "Each partner on a deal has its average contribution over all the orders in which they could have joined."),
    ("model.time_decay", "Time decay"),
    ("model.time_decay.says", "The nearer a touch is to the close, the more credit it has; it halves with every half-life."),
    ("model.touch_weighted", "Touch weights"),
    ("model.touch_weighted.says", "Every touch has the weight that the data gives it."),
    ("month.1", "January"),
    ("month.10", "October"),
    ("month.11", "November"),
    ("month.12", "December"),
    ("month.2", "February"),
    ("month.3", "March"),
    ("month.4", "April"),
    ("month.5", "May"),
    ("month.6", "June"),
    ("month.7", "July"),
    ("month.8", "August"),
    ("month.9", "September"),
    ("nav.confidence", "How sure"),
    ("nav.credit", "Credit"),
    ("nav.disagree", "Disagreement"),
    ("nav.headline", "At a glance"),
    ("nav.inferred_influence", "To ask about"),
    ("nav.involvement", "Sourced, involved"),
    ("nav.method", "Method"),
    ("nav.notes", "Not computed"),
    ("nav.pipeline", "Pipeline"),
    ("nav.quality", "Data quality"),
    ("nav.ropi", "Return"),
    ("note.best_is_highest_tried", "The best order is the highest that was tried: a higher one may be better"),
    ("note.cannot_tell_conversions", "The chain cannot tell journeys that convert from others"),
    ("note.channels_without_coalitions", "Channels that no coalition names have no credit"),
    ("note.column_not_used", "A column of the paths looks like nulls or values, and no option names it"),
    ("note.conflict", "The model and the experiment do not agree"),
    ("note.conversions_without_touches", "Conversions without a touch are the same under all models"),
    ("note.few_journeys", "Some channels are in so few journeys that chance may have made their credit"),
    ("note.journeys_without_touches", "Journeys without a touch teach the model nothing"),
    ("note.measures_disagree", "The measures do not agree on an order"),
    ("note.model_left_out", "The journeys cannot support this model"),
    ("note.negative_credit", "Some channels have a negative credit"),
    ("note.negative_effects", "Without some channels more would convert; they earn nothing"),
    ("note.negative_values", "Some values are negative, so value follows the conversions"),
    ("note.no_cost", "No cost, so no return"),
    ("note.no_credit", "No credited revenue in the window"),
    ("note.no_experiment", "No experiment measured it"),
    ("note.no_involved_revenue", "No won revenue has a partner"),
    ("note.no_judged_partner", "No candidate has enough comparable deals"),
    ("note.no_margin", "No margin was given"),
    ("note.no_margin_of_product", "There is no margin for its product"),
    ("note.no_nulls", "No lost journey was given, so all that begins converts"),
    ("note.no_open_pipeline", "There is no open pipeline"),
    ("note.no_partner_touch", "No partner touched it"),
    ("note.no_pipeline", "There is no open pipeline"),
    ("note.no_positive_effect", "Nothing would be lost without any one channel, so all are credited equally"),
    ("note.no_registrations", "There are no registrations"),
    ("note.no_source_field", "No deal says who sourced it"),
    ("note.no_touches", "There are no touches"),
    ("note.no_won_deals", "No deal was won"),
    ("note.no_won_revenue", "There is no won revenue"),
    ("note.nothing_to_attribute", "No deal was won"),
    ("note.order_above_longest_path", "The chain remembers more touches than the longest journey has"),
    ("note.shared_costs_in_total_only", "Shared costs are in the total only"),
    ("note.single_channel_journeys", "Nearly all journeys have one channel: all models must coincide"),
    ("note.single_touch_journeys", "Nearly all journeys have one touch: all models must coincide"),
    ("note.too_few_journeys", "Too few won deals for an interval"),
    ("note.zero_denominator", "Nothing to divide by"),
    ("order.foretells_best", "No lower order foretells the next touch as well"),
    ("order.lower_order_as_good", "A higher order foretells no better, within one standard error"),
    ("order.one_touch_journeys", "No journey has two touches, so there is nothing to remember"),
    ("part.attribution", "Credit"),
    ("part.confidence", "How sure the credit is"),
    ("part.credit", "Credit"),
    ("part.inferred_influence", "Partners to ask about"),
    ("part.involvement", "Sourced and involved"),
    ("part.pipeline", "Open pipeline"),
    ("part.ropi", "Return"),
    ("reason.beyond_chance", "Wins more often than chance gives"),
    ("reason.no_expected_wins", "Comparable deals are never won"),
    ("reason.too_few_accounts", "Too few accounts to say"),
    ("reason.too_few_comparable_deals", "Too few comparable deals to say"),
    ("reason.too_few_deals", "Too few deals to say"),
    ("reason.within_chance", "As chance would have it"),
    ("relationship.implementer", "Implementer"),
    ("relationship.msp", "Managed service provider"),
    ("relationship.of_record", "Partner of record"),
    ("relationship.reseller", "Reseller"),
    ("section.confidence", "How sure is this?"),
    ("section.confidence.says", "How far credit would move had chance given other deals of the same kind. It does not say whether the model is right: for that, see how far the models agree."),
    ("section.credit", "Credit per partner"),
    ("section.credit.says", "What was won, given to those who touched it: the same deals under each model."),
    ("section.disagree", "Where the models disagree"),
    ("section.disagree.says", "Partners whose credit depends most on the model: from the model that gives least to the one that gives most."),
    ("section.headline", "At a glance"),
    ("section.headline.says", "Each figure with what it is made of."),
    ("section.inferred_influence", "Partners to ask about"),
    ("section.inferred_influence.says", "Partners at the account of a deal that have no role, touch or registration on it. These are questions, not credit: nothing here counts in any other figure, and to win more often than chance is no proof of help."),
    ("section.involvement", "Sourced and involved revenue"),
    ("section.involvement.says", "All revenue won, in parts that do not overlap."),
    ("section.method", "Method"),
    ("section.method.says", "What was asked for, and what the words mean."),
    ("section.notes", "What was not computed"),
    ("section.notes.says", "A figure that the data cannot support is left out, with the reason."),
    ("section.pipeline", "Open pipeline"),
    ("section.pipeline.says", "Deals still open that a partner works on. A deal counts in full for every partner on it."),
    ("section.quality", "What was set aside or found"),
    ("section.quality.says", "Rows with a fault or a doubt, and the money at stake."),
    ("section.ropi", "Return on partner investment"),
    ("section.ropi.says", "Credited gross margin against cost. Plus 100% means that every unit spent came back twice."),
    ("status.lost", "Lost"),
    ("status.open", "Open"),
    ("status.won", "Won"),
    ("table.account_partners", "Account partners"),
    ("table.accounts", "Accounts"),
    ("table.activities", "Activities"),
    ("table.aliases", "Aliases"),
    ("table.credentials", "Credentials"),
    ("table.enrollments", "Enrollments"),
    ("table.exchange_rates", "Exchange rates"),
    ("table.investments", "Investments"),
    ("table.journeys", "Journeys"),
    ("table.lines", "Lines of opportunities"),
    ("table.measurements", "Measurements"),
    ("table.opportunities", "Opportunities"),
    ("table.opportunity_partners", "Partner roles"),
    ("table.partners", "Partners"),
    ("table.people", "People"),
    ("table.registrations", "Registrations"),
    ("table.touchpoints", "Touchpoints"),
    ("term.fractional", "Fractional credit"),
    ("term.fractional.says", "A deal's amount is split among its touches and given back to the minor unit: the columns of a model add up to the total."),
    ("term.influenced_not_sourced", "Influenced, not sourced"),
    ("term.influenced_not_sourced.says", "Revenue on which the partner was involved and which it did not source."),
    ("term.involved", "Involved"),
    ("term.involved.says", "Revenue on which the partner had a qualifying role or touch, sourced included. Each partner is shown the whole deal, so these do not add up."),
    ("term.overlap", "Overlap factor"),
    ("term.overlap.says", "The claims of all partners at full credit, divided by the revenue without double counting."),
    ("term.ropi", "Return on partner investment"),
    ("term.ropi.says", "(Credited gross margin - cost) / cost. Where the cost is zero there is no value."),
    ("term.sourced", "Sourced"),
    ("term.sourced.says", "Revenue that originated with a partner, by the rule in the config; one partner per deal."),
    ("ui.agreement", "How far the models agree"),
    ("ui.agreement.says", "Rank correlation is 1 where two models rank the partners alike, and about 0 where their ranks have nothing in common. What would change hands is the part of all credit that one model gives to others than the other does."),
    ("ui.all_agree", "Every model gives every partner the same."),
    ("ui.all_pairs", "All pairs of models"),
    ("ui.all_partners", "All partners under every model"),
    ("ui.and", "{a} and {b}"),
    ("ui.as_of", "As of {date}"),
    ("ui.beside", "Beside {model}"),
    ("ui.break_note", "A bar with a gap is longer than it is drawn."),
    ("ui.capped", "The table shows {shown} of {total} rows; {n} more are in the result itself."),
    ("ui.chart_first_models", "The chart shows the first {shown} of {total} models; the table has all of them."),
    ("ui.chart_order", "Bars stand in the order of the letters."),
    ("ui.compared_deals", "of {n} deals"),
    ("ui.confidence_chart", "A bar is the interval, its mark the share as it stands."),
    ("ui.confidence_how", "Model: {model}. The deals were drawn again {n} times; an interval holds the share in {level}% of these resamples."),
    ("ui.config", "Config"),
    ("ui.cost", "cost {cost}"),
    ("ui.coverage", "{used} rows of {tables} tables"),
    ("ui.coverage_one", "{used} rows of one table"),
    ("ui.currency_none", "Plain numbers"),
    ("ui.deals", "{n} deals"),
    ("ui.deals_to_ask", "The deals, and what to ask"),
    ("ui.diagnostics", "What the model reports about itself"),
    ("ui.differences", "The {n} largest differences"),
    ("ui.differences.says", "From the least to the most that a model gives; the figure is the distance between the two."),
    ("ui.empty_confidence", "How sure the credit is was not computed."),
    ("ui.empty_credit", "There is no credited channel."),
    ("ui.empty_inferred_influence", "Partners at shared accounts were not looked for."),
    ("ui.empty_involvement", "Sourced and involved revenue was not computed."),
    ("ui.empty_one_model", "Only one model ran, and it takes two to disagree."),
    ("ui.empty_pipeline", "The open pipeline was not computed."),
    ("ui.empty_ropi", "The return on partner investment was not computed."),
    ("ui.first_shares", "Shares of the first {n} partners"),
    ("ui.found", "Found"),
    ("ui.found.says", "Rows that are implausible, or left out by a stated rule."),
    ("ui.from_to", "{low} → {high}"),
    ("ui.headline_empty", "No headline figure was computed."),
    ("ui.highest", "Highest"),
    ("ui.in_currency", "Amounts in {currency}"),
    ("ui.interval", "95% interval {low} to {high}"),
    ("ui.interval_by_count", "By count: 95% interval {low} to {high}"),
    ("ui.largest_first", "Largest first. A deal counts in full for every partner on it."),
    ("ui.lift_says", "Lift is wins over the wins that comparable deals without the partner would give, with its 95% interval."),
    ("ui.lift_within", "{low} to {high}"),
    ("ui.lowest", "Lowest"),
    ("ui.minor_units", "minor units"),
    ("ui.models", "The models"),
    ("ui.n", "n = {n}"),
    ("ui.neighbours", "Who is ahead of whom"),
    ("ui.neighbours.says", "Partners next to each other in rank, and in how many of the resamples the upper one is ahead. Near 50% their order says nothing."),
    ("ui.no_as_of", "No date"),
    ("ui.no_candidates", "Every partner at the account of a deal is on record there."),
    ("ui.no_findings", "Nothing was found."),
    ("ui.no_interval", "too few deals"),
    ("ui.no_notes", "Everything that the config asked for was computed."),
    ("ui.no_open_partners", "No partner is on an open deal."),
    ("ui.no_partner_value", "There is no partner to show."),
    ("ui.no_reasons", "No two models differ much on any partner."),
    ("ui.no_rejected", "Every row could be used."),
    ("ui.no_return_value", "No value for {n} of the partners: {why}."),
    ("ui.no_returns", "No partner has a return to show."),
    ("ui.no_value", "No value"),
    ("ui.not_shown", "Not shown."),
    ("ui.observed_by_chance", "{won} / {expected}"),
    ("ui.of", "{numerator} of {denominator}"),
    ("ui.open_deal", "{n} open deal"),
    ("ui.open_deals", "{n} open deals"),
    ("ui.ordered_by", "Ordered by the credit under {model}."),
    ("ui.over", "{numerator} / {denominator}"),
    ("ui.over_share", "over {share}"),
    ("ui.print_first", "On paper, the first 15 rows."),
    ("ui.ranks", "rank {ranks}"),
    ("ui.read", "What was read"),
    ("ui.rejected", "Set aside"),
    ("ui.rejected.says", "Rows that could not be used. Nothing of them is in the figures above."),
    ("ui.rest", "Other partners ({n})"),
    ("ui.returns", "The {n} partners that cost most, by return"),
    ("ui.returns.says", "Credited gross margin less cost, relative to cost."),
    ("ui.rows_shown", "The rows, one by one"),
    ("ui.set_aside", "{n} set aside"),
    ("ui.terms", "The words"),
    ("ui.title", "Partner review"),
    ("ui.top_partners", "Largest {n} partners"),
    ("ui.under", "under {share}"),
    ("ui.waterfall", "Each bar starts where the one above it ends."),
    ("ui.where_it_goes", "Where all of it goes"),
    ("ui.where_it_goes.says", "Every model gives out the same, so these columns have the same total."),
    ("ui.why_disagree", "Why the models disagree"),
    ("ui.why_disagree.says", "The partners whose share depends most on the model, and what sets their journeys apart."),
    ("ui.within", "{low} to {high}"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_sorted_and_has_no_empty_text() {
        assert!(CATALOGUE.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(CATALOGUE.iter().all(|(_, text)| !text.is_empty()));
    }

    #[test]
    fn unknown_codes_are_said_in_plain_words() {
        let say = Say(&English);
        assert_eq!(say.word("finding", "some_new_code"), "Some new code");
        assert_eq!(say.word("finding", "unknown_id"), "An id is not in the table that it refers to");
        assert_eq!(say.remark("note", "cost is 0 for this partner"), "cost is 0 for this partner");
    }

    #[test]
    fn parameters_are_filled_in_once() {
        let say = Say(&English);
        assert_eq!(say.fill("of", &[("numerator", "{denominator}"), ("denominator", "2")]), "{denominator} of 2");
    }
}
