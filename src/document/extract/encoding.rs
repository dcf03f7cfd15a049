//! File bytes to normalised text.
//!
//! The text keeps everything but the byte order mark and the kind of line break. What is not text is refused with what
//! it looks like: guessing on would put garbage beside real clauses.

use std::borrow::Cow;

use encoding_rs::{BIG5, DecoderResult, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::sniff;
use crate::document::chars::is_space;
use crate::{Error, Result};

/// What a caller may send.
const EXPECTED: &str = "text in UTF-8, GB18030, Big5 or UTF-16";

/// How much is looked at to tell encodings apart that both could be, in bytes.
const SAMPLE: usize = 1 << 16;

/// Turns the bytes of a text file into normalised text: UTF-8, GB18030 (and so GBK and GB2312), Big5, and UTF-16 with
/// or without a byte order mark. Line breaks become `\n`.
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
    if let Some(foreign) = sniff::foreign(bytes) {
        return Err(refuse(foreign.name.to_owned()));
    }
    let (encoding, mark) = encoding_of(bytes);
    finish(decode_as(bytes, encoding, mark).map_err(refuse)?)
}

/// Decodes bytes whose encoding a page declares; another encoding is looked for where they are not in that one.
pub(super) fn decode_declared(bytes: &[u8], declared: Option<&'static Encoding>) -> Result<String> {
    let declared = declared.filter(|_| Encoding::for_bom(bytes).is_none());
    // GB2312 and GBK are read as GB18030, which holds both.
    let declared = declared.map(|e| if e == encoding_rs::GBK { GB18030 } else { e });
    match declared.and_then(|encoding| decode_as(bytes, encoding, 0).ok()) {
        Some(text) => finish(text),
        None => decode(bytes),
    }
}

/// The encoding of a file that is read a piece at a time: that of the first piece which is not plain ASCII, for all.
#[derive(Default)]
pub(super) struct Charset(Option<&'static Encoding>);

impl Charset {
    /// Decides by a piece, unless an earlier one did.
    pub(super) fn decide(&mut self, piece: &[u8]) {
        if self.0.is_none() && !piece.is_ascii() {
            self.0 = Some(match encoding_of(piece).0 {
                wide if wide == UTF_16LE || wide == UTF_16BE => GB18030,
                encoding => encoding,
            });
        }
    }

    /// Decodes the next piece, strictly.
    ///
    /// # Errors
    /// [`Error::Unreadable`] with the place of the first wrong byte in the piece.
    pub(super) fn decode<'a>(&mut self, piece: &'a [u8]) -> Result<Cow<'a, str>> {
        self.decide(piece);
        match self.0.filter(|_| !piece.is_ascii()) {
            Some(encoding) => decode_as(piece, encoding, 0).map(Cow::Owned).map_err(refuse),
            // Plain ASCII is UTF-8.
            None => Ok(String::from_utf8_lossy(piece)),
        }
    }
}

/// Refuses a file in UTF-16, which cannot be cut at line breaks before it is decoded.
pub(super) fn refuse_wide(head: &[u8]) -> Result<()> {
    let (encoding, _) = encoding_of(head.get(..head.len() & !1).unwrap_or(head));
    if encoding == UTF_16LE || encoding == UTF_16BE {
        return Err(sniff::unreadable("a file in UTF-8 or GB18030 (save as CSV UTF-8)", encoding.name()));
    }
    Ok(())
}

fn refuse(received: String) -> Error {
    Error::Unreadable { expected: EXPECTED.to_owned(), received }
}

/// Checks and normalises a text that was decoded.
fn finish(text: String) -> Result<String> {
    let text = normalise_lines(text);
    reject_binary(&text).map_err(refuse)?;
    if text.is_empty() {
        return Err(refuse("an empty file".to_owned()));
    }
    if text.chars().all(is_space) {
        return Err(refuse("a file of white space only".to_owned()));
    }
    Ok(text)
}

/// The encoding that bytes are in as far as can be told, and the length of the byte order mark.
///
/// What is valid UTF-8 is UTF-8. Nearly all bytes are valid GB18030, so UTF-16 without a mark and Big5 are looked for
/// first, each by what it would be absurd as in GB18030.
pub(super) fn encoding_of(bytes: &[u8]) -> (&'static Encoding, usize) {
    if let Some(marked) = Encoding::for_bom(bytes) {
        return marked;
    }
    if let Some(encoding) = unmarked_utf16(bytes) {
        return (encoding, 0);
    }
    let encoding = match std::str::from_utf8(bytes) {
        Ok(_) => UTF_8,
        Err(_) if is_big5(bytes) => BIG5,
        Err(_) => GB18030,
    };
    (encoding, 0)
}

