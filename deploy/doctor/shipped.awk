# From install.sql, grants.sql and qa/grants.sql: what an installation has, as a C header for
# pgbell-doctor.  The SQL stays the one home of it.

BEGIN {
	print "/* Made by shipped.awk; the SQL is its home. */"
	print "static const struct { const char *role, *function; } shipped_grants[] = {"
}

/^\\set migration / { migration = $3 }
/^grant execute on function .* to public;$/ {
	printf "\t{ \"public\", \"%s\" },\n", $5
	next
}
/grant execute on function/ { collecting = 1; count = 0 }
collecting && /^\t\t[a-z]+\.[a-z_]+\(/ {
	sub(/^\t\t/, "")
	sub(/,$/, "")
	functions[count++] = $0
}
collecting && /^\tto [a-z_]+;$/ {
	sub(/;/, "", $2)
	for (i = 0; i < count; i++)
		printf "\t{ \"%s\", \"%s\" },\n", $2, functions[i]
	collecting = 0
}

END {
	print "};"
	printf "#define SHIPPED_MIGRATION %d\n", migration
}
