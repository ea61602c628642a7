"""The two protocols of design.md section 6 as they are implemented, under schedules that a seed draws at random.

The product's own code runs against stores in memory. Each request is a point at which another writer may go on, the
writer may die or the answer may be lost, so a failing seed is a failing history that can be run again.

    TILLSTREAM_SEEDS=20000 pytest -m scale tests/protocols
"""
