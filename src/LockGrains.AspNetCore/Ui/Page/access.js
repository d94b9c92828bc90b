// The access key: pasted once, kept by this tab, gone with it.
const name = 'lockgrains.access-key';
const find = id => document.getElementById(id);

let onChange = () => {};

/** The key; null for none. */
export const accessKey = () => sessionStorage.getItem(name);

/** Makes the controls work. */
export function startAccess(changed) {
  onChange = changed;
  find('access-open').addEventListener('click', () => askForKey(''));
  find('access-cancel').addEventListener('click', () => find('access').close());
  find('access-forget').addEventListener('click', () => use(null));
  find('access-form').addEventListener('submit', submit);
  find('access').addEventListener('close', () => { find('access-key').value = ''; });
  showWho(null);
}

/** Asks for a key, and says why. */
export function askForKey(why) {
  find('access-why').textContent = why;
  find('access-problem').textContent = '';
  find('access-forget').hidden = accessKey() === null;
  if (!find('access').open) find('access').showModal();
  find('access-key').focus();
}

function submit(event) {
  event.preventDefault();
  const key = find('access-key').value.trim();
  // Anything else cannot be in a header.
  if (!/^[\x21-\x7e]+$/.test(key)) {
    find('access-problem').textContent = key === '' ? 'Paste an access key.' : 'An access key has neither blanks nor letters beyond ASCII.';
    find('access-key').focus();
    return;
  }
  use(key);
}

function use(key) {
  if (key === null) sessionStorage.removeItem(name);
  else sessionStorage.setItem(name, key);
  find('access').close();
  showWho(null);
  onChange();
}

/** Shows who asks: the name of the access key, once the server has told it. */
export function showWho(keyName) {
  find('who').textContent = accessKey() === null ? 'Without an access key' : keyName === null ? 'With an access key' : `With the access key ${keyName}`;
}
