//! A calendar of entries to come, in slots of time: entered in any order, taken slot by slot.
//!
//! A slot is put in order only when its time has come, so that the cost of an entry does not grow with how much is
//! pending.

use std::collections::VecDeque;

/// Entries by the number of their slot.
pub(super) struct Calendar<T> {
    slots: VecDeque<Vec<T>>,
    /// Number of the first slot that has not been taken.
    first: usize,
}

impl<T> Calendar<T> {
    pub fn new() -> Self {
        Calendar { slots: VecDeque::new(), first: 0 }
    }

    /// Enters something in a slot that has not been taken.
    pub fn push(&mut self, slot: usize, entry: T) {
        let place = slot.saturating_sub(self.first);
        if place >= self.slots.len() {
            self.slots.resize_with(place + 1, Vec::new);
        }
        self.slots[place].push(entry);
    }

    /// The entries of the next slot, in the order in which they were pushed.
    pub fn take(&mut self) -> Vec<T> {
        self.first += 1;
        self.slots.pop_front().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_slot_by_slot() {
        let mut calendar = Calendar::new();
        [(2, 'c'), (0, 'a'), (0, 'b')].into_iter().for_each(|(slot, entry)| calendar.push(slot, entry));
        assert_eq!(calendar.take(), ['a', 'b']);
        calendar.push(1, 'd');
        assert_eq!([calendar.take(), calendar.take(), calendar.take()], [vec!['d'], vec!['c'], vec![]]);
    }
}
