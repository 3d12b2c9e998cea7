// Compares what each reader was told with the log, and the log with what the
// writers committed.  Pure: it knows neither the site nor the time.
//
//   log       Map: person → rows in order { seq, type, digest, count, mark }, whole, also what was trimmed
//   trims     [{ at, upTo: Map: person → the last number that was trimmed }]
//   readers   [{ name, person: { id }, visits, refusals }], see reader.mjs
//   ledger    see ledger.mjs
//
// A finding is { kind, text }; its kind is one of these, the last two being the run's own.

export const kinds = ['lost', 'doubled', 'out of order', 'untrue', 'wrong reset', 'wrong count', 'refused', 'not whole', 'broken off'];

const CONTEXT = 4;

export function judge({ log, trims, readers, ledger }) {
	const findings = [...judgeLog(log), ...judgeWriters(log, ledger)];
	const counts = { delivered: 0, replayed: 0, resets: 0, visits: 0 };
	for (const reader of readers) {
		const story = new Story(reader, log.get(reader.person.id) ?? [], trims, counts);
		const finding = story.judge();
		if (finding)
			findings.push(finding);
	}
	return { findings, counts };
}

// --- the log -------------------------------------------------------------------

function* judgeLog(log) {
	for (const [person, rows] of log) {
		const hole = rows.findIndex(({ seq }, i) => seq !== i + 1);
		if (hole >= 0)
			yield { kind: 'lost', text: `the log of ${person} has ${rows[hole].seq} in place of ${hole + 1}` };
	}
}

// Committed: each mark once.  Rolled back: none.  Unknown: all or none.
function* judgeWriters(log, ledger) {
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
	for (const { person, seq, unreadCount } of ledger.answers)
		if (countAt(log.get(person) ?? [], seq) !== unreadCount)
			yield { kind: 'wrong count', text: `the api told ${person} ${unreadCount} unread at ${seq}; the log says ${countAt(log.get(person) ?? [], seq)}` };
}

function countAt(rows, seq) {
	return seq === 0 ? 0 : rows[seq - 1]?.count;
}

// --- one reader ------------------------------------------------------------------

class Divergence extends Error {
	constructor(kind, text) {
		super(text);
		this.kind = kind;
	}
}

class Story {
	#reader;
	#rows;
	#trims;
	#counts;
	#position = null; // the last number it has
	#countTold;       // the last count besides a heartbeat's

	constructor(reader, rows, trims, counts) {
		this.#reader = reader;
		this.#rows = rows;
		this.#trims = trims;
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
		const head = this.#rows.length;
		if (this.#position !== head)
			return { kind: 'lost', text: `${name} has ${this.#position} in the end; the log goes to ${head}${this.#showLog(this.#position ?? 0)}` };
		if (this.#countTold !== countAt(this.#rows, head))
			return { kind: 'wrong count', text: `${name} was told ${this.#countTold} unread in the end; it is ${countAt(this.#rows, head)}` };
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
		this.#judgeNumber(entry.count, countAt(this.#rows, entry.seq), `unread at ${entry.seq}`);
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
		this.#judgeNumber(entry.count, countAt(this.#rows, entry.seq), `unread at ${entry.seq}`);
		const isFirst = index === 1 && visit.after !== null; // else the log was trimmed since
		const after = isFirst ? Number(visit.after) : this.#position;
		const isUnknown = isFirst && !(after >= 0 && after <= this.#rows.length && String(after) === visit.after);
		if (entry.reason !== (isUnknown ? 'unknown' : 'trimmed'))
			throw new Divergence('wrong reset', `after ${visit.after} (it has ${this.#position}), reason ${entry.reason}`);
		if (!isUnknown && !this.#wasTrimmed(after + 1, entry.at))
			throw new Divergence('wrong reset', `number ${after + 1} was not trimmed`);
		this.#position = entry.seq;
	}

	#wasTrimmed(seq, at) {
		return this.#trims.some((trim) => trim.at <= at && trim.upTo.get(this.#reader.person.id) >= seq);
	}

	// A count belongs to the number told with it; before the first event of a
	// stream that goes on, it may be the one that connected told.
	#judgeCount(visit, entry) {
		if (entry.seq !== this.#position)
			throw new Divergence('untrue', `${entry.event} says ${entry.seq} is the number; it is ${this.#position}`);
		if (entry.count !== visit.told[0].count || visit.told[0].seq < this.#position)
			this.#judgeNumber(entry.count, countAt(this.#rows, entry.seq), `unread at ${entry.seq}`);
	}

	#judgeNumber(told, real, what) {
		if (told !== real)
			throw new Divergence('wrong count', `told ${told} ${what}; the log says ${real}`);
	}

	#judgeEvent(visit, { id, event, digest }) {
		if (id !== this.#position + 1)
			throw new Divergence(this.#kindOf(id), `${event} ${id} came after ${this.#position}`);
		const row = this.#rows[id - 1];
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
		const rows = this.#rows.slice(Math.max(0, seq - CONTEXT), seq + CONTEXT);
		return `\n    the log has${rows.map((row) => `\n        #${row.seq} ${row.type} ${row.head} unread ${row.count}`).join('')}`;
	}
}

function show({ event, id, seq, count, reason, head }) {
	const parts = [event, id !== undefined && `#${id}`, head, seq !== undefined && `seq ${seq}`, count !== undefined && `unread ${count}`, reason];
	return parts.filter(Boolean).join(' ');
}
