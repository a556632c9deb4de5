//! The columns that a condition may read, and which of them have to be mapped by some source.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};

use crate::config::{ColumnForm, Config, ContactColumn, Origin};
use crate::error::Result;
use crate::journey::context_fields;
use crate::schema::plain_type;

/// Filled by every source, whatever is mapped.
const ALWAYS_THERE: [&str; 6] = ["client", "source", "file", "row", "started_at", "channel"];

/// A column that has to be mapped for a rule to say something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    pub column: String,
    /// As `dropoff.toml` calls the type.
    pub kind: String,
}

impl fmt::Display for Need {
    /// `load_ms (int)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.column, self.kind)
    }
}

/// Everything a condition may read. `contacts`: all columns of that table, measures included.
pub(super) fn readable(contacts: &Schema) -> SchemaRef {
    let contacts = contacts.fields().iter().map(|field| field.as_ref().clone());
    Arc::new(Schema::new(contacts.chain(context_fields()).collect::<Vec<Field>>()))
}

/// Of the columns that a condition reads, and of `also`, those that have to be mapped: all that are not computed.
pub(super) fn needs(read: &[String], also: &[String], columns: &Schema) -> Result<Vec<Need>> {
    let context = context_fields();
    let is_given = |name: &str| ALWAYS_THERE.contains(&name) || context.iter().any(|field| field.name() == name);
    let mut needs: Vec<Need> = Vec::new();
    for name in read.iter().chain(also) {
        if !is_given(name) && !needs.iter().any(|need| need.column == *name) {
            let kind = plain_type(columns.field_with_name(name)?.data_type());
            needs.push(Need { column: name.clone(), kind });
        }
    }
    Ok(needs)
}

/// Of these needs, those whose column the user has with another type, and that type.
pub(super) fn other_types(needs: &[Need], columns: &Schema) -> Vec<Need> {
    let found = needs.iter().filter_map(|need| {
        let kind = plain_type(columns.field_with_name(&need.column).ok()?.data_type());
        (kind != need.kind).then(|| Need { column: need.column.clone(), kind })
    });
    found.collect()
}

/// Columns of `contacts` that some source fills. A direction that is always the client's says nothing of what the company did.
pub(super) fn mapped(config: &Config) -> BTreeSet<String> {
    let mut mapped = BTreeSet::new();
    for source in &config.sources {
        let tells = |column: ContactColumn, form: &ColumnForm| match &form.origin {
            Origin::Constant(word) => column != ContactColumn::Direction || word.eq_ignore_ascii_case("outbound"),
            _ => true,
        };
        let filled = source.columns.iter().filter(|(column, form)| tells(**column, form));
        mapped.extend(filled.map(|(column, _)| column_name(*column).to_owned()));
        mapped.extend(source.measures.iter().map(|measure| measure.name.clone()));
    }
    mapped
}

fn column_name(column: ContactColumn) -> &'static str {
    match column {
        ContactColumn::Time => "started_at",
        ContactColumn::EndTime | ContactColumn::Duration => "ended_at",
        ContactColumn::Case => "case_id",
        other => other.name(),
    }
}
