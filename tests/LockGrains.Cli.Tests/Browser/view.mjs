// The page, in the words of who looks at it.
import { address } from './silo.mjs';

/** Opens the page with an access key that was pasted into this tab before, or without one. */
export async function visit(page, key, hash = '') {
  if (key) await page.addInitScript(text => sessionStorage.setItem('lockgrains.access-key', text), key);
  await page.goto(`${address}/${hash}`);
}

/** Pastes an access key. */
export async function giveKey(page, key) {
  const dialog = page.getByRole('dialog', { name: 'Access key' });
  if (!await dialog.isVisible()) await page.getByRole('button', { name: 'Access key…' }).click();
  await dialog.getByLabel('Access key, as in').fill(key);
  await dialog.getByRole('button', { name: 'Use it' }).click();
}

/** What the address of a lock's story ends with. */
export const addressOf = key => `#lock=${encodeURIComponent(key)}`;

/** The row of a lock in the list. */
export const rowOf = (page, key) => page.locator('#locks-rows tr').filter({ has: page.getByRole('link', { name: key, exact: true }) });

/** A cell of a row, by the name of its column. */
export const cell = (row, name) => row.locator(`td[data-name="${name}"]`);

/** Completes when a part of the page has a text. */
export const whenSays = (part, text) => part.filter({ hasText: text }).first().waitFor();

/** Completes when there is no such part any more. */
export const whenGone = part => part.first().waitFor({ state: 'detached' });

/** Whether the page shows the present state. */
export const whenLive = page => page.locator('body:not(.stale) #locks-count:not(:empty)').waitFor();
