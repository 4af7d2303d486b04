# ruff: noqa: E501 - configurations and messages stand here as they are, each on one line
"""ssh_config texts over which our reader and OpenSSH must agree."""

from __future__ import annotations

CASES: dict[str, str] = {
    "first value wins": "Host web1\n User a\n Port 2200\nHost *\n User b\n Port 22\n ConnectTimeout 7\n",
    "wildcards": "Host web?\n User q\nHost w*1\n Port 99\nHost *\n User z\n",
    "negation": "Host * !web1\n User no\nHost !web1 *\n Port 1\nHost web* !web2\n User yes\n",
    "negation alone matches nothing": "Host !web2\n User never\n",
    "keywords in any case, equals and quotes": 'HOST web1\n uSeR=a\n Port = 2200\n HostName "x.example.org"\n',
    "quoted with space": "Host web1\n IdentityFile \"/k/a b\"\n IdentityFile /k/c\\ d\n CertificateFile '/k/e f'\n",
    "comments": "# Host web1\nHost web1 # not a pattern\n User a # trailing\n   # indented\n Port 2222\n",
    "tabs, CRLF and blank lines": "Host\tweb1\r\n\r\n\tUser\ta\r\n\tPort\t2222 \r\n",
    "identity files accumulate": (
        "IdentityFile /k/0\nHost web1\n IdentityFile /k/1\n IdentityFile /k/1\n CertificateFile /c/1\n"
        "Host *\n IdentityFile /k/2\n CertificateFile /c/2\n IdentitiesOnly yes\n"
    ),
    "identity file none": "Host web1\n IdentityFile none\n",
    "host name tokens": "Host *\n HostName %h.Example.ORG\n",
    "host name percent": "Host web1\n HostName a%%b\n",
    "match host sees the address": "Host web1\n HostName x.example.org\nMatch host *.example.org\n User m\n",
    "match host before the address": "Match host web1\n User m\nHost web1\n HostName x.example.org\n",
    "match originalhost": "Host web1\n HostName x\nMatch originalhost web1\n User m\nMatch originalhost x\n Port 5\n",
    "match negated": "Match !host web2\n User n\nMatch host web* !originalhost web2\n Port 77\n",
    "match list": "Match host web3,web1,!web2\n User l\nMatch host !web1,web*\n Port 7\n",
    "match user": "Host web1\n User u\nMatch user u\n Port 8\nMatch user root\n Port 9\n",
    "match all": "Host web2\n User two\nMatch all\n User every\n",
    "match final": "Host web1\n HostName x.example.org\nMatch final host x.example.org\n User f\nHost x*\n Port 6\n",
    "match final all, first wins still": "Host web1\n User a\nMatch final all\n User b\n Port 5\n",
    "match canonical": "Match canonical all\n User c\nHost *\n Port 4\n",
    "match with equals": "Match host=web1\n User e\n",
    "match several words": 'Match host "web1" user root\n Port 44\n',
    "jump": "Host web1\n ProxyJump bastion\nHost web2\n ProxyJump a,ops@b:2222,[::1]:3\n",
    "jump none": "Host web1\n ProxyJump none\nHost *\n ProxyJump bastion\n",
    "jump before command": "Host web1\n ProxyJump bastion\n ProxyCommand nc %h %p\n",
    "jump as url": "Host web1\n ProxyJump ssh://ops@b:2222\n",
    "command none before jump": "Host web1\n ProxyCommand none\n ProxyJump bastion\n",
    "known hosts": (
        'Host web1\n UserKnownHostsFile /k/h1 "/k/h 2"\n GlobalKnownHostsFile /dev/null\n HostKeyAlias al\n'
        "Host *\n UserKnownHostsFile /k/h3\n"
    ),
    "home in paths": "Host web1\n UserKnownHostsFile ~/h1\n IdentityAgent ~/agent\n IdentityFile ~/k\n",
    "agent none": "Host web1\n IdentityAgent none\n",
    "agent from the environment": "Host web1\n IdentityAgent SSH_AUTH_SOCK\n",
    "timeout units": "Host web1\n ConnectTimeout 1m\nHost web2\n ConnectTimeout 1h30m\n",
    "timeout none": "Host web1\n ConnectTimeout none\nHost *\n ConnectTimeout 4\n",
    "port by name": "Host web1\n Port ssh\n",
    "case of names": "Host Web1\n User big\nHost web1\n User small\n",
    "case in match": "Match host WEB1\n User m\n",
    "host line without a match, then match": "Host nothing\n User n\nMatch host web1\n User m\n",
    "global before the first host": "User g\nHost web1\n User h\n",
    "wildcard star runs": "Host w**1\n User s\nHost w*?*1\n Port 3\n",
    "empty include": "Include /nowhere/at/all*\nHost web1\n User a\n",
    "include": "Include {dir}/inc\nHost *\n User outer\n Port 1\n",
    "include within a host": "Host web1\n Include {dir}/plain\n Port 11\nHost *\n User outer\n Port 22\n",
    "settings after an include stay in the block": "Host web2\n Include {dir}/inc\n User leak\n Port 9\nHost *\n Port 10\n",
    "include does not match outside its host": "Host web2\n Include {dir}/inc\nHost *\n User outer\n",
    "include in a match": "Match host web1\n Include {dir}/plain\n Port 12\nMatch host web2\n User m2\n",
    "include of many": "Include {dir}/many/*\nHost *\n User last\n",
    "include in an include": "Include {dir}/nested\nHost *\n Port 2\n",
    "include then lines for all": "Include {dir}/inc\nUser after\nPort 5\n",
}

FILES: dict[str, str] = {
    "inc": "Host web1\n User inc\nHost *\n ConnectTimeout 3\n",
    "plain": "User plain\nConnectTimeout 9\n",
    "nested": "Host web1\n Include {dir}/plain\n Port 33\nHost web2\n User nested2\n",
    "many/10-a": "Host web1\n Port 101\n",
    "many/20-b": "Host web*\n Port 102\n User b\n",
    "many/.hidden": "Host *\n User hidden\n",
}

NAMES = ("web1", "web2", "Web1")
