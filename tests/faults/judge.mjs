// Compares what each reader was told with the log, and the log with what the
// writers committed.  Pure: it knows neither the site nor the time.
//
//   log       Map: person → rows by number, see log.mjs; whole, also what was trimmed or forgotten
//   trims     see course.mjs
//   lists     Map: person → the list in the end, see log.mjs
//   readers   [{ name, person: { id }, visits, refusals }], see reader.mjs
//   followers see follower.mjs
//   ledger    see ledger.mjs
//
// A finding is { kind, text }; its kind is one of these, the last two being the run's own.

import { Course } from './course.mjs';
import { Fold } from './fold.mjs';
import { judgeFollower } from './follower-judge.mjs';
import { isTopic } from './reader.mjs';

export const kinds = ['lost', 'doubled', 'out of order', 'untrue', 'wrong reset', 'wrong count', 'wrong list', 'refused', 'not whole', 'broken off'];

const CONTEXT = 4;
const CLAIMED_MAX = 1000; // unread ones of a person, which claim_unread() looks at; of more, the newest

export function judge({ log, trims, lists, readers, followers = [], ledger }) {
	const courses = new Map([...log].map(([person, rows]) => [person, new Course(person, rows, trims)]));
	const courseOf = (person) => courses.get(person) ?? new Course(person, [], trims);
	const findings = [...judgeLog(courses, lists), ...judgeWriters(log, courseOf, ledger),
		...judgeAnnouncements(log, lists, ledger), ...judgeClaims(log, lists, ledger)];
	const counts = { delivered: 0, replayed: 0, resets: 0, visits: 0 };
	for (const reader of readers) {
		const story = new Story(reader, courseOf(reader.person.id), counts);
		const finding = story.judge();
		if (finding)
			findings.push(finding);
	}
	findings.push(...followers.map((follower) => judgeFollower(follower, courseOf, counts)).filter(Boolean));
	return { findings, counts };
}

// --- the log -------------------------------------------------------------------

function* judgeLog(courses, lists) {
	for (const [person, course] of courses) {
		const [kind, text] = course.findFlaw() ?? [];
		if (kind)
			yield { kind, text: `the log of ${person}: ${text}` };
		if (isTopic(person))
			continue; // nobody makes a list of it
		const fold = new Fold();
		const wrong = course.living.map((row) => fold.take(row)).find(Boolean) ?? fold.compare(lists.get(person));
		if (wrong)
			yield { kind: 'wrong list', text: `${person}: ${wrong}` };
	}
}

// Committed: each mark once.  Rolled back: none.  Unknown: all or none.
function* judgeWriters(log, courseOf, ledger) {
	const found = new Map();
	for (const [person, rows] of log)
		for (const { mark } of rows)
			if (mark !== null)
				found.set(`${person} ${mark}`, (found.get(`${person} ${mark}`) ?? 0) + 1);
	for (const { writer, kept, undone, outcome } of ledger.transactions) {
		const times = kept.map((key) => found.get(key) ?? 0);
		for (const [i, key] of kept.entries()) {
			const wanted = outcome === 'committed' ? 1 : outcome === 'unknown' ? Math.min(times[0], 1) : 0;
			if (times[i] !== wanted)
				yield {
					kind: times[i] < wanted ? 'lost' : times[i] > 1 ? 'doubled' : 'untrue',
					text: `${writer} ${outcome}: notification ${key} is ${times[i]} times in the log, not ${wanted}`,
				};
		}
		for (const key of undone.filter((key) => found.has(key)))
			yield { kind: 'untrue', text: `${writer} took notification ${key} back; it is in the log` };
	}
	for (const { person, seq, unreadCount } of ledger.answers) {
		const count = courseOf(person).countAt(seq);
		if (count !== unreadCount)
			yield { kind: 'wrong count', text: `the api told ${person} ${unreadCount} unread at ${seq}; the log says ${count}` };
	}
}

const isPerson = (address) => !address.startsWith('\u0001'); // and no topic

// Each person has an announcement once, if it stays; at most once, if it may end; and not in the end, if it is over.
function* judgeAnnouncements(log, lists, ledger) {
	const people = [...log].filter(([address]) => isPerson(address));
	for (const { announced: { mark, mayEnd, isOver } = {}, outcome } of ledger.transactions.filter(({ announced }) => announced))
		for (const [person, rows] of people) {
			const times = rows.filter((row) => row.mark === mark && row.forgotten === undefined).length;
			const isListed = [...lists.get(person)?.values() ?? []].some((entry) => entry.mark === mark);
			if (times > 1)
				yield { kind: 'doubled', text: `${person} was told announcement ${mark} ${times} times` };
			if (outcome === 'rolled back' && times > 0)
				yield { kind: 'untrue', text: `announcement ${mark} was taken back; ${person} was told it` };
			if (outcome === 'committed' && !mayEnd && times === 0)
				yield { kind: 'lost', text: `${person} was never told announcement ${mark}` };
			if (isOver && isListed)
				yield { kind: 'wrong list', text: `${person} has announcement ${mark}, which is over` };
		}
}

