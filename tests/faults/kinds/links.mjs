// Links and doorbells: cut, half-open, deaf, double, forged.

import assert from 'node:assert';
import { CANARY_S, STREAMS } from '../scene.mjs';
import { until } from '../wait.mjs';

const CATCH_UP_MS = 20_000;
const proxyOf = { listener: (scene) => scene.listenerProxy, reader: (scene) => scene.readerProxy };

const cut = (name) => ({
	name: `the ${name} links are cut`,
	make: ({ scene }) => proxyOf[name](scene).cut(),
});

const swallow = (name, isSlow) => ({
	name: `the ${name} links are half-open`,
	isTelling: !isSlow,
	healsItself: true,
	isSlow,
	make: ({ scene }) => proxyOf[name](scene).swallow(),
	heal: ({ scene }) => proxyOf[name](scene).cutSwallowed(),
});

// What was under way is neither answered nor refused; then the link breaks.
// In silence, so that it is the probe's doorbell or read that is lost.
const swallowAndCut = (name) => ({
	name: `the ${name} links swallow, then break`,
	heldMs: [150, 600],
	isTelling: true,
	isQuiet: true,
	make: ({ scene }) => proxyOf[name](scene).swallow(),
	heal: ({ scene }) => proxyOf[name](scene).cutSwallowed(),
});

async function forge({ scene, random }) {
	const forger = await scene.site.connect({ user: 'forger' });
	const ids = [...scene.people.map(({ id }) => id), 'probe'];
	const payloads = ['', ' ', '  ', 'nobody', 'x'.repeat(7000), '\t\r\n', ' canary 1 0123456789abcdef', `${ids.join(' ')}`,
		`${ids[0]}  ${ids[1]}`, `${ids[0]} `.repeat(300), 'söme\u0301body', "'; drop schema pgbell; --"];
	try {
		for (let i = 0; i < 200; i++)
			await forger.query('select pg_notify($1, $2)', ['pgbell', random.chance(0.5) ? random.pick(payloads) : random.pick(ids)]);
	} catch {
		// the database went away
	} finally {
		await forger.end().catch(() => {});
	}
}

// More than the buffers on the way to a client hold.
async function flood({ scene, random, readers }) {
	const person = random.pick(scene.people);
	const slow = readers.filter((reader) => reader.person === person);
	for (const reader of slow)
		reader.pause();
	await scene.site.sql(`insert into pgbell.notification (user_id, kind, data)
		select $1, 'flood', jsonb_build_object('text', repeat('x', 20000)) from generate_series(1, 150)`, [person.id]);
	const [{ seq }] = await scene.site.sql('select seq::float8 from pgbell.inbox where address = $1', [person.id]);
	return { slow, seq };
}

export default [
	cut('listener'), cut('reader'), swallow('listener', false), swallow('reader', true),
	swallowAndCut('listener'), swallowAndCut('reader'),
	{
		name: 'the links of some clients are half-open',
		make: ({ random, readers }) => readers.filter(() => random.chance(0.3)).forEach((reader) => reader.swallow()),
	},
	{
		// In silence, so that what waits for them is not made good by a further event.
		name: 'some clients do not read while much is written',
		heldMs: [300, 1_500],
		isTelling: true,
		isQuiet: true,
		make: flood,
		heal: (_, { slow }) => slow.forEach((reader) => reader.resume()),
		hasStruck: async (_, { slow, seq }) => {
			const outcomes = await Promise.all(slow.map((reader) => reader.reach(seq, CATCH_UP_MS, true)));
			for (const [i, { name, seq: has }] of slow.entries())
				assert.notEqual(outcomes[i], 'late', `${name} reads again and has ${has} of ${seq}`);
		},
	},
	{
		// Longer than the canaries take to find out; then the next listener must
		// make good what the last one did not hear.
		name: 'doorbells are dropped',
		heldMs: [0, 0],
		make: async ({ scene }) => {
			const { passed } = scene.listenerProxy;
			scene.notifications.mode = 'drop';
			await until('each listener is replaced', async () => scene.listenerProxy.passed >= passed + STREAMS, 10_000 + 5_000 * CANARY_S);
		},
		heal: ({ scene }) => { scene.notifications.mode = 'pass'; },
	},
	{
		name: 'doorbells are doubled',
		heldMs: [300, 1_500],
		make: ({ scene }) => { scene.notifications.mode = 'double'; },
		heal: ({ scene }) => { scene.notifications.mode = 'pass'; },
	},
	{ name: 'doorbells are forged', make: forge },
	{
		// Nothing but the slow look at the floor can make these good.
		name: 'doorbells get lost, canaries do not',
		heldMs: [300, 1_000],
		needsFloor: true,
		make: ({ scene }) => { scene.notifications.mode = 'lose'; },
		heal: ({ scene }) => { scene.notifications.mode = 'pass'; },
	},
];
