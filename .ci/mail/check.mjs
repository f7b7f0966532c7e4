// usage: node check.mjs issue.html message.eml
// Judges a digest by other people's tools: html-validate (also in the view of
// classic Outlook), axe-core in Chromium (light, dark, phone), seven layouts
// without sideways scrolling, and a second MIME parser. Exits with 1 on any fault.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { HtmlValidate } from 'html-validate/node';
import { simpleParser } from 'mailparser';

const [htmlFile, emlFile] = process.argv.slice(2);
const html = fs.readFileSync(htmlFile, 'utf8');
const faults = [];

// What mail needs and a page would not do: layout by tables with presentational
// attributes, and inline styles.
const rules = { 'no-deprecated-attr': 'off', 'no-inline-style': 'off', 'attr-quotes': 'off', 'void-style': 'off', 'long-title': 'off', 'no-trailing-whitespace': 'off',
  'prefer-native-element': 'off', 'no-redundant-role': 'off', 'doctype-style': 'off', 'no-implicit-button-type': 'off', 'wcag/h30': 'off', 'prefer-tbody': 'off',
  'no-conditional-comment': 'off' };
const validator = new HtmlValidate({ extends: ['html-validate:recommended'], rules });

// Classic Outlook opens the mso blocks and removes the others.
const outlook = html.replace(/<!--\[if [^\]]*mso[^\]]*\]>/g, '').replace(/<!\[endif\]-->/g, '').replace(/<xml>[\s\S]*?<\/xml>/g, '');
for (const [view, source] of [['html', html], ['outlook', outlook]]) {
  const report = await validator.validateString(source);
  for (const result of report.results) for (const m of result.messages) faults.push(`${view}:${m.line} ${m.ruleId}: ${m.message}`);
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-proxy-server', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
const open = async (width, colorScheme, source) => {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  await page.emulateMedia({ colorScheme });
  await page.route(/^https?:/, route => route.abort());
  await page.setContent(source, { waitUntil: 'domcontentloaded' });
  return page;
};

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
for (const [name, width, scheme] of [['light', 680, 'light'], ['dark', 680, 'dark'], ['phone', 375, 'light'], ['phone dark', 375, 'dark']]) {
  const page = await open(width, scheme, html);
  await page.evaluate(axe);
  const result = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    rules: { 'landmark-one-main': { enabled: false }, region: { enabled: false } } }));
  for (const v of result.violations) faults.push(`axe ${name}: ${v.id}: ${v.nodes[0].html.slice(0, 120)}`);
  await page.close();
}

const layouts = [['desktop', 600, 'light', html], ['phone', 375, 'light', html], ['narrow', 320, 'light', html], ['dark', 375, 'dark', html],
  ['images off', 320, 'light', html.replace(/ src="[^"]*"/g, '')], ['no style', 375, 'light', html.replace(/<style[\s\S]*?<\/style>/g, '')],
  ['rtl', 375, 'light', html.replace(/dir="ltr"/g, 'dir="rtl"')]];
for (const [name, width, scheme, source] of layouts) {
  const page = await open(width, scheme, source);
  const [scroll, client] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  if (scroll > client) faults.push(`layout ${name}: ${scroll} px wide in ${client}`);
  await page.close();
}
await browser.close();

const mail = await simpleParser(fs.readFileSync(emlFile));
if (!mail.subject || !mail.text || !mail.html || !mail.headers.get('list')?.unsubscribe?.url) faults.push('mailparser: subject, text, html or List-Unsubscribe is missing');
if (Buffer.byteLength(html) > 100_000) faults.push(`html of ${Buffer.byteLength(html)} bytes is clipped by Gmail`);

for (const fault of faults) console.error(fault);
console.log(`mail checks: ${faults.length} faults, ${Buffer.byteLength(html)} bytes of HTML`);
process.exit(faults.length ? 1 : 0);
