"""What a synthesized stage costs: an hour of standing still by resource, and the prices of what is paid by use."""
