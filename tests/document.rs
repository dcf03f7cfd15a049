//! Reading documents end to end: the five sample documents of `corpus/`, other shapes, and noise.

use std::path::Path;

use clausewise::document::{
    Article, ArticleKind, Document, HeadingKind, Kind, Level, Region, SkipReason, decode, normalise_for_search, parse,
};
use promises::check;
use proptest::prelude::*;

#[path = "structure/promises.rs"]
mod promises;

fn sample(name: &str) -> Document {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    parse(&decode(&std::fs::read(path).expect("a sample document")).expect("text"))
}

const SAMPLES: [&str; 5] =
    ["huairen-2023.txt", "neimenggu-2023.txt", "taian-2018.txt", "xianning-2016.txt", "zaozhuang-2024.txt"];

fn count(d: &Document, kind: ArticleKind) -> usize {
    d.articles.iter().filter(|a| a.kind == kind).count()
}

fn sections(d: &Document) -> usize {
    d.headings.iter().filter(|h| h.kind == HeadingKind::Section).count()
}

fn numbered<'d>(d: &'d Document, label: &str, section: &str) -> &'d Article {
    let mut found = d.articles.iter().filter(|a| a.label == label && a.path.iter().any(|p| p.starts_with(section)));
    found.next().expect("an article")
}

fn clauses_of<'d>(d: &'d Document, article: &Article) -> Vec<&'d str> {
    let index = d.articles.iter().position(|a| a == article).expect("an article of the document");
    d.clauses.iter().filter(|c| c.article == index).map(|c| c.text.as_str()).collect()
}

fn region(province: &str, city: Option<&str>) -> Option<Region> {
    Some(Region { province: Some(province.to_owned()), city: city.map(str::to_owned), county: None })
}

#[test]
fn the_sample_documents_have_the_sections_and_articles_that_a_reader_counts() {
    let counts = |name: &str| {
        let d = sample(name);
        (sections(&d), count(&d, ArticleKind::Numbered), count(&d, ArticleKind::BoxItem))
    };
    assert_eq!(counts("neimenggu-2023.txt"), (10, 33, 0));
    assert_eq!(counts("huairen-2023.txt"), (9, 33, 0));
    assert_eq!(counts("xianning-2016.txt"), (5, 21, 0));
    assert_eq!(counts("taian-2018.txt"), (6, 24, 0));
    assert_eq!(counts("zaozhuang-2024.txt"), (2, 7, 7));
}

#[test]
fn every_character_of_the_samples_is_in_one_clause_or_one_skipped_range() {
    for name in SAMPLES {
        check(&sample(name));
    }
}

#[test]
fn no_clause_of_the_samples_carries_page_furniture_notes_or_numbers() {
    for name in SAMPLES {
        for c in &sample(name).clauses {
            for word in [
                "责任单位",
                "牵头单位",
                "等部门负责",
                "字号:",
                "Copyright",
                "管理后台",
                "此件公开",
                "索 引",
                "Baidu",
                "各县、市",
                ".doc",
            ] {
                assert!(!c.text.contains(word), "{name}: {word} in {}", c.text);
            }
            assert!(!c.text.starts_with(['（', '(', '—', '，', '。', '；']), "{name}: {}", c.text);
        }
    }
}

#[test]
fn a_document_of_one_broken_line_is_cut_at_its_headings_boxes_and_articles() {
    let d = sample("zaozhuang-2024.txt");
    let labels: Vec<&str> = d.articles.iter().map(|a| a.label.as_str()).collect();
    let expected = [
        "",
        "——",
        "——",
        "——",
        "——",
        "(十九)",
        "(二十)",
        "(二十一)",
        "(二十二)",
        "——",
        "——",
        "——",
        "(二十三)",
        "(二十四)",
        "(二十五)",
    ];
    assert_eq!(labels, expected);
    let headings: Vec<String> = d.headings.iter().map(|h| format!("{}{}", h.label, h.title)).collect();
    assert_eq!(
        headings,
        ["专栏4质量基础设施能力优化工程", "七、提升质量治理现代化水平", "专栏5质量惠民工程", "八、组织保障"]
    );
    assert_eq!(d.articles[0].responsible, ["市市场监管局", "市商务局"]);
    assert!(d.clauses[0].text.starts_with("为基础的质量服务体系"));
    assert_eq!(d.articles[1].title, "优化计量服务");
    assert_eq!(d.articles[2].responsible, ["市市场监管局", "市发展改革委", "市工业和信息化局", "市农业农村局"]);
    assert!(d.warnings.iter().any(|w| w.message.contains("begin") && w.message.contains("middle")), "{:?}", d.warnings);
    let last = clauses_of(&d, d.articles.last().expect("articles"));
    assert!(last.last().expect("clauses").ends_with("重大事项及时向市委、市政府请示报告。"));
}

