//! Characters of a PDF file with their places.
//!
//! The file is not trusted: reading it stops at limits on time, memory and characters, and a panic in the reader is an
//! error of the file. Pictures, fonts' outlines and patterns are never decoded.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hayro_interpret::font::{Glyph as FontGlyph, GlyphRun};
use hayro_interpret::hayro_cmap::{BfString, WritingMode};
use hayro_interpret::hayro_syntax::object::dict::keys::TYPE;
use hayro_interpret::hayro_syntax::object::{Dict, Name};
use hayro_interpret::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro_interpret::kurbo::{Affine, BezPath, PathEl, Point, Rect};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, SoftMask, TransformExt, interpret_page,
};
use unicode_normalization::UnicodeNormalization;

use super::tables::Rules;
use super::{unpacked, unreadable};
use crate::Result;

/// Longest that reading a file may take. A thousand pages take some seconds.
const MAX_TIME: Duration = Duration::from_secs(60);
/// Most characters of a file; a book of a thousand pages has a million.
const MAX_GLYPHS: usize = 20_000_000;
/// Most pages of a file.
const MAX_PAGES: usize = 20_000;

/// A character where it stands. Lengths are in points, y grows downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Glyph {
    pub(super) c: char,
    /// Left end.
    pub(super) x0: f32,
    /// Right end, `>= x0`.
    pub(super) x1: f32,
    /// Baseline.
    pub(super) y: f32,
    /// Size of an em; finite, above 0.
    pub(super) size: f32,
    /// Quarter turns of the text: 0 upright. Places are those after turning it upright.
    pub(super) turn: u8,
}

/// A page.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) width: f32,
    pub(super) glyphs: Vec<Glyph>,
    /// Characters without a Unicode value; they stand as U+FFFD.
    pub(super) unknown: usize,
    /// Characters that are not painted: the text layer of a scan.
    pub(super) invisible: usize,
    /// Characters neither upright nor in a quarter turn, which are left out.
    pub(super) slanted: usize,
    pub(super) pictures: usize,
    pub(super) rules: Rules,
}

/// Why reading was given up; thrown from within the reader.
struct GivenUp(String);

/// The pages of a file.
pub(super) fn pages(bytes: &[u8]) -> Result<Vec<Page>> {
    let data = Arc::new(bytes.to_vec());
    match catch_unwind(AssertUnwindSafe(|| read(data))) {
        Ok(pages) => pages,
        Err(thrown) => Err(unreadable(match thrown.downcast::<GivenUp>() {
            Ok(why) => why.0,
            Err(_) => "a damaged PDF file".to_owned(),
        })),
    }
}

fn read(data: Arc<Vec<u8>>) -> Result<Vec<Page>> {
    let until = Instant::now() + MAX_TIME;
    unpacked::check(&data, until)?;
    let pdf = Pdf::new(data).map_err(|e| {
        unreadable(match e {
            LoadPdfError::Decryption(DecryptionError::PasswordProtected) => {
                "a PDF file locked with a password; save it without one".to_owned()
            }
            LoadPdfError::Decryption(_) => "a PDF file encrypted in a way that this program does not know".to_owned(),
            LoadPdfError::Invalid => "a damaged PDF file".to_owned(),
        })
    })?;
    let count = pdf.pages().len();
    if count > MAX_PAGES {
        return Err(unreadable(format!("a PDF file of {count} pages, more than {MAX_PAGES}")));
    }
    let cache = InterpreterCache::new();
    let mut reader = Reader { page: Page::default(), height: 0.0, total: 0, until, marked: Vec::new() };
    let mut pages = Vec::with_capacity(count);
    for page in pdf.pages().iter() {
        let (width, height) = page.render_dimensions();
        reader.page = Page { width, ..Page::default() };
        reader.height = height;
        reader.marked.clear();
        let frame = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        let transform = page.initial_transform(true).to_kurbo();
        let mut context = Context::new(transform, frame, &cache, pdf.xref(), InterpreterSettings::default());
        interpret_page(page, &mut context, &mut reader);
        pages.push(std::mem::take(&mut reader.page));
    }
    Ok(pages)
}

