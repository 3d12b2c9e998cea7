// The course of a person's numbers: which came after which, what was trimmed or forgotten when.
// Pure; the rows are as joinLog (log.mjs) gives them.

export class Course {
	rows;
	#bySeq = new Map();
	#next = new Map(); // number → the rows that follow it
	#trims;

	// trims: [{ at, upTo: Map: person → the last number that was trimmed }]
	constructor(person, rows, trims) {
		this.rows = rows;
		this.#trims = trims.map(({ at, upTo }) => ({ at, upTo: upTo.get(person) ?? 0 }));
		for (const row of rows) {
			this.#bySeq.set(row.seq, row);
			this.#next.set(row.prev, [...this.#next.get(row.prev) ?? [], row]);
		}
	}

	get living() {
		return this.rows.filter((row) => row.forgotten === undefined);
	}

	get head() {
		return this.living.at(-1)?.seq ?? 0;
	}

	at(seq) {
		return this.#bySeq.get(seq);
	}

	countAt(seq) {
		return seq === 0 ? 0 : this.at(seq)?.count;
	}

	// What is wrong with the numbers, or undefined.
	findFlaw() {
		const twice = this.rows.find((row, i) => row.seq === this.rows[i - 1]?.seq);
		if (twice)
			return ['doubled', `number ${twice.seq} was given twice`];
		let before = 0;
		for (const row of this.living) {
			if (row.type !== 'mended' && row.prev !== before)
				return ['lost', `${row.seq} says that ${row.prev} came before; it was ${before}`];
			before = row.seq;
		}
		const loose = this.rows.find(({ type, prev }) => type !== 'mended' && prev !== 0 && !this.at(prev));
		return loose && ['lost', `${loose.seq} says that ${loose.prev} came before, which there never was`];
	}

	// Why one who had this number could not go on exactly at this time; undefined where one could.
	findObstacle(seq, at) {
		if (seq !== 0 && !this.at(seq))
			return 'never given';
		if (this.at(seq)?.forgotten <= at)
			return 'forgotten';
		if (this.rows.some((row) => row.type === 'mended' && row.seq > seq && row.at <= at))
			return 'mended';
		const wasTrimmed = (row) => this.#trims.some((trim) => trim.at <= at && trim.upTo >= row.seq);
		return this.#next.get(seq)?.some(wasTrimmed) ? 'trimmed' : undefined;
	}
}
