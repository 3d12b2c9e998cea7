#!/bin/sh
# Apache starts this for a request; see .htaccess.
cd "${0%/*}" && . ./settings.sh && exec "$programs/pgbell-stream"
