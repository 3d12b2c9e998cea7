/* How the panel of the bell looks, on top of bell-style.js. */

import { sheetAdder } from './bell-style.js';

const STYLE = `
.failure:empty, .status:empty, .undoing:empty {
	display: none;
}

h2, p, ul {
	margin: 0;
	padding: 0;
	list-style: none;
}

h2:focus {
	outline: none;
}

#panel {
	position: absolute;
	top: calc(100% + 0.5rem);
	z-index: 1000;
	width: min(25rem, 100vw - 1rem);
	max-height: min(40rem, var(--room, 40rem));
	overflow-y: auto;
	overscroll-behavior: contain;
	color: var(--_ink);
	background: var(--_card);
	border: 1px solid var(--_line);
	border-radius: var(--_radius);
	box-shadow: 0 1px 2px rgb(0 0 0 / 10%), 0 12px 32px rgb(0 0 0 / 22%);
}

#panel.above {
	top: auto;
	bottom: calc(100% + 0.5rem);
}

/* In the top layer popover.js places it. */
#panel[popover] {
	position: fixed;
	inset: auto;
	height: fit-content;
	margin: 0;
	padding: 0;
}

#panel:focus {
	outline: none;
}

header {
	position: sticky;
	top: 0;
	z-index: 2;
	display: flex;
	align-items: center;
	justify-content: space-between;
	padding-block: 0.7rem;
	padding-inline: 1rem 0.6rem;
	background: var(--_card);
	border-bottom: 1px solid var(--_line);
}

h2 {
	font-size: 1rem;
	font-weight: 700;
}

.quiet {
	padding: 0.25rem 0.5rem;
	border-radius: 8px;
	font-size: 0.875rem;
	font-weight: 500;
	color: var(--_soft);
}

header:has(.choices) {
	flex-wrap: wrap;
}

/* A line of their own, whose words stand below the heading. */
.choices {
	flex-basis: 100%;
	margin-inline-start: -0.5rem;
}

[aria-pressed="true"] {
	font-weight: 700;
	color: var(--_ink);
	background: var(--_tint);
}

[aria-disabled="true"] {
	cursor: default;
}

.quiet[aria-disabled="true"] {
	opacity: 0.5;
}

.failure {
	padding: 0.6rem 1rem;
	font-size: 0.9rem;
	color: var(--_bad);
}

.empty {
	padding: 2rem 1rem;
	text-align: center;
	color: var(--_soft);
}

footer .quiet {
	display: block;
	width: calc(100% - 1rem);
	margin: 0.5rem;
	padding: 0.5rem;
}

.status, .undoing {
	padding: 0.6rem 1rem;
	border-top: 1px solid var(--_line);
	font-size: 0.8rem;
	color: var(--_soft);
}

/* The header above it has a line of its own. */
.undoing {
	border-top: 0;
	border-bottom: 1px solid var(--_line);
}

.row {
	position: relative;
	display: flex;
	align-items: flex-start;
	padding: 0.6rem 0.5rem;
}

.row + .row {
	border-top: 1px solid var(--_line);
}

.text {
	flex: 1;
	min-width: 0;
	padding-top: 0.2rem;
	font-size: 0.9rem;
	line-height: 1.4;
	color: var(--_soft);
}

.what {
	display: block;
	width: 100%;
	min-height: 1.5rem;
	color: inherit;
	text-align: start;
	text-decoration: none;
	overflow-wrap: anywhere;
}

/* The whole row can be pressed; its buttons lie above. */
.what::after {
	content: "";
	position: absolute;
	inset: 0;
}

/* Where the row cannot have it the words do. */
.row:has(.what:focus-visible) .what {
	outline: none;
}

.row:has(.what:focus-visible) {
	outline: 2px solid var(--_accent);
	outline-offset: -2px;
	border-radius: 6px;
}

.title, .excerpt {
	display: block;
}

.excerpt {
	overflow: hidden;
	text-overflow: ellipsis;
	white-space: nowrap;
	color: var(--_soft);
}

time {
	font-size: 0.8rem;
}

.unread .what, .unread b {
	color: var(--_ink);
}

.unread .title {
	font-weight: 600;
}

.toggle, .mute, .snooze, .remove {
	position: relative;
	z-index: 1;
	display: grid;
	place-items: center;
	flex: none;
	width: 2rem;
	height: 2rem;
	border-radius: 50%;
	color: var(--_soft);
}

/* Around them it would lie on the words. */
.toggle:focus-visible, .mute:focus-visible, .snooze:focus-visible, .remove:focus-visible {
	outline-offset: -2px;
	border-radius: 50%;
}

.toggle .icon, .mute .icon, .snooze .icon, .remove .icon {
	width: 1.1rem;
	height: 1.1rem;
}

/* A full dot is unread; a ring, faint until it is wanted, is read. */
.toggle .icon {
	opacity: 0.45;
}

.toggle:focus-visible .icon {
	opacity: 1;
}

.unread .toggle .icon {
	opacity: 1;
	color: var(--_badge);
	fill: currentcolor;
}

/* A finger hovers nowhere, and what it has touched would stay lit. */
@media (hover: hover) {
	.quiet:not([aria-disabled="true"]):hover {
		color: var(--_ink);
		background: var(--_tint);
	}

	.row:hover {
		background: var(--_tint);
	}

	.toggle:hover, .mute:hover, .snooze:hover, .remove:hover {
		background: var(--_line);
		color: var(--_ink);
	}

	.toggle:hover .icon {
		opacity: 1;
	}
}
`;

export const addPanelSheet = sheetAdder(STYLE);
