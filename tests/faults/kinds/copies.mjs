// PostgreSQL's state is not what it was: a copy of its files is put back, or rows came behind the back
// of the triggers, and somebody's log is begun anew.

import { join } from 'node:path';
import { findForgotten, readLists, readLog } from '../log.mjs';
import { Snapshot } from '../snapshot.mjs';
import { until } from '../wait.mjs';

const TELL_MS = 3_000;

const readNumbers = async (site, person) => (await site.sql(
	'select seq::float8, unread_count as count from pgbell.inbox where address = $1', [person.id]))[0];

// Everybody is told something, and those who are there have it.
async function tellAll({ scene, readers }, kind) {
	const ids = scene.people.map(({ id }) => id);
	for (let times = 2; times > 0; times--)
		await until('everybody is told', () => scene.site.sql(
			'insert into pgbell.notification (user_id, kind) select unnest($1::text[]), $2 returning id', [ids, kind]));
	const rows = await scene.site.sql('select address, seq::float8 from pgbell.inbox');
	const heads = new Map(rows.map(({ address, seq }) => [address, seq]));
	await Promise.all(readers.map((reader) => reader.reach(heads.get(reader.person.id), TELL_MS, true)));
}

const putBack = (name, take) => ({
	name,
	isQuiet: true,
	isSlow: true,
	isTelling: true,
	make: async (context) => {
		const { scene } = context;
		await scene.settle();
		const snapshot = new Snapshot(scene.site, join(scene.state, 'site/copy'), { disk: scene.disk?.directory });
		await snapshot[take]();
		await tellAll(context, 'forgotten');
		const past = await until('the log as it was', () => readLog(scene.site));
		const at = Date.now();
		await snapshot.putBack();
		const log = await until('the log as it is now', () => readLog(scene.site));
		scene.forgotten.push(findForgotten(past, log, at));
	},
});

const add = (unread) => `insert into pgbell.notification (user_id, kind, read_at)
	select $1, 'behind the back', case when i > ${unread} then now() end from generate_series(1, 3) i`;
const drop = `delete from pgbell.notification where id in (
	select id from pgbell.notification where user_id = $1 order by id desc limit 2)`;

// Without triggers, by a superuser.
async function sneak({ scene, random }, person, statement) {
	const client = await scene.site.connect({ user: 'postgres' });
	try {
		await client.query('set session_replication_role = replica');
		await client.query(statement, [person.id]);
		if (random.chance(0.3))
			await client.query('update pgbell.notification set read_at = now() where user_id = $1 and id % 3 = 0', [person.id]);
	} finally {
		await client.end();
	}
}

const mend = (name, work) => ({
	name,
	isQuiet: true,
	make: async (context) => {
		const { scene, random } = context;
		const person = random.pick(scene.people);
		await scene.settle();
		await until('everybody is told', () => scene.site.sql('select pgbell.notify($1, $2)', [person.id, 'before']));
		const at = Date.now();
		await work(context, person);
		const numbers = await readNumbers(scene.site, person);
		scene.mends.push({ person: person.id, at, ...numbers, list: (await readLists(scene.site)).get(person.id) ?? new Map() });
	},
});

export default [
	putBack("a copy of the stopped PostgreSQL's files is put back", 'takeOfStopped'),
	putBack("a copy of the running PostgreSQL's files is put back", 'takeOfRunning'),
	mend('rows come without triggers, and are mended', async (context, person) => {
		await sneak(context, person, context.random.pick([add(2), drop]));
		await context.scene.site.sql('select * from pgbell.mend($1)', [person.id]);
	}),
	// All are read, so one more that is marked would make less than none.
	mend('rows come without triggers, and their person marks them', async (context, person) => {
		const { site } = context.scene;
		const marking = () => site.api('PUT', '/api/notifications/read-all', { token: person.token });
		await until('all are marked', async () => (await marking()).status === 200);
		await sneak(context, person, add(3));
		await until('those are marked, too', async () => (await marking()).status === 200);
	}),
];
