//! How the rows of one log become contacts: the source's columns, compiled over the columns the log really has.

use std::path::Path;

use arrow::datatypes::SchemaRef;

use super::cells::{Cell, Unlisted};
use super::time::TimeReader;
use crate::config::{ColumnForm, ContactColumn, Decimal, MeasureType, Origin, Source};
use crate::error::{Error, Result};
use crate::expression::{Compiler, Expression};

/// The columns of a source, compiled.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub client: Cell,
    pub time: (Cell, TimeReader),
    pub end: ContactEnd,
    /// Columns of words, by their names in `contacts`.
    pub words: Vec<(&'static str, Cell)>,
    pub direction: Option<Cell>,
    pub case_id: Option<Cell>,
    pub promised_by: Option<(Cell, TimeReader)>,
    pub score: Option<Cell>,
    pub measures: Vec<MeasurePlan>,
    pub skip: Option<Expression>,
    pub decimal: Decimal,
    /// What is odd about the source, now that the columns are known.
    pub note: Option<String>,
}

/// When a contact ends.
#[derive(Clone, Debug)]
pub(super) enum ContactEnd {
    NotSaid,
    At(Cell, TimeReader),
    After(Cell),
}

/// One measure of a source.
#[derive(Clone, Debug)]
pub(super) struct MeasurePlan {
    pub name: String,
    pub kind: MeasureType,
    pub cell: Cell,
    pub time: TimeReader,
}

/// Names of word columns in `contacts` and their keys in the configuration.
const WORDS: [(&str, ContactColumn); 7] = [
    ("channel", ContactColumn::Channel),
    ("step", ContactColumn::Step),
    ("motive", ContactColumn::Motive),
    ("outcome", ContactColumn::Outcome),
    ("agent", ContactColumn::Agent),
    ("site", ContactColumn::Site),
    ("segment", ContactColumn::Segment),
];

/// Makes the plans of a source's logs.
pub(super) struct Planner<'a> {
    pub source: &'a Source,
    /// The configuration file, as the user named it.
    pub config_path: &'a Path,
    pub compiler: &'a Compiler,
}

impl Planner<'_> {
    /// Compiles the source over a log with these columns. `shown`: the log's name in messages; `decimal`: how its numbers are written.
    ///
    /// # Errors
    /// With every column and expression that does not fit, each with the line it stands on.
    pub fn plan(&self, columns: &SchemaRef, shown: &str, decimal: Decimal) -> Result<Plan> {
        let Planner { source, compiler, .. } = *self;
        let log = format!("`{shown}`");
        let mut mistakes = Vec::new();
        let mut compile = |name: &str, form: &ColumnForm, unlisted: Unlisted| {
            let wanted = format!("source `{}`, {name} ({})", source.name, self.at(form.line));
            let cell = Cell::new(form, columns, unlisted, compiler);
            cell.map_err(|error| mistakes.push(error.fact("wanted by", wanted).fact("log", &log))).ok()
        };
        let mut column = |contact_column: ContactColumn| {
            let form = source.columns.get(&contact_column)?;
            let unlisted = match contact_column {
                ContactColumn::Direction => Unlisted::IsNone,
                _ => Unlisted::StaysAsItIs,
            };
            compile(contact_column.name(), form, unlisted)
        };
        let client = column(ContactColumn::Client);
        let time = column(ContactColumn::Time);
        let end_time = column(ContactColumn::EndTime);
        let duration = column(ContactColumn::Duration);
        let words = WORDS.into_iter().filter_map(|(name, key)| Some((name, column(key)?))).collect();
        let direction = column(ContactColumn::Direction);
        let case_id = column(ContactColumn::Case);
        let promised_by = column(ContactColumn::PromisedBy);
        let score = column(ContactColumn::Score);
        let measure_cells: Vec<Option<Cell>> = source
            .measures
            .iter()
            .map(|measure| compile(&format!("measure {}", measure.name), &measure.form, Unlisted::StaysAsItIs))
            .collect();
        let skip = source.skip.as_ref().and_then(|skip| {
            let wanted = format!("source `{}`, skip ({})", source.name, self.at(skip.line));
            let compiled = compiler.compile_condition(&skip.text, columns);
            compiled.map_err(|error| mistakes.push(error.fact("wanted by", wanted).fact("log", &log))).ok()
        });
        if let Some(error) = Error::all(mistakes) {
            return Err(error);
        }
        let reader = |key: ContactColumn| {
            let format = source.columns.get(&key).and_then(|form| form.format.as_deref());
            TimeReader::new(format, source.timezone)
        };
        let missing = |name: &str| Error::bug(format!("source `{}` has no {name}", source.name));
        let measures = source.measures.iter().zip(measure_cells).filter_map(|(measure, cell)| {
            let time = TimeReader::new(measure.form.format.as_deref(), source.timezone);
            cell.map(|cell| Ok(MeasurePlan { name: measure.name.clone(), kind: measure.kind, cell, time: time? }))
        });
        Ok(Plan {
            client: client.ok_or_else(|| missing("client"))?,
            time: (time.ok_or_else(|| missing("time"))?, reader(ContactColumn::Time)?),
            end: match (end_time, duration) {
                (Some(cell), _) => ContactEnd::At(cell, reader(ContactColumn::EndTime)?),
                (None, Some(cell)) => ContactEnd::After(cell),
                (None, None) => ContactEnd::NotSaid,
            },
            words,
            direction,
            case_id,
            promised_by: match promised_by {
                Some(cell) => Some((cell, reader(ContactColumn::PromisedBy)?)),
                None => None,
            },
            score,
            measures: measures.collect::<Result<_>>()?,
            skip,
            note: self.note(columns),
            decimal,
        })
    }

    /// The source, and where it stands, as messages have it.
    pub fn wanted_by(&self) -> String {
        format!("source `{}` ({})", self.source.name, self.at(self.source.line))
    }

    /// A line of the configuration.
    fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.config_path.display())
    }

    /// The note where `channel`, which is a constant beside the columns, has the name of a column of the log.
    fn note(&self, columns: &SchemaRef) -> Option<String> {
        let form = self.source.columns.get(&ContactColumn::Channel)?;
        let Origin::Constant(channel) = &form.origin else { return None };
        columns.field_with_name(channel).ok()?;
        Some(format!(
            "every contact of `{}` has the channel `{channel}`, though its logs have a column of that name: `channel = {{ column = \"{channel}\" }}` takes it from there ({})",
            self.source.name,
            self.at(form.line),
        ))
    }
}

impl Plan {
    /// Names of the log's columns that are read.
    pub fn needed(&self) -> Vec<String> {
        let end = match &self.end {
            ContactEnd::NotSaid => None,
            ContactEnd::At(cell, _) | ContactEnd::After(cell) => Some(cell),
        };
        let cells = [&self.client, &self.time.0]
            .into_iter()
            .chain(end)
            .chain(self.words.iter().map(|(_, cell)| cell))
            .chain(&self.direction)
            .chain(&self.case_id)
            .chain(self.promised_by.iter().map(|(cell, _)| cell))
            .chain(&self.score)
            .chain(self.measures.iter().map(|measure| &measure.cell));
        let mut names: Vec<String> = cells.flat_map(Cell::columns).collect();
        names.extend(self.skip.iter().flat_map(Expression::columns));
        names.sort();
        names.dedup();
        names
    }
}