#[test]
fn headings_that_run_into_the_text_are_titles_and_not_clauses() {
    let d = sample("neimenggu-2023.txt");
    let article = numbered(&d, "(三)", "二、");
    assert_eq!(article.title, "增强质量发展创新动力");
    assert_eq!(
        clauses_of(&d, article)[0],
        "鼓励支持高校、企业及科研院所深化产学研合作，推进质量领域技术、管理、制度协同创新。".replace('，', ",")
    );
    assert_eq!(article.path, ["二、提升经济发展质量效益"]);
    assert_eq!(numbered(&d, "(一)", "一、").title, "指导思想");
}

#[test]
fn dash_items_give_their_title_sentence_as_a_clause_of_its_own() {
    let d = sample("neimenggu-2023.txt");
    let goals = clauses_of(&d, numbered(&d, "(二)", "一、"));
    assert!(goals.contains(&"经济发展质量效益明显提升。"), "{goals:?}");
    assert!(goals.iter().any(|c| c.starts_with("经济结构更加优化")));
    assert!(goals.last().expect("clauses").starts_with("到2035年"));
    let dashed = d.clauses.iter().filter(|c| c.label == "——").count();
    assert_eq!(dashed, 15, "six titles and the nine sentences behind them");
}

#[test]
fn text_under_a_heading_without_numbers_is_a_body_article() {
    let d = sample("huairen-2023.txt");
    let bodies: Vec<&Article> = d.articles.iter().filter(|a| a.kind == ArticleKind::Body).collect();
    assert_eq!(bodies.len(), 4, "the letter, the preamble of the plan, and two sections");
    assert!(clauses_of(&d, bodies[0])[0].starts_with("现将《全面推进质量强市建设实施方案》印发给你们"));
    let plan = "全面推进质量强市建设实施方案";
    assert_eq!(bodies[1].path, [plan]);
    assert_eq!(bodies[2].path, [plan, "一、总体要求"]);
    assert_eq!(bodies[3].path, [plan, "二、主要目标"]);
    assert!(clauses_of(&d, bodies[3]).contains(&"质量基础更加扎实。"));
}

#[test]
fn responsible_units_are_told_one_by_one() {
    let d = sample("taian-2018.txt");
    assert_eq!(numbered(&d, "(一)", "六、").responsible, ["市委考核办", "市质监局", "各县(市、区)"]);
    assert_eq!(
        numbered(&d, "(二)", "四、").responsible,
        ["市质监局", "市发展改革委", "市经济和信息化委", "市科技局", "泰安海关", "相关县(市、区)政府"]
    );
    let d = sample("huairen-2023.txt");
    assert_eq!(numbered(&d, "(七)", "五、").responsible, ["朔州生态环境局怀仁分局", "自然资源局", "市场监管局"]);
    assert!(numbered(&d, "(一)", "九、").responsible.is_empty());
}

