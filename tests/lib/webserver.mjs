// A private web server of another kind in front of a site (site.mjs), which
// brings PostgreSQL and pgbell-stream.  What each must show: duties.mjs.
//
//   const server = await startWebServer(site, 'lighttpd', { 'lighttpd.conf': text },
//       (directory, port) => ['/usr/sbin/lighttpd', '-D', '-f', `${directory}/lighttpd.conf`]);
//   … site.url is its address now …
//   await server.stop();
//
// It runs as the one whom the cluster belongs to, in STATE/<name>, so the site
// keeps its logs and counts what it leaves behind.

import assert from 'node:assert';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, open, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from './http.mjs';
import { become } from './owner.mjs';
import { findFreePort, root } from './site.mjs';
import { waitFor } from './wait.mjs';

export const programs = process.env.PGBELL_BIN ?? join(root, 'build/checked');

// A recipe of deploy/ with the places that it tells its reader to change
// changed: [[what, by what] …], each of which it must have.
export function adapt(recipe, changes) {
	return changes.reduce((text, [what, by]) => {
		assert.ok(text.includes(what), `the recipe has no ${what}`);
		return text.replaceAll(what, by);
	}, recipe);
}

// files: { name: text or [text, mode] or a function (directory, port) => either }
// asRoot: started by root, as a system does, where we are root; its files are the owner's all the same.
export async function startWebServer(site, name, files, command, { asRoot = false } = {}) {
	const server = new WebServer(site, join(site.state, name), await findFreePort());
	await server.write(files);
	await server.start(name, command(server.directory, server.port), asRoot);
	return server;
}

class WebServer {
	#site;
	#owner;
	#child;
	#exited;

	constructor(site, directory, port) {
		this.#site = site;
		this.directory = directory;
		this.port = port;
		this.url = `http://127.0.0.1:${port}`;
	}

	get pid() {
		return this.#child.pid;
	}

	async write(files) {
		this.#owner ??= await stat(join(this.#site.state, 'pg'));
		const { uid, gid } = this.#owner;
		await mkdir(this.directory, { recursive: true });
		for (const [name, made] of Object.entries(files)) {
			const value = typeof made === 'function' ? made(this.directory, this.port) : made;
			const [text, mode] = [value, 0o644].flat();
			const path = join(this.directory, name);
			await mkdir(join(path, '..'), { recursive: true });
			await writeFile(path, text);
			await chmod(path, mode);
		}
		execFileSync('chown', ['-R', `${uid}:${gid}`, this.directory]);
	}

	async start(name, words, asRoot) {
		const log = await open(join(this.#site.state, 'log', `${name}.log`), 'a');
		this.#child = spawn('setpriv', [...(asRoot ? [] : become(this.#owner)), '--pdeathsig=TERM', '--', ...words],
			{ cwd: this.directory, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' }, stdio: ['ignore', log.fd, log.fd] });
		this.#exited = once(this.#child, 'exit');
		await log.close();
		this.#site.url = this.url;
		await waitFor(`${name} at ${this.url}`, () => {
			assert.equal(this.#child.exitCode, null, `${name} did not start; see its log`);
			return request(this.url).then(() => true, () => false);
		});
	}

	signal(name) {
		this.#child.kill(name);
	}

	async stop(signal = 'SIGTERM') {
		this.#child.kill(signal);
		const timer = setTimeout(() => this.#child.kill('SIGKILL'), 15_000);
		const [, killed] = await this.#exited;
		clearTimeout(timer);
		assert.notEqual(killed, 'SIGKILL', 'the web server did not stop');
	}
}

// What a httpd.conf has before it comes to a recipe, with these modules.
export const apacheBase = (directory, port, modules) => `
ServerRoot   "${directory}"
ServerName   localhost
Listen       127.0.0.1:${port}
PidFile      "${directory}/pid"
ErrorLog     "${directory}/../log/httpd.log"
Define       APACHE_LOG_DIR "${directory}"
${['mpm_event', 'authz_core', 'authz_host', 'dir', 'env', 'mime', 'headers', 'deflate', 'filter', ...modules]
		.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so\n`).join('')}
TypesConfig  /dev/null
AddType      text/html .html
AddType      text/javascript .js
AddType      text/css .css
AddType      image/svg+xml .svg
AddOutputFilterByType DEFLATE text/html text/css text/javascript text/event-stream
`;

export const apacheCommand = (directory) => ['/usr/sbin/apache2', '-D', 'FOREGROUND', '-f', `${directory}/httpd.conf`];
