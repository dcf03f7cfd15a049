//! Shapes of real documents, each in a small one.

use clausewise::document::{Article, ArticleKind, Document, HeadingKind, SkipReason, parse};

use crate::promises::check;

fn read(text: &str) -> Document {
    let d = parse(text);
    check(&d);
    d
}

/// Kind and words of every heading.
fn headings(d: &Document) -> Vec<(HeadingKind, String)> {
    d.headings.iter().map(|h| (h.kind, format!("{}{}", h.label, h.title))).collect()
}

/// Numbers of the articles with their paths; `~` for text without a number.
fn articles(d: &Document) -> Vec<String> {
    let label = |a: &Article| if a.kind == ArticleKind::Body { "~".to_owned() } else { a.label.clone() };
    d.articles.iter().map(|a| format!("{} {}", a.path.join(" > "), label(a)).trim().to_owned()).collect()
}

#[test]
fn a_letter_and_the_rules_it_carries_are_two_parts() {
    let d = read(
        "甲市人民政府关于批转市财政局《甲市农业扶持资金管理暂行办法》的通知\n甲政发〔2003〕28号\n各县(市)、区人民政府:\n\
         现将《甲市农业扶持资金管理暂行办法》批转给你们,请认真贯彻执行。\n二○○三年十月三十日\n\n\
         甲市农业扶持资金管理暂行办法\n甲市财政局\n(二○○三年十月)\n第一条为规范资金管理,制定本办法。\n第二条资金由市财政局负责管理。\n",
    );
    assert_eq!(headings(&d), [(HeadingKind::Attached, "甲市农业扶持资金管理暂行办法".to_owned())]);
    let title = "甲市农业扶持资金管理暂行办法";
    assert_eq!(articles(&d), ["~".to_owned(), format!("{title} 第一条"), format!("{title} 第二条")]);
    assert!(!d.clauses.iter().any(|c| c.text.contains("二○○三")), "{:?}", d.clauses);
}

#[test]
fn annexes_of_a_letter_are_parts_and_the_list_of_them_is_none() {
    let d = read(
        "甲市人民政府关于印发甲市节水行动方案（2024—2026年）和甲市节水奖励办法的通知\n各区人民政府：\n\
         现将方案和办法印发给你们，请认真组织实施。\n附件：1.甲市节水行动方案（2024—2026年）\n　　　2.甲市节水奖励办法\n\
         甲市人民政府\n2024年3月5日\n附件1\n甲市节水行动方案\n（2024—2026年）\n为加强节约用水工作，制定本方案。\n一、总体要求\n\
         到2026年，用水量下降10%。\n附件2\n甲市节水奖励办法\n第一条 为鼓励节约用水，制定本办法。\n第二条 依照本办法\n\
         第三条规定的条件申请的，应当提交申请书。\n第三条 本办法自印发之日起施行。\n",
    );
    assert_eq!(
        headings(&d),
        [
            (HeadingKind::Annex, "附件1甲市节水行动方案（2024—2026年）".to_owned()),
            (HeadingKind::Annex, "附件2甲市节水奖励办法".to_owned()),
        ]
    );
    assert_eq!(d.articles.iter().filter(|a| a.label.starts_with('第')).count(), 3, "{:?}", articles(&d));
    assert!(d.warnings.is_empty(), "{:?}", d.warnings);
}

