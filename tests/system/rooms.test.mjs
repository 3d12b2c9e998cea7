// The folders of the house are built upon one another: deploy/dev/check-rooms.

import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { root } from '../lib/site.mjs';

const run = promisify(execFile);
const check = (directory) => run(join(root, 'deploy/dev/check-rooms'), { cwd: directory }).then(() => '', ({ stderr }) => stderr);

// What is said of a house in which there are these files, { path: text }.
async function checkHouse(files) {
	const house = await mkdtemp(join(tmpdir(), 'pgbell-rooms-'));
	const sound = {
		'sql/install.sql': '\\ir functions/bell/ring.sql\n\\ir functions/inbox/notify.sql\n', 'sql/qa/install.sql': '',
		'sql/functions/bell/ring.sql': 'select 1', 'sql/functions/inbox/notify.sql': 'select pgbell.ring()',
		'common/log.h': '', 'cgi/stream/wire/peer.h': '#include "common/log.h"\n', 'cgi/stream/audience/hub.h': '#include "cgi/stream/wire/peer.h"\n',
	};
	try {
		for (const [path, text] of Object.entries({ ...sound, ...files })) {
			await mkdir(dirname(join(house, path)), { recursive: true });
			await writeFile(join(house, path), text);
		}
		return await check(house);
	} finally {
		await rm(house, { recursive: true });
	}
}

test('no_file_of_ours_needs_one_of_a_later_folder', async () => assert.equal(await check(root), ''));

test('an_include_that_runs_back_is_named', async () => {
	assert.equal(await checkHouse({}), '');
	assert.match(await checkHouse({ 'cgi/stream/wire/peer.c': '#include "cgi/stream/audience/hub.h"\n' }), /^cgi\/stream\/wire\/peer\.c: cgi\/stream\/audience\/hub\.h is not below/);
	assert.match(await checkHouse({ 'common/log.c': '# include "cgi/stream/wire/peer.h"\n' }), /^common\/log\.c: /);
	assert.match(await checkHouse({ 'cgi/api/worker.c': '#include "cgi/stream/wire/peer.h"\n' }), /^cgi\/api\/worker\.c: /);
});

test('a_circle_within_a_folder_is_named_by_all_who_are_in_it', async () =>
	assert.match(await checkHouse({
		'common/a.h': '#include "common/b.h"\n', 'common/b.c': '#include "common/c.h"\n', 'common/b.h': '',
		'common/c.h': '#include "common/a.h"\n', 'common/d.h': '#include "common/a.h"\n',
	}), /^a circle: common\/a → common\/b → common\/c → common\/a\n$/));

test('a_function_that_calls_one_of_a_later_folder_is_named_and_one_that_nobody_installs', async () => {
	assert.match(await checkHouse({ 'sql/functions/bell/ring.sql': 'select pgbell.notify (1) -- pgbell.ring()' }), /^sql\/functions\/bell\/ring\.sql: pgbell\.notify\(\) is of a later folder\n$/);
	assert.match(await checkHouse({ 'sql/functions/bell/wake_streams.sql': 'select 1' }), /^sql\/functions\/bell\/wake_streams\.sql: sql\/install\.sql does not name it\n$/);
	assert.equal(await checkHouse({ 'sql/functions/bell/ring.sql': 'select 1 -- pgbell.notify(1)' }), '');
});
