//! Near-duplicate clauses.

use super::words::{citation, passage, relation, runs};
use super::{About, Cell, Language, Pair, Report, Table, TableRow, Tone};
use crate::duplicates::{Clusters, DuplicateCluster, Member, Rule};

/// Clusters of near-duplicates: each member beside the clause that stands for its cluster, and the clusters as a table.
pub fn clusters(found: &Clusters, about: About, language: Language) -> Report {
    let t = |chinese, english| language.of(chinese, english).to_owned();
    let pairs = found.clusters.iter().flat_map(|cluster| {
        cluster.members.iter().map(|member| {
            let representative = &cluster.representative;
            let (left, right) = runs(&representative.clause.text, &member.clause.text, member.relation);
            Pair {
                left: passage(left, cite(representative, language)),
                right: passage(right, cite(member, language)),
                tone: member.relation.into(),
                relation: relation(member.relation, language).to_owned(),
                probability: None,
                notes: vec![format!("{}{:.2}", language.of("相似度：", "score: "), member.score)],
            }
        })
    });
    Report {
        title: t("条款去重", "Near-duplicate clauses"),
        figures: vec![
            (t("组数", "Clusters"), found.total.to_string()),
            (t("涉及条款", "Clauses in them"), found.clauses.to_string()),
            (t("本文件所列组数", "Clusters listed here"), found.clusters.len().to_string()),
        ],
        sides: [t("代表条款", "Representative"), t("重复条款", "Duplicate")],
        pairs: pairs.collect(),
        tables: vec![overview(found, language)].into_iter().filter(|table| !table.rows.is_empty()).collect(),
        tables_lead: true,
        about,
        language,
    }
}

fn cite(member: &Member, language: Language) -> String {
    citation(&member.document, &member.article, &member.clause, language)
}

fn rule(rule: Rule, language: Language) -> &'static str {
    match rule {
        Rule::Level => language.of("级别最高", "highest level"),
        Rule::Validity => language.of("时效性更优", "better validity"),
        Rule::Date => language.of("日期最新", "newest"),
        Rule::Centrality => language.of("与其他条款最接近", "nearest to the others"),
        Rule::Id => language.of("编号最先", "first by its id"),
    }
}

fn overview(found: &Clusters, language: Language) -> Table {
    let t = |chinese, english| language.of(chinese, english).to_owned();
    let row = |(place, cluster): (usize, &DuplicateCluster)| TableRow {
        tone: Tone::Plain,
        cells: vec![
            Cell::Number(place as f64 + 1.0),
            Cell::Number(cluster.size as f64),
            Cell::Number(cluster.documents as f64),
            Cell::Number(cluster.texts as f64),
            Cell::Text(format!("{:.2}", cluster.lowest_score)),
            Cell::Text(cluster.representative.clause.text.clone()),
            Cell::Text(cite(&cluster.representative, language)),
            Cell::Text(rule(cluster.rule, language).to_owned()),
        ],
    };
    Table {
        name: t("分组", "Clusters"),
        columns: vec![
            (t("序号", "No."), 6.0),
            (t("条款数", "Clauses"), 8.0),
            (t("文件数", "Documents"), 8.0),
            (t("不同文本", "Texts"), 8.0),
            (t("最低相似度", "Lowest score"), 10.0),
            (t("代表条款", "Representative"), 60.0),
            (t("出处", "Place"), 40.0),
            (t("选取依据", "Chosen as"), 16.0),
        ],
        rows: found.clusters.iter().enumerate().map(row).collect(),
    }
}
