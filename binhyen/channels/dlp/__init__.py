"""Outbound DLP: rules for texts to a group or a public page.

`detectors.check_text` decides, services quarantine and release.
"""
