// Object-relational mappers write notifications as they write everything: they want an id back, insert
// and then update, insert many at once, insert or update.  Each is told once, as it was committed.
// Of what a person has muted there is no id to give back.

import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import knexModule from 'knex';
import { DataTypes, QueryTypes, Sequelize } from 'sequelize';
import { root, startSite } from '../lib/site.mjs';

let site, grants;

before(async () => {
	site = await startSite({ apis: 1 });
	const readme = await readFile(join(root, 'README.md'), 'utf8');
	grants = readme.match(/^ +(grant .* to shop;)$/gm).map((line) => line.trim());
	await site.sql('create role shop login');
	assert.equal(grants.length, 2);
	for (const grant of [...grants, 'grant execute on function pgbell.notify to shop'])
		await site.sql(grant);
});
after(() => site?.stop());

const database = () => ({ host: site.env.PGHOST, port: Number(site.env.PGPORT), database: site.env.PGDATABASE });

// way → the ids that it has got, as a role.
const orms = {
	'Django': async (way, user) => JSON.parse((await promisify(execFile)('/usr/bin/python3', [join(root, 'tests/clients/orm.py')],
		{ env: { ...process.env, ...site.env, PGUSER: user, WAY: way } })).stdout),

	'Sequelize 6.37': async (way, user) => {
		const sequelize = new Sequelize({ dialect: 'postgres', ...database(), username: user, logging: false });
		const Notification = sequelize.define('notification', {
			id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
			user_id: DataTypes.TEXT, kind: DataTypes.TEXT, data: DataTypes.JSONB, subject: DataTypes.TEXT,
		}, { schema: 'pgbell', freezeTableName: true, timestamps: false });
		const ways = {
			muted: () => Notification.create({ user_id: 'ann', kind: 'offer', data: {} }),
			notify: () => sequelize.query('select pgbell.notify(:user, :kind) as id', { type: QueryTypes.SELECT, replacements: { user: 'ann', kind: 'offer' } }),
			naming: () => Notification.create({ user_id: 'ann', kind: 'create', data: { n: 1 } }, { returning: ['id'] }),
			create: () => sequelize.query('select pgbell.notify(:user, :kind, :data) as id',
				{ type: QueryTypes.SELECT, replacements: { user: 'ann', kind: 'create', data: JSON.stringify({ n: 1 }) } }),
			bulk: () => sequelize.query('insert into pgbell.notification (user_id, kind, data) select :user, :kind, d from jsonb_array_elements(:data) d returning id',
				{ type: QueryTypes.SELECT, replacements: { user: 'ann', kind: 'bulk', data: JSON.stringify([1, 2, 3].map((n) => ({ n }))) } }),
			bulkCreate: () => Notification.bulkCreate([1, 2, 3].map((n) => ({ user_id: 'ann', kind: 'bulk', data: { n } })), { returning: ['id'] }),
			update: () => sequelize.transaction(async (transaction) => {
				const it = await Notification.create({ user_id: 'ann', kind: 'update', data: { n: 0 } }, { transaction });
				return [await it.update({ data: { n: Number(it.id) } }, { transaction })];
			}),
			upsert: async () => {
				const [it] = await Notification.findOrCreate({ where: { user_id: 'ann', kind: 'upsert', subject: 'thread/1' }, defaults: { data: { n: 1 } } });
				return [it, await it.update({ data: { n: 2 } })];
			},
		};
		try {
			return (await ways[way]()).map(({ id }) => id && Number(id));
		} finally {
			await sequelize.close();
		}
	},

	'Knex 3.1': async (way, user) => {
		const knex = knexModule({ client: 'pg', connection: { ...database(), user } });
		const table = (on = knex) => on('notification').withSchema('pgbell');
		const ways = {
			muted: () => table().insert({ user_id: 'ann', kind: 'offer' }).returning('id'),
			create: () => table().insert({ user_id: 'ann', kind: 'create', data: { n: 1 } }).returning('id'),
			bulk: () => knex.batchInsert('pgbell.notification', [1, 2, 3].map((n) => ({ user_id: 'ann', kind: 'bulk', data: { n } })), 2).returning('id'),
			update: () => knex.transaction(async (on) => {
				const [{ id }] = await table(on).insert({ user_id: 'ann', kind: 'update', data: { n: 0 } }).returning('id');
				return table(on).where({ id }).update({ data: { n: Number(id) } }).returning('id');
			}),
			upsert: async () => {
				const ids = [];
				for (const n of [1, 2])
					ids.push(...await table().insert({ user_id: 'ann', kind: 'upsert', key: 'thread/1', data: { n } })
						.onConflict(knex.raw('(user_id, key) where key is not null and read_at is null')).merge(['data']).returning('id'));
				return ids;
			},
		};
		try {
			return (await ways[way]()).map(({ id }) => Number(id));
		} finally {
			await knex.destroy();
		}
	},
};

