// The lock of those who have no Web Locks, without a page: each request stands for one.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { requestLock } from '../../deploy/www/js/lock.js';

before(() => Object.defineProperty(globalThis, 'navigator', { value: {} }));

let groups = 0;

/* Pages that want the same lock; held() resolves when the next of them has it. */
function group() {
	const name = `group ${++groups}`;
	const holders = new Set();
	const waiting = [];
	const changes = { most: 0 };
	function want({ steal } = {}) {
		const calling = new AbortController();
		const page = { leave: () => calling.abort() };
		const how = steal ? { steal } : { signal: calling.signal };
		page.ended = requestLock(name, how, () => {
			holders.add(page);
			changes.most = Math.max(changes.most, holders.size);
			waiting.shift()?.(page);
			return new Promise((resolve) => (page.leave = resolve));
		})
			.catch((error) => error)
			.finally(() => holders.delete(page));
		return page;
	}
	const held = () => new Promise((resolve) => waiting.push(resolve));
	/* Resolves when so many pages have claimed the lock. */
	function claimed(count) {
		const channel = new BroadcastChannel(`${name} lock`);
		const ids = new Set();
		return new Promise((resolve) => {
			channel.onmessage = ({ data }) => {
				if (data.claims) ids.add(data.id);
				if (ids.size === count) resolve();
			};
		}).finally(() => channel.close());
	}
	return { want, held, claimed, holders, changes };
}

test('of many that ask at once one has it, and the next when it leaves', async () => {
	const { want, held, changes } = group();
	const first = held();
	const pages = Array.from({ length: 6 }, () => want());
	const seen = new Set();
	let holder = await first;
	while (seen.add(holder).size < pages.length) {
		const next = held();
		holder.leave();
		assert.equal(await holder.ended, undefined);
		holder = await next;
		assert.ok(!seen.has(holder));
	}
	holder.leave();
	await holder.ended;
	assert.equal(changes.most, 1);
});

test('one that is called off while it claims leaves it to the others', async () => {
	const { want, held, claimed } = group();
	const next = held();
	const all = claimed(3);
	const pages = [want(), want(), want()];
	await all;
	pages[0].leave();
	pages[1].leave();
	assert.equal((await pages[0].ended).name, 'AbortError');
	assert.equal(await next, pages[2]);
	pages[2].leave();
	await pages[2].ended;
});

test('one that is stolen is lost, and told so', async () => {
	const { want, held } = group();
	let next = held();
	const first = want();
	assert.equal(await next, first);
	next = held();
	const thief = want({ steal: true });
	assert.equal(await next, thief);
	assert.equal((await first.ended).name, 'AbortError');
	thief.leave();
	await thief.ended;
});

test('a holder that throws has it no more', async () => {
	const failed = requestLock('thrown', {}, () => {
		throw new Error('a mistake');
	});
	await assert.rejects(failed, /a mistake/);
	await requestLock('thrown', {}, () => {});
});

test('what a browser has of its own is used, unless it denies it', async (t) => {
	const locks = { request: async (name, how, hold) => hold(name) };
	navigator.locks = locks;
	t.after(() => delete navigator.locks);
	assert.equal(await requestLock('own', {}, (name) => `${name} lock`), 'own lock');
	locks.request = async () => {
		throw new DOMException('denied', 'SecurityError');
	};
	assert.equal(await requestLock('denied', {}, () => 'by word'), 'by word');
	locks.request = async () => {
		throw new DOMException('stolen', 'AbortError');
	};
	await assert.rejects(requestLock('stolen', {}, () => {}), { name: 'AbortError' });
});
