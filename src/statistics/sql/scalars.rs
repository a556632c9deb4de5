//! Functions of the values of one row.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::utils::take_function_args;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use crate::statistics::Interval;
use crate::statistics::distributions::{chi_squared_p_value, normal_p_value};
use crate::statistics::rates::Proportion;

/// One function each.
pub(super) fn all() -> Vec<ScalarUDF> {
    let functions = [Function::NormalPValue, Function::ChiSquaredPValue, Function::WilsonLow, Function::WilsonHigh];
    functions.into_iter().map(|function| ScalarUDF::from(Scalar::new(function))).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Function {
    NormalPValue,
    ChiSquaredPValue,
    WilsonLow,
    WilsonHigh,
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
            Function::ChiSquaredPValue => vec![DataType::Float64; 2],
            Function::WilsonLow | Function::WilsonHigh => vec![DataType::Int64; 2],
        };
        Scalar { function, signature: Signature::exact(types, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Scalar {
    fn name(&self) -> &str {
        match self.function {
            Function::NormalPValue => "normal_p_value",
            Function::ChiSquaredPValue => "chi_squared_p_value",
            Function::WilsonLow => "wilson_low",
            Function::WilsonHigh => "wilson_high",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let columns = args.args.iter().map(|argument| argument.to_array(rows)).collect::<Result<Vec<_>>>()?;
        let computed: Float64Array = match self.function {
            Function::NormalPValue => {
                let [z] = take_function_args(self.name(), columns)?;
                z.as_primitive::<Float64Type>().iter().map(|z| normal_p_value(z?)).collect()
            }
            Function::ChiSquaredPValue => {
                let [x, degrees] = take_function_args(self.name(), columns)?;
                let degrees = degrees.as_primitive::<Float64Type>();
                let pairs = x.as_primitive::<Float64Type>().iter().zip(degrees);
                pairs.map(|(x, degrees)| chi_squared_p_value(x?, degrees?)).collect()
            }
            Function::WilsonLow => wilson(take_function_args(self.name(), columns)?, |interval| interval.low),
            Function::WilsonHigh => wilson(take_function_args(self.name(), columns)?, |interval| interval.high),
        };
        Ok(ColumnarValue::Array(Arc::new(computed)))
    }
}

/// One end of the interval of each share.
fn wilson([counts, of]: [ArrayRef; 2], end: fn(Interval) -> f64) -> Float64Array {
    let pairs = counts.as_primitive::<Int64Type>().iter().zip(of.as_primitive::<Int64Type>());
    let share = |(count, of): (Option<i64>, Option<i64>)| {
        Some(Proportion { count: u64::try_from(count?).ok()?, of: u64::try_from(of?).ok()? })
    };
    pairs.map(|pair| share(pair)?.wilson().map(end)).collect()
}
