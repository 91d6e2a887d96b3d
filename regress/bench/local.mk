# What regress/bench/run measures against, and the cost of a signature.
EXTRA_PROGRAMS += regress/bench/bench_jose regress/bench/bench_pwhash \
	regress/bench/bench_pgcommit
EXTRA_DIST += regress/bench/run regress/bench/many.py \
	regress/bench/oauth.py \
	regress/bench/tenants.py regress/bench/bearer.lua \
	regress/bench/form.lua \
	regress/bench/login.lua regress/bench/refresh.lua
regress_bench_bench_jose_SOURCES = regress/bench/bench_jose.c
regress_bench_bench_jose_LDADD = libjosesign.a libjose.a libjson.a libbase.a \
	$(CRYPTO_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS)
regress_bench_bench_pwhash_SOURCES = regress/bench/bench_pwhash.c
regress_bench_bench_pwhash_LDADD = libbase.a $(SODIUM_LIBS)
regress_bench_bench_pgcommit_SOURCES = regress/bench/bench_pgcommit.c
regress_bench_bench_pgcommit_CPPFLAGS = $(AM_CPPFLAGS) $(PQ_CFLAGS)
regress_bench_bench_pgcommit_LDADD = libstore.a libbase.a $(PQ_LIBS)
benches: $(BUILT_SOURCES)
	$(MAKE) $(AM_MAKEFLAGS) regress/bench/bench_jose \
	    regress/bench/bench_pwhash regress/bench/bench_pgcommit
.PHONY: benches
