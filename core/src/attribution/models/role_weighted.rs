//! Role weights: each role has a share; the touches of one role divide it equally.
//!
//! Shares of roles that a journey lacks go to those that it has, in proportion. A touch without a role, or with one that
//! has no weight, counts as `other`. Where nothing has a weight the journey is split equally, and says so. Weights of roles
//! that no touch has are listed in the diagnostics (`unused_roles`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::attribution::journeys::View;
use crate::attribution::model::{Looks, Reason, Rule, Spread, check_weight, common_multiple, parts};
use crate::error::{Code, Error, Result, suggest};
use crate::table::{Interner, Key, NULL};

/// Credit by role. Default: sourcer 0.4, influencer 0.2, implementer 0.2, closer 0.2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RoleWeighted {
    /// The weight of each role, 0 to 1000.
    pub weights: BTreeMap<String, f64>,
    /// The weight of all other touches together, 0 to 1000. Default 0.
    pub other: f64,
}

impl Default for RoleWeighted {
    fn default() -> Self {
        let weights = [("sourcer", 0.4), ("influencer", 0.2), ("implementer", 0.2), ("closer", 0.2)];
        Self { weights: weights.map(|(role, weight)| (role.to_owned(), weight)).into(), other: 0.0 }
    }
}

impl RoleWeighted {
    pub(crate) fn check(&self) -> Result<()> {
        for (role, weight) in &self.weights {
            check_weight(&format!("weights.{role}"), *weight, 1000.0)?;
        }
        check_weight("other", self.other, 1000.0)?;
        if self.other == 0.0 && self.weights.values().all(|&w| w == 0.0) {
            return Err(Error::new(Code::OptionOutOfRange, "weights", "no role has a weight above 0"));
        }
        Ok(())
    }

    /// The roles with a weight above 0 that no touch has, in the order of their names, each with the role of the touches
    /// that may have been meant.
    pub(crate) fn unused(&self, roles: &Interner, of_touches: Option<&[u32]>) -> Vec<Value> {
        let mut used = vec![false; roles.len()];
        for &code in of_touches.unwrap_or_default().iter().filter(|&&c| c != NULL) {
            used[code as usize] = true;
        }
        let seen: Vec<String> =
            roles.order().iter().filter(|&&c| used[c as usize]).filter_map(|&c| roles.show(c)).collect();
        let unseen = |(role, weight): &(&String, &f64)| **weight > 0.0 && !seen.contains(role);
        // A role that has a weight of its own was not meant by another name.
        let others = || seen.iter().map(String::as_str).filter(|role| !self.weights.contains_key(*role));
        let row = |(role, _): (&String, &f64)| json!({"role": role, "did_you_mean": suggest(role, others())});
        self.weights.iter().filter(unseen).map(row).collect()
    }

    pub(crate) fn rule(&self, roles: &Interner) -> RoleRule {
        let mut group = vec![usize::MAX; roles.len()];
        let mut weights = vec![parts(self.other)];
        for (role, &weight) in &self.weights {
            if let Some(code) = roles.find(Key::Text(role)) {
                group[code as usize] = weights.len();
                weights.push(parts(weight));
            }
        }
        for place in &mut group {
            if *place == usize::MAX {
                *place = 0;
            }
        }
        RoleRule { group, weights }
    }
}

/// Group 0 is "other"; the groups of the roles follow.
pub(crate) struct RoleRule {
    /// The group of each code of a role.
    group: Vec<usize>,
    /// In parts per 10^9.
    weights: Vec<u64>,
}

impl RoleRule {
    fn group(&self, journey: &View<'_>, index: usize) -> usize {
        match journey.role.map(|r| r[index]) {
            Some(code) if code != NULL => self.group[code as usize],
            _ => 0,
        }
    }
}

/// Weights are at most 1000 * 10^9 < 2^40, so that weights times this stay below 2^60.
const LARGEST_MULTIPLE: u64 = 1 << 20;

impl Rule for RoleRule {
    fn weigh(&self, journey: &View<'_>, weights: &mut [u64]) -> Spread {
        if journey.len == 1 {
            return Spread::One(0);
        }
        let mut members = vec![0_u64; self.weights.len()];
        for index in 0..journey.len {
            members[self.group(journey, index)] += 1;
        }
        // Weights times the least common multiple of the members stay whole when a group divides its own. Where that
        // multiple is large the parts are rounded: by less than 2^-19 of 10^-9 of a weight.
        let common =
            members.iter().filter(|&&m| m > 0).try_fold(1_u64, |lcm, &m| common_multiple(lcm, m, LARGEST_MULTIPLE));
        let scale = common.unwrap_or(LARGEST_MULTIPLE);
        let mut any = false;
        for (index, weight) in weights.iter_mut().enumerate() {
            let group = self.group(journey, index);
            *weight = (self.weights[group] * scale + members[group] / 2) / members[group];
            any |= *weight > 0;
        }
        if any { Spread::Weighted } else { Spread::Equal }
    }

    fn reason(&self, journey: &View<'_>, spread: Spread, index: usize) -> Reason {
        match spread {
            Spread::One(_) => "only_touch",
            Spread::Equal => "no_weighted_role",
            Spread::Weighted if self.group(journey, index) == 0 => "role_other",
            Spread::Weighted => "role",
        }
    }

    fn looks_at(&self) -> Looks {
        Looks::Roles
    }
}
