//! Text columns ↔ codes: each distinct word has a number, kept from batch to batch, so that the dictionary of a Parquet row
//! group is looked up once and rows are compared as numbers.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, Int32Array, StringArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Int32Type};

use crate::error::{Error, Result};

/// Distinct words seen so far, numbered from 1; 0 is null.
#[derive(Debug, Default)]
pub struct Words {
    codes: HashMap<String, u32>,
    words: Vec<String>,
    /// The dictionary seen last, and the codes of its entries.
    last: Option<(ArrayRef, Vec<u32>)>,
    /// The words as an Arrow column, made when it is first asked for after a new word.
    values: OnceCell<ArrayRef>,
}

impl Words {
    pub fn clear(&mut self) {
        self.codes.clear();
        self.words.clear();
        self.last = None;
        self.values.take();
    }

    fn code(&mut self, word: &str) -> u32 {
        if let Some(&code) = self.codes.get(word) {
            return code;
        }
        self.values.take();
        self.words.push(word.to_owned());
        let code = self.words.len() as u32;
        self.codes.insert(word.to_owned(), code);
        code
    }

    /// The word of a code; `None` for 0.
    pub fn word(&self, code: u32) -> Option<&str> {
        (code != 0).then(|| self.words[code as usize - 1].as_str())
    }

    /// How many codes there are: one more than the highest.
    pub fn count(&self) -> usize {
        self.words.len() + 1
    }

    /// The code of each row of a text column, plain or dictionary.
    pub fn encode(&mut self, column: &ArrayRef) -> Result<Vec<u32>> {
        match column.data_type() {
            DataType::Dictionary(_, _) => self.encode_dictionary(column),
            DataType::Utf8 => Ok(column.as_string::<i32>().iter().map(|word| self.code_or_null(word)).collect()),
            DataType::Utf8View => Ok(column.as_string_view().iter().map(|word| self.code_or_null(word)).collect()),
            other => Err(Error::bug(format!("text of type {other} in a column of contacts"))),
        }
    }

    fn code_or_null(&mut self, word: Option<&str>) -> u32 {
        word.map_or(0, |word| self.code(word))
    }

    fn encode_dictionary(&mut self, column: &ArrayRef) -> Result<Vec<u32>> {
        let column = column.as_dictionary::<Int32Type>();
        let values = column.values();
        let known = self.last.as_ref().is_some_and(|(last, _)| last.to_data().ptr_eq(&values.to_data()));
        if !known {
            let entries = arrow::compute::cast(values, &DataType::Utf8)?;
            let codes = entries.as_string::<i32>().iter().map(|word| self.code_or_null(word)).collect();
            self.last = Some((Arc::clone(values), codes));
        }
        let Some((_, codes)) = &self.last else { return Err(Error::bug("no dictionary")) };
        let keys = column.keys();
        Ok(match keys.nulls() {
            None => keys.values().iter().map(|&key| codes[key as usize]).collect(),
            Some(nulls) => {
                let keys = keys.values().iter().zip(nulls.iter());
                keys.map(|(&key, valid)| if valid { codes[key as usize] } else { 0 }).collect()
            }
        })
    }

    /// The words of `codes` as a dictionary column.
    pub fn decode(&self, codes: impl Iterator<Item = u32>) -> Result<ArrayRef> {
        let codes: Vec<i32> = codes.map(|code| code as i32 - 1).collect();
        if self.words.len() > codes.len() {
            // With about as many words as rows (steps that are addresses, say), the column takes only those of its
            // rows.
            let used = codes.iter().map(|&code| self.word((code + 1) as u32));
            return Ok(Arc::new(used.collect::<DictionaryArray<Int32Type>>()));
        }
        let nulls = codes.contains(&-1).then(|| NullBuffer::from_iter(codes.iter().map(|&code| code >= 0)));
        let keys = match nulls {
            None => Int32Array::new(codes.into(), None),
            Some(nulls) => Int32Array::new(codes.into_iter().map(|code| code.max(0)).collect(), Some(nulls)),
        };
        let values = self.values.get_or_init(|| {
            // A dictionary without entries is awkward for readers: an empty word stands in, never pointed at.
            let words = if self.words.is_empty() { vec![String::new()] } else { self.words.clone() };
            Arc::new(StringArray::from(words))
        });
        Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::clone(values))?))
    }
}
