/*
 * Makes the picture in the README.
 *
 *     node tests/browser/screenshot.mjs http://127.0.0.1:8080 tests/browser/screenshot.png
 *
 * The site is a running one, fresh at best: the accounts and posts that are in the picture are made
 * there, through the same interface as everybody's.
 */

import { createPerson, launchBrowser } from './browser.mjs';

export const PASSWORD = 'a password for the picture';

async function request(url, method, path, body, token) {
	const headers = { 'content-type': 'application/json' };
	if (token) headers.authorization = `Bearer ${token}`;
	const response = await fetch(`${url}${path}`, {
		method,
		headers,
		body: body && JSON.stringify(body),
	});
	const answer = response.status === 204 ? null : await response.json();
	if (!response.ok && response.status !== 409)
		throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
	return answer;
}

async function member(url, username) {
	await request(url, 'POST', '/api/users', { username, password: PASSWORD });
	const { token } = await request(url, 'POST', '/api/session', {
		username,
		password: PASSWORD,
	});
	const send = (method, path, body) => request(url, method, path, body, token);
	return {
		username,
		ask: async (title, body) =>
			(await send('POST', '/api/questions', { title, body })).id,
		answer: async (id, body) =>
			(await send('POST', `/api/questions/${id}/answers`, { body })).id,
		comment: (id, body) => send('POST', `/api/questions/${id}/comments`, { body }),
		accept: (id) => send('PUT', `/api/answers/${id}/accept`),
	};
}

/* Returns the question that the picture shows; Maja is the one who looks at it. */
export async function tellStory(url) {
	const [maja, tomas, ines] = await Promise.all(
		['maja', 'tomas', 'ines'].map((name) => member(url, name)),
	);
	const sourdough = await ines.ask(
		'Why does my sourdough go flat in the oven?',
		'It rises well in the basket and then spreads as soon as it is turned out. ' +
			'Flour has 12 % protein, 75 % water, overnight in the fridge.',
	);
	const reply = await maja.answer(
		sourdough,
		'It proved too long. Take two hours off and bake it cold.',
	);
	await ines.accept(reply);
	const bicycle = await maja.ask(
		'Which grease for a bicycle headset?',
		'The old one has dried up. Is lithium grease from the hardware store good enough, ' +
			'or does it have to be something for bearings in the rain?',
	);
	await tomas.comment(bicycle, 'Threaded or threadless?');
	const tomatoes = await tomas.ask(
		'Tomatoes split after rain: what helps?',
		'Three plants on the balcony, watered every other day. After each storm half of them burst.',
	);
	await maja.answer(
		tomatoes,
		'Water evenly, and a little every day. They burst when they drink all at once.',
	);
	const id = await maja.ask(
		'How do I keep a wooden spoon from smelling of onions?',
		'Washing with soap only does it for a day. The spoon is beech, without any finish.\n\n' +
			'Is there something better than buying a new one?',
	);
	await tomas.comment(id, 'How old is it? Beech that has gone rough keeps everything.');
	await ines.answer(
		id,
		'Rub it with half a lemon and coarse salt, let it dry in the sun, ' +
			'then oil it with linseed oil. Twice a year is enough.',
	);
	return id;
}

async function takePicture(url, file) {
	const id = await tellStory(url);
	const browser = await launchBrowser();
	try {
		const maja = await createPerson(browser, url, {
			viewport: { width: 960, height: 660 },
			reducedMotion: 'reduce',
		});
		const page = await maja.signIn('maja', PASSWORD);
		await page.goto(`${url}/#/questions/${id}`);
		await page.locator('.answer').waitFor();
		await page.getByRole('button', { name: /^Notifications/ }).click();
		await page.getByText('Live').waitFor();
		await page
			.getByRole('button', { name: /^Mark read/ })
			.last()
			.click();
		await page.getByRole('button', { name: 'Notifications, 3 unread' }).waitFor();
		await page.locator('h2', { hasText: 'Notifications' }).focus();
		await page.mouse.move(0, 0);
		await page.screenshot({ path: file });
	} finally {
		await browser.close();
	}
}

if (process.argv[1] === new URL(import.meta.url).pathname)
	await takePicture(process.argv[2].replace(/\/$/, ''), process.argv[3]);
