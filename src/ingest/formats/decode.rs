//! A log file → its text as UTF-8 bytes: unpacked and re-encoded while it is read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::Encoding;
use encoding_rs_io::DecodeReaderBytesBuilder;

use crate::error::{Error, Result};
use crate::ingest::files::unreadable;

/// Bytes looked at to tell what a file is.
const HEAD: usize = 8 * 1024;

/// Opens a log for reading from its start. `gzip` and `zstd` are recognised by their first bytes, a byte-order mark overrides
/// `encoding`. Bytes taken from the disk are added to `bytes_read`.
///
/// # Errors
/// Where the file cannot be opened, or is no text.
pub(super) fn open(
    path: &Path,
    shown: &str,
    encoding: &'static Encoding,
    bytes_read: &Arc<AtomicU64>,
) -> Result<Box<dyn Read + Send>> {
    let failed = |error: io::Error| unreadable(shown, &error);
    let (head, unpacked) = peek(unpack(path, shown, bytes_read)?).map_err(failed)?;
    let (head, text): (Vec<u8>, Box<dyn Read + Send>) = {
        let marked = Encoding::for_bom(&head).map(|(marked, _)| marked);
        let encoding = marked.unwrap_or(encoding);
        if encoding == encoding_rs::UTF_8 {
            let text = DecodeReaderBytesBuilder::new().utf8_passthru(true).strip_bom(true).build(unpacked);
            peek(Box::new(text) as Box<dyn Read + Send>).map_err(failed)?
        } else {
            let text = DecodeReaderBytesBuilder::new().encoding(Some(encoding)).strip_bom(true).build(unpacked);
            peek(Box::new(text) as Box<dyn Read + Send>).map_err(failed)?
        }
    };
    refuse_binary(shown, &head)?;
    Ok(text)
}

fn unpack(path: &Path, shown: &str, bytes_read: &Arc<AtomicU64>) -> Result<Box<dyn Read + Send>> {
    let file = File::open(path).map_err(|error| unreadable(shown, &error))?;
    let (head, file) = peek(Box::new(CountingFile { file, bytes_read: Arc::clone(bytes_read) }))
        .map_err(|error| unreadable(shown, &error))?;
    match head.as_slice() {
        [0x1f, 0x8b, ..] => {
            Ok(Box::new(flate2::read::MultiGzDecoder::new(io::BufReader::with_capacity(1 << 17, file))))
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            let unpacked = zstd::stream::read::Decoder::new(file).map_err(|error| unreadable(shown, &error))?;
            Ok(Box::new(unpacked))
        }
        [b'P', b'K', 3, 4, ..] => Err(Error::user(format!("`{shown}` is a zip archive or a spreadsheet"))
            .fact("expected", "text, plain or packed with gzip or zstd")
            .hint("unpack it, or export it as CSV")),
        _ => Ok(file),
    }
}

fn refuse_binary(shown: &str, head: &[u8]) -> Result<()> {
    if head.starts_with(b"PAR1") {
        return Err(Error::user(format!("`{shown}` is a Parquet file")).hint("set `format = \"parquet\"`"));
    }
    let zeros = head.iter().filter(|&&byte| byte == 0).count();
    if zeros == 0 {
        return Ok(());
    }
    let error = Error::user(format!("`{shown}` is not text")).fact("found", format!("{zeros} NUL bytes at its start"));
    // Text in UTF-16 has a zero in every other byte.
    let looks_like_utf16 = zeros * 3 > head.len();
    Err(if looks_like_utf16 { error.hint("if it is UTF-16, set `encoding = \"utf-16le\"`") } else { error })
}

/// A file whose bytes are counted as they are read.
struct CountingFile {
    file: File,
    bytes_read: Arc<AtomicU64>,
}

impl Read for CountingFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.bytes_read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// The first bytes of a reader, and the reader from its start.
fn peek(mut reader: Box<dyn Read + Send>) -> io::Result<(Vec<u8>, Box<dyn Read + Send>)> {
    let mut head = Vec::with_capacity(HEAD);
    reader.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    let again: Box<dyn Read + Send> = Box::new(io::Cursor::new(head.clone()).chain(reader));
    Ok((head, again))
}
