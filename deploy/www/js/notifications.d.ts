import type {
	EventData,
	Follow,
	Notification,
	NotificationEvent,
	SSEOptions,
	Status,
} from './sse.js';

/** A row of the list is one as it is told. */
export type ListedNotification = Notification;

/** A snapshot: never changed, replaced by another one. */
export interface Notifications {
	/** Newest first, with what was asked for and not answered yet already done. */
	readonly notifications: readonly ListedNotification[];
	/** The server's count. */
	readonly unreadCount: number;
	/** Of them not seen, at most 100; null: nothing says so, see markSeen. */
	readonly unseenCount: number | null;
	readonly status: Status;
	/** Whether the list was read once. */
	readonly loaded: boolean;
	/** Null: there are no older ones. */
	readonly next: number | null;
}

export type NotificationsOptions = Omit<
	SSEOptions,
	'after' | 'handlers' | 'onEvent' | 'onStatus' | 'visitor'
> & {
	/** Nobody is signed in, or not any more; the store has stopped. */
	onEnded?: (reason: EventData['session_ended']['reason']) => void;
};

export interface Preferences {
	/** Whether the site lets people mute. */
	can_mute: boolean;
	/** Null stands for all. */
	mutes: { kind: string | null; subject: string | null }[];
	never_muted: string[];
}

/** Those that are unread, of a kind, or about a subject and what is under it; all of that together. */
export interface Filter {
	unread?: boolean;
	kind?: string;
	subject?: string;
}

/**
 * A list of some, by the same events as the whole. It is read when somebody subscribes first, and kept until
 * nobody does any more. A page may have fewer rows than there is room for, even none, and a `next` that leads on.
 */
export interface FilteredNotifications {
	/** As the store's, with the counts of the whole inbox. */
	getSnapshot(): Notifications;
	subscribe(listener: () => void): () => void;
	loadOlder(): Promise<void>;
	/** Drops what was read since it was let in as unread, which stays until then. */
	renew(): void;
}

/** What the server refuses is thrown as a Problem, and taken back from the list. */
export interface NotificationActions {
	markRead(id: number): Promise<void>;
	markUnread(id: number): Promise<void>;
	/** All that there were when the list was last told of; what comes meanwhile stays unread. */
	markAllRead(): Promise<void>;
	remove(id: number): Promise<void>;
	/** Out of the list until then; then it is back, unread, at the top. */
	snooze(id: number, until: Date): Promise<void>;
	/** One that was snoozed is back now: where it was, and read or unread as it was. */
	unsnooze(id: number): Promise<void>;
	/** A page of what is snoozed, the soonest first; `next` is the `after` of the next one. */
	snoozed(page?: {
		limit?: number;
		after?: number | null;
	}): Promise<{ notifications: (Notification & { until: string })[]; next: number | null }>;
	/** All that the list has was seen, and stays unread; counts what comes from then on in unseenCount. */
	markSeen(): Promise<void>;
	/** A page of those, once; `next` leads on, also from a page that is not full. */
	find(filter: Filter & {
		before?: number | null;
		limit?: number;
	}): Promise<{ notifications: Notification[]; next: number | null; unread_count: number }>;
	/** How many of each kind are unread, of the newest 2,000: `counted` is how many these are. */
	counts(): Promise<{ kinds: Record<string, number>; counted: number; unread_count: number }>;
	preferences(): Promise<Preferences>;
	/** No more of a kind, of a subject and what is under it, or of a kind there; false takes that back. */
	mute(what: { kind?: string; subject?: string }, muted?: boolean): Promise<Preferences>;
	loadOlder(): Promise<void>;
}

export interface NotificationStore extends NotificationActions {
	/** The address of the interface: two stores that have the same one tell the same. */
	readonly api: string;
	getSnapshot(): Notifications;
	/** Calls listener after each change; returns the function that ends it. */
	subscribe(listener: () => void): () => void;
	/** A list of some of them, live. Each call makes another one. */
	filtered(filter: Filter): FilteredNotifications;
	/** Calls listener with each event, after the list has taken it in. */
	onEvent(listener: (event: NotificationEvent) => void): () => void;
	/** Works before start(), too, and outlives a session as far as a visitor may follow the topic. */
	follow: Follow;
	start(): void;
	/** In place of start() where nobody is signed in: no list is asked for, only what is followed. */
	visit(): void;
	stop(): void;
	/** Whether this tab is the one to do what only one of a browser's tabs should. */
	leads(): boolean;
}

export function createNotifications(options?: NotificationsOptions): NotificationStore;