/// Collects the characters of a page.
struct Reader {
    page: Page,
    height: f32,
    total: usize,
    until: Instant,
    /// Marked content that is open: whether it is page furniture by the file's own word.
    marked: Vec<bool>,
}

impl Reader {
    /// Ends reading beyond the limits. Unwinding is the only way out of the interpreter; no panic hook sees it.
    fn check(&self) {
        if self.total > MAX_GLYPHS {
            resume_unwind(Box::new(GivenUp(format!("a PDF file of more than {MAX_GLYPHS} characters"))));
        }
        if Instant::now() > self.until {
            let seconds = MAX_TIME.as_secs();
            resume_unwind(Box::new(GivenUp(format!("a PDF file that takes more than {seconds} s to read"))));
        }
    }

    fn add(&mut self, text: BfString, place: Affine, advance: Option<f32>, vertical: bool) {
        let origin = place * Point::ZERO;
        let (along, up) = (place * Point::new(1000.0, 0.0) - origin, place * Point::new(0.0, 1000.0) - origin);
        let (em, size) = (along.hypot() as f32, up.hypot() as f32);
        let (x, y) = (origin.x as f32, origin.y as f32);
        let sound = [em, size, x, y].iter().all(|v| v.is_finite() && v.abs() < 1e6) && em > 0.1 && size > 0.1;
        if !sound {
            return;
        }
        let (dx, dy) = ((along.x as f32) / em, (along.y as f32) / em);
        // Vertical lines read as if the page were turned, each character upright in its line.
        let turned = if vertical { (-dy, dx) } else { (dx, dy) };
        let turn = match turned {
            (dx, _) if dx > 0.98 => 0,
            (_, dy) if dy > 0.98 => 1,
            (dx, _) if dx < -0.98 => 2,
            (_, dy) if dy < -0.98 => 3,
            _ => {
                self.page.slanted += 1;
                return;
            }
        };
        let (w, h) = (self.page.width, self.height);
        if turn == 0 && !((-em..=w + em).contains(&x) && (-em..=h + em).contains(&y)) {
            return;
        }
        let (x, y) = match turn {
            0 => (x, y),
            1 => (y, -x),
            2 => (-x, -y),
            _ => (-y, x),
        };
        let unit = |c: char| if c.is_ascii() { 0.5 } else { 1.0 };
        let text: Vec<char> = match text {
            BfString::Char(c) => mapped(c).collect(),
            BfString::String(s) => s.chars().flat_map(mapped).collect(),
        };
        let natural: f32 = text.iter().map(|c| unit(*c)).sum::<f32>();
        let width = match advance.map(|a| a / 1000.0) {
            Some(a) if a > 0.0 && a < 4.0 && !vertical => a,
            _ => natural,
        };
        let mut left = x;
        for c in text {
            let part = width * em * unit(c) / natural.max(0.01);
            if !c.is_control() || c == '\t' {
                let c = if c == '\t' { ' ' } else { c };
                self.page.glyphs.push(Glyph { c, x0: left, x1: left + part, y, size, turn });
            }
            left += part;
        }
    }
}

/// Radicals that have no compatibility mapping, each followed by the character that it is (Unicode,
/// `EquivalentUnifiedIdeograph.txt`), and ⼾, which Chinese fonts draw as 户.
const RADICALS: &str = concat!(
    "⺁厂⺄乙⺅亻⺆冂⺈刀⺉刂⺊卜⺌小⺍小⺎兀⺐尢⺒巳⺓幺⺔彑⺕彐⺖忄⺘扌⺙攵⺛旡⺜日⺝月⺞歺⺟母⺠民⺡氵⺢氺⺣灬⺤爫⺥爫⺦丬⺧牛⺨犭⺩王⺪疋⺬示⺭礻⺯糹⺰纟⺱罓⺲罒⺶羊⺹耂",
    "⺺肀⺻聿⺼肉⺾艹⺿艹⻀艹⻁虎⻂衤⻃覀⻄西⻅见⻆角⻈讠⻉贝⻋车⻌辶⻍辶⻎辶⻏阝⻐钅⻑長⻒镸⻓长⻔门⻖阝⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻟飠⻠饣⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄",
    "⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀⻳龟",
    "\u{2f3e}户",
);

