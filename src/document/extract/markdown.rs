//! Markdown to text: what a reader sees, line breaks as they were written.

use std::ops::Range;

use pulldown_cmark::{Event, MetadataBlockKind, Options, Parser, Tag, TagEnd};

use super::{Extracted, decode, html};
use crate::document::Metadata;
use crate::error::Result;

/// Reads a file. Headings, emphasis, links and list bullets lose their marks; numbers of lists stay as written; the
/// cells of a table are parted by tabs.
///
/// # Errors
/// [`crate::Error::Unreadable`] for what is no text.
pub(super) fn text(bytes: &[u8]) -> Result<Extracted> {
    let source = decode(bytes)?;
    // No strikethrough: 5~10%，3~5个 is none.
    let options = Options::ENABLE_TABLES | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut writer = Writer { source: &source, ..Writer::default() };
    for (event, range) in Parser::new_ext(&source, options).into_offset_iter() {
        writer.write(event, range);
    }
    writer.finish()
}

#[derive(Default)]
struct Writer<'a> {
    source: &'a str,
    text: String,
    /// Inside of a picture, whose words are not shown, or of a block about the file.
    hidden: usize,
    front: bool,
    cells: usize,
    pictures: usize,
    html: String,
    stated: Metadata,
    warnings: Vec<String>,
}

impl Writer<'_> {
    fn write(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(&tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(words) if self.front => self.front_matter(&words),
            Event::Text(_) | Event::Code(_) if self.hidden > 0 => {}
            Event::Text(words) | Event::Code(words) => self.text.push_str(&words),
            Event::SoftBreak | Event::HardBreak if self.cells > 0 => self.text.push(' '),
            Event::SoftBreak | Event::HardBreak | Event::Rule => self.line(),
            Event::Html(markup) => self.html.push_str(&markup),
            Event::InlineHtml(tag) => {
                let name = tag.trim_start_matches(['<', '/']).to_ascii_lowercase();
                if name.starts_with("br") {
                    self.line();
                }
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Image { .. } => {
                self.hidden += 1;
                self.pictures += 1;
            }
            Tag::MetadataBlock(MetadataBlockKind::YamlStyle) => self.front = true,
            Tag::Item => {
                self.line();
                let number = number(self.source.get(range).unwrap_or(""));
                if !number.is_empty() {
                    self.text.push_str(number);
                    self.text.push(' ');
                }
            }
            Tag::TableCell => {
                if self.cells > 0 {
                    self.text.push('\t');
                }
                self.cells += 1;
            }
            Tag::Paragraph | Tag::Heading { .. } | Tag::TableHead | Tag::TableRow | Tag::CodeBlock(_) => self.line(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Image => self.hidden -= 1,
            TagEnd::MetadataBlock(_) => self.front = false,
            TagEnd::TableHead | TagEnd::TableRow => {
                self.cells = 0;
                self.line();
            }
            TagEnd::HtmlBlock => {
                let markup = std::mem::take(&mut self.html);
                self.line();
                self.text.push_str(&html::fragment(&markup));
                self.line();
            }
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::CodeBlock => self.line(),
            _ => {}
        }
    }

    /// Begins a new line, unless one has just begun.
    fn line(&mut self) {
        let ended = self.text.trim_end_matches([' ', '\t']).len();
        self.text.truncate(ended);
        // A number stands before the text of its item.
        if !self.text.is_empty() && !self.text.ends_with('\n') && !self.after_number() {
            self.text.push('\n');
        }
    }

    /// Whether the line at hand holds the number of an item and nothing else.
    fn after_number(&mut self) -> bool {
        let line = self.text.rsplit('\n').next().unwrap_or("");
        let digits = line.trim_end_matches(['.', ')']);
        let alone = digits.len() + 1 == line.len() && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        if alone {
            self.text.push(' ');
        }
        alone
    }

    /// The title in a block about the file.
    fn front_matter(&mut self, words: &str) {
        for line in words.lines() {
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim().trim_matches(['"', '\'']);
            if name.trim() == "title" && !value.is_empty() {
                self.stated.title.get_or_insert_with(|| value.to_owned());
            }
        }
    }

    fn finish(mut self) -> Result<Extracted> {
        if self.pictures > 0 {
            self.warnings.push(html::pictures(self.pictures));
        }
        let text = decode(self.text.as_bytes())?;
        Ok(Extracted { name: None, text, given: Metadata::default(), stated: self.stated, warnings: self.warnings })
    }
}

/// The number of an item as it is written: `3.` or `3)`; empty for a bullet.
fn number(item: &str) -> &str {
    let digits = item.bytes().take_while(u8::is_ascii_digit).count();
    let marked = digits > 0 && matches!(item.as_bytes().get(digits), Some(b'.' | b')'));
    item.get(..digits + 1).filter(|_| marked).map_or("", |number| number)
}
