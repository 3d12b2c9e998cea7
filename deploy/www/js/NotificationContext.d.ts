import type { ReactNode } from 'react';
import type {
	NotificationActions,
	Notifications,
	NotificationsOptions,
	NotificationStore,
} from './notifications.js';

/** `store`: one that the application starts and stops itself; otherwise the provider has its own. */
export function NotificationProvider(
	properties: NotificationsOptions & { store?: NotificationStore; children?: ReactNode },
): ReactNode;

export function useNotifications(): Notifications & NotificationActions;

/** Draws the component again when the count changes, and for nothing else. */
export function useUnreadCount(): number;

export function useNotificationStore(): NotificationStore;