// Handed out once, unless it was read or gone in between, and each that is unread in the end.
function* judgeClaims(log, lists, ledger) {
	const committed = ledger.transactions.filter(({ claimed, outcome }) => claimed && outcome === 'committed').flatMap(({ claimed }) => claimed);
	const seen = new Set();
	for (const key of committed) {
		const [person, id] = key.split(' ');
		if (seen.has(key) && !hasLeft(log.get(person) ?? [], Number(id)))
			yield { kind: 'doubled', text: `notification ${id} of ${person} was handed out twice` };
		seen.add(key);
	}
	for (const [person, list] of lists) {
		const unread = [...list].filter(([, { isUnread }]) => isUnread);
		const later = (log.get(person) ?? []).filter(({ seq }) => seq > ledger.handedOutUpTo.get(person));
		for (const [id, { isClaimed }] of unread.length <= CLAIMED_MAX ? unread : [])
			if (isClaimed === false && !hasCome(later, id))
				yield { kind: 'lost', text: `notification ${id} of ${person} is unread, and was not handed out; all up to ${ledger.handedOutUpTo.get(person)} was` };
	}
}

// Whether it was read, deleted or snoozed at some time, or its log was begun anew.
const hasLeft = (rows, id) => rows.some(({ type, forgotten, change }) => forgotten || type === 'mended' || change.all
	|| (type === 'notification_read' && change.ids.includes(id)) || (type === 'notification_deleted' && change.id === id)
	|| (type === 'notification_changed' && change.id === id && !change.isUnread));

// Whether it came, or was unread again: by a command that was cut off, say, and was still under way.
const hasCome = (rows, id) => rows.some(({ type, change }) => (change?.id === id && change.isUnread)
	|| (type === 'notification_unread' && change.ids.includes(id)));

// --- one reader ------------------------------------------------------------------

export class Divergence extends Error {
	constructor(kind, text) {
		super(text);
		this.kind = kind;
	}
}

class Story {
	#reader;
	#course;
	#counts;
	#position = null; // the last number it has
	#countTold;       // the last count besides a heartbeat's

	constructor(reader, course, counts) {
		this.#reader = reader;
		this.#course = course;
		this.#counts = counts;
	}

