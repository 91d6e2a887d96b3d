// What openid-client can do beyond a login, in one run: each step writes a line
// of JSON; where a person has to go somewhere it writes {open} and reads the
// address that the browser came back to.
import * as readline from 'node:readline'
import * as oidc from 'openid-client'

const env = JSON.parse(process.env.CONFIG)
const issuer = new URL(env.issuer)
const plain = { execute: [oidc.allowInsecureRequests] }
const lines = readline.createInterface({ input: process.stdin })[
    Symbol.asyncIterator]()
const say = what => console.log(JSON.stringify(what))

async function open(url) {
	say({ open: String(url) })
	return new URL((await lines.next()).value)
}

async function request(config, scope, ask) {
	const verifier = oidc.randomPKCECodeVerifier()
	const checks = { pkceCodeVerifier: verifier,
	    expectedState: oidc.randomState(),
	    expectedNonce: oidc.randomNonce(), idTokenExpected: true }
	const url = await ask(config, {
		redirect_uri: env.redirect_uri, scope,
		state: checks.expectedState, nonce: checks.expectedNonce,
		code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
		code_challenge_method: 'S256' })
	return [await open(url), checks]
}

// A client with a key in the place of a secret, whose requests are pushed and
// whose tokens are bound to another key.
async function bound({ client_id, jwk }) {
	const key = await crypto.subtle.importKey('jwk', jwk,
	    { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
	const config = await oidc.discovery(issuer, client_id, undefined,
	    oidc.PrivateKeyJwt({ key, kid: jwk.kid }), plain)
	const DPoP = oidc.getDPoPHandle(config,
	    await oidc.randomDPoPKeyPair('ES256'))
	const [url, checks] = await request(config,
	    'openid profile offline_access',
	    (c, p) => oidc.buildAuthorizationUrlWithPAR(c, p, { DPoP }))
	const tokens = await oidc.authorizationCodeGrant(config, url, checks,
	    undefined, { DPoP })
	const sub = tokens.claims().sub
	const user = await oidc.fetchUserInfo(config, tokens.access_token, sub,
	    { DPoP })
	const next = await oidc.refreshTokenGrant(config, tokens.refresh_token,
	    undefined, { DPoP })
	await oidc.fetchUserInfo(config, next.access_token, sub, { DPoP })
	await oidc.tokenRevocation(config, next.refresh_token)
	const left = await oidc.tokenIntrospection(config, next.access_token)

	return { pushed: url.searchParams.has('code'), sub, user,
	    type: tokens.token_type, again: next.token_type,
	    active: left.active }
}

async function device({ client_id }) {
	const config = await oidc.discovery(issuer, client_id, undefined,
	    oidc.None(), plain)
	const asked = await oidc.initiateDeviceAuthorization(config,
	    { scope: 'openid profile' })
	await open(asked.verification_uri_complete)
	const tokens = await oidc.pollDeviceAuthorizationGrant(config, asked)
	const user = await oidc.fetchUserInfo(config, tokens.access_token,
	    tokens.claims().sub)

	return { user }
}

async function registered({ token }) {
	const config = await oidc.dynamicClientRegistration(issuer, {
		redirect_uris: [env.redirect_uri], client_name: 'Newcomer',
		scope: 'openid profile',
		token_endpoint_auth_method: 'client_secret_post' },
	    undefined, { ...plain, initialAccessToken: token })
	const [url, checks] = await request(config, 'openid profile',
	    (c, p) => oidc.buildAuthorizationUrl(c, p))
	const tokens = await oidc.authorizationCodeGrant(config, url, checks)

	return { client_id: config.clientMetadata().client_id,
	    sub: tokens.claims().sub }
}

// A service with a token of its own, which then acts for a user.
async function machine({ client_id, client_secret, subject_token }) {
	const config = await oidc.discovery(issuer, client_id, client_secret,
	    oidc.ClientSecretBasic(client_secret), plain)
	const own = await oidc.clientCredentialsGrant(config,
	    { scope: 'read' })
	const access = 'urn:ietf:params:oauth:token-type:access_token'
	const acting = await oidc.genericGrantRequest(config,
	    'urn:ietf:params:oauth:grant-type:token-exchange',
	    { subject_token, subject_token_type: access })
	const says = await oidc.tokenIntrospection(config, acting.access_token)

	return { own: await oidc.tokenIntrospection(config, own.access_token),
	    sub: says.sub, act: says.act, scope: acting.scope }
}

const steps = { bound, device, registered, machine }

console.log('ready')
for (const [name, what] of Object.entries(env.steps))
	try {
		say({ [name]: await steps[name](what) })
	} catch (e) {
		console.error(e)
		say({ [name]: { error: e.error ?? e.code ?? e.message } })
	}
process.exit(0)
