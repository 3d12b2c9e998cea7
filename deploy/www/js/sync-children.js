/*
 * Makes the children of `parent` follow `items`.  An item that stays keeps its element, and with it the
 * focus, the half-typed comment and the scroll position.
 * `create(item)` returns {element, update(item)}; `views` is the Map from key to that, owned by the
 * caller.
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
