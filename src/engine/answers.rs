//! Answers: one report, or the reports of a run from one pass over the contacts.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::ScalarValue;
use datafusion::common::runtime::SpawnedTask;
use datafusion::physical_plan::{ExecutionPlan, collect};

use super::Engine;
use super::session::{as_answered, explain, frame};
use super::tables::CANDIDATES;
use crate::error::{Error, Result};
use crate::journey::share_pass;
use crate::query::parameters::{bind, refuse_unknown};
use crate::query::{Answer, Params, Query};

impl Engine {
    /// Answers a query file.
    ///
    /// # Errors
    /// Where a parameter does not fit, or the SQL is wrong.
    pub async fn answer(&self, query: &Arc<Query>, params: &Params) -> Result<Answer> {
        let mut answers = self.answer_all(std::slice::from_ref(query), params).await?;
        answers.pop().ok_or_else(|| Error::bug("no answer"))
    }

    /// Answers query files side by side; the contacts are read once for all that read journeys once.
    ///
    /// # Errors
    /// As [`Engine::answer`]; the first in the order of the queries.
    pub async fn answer_all(&self, queries: &[Arc<Query>], params: &Params) -> Result<Vec<Answer>> {
        let reads_candidates = |query: &Arc<Query>| query.reads.iter().any(|table| table == CANDIDATES);
        // Planning takes most of the time of a small log: it is done side by side, and while the candidates are counted.
        let mut begun = Vec::with_capacity(queries.len());
        for query in queries {
            let values = bind(query, params, &self.defaults, &|id| self.client(id))?;
            let planning = (!reads_candidates(query)).then(|| self.planned(&query.sql, values.clone()));
            begun.push((values, planning));
        }
        if queries.iter().any(reads_candidates) {
            let readers = queries.iter().zip(&begun).filter(|(query, _)| reads_candidates(query));
            let values = readers.map(|(_, (values, _))| values.clone()).next().unwrap_or_default();
            self.fill_candidates(values).await?;
        }
        let mut schemas = Vec::with_capacity(queries.len());
        let mut plans = Vec::with_capacity(queries.len());
        for (query, (values, planning)) in queries.iter().zip(begun) {
            let planning = planning.unwrap_or_else(|| self.planned(&query.sql, values));
            let (schema, plan) = joined(planning).await.map_err(|error| wanted_by(error, query))?;
            schemas.push(schema);
            plans.push(plan);
        }
        let running = self.run_together(plans).await?;
        let mut answers = Vec::with_capacity(queries.len());
        for ((query, schema), batches) in queries.iter().zip(schemas).zip(running) {
            let batches = batches.map_err(|error| wanted_by(error, query))?;
            answers.push(Answer::new(Arc::clone(query), as_answered(schema, &batches), batches));
        }
        Ok(answers)
    }

    /// Begins to plan SQL that only reads.
    pub(super) fn planned(&self, sql: &str, values: Vec<(String, ScalarValue)>) -> Planning {
        let (context, sql, values) = (self.context.clone(), sql.to_owned(), self.with_view_values(values));
        SpawnedTask::spawn(async move {
            let frame = frame(&context, &sql, values).await?;
            let schema = Arc::new(frame.schema().as_arrow().clone());
            let plan = frame.create_physical_plan().await.map_err(|error| explain(&error))?;
            Ok((schema, plan))
        })
    }

    /// Runs plans side by side, with one pass for all that can share it; one answer for each.
    pub(super) async fn run_together(
        &self,
        plans: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Vec<Result<Vec<RecordBatch>>>> {
        let plans = share_pass(plans, self.contacts.as_ref(), &self.context.state())?;
        let running: Vec<_> =
            plans.into_iter().map(|plan| SpawnedTask::spawn(collect(plan, self.context.task_ctx()))).collect();
        let mut answers = Vec::with_capacity(running.len());
        for answered in running {
            answers.push(match answered.join().await {
                Ok(batches) => batches.map_err(|error| explain(&error)),
                Err(error) => Err(Error::bug(error.to_string())),
            });
        }
        Ok(answers)
    }

    /// Fails on parameters that none of these queries has.
    pub fn check_params(&self, queries: &[Arc<Query>], params: &Params) -> Result<()> {
        refuse_unknown(&queries.iter().map(Arc::as_ref).collect::<Vec<_>>(), params)
    }
}

/// A plan under way, and the schema of its answer.
pub(super) type Planning = SpawnedTask<Result<(SchemaRef, Arc<dyn ExecutionPlan>)>>;

pub(super) async fn joined(planning: Planning) -> Result<(SchemaRef, Arc<dyn ExecutionPlan>)> {
    planning.join().await.unwrap_or_else(|error| Err(Error::bug(error.to_string())))
}

fn wanted_by(error: Error, query: &Query) -> Error {
    error.fact("wanted by", format!("report `{}`", query.name))
}
