#!/usr/bin/env bash
# Of Perl's mail makers one encodes a List-Unsubscribe whose link is long, and one leaves the field out, both without a word.
#
# Software:  libemail-mime-perl 1.953-1 with libemail-simple-perl, libmime-tools-perl 5.510-1 with libmailtools-perl (Debian 12), perl 5.36.
#            For comparison libmime-lite-perl 3.033-1, which writes it as given.
# Behaviour: Email::MIME->create(header_str => …), which is for text, writes a value that has no place to be folded at within a line in
#            base64 as encoded words (RFC 2047), also where all of it is ASCII; with `header => …` it stands as given.
#            MIME::Entity->build(…) takes the few fields that it knows, and any other only where its name ends with a colon: 'List-Unsubscribe' is
#            taken and dropped, 'List-Unsubscribe:' is written.
# Seen:      Email::MIME header_str: =?UTF-8?B?PGh0dHBzOi8v…?=; header: <https://…>; MIME::Entity 'List-Unsubscribe': no such field;
#            'List-Unsubscribe:': <https://…>; MIME::Lite: <https://…>
# For somebody who sends digests: no mail program shows its "unsubscribe", and a receiver that wants one-click finds none. With a short
#            token in the link Email::MIME is right, so tests pass. Look at a mail as it arrived, with a token as they are.
# For pgbell: a row for each in deploy/examples/mail/README.md, whose own mailer is Python.
set -euo pipefail

dir=$(mktemp -d)
finish() { rm -rf "$dir"; }
trap finish EXIT
cd "$dir"

# Debian packages, unpacked into root/ and not installed: name=version, or what there is of it today.
unpack() {
	for package; do
		apt-get -qq -o APT::Sandbox::User=root download "$package" 2>/dev/null ||
			apt-get -qq -o APT::Sandbox::User=root download "${package%%=*}"
	done
	for package in *.deb; do dpkg -x "$package" root; done
	rm -f -- *.deb
}
unpack libemail-mime-perl=1.953-1 libemail-simple-perl libemail-date-format-perl libemail-messageid-perl libemail-mime-contenttype-perl \
	libemail-mime-encodings-perl libemail-address-xs-perl libmodule-runtime-perl libtext-unidecode-perl libmime-types-perl \
	libmime-tools-perl=5.510-1 libmailtools-perl libtimedate-perl libconvert-binhex-perl libmime-lite-perl=3.033-1
cat >try.pl <<'PERL'
use strict;
use warnings;
use lib 'root/usr/share/perl5', glob 'root/usr/lib/*/perl5/5.*';
use Email::MIME;
use MIME::Entity;
use MIME::Lite;
my @ends = (From => 'bell@example.org', To => 'ann@example.net', Subject => 'Two new answers');
my $link = '<https://example.org/mail/unsubscribe?token=' . 'a1' x 32 . '>';
my %seen;
sub look {
	my ($name, $mail) = @_;
	$mail =~ s/\r//g;
	my ($head) = split /\n\n/, $mail;
	$head =~ s/\n[ \t]+/ /g;
	my ($value) = $head =~ /^List-Unsubscribe: *(.*)$/mi;
	$seen{$name} = !defined $value ? 'gone' : $value eq $link ? 'as given' : $value;
	print "$name: $seen{$name}\n";
}
look('Email::MIME header_str', Email::MIME->create(header_str => [@ends, 'List-Unsubscribe' => $link], body => 'Two.')->as_string);
look('Email::MIME header', Email::MIME->create(header => [@ends, 'List-Unsubscribe' => $link], body => 'Two.')->as_string);
look('MIME::Entity', MIME::Entity->build(@ends, 'List-Unsubscribe' => $link, Data => ['Two.'])->as_string);
look('MIME::Entity with a colon', MIME::Entity->build(@ends, 'List-Unsubscribe:' => $link, Data => ['Two.'])->as_string);
look('MIME::Lite with a colon', MIME::Lite->new(@ends, 'List-Unsubscribe:' => $link, Data => 'Two.')->as_string);
exit !($seen{'Email::MIME header_str'} =~ /^=\?UTF-8\?B\?PGh0dHBzOi8v/ && $seen{'Email::MIME header'} eq 'as given'
	&& $seen{'MIME::Entity'} eq 'gone' && $seen{'MIME::Entity with a colon'} eq 'as given' && $seen{'MIME::Lite with a colon'} eq 'as given');
PERL
perl try.pl
