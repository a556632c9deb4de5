//! SQL expressions over the columns of one row: the conditions of causes, and `sql` and `skip` of a source.
//!
//! One dialect, DataFusion's, wherever a user may write SQL. Expressions are type-checked when they are compiled, against
//! the columns they may use, so that a mistake is reported before a row is read.
//!
//! Text compared with a number, or computed with, is read as a number; text that is none is null there.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::execution::SessionState;
use datafusion::logical_expr::expr::{Between, InList};
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, Operator, TryCast};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::error::{Error, Kind, Result};
use crate::explain::{self, first_line};
use crate::shape::quoting_shapes;
use crate::sql::check_depth;

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Expression {
    compiled: Arc<dyn PhysicalExpr>,
    schema: SchemaRef,
    /// As it was written.
    sql: Arc<str>,
}

/// Compiles expressions; cheap to keep, costly to make.
pub struct Compiler {
    session: SessionState,
}

impl Default for Compiler {
    fn default() -> Self {
        Compiler::new()
    }
}

impl Compiler {
    /// Names of columns are taken as they are written: `Outcome` is not `outcome`.
    pub fn new() -> Self {
        let config = SessionConfig::new().set_bool("datafusion.sql_parser.enable_ident_normalization", false);
        Compiler { session: SessionContext::new_with_config(config).state() }
    }

    /// Compiles `sql` over the columns of `schema`.
    ///
    /// # Errors
    /// Where it does not parse, names a column that is not there, or its types do not fit. The caller adds where it stands.
    pub fn compile(&self, sql: &str, schema: &SchemaRef) -> Result<Expression> {
        check_depth(sql)?;
        let columns = DFSchema::try_from(Arc::clone(schema))?;
        let explained = |error: DataFusionError| explain::of_expression(sql, schema, &error);
        let expression = self.session.create_logical_expr(sql, &columns).map_err(explained)?;
        let expression = read_text_as_numbers(expression, &columns).map_err(explained)?;
        let compiled = self.session.create_physical_expr(expression, &columns).map_err(explained)?;
        compiled.data_type(schema).map_err(explained)?;
        Ok(Expression { compiled, schema: Arc::clone(schema), sql: sql.into() })
    }

    /// Compiles a condition: an expression that is true or false.
    pub fn compile_condition(&self, sql: &str, schema: &SchemaRef) -> Result<Expression> {
        let condition = self.compile(sql, schema)?;
        match condition.data_type()? {
            DataType::Boolean | DataType::Null => Ok(condition),
            other => Err(Error::user(format!("`{sql}` is not a condition"))
                .fact("found", format!("a value of type {}", crate::schema::plain_type(&other)))
                .fact("expected", "something that is true or false, such as `load_ms > 4000`")),
        }
    }
}

impl Expression {
    /// Type of its values.
    pub fn data_type(&self) -> Result<DataType> {
        Ok(self.compiled.data_type(&self.schema)?)
    }

    /// Names of the columns it reads.
    pub fn columns(&self) -> Vec<String> {
        let mut names: Vec<String> =
            collect_columns(&self.compiled).iter().map(|column| column.name().to_owned()).collect();
        names.sort();
        names
    }

    /// The expression over another schema that has the columns it reads.
    pub fn over(&self, schema: &SchemaRef) -> Result<Arc<dyn PhysicalExpr>> {
        Ok(datafusion::physical_expr::utils::reassign_expr_columns(Arc::clone(&self.compiled), schema)?)
    }

    /// Its value for each row. The rows may have other columns than it was compiled over, if those it reads are there.
    ///
    /// # Errors
    /// Where SQL fails on a value, as `to_timestamp` does on what is no time.
    pub fn evaluate(&self, rows: &RecordBatch) -> Result<ArrayRef> {
        let evaluated = self.over(&rows.schema())?.evaluate(rows).and_then(|value| value.into_array(rows.num_rows()));
        evaluated.map_err(|error| self.failed(&error))
    }

    /// Its value as text for each row.
    ///
    /// # Errors
    /// As [`Expression::evaluate`].
    pub fn evaluate_text(&self, rows: &RecordBatch) -> Result<ArrayRef> {
        let value = self.evaluate(rows)?;
        arrow::compute::cast(&value, &DataType::Utf8View).map_err(|error| self.failed(&error.into()))
    }

    fn failed(&self, error: &DataFusionError) -> Error {
        match Error::from(error) {
            // SQL that fails on a value is for the user to mend: it is no bug of ours.
            ours if ours.kind() == Kind::Bug => {
                Error::user(format!("`{}` cannot be worked out for every row", self.sql))
                    .fact("found", quoting_shapes(&first_line(error)))
                    .hint("a function whose name begins with `try_` gives null instead, as `try_cast(… as int)` does")
            }
            other => other,
        }
    }

    /// The rows for which it holds; null does not hold.
    pub fn holds(&self, rows: &RecordBatch) -> Result<BooleanArray> {
        let value = arrow::compute::cast(&self.evaluate(rows)?, &DataType::Boolean)?;
        let value = value.as_boolean();
        Ok(if value.null_count() == 0 { value.clone() } else { arrow::compute::prep_null_mask_filter(value) })
    }
}

