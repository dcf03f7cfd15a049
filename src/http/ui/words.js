// The page's words in both languages. Every view brings its own and adds them with `define`.

const LANGUAGES = ['zh', 'en'];
const words = { zh: new Map(), en: new Map() };
let chosen = stored();

function stored() {
  const asked = new URLSearchParams(location.search).get('lang');
  if (LANGUAGES.includes(asked)) return asked;
  try {
    const kept = localStorage.getItem('clausewise.language');
    if (LANGUAGES.includes(kept)) return kept;
  } catch {
    // Storage is switched off.
  }
  return 'zh';
}

/** Adds words: `{ zh: { 'search.go': '检索' }, en: { 'search.go': 'Search' } }`. */
export function define(both) {
  for (const language of LANGUAGES) {
    for (const [key, text] of Object.entries(both[language])) words[language].set(key, text);
  }
}

export const language = () => chosen;

/** `chinese` or `english`, as the service calls the language of a file. */
export const fileLanguage = () => (chosen === 'zh' ? 'chinese' : 'english');

export function setLanguage(to) {
  chosen = to;
  try {
    localStorage.setItem('clausewise.language', to);
  } catch {
    // It lasts as long as the page.
  }
  document.documentElement.lang = to === 'zh' ? 'zh-Hans' : 'en';
}

/** The words of a key, `{name}` filled in. A plural: `{ one: '1 hit', other: '{n} hits' }`, chosen by `n`. */
export function t(key, values = {}) {
  let text = words[chosen].get(key) ?? key;
  if (typeof text === 'object') text = values.n === 1 ? text.one : text.other;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === 'number' ? number(value) : String(value);
  });
}

/** Whether there are words for a key. */
export const known = (key) => words[chosen].has(key);

/** The words for one of the service's names: `named('level', 'province')`; the name itself when there are none. */
export const named = (group, name) => (known(`${group}.${name}`) ? t(`${group}.${name}`) : name);

export const number = (n) => n.toLocaleString(chosen === 'zh' ? 'zh-CN' : 'en-GB');

/** A share as a percentage: 0.997 is 99.7%; one that is not whole is never shown as 0 or 100. */
export function percent(share, digits = 0) {
  const least = 10 ** -digits / 100;
  const shown = share > 0 && share < least ? least : share < 1 && share > 1 - least ? 1 - least : share;
  const prefix = share > 0 && share < least ? '<' : share < 1 && share > 1 - least ? '>' : '';
  return `${prefix}${(shown * 100).toFixed(digits)}%`;
}

