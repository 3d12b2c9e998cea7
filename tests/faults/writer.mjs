// A writer: one random doing after the other, by SQL and by the REST interface; transactor.mjs notes in the ledger
// what becomes of each.

import { setTimeout as sleep } from 'node:timers/promises';
import { compose } from './composer.mjs';
import { readClaimed } from './ledger.mjs';
import { ANSWER_MS, Transactor } from './transactor.mjs';
import { until, within } from './wait.mjs';

const HELD_OPEN_MS = 1_500;
const SOON_MS = 1_500; // what is to come or to go at a time

// What a writer does, and how often.
const doings = {
	notifyOne: 30, notifyMany: 12, notifyInSteps: 12, notifyInSavepoints: 10, holdOpen: 2, rollBack: 6,
	publishOne: 15, publishInSteps: 10, beRefused: 3, burst: 3, composeSteps: 25, lie: 4,
	notifyByKey: 10, putOff: 4, letExpire: 4, announce: 0.7, withdraw: 0.3, claim: 4,
	snoozeByApi: 4, unsnoozeByApi: 2, seeByApi: 2, markByApi: 12, markBySql: 8, markAllByApi: 2, markUpToByApi: 2, markVeryManyByApi: 0.3, settleRead: 2, deleteBySql: 3, touch: 2,
};
const isolations = ['read committed', 'read committed', 'read committed', 'repeatable read', 'serializable'];

// What one might think that numbering looks at.
const settings = ['noted', 'at_once', 'marks_all', 'put_off', 'bell', 'era', 'leap', 'pending', 'fires', 'read_up_to', 'seq', 'wait'];
const lies = ['', ' ', 'on', 'none', 'after', 'inside', '0', '-1', 'x'.repeat(300), ' more ', '{1,2}', '9223372036854775807'];

export class Writer {
	#scene;
	#random;
	#ledger;
	#gate;
	#db;
	#isStopping = false;

	constructor(name, { scene, random, ledger, gate }) {
		this.name = name;
		this.#scene = scene;
		this.#random = random.fork(name);
		this.#ledger = ledger;
		this.#gate = gate;
		this.#db = new Transactor(name, { scene, random: this.#random, ledger });
	}

	get written() {
		return this.#db.written;
	}

