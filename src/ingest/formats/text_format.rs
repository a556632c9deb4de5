//! Formats of text: what each of them says, and what is the same for all.
//!
//! In: a [`TextFormat`], by which every text log is read in the same way: unpacked and decoded, cut into chunks of whole rows, which
//! workers parse. Out: a [`LogReader`]. A text grows at its end: what was read of it before is passed over, and it may go on
//! growing while it is read. It fails where a file cannot be read, or is no longer what it was when it was looked at.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use encoding_rs::Encoding;

use super::decode;
use super::log_reader::{Log, LogReader, UnparsedChunk};
use super::row_cutter::{RowCutter, RowEnds, TextChunk};
use crate::error::{Error, Result};
use crate::ingest::content::{Ending, look};
use crate::ingest::files::{LogFile, changed_meanwhile, is_as_found, is_still_there};
use crate::ingest::plan::{Plan, Planner};
use crate::ingest::raw::RawChunk;
use crate::store::WholeRows;

/// A format of text, by its settings.
pub(super) trait TextFormat: Clone + Send + Sync + 'static {
    /// What has to be known of a log's columns to take its rows apart.
    type Columns: Send + Sync + 'static;

    /// How the text is encoded, where no byte-order mark says so.
    fn encoding(&self) -> &'static Encoding;

    /// Where the text may be cut.
    fn row_ends(&self) -> RowEnds;

    /// Finds the columns at the start of a text, and compiles the source's over them; `None` where there is nothing in it.
    ///
    /// # Errors
    /// With everything that does not fit.
    fn find_columns(
        &self,
        text: &mut RowCutter<Text>,
        file: &LogFile,
        planner: &Planner<'_>,
    ) -> Result<Option<(Plan, Self::Columns)>>;

    /// Passes over what stands before the first row. `columns`: as they were found, if there was anything in the text then.
    ///
    /// # Errors
    /// Where something else stands there now.
    fn pass_header(&self, text: &mut RowCutter<Text>, file: &LogFile, columns: Option<&Self::Columns>) -> Result<()>;

    /// Takes whole rows apart; notes the first `keep_rejects` of those that cannot be.
    ///
    /// # Errors
    /// Where the chunk cannot be read as a whole.
    fn parse(&self, chunk: &TextChunk, columns: &Self::Columns, keep_rejects: usize) -> Result<RawChunk>;
}

/// The text of a log, as it is read.
pub(super) type Text = Box<dyn Read + Send>;

impl<F: TextFormat> LogReader for F {
    fn content(&self, file: &LogFile) -> Result<Text> {
        decode::open(&file.path, &file.shown, self.encoding(), &Arc::default())
    }

    fn look(&self, file: &LogFile, planner: &Planner<'_>) -> Result<Box<dyn Log>> {
        let mut text = RowCutter::new(self.content(file)?, &file.shown, self.row_ends());
        let found = self.find_columns(&mut text, file, planner)?;
        Ok(Box::new(TextLog { format: self.clone(), found }))
    }
}

/// A text log that was looked at.
struct TextLog<F: TextFormat> {
    format: F,
    /// Absent where there was nothing in it.
    found: Option<(Plan, F::Columns)>,
}

impl<F: TextFormat> Log for TextLog<F> {
    fn plan(&self) -> Option<&Plan> {
        self.found.as_ref().map(|(plan, _)| plan)
    }

    fn read<'log>(
        &'log self,
        file: &LogFile,
        after: Option<&WholeRows>,
        keep_rejects: usize,
        bytes_read: &Arc<AtomicU64>,
        give: &mut dyn FnMut(UnparsedChunk<'log>) -> bool,
    ) -> Result<Option<Ending>> {
        let TextLog { format, found } = self;
        let text = decode::open(&file.path, &file.shown, format.encoding(), bytes_read)?;
        let mut text = RowCutter::new(text, &file.shown, format.row_ends());
        match after {
            Some(whole) => text.pass_over(whole)?,
            None => format.pass_header(&mut text, file, found.as_ref().map(|(_, columns)| columns))?,
        }
        while let Some(chunk) = text.next_chunk()? {
            let (plan, columns) = found.as_ref().ok_or_else(not_empty_any_more)?;
            if !give(UnparsedChunk::new(plan, move || format.parse(&chunk, columns, keep_rejects))) {
                return Ok(None);
            }
        }
        let ending = text.ending().cloned();
        if let Some(ending) = &ending {
            self.refuse_changes(file, &ending.whole)?;
        }
        Ok(ending)
    }
}

impl<F: TextFormat> TextLog<F> {
    /// The file may have grown while it was read: then it still begins with what was read.
    fn refuse_changes(&self, file: &LogFile, read: &WholeRows) -> Result<()> {
        if is_as_found(file) {
            return Ok(());
        }
        let still_begins = || {
            let seen = self.format.content(file).and_then(|text| look(text, &file.shown, &[read]));
            seen.is_ok_and(|seen| seen.begins_with(read))
        };
        let is_sound = is_still_there(file) && (read.bytes == 0 || still_begins());
        if is_sound { Ok(()) } else { Err(changed_meanwhile(&file.shown)) }
    }
}

fn not_empty_any_more() -> Error {
    Error::environment("a log that was empty has come to hold rows while it was read")
        .hint("nothing was stored; run this again")
}
