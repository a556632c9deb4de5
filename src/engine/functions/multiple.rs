//! `benjamini_hochberg(p) over (…)`: p values adjusted for all tests of the window's partition; null in, null out.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::utils::take_function_args;
use datafusion::error::Result;
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{PartitionEvaluator, Signature, Volatility, WindowUDFImpl};

use crate::statistics::multiple::benjamini_hochberg;

/// The function as SQL knows it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct BenjaminiHochberg {
    signature: Signature,
}

impl Default for BenjaminiHochberg {
    fn default() -> Self {
        BenjaminiHochberg { signature: Signature::exact(vec![DataType::Float64], Volatility::Immutable) }
    }
}

impl WindowUDFImpl for BenjaminiHochberg {
    fn name(&self) -> &str {
        "benjamini_hochberg"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), DataType::Float64, true)))
    }

    fn partition_evaluator(&self, _: PartitionEvaluatorArgs) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Adjust))
    }
}

/// All rows of a partition at once.
#[derive(Debug)]
struct Adjust;

impl PartitionEvaluator for Adjust {
    fn evaluate_all(&mut self, values: &[ArrayRef], _: usize) -> Result<ArrayRef> {
        let [p_values] = take_function_args("benjamini_hochberg", values)?;
        let p_values: Vec<Option<f64>> = p_values.as_primitive::<Float64Type>().iter().collect();
        Ok(Arc::new(Float64Array::from(benjamini_hochberg(&p_values))))
    }
}
