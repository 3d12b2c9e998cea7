// What a transaction has come to so far, as its writer knows: which marks the log is to have if it
// commits.  A row that changes again before it is numbered is told as it is then, and one that came
// and went is not told at all.

export class Draft {
	#transaction;
	#untold = new Map(); // id → the mark that its event will have
	#told = [];
	#undone = [];

	constructor(transaction) {
		this.#transaction = transaction;
	}

	// It is there with this mark now: new, or changed.
	write(id, key) {
		this.remove(id);
		this.#untold.set(id, key);
	}

	remove(id) {
		if (this.#untold.has(id))
			this.#undone.push(this.#untold.get(id));
		this.#untold.delete(id);
	}

	// What was noted has its number now, and what comes later is told besides.
	number() {
		this.#told.push(...this.#untold.values());
		this.#untold.clear();
	}

	// A savepoint, and the way back to it.
	save() {
		return { untold: new Map(this.#untold), told: [...this.#told] };
	}

	restore({ untold, told }) {
		const marks = new Set([...untold.values(), ...told]);
		const taken = [...this.#untold.values(), ...this.#told].filter((key) => !marks.has(key));
		this.#undone = [...this.#undone.filter((key) => !marks.has(key)), ...taken];
		this.#untold = untold;
		this.#told = told;
	}

	// The transaction is about to commit.
	close() {
		this.number();
		this.#transaction.kept.push(...this.#told);
		this.#transaction.undone.push(...this.#undone);
	}
}
