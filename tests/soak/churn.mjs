// People who come and go: lanes of activities, one after another, that can be
// brought to rest.

import { setTimeout as sleep } from 'node:timers/promises';
import { chooseActivity, choosePerson } from './activities.mjs';

const LANES = 16;
const PAUSE_MS = 30; // between two activities of a lane: bounded work, not as much as goes

export class Churn {
	done = new Map(); // name of an activity → how often
	failures = [];
	#lanes;
	#isGoing = false;

	constructor(site, people) {
		this.site = site;
		this.people = people;
	}

	go() {
		this.#isGoing = true;
		this.#lanes = Array.from({ length: LANES }, () => this.#runLane());
	}

	// Resolves when every activity has come to its end.
	async rest() {
		this.#isGoing = false;
		await Promise.all(this.#lanes ?? []);
	}

	get count() {
		return [...this.done.values()].reduce((sum, count) => sum + count, 0);
	}

	async #runLane() {
		while (this.#isGoing) {
			const activity = chooseActivity();
			await activity(this.site, choosePerson(this.people), this.people)
				.catch((error) => this.failures.push(`${activity.name}: ${error.message}`));
			this.done.set(activity.name, (this.done.get(activity.name) ?? 0) + 1);
			await sleep(PAUSE_MS * 2 * Math.random());
		}
	}
}
