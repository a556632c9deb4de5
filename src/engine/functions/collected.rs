//! Aggregates that look at all their rows at once: rows of whole numbers in, a struct out.
//!
//! The state is the rows themselves, 8 bytes a number. They are summed up in one order, however they were partitioned, so that
//! the same rows give the same bytes. Null counts none. Fails on a negative number, and on `distinct`.

use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, ListArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::common::utils::take_function_args;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility};

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

impl Value {
    fn number(self) -> Option<f64> {
        if let Value::Number(number) = self { number } else { None }
    }

    fn count(self) -> Option<i64> {
        if let Value::Count(count) = self { count.map(whole) } else { None }
    }

    fn flag(self) -> Option<bool> {
        if let Value::Flag(flag) = self { Some(flag) } else { None }
    }
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
        Ok(answers::<S>(std::iter::empty())?.data_type().clone())
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let item = Field::new_list_field(DataType::Int64, true);
        Ok(vec![Arc::new(Field::new_list(format_state_name(args.name, "rows"), item, true))])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        refuse_distinct::<S>(&args)?;
        Ok(Box::new(Rows::<S>::new(1)))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        !args.is_distinct
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        refuse_distinct::<S>(&args)?;
        Ok(Box::new(Rows::<S>::new(0)))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

fn refuse_distinct<S: Summary>(args: &AccumulatorArgs) -> Result<()> {
    if args.is_distinct {
        return Err(DataFusionError::Plan(format!("`{}` takes every row: it cannot be `distinct`", S::NAME)));
    }
    Ok(())
}

/// The rows seen so far, each with the number of its group.
#[derive(Debug)]
struct Rows<S> {
    rows: Vec<(usize, Row)>,
    groups: usize,
    summary: PhantomData<S>,
}

impl<S: Summary> Rows<S> {
    fn new(groups: usize) -> Self {
        Rows { rows: Vec::new(), groups, summary: PhantomData }
    }

    /// Adds rows whose numbers stand in columns.
    fn update(&mut self, values: &[ArrayRef], group: impl Fn(usize) -> Option<usize>) -> Result<()> {
        let columns: Vec<&Int64Array> = values.iter().map(AsArray::as_primitive::<Int64Type>).collect();
        for row in 0..columns.first().map_or(0, |&column| Array::len(column)) {
            let Some(group) = group(row) else { continue };
            let mut numbers = [0; WIDTH];
            for (number, column) in numbers.iter_mut().zip(&columns) {
                *number = if column.is_null(row) { 0 } else { column.value(row) };
            }
            self.add(group, numbers)?;
        }
        Ok(())
    }

    /// Adds rows of states: lists of their numbers.
    fn merge(&mut self, states: &[ArrayRef], group: impl Fn(usize) -> usize) -> Result<()> {
        let [states] = take_function_args(S::NAME, states)?;
        for (place, numbers) in states.as_list::<i32>().iter().enumerate() {
            for row in
                numbers.iter().flat_map(|numbers| numbers.as_primitive::<Int64Type>().values().chunks_exact(WIDTH))
            {
                self.add(group(place), [row[0], row[1], row[2], row[3]])?;
            }
        }
        Ok(())
    }

    fn add(&mut self, group: usize, numbers: [i64; WIDTH]) -> Result<()> {
        if numbers.iter().any(|&number| number < 0) {
            return Err(DataFusionError::Execution(format!("`{}`: a count of journeys is negative", S::NAME)));
        }
        self.rows.push((group, numbers.map(i64::unsigned_abs)));
        Ok(())
    }

    /// The rows of the groups that are given out, in order, and how many groups those are; the others move up.
    fn take(&mut self, emit: EmitTo) -> (Vec<(usize, Row)>, usize) {
        let (mut taken, groups) = match emit {
            EmitTo::All => (std::mem::take(&mut self.rows), std::mem::take(&mut self.groups)),
            EmitTo::First(first) => {
                let (taken, mut left): (Vec<_>, Vec<_>) = self.rows.drain(..).partition(|(group, _)| *group < first);
                left.iter_mut().for_each(|(group, _)| *group -= first);
                self.rows = left;
                self.groups = self.groups.saturating_sub(first);
                (taken, first)
            }
        };
        taken.sort_unstable();
        (taken, groups)
    }

    /// A list of numbers for each group.
    fn states(&mut self, emit: EmitTo) -> ListArray {
        let (rows, groups) = self.take(emit);
        let mut lengths = vec![0; groups];
        rows.iter().for_each(|(group, _)| lengths[*group] += WIDTH);
        let numbers: Int64Array = rows.iter().flat_map(|(_, row)| row).map(|&number| Some(whole(number))).collect();
        let item = Arc::new(Field::new_list_field(DataType::Int64, true));
        ListArray::new(item, OffsetBuffer::from_lengths(lengths), Arc::new(numbers), None)
    }

    /// A struct for each group.
    fn answers(&mut self, emit: EmitTo) -> Result<StructArray> {
        let (rows, groups) = self.take(emit);
        let mut start = 0;
        answers::<S>((0..groups).map(|group| {
            let end = start + rows[start..].partition_point(|(of, _)| *of <= group);
            let of_group: Vec<Row> =
                rows[std::mem::replace(&mut start, end)..end].iter().map(|(_, row)| *row).collect();
            of_group
        }))
    }

    fn bytes(&self) -> usize {
        size_of_val(self) + self.rows.capacity() * size_of::<(usize, Row)>()
    }
}

/// Of one group alone.
impl<S: Summary> Accumulator for Rows<S> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.update(values, |_| Some(0))
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.merge(states, |_| 0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let states = self.states(EmitTo::All);
        self.groups = 1;
        Ok(vec![ScalarValue::List(Arc::new(states))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let answers = self.answers(EmitTo::All)?;
        self.groups = 1;
        Ok(ScalarValue::Struct(Arc::new(answers)))
    }

    fn size(&self) -> usize {
        self.bytes()
    }
}

impl<S: Summary> GroupsAccumulator for Rows<S> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.groups = total;
        self.update(values, |row| passes(filter, row).then_some(groups[row]))
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.groups = total;
        self.merge(states, |place| groups[place])
    }

    /// Each row a group of its own.
    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let mut alone = Rows::<S>::new(values.first().map_or(0, Array::len));
        alone.update(values, |row| passes(filter, row).then_some(row))?;
        Ok(vec![Arc::new(alone.states(EmitTo::All))])
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![Arc::new(self.states(emit))])
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        Ok(Arc::new(self.answers(emit)?))
    }

    fn size(&self) -> usize {
        self.bytes()
    }
}

fn passes(filter: Option<&BooleanArray>, row: usize) -> bool {
    filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row))
}

/// A row of the struct for each of some groups.
fn answers<S: Summary>(groups: impl Iterator<Item = Vec<Row>>) -> Result<StructArray> {
    let values: Vec<Vec<(&str, Value)>> = groups.map(|rows| S::of(&rows)).collect();
    let fields = S::of(&[]).into_iter().enumerate().map(|(place, (name, kind))| {
        let values = values.iter().map(|group| group[place].1);
        let column: ArrayRef = match kind {
            Value::Number(_) => Arc::new(values.map(Value::number).collect::<Float64Array>()),
            Value::Count(_) => Arc::new(values.map(Value::count).collect::<Int64Array>()),
            Value::Flag(_) => Arc::new(values.map(Value::flag).collect::<BooleanArray>()),
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
