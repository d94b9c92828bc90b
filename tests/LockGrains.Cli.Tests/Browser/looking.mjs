// Stories of who looks at the page.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { call, operatorKey, release, take, tell, until, wait } from './silo.mjs';
import { cell, giveKey, rowOf, visit, whenGone, whenLive, whenSays } from './view.mjs';

export async function listAndLock(openPage) {
  const alice = await take('orders/42', 'alice');
  await take('reports/nightly', 'rita');
  await wait('orders/42', 'bob');
  const page = await openPage();
  await visit(page, operatorKey);
  const row = rowOf(page, 'orders/42');
  await whenSays(cell(row, 'Holder'), 'alice');
  await whenSays(cell(row, 'Waiting'), '1');
  await whenSays(cell(row, 'Token'), `${alice.fencingToken}`);
  await whenSays(page.locator('#locks-count'), '2 locks, 1 contended');
  await whenSays(page.locator('#silo-count'), '1 silo');

  // What changes hands, what comes and what goes is shown without a reload.
  await release(alice);
  await whenSays(cell(row, 'Holder'), 'bob');
  await whenSays(cell(row, 'Waiting'), '0');
  const comer = await take('orders/7', 'carol');
  await rowOf(page, 'orders/7').waitFor();
  await release(comer);
  await whenGone(rowOf(page, 'orders/7'));

  await page.getByLabel('Keys that begin with').fill('orders/');
  await whenGone(rowOf(page, 'reports/nightly'));
  await row.waitFor();
  await page.getByLabel('Show').selectOption('contended');
  await whenGone(row);
  await wait('orders/42', 'dora');
  await row.waitFor();

  await row.getByRole('link').click();
  await page.getByRole('heading', { name: 'orders/42' }).waitFor();
  await whenSays(cell(page.locator('#holders-rows tr'), 'Holder'), 'bob');
  await whenSays(page.locator('#queue-rows tr'), 'dora');
  await wait('orders/42', 'emil');
  await whenSays(page.locator('#queue-rows tr').nth(1), 'emil');
  await whenSays(page.locator('#recent-rows'), 'bob was granted the lock');

  // The list is there once, and what is over meanwhile is not in it.
  await page.getByLabel('Keys that begin with').waitFor({ state: 'hidden' });
  const over = await take('orders/9', 'zoe');
  await page.getByRole('link', { name: 'All locks' }).click();
  await page.getByLabel('Show').selectOption('all');
  await rowOf(page, 'orders/9').waitFor();
  await rowOf(page, 'orders/42').getByRole('link').click();
  await page.getByRole('heading', { name: 'orders/42' }).waitFor();
  await release(over);
  await page.getByRole('link', { name: 'All locks' }).click();
  await whenSays(page.locator('#locks-count'), '1 lock, 1 contended');
  assert.deepEqual(await page.locator('#locks-rows td[data-name="Key"]').allInnerTexts(), ['orders/42']);
  assert.equal(await page.getByLabel('Keys that begin with').inputValue(), 'orders/');
}

export async function leaseTicks(openPage) {
  const hold = await take('ticks', 'alice', { leaseSeconds: 30 });
  const page = await openPage();

  // The page counts durations: a browser whose clock is a day off shows the same.
  await page.addInitScript(() => { Date.now = () => 0; });
  await visit(page, operatorKey);
  const left = cell(rowOf(page, 'ticks'), 'Lease left');
  const seconds = async () => parseInt(await left.innerText(), 10);
  await until(async () => await seconds() < 28, 'time that passes');
  await until(async () => {
    await call('/renew', { key: hold.key, leaseId: hold.leaseId });
    return await seconds() > 28;
  }, 'renewal that is shown');
  await until(async () => parseInt(await cell(rowOf(page, 'ticks'), 'Held for').innerText(), 10) >= 3, 'time that it was held for');
}

export async function hostileTexts(openPage) {
  const owner = '<img src=x onerror="document.title=\'hacked\'"><b>bold</b>\u202Egnp.exe';
  const key = '<script>document.title="hacked"</script>/\u202E\u200B\u3164key';
  const hold = await take(key, owner);
  await call('/value', { key, leaseId: hold.leaseId, ifVersion: 0, value: { text: 'a\u0000\u001B[31m\n<i>i</i>' } });
  const page = await openPage();
  await visit(page, operatorKey);
  await whenSays(page.locator('#locks-rows'), '<img src=x onerror="document.title=\'hacked\'"><b>bold</b>⟨U+202E⟩gnp.exe');
  await whenSays(page.locator('#locks-rows'), '<script>document.title="hacked"</script>/⟨U+202E⟩⟨U+200B⟩⟨U+3164⟩key');
  await page.locator('#locks-rows a').click();
  await whenSays(page.locator('#lock-facts'), 'a⟨U+0000⟩⟨U+001B⟩[31m⟨U+000A⟩<i>i</i>');
  assert.equal(await page.locator('main img, main b, main i, main script').count(), 0);
  assert.equal(await page.title(), '<script>document.title="hacked"</script>/⟨U+202E⟩⟨U+200B⟩⟨U+3164⟩key – LockGrains');
  assert.ok(await page.locator('#holders-rows bdi').count() > 0);
}

