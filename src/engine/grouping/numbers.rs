//! Rows → numbers of groups.
//!
//! Each column's values have codes from 1, 0 for null. The codes of a row, side by side as bits, are the cell of its group:
//! looked up in a table while that is small, else in a map.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};

use crate::error::{Error, Result};
use crate::words::Words;

/// Columns whose codes fit side by side.
pub(super) const MOST_COLUMNS: usize = 6;

/// Bits of a cell up to which cells are looked up in a table (4 bytes each).
const TABLE_BITS: u32 = 20;

/// Whether values of this type have codes.
pub(super) fn can_be_numbered(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(keys, words) => **keys == DataType::Int32 && **words == DataType::Utf8,
        DataType::Boolean | DataType::Int32 | DataType::Int64 | DataType::Timestamp(_, _) => true,
        _ => false,
    }
}

/// The groups seen so far, numbered from 0 in the order in which they were met.
pub(super) struct Groups {
    columns: Vec<Column>,
    /// Bits of each column's codes within a cell.
    bits: Vec<u32>,
    /// One more than the number of the group of each cell; 0 where there is none. Empty where `by_cell` is used.
    table: Vec<u32>,
    by_cell: HashMap<u128, u32>,
    /// The cell of each group.
    cells: Vec<u128>,
}

impl Groups {
    /// Groups by columns of these types.
    pub fn new(types: impl Iterator<Item = DataType>) -> Self {
        let columns: Vec<Column> = types.map(Column::new).collect();
        let bits = vec![0; columns.len()];
        Groups { columns, bits, table: vec![0], by_cell: HashMap::new(), cells: Vec::new() }
    }

    /// How many groups there are.
    pub fn count(&self) -> usize {
        self.cells.len()
    }

    /// Numbers the rows of a batch, into `numbers`.
    pub fn number(&mut self, columns: &[ArrayRef], numbers: &mut Vec<usize>) -> Result<()> {
        let codes = self
            .columns
            .iter_mut()
            .zip(columns)
            .map(|(known, column)| known.encode(column))
            .collect::<Result<Vec<_>>>()?;
        self.make_room();
        numbers.clear();
        let rows = codes.first().map_or(0, Vec::len);
        if self.table.is_empty() {
            self.number_by_map(&codes, rows, numbers);
        } else {
            self.number_by_table(&codes, numbers);
        }
        Ok(())
    }

    fn number_by_table(&mut self, codes: &[Vec<u32>], numbers: &mut Vec<usize>) {
        let mut cells = codes[0].clone();
        for (codes, bits) in codes.iter().zip(&self.bits).skip(1) {
            cells.iter_mut().zip(codes).for_each(|(cell, &code)| *cell = (*cell << bits) | code);
        }
        let (table, known) = (&mut self.table, &mut self.cells);
        numbers.extend(cells.into_iter().map(|cell| {
            let number = &mut table[cell as usize];
            if *number == 0 {
                known.push(u128::from(cell));
                *number = known.len() as u32;
            }
            *number as usize - 1
        }));
    }

    fn number_by_map(&mut self, codes: &[Vec<u32>], rows: usize, numbers: &mut Vec<usize>) {
        for row in 0..rows {
            let cell = self.cell(codes.iter().map(|codes| codes[row]));
            let next = self.cells.len() as u32;
            let number = *self.by_cell.entry(cell).or_insert(next);
            if number == next {
                self.cells.push(cell);
            }
            numbers.push(number as usize);
        }
    }

    fn cell(&self, codes: impl Iterator<Item = u32>) -> u128 {
        codes.zip(&self.bits).fold(0, |cell, (code, bits)| (cell << bits) | u128::from(code))
    }

    /// The codes of a group, column by column.
    fn codes(&self, mut cell: u128) -> [u32; MOST_COLUMNS] {
        let mut codes = [0; MOST_COLUMNS];
        for (column, bits) in self.bits.iter().enumerate().rev() {
            codes[column] = (cell & ((1 << bits) - 1)) as u32;
            cell >>= bits;
        }
        codes
    }

    /// Lays the cells out anew where a column has more values than its bits can tell apart.
    fn make_room(&mut self) {
        let needed: Vec<u32> =
            self.columns.iter().map(|column| usize::BITS - (column.count() - 1).leading_zeros()).collect();
        if needed.iter().zip(&self.bits).all(|(needed, bits)| needed <= bits) {
            return;
        }
        let codes: Vec<_> = self.cells.iter().map(|&cell| self.codes(cell)).collect();
        self.bits.iter_mut().zip(needed).for_each(|(bits, needed)| *bits = (*bits).max(needed));
        self.cells = codes.into_iter().map(|codes| self.cell(codes.into_iter().take(self.bits.len()))).collect();
        let bits: u32 = self.bits.iter().sum();
        let numbered = self.cells.iter().zip(0..);
        if bits <= TABLE_BITS {
            self.table = vec![0; 1 << bits];
            numbered.for_each(|(&cell, number)| self.table[cell as usize] = number + 1);
        } else {
            self.table = Vec::new();
            self.by_cell = numbered.map(|(&cell, number)| (cell, number)).collect();
        }
    }

