//! Promises of `clausewise::difference` that hold for any text, and differences of real clauses.

use clausewise::difference::{
    Comparator, Deadline, EditKind, Formula, Measure, MeasureKind, Strength, Value, boilerplate, differences, edits,
    is_boilerplate, measures,
};
use clausewise::document::Span;
use proptest::prelude::*;

fn slice(text: &str, span: Span) -> String {
    text.chars().skip(span.start).take(span.len()).collect()
}

const KINDS: [MeasureKind; 5] =
    [MeasureKind::Figure, MeasureKind::Deadline, MeasureKind::Responsible, MeasureKind::Obligation, MeasureKind::Scope];

/// Texts out of the words that the rules are about, in any order.
fn clause() -> impl Strategy<Value = String> {
    const WORDS: [&str; 64] = [
        "到",
        "2025年",
        "底前",
        "自",
        "之日起",
        "三十",
        "日内",
        "98",
        "%",
        "以上",
        "不低于",
        "百分之",
        "分之",
        "五万元",
        "以上",
        "十万元以下",
        "至",
        "—",
        "-",
        "一",
        "〇",
        "点五",
        "万亿",
        "余",
        "个",
        "月",
        "每",
        "年",
        "3",
        "，",
        "。",
        "；",
        "、",
        "：",
        " ",
        "\u{3000}",
        "\n",
        "（",
        "责任单位：",
        "市财政局",
        "）",
        "由",
        "市人民政府",
        "应当",
        "不得",
        "鼓励",
        "试点",
        "的",
        "第",
        "条",
        "“",
        "”",
        "《",
        "》",
        "1/4",
        "９８．５％",
        "全市",
        "中小企业",
        "等",
        "提前",
        "限期",
        "约",
        "家",
        "9999999999999999999",
    ];
    proptest::collection::vec(proptest::sample::select(&WORDS[..]), 0..40).prop_map(|words| words.concat())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![clause(), any::<String>(), "[\\PC\\s]{0,60}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn spans_are_within_the_text_and_slice_to_what_is_written(text in any_text()) {
        let found = measures(&text);
        for kind in KINDS {
            for Value { text: written, span, measure } in found.of(kind) {
                prop_assert_eq!(measure.kind(), kind);
                prop_assert!(span.start < span.end && span.end <= text.chars().count());
                prop_assert_eq!(&slice(&text, *span), written);
            }
        }
        boilerplate(&text);
        is_boilerplate(&text, f64::NAN);
    }

    #[test]
    fn edits_reproduce_both_sides(left in any_text(), right in any_text()) {
        let runs = edits(&left, &right);
        prop_assert_eq!(runs.iter().map(|e| slice(&left, e.left)).collect::<String>(), left.clone());
        prop_assert_eq!(runs.iter().map(|e| slice(&right, e.right)).collect::<String>(), right.clone());
        prop_assert!(runs.windows(2).all(|w| (w[0].kind == EditKind::Equal) != (w[1].kind == EditKind::Equal)));
        prop_assert!(edits(&left, &left).iter().all(|e| e.kind == EditKind::Equal));
    }

    #[test]
    fn a_text_does_not_differ_from_itself(text in any_text()) {
        prop_assert_eq!(differences(&text, &text), vec![]);
    }

    #[test]
    fn every_difference_names_a_side_and_its_place(left in any_text(), right in any_text()) {
        for one in differences(&left, &right) {
            prop_assert!(one.left.is_some() || one.right.is_some());
            for (text, value) in [(&left, &one.left), (&right, &one.right)] {
                if let Some(value) = value {
                    prop_assert_eq!(&slice(text, value.span), &value.text);
                    prop_assert_eq!(value.measure.kind(), one.kind);
                }
            }
        }
    }
}

fn shown(left: &str, right: &str) -> Vec<String> {
    let text = |value: &Option<Value>| value.as_ref().map_or("—".to_owned(), |v| v.text.clone());
    differences(left, right).iter().map(|d| format!("{:?} {} {}", d.kind, text(&d.left), text(&d.right))).collect()
}

