//! Facts about channels in journeys that explain why models disagree: integer sums over converted journeys, each weighed by
//! what is shared out (value, or conversions where there is no value).

use crate::attribution::journeys::Journeys;
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::money::fixed_to_f64;

/// What is known of one channel; sums of weights.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    first: i128,
    last: i128,
    /// Of touches.
    touches: i128,
    /// Of touches that are neither the first nor the last.
    middle: i128,
    /// Of touches times the touches that came after them.
    after: i128,
    /// Of journeys with the channel.
    reach: i128,
    /// Of journeys with this channel only.
    alone: i128,
    /// Journeys with the channel, with twelve decimals.
    conversions: i128,
    nulls: i128,
}

/// What is known of all channels.
#[derive(Debug)]
pub(super) struct Facts {
    channels: Vec<Sums>,
    all: Sums,
    /// The weight of all converted journeys with touches.
    weight: i128,
    /// Journeys with touches, with twelve decimals.
    pub(super) conversions: i128,
    pub(super) nulls: i128,
    /// Conversions without a touch.
    pub(super) without_touches: i128,
    /// The share of the conversions in journeys with one touch.
    pub(super) single_touch: Option<f64>,
    /// The share of the conversions in journeys of one channel.
    pub(super) single_channel: Option<f64>,
}

/// A number of a channel beside the same number of all channels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fact {
    pub(super) own: f64,
    pub(super) all: f64,
}

impl Facts {
    pub(super) fn gather(journeys: &Journeys, monitor: &Monitor) -> Result<Self> {
        let sample = journeys.sample();
        // Without anything of value, conversions tell the journeys apart.
        let by_value = sample.has_values() && sample.attributable().value > 0;
        let mut facts = Self::empty(sample.channels);
        let mut counts: Vec<i128> = vec![0; sample.channels];
        let mut met: Vec<u32> = Vec::new();
        let (mut one_touch, mut one_channel) = (0, 0);
        for path in 0..sample.len() {
            if path % 65_536 == 0 {
                monitor.check()?;
            }
            let (touches, outcome) = (sample.path(path), sample.outcome(path));
            if touches.is_empty() {
                facts.without_touches += outcome.conversions;
                continue;
            }
            met.clear();
            for &channel in touches {
                if counts[channel as usize] == 0 {
                    met.push(channel);
                }
                counts[channel as usize] += 1;
            }
            facts.conversions += outcome.conversions;
            facts.nulls += outcome.nulls;
            one_touch += if touches.len() == 1 { outcome.conversions } else { 0 };
            one_channel += if met.len() == 1 { outcome.conversions } else { 0 };
            let weight = match outcome.conversions {
                0 => 0,
                _ if by_value => outcome.value,
                conversions => conversions,
            };
            facts.weight += weight;
            facts.places(touches, weight);
            for channel in met.iter().map(|&c| c as usize) {
                let sums = &mut facts.channels[channel];
                sums.conversions += outcome.conversions;
                sums.nulls += outcome.nulls;
                sums.reach += weight;
                sums.alone += if met.len() == 1 { weight } else { 0 };
                sums.touches = sums.touches.saturating_add(counts[channel].saturating_mul(weight));
                counts[channel] = 0;
            }
        }
        facts.single_touch = ratio(one_touch, facts.conversions);
        facts.single_channel = ratio(one_channel, facts.conversions);
        facts.add_up();
        Ok(facts)
    }

    fn empty(channels: usize) -> Self {
        Self {
            channels: vec![Sums::default(); channels],
            all: Sums::default(),
            weight: 0,
            conversions: 0,
            nulls: 0,
            without_touches: 0,
            single_touch: None,
            single_channel: None,
        }
    }

    /// Where the touches of a journey stand.
    fn places(&mut self, touches: &[u32], weight: i128) {
        if weight == 0 {
            return;
        }
        let last = touches.len() - 1;
        self.channels[touches[0] as usize].first += weight;
        self.channels[touches[last] as usize].last += weight;
        for (place, &channel) in touches.iter().enumerate() {
            let sums = &mut self.channels[channel as usize];
            sums.middle += if place > 0 && place < last { weight } else { 0 };
            sums.after = sums.after.saturating_add(weight.saturating_mul((last - place) as i128));
        }
    }

    fn add_up(&mut self) {
        for sums in &self.channels {
            let all = &mut self.all;
            all.touches = all.touches.saturating_add(sums.touches);
            all.middle += sums.middle;
            all.after = all.after.saturating_add(sums.after);
            all.reach += sums.reach;
            all.alone += sums.alone;
        }
    }

    /// The share of the journeys that it opens, beside the share that it closes.
    pub(super) fn first_and_last(&self, channel: usize) -> Option<Fact> {
        let sums = &self.channels[channel];
        Some(Fact { own: ratio(sums.first, self.weight)?, all: ratio(sums.last, self.weight)? })
    }

    /// The share of its touches that are neither first nor last.
    pub(super) fn middle(&self, channel: usize) -> Option<Fact> {
        let sums = &self.channels[channel];
        Some(Fact { own: ratio(sums.middle, sums.touches)?, all: ratio(self.all.middle, self.all.touches)? })
    }

    /// How many touches come after each of its own, on average.
    pub(super) fn after(&self, channel: usize) -> Option<Fact> {
        let sums = &self.channels[channel];
        Some(Fact { own: ratio(sums.after, sums.touches)?, all: ratio(self.all.after, self.all.touches)? })
    }

    /// How many touches it has in each journey with it, on average.
    pub(super) fn repeats(&self, channel: usize) -> Option<Fact> {
        let sums = &self.channels[channel];
        Some(Fact { own: ratio(sums.touches, sums.reach)?, all: ratio(self.all.touches, self.all.reach)? })
    }

    /// The share of the journeys that it is in, beside its share of the touches.
    pub(super) fn reach(&self, channel: usize) -> Option<Fact> {
        let sums = &self.channels[channel];
        Some(Fact { own: ratio(sums.reach, self.weight)?, all: ratio(sums.touches, self.all.touches)? })
    }

    /// The share of its journeys in which there is no other channel.
    pub(super) fn alone(&self, channel: usize) -> Option<Fact> {
        let sums = &self.channels[channel];
        Some(Fact { own: ratio(sums.alone, sums.reach)?, all: ratio(self.all.alone, self.weight)? })
    }

    /// The share of its journeys, lost ones too, that converted.
    pub(super) fn rate(&self, channel: usize) -> Option<Fact> {
        let sums = &self.channels[channel];
        let own = ratio(sums.conversions, sums.conversions + sums.nulls)?;
        Some(Fact { own, all: ratio(self.conversions, self.conversions + self.nulls)? })
    }

    /// How many conversions it is in.
    pub(super) fn conversions_with(&self, channel: usize) -> f64 {
        fixed_to_f64(self.channels[channel].conversions, 12)
    }
}

fn ratio(part: i128, whole: i128) -> Option<f64> {
    (whole != 0).then(|| part as f64 / whole as f64)
}