    /// The values of each column, one row per group; then there are no groups any more.
    pub fn take(&mut self) -> Result<Vec<ArrayRef>> {
        let codes: Vec<_> = std::mem::take(&mut self.cells).into_iter().map(|cell| self.codes(cell)).collect();
        self.bits.fill(0);
        self.table = vec![0];
        self.by_cell.clear();
        let values = self.columns.iter_mut().enumerate();
        values.map(|(place, column)| column.take(codes.iter().map(|codes| codes[place]))).collect()
    }
}

/// The values of one column, and their codes.
enum Column {
    Words(Words),
    /// Whole numbers, moments and flags, as whole numbers.
    Numbers {
        data_type: DataType,
        codes: HashMap<i64, u32>,
        values: Vec<i64>,
    },
}

impl Column {
    fn new(data_type: DataType) -> Self {
        match data_type {
            DataType::Dictionary(_, _) => Column::Words(Words::default()),
            data_type => Column::Numbers { data_type, codes: HashMap::new(), values: Vec::new() },
        }
    }

    /// One more than the highest code.
    fn count(&self) -> usize {
        match self {
            Column::Words(words) => words.count(),
            Column::Numbers { values, .. } => values.len() + 1,
        }
    }

    fn encode(&mut self, column: &ArrayRef) -> Result<Vec<u32>> {
        let (codes, values) = match self {
            Column::Words(words) => return words.encode(column),
            Column::Numbers { codes, values, .. } => (codes, values),
        };
        let column = cast(column, &DataType::Int64)?;
        let mut last = None;
        let code = |value: Option<i64>| {
            let Some(value) = value else { return 0 };
            if let Some((before, code)) = last
                && before == value
            {
                return code;
            }
            let code = *codes.entry(value).or_insert_with(|| {
                values.push(value);
                values.len() as u32
            });
            last = Some((value, code));
            code
        };
        Ok(column.as_primitive::<Int64Type>().iter().map(code).collect())
    }

    /// The values of these codes; then nothing is known any more.
    fn take(&mut self, wanted: impl Iterator<Item = u32>) -> Result<ArrayRef> {
        match self {
            Column::Words(words) => {
                let column = words.decode(wanted)?;
                words.clear();
                Ok(column)
            }
            Column::Numbers { data_type, codes, values } => {
                codes.clear();
                let values = std::mem::take(values);
                let value = |code: u32| (code != 0).then(|| values[code as usize - 1]);
                let column: ArrayRef = Arc::new(wanted.map(value).collect::<Int64Array>());
                cast(&column, data_type).map_err(Error::from)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, BooleanArray, DictionaryArray, StringArray};
    use arrow::datatypes::Int32Type;

    use super::*;

    fn words(words: &[Option<&str>]) -> ArrayRef {
        Arc::new(words.iter().copied().collect::<DictionaryArray<Int32Type>>())
    }

    fn shown(column: &ArrayRef) -> Vec<Option<String>> {
        let text = cast(column, &DataType::Utf8).unwrap();
        text.as_any().downcast_ref::<StringArray>().unwrap().iter().map(|word| word.map(str::to_owned)).collect()
    }

    #[test]
    fn rows_of_equal_values_have_one_number_across_batches() {
        let types = [words(&[]).data_type().clone(), DataType::Boolean];
        let mut groups = Groups::new(types.into_iter());
        let mut numbers = Vec::new();
        let flags = |flags: &[Option<bool>]| -> ArrayRef { Arc::new(BooleanArray::from(flags.to_vec())) };
        let first = [words(&[Some("a"), None, Some("a")]), flags(&[Some(true), None, Some(true)])];
        groups.number(&first, &mut numbers).unwrap();
        assert_eq!(numbers, [0, 1, 0]);
        let second = [words(&[Some("b"), Some("a"), None]), flags(&[Some(true), Some(true), None])];
        groups.number(&second, &mut numbers).unwrap();
        assert_eq!(numbers, [2, 0, 1]);
        let columns = groups.take().unwrap();
        assert_eq!(shown(&columns[0]), [Some("a".to_owned()), None, Some("b".to_owned())]);
        assert_eq!(shown(&columns[1]), [Some("true".to_owned()), None, Some("true".to_owned())]);
        assert_eq!(groups.count(), 0);
    }

    #[test]
    fn many_values_are_looked_up_in_a_map() {
        let mut groups = Groups::new([DataType::Int64, DataType::Int64].into_iter());
        let mut numbers = Vec::new();
        for start in [0, 1_000, 0] {
            let values: ArrayRef = Arc::new(Int64Array::from_iter_values(start..start + 3_000));
            groups.number(&[Arc::clone(&values), values], &mut numbers).unwrap();
            assert!(numbers.iter().zip(start as usize..).all(|(&number, value)| number == value));
        }
        assert!(groups.table.is_empty());
        assert_eq!(groups.count(), 4_000);
        let columns = groups.take().unwrap();
        assert!(
            columns[1].as_primitive::<Int64Type>().values().iter().zip(0..).all(|(&value, wanted)| value == wanted)
        );
    }
}
