//! Parameters that are days: SQL gets the moment at which the day begins, and a moment beside a calendar date is a slip.
//!
//! DataFusion compares the two by making a moment of the date, in UTC: right nowhere but there, and without a word. In: a plan as SQL
//! says it, before types are coerced. Fails on a comparison of a date with such a parameter, and where one becomes text.

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::expr::{Between, InList, Placeholder};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, LogicalPlan, TryCast};

use crate::error::{Error, Result};
use crate::query::parameters::Values;

/// Fails where SQL takes a parameter for a calendar date that is a moment.
///
/// # Errors
/// With the first such place.
pub(super) fn refuse_dates_beside_moments(plan: &LogicalPlan, values: &Values) -> Result<()> {
    if !values.iter().any(|(_, value)| is_moment(value)) {
        return Ok(());
    }
    let mut slip = None;
    plan.apply_with_subqueries(|node| {
        let columns = merge_schema(&node.inputs());
        node.apply_expressions(|expression| {
            expression.apply(|part| {
                slip = slip_of(part, &columns, values);
                Ok(if slip.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
            })
        })
    })?;
    slip.map_or(Ok(()), Err)
}

/// What is wrong with one expression, leaving aside those that it is made of.
fn slip_of(expression: &Expr, columns: &DFSchema, values: &Values) -> Option<Error> {
    let moment = |expr: &Expr| moment_name(expr, values);
    let is_date =
        |expr: &Expr| expr.get_type(columns).is_ok_and(|kind| matches!(kind, DataType::Date32 | DataType::Date64));
    let (name, advice) = match expression {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if op.supports_propagation() => {
            let beside = |one: &Expr, other: &Expr| moment(one).filter(|_| is_date(other));
            (beside(left, right).or_else(|| beside(right, left))?, "")
        }
        Expr::Between(Between { expr, low, high, .. }) if is_date(expr) => (moment(low).or_else(|| moment(high))?, ""),
        Expr::InList(InList { expr, list, .. }) if is_date(expr) => (list.iter().find_map(moment)?, ""),
        Expr::Cast(Cast { expr, field }) | Expr::TryCast(TryCast { expr, field }) if field.data_type().is_string() => {
            (moment(expr)?, ", and that one with text")
        }
        _ => return None,
    };
    Some(
        Error::user(format!("the parameter `{name}` is a moment, and is taken for a calendar date"))
            .fact("found", expression.to_string())
            .hint(format!(
                "a day is bound as the moment at which it begins; compare dates with `cast(${name} as date)`{advice}"
            )),
    )
}

/// The name of a parameter that is a moment in a zone.
fn moment_name(expr: &Expr, values: &Values) -> Option<String> {
    let Expr::Placeholder(Placeholder { id, .. }) = expr else { return None };
    let name = id.strip_prefix('$')?;
    values.iter().any(|(known, value)| known == name && is_moment(value)).then(|| name.to_owned())
}

fn is_moment(value: &ScalarValue) -> bool {
    matches!(value, ScalarValue::TimestampMicrosecond(_, Some(_)))
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::SessionContext;

    use super::*;

    async fn verdict(condition: &str) -> Result<()> {
        let context = SessionContext::new();
        let sql = format!("select 1 from (select now() as at) where {condition}");
        let plan = context.state().create_logical_plan(&sql).await.unwrap();
        let moment = ScalarValue::TimestampMicrosecond(Some(0), Some("Europe/Paris".into()));
        refuse_dates_beside_moments(&plan, &vec![("day".to_owned(), moment)])
    }

    #[tokio::test]
    async fn a_moment_is_compared_with_moments_and_a_date_with_dates() {
        for sound in ["at >= $day", "cast(at as date) = cast($day as date)", "$day is null or at < $day"] {
            verdict(sound).await.unwrap();
        }
        for slip in [
            "cast(at as date) = $day",
            "$day <= cast(at as date)",
            "cast(at as date) between $day and $day",
            "cast(at as date) in ($day)",
            "1 in (select 1 from (select now() as at) where cast(at as date) > $day)",
            "to_char(at, '%Y-%m-%d') >= cast($day as text)",
        ] {
            let error = verdict(slip).await.unwrap_err().to_string();
            assert!(error.contains("`day` is a moment") && error.contains("cast($day as date)"), "{slip}: {error}");
        }
    }
}
