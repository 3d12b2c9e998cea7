// What a site in TypeScript writes; this has only to be understood by the compiler.

import { createNotificationSSE, type Published, type Status } from '../../../deploy/www/js/sse.js';
import { createNotifications } from '../../../deploy/www/js/notifications.js';
import '../../../deploy/www/js/notification-bell.js';
import {
	NotificationProvider,
	useNotifications,
	useTopic,
	useUnreadCount,
} from '../../../deploy/www/js/NotificationContext.js';
import { createNotifications as createFromOne } from '../../../deploy/www/js/pgbell.js';
import { createElement } from 'react';

const seen: Status[] = [];
const client = createNotificationSSE({
	api: '/api',
	token: async () => 'a token',
	timing: { poll_ms: 10_000 },
	handlers: {
		connected: ({ user_id, unread_count, heartbeat_s = 30 }) =>
			console.log((user_id?.length ?? 0) + unread_count + heartbeat_s),
		new_notification: ({ id, kind }, { seq }) => console.log(id + seq, kind.length),
		notification_changed: ({ read_at }) => console.log(read_at === null),
		notification_read: (data) => console.log('all' in data ? data.except : data.ids),
		// @ts-expect-error: there is no such event
		message: () => {},
	},
	onEvent(event) {
		if (event.type === 'session_ended') console.log(event.data.reason === 'expired');
	},
	onStatus: (status) => seen.push(status),
	transport: 'websocket',
});
const published: Published[] = [];
const unfollow = client.follow('public:question/12', {
	after: 7,
	onEvent: (event) => published.push(event),
	onReset: ({ reason, seq }) => console.log(reason === 'trimmed', seq + 1),
	onUnfollowed: ({ topic, reason }) => console.log(topic.length, reason === 'forbidden'),
});
unfollow();
client.follow('public:question/12')();
// @ts-expect-error: what a number stands for is the topic's own affair
client.follow(12);
client.close();

const store = createNotifications({ share: false, onEnded: (reason) => console.log(reason) });
console.log(createFromOne().api === store.api);
store.follow('public:news', { onEvent: ({ data }) => console.log(data.title) });
store.visit();
// @ts-expect-error: who is signed in is asked by start(), not said beforehand
createNotifications({ visitor: true });
const end = store.subscribe(() => console.log(store.getSnapshot().unreadCount + 1));
void store.markRead(7).finally(end);
// @ts-expect-error: a snapshot is not for changing
store.getSnapshot().unreadCount = 0;

const answers = store.filtered({ kind: 'answer', unread: true });
const endAnswers = answers.subscribe(() => console.log(answers.getSnapshot().notifications[0]?.subject?.length));
void store.counts().then(({ kinds }) => console.log((kinds['answer'] ?? 0) + 1));
void answers.loadOlder().then(answers.renew).finally(endAnswers);
// @ts-expect-error: a list is of one kind
store.filtered({ kind: ['answer', 'comment'] });

const bell = document.querySelector('notification-bell');
if (bell) {
	bell.store = store;
	bell.texts = { heading: 'Avisos' };
	bell.describe = ({ kind }) => ({ who: '', what: kind, title: '', excerpt: '', href: null });
	bell.describe = null;
	console.log(bell.texts.button(3));
}

export function Badge() {
	const { notifications, markRead } = useNotifications();
	const onClick = () => void notifications.map(({ id }) => markRead(id));
	return createElement('button', { onClick }, useUnreadCount());
}

export function Unread({ subject }: { subject: string | null }) {
	const { notifications, renew } = useNotifications(subject === null ? null : { subject, unread: true });
	return createElement('button', { onClick: renew }, notifications.length);
}

export function Answers({ question }: { question: number | null }) {
	useTopic(
		question === null ? null : `public:question/${question}`,
		({ kind, data }) => console.log(kind.length, data),
		{ after: 4, onReset: ({ seq }) => console.log(seq) },
	);
	return null;
}

export const App = () => createElement(NotificationProvider, { store }, createElement(Badge));
export const Guest = () => createElement(NotificationProvider, { visitor: true });
