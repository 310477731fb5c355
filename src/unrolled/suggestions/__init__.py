"""Search suggestions: how a query that is being typed goes on."""
