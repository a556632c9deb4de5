//! Cases whose contacts name several clients: each client has a piece of such a case, and no piece ends where the case does.
//!
//! In: all data files of `contacts`. Out: the case ids, in their order, each with the moment at which a second client
//! came. Row groups without a case are passed over by their statistics; of the others, 16 bytes a case are held. Where
//! hashes say that a case may be split, its clients are compared themselves.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use arrow::array::{AsArray, FixedSizeBinaryArray, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::TimestampMicrosecondType;
use twox_hash::XxHash64;

use super::data_file::DataFile;
use super::parquet_file::read_columns_with;
use crate::error::{Error, Result};

const SEED: u64 = 0;

/// The cases that several clients have, among the contacts of these files.
pub(super) fn find(folder: &Path, files: &[DataFile]) -> Result<Vec<(String, i64)>> {
    let mut first_client: HashMap<u64, u64> = HashMap::new();
    let mut suspected: HashSet<u64> = HashSet::new();
    each_case(folder, files, |case, client, _| {
        let (case, client) = (hash(case.as_bytes()), hash(client));
        if *first_client.entry(case).or_insert(client) != client {
            suspected.insert(case);
        }
    })?;
    drop(first_client);
    if suspected.is_empty() {
        return Ok(Vec::new());
    }
    // When each client of a suspected case came first.
    let mut clients: BTreeMap<String, BTreeMap<Vec<u8>, i64>> = BTreeMap::new();
    each_case(folder, files, |case, client, started_at| {
        if suspected.contains(&hash(case.as_bytes())) {
            let of_case = clients.entry(case.to_owned()).or_default();
            of_case.entry(client.to_vec()).and_modify(|first| *first = started_at.min(*first)).or_insert(started_at);
        }
    })?;
    let second = |came: BTreeMap<Vec<u8>, i64>| {
        let mut moments: Vec<i64> = came.into_values().collect();
        moments.sort_unstable();
        moments.get(1).copied()
    };
    Ok(clients.into_iter().filter_map(|(case, came)| Some((case, second(came)?))).collect())
}

/// Calls `look` with case, client and start of every contact that has a case and a client.
fn each_case(folder: &Path, files: &[DataFile], mut look: impl FnMut(&str, &[u8], i64)) -> Result<()> {
    for file in files {
        for batch in read_columns_with(folder, file, ["client", "case_id", "started_at"], "case_id")? {
            let (clients, cases, started_at) = columns(&batch?)?;
            for ((client, case), &started_at) in clients.iter().zip(&cases).zip(started_at.values()) {
                if let (Some(client), Some(case)) = (client, case) {
                    look(case, client, started_at);
                }
            }
        }
    }
    Ok(())
}

fn columns(batch: &RecordBatch) -> Result<(FixedSizeBinaryArray, StringArray, TimestampMicrosecondArray)> {
    let column =
        |name: &str| batch.column_by_name(name).ok_or_else(|| Error::bug(format!("contacts without `{name}`")));
    let clients = column("client")?.as_fixed_size_binary_opt().cloned();
    let cases = arrow::compute::cast(column("case_id")?, &arrow::datatypes::DataType::Utf8)?;
    let started_at = column("started_at")?.as_primitive::<TimestampMicrosecondType>().clone();
    let clients = clients.ok_or_else(|| Error::bug("a client is not 16 bytes"))?;
    Ok((clients, cases.as_string::<i32>().clone(), started_at))
}

fn hash(bytes: &[u8]) -> u64 {
    XxHash64::oneshot(SEED, bytes)
}
