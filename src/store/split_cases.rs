//! Cases whose contacts name several clients: each client has a piece of such a case, and no piece ends where the case does.
//!
//! In: all data files of `contacts`. Out: the case ids, in their order. Row groups without a case are passed over by their
//! statistics; of the others, 16 bytes a case are held. Where a case may be split (by hashes), its clients are compared
//! themselves.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use arrow::array::{AsArray, FixedSizeBinaryArray, RecordBatch, StringArray};
use twox_hash::XxHash64;

use super::parquet_file::read_columns_with;
use crate::error::{Error, Result};

const SEED: u64 = 0;

/// The cases that several clients have, among the contacts of these files.
pub(super) fn find(folder: &Path, files: &[String]) -> Result<Vec<String>> {
    let mut first_client: HashMap<u64, u64> = HashMap::new();
    let mut suspected: HashSet<u64> = HashSet::new();
    each_case(folder, files, |case, client| {
        let (case, client) = (hash(case.as_bytes()), hash(client));
        if *first_client.entry(case).or_insert(client) != client {
            suspected.insert(case);
        }
    })?;
    drop(first_client);
    if suspected.is_empty() {
        return Ok(Vec::new());
    }
    let mut clients: BTreeMap<String, (Vec<u8>, bool)> = BTreeMap::new();
    each_case(folder, files, |case, client| {
        if suspected.contains(&hash(case.as_bytes())) {
            let (first, is_split) = clients.entry(case.to_owned()).or_insert_with(|| (client.to_vec(), false));
            *is_split |= first != client;
        }
    })?;
    Ok(clients.into_iter().filter(|(_, (_, is_split))| *is_split).map(|(case, _)| case).collect())
}

/// Calls `look` with case and client of every contact that has both.
fn each_case(folder: &Path, files: &[String], mut look: impl FnMut(&str, &[u8])) -> Result<()> {
    for file in files {
        for batch in read_columns_with(folder, file, ["client", "case_id"], "case_id")? {
            let (clients, cases) = columns(&batch?)?;
            for (client, case) in clients.iter().zip(&cases) {
                if let (Some(client), Some(case)) = (client, case) {
                    look(case, client);
                }
            }
        }
    }
    Ok(())
}

fn columns(batch: &RecordBatch) -> Result<(FixedSizeBinaryArray, StringArray)> {
    let column =
        |name: &str| batch.column_by_name(name).ok_or_else(|| Error::bug(format!("contacts without `{name}`")));
    let clients = column("client")?.as_fixed_size_binary_opt().cloned();
    let cases = arrow::compute::cast(column("case_id")?, &arrow::datatypes::DataType::Utf8)?;
    Ok((clients.ok_or_else(|| Error::bug("a client is not 16 bytes"))?, cases.as_string::<i32>().clone()))
}

fn hash(bytes: &[u8]) -> u64 {
    XxHash64::oneshot(SEED, bytes)
}
