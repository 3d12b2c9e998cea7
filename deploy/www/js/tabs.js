/*
 * The tabs of one person in one browser, of which one leads: it alone holds a connection, and tells the
 * others what comes.  A browser has six connections to a host over HTTP/1.1, for all tabs together.
 *
 * Who holds the lock leads.  The browser gives it to the next in line when the leading tab is closed,
 * crashes, or lets go.  A leader that hangs would keep it: so those who can be seen ask for a sign of
 * life now and then, and take the lock from one that gives none.  A leader that goes says so, because the
 * next in line may be frozen just when the lock comes to it, and then has it and knows nothing of it: so
 * nobody waits long for the first word of a new one.  To be told an event twice, or by two, does no harm,
 * since each tab knows by its number what it has.
 */

import { requestLock } from './lock.js';
import { report } from './report.js';

const PATIENCE = 3; /* unanswered questions */

/* Whether pages can speak to each other; a browser that keeps nothing for a site has them, and throws. */
export function canMeet() {
	if (!globalThis.document || !globalThis.BroadcastChannel) return false;
	try {
		new BroadcastChannel('pgbell').close();
		return true;
	} catch {
		return false;
	}
}

/* Says to all pages of the interface `name` whose this one is; onOther: another says that it is not. */
export function meetOthers(name, person, onOther) {
	const channel = new BroadcastChannel(name);
	channel.onmessage = ({ data }) => data !== person && onOther();
	channel.postMessage(person);
	return { leave: () => channel.close() };
}

/*
 *   name      of the group: the interface, and who the person is
 *   describe  what a leader says of itself, {status, seq, topics}; asked on each question, and with an event
 *             that cannot be told
 *   onLead    this tab leads from now on
 *   onFollow  another one does, and has said that; called again whenever it says so
 *   onEvent   an event that the leader tells, and the number that it had before
 *   onWord    what any other tab has said by say()
 * Returns {leads(), tell(event, before), tellStatus(), say(word), leave()}; tell and tellStatus do nothing in
 * a tab that follows.
 */
export function joinTabs({ name, describe, onLead, onFollow, onEvent, onWord, beat_ms }) {
	const channel = new BroadcastChannel(name);
	let leads = false;
	let letGo = () => {};
	let waiting; /* ends our place in the line for the lock */
	let asked = 0;
	let isGone = false;

	const say = (message) => channel.postMessage(message);
	const tellStatus = () => leads && say({ leader: describe() });

	channel.onmessage = ({ data: { question, goes, leader, event, before, word } }) => {
		if (word) {
			onWord(word);
			return;
		}
		if (question) tellStatus();
		if (question || leads) return;
		asked = goes ? PATIENCE - 1 : 0;
		if (leader) onFollow(leader);
		if (event) onEvent(event, before);
	};

	/* A theft does not wait, and cannot be called off. */
	function lineUp(how) {
		waiting = new AbortController();
		how ??= { signal: waiting.signal };
		requestLock(name, how, hold).catch(onLost);
	}

	function hold() {
		if (isGone) return undefined;
		leads = true;
		onLead();
		tellStatus();
		return new Promise((resolve) => {
			letGo = resolve;
		});
	}

	/* Taken from us, while we hung; or given up while we waited. */
	function onLost(error) {
		if (error.name !== 'AbortError') report(error);
		if (isGone || !leads) return;
		leads = false;
		lineUp();
		say({ question: true });
	}

	/* Where no browser watches over the lock, those that are hidden have to. */
	function beat() {
		if (leads || (document.hidden && navigator.locks)) {
			asked = 0;
		} else if (asked < PATIENCE) {
			asked++;
			say({ question: true });
		} else {
			asked = 0;
			waiting.abort();
			lineUp({ steal: true });
		}
	}

	lineUp();
	say({ question: true });
	const beating = setInterval(beat, beat_ms);

	return {
		leads: () => leads,
		/* What is nested too deep for a browser to copy the others are to read themselves. */
		tell(event, before) {
			if (!leads) return;
			try {
				say({ event, before });
			} catch {
				say({ leader: describe(event) });
			}
		},
		tellStatus,
		say: (word) => say({ word }),
		leave() {
			if (leads) say({ goes: true });
			isGone = true;
			leads = false;
			clearInterval(beating);
			waiting.abort();
			letGo();
			channel.close();
		},
	};
}