#[test]
fn rules_that_a_decision_republishes_are_parts_with_their_own_titles() {
    let d = read(
        "甲监会关于修改、废止部分规章的决定\n一、对下列规章进行修改\n1.在《甲办法》第七条中增加一项作为第六项,即:“负责节能工作;”\n\
         第九条修改为:“各级政府应当发挥优势,开发能源。”\n第十三条增加一款,即:“加强综合利用的指导。”\n\
         2.将《乙规定》第七条修改为:“为防灾减灾服务设置的设施。”\n二、本决定自公布之日起施行。\n\
         《甲办法》等2部规章根据本决定作相应修改，重新公布。\n甲办法\n（2010年1月1日甲监会公布　根据2020年1月1日《关于修改部分规章的决定》修正）\n\
         第一条　为了规范甲，制定本办法。\n第二条　本办法自2010年2月1日起施行。\n乙规定\n\
         （2011年1月1日甲监会公布　根据2020年1月1日《关于修改部分规章的决定》修正）\n第一条　为了规范乙，制定本规定。\n\
         第二条　本规定自2011年2月1日起施行。\n",
    );
    assert_eq!(
        articles(&d),
        [
            "一、对下列规章进行修改 1.",
            "一、对下列规章进行修改 2.",
            "二、",
            "~",
            "甲办法 第一条",
            "甲办法 第二条",
            "乙规定 第一条",
            "乙规定 第二条"
        ]
    );
}

#[test]
fn a_letter_and_its_rules_on_one_line_are_told_apart() {
    let d = read(
        "甲市总工会关于印发《工会参与劳动争议处理办法》的通知总工发〔2023〕23号各区总工会，市直各工会：《工会参与劳动争议处理办法》已经审议通过，现印发给你们，\
         请认真贯彻执行。甲市总工会2023年12月28日工会参与劳动争议处理办法第一章总则第一条为规范工会工作，制定本办法。第二条工会应当坚持立足预防。依照本办法第一条办理。\
         第二章附则第三条本办法自印发之日起施行。",
    );
    assert_eq!(
        articles(&d),
        [
            "~",
            "工会参与劳动争议处理办法 > 第一章 总则 第一条",
            "工会参与劳动争议处理办法 > 第一章 总则 第二条",
            "工会参与劳动争议处理办法 > 第二章 附则 第三条"
        ]
    );
    assert_eq!(d.skipped.iter().filter(|s| s.reason == SkipReason::Salutation).count(), 1);
}

#[test]
fn questions_are_the_titles_of_their_answers() {
    let d = read(
        "《甲市养犬管理条例》解读问答\n一、问：制定条例的背景是什么？\n答：近年来，犬只数量增加。为此制定条例。\n\
         二、问：养犬人有哪些义务？\n答：养犬人应当办理登记，并束犬链。\n问：违反规定的怎么处罚？\n答：由公安机关责令改正，处二百元以下罚款。\n",
    );
    let titles: Vec<(&str, &str)> = d.articles.iter().map(|a| (a.label.as_str(), a.title.as_str())).collect();
    assert_eq!(
        titles,
        [("一、", "制定条例的背景是什么？"), ("二、", "养犬人有哪些义务？"), ("问：", "违反规定的怎么处罚？")]
    );
    assert!(d.clauses.iter().all(|c| !c.text.starts_with(['问', '答'])), "{:?}", d.clauses);
}

#[test]
fn an_emergency_plan_is_read_by_its_decimal_numbers() {
    let d = read(
        "甲市突发环境事件应急预案\n1　总则\n1.1　编制目的\n健全应对工作机制，高效应对突发环境事件。\n1.2　适用范围\n本预案适用于本市。比例为3.5个百分点。\n\
         2　组织指挥体系\n2.1　市级组织指挥机构\n市生态环境局负责日常监督管理。\n2.1.1　指挥部职责\n（1）负责统一领导；\n（2）负责协调指挥。\n",
    );
    assert_eq!(articles(&d), ["1 总则 1.1", "1 总则 1.2", "2 组织指挥体系 2.1"]);
    assert_eq!(d.articles[2].title, "市级组织指挥机构");
    assert!(d.warnings.is_empty(), "{:?}", d.warnings);
}

