//! What a checked `dropoff.toml` says, in types that cannot hold a contradiction.
//!
//! Every value that can be wrong later (a column that a log lacks, a condition that does not type-check) keeps the line
//! of the file it was written on, so that the later error can name it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono_tz::Tz;

use super::format::LogFormat;
use super::sql::Sql;
use crate::journey::{Family, Rules, StepPattern};

/// A checked configuration file.
#[derive(Clone, Debug)]
pub struct Config {
    /// The configuration file, as the user named it.
    pub path: PathBuf,
    /// The folder that relative paths in the file start from.
    pub folder: PathBuf,
    pub store: StoreConfig,
    pub ingest: IngestConfig,
    /// `[journey]`, and the funnel of `[report]`.
    pub rules: Rules,
    /// How long before the horizon rates take what began, in microseconds; found from the logs where absent.
    pub mature_after_us: Option<i64>,
    /// In the order of the file: ties in time are broken by it.
    pub sources: Vec<Source>,
    pub causes: CauseConfig,
    pub report: ReportConfig,
}

impl Config {
    /// The steps that the configuration names, by their role, which is called as in messages.
    pub fn named_steps(&self) -> [(&'static str, &[StepPattern]); 4] {
        [
            ("goal", &self.rules.goals),
            ("refusal", &self.rules.refusals),
            ("withdrawal", &self.rules.withdrawals),
            ("funnel step", &self.rules.funnel),
        ]
    }
}

/// `[store]`
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// Folder of the Delta tables.
    pub path: PathBuf,
    /// File with the secret that client pseudonyms are made with.
    pub key_file: PathBuf,
}

/// `[ingest]`
#[derive(Clone, Debug)]
pub struct IngestConfig {
    /// Rejected rows of each file and reason that are kept with their text; the others are counted.
    pub keep_rejects: usize,
}

/// `[[source]]`: one kind of log.
#[derive(Clone, Debug)]
pub struct Source {
    pub name: String,
    pub line: usize,
    /// File patterns, relative to the configuration's folder.
    pub files: Vec<String>,
    pub format: LogFormat,
    /// Zone of times that carry no offset.
    pub timezone: Tz,
    pub columns: BTreeMap<ContactColumn, ColumnForm>,
    pub measures: Vec<Measure>,
    /// Rows for which this condition holds are left out, counted.
    pub skip: Option<Sql>,
    pub duplicates: Duplicates,
    pub same_name: SameName,
    /// The keys that say how its rows are read, and their values as they are written.
    pub mapping: BTreeMap<String, String>,
}

/// How often rows of a source are stored that are equal in every column of the log, mapped or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// As often as the file that has most of them has them.
    AcrossFiles,
    /// Once.
    Drop,
    /// As often as they come; a file that comes twice still counts once.
    Keep,
}

/// What happens to the rows of a file that has a known name and another content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameName {
    /// They take the place of the known ones where the times of both overlap.
    ByTimes,
    Replaces,
    Adds,
}

impl Source {
    /// What fills a column of the contact, or a measure.
    pub fn form(&self, column: &str) -> Option<&ColumnForm> {
        let forms = self.columns.iter().map(|(known, form)| (known.name(), form));
        let mut forms = forms.chain(self.measures.iter().map(|measure| (measure.name.as_str(), &measure.form)));
        forms.find(|(name, _)| *name == column).map(|(_, form)| form)
    }

    /// The `strftime` format that a column of the contact is read by, where it has one.
    pub fn time_format(&self, column: &str) -> Option<&str> {
        self.form(column)?.format.as_deref().filter(|format| format.contains('%'))
    }
}

/// The contact columns that a log column can fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContactColumn {
    Client,
    Time,
    EndTime,
    Duration,
    Channel,
    Step,
    Motive,
    Case,
    Direction,
    Outcome,
    Agent,
    Site,
    Segment,
    PromisedBy,
    Score,
}

