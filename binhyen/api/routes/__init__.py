"""API operations, one module a resource."""
