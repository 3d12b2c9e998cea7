// deploy/apache/shared-hosting: .htaccess, plain CGI as an ordinary user, and a
// database of which one is the owner and nothing more, with no other role.

import assert from 'node:assert';
import { chmodSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createRequest } from '../../deploy/www/js/request.js';
import { notify, passesRequests, ringsThrough, servesThePage, takesChunkedBodies } from '../lib/duties.mjs';
import { startPooler } from '../lib/pooler.mjs';
import { root, startSite } from '../lib/site.mjs';
import { Tab } from '../lib/tab.mjs';
import { becomeTenant } from '../lib/tenant.mjs';
import { waitFor } from '../lib/wait.mjs';
import { adapt, apacheBase, apacheCommand, programs, startWebServer } from '../lib/webserver.mjs';

const LIFETIME_S = 2;
const LONG_LIFETIME_S = 20; // of those who are to stay while a test goes on
const STREAMS = 3;
const recipe = join(root, 'deploy/apache/shared-hosting');

let site, server;

before(async () => {
	site = await startSite({ apis: 1 });
	await becomeTenant(site);
	server = await startApache('shared-hosting');
});

after(async () => {
	await server?.stop();
	await site?.stop();
});

// Apache tells a plain CGI program that its client has left when that writes: it
// keeps its place so long, or until its end, unless its user is rung.
const placesAreFree = (user) => waitFor('the places', async () => {
	if (user)
		await notify(site, user);
	const [{ count }] = await site.superuser(`select count(*)::int from pg_stat_activity
		where usename = 'tenant' and application_name like 'pgbell-stream%'`);
	return count === 0;
});

// As hosts do: .htaccess may say much, the directory of the site is the user's own.
const base = (directory, port) => `${apacheBase(directory, port, ['cgid', 'fcgid', 'rewrite', 'setenvif'])}
ScriptSock   "${directory}/cgid.sock"
FcgidIPCDir  "${directory}"
FcgidProcessTableFile "${directory}/fcgid"
DocumentRoot "${directory}/home/public_html"
<Directory "${directory}/home/public_html">
	Options       FollowSymLinks
	AllowOverride AuthConfig FileInfo Indexes Limit Options=ExecCGI
	Require       all granted
</Directory>
`;

// mod_security with the core rule set as Debian has both, told to refuse and not only to note.
const guarded = (directory) => `
LoadModule unique_id_module /usr/lib/apache2/modules/mod_unique_id.so
LoadModule security2_module /usr/lib/apache2/modules/mod_security2.so
SecDataDir "${directory}"
${readFileSync('/etc/modsecurity/modsecurity.conf-recommended', 'utf8').replaceAll('/var/log/apache2', directory).replaceAll('unicode.mapping', '/etc/modsecurity/unicode.mapping')}
SecRuleEngine On
Include /usr/share/modsecurity-crs/owasp-crs.load
`;

async function startApache(name,
	{ settings = '', htaccess = (text) => text, guard = () => '', more = {}, command = apacheCommand, asRoot } = {}) {
	const read = (file) => readFile(join(recipe, file), 'utf8');
	const script = async (file) => [await read(`cgi-bin/${file}`), 0o700];
	const told = `${adapt(await read('cgi-bin/settings.sh'), [
		['PGHOST=localhost PGDATABASE=app PGUSER=app', `PGHOST=${site.env.PGHOST} PGPORT=${site.env.PGPORT} PGDATABASE=tenant PGUSER=tenant`],
		['LIFETIME_S=25', `LIFETIME_S=${LIFETIME_S}`],
		['STREAMS=10', `STREAMS=${STREAMS}`],
		['POLL_S=10', 'POLL_S=1'],
	])}
export PGBELL_CGI_LOCK_FILE=$HOME/places ASAN_OPTIONS=detect_leaks=0
${settings}
`;
	const html = 'home/public_html';
	const api = await script('pgbell-api.cgi');
	const files = {
		'httpd.conf': (directory, port) => base(directory, port) + guard(directory),
		[`${html}/.htaccess`]: htaccess(await read('.htaccess')),
		[`${html}/cgi-bin/pgbell-api.cgi`]: api,
		[`${html}/cgi-bin/pgbell-api.fcgi`]: api,
		[`${html}/cgi-bin/pgbell-stream.cgi`]: await script('pgbell-stream.cgi'),
		[`${html}/cgi-bin/settings.sh`]: [told, 0o600],
		...more,
	};
	// Where the user may read them, wherever this checkout is.
	for (const program of ['pgbell-api', 'pgbell-stream'])
		await cp(join(programs, program), join(site.state, name, 'home/pgbell', program));
	for (const part of ['index.html', 'favicon.svg', 'css', 'js'])
		await cp(join(root, 'deploy/www', part), join(site.state, name, html, part), { recursive: true });
	return startWebServer(site, name, files, command, { asRoot });
}