export async function sessionOfALock(openPage) {
  const session = { session: crypto.randomUUID(), leaseId: crypto.randomUUID() };
  const { sessionToken } = await call('/session/open', { ...session, owner: 'batch-7', leaseSeconds: 300, metadata: { text: 'host 7' } });
  await take('under/session', 'batch-7', { session: session.session, sessionToken });
  const page = await openPage();
  await visit(page, operatorKey, '#lock=under%2Fsession');
  await page.locator('#holders-rows').getByRole('link', { name: session.session }).click();
  await whenSays(page.locator('#session-facts'), 'batch-7');
  await whenSays(page.locator('#session-facts'), 'host 7');
  await call('/session/close', session);
  await whenSays(page.locator('#session-facts'), 'there is none, or it is over');
  await page.getByRole('link', { name: 'Back to the lock' }).click();

  // The lock asks after the session when somebody else wants it.
  await wait('under/session', 'carol');
  await whenSays(page.locator('#holders-rows'), 'carol');
}

export async function outage(openPage) {
  await take('before/outage', 'alice');
  const page = await openPage();
  await visit(page, operatorKey);
  await rowOf(page, 'before/outage').waitFor();
  await tell('kill the silo');

  // What was shown stays, and nobody can take it for the present state.
  await whenSays(page.locator('#connection-text'), 'Not connected');
  await page.locator('body.stale').waitFor();
  await rowOf(page, 'before/outage').waitFor();
  const ticking = await cell(rowOf(page, 'before/outage'), 'Held for').innerText();
  await until(async () => /lost ([2-9]|\d\d+) s/.test(await page.locator('#connection-retry').innerText()), 'time since the loss');
  assert.equal(await cell(rowOf(page, 'before/outage'), 'Held for').innerText(), ticking);
  await tell('start the silo');
  await take('after/outage', 'bob');
  await rowOf(page, 'after/outage').waitFor();
  await whenLive(page);
  assert.equal(await page.locator('#connection').isVisible(), false);
}

/** Pictures for the documents, of locks as an order system would have them. */
export async function pictures(openPage) {
  await fillForPictures();
  const folder = process.env.LOCKGRAINS_PICTURES;
  const light = await openPage({ viewport: { width: 1280, height: 620 }, colorScheme: 'light' });
  await visit(light, operatorKey);
  await whenSays(light.locator('#locks-count'), '7 locks');
  await draw(light, join(folder, 'page.png'));
  await rowOf(light, 'orders/42').getByRole('link').click();
  await whenSays(light.locator('#queue-rows'), 'billing/worker-2');
  await light.setViewportSize({ width: 1280, height: 740 });
  await draw(light, join(folder, 'page-lock.png'));
  await light.getByRole('button', { name: 'Release by force' }).click();
  await draw(light, join(folder, 'page-release.png'));
  const dark = await openPage({ viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
  await visit(dark, operatorKey);
  await whenSays(dark.locator('#locks-count'), '7 locks');
  await draw(dark, join(folder, 'page-dark.png'));
}

async function fillForPictures() {
  await take('orders/42', 'billing/worker-1', { leaseSeconds: 60 });
  await take('orders/43', 'billing/worker-4', { leaseSeconds: 60 });
  await take('reports/nightly', 'cron@host-3', { leaseSeconds: 120 });
  await take('scheduler', 'leader@host-1', { leaseSeconds: 30 });
  await take('exports', 'export/1', { mode: 'shared', permits: 1, limit: 3 });
  await take('exports', 'export/2', { mode: 'shared', permits: 1, limit: 3 });
  await take('search-index', 'reader@host-2', { mode: 'shared' });
  await take('deploy/prod', 'build-7/deploy/4711', { leaseSeconds: 45 });
  await wait('orders/42', 'billing/worker-3');
  await wait('orders/42', 'billing/worker-2');
  await wait('deploy/prod', 'build-9/deploy/962');
}

async function draw(page, path) {
  await page.evaluate(() => document.fonts.ready);
  await writeFile(path, await page.screenshot());
  assert.ok((await readFile(path)).length < 150 * 1024, `${path} is too large for the documents.`);
}

export async function accessKeys(openPage) {
  await take('orders/42', 'alice');
  const page = await openPage();
  await visit(page);
  const dialog = page.getByRole('dialog', { name: 'Access key' });
  await whenSays(dialog, 'This server asks everybody for an access key.');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await whenSays(page.locator('#closed'), 'Nothing is shown without an access key');
  assert.equal(await page.locator('#locks-rows tr').count(), 0);

  await giveKey(page, 'lg_not-a-key');
  await whenSays(dialog, 'The access key is not known.');
  await giveKey(page, 'two words');
  await whenSays(dialog, 'neither blanks');
  await giveKey(page, operatorKey);
  await rowOf(page, 'orders/42').waitFor();
  await whenSays(page.locator('#who'), 'With the access key operator');
  assert.equal(await page.evaluate(key => location.href.includes(key) || document.documentElement.outerHTML.includes(key), operatorKey), false);

  // It stays for a reload, and for this tab alone.
  await page.reload();
  await rowOf(page, 'orders/42').waitFor();
  const other = await openPage({ context: page.context() });
  await visit(other);
  await whenSays(other.getByRole('dialog', { name: 'Access key' }), 'This server asks everybody for an access key.');
  await page.getByRole('button', { name: 'Access key…' }).click();
  await dialog.getByRole('button', { name: 'Use none' }).click();
  await whenSays(dialog, 'This server asks everybody for an access key.');
}
