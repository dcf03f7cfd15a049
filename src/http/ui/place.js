// Where in its page one was, kept with every address of the history: Back leads to the hit that was opened.

import { settled } from './dom.js';

/** How long a page may take to become as long as it was, in milliseconds. */
const PATIENCE = 3000;
/** What a reader does who wants to be elsewhere. */
const MOVES = ['wheel', 'touchstart', 'keydown', 'pointerdown'];

/** Where the page is to be scrolled to once it is long enough, in pixels; `null` when it stays as it is. */
let awaited = null;
let observer = null;
let timer = 0;

// What the browser would do comes before the content does.
history.scrollRestoration = 'manual';
addEventListener('scroll', settled(100, keepPlace));
addEventListener('pagehide', keepPlace);

/** Notes where one is, before another address takes the place of this. */
export function keepPlace() {
  try {
    history.replaceState({ ...history.state, top: awaited ?? scrollY }, '');
  } catch {
    // A browser that counts how often the history is written: the place before it serves.
  }
}

/** A page is about to show where one has been: it will return there, unless the reader moves first. */
export function awaitReturn() {
  leave();
  awaited = history.state?.top ?? null;
  if (awaited !== null) for (const move of MOVES) addEventListener(move, leave, { passive: true });
}

/** Whether the page that shows will return to where one was: then it scrolls to nothing by itself. */
export const returns = () => awaited !== null;

/** Another page is shown, or the reader has moved: there is nothing to return to. */
export function leave() {
  awaited = null;
  observer?.disconnect();
  clearTimeout(timer);
  for (const move of MOVES) removeEventListener(move, leave);
}

/** Goes to where one was, as soon as `root` is long enough. */
export function returnIn(root) {
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
