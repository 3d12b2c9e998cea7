// What a work is given: the contenders, which take turns, and a place for what
// was measured.

import { AssertionError } from 'node:assert';
import { appendFile } from 'node:fs/promises';

export class Bench {
	#file;
	#say;

	// contenders: those that have been started, by name; absent: the names of those that could not be
	constructor({ world, contenders, absent = [], repeats, file, patience_s: patience = 30, say = () => {} }) {
		Object.assign(this, { world, contenders, absent, repeats, patience, results: [], round: 0 });
		this.#file = file;
		this.#say = say;
	}

	// measureOne(contender) for each of these, `repeats` times; every round begins with another one.
	// A name that is no contender's stands for work that none of them does.
	async alternate(names, measureOne) {
		const present = names.filter((name) => !this.absent.includes(name));
		for (this.round = 0; this.round < this.repeats; this.round++)
			for (let turn = 0; turn < present.length; turn++) {
				const name = present[(this.round + turn) % present.length];
				const contender = this.contenders[name] ?? { name };
				await this.attempt(contender, () => measureOne(contender));
			}
	}

	// Whether it was done; only of a contender that is known to fail is it not thrown, but told.
	async attempt({ name, mayFail = false }, act) {
		try {
			await act();
			return true;
		} catch (error) {
			if (!mayFail || !(error instanceof AssertionError))
				throw error;
			await appendFile(this.#file, `${JSON.stringify({ work: this.work.number, round: this.round, contender: name, failure: error.message })}\n`);
			this.#say(`*** ${name} DID NOT DO THE WORK: ${error.message} ***`);
			return false;
		}
	}

	async record(contender, parameters, values, round = this.round) {
		const known = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
		for (const [name, value] of Object.entries(known))
			if (!Number.isFinite(value))
				throw new Error(`${contender}: ${name} is ${value}`);
		const result = { work: this.work.number, round, contender, parameters, values: known };
		this.results.push(result);
		await appendFile(this.#file, `${JSON.stringify(result)}\n`);
		const told = Object.entries(parameters).map(([name, value]) => `${name} ${value}`).join(', ');
		const figures = Object.entries(known).slice(0, 3).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`).join(', ');
		this.#say(`${this.work.number}. ${round + 1}/${this.repeats} ${contender}, ${told}: ${figures}`);
	}

	// One work from its beginning to its end.
	async measure(work, settings) {
		this.work = work;
		await work.measure(this, settings);
	}
}
