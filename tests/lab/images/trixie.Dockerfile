ARG BASE
FROM ${BASE}
COPY trixie.sh /tmp/
RUN sh /tmp/trixie.sh
