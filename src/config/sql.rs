//! SQL as it is written in `dropoff.toml`.

/// A SQL expression and the line it stands on.
#[derive(Clone, Debug)]
pub struct Sql {
    pub text: String,
    pub line: usize,
}
