//! The tables of a session.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::datasource::MemTable;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;

use super::maturity::Maturity;
use crate::config::Config;
use crate::error::Result;
use crate::journey::{ByClient, Grain, JourneyTable, PassSettings};
use crate::schema;
use crate::store::ContactsTable;

/// The store's contacts, as the journey pass reads them.
#[derive(Debug)]
pub(super) struct StoredContacts(pub Arc<ContactsTable>);

impl ByClient for StoredContacts {
    fn schema(&self) -> SchemaRef {
        datafusion::catalog::TableProvider::schema(self.0.as_ref())
    }

    fn scan_by_client(
        &self,
        session: &dyn Session,
        columns: &[&str],
        filters: &[Expr],
    ) -> datafusion::error::Result<Arc<dyn ExecutionPlan>> {
        self.0.scan_by_client(session, columns, filters)
    }
}

/// Makes `steps` and `journeys` over any contacts known to a session.
pub(super) fn register_journeys(
    context: &SessionContext,
    contacts: &Arc<dyn ByClient>,
    pass: &Arc<PassSettings>,
) -> Result<()> {
    for grain in [Grain::Steps, Grain::Journeys] {
        let provider = JourneyTable::new(Arc::clone(contacts), Arc::clone(pass), grain);
        context.register_table(grain.table(), Arc::new(provider))?;
    }
    Ok(())
}

/// Makes a table of rows that are at hand.
pub(super) fn register_rows(context: &SessionContext, name: &str, rows: RecordBatch) -> Result<()> {
    let provider = MemTable::try_new(rows.schema(), vec![vec![rows]])?;
    context.register_table(name, Arc::new(provider))?;
    Ok(())
}

/// The table `settings`: one row.
pub(super) fn settings(
    config: &Config,
    horizon_us: Option<i64>,
    maturity: Maturity,
    split_cases: usize,
) -> Result<RecordBatch> {
    let schema = Schema::new(vec![
        Field::new("horizon", schema::moment(), true),
        Field::new("timezone", DataType::Utf8, false),
        Field::new("gap_seconds", DataType::Float64, false),
        Field::new("mature_after_seconds", DataType::Float64, false),
        Field::new("mature_until", schema::moment(), true),
        Field::new("span_seconds", DataType::Float64, false),
        Field::new("split_cases", DataType::Int64, false),
    ]);
    let seconds = |span_us: i64| Arc::new(Float64Array::from(vec![span_us as f64 / 1e6])) as ArrayRef;
    let mature_until_us = horizon_us.map(|horizon_us| horizon_us.saturating_sub(maturity.after_us));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(TimestampMicrosecondArray::from(vec![horizon_us]).with_timezone("UTC")),
        Arc::new(StringArray::from(vec![config.report.timezone.name()])),
        seconds(config.rules.gap_us),
        seconds(maturity.after_us),
        Arc::new(TimestampMicrosecondArray::from(vec![mature_until_us]).with_timezone("UTC")),
        seconds(maturity.span_us),
        Arc::new(Int64Array::from(vec![split_cases as i64])),
    ];
    Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
}

/// The table `split_cases`.
pub(super) fn split_cases_table(cases: &BTreeMap<String, i64>) -> Result<RecordBatch> {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(cases.keys())),
        Arc::new(TimestampMicrosecondArray::from_iter_values(cases.values().copied()).with_timezone("UTC")),
    ];
    Ok(RecordBatch::try_new(schema::split_cases(), columns)?)
}

/// The table `funnel_steps`: the configured funnel, in order.
pub(super) fn funnel_steps(config: &Config) -> Result<RecordBatch> {
    let schema = Schema::new(vec![
        Field::new("position", DataType::Int64, false),
        Field::new("channel", DataType::Utf8, true),
        Field::new("step", DataType::Utf8, false),
    ]);
    let steps = &config.rules.funnel;
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(1..=steps.len() as i64)),
        Arc::new(steps.iter().map(|step| step.channel.as_deref()).collect::<StringArray>()),
        Arc::new(StringArray::from_iter_values(steps.iter().map(|step| step.step.as_str()))),
    ];
    Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
}
