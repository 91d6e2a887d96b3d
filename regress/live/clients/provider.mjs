// npm's oidc-provider, as close to moatd as its settings go: what test_differential
// asks beside it. CLIENTS: a JSON array of client metadata.
import Provider from 'oidc-provider'

const { PORT, CLIENTS } = process.env
const issuer = `http://127.0.0.1:${PORT}`
const none = { enabled: false }
const all = { enabled: true }

const provider = new Provider(issuer, {
	clients: JSON.parse(CLIENTS),
	scopes: ['openid', 'offline_access', 'profile', 'email'],
	claims: { openid: ['sub'], profile: ['name', 'preferred_username'],
	    email: ['email', 'email_verified'] },
	acrValues: ['aal1', 'aal2'],
	pkce: { required: () => true },
	responseTypes: ['code'],
	allowOmittingSingleRegisteredRedirectUri: false,
	rotateRefreshToken: () => true,
	cookies: { keys: ['of no importance here'] },
	issueRefreshToken: (ctx, client, code) =>
	    code.scopes.has('offline_access'),
	ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600,
	    RefreshToken: 3600, Grant: 3600, Session: 3600, Interaction: 600,
	    ClientCredentials: 600 },
	features: {
		devInteractions: all, introspection: all, revocation: all,
		clientCredentials: all, rpInitiatedLogout: all,
		userinfo: all, claimsParameter: none, requestObjects: none,
		pushedAuthorizationRequests: all,
		resourceIndicators: none,
	},
	findAccount: (ctx, id) => ({ accountId: id,
	    claims: () => ({ sub: id, preferred_username: id }) }),
})

provider.listen(PORT, '127.0.0.1', () => console.log(`ready on ${issuer}`))
