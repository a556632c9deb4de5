//! What some columns take of the contacts, besides what every pass reads.

/// Columns of `contacts` that are read where a column is made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Input {
    Motive,
    Agent,
    Outcome,
    PromisedBy,
    Origin,
}

impl Input {
    /// The columns of `contacts` that it is.
    pub fn contact_columns(self) -> &'static [&'static str] {
        match self {
            Input::Motive => &["motive"],
            Input::Agent => &["agent"],
            Input::Outcome => &["outcome"],
            Input::PromisedBy => &["promised_by"],
            Input::Origin => &["source", "file", "row"],
        }
    }
}
