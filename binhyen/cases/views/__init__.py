"""Screens of the register for officers: parse the request, make one call, render the answer."""
