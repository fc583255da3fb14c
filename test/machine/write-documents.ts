/** `npm run machines`: writes docs/machines.md and docs/machine.schema.json from the machines' files and the schema that checks them. */
import { writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { DOCUMENT, machinesDocument } from './document.js';
import { machineFileSchema, SCHEMA_FILE } from './machine-file-schema.js';

writeFileSync(DOCUMENT, await machinesDocument());
writeFileSync(SCHEMA_FILE, await format(JSON.stringify(machineFileSchema()), { parser: 'json' }));
