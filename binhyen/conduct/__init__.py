"""Complaints about police: routed above whoever is named, sealed as they enter, unseen by the side concerned."""
