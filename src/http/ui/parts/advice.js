// What to do about a file or a text that was refused.

import { define, language, t } from '../words.js';

define({
  zh: {
    'advice.password': '请去掉密码后再试。',
    'advice.scan': '这是没有文字的扫描件。请先做文字识别（OCR），或改用 Word 原稿。',
    'advice.old': '这是旧格式的文件。请用 Word 或 WPS 另存为 .docx（表格另存为 .csv）。',
    'advice.damaged': '文件可能损坏或没有下载完整。请重新取得后再试。',
    'advice.format': '可以收录 .txt、.md、.html、.docx、.pdf、.jsonl、.csv，以及装有这些文件的 .zip。',
    'advice.empty': '里面没有成句的文字。请看看选的是不是这一份。',
    'advice.several': '里面有多份文件，这里一次只能读一份。',
    'advice.large': '请把文件拆小，或请管理员在服务器上收录。',
    'advice.disk': '请联系管理员腾出磁盘空间。',
    'advice.later': '请稍后重试。',
  },
  en: {
    'advice.password': 'Please take the password off and try again.',
    'advice.scan': 'This is a scan without text. Run text recognition (OCR) over it, or use the Word original.',
    'advice.old': 'This is an old format. Save it as .docx in Word or WPS (tables as .csv).',
    'advice.damaged': 'The file may be damaged or not whole. Get it again and try once more.',
    'advice.format': 'Taken are .txt, .md, .html, .docx, .pdf, .jsonl, .csv, and .zip with such files in it.',
    'advice.empty': 'There is no sentence in it. See that it is the right one.',
    'advice.several': 'There are several documents in it; here one at a time is read.',
    'advice.large': 'Split it, or ask whoever runs the service to take it in there.',
    'advice.disk': 'Ask whoever runs the service to make room on its disk.',
    'advice.later': 'Please try again later.',
  },
});

const BY_CODE = {
  body_too_large: 'advice.large',
  disk_full: 'advice.disk',
  busy: 'advice.later',
  shutting_down: 'advice.later',
};

const BY_REASON = [
  [/password|encrypted|locked/, 'advice.password'],
  [/at least one sentence|empty file|header alone|without a line|Word file without text/, 'advice.empty'],
  [/one of several documents/, 'advice.several'],
  [/pictures|scan|no text|without text/, 'advice.scan'],
  [/before 2007|\.xls\b|\.doc\b|\.wps|\.et\b/, 'advice.old'],
  [/damaged|cut off|not whole|a whole/, 'advice.damaged'],
  [/at most \d+ MB/, 'advice.large'],
];

/**
 * What to tell of a problem: a sentence of advice, where there is one, and what the service says of it. It says so in
 * English; who has the advice in Chinese does without. `file` is the name of the file that was handed in, if it was one.
 */
export function told(error, file = null) {
  const todo = error.problem ? advice(error.problem, file) : '';
  return { todo, details: todo && language() === 'zh' ? [] : (error.details ?? []) };
}

function advice(problem, file) {
  if (file !== null && problem.code in BY_CODE) return t(BY_CODE[problem.code]);
  if (problem.code !== 'unreadable_document') return '';
  const reason = `${problem.expected ?? ''} | ${problem.received ?? ''}`;
  const [, key] = BY_REASON.find(([pattern]) => pattern.test(reason)) ?? [];
  if (key) return t(key);
  return file === null || /\.(txt|md|html?|docx|pdf|jsonl|csv|zip)$/i.test(file) ? '' : t('advice.format');
}
