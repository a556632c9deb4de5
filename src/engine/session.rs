//! The session: a store opened for questions.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::datasource::ViewTable;
use datafusion::execution::SessionStateBuilder;
use datafusion::optimizer::{Analyzer, AnalyzerRule};
use datafusion::prelude::{SessionConfig, SessionContext};

use super::candidates::candidates_schema;
use super::grouping::GroupByNumber;
use super::horizon::Horizon;
use super::maturity::{self, Maturity};
use super::plain_words::PlainWords;
use super::sample::end_of_sample;
use super::tables::{
    CANDIDATES, StoredContacts, TABLES, funnel_steps, register_journeys, register_rows, settings, split_cases_table,
};
use crate::cause::RuleBook;
use crate::config::{Config, measure_fields};
use crate::error::{Error, Result};
use crate::explain;
use crate::identity::Key;
use crate::journey::{ByClient, Explanation, LogEnd, PassSettings, Signals, explanations};
use crate::query::parameters::bind;
use crate::query::{Params, views};
use crate::schema::table;
use crate::sql::check_depth;
use crate::statistics;
use crate::store::{Stale, Store, stale};

/// Rows of a batch between operators.
const BATCH_ROWS: usize = 32 * 1024;

/// How a session is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Answers as if the logs ended then: microseconds.
    pub as_of_us: Option<i64>,
    /// Partitions read side by side; the number of cores where absent.
    pub partitions: Option<usize>,
}

/// A store with the rules of a configuration, ready for SQL.
pub struct Engine {
    pub(super) context: SessionContext,
    /// What `steps` and `journeys` are computed from.
    pub(super) contacts: Arc<dyn ByClient>,
    /// How many contacts there are, those without a client included.
    pub(super) contact_rows: usize,
    rules: RuleBook,
    pass: Arc<PassSettings>,
    horizon_us: Option<i64>,
    maturity: Maturity,
    split_cases: usize,
    /// What is odd about the horizon.
    pub(super) oddities: Vec<String>,
    /// Sources whose rows were read by another mapping than that of the configuration.
    pub(super) stale: Vec<Stale>,
    version: u64,
    key: Result<Key>,
    /// What parameters are where they are not given.
    pub(super) defaults: Params,
    /// The same, bound, of the parameters that views have.
    view_values: Vec<(String, ScalarValue)>,
}

impl Engine {
    /// Opens the store of a configuration, whose rules are still to be compiled.
    ///
    /// # Errors
    /// As [`Engine::with_rules`], and where a rule does not compile.
    pub async fn open(config: &Config, options: Options) -> Result<Engine> {
        Engine::with_rules(config, RuleBook::of(config)?, options).await
    }

