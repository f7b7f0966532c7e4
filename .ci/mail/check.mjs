// usage: node check.mjs (message.eml | issue.html | what is none of both, and passed over)…
// Judges digests by other people's tools: html-validate (also in the view of
// classic Outlook), axe-core in Chromium (light, dark, phone), seven layouts
// without sideways scrolling, and a MIME parser, which must find in a message what
// lies beside it in files of its name. Exits with 1 on any fault.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { HtmlValidate } from 'html-validate/node';
import { simpleParser } from 'mailparser';

const emlFiles = process.argv.slice(2).filter(name => name.endsWith('.eml'));
const htmlFiles = process.argv.slice(2).filter(name => name.endsWith('.html'));
const faults = [];

// What mail needs and a page would not do: layout by tables with presentational
// attributes, and inline styles.
const rules = { 'no-deprecated-attr': 'off', 'no-inline-style': 'off', 'attr-quotes': 'off', 'void-style': 'off', 'long-title': 'off', 'no-trailing-whitespace': 'off',
  'prefer-native-element': 'off', 'no-redundant-role': 'off', 'doctype-style': 'off', 'no-implicit-button-type': 'off', 'wcag/h30': 'off', 'prefer-tbody': 'off',
  'no-conditional-comment': 'off' };
const validator = new HtmlValidate({ extends: ['html-validate:recommended'], rules });

// Classic Outlook opens the mso blocks and removes the others.
const asOutlook = html => html.replace(/<!--\[if !mso\]><!-->[\s\S]*?<!--<!\[endif\]-->/g, '').replace(/<!--\[if [^\]]*mso[^\]]*\]>/g, '').replace(/<!\[endif\]-->/g, '').replace(/<xml>[\s\S]*?<\/xml>/g, '');
const validate = async (html, fault) => {
  for (const [view, source] of [['html', html], ['outlook', asOutlook(html)]]) {
    const report = await validator.validateString(source);
    for (const result of report.results) for (const m of result.messages) fault(`${view}:${m.line} ${m.ruleId}: ${m.message}`);
  }
  if (Buffer.byteLength(html) > 100_000) fault(`html of ${Buffer.byteLength(html)} bytes is clipped by Gmail`);
};

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-proxy-server', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const page = await browser.newPage();
await page.route(/^https?:/, route => route.abort());
const show = async (width, colorScheme, source) => {
  await page.setViewportSize({ width, height: 900 });
  await page.emulateMedia({ colorScheme });
  await page.setContent(source, { waitUntil: 'domcontentloaded' });
};

const accessible = async (html, fault) => {
  for (const [name, width, scheme] of [['light', 680, 'light'], ['dark', 680, 'dark'], ['phone', 375, 'light'], ['phone dark', 375, 'dark']]) {
    await show(width, scheme, html);
    await page.evaluate(axe);
    const result = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      rules: { 'landmark-one-main': { enabled: false }, region: { enabled: false } } }));
    for (const v of result.violations) fault(`axe ${name}: ${v.id}: ${v.nodes[0].html.slice(0, 120)}`);
  }
};

const fits = async (html, fault) => {
  const layouts = [['desktop', 600, 'light', html], ['phone', 375, 'light', html], ['narrow', 320, 'light', html], ['dark', 375, 'dark', html],
    ['images off', 320, 'light', html.replace(/ src="[^"]*"/g, '')], ['no style', 375, 'light', html.replace(/<style[\s\S]*?<\/style>/g, '')],
    ['rtl', 375, 'light', html.replace(/dir="ltr"/g, 'dir="rtl"')]];
  for (const [name, width, scheme, source] of layouts) {
    await show(width, scheme, source);
    const [scroll, client] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    if (scroll > client) fault(`layout ${name}: ${scroll} px wide in ${client}`);
  }
};

for (const file of htmlFiles) {
  const html = fs.readFileSync(file, 'utf8');
  const fault = what => faults.push(`${file}: ${what}`);
  await validate(html, fault);
  await accessible(html, fault);
  await fits(html, fault);
}
await browser.close();

const lf = text => text.replace(/\r\n/g, '\n');
for (const file of emlFiles) {
  const mail = await simpleParser(fs.readFileSync(file), { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true });
  if (!mail.subject || !mail.text || !mail.html || !mail.headers.get('list')?.unsubscribe?.url) faults.push(`${file}: mailparser: subject, text, html or List-Unsubscribe is missing`);
  for (const [kind, found] of [['.html', mail.html], ['.txt', mail.text]]) {
    const beside = file.replace(/\.eml$/, kind);
    if (fs.existsSync(beside) && lf(found) !== fs.readFileSync(beside, 'utf8')) faults.push(`${file}: mailparser: not what ${kind} has`);
  }
}
for (const fault of faults) console.error(fault);
console.log(`mail checks: ${faults.length} faults in ${htmlFiles.length} issues and ${emlFiles.length} messages`);
process.exit(faults.length ? 1 : 0);
