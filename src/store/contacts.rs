//! The table `contacts`, for SQL and for the journey pass.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, ScalarValue, SplitPoint};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType, case, col as column, lit};
use datafusion::physical_expr::expressions::col;
use datafusion::physical_expr::{LexOrdering, Partitioning, PhysicalSortExpr, RangePartitioning};
use datafusion::physical_plan::ExecutionPlan;

use super::by_client::ByClientExec;
use super::checked_file::CheckedFiles;
use super::data_file::DataFile;
use super::delta::absolute;
use super::layout::{BUCKETS, Place, SLICES_PER_BUCKET, partition_starts};
use crate::error::{Error, Result};

/// Batches have at least so many rows, however many streams are merged.
const LEAST_BATCH_ROWS: usize = 1024;

/// The contacts of one version of the store.
#[derive(Debug)]
pub struct ContactsTable {
    /// Object path of the folder, ending in `/`.
    folder: String,
    schema: SchemaRef,
    /// Data files by bucket (`None`: without client), then by ingest, in client order.
    files: BTreeMap<Option<usize>, BTreeMap<i64, Vec<DataFile>>>,
    sources: Vec<String>,
    partitions: usize,
    readers: Arc<CheckedFiles>,
}

impl ContactsTable {
    pub(super) fn new(
        folder: &Path,
        schema: SchemaRef,
        files: Vec<DataFile>,
        sources: Vec<String>,
        partitions: usize,
    ) -> Result<Self> {
        let absolute = absolute(folder)?;
        let path = object_store::path::Path::from_absolute_path(&absolute)
            .map_err(|error| Error::user(format!("`{}` cannot be read: {error}", folder.display())))?;
        let readers = Arc::new(CheckedFiles::new(folder, files.iter()));
        let mut by_place: BTreeMap<Option<usize>, BTreeMap<i64, Vec<DataFile>>> = BTreeMap::new();
        for file in files {
            let (place, ingest) = Place::parse(&file.name)?;
            by_place.entry(place.bucket()).or_default().entry(ingest).or_default().push(file);
        }
        Ok(ContactsTable {
            folder: format!("{path}/"),
            schema,
            files: by_place,
            sources,
            partitions: partitions.max(1),
            readers,
        })
    }

    /// Number of contacts, those without a client included.
    pub fn rows(&self) -> usize {
        self.files.values().flat_map(BTreeMap::values).flatten().map(|file| file.rows).sum()
    }

    /// A plan that reads the named columns of the contacts that have a client, in the order of the rules.
    ///
    /// `filters` only skip row groups that hold no such client.
    ///
    /// # Errors
    /// Where a column is unknown.
    pub fn scan_by_client(
        &self,
        session: &dyn Session,
        columns: &[&str],
        filters: &[Expr],
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let starts = partition_starts(self.partitions);
        let bounds: Vec<(usize, usize)> =
            starts.iter().zip(starts.iter().skip(1).chain([&BUCKETS])).map(|(&start, &end)| (start, end)).collect();
        let ingests: Vec<BTreeMap<i64, Vec<&DataFile>>> =
            bounds.iter().map(|&(start, end)| self.files_by_ingest(start, end)).collect();
        let streams = ingests.iter().map(BTreeMap::len).max().unwrap_or(0).max(1);
        let mut read: Vec<&str> = columns.to_vec();
        if streams > 1 {
            // Ties between ingests are broken by these.
            ["source", "file", "row"]
                .into_iter()
                .filter(|name| !columns.contains(name))
                .for_each(|name| read.push(name));
        }
        let mut groups = Vec::with_capacity(streams * bounds.len());
        for (partition, of_partition) in ingests.iter().enumerate() {
            groups.extend(of_partition.values().map(|files| self.group(files.iter().copied())));
            // A partition with fewer ingests than another still has as many streams.
            groups.resize_with(streams * (partition + 1), FileGroup::default);
        }
        let projection =
            read.iter().map(|name| self.schema.index_of(name)).collect::<std::result::Result<Vec<_>, _>>()?;
        // Streams that are merged share the memory that one would have.
        let batch_rows = (session.config_options().execution.batch_size.get() / streams).max(LEAST_BATCH_ROWS);
        let scan = self.scan_files(session, groups, Some(projection), filters, batch_rows)?;
        let schema = scan.schema();
        let sorted = |name: &str| -> DataFusionResult<_> { Ok(PhysicalSortExpr::new_default(col(name, &schema)?)) };
        let by_client = LexOrdering::from([sorted("client")?, sorted("started_at")?]);
        let partitioning = if starts.len() == 1 {
            Partitioning::UnknownPartitioning(1)
        } else {
            let split = starts.iter().skip(1).map(|&bucket| SplitPoint::new(vec![first_client(bucket)])).collect();
            Partitioning::Range(RangePartitioning::try_new(LexOrdering::from([sorted("client")?]), split)?)
        };
        let mut merge_by = vec![sorted("client")?, sorted("started_at")?];
        if streams > 1 {
            let read = DFSchema::try_from(Arc::clone(&schema))?;
            let place = session.create_physical_expr(self.place_of_source()?, &read)?;
            merge_by.push(PhysicalSortExpr::new_default(place));
            merge_by.push(sorted("file")?);
            merge_by.push(sorted("row")?);
        }
        let merge_by = LexOrdering::new(merge_by).unwrap_or_else(|| by_client.clone());
        Ok(Arc::new(ByClientExec::new(scan, streams, partitioning, by_client, merge_by)))
    }

