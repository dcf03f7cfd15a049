//! Who has a measure, by region.

use super::words::{citation_of, notes, one_line, passage, percent, relation, runs};
use super::{About, Cell, Language, Pair, Report, Table, TableRow, Tone};
use crate::difference::differences;
use crate::equivalents::{Area, Equivalents, RegionMatrix, Row};

/// A measure by regions: a row for each that has it, with dates, figures and words, and those without one.
pub fn equivalents(found: &Equivalents, about: About, language: Language) -> Report {
    let t = |chinese, english| language.of(chinese, english).to_owned();
    let asked = one_line(&found.asked.text);
    let count = |n: usize| n.to_string();
    let figures = vec![
        (t("措施", "Measure"), asked.clone()),
        (t("有此措施的地区", "Regions that have it"), count(found.rows.len())),
        (t("未见此措施的地区", "Regions that do not"), count(found.not_found.len())),
        (t("查看的文件", "Documents looked at"), count(found.documents)),
    ];
    let pair = |row: &Row| {
        let (left, right) = runs(&found.asked.text, &row.best.text, row.best.relation);
        Pair {
            left: passage(left, ""),
            right: passage(right, format!("{}：{}", area(&row.area, language), citation_of(&row.best, language))),
            tone: row.best.relation.into(),
            relation: relation(row.best.relation, language).to_owned(),
            probability: Some(row.best.probability),
            notes: notes(&differences(&found.asked.text, &row.best.text), language),
        }
    };
    Report {
        title: format!(
            "{}{}",
            language.of("各地同类措施：", "Equivalents of "),
            asked.chars().take(40).collect::<String>()
        ),
        figures,
        sides: [t("查询", "Asked"), t("各地规定", "By region")],
        pairs: found.rows.iter().map(pair).collect(),
        tables: vec![rows(found, language), not_found(found, language)]
            .into_iter()
            .filter(|table| !table.rows.is_empty())
            .collect(),
        tables_lead: true,
        about,
        language,
    }
}

fn area(area: &Area, language: Language) -> String {
    match area {
        Area::National => language.of("全国", "national").to_owned(),
        Area::Unknown => language.of("未载明地区", "region not stated").to_owned(),
        other => other.to_string(),
    }
}

fn rows(found: &Equivalents, language: Language) -> Table {
    let t = |chinese, english| language.of(chinese, english).to_owned();
    let mut columns = vec![
        (t("地区", "Region"), 14.0),
        (t("最早日期", "Since"), 12.0),
        (t("说明", "Remark"), 14.0),
        (t("条款", "Clause"), 60.0),
        (t("关系", "Relation"), 8.0),
        (t("概率", "Probability"), 8.0),
        (t("出处", "Place"), 40.0),
        (t("责任单位", "Responsible"), 24.0),
        (t("有此措施的文件", "Documents that have it"), 12.0),
    ];
    columns.extend(found.columns.iter().map(|column| {
        let name = [column.about.as_str(), column.unit.as_str()].into_iter().filter(|part| !part.is_empty());
        let name = name.collect::<Vec<_>>().join(" ");
        (if name.is_empty() { t("数值", "Figure") } else { name }, 14.0)
    }));
    let row = |(place, row): (usize, &Row)| {
        let mut cells = vec![
            Cell::Text(area(&row.area, language)),
            Cell::text(row.since.as_ref().map(|since| since.date.clone())),
            Cell::text(row.earliest.then(|| t("本语料中最早", "earliest in this corpus"))),
            Cell::Text(row.best.text.clone()),
            Cell::Text(relation(row.best.relation, language).to_owned()),
            Cell::Share(f64::from(row.best.probability)),
            Cell::Text(citation_of(&row.best, language)),
            Cell::Text(row.responsible.join(language.of("、", ", "))),
            Cell::Text(format!("{} / {}", row.documents_with, row.documents)),
        ];
        // The first value of a column is the asked text's.
        let value = |values: &[Option<crate::difference::Value>]| {
            values.get(place + 1).and_then(Option::as_ref).map(|value| one_line(&value.text))
        };
        cells.extend(found.columns.iter().map(|column| Cell::text(value(&column.values))));
        TableRow { tone: row.best.relation.into(), cells }
    };
    let rows = found.rows.iter().enumerate().map(row).collect();
    Table { name: t("各地", "Regions"), columns, rows }
}

fn not_found(found: &Equivalents, language: Language) -> Table {
    let t = |chinese, english| language.of(chinese, english).to_owned();
    let rows = found.not_found.iter().map(|region| {
        let nearest =
            region.nearest.as_ref().map(|(id, probability)| format!("{id}（{}）", percent(f64::from(*probability))));
        TableRow {
            tone: Tone::Alone,
            cells: vec![
                Cell::Text(area(&region.area, language)),
                Cell::Number(region.documents as f64),
                Cell::Number(region.clauses as f64),
                Cell::text(nearest),
            ],
        }
    });
    Table {
        name: t("未见此措施", "None found"),
        columns: vec![
            (t("地区", "Region"), 20.0),
            (t("查看的文件", "Documents looked at"), 14.0),
            (t("查看的条款", "Clauses looked at"), 14.0),
            (t("最接近的条款（概率）", "Nearest clause (probability)"), 40.0),
        ],
        rows: rows.collect(),
    }
}

/// Measures by regions: a row a measure, a column a region, with the clauses themselves as a second table.
pub fn matrix(found: &RegionMatrix, about: About, language: Language) -> Report {
    let t = |chinese, english| language.of(chinese, english).to_owned();
    let mut columns = vec![(t("措施", "Measure"), 50.0)];
    columns.extend(found.regions.iter().map(|region| (area(&region.area, language), 16.0)));
    let short = |cell: &Option<Row>| match cell {
        Some(row) => {
            let date = row.since.as_ref().map_or("", |since| since.date.as_str());
            let mark = if row.earliest { language.of("（最早）", " (earliest)") } else { "" };
            Cell::Text(format!("{}\n{date}{mark}", percent(f64::from(row.best.probability))))
        }
        None => Cell::text(None),
    };
    let rows = found.lines.iter().zip(&found.cells).map(|(line, cells)| TableRow {
        tone: if cells.iter().all(Option::is_none) { Tone::Alone } else { Tone::Plain },
        cells: std::iter::once(Cell::Text(line.text.clone())).chain(cells.iter().map(short)).collect(),
    });
    let overview = Table { name: t("措施与地区", "Measures by regions"), columns, rows: rows.collect() };
    let pairs = found.lines.iter().zip(&found.cells).flat_map(|(line, cells)| {
        cells.iter().flatten().map(|row| {
            let (left, right) = runs(&line.text, &row.best.text, row.best.relation);
            let place = line.clause_id.as_ref().map(ToString::to_string).unwrap_or_default();
            Pair {
                left: passage(left, place),
                right: passage(right, format!("{}：{}", area(&row.area, language), citation_of(&row.best, language))),
                tone: row.best.relation.into(),
                relation: relation(row.best.relation, language).to_owned(),
                probability: Some(row.best.probability),
                notes: notes(&differences(&line.text, &row.best.text), language),
            }
        })
    });
    Report {
        title: t("各地同类措施一览", "Measures by regions"),
        figures: vec![
            (t("措施", "Measures"), found.lines.len().to_string()),
            (t("地区", "Regions"), found.regions.len().to_string()),
        ],
        sides: [t("措施", "Measure"), t("各地规定", "By region")],
        pairs: pairs.collect(),
        tables: vec![overview],
        tables_lead: true,
        about,
        language,
    }
}