#[test]
fn chapters_without_numbers_are_headings_with_divisions_below_them() {
    let d = read(
        "甲市城乡规划条例\n第一章 总则\n第一条　为了规范甲，制定本条例。\n城乡规划的实施\n一般规定\n第二条　市人民政府应当组织实施规划。\n\
         第三章　没有划入军事禁区、军事管理区的\n军事设施的保护\n第三条　甲应当保护乙。\n法律责任\n第四条　违反第三条的，处罚款。\n第四章　附则\n\
         第五条　本条例自2020年1月1日起施行。\n",
    );
    assert_eq!(
        headings(&d),
        [
            (HeadingKind::Chapter, "第一章总则".to_owned()),
            (HeadingKind::Chapter, "城乡规划的实施".to_owned()),
            (HeadingKind::Division, "一般规定".to_owned()),
            (HeadingKind::Chapter, "第三章没有划入军事禁区、军事管理区的军事设施的保护".to_owned()),
            (HeadingKind::Division, "法律责任".to_owned()),
            (HeadingKind::Chapter, "第四章附则".to_owned()),
        ]
    );
    assert_eq!(d.warnings.len(), 1, "chapter 3 follows chapter 1: {:?}", d.warnings);
}

#[test]
fn items_that_lost_their_number_stay_items_and_broken_numbering_is_told() {
    let d = read(
        "甲市停车场条例\n第一条　管理者应当遵守下列规定：\n（一）设置停车场标志和信息公示牌；\n安装视频监控、车牌识别等安全设施；\n（三）安装智能化停车设施、设备；\n\
         （五）依法应当遵守的其他规定。\n违反前款规定的，责令改正，处一千元罚款。\n第二条　甲负责乙的监督管理工作。\n第四条　本条例自2020年1月1日起施行。\n第五十－条　附加的规定由市人民政府制定。\n",
    );
    let first: Vec<&str> = d.clauses.iter().filter(|c| c.article == 0).map(|c| c.label.as_str()).collect();
    assert_eq!(first, ["第一款", "第一款第（一）项", "第一款", "第一款第（三）项", "第一款第（五）项", "第二款"]);
    let led = d.clauses.iter().filter(|c| c.article == 0 && c.lead_in.is_some()).count();
    assert_eq!(led, 4, "{:?}", d.clauses);
    let told: Vec<&str> = d.warnings.iter().map(|w| w.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "item 3 follows item 1: the numbering is broken",
            "item 5 follows item 3: the numbering is broken",
            "number 4 follows 2: numbers are missing",
            "number 51 follows 4: numbers are missing"
        ]
    );
}

#[test]
fn a_citation_at_the_start_of_a_line_is_no_article() {
    let d = read(
        "甲市条例\n第一条　为了规范甲，制定本条例。\n第二条　下列情形除外：\n（一）因公共利益需要使用的；\n（二）法律另有规定的。\n第一条规定的情形，适用前款规定。\n第三条　违反本条例第二\n条、第一条规定的，\
         依照\n第二条第（一）项处理。\n第一条所列情形除外。\n第四条　本条例自2020年1月1日起施行。\n",
    );
    assert_eq!(articles(&d), ["第一条", "第二条", "第三条", "第四条"]);
    assert!(d.clauses.iter().any(|c| c.text.starts_with("第一条规定的情形")));
}

#[test]
fn the_closing_words_of_a_speech_belong_to_its_section_and_its_glossary_is_an_annex() {
    let d = read(
        "甲市政府工作报告\n——2025年1月20日在甲市第十四届人民代表大会第三次会议上\n各位代表：\n一、重点工作\n（一）扩大国内需求。推进消费品以旧换新，办好促消费活动。\n\
         （二）推进科技创新。建设科技创新平台，培育科技型企业。\n各位代表！\n让我们团结一心，为建设美丽甲市而努力奋斗。\n名词解释\n1.“两重”：国家重大战略实施和重点领域安全能力建设。\n\
         2.“两新”：大规模设备更新和消费品以旧换新。\n3．10种有色金属：铜、铅、锌、镍、锡等十种金属。\n",
    );
    let last = d.articles.iter().rev().find(|a| a.path == ["一、重点工作"]).expect("an article");
    assert_eq!(last.kind, ArticleKind::Body);
    assert!(headings(&d).contains(&(HeadingKind::Annex, "名词解释".to_owned())));
    assert!(d.clauses.last().expect("clauses").text.starts_with("10种有色金属"), "{:?}", d.clauses.last());
    assert!(d.warnings.is_empty(), "{:?}", d.warnings);
}
