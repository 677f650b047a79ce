//! A shared record API of its own: OpenID provider, FHIR R4 server and a synthetic Essex population.
