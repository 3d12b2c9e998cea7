// The database refuses, waits or forgets: locks beyond every time limit, a
// full disk, and a log that is trimmed under the readers.

import { STATEMENT_TIMEOUT_MS } from '../scene.mjs';

const AWAY_MS = 500;
const beyondLimit = [STATEMENT_TIMEOUT_MS + 200, STATEMENT_TIMEOUT_MS + 800];

// The lock is held by a transaction of ours until it is healed.
const lock = (name, heldMs, statement) => ({
	name,
	heldMs,
	make: async ({ scene, random }) => {
		const client = await scene.site.connect();
		await client.query("set lock_timeout = '3s'");
		await client.query('begin');
		await client.query(...statement(scene, random));
		return client;
	},
	heal: async (_, client) => {
		await client.query('rollback').catch(() => {});
		await client.end().catch(() => {});
	},
});

// Everything that is committed by now goes, the archive keeps it.  Some people
// are away meanwhile and have missed something.
async function trim({ scene, random, readers }) {
	const client = await scene.site.connect();
	try {
		for (const reader of readers.filter(() => random.chance(0.4)))
			reader.comeAgain(AWAY_MS);
		await client.query("insert into pgbell.notification (user_id, kind) select unnest($1::text[]), 'missed'",
			[scene.people.map(({ id }) => id)]);
		await trimAll(scene, client);
	} finally {
		await client.end().catch(() => {});
	}
}

async function trimAll(scene, client) {
	const at = Date.now();
	await client.query('begin');
	await client.query("select pgbell.trim('0 s', 1000000)");
	const { rows } = await client.query(`select address, max(seq)::float8 as seq from fault.archive
		where xmin::text = pg_current_xact_id()::xid::text group by address`);
	// Noted before the commit: a reset may be told before we hear of it.
	scene.trims.push({ at, upTo: new Map(rows.map(({ address, seq }) => [address, seq])) });
	await client.query('commit');
}

export default [
	lock("people's inbox rows are locked beyond the writers' time limit", [800, 1_500],
		(scene) => ['select from pgbell.inbox where address <> $1 for update', [scene.probed.id]]),
	lock('the log is locked beyond the statement time limit', beyondLimit,
		() => ['lock table pgbell.event in access exclusive mode']),
	// Which each read looks at, and no writer: there is something to read that cannot be read.
	{
		...lock('the sessions are locked beyond the statement time limit', beyondLimit,
			() => ['lock table pgbell.session in access exclusive mode']),
		isTelling: true,
		isQuiet: true,
	},
	{
		name: 'the disk of the log is full',
		needsDisk: true,
		heldMs: [500, 1_500],
		make: ({ scene }) => scene.disk.fill(),
		heal: ({ scene }) => scene.disk.empty(),
	},
	{ name: 'the log is trimmed', isTelling: true, make: trim },
];
