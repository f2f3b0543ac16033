"""Services of complaints: intake, sealing of existing cases, handling."""