/// UTF-16 without a byte order mark: read in one byte order nearly all units are Chinese characters, their punctuation
/// or plain ASCII, read in the other they are not.
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = bytes.get(..bytes.len().min(SAMPLE) & !1)?;
    if !bytes.len().is_multiple_of(2) || sample.len() < 4 {
        return None;
    }
    let sane = |read: fn([u8; 2]) -> u16| {
        let units = sample.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(read));
        units.filter(|u| matches!(u, 0x20..=0x7e | 9 | 10 | 13 | 0x2010..=0x2030 | 0x3000..=0x301f | 0x4e00..=0x9fa5 | 0xff00..=0xff5e)).count()
    };
    let (little, big, all) = (sane(u16::from_le_bytes), sane(u16::from_be_bytes), sample.len() / 2);
    // ASCII text in pairs reads as Chinese in both orders: then it has no NUL and is valid UTF-8.
    let plausible = std::str::from_utf8(sample).is_err() || sample.contains(&0);
    // Spaces, line breaks and punctuation are none of these in the wrong order.
    let clear = |this: usize, other: usize| plausible && this > other && this * 100 >= all * 97;
    if clear(little, big) {
        Some(UTF_16LE)
    } else if clear(big, little) {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Whether bytes are Big5 rather than GB18030: the punctuation of Big5 falls into the private area of GB18030, or is
/// wrong there, and letter frequencies agree.
fn is_big5(bytes: &[u8]) -> bool {
    let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    if detector.guess(None, chardetng::Utf8Detection::Deny) != BIG5 || decode_as(bytes, BIG5, 0).is_err() {
        return false;
    }
    match GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        None => true,
        Some(text) => text.chars().any(|c| matches!(c, '\u{e000}'..='\u{f8ff}')),
    }
}

/// Decodes bytes strictly.
///
/// # Errors
/// What is wrong and where.
pub(super) fn decode_as(bytes: &[u8], encoding: &'static Encoding, mark: usize) -> Result<String, String> {
    let rest = bytes.get(mark..).unwrap_or(&[]);
    let wide = encoding == UTF_16LE || encoding == UTF_16BE;
    // NUL bytes never occur in text of one byte a letter, but the decoders let them pass.
    if let Some(at) = rest.iter().position(|b| *b == 0).filter(|_| !wide) {
        return Err(format!("binary data (a NUL byte at byte {})", mark + at));
    }
    if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(rest) {
        return Ok(Cow::into_owned(text));
    }
    let name = if mark > 0 { format!("bytes marked as {} that are not", encoding.name()) } else { String::new() };
    let at = mark + first_error(rest, encoding);
    if mark > 0 {
        return Err(format!("{name}, from byte {at}"));
    }
    match std::str::from_utf8(rest) {
        Err(utf8) if encoding == GB18030 => {
            let wrong = utf8.valid_up_to();
            Err(format!("bytes that are neither UTF-8 (from byte {wrong}) nor GB18030 (from byte {at})"))
        }
        _ => Err(format!("bytes that are not {} from byte {at}", encoding.name())),
    }
}

/// Where decoding first fails, to within the sequence at fault.
fn first_error(bytes: &[u8], encoding: &'static Encoding) -> usize {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut read = 0;
    let mut buffer = String::with_capacity(1 << 16);
    loop {
        let rest = bytes.get(read..).unwrap_or(&[]);
        buffer.clear();
        let (result, n) = decoder.decode_to_string_without_replacement(rest, &mut buffer, true);
        read += n;
        match result {
            DecoderResult::Malformed(bad, after) => {
                return read.saturating_sub(usize::from(bad) + usize::from(after));
            }
            DecoderResult::OutputFull => {}
            DecoderResult::InputEmpty => return read,
        }
    }
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
    fn utf_16_without_a_mark_is_known_by_its_characters() {
        let text = "甲市养犬管理条例\n第一条　为了规范养犬行为，制定本条例。\n";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!((decode(&le).expect("le"), decode(&be).expect("be")), (text.to_owned(), text.to_owned()));
        let english = "Article 1. This measure applies to dogs.";
        let le: Vec<u8> = english.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&le).expect("english"), english);
    }

    #[test]
    fn big5_is_told_from_gb18030() {
        let text = "第一條　為加強品質管理，保障消費者權益，特制定本辦法。\n第二條　主管機關應定期檢查，並公布結果。\n";
        let (bytes, _, unmapped) = BIG5.encode(text);
        assert!(!unmapped);
        assert_eq!(decode(&bytes).expect("big5"), text);
        for sample in ["neimenggu-2023", "taian-2018", "xianning-2016"] {
            let path = format!("{}/corpus/{sample}.txt", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read_to_string(path).expect("a sample");
            for line in text.lines().filter(|line| !line.trim().is_empty()) {
                let (bytes, _, _) = GB18030.encode(line);
                assert_eq!(decode(&bytes).expect("gb18030"), line);
            }
        }
    }

    #[test]
    fn a_declared_encoding_is_taken_unless_the_bytes_are_not_in_it() {
        let text = "应当公开。";
        let (gb, _, _) = GB18030.encode(text);
        assert_eq!(decode_declared(&gb, Encoding::for_label(b"gb2312")).expect("gb2312"), text);
        assert_eq!(decode_declared(&gb, Some(UTF_8)).expect("declared wrongly"), text);
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
