/* When a person wants a notification back that is in the way now.  Fetched when somebody asks for it. */

import { choiceButton as button, createChoice } from './bell-choice.js';
import { h } from './element.js';

const MORNING = 8; /* o'clock, by the person's own */

/* As createMute() in bell-mute.js.  Its row is gone then, so what can be undone is said by offerUndo(text, undo). */
export function createSnooze({ notification: { id }, store, texts, onClose, offerUndo }) {
	const { element, show, attempt } = createChoice(onClose);
	const until = async (date) =>
		(await attempt(store.snooze(id, date))) &&
		offerUndo(texts.snoozed, () => store.unsnooze(id));

	function open() {
		show(
			'',
			button(texts.inAnHour, () => until(new Date(Date.now() + 3600000))),
			button(texts.tomorrow, () => until(tomorrowMorning())),
			button(texts.pickTime, pick),
			button(texts.cancel, onClose),
		);
	}

	/* By the person's own clock, as the browser asks for it. */
	function pick() {
		const field = h('input', {
			type: 'datetime-local',
			class: 'moment',
			part: 'field',
			'aria-label': texts.until,
			required: true,
			min: localTime(new Date(Date.now() + 60000)),
			max: '9999-12-31T23:59',
			value: localTime(tomorrowMorning()),
		});
		const go = () => field.reportValidity() && until(new Date(field.value));
		field.addEventListener('keydown', ({ key }) => key === 'Enter' && go());
		show('', field, button(texts.snooze, go), button(texts.cancel, onClose));
	}

	return { element, open };
}

/* Of the calendar: a day may have 23 hours. */
function tomorrowMorning() {
	const now = new Date();
	return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, MORNING);
}

/* As a field has it: 2026-11-29T08:00. */
function localTime(date) {
	const two = (number) => String(number).padStart(2, '0');
	const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
	return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
