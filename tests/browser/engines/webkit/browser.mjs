/*
 * WebKitGTK as Debian has it, with as much of Playwright's names as the tests use: Playwright itself
 * drives only a WebKit of its own.
 */

import { startContext } from './context.mjs';
import { startScreen } from './driver.mjs';

export async function launchWebKit() {
	const screen = await startScreen();
	const contexts = [];
	return {
		async newContext(options) {
			const context = await startContext({ screen: screen.name, ...options });
			contexts.push(context);
			return context;
		},
		async close() {
			await Promise.all(contexts.map((context) => context.close()));
			await screen.stop();
		},
	};
}
