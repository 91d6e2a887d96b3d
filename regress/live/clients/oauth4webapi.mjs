// The same application as contrib/node, by oauth4webapi: a public client
// without a library that decides anything for it.
import http from 'node:http'
import * as oauth from 'oauth4webapi'

const { ISSUER, CLIENT_ID, PORT } = process.env
const self = `http://127.0.0.1:${PORT}`
const redirect_uri = `${self}/callback`
const insecure = { [oauth.allowInsecureRequests]: true }
const client = { client_id: CLIENT_ID }
const auth = oauth.None()
const issuer = new URL(ISSUER)
const as = await oauth.processDiscoveryResponse(issuer,
    await oauth.discoveryRequest(issuer, insecure))

let flow, done		// of the one browser there is

async function userinfo(tokens, sub) {
	return oauth.processUserInfoResponse(as, client, sub,
	    await oauth.userInfoRequest(as, client, tokens.access_token,
		insecure))
}

async function callback(url) {
	const params = oauth.validateAuthResponse(as, client, url, flow.state)
	const tokens = await oauth.processAuthorizationCodeResponse(as, client,
	    await oauth.authorizationCodeGrantRequest(as, client, auth, params,
		redirect_uri, flow.verifier, insecure),
	    { expectedNonce: flow.nonce, requireIdToken: true })
	const claims = oauth.getValidatedIdTokenClaims(tokens)

	done = { tokens, claims, user: await userinfo(tokens, claims.sub),
	    refreshed: 0 }
}

async function refresh() {
	const tokens = await oauth.processRefreshTokenResponse(as, client,
	    await oauth.refreshTokenGrantRequest(as, client, auth,
		done.tokens.refresh_token, insecure))

	done.tokens = { id_token: done.tokens.id_token, ...tokens }
	done.user = await userinfo(tokens, done.claims.sub)
	done.refreshed++
}

async function login() {
	flow = { verifier: oauth.generateRandomCodeVerifier(),
	    state: oauth.generateRandomState(),
	    nonce: oauth.generateRandomNonce() }
	const url = new URL(as.authorization_endpoint)
	url.search = new URLSearchParams({
		client_id: CLIENT_ID, redirect_uri, response_type: 'code',
		scope: 'openid profile email offline_access',
		state: flow.state, nonce: flow.nonce,
		code_challenge:
		    await oauth.calculatePKCECodeChallenge(flow.verifier),
		code_challenge_method: 'S256',
	})
	return url
}

async function logout() {
	const url = new URL(as.end_session_endpoint)
	await oauth.processRevocationResponse(
	    await oauth.revocationRequest(as, client, auth,
		done.tokens.refresh_token, insecure))
	url.search = new URLSearchParams({
		id_token_hint: done.tokens.id_token,
		post_logout_redirect_uri: `${self}/`,
	})
	done = undefined
	return url
}

const routes = {
	'GET /login': login,
	'GET /callback': async url => (await callback(url), '/'),
	'POST /refresh': async () => (await refresh(), '/'),
	'POST /logout': logout,
}

http.createServer(async (req, res) => {
	const url = new URL(req.url, self)
	const html = text => res.writeHead(200, { 'Content-Type': 'text/html' })
	    .end(`<!doctype html><html lang="en"><title>x</title>${text}</html>`)
	try {
		const to = await routes[`${req.method} ${url.pathname}`]?.(url)
		if (to)
			res.writeHead(303, { Location: String(to) }).end()
		else if (!done)
			html('<p id="who">Nobody is signed in.</p>')
		else
			html(`<pre id="claims">${JSON.stringify({
			    ...done.claims, user: done.user,
			    refreshed: done.refreshed })}</pre>
<form method="post" action="/refresh"><button>Refresh</button></form>
<form method="post" action="/logout"><button>Sign out</button></form>`)
	} catch (e) {
		console.error(e)
		html(`<p id="error">${e.error ?? e.code ?? e.message}</p>`)
	}
}).listen(PORT, '127.0.0.1', () => console.log('ready'))
