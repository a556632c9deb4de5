//! Prepares a store for an ingest: sweeps away what a killed one left, and checks that measures and sources fit those
//! stored.
//!
//! Fails where they do not, and where something cannot be removed.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use arrow::datatypes::Field;

use super::layout::Place;
use super::opened_store::Store;
use super::side_tables;
use crate::error::{Error, Result};
use crate::schema::{self, table};

/// Removes what an ingest left that was killed before its commit, and files of before the store was made anew.
pub(super) async fn sweep(store: &Store, folder: &Path) -> Result<()> {
    for table in [table::REJECTS, table::FILES, table::SPLIT_CASES, table::COPIES, table::NAMES] {
        side_tables::sweep(&store.root.join(table), store.ingests()).await?;
    }
    let failed = |error: std::io::Error| Error::environment(format!("cannot clean `{}`: {error}", folder.display()));
    let named: HashSet<String> = store.contacts.files()?.into_iter().map(|file| file.name).collect();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if Place::parse(&name).is_ok() && !named.contains(&name) {
            std::fs::remove_file(entry.path()).map_err(failed)?;
        }
    }
    for entry in std::fs::read_dir(&store.root).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name().to_string_lossy().starts_with(".sorting-") {
            std::fs::remove_dir_all(entry.path()).map_err(failed)?;
        }
    }
    Ok(())
}

/// Measures that the table does not have yet.
pub(super) fn new_fields(store: &Store, measures: &[Field]) -> Result<Vec<Field>> {
    let stored = store.contact_schema()?;
    let mut new = Vec::new();
    let mut contradictions = Vec::new();
    for measure in measures {
        match stored.field_with_name(measure.name()) {
            Err(_) => new.push(measure.clone()),
            Ok(field) if field.data_type() == measure.data_type() => {}
            Ok(field) => contradictions.push(
                Error::user(format!("measure `{}` has another type in the store", measure.name()))
                    .fact("found", schema::plain_type(measure.data_type()))
                    .fact("expected", schema::plain_type(field.data_type()))
                    .hint("give the measure another name, or ingest into a new store"),
            ),
        }
    }
    match Error::all(contradictions) {
        Some(error) => Err(error),
        None => Ok(new),
    }
}

/// The stored order of sources with new ones where the configuration puts them; those that are gone stay where they are.
pub(super) fn joined_order(stored: &[String], configured: &[String]) -> Result<Vec<String>> {
    let places: BTreeMap<&String, usize> = configured.iter().zip(0..).collect();
    let known: Vec<&String> = stored.iter().filter(|source| places.contains_key(source)).collect();
    if !known.is_sorted_by_key(|source| places[source]) {
        return Err(Error::user("the order of the sources is not that of the store")
            .fact("found", configured.join(", "))
            .fact("expected", stored.join(", "))
            .hint("the order of `[[source]]` breaks ties in time: keep it, or ingest into a new store"));
    }
    let mut order = stored.to_vec();
    for (place, source) in configured.iter().enumerate().filter(|(_, source)| !stored.contains(source)) {
        // Right before the next source that is known, else at the end.
        let next = configured[place + 1..].iter().find_map(|next| order.iter().position(|known| known == next));
        order.insert(next.unwrap_or(order.len()), source.clone());
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::joined_order;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn sources_keep_their_order_and_new_ones_find_their_place() {
        let order = joined_order(&names(&["web", "phone"]), &names(&["web", "chat", "phone"])).unwrap();
        assert_eq!(order, names(&["web", "chat", "phone"]));
        assert!(joined_order(&names(&["web", "phone"]), &names(&["phone", "web"])).is_err());
        assert_eq!(joined_order(&names(&["web", "phone"]), &names(&["phone"])).unwrap(), names(&["web", "phone"]));
        let order = joined_order(&names(&["web", "phone"]), &names(&["chat", "phone", "sms"])).unwrap();
        assert_eq!(order, names(&["web", "chat", "phone", "sms"]));
    }
}
