//! Checksums of the bytes of a data file, made while it is written.
//!
//! ```text
//!  Parquet ──► ChecksummedWriter: a checksum of every 64 KiB ──► file        checksums ──► the commit that adds the file
//! ```
//!
//! Parquet could check its pages, but this writer writes no checksums of pages, and they would leave out the footer. A checksum has
//! 32 bits: one damage in four billion passes.

use std::fs::File;
use std::io::{self, Write};

/// Bytes that one checksum is of.
pub(super) const BLOCK: usize = 64 << 10;

/// Checksums of the blocks of a file, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Checksums(Vec<u32>);

impl Checksums {
    /// Whether the block of this number has these bytes.
    pub fn agree(&self, number: usize, bytes: &[u8]) -> bool {
        self.0.get(number) == Some(&checksum(bytes))
    }

    /// As the commit has them: eight hexadecimal digits each.
    pub fn text(&self) -> String {
        self.0.iter().map(|sum| format!("{sum:08x}")).collect()
    }

    /// Reads them back.
    pub fn parse(text: &str) -> Option<Checksums> {
        let sums = text.as_bytes().chunks(8).map(|digits| {
            let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.len() == 8)?;
            u32::from_str_radix(digits, 16).ok()
        });
        sums.collect::<Option<Vec<u32>>>().map(Checksums)
    }
}

fn checksum(block: &[u8]) -> u32 {
    (twox_hash::XxHash3_64::oneshot(block) >> 32) as u32
}

/// A file that is written, and its checksums.
pub(super) struct ChecksummedWriter {
    pub file: File,
    block: Vec<u8>,
    sums: Vec<u32>,
}

impl ChecksummedWriter {
    pub fn new(file: File) -> Self {
        ChecksummedWriter { file, block: Vec::with_capacity(BLOCK), sums: Vec::new() }
    }

    /// The checksums, once all is written.
    pub fn finish(mut self) -> (File, Checksums) {
        if !self.block.is_empty() {
            self.sums.push(checksum(&self.block));
        }
        (self.file, Checksums(self.sums))
    }
}

impl Write for ChecksummedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        let mut rest = &bytes[..written];
        while !rest.is_empty() {
            let taken = rest.len().min(BLOCK - self.block.len());
            self.block.extend_from_slice(&rest[..taken]);
            rest = &rest[taken..];
            if self.block.len() == BLOCK {
                self.sums.push(checksum(&self.block));
                self.block.clear();
            }
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
