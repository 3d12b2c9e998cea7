// A stranger who has the streams awake, and asleep again: rings as a crowd does, and has berths for
// a while, shared (nobody sleeps, nobody rings) or for itself (nobody can sleep, everybody rings).

import { setTimeout as sleep } from 'node:timers/promises';
import { within } from './wait.mjs';

const ANSWER_MS = 20_000;
const BERTHS = [1, 2, 3, 4];
const RINGS = 20; // of a crowd

export class Waker {
	#scene;
	#random;
	#isStopping = false;
	#client;
	awake = 0; // how often all processes were awake, and kept so

	constructor({ scene, random }) {
		this.#scene = scene;
		this.#random = random.fork('waker');
	}

	async run() {
		while (!this.#isStopping) {
			await sleep(this.#random.integer(50, 1500));
			await this.#wake().catch(() => { this.#client = undefined; }); // the database is away
		}
		await this.#client?.end().catch(() => {});
	}

	stop() {
		this.#isStopping = true;
	}

	async #wake() {
		this.#client ??= await this.#open();
		for (let i = 0; i < RINGS; i++)
			await this.#query("select pg_notify('pgbell', 'nobody ')");
		const how = this.#random.pick(['_shared', '_shared', '']);
		const [{ had }] = await this.#query(`select coalesce(bool_and(pg_try_advisory_lock${how}(pgbell.bell_lock(), n)), false) as had
			from unnest($1::integer[]) n`, [BERTHS]);
		this.awake += had;
		await sleep(this.#random.integer(0, 2500));
		await this.#query('select pg_advisory_unlock_all()');
	}

	async #open() {
		const client = await this.#scene.site.connect();
		client.on('end', () => { if (this.#client === client) this.#client = undefined; });
		return client;
	}

	async #query(text, params) {
		return (await within(ANSWER_MS, `waker: ${text}`, this.#client.query(text, params))).rows;
	}
}
