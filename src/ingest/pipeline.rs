//! Work on the items of an iterator by several threads, results in the order of the items, in bounded memory.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Condvar, Mutex};

use crate::error::{Error, Result};

/// Items that may wait for a worker, and results that may wait for their turn, per worker.
const WAITING: usize = 2;

/// Runs `produce` on a thread of its own, `work` on several, and `consume` here, in the order in which items were produced.
///
/// The first error, in that order, ends it all.
pub(super) fn in_order<Item, Done>(
    workers: usize,
    produce: impl FnOnce(&mut dyn FnMut(Item) -> bool) -> Result<()> + Send,
    work: impl Fn(Item) -> Result<Done> + Sync,
    mut consume: impl FnMut(Done) -> Result<()>,
) -> Result<()>
where
    Item: Send,
    Done: Send,
{
    let workers = workers.max(1);
    let (give_item, items) = sync_channel::<(usize, Item)>(WAITING * workers);
    let (give_done, done) = sync_channel::<(usize, Result<Done>)>(WAITING * workers);
    let items = Mutex::new(items);
    let window = Window::new(2 * WAITING * workers);
    std::thread::scope(|scope| {
        let window = &window;
        let produced = scope.spawn(move || {
            let mut number = 0;
            let result = produce(&mut |item| {
                number += 1;
                window.wait_for(number) && give_item.send((number - 1, item)).is_ok()
            });
            (number, result)
        });
        for _ in 0..workers {
            let give_done = give_done.clone();
            let (items, work) = (&items, &work);
            scope.spawn(move || serve(items, &give_done, work));
        }
        drop(give_done);
        let consumed = take_in_order(&done, &mut consume, window);
        window.open();
        // After an error the workers find nobody to give to, and stop; the producer then finds nobody to take.
        drop(done);
        if consumed.is_err() {
            drain(&items);
        }
        let (_, produced) = produced.join().map_err(|_| Error::bug("the reader of logs panicked"))?;
        consumed.and(produced)
    })
}

fn serve<Item, Done>(
    items: &Mutex<Receiver<(usize, Item)>>,
    give_done: &SyncSender<(usize, Result<Done>)>,
    work: &impl Fn(Item) -> Result<Done>,
) {
    loop {
        let next = items.lock().ok().and_then(|items| items.recv().ok());
        let Some((number, item)) = next else { return };
        if give_done.send((number, work(item))).is_err() {
            return;
        }
    }
}

fn take_in_order<Done>(
    done: &Receiver<(usize, Result<Done>)>,
    consume: &mut impl FnMut(Done) -> Result<()>,
    window: &Window,
) -> Result<()> {
    let mut early = BTreeMap::new();
    let mut next = 0;
    for (number, result) in done {
        early.insert(number, result);
        while let Some(result) = early.remove(&next) {
            consume(result?)?;
            next += 1;
            window.move_to(next);
        }
    }
    Ok(())
}

/// Keeps the producer from running further ahead of the consumer than memory allows, however long one item takes.
struct Window {
    size: usize,
    consumed: Mutex<usize>,
    moved: Condvar,
}

impl Window {
    fn new(size: usize) -> Self {
        Window { size, consumed: Mutex::new(0), moved: Condvar::new() }
    }

    /// Waits until the item of this number, from 1, may be given; false where waiting is over for good.
    fn wait_for(&self, number: usize) -> bool {
        let Ok(consumed) = self.consumed.lock() else { return false };
        self.moved.wait_while(consumed, |consumed| number > consumed.saturating_add(self.size)).is_ok()
    }

    fn move_to(&self, consumed: usize) {
        if let Ok(mut known) = self.consumed.lock() {
            *known = consumed;
        }
        self.moved.notify_all();
    }

    /// Ends all waiting.
    fn open(&self) {
        self.move_to(usize::MAX);
    }
}

fn drain<Item>(items: &Mutex<Receiver<(usize, Item)>>) {
    if let Ok(items) = items.lock() {
        items.iter().for_each(drop);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let mut seen = Vec::new();
        let produce = |give: &mut dyn FnMut(u64) -> bool| {
            (0..200).for_each(|item| assert!(give(item)));
            Ok(())
        };
        let work = |item: u64| {
            std::thread::sleep(std::time::Duration::from_micros(item * 7919 % 97));
            Ok(item * 2)
        };
        in_order(4, produce, work, |done| {
            seen.push(done);
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, (0..200).map(|item| item * 2).collect::<Vec<_>>());
    }

    #[test]
    fn the_first_error_ends_it() {
        let produce = |give: &mut dyn FnMut(u64) -> bool| {
            for item in 0..10_000 {
                if !give(item) {
                    break;
                }
            }
            Ok(())
        };
        let work = |item: u64| if item == 50 { Err(Error::user("fifty")) } else { Ok(item) };
        let error = in_order(2, produce, work, |_| Ok(())).unwrap_err();
        assert_eq!(error, Error::user("fifty"));
        let error = in_order(2, |_: &mut dyn FnMut(u64) -> bool| Err(Error::user("none")), Ok, |_| Ok(())).unwrap_err();
        assert_eq!(error, Error::user("none"));
    }
}
