"""What may leave for a group or a public page. `rules.check` decides, `channels.services.gating` holds and releases."""
