/*
 * What a notification says and where it leads.  `data` is whatever the writer of the row put there,
 * any JSON, so nothing about it is taken for granted; an address is taken from it only if it leads
 * to this very site.
 */

import { TEXTS } from './bell-texts.js';
import { report } from './report.js';

/* {who, what, title, excerpt, href, subject}: texts that may be empty, and an address or null. */
export function describe({ kind, data, subject, count, actors }, texts = TEXTS) {
	const facts = data !== null && typeof data === 'object' ? data : {};
	const who = whoOf(actors ?? [facts.actor], count, texts);
	const happened = text(kind).replace(/[_.]/g, ' ');
	return {
		who,
		what: who === '' ? happened.charAt(0).toUpperCase() + happened.slice(1) : happened,
		title: text(facts.title ?? facts.message ?? facts.text),
		excerpt: text(facts.excerpt),
		href: address(facts.url ?? facts.href),
		subject: text(facts.subject ?? subject),
	};
}

const KEPT = 10; /* actors, of those that were merged: there may have been more */

function whoOf(actors, count, texts) {
	const names = actors.map(nameOf).filter((name) => name !== '');
	if (names.length < 2) return names[0] ?? '';
	return texts.people(names, actors.length === KEPT && count > KEPT);
}

const nameOf = (actor) => text(actor?.name ?? actor?.username ?? actor);

/*
 * The page's own way to describe, made safe: one that throws, or says less than all of it, costs no row.
 * What is left out is empty; what it cannot describe at all is told as above, and reported.
 */
export function describeBy(given, texts) {
	if (!given) return (notification) => describe(notification, texts);
	return (notification) => {
		try {
			return complete(given(notification, texts), notification);
		} catch (error) {
			report(error);
			return describe(notification, texts);
		}
	};
}

function complete({ href, ...told }, { subject: about }) {
	const [who, what, title, excerpt, subject] = ['who', 'what', 'title', 'excerpt', 'subject'].map((name) =>
		text(told[name] ?? (name === 'subject' ? about : '')),
	);
	if (who + what + title + excerpt === '') throw new TypeError('describe() says nothing');
	return { who, what, title, excerpt, href: href ? followed(href) : null, subject };
}

/* Wherever the page wants to lead, but to no script: what it passes on may be what somebody wrote. */
function followed(href) {
	try {
		const { protocol } = new URL(href, location.href);
		return ['javascript:', 'data:', 'vbscript:'].includes(protocol) ? null : String(href);
	} catch {
		return null;
	}
}

/* Whether an event brings something to be told: a new row, or one that has changed, not read yet. */
export const isNews = ({ type, data }) =>
	(type === 'new_notification' || type === 'notification_changed') && !data.read_at;

/* What a description says in one sentence, for those who hear the page. */
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
