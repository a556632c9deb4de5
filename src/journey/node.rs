//! `steps` and `journeys` as tables that any SQL can name: the logical side of the pass.
//!
//! A table provider is the logical node: a scan of it already carries the projection and the filters that the optimizer
//! pushes down, so the operator is built with just the columns a query needs. A filter on `client` is passed on to the
//! contacts (it cannot change a journey), any other one stays above.

use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::columns::Column;
use super::stream::Demand;
use super::wanted::Grain;
use super::{JourneyExec, PassSettings};

/// Contacts that have a client, partitioned by client and in the order of the rules: (client, started_at), ties by the
/// source's place in the configuration, then file and row.
pub trait ByClient: std::fmt::Debug + Send + Sync {
    /// All columns of `contacts`, measures included.
    fn schema(&self) -> SchemaRef;

    /// A plan that reads the named columns. `filters` concern only `client`, and may be ignored.
    ///
    /// # Errors
    /// Where a column is unknown.
    fn scan_by_client(
        &self,
        session: &dyn Session,
        columns: &[&str],
        filters: &[Expr],
    ) -> Result<Arc<dyn ExecutionPlan>>;
}

/// The table `steps` or `journeys`, computed when it is read.
#[derive(Debug)]
pub struct JourneyTable {
    contacts: Arc<dyn ByClient>,
    pass: Arc<PassSettings>,
    grain: Grain,
    schema: SchemaRef,
}

impl JourneyTable {
    /// The table of `grain` over these contacts.
    pub fn new(contacts: Arc<dyn ByClient>, pass: Arc<PassSettings>, grain: Grain) -> Self {
        let of_contacts = match grain {
            Grain::Steps => contacts.schema().fields().to_vec(),
            Grain::Journeys => Vec::new(),
        };
        let made = grain.columns().iter().map(Column::field);
        let fields: Vec<FieldRef> = of_contacts.into_iter().chain(made.map(Arc::new)).collect();
        JourneyTable { contacts, pass, grain, schema: Arc::new(Schema::new(fields)) }
    }
}

#[async_trait]
impl TableProvider for JourneyTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let concerns_the_client_alone = |filter: &&Expr| {
            let columns = filter.column_refs();
            !columns.is_empty() && columns.iter().all(|column| column.name == "client")
        };
        Ok(filters
            .iter()
            .map(|filter| match concerns_the_client_alone(filter) {
                true => TableProviderFilterPushDown::Inexact,
                false => TableProviderFilterPushDown::Unsupported,
            })
            .collect())
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            None => Arc::clone(&self.schema),
            Some(columns) => Arc::new(self.schema.project(columns)?),
        };
        let demand = Demand { grain: self.grain, schema };
        let wanted = demand.wanted(&self.pass)?;
        let columns: Vec<&str> = wanted.contact_columns.iter().map(String::as_str).collect();
        let contacts = self.contacts.scan_by_client(session, &columns, filters)?;
        Ok(Arc::new(JourneyExec::new(contacts, Arc::clone(&self.pass), demand, filters.is_empty())))
    }
}
