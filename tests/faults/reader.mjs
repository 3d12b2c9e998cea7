// A reader: a client that keeps the rules.  It comes back with the last number
// it has, after the server's retry or a short pause; takes a stream without a
// heartbeat for dead; goes on from a reset's number.  All it was told is in
// its visits, for the judge.
//
//   visit: { after, told: [entry], end }   after: what it came with; null: nothing
//   entry: { event, id, … } with seq and count, or the digest of a logged event

import { createHash } from 'node:crypto';
import { openStream } from '../lib/sse.mjs';
import { Actor } from './actor.mjs';
import { LinkProxy } from './proxy.mjs';
import { Nap, within } from './wait.mjs';

const OPEN_MS = 10_000;
const SILENCE_MS = 4_500; // several heartbeats
const BACK_OFF_MS = 300;
export const logged = new Set(['new_notification', 'notification_changed', 'notification_read', 'notification_unread', 'notification_deleted',
	'notification_seen']);

// How long one stays and stays away, in milliseconds, and how it reads.
export const manners = {
	steady: { stay: [Infinity, Infinity], away: [0, 0] },
	restless: { stay: [50, 2_500], away: [0, 400] },
	absent: { stay: [300, 3_000], away: [2_000, 8_000] },
	slow: { stay: [Infinity, Infinity], away: [0, 0], pause: [200, 3_000] },
	confused: { stay: [500, 4_000], away: [0, 500], absurd: 0.5, fresh: 0.2 },
};

// Where a topic's log is kept, pgbell.topic_address().
export const addressOf = (topic) => `\x01${topic}`;
export const isTopic = (address) => address.startsWith('\x01');

export function digest(data) {
	return createHash('md5').update(JSON.stringify(data)).digest('base64').slice(0, 16);
}

export class Reader extends Actor {
	visits = [];
	seq = null;       // the last number it has
	delivered = 0;
	refusals = {};    // how often each status but 200 was answered
	#scene;
	#random;
	#manner;
	#proxy;
	#stream;
	#waiters = new Set();

	constructor(name, person, manner, { scene, random }) {
		super();
		this.name = `${name} (${manner}, of ${person.id})`;
		this.person = person;
		this.#scene = scene;
		this.#random = random.fork(name);
		this.#manner = manners[manner];
	}

	async run() {
		this.#proxy = new LinkProxy({ port: this.#scene.site.port, host: '127.0.0.1' });
		await this.#proxy.open({ port: 0, host: '127.0.0.1' });
		const pausing = this.#manner.pause ? this.#readSlowly() : undefined;
		while (!this.isStopping) {
			await this.#visit();
			if (!this.isStopping)
				await this.pauseFor(this.#chooseAway());
		}
		await pausing;
		await this.#proxy.close();
	}

	get isHere() {
		return this.#stream !== undefined;
	}

	// Leave, and return as after a cut, or not before these milliseconds.
	comeAgain(awayMs = 0) {
		this.#awayMs = awayMs;
		this.#stream?.close();
	}

	// Its machine takes nothing more off the network, until it resumes.
	pause() {
		this.#proxy.pause();
	}

	resume() {
		this.#proxy.resume();
	}

	// Its link goes half-open; it must find out by itself.
	swallow() {
		this.#proxy.swallow();
	}

	stop() {
		super.stop();
		this.#stream?.close();
		this.#changed();
	}

	// Resolves when it has this number: 'reached'; 'left' when it left before,
	// where it may; 'late' when time is over.
	reach(seq, limitMs, mayLeave = false) {
		return this.#await(limitMs, () => {
			if (this.seq !== null && this.seq >= seq && !this.#scene.isForgotten(this.person, this.seq))
				return 'reached';
			return mayLeave && !this.isHere ? 'left' : undefined;
		});
	}

