// Compares what a follower (follower.mjs) was told with each of the logs that it follows.  Pure.

import { Divergence } from './judge.mjs';

const REFUSED_WELL = ['429', '502', '503', '504'];
const ANSWERED_WELL = [200, 404, 429, 503]; // 404: what is to be marked has been deleted
const CLOSED_WELL = [undefined, 1000, 1001, 1006, 1013]; // 1006: it was cut

// The first divergence, { kind, text }, or undefined.  counts: what is found is added to it.
export function judgeFollower(follower, courseOf, counts) {
	const story = new FollowerStory(follower, courseOf, counts);
	const refused = Object.keys(follower.refusals ?? {}).filter((status) => !REFUSED_WELL.includes(status));
	if (refused.length > 0)
		return { kind: 'refused', text: `${follower.name} was answered ${refused}` };
	for (const [i, visit] of follower.visits.entries()) {
		counts.visits++;
		for (const [j, entry] of visit.told.entries()) {
			try {
				story.judge(visit, j, entry);
			} catch (divergence) {
				if (!(divergence instanceof Divergence))
					throw divergence;
				const around = visit.told.slice(Math.max(0, j - 4), j + 2).map(({ event, id, seq, reason }) => `\n      ${[event, seq, reason, id && `#${id}`].filter(Boolean).join(' ')}`);
				return { kind: divergence.kind, text: `${follower.name}, visit ${i + 1} of ${follower.visits.length} (after ${visit.after}): ${divergence.message}${around.join('')}` };
			}
		}
		if (!CLOSED_WELL.includes(visit.end))
			return { kind: 'refused', text: `${follower.name}, visit ${i + 1}: closed with ${visit.end}` };
	}
	return story.judgeEnd();
}

class FollowerStory {
	#follower;
	#courseOf;
	#counts;
	#positions = new Map(); // address → the last number it has
	#followed; // addresses, by now

	constructor(follower, courseOf, counts) {
		this.#follower = follower;
		this.#courseOf = courseOf;
		this.#counts = counts;
	}

	judge(visit, index, entry) {
		if ((index === 0) !== (entry.event === 'connected'))
			throw new Divergence('untrue', 'connected comes first, and once');
		if (entry.event === 'connected')
			this.#judgeConnected(visit, entry);
		else if (entry.event === 'reset')
			this.#judgeReset(entry);
		else if (entry.seq !== undefined)
			this.#judgeEvent(entry, visit.told[0]);
		else if (entry.event === 'answer')
			this.#judgeAnswer(entry);
		else if (entry.event === 'heartbeat')
			this.#compare(entry.state, this.#follower.addresses, 'a heartbeat');
		else if (!['unread_count', 'closing'].includes(entry.event))
			throw new Divergence('untrue', `it was told ${entry.event}`);
		if (entry.numbers)
			this.#compare(entry.numbers, this.#hasWholeIds ? this.#follower.addresses : [...entry.numbers.keys()], 'the id');
	}

	judgeEnd() {
		for (const address of this.#follower.addresses) {
			const { head } = this.#courseOf(address);
			if ((this.#positions.get(address) ?? 0) !== head)
				return { kind: 'lost', text: `${this.#follower.name} has ${this.#positions.get(address)} of ${JSON.stringify(address)} in the end; the log goes to ${head}` };
		}
		return undefined;
	}

	get #hasWholeIds() {
		return this.#follower.door.hasWholeIds;
	}

	// At first from now on; then from where it was, which a WebSocket is not told again.
	#judgeConnected({ after }, { numbers, state }) {
		this.#followed = new Set(this.#follower.addresses);
		if (after === '')
			for (const address of this.#follower.addresses)
				this.#positions.set(address, state.get(address));
		if ((numbers !== undefined) !== (this.#hasWholeIds || after === ''))
			throw new Divergence('untrue', numbers ? 'connected has an id' : 'connected has no id');
	}

	// A topic that is followed again goes on from where it was, too.
	#judgeAnswer({ command, status, address }) {
		if (command === undefined)
			throw new Divergence('untrue', 'an answer to nothing');
		if (!ANSWERED_WELL.includes(status))
			throw new Divergence('refused', `${command} was answered ${status}`);
		if (status === 200 && command === 'follow')
			this.#followed.add(address);
		if (status === 200 && command === 'unfollow')
			this.#followed.delete(address);
	}

	#judgeReset({ address, seq, reason, at }) {
		this.#counts.resets++;
		this.#judgeFollowed(address);
		const after = this.#positions.get(address);
		if (!this.#courseOf(address).findObstacle(after, at))
			throw new Divergence('wrong reset', `${reason}: what follows ${after} of ${JSON.stringify(address)} could have been told`);
		this.#positions.set(address, seq);
	}

	#judgeEvent({ event, address, seq, mark, digest }, connected) {
		this.#judgeFollowed(address);
		const row = this.#courseOf(address).at(seq), position = this.#positions.get(address);
		if ((row?.prev ?? seq - 1) !== position)
			throw new Divergence(seq > position ? 'lost' : seq === position ? 'doubled' : 'out of order', `${event} ${seq} of ${JSON.stringify(address)} came after ${position}`);
		if (row?.type !== event || (digest !== undefined ? row.digest !== digest : row.mark !== mark))
			throw new Divergence('untrue', `${event} ${seq} of ${JSON.stringify(address)} is not what the log has: ${row?.type ?? 'nothing'}`);
		this.#positions.set(address, seq);
		this.#counts.delivered++;
		this.#counts.followed = (this.#counts.followed ?? 0) + 1;
		if (seq <= connected.state.get(address))
			this.#counts.replayed++;
	}

	#judgeFollowed(address) {
		if (!this.#followed.has(address))
			throw new Divergence('untrue', `it was told of ${JSON.stringify(address)}, which it had left`);
	}

	#compare(numbers, addresses, what) {
		for (const address of addresses) {
			const position = this.#followed.has(address) ? this.#positions.get(address) : undefined;
			if (numbers.get(address) !== position)
				throw new Divergence('untrue', `${what} has ${numbers.get(address)} of ${JSON.stringify(address)}; it is ${position}`);
		}
	}
}
