//! A workbook: a sheet a table, its head frozen, text wrapped, rows coloured by relation.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::for_xml;
use super::report::{Cell, Mark, Report, Run, Table, Tone};
use crate::error::{Error, Result};

/// Characters that a cell holds (a limit of the format, in UTF-16 units).
const CELL: usize = 32_767;
/// Rows that a sheet holds (a limit of the format), the head included.
const ROWS: usize = 1_048_576;

/// Writes the workbook.
pub(super) fn write(report: &Report) -> Result<Vec<u8>> {
    let sheets = report.sheets();
    if let Some(table) = sheets.iter().find(|table| table.rows.len() >= ROWS) {
        return Err(Error::Export(format!(
            "expected a table of at most {} rows for xlsx, received {} with {}; csv has no such limit",
            ROWS - 1,
            table.name,
            table.rows.len()
        )));
    }
    fill(report, &sheets).map_err(Error::export)
}

fn fill(report: &Report, sheets: &[Table]) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let mut names: Vec<String> = Vec::new();
    for table in sheets {
        let name = sheet_name(&table.name, &names);
        let sheet = workbook.add_worksheet();
        sheet.set_name(&name)?;
        names.push(name);
        fill_sheet(sheet, table)?;
    }
    let sheet = workbook.add_worksheet();
    sheet.set_name(sheet_name(report.language.of("说明", "About"), &names))?;
    let (bold, wrapped) = (Format::new().set_bold(), Format::new().set_text_wrap().set_align(FormatAlign::Top));
    sheet.write_string_with_format(0, 0, for_xml(&report.title), &bold)?;
    sheet.set_column_width(0, 24)?;
    sheet.set_column_width(1, 90)?;
    let lines = report.figures.iter().cloned().chain(report.about.lines(report.language));
    for (row, (name, value)) in (2..).zip(lines) {
        sheet.write_string_with_format(row, 0, fitting(&for_xml(&name)), &bold)?;
        sheet.write_string_with_format(row, 1, fitting(&for_xml(&value)), &wrapped)?;
    }
    workbook.save_to_buffer()
}

fn fill_sheet(sheet: &mut Worksheet, table: &Table) -> std::result::Result<(), XlsxError> {
    let head = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::VerticalCenter)
        .set_background_color(Color::RGB(0xD9D9D9))
        .set_border(FormatBorder::Thin);
    for (column, (name, width)) in (0..).zip(&table.columns) {
        sheet.write_string_with_format(0, column, for_xml(name), &head)?;
        sheet.set_column_width(column, *width)?;
    }
    for (number, row) in (1..).zip(&table.rows) {
        sheet.set_row_height(number, height(&row.cells, table))?;
        for (column, cell) in (0..).zip(&row.cells) {
            let format = body(row.tone);
            match cell {
                Cell::Number(value) => sheet.write_number_with_format(number, column, *value, &format)?,
                Cell::Share(value) => {
                    sheet.write_number_with_format(number, column, *value, &format.set_num_format("0.0%"))?
                }
                Cell::Text(text) => sheet.write_string_with_format(number, column, fitting(&for_xml(text)), &format)?,
                Cell::Marked(runs) => marked(sheet, number, column, runs, &format)?,
            };
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    if let (Ok(rows), Ok(columns)) = (u32::try_from(table.rows.len()), u16::try_from(table.columns.len()))
        && columns > 0
    {
        sheet.autofilter(0, 0, rows, columns - 1)?;
        sheet.set_repeat_rows(0, 0)?;
    }
    // A4 across, as wide as the page.
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    Ok(())
}

/// Height that shows the wrapped text of a row, in points: not all programs work it out when they open a file. A row has
/// at most 409 points.
fn height(cells: &[Cell], table: &Table) -> f64 {
    let lines = |cell: &Cell, width: f64| {
        let of_line = |line: &str| {
            // A Chinese character is as wide as two Western ones.
            let units: usize = line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
            (units as f64 / width.max(1.0)).ceil().max(1.0)
        };
        cell.plain().split('\n').map(of_line).sum::<f64>()
    };
    let most = cells.iter().zip(&table.columns).map(|(cell, (_, width))| lines(cell, *width)).fold(1.0, f64::max);
    (most * 15.0).min(409.0)
}

fn body(tone: Tone) -> Format {
    let format = Format::new().set_text_wrap().set_align(FormatAlign::Top).set_border(FormatBorder::Thin);
    match tone.colour().and_then(|hex| u32::from_str_radix(hex, 16).ok()) {
        Some(colour) => format.set_background_color(Color::RGB(colour)),
        None => format,
    }
}

/// A text with differing runs in red; plain where it is too long for a cell or has no mark.
fn marked<'a>(
    sheet: &'a mut Worksheet,
    row: u32,
    column: u16,
    runs: &[Run],
    format: &Format,
) -> std::result::Result<&'a mut Worksheet, XlsxError> {
    let (same, differs) = (Format::new(), Format::new().set_font_color(Color::RGB(0xC00000)).set_bold());
    let texts: Vec<(Mark, String)> =
        runs.iter().filter(|run| !run.text.is_empty()).map(|run| (run.mark, for_xml(&run.text))).collect();
    let whole: String = texts.iter().map(|(_, text)| text.as_str()).collect();
    if texts.iter().all(|(mark, _)| *mark == Mark::Same) || whole.encode_utf16().count() > CELL {
        return sheet.write_string_with_format(row, column, fitting(&whole), format);
    }
    let segments: Vec<(&Format, &str)> =
        texts.iter().map(|(mark, text)| (if *mark == Mark::Same { &same } else { &differs }, text.as_str())).collect();
    sheet.write_rich_string_with_format(row, column, &segments, format)
}

/// As much of a text as a cell holds, with a word on how much is missing.
fn fitting(text: &str) -> String {
    if text.encode_utf16().count() <= CELL {
        return text.to_owned();
    }
    // Room for the word itself; a character takes two units at most.
    let kept: String = text.chars().take((CELL - 80) / 2).collect();
    let missing = text.chars().count() - kept.chars().count();
    format!("{kept}……（单元格容纳不下，余下 {missing} 字略；{missing} more characters do not fit）")
}

/// A name that a sheet may bear and no other has: at most 31 UTF-16 units, without `[ ] : * ? / \`.
fn sheet_name(name: &str, taken: &[String]) -> String {
    let clean: String = name.chars().map(|c| if "[]:*?/\\'".contains(c) || c.is_control() { ' ' } else { c }).collect();
    let clean = if clean.trim().is_empty() { "Sheet".to_owned() } else { clean.trim().to_owned() };
    let shortened = |suffix: &str| {
        let mut units = suffix.encode_utf16().count();
        let kept = clean.chars().take_while(|c| {
            units += c.len_utf16();
            units <= 31
        });
        format!("{}{suffix}", kept.collect::<String>())
    };
    let same = |name: &String| taken.iter().any(|t| t.to_lowercase() == name.to_lowercase());
    let first = shortened("");
    if !same(&first) {
        return first;
    }
    (2..).map(|n| shortened(&format!(" {n}"))).find(|name| !same(name)).unwrap_or(first)
}
