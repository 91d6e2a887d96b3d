EXTRA_DIST += Dockerfile .dockerignore contrib/quickstart \
	contrib/docker/README contrib/docker/healthcheck \
	contrib/docker/moatd.conf \
	contrib/compose/compose.yaml contrib/compose/env.sample \
	contrib/README contrib/apache/moatd.conf contrib/c/moatd-login.c \
	contrib/caddy/Caddyfile contrib/nginx/moatd.conf \
	contrib/node/app.mjs contrib/node/package.json
dist_bashcompletion_DATA = contrib/completion/moatctl
