ARG BASE
FROM ${BASE}
COPY plain.sh /tmp/
RUN sh /tmp/plain.sh
COPY start.sh serve.sh /usr/lib/opsconsole-lab/
ENTRYPOINT ["/usr/lib/opsconsole-lab/start.sh"]
CMD ["/usr/lib/opsconsole-lab/serve.sh", "/usr/sbin/sshd", "-D", "-e"]
