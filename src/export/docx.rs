//! A Word document: a 对照表 of two columns across an A4 page, differences underlined and red, a citation under each
//! passage.

use std::io::Cursor;

use docx_rs::{
    AlignmentType, Docx, Footer, PageMargin, PageNum, PageOrientationType, Paragraph, Run as WordRun, RunFonts,
    Shading, ShdType, Table as WordTable, TableCell, TableLayoutType, TableRow as WordRow, WidthType,
};

use super::for_xml;
use super::report::{Cell, Language, Mark, Pair, Passage, Report, Run, Table};
use crate::error::{Error, Result};

/// Width of the text on an A4 page across with margins of 2 cm, in twentieths of a point.
const WIDTH: usize = 16_838 - 2 * 1_134;
/// The column of the relation.
const RELATION: usize = 2_200;
/// Half points: 小四, and for citations 小五.
const BODY: usize = 24;
const SMALL: usize = 18;

/// Writes the document.
pub(super) fn write(report: &Report) -> Result<Vec<u8>> {
    let fonts = RunFonts::new().ascii("Times New Roman").hi_ansi("Times New Roman").east_asia("宋体");
    let margin = PageMargin::new().top(1_134).bottom(1_134).left(1_134).right(1_134);
    let page = Paragraph::new().align(AlignmentType::Center).add_page_num(PageNum::new());
    let mut docx = Docx::new()
        .page_size(16_838, 11_906)
        .page_orient(PageOrientationType::Landscape)
        .page_margin(margin)
        .default_fonts(fonts)
        .default_size(BODY)
        .footer(Footer::new().add_paragraph(page))
        .add_paragraph(
            Paragraph::new()
                .align(AlignmentType::Center)
                .add_run(WordRun::new().add_text(for_xml(&report.title)).bold().size(32)),
        );
    docx = lines(docx, &report.figures);
    if report.tables_lead {
        docx = tables(docx, &report.tables);
    }
    if !report.pairs.is_empty() {
        docx = docx.add_paragraph(heading(report.language.of("对照表", "Side by side"))).add_table(pairs(report));
    }
    if !report.tables_lead {
        docx = tables(docx, &report.tables);
    }
    docx = docx.add_paragraph(heading(report.language.of("说明", "About")));
    docx = lines(docx, &report.about.lines(report.language));
    let mut bytes = Cursor::new(Vec::new());
    docx.build().pack(&mut bytes).map_err(Error::export)?;
    Ok(bytes.into_inner())
}

fn heading(text: &str) -> Paragraph {
    Paragraph::new().add_run(WordRun::new().add_text(for_xml(text)).bold().size(28)).keep_next(true)
}

fn lines(docx: Docx, lines: &[(String, String)]) -> Docx {
    lines.iter().fold(docx, |docx, (name, value)| {
        let name = WordRun::new().add_text(format!("{}：", for_xml(name))).bold().size(SMALL + 3);
        let value = WordRun::new().add_text(for_xml(value)).size(SMALL + 3);
        docx.add_paragraph(Paragraph::new().add_run(name).add_run(value))
    })
}

fn pairs(report: &Report) -> WordTable {
    let side = (WIDTH - RELATION) / 2;
    let widths = [side, side, RELATION];
    let heads = [report.sides[0].as_str(), report.sides[1].as_str(), report.language.of("关系", "Relation")];
    let mut rows = vec![head(heads.into_iter().zip(widths))];
    rows.extend(report.pairs.iter().map(|pair| {
        let cells = vec![
            passage(pair.left.as_ref(), report.language),
            passage(pair.right.as_ref(), report.language),
            relation(pair),
        ];
        let cells = cells.into_iter().zip(widths).map(|(cell, width)| {
            let cell = cell.width(width, WidthType::Dxa);
            match pair.tone.colour() {
                Some(colour) => cell.shading(Shading::new().shd_type(ShdType::Clear).fill(colour)),
                None => cell,
            }
        });
        WordRow::new(cells.collect())
    }));
    WordTable::new(rows).set_grid(widths.to_vec()).width(WIDTH, WidthType::Dxa).layout(TableLayoutType::Fixed)
}

