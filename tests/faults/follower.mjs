// A follower: a page that follows topics besides its person's events, by one of two doors (door-stream.mjs,
// door-socket.mjs), and is cut again and again.  Where the door is shut for good, or nothing is heard, it opens a
// new one with the numbers that it has in the address.
//
//   visit: { after, told: [entry], end }  after: the numbers that it came with, '' at first; end: a WebSocket's code
//   entry: { event, at, numbers, … }      numbers: what its id says, Map: address → number, or undefined

import { Actor } from './actor.mjs';
import { addressOf, digest, logged } from './reader.mjs';

const CUT_MS = [200, 2_500];
const SILENCE_MS = 4_500; // several heartbeats
const BACK_OFF_MS = [150, 300];
const RECENT_MAX = 20;

export class Follower extends Actor {
	visits = [];
	delivered = 0;
	cuts = 0;
	refusals = {}; // how often each status was answered in place of a WebSocket
	recent = [];   // the ids of the last notifications
	#scene;
	#random;
	#source;
	#visit;              // with that source, once it is open
	#places = new Map(); // address → the last number it has
	#left = new Set();   // topics that it does not follow any more
	#heardAt = 0;

	constructor(name, person, topics, door, { scene, random }) {
		super();
		this.name = `${name} (${door.name} of ${person.id}: ${topics.join(', ')})`;
		this.person = person;
		this.topics = topics;
		this.door = door;
		this.#scene = scene;
		this.#random = random.fork(name);
	}

	async run() {
		while (!this.isStopping) {
			this.#open();
			while (!this.#source.isOver && !this.isStopping)
				await this.#watch();
			this.#source.close();
			await this.pauseFor(this.#random.integer(...BACK_OFF_MS));
		}
	}

	get addresses() {
		return [this.person.id, ...this.topics.map(addressOf)];
	}

	// Whether it was told that it has all that there is, Map: address → number, and has.
	hasAll(heads) {
		const beat = this.visits.at(-1)?.told.at(-1);
		return beat?.event === 'heartbeat' && this.addresses.every((address) => beat.state.get(address) >= (heads.get(address) ?? 0));
	}

	// --- of a WebSocket -----------------------------------------------------------

	// The answer to a command, or undefined where it is not connected or was cut before.
	async ask(command) {
		return this.#visit?.told.length > 0 ? this.#source.ask(command) : undefined;
	}

	hasLeft(topic) {
		return this.#left.has(topic);
	}

	placeOf(topic) {
		return this.#places.get(addressOf(topic));
	}

	// --- a visit ------------------------------------------------------------------

	#open() {
		const url = new URL(`${this.#scene.site.url}/api/notifications/${this.door.name}`);
		for (const topic of this.topics)
			url.searchParams.append('topic', topic);
		if (this.#places.size > 0)
			url.searchParams.set('last_event_id', this.#describePlaces());
		this.#source = this.door.open(url, { authorization: `Bearer ${this.person.token}` }, {
			open: () => this.#begin(),
			event: (event) => this.#take(event),
			refused: (status) => { this.refusals[status] = (this.refusals[status] ?? 0) + 1; },
			over: (code) => this.#end(code),
		});
		this.#heardAt = Date.now();
	}

	async #watch() {
		await this.pauseFor(this.#random.integer(...CUT_MS));
		if (this.#source.isOver)
			return;
		if (Date.now() - this.#heardAt > SILENCE_MS) {
			this.#source.close();
		} else if (!this.isSettling && !this.isStopping) {
			this.#source.cut();
			this.cuts++;
		}
	}

	#describePlaces() {
		const known = this.topics.filter((topic) => this.placeOf(topic) !== undefined);
		return this.#places.size === 0 ? '' : [this.#places.get(this.person.id), ...known.map((topic) => `${topic}=${this.placeOf(topic)}`)].join(';');
	}

	#begin() {
		this.#visit = { after: this.#describePlaces(), told: [] };
		this.visits.push(this.#visit);
		this.#left.clear();
	}

	#end(code) {
		if (this.#visit)
			this.#visit.end = code;
		this.#visit = undefined;
		this.wake();
	}

	#take({ event, id, data }) {
		const address = data.topic === undefined ? this.person.id : addressOf(data.topic);
		const numbers = id === undefined ? undefined : this.#readId(id, address);
		const entry = { event, at: Date.now(), id, numbers, ...this.#read(event, address, data, numbers) };
		this.#heardAt = entry.at;
		this.#visit.told.push(entry);
		this.#remember(entry, data);
	}

	#read(event, address, data, numbers) {
		if (event === 'published')
			return { address, seq: data.seq, mark: data.data.mark };
		if (logged.has(event))
			return { address, seq: numbers.get(address), digest: digest(data) };
		if (event === 'reset')
			return { address, seq: data.seq, reason: data.reason };
		if (event === 'answer')
			return { address, command: data.command, status: data.status };
		if (event === 'connected' || event === 'heartbeat')
			return { state: new Map([[this.person.id, data.seq], ...Object.entries(data.topics ?? {}).map(([topic, seq]) => [addressOf(topic), seq])]) };
		return {};
	}

	#remember({ event, address, seq, numbers, state, command, status }, { id, topic }) {
		if (event === 'connected' && this.#places.size === 0)
			this.#places = new Map(state);
		for (const [at, number] of numbers ?? [])
			this.#places.set(at, number);
		if (seq !== undefined)
			this.#places.set(address, seq);
		if (seq !== undefined && event !== 'reset')
			this.delivered++;
		if (event === 'new_notification')
			this.recent = [...this.recent, id].slice(-RECENT_MAX);
		if (command === 'unfollow' && status === 200)
			this.#left.add(topic);
		if (command === 'follow' && status === 200)
			this.#left.delete(topic);
	}

	#readId(id, address) {
		if (!this.door.hasWholeIds)
			return new Map([[address, id]]);
		const [own, ...topics] = id.split(';');
		return new Map([[this.person.id, Number(own)], ...topics.map((place) => place.split('=')).map(([name, seq]) => [addressOf(name), Number(seq)])]);
	}
}
