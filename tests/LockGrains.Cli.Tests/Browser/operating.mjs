// Stories of who frees a lock.
import assert from 'node:assert/strict';
import { call, operatorKey, readLock, take, until, wait } from './silo.mjs';
import { rowOf, visit, whenSays } from './view.mjs';

export async function forceRelease(openPage) {
  const alice = await take('orders/42', 'alice');
  await wait('orders/42', 'bob');
  const page = await openPage();
  await visit(page, operatorKey, '#lock=orders%2F42');
  const dialog = await openDialog(page);
  await whenSays(dialog, `from alice, who holds it with token ${alice.fencingToken}`);
  await whenSays(dialog, 'The first in line is bob');

  // Neither a wrong key nor no reason frees anything.
  const press = () => dialog.getByRole('button', { name: 'Release by force' }).click();
  await dialog.getByLabel('Type the key').fill('orders/4');
  await press();
  await whenSays(dialog, 'That is not the key of this lock.');
  await dialog.getByLabel('Type the key').fill('orders/42');
  await press();
  await whenSays(dialog, 'Give a reason.');
  assert.equal((await readLock('orders/42')).holder.owner, 'alice');
  await dialog.getByLabel('Reason').fill('host is gone');
  await press();
  await whenSays(page.locator('#news'), `Released by force: the hold of alice, token ${alice.fencingToken}.`);
  await whenSays(page.locator('#holders-rows'), 'bob');
  assert.equal(await dialog.isVisible(), false);
}

export async function twoTabs(openPage) {
  await take('orders/42', 'alice');
  await wait('orders/42', 'bob');
  const pages = [await openPage()];
  pages.push(await openPage({ context: pages[0].context() }));
  const dialogs = [];
  for (const page of pages) {
    await visit(page, operatorKey, '#lock=orders%2F42');
    const dialog = await openDialog(page);
    await dialog.getByLabel('Type the key').fill('orders/42');
    await dialog.getByLabel('Reason').fill('host is gone');
    dialogs.push(dialog);
  }

  // Both have pressed before either is told; the second's request is on its way until the first has done it.
  let goOn;
  const done = new Promise(resolve => { goOn = resolve; });
  await pages[1].route('**/v1/revoke', async route => {
    await done;
    await route.continue();
  });
  for (const dialog of dialogs.toReversed()) await releaseButton(dialog).click();
  await whenSays(pages[0].locator('#news'), 'Released by force');
  goOn();

  // One of them did it, the other is told, and the next holder is hit by neither.
  await whenSays(dialogs[1], 'Nothing was done: this hold is over already.');
  assert.equal(await releaseButton(dialogs[1]).isDisabled(), true);
  await until(async () => (await readLock('orders/42')).holder?.owner === 'bob', 'hold of the next in line');
}

export async function dialogOfAHoldThatEnds(openPage) {
  const alice = await take('orders/42', 'alice');
  const page = await openPage();
  await visit(page, operatorKey, '#lock=orders%2F42');
  const dialog = await openDialog(page);
  await whenSays(dialog, 'nobody waits for it');
  await call('/release', { key: alice.key, leaseId: alice.leaseId });
  await whenSays(dialog, 'This hold is over already.');
  assert.equal(await releaseButton(dialog).isDisabled(), true);
  assert.equal(await dialog.getByText('takes the lock').count(), 0);

  // Its successor is not offered, also not to who presses Enter.
  await take('orders/42', 'carol');
  await whenSays(page.locator('#holders-rows'), 'carol');
  await dialog.getByLabel('Type the key').fill('orders/42');
  await dialog.getByLabel('Reason').fill('too late');
  await dialog.getByLabel('Reason').press('Enter');
  assert.equal(await releaseButton(dialog).isDisabled(), true);
  assert.equal((await readLock('orders/42')).holder.owner, 'carol');

  // Who opens it anew is asked about the hold of now.
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await openDialog(page);
  await whenSays(dialog, 'This takes the lock orders/42 from carol');
  assert.equal(await releaseButton(dialog).isEnabled(), true);
}

/** Without an access key, where the silo lets programs of this machine read: they may look, and not revoke. */
export async function withoutAKey(openPage) {
  await take('orders/42', 'alice');
  const page = await openPage();
  await visit(page);
  await rowOf(page, 'orders/42').getByRole('link').click();
  const dialog = await openDialog(page);
  await whenSays(dialog, 'You have given no access key.');
  await dialog.getByLabel('Type the key').fill('orders/42');
  await dialog.getByLabel('Reason').fill('host is gone');
  await dialog.getByRole('button', { name: 'Release by force' }).click();
  await whenSays(dialog, 'Nothing was done. Without an access key nobody may revoke.');
  assert.equal((await readLock('orders/42')).holder.owner, 'alice');
}

const releaseButton = dialog => dialog.getByRole('button', { name: 'Release by force' });

async function openDialog(page) {
  await page.locator('#holders-rows').getByRole('button', { name: 'Release by force' }).first().click();
  return page.getByRole('dialog', { name: 'Release by force' });
}
