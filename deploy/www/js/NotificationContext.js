/*
 * The notifications for React (18 or later), without a build step: JSX is not needed here, and the
 * page's import map, or the application's bundler, says where "react" is.
 *
 *     <NotificationProvider>…</NotificationProvider>
 *     const { notifications, unreadCount, status, markRead } = useNotifications();
 *     const { notifications, loadOlder, renew } = useNotifications({ unread: true });
 *     useTopic('public:question/12', ({ kind, data }) => …);
 */

import {
	createContext,
	createElement,
	useContext,
	useEffect,
	useMemo,
	useRef,
	useState,
	useSyncExternalStore,
} from 'react';
import { createNotifications } from './notifications.js';

const NotificationContext = createContext(null);

/*
 * Properties: those of createNotifications, read once, or `store`: one that exists, and that the
 * application starts and stops itself.  `visitor`: nobody is signed in.
 */
export function NotificationProvider({ store: given, visitor = false, children, ...options }) {
	const [made] = useState(() => (given ? null : createNotifications(options)));
	useEffect(() => {
		if (visitor) made?.visit();
		else made?.start();
		return () => made?.stop();
	}, [made, visitor]);
	return createElement(NotificationContext.Provider, { value: given ?? made }, children);
}

/* The store itself: for actions in handlers, and for onEvent in effects. */
export function useNotificationStore() {
	const store = useContext(NotificationContext);
	if (store === null) throw new Error('there is no <NotificationProvider> around this');
	return store;
}

/*
 * What there is and what can be done with it; the component is drawn again when any of it changes.  With a filter,
 * {unread, kind, subject}, those that it leaves, in a list that is kept while the component is there.
 */
export function useNotifications(filter) {
	const store = useNotificationStore();
	const key = filter && JSON.stringify(filter); /* another object is no other filter */
	const list = useMemo(() => (key ? store.filtered(JSON.parse(key)) : store), [store, key]);
	const { api, subscribe: _, getSnapshot, onEvent, follow, filtered, start, visit, stop, leads, ...actions } = store;
	const { loadOlder, renew = nothing } = list;
	const now = useSyncExternalStore(list.subscribe, list.getSnapshot, list.getSnapshot);
	return { ...now, ...actions, loadOlder, renew };
}

const nothing = () => {}; /* the whole list leaves nothing out */

/* The badge alone. */
export function useUnreadCount() {
	const { subscribe, getSnapshot } = useNotificationStore();
	const count = () => getSnapshot().unreadCount;
	return useSyncExternalStore(subscribe, count, count);
}

/* Follows a topic while the component is there; null: none.  `rest` is what follow() takes beside onEvent. */
export function useTopic(topic, onEvent, rest) {
	const { follow } = useNotificationStore();
	const given = useRef(null);
	useEffect(() => {
		given.current = { ...rest, onEvent };
	});
	useEffect(() => {
		if (topic === null) return undefined;
		const to = (name) => (told) => given.current[name]?.(told);
		return follow(topic, {
			after: given.current.after,
			onEvent: to('onEvent'),
			onReset: to('onReset'),
			onUnfollowed: to('onUnfollowed'),
		});
	}, [follow, topic]);
}
