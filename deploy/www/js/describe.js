/*
 * What a notification says and where it leads.  `data` is whatever the writer of the row put there,
 * any JSON, so nothing about it is taken for granted; an address is taken from it only if it leads
 * to this very site.
 */

/* {who, what, title, excerpt, href}: texts that may be empty, and an address or null. */
export function describe({ kind, data }) {
	const facts = data !== null && typeof data === 'object' ? data : {};
	const who = text(facts.actor?.name ?? facts.actor?.username ?? facts.actor);
	const happened = kind.replace(/[_.]/g, ' ');
	return {
		who,
		what: who === '' ? happened.charAt(0).toUpperCase() + happened.slice(1) : happened,
		title: text(facts.title ?? facts.message ?? facts.text),
		excerpt: text(facts.excerpt),
		href: address(facts.url ?? facts.href),
	};
}

/* The same in one sentence, for those who hear the page. */
export function sentenceOf({ who, what, title }) {
	return [who, what, title].filter((part) => part !== '').join(' ');
}

function address(given) {
	if (typeof given !== 'string') return null;
	try {
		const url = new URL(given, location.href);
		return url.origin === location.origin ? url.href : null;
	} catch {
		return null;
	}
}

const text = (value) =>
	typeof value === 'string' || typeof value === 'number' ? String(value) : '';
