// Outcomes as files.

import { download } from '../api.js';
import { h } from '../dom.js';
import { fileLanguage, t } from '../words.js';
import { failure, notice } from './states.js';

/** Endings of files that are one document, for a choice of files. */
export const ONE_DOCUMENT = '.docx,.pdf,.html,.htm,.txt,.md,.markdown';
const FORMATS = ['docx', 'xlsx', 'html', 'csv'];

/**
 * Buttons that write the outcome at hand to a file. `request(query)` gives `{ path, content }`: where the service
 * writes it, with `query` (format and language) among its parameters, and what to post there, if anything.
 */
export function exports(name, request, formats = FORMATS) {
  const group = h('div.exports', { role: 'group', 'aria-label': t('export.label') }, h('span', { 'aria-hidden': 'true' }, t('export.label')));
  for (const format of formats) {
    const button = h('button.plain', { type: 'button' }, t(`export.${format}`));
    button.addEventListener('click', async () => {
      button.disabled = true;
      const gone = notice(t('export.working'), undefined, 600_000);
      const file = `${name}.${format}`;
      try {
        const { path, content } = request({ format, language: fileLanguage() });
        await download(path, content, file);
        notice(t('export.done', { name: file }));
      } catch (error) {
        group.after(failure(error));
      } finally {
        gone();
        button.disabled = false;
      }
    });
    group.append(button);
  }
  return group;
}
