"""Views: parse the request, make one call, render the answer."""
