import type { ReactNode } from 'react';
import type {
	Filter,
	NotificationActions,
	Notifications,
	NotificationsOptions,
	NotificationStore,
} from './notifications.js';
import type { FollowListeners, Published } from './sse.js';

/**
 * `store`: one that the application starts and stops itself; otherwise the provider has its own.
 * `visitor`: nobody is signed in, so that it asks for nothing but what is followed.
 */
export function NotificationProvider(
	properties: NotificationsOptions & {
		store?: NotificationStore;
		visitor?: boolean;
		children?: ReactNode;
	},
): ReactNode;

/**
 * With a filter: those alone, live, by a list that the component has for itself while it is there. One that is read
 * stays among the unread ones until `renew()`.
 */
export function useNotifications(
	filter?: Filter | null,
): Notifications & NotificationActions & { renew(): void };

/** Draws the component again when the count changes, and for nothing else. */
export function useUnreadCount(): number;

/**
 * Follows a topic while the component is there; null: none. `onEvent` and the rest may be others each time
 * the component is drawn; `after` counts when the topic is another one.
 */
export function useTopic(
	topic: string | null,
	onEvent: (event: Published) => void,
	rest?: Omit<FollowListeners, 'onEvent'>,
): void;

export function useNotificationStore(): NotificationStore;
