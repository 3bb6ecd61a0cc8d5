import { writeFileSync } from 'node:fs';
import { renderEventsDoc } from '#contracts/events/catalogue-doc.js';
import { renderConfigurationDoc } from '#host/config-doc.js';
import { renderFieldsDoc } from '#kubernetes/schema/fields-doc.js';

// Run from the repository's root, compiled: `npm run docs`.
writeFileSync('docs/events.md', renderEventsDoc());
writeFileSync('docs/fields.md', renderFieldsDoc());
writeFileSync('docs/configuration.md', renderConfigurationDoc());
