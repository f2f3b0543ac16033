"""Pages for citizens: no account, no session, no script needed."""
