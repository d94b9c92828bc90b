// Times that run on while nothing comes. They are durations, counted on the monotonic clock of this machine: the server's clock and the browser's
// need not agree, and the browser's may be set meanwhile.
import { duration } from './text.js';

const period = 500;
const states = new WeakMap();
let isStopped = false;

/** Shows a duration that grows. */
export const grow = (target, seconds, at) => set(target, { seconds, at, direction: 1, paint: paintText });

/** Shows a duration that ends, with a bar beside it where there is one. */
export const shrink = (target, seconds, at, bar) => set(target, { seconds, at, direction: -1, paint: paintLeft, bar });

/** Shows a text that does not run. */
export function still(target, text) {
  states.delete(target);
  delete target.dataset.runs;
  write(target, text);
}

/** Nothing runs on while nobody knows whether it is still so. */
export function stop(isIt) {
  isStopped = isIt;
}

/** The moment, for what is counted from it. */
export const now = () => performance.now();

/** Begins to let the times run. */
export function start() {
  setInterval(() => {
    if (isStopped) return;
    for (const target of document.querySelectorAll('[data-runs]')) paint(target);
  }, period);
}

function set(target, state) {
  states.set(target, state);
  target.dataset.runs = '';
  paint(target);
}

function paint(target) {
  const state = states.get(target);
  state?.paint(target, state.seconds + state.direction * (now() - state.at) / 1000, state);
}

function paintText(target, seconds) {
  write(target, duration(seconds));
}

// When it has run out here, the holder may have renewed it: the next reading tells.
function paintLeft(target, seconds, { bar }) {
  write(target, seconds > 0 ? duration(Math.ceil(seconds)) : 'run out, or renewed since');
  if (bar) bar.value = Math.max(0, seconds);
}

function write(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