	// Resolves at the heartbeat after this number or a later one, behind which nothing is under way.
	rest(seq, limitMs) {
		return this.#await(limitMs, () => {
			const last = this.isHere && this.visits.at(-1).told.at(-1);
			return last && last.event === 'heartbeat' && last.seq >= seq ? 'reached' : undefined;
		});
	}

	// Look at each change, until look() gives something or time is over.
	#await(limitMs, look) {
		return new Promise((resolve) => {
			const timer = setTimeout(() => done('late'), limitMs);
			const done = (outcome) => {
				clearTimeout(timer);
				this.#waiters.delete(lookOnce);
				resolve(outcome);
			};
			const lookOnce = () => {
				const outcome = look();
				if (outcome)
					done(outcome);
			};
			this.#waiters.add(lookOnce);
			lookOnce();
		});
	}

	#changed() {
		for (const look of [...this.#waiters])
			look();
	}

	// --- a visit -----------------------------------------------------------------

	async #visit() {
		const visit = { after: this.#chooseAfter(), told: [], end: 'refused' };
		const opening = openStream(...this.#address(visit.after));
		opening.then((stream) => { if (visit.end === 'not answered') stream.close(); }, () => {});
		let stream;
		try {
			stream = await within(OPEN_MS, 'an answer', opening);
		} catch {
			visit.end = 'not answered';
			return;
		}
		if (stream.status !== 200) {
			this.refusals[stream.status] = (this.refusals[stream.status] ?? 0) + 1;
			stream.close();
			return;
		}
		this.#stream = stream;
		this.visits.push(visit);
		if (this.isStopping)
			stream.close();
		await this.#follow(stream, visit);
		this.#retryMs = stream.retryMs;
		this.#stream = undefined;
		this.#changed();
	}

	async #follow(stream, visit) {
		const [least, most] = this.#manner.stay;
		const leaving = least === Infinity ? undefined : setTimeout(() => {
			if (!this.isSettling)
				stream.close();
		}, this.#random.integer(least, most));
		try {
			for (;;)
				this.#take(visit, await stream.nextOfAny(SILENCE_MS));
		} catch {
			visit.end = stream.isEnded ?? 'silent';
			stream.close();
		} finally {
			clearTimeout(leaving);
		}
	}

	#take(visit, { event, id, data }) {
		const entry = { event, id: id === undefined ? undefined : Number(id), at: Date.now() };
		if (logged.has(event)) {
			entry.digest = digest(data);
			this.delivered++;
			entry.head = JSON.stringify(data).slice(0, 80);
		} else {
			entry.seq = data.seq;
			entry.count = data.unread_count;
			entry.reason = data.reason;
		}
		visit.told.push(entry);
		if (entry.id !== undefined)
			this.seq = entry.id;
		this.#changed();
	}

	// --- choices -------------------------------------------------------------------

	#chooseAfter() {
		const { absurd = 0, fresh = 0 } = this.isSettling ? {} : this.#manner;
		if (this.seq === null || this.#random.chance(fresh))
			return null;
		if (this.#random.chance(absurd))
			return this.#random.pick(['-1', '9223372036854775807', '99999999999', 'nonsense', '1e3', '0x1', '184467440737095516161']);
		return String(this.seq);
	}

	#address(after) {
		const url = new URL(`http://127.0.0.1:${this.#proxy.port}/api/notifications/stream`);
		const headers = {};
		if (this.#random.chance(0.5))
			headers.authorization = `Bearer ${this.person.token}`;
		else
			url.searchParams.set('token', this.person.token);
		if (after !== null && this.#random.chance(0.5))
			headers['last-event-id'] = after;
		else if (after !== null)
			url.searchParams.set('last_event_id', after);
		return [url, { headers }];
	}

	#retryMs;
	#awayMs = 0;
	#chooseAway() {
		const retryMs = Math.max(this.#awayMs, this.#retryMs ?? this.#random.integer(BACK_OFF_MS / 2, BACK_OFF_MS));
		this.#retryMs = undefined;
		this.#awayMs = 0;
		return this.isSettling ? retryMs : retryMs + this.#random.integer(...this.#manner.away);
	}

	async #readSlowly() {
		const nap = new Nap();
		while (!this.isStopping && !this.isSettling) {
			await nap.take(this.#random.integer(...this.#manner.pause));
			this.#proxy.pause();
			await nap.take(this.#random.integer(...this.#manner.pause));
			this.#proxy.resume();
		}
	}
}
