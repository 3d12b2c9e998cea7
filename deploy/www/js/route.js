/* The address after the # and what it names.  Hash addresses need no rule in the web server. */

const ROUTES = [
	[/^\/?$/, 'questions', []],
	[/^\/ask$/, 'ask', []],
	[/^\/questions\/(\d+)$/, 'question', ['id']],
	[/^\/questions\/(\d+)\/answers\/(\d+)$/, 'question', ['id', 'answer']],
	[/^\/sign-in$/, 'signIn', []],
	[/^\/sign-up$/, 'signUp', []],
];

/* {name, params}: params are numbers; name is 'missing' where the address leads nowhere. */
export function parseRoute(hash) {
	const path = hash.replace(/^#/, '');
	for (const [pattern, name, keys] of ROUTES) {
		const match = pattern.exec(path);
		if (match !== null)
			return {
				name,
				params: Object.fromEntries(
					keys.map((key, i) => [key, Number(match[i + 1])]),
				),
			};
	}
	return { name: 'missing', params: {} };
}
