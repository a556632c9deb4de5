//! How the logs are laid out, one for each channel of clients and one of company contacts: columns and format of each.

use super::options::LogFormats;
use super::row::Column;
use super::scenario::{LETTERS, Scenario};

/// Format of one log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WrittenFormat {
    Text(LineFormat),
    Parquet,
}

/// How a row is written as a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineFormat {
    Csv,
    Ndjson,
}

impl WrittenFormat {
    /// The format of the log at this place.
    fn of(formats: LogFormats, place: usize) -> WrittenFormat {
        match (formats, place) {
            (LogFormats::Csv, _) | (LogFormats::Mixed, 0) => WrittenFormat::Text(LineFormat::Csv),
            (LogFormats::Ndjson, _) | (LogFormats::Mixed, 1) => WrittenFormat::Text(LineFormat::Ndjson),
            (LogFormats::Parquet | LogFormats::Mixed, _) => WrittenFormat::Parquet,
        }
    }
}

/// How one log is laid out.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// Name of the source.
    pub source: String,
    pub format: WrittenFormat,
    pub columns: Vec<Column>,
    /// Names of the columns.
    pub names: Vec<String>,
}

impl Layout {
    /// The logs of a scenario: channels in their order, then company contacts.
    pub fn all(scenario: &Scenario, formats: LogFormats) -> Vec<Layout> {
        let channels = scenario.channels.iter().enumerate();
        let mut sources: Vec<(String, Vec<Column>)> =
            channels.map(|(number, channel)| (channel.name.clone(), Column::of_channel(scenario, number))).collect();
        if !scenario.letters.is_empty() {
            sources.push((LETTERS.to_owned(), Column::of_letters()));
        }
        let laid_out = sources.into_iter().enumerate().map(|(place, (source, columns))| Layout {
            format: WrittenFormat::of(formats, place),
            names: columns.iter().map(|column| column.name(scenario).to_owned()).collect(),
            source,
            columns,
        });
        laid_out.collect()
    }

    /// The ending of its files.
    pub fn ending(&self) -> &'static str {
        match self.format {
            WrittenFormat::Text(LineFormat::Csv) => "csv",
            WrittenFormat::Text(LineFormat::Ndjson) => "ndjson",
            WrittenFormat::Parquet => "parquet",
        }
    }
}
