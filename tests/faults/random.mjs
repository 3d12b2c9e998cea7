// Chance that a seed repeats: every choice of the writers, the readers and
// the faults comes from here.  (Their interleaving does not: that is the
// machine's.)  xorshift128, Marsaglia 2003, seeded by FNV-1a.

export class Random {
	#name;
	#state;

	constructor(name) {
		this.#name = String(name);
		let hash = 0x811c9dc5;
		this.#state = Uint32Array.from({ length: 4 }, (_, i) => {
			for (const character of `${i} ${this.#name}`)
				hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193);
			return hash || 1;
		});
		for (let i = 0; i < 20; i++)
			this.#draw();
	}

	// Chance of its own for one actor, so that no other's choices change its.
	fork(name) {
		return new Random(`${this.#name}/${name}`);
	}

	#draw() {
		const [x, y, z, w] = this.#state;
		const t = x ^ (x << 11);
		this.#state.set([y, z, w, w ^ (w >>> 19) ^ t ^ (t >>> 8)]);
		return this.#state[3];
	}

	// From low to high, both included.
	integer(low, high) {
		return low + Math.floor(this.#draw() / 2 ** 32 * (high - low + 1));
	}

	chance(probability) {
		return this.#draw() / 2 ** 32 < probability;
	}

	pick(list) {
		return list[this.integer(0, list.length - 1)];
	}

	// One of the keys of { key: weight, … }.
	pickWeighted(weights) {
		const entries = Object.entries(weights);
		let left = this.#draw() / 2 ** 32 * entries.reduce((sum, [, weight]) => sum + weight, 0);
		return (entries.find(([, weight]) => (left -= weight) < 0) ?? entries[0])[0];
	}

	shuffle(list) {
		const shuffled = [...list];
		for (let i = shuffled.length - 1; i > 0; i--) {
			const j = this.integer(0, i);
			[shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
		}
		return shuffled;
	}
}
