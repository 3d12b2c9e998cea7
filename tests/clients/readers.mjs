// More clients of other people, as lib/readers.mjs has them: those that are too many for each
// build.  Each is open(url, on(type, lastEventId, data)) → close(); token is in the address.

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const TYPES = ['connected', 'new_notification', 'reset'];
const isOurs = (type) => TYPES.includes(type);

function listen(source, on) {
	for (const type of TYPES)
		source.addEventListener(type, (event) => on(type, event.lastEventId, event.data));
	source.addEventListener('error', () => {}); // it comes back by itself, or does not
	return () => source.close();
}

// What React Native has and Node has not.
globalThis.XMLHttpRequest ??= Object.assign(require('xmlhttprequest').XMLHttpRequest, { LOADING: 3, DONE: 4 });

export const moreReaders = {
	'undici 7': async (url, on) => listen(new (await import('undici')).EventSource(url), on),
	'eventsource-client 1.2.0': async (url, on) => {
		const { createEventSource } = await import('eventsource-client');
		const source = createEventSource({ url, onMessage: ({ event, id, data }) => isOurs(event) && on(event, id, data) });
		return () => source.close();
	},
	'event-source-plus 0.1.15': async (url, on) => {
		const { EventSourcePlus } = await import('event-source-plus');
		const controller = new EventSourcePlus(url).listen({ onMessage: ({ event, id, data }) => isOurs(event) && on(event, id, data) });
		return () => controller.abort();
	},
	'launchdarkly-eventsource 2.2.0': (url, on) => listen(new (require('launchdarkly-eventsource').EventSource)(url), on),
	'react-native-sse 1.2.1': (url, on) => listen(new (require('react-native-sse').default)(url), on),
};
