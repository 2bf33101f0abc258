"""Says what the sanitizers have found: sanitized.py LOG

The thread sanitizer does not see all that `Synchronization.Mutex` does on Linux: a lock for which threads wait is handed
over by the kernel (FUTEX_LOCK_PI), without an access of the new owner's to it. So two accesses that both are made in
the body of `withLock` are told as a race, now and then; these are counted and left out. The mangled name of such a body
says that it takes an `inout sending` value: "zYu".
"""

import re
import sys

text = open(sys.argv[1], errors="replace").read()
findings, locked = [], 0
for report in re.split(r"^={18,}$", text, flags=re.M):
    if "WARNING: ThreadSanitizer" in report:
        accesses = re.split(r"^\s+Previous ", report.split("Location is")[0], flags=re.M)
        if len(accesses) == 2 and all("zYu" in access for access in accesses):
            locked += 1
        else:
            findings.append(report)
    elif "ERROR: AddressSanitizer" in report:
        findings.append(report)
for report in findings:
    print(report[:4000])
summary = re.findall(r"Test run with .*", text)
print(f"{summary[-1] if summary else 'no summary'}; {len(findings)} findings, {locked} accesses under locks left out")
sys.exit(1 if findings or not summary else 0)
