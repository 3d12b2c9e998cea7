// Clients of other people that read event streams, as their users open them.
// Those of nodeReaders run here, those of pageReaders are JavaScript for a page
// (readerFiles are what it loads); each is
//
//   open(url, { on(type, lastEventId, data) }) → close()
//
// The versions are those of tests/package.json, pinned.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './site.mjs';

const require = createRequire(import.meta.url);
const TYPES = ['connected', 'new_notification', 'reset'];

function listen(source, on) {
	for (const type of TYPES)
		source.addEventListener(type, (event) => on(type, event.lastEventId, event.data));
	source.onerror = () => {}; // it comes back by itself
	return () => source.close();
}

export const nodeReaders = {
	'eventsource 2.0.2': (url, on) => listen(new (require('eventsource-2'))(url), on),
	'eventsource 3': (url, on) => listen(new (require('eventsource').EventSource)(url), on),
	'eventsource 5.1.5': async (url, on) => listen(new (await import('eventsource-5')).EventSource(url), on),
	'@sanity/eventsource 5.0.4': (url, on) => listen(new (require('@sanity/eventsource'))(url), on),
};

// Each is given the page's listen() and what it needs is loaded by then.
export const pageReaders = {
	'EventSource of the browser': '(url, on) => listen(new EventSource(url), on)',
	'event-source-polyfill 1.0.31': '(url, on) => listen(new EventSourcePolyfill(url, { heartbeatTimeout: 600_000 }), on)',
	'reconnecting-eventsource 1.6.5': '(url, on) => listen(new ReconnectingEventSource(url, { max_retry_time: 300 }), on)',
	'extended-eventsource 2.1.0': '(url, on) => listen(new extendedEventSource.EventSource(url, { disableLogger: true }), on)',
	'sse.js 2.8.0, autoReconnect': '(url, on) => listen(new SSE(url, { autoReconnect: true }), on)',
	'fetch-event-source 2.0.1, thrown at its end': `(url, on) => {
		const controller = new AbortController();
		fetchEventSource(url, {
			signal: controller.signal,
			openWhenHidden: true,
			onmessage: ({ event, id, data }) => TYPES.includes(event) && on(event, id, data),
			onclose() { throw new Error('it is to come back'); },
			onerror() {}, // it waits as it was told by retry:
		});
		return () => controller.abort();
	}`,
};

const script = (path) => ({ type: 'text/javascript', text: readFileSync(join(root, 'tests/node_modules', path), 'utf8') });

export const readerFiles = {
	'/': {
		type: 'text/html',
		text: `<!doctype html><meta charset="utf-8"><title>Readers</title>
			<script src="/polyfill.js"></script>
			<script src="/reconnecting.js"></script>
			<script type="module">
				import { SSE } from '/sse.js';
				import { fetchEventSource } from '/fetch.js';
				import * as extendedEventSource from '/extended.js';
				const TYPES = ${JSON.stringify(TYPES)};
				${listen}
				Object.assign(window, { SSE, fetchEventSource, extendedEventSource, listen, TYPES, isReady: true });
			</script>`,
	},
	'/polyfill.js': script('event-source-polyfill/src/eventsource.js'),
	'/reconnecting.js': script('reconnecting-eventsource/dist/ReconnectingEventSource.min.js'),
	'/sse.js': script('sse.js/lib/sse.js'),
	'/extended.js': script('extended-eventsource/dist/index.esm.js'),
	'/fetch.js': script('@microsoft/fetch-event-source/lib/esm/fetch.js'),
	'/parse': script('@microsoft/fetch-event-source/lib/esm/parse.js'),
};
