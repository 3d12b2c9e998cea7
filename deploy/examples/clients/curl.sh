#!/usr/bin/env bash
# Listen to a person's notifications, and to topics, with curl and bash:
#
#   TOKEN=… ./curl.sh https://example.org [topic…]
#
# Without a token to topics alone, of those that everybody may follow.

case ${1:-} in
http://* | https://*) ;;
*) echo 'usage: TOKEN=... ./curl.sh https://example.org [topic...]' >&2 && exit 2 ;;
esac

last_id='' wait_ms=3000
url="$1/api/notifications/stream?"
for topic in "${@:2}"; do url+="topic=$topic&"; done

take() {
	case $1 in new_notification | published) echo "$2 $3" ;; esac
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
	    ${TOKEN:+-H "Authorization: Bearer $TOKEN"} ${last_id:+-H "Last-Event-ID: $last_id"} "$url")
}

while :; do
	listen
	sleep "$(printf '%d.%03d' $((wait_ms / 1000)) $((wait_ms % 1000)))"
done
