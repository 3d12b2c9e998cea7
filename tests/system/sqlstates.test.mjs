// Which errors stand in everybody's way is said in C and in SQL, each for its own use: the three lists agree.

import assert from 'node:assert';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../lib/site.mjs';

// The quoted words of a list, sorted.
async function readList(path, pattern) {
	const [, list] = pattern.exec(await readFile(join(root, path), 'utf8')) ?? [];
	assert.ok(list, `${path} has such a list`);
	return [...list.matchAll(/['"](\w+)['"]/g)].map(([, code]) => code).sort();
}

test('an error is of a token for the worker where it is for SQL, and what is of all is of no token', async () => {
	const ofNoToken = await readList('cgi/api/sqlstate.c', /others\[\] = \{([^}]*)\}/);
	const identify = await readList('sql/functions/session/identify.sql', /left\(sqlstate, 2\) in \(([^)]*)\)/);
	const ofAll = await readList('sql/functions/log/concerns_all.sql', /left\(state, 2\) in \(([^)]*)\)/);
	assert.deepEqual(ofNoToken.filter((code) => code !== 'PB401'), identify);
	// What is missing, or forbidden, is the installation's fault for a token, and one row's for a trigger.
	assert.deepEqual(identify.filter((code) => !['0A', '3F', '42'].includes(code)), ofAll);
});
