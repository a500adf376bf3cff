#!/usr/bin/perl
# Sends what it reads, each text up to a NUL as one datagram, to a unix socket: sd_notify(3) for a program that has no
# datagram sockets of its own. It stays, so that systemd can still find out whose messages these are when it reads them.
#
#   perl notify.pl SOCKET      a path, or an abstract name that begins with "@"
#
# It ends with its input, so it says nothing for a program that is stopped or gone.

use strict;
use warnings;
use Socket;

my ($name) = @ARGV;
exit 2 unless defined $name && $name =~ m{^[/@]};
$name =~ s/^@/\0/;
my $to = pack_sockaddr_un($name);
socket my $socket, PF_UNIX, SOCK_DGRAM, 0 or exit 1;
$SIG{$_} = 'IGNORE' for qw(INT TERM HUP PIPE);
$/ = "\0";
while (defined(my $message = <STDIN>)) {
    chomp $message;
    # Nobody may be listening just now: systemd executes itself anew, too. The next message finds it again.
    send $socket, $message, 0, $to;
}
