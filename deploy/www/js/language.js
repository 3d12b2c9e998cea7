/*
 * The language of times.  What stands in `lang` is written by all sorts of programs: en_US, de_DE.UTF-8,
 * a placeholder that nobody filled in; and Chromium itself says "en-US@posix" where a system has no
 * locale.  Intl throws at such tags.
 */

/* The first of these tags that Intl takes, else of those the browser prefers, else English. */
export function languageOf(...tags) {
	const preferred = globalThis.navigator?.languages ?? [];
	return [...tags, ...preferred, globalThis.navigator?.language].map(tidy).find(isKnown) ?? 'en';
}

/* What `lang` says of an element, which may be in a shadow root of somebody's header. */
export const langOf = (element) =>
	element &&
	(element.closest('[lang]')?.getAttribute('lang') ?? langOf(element.getRootNode().host));

const tidy = (tag) =>
	String(tag ?? '')
		.replace(/[.@].*/, '')
		.replaceAll('_', '-');

function isKnown(tag) {
	try {
		return Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0;
	} catch {
		return false; /* no tag at all */
	}
}
