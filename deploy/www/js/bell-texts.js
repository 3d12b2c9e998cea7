/* Every word of the bell.  A site in another language gives its own, all or some of them. */
export const TEXTS = {
	heading: 'Notifications',
	button: (unread) => (unread === 0 ? 'Notifications' : `Notifications, ${unread} unread`),
	markAll: 'Mark all read',
	markRead: 'Mark read',
	markUnread: 'Mark unread',
	remove: 'Delete',
	action: (action, sentence) => `${action}: ${sentence}`,
	unread: 'Unread: ',
	older: 'Show older',
	empty: 'Nothing has rung yet.',
	loading: 'Loading…',
	desktop: 'Show on the desktop',
	connecting: 'Connecting…',
	polling: 'Live updates are held up; looking every half minute.',
	offline: 'The server cannot be reached; this list may be old.',
};
