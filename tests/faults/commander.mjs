// Gives commands through the WebSocket of a follower (follower.mjs): leaves its topics and follows them again
// from where it was, and marks what it was told.  Once it is settled it only follows what it has left.

import { Actor } from './actor.mjs';

const PAUSE_MS = [50, 600];
const SETTLING_MS = [50, 100];
const doings = { turn: 3, read: 3, unread: 2, delete: 1, read_all: 0.3 };

export class Commander extends Actor {
	given = 0; // commands that were answered
	#follower;
	#random;
	#ledger;
	#gate;

	constructor(follower, { random, ledger, gate }) {
		super();
		this.#follower = follower;
		this.#random = random.fork(`commander of ${follower.name}`);
		this.#ledger = ledger;
		this.#gate = gate;
	}

	async run() {
		while (!this.isStopping) {
			await this.pauseFor(this.#random.integer(...this.isSettling ? SETTLING_MS : PAUSE_MS));
			if (this.isSettling)
				await this.#followAll();
			else if (!this.isStopping)
				await this.#do(this.#random.pickWeighted(doings));
		}
	}

	async #do(what) {
		if (what === 'turn') {
			await this.#turn(this.#random.pick(this.#follower.topics));
			return;
		}
		await this.#gate.enter();
		try {
			if (!this.isSettling && !this.isStopping)
				await this.#mark(what);
		} finally {
			this.#gate.leave();
		}
	}

	// It has left a topic when the answer says so: what was told until then is not asked for again.
	#turn(topic) {
		const follower = this.#follower;
		return this.#ask(follower.hasLeft(topic) ? { command: 'follow', topic, after: follower.placeOf(topic) } : { command: 'unfollow', topic });
	}

	async #followAll() {
		for (const topic of this.#follower.topics)
			if (this.#follower.hasLeft(topic))
				await this.#turn(topic);
	}

	async #mark(command) {
		const { recent, person } = this.#follower;
		if (recent.length === 0)
			return;
		const answer = await this.#ask(command === 'read_all' ? { command } : { command, id: this.#random.pick(recent) });
		if (answer?.status === 200 && answer.body?.seq !== undefined)
			this.#ledger.answers.push({ person: person.id, seq: answer.body.seq, unreadCount: answer.body.unread_count });
	}

	async #ask(command) {
		const answer = await this.#follower.ask(command);
		if (answer)
			this.given++;
		return answer;
	}
}