#[test]
fn the_metadata_of_the_samples_is_what_their_text_states() {
    let m = sample("huairen-2023.txt").metadata;
    assert_eq!(m.title.as_deref(), Some("怀仁市人民政府关于印发全面推进质量强市建设实施方案的通知"));
    assert_eq!(m.document_number.as_deref(), Some("怀政发〔2023〕29号"));
    assert_eq!((m.issuer.as_deref(), m.date.as_deref()), (Some("怀仁市人民政府"), Some("2023-06-22")));
    assert_eq!((m.region, m.level), (Region::named("怀仁市").pop(), Some(Level::County)));

    let m = sample("neimenggu-2023.txt").metadata;
    assert_eq!(m.title.as_deref(), Some("质量强区建设纲要"));
    assert_eq!((m.region, m.level, m.kind), (region("内蒙古", None), Some(Level::Province), Some(Kind::Plan)));
    assert_eq!((m.document_number, m.date), (None, None));

    let m = sample("taian-2018.txt").metadata;
    assert_eq!(m.issuer.as_deref(), Some("中共泰安市委 泰安市人民政府"));
    assert_eq!((m.region, m.level), (region("山东", Some("泰安市")), Some(Level::Prefecture)));
    assert_eq!((m.date.as_deref(), m.published.as_deref()), (Some("2018-11-01"), Some("2018-11-28")));

    let m = sample("xianning-2016.txt").metadata;
    assert_eq!(m.title.as_deref(), Some("市人民政府关于实施质量强市战略的决定"));
    assert_eq!(
        (m.document_number.as_deref(), m.issuer.as_deref()),
        (Some("咸政发〔2016〕2号"), Some("咸宁市人民政府"))
    );
    assert_eq!((m.date.as_deref(), m.published.as_deref()), (Some("2016-02-16"), Some("2016-02-19")));
    assert_eq!(
        (m.region, m.level, m.kind),
        (region("湖北", Some("咸宁市")), Some(Level::Prefecture), Some(Kind::Decision))
    );

    let m = sample("zaozhuang-2024.txt").metadata;
    assert_eq!(m.title.as_deref(), Some("枣庄市人民政府关于加快建设质量强市的实施意见"));
    assert_eq!((m.document_number.as_deref(), m.date.as_deref()), (Some("枣政字〔2024〕17号"), Some("2024-06-18")));
    assert_eq!((m.region, m.kind), (region("山东", Some("枣庄市")), Some(Kind::Opinion)));
}

const REGULATION: &str = "宁波市养犬管理条例
(2019年8月20日 宁波市第十五届人民代表大会常务委员会第二十二次会议通过 2019年9月27日 浙江省第十三届人民代表大会常务委员会第十四次会议批准)
目　录
第一章　总则
第二章　登记
第三章　附则
第一章　总　则
第一条　为了规范养犬行为，根据有关法律、法规，结合本市实际，制定本条例。
第二条　本市行政区域内养犬及其监督管理，适用本条例。
军用、警用犬只的管理，按照国家有关规定执行。
第二章　登记
第三条　养犬人应当遵守下列规定：
（一）依照本条例第十二条、第三条第（二）项办理登记；
（二）携带犬只外出时，应当遵守下列规定：
1.用长度不超过一点五米的犬链牵引；
2.及时清除犬只排泄物。
违反前款第（一）项规定的，由公安机关责令改正；拒不改正的，处二百元以上一千元以下罚款。
第三条之一　犬只死亡的，养犬人应当在三十日内办理注销手续。
附　则
第四条　本条例自2020年1月1日起施行。
";

#[test]
fn a_regulation_is_read_by_chapter_article_paragraph_and_item() {
    let d = parse(REGULATION);
    check(&d);
    let articles: Vec<(&str, &str)> = d.articles.iter().map(|a| (a.label.as_str(), a.path[0].as_str())).collect();
    assert_eq!(
        articles,
        [
            ("第一条", "第一章 总则"),
            ("第二条", "第一章 总则"),
            ("第三条", "第二章 登记"),
            ("第三条之一", "第二章 登记"),
            ("第四条", "附则")
        ]
    );
    let cited: Vec<(&str, &str)> = d.clauses.iter().map(|c| (c.label.as_str(), c.text.as_str())).collect();
    assert_eq!(cited[1], ("第一款", "本市行政区域内养犬及其监督管理，适用本条例。"));
    assert_eq!(cited[2], ("第二款", "军用、警用犬只的管理，按照国家有关规定执行。"));
    assert_eq!(cited[4], ("第一款第（一）项", "依照本条例第十二条、第三条第（二）项办理登记；"));
    assert_eq!(cited[6], ("第一款第（二）项第1目", "用长度不超过一点五米的犬链牵引；"));
    assert_eq!(cited[8], ("第二款", "违反前款第（一）项规定的，由公安机关责令改正；"));
    assert_eq!(d.slice(d.clauses[4].lead_in.expect("led in")), "养犬人应当遵守下列规定：");
    assert_eq!(d.slice(d.clauses[6].lead_in.expect("led in")), "携带犬只外出时，应当遵守下列规定：");
    assert_eq!(d.clauses[8].lead_in, None);
    let contents: usize = d.skipped.iter().filter(|s| s.reason == SkipReason::Contents).count();
    assert_eq!(contents, 4, "the table of contents and its three entries");
    assert!(d.article_text(1).starts_with("本市行政区域内养犬") && d.article_text(1).ends_with("有关规定执行。"));
}

