# What both programs are told; read by pgbell-api.cgi and pgbell-stream.cgi, since
# what .htaccess sets (SetEnv) does not come through suexec, as such hosts use it.

# The database.  The password stands in ~/.pgpass (chmod 600), one line:
#   host:port:database:user:password
export HOME="${HOME:-$(cd ../.. && pwd)}"
export PGHOST=localhost PGDATABASE=app PGUSER=app PGPASSFILE="$HOME/.pgpass"

# Where the programs are.
programs="$HOME/pgbell"

# A stream is a process and counts as one ("entry processes", often 20).  It
# lives for so long, then the browser comes back and goes on where it was.
export PGBELL_CGI_LIFETIME_S=25

# So many at once; whoever comes beyond them gets what is new and comes by again
# after PGBELL_CGI_POLL_S.  Leave some for requests.
export PGBELL_CGI_STREAMS=10 PGBELL_CGI_POLL_S=10

# Each of those has two connections to the database; with these two lines it has
# one and looks for events every 2 s.  Needed where all that is to be had is a
# pooler (pgbouncer) in transaction mode, of which the programs are told.
#export PGBELL_LISTEN=off PGBELL_FLOOR_S=2
#export PGBELL_POOLER=transaction

# The host's access log shows whole addresses, so none may have a token in it
# (?token=).  The cookie and tickets, which work once, remain.
export PGBELL_QUERY_TOKEN=off

# The host's error log is for errors.
export PGBELL_LOG_LEVEL=warning
