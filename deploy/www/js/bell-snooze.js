/* When a person wants a notification back that is in the way now.  Fetched when somebody asks for it. */

import { choiceButton as button, createChoice } from './bell-choice.js';

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
			button(texts.cancel, onClose),
		);
	}

	return { element, open };
}

/* Of the calendar: a day may have 23 hours. */
function tomorrowMorning() {
	const now = new Date();
	return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, MORNING);
}