#[test]
fn the_metadata_of_a_regulation_comes_from_its_note_of_adoption() {
    let m = parse(REGULATION).metadata;
    assert_eq!(m.title.as_deref(), Some("宁波市养犬管理条例"));
    assert_eq!(m.issuer.as_deref(), Some("宁波市人民代表大会常务委员会"));
    assert_eq!((m.date.as_deref(), m.effective.as_deref()), (Some("2019-08-20"), Some("2020-01-01")));
    assert_eq!(
        (m.region, m.level, m.kind),
        (region("浙江", Some("宁波市")), Some(Level::Prefecture), Some(Kind::Regulation))
    );
    let law = "中华人民共和国种子法\n(2000年7月8日 第九届全国人民代表大会常务委员会第十六次会议通过 2015年11月4日 第十二届全国人民代表大会常务委员会第十七次会议修订)\n第一条　为了保护种质资源，制定本法。\n第二条　本法自2016年1月1日起施行。";
    let m = parse(law).metadata;
    assert_eq!((m.level, m.region, m.kind), (Some(Level::National), None, Some(Kind::Law)));
    assert_eq!((m.date.as_deref(), m.effective.as_deref()), (Some("2015-11-04"), Some("2016-01-01")));
}

/// Label, text and lead-in of every clause that is an item.
fn items(text: &str) -> Vec<(String, String, String)> {
    let d = parse(text);
    let led = |c: &clausewise::document::Clause| c.lead_in.map(|lead| d.slice(lead).to_owned());
    d.clauses.iter().filter_map(|c| Some((c.label.clone(), c.text.clone(), led(c)?))).collect()
}

#[test]
fn items_are_led_in_by_the_sentence_that_names_them_and_not_by_the_end_of_its_penalty() {
    let text = "甲市供水条例\n第一条　为了规范供水，制定本条例。\n\
        第二条　供水单位有下列行为之一的，由主管部门给予警告，并处一万元罚款；情节严重的，责令停业整顿；逾期整顿不合格的，吊销许可证：\n\
        （一）未按照规定检测水质的；\n（二）擅自停止供水的。\n\
        第三条　建设单位应当遵守技术规范。申请时提交的材料包括：\n（一）申请书和身份证明；\n（二）设计图纸。\n\
        第四条　申请人应当符合下列条件；符合条件的，应当提交以下材料：\n（一）申请书和身份证明；\n（二）设计图纸。\n";
    let found = items(text);
    let leads: Vec<(&str, &str)> = found.iter().map(|(label, _, lead)| (label.as_str(), lead.as_str())).collect();
    let named = "供水单位有下列行为之一的，由主管部门给予警告，并处一万元罚款；";
    let asked = "申请时提交的材料包括：";
    let these = "符合条件的，应当提交以下材料：";
    let expected = [named, named, asked, asked, these, these];
    assert_eq!(leads.iter().map(|(_, lead)| *lead).collect::<Vec<_>>(), expected);
    assert!(leads.chunks(2).all(|pair| pair[0].0 == "第（一）项" && pair[1].0 == "第（二）项"), "{leads:?}");
}

#[test]
fn a_second_paragraph_of_an_item_does_not_end_its_list() {
    let text = "甲市海上运输条例\n第一条　为了规范运输，制定本条例。\n\
        第二条　货物的损失依照下列规定确定：\n（一）船舶的损失按照修理费用计算，并扣除折旧。\n\
        船舶尚未修理的，按照损失造成的合理贬值计算。\n（二）货物灭失的，按照货物的价值计算。\n\
        前款规定的损失由承运人赔偿。\n";
    let found: Vec<(String, bool)> =
        items(text).into_iter().map(|(label, _, lead)| (label, lead.ends_with("确定："))).collect();
    let expected = ["第一款第（一）项", "第一款第（一）项", "第一款第（二）项"].map(|label| (label.to_owned(), true));
    assert_eq!(found, expected);
    let d = parse(text);
    assert_eq!(d.clauses.last().map(|c| (c.label.as_str(), c.lead_in)), Some(("第二款", None)));
}

