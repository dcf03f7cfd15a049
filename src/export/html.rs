//! One page, complete in itself: no script, nothing loaded from elsewhere.

use std::fmt::Write;

use super::report::{Cell, Language, Mark, Passage, Report, Run, Table};

const STYLE: &str = "\
:root{color-scheme:light dark}body{font:16px/1.6 system-ui,'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif;\
margin:2rem auto;max-width:80rem;padding:0 1rem}h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}\
table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{border:1px solid #8888;padding:.4rem .6rem;\
text-align:left;vertical-align:top;overflow-wrap:anywhere;white-space:pre-line}th{position:sticky;top:0;background:Canvas}\
.place,.note{font-size:.85rem;opacity:.8;margin:.3rem 0 0}mark{background:#ffd54f;color:#000}\
td.number{text-align:right;white-space:nowrap}tr[data-tone=verbatim]{background:#70ad4733}\
tr[data-tone=edited]{background:#ffc00033}tr[data-tone=equivalent]{background:#5b9bd533}\
tr[data-tone=related]{background:#a5a5a533}tr[data-tone=alone]{background:#ed7d3133}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dd{margin:0;overflow-wrap:anywhere}\
@media print{body{margin:0;max-width:none}th{position:static}tr{break-inside:avoid}}";

/// Writes the page.
pub(super) fn write(report: &Report) -> String {
    let language = report.language.of("zh-CN", "en");
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n",
        title = escape(&report.title)
    );
    definitions(&mut page, &report.figures);
    if report.tables_lead {
        report.tables.iter().for_each(|t| table(&mut page, t));
    }
    pairs(&mut page, report);
    if !report.tables_lead {
        report.tables.iter().for_each(|t| table(&mut page, t));
    }
    let _ = writeln!(page, "<h2>{}</h2>", report.language.of("说明", "About"));
    definitions(&mut page, &report.about.lines(report.language));
    page.push_str("</body>\n</html>\n");
    page
}

fn definitions(page: &mut String, lines: &[(String, String)]) {
    if lines.is_empty() {
        return;
    }
    page.push_str("<dl>\n");
    for (name, value) in lines {
        let _ = writeln!(page, "<dt>{}</dt><dd>{}</dd>", escape(name), escape(value));
    }
    page.push_str("</dl>\n");
}

fn pairs(page: &mut String, report: &Report) {
    if report.pairs.is_empty() {
        return;
    }
    let [left, right] = &report.sides;
    let relation = report.language.of("关系", "Relation");
    let _ = writeln!(page, "<h2>{}</h2>", report.language.of("对照表", "Side by side"));
    let _ = writeln!(
        page,
        "<table>\n<thead><tr><th scope=\"col\" style=\"width:42%\">{}</th><th scope=\"col\" style=\"width:42%\">{}</th>\
         <th scope=\"col\">{relation}</th></tr></thead>\n<tbody>",
        escape(left),
        escape(right)
    );
    for pair in &report.pairs {
        let _ = write!(page, "<tr{}>", tone(pair.tone));
        for side in [&pair.left, &pair.right] {
            page.push_str("<td>");
            passage(page, side.as_ref(), report.language);
            page.push_str("</td>");
        }
        let _ = write!(page, "<td>{}", escape(&pair.relation));
        if let Some(probability) = pair.probability {
            let _ = write!(page, "<p class=\"place\">{:.0}%</p>", probability * 100.0);
        }
        for note in &pair.notes {
            let _ = write!(page, "<p class=\"note\">{}</p>", escape(note));
        }
        page.push_str("</td></tr>\n");
    }
    page.push_str("</tbody>\n</table>\n");
}

fn passage(page: &mut String, passage: Option<&Passage>, language: Language) {
    let Some(passage) = passage else {
        page.push_str(language.of("（无）", "(none)"));
        return;
    };
    runs(page, &passage.runs);
    if !passage.citation.is_empty() {
        let _ = write!(page, "<p class=\"place\">{}</p>", escape(&passage.citation));
    }
}

fn runs(page: &mut String, runs: &[Run]) {
    for run in runs {
        let text = escape(&run.text);
        match run.mark {
            Mark::Same => page.push_str(&text),
            Mark::Differs => {
                let _ = write!(page, "<mark>{text}</mark>");
            }
        }
    }
}

fn table(page: &mut String, table: &Table) {
    let _ = writeln!(page, "<h2>{}</h2>\n<table>\n<thead><tr>", escape(&table.name));
    for (head, _) in &table.columns {
        let _ = write!(page, "<th scope=\"col\">{}</th>", escape(head));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        let _ = write!(page, "<tr{}>", tone(row.tone));
        for cell in &row.cells {
            match cell {
                Cell::Number(_) | Cell::Share(_) => {
                    let _ = write!(page, "<td class=\"number\">{}</td>", escape(&cell.plain()));
                }
                Cell::Text(text) => {
                    let _ = write!(page, "<td>{}</td>", escape(text));
                }
                Cell::Marked(marked) => {
                    page.push_str("<td>");
                    runs(page, marked);
                    page.push_str("</td>");
                }
            }
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table>\n");
}

fn tone(tone: super::Tone) -> &'static str {
    use super::Tone;
    match tone {
        Tone::Plain => "",
        Tone::Verbatim => " data-tone=\"verbatim\"",
        Tone::Edited => " data-tone=\"edited\"",
        Tone::Equivalent => " data-tone=\"equivalent\"",
        Tone::Related => " data-tone=\"related\"",
        Tone::Alone => " data-tone=\"alone\"",
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in super::for_xml(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
