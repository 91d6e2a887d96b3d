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
 * Table-driven check of a request body. Run by workers on what a client sent,
 * after json_strict(). Pure: holds nothing, calls nothing but jansson.
 */
#include "config.h"

#include <sys/types.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/base/utf8.h"
#include "src/json/schema.h"

void
schema_error_add(struct schema_errors *errs, const char *path,
    const char *fmt, ...)
{
	struct schema_error *e;
	va_list ap;
	int n;

	if (errs->n == SCHEMA_ERRORS)
		return;
	e = &errs->e[errs->n++];
	(void)snprintf(e->path, sizeof(e->path), "%s", path);
	va_start(ap, fmt);
	n = vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(e->msg))	/* cut, perhaps inside a character */
		e->msg[utf8_cut(e->msg, strlen(e->msg),
		    sizeof(e->msg) - 4)] = '\0';
}

static void
check_str(const struct schema_field *f, const json_t *v, const char *path,
    struct schema_errors *errs)
{
	uint32_t bytes = f->bytes != 0 ? f->bytes : SCHEMA_STR_MAX;
	size_t len, cp;
	const char *s;

	if (!json_is_string(v)) {
		schema_error_add(errs, path, "must be a string");
		return;
	}
	s = json_string_value(v);
	len = json_string_length(v);
	if (memchr(s, '\0', len) != NULL) {
		schema_error_add(errs, path, "must not contain U+0000");
		return;
	}
	if (f->max == 0) {
		if (len > bytes || (len == 0 && f->min > 0))
			schema_error_add(errs, path,
			    "must have %u to %u bytes", f->min, bytes);
		return;
	}
	cp = utf8_length(s, len);
	if (cp < f->min || cp > f->max || len > bytes)
		schema_error_add(errs, path, "must have %u to %u characters",
		    f->min, f->max);
}

static void
check_password(const struct schema_field *f, const json_t *v,
    const char *path, struct schema_errors *errs)
{
	struct schema_field pw = { .min = 1, .bytes = SCHEMA_PASSWORD_MAX };

	(void)f;
	check_str(&pw, v, path, errs);
}

static void
check_otp(const struct schema_field *f, const json_t *v, const char *path,
    struct schema_errors *errs)
{
	const char *s = json_string_value(v);

	(void)f;
	if (s == NULL || json_string_length(v) != 6 ||
	    strspn(s, "0123456789") != 6)
		schema_error_add(errs, path, "must be six digits");
}

static void
check_bool(const struct schema_field *f, const json_t *v, const char *path,
    struct schema_errors *errs)
{
	(void)f;
	if (!json_is_boolean(v))
		schema_error_add(errs, path, "must be true or false");
}

static void
check_int(const struct schema_field *f, const json_t *v, const char *path,
    struct schema_errors *errs)
{
	if (!json_is_integer(v) || json_integer_value(v) < (json_int_t)f->min ||
	    json_integer_value(v) > (json_int_t)f->max)
		schema_error_add(errs, path, "must be an integer from %u to %u",
		    f->min, f->max);
}

static void
check_object(const struct schema_field *f, const json_t *v, const char *path,
    struct schema_errors *errs)
{
	(void)f;
	if (!json_is_object(v))
		schema_error_add(errs, path, "must be an object");
}

static void
check_strs(const struct schema_field *f, const json_t *v, const char *path,
    struct schema_errors *errs)
{
	char sub[sizeof(errs->e[0].path)];
	size_t i, n;

	if (!json_is_array(v)) {
		schema_error_add(errs, path, "must be an array of strings");
		return;
	}
	if ((n = json_array_size(v)) > f->items) {
		schema_error_add(errs, path, "must have at most %u elements",
		    f->items);
		return;
	}
	for (i = 0; i < n; i++) {
		(void)snprintf(sub, sizeof(sub), "%s.%zu", path, i);
		check_str(f, json_array_get(v, i), sub, errs);
	}
}

static void (*const checks[])(const struct schema_field *, const json_t *,
    const char *, struct schema_errors *) = {
	[SCHEMA_STR] = check_str,
	[SCHEMA_PASSWORD] = check_password,
	[SCHEMA_OTP] = check_otp,
	[SCHEMA_BOOL] = check_bool,
	[SCHEMA_INT] = check_int,
	[SCHEMA_OBJECT] = check_object,
	[SCHEMA_STRS] = check_strs,
};

/* What members say about each other. */
static void
check_relations(const struct schema_field *f, const json_t *obj,
    struct schema_errors *errs)
{
	if (f->needs != NULL && json_object_get(obj, f->needs) == NULL)
		schema_error_add(errs, f->needs, "is required with %s",
		    f->name);
	if (f->excludes != NULL && json_object_get(obj, f->excludes) != NULL)
		schema_error_add(errs, f->name, "cannot stand beside %s",
		    f->excludes);
}

int
schema_check(const struct schema *s, const json_t *obj,
    struct schema_errors *errs)
{
	const struct schema_field *f;
	const json_t *v;
	size_t before = errs->n;
	int counted = 0;

	for (f = s->fields; f < s->fields + s->nfields; f++) {
		if ((v = json_object_get(obj, f->name)) == NULL) {
			if (f->required)
				schema_error_add(errs, f->name, "is required");
			continue;
		}
		counted |= f->counts;
		checks[f->type](f, v, f->name, errs);
		check_relations(f, obj, errs);
	}
	if (s->nonempty && !counted)
		schema_error_add(errs, "",
		    "lacks a member of which one is needed");
	return errs->n == before;
}

void
schema_wipe(const struct schema *s, json_t *obj)
{
	const struct schema_field *f;
	json_t *v;

	if (s == NULL || obj == NULL)
		return;
	for (f = s->fields; f < s->fields + s->nfields; f++) {
		v = json_object_get(obj, f->name);
		if (!json_is_string(v))
			continue;
		/* jansson hands out its own, writable memory as const */
		explicit_bzero((char *)(uintptr_t)json_string_value(v),
		    json_string_length(v));
	}
}

const char *
schema_str(const json_t *obj, const char *name)
{
	const char *s = json_string_value(json_object_get(obj, name));

	return s != NULL ? s : "";
}

uint32_t
schema_uint(const json_t *obj, const char *name)
{
	return (uint32_t)json_integer_value(json_object_get(obj, name));
}

int
schema_bool(const json_t *obj, const char *name)
{
	return json_is_true(json_object_get(obj, name));
}

int
schema_has(const json_t *obj, const char *name)
{
	return json_object_get(obj, name) != NULL;
}
