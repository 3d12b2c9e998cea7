/*
 * Building elements.  Text reaches the page as text nodes and attribute values only; there is no
 * way through here to have a string read as markup, and none to set an inline style or script,
 * which the content security policy would refuse.
 */

const SVG = 'http://www.w3.org/2000/svg';

/*
 * An element with attributes and children.  A function is a listener (`onclick`), null, undefined
 * and false leave the attribute out, true sets it empty.  Children are nodes, text, or arrays of
 * them; null and false are skipped, so that `condition && h(…)` reads well.
 */
export function h(tag, attributes = {}, ...children) {
	return fill(document.createElement(tag), attributes, children);
}

/* The same for the elements of a picture. */
export function svg(tag, attributes = {}, ...children) {
	return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
	for (const [name, value] of Object.entries(attributes)) {
		if (typeof value === 'function') element.addEventListener(name.slice(2), value);
		else if (value === true) element.setAttribute(name, '');
		else if (value !== undefined && value !== null && value !== false)
			element.setAttribute(name, value);
	}
	for (const child of children.flat(Infinity)) {
		if (child !== undefined && child !== null && child !== false) element.append(child);
	}
	return element;
}