#[test]
fn a_paragraph_behind_a_list_inside_of_an_item_belongs_to_the_item() {
    let text = "甲市法院管辖规定\n第一条　为了规范管辖，制定本规定。\n\
        第二条　下列案件由中级人民法院管辖：\n（一）涉外案件：\n1.争议标的额大的案件；\n2.人数众多的案件。\n\
        本项规定的案件不得移送。\n（二）在本辖区有重大影响的案件。\n";
    let labels: Vec<String> = parse(text).clauses.into_iter().map(|clause| clause.label).skip(2).collect();
    assert_eq!(labels[3], "第（一）项", "{labels:?}");
    assert_eq!(labels[4], "第（二）项", "{labels:?}");
}

#[test]
fn a_list_without_numbers_inside_of_an_item_has_its_own_lead_in() {
    let text = "甲市海上运输条例\n第一条　为了规范运输，制定本条例。\n\
        第二条　赔偿范围依照下列规定：\n（一）船舶全损的赔偿包括：\n船舶的价值损失；\n打捞清除的合理费用。\n\
        （二）船舶部分损坏的赔偿包括：\n合理的修理费用；\n其他必需的合理费用。\n";
    let found = items(text);
    let lead = |part: &str| found.iter().find(|(_, text, _)| text.contains(part)).map(|(_, _, lead)| lead.as_str());
    assert_eq!(lead("船舶的价值损失"), Some("船舶全损的赔偿包括："));
    assert_eq!(lead("合理的修理费用"), Some("船舶部分损坏的赔偿包括："));
}

#[test]
fn dates_with_typed_zeros_and_numbers_in_full_width_are_read() {
    for (written, day) in [("二O一O年五月六日", "2010-05-06"), ("二００八年三月五日", "2008-03-05")] {
        let d = parse(&format!(
            "关于加强质量工作的通知\n咸政发[2008]１５号\n各县人民政府：\n现将有关事项通知如下，请认真贯彻执行。\n甲市人民政府\n{written}\n"
        ));
        assert_eq!(d.metadata.date.as_deref(), Some(day), "{written}");
        assert_eq!(d.metadata.document_number.as_deref(), Some("咸政发〔2008〕15号"));
    }
}

#[test]
fn the_day_on_which_another_document_entered_into_force_is_not_its_own() {
    let d = parse(
        "甲市公园条例\n第一条　为了规范公园管理，制定本条例。\n\
         第二条　本条例自2021年6月1日起施行。自1997年2月5日起施行的《甲市公园管理办法》同时废止。\n",
    );
    assert_eq!(d.metadata.effective.as_deref(), Some("2021-06-01"));
    let d = parse(
        "甲市公园办法\n第一条　为了规范公园管理，制定本办法。\n\
         第二条　本办法自2010年5月1日起施行的同时，《甲市公园管理暂行办法》废止。\n",
    );
    assert_eq!(d.metadata.effective.as_deref(), Some("2010-05-01"));
}

#[test]
fn sections_without_a_level_below_are_the_articles() {
    let d = parse(
        "甲市人民政府办公室关于加强节约用水工作的通知\n甲政办发〔2020〕3号\n各区人民政府，市政府各部门：\n一、提高认识。各级各部门要充分认识节约用水的重要意义，切实增强责任感。\n二、突出重点。各地要重点抓好以下工作：（一）严格计划用水管理制度；（二）推广使用节水型器具；（三）开展节水宣传教育。\n三、加强督查。市水务局要定期通报进展情况，重大问题及时报告。\n附件：1.节水指标分解表\n2.节水器具目录\n甲市人民政府办公室\n2020年3月4日\n",
    );
    check(&d);
    let units: Vec<(&str, &str)> = d.articles.iter().map(|a| (a.label.as_str(), a.title.as_str())).collect();
    assert_eq!(units, [("一、", "提高认识"), ("二、", "突出重点"), ("三、", "加强督查")]);
    let items: Vec<&str> = d.clauses.iter().filter(|c| c.lead_in.is_some()).map(|c| c.label.as_str()).collect();
    assert_eq!(items, ["（一）", "（二）", "（三）"]);
    assert_eq!(d.metadata.kind, Some(Kind::Notice));
    assert_eq!(d.metadata.document_number.as_deref(), Some("甲政办发〔2020〕3号"));
    assert!(!d.clauses.iter().any(|c| c.text.contains("分解表") || c.text.contains("2020年")), "{:?}", d.clauses);
}

