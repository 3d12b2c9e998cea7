/*
 * How the bell looks.  A page changes it by custom properties (--bell-…) and by parts (::part), and
 * it is light or dark as the page's own color-scheme says.  The names that begin with --_ are its own.
 */

const STYLE = `
:host {
	--_ink: var(--bell-ink, light-dark(#20262b, #e6e4de));
	--_soft: var(--bell-soft, light-dark(#5c6670, #9ca6ae));
	--_card: var(--bell-card, light-dark(#fff, #1b2024));
	--_line: var(--bell-line, light-dark(#e2dfd6, #2e353b));
	--_tint: var(--bell-tint, light-dark(#e7f0ee, #1d2e2d));
	--_accent: var(--bell-accent, light-dark(#1f5f5b, #74c4bb));
	--_badge: var(--bell-badge, light-dark(#b4470b, #f0a93b));
	--_on-badge: var(--bell-on-badge, light-dark(#fff, #241803));
	--_bad: var(--bell-bad, light-dark(#b3261e, #ff8d84));
	--_radius: var(--bell-radius, 10px);
	display: inline-block;
	position: relative;
	vertical-align: middle;
	font: 1rem/1.5 var(--bell-font, system-ui, sans-serif);
}

/* What the text around it would hand down: a bar of capitals, in one line, wide apart. */
:host, .bell {
	letter-spacing: normal;
	word-spacing: normal;
	text-align: start;
	text-align-last: auto;
	text-indent: 0;
	text-shadow: none;
	text-transform: none;
	white-space: normal;
	word-break: normal;
	overflow-wrap: normal;
	hyphens: manual;
	writing-mode: horizontal-tb;
	cursor: auto;
	-webkit-text-fill-color: currentcolor;
	-webkit-text-stroke: 0;
}

/* Browsers before 2024: without it no colour at all would be left, and the panel were transparent. */
@supports not (color: light-dark(#000, #fff)) {
	:host {
		--_ink: var(--bell-ink, CanvasText);
		--_soft: var(--bell-soft, CanvasText);
		--_card: var(--bell-card, Canvas);
		--_line: var(--bell-line, GrayText);
		--_tint: var(--bell-tint, transparent);
		--_accent: var(--bell-accent, LinkText);
		--_badge: var(--bell-badge, #b4470b);
		--_on-badge: var(--bell-on-badge, #fff);
		--_bad: var(--bell-bad, CanvasText);
	}
}

:host([hidden]), :host([status="signed out"]), [hidden] {
	display: none !important;
}

*, *::before, *::after {
	box-sizing: border-box;
}

button {
	font: inherit;
	color: var(--_ink);
	background: none;
	border: 0;
	padding: 0;
	cursor: pointer;
}

:focus-visible {
	outline: 2px solid var(--_accent);
	outline-offset: 2px;
	border-radius: 4px;
}

.unseen {
	position: absolute;
	width: 1px;
	height: 1px;
	overflow: hidden;
	clip-path: inset(50%);
	white-space: nowrap;
}

.button {
	position: relative;
	display: grid;
	place-items: center;
	width: 2.5rem;
	height: 2.5rem;
	border-radius: 50%;
	color: inherit;
}

/* On whatever ground the page has it. */
.button:hover, .button[aria-expanded="true"] {
	background: rgb(128 128 128 / 20%);
}

.button .icon {
	width: 1.4rem;
	height: 1.4rem;
}

.badge {
	position: absolute;
	top: 0;
	left: 1.35rem;
	min-width: 1.2rem;
	padding: 0 0.3rem;
	border-radius: 0.6rem;
	box-shadow: 0 0 0 2px var(--_card);
	background: var(--_badge);
	color: var(--_on-badge);
	font-size: 0.7rem;
	font-weight: 700;
	line-height: 1.2rem;
	text-align: center;
	direction: ltr; /* 99+ in every language */
}

/* Not over what stands beside the bell. */
.badge.wide {
	left: 1.1rem;
	padding: 0 0.25rem;
	font-size: 0.65rem;
}
`;

/*
 * A sheet made by script is allowed by every content security policy that allows the script.  Returns the
 * function that gives it to a shadow root, once; it is made with the first, for all the bells of the page.
 */
export function sheetAdder(style) {
	let sheet = null;
	return (root) => {
		if (sheet === null) {
			sheet = new CSSStyleSheet();
			sheet.replaceSync(style);
		}
		if (!root.adoptedStyleSheets.includes(sheet))
			root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
	};
}

export const addBellSheet = sheetAdder(STYLE);
