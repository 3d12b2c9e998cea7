/* A desktop of its own for a browser that is to be seen and heard: a screen, a bus, and on it the accessibility bus. */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { startScreen } from './webkit/driver.mjs';

const NEEDED = ['/usr/bin/Xvfb', '/usr/bin/dbus-daemon', '/usr/lib/python3/dist-packages/pyatspi'];

export const hasDesktop = () => NEEDED.every(existsSync);

/* Returns {env, start(command, words, env), stop()}; start() gives the lines of its output. */
export async function startDesktop(more = {}) {
	const screen = await startScreen();
	const children = [];
	const start = (command, words, env) => {
		const child = spawn(command, words, { env, stdio: ['ignore', 'pipe', 'ignore'] });
		children.push(child);
		return createInterface({ input: child.stdout });
	};
	const stop = async () => {
		children.reverse().forEach((child) => child.kill());
		await screen.stop();
	};
	const env = { ...process.env, ...more, DISPLAY: screen.name, GNOME_ACCESSIBILITY: '1', NO_AT_BRIDGE: '0' };
	const bus = start('/usr/bin/dbus-daemon', ['--session', '--nofork', '--print-address'], env);
	for await (const line of bus) return { env: { ...env, DBUS_SESSION_BUS_ADDRESS: line }, start, stop };
	await stop();
	throw new Error('dbus-daemon did not start');
}
