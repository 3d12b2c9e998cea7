/*
 * <notification-bell>: the whole bell in one element, for any page.
 *
 *     <script type="module" src="/js/notification-bell.js"></script>
 *     <notification-bell></notification-bell>
 *
 * Attributes, read when it enters the page: `api` (/api), `private` (this tab keeps a stream of its
 * own), `title-badge`, `desktop`, `lang`.  Properties, for scripts: `store`, `texts`, `describe`;
 * README.md tells what they are.  Nobody being signed in, it is not to be seen.
 */

import { createBell } from './bell.js';
import { SHEET } from './bell-style.js';
import { TEXTS } from './bell-texts.js';
import { createNotifications } from './notifications.js';

export class NotificationBell extends HTMLElement {
	#given = { store: null, texts: {}, describe: null };
	#ends = []; /* what is to be ended when the element leaves the page */

	constructor() {
		super();
		this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [SHEET];
		/* What a script set before this file had come stands in the way of the setters. */
		for (const name of Object.keys(this.#given)) {
			if (!Object.hasOwn(this, name)) continue;
			const value = this[name];
			delete this[name];
			this[name] = value;
		}
	}

	/* A store that the page already has; without one the bell makes and starts its own. */
	get store() {
		return this.#given.store;
	}
	set store(store) {
		this.#give({ store });
	}

	get texts() {
		return { ...TEXTS, ...this.#given.texts };
	}
	set texts(texts) {
		this.#give({ texts });
	}

	/* (notification) => {who, what, title, excerpt, href}; null: as describe.js has it */
	get describe() {
		return this.#given.describe;
	}
	set describe(given) {
		this.#give({ describe: given });
	}

	connectedCallback() {
		const { texts, describe } = this;
		const language = this.closest('[lang]')?.lang || navigator.language;
		const store = this.#given.store ?? this.#ownStore();
		const desktop = this.#part('desktop', async () => {
			const { createDesktop } = await import('./desktop.js');
			return createDesktop({ store, texts, describe });
		});
		this.#part('title-badge', async () => {
			const { keepTitleBadge } = await import('./title-badge.js');
			return keepTitleBadge(store);
		});
		const bell = createBell({
			root: this.shadowRoot,
			store,
			speech: { texts, describe, language },
			extra: desktop?.then((it) => it?.element),
		});
		this.shadowRoot.replaceChildren(bell.element);
		const showStatus = () => this.setAttribute('status', store.getSnapshot().status);
		this.#ends.push(
			bell.dispose,
			store.subscribe(showStatus),
		);
		showStatus();
	}

	disconnectedCallback() {
		for (const end of this.#ends.splice(0).reverse()) end();
	}

	/* What only a bell with that attribute has; the bell does not wait for it. */
	#part(attribute, make) {
		if (!this.hasAttribute(attribute)) return undefined;
		const part = make().catch(() => undefined);
		this.#ends.push(() => part.then((it) => it?.dispose()));
		return part;
	}

	#ownStore() {
		const store = createNotifications({
			api: this.getAttribute('api') ?? '/api',
			share: !this.hasAttribute('private'),
		});
		store.start();
		this.#ends.push(store.stop);
		this.#given.store = store;
		this.#ends.push(() => {
			this.#given.store = null;
		});
		return store;
	}

	#give(given) {
		const wasHere = this.#ends.length > 0;
		if (wasHere) this.disconnectedCallback();
		Object.assign(this.#given, given);
		if (wasHere) this.connectedCallback();
	}
}

customElements.define('notification-bell', NotificationBell);
