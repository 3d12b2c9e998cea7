// A client of other people whose streams are cut short inside an event, each behind another
// byte: what each of them shows when it has come back, and another event has come.

import assert from 'node:assert';
import { startCutter } from './cutting-proxy.mjs';
import { notify } from './printing-clients.mjs';
import { readerFiles } from './readers.mjs';
import { waitFor } from './wait.mjs';

const MOST = 200; // bytes of the event that is cut, at most
const names = Array.from({ length: MOST }, (_, i) => `c${i + 1}`);

// What each of the streams showed, and how often it was connected, by its name.
export async function openInNode(cutter, open, token) {
	const shown = Object.fromEntries(names.map((name) => [name, { connected: 0, events: [] }]));
	const closing = await Promise.all(names.map((name) => open(`${cutter.urlOf(name)}/api/notifications/stream?token=${token}`, (type, id, data) => {
		if (type === 'connected')
			shown[name].connected++;
		else
			shown[name].events.push([type, id, data]);
	})));
	return { shown: async () => shown, close: async () => closing.forEach((close) => close()) };
}

// A browser has six connections for a host, so each stream has a host of its own.
export const openInPage = (browser) => async (cutter, open, token) => {
	const context = await browser.newContext();
	const page = await context.newPage();
	await page.goto(`${cutter.url}/`);
	await page.waitForFunction('window.isReady');
	await page.evaluate(({ code, streams }) => {
		const open = eval(code); // eslint-disable-line no-eval
		window.shown = {};
		for (const [name, url] of streams) {
			const its = window.shown[name] = { connected: 0, events: [] };
			open(url, (type, id, data) => type === 'connected' ? its.connected++ : its.events.push([type, id, data]));
		}
	}, { code: open, streams: names.map((name) => [name, `http://${name}.localhost:${cutter.port}/~${name}/api/notifications/stream?token=${token}`]) });
	return { shown: () => page.evaluate(() => window.shown), close: () => context.close() };
};

// Cut the streams of a client inside an event, each behind another byte, tell of
// another event when all are back, and give what each has shown: { at: text },
// with where the event's id line begins and how long it is.
export async function cutEverywhere(site, openAll, open, how) {
	const user = await site.signUp();
	const probe = await site.stream(user.token);
	await probe.next('unread_count');
	const cutter = await startCutter(site.url, readerFiles);
	names.forEach((name, i) => cutter.cut(name, { at: i + 1, how }));
	const client = await openAll(cutter, open, user.token);
	const all = async (isSo) => Object.values(await client.shown()).every(isSo);
	await waitFor('all to be connected', () => all(({ connected }) => connected === 1));

	await notify(site, user, 'Å');
	await probe.next('new_notification');
	const text = Buffer.from(probe.text.slice(probe.text.indexOf('event: new_notification')));
	const bytes = text.indexOf('\n\n') + 2;
	assert.ok(bytes > 120 && bytes <= MOST, `the event has ${bytes} bytes`);
	const cut = (shown) => names.slice(0, bytes).map((name) => shown[name]);
	await waitFor('those that were cut to be back', async () => cut(await client.shown()).every(({ connected }) => connected === 2));
	await notify(site, user, 'next');
	await waitFor('the next event', () => all(({ events }) => events.at(-1)?.[2].includes('next')));

	const shown = cut(await client.shown()).map(({ events }) => events.map(([type, id, data]) => `${type} ${id} ${JSON.parse(data).data.text}`).join(', '));
	await client.close();
	await cutter.stop();
	probe.close();
	return { shown: (at) => shown[at - 1], how, bytes, idAt: text.indexOf('\nid: ') + 1 };
}

export const ONCE = 'new_notification 1 Å, new_notification 2 next';
export const ENDS = { end: 'by an end in good order', break: 'by a broken connection' };
