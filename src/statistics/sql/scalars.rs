//! Functions of the values of one row.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, StringArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::utils::take_function_args;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use crate::statistics::Interval;
use crate::statistics::distributions::{chi_squared_p_value, normal_p_value, t_p_value, t_quantile};
use crate::statistics::evidence::verdict;
use crate::statistics::rates::Proportion;

/// One function each.
pub(super) fn all() -> Vec<ScalarUDF> {
    let functions = [
        Function::NormalPValue,
        Function::TPValue,
        Function::TQuantile,
        Function::ChiSquaredPValue,
        Function::WilsonLow,
        Function::WilsonHigh,
        Function::EvidenceVerdict,
    ];
    functions.into_iter().map(|function| ScalarUDF::from(Scalar::new(function))).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Function {
    NormalPValue,
    TPValue,
    TQuantile,
    ChiSquaredPValue,
    WilsonLow,
    WilsonHigh,
    EvidenceVerdict,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Scalar {
    function: Function,
    signature: Signature,
}

impl Scalar {
    fn new(function: Function) -> Self {
        let types = match function {
            Function::NormalPValue => vec![DataType::Float64],
            Function::TPValue | Function::TQuantile | Function::ChiSquaredPValue => vec![DataType::Float64; 2],
            Function::WilsonLow | Function::WilsonHigh => vec![DataType::Int64; 2],
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
            Function::ChiSquaredPValue => "chi_squared_p_value",
            Function::WilsonLow => "wilson_low",
            Function::WilsonHigh => "wilson_high",
            Function::EvidenceVerdict => "evidence_verdict",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(if self.function == Function::EvidenceVerdict { DataType::Utf8 } else { DataType::Float64 })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let columns = args.args.iter().map(|argument| argument.to_array(rows)).collect::<Result<Vec<_>>>()?;
        let computed: Float64Array = match self.function {
            Function::NormalPValue => {
                let [z] = take_function_args(self.name(), columns)?;
                z.as_primitive::<Float64Type>().iter().map(|z| normal_p_value(z?)).collect()
            }
            Function::TPValue => of_degrees(take_function_args(self.name(), columns)?, t_p_value),
            Function::TQuantile => of_degrees(take_function_args(self.name(), columns)?, t_quantile),
            Function::ChiSquaredPValue => of_degrees(take_function_args(self.name(), columns)?, chi_squared_p_value),
            Function::WilsonLow => wilson(take_function_args(self.name(), columns)?, |interval| interval.low),
            Function::WilsonHigh => wilson(take_function_args(self.name(), columns)?, |interval| interval.high),
            Function::EvidenceVerdict => {
                return Ok(ColumnarValue::Array(Arc::new(verdicts(take_function_args(self.name(), columns)?))));
            }
        };
        Ok(ColumnarValue::Array(Arc::new(computed)))
    }
}

/// The p value of each statistic, or the quantile of each share, with its degrees of freedom.
fn of_degrees([statistics, degrees]: [ArrayRef; 2], value: fn(f64, f64) -> Option<f64>) -> Float64Array {
    let pairs = statistics.as_primitive::<Float64Type>().iter().zip(degrees.as_primitive::<Float64Type>());
    pairs.map(|(statistic, degrees)| value(statistic?, degrees?)).collect()
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
