// Passwords that are guessed, through the front door: what the guesser hears, and the person.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { startSite } from '../lib/site.mjs';

const GUESSERS = 24;

let site;

before(async () => {
	// A try takes longer than a change may wait for a lock, as on a slow machine.
	site = await startSite({ apis: 4, env: { PGBELL_LOCK_TIMEOUT_MS: '10' } });
});
after(() => site?.stop());

const signIn = (username, password, device) => site.api('POST', '/api/session', { body: { username, password, device } });

// So many wrong passwords at the same time; gives the answers, sorted by status.
async function guess(username) {
	const answers = await Promise.all(Array.from({ length: GUESSERS }, (_, n) => signIn(username, `guess ${n}`)));
	const of = (status) => answers.filter((answer) => answer.status === status);
	assert.equal(of(401).length + of(429).length, GUESSERS);
	return { wrong: of(401), early: of(429) };
}

test('guesses side by side are no more than one after the other, whether there is such an account or not', async () => {
	const { username } = await site.signUp();
	const told = [];
	for (const name of [username, 'somebody who is not here']) {
		const begin = Date.now();
		const { wrong, early } = await guess(name);
		const seconds = (Date.now() - begin) / 1000;
		assert.ok(wrong.length >= 5 && wrong.length <= 6 + Math.log2(1 + seconds), `${wrong.length} in ${seconds} s`);
		for (const { headers, body } of early) {
			assert.equal(headers['content-type'], 'application/problem+json');
			assert.match(headers['retry-after'], /^[1-9]\d*$/);
			assert.match(body.detail, new RegExp(`^Too many tries\\. Try again in ${headers['retry-after']} seconds?\\.$`));
			assert.equal(headers['set-cookie'], undefined);
		}
		told.push({ ...early[0].body, detail: '' }, wrong[0].body);
	}
	assert.deepEqual(told.slice(0, 2), told.slice(2));
});

test('the person is let in meanwhile where she was before, and elsewhere when the wait is over', async () => {
	const { username, password } = await site.signUp();
	const { device, token } = (await signIn(username, password, '')).body;
	assert.ok(device && device !== token);
	await guess(username);
	await site.sql('update qa.attempt set failures = 14, tried_at = now()');
	assert.equal((await signIn(username, password)).status, 429);
	assert.equal((await signIn(username, password, 'made up')).status, 429);
	const again = await signIn(username, password, device);
	assert.equal(again.status, 201);
	assert.ok(again.body.device && again.body.device !== device, 'a new one each time');
	await site.sql(`update qa.attempt set tried_at = now() - interval '5 minutes'`);
	assert.equal((await signIn(username, password)).status, 201);
});

test('the document of the interface tells of the wait', async () => {
	const { body } = await site.api('GET', '/api/openapi.json');
	const { responses } = body.paths['/api/session'].post;
	assert.ok(responses[429].headers['Retry-After']);
	assert.equal(body.paths['/api/session'].get.responses[429], undefined);
});
