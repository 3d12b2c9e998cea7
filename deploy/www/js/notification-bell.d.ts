import type { NotificationStore } from './notifications.js';
import type { Notification } from './sse.js';

/** What a row of the list says. Texts may be empty and are never read as markup. */
export interface Description {
	who: string;
	what: string;
	title: string;
	excerpt: string;
	/** Where it leads; null: nowhere. */
	href: string | null;
	/** What it is about, and can be muted; left out: the `subject` that `pgbell.notify` was given. */
	subject?: string;
}

export interface BellTexts {
	heading: string;
	/** The name of the button, for those who hear it; `unseen`: what came since the list was opened last. */
	button: (count: number, what?: 'unread' | 'unseen') => string;
	markAll: string;
	markRead: string;
	markUnread: string;
	remove: string;
	/** The name of a button in a row: the action, and the row in one sentence. */
	action: (action: string, sentence: string) => string;
	/** Two or more who did it, the newest first; whether there may be more than these. */
	people: (names: string[], more: boolean) => string;
	unread: string;
	snooze: string;
	inAnHour: string;
	tomorrow: string;
	pickTime: string;
	until: string;
	snoozed: string;
	mute: string;
	muteSubject: string;
	muteKind: string;
	muted: string;
	/** What is muted, in one line: a kind, a subject, or a kind at a subject. */
	muteOf: (what: { kind?: string; subject?: string }) => string;
	unmute: string;
	bringBack: string;
	away: string;
	nothingAway: string;
	undo: string;
	cancel: string;
	close: string;
	older: string;
	/** Of what is put off. */
	more: string;
	/** What the list is of: its name, and the two that there are. */
	show: string;
	showAll: string;
	showUnread: string;
	empty: string;
	noneUnread: string;
	loading: string;
	desktop: string;
	connecting: string;
	polling: string;
	offline: string;
}

export class NotificationBell extends HTMLElement {
	/** A store that the page already has; without one the bell makes and starts its own. */
	store: NotificationStore | null;
	/** Some of the texts, or all; read back they are complete. */
	get texts(): BellTexts;
	set texts(texts: Partial<BellTexts>);
	/**
	 * What a row says, some or all of it; what is left out is empty. Null, as it is at first: `data`
	 * has actor, title, excerpt and url, some or all.
	 */
	describe: ((notification: Notification, texts: BellTexts) => Partial<Description>) | null;
}

declare global {
	interface HTMLElementTagNameMap {
		'notification-bell': NotificationBell;
	}
}
