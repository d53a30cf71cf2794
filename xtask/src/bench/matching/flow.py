"""The same question as a minimum cost flow of OR-Tools: as many patients as possible, then the least cost.

flow.py FOLDER; writes {"seconds", "placed", "cost"} to standard output. The time is the processor's, from the arrays to the optimum.
"""

import json
import sys
import time

import numpy
from ortools.graph.python import min_cost_flow

folder = sys.argv[1]
patients, slots = (int(word) for word in open(f"{folder}/size").read().split())
arcs = numpy.fromfile(f"{folder}/arcs.i32", dtype="<i4").reshape(-1, 3).astype(numpy.int64)
patient, slot, cost = arcs[:, 0], arcs[:, 1], arcs[:, 2]
# Going without outweighs whatever all others could save.
without = int(cost.max() - cost.min() + 1) * (patients + 1)

begun = time.process_time()
flow = min_cost_flow.SimpleMinCostFlow()
source, sink = patients + slots, patients + slots + 1
one = numpy.ones
everybody, everything = numpy.arange(patients), numpy.arange(slots) + patients


def add(tails, heads, costs):
    return flow.add_arcs_with_capacity_and_unit_cost(
        tails.astype(numpy.int32), heads.astype(numpy.int32), one(len(tails), dtype=numpy.int64), costs.astype(numpy.int64)
    )


add(numpy.full(patients, source), everybody, numpy.zeros(patients))
options = add(patient, slot + patients, cost)
add(everything, numpy.full(slots, sink), numpy.zeros(slots))
add(everybody, numpy.full(patients, sink), numpy.full(patients, without))
flow.set_node_supply(source, patients)
flow.set_node_supply(sink, -patients)
status = flow.solve()
seconds = time.process_time() - begun
if status != flow.OPTIMAL:
    sys.exit(f"no optimum: {status}")
taken = flow.flows(options) > 0
print(json.dumps({"seconds": seconds, "placed": int(taken.sum()), "cost": int(cost[taken].sum())}))
