/* Moments as people say them: "5 minutes ago", kept true while they are on the page. */

import { h } from './element.js';
import { languageOf } from './language.js';

const UNITS = [
	['year', 31557600],
	['month', 2629800],
	['week', 604800],
	['day', 86400],
	['hour', 3600],
	['minute', 60],
];

/* Kept for each language: to make them takes longer than all else that a row needs. */
const formats = new Map();

function formatsOf(language) {
	if (!formats.has(language)) {
		const known = languageOf(language);
		formats.set(language, {
			relative: new Intl.RelativeTimeFormat(known, { numeric: 'auto' }),
			absolute: new Intl.DateTimeFormat(known, {
				dateStyle: 'medium',
				timeStyle: 'short',
			}),
		});
	}
	return formats.get(language);
}

/* A moment that no calendar here has ("infinity", the year 300000) is told as it is written. */
export function timeAgo(moment, now = new Date(), language = 'en') {
	const { relative } = formatsOf(language);
	const seconds = (now - Date.parse(moment)) / 1000;
	if (Number.isNaN(seconds)) return String(moment ?? '');
	for (const [unit, length] of UNITS) {
		if (seconds >= length) return relative.format(-Math.floor(seconds / length), unit);
	}
	return relative.format(0, 'second');
}

/* The moment itself, where how long ago is not what matters. */
export function dateElement(moment, language = 'en') {
	return h('time', {}, formatsOf(language).absolute.format(Date.parse(moment)));
}

export function timeElement(moment, language = 'en') {
	const date = Date.parse(moment);
	const isDate = !Number.isNaN(date);
	return h(
		'time',
		{ datetime: moment, title: isDate && formatsOf(language).absolute.format(date) },
		timeAgo(moment, undefined, language),
	);
}

/* Refreshes every time below `root`, twice a minute; returns the function that ends it. */
export function keepTimesTrue(root, language = 'en') {
	const timer = setInterval(() => {
		for (const element of root.querySelectorAll('time[datetime]')) {
			const text = timeAgo(element.dateTime, undefined, language);
			if (element.textContent !== text) element.textContent = text;
		}
	}, 30000);
	return () => clearInterval(timer);
}
