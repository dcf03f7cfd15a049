//! How much a file's compressed streams unpack to, before anything is unpacked whole.
//!
//! The reader unpacks a stream into memory at one go, and deflate packs a thousand to one, again and again: a file of
//! 2 MB can ask for more memory than there is. So each deflated stream is unpacked here first, a buffer at a time. They
//! are found by their first bytes, without the file's own tables, which may lie. Streams that are deflated within a
//! text encoding (ASCII85, hexadecimal) are not looked into.

use std::io::Read;
use std::time::Instant;

use flate2::read::ZlibDecoder;

use super::unreadable;
use crate::Result;

/// Most bytes of a stream. The contents of a page, a font or a table have some megabytes at the most, the pixels of a
/// scanned page, which are not unpacked for their text but may be for their size, some hundred.
const MOST: u64 = 256 << 20;
/// How often a stream may be deflated again; honest files do it once.
const LAYERS: usize = 4;

/// Refuses a file with a stream beyond the limit.
///
/// # Errors
/// [`crate::Error::Unreadable`], also when finding out takes longer than `until`.
pub(super) fn check(bytes: &[u8], until: Instant) -> Result<()> {
    const KEYWORD: &[u8] = b"stream";
    let mut rest = bytes;
    while let Some(at) = rest.windows(KEYWORD.len()).position(|window| window == KEYWORD) {
        rest = &rest[at + KEYWORD.len()..];
        let data = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).unwrap_or(rest);
        if is_zlib(data) {
            check_stream(data, until)?;
        }
    }
    Ok(())
}

fn check_stream(data: &[u8], until: Instant) -> Result<()> {
    let mut buffer = vec![0; 64 << 10];
    for layers in 1..=LAYERS {
        let mut reader: Box<dyn Read + '_> = Box::new(data);
        for _ in 0..layers {
            reader = Box::new(ZlibDecoder::new(reader));
        }
        let (mut size, mut first) = (0, Vec::with_capacity(2));
        // What is damaged, or no deflated data at all, is the reader's to tell.
        while let Ok(read @ 1..) = reader.read(&mut buffer) {
            first.extend(buffer.iter().take(read.min(2_usize.saturating_sub(first.len()))));
            size += read as u64;
            if size > MOST {
                return Err(unreadable(format!("a PDF file with a part that unpacks to more than {} MB", MOST >> 20)));
            }
            if Instant::now() > until {
                return Err(unreadable("a PDF file whose parts take too long to unpack".to_owned()));
            }
        }
        if !is_zlib(&first) {
            return Ok(());
        }
    }
    Err(unreadable(format!("a PDF file with a part that is packed more than {LAYERS} times over")))
}

/// Whether data begins as RFC 1950 says: deflate, and a check on the two bytes.
fn is_zlib(data: &[u8]) -> bool {
    matches!(data, [first, second, ..] if first & 0x0f == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::Duration;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    fn packed(write: impl FnOnce(&mut ZlibEncoder<Vec<u8>>)) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        write(&mut encoder);
        encoder.finish().unwrap()
    }

    fn spaces(megabytes: usize) -> Vec<u8> {
        packed(|encoder| (0..megabytes).for_each(|_| encoder.write_all(&[b' '; 1 << 20]).unwrap()))
    }

    fn refusal(stream: &[u8]) -> Option<String> {
        let file = [b"%PDF-1.7\n4 0 obj <</Filter/FlateDecode>>stream\r\n", stream, b"\nendstream endobj"].concat();
        check(&file, Instant::now() + Duration::from_secs(60)).err().map(|error| error.to_string())
    }

    #[test]
    fn a_stream_that_unpacks_to_more_than_fits_is_refused_however_often_it_is_packed() {
        let bomb = spaces(257);
        assert!(refusal(&bomb).unwrap().contains("more than 256 MB"));
        let twice = packed(|encoder| encoder.write_all(&bomb).unwrap());
        assert!(twice.len() < bomb.len() / 10, "{} {}", twice.len(), bomb.len());
        assert!(refusal(&twice).unwrap().contains("more than 256 MB"));
        let often = (0..5).fold(spaces(1), |inner, _| packed(|encoder| encoder.write_all(&inner).unwrap()));
        assert!(refusal(&often).unwrap().contains("packed more than 4 times"));
    }

    #[test]
    fn what_is_of_a_usual_size_or_damaged_passes() {
        assert_eq!(refusal(&spaces(3)), None);
        assert_eq!(refusal(&spaces(300)[..500]), None, "cut off");
        assert_eq!(refusal(b"x\x9cnothing that unpacks"), None);
        assert_eq!(refusal(b""), None);
    }

    #[test]
    fn finding_out_ends_in_time() {
        let file = [b"stream\n".as_slice(), &spaces(3)].concat();
        assert!(check(&file, Instant::now()).unwrap_err().to_string().contains("too long to unpack"));
    }
}