define({
  zh: {
    'app.skip': '跳到正文',
    'app.language': 'English',
    'app.theme': '切换深色与浅色',
    'app.docs': '接口',
    'nav.label': '主要功能',
    'nav.search': '检索',
    'nav.check': '查先例',
    'nav.regions': '各地同类',
    'nav.compare': '比对',
    'nav.duplicates': '去重',
    'nav.library': '文档库',
    'nav.document': '文档',
    'page.unknown': '没有这个页面',
    'page.unknown.text': '地址可能已经改变。可以从上面的功能开始。',
    'state.loading': '正在读取…',
    'state.retry': '重试',
    'state.failed': '没有完成',
    'state.offline': '连不上服务。请确认 clausewise 正在运行，然后重试。',
    'state.preparing': '正在收录文档：{done}／{total}。已收录的现在就可以检索。',
    'problem.expected': '应为：{expected}',
    'problem.received': '收到：{received}',
    'problem.invalid_value': '有一项内容不符合要求',
    'problem.not_found': '没有找到',
    'problem.unreadable_document': '这个文件读不出来',
    'problem.busy': '服务正忙，请稍后再试',
    'problem.shutting_down': '服务正在关闭',
    'problem.preparing': '服务正在准备',
    'problem.body_too_large': '内容太大',
    'problem.disk_full': '磁盘已满',
    'problem.other': '服务出错',
    'problem.log': '原因在服务的日志里。',
    'relation.verbatim': '相同',
    'relation.edited': '改写',
    'relation.equivalent': '同类',
    'relation.related': '相关',
    'relation.none': '不相关',
    'relation.verbatim.help': '除标点、地名、数字外，用字相同',
    'relation.edited.help': '大部分照搬，有改动',
    'relation.equivalent.help': '措辞不同，措施相同',
    'relation.related.help': '主题相同，措施不同',
    'relation.none.help': '没有关系',
    'level.national': '国家',
    'level.province': '省级',
    'level.prefecture': '市级',
    'level.county': '县级',
    'kind.law': '法律',
    'kind.regulation': '法规规章',
    'kind.interpretation': '解释',
    'kind.decision': '决定',
    'kind.opinion': '意见',
    'kind.plan': '规划方案',
    'kind.notice': '通知',
    'kind.report': '报告',
    'validity.in_force': '现行有效',
    'validity.amended': '已修改',
    'validity.repealed': '已废止',
    'validity.expired': '已失效',
    'validity.not_yet_in_force': '尚未生效',
    'measure.figure': '数值',
    'measure.deadline': '期限',
    'measure.responsible': '主体',
    'measure.obligation': '约束力',
    'measure.scope': '范围',
    'formula.any': '套语条款',
    'date.issued': '成文',
    'date.published': '公布',
    'date.effective': '施行',
    'probability.label': '可能性',
    'probability.help': '此条与所问是同一措施的可能性，按逐对判读的样本校准。低于 50% 不能算可靠的先例。',
    'citation.versions': { one: '共 {n} 个版本', other: '共 {n} 个版本' },
    'citation.older': '有更新的版本',
    'citation.open': '在原文中打开',
    'citation.copy': '复制引用',
    'citation.copied': '已复制',
    'citation.copy.failed': '浏览器不允许复制，请手动选择文字',
    'hit.similar': '找相似条款',
    'hit.regions': '看各地同类',
    'region.none': '未注明地区',
    'region.national': '国家',
    'date.none': '未注明日期',
    'export.label': '导出',
    'export.docx': 'Word',
    'export.xlsx': 'Excel',
    'export.html': '网页',
    'export.csv': 'CSV',
    'export.working': '正在生成文件…',
    'export.done': '已生成 {name}',
    'list.more': '再显示 {n} 条',
    'pages.label': '翻页',
    'pages.previous': '上一页',
    'pages.next': '下一页',
    'pages.range': '第 {from} 至 {to} 项',
    'pick.placeholder': '输入标题、文号或编号查找文档',
    'pick.none': '没有这样的文档',
    'pick.more': '还有 {n} 篇，请继续输入',
    'pick.remove': '移除 {name}',
    'common.cancel': '取消',
    'common.undo': '撤销',
    'common.clauses': { one: '{n} 条', other: '{n} 条' },
    'common.clear': '清除',
    'common.and': '、',
    'facet.regions': '地区',
    'facet.levels': '层级',
    'facet.kinds': '文种',
    'facet.years': '年份',
    'facet.more': '其余 {n} 项',
    'difference.asked': '所问',
    'difference.found': '此条',
    'difference.absent': '无',
  },
  en: {
    'app.skip': 'Skip to the content',
    'app.language': '中文',
    'app.theme': 'Switch between dark and light',
    'app.docs': 'API',
    'nav.label': 'Main functions',
    'nav.search': 'Search',
    'nav.check': 'Check a draft',
    'nav.regions': 'Across regions',
    'nav.compare': 'Compare',
    'nav.duplicates': 'Duplicates',
    'nav.library': 'Library',
    'nav.document': 'Document',
    'page.unknown': 'There is no such page',
    'page.unknown.text': 'The address may have changed. Start from one of the functions above.',
    'state.loading': 'Loading…',
    'state.retry': 'Try again',
    'state.failed': 'That did not work',
    'state.offline': 'The service cannot be reached. See that clausewise is running, then try again.',
    'state.preparing': 'Documents are being taken in: {done} of {total}. Those that are there can be searched now.',
    'problem.expected': 'Expected: {expected}',
    'problem.received': 'Received: {received}',
    'problem.invalid_value': 'A value is not accepted',
    'problem.not_found': 'Not found',
    'problem.unreadable_document': 'This file cannot be read',
    'problem.busy': 'The service is busy; try again in a moment',
    'problem.shutting_down': 'The service is shutting down',
    'problem.preparing': 'The service is getting ready',
    'problem.body_too_large': 'That is too large',
    'problem.disk_full': 'The disk is full',
    'problem.other': 'The service failed',
    'problem.log': 'The log of the service has the cause.',
    'relation.verbatim': 'verbatim',
    'relation.edited': 'edited',
    'relation.equivalent': 'equivalent',
    'relation.related': 'related',
    'relation.none': 'unrelated',
    'relation.verbatim.help': 'the same characters but for punctuation, places and numbers',
    'relation.edited.help': 'most of it copied, some of it changed',
    'relation.equivalent.help': 'the same measure in other words',
    'relation.related.help': 'the same topic, another measure',
    'relation.none.help': 'nothing in common',
    'level.national': 'national',
    'level.province': 'province',
    'level.prefecture': 'city',
    'level.county': 'county',
    'kind.law': 'law',
    'kind.regulation': 'regulation',
    'kind.interpretation': 'interpretation',
    'kind.decision': 'decision',
    'kind.opinion': 'opinion',
    'kind.plan': 'plan',
    'kind.notice': 'notice',
    'kind.report': 'report',
    'validity.in_force': 'in force',
    'validity.amended': 'amended',
    'validity.repealed': 'repealed',
    'validity.expired': 'expired',
    'validity.not_yet_in_force': 'not yet in force',
    'measure.figure': 'figure',
    'measure.deadline': 'deadline',
    'measure.responsible': 'actor',
    'measure.obligation': 'strength',
    'measure.scope': 'scope',
    'formula.any': 'formula clause',
    'date.issued': 'issued',
    'date.published': 'published',
    'date.effective': 'effective',
    'probability.label': 'probability',
    'probability.help':
      'The chance that this clause states the measure you asked for, calibrated on pairs that were judged by reading. Below 50% it is no reliable precedent.',
    'citation.versions': { one: '1 version', other: '{n} versions' },
    'citation.older': 'there is a newer version',
    'citation.open': 'Open in its document',
    'citation.copy': 'Copy citation',
    'citation.copied': 'Copied',
    'citation.copy.failed': 'The browser does not allow copying; select the text by hand',
    'hit.similar': 'Similar clauses',
    'hit.regions': 'Across regions',
    'region.none': 'region not stated',
    'region.national': 'national',
    'date.none': 'date not stated',
    'export.label': 'Export',
    'export.docx': 'Word',
    'export.xlsx': 'Excel',
    'export.html': 'Web page',
    'export.csv': 'CSV',
    'export.working': 'Writing the file…',
    'export.done': '{name} is ready',
    'list.more': 'Show {n} more',
    'pages.label': 'Pages',
    'pages.previous': 'Previous',
    'pages.next': 'Next',
    'pages.range': '{from} to {to}',
    'pick.placeholder': 'Type a title, number or id to find a document',
    'pick.none': 'No such document',
    'pick.more': '{n} more; type on',
    'pick.remove': 'Remove {name}',
    'common.cancel': 'Cancel',
    'common.undo': 'Undo',
    'common.clauses': { one: '1 clause', other: '{n} clauses' },
    'common.clear': 'Clear',
    'common.and': ', ',
    'facet.regions': 'Region',
    'facet.levels': 'Level',
    'facet.kinds': 'Kind',
    'facet.years': 'Year',
    'facet.more': '{n} more',
    'difference.asked': 'asked',
    'difference.found': 'here',
    'difference.absent': 'none',
  },
});
