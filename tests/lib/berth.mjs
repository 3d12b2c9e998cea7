// A listener that sleeps, as those of pgbell-stream do at rest: for as long as the
// connection lives, each commit rings, whether the site's own stream is awake or not.

import assert from 'node:assert';

export async function sleepIn(client) {
	const { rowCount } = await client.query('select from generate_series(1, 4) n where pg_try_advisory_lock(pgbell.bell_lock(), n) limit 1');
	assert.equal(rowCount, 1, 'a berth is to be had');
}
