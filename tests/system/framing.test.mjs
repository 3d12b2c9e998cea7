// How an answer of unknown length is framed (RFC 9112, section 6): in chunks over
// HTTP/1.1, so that readers of every kind have an event when it comes, and know a
// broken stream from one that has ended; without them over HTTP/1.0, and where the
// line that each recipe names is taken.

import assert from 'node:assert';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { notify } from '../lib/duties.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { root, startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';
import { adapt, apacheBase, apacheCommand, startWebServer } from '../lib/webserver.mjs';

let site, alice;

before(async () => {
	site = await startSite();
	alice = await site.signUp();
});
after(() => site.stop());

const recipe = (name) => readFile(join(root, 'deploy', name), 'utf8');

// The recipe, with the line for streams without chunks taken where that is so.
function choose(text, line, hasChunks) {
	assert.equal(text.split(`#${line}`).length, 2, `the recipe names ${line} once`);
	return hasChunks ? text : text.replace(`#${line}`, line);
}

const servers = {
	async nginx(hasChunks) {
		const text = choose(await recipe('nginx/pgbell.conf'), 'chunked_transfer_encoding off;', hasChunks);
		return startNginx({
			directory: join(site.state, `nginx-${hasChunks}`), upstreams: { api: join(site.state, 'run/api.sock'), stream: join(site.state, 'run/stream.sock') },
			http: `include ${root}/deploy/nginx/http.conf;`, server: text,
		});
	},

	async lighttpd(hasChunks) {
		const text = adapt(choose(await recipe('lighttpd/pgbell.conf'), 'server.protocol-http11 = "disable"', hasChunks), [
			['/run/pgbell', `${site.state}/run`], ['/usr/local/share/pgbell/www', join(root, 'deploy/www')],
		]);
		const base = (directory, port) => `
server.bind = "127.0.0.1"
server.port = ${port}
server.document-root = "/var/www/html"
server.upload-dirs = ( "${directory}" )
accesslog.filename = "${directory}/access.log"
server.modules = ( "mod_indexfile" )
include "pgbell.conf"
`;
		return startWebServer(site, `lighttpd-${hasChunks}`, { 'lighttpd.conf': base, 'pgbell.conf': text },
			(directory) => ['/usr/sbin/lighttpd', '-D', '-f', `${directory}/lighttpd.conf`]);
	},

	async Apache(hasChunks) {
		const text = adapt(choose(await recipe('apache/pgbell.conf'), 'SetEnv downgrade-1.0 1', hasChunks), [
			['/run/pgbell', `${site.state}/run`], ['/usr/local/share/pgbell/www', join(root, 'deploy/www')],
		]);
		return startWebServer(site, `apache-${hasChunks}`, {
			'httpd.conf': (directory, port) => `${apacheBase(directory, port, ['proxy', 'proxy_fcgi'])}Include ${directory}/pgbell.conf\n`, 'pgbell.conf': text,
		}, apacheCommand);
	},
};

// A stream as bytes, over this version of HTTP: what its header says of its framing, and that it rings at once.
async function readStream(url, version) {
	const socket = net.connect(new URL(url).port, '127.0.0.1');
	let text = '';
	socket.on('data', (bytes) => { text += bytes; });
	const ended = new Promise((resolve) => { socket.on('close', resolve); });
	socket.write(`GET /api/notifications/stream HTTP/${version}\r\nHost: x\r\nAuthorization: Bearer ${alice.token}\r\n\r\n`);
	await waitFor('the opening', () => text.includes('event: unread_count'));
	const before = text.length;
	await notify(site, alice);
	await waitFor('an event', () => /event: new_notification[^]*\n\n/.test(text.slice(before)));
	assert.match(text, /^HTTP\/1\.[01] 200 /);
	assert.match(text, /\r\nContent-Type: text\/event-stream; ?charset=utf-8\r\n/i);
	assert.doesNotMatch(text, /\r\nContent-Length:/i);
	return {
		isChunked: /\r\nTransfer-Encoding: chunked\r\n/i.test(text),
		async end() {
			process.kill(await site.pid('pgbell-stream'));
			await waitFor('the end', () => text.includes('event: closing'));
			await Promise.race([ended, waitFor('the last chunk', () => text.endsWith('\r\n0\r\n\r\n'))]);
			socket.destroy();
			await site.waitUntilRinging(alice);
			return text;
		},
	};
}

for (const [name, start] of Object.entries(servers)) {
	test(`${name} sends a stream in chunks over HTTP/1.1, to its last one, and without them over HTTP/1.0`, async () => {
		const { url } = site;
		const server = await start(true);
		site.url = url;
		const chunked = await readStream(server.url, '1.1');
		assert.equal(chunked.isChunked, true);
		assert.match(await chunked.end(), /\r\n0\r\n\r\n$/, 'an end in good order says so');
		const plain = await readStream(server.url, '1.0');
		assert.equal(plain.isChunked, false);
		assert.match(await plain.end(), /event: closing\ndata: .*\n\n$/);
		await server.stop();
	});

	test(`${name} sends a stream without chunks by the line that its recipe names`, async () => {
		const { url } = site;
		const server = await start(false);
		site.url = url;
		const plain = await readStream(server.url, '1.1');
		assert.equal(plain.isChunked, false);
		assert.match(await plain.end(), /event: closing\ndata: .*\n\n$/);
		await server.stop();
	});
}
