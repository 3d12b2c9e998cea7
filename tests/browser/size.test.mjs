/*
 * What a page loads, gzipped: as it is served, comments and all, and as a bundler's minifier would at
 * least leave it (comments and indentation gone).  The limits keep it small; they are no promise.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import ts from 'typescript';
import { root } from '../lib/site.mjs';

const JS = join(root, 'deploy/www/js');

/* The text of a module and of all that it imports, by name. */
function graphOf(name, found = new Map()) {
	if (found.has(name)) return found;
	const text = readFileSync(join(JS, name), 'utf8');
	found.set(name, text);
	for (const [, next] of text.matchAll(/^(?:import|\} from) .*?'\.\/(.+?)';$/gm))
		graphOf(next, found);
	return found;
}

const gzipped = (text) => gzipSync(text, { level: 9 }).length;

function bare(text) {
	const { outputText } = ts.transpileModule(text, {
		compilerOptions: { removeComments: true, target: 'es2022', module: 'esnext' },
	});
	return outputText.replace(/^\s+/gm, '');
}

for (const [entry, limit] of Object.entries({
	'sse.js': 4500,
	'notifications.js': 6500,
	'notification-bell.js': 13500,
}))
	test(`the size of ${entry} with all that it needs`, (t) => {
		const texts = [...graphOf(entry).values()];
		const served = texts.reduce((sum, text) => sum + gzipped(text), 0);
		const least = gzipped(texts.map(bare).join(''));
		t.diagnostic(
			`${entry}: ${texts.length} modules, ${served} bytes gzipped as served, ` +
				`${least} without comments and indentation`,
		);
		assert.ok(least <= limit, `${least} bytes, not ${limit}`);
	});
