# From install.sql, grants.sql, qa/grants.sql and the triggers: what an installation has, as a C header
# for pgbell-doctor.  The SQL stays the one home of it.

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
/^create .*trigger "?[!a-z_]+"? / {
	gsub(/"/, "")
	match($0, /trigger [!a-z_]+/)
	trigger = substr($0, RSTART + 8, RLENGTH - 8)
	match($0, / on [a-z]+\.[a-z_]+/)
	triggers = triggers (triggers == "" ? "" : ", ") \
		"('" substr($0, RSTART + 4, RLENGTH - 4) "', '" trigger "')"
}

END {
	print "};"
	printf "#define SHIPPED_TRIGGERS \"%s\"\n", triggers
	printf "#define SHIPPED_MIGRATION %d\n", migration
}
