import { report } from './report.js';

/* Every word of the bell.  A site in another language gives its own, all or some of them. */
export const TEXTS = {
	heading: 'Notifications',
	/* What the badge counts is 'unread', or 'unseen': what came since the list was opened last. */
	button: (count, what = 'unread') =>
		count === 0 ? 'Notifications' : `Notifications, ${count} ${what === 'unseen' ? 'new' : 'unread'}`,
	markAll: 'Mark all read',
	markRead: 'Mark read',
	markUnread: 'Mark unread',
	remove: 'Delete',
	action: (action, sentence) => `${action}: ${sentence}`,
	/* Two or more who did it, the newest first; whether there may be more than these. */
	people: ([one, two, ...others], more) =>
		others.length === 0
			? `${one} and ${two}`
			: `${one}, ${two} and ${others.length}${more ? ' or more' : ''} ${others.length === 1 ? 'other' : 'others'}`,
	unread: 'Unread: ',
	snooze: 'Later',
	inAnHour: 'In an hour',
	tomorrow: 'Tomorrow morning',
	pickTime: 'Pick a time',
	until: 'Until',
	snoozed: 'Until later.',
	mute: 'Mute',
	muteSubject: 'Mute this',
	muteKind: 'No more of this kind',
	muted: 'Muted.',
	/* What is muted, in one line: a kind, a subject, or a kind at a subject. */
	muteOf: ({ kind = '', subject = '' }) => [kind.replace(/[_.]/g, ' '), subject].filter(Boolean).join(': '),
	unmute: 'Unmute',
	bringBack: 'Bring back',
	away: 'Later and muted',
	nothingAway: 'Nothing is put off or muted.',
	undo: 'Undo',
	cancel: 'Cancel',
	close: 'Close',
	older: 'Show older',
	more: 'Show more',
	show: 'Show',
	showAll: 'All',
	showUnread: 'Unread',
	empty: 'Nothing has rung yet.',
	noneUnread: 'Nothing is unread.',
	loading: 'Loading…',
	desktop: 'Show on the desktop',
	connecting: 'Connecting…',
	polling: 'Live updates are held up; looking every half minute.',
	offline: 'The server cannot be reached; this list may be old.',
};

/*
 * Those with the ones that a site has given laid over them.  A word where a function is wanted, or a
 * function that throws, is reported, and ours stands in its place: a bell without its button is none.
 */
export function completeTexts(given) {
	const texts = { ...TEXTS, ...given };
	for (const [name, ours] of Object.entries(TEXTS))
		if (texts[name] !== ours) texts[name] = safely(name, texts[name], ours);
	return texts;
}

function safely(name, theirs, ours) {
	if (typeof theirs !== typeof ours) {
		report(new TypeError(`texts.${name} of a notification-bell is no ${typeof ours}`));
		return ours;
	}
	if (typeof ours !== 'function') return theirs;
	return (...told) => {
		try {
			return theirs(...told);
		} catch (error) {
			report(error);
			return ours(...told);
		}
	};
}
