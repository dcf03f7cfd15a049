// What looked odd when a document was read, in the reader's language. The service tells it in English.

import { define, language, t } from '../../words.js';

define({
  zh: {
    'warning.middle_number': '全文第一个序号是 {1}：文件可能从中间开始',
    'warning.begins_at': '这一层的序号从 {1} 开始',
    'warning.twice': '序号 {1} 出现两次',
    'warning.missing': '序号 {2} 之后是 {1}：中间有缺',
    'warning.back': '序号 {2} 之后是 {1}：序号倒退',
    'warning.item_twice': '项号 {1} 出现两次',
    'warning.item_broken': '项号 {2} 之后是 {1}：不连续',
    'warning.no_clause': '没有找到条款',
    'warning.no_structure': '没有找到标题和编号：全文作为一条处理',
    'warning.mid_sentence': '正文从半句话开始',
    'warning.bracket': '“{1}”没有闭合',
    'warning.more': '另有 {1} 处同类问题',
    'warning.pictures': '{1} 幅图片没有收录，图中文字也不在内',
    'warning.nested': '{1} 个网页标记嵌套过深或过多，已略过',
    'warning.no_unicode': '{2} 个字符中有 {1} 个读不出来',
    'warning.recognised': '文字由图片识别而来，可能有误',
    'warning.watermark': '{1} 个斜排字符（水印）没有收录',
    'warning.blank_pages': '{2} 页中有 {1} 页是没有文字的图片，没有收录',
    'warning.tracked': '{1} 处修订按接受处理',
    'warning.hidden': '{1} 个隐藏文字没有收录',
    'warning.symbols': '{1} 个符号字体的字符读不出来，记为 □',
    'warning.embedded': '{1} 个嵌入文件没有收录',
    'warning.format': '编号格式 {1} 以数字代替',
  },
  en: {
    'warning.middle_number': 'The first number of the document is {1}: it may begin in the middle',
    'warning.begins_at': 'Numbering on this level begins at {1}',
    'warning.twice': 'Number {1} comes twice',
    'warning.missing': 'Number {1} follows {2}: numbers are missing',
    'warning.back': 'Number {1} follows {2}: numbering goes back',
    'warning.item_twice': 'Item {1} comes twice',
    'warning.item_broken': 'Item {1} follows item {2}: the numbering is broken',
    'warning.no_clause': 'No clause was found',
    'warning.no_structure': 'No heading and no number was found: the text is taken as one article',
    'warning.mid_sentence': 'The text begins in the middle of a sentence',
    'warning.bracket': '“{1}” is opened and not closed',
    'warning.more': '{1} more of this kind',
    'warning.pictures': '{1} pictures were left out, with what may be written in them',
    'warning.nested': '{1} tags were nested too deeply, or too many, and were passed over',
    'warning.no_unicode': '{1} of {2} characters cannot be read',
    'warning.recognised': 'The text was recognised from pictures: expect misread characters',
    'warning.watermark': '{1} slanted characters (a watermark) were left out',
    'warning.blank_pages': '{1} of {2} pages are pictures without text and were left out',
    'warning.tracked': '{1} tracked changes were taken as accepted',
    'warning.hidden': '{1} characters of hidden text were left out',
    'warning.symbols': '{1} characters of symbol fonts cannot be read and are written □',
    'warning.embedded': '{1} embedded files were left out',
    'warning.format': 'Numbers of the format {1} are written in digits',
  },
});

const MESSAGES = [
  [/^the first number of the document is (\d+): it may begin in the middle$/, 'warning.middle_number'],
  [/^numbering on this level begins at (\d+)$/, 'warning.begins_at'],
  [/^number (\d+) comes twice$/, 'warning.twice'],
  [/^number (\d+) follows (\d+): numbers are missing$/, 'warning.missing'],
  [/^number (\d+) follows (\d+): numbering goes back$/, 'warning.back'],
  [/^item (\d+) comes twice$/, 'warning.item_twice'],
  [/^item (\d+) follows item (\d+): the numbering is broken$/, 'warning.item_broken'],
  [/^no clause was found$/, 'warning.no_clause'],
  [/^no heading and no numbered article was found/, 'warning.no_structure'],
  [/^the text begins in the middle of a sentence$/, 'warning.mid_sentence'],
  [/^(.) is opened and not closed$/u, 'warning.bracket'],
  [/^(\d+) more of the kind/, 'warning.more'],
  [/^(\d+) pictures? left out/, 'warning.pictures'],
  [/^(\d+) tags were nested too deeply/, 'warning.nested'],
  [/^(\d+) of (\d+) characters have no Unicode value/, 'warning.no_unicode'],
  [/^the text was made from pictures/, 'warning.recognised'],
  [/^(\d+) slanted characters/, 'warning.watermark'],
  [/^(\d+) of (\d+) pages are pictures/, 'warning.blank_pages'],
  [/^(\d+) tracked changes/, 'warning.tracked'],
  [/^(\d+) characters of hidden text/, 'warning.hidden'],
  [/^(\d+) characters of symbol fonts/, 'warning.symbols'],
  [/^(\d+) embedded files/, 'warning.embedded'],
  [/^numbers of the format (".*") are written in digits$/, 'warning.format'],
];

/** A message in the language of the page; as the service says it where there are no words for it. */
export function warningWords(message) {
  for (const [pattern, key] of MESSAGES) {
    const found = pattern.exec(message);
    if (found) return t(key, { 1: found[1], 2: found[2] });
  }
  return language() === 'en' ? message.charAt(0).toUpperCase() + message.slice(1) : message;
}
