/*
 * Messages to the service manager that started the program, in systemd's
 * sd_notify(3) protocol, of which it says that it is stable and may be spoken
 * without its library.  A message is one datagram of NAME=value lines to the
 * socket that $NOTIFY_SOCKET names.
 */
#ifndef PGBELL_NOTIFY_H
#define PGBELL_NOTIFY_H

#include <stdbool.h>

/*
 * Send a message, such as "READY=1", "STOPPING=1" or "WATCHDOG=1".  Nobody
 * wants one where NOTIFY_SOCKET is not set: that is no failure.  Never blocks.
 * False, with errno, when the message could not be handed over; the program
 * has nothing better to do then than to go on.
 */
bool notify_send(const char *message);

/*
 * After how many milliseconds without WATCHDOG=1 we are taken for dead (half of
 * it is the time to send it in), or 0 when nobody watches this process:
 * WATCHDOG_USEC and WATCHDOG_PID, which names another process where the
 * environment was inherited.
 */
int notify_watchdog_ms(void);

#endif
