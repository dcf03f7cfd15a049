//! The container: a ZIP archive of XML parts that name each other by relationships.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use roxmltree::{Document, ParsingOptions};
use zip::ZipArchive;
use zip::result::ZipError;

use super::unreadable;
use crate::Result;

/// Largest part that is read, in bytes after decompression. A thousand pages are some 30 MB.
const MAX_PART: u64 = 96 << 20;
/// Most that is read of one file in all, in bytes after decompression.
const MAX_TOTAL: u64 = 192 << 20;
/// Most nodes of one part; keeps the tree below some 500 MB.
const MAX_NODES: u32 = 6_000_000;

/// An opened container.
pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// Part name in lower case, with `/` between folders, to its place in the archive.
    parts: HashMap<String, usize>,
    read: u64,
}

impl<'a> Package<'a> {
    /// Reads the directory of the archive.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Package<'a>> {
        let archive = ZipArchive::new(Cursor::new(bytes))
            .map_err(|e| unreadable(format!("a ZIP archive that is damaged or cut off ({e})")))?;
        // Some writers use backslashes, or other case than the relationships do.
        let name = |i: usize| Some(normalised(&archive.name_for_index(i)?.ok()?));
        let parts = (0..archive.len()).filter_map(|i| Some((name(i)?, i))).collect();
        Ok(Package { archive, parts, read: 0 })
    }

    /// Whether there is a part of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.parts.contains_key(&normalised(name))
    }

    /// The text of an XML part; `None` where there is no such part.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<String>> {
        let Some(&index) = self.parts.get(&normalised(name)) else { return Ok(None) };
        let limit = MAX_PART.min(MAX_TOTAL.saturating_sub(self.read));
        let file = self.archive.by_index(index).map_err(|e| match e {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
                unreadable("a ZIP archive that is locked with a password".to_owned())
            }
            e => unreadable(format!("a Word file whose part {name} cannot be read ({e})")),
        })?;
        let mut bytes = Vec::new();
        file.take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| unreadable(format!("a Word file whose part {name} is damaged ({e})")))?;
        let length = bytes.len() as u64;
        if length > limit {
            return Err(unreadable(format!(
                "a Word file whose part {name} unpacks to more than {} MB",
                limit.div_ceil(1 << 20)
            )));
        }
        self.read += length;
        match decoded(bytes) {
            Some(text) => Ok(Some(text)),
            None => Err(unreadable(format!("a Word file whose part {name} is neither UTF-8 nor UTF-16"))),
        }
    }

    /// Targets of the relationships of a part (`""` for the package itself) by the last word of their type, each as a
    /// part name. Targets outside the file are left out. Empty where the part has none.
    pub(super) fn relationships(&mut self, part: &str) -> Result<HashMap<String, String>> {
        let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
        let place = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let name = format!("{place}_rels/{file}.rels");
        let Some(xml) = self.part(&name)? else { return Ok(HashMap::new()) };
        let tree = parse(&name, &xml)?;
        let mut targets = HashMap::new();
        for relation in tree.root_element().children().filter(|n| n.tag_name().name() == "Relationship") {
            let (Some(kind), Some(target)) = (relation.attribute("Type"), relation.attribute("Target")) else {
                continue;
            };
            if relation.attribute("TargetMode") == Some("External") {
                continue;
            }
            let kind = kind.rsplit('/').next().unwrap_or(kind).to_owned();
            targets.entry(kind).or_insert_with(|| resolved(folder, target));
        }
        Ok(targets)
    }
}

/// The tree of a part.
pub(super) fn parse<'x>(name: &str, xml: &'x str) -> Result<Document<'x>> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(xml, options)
        .map_err(|e| unreadable(format!("a Word file whose part {name} is not whole XML ({e})")))
}

/// UTF-8 or UTF-16 bytes as text without a byte order mark.
fn decoded(bytes: Vec<u8>) -> Option<String> {
    use encoding_rs::{UTF_16BE, UTF_16LE};
    let wide = |rest: &[u8], encoding: &'static encoding_rs::Encoding| {
        Some(encoding.decode_without_bom_handling_and_without_replacement(rest)?.into_owned())
    };
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => wide(rest, UTF_16LE),
        [0xfe, 0xff, rest @ ..] => wide(rest, UTF_16BE),
        [0xef, 0xbb, 0xbf, rest @ ..] => Some(std::str::from_utf8(rest).ok()?.to_owned()),
        _ => String::from_utf8(bytes).ok(),
    }
}

/// A part name as it is compared.
fn normalised(name: &str) -> String {
    name.replace('\\', "/").trim_start_matches('/').to_lowercase()
}

/// A relationship's target as a part name: relative to the folder of the part that names it, or from the root.
fn resolved(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let joined = if target.starts_with('/') { target } else { format!("{folder}/{target}") };
    let mut path: Vec<&str> = Vec::new();
    for step in joined.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            step => path.push(step),
        }
    }
    path.join("/")
}