	// The first divergence, or undefined.
	judge() {
		const { visits, refusals } = this.#reader;
		const refused = Object.keys(refusals).filter((status) => !['429', '502', '503', '504'].includes(status));
		if (refused.length > 0)
			return { kind: 'refused', text: `${this.#reader.name} was answered ${refused}` };
		for (const [i, visit] of visits.entries()) {
			let j = 0;
			try {
				this.#counts.visits++;
				for (; j < visit.told.length; j++)
					this.#judgeEntry(visit, j);
			} catch (divergence) {
				if (!(divergence instanceof Divergence))
					throw divergence;
				return { kind: divergence.kind, text: this.#describe(divergence, i, j) };
			}
		}
		return this.#judgeEnd();
	}

	#judgeEnd() {
		const { name } = this.#reader;
		const { head } = this.#course;
		if (this.#position !== head)
			return { kind: 'lost', text: `${name} has ${this.#position} in the end; the log goes to ${head}${this.#showLog(this.#position ?? 0)}` };
		if (this.#countTold !== this.#course.countAt(head))
			return { kind: 'wrong count', text: `${name} was told ${this.#countTold} unread in the end; it is ${this.#course.countAt(head)}` };
		return undefined;
	}

	#judgeEntry(visit, index) {
		const entry = visit.told[index];
		if ((index === 0) !== (entry.event === 'connected'))
			throw new Divergence('untrue', 'connected comes first, and once');
		switch (entry.event) {
		case 'connected': return this.#judgeConnected(visit, entry);
		case 'reset': return this.#judgeReset(visit, index, entry);
		case 'unread_count':
			this.#countTold = entry.count;
			return this.#judgeCount(visit, entry);
		case 'heartbeat': return this.#judgeCount(visit, entry);
		case 'closing': return undefined; // the process goes, in good order
		default: return this.#judgeEvent(visit, entry);
		}
	}

	#judgeConnected(visit, entry) {
		this.#judgeNumber(entry.count, this.#course.countAt(entry.seq), `unread at ${entry.seq}`);
		this.#countTold = entry.count;
		if (entry.id === undefined) { // the stream goes on, or a reset follows
			if (visit.told.length > 1 && visit.told[1].event !== 'reset' && visit.after !== String(this.#position))
				throw new Divergence('wrong reset', `a stream went on from ${visit.after}, which nobody gave`);
			return;
		}
		if (entry.id !== entry.seq)
			throw new Divergence('untrue', 'connected carries the current number unless the stream goes on');
		if (visit.after !== null)
			throw new Divergence('wrong reset', 'connected starts anew, and no reset said so before');
		this.#position = entry.seq;
	}

	#judgeReset(visit, index, entry) {
		this.#counts.resets++;
		if (entry.id !== entry.seq)
			throw new Divergence('wrong reset', `its id is ${entry.id}, not ${entry.seq}`);
		this.#judgeNumber(entry.count, this.#course.countAt(entry.seq), `unread at ${entry.seq}`);
		const isFirst = index === 1 && visit.after !== null; // else it became impossible since
		const after = isFirst ? readNumber(visit.after) : this.#position;
		const isUnknown = !(after >= 0 && after <= entry.seq);
		if (entry.reason !== (isUnknown ? 'unknown' : 'trimmed'))
			throw new Divergence('wrong reset', `after ${visit.after} (it has ${this.#position}), reason ${entry.reason}`);
		if (!this.#course.findObstacle(after, entry.at))
			throw new Divergence('wrong reset', `what follows ${after} could have been told`);
		this.#position = entry.seq;
	}

	// A count belongs to the number told with it; before the first event of a
	// stream that goes on, it may be the one that connected told.
	#judgeCount(visit, entry) {
		if (entry.seq !== this.#position)
			throw new Divergence('untrue', `${entry.event} says ${entry.seq} is the number; it is ${this.#position}`);
		if (entry.count !== visit.told[0].count || visit.told[0].seq < this.#position)
			this.#judgeNumber(entry.count, this.#course.countAt(entry.seq), `unread at ${entry.seq}`);
	}

	#judgeNumber(told, real, what) {
		if (told !== real)
			throw new Divergence('wrong count', `told ${told} ${what}; the log says ${real}`);
	}

	#judgeEvent(visit, { id, event, digest }) {
		const row = this.#course.at(id);
		if ((row?.prev ?? id - 1) !== this.#position)
			throw new Divergence(this.#kindOf(id), `${event} ${id} came after ${this.#position}`);
		if (row?.type !== event || row.digest !== digest)
			throw new Divergence('untrue', `${event} ${id} is not what the log has: ${row?.type ?? 'nothing'}`);
		this.#position = id;
		this.#counts.delivered++;
		if (id <= visit.told[0].seq)
			this.#counts.replayed++;
	}

	#kindOf(id) {
		if (id > this.#position)
			return 'lost';
		return id === this.#position ? 'doubled' : 'out of order';
	}

	// --- words -----------------------------------------------------------------------

	#describe(divergence, i, j) {
		const { name, visits } = this.#reader;
		const { after, told, end } = visits[i];
		const around = told.slice(Math.max(0, j - CONTEXT), j + CONTEXT)
			.map((entry) => `\n      ${entry === told[j] ? '>' : ' '} ${show(entry)}`);
		return `${name}, visit ${i + 1} of ${visits.length} (after ${after}, ${end}): ${divergence.message}`
			+ `\n    it was told${around.join('')}${this.#showLog(this.#position ?? 0)}`;
	}

	#showLog(seq) {
		const { rows } = this.#course;
		const index = rows.findIndex((row) => row.seq > seq);
		const middle = index < 0 ? rows.length : index;
		return `\n    the log has${rows.slice(Math.max(0, middle - CONTEXT), middle + CONTEXT).map((row) =>
			`\n        #${row.seq} (behind ${row.prev}) ${row.type} ${row.head} unread ${row.count}${row.forgotten ? ', forgotten' : ''}`).join('')}`;
	}
}

// What a client says it has; NaN where that is no number that there could be.
function readNumber(text) {
	return /^\d{1,19}$/.test(text) ? Number(text) : NaN;
}

function show({ event, id, seq, count, reason, head }) {
	const parts = [event, id !== undefined && `#${id}`, head, seq !== undefined && `seq ${seq}`, count !== undefined && `unread ${count}`, reason];
	return parts.filter(Boolean).join(' ');
}
