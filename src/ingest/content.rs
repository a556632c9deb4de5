//! What a file is known again by, whatever it is called and however it is packed: its text, hashed.
//!
//! A log grows at its end, so two hashes are kept: of all of the text, and of its whole rows, which is what the text begins with once
//! it has grown. Texts that do not share their first bytes are not read further to tell them apart.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use twox_hash::XxHash3_128;

use super::decode::{self, unreadable};
use super::files::LogFile;
use crate::config::LogFormat;
use crate::error::Result;
use crate::store::{Content, Whole};

/// First bytes that tell texts apart.
const HEAD: u64 = 64 << 10;
/// Bytes read at a time.
const BLOCK: usize = 64 << 10;

/// A text, hashed as it flows by: XXH3, 128 bits.
#[derive(Default)]
pub(super) struct Hashed {
    hasher: XxHash3_128,
    bytes: u64,
    head: Option<String>,
}

impl Hashed {
    pub fn add(&mut self, text: &[u8]) {
        let to_head = HEAD.saturating_sub(self.bytes);
        if to_head > 0 && text.len() as u64 >= to_head {
            let (head, rest) = text.split_at(to_head as usize);
            self.hasher.write(head);
            self.head = Some(self.digest());
            self.hasher.write(rest);
        } else {
            self.hasher.write(text);
        }
        self.bytes += text.len() as u64;
    }

    pub fn digest(&self) -> String {
        format!("{:032x}", self.hasher.clone().finish_128())
    }

    /// What the file is known by, if this much of it are whole rows. `rows`: their number.
    pub fn whole(&self, rows: i64) -> Whole {
        Whole {
            bytes: self.bytes as i64,
            digest: self.digest(),
            rows,
            head: self.head.clone().unwrap_or_else(|| self.digest()),
        }
    }
}

/// The start of a file of tonight, or all of it, beside what is known.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// Hash of the first bytes.
    pub head: String,
    /// Hash of all of it; absent where nothing that is known begins like it.
    pub digest: Option<String>,
    /// Hashes at the lengths of what is known.
    at: BTreeMap<i64, String>,
}

impl Looked {
    /// Whether the text begins with these rows.
    pub fn begins_with(&self, whole: &Whole) -> bool {
        self.at.get(&whole.bytes).is_some_and(|digest| *digest == whole.digest)
    }

    pub fn is(&self, content: &Content) -> bool {
        self.digest.as_ref().is_some_and(|digest| *digest == content.digest)
    }
}

/// Looks at the start of a file, and at all of it if it begins like something that is known.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn look(file: &LogFile, format: &LogFormat, known: &[&Whole]) -> Result<Looked> {
    read(file, format, known, |looked| known.iter().any(|whole| is_alike(looked, whole)))
}

/// Looks at all of a file.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn look_at_all(file: &LogFile, format: &LogFormat) -> Result<Looked> {
    read(file, format, &[], |_| true)
}

fn is_alike(looked: &Looked, whole: &Whole) -> bool {
    if whole.bytes < HEAD as i64 { looked.begins_with(whole) } else { looked.head == whole.head }
}

fn read(file: &LogFile, format: &LogFormat, known: &[&Whole], goes_on: impl Fn(&Looked) -> bool) -> Result<Looked> {
    let mut text = open(file, format)?;
    let lengths: BTreeSet<i64> = known.iter().map(|whole| whole.bytes).chain([HEAD as i64]).collect();
    let (mut hashed, mut looked) = (Hashed::default(), Looked::default());
    let mut block = vec![0; BLOCK];
    for length in lengths {
        let to_read = (length as u64).saturating_sub(hashed.bytes);
        if !read_exactly(&mut text, to_read, &mut block, &mut hashed, file)? {
            break;
        }
        looked.at.insert(length, hashed.digest());
        if length == HEAD as i64 {
            looked.head = hashed.digest();
            if !goes_on(&looked) {
                return Ok(looked);
            }
        }
    }
    read_exactly(&mut text, u64::MAX, &mut block, &mut hashed, file)?;
    if hashed.bytes < HEAD {
        looked.head = hashed.digest();
    }
    looked.digest = Some(hashed.digest());
    Ok(looked)
}

/// Whether there was as much.
fn read_exactly(
    text: &mut dyn Read,
    mut bytes: u64,
    block: &mut [u8],
    hashed: &mut Hashed,
    file: &LogFile,
) -> Result<bool> {
    while bytes > 0 {
        let wanted = bytes.min(block.len() as u64) as usize;
        match text.read(&mut block[..wanted]).map_err(|error| unreadable(&file.shown, &error))? {
            0 => return Ok(false),
            count => {
                hashed.add(&block[..count]);
                bytes -= count as u64;
            }
        }
    }
    Ok(true)
}

/// The text of a log; of a Parquet file, its bytes.
fn open(file: &LogFile, format: &LogFormat) -> Result<Box<dyn Read + Send>> {
    match format {
        LogFormat::Csv { encoding, .. } | LogFormat::Ndjson { encoding } => {
            decode::open(&file.path, &file.shown, encoding, &Arc::new(AtomicU64::new(0)))
        }
        LogFormat::Parquet => Ok(Box::new(File::open(&file.path).map_err(|error| unreadable(&file.shown, &error))?)),
    }
}
