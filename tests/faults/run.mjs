// One run: writers, readers and faults from a seed, until the time is over;
// then everything comes to rest, and the judge has its say.

import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { judge } from './judge.mjs';
import copies from './kinds/copies.mjs';
import links from './kinds/links.mjs';
import postgres from './kinds/postgres.mjs';
import programs from './kinds/programs.mjs';
import tables from './kinds/tables.mjs';
import { Commander } from './commander.mjs';
import { socketDoor } from './door-socket.mjs';
import { streamDoor } from './door-stream.mjs';
import { Follower } from './follower.mjs';
import { Gate, Ledger, readClaimed } from './ledger.mjs';
import { joinLog, readLists, readLog } from './log.mjs';
import { Probe } from './probe.mjs';
import { Random } from './random.mjs';
import { manners, Reader } from './reader.mjs';
import { Scene } from './scene.mjs';
import { until, within } from './wait.mjs';
import { Waker } from './waker.mjs';
import { Writer } from './writer.mjs';

const PEOPLE = 6;
const READERS = 15;
const WRITERS = 6;
const FOLLOWERS = [streamDoor, streamDoor, streamDoor, socketDoor, socketDoor, socketDoor, socketDoor]; // of each of the topics
const COMMANDERS = 2; // through the last of them
const REST_MS = 60_000;  // for every reader to be whole in the end
const FAILED_MS = 5_000; // the same where something has already been found
const PAUSE_MS = 15_000; // for those who are there to be whole between two faults
const EMPTY_MS = 40_000; // for the writers to finish what they are at

export const allFaults = [...postgres, ...programs, ...links, ...tables, ...copies];

export class Run {
	#scene;
	#random;
	#ledger = new Ledger();
	#gate = new Gate();
	#readers = [];
	#followers = [];
	#commanders = [];
	#writers = [];
	#waker;
	#probe;
	#running = [];
	recoveries = new Map(); // name of a fault → [milliseconds until whole again]
	findings = [];

