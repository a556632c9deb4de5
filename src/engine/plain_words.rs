//! Windows and sorts get words as plain text.
//!
//! A column of words brings all its words with every batch. Windows and sorts take batches apart and put them together anew, words
//! and all: with a million different steps that was 8 GB, where the text itself is some tens of megabytes.

use arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast};
use datafusion::optimizer::AnalyzerRule;

/// Puts a projection under each window and sort that casts words to text; before types are coerced.
#[derive(Debug)]
pub(super) struct PlainWords;

impl AnalyzerRule for PlainWords {
    fn name(&self) -> &'static str {
        "plain_words"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        let plain = plan.transform_up_with_subqueries(|node| {
            let node = match node {
                LogicalPlan::Window(mut window) => {
                    window.input = with_plain_words(&window.input)?.into();
                    LogicalPlan::Window(window)
                }
                LogicalPlan::Sort(mut sort) => {
                    sort.input = with_plain_words(&sort.input)?.into();
                    LogicalPlan::Sort(sort)
                }
                other => other,
            };
            // The types of its columns may be others now.
            node.recompute_schema().map(Transformed::yes)
        })?;
        Ok(plain.data)
    }
}

fn with_plain_words(input: &LogicalPlan) -> Result<LogicalPlan> {
    let is_words = |kind: &DataType| matches!(kind, DataType::Dictionary(_, _));
    if input.schema().fields().iter().all(|field| !is_words(field.data_type())) {
        return Ok(input.clone());
    }
    let columns = input.schema().iter().map(|(qualifier, field)| {
        let column = Expr::from((qualifier, field));
        if is_words(field.data_type()) {
            cast(column, DataType::Utf8View).alias_qualified(qualifier.cloned(), field.name())
        } else {
            column
        }
    });
    LogicalPlanBuilder::from(input.clone()).project(columns.collect::<Vec<_>>())?.build()
}
