"""The OA API (host openapi.zalo.me) under /openapi."""
