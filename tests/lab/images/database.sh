#!/bin/sh
# PostgreSQL 15 with a small database, on top of systemd.sh.
set -eu
export DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8

apt-get update -qq
mkdir -p /etc/postgresql-common
printf "initdb_options = '--no-sync'\n" >/etc/postgresql-common/createcluster.conf
apt-get install -y -qq -o Dpkg::Options::=--force-confold postgresql-15 postgresql-client-15
rm -rf /var/lib/apt/lists/*
pg_ctlcluster 15 main start
runuser -u postgres -- psql -q -v ON_ERROR_STOP=1 <<'SQL'
CREATE ROLE ops LOGIN;
GRANT pg_monitor TO ops;
CREATE DATABASE lab OWNER ops;
\connect lab
SET ROLE ops;
CREATE TABLE orders (id integer PRIMARY KEY, note text NOT NULL, placed_at timestamptz NOT NULL DEFAULT now());
INSERT INTO orders (id, note) SELECT n, 'order ' || n FROM generate_series(1, 1000) AS n;
SQL
pg_ctlcluster 15 main stop
systemctl enable -q postgresql
systemctl disable -q nginx
