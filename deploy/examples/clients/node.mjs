// Listen to a person's notifications, and to topics, with nothing but Node.js (18 or later):
//
//   TOKEN=… node node.mjs https://example.org [topic…]
//
// Without a token to topics alone, of those that everybody may follow.

const [site, ...topics] = process.argv.slice(2);
const { TOKEN } = process.env;
if (!/^https?:\/\//.test(site)) {
	console.error('usage: TOKEN=... node node.mjs https://example.org [topic...]');
	process.exit(2);
}
const url = `${site}/api/notifications/stream?${topics.map((topic) => `topic=${topic}`).join('&')}`;
let lastId;
let waitMs = 3000;

function take({ event, data, id }) {
	if (event === 'new_notification' || event === 'published')
		console.log(id, data);
}

// One stream, up to its end.  Lines end with \n here, and data is one line of JSON.
async function listen(controller) {
	const headers = { ...TOKEN && { authorization: `Bearer ${TOKEN}` }, ...lastId && { 'last-event-id': lastId } };
	const answer = await fetch(url, { headers, signal: controller.signal });
	if (answer.status === 401) {
		console.error('The token is not valid (any more): sign in again.');
		process.exit(1);
	}
	if (answer.status !== 200) {
		waitMs = 1000 * (answer.headers.get('retry-after') ?? 5);
		return;
	}
	// A heartbeat comes every 30 s; without a byte for 75 the connection is dead.
	let silence = setTimeout(() => controller.abort(), 75_000);
	let rest = '';
	let event = {};
	for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
		silence = silence.refresh();
		const lines = (rest + text).split('\n');
		rest = lines.pop();
		for (const line of lines) {
			const [name, value] = line.split(/: (.*)/s);
			event[name] = value;
			if (name === 'retry')
				waitMs = Number(value);
			if (line !== '')
				continue;
			lastId = event.id ?? lastId; // now that the event is whole
			take(event);
			event = {};
		}
	}
	clearTimeout(silence);
}

for (;;) {
	await listen(new AbortController()).catch(() => {}); // a broken connection, or none
	await new Promise((resolve) => { setTimeout(resolve, waitMs); });
}
