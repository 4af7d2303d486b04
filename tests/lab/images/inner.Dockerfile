ARG BASE
FROM ${BASE}
COPY inner.sh lab_ca.sh /tmp/
RUN sh /tmp/inner.sh
