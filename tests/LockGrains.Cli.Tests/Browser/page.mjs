// Runs one story over the page of a real silo, in a real browser: node page.mjs STORY. It ends with 0 when all was as it must be.
import { chromium } from 'playwright-core';
import * as looking from './looking.mjs';
import * as operating from './operating.mjs';
import * as reaching from './reaching.mjs';

const story = { ...looking, ...operating, ...reaching }[process.argv[2]];

// Chromium has no sandbox for root.
const browser = await chromium.launch({ executablePath: process.env.LOCKGRAINS_CHROMIUM, chromiumSandbox: false });
const complaints = [];
let exitCode = 0;
try {
  await story(openPage);
  if (complaints.length > 0) throw new Error(`The browser complained: ${complaints.join(' | ')}`);
} catch (error) {
  console.error(error);
  exitCode = 1;
}
await browser.close();

// Those who wait in line have polls that are open.
process.exit(exitCode);

/** A page of a tab of its own. What its scripts throw, and what its policy blocks, fails the story. */
async function openPage(options = {}) {
  const { context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options }) } = options;
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on('pageerror', error => complaints.push(`${error.stack}`));
  page.on('console', message => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
  });
  return page;
}
