"""What may leave for a group or a public page. `rules.check` decides, `channels.services.gate` holds and releases."""
