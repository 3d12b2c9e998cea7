// An app with the example for React Native, in what Node has and React Native has not, and the
// other way round.  Run in a folder that has the example, its client and the package as an app has them.

import { createRequire } from 'node:module';

const require = createRequire(process.argv[2]);
delete AbortSignal.timeout;
delete globalThis.BroadcastChannel;
delete globalThis.EventSource;
globalThis.XMLHttpRequest = Object.assign(require('xmlhttprequest').XMLHttpRequest, { LOADING: 3, DONE: 4 });

const { listen } = await import('./examples/clients/react-native.mjs');
listen(process.argv[3], () => process.env.TOKEN, {
	onNotification: (seq, notification) => console.log(seq, JSON.stringify(notification)),
	onSignedOut() {
		console.error('sign in again');
		process.exit(1);
	},
});
setInterval(() => {}, 60_000);
