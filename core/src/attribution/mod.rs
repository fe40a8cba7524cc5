//! Attribution: journeys become credit.
//!
//! A journey is the ordered touches of one opportunity (or customer); it ends in conversions, a value and nulls. A model
//! says how much of a converted journey each touch has earned; a split gives back the amount to the minor unit. One
//! model is one file in `models/`.

mod apply;
mod bootstrap;
mod calibrate;
mod chain;
pub(crate) mod compare;
mod counted;
mod credit;
mod cube;
mod distinct;
mod each;
mod estimate;
mod games;
mod group;
mod influence;
mod intervals;
mod involvement;
mod journeys;
mod ledger;
mod lookup;
mod model;
mod models;
mod options;
mod order;
mod path_sums;
mod paths;
mod pipeline;
mod request;
mod ropi;
mod sample;
mod share;
mod simulate;
mod single;
mod state;
mod state_model;
mod state_unit;
mod stream;
mod sums;
mod tails;
mod touchpoints;
mod weigher;
mod weights;
mod windows;

pub use calibrate::{CalibrateOptions, CalibrateScale, Calibration, ModelBias};
pub use compare::{CompareOptions, Comparison};
pub use credit::Credit;
pub use cube::CubeOptions;
pub use influence::{CompareBy, InferredInfluenceOptions};
pub use intervals::{IntervalMethod, Intervals, IntervalsOptions};
pub use involvement::{AccountRegistrations, InvolvementOptions, SourcedRule};
pub use journeys::Journeys;
pub(crate) use model::labels;
pub use model::{MODEL_NAMES, Model};
pub use models::{
    Coalition, CustomWeights, End, FirstPartnerTouch, FirstTouch, LastPartnerTouch, LastTouch, LeaveOneOut,
    LeaveOneOutGame, Linear, Markov, MarkovCredit, MarkovRemoval, MissingCoalitions, PositionBased, Preset,
    RoleWeighted, ShaoLi, Shapley, ShapleyGame, TimeDecay, TouchWeighted,
};
pub use options::{
    AccountTouches, Channel, Days, JourneysOptions, Outcome, PathsOptions, Repeats, Roles, Touches, TouchpointsOptions,
    VendorTouches,
};
pub use order::{OrderOptions, OrderSelection};
pub use pipeline::PipelineOptions;
pub use request::{TOUCH_MEMBERS, VALUE_MEMBERS, journey_time};
pub use ropi::{Margin, RopiOptions, SharedKey, SharedRule};
pub use simulate::{Interaction, Position, SimulateOptions, SimulatedChannel, Simulation, simulate};
pub use single::{JourneyTouch, JourneyValue, TouchCredit, attribute_journey};
pub use stream::{AttributionState, StateOptions};
pub use sums::CreditAccumulator;
pub use touchpoints::TouchpointsReader;
pub use weights::journey_weight;

/// The channel of the vendor's own touches.
pub const VENDOR: &str = "(vendor)";
/// The channel of won journeys without any touch.
pub const UNATTRIBUTED: &str = "(unattributed)";
/// The channel of touches whose partner lacks the attribute that names channels.
pub const UNSPECIFIED: &str = "(unspecified)";
/// Names that no channel of the data may have.
pub const RESERVED: &[&str] = &["(start)", "(conversion)", "(null)", VENDOR, UNATTRIBUTED, UNSPECIFIED];
