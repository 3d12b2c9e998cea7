/** A row of `pgbell.notification`, as its owner is told of it. */
export interface Notification {
	id: number;
	kind: string;
	/** Whatever the writer of the row put there: a JSON object. */
	data: Record<string, unknown>;
	created_at: string;
	/** Null while it is unread. */
	read_at: string | null;
	/** What it is about, a path, where that was said. */
	subject?: string;
	/** How many were merged into it, where some were. */
	count?: number;
	/** Of these the newest ten distinct `data.actor`, newest first. */
	actors?: unknown[];
	/** Where a list has it, in the order of ids, if that is not where its id has it. */
	place?: number;
}

/** The number of the badge; always the server's. */
export interface Counted {
	unread_count: number;
}

/** What each type of event carries. */
export interface EventData {
	/** A visitor's has null in place of what is a person's. */
	connected: Counted & {
		user_id: string | null;
		seq: number;
		/** How often heartbeats come: a stream that brings nothing for 2.5 of them is dead. */
		heartbeat_s?: number;
		/** To wait before a stream that ended is opened again; the client does. */
		retry_ms?: number;
	};
	unread_count: Counted & { seq: number };
	new_notification: Counted & Notification;
	/** The row as it is now; unread again where its `read_at` is null. */
	notification_changed: Counted & Notification;
	/** Of all: but `except`, which stay unread, or have become so. */
	notification_read: Counted & ({ ids: number[] } | { all: true; except: number[] });
	notification_unread: Counted & { ids: number[] };
	notification_deleted: Counted & { id: number };
	/** At most 100 are counted. */
	notification_seen: Counted & { unseen_count: number };
	heartbeat: Counted & { time: string; seq: number };
	session_expiring: { expires_at: string };
	/** Read the list again; events go on from `seq`. */
	reset: Counted & { reason: 'trimmed' | 'unknown' | 'too_far'; seq: number };
	/**
	 * The last event. `unknown`: the server does not say more than that nobody is signed in. It does not come where
	 * another token or cookie has followed the one that ran out: then the stream comes back with that.
	 */
	session_ended: { reason: 'signed_out' | 'expired' | 'revoked' | 'unknown' };
}

export type EventType = keyof EventData;

/**
 * `seq` is the number of the person's log that the event has, or that its data is true for. Numbers rise
 * from event to event; they may leap.
 */
export type NotificationEvent = {
	[T in EventType]: { type: T; seq: number; data: EventData[T] };
}[EventType];

export type EventHandlers = {
	[T in EventType]?: (
		data: EventData[T],
		event: Extract<NotificationEvent, { type: T }>,
	) => void;
};

/**
 * `polling`: events come by requests, each half minute. `offline`: they do not come. `idle`: a visitor
 * follows nothing, so there is nothing to come.
 */
export type Status = 'connecting' | 'live' | 'polling' | 'offline' | 'idle' | 'signed out';

/** What somebody published in a topic. Numbers of a topic rise; they may leap. */
export interface Published {
	topic: string;
	seq: number;
	kind: string;
	/** Whatever was published: a JSON object. */
	data: Record<string, unknown>;
	created_at: string;
}

export interface FollowListeners {
	/**
	 * Go on behind this number, which the page has what it shows from; null: begin with what is published
	 * from now on. Default null.
	 */
	after?: number | null;
	onEvent?: (event: Published) => void;
	/** Something was missed for good: read again what the page shows; events go on from `seq`. */
	onReset?: (reset: {
		topic: string;
		reason: 'trimmed' | 'unknown' | 'too_far';
		seq: number;
	}) => void;
	/**
	 * It is over. `forbidden`: whoever asks may not follow it, or not any more. `unsupported`: the server
	 * knows no topics. `signed_out`: the session has ended, and the client with it.
	 */
	onUnfollowed?: (end: {
		topic: string;
		reason: 'forbidden' | 'unsupported' | 'signed_out';
	}) => void;
}

/**
 * Follows a topic, for all tabs of the browser by the one stream that there is; returns the function that
 * ends it. A topic has 1 to 128 of `A-Z a-z 0-9 . _ ~ : / @ -`; of anything else it throws a TypeError.
 */
export type Follow = (topic: string, listeners?: FollowListeners) => () => void;

/** All in milliseconds but `attempts`. */
export interface Timing {
	/** Attempts at a stream before it falls back to polling. Default 5. */
	attempts: number;
	/** Bound of the first wait, which is random below it; the bound doubles. 1000. */
	first_ms: number;
	/** The bound never grows beyond. 30000. */
	cap_ms: number;
	/** A stream that has not said `connected` by then is held back by something. 10000. */
	open_ms: number;
	/** The same where the browser comes back by itself, after the server's `retry:`. 30000. */
	return_ms: number;
	/** Between two readings while it polls. 30000. */
	poll_ms: number;
	/** How often a live stream is looked at: has it gone silent, has the browser ended it. 2000. */
	look_ms: number;
	/** How often a tab that is looked at asks whether the one with the stream is alive. 2000. */
	beat_ms: number;
	/** A new tab has a stream of its own where the one that holds it has not answered by then. 1000. */
	word_ms: number;
}

export interface SSEOptions {
	/** Where the REST interface is, without a slash at its end. Default `/api`. */
	api?: string;
	/** Go on behind this number; null: begin with what happens from now on. */
	after?: number | null;
	/** Whose they are; null: whoever the first answer is for. An answer for anybody else ends it. */
	person?: string | null;
	/** Nobody is signed in: nothing is asked for but the topics that are followed. */
	visitor?: boolean;
	/**
	 * A bearer token, where no cookie says who asks: the one that is valid now, which is asked for before
	 * each request. It mints a ticket for each stream, so that it stands in no address. A stream whose token
	 * has run out comes back with the next one; it is over (`session_ended`) where that is refused.
	 */
	token?: () => string | Promise<string>;
	handlers?: EventHandlers;
	/** Every event, after its handler. */
	onEvent?: (event: NotificationEvent) => void;
	onStatus?: (status: Status) => void;
	/** One stream for all tabs of the browser that are this person's. Default true. */
	share?: boolean;
	timing?: Partial<Timing>;
	/**
	 * `websocket`: a WebSocket, and EventSource where none can be had, with polling behind that. Default
	 * `eventsource`.
	 */
	transport?: 'eventsource' | 'websocket';
	/** In place of the browser's; null: there is none. */
	EventSource?: unknown;
	WebSocket?: unknown;
}

export interface NotificationSSE {
	readonly status: Status;
	/** The last event that was taken in; null before the first connection. */
	readonly seq: number | null;
	/** Whether this tab is the one to do what only one of a browser's tabs should. */
	readonly leads: boolean;
	/** What is followed in the turn that created the client is asked for with the rest. */
	follow: Follow;
	/** Looks now whether anything was missed. It does so by itself when the tab is looked at. */
	sync(): void;
	close(): void;
}

export function createNotificationSSE(options?: SSEOptions): NotificationSSE;