#[test]
fn a_section_with_only_arabic_numbers_has_those_as_articles() {
    let d = parse(
        "一、总体要求\n坚持统筹推进，到2025年取得明显成效。\n二、重点任务\n1.完善标准体系。制定一批地方标准，推动标准实施。\n2．强化质量监管。加强事中事后监管，严查违法行为。（市市场监管局牵头，市商务局配合）\n三、保障措施\n（一）加强领导。建立联席会议制度，定期研究问题。\n（二）强化考核。纳入年度考核内容，推动任务落实。\n",
    );
    check(&d);
    let units: Vec<(&str, &str)> = d.articles.iter().map(|a| (a.label.as_str(), a.title.as_str())).collect();
    assert_eq!(
        units,
        [("", ""), ("1.", "完善标准体系"), ("2．", "强化质量监管"), ("（一）", "加强领导"), ("（二）", "强化考核")]
    );
    assert_eq!(d.articles[2].responsible, ["市市场监管局", "市商务局"]);
}

#[test]
fn a_single_typed_clause_is_one_clause_whatever_it_looks_like() {
    for text in [
        "推进质量强市建设",
        "完善质量多元救济机制,鼓励企业投保质量保险",
        "质量管理办法",
        "（一）加强组织领导",
        "encourage companies to buy quality insurance",
    ] {
        let d = parse(text);
        check(&d);
        assert_eq!(d.clauses.len(), 1, "{text}: {:?}", d.skipped);
    }
}

#[test]
fn lines_without_stops_are_clauses_of_their_own_and_rows_of_tables_are_gathered() {
    let d = parse("加强质量工作组织领导\n完善地方标准体系建设\n强化产品质量监督检查");
    assert_eq!(d.clauses.len(), 3);
    let d = parse("序号\t指标\t目标值\n1\t监测合格率\t98%\n2\t注册商标数\t1200件\n3\t标准化试点\t20个");
    check(&d);
    assert_eq!(d.clauses.len(), 1, "{:?}", d.clauses);
}

#[test]
fn an_empty_text_gives_an_empty_document_with_a_warning() {
    for text in ["", "\n \u{3000}\n", "。。。"] {
        let d = parse(text);
        check(&d);
        assert!(d.clauses.is_empty() && d.articles.is_empty());
        assert!(d.warnings.iter().any(|w| w.message.contains("no clause")));
    }
}

#[test]
fn parsing_the_same_text_twice_gives_the_same_document_and_json_keeps_it() {
    let d = sample("zaozhuang-2024.txt");
    assert_eq!(d, sample("zaozhuang-2024.txt"));
    let json = serde_json::to_string(&d).expect("json");
    assert_eq!(serde_json::from_str::<Document>(&json).expect("document"), d);
}

#[test]
fn time_grows_with_the_length_of_the_text_and_no_faster() {
    let units = [
        "（一）加强质量管理，“完善制度。",
        "一、将第五条修改为：“第五条　",
        "问：什么？\n答：是。\n",
        "甲市养犬办法\n第一条　甲。\n",
        "1.1　甲乙\n",
        "附件1\n甲方案\n",
        "目录\n第一章 总则\n",
        "监督管理\n第一条　甲。\n第二章　乙\n",
        "第三条　依照（二）项，",
        "；1.",
        "——提升。",
        "((((",
        "”）2024年1月1日甲市人民政府",
        "　　",
        "专栏1",
    ];
    for unit in units {
        // The best of three: other work on the machine only ever adds time.
        let time = |n: usize| {
            let text = unit.repeat(n);
            let took = (0..3).map(|_| {
                let start = std::time::Instant::now();
                let d = parse(&text);
                assert_eq!(d.text.len(), text.len());
                start.elapsed().as_secs_f64()
            });
            took.fold(f64::INFINITY, f64::min)
        };
        let n = 400_000 / unit.chars().count();
        let (short, long) = (time(n / 8).max(0.004), time(n));
        assert!(long < short * 40.0, "{unit}: {short:.3} s for an eighth, {long:.3} s for all");
    }
}

