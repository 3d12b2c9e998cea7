/*
 * Places the panel of the bell.  It is a popover, in the top layer of the page, where no header clips it and
 * nothing covers it; in browsers from before 2024, which have no popovers, it is placed beside the button.
 */

const MARGIN = 8; /* px that it keeps from the edges of the window and from the button */

/*
 *   element   what is shown; it is hidden at first
 *   button    what it belongs to
 * Returns {isOpen(), setOpen(open), place()}; place() is for when the window has changed.
 */
export function createPopover(element, button) {
	const isOnTop = typeof element.showPopover === 'function';
	if (isOnTop) element.setAttribute('popover', 'manual');

	const isOpen = () => !element.hidden;

	function setOpen(open) {
		element.hidden = !open;
		button.setAttribute('aria-expanded', String(open));
		if (!isOnTop || !element.isConnected) return;
		const isShown = element.matches(':popover-open');
		if (open && !isShown) element.showPopover();
		if (!open && isShown) element.hidePopover();
		place();
	}

	/* Below the button, or above it where there is more room, and wholly inside the window: its style goes by --room. */
	function place() {
		if (!isOpen()) return;
		const { left, right, top, bottom } = button.getBoundingClientRect();
		/* Without a doctype it is the body that is as high as the window. */
		const page = document.scrollingElement ?? document.documentElement;
		const { clientWidth: width, clientHeight: height } = page;
		const isBelow = height - bottom >= top;
		const room = width - 2 * MARGIN;
		/* All of these are pixels of the window; a style may have zoomed the page, or a part of it. */
		const shown = element.getBoundingClientRect().width;
		const px = (length) => `${(length * element.offsetWidth) / (shown || 1)}px`;
		const wide = Math.min(shown, room);
		const x = Math.max(MARGIN, Math.min(right, width - MARGIN) - wide);
		const { style } = element;
		style.maxWidth = px(room);
		style.left = px(isOnTop ? x : x - left);
		style.setProperty('--room', px((isBelow ? height - bottom : top) - 2 * MARGIN));
		element.classList.toggle('above', !isBelow);
		if (!isOnTop) return;
		style.top = isBelow ? px(bottom + MARGIN) : 'auto';
		style.bottom = isBelow ? 'auto' : px(height - top + MARGIN);
	}

	return { isOpen, setOpen, place };
}
