// The crowd of a contender: its streams, and proof of what they were told.

import assert from 'node:assert';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Program } from './processes.mjs';

export const bin = new URL('../../../build/bench/bin/', import.meta.url).pathname;

export class Crowd {
	#program;
	#dump;
	#together;
	#reopenings;

	// requests: one a stream, its header's lines with tabs between them; of the contender: how many to open at once, and how
	// often to try again those that it has cut
	static async start(scratch, { port, together = 400, reopenings = 0 }, requests) {
		const crowd = new Crowd();
		crowd.#together = together;
		crowd.#reopenings = reopenings;
		const file = join(scratch, `requests-${port}`);
		await writeFile(file, requests.map((request) => `${request}\n`).join(''));
		crowd.#dump = join(scratch, `dump-${port}`);
		crowd.#program = new Program([join(bin, 'crowd'), String(port), file]);
		crowd.count = requests.length;
		return crowd;
	}

	get pid() {
		return this.#program.pid;
	}

	// Open these streams, so many at a time, until each has spoken; those before are open.
	async open(from, to, together = this.#together) {
		let answer = await this.#program.ask(`open ${from} ${to} ${together}`);
		for (let i = 0; i < this.#reopenings && (i === 0 || answer.open < to); i++) {
			await sleep(300);
			answer = await this.#program.ask(`open ${from} ${to} ${together}`);
		}
		assert.ok(answer.complete && answer.failed === 0 && answer.open === to,
			`${to} streams should be open: ${JSON.stringify(answer)}`);
		return answer;
	}

	reset() {
		return this.#program.ask('reset');
	}

	// Until so many events have come; fails loudly if they do not.
	async awaitEvents(events, seconds) {
		const answer = await this.#program.ask(`await ${events} ${seconds}`);
		assert.ok(answer.complete, `of ${events} events only ${answer.events} came: ${JSON.stringify(answer)}`);
		assert.equal(answer.closed, 0, 'streams were closed');
		return answer;
	}

	// That each stream was told so many events whose numbers have this sum; wanted: [{ events, sum }].
	async verify(wanted) {
		await this.#program.ask(`dump ${this.#dump}`);
		const lines = (await readFile(this.#dump, 'utf8')).trimEnd().split('\n');
		wanted.forEach(({ events, sum }, i) => {
			assert.equal(lines[i], `${events} ${sum}`, `stream ${i} was not told what it should have been`);
		});
	}

	// That each of these streams was told so many events whose numbers have this sum.
	async verifyAll(from, to, { events, sum }) {
		const { wrong, first } = await this.#program.ask(`check ${from} ${to} ${events} ${sum}`);
		assert.equal(wrong, 0, `stream ${first} was not told what it should have been, nor ${wrong - 1} others`);
	}

	close() {
		return this.#program.ask('close');
	}

	stop() {
		return this.#program.stop();
	}
}
