// The service, as the page calls it.

import { known, language, t } from './words.js';

/** An answer that says what is wrong. */
export class Problem extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title ?? 'unknown');
    this.problem = problem;
  }

  /** In a person's words. */
  get title() {
    const key = `problem.${this.problem.code}`;
    return known(key) ? t(key) : t('problem.other');
  }

  /** What was expected and what came. The service's own sentence is English; its code says as much in Chinese. */
  get details() {
    const { expected, received, detail, progress, code, status } = this.problem;
    if (code === 'preparing' && progress) {
      return [t('state.preparing', { done: progress.documents_done, total: progress.documents_total })];
    }
    if (expected === undefined) {
      if (code !== 'other' && known(`problem.${code}`)) return language() === 'zh' || !detail ? [] : [detail];
      if (code !== 'other' && status >= 500) return [t('problem.log')];
      return detail ? [detail] : [];
    }
    return [t('problem.expected', { expected }), received !== undefined && t('problem.received', { received })].filter(Boolean);
  }
}

/** The service did not answer at all. */
export class Offline extends Error {}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Offline(error.message);
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => ({ code: 'other', detail: `${response.status} ${response.statusText}` }));
  throw new Problem(body);
}

/** `parameters` become the query; lists are joined with commas, and what is empty is left out. */
export function address(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null || value === undefined || value === '' || value === false) continue;
    if (Array.isArray(value)) {
      if (value.length) query.set(name, value.join(','));
    } else query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

export const get = async (path, parameters, signal) => (await ask(address(path, parameters), { signal })).json();

function body(content) {
  if (content instanceof FormData) return { body: content };
  return { body: JSON.stringify(content), headers: { 'content-type': 'application/json' } };
}

export const post = async (path, content, signal) =>
  (await ask(path, { method: 'POST', signal, ...body(content) })).json();

export const put = async (path, content, signal) =>
  (await ask(path, { method: 'PUT', signal, ...body(content) })).json();

/** `keepalive` lets it reach the service although the page is being left. */
export const remove = (path, keepalive = false) => ask(path, { method: 'DELETE', keepalive });

/** Posts and calls `each` with every line of the answer as it arrives. A line `{ problem }` is thrown. */
export async function postLines(path, content, each, signal) {
  const made = body(content);
  const headers = { ...made.headers, accept: 'application/x-ndjson' };
  const response = await ask(path, { method: 'POST', signal, ...made, headers });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  const take = (line) => {
    if (!line) return;
    const read = JSON.parse(line);
    if (read.problem) throw new Problem(read.problem);
    each(read);
  };
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    lines.forEach(take);
  }
  take(rest);
}

/** Posts (or, without content, gets) a file and hands it to the user under `name`. */
export async function download(path, content, name) {
  const response = await ask(path, content === undefined ? {} : { method: 'POST', ...body(content) });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Posts a form and calls `progress(share)` as it is sent; `progress(1)` when the service has all of it. */
export function upload(path, form, progress, signal) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.responseType = 'json';
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.upload.onload = () => progress(1);
    request.onload = () => {
      const answer = request.response ?? { code: 'other', detail: `${request.status} ${request.statusText}` };
      if (request.status < 400) done(answer);
      else failed(new Problem(answer));
    };
    request.onerror = () => failed(new Offline('no answer'));
    request.onabort = () => failed(new DOMException('aborted', 'AbortError'));
    signal?.addEventListener('abort', () => request.abort());
    request.send(form);
  });
}
