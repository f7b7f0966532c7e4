// usage: node pages.mjs page.html…
// Judges readers' pages by other people's tools: html-validate, axe-core in Chromium
// with every rule (light, dark, desktop, phone), and no sideways scrolling down to
// 320 px. Exits with 1 on any fault.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { HtmlValidate } from 'html-validate/node';

const faults = [];
const validator = new HtmlValidate({ extends: ['html-validate:recommended'],
  rules: { 'void-style': 'off', 'long-title': 'off', 'no-trailing-whitespace': 'off', 'attr-quotes': 'off', 'no-inline-style': 'error', 'prefer-native-element': 'off', 'form-dup-name': ['error', { shared: ['radio', 'checkbox', 'submit', 'button', 'reset'] }] } });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-proxy-server', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const page = await browser.newPage();
await page.route(/^https?:/, route => route.abort());

for (const file of process.argv.slice(2)) {
  const html = fs.readFileSync(file, 'utf8');
  const fault = what => faults.push(`${file}: ${what}`);
  for (const result of (await validator.validateString(html)).results) for (const m of result.messages) fault(`html:${m.line} ${m.ruleId}: ${m.message}`);
  for (const [width, colorScheme] of [[1200, 'light'], [1200, 'dark'], [375, 'light'], [375, 'dark'], [320, 'light']]) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    await page.setContent(html, { waitUntil: 'domcontentloaded' });
    const [scroll, client] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    if (scroll > client) fault(`layout ${width}: ${scroll} px wide`);
    if (width === 320) continue;
    await page.evaluate(axe);
    const result = await page.evaluate(() => axe.run(document));
    for (const v of result.violations) fault(`axe ${width} ${colorScheme}: ${v.id}: ${v.nodes[0].html.slice(0, 160)}`);
  }
}
await browser.close();
for (const fault of faults) console.error(fault);
console.log(`page checks: ${faults.length} faults in ${process.argv.length - 2} pages`);
process.exit(faults.length ? 1 : 0);
