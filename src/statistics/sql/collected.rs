//! Aggregates that look at all their rows at once: rows of whole numbers in, a struct out.
//!
//! The state is the rows themselves, 8 bytes a number. They are summed up in one order, however they were partitioned, so that
//! the same rows give the same bytes. Null counts none. Fails on a negative number, and on `distinct`.

use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::common::utils::{SingleRowListArrayBuilder, take_function_args};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};

/// Numbers of a row, at most.
const WIDTH: usize = 4;
/// A row; what a function does not take is 0.
pub(super) type Row = [u64; WIDTH];

/// A field of the struct.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    Number(Option<f64>),
    Count(Option<u64>),
    Flag(bool),
}

/// What is made of the rows.
pub(super) trait Summary: Debug + Send + Sync + 'static {
    const NAME: &'static str;
    /// How many arguments it takes.
    const NUMBERS: usize = WIDTH;

    /// Names and values of the fields, the same names for any rows. `rows` are sorted.
    fn of(rows: &[Row]) -> Vec<(&'static str, Value)>;
}

/// A [`Summary`] as SQL knows it.
#[derive(Debug)]
pub(super) struct Collected<S> {
    signature: Signature,
    summary: PhantomData<S>,
}

impl<S: Summary> Default for Collected<S> {
    fn default() -> Self {
        let signature = Signature::exact(vec![DataType::Int64; S::NUMBERS], Volatility::Immutable);
        Collected { signature, summary: PhantomData }
    }
}

// One function for each summary: the name tells them apart.
impl<S: Summary> PartialEq for Collected<S> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<S: Summary> Eq for Collected<S> {}

impl<S: Summary> Hash for Collected<S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        S::NAME.hash(state);
    }
}

impl<S: Summary> AggregateUDFImpl for Collected<S> {
    fn name(&self) -> &str {
        S::NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(answer::<S>(&[])?.data_type().clone())
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let item = Field::new_list_field(DataType::Int64, true);
        Ok(vec![Arc::new(Field::new_list(format_state_name(args.name, "rows"), item, true))])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if args.is_distinct {
            return Err(DataFusionError::Plan(format!("`{}` takes every row: it cannot be `distinct`", S::NAME)));
        }
        Ok(Box::new(Rows::<S> { rows: Vec::new(), summary: PhantomData }))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

/// The rows seen so far.
#[derive(Debug)]
struct Rows<S> {
    rows: Vec<Row>,
    summary: PhantomData<S>,
}

impl<S: Summary> Accumulator for Rows<S> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let columns: Vec<&Int64Array> = values.iter().map(AsArray::as_primitive::<Int64Type>).collect();
        let rows = columns.first().map_or(0, |&column| Array::len(column));
        self.rows.reserve(rows);
        for row in 0..rows {
            let mut numbers = [0; WIDTH];
            for (number, column) in numbers.iter_mut().zip(&columns) {
                *number = if column.is_null(row) { 0 } else { column.value(row) };
            }
            self.add(numbers)?;
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [states] = take_function_args(S::NAME, states)?;
        for numbers in states.as_list::<i32>().iter().flatten() {
            for row in numbers.as_primitive::<Int64Type>().values().chunks_exact(WIDTH) {
                self.add([row[0], row[1], row[2], row[3]])?;
            }
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let numbers: Int64Array = self.rows.iter().flatten().map(|&number| Some(whole(number))).collect();
        Ok(vec![SingleRowListArrayBuilder::new(Arc::new(numbers)).build_list_scalar()])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.rows.sort_unstable();
        Ok(ScalarValue::Struct(Arc::new(answer::<S>(&self.rows)?)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.rows.capacity() * size_of::<Row>()
    }
}

impl<S: Summary> Rows<S> {
    fn add(&mut self, numbers: [i64; WIDTH]) -> Result<()> {
        if numbers.iter().any(|&number| number < 0) {
            return Err(DataFusionError::Execution(format!("`{}`: a count of journeys is negative", S::NAME)));
        }
        self.rows.push(numbers.map(i64::unsigned_abs));
        Ok(())
    }
}

/// One row of the struct.
fn answer<S: Summary>(rows: &[Row]) -> Result<StructArray> {
    let fields = S::of(rows).into_iter().map(|(name, value)| {
        let column: ArrayRef = match value {
            Value::Number(number) => Arc::new(Float64Array::from(vec![number])),
            Value::Count(count) => Arc::new(Int64Array::from(vec![count.map(whole)])),
            Value::Flag(flag) => Arc::new(BooleanArray::from(vec![flag])),
        };
        (Field::new(name, column.data_type().clone(), true), column)
    });
    let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = fields.unzip();
    Ok(StructArray::try_new(Fields::from(fields), columns, None)?)
}

/// As SQL counts; no count of journeys comes near the bound.
fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
