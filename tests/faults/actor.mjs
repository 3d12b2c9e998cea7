// What goes on by itself, with pauses, until it is stopped.  It is settled before that: from then on it no longer
// goes away and is no longer cut, so that it comes to have all that there is.

import { Nap } from './wait.mjs';

export class Actor {
	isSettling = false;
	isStopping = false;
	#nap = new Nap();

	settle() {
		this.isSettling = true;
		this.#nap.wake();
	}

	stop() {
		this.isStopping = true;
		this.#nap.wake();
	}

	// A pause; settle(), stop() and wake() end it.
	pauseFor(ms) {
		return this.#nap.take(ms);
	}

	wake() {
		this.#nap.wake();
	}
}
