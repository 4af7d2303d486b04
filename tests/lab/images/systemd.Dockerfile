ARG BASE
FROM ${BASE}
COPY systemd.sh /tmp/
RUN sh /tmp/systemd.sh
STOPSIGNAL SIGRTMIN+3
CMD ["/sbin/init"]
