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
 * Words of common passwords: what is on top of every list of leaked ones.
 * Run by the engine; constant. A new password that is made of few of them is
 * refused (password.c), so only words that nobody should build on belong
 * here. Sorted by strcmp(3), at most COMMON_MAX letters, lower case.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/rules/common.h"

/* an array of arrays needs no relocations */
static const char words[][COMMON_MAX + 1] = {
	"aaaa", "abc123", "abcd1234", "abracadabra", "access", "admin",
	"admin123", "administrator", "aladdin", "alexander", "alexandra",
	"always", "amanda", "amazon", "america", "american", "andrew",
	"andrey", "angel", "angels", "anthony", "anything", "apple", "april",
	"arsenal", "asdf", "asdfasdf", "asdfgh", "asdfghjkl", "asdzxc",
	"ashley", "asshole", "august", "austin", "autumn", "azerty",
	"azertyuiop", "baby", "babyboy", "babygirl", "badboy", "badgirl",
	"banana", "barcelona", "baseball", "basketball", "batman", "bbbb",
	"beautiful", "benjamin", "benutzer", "bestfriend", "bestfriends",
	"biteme", "blahblah", "blessed", "blink182", "blowjob", "bonjour",
	"boston", "brandon", "brother", "bubbles", "bullshit", "business",
	"buster", "butterfly", "california", "callofduty", "camaro", "cccc",
	"changeit", "changeme", "charles", "charlie", "cheer", "cheerleader",
	"cheese", "chelsea", "chevy", "chicago", "chocolate", "chouchou",
	"christ", "christian", "christmas", "christopher", "church",
	"cinderella", "coffee", "college", "company", "computer", "contrasena",
	"cookie", "corvette", "counterstrike", "cowboys", "customer", "dallas",
	"daniel", "database", "daughter", "dddd", "december", "default",
	"diamond", "dmitry", "dollar", "dontforget", "donttellanyone",
	"doraemon", "doudou", "dragon", "dragonball", "dreams", "drowssap",
	"elizabeth", "eminem", "england", "everyone", "everything", "facebook",
	"family", "family1", "father", "february", "ferrari", "flower",
	"football", "forever", "forever21", "foreveryoung", "fortnite",
	"france", "freedom", "friday", "friends", "friendship", "fuckoff",
	"fuckyou", "gandalf", "gangster", "garfield", "geheim", "george",
	"germany", "ginger", "godisgood", "goku", "golden", "google",
	"grandma", "grandpa", "greenday", "guest", "guitar", "hahaha", "hallo",
	"hallo123", "halloween", "handsome", "hannah", "happy",
	"happybirthday", "happyday", "harley", "haslo", "heaven", "hello",
	"hello123", "hellokitty", "helloworld", "heslo", "hockey", "hotstuff",
	"hunter", "hunter2", "hurricane", "iamgod", "iamking", "iamthebest",
	"idontcare", "idontknow", "idontremember", "iforgot",
	"iforgotmypassword", "ihatepassword", "ihatepasswords", "ilove",
	"ilovegod", "ilovejesus", "iloveme", "ilovemyself", "iloveu",
	"iloveyou", "iloveyou1", "iloveyou2", "iloveyouforever",
	"iloveyousomuch", "internet", "january", "jelszo", "jennifer",
	"jessica", "jesus", "jesuschrist", "jonathan", "jordan", "joseph",
	"joshua", "july", "june", "justin", "juventus", "kennwort", "killer",
	"kingofkings", "lalala", "leagueoflegends", "letmein", "letmein1",
	"letmeinnow", "letmeinplease", "lightning", "linkedin", "linkinpark",
	"liverpool", "lkjhgfdsa", "login", "london", "longpassword",
	"losenord", "loulou", "lovely", "lovely1", "lovers", "loveyou",
	"lozinka", "lucky", "lucky13", "lucky7", "maggie", "maksim", "manager",
	"manchester", "march", "marina", "master", "master1", "master123",
	"matrix", "matthew", "maverick", "melissa", "mercedes", "merlin",
	"merrychristmas", "metallica", "michael", "michelle", "mickey",
	"microsoft", "million", "millionaire", "minecraft", "mnbvcxz",
	"monday", "money", "monkey", "motdepasse", "mother", "mustang",
	"mylife", "mylove", "myname", "mynameis", "mypass", "mypassword",
	"mysql", "naruto", "natasha", "nemo", "newpassword", "newyork",
	"nicholas", "nicole", "nimda", "ninja", "nintendo", "nirvana",
	"nobody", "nobodyknows", "nopassword", "nothing", "november",
	"october", "office", "oldpassword", "opensesame", "openthedoor",
	"openup", "operator", "oracle", "orange", "paris", "parol", "parola",
	"parolamea", "parool", "pass", "pass123", "pass1234", "passord",
	"passw0rd", "passwd", "password", "password1", "password12",
	"password123", "password1234", "passwordpassword", "passwort",
	"patrick", "peanut", "pepper", "phantom", "phoenix", "pikachu",
	"playboy", "playstation", "poiuytrewq", "pokemon", "porsche",
	"postgres", "princesa", "princess", "private", "pumpkin", "purple",
	"pussy", "qazwsx", "qweasd", "qweasdzxc", "qwer", "qwerqwer", "qwerty",
	"qwerty123", "qwerty1234", "qwerty12345", "qwertyuiop", "qwertz",
	"rainbow", "ranger", "realmadrid", "rebecca", "rememberme", "richard",
	"robert", "rocknroll", "rockstar", "root", "root123", "salasana",
	"samantha", "samsung", "sasuke", "saturday", "schatz", "school",
	"scooby", "scoobydoo", "secret", "secretpassword", "secrets",
	"securepassword", "senha", "senha123", "september", "sergey", "server",
	"service", "sexy", "shadow", "sifre", "silver", "simba", "sister",
	"slipknot", "snoopy", "soccer", "soleil", "somebody", "something",
	"sparky", "spiderman", "spongebob", "spring", "starcraft", "startrek",
	"starwars", "stephanie", "steven", "strawberry", "strongpassword",
	"student", "summer", "sunday", "sunshine", "superadmin", "superman",
	"supersecret", "superstar", "superuser", "supervisor", "support",
	"sweetheart", "sysadmin", "system", "teacher", "teamo", "temppassword",
	"tequiero", "test", "test123", "tester", "testing", "testpassword",
	"texas", "thepassword", "thisisapassword", "thisismypassword",
	"thomas", "thunder", "thursday", "tigger", "tinkerbell", "together",
	"toor", "topsecret", "tornado", "trustno1", "tuesday", "twitter",
	"tyler", "unitedstates", "university", "user", "username",
	"userpassword", "usuario", "utente", "valentine", "vampire", "vanessa",
	"vegeta", "veronica", "victoria", "vladimir", "wachtwoord", "warcraft",
	"wasd", "wednesday", "welcome", "welcome1", "welcome123", "whatever",
	"whore", "william", "windows", "winter", "woaini", "wordpass",
	"worldofwarcraft", "xbox360", "xxxx", "yamaha", "yankees", "yellow",
	"yourpassword", "youtube", "zaporka", "zaqwsx", "zombie", "zxcv",
	"zxcvbn", "zxcvbnm", "zzzz"
};

struct piece {
	const char	*p;
	size_t		 n;
};

static int
compare(const void *key, const void *element)
{
	const struct piece *k = key;
	const char *word = element;
	int r = strncmp(k->p, word, k->n);

	return (r != 0 ? r : -(word[k->n] != '\0'));
}

int
common_word(const char *p, size_t n)
{
	struct piece key = { p, n };

	if (n < COMMON_MIN || n > COMMON_MAX)
		return (0);
	return (bsearch(&key, words, sizeof(words) / sizeof(words[0]),
	    sizeof(words[0]), compare) != NULL);
}

size_t
common_words(const char **first)
{
	*first = words[0];
	return (sizeof(words) / sizeof(words[0]));
}