    /// Opens the store of a configuration. `rules`: those of the configuration.
    ///
    /// # Errors
    /// Where there is no store, or the key is another one.
    pub async fn with_rules(config: &Config, rules: RuleBook, options: Options) -> Result<Engine> {
        let store = Store::open(&config.store.path).await?;
        // Reports need no key; only looking up a client does, and then it says what is wrong with it.
        let key = Key::load(&config.store.key_file);
        if let (Ok(key), Some(check)) = (&key, store.key_check()) {
            key.must_be(check, &config.store.key_file)?;
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let partitions = options.partitions.unwrap_or(cores);
        let contacts = Arc::new(store.contacts(partitions, &measure_fields(&config.sources))?);
        let schema = datafusion::catalog::TableProvider::schema(contacts.as_ref());
        let files = store.files().await?;
        let mappings = config.sources.iter().map(|source| (source.name.clone(), source.mapping.clone())).collect();
        let stale = stale(&files, &mappings)?;
        let horizon = Horizon::of(&files, config)?;
        let horizon_us = options.as_of_us.or(horizon.at_us());
        let oddities = if options.as_of_us.is_some() { Vec::new() } else { horizon.warnings(config.report.timezone) };
        // What comes after the horizon is not known yet.
        let mut listed_cases = store.split_cases().await?;
        listed_cases.retain(|_, split_at| *split_at <= horizon_us.unwrap_or(i64::MAX));
        let split_cases: Arc<HashSet<String>> = Arc::new(listed_cases.keys().cloned().collect());
        let state = SessionStateBuilder::new()
            .with_config(session_config(config, partitions))
            .with_default_features()
            .with_analyzer_rules(analyzer_rules())
            .with_physical_optimizer_rule(Arc::new(GroupByNumber))
            .build();
        let context = SessionContext::new_with_state(state);
        let statistics::sql::Functions { scalars, aggregates, windows } = statistics::sql::functions();
        scalars.into_iter().for_each(|function| context.register_udf(function));
        aggregates.into_iter().for_each(|function| context.register_udaf(function));
        windows.into_iter().for_each(|function| context.register_udwf(function));
        context.register_table(table::CONTACTS, Arc::clone(&contacts) as _)?;
        let contact_rows = contacts.rows();
        let end_of_sample = end_of_sample(contact_rows, maturity::SAMPLE_ROWS);
        let by_client: Arc<dyn ByClient> = Arc::new(StoredContacts(contacts));
        // Nothing is too young until it is known what is mature.
        let (horizon_or_none, mature_before_us) = (horizon_us.unwrap_or(i64::MAX), i64::MAX);
        let mut end = LogEnd { horizon_us: horizon_or_none, mature_before_us, split_cases: Arc::clone(&split_cases) };
        let maturity = maturity(&context, &by_client, &end, config, &end_of_sample).await?;
        end.mature_before_us = end.horizon_us.saturating_sub(maturity.after_us);
        let pass = Arc::new(PassSettings { rules: config.rules.clone(), end, signals: rules.signals(&schema)? });
        register_journeys(&context, &by_client, &pass)?;
        register_rows(&context, table::FILES, files)?;
        register_rows(&context, table::REJECTS, store.rejects().await?)?;
        register_rows(&context, table::SIGNALS, rules.signals_table()?)?;
        register_rows(&context, table::SPLIT_CASES, split_cases_table(&listed_cases)?)?;
        register_rows(&context, "settings", settings(config, horizon_us, maturity, split_cases.len())?)?;
        register_rows(&context, "funnel_steps", funnel_steps(config)?)?;
        register_rows(&context, CANDIDATES, RecordBatch::new_empty(candidates_schema()))?;
        let defaults = defaults(config);
        let mut view_values = Vec::new();
        for view in views()? {
            let plan = context.state().create_logical_plan(&view.sql).await.map_err(|error| explain(&error))?;
            context.register_table(view.name.as_str(), Arc::new(ViewTable::new(plan, None)))?;
            view_values
                .extend(bind(&view, &Params::new(), &defaults, &|_| Err(Error::bug("a view asks for a client")))?);
        }
        Ok(Engine {
            context,
            contacts: by_client,
            contact_rows,
            rules,
            pass,
            horizon_us,
            maturity,
            split_cases: split_cases.len(),
            oddities,
            stale,
            version: store.version(),
            key,
            defaults,
            view_values,
        })
    }

    /// The moment up to which the logs are complete, in microseconds; `None` in an empty store.
    pub fn horizon_us(&self) -> Option<i64> {
        self.horizon_us
    }

    /// How long before the horizon rates take what began.
    pub fn maturity(&self) -> Maturity {
        self.maturity
    }

    /// How many cases name several clients; rates leave their journeys out.
    pub fn split_cases(&self) -> usize {
        self.split_cases
    }

    /// Version of the `contacts` table that is read.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// All rules, and which of them are active.
    pub fn rules(&self) -> &RuleBook {
        &self.rules
    }

    /// The pseudonym of a client, as SQL compares it.
    ///
    /// # Errors
    /// Without the key file.
    pub fn client(&self, id: &str) -> Result<ScalarValue> {
        let key = self.key.as_ref().map_err(Error::clone)?;
        Ok(ScalarValue::FixedSizeBinary(16, Some(key.pseudonym(id.trim()).to_be_bytes().to_vec())))
    }

    /// Why each journey of a client is what it is, in order of their numbers. `client`: as [`Engine::client`] gives it.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn explanations(&self, client: &ScalarValue) -> Result<Vec<Explanation>> {
        explanations(self.contacts.as_ref(), &self.pass, &self.context.state(), client).await
    }