fn head<'a>(columns: impl Iterator<Item = (&'a str, usize)>) -> WordRow {
    let cells = columns.map(|(name, width)| {
        TableCell::new()
            .width(width, WidthType::Dxa)
            .shading(Shading::new().shd_type(ShdType::Clear).fill("D9D9D9"))
            .add_paragraph(Paragraph::new().add_run(WordRun::new().add_text(for_xml(name)).bold()))
    });
    WordRow::new(cells.collect())
}

fn passage(passage: Option<&Passage>, language: Language) -> TableCell {
    let Some(passage) = passage else {
        return TableCell::new().add_paragraph(Paragraph::new().add_run(run(language.of("（无）", "(none)"))));
    };
    let cell = marked(TableCell::new(), &passage.runs);
    if passage.citation.is_empty() {
        return cell;
    }
    cell.add_paragraph(
        Paragraph::new()
            .align(AlignmentType::Right)
            .add_run(WordRun::new().add_text(for_xml(&passage.citation)).size(SMALL).color("595959")),
    )
}

/// Adds runs to a cell, a paragraph a line.
fn marked(mut cell: TableCell, runs: &[Run]) -> TableCell {
    let mut paragraph = Paragraph::new();
    for piece in runs {
        for (i, line) in for_xml(&piece.text).split('\n').enumerate() {
            if i > 0 {
                cell = cell.add_paragraph(std::mem::replace(&mut paragraph, Paragraph::new()));
            }
            if !line.is_empty() {
                paragraph = paragraph.add_run(match piece.mark {
                    Mark::Same => run(line),
                    Mark::Differs => run(line).color("C00000").underline("single"),
                });
            }
        }
    }
    cell.add_paragraph(paragraph)
}

fn relation(pair: &Pair) -> TableCell {
    let probability = pair.probability.map(|p| format!("{:.0}%", p * 100.0)).unwrap_or_default();
    let cell = TableCell::new().add_paragraph(Paragraph::new().add_run(run(&pair.relation)));
    let lines = std::iter::once(probability.as_str()).chain(pair.notes.iter().map(String::as_str));
    lines.filter(|line| !line.is_empty()).fold(cell, |cell, line| {
        cell.add_paragraph(Paragraph::new().add_run(WordRun::new().add_text(for_xml(line)).size(SMALL)))
    })
}

fn run(text: &str) -> WordRun {
    WordRun::new().add_text(for_xml(text)).size(SMALL + 3)
}

fn tables(docx: Docx, tables: &[Table]) -> Docx {
    tables.iter().fold(docx, |docx, table| {
        let total: f64 = table.columns.iter().map(|(_, width)| width).sum::<f64>().max(1.0);
        let widths: Vec<usize> = table.columns.iter().map(|(_, w)| (w / total * WIDTH as f64) as usize).collect();
        let heads = table.columns.iter().map(|(name, _)| name.as_str()).zip(widths.iter().copied());
        let mut rows = vec![head(heads)];
        rows.extend(table.rows.iter().map(|row| {
            let cells = row.cells.iter().zip(&widths).map(|(cell, width)| {
                let content = match cell {
                    Cell::Marked(runs) => marked(TableCell::new(), runs),
                    other => marked(TableCell::new(), &Run::plain(other.plain())),
                };
                let content = content.width(*width, WidthType::Dxa);
                match row.tone.colour() {
                    Some(colour) => content.shading(Shading::new().shd_type(ShdType::Clear).fill(colour)),
                    None => content,
                }
            });
            WordRow::new(cells.collect())
        }));
        let word =
            WordTable::new(rows).set_grid(widths.clone()).width(WIDTH, WidthType::Dxa).layout(TableLayoutType::Fixed);
        docx.add_paragraph(heading(&table.name)).add_table(word)
    })
}
