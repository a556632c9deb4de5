//! Client ids → pseudonyms: keyed 128-bit hashes, so that the store holds no raw id.
//!
//! In: an id as the log has it, and the key file. Out: a pseudonym, the same for the same id and key on every channel and in
//! every run. Without the key, ids cannot be found by trying them all. Fails where the key file cannot be read or made.

mod key;

pub use key::Key;