test('a row inserted rings through plain CGI, and what was missed is told', () => ringsThrough(site, { isShort: true }));

test('requests of every shape are served by one process each', () => passesRequests(site));

test('a body that comes in chunks is taken', () => takesChunkedBodies(site));

test('the page comes with its headers, and the settings do not', async () => {
	await servesThePage(site);
	assert.equal((await site.api('GET', '/cgi-bin/settings.sh')).status, 403);
});

test('a token in an address, which the host would log, is refused; a ticket and the cookie are not', async () => {
	await placesAreFree();
	const { token } = await site.signUp();
	assert.equal((await site.stream(undefined, { query: { token } })).status, 401);
	const { body: { ticket } } = await site.api('POST', '/api/session/ticket', { token });
	for (const way of [{ query: { ticket } }, { headers: { cookie: `pgbell_session=${token}` } }]) {
		const stream = await site.stream(undefined, way);
		await stream.next('connected');
		stream.close();
	}
});

test('a short stream goes round by itself and misses nothing', async () => {
	await placesAreFree();
	const user = await site.signUp();
	const tab = new Tab(site, user.token);
	await waitFor('the tab', () => tab.rounds > 0);
	let count = 0;
	for (; tab.rounds < 4; count++) {
		await notify(site, user);
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	await waitFor('the last event', () => tab.numbers.at(-1) >= count);
	await tab.close();
	assert.deepEqual(tab.numbers, Array.from({ length: count }, (_, i) => i + 1));
	assert.ok(tab.retries.every((ms) => ms <= 500), `it came back at once: ${tab.retries}`);
});

test('who comes beyond the places of the host is given what is new, and polls', async () => {
	const { url } = site;
	const full = await startApache('full', { settings: `export PGBELL_CGI_LIFETIME_S=${LONG_LIFETIME_S}` });
	try {
		await comeBeyondThePlaces();
	} finally {
		await full.stop();
		site.url = url;
	}
});

async function comeBeyondThePlaces() {
	const user = await site.signUp();
	const tabs = Array.from({ length: STREAMS }, () => new Tab(site, user.token));
	await waitFor('the tabs', () => tabs.every((tab) => tab.rounds > 0));
	await notify(site, user);
	await notify(site, user);
	const began = Date.now();
	const polling = await site.stream(user.token, { lastEventId: 1 });
	assert.equal(polling.status, 200, 'no 503: an EventSource would not come back');
	assert.equal((await polling.next('new_notification')).id, '2');
	await polling.ended;
	assert.ok(Date.now() - began < 1000 * LONG_LIFETIME_S, 'it does not take a place');
	assert.ok(polling.retryMs >= 750 && polling.retryMs <= 1250, `retry: ${polling.retryMs}`);
	const poller = new Tab(site, user.token, 2);
	await waitFor('its first visit', () => poller.rounds > 0);
	await notify(site, user);
	await waitFor('the event', () => [...tabs, poller].every((tab) => tab.numbers.includes(3)));
	assert.deepEqual(tabs.map((tab) => tab.numbers), tabs.map(() => [1, 2, 3]));
	await Promise.all([...tabs, poller].map((tab) => tab.close()));
	await placesAreFree(user);
}

test('without LISTEN and prepared statements the log is read at an interval', async () => {
	const { url } = site;
	const pooled = await startApache('pooled', { settings: 'export PGBELL_LISTEN=off PGBELL_FLOOR_S=1 PGBELL_PREPARE=off' });
	try {
		await ringsThrough(site, { withinMs: 1500, isShort: true });
		const user = await site.signUp();
		const tab = new Tab(site, user.token);
		const names = await waitFor('its connection', async () => {
			const rows = await site.superuser("select application_name as name from pg_stat_activity where usename = 'tenant'");
			return rows.some(({ name }) => name === 'pgbell-stream reader') && rows;
		});
		assert.ok(!names.some(({ name }) => name === 'pgbell-stream listener'));
		await tab.close();
	} finally {
		await pooled.stop();
		site.url = url;
	}
});

test('all of it goes through a transaction pooler', async () => {
	const { url } = site;
	const pooler = await startPooler(join(site.state, 'pooler'), site.env);
	const behind = await startApache('behind-pooler', { settings:
		`export PGHOST=${pooler.directory} PGBELL_LISTEN=off PGBELL_FLOOR_S=1 PGBELL_POOLER=transaction PGBELL_PREPARE=off` });
	try {
		await ringsThrough(site, { withinMs: 1500, isShort: true });
		const names = await site.superuser("select distinct application_name as name from pg_stat_activity where usename = 'tenant'");
		assert.ok(!names.some(({ name }) => name === 'pgbell-stream listener'));
	} finally {
		await behind.stop();
		await pooler.stop();
		site.url = url;
	}
});

test('an event is not held back by a compressor', async () => {
	const { token } = await site.signUp();
	const stream = await site.stream(token, { headers: { 'accept-encoding': 'gzip' } });
	assert.equal(stream.headers['content-encoding'], undefined);
	await stream.next('connected');
	stream.close();
	assert.equal((await site.api('GET', '/', { headers: { 'accept-encoding': 'gzip' } })).headers['content-encoding'], 'gzip', 'there is one');
});

test('streams go without chunks by the line that .htaccess names', async () => {
	const { url } = site;
	const line = 'SetEnvIf Request_URI /pgbell-stream\\.cgi$ downgrade-1.0';
	const other = await startApache('unchunked', { htaccess: (text) => adapt(text, [[`#${line}`, line]]) });
	try {
		const { token } = await site.signUp();
		const stream = await site.stream(token);
		assert.equal(stream.headers['transfer-encoding'], undefined);
		await stream.next('connected');
		stream.close();
	} finally {
		await other.stop();
		site.url = url;
	}
});

const keepsAProcess = (text) => text
	.replace(/^RewriteRule \^api\/ .*cgi-bin\/pgbell-api\.cgi.*\n/m, '')
	.replace(/^#(AddHandler|RewriteRule)/gm, '$1');

test('mod_fcgid keeps a process for many requests', async () => {
	const { url } = site;
	const kept = await startApache('fcgid', { htaccess: keepsAProcess });
	try {
		await ringsThrough(site, { isShort: true });
		await passesRequests(site);
	} finally {
		await kept.stop();
		site.url = url;
	}
});

// As hosts run what is a user's: as that user, whatever Apache is.  suexec-custom is told by a file of the system where
// sites are, and writes a log there: both are others in the eyes of this Apache.
const suexec = { skip: process.getuid() !== 0 ? 'Apache must be started by root'
	: !isSuexecCustom() && 'there is no apache2-suexec-custom' };

function isSuexecCustom() {
	try {
		return realpathSync('/usr/lib/apache2/suexec').endsWith('-custom');
	} catch {
		return false;
	}
}

const withSuexec = (directory) => ['unshare', '--mount', 'sh', '-ec', `
	install -d -o www-data -m 700 "${directory}/sockets"
	mount --bind "${directory}/log" /var/log
	mount --bind "${directory}/suexec" /etc/apache2/suexec/www-data
	exec "$@"`, 'sh', ...apacheCommand(directory)];

async function startAsUser(name, htaccess) {
	const { uid, gid } = statSync(join(site.state, 'pg'));
	chmodSync(site.state, 0o711); // Apache reads .htaccess as www-data
	return startApache(name, {
		htaccess,
		guard: (directory) => `
User        www-data
Group       www-data
FcgidIPCDir "${directory}/sockets"
LoadModule suexec_module /usr/lib/apache2/modules/mod_suexec.so
SuexecUserGroup "#${uid}" "#${gid}"
`,
		more: { suexec: (directory) => `${directory}/home\npublic_html\n`, 'log/apache2/.keep': '' },
		command: withSuexec,
		asRoot: true,
	});
}

for (const [name, htaccess] of [['plain CGI', undefined], ['mod_fcgid', keepsAProcess]])
	test(`suexec runs the programs as the user to whom the site belongs, with ${name}`, suexec, async () => {
		const { url } = site;
		const hosted = await startAsUser(`suexec-${name.replace(' ', '-')}`, htaccess);
		try {
			await ringsThrough(site, { isShort: true });
			await passesRequests(site);
			await servesThePage(site);
			const places = statSync(join(hosted.directory, 'home/places'));
			assert.equal(places.uid, statSync(join(site.state, 'pg')).uid);
			const log = await readFile(join(hosted.directory, 'log/apache2/suexec.log'), 'utf8');
			assert.match(log, /cmd: pgbell-stream\.cgi/);
			assert.match(log, name === 'mod_fcgid' ? /cmd: .*pgbell-api\.fcgi/ : /cmd: pgbell-api\.cgi/);
		} finally {
			await hosted.stop();
			site.url = url;
		}
	});

test('behind mod_security with the core rule set all goes by GET and POST', async () => {
	const { url } = site;
	const behind = await startApache('guarded', { guard: guarded });
	try {
		const alice = await ringsThrough(site, { isShort: true });
		const { token } = alice;
		assert.equal((await site.api('POST', '/api/questions', { token, body: { title: 'Does it pass?', body: 'Some words.' } })).status, 201);
		const [{ id, unread_count: unread }] = await site.sql(`select max(n.id)::text as id, max(i.unread_count) as unread_count
			from pgbell.notification n join pgbell.inbox i on i.address = n.user_id where user_id = $1`, [String(alice.id)]);
		const refused = await site.api('PUT', `/api/notifications/${id}/read`, { token });
		assert.deepEqual([refused.status, typeof refused.body], [403, 'string'], 'it does not come to pgbell');
		const byCookie = { cookie: `pgbell_session=${token}`, headers: { origin: site.url } };
		assert.equal((await site.api('POST', `/api/notifications/${id}/read?method=PUT`, byCookie)).body.unread_count, unread - 1);
		assert.equal((await site.api('POST', `/api/notifications/${id}/read?method=DELETE`, byCookie)).body.unread_count, unread);

		// The client finds out by itself.
		const request = createRequest({ api: `${site.url}/api`, token: () => token });
		assert.equal((await request('PUT', `/notifications/${id}/read`)).unread_count, unread - 1);
		assert.equal((await request('DELETE', `/notifications/${id}/read`)).unread_count, unread);
		assert.equal((await request('PUT', '/notifications/read-all', {})).unread_count, 0);
		assert.equal((await request('DELETE', `/notifications/${id}`)).unread_count, 0);
		await assert.rejects(request('DELETE', '/notifications/999999'), { status: 404 });
		assert.equal(await request('DELETE', '/session'), null);
	} finally {
		await behind.stop();
		site.url = url;
	}
});
