import asyncio, time
from acs.simulator.behaviours import BEHAVIOURS
from tests.system import matrix
from tests.system.server import Server
from collections import Counter

def test_x(server: Server) -> None:
    t = time.time()
    names = [("huge-tree:5000",) if b.name == "huge-tree" else (b.name,) for b in BEHAVIOURS]
    told = asyncio.run(matrix.run(server, [*names, ()], first=0x100000, own_address=True))
    print("TIME", time.time() - t)
    for s in told:
        bad = not s.known or s.state("values") != "succeeded" or s.state("config") != "succeeded" or s.open or s.trouble or any(x >= 500 for x in s.statuses)
        if bad:
            print(s.behaviours, "known", s.known, "V", s.state("values"), "C", s.state("config"), "open", s.open, s.trouble, s.statuses, "longest", s.longest, "calls", s.calls, "sess", s.sessions, "|", s.last_error[:90], "|", [(k, (v.get("fault") or {}).get("code"), (v.get("fault") or {}).get("message", "")[:100]) for k, v in s.tasks.items() if v.get("fault")])
    print(Counter(s.calls for s in told), max(s.longest for s in told))
    print(server.log()[-3000:])
