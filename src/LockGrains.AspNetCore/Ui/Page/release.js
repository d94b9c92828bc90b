// Release by force: it names the hold, asks for the key and a reason, and sends the exact token. So a successor is never hit.
import { accessKey } from './access.js';
import { post, Problem } from './api.js';
import { announceNews } from './connection.js';
import { plain, shown } from './text.js';

const find = id => document.getElementById(id);

let target = null;

/** Makes the dialog work. */
export function startRelease() {
  find('release-form').addEventListener('submit', event => {
    event.preventDefault();
    if (check()) release(target);
  });
  find('release-cancel').addEventListener('click', () => find('release').close());
  // It may be told late, when the dialog is open again.
  find('release').addEventListener('close', () => { if (!find('release').open) target = null; });
}

/** Asks whether a hold is to be ended. */
export function openRelease(key, holder, status) {
  target = { key, token: holder.fencingToken, owner: holder.owner };
  find('release-what').replaceChildren(
    'This takes the lock ', shown(key), ' from ', shown(holder.owner), `, who holds it with token ${holder.fencingToken}.`);
  showNext(status);
  find('release-effects').hidden = find('release-submit').disabled = false;
  find('release-without').hidden = accessKey() !== null;
  find('release-key').value = find('release-reason').value = find('release-problem').textContent = '';
  find('release').showModal();
  find('release-key').focus();
}

/** The lock has changed: the dialog that is open about it may have nothing left to do. */
export function tellRelease(key, status) {
  if (target?.key !== key || target.isSent || target.isOver) return;
  if (status.holders.some(holder => holder.fencingToken === target.token)) {
    showNext(status);
    return;
  }
  showOver();
  find('release-problem').textContent = 'There is nothing left to release.';
}

// What a release would do is of no interest any more, and nobody is to try.
function showOver() {
  target.isOver = true;
  find('release-what').replaceChildren('This hold is over already. Until then ', shown(target.owner), ` held the lock with token ${target.token}.`);
  find('release-effects').hidden = find('release-without').hidden = true;
  if (document.activeElement === find('release-submit')) find('release-cancel').focus();
  find('release-submit').disabled = true;
}

function showNext({ queueLength, holderCount, waiters }) {
  const areOthers = holderCount > 1;
  if (queueLength === 0 || waiters.length === 0) {
    find('release-next').textContent = areOthers ? 'The other holders keep the lock.' : 'The lock is free at once: nobody waits for it.';
    return;
  }
  // Whether the first in line fits beside the others, the lock decides.
  const what = areOthers ? 'The other holders keep the lock, so those who wait may go on waiting.' : 'It is handed on at once.';
  find('release-next').replaceChildren(`${what} The first in line is `, shown(waiters[0].owner), '.');
}

// A key that has what cannot be seen may be typed as it is shown.
function check() {
  const [key, reason] = [find('release-key'), find('release-reason')];
  if (key.value !== target.key && plain(key.value) !== plain(target.key)) return refuse(key, 'That is not the key of this lock. Type it letter for letter.');
  if (reason.value.trim() === '') return refuse(reason, 'Give a reason. It is written into the log.');
  return true;
}

function refuse(field, why) {
  find('release-problem').textContent = why;
  field.focus();
  return false;
}

async function release(hold) {
  find('release-problem').textContent = '';
  hold.isSent = true;
  try {
    await post('/revoke', { key: hold.key, fencingToken: hold.token, reason: find('release-reason').value.trim() });
    if (target === hold) find('release').close();
    announceNews(`Released by force: the hold of ${plain(hold.owner)}, token ${hold.token}.`, true);
  } catch (error) {
    hold.isSent = false;
    if (target === hold) {
      if (error.code === 'not-held') showOver();
      find('release-problem').textContent = explain(error);
    } else {
      announceNews(`The hold of ${plain(hold.owner)}, token ${hold.token}: ${explain(error)}`, true);
    }
  }
}

function explain(error) {
  if (!(error instanceof Problem) || error.isPassing)
    return `Nobody can say whether it took effect. ${error.message} Look at the lock, or press the button again: that is safe.`;
  if (error.code === 'not-held')
    return 'Nothing was done: this hold is over already. Somebody else has ended it, or its holder has.';
  return `Nothing was done. ${error.message}${error.status === 401 || error.status === 403 ? ' Close this, and give an access key that may revoke.' : ''}`;
}
