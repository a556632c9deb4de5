//! What a file is known again by, whatever it is called and however it is packed: its text, hashed.
//!
//! A log grows at its end, so two hashes are kept: of all of the text, and of its whole rows, which is what the text begins with once
//! it has grown. Texts that do not share their first bytes are not read further to tell them apart.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use twox_hash::XxHash3_128;

use super::files::unreadable;
use crate::error::Result;
use crate::store::{FileContent, WholeRows};

/// First bytes that tell texts apart.
const HEAD: u64 = 64 << 10;
/// Bytes read at a time.
const BLOCK: usize = 64 << 10;

/// Hashes a text as it is read: XXH3, 128 bits.
#[derive(Default)]
pub(super) struct ContentHasher {
    xxh3: XxHash3_128,
    bytes: u64,
    head: Option<String>,
}

impl ContentHasher {
    pub fn add(&mut self, text: &[u8]) {
        let to_head = HEAD.saturating_sub(self.bytes);
        if to_head > 0 && text.len() as u64 >= to_head {
            let (head, rest) = text.split_at(to_head as usize);
            self.xxh3.write(head);
            self.head = Some(self.digest());
            self.xxh3.write(rest);
        } else {
            self.xxh3.write(text);
        }
        self.bytes += text.len() as u64;
    }

    pub fn digest(&self) -> String {
        format!("{:032x}", self.xxh3.clone().finish_128())
    }

    /// What the file is known by, if this much of it are whole rows. `rows`: their number.
    pub fn whole(&self, rows: i64) -> WholeRows {
        WholeRows {
            bytes: self.bytes as i64,
            digest: self.digest(),
            rows,
            head: self.head.clone().unwrap_or_else(|| self.digest()),
        }
    }
}

/// How a text ends, once it has been read.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    /// Its whole rows, but not their number, which the ledger counts.
    pub whole: WholeRows,
    /// Hash of all of it.
    pub digest: String,
    pub last_row: LastRow,
}

/// The last row of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LastRow {
    WholeRows,
    /// Without a line end: it may be half written. It was handed out.
    Open,
    /// Broken off within quotes; not handed out.
    Torn,
}

/// Hashes of a file's start, or of all of it, to be compared with those of known files.
#[derive(Debug, Default)]
pub(super) struct SeenContent {
    /// Hash of the first bytes.
    pub head: String,
    /// Hash of all of it; absent where nothing that is known begins like it.
    pub digest: Option<String>,
    /// By number of bytes: the hash of the text up to there, for the lengths of known files.
    at: BTreeMap<i64, String>,
}

impl SeenContent {
    /// Whether the text begins with these rows.
    pub fn begins_with(&self, whole: &WholeRows) -> bool {
        self.at.get(&whole.bytes).is_some_and(|digest| *digest == whole.digest)
    }

    pub fn is(&self, content: &FileContent) -> bool {
        self.digest.as_ref().is_some_and(|digest| *digest == content.digest)
    }
}

/// Looks at the start of a content, and at all of it if it begins like something that is known. `shown`: the file's name in messages.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn look(content: impl Read, shown: &str, known: &[&WholeRows]) -> Result<SeenContent> {
    read(content, shown, known, |seen| known.iter().any(|whole| is_alike(seen, whole)))
}

/// Looks at all of a content.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn look_at_all(content: impl Read, shown: &str) -> Result<SeenContent> {
    read(content, shown, &[], |_| true)
}

fn is_alike(seen: &SeenContent, whole: &WholeRows) -> bool {
    if whole.bytes < HEAD as i64 { seen.begins_with(whole) } else { seen.head == whole.head }
}

fn read(
    mut content: impl Read,
    shown: &str,
    known: &[&WholeRows],
    goes_on: impl Fn(&SeenContent) -> bool,
) -> Result<SeenContent> {
    let lengths: BTreeSet<i64> = known.iter().map(|whole| whole.bytes).chain([HEAD as i64]).collect();
    let (mut hasher, mut seen) = (ContentHasher::default(), SeenContent::default());
    let mut block = vec![0; BLOCK];
    for length in lengths {
        let to_read = (length as u64).saturating_sub(hasher.bytes);
        if !read_exactly(&mut content, to_read, &mut block, &mut hasher, shown)? {
            break;
        }
        seen.at.insert(length, hasher.digest());
        if length == HEAD as i64 {
            seen.head = hasher.digest();
            if !goes_on(&seen) {
                return Ok(seen);
            }
        }
    }
    read_exactly(&mut content, u64::MAX, &mut block, &mut hasher, shown)?;
    if hasher.bytes < HEAD {
        seen.head = hasher.digest();
    }
    seen.digest = Some(hasher.digest());
    Ok(seen)
}

/// Hashes the next bytes of a content; false where it has fewer.
fn read_exactly(
    content: &mut dyn Read,
    mut bytes: u64,
    block: &mut [u8],
    hasher: &mut ContentHasher,
    shown: &str,
) -> Result<bool> {
    while bytes > 0 {
        let wanted = bytes.min(block.len() as u64) as usize;
        match content.read(&mut block[..wanted]).map_err(|error| unreadable(shown, &error))? {
            0 => return Ok(false),
            count => {
                hasher.add(&block[..count]);
                bytes -= count as u64;
            }
        }
    }
    Ok(true)
}
