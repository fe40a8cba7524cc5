//! The models, one file each.

mod custom_weights;
mod first_partner_touch;
mod first_touch;
mod last_partner_touch;
mod last_touch;
mod leave_one_out;
mod linear;
mod markov;
mod position_based;
mod role_weighted;
mod shao_li;
mod shapley;
mod time_decay;
mod touch_weighted;

pub use custom_weights::{CustomWeights, End};
pub use first_partner_touch::FirstPartnerTouch;
pub use first_touch::FirstTouch;
pub use last_partner_touch::LastPartnerTouch;
pub use last_touch::LastTouch;
pub use leave_one_out::{LeaveOneOut, LeaveOneOutGame};
pub use linear::Linear;
pub use markov::{Markov, MarkovCredit, MarkovRemoval};
pub use position_based::{PositionBased, Preset};
pub use role_weighted::RoleWeighted;
pub use shao_li::ShaoLi;
pub use shapley::{Coalition, MissingCoalitions, Shapley, ShapleyGame};
pub use time_decay::TimeDecay;
pub use touch_weighted::TouchWeighted;
