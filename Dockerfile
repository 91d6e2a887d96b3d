# moatd in two stages: a builder, and a small image that runs as uid 900.
#
#	docker build -t moatd .
#	docker run -p 127.0.0.1:3000:3000 -v moatd:/var/lib/moatd moatd
#
# Without an engine, see contrib/docker/README.
FROM docker.io/library/debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
	gcc libc6-dev make autoconf automake pkg-config bison \
	libevent-dev libpq-dev libsqlite3-dev libsodium-dev libssl-dev \
	libjansson-dev libqrencode-dev libpng-dev libutf8proc-dev libseccomp-dev \
	libcurl4-openssl-dev libcrypt-dev
COPY . /src
WORKDIR /build
RUN cd /src && ./autogen.sh && cd /build && \
	/src/configure --prefix=/usr --sysconfdir=/etc --localstatedir=/var && \
	make -j"$(nproc)" && make install-strip DESTDIR=/out && cd /src/contrib/docker && \
	install -D -m 0644 moatd.conf /out/etc/moatd/moatd.conf && \
	install -m 0755 healthcheck /out/usr/libexec/moatd/healthcheck

FROM docker.io/library/debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
	libevent-core-2.1-7 libevent-extra-2.1-7 libpq5 libsqlite3-0 libsodium23 libssl3 \
	libjansson4 libqrencode4 libpng16-16 libutf8proc2 libseccomp2 libcurl4 \
	ca-certificates && \
	rm -rf /var/lib/apt/lists/* && \
	groupadd --system --gid 900 moatd && \
	useradd --system --uid 900 --gid 900 --no-create-home \
	    --home-dir /nonexistent --shell /usr/sbin/nologin moatd && \
	install -d -o 900 -g 900 -m 0755 /var/lib/moatd
COPY --from=build /out/usr/ /usr/
COPY --from=build /out/etc/moatd/ /etc/moatd/
USER 900:900
WORKDIR /var/lib/moatd
VOLUME /var/lib/moatd
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \
	CMD ["/usr/libexec/moatd/healthcheck"]
ENTRYPOINT ["/usr/sbin/moatd", "-d", "-f", "/etc/moatd/moatd.conf"]
