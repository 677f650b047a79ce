//! OpenID Connect in the system browser: discovery, code with PKCE, verified identity, tokens and roles.
