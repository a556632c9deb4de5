//! Data files whose bytes are checked: a damaged one is an error, never another answer.
//!
//! ```text
//!  range ──► the blocks it lies in ──► their checksums agree ──► the bytes of the range
//! ```
//!
//! Reading whole blocks costs at most 128 KiB more a range, from the page cache.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{ChunkReader, Length};

use super::checksums::{BLOCK, Checksums};
use super::data_file::DataFile;

/// A data file that is read.
#[derive(Clone, Debug)]
pub(super) struct CheckedFile {
    path: Arc<PathBuf>,
    bytes: u64,
    /// Absent for files that were written before there were checksums.
    sums: Option<Arc<Checksums>>,
}

impl CheckedFile {
    pub fn new(folder: &Path, file: &DataFile) -> Self {
        CheckedFile { path: Arc::new(folder.join(&file.name)), bytes: file.bytes, sums: file.checksums.clone() }
    }

    fn read(&self, range: Range<u64>) -> io::Result<Bytes> {
        let block = BLOCK as u64;
        let end = self.bytes;
        if range.end > end || range.start > range.end {
            return Err(self.damaged(&format!("bytes {} to {} of {end} are asked for", range.start, range.end)));
        }
        let wide = match &self.sums {
            Some(_) => range.start / block * block..(range.end.div_ceil(block) * block).min(end),
            None => range.clone(),
        };
        let mut file = File::open(self.path.as_ref())?;
        if file.metadata()?.len() != end {
            return Err(self.damaged(&format!("{} bytes, where {end} were written", file.metadata()?.len())));
        }
        file.seek(SeekFrom::Start(wide.start))?;
        let mut bytes = vec![0; (wide.end - wide.start) as usize];
        file.read_exact(&mut bytes)?;
        if let Some(sums) = &self.sums {
            let first = (wide.start / block) as usize;
            for (number, bytes) in bytes.chunks(BLOCK).enumerate() {
                if !sums.agree(first + number, bytes) {
                    return Err(
                        self.damaged(&format!("other bytes than were written from {}", (first + number) * BLOCK))
                    );
                }
            }
        }
        let start = (range.start - wide.start) as usize;
        Ok(Bytes::from(bytes).slice(start..start + (range.end - range.start) as usize))
    }

    fn damaged(&self, what: &str) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, format!("`{}` is damaged: {what}", self.path.display()))
    }
}

impl Length for CheckedFile {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl ChunkReader for CheckedFile {
    type T = CheckedReader;

    fn get_read(&self, start: u64) -> ParquetResult<CheckedReader> {
        Ok(CheckedReader { file: self.clone(), at: start, block: Bytes::new() })
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        Ok(self.read(start..start + length as u64)?)
    }
}

/// Reads a file on from some place, block by block.
pub(super) struct CheckedReader {
    file: CheckedFile,
    at: u64,
    block: Bytes,
}

impl Read for CheckedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.block.is_empty() {
            let end = ((self.at / BLOCK as u64 + 1) * BLOCK as u64).min(self.file.bytes);
            self.block = self.file.read(self.at..end)?;
            self.at = end;
        }
        let count = buffer.len().min(self.block.len());
        self.block.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}

impl AsyncFileReader for CheckedFile {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        std::future::ready(self.read(range).map_err(ParquetError::from)).boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        let mut reader = ParquetMetaDataReader::new();
        if let Some(options) = options {
            reader = reader
                .with_metadata_options(Some(options.metadata_options().clone()))
                .with_column_index_policy(options.column_index_policy())
                .with_offset_index_policy(options.offset_index_policy());
        }
        std::future::ready(reader.parse_and_finish(self).map(Arc::new)).boxed()
    }
}

/// Makes readers for a scan.
pub(super) struct CheckedFiles {
    folder: PathBuf,
    files: HashMap<String, CheckedFile>,
}

impl CheckedFiles {
    pub fn new<'a>(folder: &Path, files: impl Iterator<Item = &'a DataFile>) -> Self {
        let files = files.map(|file| (file.name.clone(), CheckedFile::new(folder, file))).collect();
        CheckedFiles { folder: folder.to_owned(), files }
    }
}

impl fmt::Debug for CheckedFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckedFiles({})", self.folder.display())
    }
}

impl ParquetFileReaderFactory for CheckedFiles {
    fn create_reader(
        &self,
        _: usize,
        file: PartitionedFile,
        _: Option<usize>,
        _: &ExecutionPlanMetricsSet,
    ) -> datafusion::error::Result<Box<dyn AsyncFileReader + Send>> {
        let name = file.object_meta.location.filename().unwrap_or_default();
        let checked = self.files.get(name).cloned().ok_or_else(|| {
            datafusion::error::DataFusionError::Internal(format!("`{name}` is not a file of the table"))
        })?;
        Ok(Box::new(checked))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::checksums::ChecksummedWriter;
    use super::*;

    fn written(bytes: &[u8]) -> (tempfile::TempDir, DataFile) {
        let folder = tempfile::tempdir().unwrap();
        let mut file = ChecksummedWriter::new(File::create(folder.path().join("a")).unwrap());
        file.write_all(bytes).unwrap();
        let (_, sums) = file.finish();
        assert_eq!(Checksums::parse(&sums.text()).unwrap(), sums);
        let checksums = Some(Arc::new(sums));
        (folder, DataFile { name: "a".to_owned(), bytes: bytes.len() as u64, rows: 0, span_us: None, checksums })
    }

    #[test]
    fn every_range_is_read_as_it_was_written() {
        let bytes: Vec<u8> = (0..200_000_u32).map(|number| (number % 251) as u8).collect();
        let (folder, file) = written(&bytes);
        let checked = CheckedFile::new(folder.path(), &file);
        for range in [0..1, 0..200_000, 65_535..65_537, 199_999..200_000, 7..7] {
            let expected = &bytes[range.start as usize..range.end as usize];
            assert_eq!(checked.read(range).unwrap(), expected);
        }
    }

    #[test]
    fn a_flipped_bit_a_cut_and_a_longer_file_are_errors() {
        let bytes = vec![7; 100_000];
        let (folder, file) = written(&bytes);
        let (path, checked) = (folder.path().join("a"), CheckedFile::new(folder.path(), &file));
        let mut flipped = bytes.clone();
        flipped[70_000] ^= 1;
        std::fs::write(&path, &flipped).unwrap();
        assert!(checked.read(0..10).is_ok(), "another block");
        assert!(checked.read(69_000..69_001).unwrap_err().to_string().contains("other bytes than were written"));
        for other in [&bytes[..99_999], &[bytes.as_slice(), &[0]].concat()] {
            std::fs::write(&path, other).unwrap();
            assert!(checked.read(0..10).unwrap_err().to_string().contains("is damaged"));
        }
    }
}
