// Whether what is shown is the present state. While it is not, the page says since when, and its times stand still.
import { now, stop } from './clock.js';
import { duration } from './text.js';

const find = id => document.getElementById(id);
const goodNewsFor = 5_000;

let lostAt = null;
let nextAt = null;
let ticking;
let clearing;

/** Makes the button work. */
export function startConnection(retry) {
  find('connection-retry').addEventListener('click', retry);
  addEventListener('online', retry);
}

/** Shows the state of a feed. */
export function showConnection({ kind, detail, pause }) {
  if (kind === 'lost') lose(detail, pause);
  else recover(kind);
}

function lose(detail, pause) {
  nextAt = now() + pause;
  stop(true);
  document.body.classList.add('stale');
  if (lostAt === null) {
    lostAt = now();
    find('connection').hidden = false;
    // Once, for who listens; the seconds are only for who looks.
    find('connection-text').textContent = `Not connected. ${detail} What is shown is from before.`;
    ticking = setInterval(paint, 1000);
  }
  paint();
}

function recover(kind) {
  stop(kind !== 'live');
  document.body.classList.toggle('stale', kind !== 'live');
  if (lostAt === null) return;
  clearInterval(ticking);
  lostAt = null;
  find('connection').hidden = true;
  find('connection-text').textContent = '';
  if (kind === 'live') announceNews('Connected again.');
}

/** Tells in one sentence what has come of something. */
export function announceNews(text, remains = false) {
  clearTimeout(clearing);
  find('news').textContent = text;
  if (!remains) clearing = setTimeout(() => { find('news').textContent = ''; }, goodNewsFor);
}

function paint() {
  const seconds = Math.max(0, Math.ceil((nextAt - now()) / 1000));
  find('connection-retry').textContent = seconds > 0 ? `Try now (lost ${duration((now() - lostAt) / 1000)} ago, next in ${seconds} s)` : 'Trying…';
}
