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
 * What a User-Agent says, as far as a list of sessions needs it. Pure; run by
 * workers. Browsers name those that they are like, so who is named by all comes
 * last.
 */
#include <stddef.h>
#include <string.h>

#include "src/pages/agent.h"

struct agent {
	const char	*word, *name;
};

static const char *
find(const struct agent *a, const char *s)
{
	for (; a->word != NULL; a++)
		if (strstr(s, a->word) != NULL)
			return a->name;
	return NULL;
}

const char *
agent_browser(const char *user_agent)
{
	static const struct agent browsers[] = {
		{ "Edg/", "Edge" }, { "EdgA/", "Edge" }, { "EdgiOS/", "Edge" },
		{ "OPR/", "Opera" }, { "SamsungBrowser/", "Samsung Internet" },
		{ "Vivaldi/", "Vivaldi" }, { "Firefox/", "Firefox" },
		{ "FxiOS/", "Firefox" }, { "CriOS/", "Chrome" },
		{ "Chromium/", "Chromium" }, { "Chrome/", "Chrome" },
		{ "Safari/", "Safari" }, { "curl/", "curl" },
		{ NULL, NULL }
	};

	return find(browsers, user_agent);
}

const char *
agent_system(const char *user_agent)
{
	static const struct agent systems[] = {
		{ "Windows", "Windows" }, { "Android", "Android" },
		{ "iPhone", "iPhone" }, { "iPad", "iPad" },
		{ "Mac OS X", "macOS" }, { "CrOS", "ChromeOS" },
		{ "OpenBSD", "OpenBSD" }, { "FreeBSD", "FreeBSD" },
		{ "Linux", "Linux" }, { NULL, NULL }
	};

	return find(systems, user_agent);
}
