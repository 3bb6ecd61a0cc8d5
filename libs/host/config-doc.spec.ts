import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { renderConfigurationDoc } from './config-doc.js';
import { honouredKubeletFields, readers } from './kubelet-configuration.js';

describe('docs/configuration.md', () => {
  it('says what the code reads (npm run docs makes it anew)', () => {
    expect(readFileSync('docs/configuration.md', 'utf8')).toBe(renderConfigurationDoc());
  });

  it('lists every field of KubeletConfiguration that is honoured', () => {
    expect(Object.keys(honouredKubeletFields).sort()).toEqual(Object.keys(readers).sort());
  });
});
