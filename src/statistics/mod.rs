//! The numbers behind causes and rates: pure functions of counts. `engine` has them as functions of SQL.
//!
//! ```text
//!  counts of journeys ──► stratum ──► risk_ratio ──► attributable     how much, and how many journeys
//!                   │            ├──► homogeneity                    the same everywhere?
//!                   ├──► score   └──► evidence ──► multiple           is there enough, is it more than chance?
//!  proportions ──► rates ──► dispersion                       what share, and how far weeks differ anyway
//!  times ──► survival                                             what share in the end, as far as was followed
//! ```
//!
//! In: counts of journeys. Out: estimates with 95% intervals and p values; `None` where one cannot be computed,
//! never NaN. An interval says what is *associated*; nothing here knows about causes.

pub mod attributable;
pub mod dispersion;
pub mod distributions;
pub mod evidence;
pub mod homogeneity;
pub mod multiple;
pub mod rates;
pub mod risk_ratio;
pub mod score;
pub mod stratum;
pub mod survival;

pub use attributable::Attributable;
pub use distributions::Interval;
pub use evidence::Evidence;
pub use homogeneity::Homogeneity;
pub use risk_ratio::RiskRatio;
pub use stratum::Stratum;
