/*
 * The unread count in the title of the page, "(3) Inbox", whatever else changes that title.
 * Returns {dispose}.
 */
export function keepTitleBadge(store) {
	function show() {
		const { unreadCount } = store.getSnapshot();
		const bare = document.title.replace(/^\(\d+\) /, '');
		const title = unreadCount > 0 ? `(${unreadCount}) ${bare}` : bare;
		if (document.title !== title) document.title = title;
	}

	const observer = new MutationObserver(show);
	observer.observe(document.head, { subtree: true, childList: true, characterData: true });
	const end = store.subscribe(show);
	show();
	return {
		dispose() {
			end();
			observer.disconnect();
		},
	};
}
