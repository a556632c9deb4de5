//! What every log format offers: a reader that looks at logs, and logs that give their rows chunk by chunk.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::error::Result;
use crate::ingest::content::Ending;
use crate::ingest::files::LogFile;
use crate::ingest::plan::{Plan, Planner};
use crate::ingest::raw::RawChunk;
use crate::store::WholeRows;

/// Reads the logs of one format, by its settings.
pub(in crate::ingest) trait LogReader {
    /// What a file is known again by: the text of a text log, unpacked and decoded, else the bytes of the file.
    ///
    /// # Errors
    /// Where it cannot be opened.
    fn content(&self, file: &LogFile) -> Result<Box<dyn Read + Send>>;

    /// Looks at the start of a log, and compiles the source's columns over what it finds.
    ///
    /// # Errors
    /// With everything that does not fit.
    fn look(&self, file: &LogFile, planner: &Planner<'_>) -> Result<Box<dyn Log>>;
}

/// A log that was looked at: how its rows are cast is known before one is read.
pub(in crate::ingest) trait Log: Send + Sync {
    /// The compiled columns; `None` where there was nothing in the file.
    fn plan(&self) -> Option<&Plan>;

    /// Reads the file; `give` takes each chunk, and says whether to go on. Returns how the file ends, if it was read to its end.
    ///
    /// `after`: what was read of a text before, to be passed over. `keep_rejects`: how many broken rows of a kind are kept as they are.
    /// Bytes taken from the disk are added to `bytes_read`.
    ///
    /// # Errors
    /// Where the file cannot be read, or is another one than was looked at.
    fn read<'log>(
        &'log self,
        file: &LogFile,
        after: Option<&WholeRows>,
        keep_rejects: usize,
        bytes_read: &Arc<AtomicU64>,
        give: &mut dyn FnMut(UnparsedChunk<'log>) -> bool,
    ) -> Result<Option<Ending>>;
}

/// Some consecutive rows on their way to the worker that takes them apart and casts them.
pub(in crate::ingest) struct UnparsedChunk<'log> {
    /// How its rows are cast.
    pub plan: &'log Plan,
    parse: Box<dyn FnOnce() -> Result<RawChunk> + Send + 'log>,
}

impl<'log> UnparsedChunk<'log> {
    pub fn new(plan: &'log Plan, parse: impl FnOnce() -> Result<RawChunk> + Send + 'log) -> Self {
        UnparsedChunk { plan, parse: Box::new(parse) }
    }

    /// Takes the rows apart.
    ///
    /// # Errors
    /// Where that fails for the chunk as a whole.
    pub fn parse(self) -> Result<RawChunk> {
        (self.parse)()
    }
}
