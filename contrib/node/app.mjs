// An application that logs people in with moatd, by openid-client and nothing
// else: code flow with PKCE, a refresh of its tokens, and logout at moatd.
//
//	moatctl client add example --client-name Example \
//	    --redirect-uris URL/callback --post-logout-redirect-uris URL/
//	ISSUER=… CLIENT_ID=… CLIENT_SECRET=… PORT=8080 node app.mjs
import crypto from 'node:crypto'
import http from 'node:http'
import * as oidc from 'openid-client'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT = '8080' } = process.env
const self = process.env.URL ?? `http://127.0.0.1:${PORT}`
const scope = 'openid profile email offline_access'

const issuer = new URL(ISSUER)
// Only a moatd on this machine may be spoken to without TLS.
const plain = issuer.protocol === 'http:' && issuer.hostname === '127.0.0.1'
const config = await oidc.discovery(issuer, CLIENT_ID, CLIENT_SECRET,
    oidc.ClientSecretBasic(CLIENT_SECRET),
    plain ? { execute: [oidc.allowInsecureRequests] } : undefined)

// What is known of each browser, by its cookie. A real application would keep
// this where a restart does not lose it.
const sessions = new Map()

function sessionOf(req) {
	const cookie = /(?:^|; )example=([\w-]+)/.exec(req.headers.cookie ?? '')
	return cookie && sessions.get(cookie[1])
}

// A new session, as at each login: the old cookie is worth nothing any more.
function begin(req, res, session) {
	const old = sessionOf(req)
	const id = crypto.randomBytes(32).toString('base64url')

	if (old)
		sessions.delete(old.id)
	sessions.set(id, { ...session, id })
	res.setHeader('Set-Cookie', `example=${id}; HttpOnly; SameSite=Lax; ` +
	    `Path=/${self.startsWith('https:') ? '; Secure' : ''}`)
}

function redirect(res, url) {
	res.writeHead(303, { Location: String(url) }).end()
}

const escape = text => String(text).replace(/[&<>"']/g,
    c => `&#${c.charCodeAt(0)};`)

function page(res, body, status = 200) {
	res.writeHead(status, {
		'Content-Type': 'text/html; charset=utf-8',
		'Content-Security-Policy': "default-src 'none'",
	}).end(`<!doctype html>
<html lang="en"><title>Example</title><h1>Example</h1>${body}</html>`)
}

const button = (action, text) =>
    `<form method="post" action="${action}"><button>${text}</button></form>`

const routes = {
	'GET /': (req, res) => {
		const s = sessionOf(req)

		if (!s?.user)
			return page(res, '<p id="who">Nobody is signed in.</p>' +
			    '<a id="login" href="/login">Sign in</a>')
		page(res, `<p id="who">Hello ${escape(s.user.preferred_username)}.</p>
<pre id="claims">${escape(JSON.stringify({ ...s.claims, user: s.user,
    refreshed: s.refreshed }))}</pre>` +
		    button('/refresh', 'Refresh') + button('/logout', 'Sign out'))
	},

	'GET /login': async (req, res) => {
		const verifier = oidc.randomPKCECodeVerifier()
		const state = oidc.randomState()
		const nonce = oidc.randomNonce()

		begin(req, res, { verifier, state, nonce })
		redirect(res, oidc.buildAuthorizationUrl(config, {
			redirect_uri: `${self}/callback`, scope, state, nonce,
			code_challenge:
			    await oidc.calculatePKCECodeChallenge(verifier),
			code_challenge_method: 'S256',
		}))
	},

	// state, nonce, iss, signature, audience and times: all checked here.
	'GET /callback': async (req, res, url) => {
		const s = sessionOf(req)

		if (!s?.verifier)
			return page(res, '<p>Please sign in again.</p>', 400)
		const tokens = await oidc.authorizationCodeGrant(config, url, {
			pkceCodeVerifier: s.verifier,
			expectedState: s.state, expectedNonce: s.nonce,
			idTokenExpected: true,
		})
		const claims = tokens.claims()
		const user = await oidc.fetchUserInfo(config,
		    tokens.access_token, claims.sub)
		begin(req, res, { tokens, claims, user, refreshed: 0 })
		redirect(res, '/')
	},

	'POST /refresh': async (req, res) => {
		const s = sessionOf(req)

		if (!s?.tokens)
			return redirect(res, '/login')
		// The answer of a refresh may leave the ID token out.
		s.tokens = { id_token: s.tokens.id_token,
			...await oidc.refreshTokenGrant(config,
			    s.tokens.refresh_token) }
		s.user = await oidc.fetchUserInfo(config,
		    s.tokens.access_token, s.claims.sub)
		s.refreshed++
		redirect(res, '/')
	},

	'POST /logout': (req, res) => {
		const s = sessionOf(req)

		if (!s?.tokens)
			return redirect(res, '/')
		sessions.delete(s.id)
		redirect(res, oidc.buildEndSessionUrl(config, {
			id_token_hint: s.tokens.id_token,
			post_logout_redirect_uri: `${self}/`,
		}))
	},
}

http.createServer(async (req, res) => {
	const url = new URL(req.url, self)
	const route = routes[`${req.method} ${url.pathname}`]
	// A form of another site must not act here; browsers say whose it is.
	const origin = req.headers.origin

	try {
		if (!route)
			page(res, '<p>There is no such page.</p>', 404)
		else if (req.method === 'POST' && origin !== self)
			page(res, '<p>This form is not ours.</p>', 403)
		else
			await route(req, res, url)
	} catch (e) {
		console.error(e)
		page(res, `<p id="error">${escape(e.error ?? e.code ??
		    e.message)}</p>`, 400)
	}
}).listen(PORT, '127.0.0.1', () => console.log(`ready on ${self}`))
