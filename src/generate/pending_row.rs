//! A row that is drawn and not yet written: small, so that many can wait.

use super::contact::{Contact, NO_VALUE};
use super::journey::{DrawnJourney, SentLetter};
use super::scenario::MOST_MEASURES;

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKind {
    /// A contact of a client.
    Client,
    /// The same contact, by somebody who is not known.
    Unknown,
    /// A contact by the company.
    Letter,
    /// The last row of a log.
    Closing,
}

/// A row to come.
#[derive(Clone, Copy, Debug)]
pub(super) struct PendingRow {
    /// Seconds since 1970.
    pub at: i64,
    /// Order among rows of the same second.
    pub serial: u64,
    pub client: u64,
    pub measures: [i32; MOST_MEASURES],
    pub duration_s: i32,
    /// Place of the point, or of the letter.
    pub place: u16,
    pub motive: u16,
    pub agent: u16,
    pub site: u16,
    pub kind: RowKind,
    pub is_twice: bool,
    pub has_unknown: bool,
}

impl PendingRow {
    /// A contact of a client's journey.
    pub fn contact(contact: &Contact, drawn: &DrawnJourney, client: u64, serial: u64) -> PendingRow {
        PendingRow {
            at: contact.at,
            serial,
            client,
            measures: contact.measures,
            duration_s: contact.duration_s,
            place: contact.point as u16,
            motive: drawn.motive as u16,
            agent: contact.agent,
            site: contact.site,
            kind: RowKind::Client,
            is_twice: contact.is_twice,
            has_unknown: contact.has_unknown,
        }
    }

    /// A company contact of a client's journey.
    pub fn letter(sent: &SentLetter, drawn: &DrawnJourney, client: u64, serial: u64) -> PendingRow {
        PendingRow {
            place: sent.letter as u16,
            motive: drawn.motive as u16,
            is_twice: sent.is_twice,
            kind: RowKind::Letter,
            ..PendingRow::empty(sent.at, client, serial)
        }
    }

    /// The last row of a log.
    pub fn closing(at: i64) -> PendingRow {
        PendingRow::empty(at, 0, 0)
    }

    fn empty(at: i64, client: u64, serial: u64) -> PendingRow {
        PendingRow {
            at,
            serial,
            client,
            measures: [NO_VALUE; MOST_MEASURES],
            duration_s: 0,
            place: 0,
            motive: 0,
            agent: 0,
            site: 0,
            kind: RowKind::Closing,
            is_twice: false,
            has_unknown: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_small() {
        assert!(size_of::<PendingRow>() <= 64);
    }
}