/// A character as text has it: radicals, ligatures and the compatibility forms that PDF writers take from fonts become
/// the characters they show. Full-width forms, circled numbers and the like stay: documents mean them.
fn mapped(c: char) -> impl Iterator<Item = char> {
    let replaced = matches!(c,
        '\u{2e80}'..='\u{2fdf}' | '\u{f900}'..='\u{faff}' | '\u{fb00}'..='\u{fb06}' | '\u{2f800}'..='\u{2fa1f}'
        | '\u{fe10}'..='\u{fe19}' | '\u{fe30}'..='\u{fe48}');
    let forms: Vec<char> = match c {
        '\u{a0}' => vec![' '],
        // Fonts draw both with one glyph, and writers name the wrong one; Chinese text has the former.
        '\u{2015}' => vec!['—'],
        c if replaced => {
            let mut signs = RADICALS.chars();
            let known = std::iter::from_fn(|| Some((signs.next()?, signs.next()?))).find(|(from, _)| *from == c);
            known.map_or_else(|| std::iter::once(c).nfkc().collect(), |(_, to)| vec![to])
        }
        c => vec![c],
    };
    forms.into_iter().filter(|c| !matches!(c, '\u{ad}' | '\u{200b}' | '\u{feff}' | '\u{200c}' | '\u{200d}'))
}

impl<'a> Device<'a> for Reader {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        self.total += run.glyphs().len();
        self.check();
        if self.marked.contains(&true) {
            return;
        }
        let vertical = run.writing_mode() == WritingMode::Vertical;
        for glyph in run.glyphs() {
            let text = glyph.as_unicode().filter(|t| match t {
                BfString::Char(c) => *c != '\0' && *c != '\u{fffd}',
                BfString::String(s) => !s.is_empty(),
            });
            if matches!(mode, DrawMode::Invisible) {
                self.page.invisible += 1;
            }
            let text = text.unwrap_or_else(|| {
                self.page.unknown += 1;
                BfString::Char('\u{fffd}')
            });
            let advance = match &**glyph {
                FontGlyph::Outline(g) => g.advance_width(),
                FontGlyph::Type3(g) => g.advance_width(),
            };
            self.add(text, props.transform * glyph.transform(), advance, vertical);
        }
    }

    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {
        self.page.pictures += 1;
        self.check();
    }

    fn begin_marked_content(&mut self, tag: &[u8], properties: Option<&Dict<'_>>) {
        let kind = properties.and_then(|p| p.get::<Name<'_>>(TYPE));
        self.marked.push(tag == b"Artifact" && kind.is_some_and(|k| &*k == b"Pagination"));
        self.check();
    }

    fn end_marked_content(&mut self) {
        self.marked.pop();
    }

    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.check();
        let outline = matches!(mode, DrawMode::Stroke(_));
        // Each part of a path that begins with a move is a rule of its own.
        let mut part: Option<Rect> = None;
        let mut parts = Vec::new();
        for element in path.elements() {
            let moved = matches!(element, PathEl::MoveTo(_));
            let Some(end) = element.end_point().map(|p| props.transform * p) else { continue };
            if moved {
                parts.extend(part.take());
            }
            part = Some(part.map_or(Rect::from_points(end, end), |r| r.union_pt(end)));
        }
        for r in parts.into_iter().chain(part) {
            self.page.rules.add(r.x0 as f32, r.y0 as f32, r.x1 as f32, r.y1 as f32, outline);
        }
    }

    fn push_clip_path(&mut self, _: &ClipPath) {
        self.check();
    }

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {
        self.check();
    }

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}
}
