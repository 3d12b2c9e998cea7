// A list as a page keeps it, which knows nothing but events: what each does to it, and whether it
// can.  In the end it is what the database has, and its count is always the event's.

export class Fold {
	#list = new Map(); // id → { isUnread, mark }
	#unread = 0;

	// What is wrong with this event, or undefined.
	take({ seq, type, count, change, list }) {
		if (type === 'mended')
			this.#begin(list);
		else if (!this.#change(type, change))
			return `${type} ${seq} of ${change.id ?? change.ids} does not suit the list`;
		if (this.#unread !== count)
			return `${type} ${seq} says ${count} unread; the events up to it make ${this.#unread}`;
		return undefined;
	}

	#begin(list) {
		this.#list = new Map();
		this.#unread = 0;
		for (const [id, entry] of list)
			this.#set(id, entry);
	}

	#set(id, entry) {
		this.#unread += Number(entry?.isUnread ?? false) - Number(this.#list.get(id)?.isUnread ?? false);
		if (entry)
			this.#list.set(id, entry);
		else
			this.#list.delete(id);
	}

	#change(type, change) {
		const { id, isUnread, mark } = change;
		const isThere = this.#list.has(id);
		switch (type) {
		case 'new_notification':
		case 'notification_changed':
			this.#set(id, { isUnread, mark });
			return isThere === (type === 'notification_changed');
		case 'notification_seen':
			return true;
		case 'notification_deleted':
			this.#set(id);
			return isThere;
		default:
			return this.#mark(change, type === 'notification_unread');
		}
	}

	#mark({ ids, all, except = [] }, isUnread) {
		const kept = new Set(except);
		const marked = all ? [...this.#list.keys()].filter((id) => !kept.has(id)) : ids;
		if (!marked.every((id) => this.#list.has(id)) || except.some((id) => !this.#list.get(id)?.isUnread))
			return false;
		for (const id of marked)
			this.#set(id, { ...this.#list.get(id), isUnread });
		return true;
	}

	// How it differs from a list that was read, or undefined.
	compare(list = new Map()) {
		const differs = ([id, { isUnread, mark }]) => list.get(id)?.isUnread !== isUnread || list.get(id).mark !== mark;
		const [id, entry] = [...this.#list].find(differs) ?? [];
		if (id !== undefined)
			return `notification ${id} is ${show(list.get(id))}; the events say ${show(entry)}`;
		const more = [...list.keys()].find((id) => !this.#list.has(id));
		return more === undefined ? undefined : `notification ${more} is in the list; the events do not have it`;
	}
}

function show(entry) {
	return entry ? `${entry.isUnread ? 'unread' : 'read'} with mark ${entry.mark}` : 'not there';
}
