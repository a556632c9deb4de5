//! Functions of the values of one row.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, StringArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::common::utils::take_function_args;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use crate::statistics::distributions::{chi_squared_p_value, normal_p_value, t_p_value, t_quantile, t_quantile_95};
use crate::statistics::evidence::{LARGEST_P, LEAST_EXPECTED, is_compared, verdict};
use crate::statistics::rates::Proportion;
use crate::statistics::{Interval, Stratum};

/// One function each.
pub(super) fn all() -> Vec<ScalarUDF> {
    let functions = [
        Function::NormalPValue,
        Function::TPValue,
        Function::TQuantile,
        Function::TQuantile95,
        Function::ChiSquaredPValue,
        Function::WilsonLow,
        Function::WilsonHigh,
        Function::EvidenceVerdict,
        Function::IsCompared,
        Function::LargestP,
        Function::LeastExpected,
    ];
    functions.into_iter().map(|function| ScalarUDF::from(Scalar::new(function))).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Function {
    NormalPValue,
    TPValue,
    TQuantile,
    TQuantile95,
    ChiSquaredPValue,
    WilsonLow,
    WilsonHigh,
    EvidenceVerdict,
    IsCompared,
    LargestP,
    LeastExpected,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Scalar {
    function: Function,
    signature: Signature,
}

impl Scalar {
    fn new(function: Function) -> Self {
        let types = match function {
            Function::LargestP | Function::LeastExpected => {
                return Scalar { function, signature: Signature::nullary(Volatility::Immutable) };
            }
            Function::NormalPValue | Function::TQuantile95 => vec![DataType::Float64],
            Function::TPValue | Function::TQuantile | Function::ChiSquaredPValue => vec![DataType::Float64; 2],
            Function::WilsonLow | Function::WilsonHigh => vec![DataType::Int64; 2],
            Function::IsCompared => vec![DataType::Int64; 4],
            Function::EvidenceVerdict => {
                vec![DataType::Boolean, DataType::Float64, DataType::Float64, DataType::Float64]
            }
        };
        Scalar { function, signature: Signature::exact(types, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Scalar {
    fn name(&self) -> &str {
        match self.function {
            Function::NormalPValue => "normal_p_value",
            Function::TPValue => "t_p_value",
            Function::TQuantile => "t_quantile",
            Function::TQuantile95 => "t_quantile_95",
            Function::ChiSquaredPValue => "chi_squared_p_value",
            Function::WilsonLow => "wilson_low",
            Function::WilsonHigh => "wilson_high",
            Function::EvidenceVerdict => "evidence_verdict",
            Function::IsCompared => "is_compared",
            Function::LargestP => "largest_p",
            Function::LeastExpected => "least_expected",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.function {
            Function::EvidenceVerdict => DataType::Utf8,
            Function::IsCompared => DataType::Boolean,
            _ => DataType::Float64,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let columns = args.args.iter().map(|argument| argument.to_array(rows)).collect::<Result<Vec<_>>>()?;
        let computed: Float64Array = match self.function {
            Function::LargestP => return Ok(ColumnarValue::from(ScalarValue::from(LARGEST_P))),
            Function::LeastExpected => return Ok(ColumnarValue::from(ScalarValue::from(LEAST_EXPECTED))),
            Function::NormalPValue => of_number(take_function_args(self.name(), columns)?, normal_p_value),
            Function::TQuantile95 => of_number(take_function_args(self.name(), columns)?, t_quantile_95),
            Function::TPValue => of_degrees(take_function_args(self.name(), columns)?, t_p_value),
            Function::TQuantile => of_degrees(take_function_args(self.name(), columns)?, t_quantile),
            Function::ChiSquaredPValue => of_degrees(take_function_args(self.name(), columns)?, chi_squared_p_value),
            Function::WilsonLow => wilson(take_function_args(self.name(), columns)?, |interval| interval.low),
            Function::WilsonHigh => wilson(take_function_args(self.name(), columns)?, |interval| interval.high),
            Function::IsCompared => {
                return Ok(ColumnarValue::Array(Arc::new(compared(take_function_args(self.name(), columns)?))));
            }
            Function::EvidenceVerdict => {
                return Ok(ColumnarValue::Array(Arc::new(verdicts(take_function_args(self.name(), columns)?))));
            }
        };
        Ok(ColumnarValue::Array(Arc::new(computed)))
    }
}

fn of_number([numbers]: [ArrayRef; 1], value: fn(f64) -> Option<f64>) -> Float64Array {
    numbers.as_primitive::<Float64Type>().iter().map(|number| value(number?)).collect()
}

/// The p value of each statistic, or the quantile of each share, with its degrees of freedom.
fn of_degrees([statistics, degrees]: [ArrayRef; 2], value: fn(f64, f64) -> Option<f64>) -> Float64Array {
    let pairs = statistics.as_primitive::<Float64Type>().iter().zip(degrees.as_primitive::<Float64Type>());
    pairs.map(|(statistic, degrees)| value(statistic?, degrees?)).collect()
}

/// Whether each stratum tells something of the signal; null counts none, and what is no count is compared with nothing.
fn compared(counts: [ArrayRef; 4]) -> BooleanArray {
    let counts = counts.map(|column| column.as_primitive::<Int64Type>().clone());
    let stratum = |row: usize| -> Option<Stratum> {
        let count = |place: usize| {
            let column = &counts[place];
            u64::try_from(if column.is_valid(row) { column.value(row) } else { 0 }).ok()
        };
        Some(Stratum::from([count(0)?, count(1)?, count(2)?, count(3)?]))
    };
    (0..counts[0].len()).map(|row| Some(stratum(row).is_some_and(|stratum| is_compared(&stratum)))).collect()
}

/// What is said of each cause; what is not known to be tested is not.
fn verdicts([is_tested, low, attributable_low, adjusted_p]: [ArrayRef; 4]) -> StringArray {
    let numbers = [&low, &attributable_low, &adjusted_p].map(AsArray::as_primitive::<Float64Type>);
    let value = |column: usize, row: usize| numbers[column].is_valid(row).then(|| numbers[column].value(row));
    let is_tested = is_tested.as_boolean();
    let of_row = |row| {
        let is_tested = is_tested.is_valid(row) && is_tested.value(row);
        verdict(is_tested, value(0, row), value(1, row), value(2, row))
    };
    StringArray::from_iter_values((0..is_tested.len()).map(of_row))
}

/// One end of the interval of each share.
fn wilson([counts, of]: [ArrayRef; 2], end: fn(Interval) -> f64) -> Float64Array {
    let pairs = counts.as_primitive::<Int64Type>().iter().zip(of.as_primitive::<Int64Type>());
    let share = |(count, of): (Option<i64>, Option<i64>)| {
        Some(Proportion { count: u64::try_from(count?).ok()?, of: u64::try_from(of?).ok()? })
    };
    pairs.map(|pair| share(pair)?.wilson().map(end)).collect()
}
