#!/bin/sh
# Apache starts this for a request; see .htaccess.  suexec does so in this directory, by the mere name.
case $0 in */*) cd "${0%/*}" || exit ;; esac
. ./settings.sh && exec "$programs/pgbell-stream"
