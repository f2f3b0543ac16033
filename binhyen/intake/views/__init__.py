"""The citizen's pages: no account, no session, no script needed."""
