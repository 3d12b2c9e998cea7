// Listen to a person's notifications in React Native, where there is no EventSource: pgbell's own client,
// deploy/www/js/ copied into the app, over react-native-sse (npm install react-native-sse).  It keeps the
// rules, comes back by itself, and reads the log while there is no stream.
//
//   const client = listen('https://example.org', () => token, { onNotification, onSignedOut });
//   // in useEffect: return () => client.close();  on AppState 'active': client.sync();

import RNEventSource from 'react-native-sse';
import { createNotificationSSE } from '../../www/js/sse.js';

export function listen(site, token, { onNotification, onSignedOut }) {
	// Its own address has a ticket, which works once; the header lets it come back to the same one.
	class Source extends RNEventSource {
		constructor(url) {
			super(url, { headers: { Authorization: `Bearer ${token()}` }, timeoutBeforeConnection: 0 });
		}
	}
	return createNotificationSSE({
		api: `${site}/api`,
		token,
		EventSource: Source,
		onEvent({ type, seq, data }) {
			if (type === 'new_notification')
				onNotification(seq, data);
			else if (type === 'session_ended')
				onSignedOut(data.reason);
		},
	});
}
