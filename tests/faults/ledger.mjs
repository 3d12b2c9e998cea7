// What the writers know of their own transactions: each notification carries
// a mark, and each transaction has an outcome, as its writer was told.

export class Ledger {
	transactions = [];
	answers = []; // what the REST interface said: { person, seq, unreadCount }
	handedOutUpTo = new Map(); // person → a number; all that was unread then has been handed out

	begin(writer) {
		const transaction = { writer, kept: [], undone: [], outcome: 'unknown' }; // and claimed, announced: { mark, mayEnd, isOver }
		this.transactions.push(transaction);
		return transaction;
	}

	// A number for the next mark; the writers share it.
	#marks = 0;
	nextMark() {
		return ++this.#marks;
	}

	// { committed: 12, … }
	count() {
		const counts = { committed: 0, 'rolled back': 0, unknown: 0 };
		for (const { outcome } of this.transactions)
			counts[outcome]++;
		return counts;
	}
}

// What claim_unread() handed out: a key each.
export const readClaimed = (rows) => rows.flatMap(({ user_id, notifications }) =>
	notifications.map(({ id, place }) => `${user_id} ${id} ${place ?? id}`));

// What the writers pass before each transaction.
export class Gate {
	#opened = Promise.resolve();
	#open = () => {};
	#inside = 0;
	#emptied = () => {};

	async enter() {
		await this.#opened;
		this.#inside++;
	}

	leave() {
		if (--this.#inside === 0)
			this.#emptied();
	}

	// Resolves when nobody is inside any more.
	close() {
		this.#opened = new Promise((resolve) => { this.#open = resolve; });
		return new Promise((resolve) => {
			this.#emptied = resolve;
			if (this.#inside === 0)
				resolve();
		});
	}

	open() {
		this.#emptied = () => {};
		this.#open();
	}
}
