// Measures how long the site takes to be whole again: streams of one person
// whom the writers leave alone, at least one in each stream process.

import { setTimeout as sleep } from 'node:timers/promises';
import { Reader } from './reader.mjs';
import { until, within } from './wait.mjs';

const STREAMS_MIN = 4;
const STREAMS_MAX = 12;
const MOVED = 6; // at a time
const MANY = 300; // several pages of the stream (PAGE_EVENTS_MAX in cgi/stream/events/page.h)
const REQUESTS = 4;
const ANSWER_MS = 10_000;
const LIMIT_MS = 40_000;

export class Probe {
	readers = [];
	#scene;
	#random;
	#running = [];

	constructor(scene, random) {
		this.#scene = scene;
		this.#random = random.fork('probe');
	}

	async start() {
		for (let i = 0; i < STREAMS_MIN; i++)
			this.#add();
		await this.cover();
	}

	#add() {
		const reader = new Reader(`probe ${this.readers.length}`, this.#scene.probed, 'steady', { scene: this.#scene, random: this.#random });
		this.readers.push(reader);
		this.#running.push(reader.run());
	}

	// Until each stream process has a stream of the probe.  Which process takes
	// a connection is the kernel's choice, so some more are opened until it is so, and then
	// some leave and return together: on a busy machine one that is new takes one in twenty.
	async cover() {
		for (const deadline = performance.now() + LIMIT_MS; ;) {
			await until('the probe streams are open', async () => this.readers.every((reader) => reader.isHere), LIMIT_MS);
			const bare = await this.#findBare();
			if (bare.length === 0)
				return;
			if (performance.now() > deadline)
				throw new Error(`no probe stream got into process ${bare}`);
			if (this.readers.length < STREAMS_MAX)
				this.#add();
			else
				this.#random.shuffle(this.readers).slice(0, MOVED).forEach((reader) => reader.comeAgain());
			await sleep(30);
		}
	}

	// The stream processes without a stream of the probe, from their log.
	async #findBare() {
		const open = new Map();
		const line = /pgbell-stream\[(\d+)\] .*event=stream_(opened|closed) user=probe /g;
		for (const [, pid, what] of (await this.#scene.readStreamLog()).matchAll(line))
			open.set(Number(pid), (open.get(Number(pid)) ?? 0) + (what === 'opened' ? 1 : -1));
		const pids = await this.#scene.streamPids();
		return pids.filter((pid) => !open.get(pid));
	}

	// Insert an event for the probe, or more than one read takes, as soon as the
	// database takes it; gives the last number.
	async send({ mayBeMany = false } = {}) {
		const count = mayBeMany && this.#random.chance(0.3) ? MANY : 1;
		await until('an insert of the probe', () => this.#scene.site.sql(
			"insert into pgbell.notification (user_id, kind) select 'probe', 'probe' from generate_series(1, $1) returning id", [count]), LIMIT_MS);
		const [{ seq }] = await until('the number of the probe', () => this.#scene.site.sql(
			"select seq::float8 from pgbell.inbox where address = 'probe'"), LIMIT_MS);
		return seq;
	}

	// Until every probe stream has this number.
	async arrive(seq) {
		const reached = await Promise.all(this.readers.map((reader) => reader.reach(seq, LIMIT_MS)));
		const late = this.readers.filter((_, i) => reached[i] === 'late');
		if (late.length > 0)
			throw new Error(`event ${seq} of the probe did not arrive within ${LIMIT_MS} ms at: `
				+ late.map((reader) => `${reader.name}, which has ${reader.seq}`).join('; '));
	}

	// Until several requests at once are answered, by whichever workers there are.
	async ask() {
		const { token } = this.#scene.probed;
		await Promise.all(Array.from({ length: REQUESTS }, () => until('an answer of the api', async () => {
			const asking = this.#scene.site.api('GET', '/api/notifications/unread-count', { token });
			return (await within(ANSWER_MS, 'an answer', asking)).status === 200;
		}, LIMIT_MS)));
	}

	async stop() {
		for (const reader of this.readers)
			reader.stop();
		await Promise.all(this.#running);
	}
}
