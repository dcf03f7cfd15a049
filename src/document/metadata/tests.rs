//! Heads and ends as documents of all kinds have them.

use crate::document::{Kind, Level, Metadata, Origin, Source, parse, parse_with};

const BODY: &str = "\n各市人民政府，各有关部门：\n　　现就有关事项通知如下。\n　　一、总体要求\n　　加强质量管理，推动高质量发展。\n　　二、重点任务\n　　（一）开展质量提升行动。各部门要加强协作。\n";

fn read(head: &str, end: &str) -> Metadata {
    parse(&format!("{head}{BODY}{end}")).metadata
}

/// Issuer, region, level, kind, number and date of a document.
fn told(head: &str, end: &str) -> (String, String, Option<Level>, Option<Kind>, String, String) {
    let m = read(head, end);
    let or = |value: Option<String>| value.unwrap_or("-".to_owned());
    (or(m.issuer), or(m.region.map(|r| r.to_string())), m.level, m.kind, or(m.document_number), or(m.date))
}

#[test]
fn notices_opinions_and_plans_of_bodies_of_every_level_are_told() {
    use Level::{County, National, Prefecture, Province};
    let cases = [
        (
            "国务院办公厅关于印发全国深化质量提升行动方案的通知\n国办发〔2023〕12号",
            "\n国务院办公厅\n2023年5月8日\n",
            ("国务院办公厅", "-", National, Kind::Plan, "国办发〔2023〕12号", "2023-05-08"),
        ),
        (
            "教育部 财政部关于加强学校食堂管理的通知\n教财〔2021〕7号",
            "\n教育部 财政部\n2021年3月1日\n",
            ("教育部 财政部", "-", National, Kind::Notice, "教财〔2021〕7号", "2021-03-01"),
        ),
        (
            "市场监管总局等十八部门关于进一步提高产品、工程和服务质量行动方案\n国市监质发〔2022〕95号",
            "",
            ("市场监管总局等十八部门", "-", National, Kind::Plan, "国市监质发〔2022〕95号", "-"),
        ),
        (
            "中共山东省委 山东省人民政府关于开展质量提升行动的实施意见\n鲁发〔2018〕1号",
            "\n中共山东省委\n山东省人民政府\n2018年1月9日\n",
            ("中共山东省委 山东省人民政府", "山东省", Province, Kind::Opinion, "鲁发〔2018〕1号", "2018-01-09"),
        ),
        (
            "广东省人民政府办公厅关于印发广东省质量强省建设纲要的通知\n粤府办〔2023〕5号",
            "\n广东省人民政府办公厅\n2023年6月30日\n",
            ("广东省人民政府办公厅", "广东省", Province, Kind::Plan, "粤府办〔2023〕5号", "2023-06-30"),
        ),
        (
            "省人民政府关于印发贵州省质量强省建设方案的通知\n黔府发〔2023〕6号",
            "\n贵州省人民政府\n2023年4月18日\n",
            ("贵州省人民政府", "贵州省", Province, Kind::Plan, "黔府发〔2023〕6号", "2023-04-18"),
        ),
        (
            "恩施土家族苗族自治州人民政府关于加快茶产业发展的意见\n恩施州政发〔2019〕3号",
            "\n2019年2月2日\n",
            (
                "恩施土家族苗族自治州人民政府",
                "湖北省恩施土家族苗族自治州",
                Prefecture,
                Kind::Opinion,
                "恩施州政发〔2019〕3号",
                "2019-02-02",
            ),
        ),
        (
            "深圳市人民政府关于印发深圳市质量发展规划的通知\n深府〔2016〕15号",
            "\n深圳市人民政府\n2016年3月2日\n",
            ("深圳市人民政府", "广东省深圳市", Prefecture, Kind::Plan, "深府〔2016〕15号", "2016-03-02"),
        ),
        (
            "北京市朝阳区人民政府关于印发朝阳区质量奖管理办法的通知\n朝政发〔2020〕4号",
            "\n北京市朝阳区人民政府\n2020年7月1日\n",
            ("北京市朝阳区人民政府", "北京市朝阳区", County, Kind::Regulation, "朝政发〔2020〕4号", "2020-07-01"),
        ),
        (
            "上海市浦东新区人民政府办公室关于做好质量月活动的通知\n浦府办〔2021〕9号",
            "\n2021年8月30日\n",
            ("上海市浦东新区人民政府办公室", "上海市浦东新区", County, Kind::Notice, "浦府办〔2021〕9号", "2021-08-30"),
        ),
        (
            "杭州市市场监督管理局 杭州市财政局关于印发质量奖励资金管理办法的通知\n杭市管〔2022〕30号",
            "\n杭州市市场监督管理局 杭州市财政局\n2022年9月9日\n",
            (
                "杭州市市场监督管理局 杭州市财政局",
                "浙江省杭州市",
                Prefecture,
                Kind::Regulation,
                "杭市管〔2022〕30号",
                "2022-09-09",
            ),
        ),
        (
            "新疆生产建设兵团办公厅关于印发兵团质量提升方案的通知\n新兵办发〔2020〕8号",
            "\n2020年3月3日\n",
            (
                "新疆生产建设兵团办公厅",
                "新疆维吾尔自治区新疆生产建设兵团",
                Province,
                Kind::Plan,
                "新兵办发〔2020〕8号",
                "2020-03-03",
            ),
        ),
        (
            "襄樊市人民政府关于实施质量兴市战略的决定\n襄樊政发〔2008〕3号",
            "\n二〇〇八年三月二日\n",
            ("襄樊市人民政府", "湖北省襄樊市", Prefecture, Kind::Decision, "襄樊政发〔2008〕3号", "2008-03-02"),
        ),
    ];
    for (head, end, (issuer, region, level, kind, number, date)) in cases {
        let expected = (issuer.into(), region.into(), Some(level), Some(kind), number.into(), date.into());
        assert_eq!(told(head, end), expected, "{head}");
    }
}

