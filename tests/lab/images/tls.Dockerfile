ARG BASE
FROM ${BASE}
COPY tls.sh lab_ca.sh tls_servers.sh tls_acme.sh tls_start.sh /tmp/
RUN sh /tmp/tls.sh
