/* The few pictures of the page, drawn in the colour of the text around them. */

import { svg } from './element.js';

const PATHS = {
	bell:
		'M10 3a5 5 0 0 0-5 5c0 4-1.8 5-1.8 6h13.6c0-1-1.8-2-1.8-6a5 5 0 0 0-5-5Z' +
		'M8.2 16.5a1.9 1.9 0 0 0 3.6 0',
	check: 'M4 10.5 8.2 15 16 5.5',
	unread: 'M10 6a4 4 0 1 0 0 8a4 4 0 1 0 0-8Z',
	snooze: 'M10 4a6 6 0 1 0 0 12a6 6 0 1 0 0-12ZM10 6.8V10l2.2 1.6',
	mute: 'M5.6 6A5 5 0 0 0 5 8c0 4-1.8 5-1.8 6H14M8.2 16.5a1.9 1.9 0 0 0 3.6 0M8 3.4A5 5 0 0 1 15 8c0 1.2.2 2.2.4 3M3 3l14 14',
	remove: 'M5.5 5.5l9 9M14.5 5.5l-9 9',
};

export function icon(name) {
	return svg(
		'svg',
		{
			class: `icon icon-${name}`,
			viewBox: '0 0 20 20',
			width: 20,
			height: 20,
			fill: 'none',
			stroke: 'currentColor',
			'stroke-width': 1.6,
			'stroke-linecap': 'round',
			'stroke-linejoin': 'round',
			'aria-hidden': 'true',
		},
		svg('path', { d: PATHS[name] }),
	);
}
