//! The columns that the configured measures take in `contacts`.

use arrow::datatypes::{DataType, Field};

use super::model::{Measure, MeasureType, Source};

/// The columns that measures take in `contacts`, over all sources.
pub fn measure_fields<'a>(sources: impl IntoIterator<Item = &'a Source>) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for measure in sources.into_iter().flat_map(|source| &source.measures) {
        if !fields.iter().any(|field| field.name() == &measure.name) {
            fields.push(Field::new(&measure.name, measure_type(measure), true));
        }
    }
    fields
}

fn measure_type(measure: &Measure) -> DataType {
    match measure.kind {
        MeasureType::Int => DataType::Int64,
        MeasureType::Float => DataType::Float64,
        MeasureType::Text => crate::schema::word(),
        MeasureType::Bool => DataType::Boolean,
        MeasureType::Time => crate::schema::moment(),
    }
}
