//! What SQL can name: the tables of a session, the queries that it reads, and `candidates`.
//!
//! A scope is that of one query, with the values of its parameters: they hold for all that it reads. A query that is read becomes a
//! part of the plan, or a table where it is kept. Nothing is planned that the SQL does not name. Fails on SQL that is wrong, in the
//! user's words; in a query that is read, with its file.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::catalog::memory::{MemoryCatalogProvider, MemoryCatalogProviderList};
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::dataframe::DataFrame;
use datafusion::datasource::ViewTable;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;

use super::candidates::{self, Counting};
use super::kept::Kept;
use crate::error::{Error, Result};
use crate::explain;
use crate::journey::ByClient;
use crate::query::Query;
use crate::query::VIEW_CHAPTER;
use crate::query::parameters::Values;
use crate::schema::table;
use crate::sql::check_depth;

/// What all scopes of a session have.
#[derive(Debug)]
pub(super) struct Session {
    /// With all tables but `candidates`.
    pub state: SessionState,
    /// What `steps` and `journeys` are computed from.
    pub contacts: Arc<dyn ByClient>,
    /// How many contacts there are, those without a client included.
    pub contact_rows: usize,
    /// The shipped views, which any SQL can name.
    pub views: Vec<Arc<Query>>,
    /// Their values where a query gives none.
    pub view_values: Values,
}

/// The tables `candidates` of a run, by the values that they are counted with.
pub(super) type CountedBy = Arc<Mutex<Vec<(Values, Arc<dyn TableProvider>)>>>;

/// What the SQL of one query can name.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    session: Arc<Session>,
    views: Vec<Arc<Query>>,
    values: Values,
    kept: Vec<Kept>,
    counted: CountedBy,
}

impl Scope {
    /// That of free SQL: all tables, and the shipped views.
    pub fn of_session(session: &Arc<Session>, values: Values) -> Scope {
        let session = Arc::clone(session);
        let mut scope =
            Scope { views: session.views.clone(), session, values, kept: Vec::new(), counted: CountedBy::default() };
        for (name, value) in &scope.session.view_values {
            if scope.values.iter().all(|(given, _)| given != name) {
                scope.values.push((name.clone(), value.clone()));
            }
        }
        scope
    }

    /// That of a query in a run.
    pub fn of_query(
        session: &Arc<Session>,
        query: &Query,
        values: Values,
        kept: &[Kept],
        counted: &CountedBy,
    ) -> Scope {
        let scope = Scope { kept: kept.to_vec(), counted: Arc::clone(counted), ..Scope::of_session(session, values) };
        scope.within(query)
    }

    /// That of a query which is read by this one. A view names what it declares, so that no view can name itself.
    fn within(&self, query: &Query) -> Scope {
        let shipped: &[Arc<Query>] = if query.chapter == VIEW_CHAPTER { &[] } else { &self.session.views };
        Scope { views: query.views.iter().chain(shipped).cloned().collect(), ..self.clone() }
    }

    /// SQL that only reads, with its values.
    pub async fn frame(&self, sql: &str) -> Result<DataFrame> {
        check_depth(sql)?;
        let only_reading = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        let frame = self.context().sql_with_options(sql, only_reading).await.map_err(|error| self.explain(&error))?;
        if self.values.is_empty() {
            return Ok(frame);
        }
        frame.with_param_values(self.values.clone()).map_err(|error| self.explain(&error))
    }

    /// In the user's words what is wrong with SQL.
    pub fn explain(&self, error: &DataFusionError) -> Error {
        let views = self.views.iter().map(|view| view.name.as_str());
        explain::of_query(&table::ALL.into_iter().chain(views).collect::<Vec<_>>(), error)
    }

    /// A session that has this scope for its tables.
    fn context(&self) -> SessionContext {
        let mut state = self.session.state.clone();
        let names = &state.config_options().catalog;
        let (catalog_name, schema_name) = (names.default_catalog.clone(), names.default_schema.clone());
        let (catalog, catalogs) = (MemoryCatalogProvider::new(), MemoryCatalogProviderList::new());
        // Neither had one of the name before.
        let _ = catalog.register_schema(&schema_name, Arc::new(self.clone()));
        catalogs.register_catalog(catalog_name, Arc::new(catalog));
        state.register_catalog_list(Arc::new(catalogs));
        SessionContext::new_with_state(state)
    }

    /// The plan of a query that is read, without values.
    async fn view(&self, view: &Query) -> Result<LogicalPlan> {
        check_depth(&view.sql)?;
        let scope = self.within(view);
        let planned = scope.context().state().create_logical_plan(&view.sql).await;
        planned.map_err(|error| scope.explain(&error).fact("where", view.file.as_str()))
    }

    /// The table `candidates`, counted with the values of this scope.
    async fn candidates(&self) -> Result<Arc<dyn TableProvider>> {
        let passages = self.session.views.iter().find(|view| view.name == table::PASSAGES);
        let passages = passages.ok_or_else(|| Error::bug("there is no view of passages"))?;
        let is_theirs = |name: &str| passages.params.iter().any(|(param, _)| param == name);
        let values: Values = self.values.iter().filter(|(name, _)| is_theirs(name)).cloned().collect();
        let plan = self.view(passages).await?.with_param_values(values.clone())?;
        let strata = values.iter().find(|(name, _)| name == "strata");
        let apart = strata.and_then(|(_, value)| value.try_as_str().flatten()).unwrap_or_default().to_owned();
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, table)) = counted.iter().find(|(known, _)| *known == values) {
            return Ok(Arc::clone(table));
        }
        let Session { state, contacts, contact_rows, .. } = self.session.as_ref();
        let (state, contacts, contact_rows) = (state.clone(), Arc::clone(contacts), *contact_rows);
        let table = candidates::table(Counting { state, contacts, contact_rows, passages: plan, apart })?;
        counted.push((values, Arc::clone(&table)));
        Ok(table)
    }

    /// The tables that are the same in all scopes.
    fn tables(&self) -> datafusion::error::Result<Arc<dyn SchemaProvider>> {
        self.session.state.schema_for_ref(table::CANDIDATES)
    }
}

#[async_trait]
impl SchemaProvider for Scope {
    fn table_names(&self) -> Vec<String> {
        let views = self.views.iter().map(|view| view.name.clone());
        table::ALL.into_iter().map(str::to_owned).chain(views).collect()
    }

    async fn table(&self, name: &str) -> datafusion::error::Result<Option<Arc<dyn TableProvider>>> {
        if name == table::CANDIDATES {
            return Ok(Some(self.candidates().await?));
        }
        if let Some(table) = self.tables()?.table(name).await? {
            return Ok(Some(table));
        }
        let Some(view) = self.views.iter().find(|view| view.name == name) else { return Ok(None) };
        if let Some(kept) = self.kept.iter().find(|kept| Arc::ptr_eq(&kept.query, view)) {
            return kept.table().map(Some);
        }
        Ok(Some(Arc::new(ViewTable::new(self.view(view).await?, None))))
    }

    fn table_exist(&self, name: &str) -> bool {
        table::ALL.contains(&name) || self.views.iter().any(|view| view.name == name)
    }
}
