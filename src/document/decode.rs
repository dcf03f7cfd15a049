//! File bytes to normalised text.
//!
//! The text keeps everything but the byte order mark and the kind of line break. What is not text is refused with what
//! it looks like: guessing on would put garbage beside real clauses.

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};

use crate::{Error, Result};

/// What a caller may send.
const EXPECTED: &str = "text in UTF-8, GB18030 or UTF-16 with a byte order mark";

/// Formats that people take for text, by their first bytes.
const MAGIC: &[(&[u8], &str)] = &[
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a ZIP archive (docx, xlsx, ofd and epub files are such archives)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an OLE file (doc, xls, wps)"),
    (b"{\\rtf", "an RTF file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x7fELF", "a program"),
];

/// Turns file bytes into normalised text: UTF-8 with or without a byte order mark, GB18030 (and so GBK and GB2312)
/// where the bytes are not UTF-8, UTF-16 with a byte order mark. Line breaks become `\n`.
///
/// # Errors
/// [`Error::Unreadable`] for other formats, binary data, bytes that are wrong in every encoding (with the place of the
/// first wrong one), and for files without a visible character.
///
/// # Examples
/// ```
/// use clausewise::document::decode;
/// assert_eq!(decode("\u{feff}第一条\r\n".as_bytes())?, "第一条\n");
/// assert!(decode(b"%PDF-1.7").unwrap_err().to_string().contains("a PDF file"));
/// # Ok::<(), clausewise::Error>(())
/// ```
pub fn decode(bytes: &[u8]) -> Result<String> {
    let refuse = |received: String| Error::Unreadable { expected: EXPECTED.to_owned(), received };
    if bytes.is_empty() {
        return Err(refuse("an empty file".to_owned()));
    }
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(refuse((*name).to_owned()));
    }
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, UTF_16LE).map_err(refuse)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, UTF_16BE).map_err(refuse)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest, 3).map_err(refuse)?,
        _ => unmarked(bytes).map_err(refuse)?,
    };
    let text = normalise_lines(text);
    reject_binary(&text).map_err(refuse)?;
    if text.chars().all(super::chars::is_space) {
        return Err(refuse("a file of white space only".to_owned()));
    }
    Ok(text)
}

/// Decodes bytes after a UTF-8 byte order mark of `offset` bytes.
fn utf8(bytes: &[u8], offset: usize) -> Result<String, String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(e) => Err(format!("bytes marked as UTF-8 that are not, from byte {}", offset + e.valid_up_to())),
    }
}

/// Decodes bytes without a byte order mark.
fn unmarked(bytes: &[u8]) -> Result<String, String> {
    let wrong = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text.to_owned()),
        Err(e) => e.valid_up_to(),
    };
    // NUL bytes never occur in GB18030 text, but its decoder lets them pass.
    if let Some(at) = bytes.iter().position(|b| *b == 0) {
        return Err(format!("binary data (a NUL byte at byte {at})"));
    }
    if let Some(text) = GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        return Ok(text.into_owned());
    }
    let gb = first_error_gb18030(bytes);
    Err(format!("bytes that are neither UTF-8 (from byte {wrong}) nor GB18030 (from byte {gb})"))
}

/// Where GB18030 decoding first fails, to within the sequence at fault.
fn first_error_gb18030(bytes: &[u8]) -> usize {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let mut read = 0;
    let mut buffer = String::with_capacity(1 << 16);
    loop {
        let rest = bytes.get(read..).unwrap_or(&[]);
        buffer.clear();
        let (result, n) = decoder.decode_to_string_without_replacement(rest, &mut buffer, true);
        read += n;
        match result {
            encoding_rs::DecoderResult::Malformed(bad, after) => {
                return read.saturating_sub(usize::from(bad) + usize::from(after));
            }
            encoding_rs::DecoderResult::OutputFull => {}
            encoding_rs::DecoderResult::InputEmpty => return read,
        }
    }
}

/// Decodes bytes after a UTF-16 byte order mark.
fn utf16(bytes: &[u8], encoding: &'static encoding_rs::Encoding) -> Result<String, String> {
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(std::borrow::Cow::into_owned)
        .ok_or_else(|| format!("bytes marked as {} that are not", encoding.name()))
}

/// CRLF and CR become LF, and a mark that the decoders left at the start goes.
fn normalise_lines(text: String) -> String {
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

/// Refuses text with a NUL, or with more control characters than a careless export leaves behind.
fn reject_binary(text: &str) -> Result<(), String> {
    let (mut controls, mut count) = (0usize, 0usize);
    for (i, c) in text.chars().enumerate() {
        count += 1;
        if c == '\0' {
            return Err(format!("binary data (a NUL at character {i})"));
        }
        if c.is_control() && !matches!(c, '\n' | '\t' | '\u{b}' | '\u{c}' | '\u{85}') {
            controls += 1;
        }
    }
    if controls > 8 && controls * 50 > count {
        return Err(format!("binary data ({controls} control characters among {count})"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(bytes: &[u8]) -> String {
        decode(bytes).expect_err("should be refused").to_string()
    }

    #[test]
    fn the_same_text_comes_out_of_every_encoding() {
        let text = "第一条　为了加强质量工作，制定本条例。\n";
        assert_eq!(decode(text.as_bytes()).expect("utf-8"), text);
        assert_eq!(decode(&GB18030.encode(text).0).expect("gb18030"), text);
        let le: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(decode(&le).expect("utf-16le"), text);
        let be: Vec<u8> = [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        assert_eq!(decode(&be).expect("utf-16be"), text);
    }

    #[test]
    fn line_breaks_become_one_kind_and_nothing_else_changes() {
        assert_eq!(decode("\u{feff}甲\r\n乙\r丙\n\u{3000}丁 ".as_bytes()).expect("text"), "甲\n乙\n丙\n\u{3000}丁 ");
    }

    #[test]
    fn what_is_not_text_is_refused_by_name() {
        assert!(refusal(b"%PDF-1.4 ...").contains("a PDF file"));
        assert!(refusal(b"PK\x03\x04....").contains("ZIP"));
        assert!(refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1..").contains("OLE"));
        assert!(refusal(b"").contains("an empty file"));
        assert!(refusal(" \n\u{3000}".as_bytes()).contains("white space only"));
        assert!(refusal(b"abc\0def").contains("NUL"));
        assert!(refusal(&[1u8; 100]).contains("control characters"));
    }

    #[test]
    fn the_first_wrong_byte_is_told() {
        let mut bytes = "第一条".as_bytes().to_vec();
        bytes.extend([0xff, 0xff]);
        let text = refusal(&bytes);
        assert!(text.contains("neither UTF-8 (from byte 9) nor GB18030"), "{text}");
    }
}
