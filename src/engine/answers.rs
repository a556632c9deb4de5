//! Answers: one report, or the reports of a run from one pass over the contacts.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::runtime::SpawnedTask;
use datafusion::physical_plan::ExecutionPlan;

use super::kept::{Kept, Source, read_by_several, reads};
use super::running::{Planned, finished, together};
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

/// Work under way.
type UnderWay<T> = SpawnedTask<Result<T>>;

/// What is computed once in a run, and for whom.
struct Shared {
    kept: Vec<Kept>,
    /// Of each that is kept.
    plans: Vec<(Arc<dyn ExecutionPlan>, Source)>,
    counted: Arc<CountedBy>,
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
        let mut shared = Shared { kept: Vec::new(), plans: Vec::new(), counted: CountedBy::run() };
        let several = read_by_several(queries);
        let to_keep = self.to_keep(&several, params, &asked, &shared).await?;
        let waits =
            |asked: &Asked| to_keep.iter().any(|kept| kept.query == asked.query || reads(asked.query, kept.query));
        // Planning takes most of the time of a small log: it is done side by side.
        let begun = |asked: &Asked| (!waits(asked)).then(|| self.planning(asked, &shared));
        let mut plannings: Vec<_> = asked.iter().map(begun).collect();
        for query in &to_keep {
            self.keep(query, &mut shared).await?;
        }
        for (asked, planning) in asked.iter().zip(&mut plannings) {
            if planning.is_none() && !shared.kept.iter().any(|kept| kept.query == *asked.query) {
                *planning = Some(self.planning(asked, &shared));
            }
        }
        let mut planned = Vec::with_capacity(asked.len());
        for (asked, planning) in asked.iter().zip(plannings) {
            planned.push(match planning {
                Some(planning) => Some(joined(planning).await.map_err(|error| wanted_by(error, asked.query))?),
                None => None,
            });
        }
        self.run(&asked, planned, shared).await
    }

    fn planning(&self, asked: &Asked<'_>, shared: &Shared) -> UnderWay<Planned> {
        self.scope(asked, shared).planning(&asked.query.sql)
    }

    /// Of queries that several read those whose rows are few, and whose parameters have the same values for all who read them.
    async fn to_keep<'a>(
        &self,
        several: &'a [Arc<Query>],
        params: &Params,
        asked: &[Asked<'_>],
        shared: &Shared,
    ) -> Result<Vec<Asked<'a>>> {
        let mut looked_at = Vec::with_capacity(several.len());
        for query in several {
            let values = self.bind(query, params)?;
            let is_given = |asked: &Asked| values.iter().all(|value| asked.values.contains(value));
            if asked.iter().all(|asked| !reads(asked.query, query) || is_given(asked)) {
                let of_itself = Asked { query, values };
                let is_grouped = self.scope(&of_itself, shared).is_grouped(query);
                looked_at.push((of_itself, is_grouped));
            }
        }
        let mut to_keep = Vec::with_capacity(looked_at.len());
        for (asked, is_grouped) in looked_at {
            if joined(is_grouped).await.map_err(|error| wanted_by(error, asked.query))? {
                to_keep.push(asked);
            }
        }
        Ok(to_keep)
    }

    /// Plans a query whose rows are kept.
    async fn keep(&self, asked: &Asked<'_>, shared: &mut Shared) -> Result<()> {
        // Not behind the plans that have begun: others wait for it.
        let planned = self.scope(asked, shared).planned(&asked.query.sql).await;
        let (_, plan) = planned.map_err(|error| wanted_by(error, asked.query))?;
        let (kept, source) = Kept::new(Arc::clone(asked.query), plan.schema());
        shared.kept.push(kept);
        shared.plans.push((plan, source));
        Ok(())
    }

    /// Runs what was planned; a query without a plan is one that is kept.
    async fn run(&self, asked: &[Asked<'_>], planned: Vec<Option<Planned>>, mut shared: Shared) -> Result<Vec<Answer>> {
        let (plans, sources): (Vec<_>, Vec<_>) = std::mem::take(&mut shared.plans).into_iter().unzip();
        let of_answers = planned.iter().flatten().map(|(_, plan)| Arc::clone(plan));
        let plans: Vec<_> = plans.into_iter().chain(of_answers).collect();
        let mut running = together(plans, self.session.contacts.as_ref(), &self.session.state)?.into_iter();
        let filling: Vec<_> = sources.into_iter().zip(&mut running).map(|(source, work)| source.fill(work)).collect();
        let mut answers = Vec::with_capacity(asked.len());
        for (asked, planned) in asked.iter().zip(planned) {
            let kept = shared.kept.iter().find(|kept| kept.query == *asked.query);
            let (schema, batches) = match (planned, kept) {
                (Some((schema, _)), _) => {
                    let work = running.next().ok_or_else(|| Error::bug("a plan was not run"))?;
                    (schema, finished(work).await)
                }
                (None, Some(kept)) => (kept.planned(), kept.rows().await),
                (None, None) => return Err(Error::bug("a query was not planned")),
            };
            let explained = |error| wanted_by(self.scope(asked, &shared).explain(&error), asked.query);
            let batches: Vec<RecordBatch> = batches.map_err(explained)?;
            answers.push(Answer::new(Arc::clone(asked.query), as_answered(schema, &batches), batches));
        }
        drop(filling);
        Ok(answers)
    }

    fn scope(&self, asked: &Asked<'_>, shared: &Shared) -> Scope {
        Scope::of_query(&self.session, asked.query, asked.values.clone(), &shared.kept, &shared.counted)
    }

    /// Fails on parameters that none of these queries has.
    pub fn check_params(&self, queries: &[Arc<Query>], params: &Params) -> Result<()> {
        refuse_unknown(&queries.iter().map(Arc::as_ref).collect::<Vec<_>>(), params)
    }
}

async fn joined<T: 'static>(work: UnderWay<T>) -> Result<T> {
    work.join().await.unwrap_or_else(|error| Err(Error::bug(error.to_string())))
}

fn wanted_by(error: Error, query: &Query) -> Error {
    error.fact("wanted by", format!("report `{}`", query.name))
}
