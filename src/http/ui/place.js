// Where in its page one was, kept with every address of the history: Back leads to the hit that was opened.

import { settled } from './dom.js';

/** How long a page may take to become as long as it was, in milliseconds. */
const PATIENCE = 3000;
/** What a reader does who wants to be elsewhere. */
const MOVES = ['wheel', 'touchstart', 'keydown', 'pointerdown'];

/** Where the page is to be scrolled to once it is long enough, in pixels; `null` when it stays as it is. */
let awaited = null;
/** Whether one has been at the page that shows. */
let known = false;
/** Whether the page shows all that it has: a place in less than that is none. */
let whole = false;
let observer = null;
let timer = 0;

// What the browser would do comes before the content does.
history.scrollRestoration = 'manual';
addEventListener('scroll', settled(100, keepPlace));
addEventListener('pagehide', keepPlace);

/** Notes where one is, before another address takes the place of this. */
export function keepPlace() {
  if (awaited === null && !whole) return;
  try {
    history.replaceState({ ...history.state, top: awaited ?? scrollY }, '');
  } catch {
    // A browser that counts how often the history is written: the place before it serves.
  }
}

/** A page is about to show; with `again`, one where one has been: it will return there, unless the reader moves first. */
export function begin({ again = false } = {}) {
  leave();
  whole = false;
  awaited = again ? (history.state?.top ?? null) : null;
  known = awaited !== null;
  if (known) for (const move of MOVES) addEventListener(move, leave, { passive: true });
}

/** Whether the page that shows is one where one has been: then it scrolls to nothing by itself. */
export const returns = () => known;

/** The reader has moved, or is there: there is nothing to return to. */
function leave() {
  awaited = null;
  observer?.disconnect();
  clearTimeout(timer);
  for (const move of MOVES) removeEventListener(move, leave);
}

/** All of a page is in `root`: goes to where one was, as soon as it is long enough. */
export function shown(root) {
  whole = true;
  if (awaited === null) return;
  const there = () => {
    scrollTo(0, awaited);
    return Math.abs(scrollY - awaited) < 2;
  };
  if (there()) {
    leave();
    return;
  }
  observer = new ResizeObserver(() => awaited !== null && there() && leave());
  observer.observe(root);
  timer = setTimeout(leave, PATIENCE);
}
