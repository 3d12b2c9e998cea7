import { createRoot } from 'react-dom/client';
import { NotificationProvider, useNotifications, useNotificationStore } from 'pgbell/NotificationContext.js';
import 'pgbell/notification-bell.js';

const Bell = () => <notification-bell store={useNotificationStore()} />;

/* A part of the page that shows the same in its own way. */
function News() {
	const { notifications, markRead } = useNotifications();
	const unread = notifications.filter(({ read_at }) => read_at === null);
	return (
		<ul>
			{unread.map(({ id, data }) => (
				<li key={id}>
					{data.title} <button onClick={() => markRead(id)}>Seen</button>
				</li>
			))}
		</ul>
	);
}

createRoot(document.getElementById('root')).render(
	<NotificationProvider>
		<Bell />
		<News />
	</NotificationProvider>,
);
