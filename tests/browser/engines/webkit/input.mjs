/* Hands at a page, as actions of WebDriver; keys by the names that events have. */

/* https://www.w3.org/TR/webdriver2/#keyboard-actions */
const KEYS = {
	Tab: '\uE004',
	Enter: '\uE007',
	Shift: '\uE008',
	Escape: '\uE00C',
	PageUp: '\uE00E',
	PageDown: '\uE00F',
	End: '\uE010',
	Home: '\uE011',
	ArrowLeft: '\uE012',
	ArrowUp: '\uE013',
	ArrowRight: '\uE014',
	ArrowDown: '\uE015',
	Delete: '\uE017',
};

export class Keyboard {
	#act;

	constructor(act) {
		this.#act = act;
	}

	/* 'Tab', 'Shift+Tab', 'a'. */
	async press(name) {
		const keys = name.split('+').map((key) => KEYS[key] ?? key);
		if (keys.some((key) => [...key].length !== 1)) throw new Error(`there is no key ${name}`);
		const down = keys.map((value) => ({ type: 'keyDown', value }));
		const up = keys.reverse().map((value) => ({ type: 'keyUp', value }));
		await this.#act([{ type: 'key', id: 'keyboard', actions: [...down, ...up] }]);
	}
}

export class Mouse {
	#act;

	constructor(act) {
		this.#act = act;
	}

	async click(x, y, times) {
		const once = [
			{ type: 'pointerDown', button: 0 },
			{ type: 'pointerUp', button: 0 },
		];
		await this.#act([
			{
				type: 'pointer',
				id: 'mouse',
				parameters: { pointerType: 'mouse' },
				actions: [
					{ type: 'pointerMove', duration: 0, origin: 'viewport', x, y },
					...Array.from({ length: times }, () => once).flat(),
				],
			},
		]);
	}
}
