/*
 * React as npm has it, for a page with an import map: its files are CommonJS, so each is wrapped into a
 * function, and a module beside them gives its names out.
 */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from '../lib/site.mjs';

const FILES = {
	react: 'react/cjs/react.development.js',
	'react-dom': 'react-dom/cjs/react-dom.development.js',
	'react-dom/client': 'react-dom/cjs/react-dom-client.development.js',
	scheduler: 'scheduler/cjs/scheduler.development.js',
};

/* {pages, importMap}: what a server has to serve, and what the page has to say. */
export async function reactModules() {
	const wrapped = await Promise.all(
		Object.entries(FILES).map(async ([name, file]) => {
			const text = await readFile(join(root, 'tests/node_modules', file), 'utf8');
			return `${JSON.stringify(name)}(module, exports, require, process) {${text}\n}`;
		}),
	);
	const pages = {
		'/npm/all.mjs': `
			const files = { ${wrapped.join(',\n')} };
			const made = {};
			export function require(name) {
				if (made[name]) return made[name].exports;
				const module = (made[name] = { exports: {} });
				files[name](module, module.exports, require, { env: {} });
				return module.exports;
			}`,
	};
	const imports = {};
	const require = createRequire(import.meta.url);
	for (const name of ['react', 'react-dom/client']) {
		const names = Object.keys(require(name)).filter((key) => /^[a-z]\w*$/i.test(key));
		imports[name] = `/npm/${name}.mjs`;
		pages[imports[name]] = `
			import { require } from '/npm/all.mjs';
			export const { ${names.join(', ')} } = require(${JSON.stringify(name)});`;
	}
	return { pages, importMap: JSON.stringify({ imports }) };
}
