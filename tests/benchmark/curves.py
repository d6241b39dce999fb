"""How figures grow: with the changes of a diff, the codes of a batch, the releases loaded."""

import ratios
import report as reports
import wire

BATCHES = (1, 10, 100, 1000, 10_000)
# Where lines of the table of diffs begin, in changes.
CHANGE_CLASSES = (0, 1, 100, 1000, 3000, 10_000)
DIFF_SECONDS = 0.04


def diff_classes(points):
    """Of points (changes, microseconds): a line for each class of sizes."""
    for place, least in enumerate(CHANGE_CLASSES):
        above = (CHANGE_CLASSES + (float("inf"),))[place + 1]
        inside = [point for point in points if least <= point[0] < above]
        if inside:
            yield (least, len(inside), inside)


def show_fit(bench, what, points, targets):
    """Rows of the straight line through the points of releases that differ, and the equal ones'."""
    equal = [time for changes, time in points if changes == 0]
    differing = [point for point in points if point[0] > 0]
    constant, slope = ratios.fit(differing)
    bench.report.row(what + ": constant of the fit",
                     constant._replace(value=constant.value / 1e3, low=constant.low / 1e3,
                                       high=constant.high / 1e3), "ms", targets and ("<=", 1))
    bench.report.row(what + ": slope of the fit", slope, "µs a change", targets and ("<=", 1))
    within = [time <= 1000 + changes for changes, time in differing]
    bench.report.row(what + ": pairs within 1 ms + 1 µs a change",
                     ratios.single(sum(within) / len(within)),
                     "part of %d" % len(within), targets and (">=", 1))
    if equal:
        bench.report.row(what + ": equal releases", ratios.figure(equal), "µs",
                         targets and ("<=", 50))


def measure_diffs_in_process(bench):
    """What the server does for StreamDiff but the transport, over all ordered pairs."""
    output = bench.run("diff_benchmark", "--data-dir", bench.data("all"), "--repeats",
                       str(3 if bench.quick else 9))
    lines = [line.split(",") for line in output.splitlines()[1:]]
    points = [(int(changes), float(answer)) for _, _, changes, _, answer in lines]
    compared = {(old, new): float(compare) for old, new, _, compare, _ in lines}
    show_fit(bench, "StreamDiff, handler in process", points, True)
    classes = [(least, count, ratios.median([time for _, time in inside]),
                max(time for _, time in inside)) for least, count, inside in diff_classes(points)]
    bench.report.table("Diffs of %d ordered pairs, in process" % len(points),
                       ("changes from", "pairs", "median µs", "greatest µs"),
                       [(least, count, reports.number(middle), reports.number(most))
                        for least, count, middle, most in classes],
                       "Finding the changes alone: median %s µs." % reports.number(
                           ratios.median(compared.values())))


def measure_diffs(bench):
    """StreamDiff of all ordered pairs over the wire: the server's CPU time, and the wall."""
    codeset, ids = bench.client("codeset"), bench.ids
    pairs = [(old, new) for old in ids for new in ids if old != new]
    count = 1 if bench.quick else 3
    measured = {pair: [] for pair in pairs}
    for number in range(count):
        for pair in pairs if number % 2 == 0 else reversed(pairs):
            measured[pair].append(codeset.measure("diff from=%s to=%s seconds=%g warm_up=0.005" % (
                *pair, DIFF_SECONDS)))
    cpu, wall = [], []
    for results in measured.values():
        changes = results[0]["found"] // results[0]["calls"]
        cpu.append((changes, ratios.median(wire.microseconds_per_call(results))))
        wall.append((changes, ratios.median(wire.values(results, "p50_us"))))
    show_fit(bench, "StreamDiff over the wire, server CPU with transport", cpu, False)
    show_fit(bench, "StreamDiff over the wire, wall to the last byte", wall, False)
    bench.report.table("Diffs of %d ordered pairs, over the wire" % len(pairs),
                       ("changes from", "pairs", "server CPU median µs", "wall median µs"),
                       [(least, number, reports.number(ratios.median([t for _, t in inside])),
                         reports.number(ratios.median([t for _, t in beside])))
                        for (least, number, inside), (_, _, beside)
                        in zip(diff_classes(cpu), diff_classes(wall))])


def measure_batch_sizes(bench):
    """Codes a second by the size of the batch."""
    lines = []
    for size in BATCHES:
        line = "batch size=%d in_flight=%d seconds=%g warm_up=%g" % (
            size, wire.BATCHES_IN_FLIGHT, bench.seconds, bench.warm_up)
        with bench.echo_client(size) as echo:
            results = wire.rounds(min(bench.pairs, 5), [
                ("codeset", bench.client("codeset"), line), ("echo", echo, line),
                ("redis", bench.client("redis"), line),
                ("postgres", bench.client("postgres"), line)])
        lines.append([size] + [reports.shown(ratios.figure(wire.items_per_second(results[name])))
                               for name in ("codeset", "echo", "redis", "postgres")]
                     + [reports.number(ratios.median(
                         wire.microseconds_per_item(results["codeset"])))])
    bench.report.table("Batch size: codes/s, %d in flight" % wire.BATCHES_IN_FLIGHT,
                       ("codes a call", "codeset", "echo", "redis", "postgres",
                        "codeset's server CPU µs/code"), lines)


def measure_growth(bench):
    """The same look-ups where 1, 5 and 17 releases are loaded."""
    line = "get in_flight=50 seconds=%g warm_up=%g" % (bench.seconds, bench.warm_up)
    names = ("one", "five", "all")
    with bench.more_servers(names) as (clients, servers):
        results = wire.rounds(min(bench.pairs, 5),
                              [(name, clients[name], line) for name in names])
        memory = {name: servers[name].memory_mb() for name in names}
    lines = []
    for name in names:
        starts = bench.starts(name, 1 if bench.quick else 3)
        lines.append((len(bench.loaded(name)),
                      reports.shown(ratios.figure(wire.calls_per_second(results[name]))),
                      reports.number(ratios.median(wire.values(results[name], "p99_us"))),
                      reports.number(ratios.median([each["serving_ms"] for each in starts])),
                      reports.number(memory[name]), reports.number(bench.disk_mb(name))))
    bench.report.table("Releases loaded: GetConcept at 50 in flight, one release asked",
                       ("releases", "calls/s", "p99 µs", "start to SERVING ms",
                        "resident MB", "on disk MB"), lines)
