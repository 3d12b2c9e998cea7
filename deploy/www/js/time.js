/* Moments as people say them: "5 minutes ago", kept true while they are on the page. */

import { h } from './element.js';

const UNITS = [
	['year', 31557600],
	['month', 2629800],
	['week', 604800],
	['day', 86400],
	['hour', 3600],
	['minute', 60],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const absolute = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

export function timeAgo(moment, now = new Date()) {
	const seconds = (now - new Date(moment)) / 1000;
	for (const [unit, length] of UNITS) {
		if (seconds >= length) return relative.format(-Math.floor(seconds / length), unit);
	}
	return 'just now';
}

export function timeElement(moment) {
	return h(
		'time',
		{ datetime: moment, title: absolute.format(new Date(moment)) },
		timeAgo(moment),
	);
}

/* Call once: refreshes every time on the page, twice a minute. */
export function keepTimesTrue() {
	setInterval(() => {
		for (const element of document.querySelectorAll('time[datetime]')) {
			const text = timeAgo(element.dateTime);
			if (element.textContent !== text) element.textContent = text;
		}
	}, 30000);
}
