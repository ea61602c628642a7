"""What a user would write or pick instead, measured beside ours."""
