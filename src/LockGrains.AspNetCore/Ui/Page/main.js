// The page: which view is open, by the part of the address after #, which no server ever sees.
import { accessKey, askForKey, showWho, startAccess } from './access.js';
import { Problem } from './api.js';
import { start as startClock } from './clock.js';
import { showConnection, startConnection } from './connection.js';
import { LockView } from './lock.js';
import { LocksView } from './locks.js';
import { startRelease } from './release.js';
import { readServer } from './server.js';
import { SessionView } from './session.js';

const find = id => document.getElementById(id);

// A browser opens six connections to a server, for all tabs. One that nobody looks at gives its own back.
const hiddenFor = 20_000;
const firstPause = 500;
const longestPause = 10_000;

let view = null;
let isAway = false;
let hiding;
let failures = 0;
let again;
let rounds = 0;

function open() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  // The address of a session has the lock that the way back leads to.
  const [View, title] = parameters.get('session') ? [SessionView, 'session-title'] : parameters.get('lock') ? [LockView, 'lock-title'] : [LocksView, 'locks-title'];
  const isFirst = view === null;
  view?.close();
  for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
  view = new View(parameters);
  if (!isAway) view.start();
  if (!isFirst) find(title).focus();
}

async function begin() {
  const round = ++rounds;
  clearTimeout(again);
  view?.close();
  view = null;
  find('closed').hidden = true;
  const [keyName, error] = await readServer().then(name => [name, null], failure => [null, failure]);

  // Another access key was given meanwhile: what this one came to is of no interest.
  if (round !== rounds) return;
  if (error) {
    fail(error);
  } else {
    failures = 0;
    showWho(keyName);
    open();
  }
}

function fail(error) {
  if (error instanceof Problem && !error.isPassing) {
    showConnection({ kind: 'refused' });
    find('closed').hidden = false;
    askForKey(error.status === 401 && accessKey() === null ? 'This server asks everybody for an access key.' : error.message);
    return;
  }
  const pause = Math.min(longestPause, firstPause * 2 ** failures++);
  showConnection({ kind: 'lost', detail: error.message, pause });
  again = setTimeout(begin, pause);
}

function retry() {
  if (isAway) return;
  if (view === null) begin();
  else view.retry();
}

function onVisibility() {
  clearTimeout(hiding);
  if (document.hidden) {
    hiding = setTimeout(() => {
      isAway = true;
      view?.stop();
      showConnection({ kind: 'away' });
    }, hiddenFor);
  } else if (isAway) {
    isAway = false;
    view?.start();
  }
}

document.querySelector('.skip').addEventListener('click', event => {
  event.preventDefault();
  find('main').focus();
});
addEventListener('hashchange', () => { if (view !== null) open(); });
document.addEventListener('visibilitychange', onVisibility);
startAccess(begin);
startConnection(retry);
startRelease();
startClock();
begin();
