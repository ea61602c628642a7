"""`python policies.py FILE`, in the tools' environment: what parliament finds in the policies of FILE, as JSON.

FILE has a policy by the name of each role; a finding is the role's name, the rule, and what it says.
"""

import json
import sys
from pathlib import Path

from parliament import analyze_policy_string

found = [
    (role, finding.issue, str(finding.detail))
    for role, policy in json.loads(Path(sys.argv[1]).read_bytes()).items()
    for finding in analyze_policy_string(json.dumps(policy)).findings
]
print(json.dumps(found))