// What a person's stream is told meanwhile, up to a last notification.
async function toldWhile(act) {
	await site.sql('delete from pgbell.notification');
	const [{ token }] = await site.sql(`select token from pgbell.create_session('ann')`);
	const stream = await site.stream(token);
	await stream.next('connected');
	const ids = await act();
	await site.sql(`select pgbell.notify('ann', 'last')`);
	for (;;)
		if ((await stream.next('new_notification')).data.kind === 'last')
			break;
	stream.close();
	const events = stream.events.filter(({ event, data }) => /^(?:new_notification|notification_changed)$/.test(event) && data.kind !== 'last');
	return { ids, told: events.map(({ event, data }) => [event, data.id, data.data.n]) };
}

for (const [name, run] of Object.entries(orms)) {
	test(`${name}: a row is created, and many at once, by a role with the README's grants; their ids come back`, async () => {
		const one = await toldWhile(() => run('create', 'shop'));
		assert.deepEqual(one.told, [['new_notification', one.ids[0], 1]]);
		const many = await toldWhile(() => run('bulk', 'shop'));
		assert.equal(new Set(many.ids).size, 3);
		assert.deepEqual(many.told, many.ids.map((id, i) => ['new_notification', id, i + 1]));
	});

	test(`${name}: a row that is inserted and then updated is told once, as it was committed`, async () => {
		const { ids: [id], told } = await toldWhile(() => run('update', site.env.PGUSER));
		assert.deepEqual(told, [['new_notification', id, id]]);
	});

	test(`${name}: insert or update: the same row is told as new, and then as changed`, async () => {
		const { ids, told } = await toldWhile(() => run('upsert', site.env.PGUSER));
		assert.equal(ids[0], ids[1]);
		assert.deepEqual(told, [['new_notification', ids[0], 1], ['notification_changed', ids[0], 2]]);
	});
}

test('one that names the id in its insert, as Sequelize does, is refused with those grants, and not as the owner', async () => {
	await assert.rejects(orms['Sequelize 6.37']('naming', 'shop'), /permission denied/);
	const { ids, told } = await toldWhile(() => orms['Sequelize 6.37']('bulkCreate', site.env.PGUSER));
	assert.deepEqual(told, ids.map((id, i) => ['new_notification', id, i + 1]));
});

test('what a person has muted gives no id: Knex has no row, Django and Sequelize an error, pgbell.notify() null; nobody is told', async () => {
	await site.sql('select pgbell.allow_mutes()');
	await site.sql(`select pgbell.mute('ann', 'offer')`);
	const { told } = await toldWhile(async () => {
		assert.deepEqual(await orms['Knex 3.1']('muted', 'shop'), []);
		assert.deepEqual(await orms['Sequelize 6.37']('notify', 'shop'), [null]);
		await assert.rejects(orms['Sequelize 6.37']('muted', site.env.PGUSER), { name: 'SequelizeEmptyResultError' });
		await assert.rejects(orms.Django('muted', 'shop'), /TypeError/);
		await assert.rejects(orms.Django('bulk_muted', 'shop'), /AssertionError/);
	});
	assert.deepEqual(told, []);
});
