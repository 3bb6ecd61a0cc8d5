import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { catalogue } from './catalogue.js';
import { renderEventsDoc } from './catalogue-doc.js';

describe('docs/events.md', () => {
  it('SYS-12 is what the catalogue says today (`npm run docs` writes it)', () => {
    const path = new URL('../../../docs/events.md', import.meta.url);
    expect(readFileSync(path, 'utf8')).toBe(renderEventsDoc());
  });

  it('SYS-12 names every event and every field', () => {
    const doc = renderEventsDoc();
    for (const [type, { fields }] of Object.entries(catalogue)) {
      const section = doc.split(`### ${type}\n`)[1]?.split('\n### ')[0] ?? '';
      for (const field of Object.keys(fields)) expect(section).toContain(`| \`${field}\` |`);
    }
  });
});
