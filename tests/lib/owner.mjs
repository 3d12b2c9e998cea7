// Running something as the one to whom a site's cluster belongs, where we are
// root.  A checkout that is closed to that one, as below /root, is opened by the
// one capability that deploy/dev/run gives its programs then.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './site.mjs';

const reaching = new Map(); // uid → what else it takes

// The words for setpriv; none where we are not root.
export function become({ uid, gid }) {
	if (process.getuid() !== 0 || uid === 0)
		return [];
	const words = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
	if (!reaching.has(uid)) {
		const { status } = spawnSync('setpriv', [...words, '--', 'test', '-r', join(root, 'Makefile')]);
		reaching.set(uid, status === 0 ? [] : ['--inh-caps=-all,+dac_override', '--ambient-caps=-all,+dac_override']);
	}
	return [...words, ...reaching.get(uid)];
}