	// Of the faults only those that fit the settings and the machine.
	// It takes so many seconds, or until it has had so many kinds of them.
	constructor({ seed, seconds, kindsMin = 0, floorS = 3600, pooler = false, isShort = false, faults = undefined }) {
		this.seed = seed;
		this.seconds = seconds;
		this.kindsMin = kindsMin;
		this.#random = new Random(seed);
		this.#scene = new Scene({ people: PEOPLE, floorS, pooler });
		this.faults = (faults ?? allFaults).filter(({ needsFloor, needsDisk, isSlow }) =>
			!(needsFloor && floorS > 5) && !(needsDisk && !this.#scene.disk) && !(isSlow && isShort));
	}

	async perform(onProgress = () => {}) {
		try {
			await this.#scene.start();
			await this.#begin();
			const timer = setInterval(() => onProgress(this.#describeProgress()), 5_000);
			await this.#note('not whole', this.#suffer());
			clearInterval(timer);
			await this.#note('not whole', this.#rest());
			await this.#judge();
		} finally {
			await this.#end();
		}
		return this;
	}

	get #actors() {
		return [...this.#readers, ...this.#followers, ...this.#commanders, ...this.#writers, this.#waker].filter(Boolean);
	}

	async #note(kind, work) {
		try {
			await work;
		} catch (error) {
			this.findings.push({ kind, text: error.message });
		}
	}

	async #begin() {
		const common = { scene: this.#scene, random: this.#random, ledger: this.#ledger, gate: this.#gate };
		const names = Object.keys(manners);
		for (let i = 0; i < READERS; i++) {
			const person = this.#scene.people[i % PEOPLE];
			this.#readers.push(new Reader(`reader ${i}`, person, names[Math.floor(i / 3) % names.length], common));
		}
		for (let i = 0; i < WRITERS; i++)
			this.#writers.push(new Writer(`writer ${i}`, common));
		for (const [i, door] of FOLLOWERS.entries())
			this.#followers.push(new Follower(`follower ${i}`, this.#scene.people[i % PEOPLE], this.#scene.topics, door, common));
		this.#commanders.push(...this.#followers.slice(-COMMANDERS).map((follower) => new Commander(follower, common)));
		this.#waker = new Waker(common);
		this.#running.push(...this.#actors.map((actor) => actor.run()));
		this.#running.forEach((running) => running.catch((error) => this.findings.push({ kind: 'broken off', text: error.stack })));
		this.#probe = new Probe(this.#scene, this.#random);
		await this.#probe.start();
	}

	// --- faults --------------------------------------------------------------------

	// Each kind once in a random order, then each again, while there is time.
	// A run too short for all begins with those that tell most.
	async #suffer() {
		const until = performance.now() + this.seconds * 1000;
		const tell = (isTelling) => this.#random.shuffle(this.faults.filter((fault) => Boolean(fault.isTelling) === isTelling));
		let deck = [...tell(false), ...tell(true)];
		while ((performance.now() < until || this.recoveries.size < this.kindsMin) && this.findings.length === 0) {
			if (deck.length === 0)
				deck = this.#random.shuffle(this.faults);
			await sleep(this.#random.integer(50, 600));
			this.current = deck.pop();
			await this.#sufferOne(this.current);
			if (this.#random.chance(0.5))
				await this.#pause();
		}
	}

	// Whole is: the event that was inserted as early as the database took it has
	// arrived; then each stream process has a stream of the probe, the api
	// answers, and one more event arrives.
	async #sufferOne(fault) {
		await this.#probe.cover();
		if (fault.isQuiet)
			await within(EMPTY_MS, 'the writers pause', this.#gate.close());
		try {
			const tookMs = await this.#measure(fault);
			const took = this.recoveries.get(fault.name) ?? [];
			this.recoveries.set(fault.name, [...took, tookMs]);
		} catch (error) {
			throw new Error(`after "${fault.name}": ${error.message}`);
		} finally {
			this.#gate.open();
		}
	}

	async #measure(fault) {
		const context = { scene: this.#scene, random: this.#random, readers: this.#readers };
		const state = await fault.make(context);
		let since = performance.now();
		let isHealed = false;
		try {
			const early = this.#probe.send({ mayBeMany: true });
			early.catch(() => {});
			if (fault.heldMs) {
				await sleep(this.#random.integer(...fault.heldMs));
				isHealed = true;
				await fault.heal(context, state);
				since = performance.now();
			}
			await this.#probe.arrive(await early);
			await fault.hasStruck?.(context, state);
			await this.#probe.cover();
			await this.#probe.ask();
			await this.#probe.arrive(await this.#probe.send());
			return performance.now() - since;
		} finally {
			if (!isHealed)
				await fault.heal?.(context, state);
		}
	}

	// The writers pause: whoever is there gets everything, without a further
	// event that would make good what was lost.
	async #pause() {
		await within(EMPTY_MS, 'the writers pause', this.#gate.close());
		const heads = await this.#readHeads();
		const late = [];
		await Promise.all(this.#readers.map(async (reader) => {
			const head = heads.get(reader.person.id) ?? 0;
			if (reader.isHere && await reader.reach(head, PAUSE_MS, true) === 'late')
				late.push(`${reader.name} has ${reader.seq} of ${head}`);
		}));
		this.#gate.open();
		if (late.length > 0)
			throw new Error(`after "${this.current.name}", and a pause of ${PAUSE_MS} ms: ${late.join('; ')}`);
	}

	// --- the end -------------------------------------------------------------------

	async #rest() {
		for (const writer of this.#writers)
			writer.stop();
		for (const commander of this.#commanders)
			commander.settle();
		await within(EMPTY_MS, 'the writers stop', this.#gate.close());
		this.#gate.open();
		await this.#scene.settle();
		await this.#claimTheRest();
		for (const reader of [...this.#readers, ...this.#probe.readers, ...this.#followers])
			reader.settle();
		// A command that was cut off may still have been under way.
		for (let heads, now = await this.#readHeads(); !isDeepStrictEqual(heads, now); now = await this.#readHeads()) {
			heads = now;
			await this.#restAt(heads);
		}
	}

	async #restAt(heads) {
		const everybody = [...this.#readers, ...this.#probe.readers];
		const limitMs = this.findings.length === 0 ? REST_MS : FAILED_MS;
		const late = [];
		await Promise.all(everybody.map(async (reader) => {
			const head = heads.get(reader.person.id) ?? 0;
			if (await reader.reach(head, limitMs) === 'late' || await reader.rest(head, limitMs) === 'late')
				late.push(`${reader.name} has ${reader.seq} of ${head}`);
		}));
		for (const follower of this.#followers)
			await until(`${follower.name} has all`, async () => follower.hasAll(heads), limitMs).catch((error) => late.push(error.message));
		if (late.length > 0)
			throw new Error(`in the end: ${late.join('; ')}`);
	}

	// What nobody has handed out yet.
	async #claimTheRest() {
		for (let rows; rows === undefined || rows.length > 0;) {
			this.#ledger.handedOutUpTo = await this.#readHeads();
			rows = await until('what is left to be handed out', () => this.#scene.site.sql(`select * from pgbell.claim_unread('0 s')`));
			Object.assign(this.#ledger.begin('the run'), { outcome: 'committed', claimed: readClaimed(rows) });
		}
	}

	async #readHeads() {
		const rows = await this.#scene.site.sql('select address, seq::float8 from pgbell.inbox');
		return new Map(rows.map(({ address, seq }) => [address, seq]));
	}

	async #judge() {
		const { site, forgotten, mends } = this.#scene;
		const log = joinLog(await readLog(site), forgotten, mends), lists = await readLists(site);
		const readers = [...this.#readers, ...this.#probe.readers];
		const { findings, counts } = judge({ log, lists, trims: this.#scene.trims, readers, followers: this.#followers, ledger: this.#ledger });
		this.findings.push(...findings);
		this.counts = { ...counts, written: [...log.values()].flat().filter(({ type }) => type !== 'mended').length, awake: this.#waker.awake, doors: this.#countDoors(), ...this.#ledger.count() };
		for (const { address, problem } of await this.#scene.site.sql('select * from pgbell.check_consistency()'))
			this.findings.push({ kind: 'untrue', text: `check_consistency: ${address}: ${problem}` });
	}

	// What followers were given by each door: { stream: { followed, cuts }, … }
	#countDoors() {
		const doors = {};
		for (const { door: { name }, delivered, cuts } of this.#followers) {
			doors[name] ??= { followed: 0, cuts: 0 };
			doors[name].followed += delivered;
			doors[name].cuts += cuts;
		}
		doors.socket.commands = this.#commanders.reduce((sum, { given }) => sum + given, 0);
		return doors;
	}

	async #end() {
		for (const actor of this.#actors)
			actor.stop();
		await Promise.allSettled([this.#probe?.stop(), ...this.#running]);
		await this.#note('broken off', this.#scene.stop());
	}

	// --- words ---------------------------------------------------------------------

	#describeProgress() {
		const delivered = [...this.#readers, ...this.#probe.readers].reduce((sum, { delivered }) => sum + delivered, 0);
		const written = this.#writers.reduce((sum, writer) => sum + writer.written, 0);
		const faults = [...this.recoveries.values()].flat().length;
		return `${written} notifications written, ${delivered} events delivered, ${faults} faults survived; now: ${this.current?.name}`;
	}
}
