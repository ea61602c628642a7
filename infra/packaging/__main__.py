"""`python -m infra.packaging`: build the packages of all functions and jobs; existing ones are kept."""

import sys

from infra.packaging.builds import CHECKOUT
from infra.packaging.functions import DEPLOYABLES, asset
from infra.packaging.jobs import JOBS, job_asset


def main() -> int:
    """Build the asset of every function and every job, and print its folder."""
    for deployable in DEPLOYABLES:
        print(f"{deployable:26} {asset(deployable).folder.relative_to(CHECKOUT)}")
    for job in JOBS:
        print(f"{'glue_jobs/' + job:26} {job_asset(job).script.parent.relative_to(CHECKOUT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