impl ContactColumn {
    pub const ALL: [ContactColumn; 15] = [
        ContactColumn::Client,
        ContactColumn::Time,
        ContactColumn::EndTime,
        ContactColumn::Duration,
        ContactColumn::Channel,
        ContactColumn::Step,
        ContactColumn::Motive,
        ContactColumn::Case,
        ContactColumn::Direction,
        ContactColumn::Outcome,
        ContactColumn::Agent,
        ContactColumn::Site,
        ContactColumn::Segment,
        ContactColumn::PromisedBy,
        ContactColumn::Score,
    ];

    /// The name in `dropoff.toml`.
    pub fn name(self) -> &'static str {
        match self {
            ContactColumn::Client => "client",
            ContactColumn::Time => "time",
            ContactColumn::EndTime => "end_time",
            ContactColumn::Duration => "duration",
            ContactColumn::Channel => "channel",
            ContactColumn::Step => "step",
            ContactColumn::Motive => "motive",
            ContactColumn::Case => "case",
            ContactColumn::Direction => "direction",
            ContactColumn::Outcome => "outcome",
            ContactColumn::Agent => "agent",
            ContactColumn::Site => "site",
            ContactColumn::Segment => "segment",
            ContactColumn::PromisedBy => "promised_by",
            ContactColumn::Score => "score",
        }
    }

    /// Whether values are moments, and a `format` makes sense.
    pub fn is_time(self) -> bool {
        matches!(self, ContactColumn::Time | ContactColumn::EndTime | ContactColumn::PromisedBy)
    }
}

/// Where the text of a cell comes from, and what is done to it.
#[derive(Clone, Debug)]
pub struct ColumnForm {
    pub origin: Origin,
    /// chrono `strftime` format; only for times.
    pub format: Option<String>,
    /// Log value → contact value; values not listed stay as they are.
    pub map: BTreeMap<String, String>,
    /// For empty cells, and, where there is a `map`, for values it does not list.
    pub default: Option<String>,
    pub line: usize,
}

/// Where the text of a cell comes from.
#[derive(Clone, Debug)]
pub enum Origin {
    Column(String),
    /// Joined by a space.
    Columns(Vec<String>),
    Constant(String),
    Sql(Sql),
}

/// A further column of a log, typed, usable in rules and reports.
#[derive(Clone, Debug)]
pub struct Measure {
    pub name: String,
    pub kind: MeasureType,
    pub form: ColumnForm,
}

/// Type of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeasureType {
    Int,
    Float,
    Text,
    Bool,
    Time,
}

/// `[causes]` and `[[cause]]`
#[derive(Clone, Debug)]
pub struct CauseConfig {
    /// Whether the shipped rules follow the user's own.
    pub shipped: bool,
    /// Shipped rules that are switched off all the same.
    pub off: Vec<RulePattern>,
    /// Columns besides the point whose values are compared apart.
    pub strata: Vec<StratumColumn>,
    /// In order of priority.
    pub rules: Vec<CauseRule>,
}

/// A column whose values are compared apart in the evidence for causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StratumColumn {
    Motive,
    Segment,
}

impl StratumColumn {
    pub const ALL: [StratumColumn; 2] = [StratumColumn::Motive, StratumColumn::Segment];

    /// Its column, and its name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            StratumColumn::Motive => "motive",
            StratumColumn::Segment => "segment",
        }
    }
}

/// A shipped rule, or all of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulePattern {
    pub family: Family,
    pub code: Option<String>,
    pub line: usize,
}

impl RulePattern {
    /// Whether the rule of this family and code is meant.
    pub fn covers(&self, family: Family, code: &str) -> bool {
        self.family == family && self.code.as_deref().is_none_or(|own| own == code)
    }
}

/// One `[[cause]]`.
#[derive(Clone, Debug)]
pub struct CauseRule {
    pub family: Family,
    pub code: String,
    pub when: Sql,
}

/// `[report]`
#[derive(Clone, Debug)]
pub struct ReportConfig {
    /// Folder of the user's own `.sql` reports.
    pub queries: Option<PathBuf>,
    /// Zone of calendar buckets and shown times.
    pub timezone: Tz,
}
