#!/usr/bin/env bash
# Listen to a person's notifications with curl and bash:
#
#   TOKEN=… ./curl.sh https://example.org

last_id='' wait_ms=3000

take() {
	[ "${1:-}" != new_notification ] || echo "$2 $3"
}

# One stream, up to its end; data is one line of JSON.  curl says the status as one more
# field.  A heartbeat comes every 30 s; below a byte a second for 75 the connection is dead.
listen() {
	local line event='' data='' id=''
	while IFS= read -r line; do
		case $line in
		'event: '*) event=${line#*: } ;;
		'data: '*) data=${line#*: } ;;
		'id: '*) id=${line#*: } ;;
		'retry: '*) wait_ms=${line#*: } ;;
		'status: 401') echo 'The token is not valid (any more): sign in again.' >&2 && exit 1 ;;
		'status: 429' | 'status: 503') wait_ms=5000 ;;
		'')
			last_id=${id:-$last_id} # now that the event is whole
			take "$event" "$id" "$data"
			event='' data='' id=''
			;;
		esac
	done < <(curl -sN --speed-limit 1 --speed-time 75 -w '\nstatus: %{http_code}\n' \
	    -H "Authorization: Bearer $TOKEN" ${last_id:+-H "Last-Event-ID: $last_id"} "$1/api/notifications/stream")
}

while :; do
	listen "$1"
	sleep "$(printf '%d.%03d' $((wait_ms / 1000)) $((wait_ms % 1000)))"
done
