//! The secret that pseudonyms are made with, and the file it is kept in.

use std::hash::Hasher;
use std::io::{ErrorKind, Write};
use std::path::Path;

use siphasher::sip128::{Hasher128, SipHasher24};

use crate::error::{Error, Result};

/// A 128-bit secret. Pseudonyms are SipHash-2-4-128 of the id (Aumasson & Bernstein 2012, a keyed pseudorandom function).
#[derive(Clone)]
pub struct Key([u8; 16]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// Reads the key file, or makes one that only its owner can read.
    ///
    /// # Errors
    /// Where the file holds no key, or cannot be read or made.
    pub fn load_or_create(path: &Path) -> Result<Key> {
        if path.exists() { Key::load(path) } else { Key::create(path) }
    }

    /// Reads the key file.
    ///
    /// # Errors
    /// Where there is none, or it holds no key.
    pub fn load(path: &Path) -> Result<Key> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::environment(format!("cannot read the key file `{}`", path.display()))
                .fact("found", error.to_string())
                .hint("clients can only be recognised with the key the store was made with")
        })?;
        let parsed = u128::from_str_radix(text.trim(), 16).ok().filter(|_| text.trim().len() == 32);
        let key = parsed.ok_or_else(|| {
            Error::user(format!("`{}` is not a key file", path.display())).fact("expected", "32 hexadecimal digits")
        })?;
        Ok(Key(key.to_be_bytes()))
    }

    fn create(path: &Path) -> Result<Key> {
        let failed = |error: String| {
            Error::environment(format!("cannot make the key file `{}`", path.display())).fact("found", error)
        };
        let mut key = [0; 16];
        getrandom::getrandom(&mut key).map_err(|error| failed(error.to_string()))?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
        }
        // Written beside its place under a name of its own (0600, exclusive, no link followed), and then put there unless a key
        // has come to be there: a key file is whole or is not there, and is never replaced.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut draft =
            tempfile::Builder::new().prefix(".store.key-").tempfile_in(folder).map_err(|e| failed(e.to_string()))?;
        let line = format!("{:032x}\n", u128::from_be_bytes(key));
        let file = draft.as_file_mut();
        file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| failed(error.to_string()))?;
        match draft.persist_noclobber(path) {
            Ok(_) => Ok(Key(key)),
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Key::load(path),
            Err(error) => Err(failed(error.error.to_string())),
        }
    }

    /// The pseudonym of a client.
    #[inline]
    pub fn pseudonym(&self, id: &str) -> u128 {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        hasher.write(id.as_bytes());
        hasher.finish128().as_u128()
    }

    /// Tells keys apart without giving them away: the pseudonym of a text that no log can hold.
    pub fn check(&self) -> String {
        format!("{:032x}", self.pseudonym("\0dropoff key check"))
    }

    /// Fails unless this is the key that a store with the check value `expected` was made with.
    pub fn must_be(&self, expected: &str, path: &Path) -> Result<()> {
        if self.check() == expected {
            return Ok(());
        }
        Err(Error::user(format!("the key file `{}` is not the one this store was made with", path.display()))
            .fact("expected", format!("a key with check value {}", &expected[..8.min(expected.len())]))
            .fact("found", format!("a key with check value {}", &self.check()[..8]))
            .hint("restore the key file; with another key every client would look new"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/store.key");
        let first = Key::load_or_create(&path).unwrap();
        let second = Key::load_or_create(&path).unwrap();
        assert_eq!(first.pseudonym("C1"), second.pseudonym("C1"));
        assert_ne!(first.pseudonym("C1"), first.pseudonym("C2"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn of_many_who_make_a_key_at_once_all_have_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.key");
        std::fs::write(folder.path().join("victim"), "whole").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path().join("victim"), folder.path().join("store.key-draft")).unwrap();
        let made: Vec<String> = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..16).map(|_| scope.spawn(|| Key::load_or_create(&path).unwrap().check())).collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        assert!(made.iter().all(|check| *check == Key::load(&path).unwrap().check()), "{made:?}");
        assert_eq!(std::fs::read_to_string(folder.path().join("victim")).unwrap(), "whole");
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, if cfg!(unix) { 3 } else { 2 }, "no draft is left");
    }

    #[test]
    fn another_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        let check = Key::load_or_create(&one).unwrap().check();
        assert!(Key::load_or_create(&two).unwrap().must_be(&check, &two).is_err());
        std::fs::write(&two, "no key").unwrap();
        assert!(Key::load(&two).is_err());
    }
}