    fn files_by_ingest(&self, start: usize, end: usize) -> BTreeMap<i64, Vec<&DataFile>> {
        let mut by_ingest: BTreeMap<i64, Vec<&DataFile>> = BTreeMap::new();
        for bucket in self.files.range(Some(start)..Some(end)).map(|(_, bucket)| bucket) {
            for (ingest, files) in bucket {
                by_ingest.entry(*ingest).or_default().extend(files);
            }
        }
        by_ingest
    }

    /// The source's place in the configuration, as a number.
    fn place_of_source(&self) -> DataFusionResult<Expr> {
        let mut sources = self.sources.iter().zip(0i64..);
        let Some((first, place)) = sources.next() else { return Ok(lit(0i64)) };
        let mut places = case(column("source")).when(word(first), lit(place));
        for (source, place) in sources {
            places = places.when(word(source), lit(place));
        }
        places.otherwise(lit(i64::MAX))
    }

    fn group<'a>(&self, files: impl Iterator<Item = &'a DataFile>) -> FileGroup {
        files.map(|file| PartitionedFile::new(format!("{}{}", self.folder, file.name), file.bytes)).collect()
    }

    fn scan_files(
        &self,
        session: &dyn Session,
        groups: Vec<FileGroup>,
        projection: Option<Vec<usize>>,
        filters: &[Expr],
        batch_rows: usize,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let options = session.config_options().execution.parquet.clone();
        let options = datafusion::config::TableParquetOptions { global: options, ..Default::default() };
        let mut source = ParquetSource::new(Arc::clone(&self.schema))
            .with_table_parquet_options(options)
            .with_parquet_file_reader_factory(Arc::clone(&self.readers) as _);
        if let Some(filter) = conjunction(filters.iter().map(unqualified)) {
            let schema = DFSchema::try_from(Arc::clone(&self.schema))?;
            source = source.with_predicate(session.create_physical_expr(filter, &schema)?);
        }
        // Declared, so that files are not cut into pieces of equal size: a group is read from its start to its end.
        let partitioning = Partitioning::UnknownPartitioning(groups.len());
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source))
            .with_file_groups(groups)
            .with_output_partitioning(Some(partitioning))
            .with_preserve_order(true)
            .with_batch_size(Some(batch_rows))
            .with_projection_indices(projection)?
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

/// The lowest id that falls into a bucket.
fn first_client(bucket: usize) -> ScalarValue {
    let mut id = vec![0; 16];
    id[0] = (bucket * SLICES_PER_BUCKET) as u8;
    ScalarValue::FixedSizeBinary(16, Some(id))
}

fn word(text: &str) -> Expr {
    let text = ScalarValue::Utf8(Some(text.to_owned()));
    lit(ScalarValue::Dictionary(Box::new(arrow::datatypes::DataType::Int32), Box::new(text)))
}

/// Filters come with the name of the table they were written against.
fn unqualified(filter: &Expr) -> Expr {
    use datafusion::common::tree_node::{Transformed, TreeNode};
    let without_table = filter.clone().transform(|expr| match expr {
        Expr::Column(column) => Ok(Transformed::yes(Expr::Column(datafusion::common::Column::from_name(column.name)))),
        other => Ok(Transformed::no(other)),
    });
    without_table.map_or_else(|_| filter.clone(), |transformed| transformed.data)
}

#[async_trait]
impl TableProvider for ContactsTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DataFusionResult<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let mut groups: Vec<Vec<&DataFile>> = vec![Vec::new(); self.partitions];
        let files = self.files.values().flat_map(BTreeMap::values).flatten();
        files.enumerate().for_each(|(number, file)| groups[number % self.partitions].push(file));
        let groups = groups.into_iter().map(|files| self.group(files.into_iter())).collect();
        let batch_rows = session.config_options().execution.batch_size.get();
        self.scan_files(session, groups, projection.cloned(), filters, batch_rows)
    }
}
