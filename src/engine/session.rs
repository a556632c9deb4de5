//! The session: a store opened for questions.

use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use chrono_tz::Tz;
use datafusion::common::ScalarValue;
use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::{ident, not};
use datafusion::optimizer::{Analyzer, AnalyzerRule};
use datafusion::prelude::{SessionConfig, SessionContext};

use super::functions::{Functions, functions};
use super::grouping::GroupByNumber;
use super::horizon::Horizon;
use super::maturity::{self, Maturity};
use super::plain_words::PlainWords;
use super::sample::is_in_sample;
use super::scope::{Scope, Session};
use super::tables::{StoredContacts, funnel_steps, register_journeys, register_rows, settings, split_cases_table};
use crate::cause::RuleBook;
use crate::config::{Config, measure_fields};
use crate::error::{Error, Result};
use crate::identity::Key;
use crate::journey::{ByClient, Explanation, LogEnd, PassSettings, Signals, explanations};
use crate::query::parameters::{Binding, Values};
use crate::query::{Params, Query, views};
use crate::schema::table;
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
    pub(super) session: Arc<Session>,
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
    defaults: Params,
    timezone: Tz,
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
        let mut split_cases = store.split_cases().await?;
        split_cases.retain(|_, split_at| *split_at <= horizon_us.unwrap_or(i64::MAX));
        let state = SessionStateBuilder::new()
            .with_config(session_config(config, partitions))
            .with_default_features()
            .with_analyzer_rules(analyzer_rules())
            .with_physical_optimizer_rule(Arc::new(GroupByNumber))
            .build();
        let context = SessionContext::new_with_state(state);
        let Functions { scalars, aggregates, windows } = functions();
        scalars.into_iter().for_each(|function| context.register_udf(function));
        aggregates.into_iter().for_each(|function| context.register_udaf(function));
        windows.into_iter().for_each(|function| context.register_udwf(function));
        context.register_table(table::CONTACTS, Arc::clone(&contacts) as _)?;
        let contact_rows = contacts.rows();
        let by_client: Arc<dyn ByClient> = Arc::new(StoredContacts(contacts));
        // Nothing is too young until it is known what is mature.
        let mut end = LogEnd {
            horizon_us: horizon_us.unwrap_or(i64::MAX),
            mature_before_us: i64::MAX,
            split_cases: Arc::new(split_cases.keys().cloned().collect()),
        };
        let maturity = maturity(&context, &by_client, &end, config, contact_rows).await?;
        end.mature_before_us = end.horizon_us.saturating_sub(maturity.after_us);
        let pass = Arc::new(PassSettings { rules: config.rules.clone(), end, signals: rules.signals(&schema)? });
        register_journeys(&context, &by_client, &pass)?;
        register_rows(&context, table::FILES, files)?;
        register_rows(&context, table::REJECTS, store.rejects().await?)?;
        register_rows(&context, table::SIGNALS, rules.signals_table()?)?;
        register_rows(&context, table::SPLIT_CASES, split_cases_table(&split_cases)?)?;
        register_rows(&context, table::SETTINGS, settings(config, horizon_us, maturity, split_cases.len())?)?;
        register_rows(&context, table::FUNNEL_STEPS, funnel_steps(config)?)?;
        let (defaults, timezone) = (defaults(config), config.report.timezone);
        let views = views()?;
        let mut view_values = Values::new();
        let binding =
            Binding { configured: &defaults, timezone, client: &|_| Err(Error::bug("a view asks for a client")) };
        for view in &views {
            view_values.extend(binding.bind(view, &Params::new())?);
        }
        let (state, planned_views) = (context.state(), Mutex::default());
        Ok(Engine {
            session: Arc::new(Session { state, contacts: by_client, contact_rows, views, view_values, planned_views }),
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
            timezone,
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
        explanations(self.session.contacts.as_ref(), &self.pass, &self.session.state, client).await
    }

    /// The values of a query's parameters.
    ///
    /// # Errors
    /// Where one does not fit.
    pub(super) fn bind(&self, query: &Query, params: &Params) -> Result<Values> {
        let binding = Binding { configured: &self.defaults, timezone: self.timezone, client: &|id| self.client(id) };
        binding.bind(query, params)
    }

    /// Runs SQL over the tables. It can only read.
    ///
    /// # Errors
    /// Where the SQL is wrong.
    pub async fn sql(&self, sql: &str) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        self.sql_with(sql, Vec::new()).await
    }

    /// Runs SQL with values for its `$parameters`.
    pub async fn sql_with(&self, sql: &str, values: Values) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        let scope = Scope::of_session(&self.session, values);
        let frame = scope.frame(sql).await?;
        let schema = Arc::new(frame.schema().as_arrow().clone());
        let batches = frame.collect().await.map_err(|error| scope.explain(&error))?;
        Ok((as_answered(schema, &batches), batches))
    }
}

/// Finds what is mature, from a sample of clients. A store without contacts has nothing that could be.
async fn maturity(
    context: &SessionContext,
    contacts: &Arc<dyn ByClient>,
    end: &LogEnd,
    config: &Config,
    contact_rows: usize,
) -> Result<Maturity> {
    let pass = PassSettings { rules: config.rules.clone(), end: end.clone(), signals: Signals::none() };
    register_journeys(context, contacts, &Arc::new(pass))?;
    let is_taken = is_in_sample(contact_rows, maturity::SAMPLE_ROWS)
        .and(ident("visit").is_not_null())
        .and(not(ident("journey_is_piece")));
    let sample = context.table(table::STEPS).await?.filter(is_taken)?.select(maturity::columns())?.collect().await?;
    for table in [table::STEPS, table::JOURNEYS] {
        context.deregister_table(table)?;
    }
    Maturity::find(config, end.horizon_us, &sample)
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
