/*
 * Copyright (c) 2026 The moatd authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * What sql/gen.awk makes of the SQL files: the tables that the drivers read.
 * Nothing outside privsep/store needs it.
 */
#ifndef STORE_SQLDEF_H
#define STORE_SQLDEF_H

#include <stddef.h>

#define SQLDEF_MAXPARAM 48 /* of one operation; gen.awk refuses more */

enum { SQLDEF_TEXT, SQLDEF_INT };

struct sqldef_stmt {
	const char *name;
	const char *text;	  /* with $1, $2 … in order of use */
	const unsigned char *arg; /* [narg]: the parameter behind $n+1 */
	int narg;
	int writes;
	int ends; /* what it changes may take a right from somebody */
};

struct sqldef_op {
	const char *name;
	const struct sqldef_stmt *stmt;
	int nstmt;
	const unsigned char *type; /* [nparam]: SQLDEF_… */
	int nparam;
	int writes;
};

struct sqldef_migration {
	int version; /* 1, 2 … without gaps */
	const char *name;
	const char *text; /* the file */
};

struct sqldef {
	const struct sqldef_op *op;
	int nop;
	const struct sqldef_migration *migration;
	int nmigration;
};

/* The product's own, generated from sql/. */
extern const struct sqldef sql_set;
/* The store's own, generated from sql/schema/: the table of migrations. */
extern const struct sqldef schema_set;

#endif
