EXTRA_DIST += Dockerfile .dockerignore contrib/quickstart \
	contrib/docker/README contrib/docker/healthcheck \
	contrib/docker/moatd.conf \
	contrib/compose/compose.yaml contrib/compose/env.sample
dist_bashcompletion_DATA = contrib/completion/moatctl