	async run() {
		while (!this.#isStopping) {
			await this.#gate.enter();
			try {
				if (!this.#isStopping && await this.#db.connect())
					await this.#do(this.#random.pickWeighted(doings));
			} finally {
				this.#gate.leave();
			}
			await sleep(this.#random.integer(0, 40));
		}
		await this.#db.close();
	}

	stop() {
		this.#isStopping = true;
	}

	// --- who -------------------------------------------------------------------

	// The last two of the people hear something rarely, so that what they miss
	// is not made good by the next event.
	#one() {
		const { people } = this.#scene;
		return this.#random.chance(0.04) ? this.#random.pick(people.slice(-2)) : this.#random.pick(people.slice(0, -2));
	}

	#some(most = 4) {
		const people = Array.from({ length: this.#random.integer(1, most) }, () => this.#one());
		return [...new Set(people)];
	}

	#linger(ms) {
		return sleep(this.#random.integer(0, ms));
	}

	// --- doings ----------------------------------------------------------------

	async #do(doing) {
		await this[doing]();
	}

	async notifyOne() {
		const transaction = this.#db.begin();
		await this.#db.finish(transaction, () => this.#db.insert(transaction, [this.#one()], { bytes: this.#random.integer(0, 300) }));
	}

	async notifyMany() {
		const transaction = this.#db.begin();
		await this.#db.finish(transaction, () => this.#db.insert(transaction, this.#some(6), { times: this.#random.integer(1, 3) }));
	}

	notifyInSteps() {
		return this.#db.transact(async (transaction) => {
			for (let steps = this.#random.integer(2, 5); steps > 0; steps--) {
				await this.#db.insert(transaction, this.#some());
				await this.#linger(30);
			}
		});
	}

	holdOpen() {
		return this.#db.transact(async (transaction) => {
			await this.#db.insert(transaction, this.#some());
			await this.#linger(HELD_OPEN_MS);
			await this.#db.insert(transaction, this.#some());
		});
	}

	notifyInSavepoints() {
		return this.#db.transact(async (transaction) => {
			for (let steps = this.#random.integer(1, 4); steps > 0; steps--) {
				const isKept = this.#random.chance(0.5);
				await this.#db.query('savepoint s');
				await this.#db.insert(transaction, this.#some(), { isKept });
				await this.#db.query(isKept ? 'release s' : 'rollback to s');
			}
		});
	}

	rollBack() {
		return this.#db.transact(async (transaction) => {
			await this.#db.insert(transaction, this.#some(), { isKept: false });
			if (this.#random.chance(0.3))
				await this.#db.query('select pgbell.number_pending()');
			await this.#linger(20);
		}, 'rollback');
	}

	// A deferred trigger of the application's own raises during the commit.
	beRefused() {
		return this.#db.transact(async (transaction) => {
			await this.#db.insert(transaction, this.#some(), { isKept: false });
			await this.#db.insert(transaction, this.#some(), { isKept: false, kind: 'refused' });
		});
	}

	async publishOne() {
		const transaction = this.#db.begin();
		await this.#db.finish(transaction, () => this.#db.publish(transaction, { times: this.#random.integer(1, 3) }));
	}

	// Of topics and of people in one commit, and what was taken back of both.
	publishInSteps() {
		return this.#db.transact(async (transaction) => {
			for (let steps = this.#random.integer(1, 4); steps > 0; steps--) {
				const isKept = this.#random.chance(0.8);
				await this.#db.query('savepoint s');
				await this.#db.publish(transaction, { times: this.#random.integer(1, 40), isKept });
				await this.#db.insert(transaction, this.#some(), { isKept });
				await this.#db.query(isKept ? 'release s' : 'rollback to s');
				await this.#linger(30);
			}
		});
	}

	burst() {
		return this.#db.transact((transaction) => this.#db.insert(transaction, [this.#one()], { times: 40, bytes: 2_000 }));
	}

	markBySql() {
		const isRead = this.#random.chance(0.6);
		return this.#db.transact(() => this.#db.query(`
			update pgbell.notification set read_at = case when $2 then now() end
			where id = any (array(select id from pgbell.notification
				where user_id = $1 and (read_at is null) = $2 order by id desc limit $3))`,
		[this.#one().id, isRead, this.#random.integer(1, 20)]));
	}

	deleteBySql() {
		return this.#db.transact(() => this.#db.query(`
			delete from pgbell.notification where id = any (array(
				select id from pgbell.notification where user_id = $1 order by id offset 30 limit $2))`,
		[this.#one().id, this.#random.integer(1, 60)]));
	}

	composeSteps() {
		return this.#db.transact((transaction) => compose(transaction, {
			query: (text, params) => this.#db.query(text, params),
			choosePerson: () => this.#one(),
			nextMark: () => this.#ledger.nextMark(),
			random: this.#random,
		}), 'commit', this.#random.pick(isolations));
	}

	// One who may only notify, and sets whatever there might be.  Whether it rings is up to him, so
	// somebody else rings behind it.
	async lie() {
		const transaction = this.#db.begin();
		const people = this.#some();
		let liar;
		try {
			liar = await this.#scene.site.connect({ user: 'liar' });
			await liar.query('begin');
		} catch {
			transaction.outcome = 'rolled back';
			return;
		}
		await this.#db.finish(transaction, async () => {
			for (const { id } of people) {
				await liar.query('select set_config($1, $2, $3)', [`pgbell.${this.#random.pick(settings)}`, this.#random.pick(lies), this.#random.chance(0.5)]);
				const mark = this.#ledger.nextMark();
				transaction.kept.push(`${id} ${mark}`);
				await liar.query("select pgbell.notify($1, 'lie', jsonb_build_object('mark', $2::bigint))", [id, mark]);
				await liar.query('select set_config($1, $2, $3)', [`pgbell.${this.#random.pick(settings)}`, this.#random.pick(lies), this.#random.chance(0.5)]);
			}
			return liar.query('commit');
		});
		await liar.end().catch(() => {});
		await until('a ring', () => this.#scene.site.sql('select pgbell.ring($1)', [people.map(({ id }) => id)])).catch(() => {});
	}

	// Another of the key is merged with one that is unread; each is told.
	notifyByKey() {
		return this.#db.transact(async (transaction) => {
			for (const { id } of this.#some(3).sort((a, b) => (a.id < b.id ? -1 : 1))) {
				const mark = this.#ledger.nextMark();
				transaction.kept.push(`${id} ${mark}`);
				await this.#db.query(`select pgbell.notify($1, 'keyed', jsonb_build_object('mark', $2::bigint, 'actor', $3::text), key => 'key/' || $4)`,
					[id, mark, this.name, this.#random.integer(0, 4)]);
			}
		});
	}

	putOff() {
		return this.#db.promise((transaction) => this.#notifyWith(transaction, `deliver_at => clock_timestamp() + $3 * interval '1 ms'`));
	}

	letExpire() {
		return this.#db.transact((transaction) => this.#notifyWith(transaction, `expires_at => clock_timestamp() + $3 * interval '1 ms'`));
	}

	#notifyWith(transaction, option) {
		const { id } = this.#one(), mark = this.#ledger.nextMark();
		transaction.kept.push(`${id} ${mark}`);
		return this.#db.query(`select pgbell.notify($1, 'timed', jsonb_build_object('mark', $2::bigint), ${option})`,
			[id, mark, this.#random.integer(0, SOON_MS)]);
	}

	// Half of them stay.
	announce() {
		return this.#db.promise(async (transaction) => {
			const ends = this.#random.chance(0.5);
			transaction.announced = { mark: this.#ledger.nextMark(), mayEnd: ends, isOver: ends };
			const { rows } = await this.#db.query(`select pgbell.announce('news', jsonb_build_object('mark', $1::bigint),
				case when $2 then clock_timestamp() + $3 * interval '1 ms' end)::float8 as id`,
			[transaction.announced.mark, ends, this.#random.integer(100, 2 * SOON_MS)]);
			transaction.announced.id = rows[0].id;
			await this.#linger(50);
		}, this.#random.chance(0.2) ? 'rollback' : 'commit');
	}

	async withdraw() {
		const staying = this.#ledger.transactions.filter(({ announced, outcome }) => announced && !announced.mayEnd && outcome === 'committed');
		if (staying.length === 0)
			return;
		const { announced } = this.#random.pick(staying);
		announced.mayEnd = true;
		const { outcome } = await this.#db.promise(() => this.#db.query('select pgbell.withdraw($1)', [announced.id]));
		announced.isOver = outcome === 'committed';
	}

	// As a mailer does, who sends behind the commit.
	claim() {
		return this.#db.promise(async (transaction) => {
			const { rows } = await this.#db.query(`select user_id, notifications from pgbell.claim_unread('0 s', null, $1)`, [this.#random.integer(1, 4)]);
			transaction.claimed = readClaimed(rows);
			await this.#linger(30);
		}, this.#random.chance(0.1) ? 'rollback' : 'commit');
	}

	settleRead() {
		return this.#db.transact(() => this.#db.query('select pgbell.settle_read($1)', [this.#random.integer(1, 2_000)]));
	}

	// Changes that are no events.
	touch() {
		return this.#db.transact(() => this.#db.query(
			"update pgbell.notification set data = data, subject = subject where user_id = $1 and id % 7 = 0", [this.#one().id]));
	}

	async markByApi() {
		const person = this.#one();
		const path = await this.#findOne(person);
		if (path)
			await this.#ask(person, ...this.#random.pick([['PUT', `${path}/read`], ['DELETE', `${path}/read`], ['DELETE', path]]));
	}

	// One of this person's newest, as the interface names it.
	async #findOne(person) {
		const { rows } = await this.#db.query(
			'select id from pgbell.notification where user_id = $1 order by id desc limit 20', [person.id])
			.catch(async (error) => { await this.#db.recover(error); return { rows: [] }; });
		return rows.length > 0 ? `/api/notifications/${this.#random.pick(rows).id}` : undefined;
	}

	async snoozeByApi() {
		const person = this.#one();
		const path = await this.#findOne(person);
		if (path)
			await this.#ask(person, 'PUT', `${path}/snooze`, { until: new Date(Date.now() + this.#random.integer(50, SOON_MS)).toISOString() });
	}

	async unsnoozeByApi() {
		const person = this.#one();
		const snoozed = await this.#ask(person, 'GET', '/api/notifications/snoozed');
		for (const { id } of snoozed?.notifications.slice(-1) ?? [])
			await this.#ask(person, 'DELETE', `/api/notifications/${id}/snooze`);
	}

	seeByApi() {
		return this.#ask(this.#one(), 'PUT', '/api/notifications/seen');
	}

	markAllByApi() {
		return this.#ask(this.#one(), 'PUT', '/api/notifications/read-all');
	}

	// As a page does that has seen the log up to a number.
	async markUpToByApi() {
		const person = this.#one();
		const seen = await this.#ask(person, 'GET', '/api/notifications/unread-count');
		await this.#linger(100);
		if (seen)
			await this.#ask(person, 'PUT', '/api/notifications/read-all', { up_to: seen.seq });
	}

	// So many that the inbox is marked in place of the rows.
	async markVeryManyByApi() {
		const person = this.#one();
		const transaction = this.#db.begin();
		await this.#db.finish(transaction, () => this.#db.insert(transaction, [person], { times: 1_050 }));
		await this.#ask(person, 'PUT', '/api/notifications/read-all');
	}

	async #ask(person, method, path, body) {
		const answer = await within(ANSWER_MS, `${this.name}: ${path}`, this.#scene.site.api(method, path, { token: person.token, body }))
			.catch(() => undefined); // cut off by a fault
		if (answer?.status === 200 && answer.body.seq !== undefined)
			this.#ledger.answers.push({ person: person.id, seq: answer.body.seq, unreadCount: answer.body.unread_count });
		return answer?.status === 200 ? answer.body : undefined;
	}
}
