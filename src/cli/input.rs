//! Texts from files and from standard input.

use crate::document;
use crate::error::{Error, Result};

/// The bytes of a file, or of standard input for `-`.
///
/// # Errors
/// [`Error::Io`].
pub(super) fn bytes(file: &str) -> Result<Vec<u8>> {
    if file != "-" {
        return std::fs::read(file).map_err(Error::io(file));
    }
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes).map_err(Error::io("standard input"))?;
    Ok(bytes)
}

/// The same as text, in any of the encodings that documents come in.
///
/// # Errors
/// [`Error::Io`]; [`Error::Unreadable`] with the place of a wrong byte.
pub(super) fn text(file: &str) -> Result<String> {
    document::decode(&bytes(file)?)
}
