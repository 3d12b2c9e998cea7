// A follower: a page with a browser's own EventSource that follows topics besides its person's events, and is cut
// again and again.  EventSource goes on by the last id, which has all its numbers; where it gave up for good, on an
// answer that is no stream, or hears nothing, the page makes a new one with that id in its address.
//
//   visit: { after, told: [entry] }   after: the last event id that it came with, '' at first
//   entry: { event, at, numbers, … }  numbers: what its id says, Map: address → number, or undefined

import { EventSource } from '../lib/event-source.mjs';
import { addressOf, digest, logged } from './reader.mjs';
import { Nap } from './wait.mjs';

const CUT_MS = [200, 2_500];
const SILENCE_MS = 4_500; // several heartbeats
const BACK_OFF_MS = [150, 300];

export class Follower {
	visits = [];
	delivered = 0;
	cuts = 0;
	#scene;
	#random;
	#source;
	#lastId = '';
	#heardAt = 0;
	#nap = new Nap();
	#isSettling = false;
	#isStopping = false;

	constructor(name, person, topics, { scene, random }) {
		this.name = `${name} (of ${person.id}: ${topics.join(', ')})`;
		this.person = person;
		this.topics = topics;
		this.#scene = scene;
		this.#random = random.fork(name);
	}

	async run() {
		while (!this.#isStopping) {
			this.#open();
			while (this.#source.readyState !== 'closed' && !this.#isStopping)
				await this.#watch();
			this.#source.close();
			await this.#nap.take(this.#random.integer(...BACK_OFF_MS));
		}
	}

	get addresses() {
		return [this.person.id, ...this.topics.map(addressOf)];
	}

	// From now on it is cut no more.
	settle() {
		this.#isSettling = true;
		this.#nap.wake();
	}

	stop() {
		this.#isStopping = true;
		this.#nap.wake();
	}

	// Whether it was told that it has all that there is, Map: address → number, and has.
	hasAll(heads) {
		const beat = this.visits.at(-1)?.told.at(-1);
		return beat?.event === 'heartbeat' && this.addresses.every((address) => beat.state.get(address) === (heads.get(address) ?? 0));
	}

	#open() {
		const url = new URL(`${this.#scene.site.url}/api/notifications/stream`);
		for (const topic of this.topics)
			url.searchParams.append('topic', topic);
		if (this.#lastId !== '')
			url.searchParams.set('last_event_id', this.#lastId);
		this.#source = new EventSource(url, { headers: { authorization: `Bearer ${this.person.token}` }, on: {
			open: () => this.visits.push({ after: this.#lastId, told: [] }),
			event: (event) => this.#take(event),
		} });
		this.#heardAt = Date.now();
	}

	async #watch() {
		await this.#nap.take(this.#random.integer(...CUT_MS));
		if (Date.now() - this.#heardAt > SILENCE_MS) {
			this.#source.close();
		} else if (!this.#isSettling && !this.#isStopping) {
			this.#source.cut();
			this.cuts++;
		}
	}

	#take({ event, id, data }) {
		const entry = { event, at: Date.now(), id, numbers: id === undefined ? undefined : this.#readId(id) };
		this.#heardAt = entry.at;
		this.#lastId = id ?? this.#lastId;
		if (event === 'published') {
			Object.assign(entry, { address: addressOf(data.topic), seq: data.seq, mark: data.data.mark });
			this.delivered++;
		} else if (logged.has(event)) {
			Object.assign(entry, { address: this.person.id, seq: entry.numbers.get(this.person.id), digest: digest(data) });
			this.delivered++;
		} else if (event === 'reset') {
			Object.assign(entry, { address: data.topic === undefined ? this.person.id : addressOf(data.topic), seq: data.seq, reason: data.reason });
		} else if (data.topics !== undefined) {
			entry.state = new Map([[this.person.id, data.seq], ...Object.entries(data.topics).map(([topic, seq]) => [addressOf(topic), seq])]);
		}
		this.visits.at(-1).told.push(entry);
	}

	#readId(id) {
		const [own, ...topics] = id.split(';');
		return new Map([[this.person.id, Number(own)], ...topics.map((place) => place.split('=')).map(([topic, seq]) => [addressOf(topic), Number(seq)])]);
	}
}
