//! What the kernel reads: the contacts of whole clients, in order, as one slice per column.

/// Who began a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// By the client, or not said: a *client contact*.
    Client,
    /// By the company: reminder, call-back, letter.
    Outbound,
    /// Automatic.
    System,
}

impl Direction {
    /// The direction that this word of a contact stands for.
    pub fn of(word: Option<&str>) -> Self {
        match word {
            None | Some("inbound") => Direction::Client,
            Some("outbound") => Direction::Outbound,
            Some(_) => Direction::System,
        }
    }

    /// Whether this is a company contact: it starts no journey and closes no gap.
    #[inline]
    pub fn is_company(self) -> bool {
        self != Direction::Client
    }
}

/// Whether a contact by the client on this channel is a message that waits for an answer.
pub fn is_for_messages(channel: Option<&str>) -> bool {
    channel.is_some_and(|channel| ["email", "letter", "chat", "sms"].contains(&channel))
}

/// What a contact at a point does to its journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    None,
    Goal,
    Refusal,
    Withdrawal,
}

/// Contacts of whole clients, sorted by client and in the order of the rules within a client.
///
/// All slices have one entry per contact, except `clients` (one per client, plus the end), and the tables by code.
/// Optional columns are absent where the log has none of them. What only some columns
/// of `steps` take (agents, outcomes, promises) is handed to the functions that make them.
#[derive(Clone, Copy, Debug)]
pub struct Contacts<'a> {
    /// First row of each client, then the number of rows.
    pub clients: &'a [u32],
    /// Microseconds.
    pub started_at: &'a [i64],
    /// Microseconds; the start where there is no duration.
    pub ended_at: &'a [i64],
    /// Number of the (channel, step) pair.
    pub point: &'a [u32],
    pub channel: &'a [u32],
    pub step: &'a [u32],
    pub direction: Option<&'a [Direction]>,
    pub motive: Option<&'a [u32]>,
    pub case: Option<&'a [u32]>,
    /// Effect of each point.
    pub effect_of_point: &'a [Effect],
    /// Places of the funnel, from 1, that each point is a step of.
    pub places_of_point: &'a [Vec<i32>],
    /// Whether the contacts of a case name several clients, by case code; empty where no case does.
    pub is_split_case: &'a [bool],
    /// Gap in microseconds of each motive; the first entry is that of no motive.
    pub gap_of_motive: &'a [i64],
    /// Whether a contact on this channel is a message that waits for an answer, by channel code.
    pub is_message_channel: &'a [bool],
}

impl Contacts<'_> {
    #[inline]
    pub(super) fn rows(&self) -> usize {
        self.started_at.len()
    }

    #[inline]
    pub fn is_company(&self, row: usize) -> bool {
        self.direction.is_some_and(|direction| direction[row].is_company())
    }

    #[inline]
    pub(super) fn is_outbound(&self, row: usize) -> bool {
        self.direction.is_some_and(|direction| direction[row] == Direction::Outbound)
    }

    #[inline]
    pub(super) fn motive(&self, row: usize) -> u32 {
        self.motive.map_or(0, |motive| motive[row])
    }

    #[inline]
    pub(super) fn case(&self, row: usize) -> u32 {
        self.case.map_or(0, |case| case[row])
    }

    #[inline]
    pub(super) fn effect(&self, row: usize) -> Effect {
        self.effect_of_point[self.point[row] as usize]
    }
}
