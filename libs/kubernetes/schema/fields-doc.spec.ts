import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { renderFieldsDoc } from './fields-doc.js';

describe('docs/fields.md', () => {
  it('is what the schema says today (`npm run docs` writes it)', () => {
    const path = new URL('../../../docs/fields.md', import.meta.url);
    expect(readFileSync(path, 'utf8')).toBe(renderFieldsDoc());
  });

  it('lists fields at every depth', () => {
    const doc = renderFieldsDoc();
    expect(doc).toContain('| `spec.containers[].env[].value` | string | honoured |  |');
    expect(doc).toContain(
      '| `spec.initContainers[]` | []Container | **refused** | podbus does not run init containers yet |',
    );
    expect(doc).toContain('| `metadata.uid` | string | set by podbus |  |');
  });
});
