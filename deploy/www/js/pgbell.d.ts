export * from './notification-bell.js';
export * from './notifications.js';
export * from './sse.js';
