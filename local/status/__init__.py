"""`tillstream status`: what runs, and how much each store holds."""
