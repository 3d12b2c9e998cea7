/*
 * All of the client, for a page that wants one file: `make` builds pgbell-VERSION.min.js of it.  Whoever
 * imports it has <notification-bell>, too.
 */

export { NotificationBell } from './notification-bell.js';
export { createNotifications } from './notifications.js';
export { createNotificationSSE } from './sse.js';
