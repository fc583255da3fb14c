/**
 * Makes the pictures of `docs/images/` from a session in a real workbench: `suite/screenshots.ts` debugs the samples there and says
 * when to look.
 *
 *   tsx test/workbench/screenshots.ts
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.js';
import { findWorkbench, runIn } from './run-in.js';
import { newWorkspace, root } from './workspace.js';

const out = join(root, 'out', 'workbench');
const images = join(root, 'docs', 'images');

mkdirSync(images, { recursive: true });
const [workbench] = await Promise.all([findWorkbench(out), bundle(out)]);
await using workspace = await newWorkspace({
  'workbench.colorTheme': 'Default Dark Modern',
  'window.zoomLevel': 0,
  'workbench.layoutControl.enabled': false,
  'editor.fontSize': 13,
  'breadcrumbs.enabled': false,
  'debug.toolBarLocation': 'floating',
  'editor.minimap.enabled': false,
});
process.exitCode = await runIn(workbench, workspace, {
  extension: root,
  script: join(out, 'suite', 'screenshots.cjs'),
  env: { FAULTLINE_WORKBENCH_IMAGES: images },
});
