// pgbell-doctor --url: what it says of a web server, and of what is before and behind it.

import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { behind, examine, expectFinding, nginx, outside, owner, scratch, services, site, startPatient, stopPatient } from '../lib/doctor.mjs';
import { root } from '../lib/site.mjs';
import { startService } from '../lib/units.mjs';
import { programs } from '../lib/webserver.mjs';

const run = promisify(execFile);

before(startPatient);
after(stopPatient);

test('an_address_at_which_nobody_answers', () =>
	expectFinding('outside.health', 'failure', /127\.0\.0\.1:9\S*: Connection refused/, { args: ['--url', 'http://127.0.0.1:9'] }));

test('a_stream_process_without_its_database', async () => {
	const away = await startService('pgbell-stream', {
		units: join(root, 'deploy/systemd'), bin: programs, directory: join(site.state, 'away'), owner, logs: join(site.state, 'log'),
		environment: { PGHOST: '/nowhere', PGBELL_DRAIN_S: '0' },
	});
	try {
		await away.heard(/^READY=1/);
		await behind('unwell', (text) => text.replaceAll('$pgbell_stream_upstream;', `unix:${away.socket};`), (other) =>
			expectFinding('outside.health', 'failure', /answered 503/, { args: outside(other) }));
	} finally {
		await away.stop();
	}
});

// A proxy in front: passOn(answer, outgoing) passes an answer's body on.
function startProxy(make, passOn) {
	const proxy = make((incoming, outgoing) => {
		const { connection, ...headers } = incoming.headers;
		const request = http.request(nginx.url + incoming.url, { agent: false, method: incoming.method, headers }, (answer) => {
			passOn(answer, outgoing);
			answer.on('error', () => outgoing.destroy());
		});
		incoming.pipe(request);
		request.on('error', () => outgoing.destroy());
		outgoing.on('close', () => request.destroy());
	});
	return new Promise((resolve) => proxy.listen(0, '127.0.0.1', () => resolve({
		port: proxy.address().port,
		stop() {
			proxy.closeAllConnections();
			proxy.close();
		},
	})));
}

test('a_proxy_that_takes_its_time', async () => {
	const proxy = await startProxy(http.createServer, (answer, outgoing) => {
		outgoing.writeHead(answer.statusCode, answer.headers);
		answer.on('data', (data) => setTimeout(() => outgoing.write(data), 1500));
		answer.on('end', () => setTimeout(() => outgoing.end(), 1500));
	});
	try {
		await expectFinding('outside.buffering', 'warning', /from the row to the event it took \d{4} ms/,
			{ args: ['--quick', '--url', `http://127.0.0.1:${proxy.port}`, '--log', join(nginx.directory, 'access.log')] });
	} finally {
		proxy.stop();
	}
});

// One with a certificate of its own, which passes bodies on in chunks of one byte.
async function behindTls(body) {
	const [key, certificate] = [join(scratch, 'key.pem'), join(scratch, 'certificate.pem')];
	await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
		'-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', certificate]);
	const options = { key: await readFile(key), cert: await readFile(certificate) };
	const proxy = await startProxy((listener) => https.createServer(options, listener), (answer, outgoing) => {
		outgoing.writeHead(answer.statusCode, { 'content-type': answer.headers['content-type'] });
		answer.on('data', (data) => data.forEach((byte) => outgoing.write(Buffer.of(byte))));
		answer.on('end', () => outgoing.end());
	});
	try {
		await body(`https://localhost:${proxy.port}`, certificate);
	} finally {
		proxy.stop();
	}
}

test('tls_and_chunks_of_one_byte', () => behindTls(async (url, certificate) => {
	const { find, status } = await examine({ args: ['--url', url, '--log', join(nginx.directory, 'access.log')], env: { SSL_CERT_FILE: certificate } });
	assert.equal(status, 0);
	for (const check of ['outside.health', 'outside.worker', 'outside.api', 'outside.cache', 'outside.changes', 'outside.buffering', 'outside.compression', 'outside.idle', 'outside.logs'])
		assert.equal(find(check).verdict, 'ok');
}));

test('a_certificate_that_nobody_knows', () => behindTls((url) =>
	expectFinding('outside.health', 'failure', /certificate (problem|.*verify result)/, { args: ['--url', url] })));

test('a_certificate_of_another_name', () => behindTls((url, certificate) =>
	expectFinding('outside.health', 'failure', /certificate subject name/,
		{ args: ['--url', url.replace('localhost', '127.0.0.1')], env: { SSL_CERT_FILE: certificate } })));

test('an_address_of_another_site', () => behind('other', () => 'location / { return 404; }', (other) =>
	expectFinding('outside.health', 'failure', /answered 404/, { args: outside(other), also: ['outside.worker'] })));

test('a_web_server_that_does_not_reach_the_programs', () => behind('unreached', (text) => text.replaceAll('$pgbell_stream_upstream;', 'unix:/nowhere;'), (other) =>
	expectFinding('outside.health', 'failure', /answered 502/, { args: outside(other) })));

