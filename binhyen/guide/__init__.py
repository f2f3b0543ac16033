"""User guide in Vietnamese, task by task for each role: pages, PDF, help beside the page, the first three steps."""
