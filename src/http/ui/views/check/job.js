// The draft at hand and what is known about it. Both outlast the view: a check goes on while its reader looks elsewhere.

import { postLines } from '../../api.js';

/** Most precedents of a clause: more than one reads, so that some are left when sources are left out. */
export const LIMIT = 8;
const KEPT = 'clausewise.draft';
/** Longest file that is kept over a reload, in bytes; browsers keep some 5 MB of text. */
const LONGEST_KEPT = 2_500_000;

/**
 * `draft` is `{ text }` or `{ file }`. `asked` is what the check at hand left out; `state` is `none`, `running`, `done`,
 * `stopped` or `failed`.
 */
export const job = { draft: null, asked: null, state: 'none', clauses: [], total: 0, summary: null, tookMs: 0, error: null };

let controller = new AbortController();
const watchers = new Set();

/** Calls `told(what)` of every change until `signal` is aborted; `what` is a clause that came, or nothing. */
export function watch(told, signal) {
  watchers.add(told);
  signal.addEventListener('abort', () => watchers.delete(told));
}

const tell = (what) => [...watchers].forEach((told) => told(what));

/** What is posted: the text as JSON, a file as a form with the same fields. */
export function content({ without, regions, formulas, left = [] }, limit = LIMIT) {
  const { text, file } = job.draft;
  if (!file) {
    return {
      text,
      limit,
      exclude_documents: without,
      exclude_regions: regions,
      exclude_formulas: formulas,
      exclude_clauses: left,
    };
  }
  const form = new FormData();
  form.append('file', file, file.name);
  form.append('limit', String(limit));
  form.append('exclude_formulas', String(formulas));
  for (const [name, values] of Object.entries({ exclude_documents: without, exclude_regions: regions, exclude_clauses: left })) {
    for (const value of values) form.append(name, String(value));
  }
  return form;
}

/** Checks the draft from its start. `asked` is `{ without, regions, formulas }`; the outcome before is dropped. */
export async function start(asked) {
  controller.abort();
  controller = new AbortController();
  const { signal } = controller;
  Object.assign(job, { asked, state: 'running', clauses: [], total: 0, summary: null, error: null });
  keep(true);
  tell();
  try {
    await postLines(
      '/v1/check',
      content(asked),
      ({ clause, summary, took_ms: tookMs }) => {
        if (signal.aborted) return;
        if (clause) {
          job.clauses.push(clause);
          job.total = clause.of;
          tell(clause);
        } else if (summary) Object.assign(job, { summary, tookMs });
      },
      signal,
    );
    if (signal.aborted) return;
    job.state = job.summary ? 'done' : 'failed';
  } catch (error) {
    if (signal.aborted) return;
    Object.assign(job, { state: 'failed', error });
  }
  tell();
}

/** Ends the check; what came stays. */
export function stop() {
  if (job.state !== 'running') return;
  controller.abort();
  job.state = 'stopped';
  tell();
}

/** Takes another draft; `null` takes none. */
export function take(draft) {
  controller.abort();
  Object.assign(job, { draft, asked: null, state: 'none', clauses: [], total: 0, summary: null, error: null });
  keep(false);
}

/** Keeps the draft for a reload, where there is room; with `checked`, its check is to be done again. */
async function keep(checked) {
  const { draft } = job;
  try {
    if (!draft) sessionStorage.removeItem(KEPT);
    else if (!draft.file) sessionStorage.setItem(KEPT, JSON.stringify({ text: draft.text, checked }));
    else if (draft.file.size <= LONGEST_KEPT) {
      const { name, type } = draft.file;
      draft.data ??= await read(draft.file);
      if (job.draft === draft) sessionStorage.setItem(KEPT, JSON.stringify({ name, type, data: draft.data, checked }));
    } else sessionStorage.removeItem(KEPT);
  } catch {
    // No room or no storage: it lasts as long as the page.
  }
}

const read = (file) =>
  new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(',') + 1));
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(file);
  });

/** Takes the draft up that was kept over a reload; whether its check is to be done again. */
export function restored() {
  if (job.draft) return false;
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null');
    if (!kept) return false;
    if (kept.data === undefined) job.draft = { text: kept.text };
    else {
      const bytes = Uint8Array.from(atob(kept.data), (c) => c.charCodeAt(0));
      job.draft = { file: new File([bytes], kept.name, { type: kept.type }), data: kept.data };
    }
    return kept.checked;
  } catch {
    return false;
  }
}
