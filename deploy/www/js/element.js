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

/*
 * Makes the children of `parent` follow `items`, keeping the element of an item that stays, and
 * with it the focus, the half-typed comment and the place on the screen.  `create(item)` returns
 * {element, update(item)}; `views` is the Map from key to that, owned by the caller.
 */
export function syncChildren(parent, views, items, keyOf, create) {
	const kept = new Set(items.map(keyOf));
	for (const [key, view] of views) {
		if (!kept.has(key)) {
			view.element.remove();
			views.delete(key);
		}
	}
	let place = parent.firstElementChild;
	for (const item of items) {
		const key = keyOf(item);
		if (!views.has(key)) views.set(key, create(item));
		const view = views.get(key);
		view.update(item);
		if (view.element === place) place = place.nextElementSibling;
		else parent.insertBefore(view.element, place);
	}
}
