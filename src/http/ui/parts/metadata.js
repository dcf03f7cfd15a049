// What is known about a document: its fields, their values in words, and where each comes from.

import { define, known, named, t } from '../words.js';

define({
  zh: {
    'field.title': '标题',
    'field.document_number': '文号',
    'field.issuer': '发文机关',
    'field.region': '地区',
    'field.level': '层级',
    'field.kind': '文种',
    'field.date': '成文日期',
    'field.published': '公布日期',
    'field.effective': '施行日期',
    'field.validity': '效力',
    'field.family': '版本归类',
    'field.family.help': '归类相同的文档，视为同一文件的不同版本',
    'field.none': '未注明',
    'how.given': '人工填写',
    'how.stated': '原文写明：{from}',
    'how.inferred': '推定，依据：{from}',
    'origin.page_table': '网页信息表',
    'origin.index_table': '文中信息表',
    'origin.title': '标题',
    'origin.signature': '落款',
    'origin.adoption_note': '通过说明',
    'origin.number': '文号行',
    'origin.front': '正文之前',
    'origin.first_sentence': '首句',
    'origin.effect_clause': '施行条款',
    'origin.text': '正文',
    'origin.issuer': '发文机关',
    'origin.region': '地区',
  },
  en: {
    'field.title': 'Title',
    'field.document_number': 'Number',
    'field.issuer': 'Issuer',
    'field.region': 'Region',
    'field.level': 'Level',
    'field.kind': 'Kind',
    'field.date': 'Issued',
    'field.published': 'Published',
    'field.effective': 'In force from',
    'field.validity': 'Validity',
    'field.family': 'Versions of',
    'field.family.help': 'Documents of which this is the same count as versions of one document',
    'field.none': 'not stated',
    'how.given': 'entered by hand',
    'how.stated': 'stated in the text: {from}',
    'how.inferred': 'inferred from: {from}',
    'origin.page_table': 'table of the web page',
    'origin.index_table': 'table in the text',
    'origin.title': 'title',
    'origin.signature': 'signature',
    'origin.adoption_note': 'note of adoption',
    'origin.number': 'line of the number',
    'origin.front': 'lines before the text',
    'origin.first_sentence': 'first sentence',
    'origin.effect_clause': 'provision on taking effect',
    'origin.text': 'text',
    'origin.issuer': 'issuer',
    'origin.region': 'region',
  },
});

/** The fields in the order in which they are shown. */
export const FIELDS = [
  'title',
  'document_number',
  'issuer',
  'region',
  'level',
  'kind',
  'date',
  'published',
  'effective',
  'validity',
  'family',
];

/** The values of the fields that have few. */
export const VALUES = {
  level: ['national', 'province', 'prefecture', 'county'],
  kind: ['law', 'regulation', 'interpretation', 'decision', 'opinion', 'plan', 'notice', 'report'],
  validity: ['in_force', 'amended', 'repealed', 'expired', 'not_yet_in_force'],
};

/** The value of a field in words; `null` where it has none. */
export function fieldValue(metadata, field) {
  const value = metadata?.[field];
  if (value === null || value === undefined) return null;
  if (field === 'region') return [value.province, value.city, value.county].filter(Boolean).join(' ') || null;
  if (field === 'family') return value.split('|').filter(Boolean).join(' · ');
  return field in VALUES ? named(field, value) : value;
}

/** Where a value comes from, in words; empty where it is not known. */
export function origin(source) {
  if (!source) return '';
  const from = source.from && known(`origin.${source.from}`) ? t(`origin.${source.from}`) : '';
  return t(`how.${source.how}`, { from });
}
