//! The numbers behind causes and rates: pure functions of counts, and the same as functions of SQL.
//!
//! ```text
//!  counts of journeys ──► stratum ──► risk_ratio ──► attributable     how much, and how many journeys
//!                                └──► homogeneity                    the same everywhere?
//!  proportions ──► rates
//! ```
//!
//! In: counts of journeys. Out: estimates with 95% intervals and p values; `None` where one cannot be computed,
//! never a number that is not one. An interval says what is *associated*; nothing here knows about causes.

pub mod attributable;
pub mod distributions;
pub mod homogeneity;
pub mod rates;
pub mod risk_ratio;
pub mod sql;
pub mod stratum;

pub use attributable::Attributable;
pub use distributions::Interval;
pub use homogeneity::Homogeneity;
pub use risk_ratio::RiskRatio;
pub use stratum::Stratum;
