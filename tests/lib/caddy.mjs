// Caddy for startWebServer(): how it is started, and the recipes of deploy/caddy.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './site.mjs';

// It keeps what it makes at home.
export const caddyCommand = (directory) => ['env', `HOME=${directory}`, `XDG_DATA_HOME=${directory}`, `XDG_CONFIG_HOME=${directory}`,
	'/usr/bin/caddy', 'run', '--adapter', 'caddyfile', '--config', `${directory}/Caddyfile`];

// A Caddyfile of deploy/caddy and what it imports, for startWebServer().  Where the text that
// change() gives has CADDY, there goes the server's directory.
export async function readCaddyRecipe(name, site, change = (text) => text) {
	const read = (file) => readFile(join(root, 'deploy/caddy', file), 'utf8');
	const changed = change(await read(name));
	const place = (text, directory, port) => text.replaceAll('http://example.org', `http://127.0.0.1:${port}`).replaceAll('/usr/local/share/pgbell/caddy', directory)
		.replaceAll('/usr/local/share/pgbell/www', join(root, 'deploy/www')).replaceAll('/run/pgbell/', `${site.state}/run/`)
		.replaceAll(/\/var\/log\/caddy\/\w+\.log/g, `${directory}/access.log`).replaceAll('CADDY', directory);
	return { Caddyfile: (directory, port) => place(changed, directory, port), 'log.caddy': await read('log.caddy'), 'pgbell.caddy': place(await read('pgbell.caddy')) };
}
