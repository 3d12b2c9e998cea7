/*
 * A lock that one page of a browser holds at a time: Web Locks where a page may have them (HTTPS and
 * localhost), and an agreement over a BroadcastChannel where it may not, as on an intranet over plain HTTP.
 *
 * The agreement: whoever wants the lock claims it, and has it when nobody has objected for a while.  Its
 * holder objects, and of two that claim at once one does, by their ids.  A holder that hangs objects too
 * late; then there are two, until it hears of the other: the one that took it last keeps it.  What Web
 * Locks do better: they know at once of a page that crashed.  Here somebody has to take the lock from it,
 * as from one that hangs (tabs.js).
 */

const OBJECTION_MS = 500; /* how long a busy page may take to object */

/* As navigator.locks.request(), with `signal` or `steal`; `hold` may return a promise. */
export async function requestLock(name, how, hold) {
	try {
		if (globalThis.navigator?.locks) return await navigator.locks.request(name, how, hold);
	} catch (error) {
		/* So says a browser that keeps nothing for this site: no locks either. */
		if (error.name !== 'SecurityError') throw error;
	}
	return new Promise((resolve, reject) => agree({ name, ...how, hold, resolve, reject }));
}

/* What a page has done to get it leads where: */
const STEPS = {
	waiting: { claim: 'claiming', take: 'holding', end: 'over' },
	claiming: { yield: 'waiting', take: 'holding', end: 'over' },
	holding: { end: 'over' },
	over: {},
};

function agree({ name, signal, steal, hold, resolve, reject }) {
	const channel = new BroadcastChannel(`${name} lock`);
	const id = Math.random().toString(36).slice(2);
	let state = 'waiting';
	let since = 0; /* when we took it; of those who hold it, when the last one did */
	let objection; /* the timer that ends the wait for one */

	const say = (message) => channel.postMessage({ id, ...message });

	/* Returns whether that step could be taken. */
	function step(name) {
		const next = STEPS[state][name];
		if (next === undefined) return false;
		clearTimeout(objection);
		state = next;
		if (state === 'over') {
			channel.close();
			signal?.removeEventListener('abort', abort);
		}
		return true;
	}

	function claim() {
		if (!step('claim')) return;
		say({ claims: true });
		objection = setTimeout(take, OBJECTION_MS);
	}

	function take() {
		if (!step('take')) return;
		signal?.removeEventListener('abort', abort);
		since = Math.max(since + 1, Date.now());
		say({ since });
		new Promise((done) => done(hold())).then(release, fail);
	}

	/* Those who have stood back for us are told that they need not. */
	function leave() {
		if (state === 'holding' || state === 'claiming') say({ free: true });
		step('end');
	}

	function release(value) {
		leave();
		resolve(value);
	}

	function fail(error) {
		leave();
		reject(error);
	}

	const abort = () => fail(new DOMException('It was called off', 'AbortError'));

	function lose() {
		step('end');
		reject(new DOMException('Another page has taken it', 'AbortError'));
	}

	/* Of two that claim the smaller id goes on. */
	function onClaim(other) {
		if (state === 'holding') say({ since });
		else if (state === 'claiming' && id < other) say({ claims: true });
		else step('yield');
	}

	function onHeld(other) {
		const isLater = other.since > since || (other.since === since && other.id < id);
		if (state !== 'holding') {
			since = Math.max(since, other.since);
			step('yield');
		} else if (isLater) lose();
		else say({ since });
	}

	channel.onmessage = ({ data }) => {
		if (data.free) claim();
		else if (data.claims) onClaim(data.id);
		else onHeld(data);
	};
	signal?.addEventListener('abort', abort);
	/* Not at once, as with Web Locks: who asks is not yet done with asking. */
	if (steal) objection = setTimeout(take);
	else claim();
}
