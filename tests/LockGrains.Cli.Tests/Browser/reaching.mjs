// Stories of how the page is reached: by keys alone, on a phone, by who does not see it, and with very many locks.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { call, operatorKey, readLock, take, until, wait } from './silo.mjs';
import { addressOf, cell, giveKey, rowOf, visit, whenSays } from './view.mjs';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export async function keysAlone(openPage) {
  await take('orders/42', 'alice');
  const page = await openPage();
  await visit(page);
  await page.locator('#access').waitFor();
  await page.keyboard.press('Escape');
  await tabTo(page, '#access-open');
  await page.keyboard.press('Enter');
  await page.keyboard.type(operatorKey);
  await page.keyboard.press('Enter');
  await rowOf(page, 'orders/42').waitFor();

  await tabTo(page, '#locks-rows a');
  await page.keyboard.press('Enter');
  await page.locator('#holders-rows tr').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'lock-title');
  await tabTo(page, '#holders-rows button');

  // The row is read again every other second, and keeps the focus.
  await until(async () => parseInt(await page.locator('#holders-rows td[data-name="Held for"]').innerText(), 10) >= 3, 'row that was read again');
  assert.ok(await page.evaluate(() => document.activeElement.matches('#holders-rows button')));
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  assert.ok(await page.evaluate(() => document.activeElement.matches('#holders-rows button')));
  await page.keyboard.press('Enter');
  await page.keyboard.type('orders/42');
  await page.keyboard.press('Tab');
  await page.keyboard.type('host is gone');
  await tabTo(page, '#release-form button[type=submit]');
  await page.keyboard.press('Enter');
  await whenSays(page.locator('#news'), 'Released by force');
  assert.equal((await readLock('orders/42')).holder, null);
}

export async function narrow(openPage) {
  const key = `orders/${'long-'.repeat(95)}end`;
  await take(key, 'o'.repeat(128));
  await take('orders/42', 'alice');
  await wait(key, 'w'.repeat(128));
  const page = await openPage({ viewport: { width: 360, height: 740 } });
  await visit(page, operatorKey);
  await rowOf(page, 'orders/42').waitFor();
  await assertFits(page, 'list');
  await rowOf(page, key).getByRole('link').click();
  await page.locator('#queue-rows tr').waitFor();
  await assertFits(page, 'lock');
  await page.locator('#holders-rows button').click();
  await page.locator('#release').waitFor();
  await assertFits(page, 'release');
}

export async function accessible(openPage) {
  await take('orders/42', 'alice');
  await wait('orders/42', 'bob');
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  for (const colorScheme of ['light', 'dark']) {
    const page = await openPage({ colorScheme });
    const check = async name => {
      await page.evaluate(axe);
      const { violations, passes } = await page.evaluate(values => axe.run(document, { runOnly: { type: 'tag', values } }), rules);
      assert.ok(passes.length > 10, `${passes.length} rules looked at the ${name}.`);
      assert.deepEqual(violations.map(({ id, nodes }) => `${name}, ${colorScheme}: ${id} at ${nodes.map(node => node.html).join(' ')}`), []);
    };
    await visit(page);
    await page.locator('#access').waitFor();
    await check('access key');
    await giveKey(page, operatorKey);
    await rowOf(page, 'orders/42').waitFor();
    await check('list');
    await rowOf(page, 'orders/42').getByRole('link').click();
    await page.locator('#queue-rows tr').waitFor();
    await check('lock');
    await page.locator('#holders-rows button').click();
    await check('release');
  }
}

// What is there was taken by the test that starts this: 50,000 locks, and 10,000 who wait for the first of them.
export async function veryMany(openPage) {
  const keys = Array.from({ length: 50_000 }, (_, index) => `many/${String(index).padStart(5, '0')}`);
  const page = await openPage();
  await visit(page, operatorKey);
  await whenSays(page.locator('#locks-count'), '50,000 locks, 1 contended. The first 1,000 of 50,000 are shown.');
  assert.equal(await page.locator('#locks-rows tr').count(), 1_000);
  await page.getByRole('button', { name: 'Show 1,000 more' }).click();
  await page.locator('#locks-rows tr').nth(1_999).waitFor();
  assert.deepEqual(await page.locator('#locks-rows a').allInnerTexts(), keys.slice(0, 2_000));

  // A change of one of them comes, and the page is still at hand. Selectors by role and label would take seconds among so many rows.
  await take('many/00000a', 'late');
  await page.locator(`#locks-rows a[href="${addressOf('many/00000a')}"]`).waitFor();
  await whenSays(page.locator('#locks-count'), '50,001 locks');
  await page.locator('#show').selectOption('contended');
  await until(async () => await page.locator('#locks-rows tr').count() === 1, 'list of contended locks alone');
  await whenSays(cell(rowOf(page, keys[0]), 'Waiting'), '10,000');
  await page.locator('#show').selectOption('all');
  await page.locator('#prefix').fill('many/499');
  await whenSays(page.locator('#locks-count'), '100 locks');
  await until(async () => await page.locator('#locks-rows tr').count() === 100, 'list of the prefix alone');

  // The one that 10,000 wait for: the next of them comes.
  await visit(page, null, addressOf(keys[0]));
  await whenSays(page.locator('#lock-why'), '10,000 wait');
  assert.equal(await page.locator('#queue-rows tr').count(), 100);
  const [{ fencingToken }] = (await readLock(keys[0])).holders;
  assert.equal((await call('/revoke', { key: keys[0], fencingToken, reason: 'to see the next one' })).outcome, 'revoked');
  await whenSays(page.locator('#lock-why'), '9,999 wait');
}

async function tabTo(page, selector) {
  await until(async () => {
    if (await page.evaluate(wanted => document.activeElement?.matches(wanted), selector)) return true;
    await page.keyboard.press('Tab');
    return false;
  }, `way to ${selector} by the tabulator`);
}

async function assertFits(page, name) {
  const { scroll, width } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, width: innerWidth }));
  assert.ok(scroll <= width, `The ${name} is ${scroll} wide, in a window of ${width}.`);
}
