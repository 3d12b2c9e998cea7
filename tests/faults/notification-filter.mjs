// A filter for the proxy in front of PostgreSQL that drops or doubles notifications:
// it reads the backend's messages (PostgreSQL documentation, "Message
// Formats"): a type, a length that counts itself, the rest.

const NOTIFICATION_RESPONSE = 'A'.charCodeAt(0); // pid, channel\0, payload\0

export class NotificationFilter {
	// 'pass', 'double', 'drop' (all of them, as on a link that is dead in one
	// direction), or 'lose' (those of people; canaries pass).
	mode = 'pass';
	rung = 0;
	dropped = 0;

	// For one connection: chunks in, whole messages out.
	makeFilter() {
		let rest = Buffer.alloc(0);
		return (chunk) => {
			const passed = [];
			rest = Buffer.concat([rest, chunk]);
			while (rest.length >= 5 && rest.length >= 1 + rest.readUInt32BE(1)) {
				const length = 1 + rest.readUInt32BE(1);
				passed.push(...this.#pass(rest.subarray(0, length)));
				rest = rest.subarray(length);
			}
			return Buffer.concat(passed);
		};
	}

	#pass(message) {
		if (message[0] !== NOTIFICATION_RESPONSE)
			return [message];
		this.rung++;
		if (this.mode === 'drop' || this.mode === 'lose' && !isCanary(message)) {
			this.dropped++;
			return [];
		}
		return this.mode === 'double' ? [message, message] : [message];
	}
}

// A canary's payload begins with a space (cgi/stream/database/doorbell.h).
function isCanary(message) {
	const payload = message.indexOf(0, 9) + 1;
	return message[payload] === 0x20;
}
