//! Why a partner stands where it stands, in one object.

use serde_json::{Map, Value, json};

use super::actions::{Plan, plan};
use super::evaluate::NO_TRACK;
use super::gaps::{line_room, tested};
use super::program::ColumnRole;
use super::review::{Decided, ProgramReview, cards};
use crate::error::{Code, Error, Result, did_you_mean, quoted};
use crate::facts::Id;
use crate::table::Key;

impl ProgramReview {
    /// Everything about one partner: its standing and why, its metrics and scorecards, the way to the next tiers with the
    /// cheapest set of actions where costs were given, and what it is about to lose.
    ///
    /// # Errors
    /// [`Code::UnknownName`] where the review has no such partner.
    pub fn explain(&self, partner: &Id) -> Result<Value> {
        let key = match partner {
            Id::Int(number) => Key::Int(i128::from(*number)),
            Id::Text(text) => Key::Text(text),
        };
        let found = self.base.partners.find(key);
        let decided = found.and_then(|code| self.decided.iter().find(|d| d.partner == code));
        let Some(decided) = decided else {
            let names: Vec<String> =
                self.decided.iter().take(1000).filter_map(|d| self.base.partners.show(d.partner)).collect();
            let shown = key.to_string();
            let hint = did_you_mean(&shown, names.iter().map(String::as_str));
            let message = format!("partner {} is not in the review{hint}", quoted(&shown));
            return Err(Error::new(Code::UnknownName, "partner", message));
        };
        self.explanation(decided)
    }

    pub(crate) fn explanation(&self, decided: &Decided) -> Result<Value> {
        let program = self.program.compiled();
        let d = &decided.decision;
        let tier = |tier: Option<usize>| self.tier_name(tier);
        let reasons: Vec<Value> =
            d.reasons.iter().map(|r| json!({"code": r.code, "tier": tier(r.tier), "on": r.on})).collect();
        let mut explanation = json!({
            "partner_id": super::review::id_of(&self.base, decided.partner),
            "program": program.document.program,
            "version": program.document.version,
            "as_of": self.as_of,
            "track": d.track.and_then(|t| program.track_names[t].as_deref()),
            "previous": tier(d.previous),
            "qualified": tier(d.qualified),
            "earned": tier(d.earned),
            "standing": tier(d.standing),
            "effective": tier(d.effective),
            "recommendation": d.recommendation.as_str(),
            "because": reasons,
            "metrics": self.metrics_of(decided),
            "scorecards": self.scorecards_of(decided),
            "next_tiers": self.next_tiers(decided)?,
            "at_risk": self.at_risk(decided),
        });
        if let (Value::Object(fields), Some(rule)) = (&mut explanation, &program.document.scope) {
            let scope = self.base.scope.get(decided.row).and_then(|&code| self.base.scopes.show(code));
            fields.insert(rule.by.clone(), json!(scope));
        }
        Ok(explanation)
    }

    fn metrics_of(&self, decided: &Decided) -> Value {
        let program = self.program.compiled();
        let columns = self.columns_of(decided.row);
        let shown = |at: &usize| matches!(program.columns[*at].kind, ColumnRole::Base | ColumnRole::Derived);
        let metrics = (0..program.columns.len()).filter(shown).map(|at| {
            let rule = &program.columns[at];
            let value = Some(columns.at(at, 0)).filter(|v| !v.is_nan());
            (super::frame::given_name(program, at), json!({"value": value, "unit": rule.unit}))
        });
        Value::Object(metrics.collect::<Map<_, _>>())
    }

    fn scorecards_of(&self, decided: &Decided) -> Value {
        let program = self.program.compiled();
        let Some(track) = decided.decision.track else { return json!({}) };
        let columns = self.columns_of(decided.row);
        let card = |(name, (total, _)): (&str, (usize, Vec<usize>))| {
            let lines: Vec<Value> = line_room(program, &self.base, track, total, decided.row)
                .iter()
                .map(|room| {
                    let line = program.columns[room.column].name.split_once('.').map(|(_, line)| line);
                    json!({"line": line, "points": room.points, "max_points": room.max})
                })
                .collect();
            (name.to_owned(), json!({"points": columns.at(total, 0), "lines": lines}))
        };
        Value::Object(cards(program).into_iter().map(card).collect::<Map<_, _>>())
    }

    fn next_tiers(&self, decided: &Decided) -> Result<Vec<Value>> {
        let program = self.program.compiled();
        let gaps = &self.gaps;
        let mut tiers = Vec::new();
        let row = decided.row as u32;
        for at in (0..gaps.progress.row.len()).filter(|&at| gaps.progress.row[at] == row) {
            let tier = gaps.progress.tier[at];
            let of_tier = (0..gaps.row.len()).filter(|&g| gaps.row[g] == row && gaps.tier[g] == tier);
            let known = |value: f64| Some(value).filter(|v| !v.is_nan());
            let gap = |g: usize| {
                let (track, leaf) = &gaps.leaves[gaps.leaf[g] as usize];
                let path = |node: usize| program.tracks[*track].paths.get(node);
                json!({
                    "criterion": path(leaf.node),
                    "metric": tested(program, *track, leaf),
                    "operation": gaps.operation[g].name(),
                    "actual": known(gaps.actual[g]),
                    "required": known(gaps.required[g]),
                    "missing": known(gaps.missing[g]),
                    "alternative": leaf.group.and_then(path),
                })
            };
            let track = self.evaluated.track[decided.row];
            let cheapest = if self.costs.is_empty() || track == NO_TRACK {
                Value::Null
            } else {
                let at = (usize::from(track), decided.row, usize::from(tier));
                let found = plan(program, &self.base, &self.context, &self.cutoffs, &self.costs, at)?;
                self.plan_of(&found)
            };
            tiers.push(json!({
                "tier": self.tier_name(Some(usize::from(tier))),
                "satisfied": gaps.progress.satisfied[at],
                "total": gaps.progress.total[at],
                "gaps": of_tier.map(gap).collect::<Vec<_>>(),
                "cheapest": cheapest,
            }));
        }
        Ok(tiers)
    }

    fn plan_of(&self, plan: &Plan) -> Value {
        let program = self.program.compiled();
        let actions = plan.actions.as_ref().map(|actions| {
            let one = |a: &super::actions::Action| {
                json!({"metric": program.columns[a.column].name, "steps": a.steps, "from": a.from, "to": a.to, "cost": a.cost})
            };
            actions.iter().map(one).collect::<Vec<_>>()
        });
        let out: Vec<Value> = plan
            .out_of_reach
            .iter()
            .map(|o| {
                let track = o.leaf.as_ref().and_then(|_| self.program.compiled().tracks.first());
                let criterion = o.leaf.as_ref().and_then(|leaf| track.and_then(|t| t.paths.get(leaf.node)));
                json!({"criterion": criterion, "reason": o.reason.name()})
            })
            .collect();
        json!({"actions": actions, "cost": plan.cost, "proven": plan.proven, "out_of_reach": out})
    }

    fn at_risk(&self, decided: &Decided) -> Vec<Value> {
        let own = self.losses.iter().filter(|l| l.partner == decided.partner);
        own.map(|l| {
            json!({
                "cause": l.cause, "tier": self.tier_name(l.tier), "on": l.on, "lost_on": l.lost_on,
                "drops_to": self.tier_name(l.drops_to), "criterion": l.criterion, "metric": l.metric,
                "actual": l.actual, "required": l.required,
            })
        })
        .collect()
    }
}
