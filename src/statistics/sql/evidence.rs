//! `stratified_evidence`: all that is said about one association, over the strata that are aggregated.
//!
//! In: one row per stratum, four counts of journeys; null counts none. Out: a struct, see [`answer`]. Rows are not merged:
//! two rows are two strata. The state is the strata themselves, 32 bytes each: the test of homogeneity looks at them again
//! once the ratio is known, and they are summed in one order however they were partitioned, so that the same rows give the
//! same bytes. Fails on a negative count.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::common::utils::{SingleRowListArrayBuilder, take_function_args};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};

use crate::statistics::{Attributable, Homogeneity, Interval, RiskRatio, Stratum};

const NAME: &str = "stratified_evidence";

/// Counts of a stratum, in the order of the arguments.
const COUNTS: usize = 4;

/// Estimates: null where there is none.
const ESTIMATES: [&str; 8] =
    ["risk_ratio", "low", "high", "p_value", "homogeneity_p", "attributable", "attributable_low", "attributable_high"];

/// Of the informative strata: how many, and their exposed journeys.
const TOTALS: [&str; 3] = ["strata", "exposed", "exposed_dropped"];

/// The function as SQL knows it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct StratifiedEvidence {
    signature: Signature,
}

impl Default for StratifiedEvidence {
    fn default() -> Self {
        StratifiedEvidence { signature: Signature::exact(vec![DataType::Int64; COUNTS], Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for StratifiedEvidence {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(fields()))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let item = Field::new_list_field(DataType::Int64, true);
        Ok(vec![Arc::new(Field::new_list(format_state_name(args.name, "strata"), item, true))])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if args.is_distinct {
            return Err(DataFusionError::Plan(format!("`{NAME}` takes every stratum: it cannot be `distinct`")));
        }
        Ok(Box::new(Strata::default()))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

/// The strata seen so far.
#[derive(Debug, Default)]
struct Strata {
    strata: Vec<Stratum>,
}

impl Accumulator for Strata {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let columns: [&Int64Array; COUNTS] =
            take_function_args(NAME, values.iter().map(AsArray::as_primitive::<Int64Type>))?;
        self.strata.reserve(columns[0].len());
        for row in 0..columns[0].len() {
            let stratum = columns.map(|column| if column.is_null(row) { 0 } else { column.value(row) });
            self.add(stratum)?;
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [states] = take_function_args(NAME, states)?;
        for counts in states.as_list::<i32>().iter().flatten() {
            for stratum in counts.as_primitive::<Int64Type>().values().chunks_exact(COUNTS) {
                self.add([stratum[0], stratum[1], stratum[2], stratum[3]])?;
            }
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let counts = self.strata.iter().flat_map(|stratum| {
            let Stratum { exposed_dropped, exposed_stayed, unexposed_dropped, unexposed_stayed } = *stratum;
            [exposed_dropped, exposed_stayed, unexposed_dropped, unexposed_stayed].map(whole)
        });
        let counts: Int64Array = counts.map(Some).collect();
        Ok(vec![SingleRowListArrayBuilder::new(Arc::new(counts)).build_list_scalar()])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.strata.sort_unstable();
        Ok(ScalarValue::Struct(Arc::new(answer(&self.strata)?)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.strata.capacity() * size_of::<Stratum>()
    }
}

impl Strata {
    fn add(&mut self, counts: [i64; COUNTS]) -> Result<()> {
        if counts.iter().any(|&count| count < 0) {
            return Err(DataFusionError::Execution(format!("`{NAME}`: a count of journeys is negative")));
        }
        self.strata.push(Stratum::from(counts.map(i64::unsigned_abs)));
        Ok(())
    }
}

fn fields() -> Fields {
    let estimates = ESTIMATES.into_iter().map(|name| Field::new(name, DataType::Float64, true));
    estimates.chain(TOTALS.into_iter().map(|name| Field::new(name, DataType::Int64, true))).collect()
}

/// One row of [`ESTIMATES`] and [`TOTALS`].
fn answer(strata: &[Stratum]) -> Result<StructArray> {
    let ratio = RiskRatio::pooled(strata);
    let interval = ratio.map(|ratio| ratio.interval());
    let attributable = Attributable::standardised(strata);
    let attributable_interval = attributable.map(|attributable| attributable.interval());
    let [low, high] = ends(interval);
    let [attributable_low, attributable_high] = ends(attributable_interval);
    let estimates: [Option<f64>; ESTIMATES.len()] = [
        ratio.map(|ratio| ratio.ratio),
        low,
        high,
        ratio.and_then(|ratio| ratio.p_value()),
        Homogeneity::of_risk_ratios(strata).and_then(|homogeneity| homogeneity.p_value()),
        attributable.map(|attributable| attributable.drops),
        attributable_low,
        attributable_high,
    ];
    let informative = || strata.iter().filter(|stratum| stratum.is_informative());
    let dropped = informative().fold(0, |sum: u64, stratum| sum.saturating_add(stratum.exposed_dropped));
    let exposed = informative().fold(dropped, |sum, stratum| sum.saturating_add(stratum.exposed_stayed));
    let totals: [i64; TOTALS.len()] = [whole(informative().count() as u64), whole(exposed), whole(dropped)];
    let estimates = estimates.into_iter().map(|value| Arc::new(Float64Array::from(vec![value])) as ArrayRef);
    let totals = totals.into_iter().map(|value| Arc::new(Int64Array::from(vec![value])) as ArrayRef);
    Ok(StructArray::try_new(fields(), estimates.chain(totals).collect(), None)?)
}

fn ends(interval: Option<Interval>) -> [Option<f64>; 2] {
    [interval.map(|interval| interval.low), interval.map(|interval| interval.high)]
}

/// As SQL counts; no count of journeys comes near the bound.
fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