/// The only figure of a text: lower, upper, unit, comparator, year.
fn figure(text: &str) -> (Option<f64>, Option<f64>, String, Comparator, Option<u32>) {
    let found = measures(text).figures;
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    let Measure::Figure(f) = &found[0].measure else { panic!("{text}") };
    (f.lower, f.upper, f.unit.clone(), f.comparator, f.year)
}

#[test]
fn the_same_figure_in_other_words_is_no_difference() {
    for (left, right) in [
        ("处五十元罚款。", "处50元罚款。"),
        ("监测合格率达到98%以上。", "监测合格率不低于98％。"),
        ("处五万元以上十万元以下罚款。", "处5万元以上10万元以下罚款。"),
        ("处五千元以上二万元以下罚款。", "处5000-20000元罚款。"),
        ("国内生产总值的百分之二点五以上。", "国内生产总值的2.5%以上。"),
        ("培育50家企业。", "培育五十户企业。"),
        ("增长约6%。", "增长6%左右。"),
        ("应当公布结果。", "必须公布结果。"),
        ("2025年底前建成。", "到2025年建成。"),
        ("在三十日内决定。", "30日内决定。"),
        ("市财政局和市教育局应当公布。", "市财政局、市教育局应当公布。"),
    ] {
        assert_eq!(shown(left, right), Vec::<String>::new(), "{left} {right}");
    }
}

#[test]
fn figures_are_paired_by_the_words_around_them_and_not_by_order() {
    assert_eq!(
        shown(
            "农产品质量安全监测合格率达到97%以上,食品抽检合格率98%以上,公共服务质量满意度达到83%;",
            "公共服务质量满意度达到85%,农产品质量安全监测合格率达到98%以上,工程一次验收合格率达到100%;"
        ),
        ["Figure 97%以上 98%以上", "Figure 98%以上 100%", "Figure 83% 85%"]
    );
    assert_eq!(
        shown(
            "对单位处以二万元以上十万元以下的罚款，对个人处以五百元以上二千元以下的罚款。",
            "对个人处以二百元以上一千元以下的罚款。"
        ),
        ["Figure 二万元以上十万元以下 —", "Figure 五百元以上二千元以下 二百元以上一千元以下"]
    );
}

#[test]
fn a_time_from_an_event_without_words_equals_itself() {
    assert_eq!(shown("自之日起三十日内。", "自之日起三十日内。"), Vec::<String>::new());
}

#[test]
fn what_has_no_partner_stands_alone() {
    assert_eq!(shown("每年抽检，合格率达到98%。", "抽检。"), ["Figure 98% —", "Deadline 每年 —"]);
    assert_eq!(shown("应当建立制度。", "建立制度。"), ["Obligation 应当 —"]);
    assert_eq!(shown("鼓励企业建立制度。", "企业应当建立制度。"), ["Responsible — 企业", "Obligation 鼓励 应当"]);
}

#[test]
fn deadlines_and_scopes_that_differ_are_told() {
    assert_eq!(
        shown("到2025年，全市规模以上工业企业完成改造。", "到2027年，城市建成区中小企业完成改造。"),
        ["Deadline 到2025年 到2027年", "Scope 全市 城市建成区", "Scope 规模以上工业企业 中小企业"]
    );
    assert_eq!(
        shown("应当自收到申请之日起三十日内作出决定。", "应当自受理申请之日起十五个工作日内作出决定。"),
        ["Deadline 自收到申请之日起三十日内 自受理申请之日起十五个工作日内"]
    );
    assert_eq!(shown("责令限期改正。", "责令立即改正。"), ["Deadline 限期 立即"]);
    assert_eq!(shown("应当立即清除。", "应当即时清除。"), [""; 0]);
    assert_eq!(shown("提供即时通信服务。", "提供通信服务。"), [""; 0]);
}

