#!/usr/bin/perl
# The way out of a sandbox whose network is restricted.
#
#   perl network.pl proxy LISTENER_FD LIFELINE_FD HOSTS       outside: an HTTP proxy (CONNECT, and http:// requests)
#   perl network.pl forward PORT SOCKET COMMAND...            inside: 127.0.0.1:PORT leads to the proxy's socket
#
# HOSTS is a list with commas: NAME, *.NAME, either with :PORT (else 80 and 443). Names are resolved here, once, and the
# address that was looked at is the one that is connected to. Addresses that are not public (loopback, private
# networks, link-local with the metadata services of clouds) are refused, whatever name leads there, unless the list
# has the address itself, or "localhost" for loopback. The proxy ends with whoever holds the other end of LIFELINE.

use strict;
use warnings;
no warnings 'exec';
use POSIX ();
use Socket qw(:DEFAULT :addrinfo IPPROTO_TCP TCP_NODELAY);

use constant {
    MOST_CONNECTIONS => 256,
    HEAD_BYTES       => 65_536,
    HEAD_SECONDS     => 30,
    CONNECT_SECONDS  => 20,
    PART             => 65_536,
};

$^F = 1000;
my ($mode, @rest) = @ARGV;
$mode eq 'proxy' ? proxy(@rest) : forward(@rest);
exit 0;

# ---- inside

sub forward {
    my ($port, $path, @command) = @_;
    socket my $listener, PF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
    bind $listener, pack_sockaddr_in($port, INADDR_LOOPBACK) or die "127.0.0.1:$port: $!\n";
    listen $listener, 128;
    my $child = fork // die "cannot fork: $!\n";
    if ($child) {
        close $listener;
        exec { $command[0] } @command or die "cannot execute $command[0]: $!\n";
    }
    POSIX::setsid();
    POSIX::dup2(POSIX::open('/dev/null', POSIX::O_RDWR()), $_) for 0 .. 2;
    serve_each($listener, undef, sub {
        my ($client) = @_;
        socket my $proxy, PF_UNIX, SOCK_STREAM, 0 or return;
        connect $proxy, pack_sockaddr_un($path) or return;
        pump($client, $proxy);
    });
    return;
}

# ---- outside

my @allowed;

sub proxy {
    my ($listener_fd, $lifeline_fd, $hosts) = @_;
    open my $listener, '+<&=', $listener_fd or die "listener: $!\n";
    open my $lifeline, '<&=',  $lifeline_fd or die "lifeline: $!\n";
    $SIG{PIPE} = 'IGNORE';
    @allowed = map { /^(.+?)(?::(\d+))?$/ ? { name => lc $1, port => $2 } : () } split /,/, $hosts;
    serve_each($listener, $lifeline, \&answer);
    return;
}

