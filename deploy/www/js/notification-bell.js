/*
 * <notification-bell>: the whole bell in one element, for any page.
 *
 *     <script type="module" src="/js/notification-bell.js"></script>
 *     <notification-bell></notification-bell>
 *
 * Attributes, read when it enters the page: `api` (/api), `private` (this tab keeps a stream of its
 * own), `title-badge`, `desktop`, `badge`, `filter`, `mutes`, `snooze`, `lang`.  Properties, for scripts: `store`, `texts`, `describe`;
 * README.md tells what they are.  Nobody being signed in, it is not to be seen.
 */

import { createBell } from './bell.js';
import { addBellSheet } from './bell-style.js';
import { completeTexts } from './bell-texts.js';
import { describeBy } from './describe.js';
import { langOf, languageOf } from './language.js';
import { sharedStore } from './shared-stores.js';
import { report } from './report.js';

/* A server that renders pages imports this too, and has no elements. */
const Base = globalThis.HTMLElement ?? class {};

class Bell extends Base {
	#given = { store: null, texts: {}, describe: null };
	#bell = null; /* while it is in the page */
	#ends = []; /* what is to be ended when the element leaves the page */
	#leaving = null; /* the timer of that */

	constructor() {
		super();
		addBellSheet(this.attachShadow({ mode: 'open' }));
		/* What a script set before this file had come stands in the way of the setters. */
		for (const name of Object.keys(this.#given)) {
			if (!Object.hasOwn(this, name)) continue;
			const value = this[name];
			delete this[name];
			this[name] = value;
		}
	}

	/* A store that the page already has; without one the bells of a page have theirs together. */
	get store() {
		return this.#given.store;
	}
	set store(store) {
		this.#give({ store });
	}

	get texts() {
		return completeTexts(this.#given.texts);
	}
	set texts(texts) {
		this.#give({ texts });
	}

	/* (notification, texts) => {who, what, title, excerpt, href}; null: as describe.js has it */
	get describe() {
		return this.#given.describe;
	}
	set describe(given) {
		this.#give({ describe: given });
	}

	/* An element that is moved leaves and enters at once; that is no reason to begin anew. */
	connectedCallback() {
		if (this.#leaving === null) {
			this.#begin();
			return;
		}
		clearTimeout(this.#leaving);
		this.#leaving = null;
		this.#bell.close();
	}

	disconnectedCallback() {
		this.#leaving ??= setTimeout(() => {
			this.#leaving = null;
			this.#end();
		});
	}

	/* moveBefore() says so by itself. */
	connectedMoveCallback() {}

	#begin() {
		const { texts } = this;
		const describe = describeBy(this.#given.describe, texts);
		const language = languageOf(langOf(this));
		const store = this.#given.store ?? this.#ownStore();
		const desktop = this.#part('desktop', async () => {
			const { createDesktop } = await import('./desktop.js');
			return createDesktop({ store, texts, describe });
		});
		this.#part('title-badge', async () => {
			const { keepTitleBadge } = await import('./title-badge.js');
			return keepTitleBadge(store);
		});
		this.#bell = createBell({
			root: this.shadowRoot,
			store,
			speech: { texts, describe, language },
			extra: desktop?.then((it) => it?.element),
			offers: {
				mutes: this.hasAttribute('mutes'),
				snooze: this.hasAttribute('snooze'),
				filter: this.getAttribute('filter'),
			},
			counts: this.getAttribute('badge') === 'unseen' ? 'unseen' : 'unread',
		});
		this.shadowRoot.replaceChildren(this.#bell.element);
		const showStatus = () => this.setAttribute('status', store.getSnapshot().status);
		this.#ends.push(this.#bell.dispose, store.subscribe(showStatus));
		showStatus();
	}

	#end() {
		for (const end of this.#ends.splice(0).reverse()) end();
		this.#bell = null;
	}

	/* What only a bell with that attribute has; the bell does not wait for it, and does without. */
	#part(attribute, make) {
		if (!this.hasAttribute(attribute)) return undefined;
		const part = make().catch(report);
		this.#ends.push(() => part.then((it) => it?.dispose()));
		return part;
	}

	#ownStore() {
		const { store, release } = sharedStore({
			api: this.getAttribute('api') ?? '/api',
			share: !this.hasAttribute('private'),
		});
		this.#given.store = store;
		this.#ends.push(() => {
			this.#given.store = null;
			release();
		});
		return store;
	}

	#give(given) {
		const wasHere = this.#bell !== null;
		if (wasHere) this.#end();
		Object.assign(this.#given, given);
		if (wasHere) this.#begin();
	}
}

/* A page may come by this module twice, by two addresses; the first one has the name. */
function define() {
	const there = globalThis.customElements?.get('notification-bell');
	if (there === undefined) globalThis.customElements?.define('notification-bell', Bell);
	return there ?? Bell;
}

export const NotificationBell = define();
