//! How the rows of one log become contacts: the source's columns, compiled over the columns the log really has.

use arrow::datatypes::SchemaRef;

use super::cells::{Cell, Unlisted};
use super::time::TimeReader;
use crate::config::{ColumnForm, ContactColumn, Decimal, LogFormat, MeasureType, Origin, Source, Sql};
use crate::error::{Error, Result};
use crate::expression::{Compiler, Expression, text_columns};

/// The columns of a source, compiled.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub client: Cell,
    pub time: (Cell, TimeReader),
    pub end: End,
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
pub(super) enum End {
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

impl Plan {
    /// Compiles `source` over a log with these columns. `at`: file and line of a place in the configuration.
    ///
    /// # Errors
    /// With every column and expression that does not fit, each with the line it stands on.
    pub fn new(
        source: &Source,
        columns: &SchemaRef,
        shown: &str,
        compiler: &Compiler,
        at: &dyn Fn(usize) -> String,
    ) -> Result<Plan> {
        let mut mistakes = Vec::new();
        let mut compile = |name: &str, form: &ColumnForm, unlisted: Unlisted| {
            let wanted = format!("source `{}`, {name} ({})", source.name, at(form.line));
            let cell = Cell::new(form, columns, unlisted, compiler);
            cell.map_err(|error| mistakes.push(error.fact("wanted by", wanted).fact("log", shown))).ok()
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
            let wanted = format!("source `{}`, skip ({})", source.name, at(skip.line));
            let compiled = compiler.compile_condition(&skip.text, columns);
            compiled.map_err(|error| mistakes.push(error.fact("wanted by", wanted).fact("log", shown))).ok()
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
                (Some(cell), _) => End::At(cell, reader(ContactColumn::EndTime)?),
                (None, Some(cell)) => End::After(cell),
                (None, None) => End::NotSaid,
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
            note: note(source, columns, at),
            decimal: match source.format {
                LogFormat::Csv { decimal, .. } => decimal,
                LogFormat::Ndjson { .. } | LogFormat::Parquet => Decimal::Point,
            },
        })
    }

    /// Names of the log's columns that are read.
    pub fn needed(&self) -> Vec<String> {
        let end = match &self.end {
            End::NotSaid => None,
            End::At(cell, _) | End::After(cell) => Some(cell),
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

/// A channel beside the columns is a constant, even where it has the name of one.
fn note(source: &Source, columns: &SchemaRef, at: &dyn Fn(usize) -> String) -> Option<String> {
    let form = source.columns.get(&ContactColumn::Channel)?;
    let Origin::Constant(channel) = &form.origin else { return None };
    columns.field_with_name(channel).ok()?;
    Some(format!(
        "every contact of `{}` has the channel `{channel}`, though its logs have a column of that name: `channel = {{ column = \"{channel}\" }}` takes it from there ({})",
        source.name,
        at(form.line),
    ))
}

/// The columns of an NDJSON log: the keys seen in it, and those the source names, which any line may lack.
///
/// A named key that was not seen but is close to one that was is left out, so that compiling over the result reports it.
pub(super) fn json_columns(source: &Source, seen: &[String], compiler: &Compiler) -> SchemaRef {
    let mut names: Vec<String> = seen.to_vec();
    let add = |name: &str, names: &mut Vec<String>| {
        let required = [ContactColumn::Client, ContactColumn::Time].iter().any(|key| {
            source.columns.get(key).is_some_and(|form| matches!(&form.origin, Origin::Column(column) if column == name))
        });
        let is_a_slip = crate::error::nearest(name, seen.iter().map(String::as_str)).is_some();
        if !required && !is_a_slip && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    };
    let forms = source.columns.values().chain(source.measures.iter().map(|measure| &measure.form));
    let mut expressions: Vec<&Sql> = source.skip.iter().collect();
    for form in forms {
        match &form.origin {
            // A default says that lines may lack the key.
            Origin::Column(name) if form.default.is_some() => {
                if !names.iter().any(|known| known == name) {
                    names.push(name.clone());
                }
            }
            Origin::Column(name) => add(name, &mut names),
            Origin::Columns(columns) => columns.iter().for_each(|name| add(name, &mut names)),
            Origin::Sql(sql) => expressions.push(sql),
            Origin::Constant(_) => {}
        }
    }
    for sql in expressions {
        loop {
            let compiled = compiler.compile(&sql.text, &text_columns(names.iter().map(String::as_str)));
            let Err(error) = compiled else { break };
            let Some(missing) = error.mistakes().first().and_then(|mistake| mistake.missing_column.as_deref()) else {
                break;
            };
            let is_a_slip = crate::error::nearest(missing, seen.iter().map(String::as_str)).is_some();
            if is_a_slip || names.iter().any(|name| name == missing) {
                break;
            }
            names.push(missing.to_owned());
        }
    }
    text_columns(names.iter().map(String::as_str))
}