#[test]
fn one_office_written_in_two_ways_is_no_difference() {
    for (left, right) in [
        ("城乡规划行政主管部门应当公布。", "城乡规划主管部门应当公布。"),
        ("有关行政主管部门应当公布。", "有关行政管理部门应当公布。"),
        ("乡镇人民政府应当公布。", "乡（镇）人民政府应当公布。"),
        ("由所在单位或者上级主管机关给予处分。", "由其所在单位或者上级主管机关给予处分。"),
        ("省人民政府可以对未作规定的项目制定标准。", "省人民政府对未作规定的项目，可以制定标准。"),
        ("主管部门应当在收到投诉后处理。", "主管部门收到投诉后，应当处理。"),
        ("市、县人民政府负责管理工作。", "市、县人民政府按照规定的职责,负责管理工作。"),
    ] {
        assert_eq!(shown(left, right), Vec::<String>::new(), "{left} {right}");
    }
}

#[test]
fn who_must_act_is_named_as_the_text_names_it() {
    for (text, named) in [
        ("风景名胜区管理机构应当公布。", &["风景名胜区管理机构"][..]),
        ("泰安市岱岳区人民政府应当公布。", &["市岱岳区人民政府"]),
        ("由保密行政管理部门建议有关国家机关给予处分。", &["保密行政管理部门"]),
        ("经批准后公布，报市人民政府自然资源主管部门备案。", &[]),
        ("市自然资源主管部门应当公布。", &["市自然资源主管部门"]),
        ("该部门应当公布。", &[]),
        ("公安机关对扰乱秩序的，可以予以拘留。", &["公安机关"]),
        ("建设单位在施工中违反规定的，应当责令改正。", &[]),
        ("镇人民政府（街道办事处）应当公布。", &["镇人民政府(街道办事处)"]),
        ("由市人民政府确定的部门按照规定公布。", &["市人民政府确定的部门"]),
        ("已由其他行政部门予以处罚。", &["行政部门"]),
        ("由生产建设单位（以下称土地复垦义务人）负责复垦。", &["生产建设单位"]),
        ("浦东新区人民政府应当公布。", &["区人民政府"]),
        ("单位和个人对违法行为举报的，应当为其保密。", &[]),
        ("规划主管部门在作出许可决定前，应当听取意见。", &["规划主管部门"]),
        ("拟由市人民政府确定的保护对象由文物主管部门组织论证。", &["文物主管部门"]),
        ("企业经营旅游业务应当投保。", &["企业"]),
        ("娱乐场所经营单位对未成年人应当拒绝入场。", &["娱乐场所经营单位"]),
        ("街道办事处对不符合条件的，应当书面告知理由。", &["街道办事处"]),
        ("由上海自由贸易试验区管理委员会负责组织实施。", &["上海自由贸易试验区管理委员会"]),
    ] {
        let found = measures(text).responsible;
        let found: Vec<_> = found
            .iter()
            .map(|value| match &value.measure {
                Measure::Responsible(name) => name.as_str(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(found, named, "{text}");
    }
    assert_eq!(
        shown("公安机关应当公布。由财政部门负责。", "公安机关或者政府指定的主管部门应当公布。由审计部门负责。"),
        ["Responsible 公安机关 公安机关或者政府指定的主管部门", "Responsible 财政部门 审计部门"]
    );
}

#[test]
fn obligations_are_paired_by_what_they_bind_to() {
    assert_eq!(shown("市人民政府可以给予扶持。", "市人民政府应当给予扶持。"), ["Obligation 可以 应当"]);
    assert_eq!(
        shown("登记机关可以公告。", "公司应当申请注销。"),
        ["Responsible 登记机关 公司", "Obligation — 应当", "Obligation 可以 —"]
    );
    assert_eq!(
        shown("可以处五百元罚款。", "当事人应当改正；城管部门应当处五百元罚款。").last().unwrap(),
        "Obligation 可以 应当"
    );
    assert_eq!(
        shown("对首次获奖的企业，应当给予奖励。", "可以对首次获奖的企业给予一次性奖励。"),
        ["Obligation 应当 可以"]
    );
    let strengths = |text: &str| measures(text).obligations.iter().map(|v| v.text.clone()).collect::<Vec<_>>();
    for (text, bound) in [
        ("符合下列条件的，应认定为工伤。", &["应"][..]),
        ("退出现役后，允许复工复职。", &["允许"]),
        ("变更设计的，需报经原审批机关批准。", &["需"]),
        ("偏差不得大于允许偏差。", &[]),
        ("应当立案而不予立案的案件。", &[]),
        ("国家规定可以免除的除外。", &[]),
        ("企业应当投放车辆，并引导用户停放。", &["应当"]),
        ("无需经批准。", &[]),
        ("对需经批准的活动，", &[]),
        ("监护人承担其应承担的责任。", &[]),
        ("不得因考生为女性而不予录取。", &["不得"]),
        ("披露、使用或者允许他人使用商业秘密。", &[]),
        ("经营者允许无证经营的车辆进站，", &[]),
        ("国家允许个人邮寄物品。", &["允许"]),
        ("（二）允许他人以本企业名义承揽工程；", &[]),
        ("招标人应当公开招标而不得邀请招标。", &["应当", "不得"]),
        ("企业应当投放车辆，并积极引导用户停放。", &["应当"]),
        ("禁止销售一次性餐具，并鼓励使用可循环餐具。", &["禁止", "鼓励"]),
    ] {
        assert_eq!(strengths(text), bound, "{text}");
    }
}

#[test]
fn words_of_scope_are_none_inside_of_names() {
    for text in [
        "《广东省农村扶贫开发条例》同时废止。",
        "工会、妇女联合会应当组织宣传。",
        "可以经营下列部分或者全部外汇业务。",
        "减轻全部或者部分责任。",
        "旧城区改造应当配套建设幼儿园。",
        "不具备条件的，可以委托办理。",
        "由县级以上人民政府投资主管部门责令停止建设。",
        "纳入全国信用信息共享平台。",
        "本行政区域内的防治工作由市人民政府负责。",
    ] {
        assert_eq!(measures(text).scopes, vec![], "{text}");
    }
    assert_eq!(measures("保障农村妇女的全部权利。").scopes.len(), 3);
    assert_eq!(shown("未成年犯罪嫌疑人在重点地区。", "未成年人在重点区域。"), Vec::<String>::new());
}

#[test]
fn figures_are_read_with_unit_comparator_and_year() {
    use Comparator::{About, AtLeast, AtMost, Between, Exactly};
    let same = |v: f64| (Some(v), Some(v));
    for (text, (lower, upper), unit, comparator, year) in [
        ("重点产品监督抽查合格率稳定在98%以上。", (Some(98.0), None), "%", AtLeast, None),
        ("到2025年,制造业产品质量合格率达到94%。", same(94.0), "%", Exactly, Some(2025)),
        ("森林覆盖率提高15个百分点。", same(15.0), "百分点", Exactly, None),
        ("处五万元以上十万元以下罚款。", (Some(5e4), Some(1e5)), "元", Between, None),
        ("人数五十人至二百人的单位应当培训。", (Some(50.0), Some(200.0)), "人", Between, None),
        ("至少完成50项社会公用计量标准建设。", (Some(50.0), None), "项", AtLeast, None),
        ("应当每年至少组织一人参加培训。", (Some(1.0), None), "人", AtLeast, None),
        ("责令暂停3个月以上1年以下业务。", (Some(3.0), Some(12.0)), "月", Between, None),
        ("公示时间不得少于三十日。", (Some(30.0), None), "日", AtLeast, None),
        ("处违法所得1.5倍罚款。", same(1.5), "倍", Exactly, None),
        ("经三分之二以上业主同意。", (Some(200.0 / 3.0), None), "%", AtLeast, None),
        ("占全国超1/4。", (Some(25.0), None), "%", AtLeast, None),
        ("快递业务量约130亿件。", same(130e8), "件", About, None),
        ("惠及３．２万余户。", (Some(32000.0), None), "户", AtLeast, None),
        ("处货值百分之五十以上一倍以下罚款。", (Some(50.0), Some(100.0)), "%", Between, None),
        ("处百分之二十以上百分之五十以下罚款。", (Some(20.0), Some(50.0)), "%", Between, None),
        ("犬龄满三个月的。", (Some(3.0), None), "月", AtLeast, None),
        ("处一年有期徒刑以下刑罚。", (None, Some(1.0)), "年", AtMost, None),
        ("两个或者两个以上的企业。", (Some(2.0), None), "个", AtLeast, None),
        ("三千吨级以上泊位。", (Some(3000.0), None), "吨", AtLeast, None),
        ("檐口不得高于6米。", (None, Some(6.0)), "米", AtMost, None),
        ("夜间控制在45分贝以内。", (None, Some(45.0)), "分贝", AtMost, None),
        ("按直接经济损失的十至十五倍处以罚款。", (Some(10.0), Some(15.0)), "倍", Between, None),
        ("处1000元以上1万元以下罚款。", (Some(1000.0), Some(10000.0)), "元", Between, None),
        ("引导打造3-5个特色产业。", (Some(3.0), Some(5.0)), "个", Between, None),
        ("完成投资2—3万元。", (Some(2e4), Some(3e4)), "元", Between, None),
        ("建设青年入乡实践站点1000个。", same(1000.0), "个", Exactly, None),
        ("保有总数50万辆以上。", (Some(5e5), None), "辆", AtLeast, None),
        ("地区生产总值增长6%左右。", same(6.0), "%", About, None),
    ] {
        assert_eq!(figure(text), (lower, upper, unit.to_owned(), comparator, year), "{text}");
    }
}

#[test]
fn money_for_each_of_something_is_no_sum_in_all() {
    for (text, unit) in [
        ("按照每平方米一百元以上五百元以下处以罚款", "元/平方米"),
        ("每户给予补助不超过1万元", "元/户"),
        ("每平方米处三百元罚款", "元/平方米"),
        ("补贴标准为300元/平方米", "元/平方米"),
        ("对每人每年补助1200元", "元/人每年"),
        ("每只犬处五百元罚款", "元"),
        ("每次活动结束后，奖励一万元", "元"),
        ("处五百元以上二千元以下罚款", "元"),
    ] {
        let found = measures(text).figures;
        let [Value { measure: Measure::Figure(found), .. }] = found.as_slice() else { panic!("{text}: {found:?}") };
        assert_eq!(found.unit, unit, "{text}");
    }
    let found = differences("处每平方米三百元罚款", "处五百元以上五千元以下罚款");
    assert!(found.iter().all(|d| d.left.is_none() || d.right.is_none()), "they do not answer each other: {found:?}");
}

#[test]
fn references_names_and_articles_are_no_figures() {
    for text in [
        "违反本条例第二十六条第一款第一项、第二项规定的。",
        "鄂政发〔2014〕32号",
        "实施三年行动计划，落实“四个最严”要求。",
        "建立一个机制，培育一批企业，由三方协商。",
        "过去一年，推进“15+N”重点产业。",
        "一类保护街巷和二类保护街巷由市人民政府公布。",
        "发展5G网络，举办G20峰会。",
        "三类以上客运班线车辆应当登记。",
        "一级、二级实验室应当备案。",
        "落实《计量发展规划(2013-2020年)》。",
    ] {
        assert_eq!(measures(text).figures, [], "{text}");
        assert!(measures(text).deadlines.is_empty(), "{text}");
    }
}

#[test]
fn deadlines_are_read_in_the_usual_forms() {
    let by = |year, month, day| Deadline::By { year, month, day };
    let within = |amount, unit: &str, from: Option<&str>| Deadline::Within {
        amount,
        unit: unit.to_owned(),
        from: from.map(str::to_owned),
    };
    let every = |amount, unit: &str, month, day| Deadline::Every { amount, unit: unit.to_owned(), month, day };
    for (text, written, deadline) in [
        ("到2025年，建成。", "到2025年", by(Some(2025), None, None)),
        ("2025年底前，建成。", "2025年底前", by(Some(2025), None, None)),
        ("2025年12月31日前建成。", "2025年12月31日前", by(Some(2025), None, None)),
        ("2025年6月底前建成。", "2025年6月底前", by(Some(2025), Some(6), None)),
        (
            "自2020年1月1日起施行。",
            "自2020年1月1日起",
            Deadline::From { year: Some(2020), month: Some(1), day: Some(1) },
        ),
        ("应当在二十四小时内报告。", "二十四小时内", within(24.0, "小时", None)),
        ("自收到申请之日起五个工作日内决定。", "自收到申请之日起五个工作日内", within(5.0, "工作日", Some("收到申请"))),
        ("收到通知五日内有权申请。", "五日内", within(5.0, "日", None)),
        ("应当提前三十日报告。", "提前三十日", within(30.0, "日", Some("提前"))),
        ("每年3月公布。", "每年3月", every(12.0, "月", Some(3), None)),
        ("每两年评估。", "每两年", every(24.0, "月", None, None)),
        ("每季度通报。", "每季度", every(1.0, "季度", None, None)),
        (
            "可以在接到责令限期拆除决定之日起十五日内起诉。",
            "在接到责令限期拆除决定之日起十五日内",
            within(15.0, "日", Some("接到责令限期拆除决定")),
        ),
        ("2023—2025年实施。", "2023—2025年", Deadline::During { from: 2023, to: 2025 }),
    ] {
        let found = measures(text).deadlines;
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(found[0].text, written);
        assert_eq!(found[0].measure, Measure::Deadline(deadline), "{text}");
    }
}

/// What differs, as written on both sides.
fn both_sides(left: &str, right: &str) -> Vec<(MeasureKind, String, String)> {
    let text = |value: &Option<Value>| value.as_ref().map_or("—".to_owned(), |value| value.text.clone());
    differences(left, right).iter().map(|d| (d.kind, text(&d.left), text(&d.right))).collect()
}

#[test]
fn a_time_before_an_event_is_due_before_it_however_it_is_written() {
    let written =
        |left: &str, right: &str| both_sides(left, right).into_iter().map(|(_, a, b)| (a, b)).collect::<Vec<_>>();
    let pair = |a: &str, b: &str| vec![(a.to_owned(), b.to_owned())];
    let ninety = "物业服务企业应当在合同届满前九十日书面告知业主。";
    assert_eq!(written(ninety, &ninety.replace("九十日", "三十日")), pair("前九十日", "前三十日"));
    assert_eq!(written(ninety, "物业服务企业应当在合同届满九十日前书面告知业主。"), []);
    assert_eq!(written("应当提前三十日告知。", "应当在三十日内告知。"), pair("提前三十日", "三十日内"));
    assert_eq!(written("合同届满后三十日内告知。", "合同届满前三十日内告知。"), pair("三十日内", "三十日内"));
    for counted in ["按照失业前十二个月平均缴费工资计算。", "按照损坏前三个月的用水量计算。", "目前三个月一次。"]
    {
        assert!(!measures(counted).deadlines.iter().any(|v| v.text.starts_with('前')), "{counted}");
    }
}

#[test]
fn times_from_other_events_are_other_times() {
    let differs = |left: &str, right: &str| !both_sides(left, right).is_empty();
    assert!(differs("自受理申请之日起二十日内作出决定。", "自收到申请之日起二十日内作出决定。"));
    assert!(differs("犬龄满三个月之日起三十日内登记。", "犬龄满六个月之日起三十日内登记。"));
    assert!(!differs("自受理之日起二十日内作出决定。", "登记机关受理之日起二十日内作出决定。"));
    assert!(!differs("自接到申请之日起二十日内作出决定。", "自收到申请之日起二十日内作出决定。"));
}

#[test]
fn a_time_that_is_set_is_a_deadline_and_a_case_of_missing_it_is_none() {
    let deadlines = |text: &str| measures(text).deadlines.into_iter().map(|v| v.measure).collect::<Vec<_>>();
    assert_eq!(deadlines("应当在规定的期限内办结。"), [Measure::Deadline(Deadline::AsSet)]);
    for text in ["当事人在规定的期限内不申请复议的，", "在规定期限内未能改正，", "不能在规定时限内完成登记的，"]
    {
        assert_eq!(deadlines(text), [], "{text}");
    }
    for text in [
        "受托人应当于事由发生之日起十五日内报告。",
        "应当自事由发生之日起十五日内报告。",
        "(一)事由发生之日起十五日内报告。",
    ] {
        let expected = Deadline::Within { amount: 15.0, unit: "日".to_owned(), from: Some("事由发生".to_owned()) };
        assert_eq!(deadlines(text), [Measure::Deadline(expected)], "{text}");
    }
}

#[test]
fn a_prohibition_that_is_only_spoken_of_does_not_bind() {
    let strengths = |text: &str| {
        let found = measures(text).obligations;
        found.into_iter().map(|v| v.text).collect::<Vec<_>>()
    };
    assert_eq!(strengths("学校应当对学生进行禁止燃放烟花爆竹的宣传教育。"), ["应当"]);
    assert_eq!(strengths("在入口处设置禁止燃放警示标志。"), [""; 0]);
    assert_eq!(strengths("重点区域内禁止燃放烟花爆竹。"), ["禁止"]);
    assert_eq!(strengths("国家禁止使用列入淘汰名录的设备。"), ["禁止"]);
}

#[test]
fn owners_and_parts_are_no_words_of_scope_and_a_place_is_no_office() {
    let scopes = |text: &str| measures(text).scopes.into_iter().map(|v| v.text).collect::<Vec<_>>();
    assert_eq!(scopes("因共有部分缺陷给他人造成损害的，由业主承担责任，归全体业主所有。"), [""; 0]);
    assert_eq!(scopes("对部分地区、所有单位适用。"), ["部分", "所有"]);
    let actors = |text: &str| measures(text).responsible.into_iter().map(|v| v.text).collect::<Vec<_>>();
    assert_eq!(actors("由物业所在地的街道办事处责令限期召集。"), ["物业所在地的街道办事处"]);
}

#[test]
fn who_stands_in_both_texts_is_not_told_of_one_alone() {
    let found = both_sides("法律援助人员应当恪守职业道德。", "法律援助人员实施法律援助应当以事实为依据。");
    assert!(found.iter().all(|(kind, ..)| *kind != MeasureKind::Responsible), "{found:?}");
    let found = both_sides("物业服务企业应当公示收费标准。", "应当公示收费标准。");
    assert_eq!(found.iter().filter(|(kind, ..)| *kind == MeasureKind::Responsible).count(), 1, "{found:?}");
}

#[test]
fn names_and_words_of_ownership_are_no_scope_and_no_duty() {
    let read = |text: &str| {
        let found = measures(text);
        found.scopes.into_iter().chain(found.obligations).map(|v| v.text).collect::<Vec<_>>()
    };
    for text in
        ["举办全国少数民族传统体育运动会。", "开展第三次全国土壤普查。", "明确承包地所有权、承包权。", "划定准保护区。"]
    {
        assert_eq!(read(text), [""; 0], "{text}");
    }
    assert_eq!(measures("达到总户数百分之五十以上的，组织召开会议。").figures.len(), 1);
}

#[test]
fn shares_and_sums_for_each_are_told_apart_by_what_stands_beside_them() {
    let least = both_sides("不得低于总人数的二分之一。", "不得超过总人数的二分之一。");
    assert_eq!(least.len(), 1, "{least:?}");
    let equal = both_sides(
        "业主委员会会议应当有三分之二以上成员出席。",
        "业主委员会召开会议，有三分之二以上成员出席方可作出决定。",
    );
    assert!(equal.iter().all(|(kind, ..)| *kind != MeasureKind::Figure), "{equal:?}");
    let each = both_sides("并处每个泊位五千元罚款。", "并处五千元罚款。");
    assert!(!each.is_empty(), "for each place and in all are not the same");
}

#[test]
fn times_in_conditions_are_no_deadlines() {
    for text in [
        "2010年12月1日以前发生的案件，适用本规定。",
        "三年内有吸毒行为的，由公安机关扣留驾驶证。",
        "未立即停止销售的，责令改正。",
        "1993年10月12日北京市人民代表大会常务委员会通过的规定同时废止。",
        "2024年是收官之年。",
    ] {
        assert_eq!(measures(text).deadlines, [], "{text}");
    }
}

#[test]
fn obligations_bind_and_conditions_do_not() {
    let strengths = |text: &str| -> Vec<Strength> {
        let found = measures(text).obligations;
        found.iter().filter_map(|v| if let Measure::Obligation(s) = v.measure { Some(s) } else { None }).collect()
    };
    assert_eq!(strengths("任何单位和个人不得挖掘城市道路。"), [Strength::Forbidden]);
    assert_eq!(
        strengths("推进人才服务市场化发展，鼓励、支持各类机构提供服务。"),
        [Strength::Encouraged, Strength::Encouraged]
    );
    assert_eq!(strengths("探索推行政府购买服务，开展生态产品价值实现试点。"), [Strength::Explored, Strength::Explored]);
    assert_eq!(strengths("市场主体可以申请信用修复。"), [Strength::May]);
    assert_eq!(strengths("应当登记而未登记的，责令改正。"), []);
    assert_eq!(strengths("加大资金支持力度，提供技术支持。"), []);
    assert_eq!(strengths("使用期限不得超过两年。"), []);
    assert_eq!(strengths("完善质量保证体系，加强监管。"), []);
}

#[test]
fn words_of_scope_are_told_from_words_that_hold_them() {
    let scopes = |text: &str| measures(text).scopes.into_iter().map(|v| v.text).collect::<Vec<_>>();
    assert_eq!(scopes("在全市规模以上工业企业和中小微企业推行。"), ["全市", "规模以上工业企业", "中小微企业"]);
    assert_eq!(scopes("所有权人健全部门协作，引进领军人才，是公共卫生体系的组成部分。"), Vec::<String>::new());
    assert_eq!(scopes("农业农村部门推进乡村振兴，产量占全国1/4。"), Vec::<String>::new());
}

#[test]
fn those_who_must_act_are_told() {
    let actors = |text: &str| measures(text).responsible.into_iter().map(|v| v.text).collect::<Vec<_>>();
    assert_eq!(actors("县级以上地方人民政府应当加强领导。"), ["县级以上地方人民政府"]);
    assert_eq!(actors("违反第十三条规定的，由公安机关责令改正。"), ["公安机关"]);
    assert_eq!(actors("市口岸、交通运输等有关部门，应当共享信息。"), ["市口岸、交通运输等有关部门"]);
    assert_eq!(actors("加强质量监管。（责任单位：市市场监管局、市财政局）"), ["（责任单位：市市场监管局、市财政局）"]);
    assert_eq!(actors("县级以上人民政府城乡规划主管部门负责城乡规划工作。"), ["县级以上人民政府城乡规划主管部门"]);
    assert_eq!(actors("应在六个月内，到取水口所在地登记；"), Vec::<String>::new());
    assert_eq!(
        actors("采伐林木，由县（市、区）林业主管部门审核报经市林业主管部门批准。"),
        ["县（市、区）林业主管部门"]
    );
    assert_eq!(actors("加强质量监管。"), Vec::<String>::new());
}

#[test]
fn formulas_are_told_from_measures() {
    for (text, formula) in [
        ("本条例自2017年5月1日起施行。", Formula::Effective),
        ("《杭州市制定地方性法规的规定》同时废止。", Formula::Effective),
        ("本规定由劳动部、人事部负责解释；", Formula::Interpretation),
        ("本市行政区域内的文明行为促进活动，适用本条例。", Formula::Application),
        ("为了有效保护商丘古城，根据有关法律、法规，结合商丘古城实际，制定本条例。", Formula::Purpose),
        ("违反本条例规定，法律、法规已有处罚规定的，从其规定。", Formula::OtherLaw),
        ("现印发给你们，请认真贯彻执行。", Formula::Printing),
        ("各级各部门要高度重视,明确责任分工,密切配合,抓好落实。", Formula::Organisation),
        ("构成犯罪的，依法追究刑事责任。", Formula::Liability),
    ] {
        assert_eq!(boilerplate(text), Some(formula), "{text}");
    }
    for text in [
        "加强组织领导，成立领导小组，每季度召开会议，安排专项资金500万元。",
        "市人民政府应当加强对浚县古城保护工作的组织领导。",
        "逾期仍不缴纳的，依法申请人民法院强制执行。",
        "电梯运行监测装置的地方标准由市场监督管理部门制定，国家另有规定的从其规定。",
        "处五千元以上二万元以下罚款；构成犯罪的，依法追究刑事责任。",
        "",
    ] {
        assert_eq!(boilerplate(text), None, "{text}");
    }
}
