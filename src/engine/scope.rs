//! What SQL can name: the tables of a session, the queries that it reads, and `candidates`.
//!
//! A scope is that of one query, with the values of its parameters: they hold for all that it reads. A query that is read becomes a
//! part of the plan, or a table where it is kept. Nothing is planned that the SQL does not name. Fails on SQL that is wrong, in the
//! user's words; in a query that is read, with its file.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::catalog::memory::{MemoryCatalogProvider, MemoryCatalogProviderList};
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::common::runtime::SpawnedTask;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::ViewTable;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;

use super::candidates::{Candidates, Counting};
use super::days::refuse_dates_beside_moments;
use super::kept::{Kept, groups, reads};
use super::running::{Planned, planned};
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
    /// Those of them that were planned, without values.
    pub planned_views: Mutex<Vec<(Arc<Query>, LogicalPlan)>>,
}

/// The tables `candidates`, by the values that they are counted with.
#[derive(Debug, Default)]
pub(super) struct CountedBy {
    /// Whether counting begins as soon as a plan names the table: in a run it will be read, and planning takes its time.
    begins_at_once: bool,
    tables: Mutex<Vec<CountedWith>>,
}

#[derive(Debug)]
struct CountedWith {
    values: Values,
    candidates: Candidates,
    /// Held until the run is over.
    _counting: Option<SpawnedTask<()>>,
}

impl CountedBy {
    /// Those of a run. Counting that nobody has waited for ends with it.
    pub fn run() -> Arc<CountedBy> {
        Arc::new(CountedBy { begins_at_once: true, tables: Mutex::default() })
    }

    fn table(&self, values: Values, counting: Counting) -> Result<Arc<dyn TableProvider>> {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = tables.iter().find(|known| known.values == values) {
            return known.candidates.table();
        }
        let candidates = Candidates::new(counting);
        let table = candidates.table()?;
        let counting = self.begins_at_once.then(|| candidates.begin());
        tables.push(CountedWith { values, candidates, _counting: counting });
        Ok(table)
    }
}

/// What the SQL of one query can name.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    session: Arc<Session>,
    views: Vec<Arc<Query>>,
    values: Values,
    kept: Vec<Kept>,
    counted: Arc<CountedBy>,
}

impl Scope {
    /// That of free SQL: all tables, and the shipped views.
    pub fn of_session(session: &Arc<Session>, values: Values) -> Scope {
        let session = Arc::clone(session);
        let mut scope =
            Scope { views: session.views.clone(), session, values, kept: Vec::new(), counted: Arc::default() };
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
        counted: &Arc<CountedBy>,
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
        refuse_dates_beside_moments(frame.logical_plan(), &self.values)?;
        frame.with_param_values(self.values.clone()).map_err(|error| self.explain(&error))
    }

    /// Begins to plan SQL that only reads.
    pub fn planning(&self, sql: &str) -> SpawnedTask<Result<Planned>> {
        let (scope, sql) = (self.clone(), sql.to_owned());
        SpawnedTask::spawn(async move { scope.planned(&sql).await })
    }

    /// Plans SQL that only reads.
    pub async fn planned(&self, sql: &str) -> Result<Planned> {
        planned(self.frame(sql).await?).await.map_err(|error| self.explain(&error))
    }

    /// Begins to find out whether a query groups all that it takes from contacts.
    pub fn is_grouped(&self, query: &Arc<Query>) -> SpawnedTask<Result<bool>> {
        let (scope, query) = (self.clone(), Arc::clone(query));
        SpawnedTask::spawn(async move { Ok(groups(&scope.view(&query).await?)) })
    }

    /// In the user's words what is wrong with SQL.
    pub fn explain(&self, error: &DataFusionError) -> Error {
        let views = self.views.iter().map(|view| view.name.as_str());
        explain::of_query(&table::ALL.into_iter().chain(views).collect::<Vec<_>>(), error)
    }

    /// A session that has this scope for its tables.
    fn context(&self) -> SessionContext {
        SessionContext::new_with_state(self.state())
    }

    fn state(&self) -> SessionState {
        let mut state = self.session.state.clone();
        let names = &state.config_options().catalog;
        let (catalog_name, schema_name) = (names.default_catalog.clone(), names.default_schema.clone());
        let (catalog, catalogs) = (MemoryCatalogProvider::new(), MemoryCatalogProviderList::new());
        // Neither had one of the name before.
        let _ = catalog.register_schema(&schema_name, Arc::new(self.clone()));
        catalogs.register_catalog(catalog_name, Arc::new(catalog));
        state.register_catalog_list(Arc::new(catalogs));
        state
    }

    /// The plan of a query that is read, without values. Shipped views are planned once in a session, unless they read what is kept.
    async fn view(&self, view: &Arc<Query>) -> Result<LogicalPlan> {
        let is_the_same_for_all =
            self.session.views.contains(view) && self.kept.iter().all(|kept| !reads(view, &kept.query));
        if !is_the_same_for_all {
            return self.view_of_its_own(view).await;
        }
        let planned_views = || self.session.planned_views.lock().unwrap_or_else(PoisonError::into_inner);
        let known = planned_views().iter().find(|(known, _)| known == view).map(|(_, plan)| plan.clone());
        if let Some(plan) = known {
            return Ok(plan);
        }
        let plan = self.view_of_its_own(view).await?;
        planned_views().push((Arc::clone(view), plan.clone()));
        Ok(plan)
    }

    async fn view_of_its_own(&self, view: &Query) -> Result<LogicalPlan> {
        check_depth(&view.sql)?;
        let scope = self.within(view);
        let planned = scope.state().create_logical_plan(&view.sql).await;
        let of_view = |error: Error| error.fact("where", view.file.as_str());
        let plan = planned.map_err(|error| of_view(scope.explain(&error)))?;
        refuse_dates_beside_moments(&plan, &self.values).map_err(of_view)?;
        Ok(plan)
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
        let Session { state, contacts, contact_rows, .. } = self.session.as_ref();
        let (state, contacts, contact_rows) = (state.clone(), Arc::clone(contacts), *contact_rows);
        self.counted.table(values, Counting { state, contacts, contact_rows, passages: plan, apart })
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
        if let Some(kept) = self.kept.iter().find(|kept| kept.query == *view) {
            return kept.table().map(Some);
        }
        Ok(Some(Arc::new(ViewTable::new(self.view(view).await?, None))))
    }

    fn table_exist(&self, name: &str) -> bool {
        table::ALL.contains(&name) || self.views.iter().any(|view| view.name == name)
    }
}