#[test]
fn regulations_of_special_zones_autonomous_counties_and_new_areas_are_of_their_division() {
    for (text, region, level) in [
        ("深圳经济特区养犬管理条例\n第一条　为了规范养犬行为，制定本条例。\n", "广东省深圳市", Level::Prefecture),
        ("海南经济特区禁毒条例\n第一条　为了禁毒，制定本条例。\n", "海南省", Level::Province),
        (
            "景宁畲族自治县城市管理条例\n第一条　为了加强城市管理，制定本条例。\n",
            "浙江省丽水市景宁畲族自治县",
            Level::County,
        ),
        (
            "宁波杭州湾新区条例\n（2020年8月26日宁波市第十五届人民代表大会常务委员会第三十次会议通过）\n第一条　为了促进发展，制定本条例。\n",
            "浙江省宁波市",
            Level::Prefecture,
        ),
        (
            "莱芜市城市绿化条例\n（2016年8月30日莱芜市第十七届人民代表大会常务委员会第三十二次会议通过）\n第一条　为了绿化，制定本条例。\n",
            "山东省莱芜市",
            Level::Prefecture,
        ),
    ] {
        let m = parse(text).metadata;
        assert_eq!((m.region.unwrap().to_string().as_str(), m.level), (region, Some(level)), "{text}");
    }
}

#[test]
fn every_value_tells_where_it_was_read_and_what_is_not_there_tells_nothing() {
    let text = "枣庄市养犬管理条例\n（2018年5月4日枣庄市第十六届人民代表大会常务委员会第十一次会议通过　2018年7月27日山东省第十三届人民代表大会常务委员会第五次会议批准）\n第一条　为了规范养犬行为，制定本条例。\n第二条　本条例自2018年9月1日起施行。\n";
    let document = parse(text);
    let (m, s) = (document.metadata, document.sources);
    assert_eq!(s.title, Some(Source::Stated(Origin::Title)));
    assert_eq!(s.issuer, Some(Source::Stated(Origin::AdoptionNote)));
    assert_eq!(s.date, Some(Source::Stated(Origin::AdoptionNote)));
    assert_eq!(s.region, Some(Source::Stated(Origin::Issuer)));
    assert_eq!(s.level, Some(Source::Inferred(Origin::Issuer)));
    assert_eq!(s.effective, Some(Source::Stated(Origin::EffectClause)));
    assert_eq!((m.document_number, s.document_number), (None, None));
    assert_eq!((m.validity, s.validity), (None, None));
}

#[test]
fn the_day_of_adoption_is_not_taken_for_the_day_of_publication() {
    let text = "某规则\n（2013年9月23日最高人民检察院第十二届检察委员会第十次会议通过）\n第一条　依法监督。\n第二条　本规则自发布之日起施行。\n";
    assert_eq!(parse(text).metadata.effective, None);
    let text = "某办法\n（1994年1月5日国务院批准　1994年1月25日公安部发布）\n第一条　依法管理。\n第二条　本办法自发布之日起施行。\n";
    let document = parse(text);
    assert_eq!(document.metadata.effective.as_deref(), Some("1994-01-25"));
    assert_eq!(document.sources.effective, Some(Source::Inferred(Origin::EffectClause)));
    let text = "宪法修正案（2004年）\n（2004年3月14日第十届全国人民代表大会第二次会议通过　2004年3月14日全国人民代表大会公告公布施行）\n第十八条　宪法序言修改。\n";
    assert_eq!(parse(text).metadata.effective.as_deref(), Some("2004-03-14"));
}

#[test]
fn rules_without_issuer_and_place_are_national_where_they_speak_of_the_country_and_of_no_place() {
    let head =
        "未成年人网络保护条例\n第一条　为了保护未成年人，制定本条例。\n第二条　国务院有关部门依据各自职责做好工作。";
    let document = parse(head);
    assert_eq!(document.metadata.level, Some(Level::National));
    assert_eq!(document.sources.level, Some(Source::Inferred(Origin::Text)));
    assert_eq!(parse(&format!("{head}本市有关部门予以配合。\n")).metadata.level, None);
}

#[test]
fn what_a_page_says_is_taken_where_the_text_does_not_speak() {
    let page = Metadata {
        title: Some("另一个标题".to_owned()),
        issuer: Some("枣庄市人民政府".to_owned()),
        date: Some("2020-01-02".to_owned()),
        ..Metadata::default()
    };
    let document = parse_with("关于加强养犬管理的通知\n　　一、加强登记。养犬人应当登记。\n", &page);
    let (m, s) = (document.metadata, document.sources);
    assert_eq!(m.title.as_deref(), Some("关于加强养犬管理的通知"));
    assert_eq!(m.region.unwrap().to_string(), "山东省枣庄市");
    assert_eq!((m.level, s.level), (Some(Level::Prefecture), Some(Source::Inferred(Origin::Issuer))));
    assert_eq!((m.date.as_deref(), s.date), (Some("2020-01-02"), Some(Source::Stated(Origin::PageTable))));
}
