// The types of the client, by the TypeScript compiler at its strictest.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../lib/site.mjs';

const TSC = join(root, 'tests/node_modules/typescript/bin/tsc');

test('the types say what a site in TypeScript may write', () => {
	const project = join(root, 'tests/browser/types');
	const compiler = spawnSync(process.execPath, [TSC, '-p', project], { encoding: 'utf8' });
	assert.equal(compiler.stdout, '');
	assert.equal(compiler.status, 0);
});
