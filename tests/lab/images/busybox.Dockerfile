ARG BASE
FROM ${BASE} AS build
COPY busybox.sh start.sh serve.sh dropbear.sh /tmp/
RUN sh /tmp/busybox.sh

FROM scratch
COPY --from=build /rootfs /
ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin
ENTRYPOINT ["/usr/lib/opsconsole-lab/start.sh"]
CMD ["/usr/lib/opsconsole-lab/serve.sh", "/usr/lib/opsconsole-lab/dropbear.sh"]
