// Loads a server and prints what came of it, one line of JSON a measurement.
//
//   load_generator values --address 127.0.0.1:7460 --release 2023 --out FOLDER
//   load_generator grpc --address 127.0.0.1:7460 --release 2023 --values FOLDER/values.bin
//       --measure "get in_flight=50 seconds=2" --measure "batch size=1000"
//
// Without --measure, lines are read from standard input until it ends, and answered one by one:
// so a script can have several servers measured in turns. See measure_spec.h and README.md.
#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "storage/model/status_macros.h"
#include "tests/benchmark/grpc_requests.h"
#include "tests/benchmark/grpc_transport.h"
#include "tests/benchmark/load_loop.h"
#include "tests/benchmark/measure_spec.h"
#include "tests/benchmark/postgres_transport.h"
#include "tests/benchmark/process_cpu.h"
#include "tests/benchmark/redis_transport.h"
#include "tests/benchmark/sample_values.h"
#include "tests/benchmark/values.h"

namespace codeset::bench {
namespace {

// What the command line says.
struct Options {
  std::string address;
  std::string release;
  std::string values;
  std::string out;
  int channels = 1;
  // 0: server CPU is not told.
  int server_pid = 0;
  std::vector<std::string> measures;
};

using MakeTransport =
    std::function<absl::StatusOr<std::unique_ptr<Transport>>(const MeasureSpec&, int slots)>;

std::string ToJson(const MeasureSpec& spec, const LoadResult& result) {
  const auto microseconds = [&](double part) {
    return static_cast<double>(result.latency.Quantile(part)) * 1e-3;
  };
  return absl::StrFormat(
      "{\"call\": \"%s\", \"in_flight\": %d, \"rate\": %g, \"seconds\": %.6f, \"calls\": %d, "
      "\"found\": %d, \"missing\": %d, \"bytes\": %d, \"mean_us\": %.3f, \"p50_us\": %.3f, "
      "\"p90_us\": %.3f, \"p99_us\": %.3f, \"p999_us\": %.3f, \"max_us\": %.3f, "
      "\"server_cpu_s\": %.6f, \"client_cpu_s\": %.6f}",
      spec.call, spec.in_flight, spec.rate, result.seconds, result.calls, result.found,
      result.missing, result.bytes, result.latency.mean() * 1e-3, microseconds(0.5),
      microseconds(0.9), microseconds(0.99), microseconds(0.999), microseconds(1),
      result.server_cpu, result.client_cpu);
}

absl::Status Measure(const Options& options, const MakeTransport& make, absl::string_view line) {
  ASSIGN_OR_RETURN(const MeasureSpec spec, ParseMeasureSpec(line));
  ASSIGN_OR_RETURN(const std::unique_ptr<Transport> transport,
                   make(spec, spec.rate > 0 ? spec.slots : spec.in_flight));
  LoadOptions load;
  load.in_flight = spec.in_flight;
  load.rate = spec.rate;
  load.seconds = spec.seconds;
  load.least_calls = static_cast<uint64_t>(spec.least_calls);
  load.warm_up_seconds = spec.warm_up_seconds;
  load.seed = spec.seed;
  if (options.server_pid > 0) {
    load.server_cpu = [pid = options.server_pid] { return CpuSeconds(pid); };
  }
  ASSIGN_OR_RETURN(const LoadResult result, RunLoad(*transport, load));
  std::cout << ToJson(spec, result) << std::endl;
  return absl::OkStatus();
}

absl::Status MeasureAll(const Options& options, const MakeTransport& make) {
  for (const std::string& line : options.measures) {
    RETURN_IF_ERROR(Measure(options, make, line));
  }
  if (!options.measures.empty()) return absl::OkStatus();
  for (std::string line; std::getline(std::cin, line);) {
    RETURN_IF_ERROR(Measure(options, make, line));
  }
  return absl::OkStatus();
}

absl::Status RunGrpc(const Options& options) {
  ASSIGN_OR_RETURN(const std::vector<v1::Concept> concepts, ReadValues(options.values));
  const KnownCodes known(concepts);
  // Kept between measurements, as a client keeps them.
  const auto channels = OpenChannels(options.address, options.channels);
  return MeasureAll(
      options,
      [&](const MeasureSpec& spec, int slots) -> absl::StatusOr<std::unique_ptr<Transport>> {
        return std::make_unique<GrpcTransport>(channels,
                                               PrepareGrpcRequests(spec, options.release, known),
                                               spec.decode, spec.rate > 0, slots);
      });
}

absl::Status RunRedis(const Options& options) {
  ASSIGN_OR_RETURN(const std::vector<v1::Concept> concepts, ReadValues(options.values));
  ASSIGN_OR_RETURN(const std::unique_ptr<RedisConnections> connections,
                   RedisConnections::Open(options.address, concepts));
  const KnownCodes known(concepts);
  return MeasureAll(
      options,
      [&](const MeasureSpec& spec, int slots) -> absl::StatusOr<std::unique_ptr<Transport>> {
        return RedisTransport::Make(*connections, spec, known, slots);
      });
}

absl::Status RunPostgres(const Options& options) {
  ASSIGN_OR_RETURN(const std::vector<v1::Concept> concepts, ReadValues(options.values));
  ASSIGN_OR_RETURN(const std::unique_ptr<PostgresConnections> connections,
                   PostgresConnections::Open(options.address, concepts));
  const KnownCodes known(concepts);
  return MeasureAll(
      options,
      [&](const MeasureSpec& spec, int slots) -> absl::StatusOr<std::unique_ptr<Transport>> {
        return PostgresTransport::Make(*connections, spec, known, slots);
      });
}

absl::Status RunValues(const Options& options) {
  ASSIGN_OR_RETURN(const std::vector<v1::Concept> concepts,
                   FetchConcepts(options.address, options.release));
  RETURN_IF_ERROR(WriteValues(absl::StrCat(options.out, "/values.bin"), concepts));
  return WriteEchoAnswers(options.address, options.release, concepts, options.out);
}

int Main(int argc, char** argv) {
  CLI::App app("Loads a server and prints what came of it", "load_generator");
  app.require_subcommand(1);
  Options options;
  std::function<absl::Status(const Options&)> run;
  const auto add = [&](const char* name, const char* what,
                       absl::Status (*function)(const Options&)) {
    CLI::App* command = app.add_subcommand(name, what);
    command->callback([&run, function] { run = function; });
    command->add_option("--address", options.address, "HOST:PORT of the server")->required();
    return command;
  };
  CLI::App* values =
      add("values", "Write a release's concepts, and answers to be echoed", RunValues);
  values->add_option("--out", options.out, "Folder to write to")->required();
  CLI::App* grpc = add("grpc", "Measure codesetd or the echo server", RunGrpc);
  grpc->add_option("--channels", options.channels, "Connections")->capture_default_str();
  CLI::App* redis = add("redis", "Fill Redis with the values, and measure it", RunRedis);
  CLI::App* postgres = add("postgres", "Fill PostgreSQL with them, and measure it", RunPostgres);
  for (CLI::App* command : {values, grpc}) {
    command->add_option("--release", options.release, "The release to ask")->required();
  }
  for (CLI::App* command : {grpc, redis, postgres}) {
    command->add_option("--values", options.values, "What `values` wrote")->required();
    command->add_option("--server-pid", options.server_pid, "Whose CPU time to tell");
    command->add_option("--measure", options.measures, "A measurement; may be repeated")
        ->take_all()
        ->expected(1)
        ->allow_extra_args(false);
  }
  CLI11_PARSE(app, argc, argv);
  if (const absl::Status status = run(options); !status.ok()) {
    std::cerr << "load_generator: " << status << std::endl;
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace codeset::bench

int main(int argc, char** argv) { return codeset::bench::Main(argc, argv); }
