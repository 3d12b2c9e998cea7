// The two programs, each as a script that leads it elsewhere first: the
// supervisor's own words about where PostgreSQL is would otherwise win.

import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { root } from '../lib/site.mjs';

// A directory for PGBELL_BIN.  environments: { 'pgbell-stream': { PGHOST: '/…' }, … }
export async function writePrograms(directory, environments) {
	const real = resolve(process.env.PGBELL_BIN ?? join(root, 'build/checked'));
	await mkdir(directory, { mode: 0o755 });
	for (const program of ['pgbell-stream', 'pgbell-api']) {
		const lines = Object.entries(environments[program] ?? {}).map(([name, value]) => `export ${name}='${value}'\n`);
		const script = `#!/bin/sh\n${lines.join('')}exec '${join(real, program)}' "$@"\n`;
		await writeFile(join(directory, program), script, { mode: 0o755 });
	}
}