test('a_web_server_that_may_not_speak_to_the_workers', () => behind('forbidden', (text) => text.replaceAll('$pgbell_api_upstream;', 'unix:/nowhere;'), async (other) => {
	const { change } = await expectFinding('outside.worker', 'failure', /notifications\/health answered 502/, { args: outside(other, '--quick') });
	assert.match(change, /SocketGroup= in pgbell-api.socket/);
}));

// --- what a page asks of the workers -----------------------------------------------

test('workers_that_have_all_stopped', async () => {
	const [workers] = services;
	workers.pids.forEach((pid) => process.kill(pid, 'SIGSTOP'));
	try {
		await expectFinding('outside.worker', 'failure', /api\/notifications\/health: no answer in time/, { args: outside(nginx, '--quick'), also: ['host.api_socket'] });
		await expectFinding('host.api_socket', 'failure', /takes connections, but nobody answered within 5 s/);
	} finally {
		workers.pids.forEach((pid) => process.kill(pid, 'SIGCONT'));
	}
});

test('a_site_with_an_api_location_of_its_own_leaves_pgbell_its_own', () => behind('own', (text) => `
	location ^~ /api/ { return 404; }
	location ~ ^/api/notifications { return 410; }
	${text}`, async (other) => {
	const { findings, status } = await examine({ args: outside(other, '--quick') });
	assert.equal(status, 0, JSON.stringify(findings.filter((it) => it.why)));
}));

test('a_configuration_of_before_there_were_topics', () => behind('before', (text) => text.replace(/location \^~ \/api\/topics\/ \{[^}]*\}/, ''), (other) =>
	expectFinding('outside.topics', 'warning', /GET \/api\/topics\/public:pgbell-doctor\/events answered 404, not as pgbell does/, { args: outside(other, '--quick') })));

test('a_location_that_takes_the_list_from_pgbell', () => behind('taken', (text) => `location = /api/notifications { return 404; } ${text}`, (other) =>
	expectFinding('outside.api', 'failure', /GET \/api\/notifications\?limit=5 answered 404, not as pgbell does/, { args: outside(other, '--quick') })));

const cache = {
	log: 'fastcgi_cache_key $uri; fastcgi_cache_valid 200 1m; fastcgi_ignore_headers Cache-Control; fastcgi_cache all; access_log access.log pgbell;',
	http: 'fastcgi_cache_path cache keys_zone=all:1m;',
};

test('a_cache_for_the_whole_site_keeps_nothing_of_pgbells', () => behind('cached', undefined, async (other) => {
	const { findings, status } = await examine({ args: outside(other, '--quick') });
	assert.equal(status, 0, JSON.stringify(findings.filter((it) => it.why)));
}, cache));

test('a_cache_that_gives_one_persons_list_to_another', () => behind('shared', (text) => text.replaceAll(/fastcgi_cache +off;/g, ''), (other) =>
	expectFinding('outside.cache', 'failure', /a guest was given the list of pgbell-doctor-/, { args: outside(other, '--quick') }), cache));

test('a_cache_that_keeps_a_persons_list', () => behind('stale', (text) => text.replaceAll(/fastcgi_cache +off;/g, ''), (other) =>
	expectFinding('outside.cache', 'failure', /the list that was asked then does not have it/, { args: outside(other, '--quick') }),
{ ...cache, log: cache.log.replace('$uri', '$uri$http_authorization') }));

test('a_proxy_that_names_another_host', () => behind('host', (text) => text.replaceAll('$pgbell_host', 'backend.example'), async (other) => {
	const finding = await expectFinding('outside.changes', 'failure', /PUT \/api\/notifications\/\d+\/read answered 403: /, { args: outside(other, '--quick') });
	assert.match(finding.change, /Host/);
}));

test('a_host_that_lets_two_methods_through_is_served_by_them', () => behind('filtered', (text) => `if ($request_method !~ ^(GET|POST)$) { return 403; } ${text}`, async (other) => {
	const { find, status } = await examine({ args: outside(other, '--quick') });
	assert.match(find('outside.changes').message, /by cookie and POST: this host lets no PUT and DELETE through/);
	assert.equal(status, 0);
}));

test('a_host_that_lets_one_method_through', () => behind('read-only', (text) => `if ($request_method != GET) { return 403; } ${text}`, (other) =>
	expectFinding('outside.changes', 'failure', /POST \S+\?method=PUT answered 403, not as pgbell does/, { args: outside(other, '--quick') })));

test('a_session_that_comes_in_a_cookie_of_another_name', () => behind('cookie', (text) => `${text} set $pgbell_cookie "pgbell_session=$cookie_shop";`, async (other) => {
	const unnamed = await examine({ args: outside(other, '--quick') });
	assert.match(unnamed.find('outside.cookie').message, /pgbell_session is not known here; --cookie tells its name/);
	assert.match(unnamed.find('outside.changes').message, /by header/);
	assert.match((await examine({ args: outside(other, '--quick', '--cookie', 'shop') })).find('outside.changes').message, /by cookie/);
}));

