"""Measurements over the wire: the same questions put to codesetd and to its peers, in turns."""

import ratios
import report as reports

IN_FLIGHT = (1, 10, 50)
BATCH = 1000
VALIDATION_BATCH = 10_000
# Two calls for each core, so that neither client nor server waits for the other.
BATCHES_IN_FLIGHT = 4
OPEN_LOOP_RATE = 3000


def rounds(count, measures):
    """Measures each (name, client, line) once a round, forwards and backwards in turn.

    Returns the results of each name, round by round. A round before the first does not count:
    connections are opened in it, and memory is touched for the first time.
    """
    results = {name: [] for name, _, _ in measures}
    for _, client, line in measures:
        client.measure(line)
    for number in range(count):
        for name, client, line in measures if number % 2 == 0 else reversed(measures):
            results[name].append(client.measure("%s seed=%d" % (line, number + 1)))
    return results


def calls_per_second(results):
    return [result["calls"] / result["seconds"] for result in results]


def items_per_second(results):
    return [(result["found"] + result["missing"]) / result["seconds"] for result in results]


def microseconds_per_call(results):
    """Of the server's CPU time."""
    return [result["server_cpu_s"] * 1e6 / result["calls"] for result in results]


def microseconds_per_item(results):
    return [result["server_cpu_s"] * 1e6 / (result["found"] + result["missing"])
            for result in results]


def values(results, name):
    return [result[name] for result in results]


def latency_lines(results):
    """A line of details for each name."""
    for name, measured in results.items():
        cells = [reports.shown(ratios.figure(calls_per_second(measured)))]
        for part in ("p50_us", "p90_us", "p99_us", "p999_us"):
            cells.append(reports.number(ratios.median(values(measured, part))))
        cells.append(reports.number(ratios.median(microseconds_per_call(measured))))
        cells.append(reports.number(ratios.median(
            [r["client_cpu_s"] * 1e6 / r["calls"] for r in measured])))
        yield [name] + cells


LATENCY_HEADS = ("what", "calls/s", "p50 µs", "p90 µs", "p99 µs", "p99.9 µs",
                 "server CPU µs/call", "client CPU µs/call")


def measure_get(bench):
    """GetConcept, full view, against an echo, Redis and PostgreSQL."""
    details = {}
    for in_flight in IN_FLIGHT:
        line = "get in_flight=%d seconds=%g warm_up=%g" % (in_flight, bench.seconds, bench.warm_up)
        results = rounds(bench.pairs, [
            (name, bench.client(name), line) for name in ("codeset", "echo", "redis", "postgres")])
        ours = calls_per_second(results["codeset"])
        at = " at %d in flight" % in_flight
        for peer, target in (("echo", 0.90), ("postgres", 1.5 if in_flight == 50 else None),
                             ("redis", None)):
            bench.report.row("GetConcept full, calls/s : %s%s" % (peer, at),
                             ratios.paired(ours, calls_per_second(results[peer])), "ratio",
                             target and (">=", target))
        bench.report.row("GetConcept full, p99 : echo's p99" + at,
                         ratios.paired(values(results["codeset"], "p99_us"),
                                       values(results["echo"], "p99_us")), "ratio",
                         ("<=", 1.3) if in_flight == 50 else None)
        details.update({name + at: measured for name, measured in results.items()})
    bench.report.table("One code a call, closed loop", LATENCY_HEADS, latency_lines(details))


def measure_open_loop(bench):
    """GetConcept at a given rate: how long a caller waits."""
    line = "get rate=%d seconds=%g warm_up=%g" % (OPEN_LOOP_RATE, 2 * bench.seconds, bench.warm_up)
    results = rounds(bench.pairs, [(name, bench.client(name), line)
                                   for name in ("codeset", "echo")])
    bench.report.row("GetConcept full, p99 : echo's p99, open loop, %d calls/s" % OPEN_LOOP_RATE,
                     ratios.paired(values(results["codeset"], "p99_us"),
                                   values(results["echo"], "p99_us")), "ratio")
    bench.report.table("One code a call, open loop, %d calls/s" % OPEN_LOOP_RATE, LATENCY_HEADS,
                       latency_lines(results))


def measure_batch(bench):
    """BatchGetConcepts of 1,000 codes, as bytes and decoded."""
    line = "batch size=%d in_flight=%d seconds=%g warm_up=%g" % (
        BATCH, BATCHES_IN_FLIGHT, bench.seconds, bench.warm_up)
    results = rounds(bench.pairs, [
        ("codeset, bytes", bench.client("codeset"), line),
        ("redis MGET", bench.client("redis"), line),
        ("echo, bytes", bench.client("echo"), line),
        ("codeset, messages", bench.client("codeset"), line + " read=messages"),
        ("postgres = ANY", bench.client("postgres"), line)])
    ours = items_per_second(results["codeset, bytes"])
    of_batch = "BatchGetConcepts of %d, codes/s" % BATCH
    bench.report.row(of_batch + ", bytes : Redis MGET",
                     ratios.paired(ours, items_per_second(results["redis MGET"])), "ratio",
                     (">=", 1.3))
    bench.report.row(of_batch + ", bytes : echo",
                     ratios.paired(ours, items_per_second(results["echo, bytes"])), "ratio")
    bench.report.row("BatchGetConcepts of %d, server CPU a code" % BATCH,
                     ratios.figure(microseconds_per_item(results["codeset, bytes"])), "µs",
                     ("<=", 0.5))
    bench.report.row(of_batch + ", messages : PostgreSQL = ANY",
                     ratios.paired(items_per_second(results["codeset, messages"]),
                                   items_per_second(results["postgres = ANY"])), "ratio",
                     (">=", 3))
    bench.report.table("%d codes a call, %d in flight" % (BATCH, BATCHES_IN_FLIGHT),
                       ("what", "codes/s", "MB/s", "server CPU µs/code"),
                       [(name, reports.shown(ratios.figure(items_per_second(measured))),
                         reports.number(ratios.median(
                             [r["bytes"] / 1e6 / r["seconds"] for r in measured])),
                         reports.number(ratios.median(microseconds_per_item(measured))))
                        for name, measured in results.items()])


def measure_validate(bench):
    """ValidateCodes in batches of 10,000."""
    line = "validate size=%d in_flight=%d seconds=%g calls=6 warm_up=0" % (
        VALIDATION_BATCH, BATCHES_IN_FLIGHT, bench.seconds)
    results = rounds(bench.pairs, [
        ("billable codes", bench.client("codeset"), line + " codes=billable unknown=0"),
        ("any codes, 5 % unknown", bench.client("codeset"), line)])
    for name, measured in results.items():
        bench.report.row("ValidateCodes of %d over the wire, %s" % (VALIDATION_BATCH, name),
                         ratios.figure(rate / 1e6 for rate in items_per_second(measured)),
                         "million rows/s", (">=", 1))
        bench.report.row("ValidateCodes of %d, server CPU a row, %s" % (VALIDATION_BATCH, name),
                         ratios.figure(microseconds_per_item(measured)), "µs")


def measure_views(bench):
    """The other views, and relatives."""
    at = "in_flight=10 seconds=%g warm_up=%g" % (bench.seconds, bench.warm_up)
    lines = ["get view=basic", "get view=full", "get view=effective"]
    lines += ["relatives relation=%s view=basic" % relation
              for relation in ("parents", "ancestors", "children", "siblings")]
    codeset = bench.client("codeset")
    results = rounds(min(bench.pairs, 5), [(line, codeset, line + " " + at) for line in lines])
    bench.report.table("Other calls, 10 in flight", LATENCY_HEADS, latency_lines(results))