sub answer {
    my ($client) = @_;
    my $head = read_head($client) // return;
    my ($request, $fields) = $head =~ /^([^\r\n]*)\r?\n(.*)$/s or return refuse($client, '400 Bad Request', 'no request');
    my ($host, $port, $first);
    if ($request =~ m{^CONNECT ([A-Za-z0-9.-]+):(\d{1,5}) HTTP/1\.[01]$}) { ($host, $port) = ($1, $2) }
    elsif ($request =~ m{^([A-Z]+) http://([A-Za-z0-9.-]+)(?::(\d{1,5}))?(/[^ ]*)? (HTTP/1\.[01])$}i) {
        ($host, $port) = ($2, $3 // 80);
        my $path = $4 // '/';
        my ($lines, $body) = $fields =~ /^(.*?\r?\n)\r?\n(.*)$/s ? ($1, $2) : ('', '');
        $lines =~ s/^(?:Proxy-[^:\r\n]*|Connection|Keep-Alive):[^\n]*\n//gim;
        $first = "$1 $path HTTP/1.1\r\n${lines}Connection: close\r\n\r\n$body" if $request =~ /^([A-Z]+)/;
    }
    else { return refuse($client, '400 Bad Request', 'only CONNECT and http:// with a host name are served') }
    $host = lc $host;
    $host =~ s/\.$//;
    my @entries = grep { fits($_, $host, $port) } @allowed;
    my $why = (grep { names($_, $host) } @allowed) ? '"hosts" has it with other ports only' : 'it is not in "hosts"';
    return deny($client, "$host:$port", $why) if !@entries;
    my $server = open_to($client, $host, $port, \@entries) // return;
    if (defined $first) { send_all($server, $first) or return }
    else                { send_all($client, "HTTP/1.1 200 Connection established\r\n\r\n") or return }
    pump($client, $server);
    return;
}

sub fits {
    my ($entry, $host, $port) = @_;
    return 0 if defined $entry->{port} ? $port != $entry->{port} : $port != 443 && $port != 80;
    return names($entry, $host);
}

sub names {
    my ($entry, $host) = @_;
    return 1 if $host eq $entry->{name};
    return $entry->{name} =~ /^\*(\..+)$/ && length $host > length $1 && substr($host, -length $1) eq $1;
}

sub open_to {
    my ($client, $host, $port, $entries) = @_;
    my ($error, @found) = getaddrinfo($host, $port, { socktype => SOCK_STREAM, protocol => IPPROTO_TCP });
    return refuse($client, '502 Bad Gateway', "$host is not found: $error") if $error;
    my ($forbidden, $why);
    for my $one (@found) {
        my (undef, $address) = getnameinfo($one->{addr}, NI_NUMERICHOST, NIx_NOSERV);
        if (!is_public($one) && !is_listed($address, $host, $entries)) { $forbidden = $address; next }
        socket my $server, $one->{family}, SOCK_STREAM, IPPROTO_TCP or next;
        return $server if connect_within($server, $one->{addr});
        $why = "$!";
    }
    return deny($client, "$host:$port", "$forbidden is not a public address") if defined $forbidden && !defined $why;
    return refuse($client, '502 Bad Gateway', "$host:$port: " . ($why // 'no address'));
}

sub is_listed {
    my ($address, $host, $entries) = @_;
    return 1 if grep { $_->{name} eq $address } @$entries;
    return $host eq 'localhost' && $address =~ /^(?:127\.|::1$)/;
}

sub is_public {
    my ($one) = @_;
    if ($one->{family} == AF_INET) {
        my ($a, $b, $c) = unpack 'C3', (unpack_sockaddr_in($one->{addr}))[1];
        return 0 if $a == 0 || $a == 10 || $a == 127 || $a >= 224;
        return 0 if $a == 100 && $b >= 64 && $b < 128 || $a == 169 && $b == 254 || $a == 172 && $b >= 16 && $b < 32;
        return 0 if $a == 192 && ($b == 168 || $b == 0 && $c == 0) || $a == 198 && ($b == 18 || $b == 19);
        return 1;
    }
    # Global unicast only, without the two ranges (6to4, Teredo) that hold IPv4 addresses.
    my ($high, $low) = unpack 'n2', (Socket::unpack_sockaddr_in6($one->{addr}))[1];
    return ($high & 0xe000) == 0x2000 && $high != 0x2002 && !($high == 0x2001 && $low == 0);
}

sub deny {
    my ($client, $what, $why) = @_;
    print STDERR "network: $what is refused: $why\n";
    return refuse($client, '403 Forbidden', "$what is refused: $why");
}

sub refuse {
    my ($client, $status, $text) = @_;
    my $body = "orchd: $text\n";
    send_all($client, "HTTP/1.1 $status\r\nContent-Type: text/plain\r\nContent-Length: " . length($body) . "\r\nConnection: close\r\n\r\n$body");
    return;
}

sub read_head {
    my ($client) = @_;
    my $head = '';
    local $SIG{ALRM} = sub { exit 0 };
    alarm HEAD_SECONDS;
    until ($head =~ /\r?\n\r?\n/) {
        return if length $head > HEAD_BYTES;
        sysread $client, $head, PART, length $head or return;
    }
    alarm 0;
    return $head;
}

# ---- both

sub serve_each {
    my ($listener, $lifeline, $serve) = @_;
    my %children;
    while (1) {
        my $readable = '';
        vec($readable, fileno $listener, 1) = 1 if keys %children < MOST_CONNECTIONS;
        vec($readable, fileno $lifeline, 1) = 1 if $lifeline;
        my $ready = select $readable, undef, undef, %children ? 1 : undef;
        while ((my $pid = waitpid -1, POSIX::WNOHANG()) > 0) { delete $children{$pid} }
        next if $ready <= 0;
        kill 'KILL', -getpgrp if $lifeline && vec $readable, fileno $lifeline, 1;
        next if !vec $readable, fileno $listener, 1;
        accept my $client, $listener or next;
        my $pid = fork;
        $children{$pid} = 1 if $pid;
        next if !defined $pid || $pid;
        close $listener;
        $serve->($client);
        POSIX::_exit(0);
    }
    return;
}

sub connect_within {
    my ($socket, $address) = @_;
    my $flags = fcntl $socket, POSIX::F_GETFL(), 0;
    fcntl $socket, POSIX::F_SETFL(), $flags | POSIX::O_NONBLOCK();
    if (!connect $socket, $address) {
        return 0 if $! != POSIX::EINPROGRESS();
        my $writable = '';
        vec($writable, fileno $socket, 1) = 1;
        if (!select undef, $writable, undef, CONNECT_SECONDS) { $! = POSIX::ETIMEDOUT(); return 0 }
        $! = unpack 'i', getsockopt $socket, SOL_SOCKET, SO_ERROR;
        return 0 if $!;
    }
    fcntl $socket, POSIX::F_SETFL(), $flags;
    setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;
    return 1;
}

sub send_all {
    my ($to, $bytes) = @_;
    my $at = 0;
    while ($at < length $bytes) { $at += syswrite $to, $bytes, length($bytes) - $at, $at or return 0 }
    return 1;
}

# Copies both ways until both have ended; one may end before the other.
sub pump {
    my ($left, $right) = @_;
    my %to = (fileno $left, $right, fileno $right, $left);
    my %from = (fileno $left, $left, fileno $right, $right);
    while (%from) {
        my $readable = '';
        vec($readable, $_, 1) = 1 for keys %from;
        select $readable, undef, undef, undef;
        for my $fd (grep { vec $readable, $_, 1 } keys %from) {
            my $got = sysread $from{$fd}, my $part, PART;
            if ($got) { send_all($to{$fd}, $part) or return; next }
            shutdown $to{$fd}, 1;
            delete $from{$fd};
        }
    }
    return;
}