test('a_cookie_that_the_operator_names_and_the_web_server_does_not_pass_on', () => behind('unmapped', (text) => text, (other) =>
	expectFinding('outside.cookie', 'failure', /the cookie shop is not known here/, { args: outside(other, '--quick', '--cookie', 'shop') })));

// --- the stream ------------------------------------------------------------------------

test('a_web_server_that_compresses_the_stream', () => behind('gzip', (text) => text.replace(/gzip +off;/, 'gzip on; gzip_types text/event-stream;'), (other) =>
	expectFinding('outside.compression', 'failure', /gzip/, { args: outside(other, '--quick') })));

test('a_web_server_that_buffers_the_stream', () => behind('buffer', (text) => text
	.replace('fastcgi_buffering        off;', 'fastcgi_buffering on; fastcgi_ignore_headers X-Accel-Buffering;'), (other) =>
	expectFinding('outside.buffering', 'failure', /no answer in time/, { args: outside(other, '--quick') })));

test('a_web_server_that_hangs_up_on_silence', () => behind('idle', (text) => text.replace(/fastcgi_read_timeout +1h;/, 'fastcgi_read_timeout 900ms;'), (other) =>
	expectFinding('outside.idle', 'failure', /closed after \d+ s of silence or less; heartbeats come every 1 s/, { args: outside(other) })));

test('a_web_server_that_logs_tokens', () => behind('logs', undefined, async (other) => {
	const finding = await expectFinding('outside.logs', 'failure', /access\.log has a token/, { args: outside(other, '--quick') });
	assert.match(finding.change, /log_format/);
}, { log: 'access_log access.log combined;' }));

test('logs_that_are_not_this_sites', () => behind('elsewhere', undefined, async (other) => {
	const args = outside(other, '--quick');
	const { find } = await examine({ args: [...args.slice(0, args.indexOf('--log')), '--quick', '--log', '/etc/hostname'] });
	assert.equal(find('outside.logs').verdict, 'skipped');
	assert.match(find('outside.logs').message, /none of 1 logs, such as \/etc\/hostname, has a line of this visit; --log names the site's/);
}));

test('an_application_with_sessions_of_its_own_is_asked_for_a_token', async () => {
	const args = outside(nginx, '--quick');
	const finding = await expectFinding('outside.session', 'warning', /does not know this --token/, { args: [...args, '--token', 'unknown'] });
	assert.match(finding.change, /who is signed in now/);
	const [{ token }] = await site.sql("select token from pgbell.create_session('ann')");
	const { find, status } = await examine({ args: [...args, '--token', token] });
	assert.equal(find('outside.buffering').verdict, 'ok');
	assert.equal(status, 0);
	assert.deepEqual(await site.sql('select user_id from pgbell.authenticate($1)', [token]), [{ user_id: 'ann' }], 'it is still signed in');
});

// An application whose only token is this one, found by `condition`; it never ends.
async function withOwnSessions(condition, body) {
	const functions = ['authenticate', 'ended_sessions'];
	const shipped = await site.sql('select pg_get_functiondef((\'pgbell.\' || name)::regproc) as definition from unnest($1::text[]) as name', [functions]);
	await site.sql(`create or replace function pgbell.authenticate(token text) returns table (user_id text, session_id text, expires_at timestamptz)
		language sql stable as $$ select 'ann', 'a', null::timestamptz where ${condition} $$`);
	await site.sql(`create or replace function pgbell.ended_sessions(sessions text[]) returns table (session_id text, reason text)
		language sql stable as $$ select a, 'revoked' from unnest(sessions) a where a <> 'a' $$`);
	try {
		await body();
	} finally {
		for (const { definition } of shipped)
			await site.sql(definition);
	}
}

test('a_token_is_taken_as_a_browser_shows_it', () => withOwnSessions("pgbell.hash_token(token) = pgbell.hash_token('s:a/b+c=')", async () => {
	const { find } = await examine({ args: [...outside(nginx, '--quick'), '--token', 's%3Aa%2Fb%2Bc%3D'] });
	assert.match(find('outside.changes').message, /by cookie/);
	assert.equal(find('outside.buffering').verdict, 'ok');
}));

test('programs_that_do_not_know_whom_the_database_knows', () => withOwnSessions("token = 'needed whole'", async () => {
	const finding = await expectFinding('outside.session', 'failure', /^the database \S+ knows whose a token is, and the programs behind http\S+ do not$/,
		{ args: [...outside(nginx, '--quick'), '--token', 'needed%20whole'] });
	assert.match(finding.change, /PGBELL_TOKENS=whole/);
}));

test('who_may_make_no_session_is_told_what_the_database_said', async () => {
	await site.superuser('create role onlooker login');
	const { find } = await examine({ args: outside(nginx, '--quick'), env: { PGUSER: 'onlooker' } });
	assert.deepEqual([find('outside.session').verdict, find('outside.worker').verdict], ['skipped', 'ok']);
	assert.match(find('outside.session').message, /^onlooker could not make a session \(permission denied for schema pgbell\); run this as the owner, or give --token$/);
});
