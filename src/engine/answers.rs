//! Answers: one report, or the reports of a run from one pass over the contacts.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::physical_plan::ExecutionPlan;

use super::kept::{Kept, Source, groups, read_by_several, reads};
use super::running::{Planned, UnderWay, finished, planned, planning, together};
use super::scope::{CountedBy, Scope};
use super::session::{Engine, as_answered};
use crate::error::{Error, Result};
use crate::query::parameters::{Values, refuse_unknown};
use crate::query::{Answer, Params, Query};

/// A query of a run, and the values of its parameters.
struct Asked<'a> {
    query: &'a Arc<Query>,
    values: Values,
}

/// What is computed once in a run, and for whom.
#[derive(Default)]
struct Shared {
    kept: Vec<Kept>,
    /// Of each that is kept.
    plans: Vec<(Arc<dyn ExecutionPlan>, Source)>,
    counted: CountedBy,
}

impl Engine {
    /// Answers a query file.
    ///
    /// # Errors
    /// Where a parameter does not fit, or the SQL is wrong.
    pub async fn answer(&self, query: &Arc<Query>, params: &Params) -> Result<Answer> {
        let mut answers = self.answer_all(std::slice::from_ref(query), params).await?;
        answers.pop().ok_or_else(|| Error::bug("no answer"))
    }

    /// Answers query files side by side; the contacts are read once for all that read journeys once, and what several of them read is
    /// computed once where its rows are few.
    ///
    /// # Errors
    /// As [`Engine::answer`]; the first in the order of the queries.
    pub async fn answer_all(&self, queries: &[Arc<Query>], params: &Params) -> Result<Vec<Answer>> {
        let mut asked = Vec::with_capacity(queries.len());
        for query in queries {
            asked.push(Asked { query, values: self.bind(query, params)? });
        }
        let several = read_by_several(queries);
        let waits =
            |asked: &Asked| several.iter().any(|kept| Arc::ptr_eq(kept, asked.query) || reads(asked.query, kept));
        // Planning takes most of the time of a small log: it is done side by side.
        let mut shared = Shared::default();
        let mut plannings = Vec::with_capacity(asked.len());
        for asked in &asked {
            plannings.push(if waits(asked) { None } else { Some(self.planning(asked, &shared).await?) });
        }
        for query in &several {
            self.keep(query, params, &asked, &mut shared).await?;
        }
        let mut planned = Vec::with_capacity(asked.len());
        for (asked, planning) in asked.iter().zip(&mut plannings) {
            if planning.is_none() && !shared.kept.iter().any(|kept| Arc::ptr_eq(&kept.query, asked.query)) {
                *planning = Some(self.planning(asked, &shared).await?);
            }
        }
        for (asked, planning) in asked.iter().zip(plannings) {
            planned.push(match planning {
                Some(planning) => Some(finished(planning).await.map_err(|error| self.wanted_by(asked, &error))?),
                None => None,
            });
        }
        self.run(&asked, planned, shared).await
    }

    /// Begins to plan a query.
    async fn planning(&self, asked: &Asked<'_>, shared: &Shared) -> Result<UnderWay<Planned>> {
        let scope = self.scope(asked, shared);
        let frame = scope.frame(&asked.query.sql).await.map_err(|error| wanted_by(error, asked.query))?;
        Ok(planning(frame))
    }

    /// Keeps the rows of a query that several read, where they are few and all who read it give its parameters the same values.
    async fn keep(&self, query: &Arc<Query>, params: &Params, asked: &[Asked<'_>], shared: &mut Shared) -> Result<()> {
        let values = self.bind(query, params)?;
        let is_given = |asked: &Asked| values.iter().all(|value| asked.values.contains(value));
        if asked.iter().any(|asked| reads(asked.query, query) && !is_given(asked)) {
            return Ok(());
        }
        let of_itself = Asked { query, values };
        let scope = self.scope(&of_itself, shared);
        let frame = scope.frame(&query.sql).await.map_err(|error| wanted_by(error, query))?;
        if !groups(frame.logical_plan()) {
            return Ok(());
        }
        let (_, plan) = planned(frame).await.map_err(|error| self.wanted_by(&of_itself, &error))?;
        let (kept, source) = Kept::new(Arc::clone(query), plan.schema());
        shared.kept.push(kept);
        shared.plans.push((plan, source));
        Ok(())
    }

    /// Runs what was planned; a query without a plan is one that is kept.
    async fn run(&self, asked: &[Asked<'_>], planned: Vec<Option<Planned>>, shared: Shared) -> Result<Vec<Answer>> {
        let (plans, sources): (Vec<_>, Vec<_>) = shared.plans.into_iter().unzip();
        let of_answers = planned.iter().flatten().map(|(_, plan)| Arc::clone(plan));
        let plans: Vec<_> = plans.into_iter().chain(of_answers).collect();
        let mut running = together(plans, self.session.contacts.as_ref(), &self.session.state)?.into_iter();
        let filling: Vec<_> = sources.into_iter().zip(&mut running).map(|(source, work)| source.fill(work)).collect();
        let mut answers = Vec::with_capacity(asked.len());
        for (asked, planned) in asked.iter().zip(planned) {
            let kept = shared.kept.iter().find(|kept| Arc::ptr_eq(&kept.query, asked.query));
            let (schema, batches) = match (planned, kept) {
                (Some((schema, _)), _) => {
                    let work = running.next().ok_or_else(|| Error::bug("a plan was not run"))?;
                    (schema, finished(work).await)
                }
                (None, Some(kept)) => (kept.planned(), kept.rows().await),
                (None, None) => return Err(Error::bug("a query was not planned")),
            };
            let batches: Vec<RecordBatch> = batches.map_err(|error| self.wanted_by(asked, &error))?;
            answers.push(Answer::new(Arc::clone(asked.query), as_answered(schema, &batches), batches));
        }
        drop(filling);
        Ok(answers)
    }

    fn scope(&self, asked: &Asked<'_>, shared: &Shared) -> Scope {
        Scope::of_query(&self.session, asked.query, asked.values.clone(), &shared.kept, &shared.counted)
    }

    fn wanted_by(&self, asked: &Asked<'_>, error: &DataFusionError) -> Error {
        let scope = self.scope(asked, &Shared::default());
        wanted_by(scope.explain(error), asked.query)
    }

    /// Fails on parameters that none of these queries has.
    pub fn check_params(&self, queries: &[Arc<Query>], params: &Params) -> Result<()> {
        refuse_unknown(&queries.iter().map(Arc::as_ref).collect::<Vec<_>>(), params)
    }
}

fn wanted_by(error: Error, query: &Query) -> Error {
    error.fact("wanted by", format!("report `{}`", query.name))
}