/// Reads every text file under a folder and prints what it found: the samples, or for a look at documents that are not
/// in the repository `CLAUSEWISE_CORPUS=… cargo test --test document every_document -- --nocapture`.
#[test]
fn every_document_of_a_folder_is_read_without_losing_a_character() {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus").to_owned();
    let folder = std::env::var("CLAUSEWISE_CORPUS").unwrap_or(samples);
    let (mut files, mut characters, mut articles, mut clauses, mut warnings) = (0, 0, 0, 0, 0);
    let start = std::time::Instant::now();
    for entry in walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok).filter(|e| e.file_type().is_file()) {
        let text = match decode(&std::fs::read(entry.path()).expect("a file")) {
            Ok(text) => text,
            Err(e) => {
                println!("{}: {e}", entry.path().display());
                continue;
            }
        };
        let d = parse(&text);
        check(&d);
        let longest = d.clauses.iter().map(|c| c.span.len()).max().unwrap_or(0);
        if d.clauses.is_empty() || longest > 600 || d.articles.iter().all(|a| a.kind == ArticleKind::Body) {
            println!(
                "{}: {} clauses, the longest of {longest} characters, {:?}",
                entry.path().display(),
                d.clauses.len(),
                d.warnings
            );
        }
        files += 1;
        characters += text.chars().count();
        articles += d.articles.len();
        clauses += d.clauses.len();
        warnings += d.warnings.len();
    }
    assert!(files > 0 && clauses > 0, "{files} files with {clauses} clauses");
    println!(
        "{files} files, {characters} characters, {articles} articles, {clauses} clauses, {warnings} warnings in {:?}",
        start.elapsed()
    );
}

#[test]
fn equal_clauses_have_equal_search_text() {
    assert_eq!(
        normalise_for_search("合格率达到98%以上，\n推进建设"),
        normalise_for_search(" 合格率达到９８％以上,推进建设\u{3000}")
    );
}

/// Pieces that real documents are made of, and that break careless readers.
fn fragment() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "一、",
        "二、",
        "（一）",
        "（二）",
        "(三)",
        "1.",
        "2．",
        "（1）",
        "①",
        "——",
        "第一章 总则",
        "第一条　",
        "第二条　",
        "第十条之一　",
        "专栏1",
        "附件1：",
        "附件：",
        "目录",
        "\n",
        "\r\n",
        "\n\n",
        "　　",
        " ",
        "\u{200b}",
        "\u{feff}",
        "“",
        "”",
        "（",
        "）",
        "(",
        ")",
        "《",
        "》",
        "。",
        "；",
        "：",
        "！",
        "？",
        "，",
        "、",
        "……",
        "责任单位：市质监局",
        "（市财政局等部门负责）",
        "2024年1月1日",
        "甲市人民政府",
        "各县人民政府：",
        "各位代表！",
        "（此件公开发布）",
        "Copyright©",
        "加强质量监管",
        "应当遵守下列规定：",
        "依照第三条第（二）项",
        "98.5%",
        "𠮷",
        "e\u{301}",
        "\u{0}",
        "🈚",
        "\u{2028}",
        "关于印发方案的通知",
        "第九九九九九九九九千条　",
        "第一条之一　",
        "序言",
        "（试行）",
        "|",
        "1.2025年",
        "甲政发〔2020〕1号",
        "第",
        "附",
        "专栏",
        "附则",
    ]);
    prop_oneof![8 => known.prop_map(str::to_owned), 1 => ".{0,12}"]
}

/// A stretch of a real document with pieces put in, taken out and doubled.
fn mutated() -> impl Strategy<Value = String> {
    let edits = prop::collection::vec((any::<prop::sample::Index>(), 0..3u8, fragment(), 1..40usize), 0..12);
    (0..SAMPLES.len(), any::<prop::sample::Index>(), 50..3_000usize, edits).prop_map(|(which, from, length, edits)| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(SAMPLES[which]);
        let all: Vec<char> = std::fs::read_to_string(path).expect("a sample").chars().collect();
        let from = from.index(all.len());
        let mut text: Vec<char> = all[from..(from + length).min(all.len())].to_vec();
        for (at, what, piece, n) in edits {
            let at = at.index(text.len() + 1);
            let end = (at + n).min(text.len());
            match what {
                0 => drop(text.splice(at..at, piece.chars())),
                1 => drop(text.drain(at..end)),
                _ => {
                    let copy: Vec<char> = text[at..end].to_vec();
                    drop(text.splice(at..at, copy));
                }
            }
        }
        text.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn noise_made_of_markers_is_read_without_losing_a_character(pieces in prop::collection::vec(fragment(), 0..60)) {
        check(&parse(&pieces.concat()));
    }

    #[test]
    fn damaged_real_text_is_read_without_losing_a_character(text in mutated()) {
        check(&parse(&text));
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(text) = decode(&bytes) {
            check(&parse(&text));
        }
    }
}
