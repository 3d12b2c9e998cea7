// The database connection of a writer (writer.mjs): its transactions, each noted in the ledger with what became
// of it, and the statements that notify and publish, whose marks are noted too.

import { setTimeout as sleep } from 'node:timers/promises';
import { addressOf } from './reader.mjs';
import { within } from './wait.mjs';

export const ANSWER_MS = 20_000; // beyond every time limit of the programs

export class Transactor {
	written = 0; // notifications and publications that were committed
	#name;
	#scene;
	#random;
	#ledger;
	#client;

	constructor(name, { scene, random, ledger }) {
		this.#name = name;
		this.#scene = scene;
		this.#random = random;
		this.#ledger = ledger;
	}

	async connect() {
		try {
			this.#client ??= await this.#open();
			return true;
		} catch {
			await sleep(20); // the database is away
			return false;
		}
	}

	async #open() {
		const client = await this.#scene.site.connect();
		client.on('end', () => { if (this.#client === client) this.#client = undefined; });
		await client.query(`set application_name = 'fault writer'; set lock_timeout = '700ms'; set statement_timeout = '5s';
			set synchronous_commit = ${this.#random.pick(['on', 'off'])}`);
		return client;
	}

	async close() {
		await this.#client?.end().catch(() => {});
	}

	query(text, params) {
		return within(ANSWER_MS, `${this.#name}: ${text}`, this.#client.query(text, params));
	}

	#leaveConnection() {
		this.#client?.end().catch(() => {});
		this.#client = undefined;
	}

	// --- transactions ----------------------------------------------------------

	begin() {
		return this.#ledger.begin(this.#name);
	}

	// The work in a transaction of its own, which then commits.
	async transact(work, end = 'commit', isolation = 'read committed') {
		const transaction = this.begin();
		try {
			await this.query(`begin isolation level ${isolation}`);
			await work(transaction);
		} catch (error) {
			transaction.outcome = 'rolled back'; // it did not come to a commit
			await this.recover(error);
			return transaction;
		}
		await this.finish(transaction, () => this.query(end));
		return transaction;
	}

	// Work that makes no event, whose commit is flushed only where it says so itself: what it did is believed, also after a crash.
	promise(work, end) {
		return this.transact(async (transaction) => {
			await this.query('set local synchronous_commit = on');
			await work(transaction);
		}, end);
	}

	// The outcome as the server told it, or 'unknown' where it could not.
	async finish(transaction, last) {
		try {
			const { command } = await last();
			transaction.outcome = command === 'ROLLBACK' ? 'rolled back' : 'committed';
			this.written += transaction.outcome === 'committed' ? transaction.kept.length : 0;
		} catch (error) {
			transaction.outcome = isRefusal(error) ? 'rolled back' : 'unknown';
			await this.recover(error);
		}
	}

	async recover(error) {
		if (isRefusal(error))
			await this.query('rollback').catch(() => this.#leaveConnection());
		else
			this.#leaveConnection();
	}

	// One statement that notifies these people, times each.
	insert(transaction, people, { kind = 'test', times = 1, bytes = 0, isKept = true } = {}) {
		const marks = Array.from({ length: times }, () => this.#ledger.nextMark());
		for (const { id } of people)
			(isKept ? transaction.kept : transaction.undone).push(...marks.map((mark) => `${id} ${mark}`));
		return this.query(`insert into pgbell.notification (user_id, kind, data)
			select person, $2, jsonb_build_object('mark', mark, 'text', repeat('x', $4))
			from unnest($1::text[]) person, unnest($3::bigint[]) mark`,
		[people.map(({ id }) => id), kind, marks, bytes]);
	}

	// A statement that publishes, to the last topic rarely.
	publish(transaction, { times = 1, isKept = true } = {}) {
		const { topics } = this.#scene;
		const topic = this.#random.chance(0.04) ? topics.at(-1) : this.#random.pick(topics.slice(0, -1));
		const marks = Array.from({ length: times }, () => this.#ledger.nextMark());
		(isKept ? transaction.kept : transaction.undone).push(...marks.map((mark) => `${addressOf(topic)} ${mark}`));
		return this.query(`insert into pgbell.publication (topic, kind, data)
			select $1, 'test', jsonb_build_object('mark', mark) from unnest($2::bigint[]) mark`, [topic, marks]);
	}
}

// An ERROR ends the transaction; anything else may have come after its commit.
function isRefusal(error) {
	return error.severity === 'ERROR';
}
