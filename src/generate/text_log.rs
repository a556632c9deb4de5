//! A log file of text: CSV or NDJSON. Names and values are plain, so nothing needs quotes of its own.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::layout::{Layout, LineFormat};
use super::row::{Cell, Row};
use super::text::{Moments, put_client, put_number};

const BUFFER_BYTES: usize = 1 << 20;

/// A file being written.
pub(super) struct TextLog {
    file: BufWriter<File>,
    format: LineFormat,
    moments: Moments,
    line: Vec<u8>,
}

impl TextLog {
    /// Makes the file, and its header where it has one.
    pub fn create(path: &Path, format: LineFormat, layout: &Layout) -> io::Result<TextLog> {
        let mut file = BufWriter::with_capacity(BUFFER_BYTES, File::create(path)?);
        if format == LineFormat::Csv {
            writeln!(file, "{}", layout.names.join(","))?;
        }
        Ok(TextLog { file, format, moments: Moments::new(), line: Vec::new() })
    }

    pub fn write(&mut self, row: &Row<'_>, layout: &Layout) -> io::Result<()> {
        self.line.clear();
        match self.format {
            LineFormat::Csv => self.csv(row, layout),
            LineFormat::Ndjson => self.ndjson(row, layout),
        }
        self.line.push(b'\n');
        self.file.write_all(&self.line)
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.file.flush()
    }

    fn csv(&mut self, row: &Row<'_>, layout: &Layout) {
        let line = &mut self.line;
        for (place, column) in layout.columns.iter().enumerate() {
            if place > 0 {
                line.push(b',');
            }
            match row.cell(*column) {
                Cell::Empty => {}
                Cell::Client(client) => put_client(line, client),
                Cell::Time(at) => self.moments.put(line, at),
                Cell::Text(text) => line.extend_from_slice(text.as_bytes()),
                Cell::Int(value) => put_number(line, i64::from(value)),
            }
        }
    }

    fn ndjson(&mut self, row: &Row<'_>, layout: &Layout) {
        let line = &mut self.line;
        for (place, (column, name)) in layout.columns.iter().zip(&layout.names).enumerate() {
            line.extend_from_slice(if place == 0 { b"{\"" } else { b",\"" });
            line.extend_from_slice(name.as_bytes());
            line.extend_from_slice(b"\":");
            match row.cell(*column) {
                Cell::Empty => line.extend_from_slice(b"null"),
                Cell::Client(client) => quoted(line, |line| put_client(line, client)),
                Cell::Time(at) => quoted(line, |line| self.moments.put(line, at)),
                Cell::Text(text) => quoted(line, |line| line.extend_from_slice(text.as_bytes())),
                Cell::Int(value) => put_number(line, i64::from(value)),
            }
        }
        line.push(b'}');
    }
}

fn quoted(line: &mut Vec<u8>, put: impl FnOnce(&mut Vec<u8>)) {
    line.push(b'"');
    put(line);
    line.push(b'"');
}
