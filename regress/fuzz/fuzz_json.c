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
 * Fuzz target of strict JSON: what is accepted must keep every promise of
 * json.h, and must be accepted again after jansson wrote it out.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/utf8.h"
#include "src/json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
text_holds(const char *s, size_t n)
{
	if (!utf8_valid(s, n) || memchr(s, '\0', n) != NULL)
		abort();
}

static void
holds(json_t *j, int depth)
{
	const char *name;
	json_t *v;
	size_t i;

	if (json_is_object(j)) {
		if (++depth > JSON_MAX_DEPTH ||
		    json_object_size(j) > JSON_MAX_MEMBERS)
			abort();
		json_object_foreach(j, name, v) {
			text_holds(name, strlen(name));
			holds(v, depth);
		}
	} else if (json_is_array(j)) {
		if (++depth > JSON_MAX_DEPTH)
			abort();
		json_array_foreach(j, i, v)
			holds(v, depth);
	} else if (json_is_string(j))
		text_holds(json_string_value(j), json_string_length(j));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *why = NULL;
	json_t *j, *again;
	char *text;

	j = json_strict((const char *)data, size, &why);
	if (j == NULL) {
		if (why == NULL)
			abort();
		return 0;
	}
	holds(j, 0);
	text = json_dumps(j, JSON_ENCODE_ANY | JSON_COMPACT);
	if (text == NULL)
		abort();
	again = json_strict(text, strlen(text), &why);
	if (again == NULL || json_typeof(again) != json_typeof(j))
		abort();
	json_decref(again);
	free(text);
	json_decref(j);
	return 0;
}
