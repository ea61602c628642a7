"""The cost of a synthesized stage: an idle hour by resource, and the prices of everything paid by use."""
