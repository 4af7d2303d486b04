ARG BASE
FROM ${BASE}
COPY database.sh /tmp/
RUN sh /tmp/database.sh