/// Text next to a number becomes a number; a cast that cannot be done gives null.
fn read_text_as_numbers(expression: Expr, columns: &DFSchema) -> std::result::Result<Expr, DataFusionError> {
    let kind = |expr: &Expr| expr.get_type(columns).unwrap_or(DataType::Null);
    let is_text = |kind: &DataType| match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => matches!(values.as_ref(), DataType::Utf8),
        _ => false,
    };
    let as_number = |expr: Expr| Expr::TryCast(TryCast::new(Box::new(expr), DataType::Float64));
    let is_literal = |expr: &Expr| matches!(expr, Expr::Literal(..));
    let transformed = expression.transform_up(|expr| {
        Ok(match expr {
            Expr::Cast(Cast { expr, field }) if is_text(&kind(&expr)) => {
                Transformed::yes(Expr::TryCast(TryCast::new(expr, field.data_type().clone())))
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
                let (left_kind, right_kind) = (kind(&left), kind(&right));
                let computes = matches!(
                    op,
                    Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Divide | Operator::Modulo
                );
                let compares = op.supports_propagation();
                let wants_number = |text: &DataType, other: &DataType, other_expr: &Expr| {
                    is_text(text)
                        && ((compares || computes) && other.is_numeric()
                            || computes && is_text(other) && !is_literal(other_expr))
                };
                let (cast_left, cast_right) =
                    (wants_number(&left_kind, &right_kind, &right), wants_number(&right_kind, &left_kind, &left));
                if !cast_left && !cast_right {
                    return Ok(Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right })));
                }
                let left = if cast_left { Box::new(as_number(*left)) } else { left };
                let right = if cast_right { Box::new(as_number(*right)) } else { right };
                Transformed::yes(Expr::BinaryExpr(BinaryExpr { left, op, right }))
            }
            Expr::Between(Between { expr, negated, low, high })
                if is_text(&kind(&expr)) && (kind(&low).is_numeric() || kind(&high).is_numeric()) =>
            {
                Transformed::yes(Expr::Between(Between { expr: Box::new(as_number(*expr)), negated, low, high }))
            }
            Expr::InList(InList { expr, list, negated })
                if is_text(&kind(&expr)) && list.iter().any(|item| kind(item).is_numeric()) =>
            {
                Transformed::yes(Expr::InList(InList { expr: Box::new(as_number(*expr)), list, negated }))
            }
            other => Transformed::no(other),
        })
    })?;
    Ok(transformed.data)
}

/// A schema of text columns with these names, as a log's columns are.
pub fn text_columns<'a>(names: impl IntoIterator<Item = &'a str>) -> SchemaRef {
    let fields = names.into_iter().map(|name| arrow::datatypes::Field::new(name, DataType::Utf8View, true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use arrow::array::StringViewArray;

    use super::*;

    fn rows() -> RecordBatch {
        let column = |values: Vec<Option<&str>>| Arc::new(StringViewArray::from(values)) as ArrayRef;
        RecordBatch::try_from_iter([
            ("wait", column(vec![Some("9"), Some("10"), Some("n/a"), None])),
            ("Outcome", column(vec![Some("HANG"), Some("AGENT"), Some("HANG"), None])),
        ])
        .unwrap()
    }

    fn held(sql: &str) -> Vec<bool> {
        let rows = rows();
        let expression = Compiler::new().compile_condition(sql, &rows.schema()).unwrap();
        expression.holds(&rows).unwrap().iter().map(|held| held.unwrap()).collect()
    }

    #[test]
    fn text_is_compared_with_numbers_as_a_number() {
        assert_eq!(held("wait > 9"), [false, true, false, false]);
        assert_eq!(held("9.5 < wait"), [false, true, false, false]);
        assert_eq!(held("wait between 5 and 9"), [true, false, false, false]);
        assert_eq!(held("wait in (10, 11)"), [false, true, false, false]);
        assert_eq!(held("cast(wait as int) + 1 = 11"), [false, true, false, false]);
        assert_eq!(held("wait + wait = 18"), [true, false, false, false]);
    }

    #[test]
    fn text_is_compared_with_text_as_text() {
        assert_eq!(held("Outcome = 'HANG'"), [true, false, true, false]);
        assert_eq!(held("case when Outcome = 'HANG' then 'a' else 'b' end = 'b'"), [false, true, false, true]);
    }

    #[test]
    fn a_missing_column_is_named_with_the_nearest_one() {
        let error = Compiler::new().compile("outcome = 'HANG'", &rows().schema()).unwrap_err();
        assert_eq!(error.mistakes()[0].missing_column.as_deref(), Some("outcome"));
        assert!(error.to_string().contains("did you mean `Outcome`?"), "{error}");
    }

    #[test]
    fn a_value_is_not_a_condition() {
        assert!(Compiler::new().compile_condition("wait || 'x'", &rows().schema()).is_err());
        assert!(Compiler::new().compile("wait >", &rows().schema()).is_err());
    }
}