    /// Runs SQL over the tables. It can only read.
    ///
    /// # Errors
    /// Where the SQL is wrong.
    pub async fn sql(&self, sql: &str) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        self.run(sql, Vec::new()).await
    }

    /// Runs SQL with values for its `$parameters`.
    pub async fn sql_with(
        &self,
        sql: &str,
        values: Vec<(String, ScalarValue)>,
    ) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        self.run(sql, values).await
    }

    /// The values of a query, and those of views where the query gives none.
    pub(super) fn with_view_values(&self, mut values: Vec<(String, ScalarValue)>) -> Vec<(String, ScalarValue)> {
        for (name, value) in &self.view_values {
            if values.iter().all(|(given, _)| given != name) {
                values.push((name.clone(), value.clone()));
            }
        }
        values
    }

    async fn run(&self, sql: &str, values: Vec<(String, ScalarValue)>) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        let frame = frame(&self.context, sql, self.with_view_values(values)).await?;
        let schema = Arc::new(frame.schema().as_arrow().clone());
        let batches = frame.collect().await.map_err(|error| explain(&error))?;
        Ok((as_answered(schema, &batches), batches))
    }
}

/// Finds what is mature, from a sample of clients. A store without contacts has nothing that could be.
async fn maturity(
    context: &SessionContext,
    contacts: &Arc<dyn ByClient>,
    end: &LogEnd,
    config: &Config,
    end_of_sample: &str,
) -> Result<Maturity> {
    let pass = PassSettings { rules: config.rules.clone(), end: end.clone(), signals: Signals::none() };
    register_journeys(context, contacts, &Arc::new(pass))?;
    let sql = format!(
        "select {} from steps where client < {end_of_sample} and visit is not null and not journey_is_piece",
        maturity::COLUMNS
    );
    let sample = frame(context, &sql, Vec::new()).await?.collect().await.map_err(|error| explain(&error))?;
    for table in [table::STEPS, table::JOURNEYS] {
        context.deregister_table(table)?;
    }
    Maturity::find(config, end.horizon_us, &sample)
}

/// SQL that only reads, with its values.
pub(super) async fn frame(
    context: &SessionContext,
    sql: &str,
    values: Vec<(String, ScalarValue)>,
) -> Result<DataFrame> {
    check_depth(sql)?;
    let explained = |error: DataFusionError| explain(&error);
    let only_reading = datafusion::execution::context::SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false);
    let frame = context.sql_with_options(sql, only_reading).await.map_err(explained)?;
    if values.is_empty() { Ok(frame) } else { frame.with_param_values(values).map_err(explained) }
}

/// What was planned as not null may come out otherwise named; the batches are right.
pub(super) fn as_answered(planned: SchemaRef, batches: &[RecordBatch]) -> SchemaRef {
    batches.first().map_or(planned, RecordBatch::schema)
}

/// Parameters of reports that the configuration gives.
fn defaults(config: &Config) -> Params {
    let strata: Vec<&str> = config.causes.strata.iter().map(|stratum| stratum.name()).collect();
    Params::from([("strata".to_owned(), strata.join(","))])
}

/// DataFusion's, after ours.
fn analyzer_rules() -> Vec<Arc<dyn AnalyzerRule + Send + Sync>> {
    let ours: Arc<dyn AnalyzerRule + Send + Sync> = Arc::new(PlainWords);
    [ours].into_iter().chain(Analyzer::new().rules).collect()
}

fn session_config(config: &Config, partitions: usize) -> SessionConfig {
    SessionConfig::new()
        .with_target_partitions(partitions)
        .with_batch_size(BATCH_ROWS)
        .with_collect_statistics(false)
        .set_str("datafusion.execution.time_zone", config.report.timezone.name())
        .set_bool("datafusion.execution.parquet.schema_force_view_types", false)
}

/// In the user's words what is wrong with their SQL.
pub(super) fn explain(error: &DataFusionError) -> Error {
    let views = views().unwrap_or_default();
    let tables: Vec<&str> = TABLES.into_iter().chain(views.iter().map(|view| view.name.as_str())).collect();
    explain::of_query(&tables, error)
}
