ARG BASE
FROM ${BASE}
COPY docker.sh /tmp/
RUN sh /tmp/docker.sh
